"""A right server of the single-configuration approach deviates in nothing."""

from __future__ import annotations

import pytest

from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start

FINE = (Verdict.PASS, Verdict.NOT_APPLICABLE)


@pytest.mark.long
@pytest.mark.parametrize("asynchronous", [False, True])
def test_single_configuration_conforms_with_changes(tmp_path, asynchronous):
    with start(single_configuration=True, asynchronous=asynchronous) as server:
        found = verdicts(server.url, tmp_path, allow_changes=True)

    assert {check: each for check, each in found.items() if each not in FINE} == {}
    assert found["DSP1042:apply-snapshot.resources"] is Verdict.PASS
    assert found["DSP1057:next-mark-spent"] is Verdict.NOT_APPLICABLE


def test_single_configuration_conforms_where_nothing_may_be_changed(tmp_path):
    with start(single_configuration=True) as server:
        found = verdicts(server.url, tmp_path, allow_changes=False)

    assert {*found.values()} == {*FINE, Verdict.UNTESTED}


def verdicts(url, folder, **options):
    run = Run(RunOptions(connection=Connection(url), out=folder, deadline_seconds=5.0, **options))
    for check in run.plan.checks:
        run.judge(check)
    run.close()
    return {result.check: result.verdict for result in run.results}
