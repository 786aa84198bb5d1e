"""Questions to the migration service about the run's own systems, on a real server (DSP1081)."""

from __future__ import annotations

from contextlib import closing, contextmanager

import pytest

from reference_impl.app import start
from reference_impl.operations import MethodResult
from reference_impl.values import FAILED, CIMError
from tests.playing import CATALOGUE, Stand

SERVICE = "CIM_VirtualSystemMigrationService"
TO_HOST = "CheckVirtualSystemIsMigratableToHost"
TO_SYSTEM = "CheckVirtualSystemIsMigratableToSystem"
MIGRATE = "MigrateVirtualSystemToHost"
CHECKS = (
    "own-host",
    "own-system",
    "malformed-host",
    "malformed-host.refused",
    "unknown-host",
    "unknown-system",
    "unknown-system.to-system",
    "changes-nothing",
    "changes-nothing.to-system",
)


@contextmanager
def standing(tmp_path, **server):
    """A player in front of a server of its own."""
    with (
        start(**server) as running,
        closing(Stand(running.url, tmp_path, profiles=("DSP1057", "DSP1081"))) as stand,
    ):
        stand.server = running
        yield stand


def answering(stand, answer, method=TO_HOST):
    """Let a function of the call answer a method."""
    stand.server.operations.methods[SERVICE, method] = answer


@pytest.mark.parametrize("systems", [0, 3])
def test_right_server_answers_and_changes_nothing(tmp_path, systems):
    with standing(tmp_path, systems=systems) as stand:
        found = [stand.findings(f"DSP1081:check.{name}") for name in CHECKS]
    assert [(each.observations, each.error, each.untested) for each in found] == [
        ((), "", "")
    ] * len(CHECKS)


def test_migratable_system_is_said_to_be(tmp_path):
    with standing(tmp_path) as stand:
        outputs = stand.play("DSP1081:check.own-host").tested.outputs
    assert outputs == {"IsMigratable": True}


def test_false_is_read_as_false(tmp_path):
    with standing(tmp_path) as stand:
        answering(stand, lambda call: MethodResult(0, {"IsMigratable": False}))
        found = stand.findings("DSP1081:check.unknown-system")
        outputs = stand.play("DSP1081:check.unknown-system").tested.outputs
    assert (found.observations, outputs) == ((), {"IsMigratable": False})


def test_true_for_a_system_that_does_not_exist_is_a_deviation(tmp_path):
    with standing(tmp_path) as stand:
        answering(stand, lambda call: MethodResult(0, {"IsMigratable": True}))
        (observation,) = stand.findings("DSP1081:check.unknown-system").observations
    assert (observation.expected, observation.found) == ("IsMigratable FALSE", "TRUE")


def test_host_that_cannot_be_reached_leaves_it_untested(tmp_path):
    def unreachable(call):
        raise CIMError(FAILED, "Failed to connect")

    with standing(tmp_path) as stand:
        answering(stand, unreachable)
        found = stand.findings("DSP1081:check.own-host")
        other = stand.findings("DSP1081:check.malformed-host")
    assert "Failed to connect" in found.untested
    assert "check.own-host) was not accepted" in other.untested


def test_method_that_is_not_offered_is_asked_about_the_own_host_only(tmp_path):
    with standing(tmp_path, faults=["migration-to-host-unlisted"]) as stand:
        host = stand.server.hypervisor.host.name.key("Name")
        tested = stand.play("DSP1081:refuse-unlisted-method.migrate-to-host").tested
        offered = stand.findings("DSP1081:refuse-unlisted-method.migrate-to-system")
    assert tested.arguments["DestinationHost"] == host
    assert stand.player.run_name in str(tested.before.system.values)
    assert "offers MigrateVirtualSystemToSystem" in offered.not_applicable


def test_check_never_migrates(tmp_path):
    migrated = []
    with standing(tmp_path) as stand:
        for method in ("MigrateVirtualSystemToHost", "MigrateVirtualSystemToSystem"):
            answering(stand, lambda call: migrated.append(call) or MethodResult(1), method)
        for name in CHECKS:
            stand.play(f"DSP1081:check.{name}")
    assert migrated == []


@pytest.mark.parametrize("name", ["own-host", "own-system"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_system_is_migrated_to_its_own_host_and_stays_there(tmp_path, name, asynchronous):
    with standing(tmp_path, asynchronous=asynchronous) as stand:
        stand.play(f"DSP1081:check.{name}")
        accepted = stand.play(f"DSP1081:migrate.{name}").tested.outcome.accepted
        found = [stand.findings(f"DSP1081:migrate.{name}{end}") for end in ("", ".stays")]
    assert accepted
    assert [(each.observations, each.error, each.untested) for each in found] == [((), "", "")] * 2


def test_server_that_migrates_nothing_to_its_own_host_is_right(tmp_path):
    with standing(tmp_path) as stand:
        answering(stand, lambda call: MethodResult(6), MIGRATE)
        stand.play("DSP1081:check.own-host")
        found = [stand.findings(f"DSP1081:migrate.own-host{end}") for end in ("", ".stays")]
    assert [(each.observations, each.untested) for each in found] == [((), "")] * 2


def test_migration_that_fails_without_a_reason_is_untested(tmp_path):
    with standing(tmp_path) as stand:
        answering(stand, lambda call: MethodResult(2), MIGRATE)
        stand.play("DSP1081:check.own-host")
        found = stand.findings("DSP1081:migrate.own-host")
    assert "return value 2" in found.untested


def test_server_that_cannot_tell_is_not_asked_to_migrate(tmp_path):
    migrated = []
    with standing(tmp_path) as stand:
        answering(stand, lambda call: MethodResult(2))
        answering(stand, lambda call: migrated.append(call) or MethodResult(0), MIGRATE)
        stand.play("DSP1081:check.own-host")
        found = stand.findings("DSP1081:migrate.own-host")
    assert "check.own-host) was not accepted" in found.untested
    assert migrated == []


def test_migration_never_names_what_is_not_of_the_run(tmp_path):
    named = []
    with standing(tmp_path) as stand:
        own = stand.server.hypervisor.host.name
        for method in (MIGRATE, "MigrateVirtualSystemToSystem"):
            answering(stand, lambda call: named.append(call.arguments) or MethodResult(0), method)
        stand.play("DSP1081:check.own-host")
        stand.play("DSP1081:check.own-system")
        for each in CATALOGUE.profiles["DSP1081"].requirements:
            if each.startswith("migrate.") and each != "migrate.job":
                stand.play(f"DSP1081:{each}")
        systems = {str(one.get("ComputerSystem")) for one in named}
        there = {str(each.name) for each in stand.server.hypervisor.systems}
        hosts = {one.get("DestinationHost") for one in named} - {None}
        to = {one.get("DestinationSystem") for one in named} - {None}
    assert not systems & there
    assert hosts == {own.key("Name"), "no host / has this name"}
    assert len(to) == 2
    assert own in to
