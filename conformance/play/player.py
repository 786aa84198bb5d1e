"""The player: plays the checks that change the server, one after another, and cleans up.

Shell. It decides nothing about conformance; what happened is returned as a transcript.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from conformance.cim import Path
from conformance.definitions.profile import (
    Exploration,
    Indication,
    Renaming,
    Scenario,
    Transition,
)
from conformance.endpoint import INDICATIONS, Endpoint
from conformance.evaluate.model import Model
from conformance.evaluate.quantity_effects import heeded, told
from conformance.hearing import Hearing
from conformance.listen import Place
from conformance.plan import Check
from conformance.play.calling import Caller
from conformance.play.conditions import holds_on_host
from conformance.play.exploring import Explorer
from conformance.play.finding import NAME
from conformance.play.fixtures import requested_value
from conformance.play.guard import Guard, GuardError
from conformance.play.hearing import hear
from conformance.play.inputs import Supplied
from conformance.play.interfaces import facet_of, play_through
from conformance.play.journal import Journal, JournalError
from conformance.play.machine import machine_for
from conformance.play.making import Maker
from conformance.play.observing import Observer
from conformance.play.options import in_force, options_of
from conformance.play.polling import Clock, Deadlines
from conformance.play.provision import NoService
from conformance.play.renaming import play_renaming
from conformance.play.scenarios import STAYS, play_scenario, to_succeed
from conformance.play.session import Halt, Session, Stage
from conformance.play.transitions import play_transition
from conformance.play.walking import Tour
from conformance.transcript import Setting, Stop, Transcript

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much (0: as it was)."""

HOSTED_SERVICE = "CIM_HostedService"
MOST_LEFT = 5
_TOO_MANY_LEFT = f"{MOST_LEFT} virtual systems could not be removed, so no more are made"


class PlayOptions(Protocol):
    """What the player must be told.

    `deadline_seconds` bounds each state change; a job may take twice as long. `inputs` are the
    instances that the user states, by the name of the input in the profile definition. `place`
    is where to listen for indications. `explore` is how long a random walk is, `seed` which one.
    """

    @property
    def deadline_seconds(self) -> float:
        """Seconds for each state change."""

    @property
    def inputs(self) -> Mapping[str, Sequence[Supplied]]:
        """Instances by the name of the input."""

    @property
    def explore(self) -> int:
        """Steps of a random walk."""

    @property
    def seed(self) -> int:
        """What decides the steps of a random walk."""

    @property
    def place(self) -> Place:
        """Where to listen for indications."""


def _silent(text: str, done: int, total: int) -> None:
    """Show nothing."""


