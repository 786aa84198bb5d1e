"""What holds in the dual-configuration approach and in the single one (DSP1057, clause 7)."""

from __future__ import annotations

import pytest
from pywbem import Uint16

ACTIVE, DEFINED, SUSPENDED, PAUSED = 2, 3, 6, 9
FULL = 2
MEMORY, PROCESSORS = "memory/default", "processor/default"


@pytest.fixture(params=[False, True], ids=["dual", "single"])
def client(request, serving):
    """A server of either approach."""
    return serving(single_configuration=request.param)


def reserved(client):
    return [int(client.pool(each)["Reserved"]) for each in (MEMORY, PROCESSORS)]


def without_names(instance, *more):
    """The properties of settings that a copy shares with its original."""
    own = {"InstanceID", "Address", "Parent", *more}
    return {name: each.value for name, each in instance.properties.items() if name not in own}


def contents(client, settings):
    found = (without_names(each) for each in client.allocations(settings))
    return sorted(found, key=lambda each: (each["ResourceType"], str(each["PoolID"])))


def snapshot_service(client, method, **parameters):
    service = client.connection.EnumerateInstanceNames("CIM_VirtualSystemSnapshotService")[0]
    code, outputs = client.connection.InvokeMethod(method, service, **parameters)
    assert code == 0
    return dict(outputs)


def taken(client, system):
    given = {"AffectedSystem": system, "SnapshotType": Uint16(FULL)}
    return snapshot_service(client, "CreateSnapshot", **given)["ResultingSnapshot"]


def brought_to(client, state):
    """A new system in a state."""
    system = client.define(ElementName="of both approaches")
    for request in {ACTIVE: (2,), PAUSED: (2, 9), SUSPENDED: (2, 6), DEFINED: ()}[state]:
        assert client.request(system, request) == 0
    return system


def test_definition_reserves_nothing_and_activation_does(client):
    before = reserved(client)
    system = brought_to(client, DEFINED)
    assert reserved(client) == before
    client.request(system, 2)

    assert all(now > then for now, then in zip(reserved(client), before, strict=True))


def test_paused_system_keeps_its_resources(client):
    system = brought_to(client, ACTIVE)
    active = reserved(client)
    client.request(system, 9)

    assert reserved(client) == active


@pytest.mark.parametrize("state", [ACTIVE, PAUSED, SUSPENDED])
def test_deactivation_gives_everything_back(client, state):
    before = reserved(client)
    system = brought_to(client, state)
    assert client.request(system, 3) == 0

    assert reserved(client) == before
    assert client.follow(system, "CIM_SystemDevice") == []


def test_suspended_system_holds_nothing(client):
    before = reserved(client)
    brought_to(client, SUSPENDED)

    assert reserved(client) == before


@pytest.mark.parametrize("state", [ACTIVE, PAUSED, SUSPENDED])
def test_destruction_gives_everything_back(client, state):
    before = reserved(client)
    system = brought_to(client, state)
    assert client.call("DestroySystem", AffectedSystem=system)[0] == 0

    assert reserved(client) == before


def test_activation_copies_settings_and_resources_of_the_definition(client):
    system = brought_to(client, DEFINED)
    defined = client.defined_settings(system)
    defined["Notes"], defined["AutomaticRecoveryAction"] = ["copied"], Uint16(3)
    assert client.call("ModifySystemSettings", SystemSettings=defined)[0] == 0
    client.request(system, 2)

    state, defined = client.state_settings(system), client.defined_settings(system)
    assert without_names(state) == without_names(defined)
    assert (state["Notes"], state["AutomaticRecoveryAction"]) == (["copied"], 3)
    assert contents(client, state.path) == contents(client, defined.path) != []


@pytest.mark.parametrize("state", [ACTIVE, PAUSED, SUSPENDED])
def test_full_snapshot_restores_settings_state_and_reservations(client, memory, state):
    system = brought_to(client, state)
    snapshot, settings = taken(client, system), client.defined_settings(system)
    resources, held = contents(client, settings.path), reserved(client)
    given = {"AffectedConfiguration": settings.path, "ResourceSettings": [memory(64)]}
    client.request(system, 3)
    client.call("AddResourceSettings", **given)
    client.call("ModifySystemSettings", SystemSettings=changed(settings))
    snapshot_service(client, "ApplySnapshot", Snapshot=snapshot)

    after = client.defined_settings(system)
    assert without_names(after) == without_names(settings)
    assert (client.state(system), reserved(client)) == (state, held)
    assert contents(client, after.path) == resources


def changed(settings):
    other = settings.copy()
    other["Notes"], other["AutomaticStartupAction"] = ["changed"], Uint16(4)
    return other


def test_definition_that_changed_is_not_that_of_the_snapshot(client):
    system = brought_to(client, ACTIVE)
    snapshot, settings = taken(client, system), client.defined_settings(system)
    client.request(system, 3)
    client.call("ModifySystemSettings", SystemSettings=changed(settings))

    assert client.defined_settings(system)["Notes"] == ["changed"]
    assert client.connection.GetInstance(snapshot)["Notes"] is None


def test_configuration_of_the_single_approach_is_state_default_and_next(serving):
    client = serving(single_configuration=True)
    for system in client.systems():
        (settings,) = client.follow(system.path, "CIM_SettingsDefineState")
        (link,) = client.connection.References(settings.path, ResultClass="CIM_ElementSettingData")

        assert link["ManagedElement"] == link["SettingData"]
        assert (link["IsDefault"], link["IsNext"]) == (1, 1)
