"""What a check demands is told as the profile definition says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.definitions.load import load_profiles
from conformance.explain import explanation

GOOD = Path(__file__).parent / "profiles" / "good"


@pytest.fixture(scope="module")
def catalogue():
    return load_profiles(GOOD)


def defined(told):
    """Return what follows `Defined as:`, line by line."""
    return told.partition("Defined as:\n")[2].splitlines()


def test_definition_is_told_as_it_is_written_without_what_it_leaves_unsaid(catalogue):
    lines = defined(explanation(catalogue, "EX1:pool.unique"))

    assert lines == ["  for: VirtualSystem", "  properties:", "  - Name", "  per: Host"]


def test_terms_of_a_relation_are_told_with_their_words(catalogue):
    told = explanation(catalogue, "EX1:pool.reserved")

    assert "One side of a relation" in told
    assert "      among: Bound" in defined(told)


def test_range_looks_at_what_its_bounds_are_linked_by(catalogue):
    told = explanation(catalogue, "EX1:allocation.bounds")

    assert "CIM_ElementSettingData" in told.partition("Looks at:")[2]


def test_uniqueness_looks_at_what_it_is_asked_per(catalogue):
    told = explanation(catalogue, "EX1:pool.unique")

    assert "CIM_HostedService" in told.partition("Looks at:")[2]
