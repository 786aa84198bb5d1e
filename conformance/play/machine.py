"""The state machine that a check is about, and the ways through it.

Pure. Which request leads from which state to which is what the profile's transitions say, so
the way to a state is found in them and stated nowhere else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from conformance.definitions.catalogue import Catalogue, local_name
from conformance.definitions.profile import Profile, States, Transition, names
from conformance.definitions.profile import Request as StateRequest

DEFINED = "defined"
PAUSED = "paused"
ABSENT = "absent"
NONE = "none"
ENABLE = "enable"
DISABLE = "disable"


class Step(msgspec.Struct, frozen=True):
    """One request on the way: its name, and the state that it leads to."""

    request: str
    to: str


class Machine(msgspec.Struct, frozen=True):
    """The states of a profile: `key` is the profile that states them."""

    key: str
    states: States
    transitions: tuple[Transition, ...]

    def value(self, state: str) -> int | None:
        """Return the value that shows a state; None for an unknown name."""
        known = self.states.are.get(state)
        return known.value if known is not None else None

    def values(self) -> dict[str, int]:
        """Return the values of all states by name."""
        return {name: state.value for name, state in self.states.are.items()}

    def name(self, value: object) -> str:
        """Return the name of the state that a value shows, "" when there is none."""
        found = (name for name, state in self.states.are.items() if state.value == value)
        return next(found, "")

    def request(self, name: str) -> StateRequest | None:
        """Return how a request is made; None when the profile has none of that name."""
        return self.states.requests.get(name)

    def moves(self, start: str, request: str) -> tuple[str, ...]:
        """Return the properties that some transition expects a request to move."""
        found = (t for t in self.transitions if t.from_ == start and request in names(t.request))
        return tuple(dict.fromkeys(name for t in found for name in t.moves))

    def lists(self, offered: tuple[int, ...] | None, value: int | None) -> bool:
        """Tell whether a request can be made by what a server lists, if it lists anything."""
        if self.states.offered is None:
            return True
        return value in (offered or ())

    def goals(self, request: str) -> frozenset[int]:
        """Return the values of the states to which a request leads, from wherever."""
        found = {t.to for t in self.transitions if t.to and request in names(t.request)}
        return frozenset(v for v in map(self.value, found) if v is not None)

    def way(self, start: str, goal: str) -> tuple[Step, ...] | None:
        """Return the shortest way from one state to another; None when there is none.

        Transitions that may be refused, or that a guest must help with, are taken only where
        there is no other way.
        """
        alone = [t for t in self.transitions if not t.needs]
        sure = _shortest(start, goal, [t for t in alone if not t.refused])
        return sure if sure is not None else _shortest(start, goal, alone)


def _shortest(start: str, goal: str, transitions: list[Transition]) -> tuple[Step, ...] | None:
    ways: dict[str, tuple[Step, ...]] = {start: ()}
    queue = deque([start])
    while queue and goal not in ways:
        state = queue.popleft()
        for step in _steps(state, transitions):
            if step.to not in ways:
                ways[step.to] = (*ways[state], step)
                queue.append(step.to)
    return ways.get(goal)


def _steps(state: str, transitions: list[Transition]) -> Iterator[Step]:
    for transition in transitions:
        if transition.from_ == state and transition.to:
            for request in names(transition.request):
                yield Step(request, transition.to)


def machine_for(catalogue: Catalogue, key: str) -> Machine | None:
    """Return the state machine that the checks of a profile are about.

    That is the profile's own, else that of the profile from which it takes an adaptation with
    states, else the first there is.
    """
    profile = catalogue.profiles[key]
    if profile.states is not None:
        return _machine(profile, profile.states)
    borrowed = (
        catalogue.profiles.get(adaptation.defined_in)
        for adaptation in profile.adaptations.values()
        if adaptation.defined_in
    )
    for candidate in (*borrowed, *catalogue.profiles.values()):
        if candidate is not None and candidate.states is not None:
            return _machine(candidate, candidate.states)
    return None


def _machine(profile: Profile, states: States) -> Machine:
    transitions = tuple(r for r in profile.requirements.values() if isinstance(r, Transition))
    return Machine(profile.key, states, transitions)


def owner_of_method(catalogue: Catalogue, key: str, method: str) -> str | None:
    """Return the key of the profile that defines a method, looking in `key` first."""
    local = local_name(method)
    if local in catalogue.profiles[key].methods:
        return key
    borrowed = (a.defined_in for a in catalogue.profiles[key].adaptations.values() if a.defined_in)
    for other in (*borrowed, *catalogue.profiles):
        if other in catalogue.profiles and local in catalogue.profiles[other].methods:
            return other
    return None
