"""Every check can fail, and only for its own reason: the kill matrix of the reference server."""

from __future__ import annotations

import pytest

from conformance.selftest import NO_FAULT, fault_names, matrix, trial, trials


@pytest.fixture(scope="module")
def whole():
    """The whole kill matrix; it takes many minutes, some of them waiting for deadlines."""
    return matrix(trials(fault_names(), 3))


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
