"""What pools say can be requested of them (DSP1043), against what is granted."""

from __future__ import annotations

import pytest
from pywbem import CIMInstance, Uint16, Uint64

MEANINGS = {(0, 0): "default", (3, 1): "minimum", (3, 2): "maximum", (3, 3): "increment"}
PROCESSOR, MEMORY, DISK, ETHERNET_PORT = 3, 4, 31, 10


def settings_of(client, pool):
    """The capability settings of a pool by their meaning."""
    (capabilities,) = client.follow(pool.path, "CIM_ElementCapabilities")
    links = client.connection.References(
        capabilities.path, ResultClass="CIM_SettingsDefineCapabilities"
    )
    return {
        MEANINGS[link["ValueRole"], link["ValueRange"]]: client.connection.GetInstance(
            link["PartComponent"]
        )
        for link in links
        if link["PropertyPolicy"] == 0
    }


def default_pool(client, resource_type):
    pools = client.connection.EnumerateInstances("CIM_ResourcePool")
    return next(
        each for each in pools if each["ResourceType"] == resource_type and not each["Primordial"]
    )


def ask(client, pool, **values):
    """Add a resource to a defined system; the return code and what was granted."""
    defined = client.defined_settings(client.system_in(3)).path
    classname = settings_of(client, pool)["default"].classname
    request = CIMInstance(
        classname, {"ResourceType": pool["ResourceType"], "PoolID": pool["PoolID"], **values}
    )
    code, outputs = client.call(
        "AddResourceSettings", AffectedConfiguration=defined, ResourceSettings=[request]
    )
    added = [client.connection.GetInstance(p) for p in outputs.get("ResultingResourceSettings", ())]
    return code, added


@pytest.mark.parametrize("resource_type", [PROCESSOR, MEMORY, DISK, ETHERNET_PORT])
def test_pool_has_default_minimum_maximum_and_increment_of_its_kind(client, resource_type):
    pool = default_pool(client, resource_type)
    (capabilities,) = client.follow(pool.path, "CIM_ElementCapabilities")
    settings = settings_of(client, pool)

    assert set(settings) == set(MEANINGS.values())
    assert {each["ResourceType"] for each in settings.values()} == {resource_type}
    assert {each["PoolID"] for each in settings.values()} == {pool["PoolID"]}
    assert len({each["VirtualQuantityUnits"] for each in settings.values()}) == 1
    assert (capabilities["RequestTypesSupported"], capabilities["SharingMode"]) == (3, 3)


@pytest.mark.parametrize("resource_type", [PROCESSOR, MEMORY, DISK, ETHERNET_PORT])
def test_request_that_names_nothing_gets_the_default_settings(client, resource_type):
    pool = default_pool(client, resource_type)
    default = dict(settings_of(client, pool)["default"])
    code, (granted,) = ask(client, pool)

    assert code == 0
    own = {"InstanceID", "ElementName", "Address"}
    assert {n: v for n, v in granted.items() if n not in own} == {
        n: v for n, v in default.items() if n not in own
    }


@pytest.mark.parametrize("resource_type", [PROCESSOR, MEMORY, DISK])
def test_quantities_in_the_range_are_granted_and_others_refused(client, resource_type):
    pool = default_pool(client, resource_type)
    settings = settings_of(client, pool)
    least, most, step = (
        int(settings[each]["VirtualQuantity"]) for each in ("minimum", "maximum", "increment")
    )
    wanted = [least, least + step, most, least - 1, most + step]
    codes = [ask(client, pool, VirtualQuantity=Uint64(each))[0] for each in wanted]

    assert (most - least) % step == 0
    assert codes == [0, 0, 0, 4, 4]


@pytest.mark.parametrize("resource_type", [MEMORY, DISK])
def test_quantity_between_two_steps_is_refused(client, resource_type):
    pool = default_pool(client, resource_type)
    least = int(settings_of(client, pool)["minimum"]["VirtualQuantity"])

    assert ask(client, pool, VirtualQuantity=Uint64(least + 1)) == (4, [])


def test_reservation_is_granted_up_to_what_the_pool_has(client):
    pool = default_pool(client, PROCESSOR)
    most = int(settings_of(client, pool)["maximum"]["Reservation"])

    assert most == pool["Capacity"]
    for reservation, code in ((0, 0), (most, 0), (most + 1, 4)):
        limits = {"Reservation": Uint64(reservation), "Limit": Uint64(most + 1)}
        assert ask(client, pool, **limits)[0] == code


def test_resources_come_and_go_in_the_states_that_are_listed(client):
    pool = default_pool(client, DISK)
    (capabilities,) = client.follow(pool.path, "CIM_ElementCapabilities")
    states = {2: 2, 3: 3, 9: 11, 6: 12}  # EnabledState and how capabilities name it
    disk = CIMInstance("CIM_StorageAllocationSettingData", {"ResourceType": Uint16(DISK)})
    for state, listed in states.items():
        assert listed in capabilities["SupportedAddStates"]
        assert listed in capabilities["SupportedRemoveStates"]
        defined = client.defined_settings(client.system_in(state)).path
        code, outputs = client.call(
            "AddResourceSettings", AffectedConfiguration=defined, ResourceSettings=[disk]
        )
        added = outputs["ResultingResourceSettings"]
        assert code == client.call("RemoveResourceSettings", ResourceSettings=added)[0] == 0
