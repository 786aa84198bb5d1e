"""One check while it is played: the systems made for it, the calls, and the clean-up."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from conformance.cim import Path
from conformance.play.calling import Caller
from conformance.play.conditions import Decision
from conformance.play.finding import SYSTEMS
from conformance.play.guard import GuardError
from conformance.play.journal import Deletion, Journal, JournalError, Undo
from conformance.play.machine import Machine
from conformance.play.making import Definition, Maker
from conformance.play.observing import Observer
from conformance.play.quantities import DEFAULT, Capable
from conformance.play.unmaking import (
    Removal,
    Remover,
    delete_instance,
    find_by_keys,
    find_when_made,
    gone,
    undo_thing,
)
from conformance.transcript import Call, Created, Reading, Seen, Stop, Transcript, seen


class Halt(Exception):
    """The check cannot be played on; `stop` tells why."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self.stop = stop


def halt(
    *, not_applicable: str = "", untested: str = "", error: str = "", advice: str = ""
) -> Halt:
    """Return the exception that ends the play for one of these reasons."""
    return Halt(Stop(not_applicable, untested, error, advice))


class Thing(msgspec.Struct, frozen=True):
    """Something other than a system that a call was to create; `path` once it is known.

    `named` tells that it bears the name under which it stands in the journal.
    """

    name: str
    undo: Undo | Deletion
    path: Path | None = None
    named: bool = True


class Stage(msgspec.Struct, frozen=True):
    """What all checks about one state machine are played with.

    `dead_ends` are requests (with the state they should lead to) that were accepted and did not
    get there before the deadline, with what to say of checks that would need them. `at_rest`
    holds the method that destroys, once it was seen to leave active systems as they are.
    """

    machine: Machine
    maker: Maker
    observer: Observer
    caller: Caller
    journal: Journal
    dead_ends: dict[tuple[str, str], str] = msgspec.field(default_factory=dict)
    at_rest: set[str] = msgspec.field(default_factory=set)


