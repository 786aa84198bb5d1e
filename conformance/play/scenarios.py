"""Playing a scenario: one method call on what the run made, and what it brought about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.cim import Path
from conformance.definitions.profile import Scenario
from conformance.play.conditions import holds_on_system
from conformance.play.finding import SYSTEMS, Finder, systems_there
from conformance.play.fixtures import bring_to, make_system
from conformance.play.inputs import InputError
from conformance.play.machine import ABSENT
from conformance.play.making import DEFINE, DESTROY, Definition, request_for
from conformance.play.methods import Known, arguments_of, known_method
from conformance.play.provision import RESOURCE_PARAMETER, NoService, Wanted
from conformance.play.session import Session, halt
from conformance.transcript import Call, Created, Reading


def to_succeed(requirement: Scenario) -> bool:
    """Tell whether the call is meant to succeed, here or where its outcome is judged."""
    return requirement.accepted or bool(requirement.follows)


def play_scenario(session: Session, key: str, requirement: Scenario) -> None:
    """Play one scenario.

    Raises:
        Halt: it cannot be played.
    """
    stage = session.stage
    known = known_method(stage.observer.model, stage.machine, key, requirement.call)
    if not known.offered:
        session.trace += known.trace
        raise halt(not_applicable=f"the server does not offer {known.name}")
    try:
        if known.name == DEFINE and not requirement.given:
            _define(session, requirement)
        elif requirement.given == ABSENT:
            _call_on_absent(session, known, requirement)
        else:
            _call_on_system(session, key, known, requirement)
    except NoService as error:
        session.trace += error.trace
        raise halt(untested=error.reason, advice=error.advice) from error
    except InputError as error:
        raise halt(untested=str(error), advice=stage.maker.provision.advice()) from error


# -- defining ------------------------------------------------------------------------------------


def _define(session: Session, requirement: Scenario) -> None:
    maker = session.stage.maker
    name = maker.next_name()
    ways = _ways(session, requirement, name)
    session.ask(name)
    definition = maker.ask(name, ways, "test")
    session.settle(name, definition)
    session.created = definition.created
    _check_refusal(session, requirement, definition)
    after = Reading(missing="no new system was found")
    if definition.path is not None:
        after = session.own(session.stage.observer.whole(definition.path))
    tested = msgspec.structs.replace(definition.calls[-1], after=after)
    session.calls += [*definition.calls[:-1], tested]


def _ways(session: Session, requirement: Scenario, name: str) -> list[Wanted]:
    """Return how the system is asked for: as stated, then with or without resources.

    A real server may need resources that the profile does not know of, or refuse those that
    the suite has thought out. What the user states is sent as it is.
    """
    stated = _with_inputs(session, requirement.with_, name)
    if stated.supplied or not to_succeed(requirement):
        return [stated]
    other = dict(requirement.with_)
    if RESOURCE_PARAMETER in other:
        del other[RESOURCE_PARAMETER]
    else:
        other[RESOURCE_PARAMETER] = {"input": ""}
    return [stated, _with_inputs(session, other, name)]


def _with_inputs(session: Session, values: Mapping[str, Any], name: str) -> Wanted:
    maker = session.stage.maker
    arguments: dict[str, Any] = {}
    sources, supplied = [], False
    for parameter, value in values.items():
        if isinstance(value, dict) and "input" in value:
            wanted = maker.provision.wanted({parameter: value["input"] or None}, name)
            arguments |= wanted.arguments
            sources.append(wanted.source)
            supplied = supplied or wanted.supplied
        else:
            arguments[parameter] = value["text"] if isinstance(value, dict) else value
    session.trace += sources
    return Wanted(arguments, "; ".join(sources), supplied)


def _check_refusal(session: Session, requirement: Scenario, definition: Definition) -> None:
    """Raise Halt when a system was refused that only the suite has thought out.

    That a server refuses settings which it never asked for proves nothing. That it knows nothing
    of a method that it offers does, and so does a system that came of it all the same.
    """
    outcome = definition.outcome
    if not to_succeed(requirement) or not outcome.refused or definition.supplied:
        return
    if definition.path is not None or (outcome.name == "not_supported" and outcome.status != 1):
        return
    session.calls += definition.calls
    texts = "; ".join(call.outcome.text for call in definition.calls)
    reason = f"the server refused settings that the suite has modelled: {texts}"
    raise halt(untested=reason, advice=session.stage.maker.provision.advice())


# -- on a system ---------------------------------------------------------------------------------


def _call_on_system(session: Session, key: str, known: Known, requirement: Scenario) -> None:
    stage = session.stage
    system = make_system(session)
    session.decide(holds_on_system(stage.observer, key, requirement.when, system))
    bring_to(session, system, requirement.given or "defined")
    before = session.own(stage.observer.whole(system))
    call = _call(session, known, requirement, system)
    if call.outcome.accepted:
        call = _await(session, system, requirement, call)
    after = stage.observer.glance(system)
    if after.gone:
        after = stage.observer.remaining(before, system)
    elif after.system is not None:
        after = stage.observer.whole(system)
    session.calls.append(msgspec.structs.replace(call, before=before, after=after))


def _call(session: Session, known: Known, requirement: Scenario, system: Path) -> Call:
    """Make the call that the scenario is about."""
    stage = session.stage
    values = {name: _value(value, system) for name, value in requirement.with_.items()}
    target = _target(session, known, system)
    arguments = arguments_of(known, values)
    observed = stage.machine.states.observed
    request = request_for(known, target, arguments, "test", system, observed)
    return stage.caller.call(request).call


def _value(value: Any, system: Path) -> Any:  # any CIM value
    """Return an argument; `{system: true}` is the path of the system, `{text: ...}` plain text."""
    if isinstance(value, dict) and value.get("system"):
        return system
    if isinstance(value, dict) and "text" in value:
        return value["text"]
    if isinstance(value, dict):
        raise halt(error=f"the scenario has a parameter that cannot be played yet: {value}")
    return value


def _target(session: Session, known: Known, system: Path) -> Path:
    """Return what the method is called on: the system itself, or a service."""
    stage = session.stage
    model, machine = stage.observer.model, stage.machine
    if known.declared is None:
        return system
    owner, _ = model.catalogue.find_adaptation(known.owner, known.declared.target)
    if (owner, known.declared.target.rpartition(":")[2]) == (machine.key, machine.states.of):
        return system
    if known.declared.target == (stage.maker.define.declared or known.declared).target:
        service = stage.maker.provision.find_service()
        stage.caller.guard.permit_service(service)
        return service
    members = model.members(known.owner, known.declared.target).values()
    found = [instance.path for instance in members if instance.path is not None]
    if not found:
        raise halt(untested=f"there is no {known.declared.target} to call {known.name} on")
    chosen = min(found, key=lambda path: path.identity)
    stage.caller.guard.permit_service(chosen)
    return chosen


def _await(session: Session, system: Path, requirement: Scenario, call: Call) -> Call:
    """Watch an accepted call until the state that it asked for, or until the system is gone."""
    stage = session.stage
    observed = stage.machine.states.observed
    wanted = [value for value in requirement.with_.values() if isinstance(value, int)]
    goal = next((value for value in wanted if stage.machine.name(value)), None)
    if goal is not None:
        return stage.caller.watch(call, system, observed, lambda i: i.get(observed) == goal)
    if requirement.call.rpartition(":")[2] == DESTROY:
        for _ in stage.caller.clock.looks(stage.caller.deadlines.settle):
            if stage.observer.glance(system).gone:
                break
    return call


# -- on a path that does not exist -----------------------------------------------------------------


def _call_on_absent(session: Session, known: Known, requirement: Scenario) -> None:
    """Call a method about a system that does not exist; what is there must stay."""
    stage = session.stage
    service = stage.maker.provision.find_service()
    absent = _absent_path(session, service)
    answer = stage.caller.reader.get_instance(absent)
    if answer.ok:
        raise halt(error=f"{absent} exists, though the suite made up its name")
    stage.caller.guard.adopt(absent)
    there = systems_there(stage.caller.reader, service.namespace)
    call = _call(session, known, requirement, absent)
    finder = Finder(stage.caller.reader, stage.observer.model, service.namespace)
    session.created = finder.compared(Created(), there)
    session.calls.append(call)


def _absent_path(session: Session, service: Path) -> Path:
    """Return the path of a system that does not exist, built as those of the server are."""
    stage = session.stage
    name = stage.maker.next_name()
    members = stage.observer.model.members(stage.machine.key, stage.machine.states.of).values()
    paths = [instance.path for instance in members if instance.path is not None]
    if not paths:
        return Path(service.namespace, SYSTEMS, [("CreationClassName", SYSTEMS), ("Name", name)])
    model = min(paths, key=lambda path: path.identity)
    keys = [(k, name if k.lower() == "name" else value) for k, value in model.keys]
    return Path(model.namespace, model.classname, keys)
