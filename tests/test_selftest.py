"""Every check can fail, and only for its own reason: the kill matrix of the reference server."""

from __future__ import annotations

import pytest

from conformance.bundled import FAULTS
from conformance.selftest import NO_FAULT, fault_names, ground_of, matrix, trial, trials

DIALECTS = ("hyperv-v1", "hyperv-v2", "windows-2006")
PART = 80


@pytest.fixture(scope="module")
def whole():
    """The whole kill matrix; it takes many minutes, some of them waiting for deadlines."""
    return matrix(trials(fault_names(), 4))


@pytest.mark.long
def test_right_server_has_no_deviation():
    assert trial(NO_FAULT).deviating == {}


@pytest.mark.long
def test_each_fault_breaks_exactly_the_checks_it_names(whole):
    wrong = {one.fault: (one.missed, one.beside) for one in whole.trials if not one.right}
    assert wrong == {}


@pytest.mark.long
def test_no_check_survives_without_a_reason(whole):
    assert whole.unexplained == ()


@pytest.mark.long
def test_reasons_are_given_only_for_checks_that_survive(whole):
    killed = {name for one in whole.trials for name in one.named}
    assert not [name for name, reason in whole.survivors.items() if reason and name in killed]


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
def test_faults_of_a_dialect_break_exactly_the_checks_they_name(dialect):
    own = [f.name for f in FAULTS.values() if dialect in f.dialects]
    wrong = {one.fault: (one.missed, one.beside) for one in trials(own, 1, dialect=dialect)}

    assert {fault: said for fault, said in wrong.items() if any(said)} == {}
    assert len(own) > 4


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reasons_not_to_try_a_fault_in_a_dialect_are_for_faults_that_there_are(dialect):
    reasons = {name: ground_of(dialect).unfit(fault) for name, fault in FAULTS.items()}
    tried = [name for name, reason in reasons.items() if not reason]

    assert len(tried) > 350


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
def test_fault_that_shows_in_a_dialect_breaks_exactly_the_checks_it_names(dialect):
    some = fault_names()[DIALECTS.index(dialect) :: PART]  # `selftest --dialect` tries all
    done = trials(some, 3, dialect=dialect)
    wrong = {one.fault: (one.missed, one.beside) for one in done if not one.right}

    assert wrong == {}