@dataclass(slots=True)
class Session:
    """The play of one check.

    `systems` are those that were made for it and are not gone yet, by name, `things` what else
    was asked for, in the order of creation with them (`order`); `unsettled` are names
    that were asked for without it being clear whether a system came of it; `left` is what could
    not be removed. `told` are the settings of capabilities that requests are modelled on, by what
    they mean. `patience` are the seconds to wait for a removal (None: as for a state).
    """

    check: str
    stage: Stage
    calls: list[Call] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    systems: dict[str, Path] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    unsettled: set[str] = field(default_factory=set)
    created: Created = field(default_factory=Created)
    stop: Stop = field(default_factory=Stop)
    left: list[str] = field(default_factory=list)
    told: dict[str, Seen] = field(default_factory=dict)
    patience: float | None = None
    _stuck: dict[str, str] = field(default_factory=dict)

    def decide(self, decision: Decision) -> None:
        """Keep how a condition was decided.

        Raises:
            Halt: it does not hold.
        """
        self.trace += decision.trace
        if not decision.holds:
            raise halt(not_applicable="the condition of the requirement does not hold")

    def ask(self, name: str) -> None:
        """Note that a system is about to be asked for."""
        self.unsettled.add(name)

    def settle(self, name: str, definition: Definition) -> None:
        """Note what came of asking for a system."""
        if definition.path is not None:
            self.systems[name] = definition.path
            self.order.append(name)
        refused = definition.outcome.refused and not definition.asked_to_stop
        if definition.path is not None or refused:
            self.unsettled.discard(name)

    def own(self, reading: Reading) -> Reading:
        """Let what belongs to our system be named in requests; return the reading."""
        self.stage.caller.guard.adopt_scope(self.stage.observer.names_within(reading))
        return reading

    def keep(self, capable: Capable) -> None:
        """Note what the capabilities tell that a request is modelled on."""
        settings = {DEFAULT: capable.default, **capable.bounds}
        self.told = {name: seen(each) for name, each in settings.items()}

    def with_told(self, reading: Reading) -> Reading:
        """Return a reading with what the capabilities told, to judge a request by."""
        groups = {f"capabilities: {name}": (each,) for name, each in self.told.items()}
        return msgspec.structs.replace(reading, related={**reading.related, **groups})

    def clean_up(self) -> None:
        """Remove the systems that were made, the last one first; what stays is kept in `left`.

        What a job is still changing cannot be removed: such jobs are waited for.
        """
        self.stage.caller.wait_for_jobs()
        for name in sorted(self.unsettled):
            self.look_for(name)
        for name in self._last_first():
            if name in self.things:
                self._remove_thing(self.things[name])
            elif name in self.systems:
                self._remove_system(name, self.systems[name])
        for name in list(self.things):
            self._give_up(self.things[name])

    def remove_thing(self, name: str) -> bool:
        """Remove something other than a system now; tell whether it is gone."""
        if name in self.things:
            self._remove_thing(self.things[name])
        return name not in self.things

    def _last_first(self) -> list[str]:
        """Return what was made, the last one first; what systems may use comes after them."""
        names = list(reversed(dict.fromkeys((*self.order, *self.systems))))
        used = [name for name in names if name in self.things and self.things[name].named]
        return [name for name in names if name not in used] + used

    def _remove_system(self, name: str, path: Path) -> None:
        reason = self._remove(path)
        if reason:
            self.left.append(f"{path}: {reason}")
            return
        del self.systems[name]
        self._record_gone(name)

    def _remove_thing(self, thing: Thing) -> None:
        """Remove what was made, found by its name where the server did not tell its path.

        What cannot be removed may yet go with its system: `_give_up` looks again.
        """
        paths = [thing.path] if thing.path is not None else self._find_thing(thing)
        for path in paths:
            if self.stage.caller.guard.is_foreign(path):
                continue
            if isinstance(thing.undo, Deletion):
                self.stage.caller.guard.adopt(path)
            else:
                self.stage.caller.guard.adopt_scope([(path.identity, "")])
            removal = self._undo(thing.undo, path)
            if not removal.gone:
                found = msgspec.structs.replace(thing, path=path)
                self.things[thing.name], self._stuck[thing.name] = found, removal.reason
                return
        self._removed(thing)

    def _give_up(self, thing: Thing) -> None:
        """Keep what could not be removed in `left`, unless it went with its system."""
        if thing.path is None or gone(self.stage.caller.reader.get_instance(thing.path)):
            self._removed(thing)
        else:
            self.left.append(f"{thing.path}: {self._stuck.get(thing.name, '')}")

    def _removed(self, thing: Thing) -> None:
        del self.things[thing.name]
        if thing.named:
            self._record_gone(thing.name)

    def _find_thing(self, thing: Thing) -> list[Path]:
        if not thing.named:
            return []
        undo, reader = thing.undo, self.stage.caller.reader
        if isinstance(undo, Deletion):
            return find_by_keys(reader, undo)
        return self._find(undo.namespace, undo.classname, thing.name)

    def _find(self, namespace: str, classname: str, name: str) -> list[Path]:
        """Return what a call has made under a name, of which nobody has read the answer."""
        paths, going_on = find_when_made(self.stage.caller, namespace, classname, name)
        if going_on:
            self.left.append(f"{name}: a job that is still under way may yet make it")
        return [path for path in paths if not self.stage.caller.guard.is_foreign(path)]

    def _undo(self, undo: Undo | Deletion, path: Path) -> Removal:
        try:
            if isinstance(undo, Deletion):
                watcher = self.calls.append
                return delete_instance(self.stage.caller, path, watcher, self.patience)
            return undo_thing(self.stage.caller, undo, path, self.calls.append, self.patience)
        except GuardError as error:
            return Removal(gone=False, reason=str(error))

    def look_for(self, name: str) -> bool:
        """Take a system that a call may have left whose end is not known; tell whether there is."""
        service = self.stage.maker.provision.find_service()
        for path in self._find(service.namespace, SYSTEMS, name):
            self.stage.caller.guard.adopt(path)
            self.systems[name] = path
        return name in self.systems

    def expect(self, name: str) -> None:
        """Note that a system of our own is about to be given this name.

        Raises:
            JournalError: the journal cannot be written.
        """
        maker = self.stage.maker
        self.stage.caller.guard.permit_name(name)
        self.stage.journal.intend(name, maker.recipe(maker.provision.find_service()))
        self.ask(name)

    def take_as(self, name: str, path: Path) -> None:
        """Take it that a system of our own bears this name now."""
        self.stage.journal.made(name, path)
        self.systems[name] = path
        self.order.append(name)
        self.unsettled.discard(name)

    def give_up_looking(self, name: str) -> None:
        """Take it that a call, whose job is over, has left no system of this name."""
        self.unsettled.discard(name)
        self._record_gone(name)

    def _remove(self, path: Path) -> str:
        """Remove a system; return why it is still there, "" when it is not."""
        recipe = self.stage.maker.recipe(self.stage.maker.provision.find_service())
        known = self.stage.at_rest
        remover = Remover(
            self.stage.caller, recipe, self.calls.append, self.patience, at_rest=bool(known)
        )
        try:
            return remover.remove(path).reason
        except GuardError as error:
            return str(error)
        finally:
            known |= {recipe.destroy} if remover.at_rest else set()

    def _record_gone(self, name: str) -> None:
        try:
            self.stage.journal.gone(name)
        except JournalError as error:
            self.trace.append(str(error))

    def transcript(self) -> Transcript:
        """Return what was played as a value, without the setting."""
        return Transcript(
            check=self.check,
            system=next(iter(self.systems), ""),
            calls=tuple(self.calls),
            created=self.created,
            stop=self.stop,
            trace=tuple(self.trace),
            left=tuple(self.left),
        )
