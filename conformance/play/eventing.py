"""Subscribing to events of the protocol itself, and fetching them (WS-Eventing, DSP0226 clause 10).

Nothing is created on the server, and no listener is needed. A subscription that a killed run has
left ends by itself: it is asked for only a short time, and renewed while the run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Condition, Thread
from typing import Protocol

import msgspec

from conformance.cim import Answer, Instance
from conformance.endpoint import EventStream
from conformance.hearing import CHANGED, INDICATIONS, INTRINSIC, Asked, Refusable, Subscribed
from conformance.listen import Delivery
from conformance.play.instances import outcome_of_request
from conformance.play.session import Session
from conformance.play.subscriptions import CHANNELS, WQL, intrinsic_query_of, query_of
from conformance.transcript import Call

LASTS_SECONDS = 120.0
WAIT_SECONDS = 1.0
MOST_SHOWN = 4_000
MOST_FAILURES = 3
FETCHED = "events fetched over WS-Management"


class EventSource(Protocol):
    """The operations of an endpoint that has events to be fetched."""

    def subscribe(self, namespace: str, language: str, query: str, seconds: float) -> Answer:
        """EventStream."""

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """List[Instance]."""

    def renew(self, stream: EventStream) -> Answer:
        """None."""

    def unsubscribe(self, stream: EventStream) -> Answer:
        """None."""


class Mailboxes:
    """Fetches the events of some subscriptions, and keeps them in the order of their arrival.

    Attributes:
        url: what is told in the place of the URL of a listener.
    """

    url = FETCHED

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self._deliveries: list[Delivery] = []
        self._came = Condition()
        self._began = time.monotonic()
        self._threads: dict[str, Thread] = {}
        self._ended: set[str] = set()

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return everything that came so far."""
        with self._came:
            return tuple(self._deliveries)

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until more than so many came; False when that has not come about in time."""
        with self._came:
            return self._came.wait_for(lambda: len(self._deliveries) > number, seconds)

    def open(self, name: str, channel: str, stream: EventStream) -> None:
        """Begin to fetch the events of a subscription, under a name of its own."""
        thread = Thread(target=self._fetch, args=(name, channel, stream), name=name, daemon=True)
        with self._came:
            self._threads[name] = thread
        thread.start()

    def expect_end(self, name: str) -> None:
        """Take it as no problem when events of a subscription can no longer be fetched.

        It is tried all the same: what came then would have come too late.
        """
        with self._came:
            self._ended.add(name)

    def close(self) -> None:
        """Fetch no more."""
        with self._came:
            threads = list(self._threads.values())
            self._threads.clear()
        deadline = time.monotonic() + 2 * WAIT_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _fetch(self, name: str, channel: str, stream: EventStream) -> None:
        """Fetch until the subscription is ended here, or the server refuses again and again."""
        renewed, failures = time.monotonic(), 0
        while self._is_open(name) and failures < MOST_FAILURES:
            if time.monotonic() - renewed > stream.seconds / 2:
                self.source.renew(stream)
                renewed = time.monotonic()
            answer = self.source.fetch_events(stream, WAIT_SECONDS)
            if not self._is_open(name):
                return
            failures = 0 if answer.ok else failures + 1
            self._keep(name, channel, answer)

    def _is_open(self, name: str) -> bool:
        with self._came:
            return name in self._threads

    def _keep(self, name: str, channel: str, answer: Answer) -> None:
        """Keep events; an answer that cannot be read is kept with the reason, as an event is."""
        text = answer.exchange.response[:MOST_SHOWN]
        told: list[tuple[Instance | None, str]] = []
        if answer.ok:
            told = [(event, "") for event in answer.value]
        elif answer.trouble is not None and answer.trouble.kind == "protocol":
            told = [(None, str(answer.trouble))]
        with self._came:
            if name in self._ended:
                told = [(event, why) for event, why in told if event is not None]
            seconds = round(time.monotonic() - self._began, 3)
            self._deliveries += [Delivery(channel, seconds, one, why, text) for one, why in told]
            self._came.notify_all()


class _Made(msgspec.Struct):
    """An attempt to subscribe, and what came of it."""

    shown: Subscribed
    name: str
    stream: EventStream | None = None


class EventSubscriptions:
    """Subscribes to every kind of event in every language.

    Each subscription has a channel of its own: nothing orders the events of one after another's.
    """

    def __init__(self, session: Session, mailboxes: Mailboxes, namespace: str) -> None:
        self._session = session
        self._mailboxes = mailboxes
        self._namespace = namespace
        self._made: list[_Made] = []

    @property
    def shown(self) -> tuple[Subscribed, ...]:
        """Return the attempts to subscribe."""
        return tuple(made.shown for made in self._made)

    def subscribe(self) -> None:
        """Subscribe; where a kind of event is taken in no language, in other words, too.

        A server that knows the events of WMI may take the indications of the schema as well, and
        tell nobody of them: it is asked for its own events in the first place.
        """
        reader = self._session.stage.caller.reader
        known = reader.get_class(self._namespace, INTRINSIC[CHANGED]).ok
        attempts = (self._ask_intrinsic, self._ask_indications, self._ask_whole)
        for attempt in attempts if known else (*attempts[1:], attempts[0]):
            for kind in INDICATIONS:
                if not any(shown.is_made for shown in self.shown if shown.kind == kind):
                    attempt(kind)

    def _ask_indications(self, kind: str) -> None:
        for channel, language in CHANNELS.items():
            query, compares = query_of(kind, language)
            self._ask(Subscribed(f"{channel}-{kind}", kind, language, query, compares=compares))

    def _ask_whole(self, kind: str) -> None:
        """Ask for all indications of a class."""
        query = f"SELECT * FROM {INDICATIONS[kind]}"  # noqa: S608
        self._ask(Subscribed(f"wql-{kind}", kind, WQL, query))

    def _ask_intrinsic(self, kind: str) -> None:
        query, compares = intrinsic_query_of(kind)
        self._ask(Subscribed(f"wmi-{kind}", kind, WQL, query, compares=compares))

    def _ask(self, shown: Subscribed) -> None:
        source, name = self._mailboxes.source, f"{shown.channel} {shown.kind} {len(self._made)}"
        answer = source.subscribe(self._namespace, shown.language, shown.query, LASTS_SECONDS)
        call = self._call("Subscribe", answer, {"Query": shown.query, "Language": shown.language})
        stream = answer.value if answer.ok else None
        shown = msgspec.structs.replace(shown, subscription=Asked(call))
        self._made.append(_Made(shown, name, stream))
        if stream is not None:
            self._mailboxes.open(name, shown.channel, stream)

    def _call(self, operation: str, answer: Answer, arguments: dict[str, str]) -> Call:
        call = Call(
            method=operation,
            target=f"{self._namespace}: events",
            purpose="fixture",
            outcome=outcome_of_request(answer),
            arguments=arguments,
            exchanges=(answer.exchange,),
        )
        self._session.calls.append(call)
        return call

    def refusables(self) -> tuple[Refusable | None, Refusable | None]:
        """Return that no instances of filters are created."""
        return None, None

    def end(self, kind: str) -> tuple[str, ...]:
        """End the subscriptions to a kind of event; return the channels that had them."""
        return tuple(made.shown.channel for made in self._made if self._ended(made, kind))

    def _ended(self, made: _Made, kind: str) -> bool:
        if made.stream is None or made.shown.kind != kind:
            return False
        self._mailboxes.expect_end(made.name)
        answer = self._mailboxes.source.unsubscribe(made.stream)
        self._call("Unsubscribe", answer, {"Query": made.shown.query})
        if answer.ok:
            made.stream = None
        return answer.ok

    def delete_in_use(self) -> Iterator[Refusable]:
        """Yield nothing: there are no ends to be deleted."""
        yield from ()

    def ended_destinations(self) -> tuple[Asked, ...]:
        """Return that there were no destinations."""
        return ()

    def close(self) -> None:
        """End all subscriptions; one that does not end by this ends by itself."""
        self._mailboxes.close()
        for made in self._made:
            if made.stream is not None:
                self._ended(made, made.shown.kind)
