"""A run leaves the server as it found it: also when it is killed, interrupted, or not alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start
from reference_impl.operations import MethodResult
from tests.conftest import ROOT

DISABLED = 3


def shown(server):
    """Everything that the server shows, as text."""
    repository = server.repository
    return sorted(
        f"{instance.path} {sorted(instance.values.items(), key=str)}"
        for namespace in repository.namespaces
        for instance in repository.instances(namespace, "CIM_ManagedElement")
    )


def begin(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.cli", "run", *arguments, "--out", str(folder)],
        cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_systems(folder, number):
    """Wait until the journal tells of so many systems made."""
    journal = folder / "journal.ndjson"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if journal.exists() and journal.read_text().count('"made"') >= number:
            return
        time.sleep(0.005)
    raise AssertionError("the run made no system")


@pytest.fixture
def killed(tmp_path, own_reference):
    """The folder of a run that was killed in the middle of its changes."""
    out = tmp_path / "out"
    before = shown(own_reference)
    with begin(out, own_reference.url, "--allow-changes") as process:
        wait_for_systems(out, 5)
        process.kill()
    return out, before


def test_clean_up_after_a_kill_leaves_the_server_as_found(killed, own_reference, cimconform):
    out, before = killed
    done = cimconform("cleanup", str(out / "journal.ndjson"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown(own_reference) == before


@pytest.mark.long
def test_clean_up_can_be_repeated(killed, cimconform):
    out, _ = killed
    cimconform("cleanup", str(out / "journal.ndjson"))
    assert "0 removed, 0 left" in cimconform("cleanup", str(out / "journal.ndjson")).stdout


@pytest.mark.long
def test_results_of_a_killed_run_can_be_read(killed, cimconform):
    out, _ = killed
    assert cimconform("report", str(out)).returncode == 0
    assert "cut short" in (out / "report.html").read_text().lower()


@pytest.mark.long
def test_finished_run_leaves_the_server_as_found(tmp_path, own_reference):
    before = shown(own_reference)
    with begin(tmp_path / "out", own_reference.url, "--allow-changes") as process:
        assert process.wait(400) == 0
    assert shown(own_reference) == before


@pytest.mark.long
def test_asynchronous_server_is_left_as_found(tmp_path):
    with start(asynchronous=True) as server:
        names = sorted(str(i.path) for i in server.repository.instances("root/virt", "CIM_System"))
        with begin(tmp_path / "out", server.url, "--allow-changes") as process:
            assert process.wait(400) == 0
        after = sorted(str(i.path) for i in server.repository.instances("root/virt", "CIM_System"))
    assert after == names


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_interrupted_run_cleans_up_and_says_what_it_reached(tmp_path, own_reference):
    before, out = shown(own_reference), tmp_path / "out"
    with begin(out, own_reference.url, "--allow-changes") as process:
        wait_for_systems(out, 3)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    assert shown(own_reference) == before
    assert (out / "report.html").exists()


@pytest.mark.long
def test_two_runs_at_once_do_not_disturb_each_other(tmp_path, own_reference):
    before = shown(own_reference)
    runs = [begin(tmp_path / str(n), own_reference.url, "--allow-changes") for n in range(2)]
    assert [run.wait(400) for run in runs] == [0, 0]
    assert shown(own_reference) == before


def bait(server, destroyed, *, told):
    """Let an old system take the name of each system that is asked for; note what is destroyed."""
    methods = server.operations.methods
    settings = server.repository.instances("root/virt", "CIM_SettingsDefineState")
    old = settings[0].get("ManagedElement")
    service = "CIM_VirtualSystemManagementService"
    destroy = methods.get((service, "DestroySystem"))

    def define(call):
        name = call.arguments["SystemSettings"].get("ElementName")
        server.repository.change(old, ElementName=name)
        return MethodResult(0, {"ResultingSystem": old} if told else {})

    def noted(call):
        destroyed.append(call.arguments.get("AffectedSystem"))
        return destroy(call)

    methods[service, "DefineSystem"] = define
    methods[service, "DestroySystem"] = noted
    return old


@pytest.mark.parametrize("told", [True, False])
def test_old_system_that_takes_the_name_of_a_new_one_is_never_destroyed(tmp_path, told):
    destroyed = []
    with start() as server:
        old = bait(server, destroyed, told=told)
        options = RunOptions(
            connection=Connection(server.url),
            allow_changes=True,
            out=tmp_path,
            deadline_seconds=0.5,
            profiles=("DSP1042", "DSP1057"),
        )
        run = Run(options)
        verdicts = {run.judge(check).verdict for check in run.plan.checks}
        run.close()
        assert server.repository.get(old) is not None
    assert old not in destroyed
    assert Verdict.FAIL in verdicts


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("web-server", Verdict.WARN), ("cimconform-0123abcd-7", Verdict.PASS)],
)
def test_system_of_somebody_else_that_goes_meanwhile_is_no_failure(tmp_path, name, verdict):
    with start() as server:
        systems = server.repository.instances("root/virt", "CIM_ComputerSystem")
        other = next(each.path for each in systems if each.get("EnabledState") == DISABLED)
        server.repository.change(other, ElementName=name)
        service = "CIM_VirtualSystemManagementService"
        destroy = server.operations.methods[service, "DestroySystem"]

        def meanwhile(call):
            if server.repository.get(other) is not None:
                destroy(replace(call, arguments={"AffectedSystem": other}))
            return destroy(call)

        server.operations.methods[service, "DestroySystem"] = meanwhile
        run = Run(RunOptions(Connection(server.url), allow_changes=True, out=tmp_path))
        check = next(c for c in run.plan.checks if c.id == "DSP1042:destroy-unknown")
        run.select([check])
        result = run.judge(check)
        run.close()
        assert server.repository.get(other) is None
    assert result.verdict is verdict
