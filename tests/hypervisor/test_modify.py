"""Methods that change systems and their resources (DSP1042), and ModifyInstance (DSP1052)."""

from __future__ import annotations

import pytest
from pywbem import CIMError, CIMInstance, Uint16, Uint64

ACTIVE, DEFINED = 2, 3
CIM_ERR_NOT_SUPPORTED = 7


def disk(**more):
    return CIMInstance("CIM_StorageAllocationSettingData", {"ResourceType": Uint16(31), **more})


def change(path, **values):
    """Settings as a client sends them that changes only these values."""
    return CIMInstance(path.classname, {"InstanceID": path["InstanceID"], **values})


def test_resource_added_to_the_definition_shows_at_the_next_activation(client):
    system = client.system_in(ACTIVE)
    defined = client.defined_settings(system).path
    before = client.follow(system, "CIM_SystemDevice")
    code, outputs = client.call(
        "AddResourceSettings", AffectedConfiguration=defined, ResourceSettings=[disk(), disk()]
    )

    assert code == 0
    added = [each["InstanceID"] for each in outputs["ResultingResourceSettings"]]
    assert added == [each["InstanceID"] for each in client.allocations(defined)][-2:]
    assert len(client.follow(system, "CIM_SystemDevice")) == len(before)
    assert [client.request(system, request) for request in (3, 2)] == [0, 0]
    assert len(client.follow(system, "CIM_SystemDevice")) == len(before) + 2


def test_resource_added_to_the_state_shows_at_once(client):
    system = client.system_in(ACTIVE)
    state, reserved = client.state_settings(system).path, client.pool("disk/default")["Reserved"]
    devices = len(client.follow(system, "CIM_SystemDevice"))
    code, _ = client.call(
        "AddResourceSettings", AffectedConfiguration=state, ResourceSettings=[disk()]
    )

    assert code == 0
    assert len(client.follow(system, "CIM_SystemDevice")) == devices + 1
    assert client.pool("disk/default")["Reserved"] == reserved + 8192


@pytest.mark.parametrize("bad", [{"ResourceType": Uint16(0)}, {"VirtualQuantity": Uint64(0)}])
def test_bad_resource_is_not_added_nor_are_those_with_it(client, bad):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    before = client.allocations(defined)
    code, _ = client.call(
        "AddResourceSettings",
        AffectedConfiguration=defined,
        ResourceSettings=[disk(), disk(**bad)],
    )

    assert code == 4
    assert len(client.allocations(defined)) == len(before)


def test_modified_resource_changes_in_what_was_given_only(client):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    before = next(a for a in client.allocations(defined) if a["ResourceType"] == 4)
    code, outputs = client.call(
        "ModifyResourceSettings",
        ResourceSettings=[change(before.path, ElementName="renamed")],
    )
    after = client.connection.GetInstance(before.path)

    assert (code, outputs["ResultingResourceSettings"][0].keybindings) == (
        0,
        before.path.keybindings,
    )
    assert after["ElementName"] == "renamed"
    after["ElementName"] = before["ElementName"]
    assert dict(after) == dict(before)


def test_state_of_a_running_system_can_grow(client):
    system = client.system_in(ACTIVE)
    state = client.state_settings(system).path
    memory = next(a for a in client.allocations(state) if a["ResourceType"] == 4)
    reserved = client.pool("memory/default")["Reserved"]
    grown = change(
        memory.path, **dict.fromkeys(("VirtualQuantity", "Reservation", "Limit"), Uint64(2048))
    )

    assert client.call("ModifyResourceSettings", ResourceSettings=[grown])[0] == 0
    device = client.follow(system, "CIM_SystemDevice", ResultClass="CIM_Memory")[0]
    assert device["NumberOfBlocks"] * device["BlockSize"] == 2048 * 2**20
    assert client.pool("memory/default")["Reserved"] == reserved + 2048 - 512


