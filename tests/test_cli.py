"""The command line as a user meets it: what it prints, how it ends, what it leaves behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys

import pytest

from conformance.results import Verdict, read_run
from reference_impl.app import start
from reference_impl.faults import Fault
from reference_impl.operations import MethodResult
from tests.conftest import ROOT


def results(tmp_path, out):
    with (tmp_path / out / "results.ndjson").open("rb") as lines:
        return read_run(lines)


@pytest.mark.long
def test_run_without_url_checks_the_bundled_server(cimconform, tmp_path):
    done = cimconform("run", "--allow-changes", "--out", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = {result.verdict for result in results(tmp_path, "out").results}
    assert verdicts == {Verdict.PASS, Verdict.NOT_APPLICABLE}


def test_run_writes_all_reports_and_names_the_page(cimconform, tmp_path, reference):
    done = cimconform("run", reference.url, "--out", "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"results.ndjson", "report.html", "junit.xml"} <= names
    assert "report.html" in done.stdout


def test_read_only_run_is_inconclusive_only_where_changes_are_needed(
    cimconform, tmp_path, reference
):
    cimconform("run", reference.url, "--out", "out")
    untested = [r for r in results(tmp_path, "out").results if r.verdict is Verdict.UNTESTED]
    assert {result.kind for result in untested} <= {
        "transition",
        "scenario",
        "every_call",
        "indication",
        "renaming",
    }
    assert all("--allow-changes" in result.advice for result in untested)


def test_server_that_forgets_to_destroy_makes_the_run_inconclusive(cimconform, tmp_path):
    forgets = Fault(
        name="forgets",
        statement="DestroySystem is answered with success, and nothing happens.",
        breaks=(),
        bend=lambda it: it.wrap(
            "CIM_VirtualSystemManagementService", "DestroySystem", lambda _right: _done
        ),
    )
    with start(faults=[forgets]) as server:
        chosen = ("--check", "DSP1057:pause", "--deadline", "1")
        done = cimconform("run", server.url, "--allow-changes", *chosen, "--out", "out")
        left = set(re.findall(r'Name="(cimconform-[^"]+|[0-9a-f-]{36})"', done.stdout))
    assert done.returncode == 3
    assert "Left behind on the server:" in done.stdout
    assert "cimconform cleanup out/journal.ndjson" in " ".join(done.stdout.split())
    assert left


def _done(_call):
    return MethodResult(0)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_terminal_shows_what_is_being_played(tmp_path, reference):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "conformance.cli", "run", reference.url, "--allow-changes"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [*command, "--check", "DSP1057:*"],
        cwd=tmp_path,
        env=environment,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = _all_of(ours)
    assert process.returncode == 0
    assert "Playing DSP1057:" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert re.search(r"Playing DSP1057:\S+\s+\S+ +[1-9]\d*/\d\d ", plain)


def _all_of(descriptor):
    """Return what is written to a pseudo-terminal until its other end is closed."""
    parts = []
    with contextlib.suppress(OSError):
        while part := os.read(descriptor, 65_536):
            parts.append(part)
    os.close(descriptor)
    return b"".join(parts).decode(errors="replace")


def test_run_of_one_profile_keeps_to_it(cimconform, tmp_path, reference):
    cimconform("run", reference.url, "--profile", "DSP1033", "--out", "out")
    assert {r.profile for r in results(tmp_path, "out").results} == {"DSP1033", "CIM"}


def test_keyword_selects_checks_as_pytest_does(cimconform, tmp_path, reference):
    cimconform("run", reference.url, "-k", "unique", "--out", "out")
    checks = [result.check for result in results(tmp_path, "out").results]
    assert checks
    assert all("unique" in check for check in checks)


def test_list_shows_every_profile_with_its_numbers(cimconform):
    done = cimconform("list")
    assert all(key in done.stdout for key in ("DSP1033", "DSP1042", "DSP1052", "DSP1057"))


def test_list_as_json_gives_one_check_a_line(cimconform):
    checks = [json.loads(line) for line in cimconform("list", "--json").stdout.splitlines()]
    assert {"id", "level", "basis", "kind", "statement"} <= checks[0].keys()


def test_explain_tells_source_and_what_makes_it_fail(cimconform):
    told = cimconform("explain", "DSP1057:virtual-system.name.unique").stdout
    assert "DSP1057 1.0.0" in told
    assert "Fails when two instances have the same values" in told


def test_explain_of_a_misspelt_check_names_the_close_ones(cimconform):
    done = cimconform("explain", "DSP1057:virtual-system.name.uniqe")
    assert done.returncode == 2
    assert "did you mean DSP1057:virtual-system.name.unique" in done.stderr


def test_plan_names_what_would_be_asked_and_changed(cimconform):
    told = cimconform("plan", "--allow-changes").stdout
    assert "EnumerateInstances CIM_VirtualSystemSettingData" in told
    assert "DSP1057:pause" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--profile", "DSP9999"], "unknown profile DSP9999"),
        (["run", "--check", "nothing*"], "no check matches nothing*"),
        (["run", "--nonsense"], "No such option"),
        (["serve", "--fault", "no-such-fault"], "no fault 'no-such-fault'"),
        (["serve", "--dialect", "hyperv-v3"], "'hyperv-v3' is not one of"),
        (
            ["serve", "--systems", "0", "--fault", "port-endpoint-hosted-elsewhere"],
            "try more --systems",
        ),
        (["report", "missing.ndjson"], "does not exist"),
        (["run", "ftp://host"], "ftp"),
    ],
)
def test_usage_error_is_one_clear_line_and_exit_code_2(cimconform, arguments, told):
    done = cimconform(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_refused_connection_is_an_endpoint_error_with_a_report(cimconform, tmp_path):
    done = cimconform("run", "http://127.0.0.1:1", "--out", "out")
    assert done.returncode == 4
    assert "refused" in done.stderr
    assert (tmp_path / "out" / "report.html").exists()


def test_report_is_rendered_again_from_the_results(cimconform, tmp_path, reference):
    cimconform("run", reference.url, "--out", "out")
    page = tmp_path / "out" / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert cimconform("report", "out").returncode == 0
    assert page.read_bytes() == before


def test_password_never_shows_in_what_is_written(cimconform, tmp_path):
    cimconform(
        "run", "http://127.0.0.1:1", "--user", "me", "--password-env", "SECRET", "--out", "out",
        SECRET="correct-horse",
    )  # fmt: skip
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"correct-horse" not in written


def served(*options):
    """Return the first two lines that `serve` tells."""
    command = [sys.executable, "-m", "conformance.cli", "serve", "--port=0", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline() for _ in range(2)]
        process.terminate()
    return told


def test_served_dialect_brings_its_namespace():
    told = served("--dialect=hyperv-v2")
    assert told[0].endswith("(namespace root/virtualization/v2)\n")


def test_served_ports_are_told():
    told = served("--wsman-port=0")
    assert "virtual systems at http://127.0.0.1:" in told[0]
    assert re.fullmatch(r"WS-Management at http://127\.0\.0\.1:\d+/wsman\n", told[1])
