"""The bundled catalogue is complete: every known fact is a check or excluded with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from conformance.definitions.catalogue import Catalogue, split
from conformance.definitions.dialects import dialect_names
from conformance.definitions.load import load_profiles
from conformance.definitions.profile import Fact, Requirement, Scenario, names
from conformance.plan import plan

FACTS = {
    "PRP": 22,  # Profile Registration
    "CSP": 20,  # Computer System
    "VSP": 52,  # Virtual System
    "SVP": 60,  # System Virtualization
    "RA": 56,  # Resource Allocation
    "AC": 30,  # Allocation Capabilities
    "PR": 16,  # Processor Resource Virtualization
    "MR": 15,  # Memory Resource Virtualization
    "SR": 20,  # Storage Resource Virtualization
    "EP": 20,  # Ethernet Port Resource Virtualization
    "GD": 20,  # Generic Device Resource Virtualization
    "VS": 8,  # Virtual Ethernet Switch
    "PSM": 16,  # Power State Management
    "JOB": 17,  # Job Control
    "VSM": 17,  # Virtual System Migration
    "IND": 24,  # Indications
    "CPU": 8,  # CPU
    "MEM": 5,  # System Memory
    "ETH": 6,  # Ethernet Port
    "LAN": 4,  # Host LAN Network Port
    "INV": 13,  # what holds across all profiles of resources
}
"""How many facts are known of each profile, by the prefix of their numbers."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")


@pytest.fixture(scope="module", params=["none", *dialect_names()])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return load_profiles(dialect=request.param)


def requirements(catalogue: Catalogue) -> Iterator[tuple[str, Requirement]]:
    for key, profile in catalogue.profiles.items():
        for name, requirement in profile.requirements.items():
            yield f"{key}:{name}", requirement


@pytest.mark.parametrize("prefix", FACTS)
def test_catalogue_states_every_fact_of_a_series(catalogue: Catalogue, prefix: str) -> None:
    facts = {fact for _, one in requirements(catalogue) for fact in names(one.fact)}
    stated = {
        int(n) for series, _, n in (fact.partition("-") for fact in facts) if series == prefix
    }

    missing = set(range(1, FACTS[prefix] + 1)) - stated

    assert missing == set()


def test_every_requirement_is_a_check_or_gives_a_reason(catalogue: Catalogue) -> None:
    silent = [
        identity
        for identity, one in requirements(catalogue)
        if isinstance(one, Fact) and not one.excluded.strip()
    ]

    assert silent == []


def test_the_plan_leaves_no_requirement_out(catalogue: Catalogue) -> None:
    whole = plan(catalogue)
    planned = {catalogue.check_id(check.profile, check.name) for check in whole.checks}
    planned |= {excluded.id for excluded in whole.excluded}
    stated = {
        catalogue.check_id(key, name)
        for key in catalogue.judged
        for name in catalogue.profiles[key].requirements
    }

    assert planned == stated


def test_check_ids_are_plain_words_for_shells_and_pytest(catalogue: Catalogue) -> None:
    odd = [i for i, _ in requirements(catalogue) if not NAME.fullmatch(i.partition(":")[2])]

    assert odd == []


def test_check_ids_are_unique(catalogue: Catalogue) -> None:
    ids = [check.id for check in plan(catalogue).checks]

    assert len(ids) == len(set(ids))


def test_every_statement_is_one_sentence(catalogue: Catalogue) -> None:
    odd = [
        identity
        for identity, one in requirements(catalogue)
        if not re.fullmatch(r"[A-Z][^.]*(\.\d[^.]*)*\.", one.statement)
    ]

    assert odd == []


def test_a_scenario_follows_one_that_there_is(catalogue: Catalogue) -> None:
    known = {identity for identity, _ in requirements(catalogue)}
    followed = {
        identity: ":".join(split(identity.partition(":")[0], one.follows))
        for identity, one in requirements(catalogue)
        if isinstance(one, Scenario) and one.follows
    }
    lost = [identity for identity, other in followed.items() if other not in known]

    assert lost == []
