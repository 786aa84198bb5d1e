"""Playing ModifyInstance on the name to show of a system of the run's own (DSP1052).

The new name is one of this run, too, and stands in the journal before it is given: some servers
make the path of a system from its name.
"""

from __future__ import annotations

from collections.abc import Container

import msgspec

from conformance.cim import Instance, Path
from conformance.definitions.catalogue import local_name
from conformance.definitions.profile import Renaming
from conformance.evaluate.words import show
from conformance.play.fixtures import make_system
from conformance.play.guard import ELEMENT_NAME
from conformance.play.instances import rename
from conformance.play.session import Session, halt
from conformance.transcript import Call, Reading

EDITABLE = "ElementNameEditSupported"
LONGEST = "MaxElementNameLen"
MOST_CHARACTERS = 16384
"""No longer name is tried; the limit is stated as an uint16."""


def play_renaming(
    session: Session, key: str, requirement: Renaming, accepted: Container[str]
) -> None:
    """Make a system and try to give it another name.

    `accepted` are the ids of checks whose requests were accepted in this run.

    Raises:
        Halt: no system can be made, its capabilities say otherwise, or nothing of it.
        GuardError, JournalError: nothing was sent.
    """
    system = make_system(session)
    capabilities = _capabilities(session, system)
    _check_editable(session, requirement, capabilities)
    control = session.stage.observer.model.catalogue.check_id(key, requirement.control)
    if requirement.control and control not in accepted:
        raise halt(untested=f"no other name was accepted in this run ({control})")
    name = session.stage.maker.next_name()
    wanted = _long_name(name, capabilities) if requirement.too_long else name
    _check_fits(requirement, name, capabilities)
    before = session.own(session.stage.observer.settings(system))
    answer = session.stage.caller.reader.get_instance(system)
    if not answer.ok or ELEMENT_NAME not in answer.value:
        raise halt(error=f"{system} cannot be read: {answer.refusal or answer.trouble}")
    session.expect(name)
    call = rename(session.stage.caller, answer.value, system, wanted)
    after = _after(session, system, name, call)
    session.calls.append(msgspec.structs.replace(call, before=before, after=after))


def _capabilities(session: Session, system: Path) -> list[Instance]:
    machine = session.stage.machine
    if machine.states.offered is None:
        return []
    adaptation = local_name(machine.states.offered.adaptation)
    return session.stage.observer.walk(system).members(machine.key, adaptation)


def _check_editable(session: Session, requirement: Renaming, capabilities: list[Instance]) -> None:
    """Raise Halt unless the capabilities say of the name what the requirement is about."""
    said = {each.get(EDITABLE) for each in capabilities} - {None}
    session.trace += [
        f"{each.path} {EDITABLE} = {show(each.get(EDITABLE))}" for each in capabilities
    ]
    if len(said) > 1:
        raise halt(untested=f"the capabilities of the system differ in {EDITABLE}")
    if said != {requirement.editable}:
        found = f"is {show(said.pop())}" if said else "is stated by no capabilities of the system"
        raise halt(not_applicable=f"{EDITABLE} {found}")


def _longest(capabilities: list[Instance]) -> int | None:
    said = [each.get(LONGEST) for each in capabilities]
    known = [each for each in said if isinstance(each, int)]
    return max(known) if known else None


def _long_name(name: str, capabilities: list[Instance]) -> str:
    longest = _longest(capabilities)
    if longest is None:
        raise halt(not_applicable=f"{LONGEST} is stated by no capabilities of the system")
    if longest >= MOST_CHARACTERS:
        raise halt(untested=f"{LONGEST} is {longest}, and no name of that length is tried")
    return name + "x" * (longest + 1 - len(name))


def _check_fits(requirement: Renaming, name: str, capabilities: list[Instance]) -> None:
    longest = _longest(capabilities)
    if requirement.editable and longest is not None and len(name) > longest:
        reason = f"{LONGEST} is {longest}: too short for {name}, by which it could be found again"
        raise halt(untested=reason)


def _after(session: Session, system: Path, name: str, call: Call) -> Reading:
    """Read the system after the attempt, and take it under its new name, too, where it has one."""
    reader = session.stage.caller.reader
    answer = reader.get_instance(system)
    shown = str(answer.value.get(ELEMENT_NAME)) if answer.ok else ""
    if shown.startswith(name):
        session.take_as(name, system)
    elif answer.ok and call.outcome.kind != "trouble":
        session.give_up_looking(name)
    else:
        session.look_for(name)
    return session.own(session.stage.observer.settings(system))
