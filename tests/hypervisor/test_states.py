"""State changes of virtual systems on request (DSP1057)."""

from __future__ import annotations

import pytest
from pywbem import CIMDateTime, Uint16

from reference_impl.hypervisor import EPOCH

ACTIVE, DEFINED, SUSPENDED, PAUSED = 2, 3, 6, 9
STATES = (ACTIVE, DEFINED, SUSPENDED, PAUSED)
REQUESTS = (2, 3, 4, 6, 9, 10, 11)
ALLOWED = {
    (DEFINED, 2): ACTIVE,
    (ACTIVE, 3): DEFINED,
    (ACTIVE, 4): DEFINED,
    (ACTIVE, 6): SUSPENDED,
    (ACTIVE, 9): PAUSED,
    (ACTIVE, 10): ACTIVE,
    (ACTIVE, 11): ACTIVE,
    (PAUSED, 2): ACTIVE,
    (PAUSED, 3): DEFINED,
    (PAUSED, 6): SUSPENDED,
    (PAUSED, 11): ACTIVE,
    (SUSPENDED, 2): ACTIVE,
    (SUSPENDED, 3): DEFINED,
}


@pytest.mark.parametrize(("transition", "target"), ALLOWED.items())
def test_allowed_request_reaches_its_state(client, transition, target):
    state, request = transition
    system = client.system_in(state)

    assert client.request(system, request) == 0
    shown = client.connection.GetInstance(system)
    assert (shown["EnabledState"], shown["RequestedState"]) == (target, request)
    assert shown["TimeOfLastStateChange"].datetime > EPOCH


def test_other_requests_are_invalid_transitions_without_effect(client):
    refused = [(s, r) for s in STATES for r in REQUESTS if (s, r) not in ALLOWED]
    before = {each.path: each for each in client.systems()}

    codes = {client.request(client.system_in(state), request) for state, request in refused}

    assert codes == {4097}
    assert {each.path: each for each in client.systems()} == before


@pytest.mark.parametrize(
    ("request_value", "more", "code"),
    [
        (None, {}, 5),
        (99, {}, 5),
        (0, {}, 5),
        (7, {}, 1),
        (8, {}, 1),
        (9, {"TimeoutPeriod": CIMDateTime("00000000000100.000000:000")}, 4098),
        (9, {"TimeoutPeriod": CIMDateTime("00000000000000.000000:000")}, 0),
    ],
)
def test_parameters_decide_the_return_code(client, request_value, more, code):
    assert client.request(client.system_in(ACTIVE), request_value, **more) == code


@pytest.mark.parametrize("state", STATES)
def test_available_requests_are_those_that_are_allowed(client, state):
    shown = client.connection.GetInstance(client.system_in(state))
    (capabilities,) = client.follow(
        shown.path, "CIM_ElementCapabilities", ResultClass="CIM_EnabledLogicalElementCapabilities"
    )

    assert shown["AvailableRequestedStates"] == [r for s, r in sorted(ALLOWED) if s == state]
    assert capabilities["RequestedStatesSupported"] == list(REQUESTS)


def test_host_does_not_change_its_state(client):
    host = client.connection.EnumerateInstances("CIM_ComputerSystem")[0].path

    assert client.request(host, 3) == 1


def test_activation_shows_devices_and_reserves_and_deactivation_gives_back(client):
    system, reserved = client.system_in(DEFINED), client.pool("memory/default")["Reserved"]
    client.request(system, 2)
    devices = client.follow(system, "CIM_SystemDevice")

    assert {each.classname for each in devices} == {
        "CIM_Processor",
        "CIM_Memory",
        "CIM_LogicalDisk",
        "CIM_EthernetPort",
        "CIM_IDEController",
        "CIM_DVDDrive",
    }
    assert client.pool("memory/default")["Reserved"] == reserved + 1024
    client.request(system, 3)
    assert client.follow(system, "CIM_SystemDevice") == []
    assert client.pool("memory/default")["Reserved"] == reserved


def test_activation_without_enough_in_the_pool_fails_and_changes_nothing(client, memory):
    pool = client.pool("processor/default")
    greedy = memory(1, ResourceType=Uint16(3), Reservation=pool["Capacity"], Limit=pool["Capacity"])
    system = client.define(greedy)
    memory_reserved = client.pool("memory/default")["Reserved"]

    assert client.request(system, 2) == 4
    assert client.state(system) == DEFINED
    assert client.pool("processor/default")["Reserved"] == pool["Reserved"]
    assert client.pool("memory/default")["Reserved"] == memory_reserved


def test_resumed_system_has_what_it_had_when_it_was_suspended(client):
    system = client.system_in(ACTIVE)
    before = {each.classname for each in client.follow(system, "CIM_SystemDevice")}
    defined = client.allocations(client.defined_settings(system).path)
    client.request(system, 6)
    client.call("RemoveResourceSettings", ResourceSettings=[defined[-1].path])
    client.request(system, 2)

    assert {each.classname for each in client.follow(system, "CIM_SystemDevice")} == before


def test_activation_takes_the_defined_configuration_over(client):
    system = client.system_in(DEFINED)
    settings = client.defined_settings(system)
    settings["ElementName"] = "renamed in its definition"
    client.call("ModifySystemSettings", SystemSettings=settings)

    assert client.connection.GetInstance(system)["ElementName"] == "vs-00002"
    client.request(system, 2)
    assert client.connection.GetInstance(system)["ElementName"] == "renamed in its definition"
    assert client.state_settings(system)["ElementName"] == "renamed in its definition"


def test_state_changes_agree_in_the_single_configuration_approach(serving):
    client = serving(single_configuration=True)
    system = client.system_in(SUSPENDED)

    assert [client.request(system, request) for request in (2, 9, 2, 3, 2, 6)] == [0] * 6
    assert client.state_settings(system).path == client.defined_settings(system).path
