"""Playing a transition: a request of a system in a state, and what becomes of it."""

from __future__ import annotations

import msgspec

from conformance.cim import Instance, Path
from conformance.definitions.profile import Transition
from conformance.play.conditions import holds_on_system
from conformance.play.fixtures import (
    bring_to,
    make_system,
    requested_value,
    shown,
    state_request,
)
from conformance.play.lookup import look_up
from conformance.play.session import Session, halt
from conformance.transcript import Call, Reading


def play_transition(session: Session, key: str, requirement: Transition, case: str) -> None:
    """Play one transition; `case` is the request.

    Raises:
        Halt: it cannot be played.
    """
    system = make_system(session)
    session.decide(holds_on_system(session.stage.observer, key, requirement.when, system))
    bring_to(session, system, requirement.from_)
    before = session.own(session.stage.observer.settings(system))
    check_offered(session, requirement, case, before)
    if requirement.found_by:
        system = look_up(session, system, requirement.found_by)
    call = session.stage.caller.call(state_request(session, system, case, "test")).call
    if call.outcome.accepted:
        call = await_transition(session, system, requirement, case, before, call)
        after = session.stage.observer.glance(system)
    else:
        after = session.stage.observer.settings(system)
    session.calls.append(msgspec.structs.replace(call, before=before, after=after))


def check_offered(session: Session, requirement: Transition, case: str, before: Reading) -> None:
    """Raise Halt when the requirement does not apply to a request that is (not) listed."""
    value = requested_value(session.stage.machine, case)
    listed = session.stage.machine.lists(before.offered, value)
    session.trace.append(
        f"{case} ({value}) is {'listed' if listed else 'not listed'} in state "
        f"{requirement.from_}: {shown(before.offered)}"
    )
    wanted = requirement.offered
    if wanted is None and requirement.to:
        wanted = True
    if wanted is not None and listed is not wanted:
        state = "listed as supported" if listed else "not listed as supported"
        raise halt(not_applicable=f"the request {case} ({value}) is {state}")


def await_transition(
    session: Session,
    system: Path,
    requirement: Transition,
    case: str,
    before: Reading,
    call: Call,
) -> Call:
    """Watch an accepted request until its goal is reached, or its deadline has passed."""
    machine = session.stage.machine
    observed = machine.states.observed
    target = machine.value(requirement.to) if requirement.to else None
    moves = machine.moves(requirement.from_, case) if before.system is not None else ()
    clock = session.stage.caller.clock
    settle = session.stage.caller.deadlines.settle
    reached_at: list[float] = []

    def done(instance: Instance) -> bool:
        if target is not None and instance.get(observed) != target:
            return False
        reached_at.append(clock.now())
        return _moved(instance, before, moves) or clock.now() - reached_at[0] >= settle

    return session.stage.caller.watch(call, system, observed, done)


def _moved(instance: Instance, before: Reading, moves: tuple[str, ...]) -> bool:
    """Tell whether all properties that should have moved have, where they had a value."""
    if before.system is None:
        return True
    known = [(name, before.system.get(name)) for name in moves]
    return all(value is None or instance.get(name) != value for name, value in known)