class Player:
    """Plays transitions and scenarios on systems of the run's own.

    Attributes:
        run_name: how the names of all systems of this run begin.
        left: systems that could not be removed, with the reason.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: Model,
        journal: Journal,
        options: PlayOptions,
        progress: Progress = _silent,
        clock: Clock | None = None,
    ) -> None:
        self.run_name = f"{NAME}-{secrets.token_hex(4)}"
        self.left: list[str] = []
        self._endpoint = endpoint
        self._model = model
        self._journal = journal
        self._options = options
        self._progress = progress
        seconds = options.deadline_seconds
        deadlines = Deadlines(seconds, 2 * seconds, min(seconds, Deadlines().settle))
        self._caller = Caller(Guard(endpoint, _there(model)), endpoint, clock or Clock(), deadlines)
        self._stages: dict[str, Stage] = {}
        self._played: dict[bytes, Transcript] = {}
        self._accepted: set[str] = set()
        self._hearing: Hearing | None = None

    def play(self, check: Check) -> Transcript:
        """Play one check and remove what was made for it.

        Checks that ask for the same share one transcript. KeyboardInterrupt and the like are
        raised again after the clean-up.
        """
        if isinstance(check.requirement, Indication):
            return self._hear(check)
        if isinstance(check.requirement, Exploration):
            return self._explore(check, check.requirement)
        sharing = self.sharing(check)
        if sharing in self._played:
            self._note(check, self._played[sharing])
            return self._played[sharing]
        stage = self._stage(check.profile)
        if stage is None:
            return Transcript(check.id, stop=Stop(error="no profile states the states of a system"))
        self._progress(f"Playing {check.id}", 0, 0)
        session = Session(check.id, stage)
        if self.left:
            session.patience = self._caller.deadlines.settle
        try:
            self._perform(session, check)
        finally:
            system = next(iter(session.systems), "")
            session.clean_up()
            self.left += session.left
        transcript = msgspec.structs.replace(
            session.transcript(), system=system, setting=self._setting(stage, check)
        )
        if not transcript.stop.error:
            self._played[sharing] = transcript
        self._note(check, transcript)
        return transcript

    def _note(self, check: Check, transcript: Transcript) -> None:
        """Keep that the call of a check was accepted: it may be the control of another one."""
        call = transcript.tested
        if call is not None and call.outcome.accepted and (not told(call) or heeded(call)):
            self._accepted.add(check.id)

    def _explore(self, check: Check, walk: Exploration) -> Transcript:
        """Return a random walk over the states of a profile, unless it does not apply."""
        stage = self._stage(check.profile)
        if stage is None:
            return Transcript(check.id, stop=Stop(error="no profile states the states of a system"))
        decision = holds_on_host(self._model, stage.machine, check.profile, walk.when)
        if not decision.holds:
            reason = "the condition of the requirement does not hold"
            return Transcript(check.id, stop=Stop(not_applicable=reason), trace=decision.trace)
        if len(self.left) >= MOST_LEFT:
            return Transcript(check.id, stop=Stop(untested=_TOO_MANY_LEFT))
        walk = in_force(self._model, check.profile, walk)
        options = options_of(self._model, stage.machine, check.profile, walk)
        tour = Tour(check, walk, stage, self._setting(stage, check), options)
        length = self._options.explore
        explorer = Explorer(tour, self.left, MOST_LEFT, self._progress, length=length)
        return explorer.explore(self._options.seed)

    def _hear(self, check: Check) -> Transcript:
        """Return what all checks about indications share, unless this one does not apply."""
        stage = self._stage(check.profile)
        if stage is None:
            return Transcript(check.id, stop=Stop(error="no profile states the states of a system"))
        when = check.requirement.when
        decision = holds_on_host(self._model, stage.machine, check.profile, when)
        if not decision.holds:
            reason = "the condition of the requirement does not hold"
            return Transcript(check.id, stop=Stop(not_applicable=reason), trace=decision.trace)
        if self._hearing is None:
            self._progress(f"Playing {check.id}", 0, 0)
            self._hearing = self._play_hearing(stage)
        return msgspec.structs.replace(self._hearing, trace=(*decision.trace, *self._hearing.trace))

    def _play_hearing(self, stage: Stage) -> Hearing:
        try:
            over_protocol = INDICATIONS in self._model.snapshot.limits
            source = self._endpoint if over_protocol else None
            return hear(stage, self._options.place, self.left, source)
        except (GuardError, JournalError) as error:
            return Hearing("indications", stop=Stop(error=str(error)))
        except Exception as error:  # noqa: BLE001  # a mistake of the suite never fails a server
            text = f"the suite failed: {type(error).__name__}: {error}"
            return Hearing("indications", stop=Stop(error=text))

    def close(self) -> tuple[str, ...]:
        """Close the journal; return what could not be removed."""
        self._journal.close()
        return tuple(self.left)

    # -- one check ---------------------------------------------------------------------------

    def _perform(self, session: Session, check: Check) -> None:
        """Play a check; what ends it early is kept in the session."""
        requirement = check.requirement
        if len(self.left) >= MOST_LEFT:
            session.stop = Stop(untested=_TOO_MANY_LEFT)
            return
        try:
            machine = session.stage.machine
            session.decide(holds_on_host(self._model, machine, check.profile, requirement.when))
            if isinstance(requirement, Transition) and requirement.through:
                play_through(session, check.profile, requirement, check.case)
            elif isinstance(requirement, Transition):
                play_transition(session, check.profile, requirement, check.case)
            elif isinstance(requirement, Renaming):
                play_renaming(session, check.profile, requirement, self._accepted)
            elif isinstance(requirement, Scenario):
                play_scenario(session, check.profile, requirement, self._accepted)
        except Halt as ended:
            session.stop = ended.stop
        except (GuardError, JournalError) as error:
            session.stop = Stop(error=str(error))
        except Exception as error:  # noqa: BLE001  # a mistake of the suite never fails a server
            session.stop = Stop(error=f"the suite failed: {type(error).__name__}: {error}")

    def _stage(self, key: str) -> Stage | None:
        machine = machine_for(self._model.catalogue, key)
        if machine is None:
            return None
        if machine.key not in self._stages:
            maker = Maker(
                self._caller,
                self._model,
                machine,
                self._journal,
                self.run_name,
                self._options.inputs,
            )
            observer = Observer(self._caller.reader, self._model, machine)
            self._stages[machine.key] = Stage(machine, maker, observer, self._caller, self._journal)
        return self._stages[machine.key]

    def _setting(self, stage: Stage, check: Check) -> Setting:
        """Return what the judge must know beside the calls."""
        try:
            service = stage.maker.provision.find_service()
        except NoService:
            return Setting()
        machine = stage.machine
        header = self._model.header(machine.key)
        registered = bool(self._model.registrations(machine.key))
        _, subject = self._model.catalogue.find_adaptation(machine.key, machine.states.of)
        return Setting(
            observed=machine.states.observed,
            states=machine.values(),
            stable=tuple(state.value for state in machine.states.are.values() if state.stable),
            requested=requested_value(machine, check.case) if check.case else None,
            deadline=self._caller.deadlines.state,
            volatile=subject.volatile,
            service=service.identity,
            host=self._host_of(service),
            profiles=(header.name, *header.aliases) if registered else (),
            facet=facet_of(self._model.catalogue, machine, check),
        )

    def _host_of(self, service: Path) -> str:
        """Return the name of the system that hosts a service; its key where no link tells."""
        for edge in self._model.edges_of(HOSTED_SERVICE):
            host = self._model.instance(edge.ends.get("antecedent", ""))
            if edge.ends.get("dependent") == service.identity and host is not None:
                return str(host.get("Name") or "")
        return str(service.key("SystemName") or "")

    @staticmethod
    def sharing(check: Check) -> bytes:
        """Return what checks must have in common to share a transcript."""
        requirement = check.requirement
        if isinstance(requirement, Transition):
            gate = requirement.offered if requirement.offered is not None else bool(requirement.to)
            parts = ["transition", requirement.from_, check.case, gate, requirement.to]
            parts += [requirement.through, requirement.found_by]
        elif isinstance(requirement, Scenario):
            with_ = requirement.with_
            meant = to_succeed(requirement)
            parts = ["scenario", requirement.given, requirement.call, with_, meant]
            parts.append(STAYS in requirement.effects)
            parts += [requirement.to, requirement.reads, msgspec.to_builtins(requirement.prepare)]
            parts += [requirement.links, requirement.system, requirement.control]
            parts += [requirement.stops]
        else:
            parts = [check.id]
        when = msgspec.to_builtins(requirement.when)
        return msgspec.json.encode([check.profile, when, *parts])


def _there(model: Model) -> frozenset[str]:
    """Return the identities and InstanceIDs of everything that the snapshot shows."""
    found = model.snapshot.by_identity
    named = (instance.get("InstanceID") for instance in found.values())
    return frozenset(found) | {name for name in named if isinstance(name, str)}
