"""What is wrong with requirements that are checked by changing the server.

Pure. One function for each of these kinds, all `(scope, trail, requirement) -> problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.definitions.catalogue import local_name, split
from conformance.definitions.crossref.interfaces import through_problems
from conformance.definitions.crossref.scope import SILENT, Problems, Scope
from conformance.definitions.profile import (
    EveryCall,
    Expected,
    Renaming,
    Scenario,
    Step,
    Transition,
    names,
)
from conformance.definitions.vocabulary import check_words
from conformance.slips import Problem, Trail, unknown

OUTCOMES = ("accepted", "refused", "job")
NEEDS = ("guest",)
SYSTEM = "System"
EVERYTHING = "*"
NO_SYSTEM = ("", "absent", "none")


def transition_problems(scope: Scope, trail: Trail, requirement: Transition) -> Problems:
    """Yield what is wrong with a transition."""
    if requirement.through:
        yield from through_problems(scope, trail, requirement)
        return
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
    if requirement.found_by:
        yield from scope.property((*trail, "found_by"), subject, requirement.found_by)


def scenario_problems(scope: Scope, trail: Trail, requirement: Scenario) -> Problems:
    """Yield what is wrong with a scenario."""
    outputs = (requirement.told, requirement.outputs)
    judged = (requirement.effects, requirement.after, requirement.to, *outputs, requirement.stops)
    if not (requirement.accepted or requirement.refused or any(judged)):
        yield Problem(trail, SILENT, "none of accepted, refused, to, effects, after")
    yield from _steps(scope, (*trail, "prepare"), requirement.prepare)
    yield from _expected(scope, (*trail, "after"), requirement.after)
    yield from scope.adaptations((*trail, "reads"), requirement.reads)
    for position, name in enumerate(requirement.links):
        yield from scope.link((*trail, "links", position), name)
    for name, properties in (requirement.changes or {}).items():
        place = (*trail, "changes", name)
        if name != SYSTEM:
            yield from scope.adaptation(place, name)
            named = [each for each in properties if each != EVERYTHING]
            yield from scope.properties(place, scope.class_of(name), named)
    if requirement.to:
        yield from _given(scope, (*trail, "to"), requirement.to)
    if requirement.control:
        yield from _control(scope, (*trail, "control"), requirement.control)
    yield from _given(scope, (*trail, "given"), requirement.given)
    yield from scope.callable((*trail, "call"), requirement.call)
    target = scope.target_class(requirement.call)
    method = local_name(requirement.call)
    yield from scope.parameters((*trail, "with"), target, method, requirement.with_)
    for place, name in _inputs((*trail, "with"), requirement.with_):
        yield from scope.input(place, name)
    yield from scope.outcomes((*trail, "refused"), requirement.call, requirement.refused)
    yield from scope.outcomes((*trail, "unproven"), requirement.call, requirement.unproven)
    yield from scope.parameters((*trail, "told"), target, method, requirement.told)
    yield from scope.parameters((*trail, "outputs"), target, method, requirement.outputs)
    for name, words in requirement.outputs.items():
        yield from check_words((*trail, "outputs", name), words, None, scope.states)


def _steps(scope: Scope, trail: Trail, steps: Iterable[Step]) -> Problems:
    for position, step in enumerate(steps):
        place = (*trail, position)
        if bool(step.call) == bool(step.request):
            yield Problem(place, "one of `call` and `request`", "both" if step.call else "neither")
        if step.call:
            yield from scope.callable((*place, "call"), step.call)
            target = scope.target_class(step.call)
            method = local_name(step.call)
            yield from scope.parameters((*place, "with"), target, method, step.with_)


def _expected(scope: Scope, trail: Trail, after: Iterable[Expected]) -> Problems:
    for position, wanted in enumerate(after):
        place = (*trail, position)
        yield from scope.adaptation((*place, "of"), wanted.of)
        classname = scope.class_of(wanted.of)
        yield from scope.words((*place, "where"), classname, wanted.where)
        yield from scope.words((*place, "values"), classname, wanted.values)
        for word in ("as_asked", "any_as_asked", "kept", "same"):
            yield from scope.properties((*place, word), classname, getattr(wanted, word))
        counts = (wanted.appear, wanted.vanish, wanted.at_least)
        if wanted.as_in:
            yield from scope.adaptation((*place, "as_in"), wanted.as_in)
        if bool(wanted.same) != bool(wanted.as_in):
            yield Problem(place, "`same` together with `as_in`", "only one of them")
        properties = (wanted.as_asked, wanted.any_as_asked, wanted.kept, wanted.same)
        asked = (wanted.values, wanted.named_by, *properties)
        if not any(asked) and all(number is None for number in counts):
            yield Problem(place, SILENT, "nothing expected")


def _control(scope: Scope, trail: Trail, control: str) -> Problems:
    owner, local = split(scope.key, control)
    known = scope.profiles[owner].requirements if owner in scope.profiles else {}
    if local not in known and not scope.unread:
        yield unknown(trail, f"a requirement of {owner}", local, known)


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
        if key in ("input", "among") and isinstance(part, str):
            yield (*trail, key), part
        yield from _inputs((*trail, key), part)


def renaming_problems(scope: Scope, trail: Trail, requirement: Renaming) -> Problems:
    """Yield what is wrong with a requirement on names."""
    if requirement.too_long and not requirement.editable:
        yield Problem((*trail, "too_long"), "a name that is editable", "one that is not")
    if requirement.control:
        yield from _control(scope, (*trail, "control"), requirement.control)


def every_call_problems(scope: Scope, trail: Trail, requirement: EveryCall) -> Problems:
    """Yield what is wrong with a rule on calls."""
    if not requirement.of:
        yield Problem((*trail, "of"), "at least one method", "none")
    for position, name in enumerate(requirement.of):
        yield from scope.callable((*trail, "of", position), name)
    if requirement.outcome:
        yield from scope.word((*trail, "outcome"), requirement.outcome, OUTCOMES)
