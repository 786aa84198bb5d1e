"""Clean-up from a journal: exactly what the run created goes, whatever state it is in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from conformance.endpoint import Connection
from conformance.endpoint.wbem import WbemEndpoint
from conformance.play.cleanup import clean_up
from conformance.play.fixtures import bring_to, make_system
from conformance.play.journal import JournalError, read_pending
from conformance.play.session import Session
from reference_impl.app import start
from tests.conftest import ROOT
from tests.playing import Stand, check


def systems(server):
    found = server.repository.instances("root/virt", "CIM_ComputerSystem")
    return sorted(str(instance.path) for instance in found)


def left_in(stand, state):
    """Make a system in a state and leave it there, as a run does that is killed."""
    stage = stand.player._stage("DSP1057")
    session = Session("left", stage)
    stand.player._setting(stage, check("DSP1057:activate"))
    bring_to(session, make_system(session), state)
    return stand


@pytest.fixture
def stand(own_reference, tmp_path):
    with closing(Stand(own_reference.url, tmp_path)) as stand:
        yield stand


@pytest.mark.parametrize("state", ["defined", "active", "paused", "suspended"])
def test_system_is_removed_from_every_state(stand, own_reference, state):
    before = systems(own_reference)
    left_in(stand, state)
    report = clean_up(stand.journal, stand.endpoint)
    assert len(report.removed) == 1
    assert systems(own_reference) == before


def test_system_that_was_not_confirmed_is_found_by_its_name(stand, own_reference):
    before = systems(own_reference)
    left_in(stand, "active")
    lines = stand.journal.read_text().splitlines(keepends=True)
    stand.journal.write_text("".join(line for line in lines if '"made"' not in line))
    assert len(clean_up(stand.journal, stand.endpoint).removed) == 1
    assert systems(own_reference) == before


def test_clean_up_can_be_run_again(stand):
    left_in(stand, "defined")
    clean_up(stand.journal, stand.endpoint)
    report = clean_up(stand.journal, stand.endpoint)
    assert (report.removed, report.left) == ((), ())


def test_last_system_is_removed_first(stand):
    left_in(stand, "defined")
    left_in(stand, "defined")
    names = [one.name for one in read_pending(stand.journal)]
    assert list(clean_up(stand.journal, stand.endpoint).removed) == names[::-1]


def mistaken(stand, server, **run_record):
    """Let the journal name a system that the run did not make."""
    left_in(stand, "defined")
    other = systems(server)[0].split('Name="')[-1].rstrip('"')
    lines = [json.loads(line) for line in stand.journal.read_text().splitlines()]
    lines[0].update(run_record)
    made = next(line for line in lines if line["type"] == "made")
    made["path"]["keys"] = [["CreationClassName", "CIM_ComputerSystem"], ["Name", other]]
    stand.journal.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_system_that_no_longer_bears_the_name_is_left_with_the_reason(stand, own_reference):
    mistaken(stand, own_reference, there=[])
    before = systems(own_reference)
    (one,) = clean_up(stand.journal, stand.endpoint).left
    assert "no longer bears the name" in one.reason
    assert systems(own_reference) == before


def test_system_that_was_there_before_the_run_is_left_with_the_reason(stand, own_reference):
    mistaken(stand, own_reference)
    before = systems(own_reference)
    (one,) = clean_up(stand.journal, stand.endpoint).left
    assert "was there before the run" in one.reason
    assert systems(own_reference) == before


def test_systems_of_another_run_are_not_touched(stand, own_reference, tmp_path):
    left_in(stand, "active")
    before = systems(own_reference)
    with closing(Stand(own_reference.url, tmp_path / "other")) as other:
        left_in(other, "active")
        clean_up(other.journal, other.endpoint)
    assert systems(own_reference) == before


def test_system_that_cannot_be_read_is_left_with_the_reason(stand, own_reference):
    left_in(stand, "defined")
    own_reference.close()
    (one,) = clean_up(stand.journal, stand.endpoint).left
    assert one.name in str(one)
    assert "connection" in one.reason


def test_results_file_is_no_journal(tmp_path, reference):
    file = tmp_path / "results.ndjson"
    file.write_text('{"type":"end"}\n')
    endpoint = WbemEndpoint(Connection(reference.url))
    with closing(endpoint), pytest.raises(JournalError, match="journal of cimconform"):
        clean_up(file, endpoint)


KILLED = """
import os, signal, sys
from pathlib import Path
from conformance.play import Clock
from tests.playing import Stand
def die(seconds):
    os.kill(os.getpid(), signal.SIGKILL)
Stand(sys.argv[1], Path(sys.argv[2]), clock=Clock(wait=die)).play("DSP1057:activate")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("asynchronous", [["DefineSystem"], ["RequestStateChange"]])
def test_what_a_killed_run_left_is_removed(tmp_path, asynchronous):
    with start(asynchronous=asynchronous) as server:
        before = systems(server)
        command = [sys.executable, "-c", KILLED, server.url, str(tmp_path)]
        killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
        assert killed.returncode == -signal.SIGKILL
        with closing(WbemEndpoint(Connection(server.url))) as endpoint:
            clean_up(tmp_path / "journal.ndjson", endpoint)
        assert systems(server) == before
