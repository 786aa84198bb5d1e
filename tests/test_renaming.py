"""Systems of the run's own are given other names by ModifyInstance, over both protocols."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.play.guard import GuardError
from conformance.play.journal import read_pending
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start
from reference_impl.values import NOT_SUPPORTED, CIMError
from tests.playing import Stand

EDITABLE = "DSP1052:element-name.editable"
TOO_LONG = "DSP1052:element-name.too-long"
FIXED = "DSP1052:element-name.fixed"
CAPABILITIES = "CIM_EnabledLogicalElementCapabilities"


def verdicts(server, url, folder):
    """What a run says of the three checks; the systems must be those of before then."""
    before = systems(server)
    options = RunOptions(
        connection=Connection(url),
        allow_changes=True,
        out=folder,
        deadline_seconds=2.0,
        checks=(EDITABLE, TOO_LONG, FIXED),
    )
    run = Run(options)
    found = {check.id: run.judge(check).verdict for check in run.plan.checks}
    assert run.close().left_behind == ()
    assert read_pending(folder / "journal.ndjson") == ()
    assert systems(server) == before
    return [found[each] for each in (EDITABLE, TOO_LONG, FIXED)]


def systems(server):
    found = server.repository.instances("root/virt", "CIM_ComputerSystem")
    return sorted(f"{each.path} {each.get('ElementName')}" for each in found)


def stating(server, **values):
    """Let the capabilities of new systems say something else."""
    rewrites = server.hypervisor.store.rewrites
    rewrites.append((CAPABILITIES, lambda written: {**written, **values}))


def without_writer(server):
    """Let the server modify no systems."""

    def refuse(*_anything):
        raise CIMError(NOT_SUPPORTED, "nothing is modified here")

    server.operations.writers["CIM_ComputerSystem"].modify = refuse


PASS, FAIL = Verdict.PASS, Verdict.FAIL
NEITHER, UNTESTED = Verdict.NOT_APPLICABLE, Verdict.UNTESTED


def test_name_can_be_edited_over_cim_xml(tmp_path):
    with start() as server:
        assert verdicts(server, server.url, tmp_path) == [PASS, PASS, NEITHER]


def test_name_can_be_edited_over_ws_management(tmp_path):
    with start(wsman_port=0) as server:
        url = server.wsman_url.replace("http", "wsman", 1)
        assert verdicts(server, url, tmp_path) == [PASS, PASS, NEITHER]


def test_refusal_of_every_name_is_told_where_it_can_be_edited(tmp_path):
    with start() as server:
        without_writer(server)
        assert verdicts(server, server.url, tmp_path) == [FAIL, UNTESTED, NEITHER]


def test_refusal_of_every_name_is_right_where_it_cannot_be_edited(tmp_path):
    with start() as server:
        stating(server, ElementNameEditSupported=False)
        without_writer(server)
        assert verdicts(server, server.url, tmp_path) == [NEITHER, NEITHER, PASS]


@pytest.mark.parametrize("values", [{"ElementNameEditSupported": None}])
def test_name_of_which_nothing_is_stated_is_left_alone(tmp_path, values):
    with start() as server:
        stating(server, **values)
        assert verdicts(server, server.url, tmp_path) == [NEITHER, NEITHER, NEITHER]


@pytest.mark.parametrize(
    ("longest", "expected"),
    [(None, [PASS, NEITHER, NEITHER]), (8, [UNTESTED, UNTESTED, NEITHER])],
)
def test_limit_that_cannot_be_tried_is_no_failure(tmp_path, longest, expected):
    with start() as server:
        stating(server, MaxElementNameLen=longest)
        assert verdicts(server, server.url, tmp_path) == expected


def test_guard_stops_a_name_for_a_system_that_the_run_did_not_make(tmp_path):
    with start() as running, closing(Stand(running.url, tmp_path)) as stand:
        found = next(iter(stand.model.members("DSP1057", "VirtualSystem").values()))
        with pytest.raises(GuardError, match="was not made by this run"):
            stand.player._caller.guard.rename(found.path, found)
