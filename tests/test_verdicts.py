"""How findings become verdicts, verdicts a run, and when a deviation is believed or waived."""

from __future__ import annotations

import pytest

from conformance.definitions.profile import Basis, Level, Unique
from conformance.evaluate import verdict_of
from conformance.evaluate.confirm import confirmed, settled
from conformance.findings import Findings
from conformance.plan import Check
from conformance.results import (
    Conformance,
    Observation,
    Result,
    Verdict,
    conformance_of,
    exit_code_of,
)
from conformance.settings import WaiverEntry
from conformance.waivers import fingerprint, problems, waive


def check(level=Level.MANDATORY):
    requirement = Unique(
        level=level, basis=Basis.SCHEMA, statement="", for_="System", properties=("Name",)
    )
    return Check("X:unique", "X", "unique", requirement)


def result(verdict, level="mandatory", **more):
    return Result("X:unique", "X", verdict, level, "schema", "unique", "", **more)


FAILED = Observation("a", "one", "two")
WARNED = Observation("a", "one", "two", "warn")


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        (Findings(examined=1), Verdict.PASS),
        (Findings(examined=1, observations=(FAILED,)), Verdict.FAIL),
        (Findings(examined=1, observations=(WARNED,)), Verdict.WARN),
        (Findings(examined=2, observations=(WARNED, FAILED)), Verdict.FAIL),
        (Findings(), Verdict.UNTESTED),
        (Findings(not_applicable="feature not claimed"), Verdict.NOT_APPLICABLE),
        (Findings(untested="nothing to look at"), Verdict.UNTESTED),
        (Findings(error="timeout"), Verdict.ERROR),
        (Findings(examined=1, observations=(FAILED,), error="timeout"), Verdict.ERROR),
    ],
)
def test_verdict_follows_from_what_was_seen(findings, verdict):
    assert verdict_of(check(), findings, findings.observations)[0] is verdict


def test_nothing_examined_is_never_a_pass():
    verdicts = {verdict_of(check(level), Findings(), ())[0] for level in Level}
    assert verdicts == {Verdict.UNTESTED, Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("results", "conformance", "code"),
    [
        ([result(Verdict.PASS)], Conformance.CONFORMANT, 0),
        ([result(Verdict.PASS), result(Verdict.WARN)], Conformance.CONFORMANT, 0),
        ([result(Verdict.PASS), result(Verdict.WAIVED)], Conformance.WITH_WAIVERS, 0),
        ([result(Verdict.PASS), result(Verdict.FAIL)], Conformance.NON_CONFORMANT, 1),
        ([result(Verdict.FAIL), result(Verdict.ERROR)], Conformance.NON_CONFORMANT, 1),
        ([result(Verdict.PASS), result(Verdict.ERROR)], Conformance.INCONCLUSIVE, 3),
        ([result(Verdict.PASS), result(Verdict.UNTESTED)], Conformance.INCONCLUSIVE, 3),
        ([result(Verdict.NOT_APPLICABLE)], Conformance.INCONCLUSIVE, 3),
        ([], Conformance.INCONCLUSIVE, 3),
    ],
)
def test_run_is_judged_by_its_results(results, conformance, code):
    assert conformance_of(results) is conformance
    assert exit_code_of(conformance) == code


def test_untested_optional_check_leaves_the_run_conformant():
    results = [result(Verdict.PASS), result(Verdict.UNTESTED, level="conditional")]
    assert conformance_of(results) is Conformance.CONFORMANT


def test_deviation_that_shows_twice_is_believed():
    looks = [Findings(1, (FAILED,)), Findings(1, (FAILED,))]
    assert settled(looks)
    assert confirmed(looks).observations == (FAILED,)


def test_deviation_that_goes_away_is_not_believed_and_is_told():
    looks = [Findings(1, (FAILED,)), Findings(1)]
    assert settled(looks)
    assert not confirmed(looks).observations
    assert "gone at the next look" in confirmed(looks).trace[0]


def test_another_deviation_at_each_look_asks_for_one_more_look():
    looks = [Findings(1, (FAILED,)), Findings(1, (Observation("a", "one", "three"),))]
    assert not settled(looks)
    assert not confirmed(looks).observations


def test_deviation_with_other_values_at_every_look_is_a_warning():
    looks = [Findings(1, (Observation("a", "one", found),)) for found in ("two", "three", "four")]
    assert [(o.found, o.severity) for o in confirmed(looks).observations] == [("four", "warn")]


def waiver(**more):
    return WaiverEntry(
        **{"id": "X:unique", "reason": "known", "owner": "me", "expires": "2030-01-01", **more}
    )


TODAY = "2026-11-22"


def test_valid_waiver_waives_and_keeps_the_observations():
    waived = waive(result(Verdict.FAIL, observations=(FAILED,)), [waiver()], TODAY)
    assert waived.verdict is Verdict.WAIVED
    assert waived.observations == (FAILED,)


@pytest.mark.parametrize(
    "entry",
    [waiver(expires="2026-11-21"), waiver(id="X:other"), waiver(fingerprint="0" * 12)],
)
def test_waiver_that_does_not_fit_waives_nothing(entry):
    failed = result(Verdict.FAIL, observations=(FAILED,), fingerprint=fingerprint((FAILED,)))
    assert waive(failed, [entry], TODAY).verdict is Verdict.FAIL


def test_waiver_that_nothing_needs_any_more_is_told_as_stale():
    assert "stale" in problems([result(Verdict.PASS)], [waiver()], TODAY)[0]


def test_fingerprint_does_not_depend_on_which_instances_deviate():
    other = Observation("b", FAILED.expected, FAILED.found)
    assert fingerprint((FAILED,)) == fingerprint((other, FAILED))
