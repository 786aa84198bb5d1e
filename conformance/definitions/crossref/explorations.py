"""What is wrong with explorations: random walks over the state machine of a profile.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.definitions.catalogue import split
from conformance.definitions.crossref.scope import Problems, Scope
from conformance.definitions.profile import EveryCall, Exploration, Move, Requirement, Scenario
from conformance.slips import Problem, Trail, show, unknown


def exploration_problems(scope: Scope, trail: Trail, requirement: Exploration) -> Problems:
    """Yield what is wrong with a walk."""
    machine = scope.profile.states
    if machine is None:
        yield Problem(trail, f"{scope.key} to have `states`", "none")
        return
    if requirement.systems < 1:
        yield Problem((*trail, "systems"), "at least 1", show(requirement.systems))
    for position, name in enumerate(requirement.interfaces):
        yield from _interface(scope, (*trail, "interfaces", position), name)
    kinds = (EveryCall, Scenario)
    yield from _requirements(scope, (*trail, "always"), requirement.always, kinds)
    subject = scope.class_of(machine.of)
    yield from scope.properties((*trail, "same_in_state"), subject, requirement.same_in_state)
    made = {move.makes for move in requirement.moves.values()} - {""}
    for name, move in requirement.moves.items():
        yield from _move(scope, (*trail, "moves", name), move, made)


def _move(scope: Scope, trail: Trail, move: Move, made: set[str]) -> Problems:
    if not move.scenarios:
        yield Problem((*trail, "scenarios"), "at least one scenario", "none")
    yield from _requirements(scope, (*trail, "scenarios"), move.scenarios, (Scenario,))
    yield from _one_call(scope, (*trail, "scenarios"), move)
    if not move.given:
        yield Problem((*trail, "given"), "at least one state", "none")
    for position, state in enumerate(move.given):
        yield from scope.state((*trail, "given", position), state)
    if move.uses and move.uses not in made:
        yield unknown((*trail, "uses"), "what another move makes", move.uses, made)
    if (move.ends or move.restores) and not move.uses:
        yield Problem((*trail, "uses"), "what it ends or restores", "nothing")
    for name, properties in move.restores.items():
        place = (*trail, "restores", name)
        yield from scope.adaptation(place, name)
        yield from scope.properties(place, scope.class_of(name), properties)


def _one_call(scope: Scope, trail: Trail, move: Move) -> Problems:
    """Check that all scenarios of a move make the same call."""
    found = [_find(scope, name) for name in move.scenarios]
    calls = [(one.call, one.with_) for one in found if isinstance(one, Scenario)]
    for position, call in enumerate(calls):
        if call != calls[0]:
            yield Problem((*trail, position), f"the call of {move.scenarios[0]}", "another one")


def _interface(scope: Scope, trail: Trail, name: str) -> Problems:
    owner, local = split(scope.key, name)
    yield from scope.known_profile(trail, owner)
    if owner in scope.profiles and local not in scope.profiles[owner].interfaces:
        yield unknown(trail, f"an interface of {owner}", local, scope.profiles[owner].interfaces)


def _requirements(
    scope: Scope, trail: Trail, names: Iterable[str], kinds: tuple[type[Requirement], ...]
) -> Problems:
    for position, name in enumerate(names):
        owner, local = split(scope.key, name)
        place = (*trail, position)
        yield from scope.known_profile(place, owner)
        if owner not in scope.profiles:
            continue
        known = scope.profiles[owner].requirements
        if local not in known:
            yield unknown(place, f"a requirement of {owner}", local, known)
        elif not isinstance(known[local], kinds):
            expected = " or ".join(str(kind.__struct_config__.tag) for kind in kinds)
            yield Problem(place, f"a requirement of kind {expected}", show(name))


def _find(scope: Scope, name: str) -> Requirement | None:
    owner, local = split(scope.key, name)
    known = scope.profiles[owner].requirements if owner in scope.profiles else {}
    return known.get(local)
