"""Calling a method for a scenario: target, arguments, and what the call creates.

What a call may create is written to the journal before it is made, under the run-unique name that
is among its arguments; what bears no name of its own belongs to a system that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from conformance.cim import Argument, Instance, Path
from conformance.definitions.profile import Step
from conformance.evaluate.played import still_running
from conformance.play.context import Context
from conformance.play.created import find_made, things_there
from conformance.play.fixtures import state_request
from conformance.play.guard import NAMING, located
from conformance.play.journal import Undo, path_data
from conformance.play.making import called, reference_parameter, request_for
from conformance.play.methods import Known, Mistyped, arguments_of, known_method, why_not_mistyped
from conformance.play.parameters import values_of
from conformance.play.quantities import DEFAULT
from conformance.play.requesting import modelled
from conformance.play.session import Halt, Session, Thing, halt
from conformance.transcript import Call, Stop

ALLOCATIONS = ("DefinedAllocation", "StateAllocation")
UNTOLD = "the server did not tell what it has made"


class Done(msgspec.Struct, frozen=True):
    """A call that was made, and the path of what it created (None: nothing, or not told).

    `named` are the paths among its arguments.
    """

    call: Call
    made: Path | None = None
    named: tuple[Path, ...] = ()


def prepared(context: Context, steps: tuple[Step, ...]) -> Context:
    """Make the calls that come before the one that is judged; return what is known then.

    Raises:
        Halt: one of them is not offered, or did not succeed.
    """
    for step in steps:
        if step.request:
            _request(context, step)
            continue
        known = known_in(context, step.call)
        if not known.offered:
            context.session.trace += known.trace
            raise halt(not_applicable=f"the server does not offer {known.name}")
        before = _allocations(context, step)
        done = make_call(context, known, step.with_, "fixture")
        context.session.calls.append(done.call)
        _check_prepared(context, known, step, done)
        if step.as_ and done.made is None:
            raise halt(untested=f"{known.name}: {UNTOLD}")
        if step.as_ and done.made is not None:
            _check_as_asked(context, step, done.call, done.made)
            made = {**context.made, step.as_: done.made}
            context = msgspec.structs.replace(context, made=made)
        adopt_all(context)
        if before is not None and _allocations(context, step) == before:
            raise halt(untested=f"{known.name}, which prepares it, was accepted and ignored")
    return context


def _check_prepared(context: Context, known: Known, step: Step, done: Done) -> None:
    """Raise Halt when a call that prepares a scenario did not succeed."""
    outcome = done.call.outcome
    if outcome.kind == "trouble":
        raise halt(error=f"{known.name}: {outcome.text}")
    if outcome.refused and step.or_refused:
        context.session.calls[-1] = msgspec.structs.replace(done.call, purpose="test")
        raise Halt(Stop())
    if not outcome.accepted:
        raise halt(untested=f"{known.name}, which prepares it, was refused: {outcome.text}")
    if still_running(done.call):
        raise halt(untested=still_running(done.call))


def _allocations(context: Context, step: Step) -> set[str] | None:
    """Return what is allocated to the system now, where a step is to add something to it."""
    if context.system is None or not any(modelled(step.with_, DEFAULT)):
        return None
    related = context.session.stage.observer.settings(context.system).related
    return {each.identity for name in ALLOCATIONS for each in related.get(name, ())}


def _check_as_asked(context: Context, step: Step, call: Call, made: Path) -> None:
    """Raise Halt when what was made is not what the settings say on which the scenario relies."""
    if not step.as_asked:
        return
    answer = context.session.stage.caller.reader.get_instance(made)
    if not answer.ok:
        raise halt(untested=f"{made} cannot be read: {answer.refusal or answer.trouble}")
    embedded = [
        each
        for value in call.arguments.values()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, Mapping)
    ]
    for name in step.as_asked:
        found = answer.value.get(name)
        if all(each.get(name) != found for each in embedded):
            reason = f"{call.method} was accepted, and {name} is {found!r}, not as asked for"
            raise halt(untested=reason)


def adopt_all(context: Context) -> None:
    """Let everything that belongs to the system now be named in requests."""
    if context.system is not None:
        context.session.own(context.session.stage.observer.settings(context.system))


def _request(context: Context, step: Step) -> None:
    session, system = context.session, context.system
    if system is None:
        raise halt(error="a state is requested, and there is no system")
    stage = session.stage
    call = stage.caller.call(state_request(session, system, step.request, "fixture")).call
    goals = stage.machine.goals(step.request)
    if call.outcome.accepted and goals:
        observed = stage.machine.states.observed
        call = stage.caller.watch(call, system, observed, lambda i: i.get(observed) in goals)
    session.calls.append(call)
    if not call.outcome.accepted:
        raise halt(untested=f"{step.request} was refused: {call.outcome.text}")
    if goals and (not call.course or call.course[-1].state not in goals):
        raise halt(untested=f"{step.request} was accepted, and did not lead where it should")


def known_in(context: Context, method: str) -> Known:
    """Return what is known of a method that the profile of the check calls."""
    return known_method(context.model, context.session.stage.machine, context.key, method)


def make_call(context: Context, known: Known, parameters: Mapping[str, Any], purpose: str) -> Done:
    """Make a call and keep what it creates, so that it is removed again.

    Raises:
        Halt: a parameter, or the target, stands for nothing that is there.
        GuardError: the call concerns something that this run did not make.
        JournalError: the journal cannot be written; nothing was sent then.
    """
    session = context.session
    more = known.declared.add if known.declared is not None else {}
    values = values_of(context, {**parameters, **more})
    for name, value in values.items():
        reason = why_not_mistyped(known, name) if isinstance(value, Mistyped) else ""
        if reason:
            raise halt(not_applicable=reason)
    target = target_of(context, known)
    arguments = arguments_of(known, values)
    undo = _undo(context, known, target)
    name = _name_among(session, arguments) if undo is not None else ""
    thing = None
    if undo is not None:
        thing = Thing(name or session.stage.maker.next_name(), undo, named=bool(name))
        session.things[thing.name] = thing
        session.order.append(thing.name)
        if thing.named:
            session.stage.maker.begin()
            session.stage.journal.intend(thing.name, undo)
    observed = session.stage.machine.states.observed
    request = request_for(known, target, arguments, purpose, context.system, observed)
    reader = session.stage.caller.reader
    there = things_there(reader, undo) if undo is not None and name else None
    reply = session.stage.caller.call(request)
    call = reply.call
    told = _results(known, call, reply.method_reply, reply.affected, target)
    made = told[0] if told else None
    if undo is not None and name:
        made = find_made(reader, undo, name, told, there)
        call = msgspec.structs.replace(call, made=made.identity if made is not None else "")
    if thing is not None:
        _settle(session, thing, call, made)
    if made is not None:
        session.stage.caller.guard.adopt_scope([(made.identity, str(made.key("InstanceID") or ""))])
    return Done(call, made, tuple(_paths_among(arguments)))


def _paths_among(arguments: tuple[Argument, ...]) -> Iterator[Path]:
    for argument in arguments:
        values = argument.value if isinstance(argument.value, list | tuple) else [argument.value]
        yield from (each for each in values if isinstance(each, Path))


def _settle(session: Session, thing: Thing, call: Call, made: Path | None) -> None:
    """Note what came of asking for something."""
    if made is not None:
        session.things[thing.name] = msgspec.structs.replace(thing, path=made)
        if thing.named:
            session.stage.journal.made(thing.name, made)
    elif call.outcome.refused:
        del session.things[thing.name]
        if thing.named:
            session.stage.journal.gone(thing.name)


def _undo(context: Context, known: Known, target: Path) -> Undo | None:
    """Return how that is removed which a method creates; None when it creates nothing."""
    if known.declared is None or not known.declared.undo:
        return None
    undoing = known_method(
        context.model, context.session.stage.machine, known.owner, known.declared.undo
    )
    if known.offered and not undoing.offered:
        reason = f"the server does not offer {undoing.name}: what is made could not be removed"
        raise halt(untested=reason)
    made = known.facts.parameter(known.declared.result) if known.facts is not None else None
    return Undo(
        namespace=target.namespace,
        classname=(made.class_ if made is not None else None) or "CIM_ManagedElement",
        service=path_data(target),
        method=called(undoing),
        parameter=called(undoing, reference_parameter(undoing)),
    )


def _name_among(session: Session, arguments: tuple[Argument, ...]) -> str:
    start = session.stage.maker.run_name
    given = [each.value for each in arguments]
    named = (one.get(name) for one in given if isinstance(one, Instance) for name in NAMING)
    texts = (value for value in (*given, *named) if isinstance(value, str))
    return next((text for text in texts if text.startswith(start)), "")


def _results(
    known: Known, call: Call, reply: Any, affected: tuple[Path, ...], target: Path
) -> list[Path]:
    """Return what an accepted call created, as its output and its job tell; the first is meant."""
    if not call.outcome.accepted or known.declared is None or not known.declared.result:
        return []
    found = reply.output(known.declared.result) if reply is not None else None
    first = found[0] if isinstance(found, list) and found else found
    told = [located(first, target.namespace)] if isinstance(first, Path) else []
    return [*told, *affected]


def target_of(context: Context, known: Known) -> Path:
    """Return what the method is called on: the system itself, or a service."""
    stage = context.session.stage
    model, machine = context.model, stage.machine
    if known.declared is None:
        return _own_system(context)
    owner, _ = model.catalogue.find_adaptation(known.owner, known.declared.target)
    if (owner, known.declared.target.rpartition(":")[2]) == (machine.key, machine.states.of):
        return _own_system(context)
    if known.declared.target == (stage.maker.define.declared or known.declared).target:
        service = stage.maker.provision.find_service()
        stage.caller.guard.permit_service(service)
        return service
    members = _of_system(context, known.owner, known.declared.target) or list(
        model.members(known.owner, known.declared.target).values()
    )
    found = [instance.path for instance in members if instance.path is not None]
    if not found:
        raise halt(untested=f"there is no {known.declared.target} to call {known.name} on")
    chosen = min(found, key=lambda path: path.identity)
    stage.caller.guard.permit_service(chosen)
    return chosen


def _of_system(context: Context, owner: str, target: str) -> list[Instance]:
    """Return the services that the system itself leads to, where it leads to any."""
    if context.system is None:
        return []
    walk = context.session.stage.observer.walk(context.system)
    return walk.members(owner, target) if walk.leads_to(owner, target) else []


def _own_system(context: Context) -> Path:
    if context.system is None:
        raise halt(error="the method is a system's, and the scenario makes none")
    return context.system