def test_change_that_the_pool_cannot_serve_changes_nothing(client):
    state = client.state_settings(client.system_in(ACTIVE)).path
    allocations = client.allocations(state)
    pool = client.pool("memory/default")
    memory = next(a for a in allocations if a["ResourceType"] == 4)
    greedy = change(memory.path, Reservation=pool["Capacity"], Limit=pool["Capacity"])
    other = change(allocations[0].path, ElementName="renamed")

    assert client.call("ModifyResourceSettings", ResourceSettings=[other, greedy])[0] == 2
    assert client.allocations(state) == allocations
    assert client.pool("memory/default") == pool


@pytest.mark.parametrize("instance_id", [None, "cimconform:nothing"])
def test_change_of_nothing_known_is_refused(client, memory, instance_id):
    settings = memory(512, InstanceID=instance_id)

    assert client.call("ModifyResourceSettings", ResourceSettings=[settings]) == (4, {})


def test_exactly_the_given_resource_is_removed(client):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    first, *others = [each.path for each in client.allocations(defined)]

    assert client.call("RemoveResourceSettings", ResourceSettings=[first]) == (0, {})
    assert [each.path for each in client.allocations(defined)] == others
    assert client.call("RemoveResourceSettings", ResourceSettings=[first]) == (4, {})


def test_resource_removed_from_the_state_takes_its_device_along(client):
    system = client.system_in(ACTIVE)
    state = client.state_settings(system).path
    memory = next(a for a in client.allocations(state) if a["ResourceType"] == 4)

    assert client.call("RemoveResourceSettings", ResourceSettings=[memory.path]) == (0, {})
    assert client.follow(system, "CIM_SystemDevice", ResultClass="CIM_Memory") == []


def test_modified_definition_leaves_the_state_alone_and_other_settings_too(client):
    system = client.system_in(ACTIVE)
    state, defined = client.state_settings(system), client.defined_settings(system)
    code, _ = client.call(
        "ModifySystemSettings", SystemSettings=change(defined.path, Notes=["changed"])
    )
    after = client.defined_settings(system)

    assert (code, after["Notes"]) == (0, ["changed"])
    assert client.state_settings(system) == state
    after["Notes"] = defined["Notes"]
    assert dict(after) == dict(defined)


def test_renaming_the_state_renames_the_system(client):
    system = client.system_in(ACTIVE)
    settings = change(client.state_settings(system).path, ElementName="renamed")

    assert client.call("ModifySystemSettings", SystemSettings=settings) == (0, {})
    assert client.connection.GetInstance(system)["ElementName"] == "renamed"


@pytest.mark.parametrize(
    "values",
    [{"VirtualSystemIdentifier": "another"}, {"VirtualSystemType": "cimconform:Simulated-2"}],
)
def test_what_a_system_was_defined_with_cannot_be_modified(client, values):
    defined = client.defined_settings(client.system_in(ACTIVE)).path

    assert client.call("ModifySystemSettings", SystemSettings=change(defined, **values)) == (4, {})


def test_display_name_can_be_edited_up_to_its_length(client):
    system = client.connection.GetInstance(client.system_in(DEFINED))
    system["ElementName"] = "x" * 256
    client.connection.ModifyInstance(system, PropertyList=["ElementName"])

    assert client.connection.GetInstance(system.path)["ElementName"] == "x" * 256
    assert client.state_settings(system.path)["ElementName"] == "x" * 256
    system["ElementName"] += "x"
    with pytest.raises(CIMError):
        client.connection.ModifyInstance(system, PropertyList=["ElementName"])


def test_other_properties_and_the_host_cannot_be_edited(client):
    host = client.connection.EnumerateInstances("CIM_ComputerSystem")[0]
    host["ElementName"] = "renamed"
    system = client.connection.GetInstance(client.system_in(DEFINED))
    system["EnabledState"] = Uint16(2)

    for edited, name in ((host, "ElementName"), (system, "EnabledState")):
        with pytest.raises(CIMError) as refusal:
            client.connection.ModifyInstance(edited, PropertyList=[name])
        assert refusal.value.status_code == CIM_ERR_NOT_SUPPORTED
