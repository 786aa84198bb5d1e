"""Subscribing to changes and listening: what is said when something stands in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from conformance.definitions.crossref.requirements import INDICATION_CHECKS
from conformance.endpoint import Connection
from conformance.endpoint.wbem import WbemEndpoint
from conformance.evaluate.indications import CHECKS
from conformance.listen import Place
from conformance.play.cleanup import clean_up
from conformance.play.guard import Guard, GuardError
from reference_impl.app import start
from reference_impl.faults.fault import Fault
from tests.conftest import ROOT
from tests.playing import Stand, Told

DELIVERED = "DSP1054:indication.delivered"
CLASSES = (
    "CIM_IndicationFilter",
    "CIM_ListenerDestination",
    "CIM_AbstractIndicationSubscription",
    "CIM_ServiceAffectsElement",
)
NOWHERE = Place("127.0.0.1", url="http://127.0.0.1:9")
FIXED = Fault(
    "fixed", "", bend=lambda it: it.always("CIM_IndicationService", FilterCreationEnabled=False)
)


def shown(server):
    """What there is for subscriptions, as texts."""
    repository = server.repository
    found = (each for name in CLASSES for each in repository.instances("root/interop", name))
    return sorted(str(each.path) for each in found)


@pytest.fixture
def stand(own_reference, tmp_path):
    with closing(Stand(own_reference.url, tmp_path)) as stand:
        yield stand


def test_every_check_of_indications_can_be_named_in_a_profile():
    assert set(INDICATION_CHECKS) == set(CHECKS)


def test_what_happens_to_the_systems_of_the_run_is_heard(stand):
    hearing = stand.play(DELIVERED)
    assert {each.channel for each in hearing.heard} == {"cql", "wql"}
    assert {event.kind for event in hearing.events} == {"created", "changed", "deleted"}
    assert hearing.skipped == ()


def test_nothing_is_left_of_the_subscriptions(stand, own_reference):
    before = shown(own_reference)
    stand.play(DELIVERED)
    assert shown(own_reference) == before


def test_listener_that_the_server_cannot_reach_leaves_it_untested(own_reference, tmp_path):
    told = Told(deadline_seconds=0.1, place=NOWHERE)
    with closing(Stand(own_reference.url, tmp_path, told)) as stand:
        findings = stand.findings(DELIVERED)
    assert "nothing at all arrived" in findings.untested
    assert "--listen" in findings.advice
    assert not findings.observations


def test_what_clients_create_is_judged_without_a_reachable_listener(own_reference, tmp_path):
    told = Told(deadline_seconds=0.1, place=NOWHERE)
    with closing(Stand(own_reference.url, tmp_path, told)) as stand:
        assert stand.findings("DSP1054:subscription.created").examined == 6


def test_address_that_is_taken_leaves_it_untested_with_the_reason(own_reference, tmp_path):
    port = int(own_reference.url.rpartition(":")[2])
    with closing(Stand(own_reference.url, tmp_path, Told(place=Place("127.0.0.1", port)))) as stand:
        assert "cannot listen" in stand.findings(DELIVERED).untested


def test_filters_of_the_server_are_used_where_clients_cannot_create_any(tmp_path):
    with start(faults=[FIXED]) as server, closing(Stand(server.url, tmp_path)) as stand:
        findings = stand.findings(DELIVERED)
        assert (findings.examined, findings.observations) == (3, ())
        assert stand.findings("DSP1054:filter.created").not_applicable


def test_asynchronous_server_is_heard(tmp_path):
    with start(asynchronous=True) as server, closing(Stand(server.url, tmp_path)) as stand:
        assert stand.findings("DSP1042:state-indication").observations == ()
        assert stand.findings(DELIVERED).observations == ()


def test_read_only_run_subscribes_to_nothing(own_reference, cimconform):
    before = shown(own_reference)
    done = cimconform("run", own_reference.url, "--check", DELIVERED)
    assert "untested" in done.stdout
    assert shown(own_reference) == before


def test_address_of_the_listener_is_taken_from_the_command_line(own_reference, cimconform):
    port = own_reference.url.rpartition(":")[2]
    arguments = ("--allow-changes", "--check", DELIVERED, "--listen", f"127.0.0.1:{port}")
    done = cimconform("run", own_reference.url, *arguments)
    assert f"cannot listen at 127.0.0.1:{port}" in done.stdout + done.stderr


def test_indications_can_be_checked_alone(own_reference, cimconform):
    done = cimconform("run", own_reference.url, "--allow-changes", "--profile", "DSP1054")
    assert done.returncode == 0, done.stdout + done.stderr


def test_wrong_address_of_the_listener_is_told_as_such(cimconform):
    done = cimconform("run", "--listen", "nowhere:port")
    assert done.returncode == 2
    assert "listen" in done.stderr


def test_instance_that_the_run_did_not_make_is_not_deleted(own_reference):
    with closing(WbemEndpoint(Connection(own_reference.url))) as endpoint:
        path = endpoint.enumerate_instance_names("root/interop", CLASSES[0]).value[0]
        with pytest.raises(GuardError, match="not made by this run"):
            Guard(endpoint).delete(path)


def test_instance_without_a_name_of_the_run_is_not_created(own_reference):
    with closing(WbemEndpoint(Connection(own_reference.url))) as endpoint:
        one = endpoint.enumerate_instances("root/interop", CLASSES[0]).value[0]
        with pytest.raises(GuardError, match="no name of this run"):
            Guard(endpoint).create("root/interop", one)


KILLED = """
import os, signal, sys
from pathlib import Path
from conformance.play import journal, hearing
from tests.playing import Stand
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
kept = journal.Journal.made
def made(self, name, path):
    if sys.argv[3] == "confirmed":
        kept(self, name, path)
    if "Subscription" in path.classname:
        die()
journal.Journal.made = made
Stand(sys.argv[1], Path(sys.argv[2])).play("DSP1054:indication.delivered")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("recorded", ["confirmed", "unconfirmed"])
def test_subscription_of_a_killed_run_is_removed_with_its_ends(own_reference, tmp_path, recorded):
    before = shown(own_reference)
    command = [sys.executable, "-c", KILLED, own_reference.url, str(tmp_path), recorded]
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(shown(own_reference)) > len(before) + 2
    with closing(WbemEndpoint(Connection(own_reference.url))) as endpoint:
        assert len(clean_up(tmp_path / "journal.ndjson", endpoint).removed) == 3
    assert shown(own_reference) == before
