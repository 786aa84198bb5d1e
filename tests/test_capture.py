"""Captures: the evidence of a run, judged again without its server, gives the same results."""

from __future__ import annotations

import json
import zipfile

import msgspec
import pytest

from conformance.capture import CaptureError, read_capture
from conformance.endpoint import EndpointError
from conformance.results import Verdict, read_run
from conformance.source import Captured
from reference_impl.app import start

PASSWORD = "sesame-1234"


def results(folder):
    """Return the results of a run, without what differs from one judging to the next."""
    with (folder / "results.ndjson").open("rb") as lines:
        run = read_run(lines)
    return [msgspec.structs.replace(result, seconds=0.0) for result in run.results]


@pytest.mark.parametrize(
    "fault",
    [
        (),
        pytest.param(("transition-pause-goes-wrong",), marks=pytest.mark.long),
        pytest.param(("vs-name-duplicated",), marks=pytest.mark.long),
    ],
)
def test_capture_that_is_judged_again_gives_the_same_results(cimconform, tmp_path, fault):
    with start(faults=fault) as server:
        chosen = ("--profile", "DSP1057", "--profile", "DSP1054", "--profile", "DSP1052")
        said = ("--allow-changes", "--deadline", "2", "--capture", "c", "--out", "first")
        first = cimconform("run", server.url, *chosen, *said)
    again = cimconform("replay", "c", "--out", "second")
    assert again.returncode == first.returncode == (1 if fault else 0), first.stderr + again.stderr
    assert results(tmp_path / "second") == results(tmp_path / "first")


def test_part_of_a_capture_can_be_judged(cimconform, tmp_path, reference):
    cimconform("run", reference.url, "--capture", "c", "--out", "first")
    cimconform("replay", "c", "--check", "DSP1052:*", "--out", "second")
    ids = {result.check for result in results(tmp_path / "second")}
    assert ids == {r.check for r in results(tmp_path / "first") if r.profile == "DSP1052"}


def test_what_was_not_played_stays_untested(cimconform, tmp_path, reference):
    chosen = ("--check", "DSP1057:pause", "--allow-changes")
    cimconform("run", reference.url, *chosen, "--capture", "c", "--out", "first")
    cimconform("replay", "c", "--check", "DSP1057:activate", "--out", "second")
    (result,) = results(tmp_path / "second")
    assert result.verdict is Verdict.UNTESTED
    assert "not played" in result.reason


def test_what_was_not_asked_for_stays_untested(cimconform, tmp_path, reference):
    cimconform("run", reference.url, "--check", "DSP1057:v*", "--capture", "c", "--out", "first")
    wider = ("--check", "DSP1041:*", "--check", "CIM:*", "--check", "DSP1042:*")
    done = cimconform("replay", "c", *wider, "--out", "second")
    fine = {Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.UNTESTED}
    assert {result.verdict for result in results(tmp_path / "second")} <= fine, done.stdout
    assert "no single objects were read and traversed" in {
        result.reason for result in results(tmp_path / "second")
    }


def test_password_is_in_no_part_of_a_capture(cimconform, tmp_path, monkeypatch):
    monkeypatch.setenv("CIM_PASSWORD", PASSWORD)
    with start(user="monitor", password=PASSWORD) as server:
        login = ("--user", "monitor", "--password-env", "CIM_PASSWORD")
        cimconform("run", server.url, *login, "--check", "DSP1052:*", "--capture", "c")
    kept = read_capture(tmp_path / "c")
    assert kept.looks
    parts = [*(bytes(look) for look in kept.looks), msgspec.json.encode(kept)]
    assert not [part for part in parts if PASSWORD.encode() in part]


def test_file_that_is_no_capture_is_told_in_one_line(cimconform, tmp_path):
    (tmp_path / "c").write_text("nothing")
    done = cimconform("replay", "c")
    assert done.returncode == 2
    assert "expected a capture, as `cimconform run --capture FILE` writes it" in done.stderr


def test_capture_of_another_format_names_both(tmp_path):
    with zipfile.ZipFile(tmp_path / "c", "w") as archive:
        found = {"url": "", "interop": "", "namespaces": []}
        capture = {"found": found, "started": "2026-01-01T00:00:00Z"}
        archive.writestr("capture.json", json.dumps({"format": 99, "looks": 0, "capture": capture}))
    with pytest.raises(CaptureError, match="format 1, found format 99"):
        read_capture(tmp_path / "c")


def test_capture_without_a_look_cannot_be_judged(cimconform, tmp_path, reference):
    cimconform("run", reference.url, "--check", "DSP1052:*", "--capture", "c", "--out", "o")
    bare = msgspec.structs.replace(read_capture(tmp_path / "c"), looks=())
    captured = Captured(bare)
    with pytest.raises(EndpointError, match="holds no snapshot"):
        captured.look(bare.found, None, None, None)


def test_unreachable_server_leaves_no_capture(cimconform, tmp_path):
    done = cimconform("run", "http://127.0.0.1:9", "--capture", "c", "--out", "o")
    assert done.returncode == 4
    assert not (tmp_path / "c").exists()
