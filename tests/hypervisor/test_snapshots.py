"""Snapshots of virtual systems: taken, applied, destroyed (DSP1042)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pywbem import CIMInstance, Uint16

ACTIVE, DEFINED, SUSPENDED, PAUSED = 2, 3, 6, 9
FULL, DISK = 2, 3
OF_SYSTEM = "CIM_SnapshotOfVirtualSystem"
LAST_APPLIED, MOST_CURRENT = "CIM_LastAppliedSnapshot", "CIM_MostCurrentSnapshotInBranch"


def call(client, method, **parameters):
    service = client.connection.EnumerateInstanceNames("CIM_VirtualSystemSnapshotService")[0]
    code, outputs = client.connection.InvokeMethod(method, service, **parameters)
    return int(code), dict(outputs)


def take(client, system, kind, **more):
    return call(client, "CreateSnapshot", AffectedSystem=system, SnapshotType=Uint16(kind), **more)


def taken(client, system, kind, **more):
    code, outputs = take(client, system, kind, **more)
    assert code == 0
    return outputs["ResultingSnapshot"]


def follow(client, system, association):
    return {each["InstanceID"] for each in client.follow(system, association)}


def resources(client, settings):
    return sorted(
        (each["ResourceType"], each["VirtualQuantity"]) for each in client.allocations(settings)
    )


def enabled(client, system):
    kind = "CIM_VirtualSystemSnapshotCapabilities"
    (found,) = client.follow(system, "CIM_ElementCapabilities", ResultClass=kind)
    return found["SnapshotTypesEnabled"]


@pytest.fixture
def new(client):
    """A system without snapshots, in the state that is asked for."""

    def make(state=DEFINED):
        system = client.define(ElementName="to be captured")
        if state != DEFINED:
            client.request(system, 2)
        if state in (PAUSED, SUSPENDED):
            client.request(system, state)
        return system

    return make


def test_snapshot_service_belongs_to_the_host_and_says_what_it_offers(client):
    (service,) = client.connection.EnumerateInstanceNames("CIM_VirtualSystemSnapshotService")
    (host,) = client.follow(service, "CIM_HostedService")
    (offered,) = client.follow(service, "CIM_ElementCapabilities")

    assert host["ElementName"] == "Reference host"
    assert offered["SynchronousMethodsSupported"] == [2, 3, 4]
    assert (offered["AynchronousMethodsSupported"], offered["SnapshotTypesSupported"]) == (
        [],
        [FULL, DISK],
    )


@pytest.mark.parametrize(
    ("state", "kinds"),
    [(ACTIVE, [FULL, DISK]), (PAUSED, [FULL, DISK]), (SUSPENDED, [FULL]), (DEFINED, [DISK])],
)
def test_types_that_are_enabled_follow_the_state_and_can_be_taken(client, new, state, kinds):
    system = new(state)

    assert enabled(client, system) == kinds
    assert [take(client, system, kind)[0] for kind in kinds] == [0] * len(kinds)
    assert {take(client, system, kind)[0] for kind in {FULL, DISK} - set(kinds)} <= {6}
    assert client.state(system) == state


def test_snapshot_is_a_copy_of_the_settings_as_they_were(client, new):
    system = new(ACTIVE)
    state = client.state_settings(system)
    before = datetime.now(UTC)
    snapshot = client.connection.GetInstance(taken(client, system, FULL))

    assert follow(client, system, OF_SYSTEM) == {snapshot["InstanceID"]}
    assert snapshot["VirtualSystemIdentifier"] == state["VirtualSystemIdentifier"]
    assert resources(client, snapshot.path) == resources(client, state.path) != []
    assert snapshot["CreationTime"].datetime >= before.replace(microsecond=0)


def test_client_names_a_snapshot(client, new):
    given = CIMInstance(
        "CIM_VirtualSystemSettingData", {"ElementName": "before", "Notes": ["of mine"]}
    )
    snapshot = client.connection.GetInstance(taken(client, new(), DISK, SnapshotSettings=given))

    assert (snapshot["ElementName"], snapshot["Notes"]) == ("before", ["of mine"])


def test_full_snapshot_restores_run_state_and_resources(client, new, memory):
    system = new(ACTIVE)
    snapshot, before = taken(client, system, FULL), client.state_settings(system).path
    wanted, reserved = resources(client, before), client.pool("memory/default")["Reserved"]
    call_add = {"AffectedConfiguration": before, "ResourceSettings": [memory(256)]}
    assert client.call("AddResourceSettings", **call_add)[0] == 0
    client.request(system, 3)

    assert call(client, "ApplySnapshot", Snapshot=snapshot) == (0, {})
    assert (client.state(system), enabled(client, system)) == (ACTIVE, [FULL, DISK])
    assert resources(client, client.state_settings(system).path) == wanted
    assert len(client.follow(system, "CIM_SystemDevice")) == len(wanted)
    assert client.pool("memory/default")["Reserved"] == reserved


@pytest.mark.parametrize("state", [PAUSED, SUSPENDED])
def test_full_snapshot_brings_a_system_back_to_its_state(client, new, state):
    system = new(state)
    snapshot = taken(client, system, FULL)
    client.request(system, 3)

    assert call(client, "ApplySnapshot", Snapshot=snapshot)[0] == 0
    assert client.state(system) == state
    assert client.request(system, 2) == 0
    assert {each["EnabledState"] for each in client.follow(system, "CIM_SystemDevice")} == {2}


def test_suspended_snapshot_holds_nothing_until_it_is_resumed(client, new):
    system = new(SUSPENDED)
    snapshot = taken(client, system, FULL)
    client.request(system, 2)
    call(client, "ApplySnapshot", Snapshot=snapshot)

    assert client.follow(system, "CIM_SystemDevice") == []
    assert client.request(system, 2) == 0
    state = client.state_settings(system).path
    assert resources(client, state) == resources(client, snapshot)


def test_disk_snapshot_restores_the_definition_with_its_names(client, new, memory):
    system = new()
    defined = client.defined_settings(system).path
    snapshot, before = taken(client, system, DISK), client.allocations(defined)
    client.call("RemoveResourceSettings", ResourceSettings=[before[0].path])
    client.call("AddResourceSettings", AffectedConfiguration=defined, ResourceSettings=[memory(64)])

    assert call(client, "ApplySnapshot", Snapshot=snapshot)[0] == 0
    after = {each["InstanceID"]: each for each in client.allocations(defined)}
    kept = {each["InstanceID"] for each in before[1:]}
    assert kept < after.keys()
    assert resources(client, defined) == resources(client, snapshot)


def test_system_settings_are_restored_and_so_is_its_name(client, new):
    system = new()
    snapshot = taken(client, system, DISK)
    changed = client.defined_settings(system)
    changed["ElementName"], changed["Notes"] = "changed", ["changed"]
    client.call("ModifySystemSettings", SystemSettings=changed)
    call(client, "ApplySnapshot", Snapshot=snapshot)

    found = client.defined_settings(system)
    assert (found["ElementName"], found["Notes"]) == ("to be captured", None)
    assert client.connection.GetInstance(system)["ElementName"] == "to be captured"


def test_disks_of_a_running_system_cannot_be_exchanged(client, new):
    system = new(ACTIVE)
    snapshot = taken(client, system, DISK)

    assert call(client, "ApplySnapshot", Snapshot=snapshot)[0] == 5
    client.request(system, 3)
    assert call(client, "ApplySnapshot", Snapshot=snapshot)[0] == 0


def test_snapshot_that_the_pools_cannot_serve_leaves_the_system_alone(client, new):
    system = new(ACTIVE)
    snapshot = taken(client, system, FULL)
    client.request(system, 3)
    pools = client.server.hypervisor.pools
    pool = next(each for each in pools if each.pool_id == "memory/default")
    pool.reserved = pool.capacity

    assert call(client, "ApplySnapshot", Snapshot=snapshot)[0] == 2
    assert (client.state(system), pool.reserved) == (DEFINED, pool.capacity)
    assert follow(client, system, LAST_APPLIED) == set()


def test_branches_go_on_from_the_snapshot_that_was_applied(client, new):
    system = new()
    one, two = (taken(client, system, DISK)["InstanceID"] for _ in range(2))
    assert follow(client, system, MOST_CURRENT) == {two}
    first = next(e.path for e in client.follow(system, OF_SYSTEM) if e["InstanceID"] == one)
    call(client, "ApplySnapshot", Snapshot=first)

    assert follow(client, system, LAST_APPLIED) == follow(client, system, MOST_CURRENT) == {one}
    three = taken(client, system, DISK)["InstanceID"]
    assert follow(client, system, MOST_CURRENT) == {three}
    assert follow(client, system, OF_SYSTEM) == {one, two, three}


def test_destroyed_snapshot_leaves_its_descendants_to_the_one_before(client, new):
    system = new()
    one, two, three = (taken(client, system, DISK) for _ in range(3))

    assert call(client, "DestroySnapshot", AffectedSnapshot=two) == (0, {})
    assert follow(client, system, MOST_CURRENT) == {three["InstanceID"]}
    assert call(client, "DestroySnapshot", AffectedSnapshot=three)[0] == 0
    assert follow(client, system, MOST_CURRENT) == {one["InstanceID"]}
    assert client.state(system) == DEFINED


def test_destroyed_snapshot_takes_its_settings_and_links_along(client, new):
    system = new()
    before = len(client.connection.EnumerateInstanceNames("CIM_SettingData"))
    snapshot = taken(client, system, DISK)
    call(client, "ApplySnapshot", Snapshot=snapshot)
    call(client, "DestroySnapshot", AffectedSnapshot=snapshot)

    for association in (OF_SYSTEM, LAST_APPLIED, MOST_CURRENT):
        assert follow(client, system, association) == set()
    assert len(client.connection.EnumerateInstanceNames("CIM_SettingData")) == before


def test_destroyed_system_takes_its_snapshots_along(client):
    names = client.connection.EnumerateInstanceNames
    for system in client.systems():
        client.call("DestroySystem", AffectedSystem=system.path)

    left = {each.classname for each in names("CIM_VirtualSystemSettingData")}
    assert "CIM_VirtualSystemSettingData" not in left
    assert names(OF_SYSTEM) == []
    assert names("CIM_VirtualSystemSnapshotCapabilities") == []


def test_wrong_parameters_are_told_apart_by_their_codes(client, new):
    system, state = new(), client.state_settings(client.system_in(ACTIVE)).path
    host = client.connection.EnumerateInstanceNames("CIM_ComputerSystem")[0]
    nonsense = CIMInstance("CIM_ResourceAllocationSettingData", {"ElementName": ""})

    assert take(client, host, DISK)[0] == 4
    assert call(client, "CreateSnapshot", AffectedSystem=system)[0] == 4
    assert [take(client, system, kind)[0] for kind in (4, 32768)] == [6, 6]
    assert take(client, system, DISK, SnapshotSettings=nonsense)[0] == 4
    assert call(client, "ApplySnapshot", Snapshot=state)[0] == 4
    assert call(client, "DestroySnapshot", AffectedSnapshot=state)[0] == 4
    assert call(client, "DestroySnapshot")[0] == 4


def test_snapshot_defines_another_system(client, new):
    snapshot = taken(client, new(), DISK)
    code, outputs = client.call("DefineSystem", ReferenceConfiguration=snapshot)
    defined = client.defined_settings(outputs["ResultingSystem"]).path

    assert code == 0
    assert resources(client, defined) == resources(client, snapshot)


def test_snapshots_are_taken_and_applied_by_jobs(serving):
    client = serving(asynchronous=True)
    system = client.system_in(ACTIVE)
    code, outputs = take(client, system, FULL)
    job = client.finished(outputs.pop("Job"))
    links = client.connection.References(job.path, ResultClass="CIM_AffectedJobElement")
    (snapshot,) = (each["AffectedElement"] for each in links if each["ElementEffects"] == [5])

    assert (code, outputs, job["JobState"]) == (4096, {}, 7)
    code, outputs = call(client, "ApplySnapshot", Snapshot=snapshot)
    assert (code, client.finished(outputs["Job"])["JobState"]) == (4096, 7)
    assert follow(client, system, LAST_APPLIED) == {snapshot["InstanceID"]}


def test_system_that_a_job_is_changing_has_no_snapshots_taken(serving):
    client = serving(asynchronous=["RequestStateChange"])
    client.server.hypervisor.jobs.step_seconds = 3600
    system = client.system_in(DEFINED)
    (snapshot, *_) = client.follow(system, OF_SYSTEM)
    assert client.request(system, 2) == 4096

    assert (enabled(client, system), take(client, system, DISK)[0]) == ([], 5)
    for method, parameter in (("ApplySnapshot", ""), ("DestroySnapshot", "Affected")):
        assert call(client, method, **{f"{parameter}Snapshot": snapshot.path})[0] == 5


def test_single_configuration_is_restored_with_the_state(serving):
    client = serving(single_configuration=True)
    system = client.system_in(ACTIVE)
    snapshot, before = taken(client, system, FULL), client.state_settings(system).path
    wanted = resources(client, before)
    first = client.allocations(before)[0].path
    assert client.call("RemoveResourceSettings", ResourceSettings=[first])[0] == 0
    client.request(system, 3)

    assert call(client, "ApplySnapshot", Snapshot=snapshot)[0] == 0
    assert (client.state(system), resources(client, before)) == (ACTIVE, wanted)
    assert {each["EnabledState"] for each in client.follow(system, "CIM_SystemDevice")} == {2}
