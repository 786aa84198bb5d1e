"""Bringing a system of the run's own into a state, by legal requests only."""

from __future__ import annotations

from conformance.cim import Argument, Path
from conformance.play.calling import Request
from conformance.play.inputs import InputError
from conformance.play.machine import DEFINED, Machine, Step
from conformance.play.making import request_for
from conformance.play.methods import Known, arguments_of, known_method
from conformance.play.provision import NoService
from conformance.play.session import Halt, Session, halt
from conformance.transcript import Call


def make_system(session: Session) -> Path:
    """Return a new system in the state "defined".

    Raises:
        Halt: none can be made; the check is untested.
    """
    maker = session.stage.maker
    try:
        name = maker.next_name()
        session.ask(name)
        definition = maker.make(name)
        session.settle(name, definition)
    except NoService as error:
        session.trace += error.trace
        reason = f"no virtual system can be made: {error.reason}"
        raise halt(untested=reason, advice=error.advice or maker.provision.advice()) from error
    except InputError as error:
        raise halt(untested=str(error), advice=maker.provision.advice()) from error
    session.calls += definition.calls
    if definition.path is None or definition.outcome.kind == "trouble":
        raise _no_system(definition.calls, maker.provision.advice())
    return definition.path


def _no_system(calls: tuple[Call, ...], advice: str) -> Halt:
    """Return why no system came of the calls."""
    outcome = calls[-1].outcome
    if outcome.kind == "trouble":
        return halt(error=f"DefineSystem: {outcome.text}")
    if outcome.accepted:
        reason = "DefineSystem was accepted, but no new virtual system was found"
        return halt(untested=f"no virtual system could be made: {reason}")
    texts = "; ".join(f"{_sent(call)}: {call.outcome.text}" for call in calls)
    return halt(untested=f"no virtual system could be made: DefineSystem {texts}", advice=advice)


def _sent(call: Call) -> str:
    return "with " + " and ".join(call.arguments) if call.arguments else "without arguments"


def bring_to(session: Session, system: Path, goal: str) -> None:
    """Bring a system from "defined" to a state.

    Raises:
        Halt: a request on the way is not offered (not applicable), was refused or did not lead
            where it should (untested), or the connection failed (error).
    """
    machine = session.stage.machine
    way = machine.way(DEFINED, goal)
    if way is None:
        raise halt(untested=f"the profile states no way to the state {goal}")
    if not way:
        _check_rest(session, system, goal)
    for step in way:
        take(session, system, step, goal)


def _check_rest(session: Session, system: Path, goal: str) -> None:
    """Raise Halt when a new system is in another state than a request is to be tested in."""
    machine = session.stage.machine
    observed = machine.states.observed
    answer = session.stage.caller.reader.get_instance(system)
    state = answer.value.get(observed) if answer.ok else None
    if state is not None and state != machine.value(goal):
        name = machine.name(state)
        shown_as = f"{state} ({name})" if name else state
        raise halt(untested=f"the new system is not {goal}: its {observed} is {shown_as}")


def take(session: Session, system: Path, step: Step, goal: str) -> None:
    """Take one step on the way to a state; see `bring_to` for what it raises."""
    machine = session.stage.machine
    offered = session.stage.observer.glance(system).offered
    value = requested_value(machine, step.request)
    if value is not None and not machine.lists(offered, value):
        session.trace.append(f"the requests listed are {shown(offered)}")
        reason = f"the state {goal} is reached by {step.request} ({value}), which is not listed"
        raise halt(not_applicable=reason)
    dead_end = session.stage.dead_ends.get((step.request, step.to))
    if dead_end is not None:  # the deadline was waited for once in this run; that is enough
        raise halt(untested=dead_end)
    call = session.stage.caller.call(state_request(session, system, step.request, "fixture")).call
    target, observed = machine.value(step.to), machine.states.observed
    if call.outcome.accepted:
        call = session.stage.caller.watch(
            call, system, observed, lambda instance: instance.get(observed) == target
        )
    session.calls.append(call)
    _check_step(session, call, step, target)


def _check_step(session: Session, call: Call, step: Step, target: int | None) -> None:
    if call.outcome.kind == "trouble":
        raise halt(error=f"{step.request}: {call.outcome.text}")
    if call.outcome.refused:
        reason = f"{step.request} was refused: {call.outcome.text}"
        raise halt(untested=f"the system could not be made {step.to}: {reason}")
    if not call.course or call.course[-1].state != target:
        seen = ", ".join(str(g.state if g.state is not None else g.text) for g in call.course)
        reason = f"{step.request} was accepted, and then the state was {seen}"
        untested = f"the system could not be made {step.to}: {reason}"
        session.stage.dead_ends[step.request, step.to] = untested
        raise halt(untested=untested)


def state_request(session: Session, system: Path, name: str, purpose: str) -> Request:
    """Return the call by which a named request is made of a system."""
    machine = session.stage.machine
    wanted = machine.request(name)
    if wanted is None:
        raise halt(error=f"the profile has no request {name!r}")
    stage = session.stage
    known = known_method(stage.observer.model, machine, machine.key, wanted.method)
    values = {**wanted.with_, **({wanted.subject: system} if wanted.subject else {})}
    target = _service(session, known) if wanted.subject else system
    arguments: tuple[Argument, ...] = arguments_of(known, values)
    return request_for(known, target, arguments, purpose, system, machine.states.observed)


def _service(session: Session, known: Known) -> Path:
    """Return the service that takes requests for its systems."""
    stage = session.stage
    service = stage.maker.provision.find_service()
    if known.declared is not None and stage.maker.define.declared is not None:
        members = stage.observer.model.members(known.owner, known.declared.target)
        paths = [i.path for i in members.values() if i.path is not None]
        if paths and service not in paths:
            service = min(paths, key=lambda path: path.identity)
    stage.caller.guard.permit_service(service)
    return service


def requested_value(machine: Machine, name: str) -> int | None:
    """Return the value by which capabilities list a request; None when it has none."""
    request = machine.request(name)
    values = request.with_.values() if request is not None else ()
    return next((value for value in values if isinstance(value, int)), None)


def shown(offered: tuple[int, ...] | None) -> str:
    """Return a list of requests in words."""
    return "not listed at all" if offered is None else f"[{', '.join(map(str, offered))}]"
