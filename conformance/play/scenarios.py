"""Playing a scenario: one method call on what the run made, and what it brought about."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import msgspec

from conformance.cim import Instance, Path
from conformance.definitions.catalogue import Catalogue, local_name
from conformance.definitions.profile import ANY, Scenario
from conformance.play.around import read_around
from conformance.play.conditions import holds_on_system
from conformance.play.context import Context
from conformance.play.finding import SYSTEMS, Finder, systems_there
from conformance.play.fixtures import bring_to, make_system
from conformance.play.inputs import InputError, named
from conformance.play.machine import ABSENT, NONE
from conformance.play.making import DEFINE, DESTROY, Definition
from conformance.play.methods import Known, known_method
from conformance.play.parameters import altered, value_of
from conformance.play.provision import (
    RESOURCE_PARAMETER,
    SYSTEM_PARAMETER,
    NoService,
    Wanted,
)
from conformance.play.quantities import DEFAULT
from conformance.play.requesting import CHOSEN, capable_default, modelled
from conformance.play.session import Session, halt
from conformance.play.steps import make_call, prepared
from conformance.play.stopping import play_stop
from conformance.transcript import Call, Created, Reading

STAYS = "stays"
"""The effect of a call that changes no state for now."""
GONE_WITH_IT = "gone-with-it"
"""The effect of a removal that takes what stood for it along."""
AROUND = ("StateAllocation", "Device")
"""What belongs to a system and has links that may be read."""


def to_succeed(requirement: Scenario) -> bool:
    """Tell whether the call is meant to succeed, here or where its outcome is judged."""
    return requirement.accepted or bool(requirement.follows)


def play_scenario(
    session: Session, key: str, requirement: Scenario, accepted: Container[str] = ()
) -> None:
    """Play one scenario; `accepted` are the ids of checks whose calls were accepted in this run.

    Raises:
        Halt: it cannot be played.
    """
    stage = session.stage
    known = known_method(stage.observer.model, stage.machine, key, requirement.call)
    if known.offered is requirement.unoffered:
        session.trace += known.trace
        word = "offers" if known.offered else "does not offer"
        raise halt(not_applicable=f"the server {word} {known.name}")
    try:
        _check_told(Context(session, key), requirement)
        _check_control(stage.observer.model.catalogue, key, requirement, accepted)
        if requirement.stops is not None:
            play_stop(session, known, requirement.stops)
        elif known.name == DEFINE:
            _define(session, key, requirement)
        elif requirement.given == ABSENT:
            _call_on_absent(session, key, known, requirement)
        elif requirement.given == NONE:
            _call_on_host(Context(session, key), known, requirement)
        else:
            _call_on_system(session, key, known, requirement)
    except NoService as error:
        session.trace += error.trace
        raise halt(untested=error.reason, advice=error.advice) from error
    except InputError as error:
        raise halt(untested=str(error), advice=stage.maker.provision.advice()) from error


def _check_told(context: Context, requirement: Scenario) -> None:
    """Raise Halt, before anything is made, where no capabilities tell what is to be requested."""
    asked = [step.with_ for step in requirement.prepare]
    for value in modelled((requirement.system, *asked, requirement.with_), DEFAULT):
        capable_default(context, value)


def _check_control(
    catalogue: Catalogue, key: str, requirement: Scenario, accepted: Container[str]
) -> None:
    """Raise Halt when the request that this one differs from was not accepted in this run."""
    wanted = catalogue.check_id(key, requirement.control)
    if requirement.control and wanted not in accepted:
        reason = f"the request that it differs from ({wanted}) was not accepted in this run"
        raise halt(untested=reason)


# -- defining ------------------------------------------------------------------------------------


def _define(session: Session, key: str, requirement: Scenario) -> None:
    """Define a system; the one that is `given` is there to be referred to."""
    maker = session.stage.maker
    context, source = Context(session, key), Reading()
    if requirement.given:
        other = make_system(session)
        bring_to(session, other, requirement.given)
        session.own(session.stage.observer.whole(other))
        context = prepared(Context(session, key, other), requirement.prepare)
        source = session.own(session.stage.observer.whole(other))
    name = maker.next_name()
    ways = _ways(context, requirement, name)
    session.ask(name)
    definition = maker.ask(name, ways, "test")
    session.settle(name, definition)
    session.created = definition.created
    _check_refusal(session, requirement, definition)
    after = Reading(missing="no new system was found")
    if definition.path is not None:
        after = session.own(session.stage.observer.whole(definition.path, key, requirement.reads))
    after = session.with_told(after)
    compared = source if requirement.after or requirement.given else None
    tested = msgspec.structs.replace(definition.calls[-1], before=compared, after=after)
    session.calls += [*definition.calls[:-1], tested]


def _ways(context: Context, requirement: Scenario, name: str) -> list[Wanted]:
    """Return how the system is asked for: as stated, then with or without resources.

    A real server may need resources that the profile does not know of, or refuse those that
    the suite has thought out. What the user states is sent as it is, and so is what the
    scenario itself alters.
    """
    stated = _with_inputs(context, requirement.with_, name)
    altered = any(_is_altered(value) for value in requirement.with_.values())
    if stated.supplied or altered or not to_succeed(requirement):
        return [stated]
    other = dict(requirement.with_)
    if RESOURCE_PARAMETER in other:
        del other[RESOURCE_PARAMETER]
    else:
        other[RESOURCE_PARAMETER] = {"input": ""}
    return [stated, _with_inputs(context, other, name)]


def _is_altered(value: Any) -> bool:  # a value of a parameter
    if isinstance(value, list | tuple):
        return True
    return isinstance(value, Mapping) and not value.keys() <= {"input"}


def _with_inputs(context: Context, values: Mapping[str, Any], name: str) -> Wanted:
    maker = context.session.stage.maker
    arguments: dict[str, Any] = {}
    sources, supplied = [], False
    for parameter, value in values.items():
        if isinstance(value, Mapping) and "input" in value:
            title = local_name(str(value["input"])) or None
            wanted = maker.provision.wanted({parameter: title}, name)
            arguments |= {
                parameter: altered(context, given, value)
                for parameter, given in wanted.arguments.items()
            }
            sources.append(wanted.source)
            supplied = supplied or wanted.supplied
        else:
            given = value_of(context, value)
            arguments[parameter] = given
            if parameter == SYSTEM_PARAMETER and isinstance(given, Instance):
                arguments[parameter] = named(maker.provision.inputs(), given, name)
    context.session.trace += sources
    return Wanted(arguments, "; ".join(sources), supplied)


def _check_refusal(session: Session, requirement: Scenario, definition: Definition) -> None:
    """Raise Halt when a system was refused that only the suite has thought out.

    That a server refuses settings which it never asked for proves nothing. That it knows nothing
    of a method that it offers does, and so does a system that came of it all the same.
    """
    outcome = definition.outcome
    by_default = any(modelled(requirement.with_, DEFAULT))
    supplied = definition.supplied and not by_default
    if not to_succeed(requirement) or not outcome.refused or supplied:
        return
    if requirement.control or {outcome.name, ANY} & set(requirement.refused):
        return
    unknown = outcome.name == "not_supported" and outcome.status != 1
    if not by_default and (definition.path is not None or unknown):  # judged of other definitions
        return
    session.calls += definition.calls
    texts = "; ".join(call.outcome.text for call in definition.calls)
    reason = f"the server refused settings that the suite has modelled: {texts}"
    raise halt(untested=reason, advice=session.stage.maker.provision.advice())


# -- on a system ---------------------------------------------------------------------------------


def _call_on_system(session: Session, key: str, known: Known, requirement: Scenario) -> None:
    stage = session.stage
    system = _given_system(session, key, requirement)
    bring_to(session, system, requirement.given or "defined")
    session.decide(holds_on_system(stage.observer, key, requirement.when, system))
    session.own(stage.observer.whole(system))
    context = prepared(Context(session, key, system), requirement.prepare)
    before = session.own(stage.observer.whole(system, key, requirement.reads))
    call = make_call(context, known, requirement.with_, "test").call
    if call.outcome.accepted:
        call = _await(session, system, requirement, before, call)
    after = stage.observer.glance(system)
    if after.gone:
        after = stage.observer.remaining(before, system)
    elif after.system is not None:
        after = session.own(stage.observer.whole(system, key, requirement.reads))
        after = _with_links(session, key, requirement, after)
        if GONE_WITH_IT in requirement.effects:
            after = stage.observer.left_over(before, after)
    before, after = session.with_told(before), session.with_told(after)
    call = msgspec.structs.replace(call, before=before, after=after)
    _check_modelled(session, requirement, call)
    session.calls.append(call)


def _given_system(session: Session, key: str, requirement: Scenario) -> Path:
    """Return a new system, defined as the scenario says where it does."""
    if not requirement.system:
        return make_system(session)
    maker = session.stage.maker
    name = maker.next_name()
    ways = [_with_inputs(Context(session, key), requirement.system, name)]
    session.ask(name)
    definition = maker.ask(name, ways, "fixture")
    session.settle(name, definition)
    session.calls += definition.calls
    outcome = definition.outcome
    if outcome.kind == "trouble":
        raise halt(error=f"{DEFINE}: {outcome.text}")
    if definition.path is None or not outcome.accepted:
        reason = f"the system that it is about could not be defined: {outcome.text}"
        raise halt(untested=reason, advice=requirement.advice or maker.provision.advice())
    return definition.path


def _with_links(session: Session, key: str, requirement: Scenario, after: Reading) -> Reading:
    """Return a reading with the links of what the system has allocated, and of its devices."""
    if not requirement.links:
        return after
    observer = session.stage.observer
    groups = (after.related.get(name, ()) for name in AROUND)
    paths = [observer.paths[each.identity] for group in groups for each in group]
    around = read_around(observer.reader, observer.model.catalogue, key, requirement.links, paths)
    links, problems = {**after.links, **around.links}, (*after.problems, *around.problems)
    return msgspec.structs.replace(after, links=links, problems=problems)


def _check_modelled(session: Session, requirement: Scenario, call: Call) -> None:
    """Raise Halt when a request was refused that only the suite has thought out.

    As with a definition: only that a server knows nothing of a method which it offers is a
    deviation then. Where the like of it was granted, a refusal is no matter of the settings.
    """
    outcome = call.outcome
    if requirement.control:
        return
    if not outcome.refused or not to_succeed(requirement) or not has_modelled(requirement.with_):
        return
    unknown = outcome.name == "not_supported" and outcome.status != 1
    if {outcome.name, ANY} & set(requirement.refused) or unknown:
        return
    session.calls.append(call)
    reason = f"the server refused settings that the suite has modelled: {outcome.text}"
    advice = requirement.advice or session.stage.maker.provision.advice()
    raise halt(untested=reason, advice=advice)


def has_modelled(value: Any) -> bool:  # a value of a parameter
    """Tell whether settings that the suite has thought out are part of a parameter."""
    if isinstance(value, list | tuple):
        return any(has_modelled(each) for each in value)
    if not isinstance(value, Mapping):
        return False
    modelled = value.keys() & {"like", "input", "draw", "spare", DEFAULT, CHOSEN}
    return bool(modelled) or any(map(has_modelled, value.values()))


def _await(
    session: Session, system: Path, requirement: Scenario, before: Reading, call: Call
) -> Call:
    """Watch an accepted call until the state that it asked for, or until the system is gone."""
    stage = session.stage
    observed = stage.machine.states.observed
    if STAYS in requirement.effects:  # long enough to see a change that should not come yet
        was = None if before.system is None else before.system.get(observed)
        settle = stage.caller.deadlines.settle
        return stage.caller.watch(call, system, observed, lambda i: i.get(observed) != was, settle)
    goal = stage.machine.value(requirement.to) if requirement.to else _asked_state(session, call)
    if goal is not None:
        return stage.caller.watch(call, system, observed, lambda i: i.get(observed) == goal)
    if requirement.call.rpartition(":")[2] == DESTROY:
        for _ in stage.caller.clock.looks(stage.caller.deadlines.settle):
            if stage.observer.glance(system).gone:
                break
    return call


def _asked_state(session: Session, call: Call) -> int | None:
    """Return the state that a call on the system itself asks for by its number, if it does."""
    machine = session.stage.machine
    if call.method not in {request.method for request in machine.states.requests.values()}:
        return None
    wanted = [value for value in call.arguments.values() if isinstance(value, int)]
    return next((value for value in wanted if machine.name(value)), None)


# -- on the host ---------------------------------------------------------------------------------


def _call_on_host(context: Context, known: Known, requirement: Scenario) -> None:
    """Call a method that is about no virtual system."""
    session = context.session
    context = prepared(context, requirement.prepare)
    own = tuple(context.made.values())
    before = _of_host(context, requirement, own)
    done = make_call(context, known, requirement.with_, "test")
    _check_modelled(session, requirement, done.call)
    made = (done.made,) if done.made is not None else ()
    after = _of_host(context, requirement, (*own, *made, *done.named))
    session.calls.append(msgspec.structs.replace(done.call, before=before, after=after))


def _of_host(context: Context, requirement: Scenario, paths: tuple[Path, ...]) -> Reading:
    """Return what a scenario reads of the host, and the links of some objects."""
    observer, key = context.session.stage.observer, context.key
    reading = observer.of_host(key, requirement.reads)
    if not requirement.links:
        return reading
    around = read_around(observer.reader, context.model.catalogue, key, requirement.links, paths)
    problems = (*reading.problems, *around.problems)
    return msgspec.structs.replace(reading, links=around.links, problems=problems)


# -- on a path that does not exist -----------------------------------------------------------------


def _call_on_absent(session: Session, key: str, known: Known, requirement: Scenario) -> None:
    """Call a method about a system that does not exist; what is there must stay."""
    stage = session.stage
    service = stage.maker.provision.find_service()
    absent = _absent_path(session, service)
    answer = stage.caller.reader.get_instance(absent)
    if answer.ok:
        raise halt(error=f"{absent} exists, though the suite made up its name")
    stage.caller.guard.adopt(absent)
    there = systems_there(stage.caller.reader, service.namespace)
    call = make_call(Context(session, key, absent), known, requirement.with_, "test").call
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
