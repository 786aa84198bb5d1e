"""Migration of virtual systems within the one host there is (DSP1081)."""

from __future__ import annotations

import pytest
from lxml.etree import fromstring
from pywbem import CIMInstance, Uint16

ACTIVE, DEFINED, SUSPENDED, PAUSED = 2, 3, 6, 9
LIVE, RESUME, RESTART = 2, 3, 4


def call(client, method, system, **more):
    client.connection.debug = True
    service = client.connection.EnumerateInstanceNames("CIM_VirtualSystemMigrationService")[0]
    code, outputs = client.connection.InvokeMethod(method, service, ComputerSystem=system, **more)
    return int(code), dict(outputs)


def check(client, system, destination="localhost", **more):
    method = "CheckVirtualSystemIsMigratableToHost"
    code, _ = call(client, method, system, DestinationHost=destination, **more)
    return code, migratable(client)


def migratable(client):
    """What the last answer says; as it was sent, for the client takes FALSE for true."""
    (said,) = fromstring(client.connection.last_raw_reply).xpath(
        "//PARAMVALUE[@NAME='IsMigratable']/VALUE/text()"
    ) or [None]
    return said


def migrate(client, system, destination="localhost", **more):
    method = "MigrateVirtualSystemToHost"
    return call(client, method, system, DestinationHost=destination, **more)


def host(client):
    return client.connection.EnumerateInstances("CIM_ComputerSystem")[0]


def of_type(kind, **more):
    given = {"MigrationType": Uint16(kind), **more}
    return CIMInstance("CIM_VirtualSystemMigrationSettingData", given)


def test_migration_service_belongs_to_the_host_and_affects_every_system(client):
    (service,) = client.connection.EnumerateInstanceNames("CIM_VirtualSystemMigrationService")
    affected = client.follow(service, "CIM_ServiceAffectsElement")

    assert [each["Name"] for each in client.follow(service, "CIM_HostedService")] == [
        host(client)["Name"]
    ]
    assert {each["Name"] for each in affected} == {each["Name"] for each in client.systems()}


@pytest.mark.parametrize(
    ("asynchronous", "announced"), [(False, ([2, 3, 4, 5], [])), (True, ([4, 5], [2, 3]))]
)
def test_capabilities_say_what_runs_in_which_way_and_what_is_the_default(
    serving, asynchronous, announced
):
    client = serving(asynchronous=asynchronous)
    (offered,) = client.connection.EnumerateInstances("CIM_VirtualSystemMigrationCapabilities")
    (default,) = client.follow(offered.path, "CIM_SettingsDefineCapabilities")

    ways = offered["SynchronousMethodsSupported"], offered["AsynchronousMethodsSupported"]
    assert ways == announced
    assert offered["DestinationHostFormatsSupported"] == [2, 3, 4]
    assert default["MigrationType"] == LIVE


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "127.0.0.1", "::1"])
def test_own_host_is_known_by_its_names(client, name):
    system = client.system_in(ACTIVE)

    assert check(client, system, name) == (0, "TRUE")
    assert check(client, system, host(client)["Name"]) == (0, "TRUE")


@pytest.mark.parametrize("name", ["elsewhere.example.com", "192.0.2.7", "2001:db8::7"])
def test_other_hosts_cannot_be_reached(client, name):
    system = client.system_in(ACTIVE)

    assert check(client, system, name) == (0, "FALSE")
    assert migrate(client, system, name) == (2, {})
    assert client.state(system) == ACTIVE


@pytest.mark.parametrize(
    "name", ["", "two words", "-dash", "a..b", "999.1.1.1", "1.2.3", "::zz", "a" * 64, "ho_st"]
)
def test_what_is_no_name_of_a_host_is_an_invalid_parameter(client, name):
    assert check(client, client.system_in(ACTIVE), name) == (4, None)
    assert migrate(client, client.system_in(ACTIVE), name) == (4, {})


def test_unknown_systems_are_invalid_parameters(client):
    gone = client.define()
    client.call("DestroySystem", AffectedSystem=gone)

    assert [check(client, each)[0] for each in (gone, host(client).path, None)] == [4, 4, 4]
    assert call(client, "CheckVirtualSystemIsMigratableToHost", client.system_in(ACTIVE))[0] == 4


def test_destination_system_is_the_host_or_nothing(client):
    system, method = client.system_in(ACTIVE), "CheckVirtualSystemIsMigratableToSystem"
    gone = client.define()
    client.call("DestroySystem", AffectedSystem=gone)
    asked = [host(client).path, client.system_in(DEFINED), gone]

    answers = [
        (call(client, method, system, DestinationSystem=each)[0], migratable(client))
        for each in asked
    ]
    assert answers == [(0, "TRUE"), (6, None), (4, None)]


