"""Being told of changes: subscribing, bringing events about, listening, unsubscribing.

Everything is played once for all checks about indications. Each event is awaited before the next
one is brought about: servers that look for changes from time to time would miss it otherwise.
"""

from __future__ import annotations

import msgspec

from conformance.cim import Instance, Path
from conformance.endpoint.address import parse_url
from conformance.evaluate.object_path import parse_path
from conformance.hearing import (
    ADVICE,
    CHANGED,
    CREATED,
    DELETED,
    INDICATIONS,
    INTRINSIC,
    Event,
    Heard,
    Hearing,
    Refusable,
    Subscribed,
)
from conformance.listen import Delivery, Form, Inbox, Listener, Place
from conformance.play.eventing import EventSource, EventSubscriptions, Mailboxes
from conformance.play.finding import SYSTEMS
from conformance.play.fixtures import make_system, take
from conformance.play.lineage import Lineage
from conformance.play.machine import DEFINED, PAUSED
from conformance.play.provision import NoService
from conformance.play.session import Halt, Session, Stage, halt
from conformance.play.subscribing import read_ground
from conformance.play.subscriptions import Subscriptions
from conformance.transcript import Setting, Stop, seen

ACTIVE = "active"
GOALS = (ACTIVE, PAUSED, ACTIVE, DEFINED)
"""The states that the system is brought to, as far as the server offers it."""


def hear(stage: Stage, place: Place, left: list[str], source: EventSource | None = None) -> Hearing:
    """Play everything about indications; what could not be removed is added to `left`.

    `source` has events to be fetched; without one, it is listened at the place.
    """
    listener: Listener | Mailboxes

    def listen(form: Form, inbox: Inbox) -> Listener:
        return Listener(place, stage.maker.run_name, form, inbox)

    try:
        listener = Mailboxes(source, listen) if source else Listener(place, stage.maker.run_name)
    except OSError as error:
        found = f"{place.host}:{place.port}: {error.strerror or error}"
        stop = Stop(untested=f"the run cannot listen at {found}", advice=ADVICE)
        return Hearing("indications", stop=stop)
    play = _Play(stage, listener)
    try:
        return play.whole()
    except Halt as ended:
        return Hearing("indications", stop=ended.stop)
    except BaseException:
        play.clean_up()
        raise
    finally:
        left += play.left
        listener.close()


