"""What is wrong with requirements that are checked by changing the server.

Pure. One function for each of these kinds, all `(scope, trail, requirement) -> problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.definitions.catalogue import local_name, split
from conformance.definitions.crossref.scope import SILENT, Problems, Scope
from conformance.definitions.profile import EveryCall, Scenario, Transition, names
from conformance.slips import Problem, Trail, unknown

OUTCOMES = ("accepted", "refused", "job")
NEEDS = ("guest",)
NO_SYSTEM = ("", "absent")


def transition_problems(scope: Scope, trail: Trail, requirement: Transition) -> Problems:
    """Yield what is wrong with a transition."""
    machine = scope.profile.states
    if machine is None:
        yield Problem(trail, f"{scope.key} to have `states`", "none")
        return
    yield from scope.state((*trail, "from"), requirement.from_)
    if requirement.to:
        yield from scope.state((*trail, "to"), requirement.to)
    if not (requirement.to or requirement.refused):
        yield Problem(trail, SILENT, "neither `to` nor `refused`")
    if requirement.needs:
        yield from scope.word((*trail, "needs"), requirement.needs, NEEDS)
    for name in names(requirement.request):
        yield from scope.request((*trail, "request"), name)
        if name in machine.requests:
            method = machine.requests[name].method
            yield from scope.outcomes((*trail, "refused"), method, requirement.refused)
    subject = scope.class_of(machine.of)
    yield from scope.properties((*trail, "moves"), subject, requirement.moves)


def scenario_problems(scope: Scope, trail: Trail, requirement: Scenario) -> Problems:
    """Yield what is wrong with a scenario."""
    if not (requirement.accepted or requirement.refused or requirement.effects):
        yield Problem(trail, SILENT, "none of accepted, refused, effects")
    yield from _given(scope, (*trail, "given"), requirement.given)
    yield from scope.callable((*trail, "call"), requirement.call)
    target = scope.target_class(requirement.call)
    method = local_name(requirement.call)
    yield from scope.parameters((*trail, "with"), target, method, requirement.with_)
    for place, name in _inputs((*trail, "with"), requirement.with_):
        yield from scope.input(place, name)
    yield from scope.outcomes((*trail, "refused"), requirement.call, requirement.refused)


def _given(scope: Scope, trail: Trail, given: str) -> Problems:
    """Check the state of the system made before: of this profile, or of any that has states."""
    if given in NO_SYSTEM:
        return
    owner, local = split(scope.key, given)
    own = scope.profiles[owner].states if owner in scope.profiles else None
    machines = [own] if own else [profile.states for profile in scope.profiles.values()]
    known = {name: None for machine in machines if machine for name in machine.are}
    if local not in known and not scope.unread:
        yield unknown(trail, "a state, or absent", given, known)


def _inputs(trail: Trail, value: object) -> Iterator[tuple[Trail, str]]:
    """Yield the names of inputs in the parameters of a call, each with its trail."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list | tuple):
        parts = enumerate(value)
    for key, part in parts:
        if key == "input" and isinstance(part, str):
            yield (*trail, key), part
        yield from _inputs((*trail, key), part)


def every_call_problems(scope: Scope, trail: Trail, requirement: EveryCall) -> Problems:
    """Yield what is wrong with a rule on calls."""
    if not requirement.of:
        yield Problem((*trail, "of"), "at least one method", "none")
    for position, name in enumerate(requirement.of):
        yield from scope.callable((*trail, "of", position), name)
    if requirement.outcome:
        yield from scope.word((*trail, "outcome"), requirement.outcome, OUTCOMES)
