"""Taking the steps of a random walk, on systems that were made for it.

Shell. What a step must bring about is judged elsewhere; here it is only played and read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from conformance.cim import Path
from conformance.definitions.catalogue import local_name, split
from conformance.definitions.profile import EveryCall, Exploration, Move, Scenario, Transition
from conformance.evaluate.model import Model
from conformance.evaluate.played import still_running
from conformance.explored import Taken
from conformance.plan import Check
from conformance.play.conditions import holds_on_host, holds_on_system
from conformance.play.context import Context
from conformance.play.fixtures import make_system, requested_value, state_request
from conformance.play.inputs import InputError
from conformance.play.interfaces import (
    await_through,
    check_available,
    check_supported,
    facet_of,
    request_through,
    view_before,
    view_of,
    way_of,
    with_view,
)
from conformance.play.machine import DEFINED
from conformance.play.options import Option, Options, scenario_of
from conformance.play.provision import NoService
from conformance.play.scenarios import has_modelled
from conformance.play.session import Halt, Session, Stage, halt
from conformance.play.steps import UNTOLD, known_in, make_call
from conformance.play.transitions import await_transition, check_offered
from conformance.transcript import Call, Reading, Setting

STEP = "step"


class Tour(msgspec.Struct, frozen=True):
    """What all attempts of one walk have in common."""

    check: Check
    walk: Exploration
    stage: Stage
    setting: Setting
    options: Options

    @property
    def key(self) -> str:
        """Return the key of the profile that states the walk."""
        return self.check.profile

    @property
    def model(self) -> Model:
        """Return the snapshot by adaptations."""
        return self.stage.observer.model

    def reads(self) -> dict[str, tuple[str, ...]]:
        """Return what is read of a system beside its own, by the profile that names it."""
        found: dict[str, dict[str, None]] = {}
        for move in self.walk.moves.values():
            for name in move.scenarios:
                owner, scenario = scenario_of(self.model, self.key, name)
                found.setdefault(owner, {}).update(dict.fromkeys(scenario.reads))
        return {owner: tuple(names) for owner, names in found.items() if names}


@dataclass(slots=True)
class Own:
    """A system of the walk: as it was read last, its state, and what was made for it by name.

    `when` is how the system was when that was made; `moves` counts what was done by
    name, `ways` from which state to which it was to go.
    """

    path: Path
    reading: Reading
    state: str
    made: dict[str, Path] = field(default_factory=dict)
    when: dict[str, Reading] = field(default_factory=dict)
    moves: Counter[str] = field(default_factory=Counter)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)


class _Done(msgspec.Struct, frozen=True):
    """A call of a step before the system is read again."""

    call: Call
    before: Reading
    sources: tuple[str, ...]
    setting: Setting
    shows: str = ""
    made: Path | None = None


class Walker:
    """Takes steps on systems of its own; `closed` tells what cannot be done, and why."""

    def __init__(self, session: Session, tour: Tour) -> None:
        self._session = session
        self._tour = tour
        self._stage = tour.stage
        self._reads = tour.reads()
        self._holds: dict[tuple[str, str], bool] = {}
        self._accepted: set[str] = set()
        self.closed: dict[tuple[str, str], str] = {}
        self.own: list[Own] = []

    def begin(self) -> None:
        """Make the systems.

        Raises:
            Halt: they cannot be made, or are not in the state in which new ones are.
        """
        for _ in range(self._tour.walk.systems):
            path = make_system(self._session)
            reading = self._read(path)
            own = Own(path, reading, self._state_in(reading))
            if own.state != DEFINED:
                raise halt(untested=f"a new system is {own.state or 'in no known state'}")
            self.own.append(own)

    def options(self, number: int) -> tuple[Option, ...]:
        """Return what may be done to a system now, as far as it is known before it is tried."""
        own = self.own[number]
        here = self._tour.options.get(own.state, ())
        return tuple(option for option in here if self._is_open(own, option))

    def _is_open(self, own: Own, option: Option) -> bool:
        if (own.state, option.name) in self.closed:
            return False
        move = option.move
        if move is None:
            return True
        if move.most and own.moves[option.name] >= move.most:
            return False
        if (move.makes and move.makes in own.made) or (move.uses and move.uses not in own.made):
            return False
        owner, scenario = scenario_of(self._tour.model, self._tour.key, move.scenarios[0])
        control = ":".join(split(owner, scenario.control)) if scenario.control else ""
        return not control or control in self._accepted

    def take(self, number: int, option: Option) -> Taken | None:
        """Take a step; None when it does not apply in this state, which is closed then.

        Raises:
            Halt: nothing can be said of the system any more.
            GuardError, JournalError: nothing was asked of the server.
        """
        own, mark = self.own[number], len(self._session.trace)
        try:
            done = self._do(own, option)
        except Halt as halted:
            stop = halted.stop
            if stop.error:
                raise
            self.closed[own.state, option.name] = stop.not_applicable or stop.untested
            return None
        except (InputError, NoService) as error:
            self.closed[own.state, option.name] = str(error)
            return None
        finally:
            del self._session.trace[mark:]
        return self._settle(number, option, done)

    # -- the call ----------------------------------------------------------------------------

    def _do(self, own: Own, option: Option) -> _Done:
        if option.move is not None:
            return self._move(own, option.move)
        if option.through:
            return self._request_through(own, option)
        return self._request(own, option)

    def _request(self, own: Own, option: Option) -> _Done:
        session, machine = self._session, self._stage.machine
        applying = list(self._applying(own, option))
        call = self._stage.caller.call(state_request(session, own.path, option.case, STEP)).call
        if call.outcome.accepted:
            first = applying[0][1]
            call = await_transition(session, own.path, first, option.case, own.reading, call)
        asked = requested_value(machine, option.case)
        setting = msgspec.structs.replace(self._tour.setting, requested=asked)
        return _Done(call, own.reading, self._sources(own, applying), setting)

    def _applying(self, own: Own, option: Option) -> Iterator[tuple[str, Transition]]:
        """Yield the transitions that apply; those that say where it leads come first."""
        found, reasons = [], []
        for identity, transition in option.transitions:
            try:
                self._check_condition(own, identity, transition)
                check_offered(self._session, transition, option.case, own.reading)
            except Halt as halted:
                if halted.stop.error:
                    raise
                reasons.append(halted.stop.not_applicable or halted.stop.untested)
            else:
                found.append((identity, transition))
        if not found:
            raise halt(not_applicable="; ".join(dict.fromkeys(reasons)))
        yield from sorted(found, key=lambda pair: not pair[1].to)

    def _request_through(self, own: Own, option: Option) -> _Done:
        session, stage = self._session, self._stage
        key, name = split(self._tour.key, option.through)
        way = way_of(self._tour.model.catalogue, stage.machine, key, name)
        shows = view_before(session, way, own.path)
        applying, reasons = [], []
        for identity, transition in option.transitions:
            try:
                self._check_condition(own, identity, transition)
                check_supported(session, way, transition, option.case, own.path)
                check_available(session, way, transition, option.case, shows)
            except Halt as halted:
                if halted.stop.error:
                    raise
                reasons.append(halted.stop.not_applicable or halted.stop.untested)
            else:
                applying.append((identity, transition))
        if not applying:
            raise halt(not_applicable="; ".join(dict.fromkeys(reasons)))
        applying.sort(key=lambda pair: not pair[1].to)
        before = with_view(own.reading, way, shows)
        call = request_through(session, way, own.path, shows, way.interface.requests[option.case])
        if call.outcome.accepted:
            call = await_through(session, way, own.path, applying[0][1], call)
        identity, first = applying[0]
        check = Check(identity, key, local_name(identity), first, option.case)
        facet = facet_of(self._tour.model.catalogue, stage.machine, check)
        setting = msgspec.structs.replace(self._tour.setting, facet=facet)
        return _Done(call, before, self._sources(own, applying), setting, option.through)

    def _move(self, own: Own, move: Move) -> _Done:
        session, model = self._session, self._tour.model
        owner, first = scenario_of(model, self._tour.key, move.scenarios[0])
        context = Context(session, owner, own.path, own.made)
        known = known_in(context, first.call)
        if not known.offered:
            raise halt(not_applicable=f"the server does not offer {known.name}")
        sources = self._judging(own, move)
        done = make_call(context, known, first.with_, STEP)
        call = done.call
        if call.outcome.accepted:
            call = self._await(own, move, call)
            self._accepted.add(f"{owner}:{local_name(move.scenarios[0])}")
        if call.outcome.refused and first.accepted and has_modelled(first.with_):
            # The suite has thought these settings out: only what a refusal changes is judged.
            self.closed[own.state, self._name(move)] = f"it was refused: {call.outcome.text}"
            sources = ()
        rules = tuple(self._rules())
        return _Done(call, own.reading, (*sources, *rules), self._tour.setting, made=done.made)

    def _name(self, move: Move) -> str:
        return next(name for name, each in self._tour.walk.moves.items() if each is move)

    def _judging(self, own: Own, move: Move) -> tuple[str, ...]:
        """Return the ids of the scenarios of a move that apply; the first one must."""
        ids = []
        for position, name in enumerate(move.scenarios):
            owner, scenario = scenario_of(self._tour.model, self._tour.key, name)
            try:
                self._check_condition(own, f"{owner}:{local_name(name)}", scenario)
            except Halt:
                if position == 0:
                    raise
            else:
                ids.append(f"{owner}:{local_name(name)}")
        return tuple(ids)

    def _await(self, own: Own, move: Move, call: Call) -> Call:
        """Watch a call until the state to which it should lead, if it should lead to any."""
        machine, observed = self._stage.machine, self._stage.machine.states.observed
        named = (scenario_of(self._tour.model, self._tour.key, n)[1].to for n in move.scenarios)
        goal = next((machine.value(state) for state in named if state), None)
        then = own.when[move.uses].system if move.restores else None
        if then is not None:
            goal = then.get(observed)
        if goal is None:
            return call
        return self._stage.caller.watch(call, own.path, observed, lambda i: i.get(observed) == goal)

    # -- what judges it ----------------------------------------------------------------------

    def _check_condition(
        self, own: Own, identity: str, requirement: Transition | Scenario | EveryCall
    ) -> None:
        """Raise Halt when the condition of a requirement does not hold in this state."""
        slot = (identity, own.state)
        if slot not in self._holds:
            owner, observer, when = split("", identity)[0], self._stage.observer, requirement.when
            host = holds_on_host(self._tour.model, self._stage.machine, owner, when)
            self._holds[slot] = (
                host.holds and holds_on_system(observer, owner, when, own.path).holds
            )
        if not self._holds[slot]:
            raise halt(not_applicable="the condition of the requirement does not hold")

    def _sources(self, own: Own, applying: Sequence[tuple[str, Transition]]) -> tuple[str, ...]:
        """Return the ids of all requirements that judge a request of a state."""
        always = []
        for identity, requirement in self._always():
            if isinstance(requirement, Scenario):
                try:
                    self._check_condition(own, identity, requirement)
                except Halt:
                    continue
            always.append(identity)
        return (*(identity for identity, _ in applying), *always)

    def _rules(self) -> Iterator[str]:
        return (i for i, requirement in self._always() if isinstance(requirement, EveryCall))

    def _always(self) -> Iterator[tuple[str, Scenario | EveryCall]]:
        for name in self._tour.walk.always:
            owner, local = split(self._tour.key, name)
            requirement = self._tour.model.catalogue.profiles[owner].requirements[local]
            if isinstance(requirement, Scenario | EveryCall):
                yield f"{owner}:{local}", requirement

    # -- what is there then ------------------------------------------------------------------

    def _settle(self, number: int, option: Option, done: _Done) -> Taken:
        """Read the systems after a call, and keep what it made."""
        own, call, state = self.own[number], done.call, self.own[number].state
        if call.outcome.kind == "trouble":
            raise halt(error=f"{option.name}: {call.outcome.text}")
        if still_running(call):
            raise halt(untested=still_running(call))
        after = self._read(own.path)
        seen = self._with_view(own, done, after)
        restored = None
        if option.move is not None and call.outcome.accepted:
            restored = self._keep(own, option.move, done)
        others = self._read_others(number)
        own.moves[option.name] += 1
        own.ways[state, option.goal] += 1
        own.reading, own.state = after, self._state_in(after)
        self._forget(own)
        call = msgspec.structs.replace(call, before=done.before, after=seen, purpose=STEP)
        self._session.calls.append(call)
        return Taken(
            name=option.name,
            system=number,
            state=state,
            then=own.state,
            call=call,
            sources=done.sources,
            case=option.case,
            setting=done.setting,
            others=others,
            restored=restored,
            restores=dict(option.move.restores) if option.move is not None and restored else {},
        )

    def _with_view(self, own: Own, done: _Done, after: Reading) -> Reading:
        if not done.shows or after.gone:
            return after
        key, name = split(self._tour.key, done.shows)
        way = way_of(self._tour.model.catalogue, self._stage.machine, key, name)
        return with_view(after, way, *view_of(self._session, way, own.path))

    def _keep(self, own: Own, move: Move, done: _Done) -> Reading | None:
        """Keep what a move made; return how the system was to be restored, if it was."""
        restored = own.when[move.uses] if move.restores else None
        if move.ends:
            del own.made[move.uses]
        if move.makes:
            if done.made is None:
                raise halt(untested=f"{done.call.method}: {UNTOLD}")
            own.made[move.makes], own.when[move.makes] = done.made, done.before
        return restored

    @staticmethod
    def _forget(own: Own) -> None:
        """Forget what no longer belongs to the system: it may have gone with a later step."""
        there = {each.identity for group in own.reading.related.values() for each in group}
        own.made = {name: path for name, path in own.made.items() if path.identity in there}

    def _read_others(self, number: int) -> tuple[tuple[Reading, Reading], ...]:
        pairs = []
        for other, own in enumerate(self.own):
            if other != number:
                before, own.reading = own.reading, self._read(own.path)
                own.state = self._state_in(own.reading)
                pairs.append((before, own.reading))
        return tuple(pairs)

    def _read(self, path: Path) -> Reading:
        """Return a system with all that is looked at.

        Raises:
            Halt: it cannot be read, and the server does not say that it is gone.
        """
        observer = self._stage.observer
        (owner, names), *others = list(self._reads.items()) or [("", ())]
        reading = observer.whole(path, owner, names)
        for owner, names in others if reading.system is not None else ():
            more = observer.whole(path, owner, names)
            related = {**more.related, **reading.related}
            problems = tuple(dict.fromkeys((*reading.problems, *more.problems)))
            reading = msgspec.structs.replace(reading, related=related, problems=problems)
        if reading.problems or (reading.system is None and not reading.gone):
            told = reading.problems[0] if reading.problems else reading.missing
            raise halt(error=f"a system of the walk could not be read: {told}")
        return self._session.own(reading)

    def _state_in(self, reading: Reading) -> str:
        """Return the name of the state, "" when it is none that stays."""
        machine = self._stage.machine
        shown = reading.system.get(machine.states.observed) if reading.system is not None else None
        name = machine.name(shown)
        return name if name and machine.states.are[name].stable else ""
