"""Being told of changes: subscribing, bringing events about, listening, unsubscribing.

Everything is played once for all checks about indications. Each event is awaited before the next
one is brought about: servers that look for changes from time to time would miss it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from conformance.cim import Instance, Path
from conformance.endpoint.address import parse_url
from conformance.evaluate.object_path import parse_path
from conformance.hearing import (
    CHANGED,
    CREATED,
    DELETED,
    INDICATIONS,
    Asked,
    Event,
    Heard,
    Hearing,
    Refusable,
    Subscribed,
)
from conformance.listen import Delivery, Listener, Place
from conformance.play.finding import SYSTEMS
from conformance.play.fixtures import make_system, take
from conformance.play.instances import delete
from conformance.play.machine import DEFINED, PAUSED
from conformance.play.provision import NoService
from conformance.play.session import Halt, Session, Stage, halt
from conformance.play.subscribing import Made, Subscriber, read_ground
from conformance.play.unmaking import gone
from conformance.transcript import Setting, Stop, seen

ACTIVE = "active"
GOALS = (ACTIVE, PAUSED, ACTIVE, DEFINED)
"""The states that the system is brought to, as far as the server offers it."""

CQL, WQL = "DMTF:CQL", "WQL"
CHANNELS = {"cql": CQL, "wql": WQL}
NONSENSE_QUERY = "SELEKT nothing FROM nowhere"
NONSENSE_LANGUAGE = "cimconform:nonsense"
"""A language that does not exist."""

ADVICE = (
    "say --listen HOST:PORT with an address of this machine that the server can reach, or "
    "--listener-url URL where it reaches this machine through an address translation; look "
    "whether a firewall stands between"
)


class _Pair(msgspec.Struct):
    """A filter and a subscription to it, as they were made."""

    shown: Subscribed
    filter: Made | None = None
    subscription: Made | None = None


def query_of(kind: str, language: str) -> tuple[str, bool]:
    """Return the query for a kind of event, and whether it compares two instances."""
    quote = '"' if language == WQL else ""
    scope = f"{SYSTEMS}::" if language == CQL else ""
    query = f"SELECT * FROM {INDICATIONS[kind]} WHERE SourceInstance ISA {quote}{SYSTEMS}{quote}"  # noqa: S608
    if kind != CHANGED:
        return query, False
    ends = (f"{end}.{scope}EnabledState" for end in ("SourceInstance", "PreviousInstance"))
    return f"{query} AND {' <> '.join(ends)}", True


def hear(stage: Stage, place: Place, left: list[str]) -> Hearing:
    """Play everything about indications; what could not be removed is added to `left`."""
    try:
        listener = Listener(place, stage.maker.run_name)
    except OSError as error:
        found = f"{place.host}:{place.port}: {error.strerror or error}"
        stop = Stop(untested=f"the run cannot listen at {found}", advice=ADVICE)
        return Hearing("indications", stop=stop)
    play = _Play(stage, listener)
    try:
        return play.whole()
    except BaseException:
        play.clean_up()
        raise
    finally:
        left += play.left
        listener.close()


class _Play:
    """One play: what was made so far, and what happened."""

    def __init__(self, stage: Stage, listener: Listener) -> None:
        self._stage = stage
        self._listener = listener
        self._outer = Session("indications", stage)
        self._systems = Session("indications", stage)
        self._lineage = _Lineage(stage)
        self._pairs: list[_Pair] = []
        self._destinations: dict[str, Made] = {}
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
        self._outer.clean_up()

    def whole(self) -> Hearing:
        """Play it from the first subscription to the last."""
        refusables: tuple[Refusable | None, Refusable | None] = (None, None)
        in_use: tuple[Refusable, ...] = ()
        creation, stop = None, Stop()
        try:
            subscriber, creation = self._subscriber()
            self._subscribe(subscriber, creation)
            refusables = self._refusables(subscriber, creation)
            if any(pair.shown.is_made for pair in self._pairs):
                self._change()
                self._end_some()
                in_use = tuple(self._delete_in_use())
        except Halt as ended:
            stop = ended.stop
        self.clean_up()
        bad_query, bad_language = refusables
        return Hearing(
            check="indications",
            stop=stop,
            calls=(*self._outer.calls, *self._systems.calls),
            trace=tuple(dict.fromkeys((*self._outer.trace, *self._systems.trace))),
            left=tuple(self.left),
            setting=self._setting(),
            url=self._listener.url,
            creation=creation,
            destinations=tuple(map(self._ended, self._destinations.values())),
            subscriptions=tuple(pair.shown for pair in self._pairs),
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

    def _ended(self, made: Made) -> Asked:
        """Return what was asked for with whether it is gone now."""
        if made.path is None:
            return made.asked
        answer = self._stage.caller.reader.get_instance(made.path)
        return msgspec.structs.replace(made.asked, gone=gone(answer))

    # -- subscribing -------------------------------------------------------------------------

    def _subscriber(self) -> tuple[Subscriber, bool | None]:
        reader = self._stage.caller.reader
        interop = self._stage.observer.model.snapshot.interop
        try:
            service = self._stage.maker.provision.find_service()
        except NoService as error:
            raise halt(untested=error.reason, advice=error.advice) from error
        host = parse_url(reader.url).host
        ground = read_ground(reader, interop, host, (service.namespace,))
        return Subscriber(self._outer, ground), ground.creation

    def _subscribe(self, subscriber: Subscriber, creation: bool | None) -> None:
        for channel, language in CHANNELS.items():
            made = subscriber.destination(self._listener.channel(channel))
            self._destinations[channel] = made
            for kind in INDICATIONS:
                query, compares = query_of(kind, language)
                shown = Subscribed(channel, kind, language, query, compares=compares)
                self._pairs.append(self._pair(subscriber, shown, made.path, creation))
                if creation is False and not self._pairs[-1].shown.is_made:
                    break  # refused, as the server has said: one attempt shows it
        if creation is not False:
            for kind in INDICATIONS:
                self._fall_back(subscriber, kind)

    def _pair(
        self,
        subscriber: Subscriber,
        shown: Subscribed,
        handler: Path | None,
        creation: bool | None,
    ) -> _Pair:
        """Create a filter and subscribe to it, or to one that the server has."""
        made = subscriber.filter(shown.language, shown.query)
        pair = _Pair(msgspec.structs.replace(shown, filter=made.asked), made)
        path = made.path
        if path is None and creation is False:
            path = subscriber.standing(shown.language, shown.query)
        if path is not None and handler is not None:
            pair.subscription = subscriber.subscription(path, handler)
            pair.shown = msgspec.structs.replace(pair.shown, subscription=pair.subscription.asked)
        return pair

    def _fall_back(self, subscriber: Subscriber, kind: str) -> None:
        """Where no query for a kind of event was taken, try what vendors are known to take."""
        channel = list(CHANNELS)[-1]
        handler = self._destinations[channel].path
        tried = [pair.shown for pair in self._pairs if pair.shown.kind == kind]
        if handler is None or any(shown.is_made for shown in tried):
            return
        for classname in (INDICATIONS[kind], *self._lineage.own_classes(INDICATIONS[kind])):
            query = f"SELECT * FROM {classname}"  # noqa: S608
            common = classname == INDICATIONS[kind]
            shown = Subscribed(channel, kind, CHANNELS[channel], query, common=common)
            self._pairs.append(self._pair(subscriber, shown, handler, None))
            if self._pairs[-1].shown.is_made:
                return

    def _refusables(
        self, subscriber: Subscriber, creation: bool | None
    ) -> tuple[Refusable | None, Refusable | None]:
        """Ask for filters that make no sense, where clients can create filters at all."""
        sound = [pair.shown for pair in self._pairs if pair.filter and pair.filter.path]
        if creation is False or not sound:
            return None, None
        query = self._refusable(subscriber, sound[0].language, NONSENSE_QUERY)
        return query, self._refusable(subscriber, NONSENSE_LANGUAGE, sound[0].query)

    def _refusable(self, subscriber: Subscriber, language: str, query: str) -> Refusable:
        made = subscriber.filter(language, query)
        handlers = (each.path for each in self._destinations.values())
        handler = next((path for path in handlers if path is not None), None)
        if made.path is None or handler is None:
            return Refusable(made.asked.call)
        subscription = subscriber.subscription(made.path, handler)
        for name in (subscription.name, made.name):
            self._outer.remove_thing(name)
        return Refusable(made.asked.call, subscription.asked.call)

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
            pair.shown.channel
            for pair in self._pairs
            if pair.shown.is_made
            and pair.shown.kind == event.kind
            and pair.shown.channel not in event.ended
            and (pair.shown.channel, event.kind) not in self._missed
        }
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
        seconds = round(clock.now() - start, 3)
        return msgspec.structs.replace(event, awaited=tuple(sorted(channels)), seconds=seconds)

    def _is(self, delivery: Delivery, event: Event) -> bool:
        """Tell whether an indication is the one that an event must bring about."""
        indication = delivery.indication
        if indication is None or not self._lineage.is_a(
            indication.classname, INDICATIONS[event.kind]
        ):
            return False
        source = indication.get("SourceInstance")
        if not isinstance(source, Instance) or not _is_about(indication, source, event):
            return False
        observed = self._stage.machine.states.observed
        return event.state is None or source.get(observed) in (event.state, None)

    # -- unsubscribing -----------------------------------------------------------------------

    def _end_some(self) -> None:
        """Delete the subscriptions to creations, and let a system come and go after that.

        Those to deletions go on: what they tell shows that the server still delivers.
        """
        ended = []
        for pair in self._pairs:
            asked = pair.subscription if pair.shown.kind == CREATED else None
            if asked is not None and pair.shown.is_made and self._outer.remove_thing(asked.name):
                ended.append(pair.shown.channel)
        if not ended:
            return
        system = self._define(tuple(ended))
        if system is not None:
            self._destroy(system)

    def _delete_in_use(self) -> Iterator[Refusable]:
        """Delete a filter and a destination that a subscription still uses."""
        for pair in self._pairs:
            used = pair.subscription.path if pair.subscription is not None else None
            if used is None or pair.filter is None or not self._is_there(used):
                continue
            for end in (pair.filter, self._destinations[pair.shown.channel]):
                if end.path is not None and self._is_there(used):
                    call = delete(self._stage.caller, end.path, "fixture")
                    self._outer.calls.append(call)
                    left = not self._is_there(end.path)
                    yield Refusable(call, kept=self._is_there(used) if left else None)
            return

    def _is_there(self, path: Path) -> bool:
        return self._stage.caller.reader.get_instance(path).ok

    # -- what was heard ----------------------------------------------------------------------

    def _heard(self, delivery: Delivery) -> Heard:
        indication = delivery.indication
        if indication is None:
            problem, text = delivery.problem, delivery.text
            return Heard(delivery.channel, delivery.seconds, problem=problem, text=text)
        classname = indication.classname
        kinds = (k for k, name in INDICATIONS.items() if self._lineage.is_a(classname, name))
        source, previous = indication.get("SourceInstance"), indication.get("PreviousInstance")
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


_EMBEDDED = ("sourceinstance", "previousinstance")


def _is_about(indication: Instance, source: Instance, event: Event) -> bool:
    """Tell whether an indication is about the system of an event, by its path or its keys."""
    path = parse_path(str(indication.get("SourceInstanceModelPath") or ""), "")
    if path is not None and path.key("Name") == event.keys.get("Name"):
        return True
    return all(source.get(name) == value for name, value in event.keys.items())


class _Lineage:
    """Which class derives from which, as the class facts or else the server say."""

    def __init__(self, stage: Stage) -> None:
        self._reader = stage.caller.reader
        snapshot = stage.observer.model.snapshot
        self._facts = snapshot.facts
        self._namespaces = tuple(dict.fromkeys((*snapshot.namespaces, snapshot.interop)))
        self._parents: dict[str, str] = {}

    def is_a(self, classname: str, ancestor: str) -> bool:
        """Tell whether a class is another one or derives from it."""
        line = {classname.lower()}
        while classname not in self._facts:
            if classname.lower() == ancestor.lower():
                return True
            classname = self._parent(classname)
            if not classname or classname.lower() in line:
                return False
            line.add(classname.lower())
        return self._facts.is_a(classname, ancestor)

    def _parent(self, classname: str) -> str:
        folded = classname.lower()
        if folded not in self._parents:
            answers = (self._reader.get_class(n, classname) for n in self._namespaces)
            found = next((answer.value for answer in answers if answer.ok), None)
            self._parents[folded] = (found.superclass or "") if found is not None else ""
        return self._parents[folded]

    def own_classes(self, ancestor: str) -> Sequence[str]:
        """Return the classes of the vendor below one of the schema that are about systems."""
        found: dict[str, None] = {}
        for namespace in self._namespaces:
            answer = self._reader.enumerate_class_names(namespace, ancestor, deep=True)
            for name in answer.value if answer.ok else ():
                if "system" in name.lower() and name not in self._facts:
                    found[name] = None
        return list(found)
