"""The same plan over CIM-XML and over WS-Management gives the same verdicts."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start
from tests.wsman_relay import bare, relayed

INEXPRESSIBLE = "WS-Management"
SOME = ("DSP1042:define*", "DSP1042:add-resource*", "DSP1042:create-snapshot*")


def wsman(server):
    return server.wsman_url.replace("http", "wsman", 1)


def judged(url, folder, **more):
    """Return the results of a run by check."""
    connection = Connection(url, timeout_seconds=30, quirks=more.pop("quirks", ""))
    run = Run(RunOptions(connection, folder, deadline_seconds=10.0, **more))
    results = {check.id: run.judge(check) for check in run.plan.checks}
    assert run.close().left_behind == ()
    return results


def compared(over_xml, over_wsman):
    """Return how many checks cannot be expressed, and the others with another verdict."""
    barred = {name for name, result in over_wsman.items() if INEXPRESSIBLE in result.reason}
    others = over_xml.keys() - barred
    different = {
        name: (over_xml[name].verdict, over_wsman[name].verdict, over_wsman[name].reason)
        for name in others
        if over_xml[name].verdict != over_wsman[name].verdict
    }
    return len(barred), different


@pytest.mark.parametrize(
    "fault", [(), pytest.param(("vs-name-duplicated",), marks=pytest.mark.long)]
)
def test_read_only_verdicts_are_the_same_over_both_protocols(tmp_path, fault):
    with start(wsman_port=0, faults=fault) as server:
        over_xml = judged(server.url, tmp_path)
        over_wsman = judged(wsman(server), tmp_path)
    barred, different = compared(over_xml, over_wsman)
    assert different == {}
    assert barred == 7


@pytest.mark.parametrize(
    ("quirks", "checks"),
    [
        pytest.param("", ("DSP1042:*", "DSP1057:*", "DSP1041:*"), marks=pytest.mark.long),
        ("windows", SOME),
        pytest.param("openwsman", SOME, marks=pytest.mark.long),
    ],
)
def test_verdicts_of_what_is_played_are_the_same_over_both_protocols(tmp_path, quirks, checks):
    chosen = {"allow_changes": True, "checks": checks}
    with start(wsman_port=0) as server:
        over_xml = judged(server.url, tmp_path, **chosen)
        over_wsman = judged(wsman(server), tmp_path, quirks=quirks, **chosen)
    barred, different = compared(over_xml, over_wsman)
    assert different == {}
    assert barred == 0
    assert Counter(result.verdict for result in over_wsman.values())[Verdict.PASS] > 10


@pytest.mark.long
def test_jobs_are_followed_over_ws_management(tmp_path):
    chosen = {"allow_changes": True, "checks": SOME}
    with start(wsman_port=0, asynchronous=True) as server:
        over_xml = judged(server.url, tmp_path, **chosen)
        over_wsman = judged(wsman(server), tmp_path, **chosen)
    assert compared(over_xml, over_wsman) == (0, {})


@pytest.mark.long
def test_server_that_declares_no_classes_and_no_status_is_still_judged(tmp_path):
    chosen = {"allow_changes": True, "profiles": ("DSP1057",)}
    with start(wsman_port=0) as server, relayed(server.wsman_url, bare) as url:
        over_xml = judged(server.url, tmp_path, **chosen)
        over_wsman = judged(url, tmp_path, quirks="openwsman", **chosen)
    barred, different = compared(over_xml, over_wsman)
    assert different == {}
    assert barred == 1  # the types of values


@pytest.mark.long
def test_fault_of_the_server_fails_over_ws_management_too(tmp_path):
    with start(wsman_port=0, faults=["transition-pause-goes-wrong"]) as server:
        results = judged(wsman(server), tmp_path, allow_changes=True, checks=("DSP1057:pause",))
    assert results["DSP1057:pause"].verdict is Verdict.FAIL
