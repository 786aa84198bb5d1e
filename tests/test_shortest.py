"""The fewest steps that still show a deviation."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.definitions.load import load_profiles
from conformance.play.machine import machine_for
from conformance.play.shortest import OutOfTries, Stride, possible, shortest

MACHINE = machine_for(load_profiles(), "DSP1057")
WAYS = {
    "defined": (("enable", "active"),),
    "active": (("disable", "defined"), ("quiesce", "paused"), ("reset", "active")),
    "paused": (("enable", "active"), ("disable", "defined")),
}


def walk(seed, length, systems=2):
    """Return a random walk over a few states."""
    chance, states, steps = random.Random(seed), ["defined"] * systems, []
    for _ in range(length):
        number = chance.randrange(systems)
        name, then = chance.choice(WAYS[states[number]])
        steps.append(Stride(name, number, states[number], then))
        states[number] = then
    return tuple(steps)


def shown_by(*names):
    """Return a look for steps of system 0 with these names in this order, and what was tried."""
    tried = []

    def shows(steps):
        tried.append(steps)
        left = list(names)
        for position, step in enumerate(steps):
            if left and step.system == 0 and step.name == left[0]:
                left.pop(0)
            if not left:
                return steps[: position + 1]
        return None

    return shows, tried


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(20, 80))
def test_fewest_steps_are_possible_and_show_it(seed, length):
    shows, tried = shown_by("quiesce", "quiesce", "reset")
    found = shortest(walk(seed, length), MACHINE, shows)
    if found is None:
        assert len(tried) == 1
        return
    assert possible(found)
    assert shows(found) == found
    assert [step.name for step in found] == [
        "enable", "quiesce", "enable", "quiesce", "enable", "reset",
    ]  # fmt: skip


def test_what_never_shows_again_is_none():
    assert shortest(walk(1, 30), MACHINE, lambda _steps: None) is None


def test_search_ends_when_no_more_tries_may_be_made():
    shows, tried = shown_by("quiesce", "reset")

    def twice(steps):
        if len(tried) == 2:
            raise OutOfTries
        return shows(steps)

    steps = walk(3, 60)
    found = shortest(steps, MACHINE, twice)
    assert found
    assert len(found) <= len(steps)
