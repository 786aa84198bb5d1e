"""DefineSystem and DestroySystem (DSP1042)."""

from __future__ import annotations

import pytest
from pywbem import CIMError, CIMInstance, CIMInstanceName, Uint16, Uint64

CIM_ERR_INVALID_PARAMETER, CIM_ERR_NOT_FOUND = 4, 6


def everything(client):
    """All instances that the server shows, by path, as they are now."""
    repository = client.server.repository
    return {
        each.path: dict(each.values)
        for namespace in repository.namespaces
        for root in repository.schema.roots()
        for each in repository.instances(namespace, root)
    }


def test_system_is_defined_as_requested(client, memory):
    system = client.define(memory(768), ElementName="mine", Notes=["one", "two"])
    settings = client.defined_settings(system)
    sizes = [
        a["VirtualQuantity"] for a in client.allocations(settings.path) if a["ResourceType"] == 4
    ]

    assert client.state(system) == 3
    assert client.connection.GetInstance(system)["ElementName"] == "mine"
    assert (settings["ElementName"], settings["Notes"]) == ("mine", ["one", "two"])
    assert sizes == [768]
    assert client.state_settings(system)["Notes"] == ["one", "two"]


def test_system_is_defined_by_defaults_when_nothing_is_asked_for(client):
    code, outputs = client.call("DefineSystem")
    settings = client.defined_settings(outputs["ResultingSystem"])

    assert code == 0
    assert settings["VirtualSystemType"] == "cimconform:Simulated-1"
    assert {each["ResourceType"] for each in client.allocations(settings.path)} == {3, 4}


def test_definition_copies_what_is_not_given_from_its_reference(client):
    reference = client.defined_settings(client.system_in(3))
    code, outputs = client.call(
        "DefineSystem",
        SystemSettings=CIMInstance("CIM_VirtualSystemSettingData", {"ElementName": "copy"}),
        ReferenceConfiguration=reference.path,
    )
    copy = client.defined_settings(outputs["ResultingSystem"])

    assert (code, copy["ElementName"], copy["Notes"]) == (0, "copy", reference["Notes"])
    assert sorted(a["VirtualQuantity"] for a in client.allocations(copy.path)) == sorted(
        a["VirtualQuantity"] for a in client.allocations(reference.path)
    )


@pytest.mark.parametrize(
    ("settings", "resource"),
    [
        ({"VirtualSystemType": "none:such"}, {}),
        ({"AutomaticStartupAction": Uint16(77)}, {}),
        ({"ElementName": "x" * 257}, {}),
        ({"RecoveryFile": "/somewhere"}, {}),
        ({}, {"ResourceType": Uint16(0)}),
        ({}, {"ResourceType": None}),
        ({}, {"PoolID": "no pool"}),
        ({}, {"PoolID": "disk/default"}),
        ({}, {"AllocationUnits": "MegaBytes"}),
        ({}, {"AllocationUnits": "hertz"}),
        ({}, {"VirtualQuantity": Uint64(0)}),
        ({}, {"VirtualQuantity": Uint64(2**40)}),
        ({}, {"Reservation": Uint64(600), "Limit": Uint64(500)}),
        ({}, {"MappingBehavior": Uint16(3)}),
        ({}, {"HostResource": ["a host resource"]}),
        ({}, {"Address": "020000000001"}),
    ],
)
def test_definition_that_cannot_be_is_refused_and_leaves_nothing(
    client, memory, settings, resource
):
    before = everything(client)
    code, outputs = client.call(
        "DefineSystem",
        SystemSettings=CIMInstance("CIM_VirtualSystemSettingData", settings),
        ResourceSettings=[memory(512, **resource)],
    )

    assert (code, outputs) == (4, {})
    assert everything(client) == before


def test_settings_that_cannot_be_parsed_are_refused(client):
    before = everything(client)
    with pytest.raises(CIMError) as refusal:
        client.call("DefineSystem", SystemSettings="<INSTANCE CLASSNAME=")

    assert refusal.value.status_code == CIM_ERR_INVALID_PARAMETER
    assert everything(client) == before


def test_identifier_that_is_taken_is_refused(client):
    client.define(VirtualSystemIdentifier="mine")
    settings = CIMInstance("CIM_VirtualSystemSettingData", {"VirtualSystemIdentifier": "mine"})

    assert client.call("DefineSystem", SystemSettings=settings) == (2, {})


def test_equal_sizes_in_different_units_reserve_the_same(client, memory):
    reserved = []
    for request in (memory(512), memory(524288, AllocationUnits="byte*2^10")):
        before = client.pool("memory/default")["Reserved"]
        client.request(client.define(request), 2)
        reserved.append(client.pool("memory/default")["Reserved"] - before)

    assert reserved == [512, 512]


@pytest.mark.parametrize("state", [2, 3, 6, 9])
def test_destroyed_system_is_gone_with_all_that_is_its_own(client, state):
    system = client.system_in(state)
    assert client.call("DestroySystem", AffectedSystem=system) == (0, {})

    traces = [path for path, values in everything(client).items() if system["Name"] in str(path)]
    assert traces == []


def test_definition_activation_and_destruction_leave_everything_as_it_was(client):
    before = everything(client)
    system = client.define()
    assert client.request(system, 2) == 0
    client.call("DestroySystem", AffectedSystem=system)

    assert everything(client) == before


def test_unknown_system_is_not_destroyed(client):
    unknown = CIMInstanceName(
        "CIM_ComputerSystem", {"CreationClassName": "CIM_ComputerSystem", "Name": "unknown"}
    )
    with pytest.raises(CIMError) as refusal:
        client.call("DestroySystem", AffectedSystem=unknown)

    assert refusal.value.status_code == CIM_ERR_NOT_FOUND


def test_host_is_not_destroyed(client):
    host = client.connection.EnumerateInstanceNames("CIM_ComputerSystem")[0]

    assert client.call("DestroySystem", AffectedSystem=host) == (4, {})
    assert client.call("DestroySystem") == (4, {})