@pytest.mark.parametrize(
    ("state", "kinds"),
    [(ACTIVE, {LIVE, RESUME, RESTART}), (PAUSED, {RESUME}), (DEFINED, set()), (SUSPENDED, set())],
)
def test_type_of_migration_has_to_fit_the_state(client, state, kinds):
    system = client.system_in(state)
    for kind in (LIVE, RESUME, RESTART):
        settings = {"MigrationSettingData": of_type(kind)}

        assert check(client, system, **settings) == (
            0,
            "TRUE" if kind in kinds else "FALSE",
        )
        assert migrate(client, system, **settings)[0] == (0 if kind in kinds else 5)
        assert client.state(system) == state


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (of_type(1), 4),
        (of_type(LIVE, TransportType=Uint16(2)), 6),
        (of_type(LIVE, Bandwidth=Uint16(10)), 6),
        (of_type(LIVE, TransportType=Uint16(6)), 0),
        (CIMInstance("CIM_VirtualSystemMigrationSettingData", {}), 0),
    ],
)
def test_settings_of_a_migration_are_checked(client, settings, code):
    system = client.system_in(ACTIVE)

    assert check(client, system, MigrationSettingData=settings)[0] == code


def test_settings_of_the_system_do_not_change_within_a_host(client):
    new = CIMInstance("CIM_VirtualSystemSettingData", {"ElementName": "new"})

    assert check(client, client.system_in(ACTIVE), NewSystemSettingData=new)[0] == 6


def test_restart_activates_the_definition_as_it_is_now(client):
    system = client.system_in(ACTIVE)
    changed = client.defined_settings(system)
    changed["ElementName"] = "restarted"
    client.call("ModifySystemSettings", SystemSettings=changed)
    live = migrate(client, system, MigrationSettingData=of_type(LIVE))
    assert (live, client.state_settings(system)["ElementName"]) == ((0, {}), "vs-00001")

    assert migrate(client, system, MigrationSettingData=of_type(RESTART)) == (0, {})
    assert client.state_settings(system)["ElementName"] == "restarted"


def test_restart_that_fails_leaves_the_system_running(client, memory):
    system, pool = client.system_in(ACTIVE), client.pool("processor/default")
    whole = pool["Capacity"]
    before = client.allocations(client.state_settings(system).path)
    defined = client.defined_settings(system).path
    greedy = memory(1, ResourceType=Uint16(3), Reservation=whole, Limit=whole)
    client.call("AddResourceSettings", AffectedConfiguration=defined, ResourceSettings=[greedy])

    assert migrate(client, system, MigrationSettingData=of_type(RESTART))[0] == 2
    assert client.state(system) == ACTIVE
    assert client.pool("processor/default")["Reserved"] == pool["Reserved"]
    after = client.allocations(client.state_settings(system).path)
    assert len(after) == len(before)


def test_migrated_system_is_named_and_still_hosted_here(client):
    system = client.system_in(ACTIVE)
    code, outputs = call(
        client, "MigrateVirtualSystemToSystem", system, DestinationSystem=host(client).path
    )

    assert (code, outputs["NewComputerSystem"]["Name"]) == (0, system["Name"])
    hosts = client.follow(system, "CIM_HostedDependency", ResultClass="CIM_ComputerSystem")
    assert [each["Name"] for each in hosts] == [host(client)["Name"]]


def test_job_shows_that_a_system_is_migrating(serving):
    client = serving(asynchronous=True)
    client.server.hypervisor.jobs.step_seconds = 3600
    system = client.system_in(ACTIVE)
    code, outputs = migrate(client, system)

    assert code == 4096
    assert client.connection.GetInstance(system)["OperatingStatus"] == 9
    assert (check(client, system)[0], client.request(system, 3)) == (5, 4099)
    client.connection.InvokeMethod("RequestStateChange", outputs["Job"], RequestedState=Uint16(5))
    assert client.connection.GetInstance(system)["OperatingStatus"] is None


def test_job_migrates_a_system(serving):
    client = serving(asynchronous=True)
    system = client.system_in(ACTIVE)
    job = client.finished(migrate(client, system, MigrationSettingData=of_type(RESUME))[1]["Job"])

    assert (job["JobState"], client.state(system)) == (7, ACTIVE)
    assert [e["Name"] for e in client.follow(job.path, "CIM_AffectedJobElement")] == [
        system["Name"]
    ]