class _Play:
    """One play: what was made so far, and what happened."""

    def __init__(self, stage: Stage, listener: Listener | Mailboxes) -> None:
        # That a request led nowhere from one state says nothing of the states that others need.
        stage = msgspec.structs.replace(stage, dead_ends=dict(stage.dead_ends))
        self._stage = stage
        self._listener = listener
        self._outer = Session("indications", stage)
        self._systems = Session("indications", stage)
        self._lineage = Lineage(stage)
        self._subscriptions: Subscriptions | EventSubscriptions | None = None
        self._subscribed: tuple[Subscribed, ...] = ()
        self._events: list[Event] = []
        self._skipped: list[str] = []
        self._silent = False
        self._missed: set[tuple[str, str]] = set()

    @property
    def left(self) -> list[str]:
        """Return what could not be removed."""
        return list(dict.fromkeys((*self._systems.left, *self._outer.left)))

    def clean_up(self) -> None:
        """Remove the systems, then the subscriptions with their ends."""
        self._systems.clean_up()
        if isinstance(self._subscriptions, EventSubscriptions):
            self._subscriptions.close()
        self._outer.clean_up()

    def whole(self) -> Hearing:
        """Play it from the first subscription to the last."""
        creation, subscriptions = self._subscriber()
        self._subscriptions = subscriptions
        subscriptions.subscribe()
        self._subscribed = subscriptions.shown
        bad_query, bad_language = subscriptions.refusables()
        in_use: tuple[Refusable, ...] = ()
        if any(shown.is_made for shown in subscriptions.shown):
            self._change()
            self._end_some(subscriptions)
            in_use = tuple(subscriptions.delete_in_use())
        self.clean_up()
        return Hearing(
            check="indications",
            calls=(*self._outer.calls, *self._systems.calls),
            trace=tuple(dict.fromkeys((*self._outer.trace, *self._systems.trace))),
            left=tuple(self.left),
            setting=self._setting(),
            url=self._listener.url,
            fetched=isinstance(self._listener, Mailboxes),
            pushed=isinstance(self._listener, Mailboxes) and self._listener.pushed,
            creation=creation,
            destinations=subscriptions.ended_destinations(),
            subscriptions=subscriptions.shown,
            bad_query=bad_query,
            bad_language=bad_language,
            in_use=in_use,
            events=tuple(self._events),
            heard=tuple(map(self._heard, self._listener.deliveries())),
            skipped=tuple(self._skipped),
        )

    def _setting(self) -> Setting:
        machine = self._stage.machine
        return Setting(
            observed=machine.states.observed,
            states=machine.values(),
            deadline=self._stage.caller.deadlines.state,
        )

    def _subscriber(self) -> tuple[bool | None, Subscriptions | EventSubscriptions]:
        """Return whether clients may create filters, and what subscribes."""
        reader = self._stage.caller.reader
        try:
            service = self._stage.maker.provision.find_service()
        except NoService as error:
            raise halt(untested=error.reason, advice=error.advice) from error
        if isinstance(self._listener, Mailboxes):
            return None, EventSubscriptions(self._outer, self._listener, service.namespace)
        interop, host = self._stage.observer.model.snapshot.interop, parse_url(reader.url).host
        ground = read_ground(reader, interop, host, (service.namespace,))
        channel = self._listener.channel
        return ground.creation, Subscriptions(self._outer, ground, self._lineage, channel)

    # -- events ------------------------------------------------------------------------------

    def _change(self) -> None:
        """Make a system, lead it through its states and destroy it again."""
        system = self._define()
        if system is None:
            return
        state = DEFINED
        for goal in GOALS:
            try:
                state = self._bring(system, state, goal)
            except Halt as ended:
                self._skip(ended)
                if goal != PAUSED:
                    break
        self._destroy(system)

    def _define(self, ended: tuple[str, ...] = ()) -> Path | None:
        first = len(self._listener.deliveries())
        try:
            system = make_system(self._systems)
        except Halt as stopped:
            self._skip(stopped)
            return None
        self._systems.own(self._stage.observer.whole(system))
        self._happened(CREATED, system, first, ended=ended)
        return system

    def _bring(self, system: Path, state: str, goal: str) -> str:
        machine = self._stage.machine
        for step in machine.way(state, goal) or ():
            first = len(self._listener.deliveries())
            take(self._systems, system, step, goal)
            state = step.to
            self._happened(CHANGED, system, first, machine.value(state))
        return state

    def _destroy(self, system: Path) -> None:
        first = len(self._listener.deliveries())
        self._systems.clean_up()
        if system in self._systems.systems.values():
            self._skipped.append(f"{system} was not destroyed")
            return
        self._happened(DELETED, system, first)

    def _skip(self, ended: Halt) -> None:
        stop = ended.stop
        self._skipped.append(stop.error or stop.untested or stop.not_applicable)

    def _happened(
        self,
        kind: str,
        system: Path,
        first: int,
        state: int | None = None,
        ended: tuple[str, ...] = (),
    ) -> None:
        """Keep an event after waiting for what it must bring about."""
        keys = {name: value for name, value in system.keys if not isinstance(value, Path)}
        event = Event(kind, str(system), system.identity, keys, state, first, ended=ended)
        self._events.append(self._await(event))

    def _await(self, event: Event) -> Event:
        """Wait until every channel was told of an event; return it with how long that took.

        A channel that was silent about a kind of event once is not waited for again.
        """
        channels = {
            shown.channel
            for shown in self._subscribed
            if shown.is_made
            and shown.kind == event.kind
            and shown.channel not in event.ended
            and (shown.channel, event.kind) not in self._missed
        } - self._broken()
        deadlines, clock = self._stage.caller.deadlines, self._stage.caller.clock
        patience = deadlines.settle if self._silent else deadlines.state
        start = clock.now()
        while True:
            deliveries = self._listener.deliveries()
            missing = channels - {
                d.channel for d in deliveries[event.first :] if self._is(d, event)
            }
            rest = patience - (clock.now() - start)
            if not missing:
                break
            if rest <= 0:
                self._missed |= {(channel, event.kind) for channel in missing}
                self._silent = not deliveries
                break
            self._listener.wait(len(deliveries), rest)
        channels -= self._broken()
        seconds = round(clock.now() - start, 3)
        return msgspec.structs.replace(event, awaited=tuple(sorted(channels)), seconds=seconds)

    def _broken(self) -> set[str]:
        """Return the channels whose events the server does not let anybody fetch."""
        found = self._listener.broken if isinstance(self._listener, Mailboxes) else {}
        texts = (f"{channel}: events cannot be fetched: {why}" for channel, why in found.items())
        self._skipped += [text for text in texts if text not in self._skipped]
        return set(found)

    def _is(self, delivery: Delivery, event: Event) -> bool:
        """Tell whether an indication is the one that an event must bring about."""
        indication = delivery.indication
        if indication is None or not self._is_of(indication, event.kind):
            return False
        source = _source(indication)
        if not isinstance(source, Instance) or not _is_about(indication, source, event):
            return False
        observed = self._stage.machine.states.observed
        return event.state is None or source.get(observed) in (event.state, None)

    def _is_of(self, indication: Instance, kind: str) -> bool:
        """Tell whether an indication is of the class for a kind of event, here or in WMI."""
        name = indication.classname
        return name == INTRINSIC[kind] or self._lineage.is_a(name, INDICATIONS[kind])

    def _end_some(self, subscriptions: Subscriptions | EventSubscriptions) -> None:
        """Delete the subscriptions to creations, and let a system come and go after that.

        Those to deletions go on: what they tell shows that the server still delivers.
        """
        ended = subscriptions.end(CREATED)
        system = self._define(ended) if ended else None
        if system is not None:
            self._destroy(system)

    # -- what was heard ----------------------------------------------------------------------

    def _heard(self, delivery: Delivery) -> Heard:
        indication = delivery.indication
        if indication is None:
            problem, text = delivery.problem, delivery.text
            return Heard(delivery.channel, delivery.seconds, problem=problem, text=text)
        classname = indication.classname
        kinds = (kind for kind in INDICATIONS if self._is_of(indication, kind))
        source, previous = _source(indication), indication.get("PreviousInstance")
        whole = seen(indication)
        return Heard(
            delivery.channel,
            delivery.seconds,
            classname,
            next(kinds, ""),
            {k: v for k, v in whole.values.items() if k.lower() not in _EMBEDDED},
            seen(source) if isinstance(source, Instance) else None,
            seen(previous) if isinstance(previous, Instance) else None,
            self._lineage.is_a(source.classname, SYSTEMS) if isinstance(source, Instance) else None,
            text=delivery.text,
        )


_EMBEDDED = ("sourceinstance", "targetinstance", "previousinstance")


def _source(indication: Instance) -> object:
    """Return what an indication is about: its source, or the target of an event of WMI."""
    return indication.get("SourceInstance") or indication.get("TargetInstance")


def _is_about(indication: Instance, source: Instance, event: Event) -> bool:
    """Tell whether an indication is about the system of an event, by its path or its keys."""
    path = parse_path(str(indication.get("SourceInstanceModelPath") or ""), "")
    if path is not None and path.key("Name") == event.keys.get("Name"):
        return True
    return all(source.get(name) == value for name, value in event.keys.items())
