"""Power management of virtual systems (DSP1027)."""

from __future__ import annotations

import pytest
from pywbem import CIMDateTime, Uint16

ACTIVE, DEFINED, SUSPENDED, PAUSED = 2, 3, 6, 9
ON, SLEEP, CYCLE, HARD, HIBERNATE, SOFT, HARD_CYCLE, RESET, GRACEFUL = 2, 3, 5, 6, 7, 8, 9, 10, 12
SHOWN = {ACTIVE: ON, DEFINED: HARD, PAUSED: SLEEP, SUSPENDED: HIBERNATE}
ALLOWED = {
    (DEFINED, ON): (ACTIVE, ON),
    (ACTIVE, SLEEP): (PAUSED, SLEEP),
    (ACTIVE, CYCLE): (ACTIVE, ON),
    (ACTIVE, HARD): (DEFINED, HARD),
    (ACTIVE, HIBERNATE): (SUSPENDED, HIBERNATE),
    (ACTIVE, SOFT): (DEFINED, SOFT),
    (ACTIVE, HARD_CYCLE): (ACTIVE, ON),
    (ACTIVE, RESET): (ACTIVE, ON),
    (ACTIVE, GRACEFUL): (DEFINED, SOFT),
    (PAUSED, ON): (ACTIVE, ON),
    (PAUSED, HARD): (DEFINED, HARD),
    (PAUSED, HIBERNATE): (SUSPENDED, HIBERNATE),
    (PAUSED, HARD_CYCLE): (ACTIVE, ON),
    (PAUSED, RESET): (ACTIVE, ON),
    (SUSPENDED, ON): (ACTIVE, ON),
    (SUSPENDED, HARD): (DEFINED, HARD),
}


def power(client, system):
    (shown,) = client.connection.References(
        system, ResultClass="CIM_AssociatedPowerManagementService"
    )
    return shown


def switch(client, system, power_state, **more):
    service = client.connection.EnumerateInstanceNames("CIM_PowerManagementService")[0]
    given = {} if power_state is None else {"PowerState": Uint16(power_state)}
    code, outputs = client.connection.InvokeMethod(
        "RequestPowerStateChange", service, ManagedElement=system, **given, **more
    )
    return int(code), dict(outputs)


@pytest.mark.parametrize(("asked", "reached"), ALLOWED.items())
def test_power_state_that_is_requested_changes_the_state(client, asked, reached):
    system = client.system_in(asked[0])

    assert switch(client, system, asked[1]) == (0, {})
    assert (client.state(system), power(client, system)["PowerState"]) == reached
    assert power(client, system)["TransitioningToPowerState"] == 19


@pytest.mark.parametrize("state", SHOWN)
def test_power_state_tells_the_same_as_the_state(client, state):
    shown = power(client, client.system_in(state))

    assert shown["PowerState"] == SHOWN[state]
    assert shown["AvailableRequestedPowerStates"] == [p for s, p in ALLOWED if s == state]


def test_other_power_states_are_invalid_transitions_without_effect(client):
    offered = {power_state for _, power_state in ALLOWED}
    refused = [(s, p) for s in SHOWN for p in offered if (s, p) not in ALLOWED]
    before = {each.path: each for each in client.systems()}

    codes = {switch(client, client.system_in(state), power)[0] for state, power in refused}
    assert codes == {4097}
    assert {each.path: each for each in client.systems()} == before


@pytest.mark.parametrize(("asked", "shown"), [(SOFT, 8), (HARD, 6), (GRACEFUL, 13), (RESET, 10)])
def test_requested_power_state_has_a_value_map_of_its_own(client, asked, shown):
    system = client.system_in(ACTIVE)
    switch(client, system, asked)

    assert power(client, system)["RequestedPowerState"] == shown


@pytest.mark.parametrize(
    ("request_value", "shown"),
    [(3, (HARD, HARD)), (4, (SOFT, SOFT)), (6, (7, 7)), (9, (3, 3)), (10, (CYCLE, ON))],
)
def test_power_state_follows_requests_that_are_made_otherwise(client, request_value, shown):
    system = client.system_in(ACTIVE)
    client.request(system, request_value)
    found = power(client, system)

    assert (found["RequestedPowerState"], found["PowerState"]) == shown


@pytest.mark.parametrize(
    ("power_state", "more", "code"),
    [
        (None, {}, 5),
        (1, {}, 5),
        (17, {}, 5),
        (4, {}, 1),
        (11, {}, 1),
        (13, {}, 1),
        (SLEEP, {"Time": CIMDateTime("20300101000000.000000+000")}, 1),
        (SLEEP, {"Time": CIMDateTime("00000000000100.000000:000")}, 1),
        (SLEEP, {"Time": CIMDateTime("00000000000000.000000:000")}, 0),
        (SLEEP, {"TimeoutPeriod": CIMDateTime("00000000000100.000000:000")}, 4098),
    ],
)
def test_parameters_decide_the_return_code(client, power_state, more, code):
    assert switch(client, client.system_in(ACTIVE), power_state, **more)[0] == code


def test_only_virtual_systems_are_switched(client):
    host = client.connection.EnumerateInstanceNames("CIM_ComputerSystem")[0]
    gone = client.define()
    client.call("DestroySystem", AffectedSystem=gone)

    assert [switch(client, each, ON)[0] for each in (host, gone, None)] == [5, 5, 5]


def test_switching_on_without_enough_in_the_pool_fails(client):
    pools = client.server.hypervisor.pools
    pool = next(each for each in pools if each.pool_id == "memory/default")
    pool.reserved = pool.capacity
    system = client.system_in(DEFINED)

    assert switch(client, system, ON)[0] == 4
    assert (client.state(system), power(client, system)["PowerState"]) == (DEFINED, HARD)


def test_what_can_be_requested_and_shown_is_what_the_capabilities_say(client):
    (service,) = client.connection.EnumerateInstanceNames("CIM_PowerManagementService")
    (offered,) = client.follow(service, "CIM_ElementCapabilities")

    assert offered["RequestedPowerStatesSupported"] == sorted({p for _, p in ALLOWED})
    assert offered["PowerStatesSupported"] == sorted({p for _, p in ALLOWED.values()})
    assert len(client.follow(service, "CIM_HostedService")) == 1


def test_job_shows_where_the_power_goes_and_gets_there(serving):
    client = serving(asynchronous=True)
    client.server.hypervisor.jobs.step_seconds = 3600
    system = client.system_in(ACTIVE)
    code, outputs = switch(client, system, GRACEFUL)
    shown = power(client, system)

    assert (code, shown["TransitioningToPowerState"], shown["PowerState"]) == (4096, 12, ON)
    assert (shown["RequestedPowerState"], shown["AvailableRequestedPowerStates"]) == (13, [])
    assert switch(client, system, HARD)[0] == 4099
    client.connection.InvokeMethod("RequestStateChange", outputs["Job"], RequestedState=Uint16(4))
    assert power(client, system)["TransitioningToPowerState"] == 19
    assert power(client, system)["AvailableRequestedPowerStates"] != []


def test_job_of_a_power_request_ends_in_the_power_state(serving):
    client = serving(asynchronous=True)
    system = client.system_in(ACTIVE)
    job = client.finished(switch(client, system, GRACEFUL)[1]["Job"])
    shown = power(client, system)

    assert (job["JobState"], client.state(system)) == (7, DEFINED)
    assert (shown["PowerState"], shown["RequestedPowerState"]) == (SOFT, 13)
