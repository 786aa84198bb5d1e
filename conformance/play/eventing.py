"""Subscribing to events of the protocol itself, and fetching them (WS-Eventing, DSP0226 clause 10).

Nothing is created on the server, and no listener is needed, except for a server that only pushes
its events. A subscription that a killed run has left ends by itself: it is asked for only a short
time, and renewed while the run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Condition, Thread
from typing import Protocol

import msgspec

from conformance.cim import Answer, Instance
from conformance.endpoint import EventStream, Notify
from conformance.endpoint.envelope import UnreadableError
from conformance.hearing import CHANGED, INDICATIONS, INTRINSIC, Asked, Refusable, Subscribed
from conformance.listen import Delivery, Form, Inbox, Listener
from conformance.play.instances import outcome_of_request
from conformance.play.session import Session
from conformance.play.subscriptions import CHANNELS, WQL, intrinsic_query_of, query_of
from conformance.transcript import Call

LASTS_SECONDS = 120.0
WAIT_SECONDS = 1.0
MOST_FAILURES = 3
FETCHED = "events fetched over WS-Management"
SOAP_HEADERS = {"Content-Type": "application/soap+xml;charset=UTF-8"}
"""Of the answer to an event that is pushed, which has no content."""


class EventSource(Protocol):
    """The operations of an endpoint that tells of events by itself."""

    def subscribe(
        self, namespace: str, language: str, query: str, seconds: float, notify: Notify | None
    ) -> Answer:
        """EventStream."""

    def read_event(self, namespace: str, message: bytes) -> Answer:
        """Instance."""

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """List[Instance]."""

    def renew(self, stream: EventStream) -> Answer:
        """None."""

    def unsubscribe(self, stream: EventStream) -> Answer:
        """None."""


class Mailboxes:
    """Takes in the events of some subscriptions, and keeps them in the order of their arrival.

    They are fetched, or listened for where the server only pushes them: `listen` opens the
    listener then.
    """

    def __init__(self, source: EventSource, listen: Callable[[Form, Inbox], Listener]) -> None:
        self.source = source
        self._inbox = Inbox()
        self._listen = listen
        self._listener: Listener | None = None
        self._came = Condition()
        self._threads: dict[str, Thread] = {}
        self._ended: set[str] = set()
        self._broken: dict[str, str] = {}

    @property
    def pushed(self) -> bool:
        """Tell whether it is listened."""
        return self._listener is not None

    @property
    def url(self) -> str:
        """Return where it is listened, or what is done in its place."""
        return self._listener.url if self._listener is not None else FETCHED

    @property
    def broken(self) -> Mapping[str, str]:
        """Return the channels whose events cannot be fetched, with the reason."""
        with self._came:
            return dict(self._broken)

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return everything that came so far."""
        return self._inbox.deliveries()

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until more than so many came; False when that has not come about in time."""
        return self._inbox.wait(number, seconds)

    def url_of(self, channel: str, namespace: str) -> str:
        """Return the URL of a channel to which events are pushed, "" when it cannot be listened."""
        if self._listener is None:
            form = Form(lambda body: (self._read(namespace, body), ""), lambda _: b"", SOAP_HEADERS)
            try:
                self._listener = self._listen(form, self._inbox)
            except OSError:
                return ""
        return self._listener.channel(channel)

    def _read(self, namespace: str, message: bytes) -> Instance:
        """Return the indication in a message; raise UnreadableError."""
        answer = self.source.read_event(namespace, message)
        if not isinstance(answer.value, Instance):
            raise UnreadableError(str(answer.refusal or answer.trouble))
        return answer.value

    def open(self, name: str, channel: str, stream: EventStream) -> None:
        """Begin to take in the events of a subscription, under a name of its own."""
        thread = Thread(target=self._serve, args=(name, channel, stream), name=name, daemon=True)
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
        """Take in no more."""
        with self._came:
            threads = list(self._threads.values())
            self._threads.clear()
            self._came.notify_all()
        deadline = time.monotonic() + 2 * WAIT_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self._listener is not None:
            self._listener.close()

    def _serve(self, name: str, channel: str, stream: EventStream) -> None:
        """Fetch until the subscription is ended here, or the server refuses again and again."""
        renewed, failures = time.monotonic(), 0
        while self._is_open(name) and failures < MOST_FAILURES:
            if time.monotonic() - renewed > stream.seconds / 2:
                self.source.renew(stream)
                renewed = time.monotonic()
            if not stream.context:
                with self._came:
                    self._came.wait(min(WAIT_SECONDS, stream.seconds / 4))
                continue
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
        for event in answer.value if answer.ok else ():
            self._inbox.keep(channel, event, text=answer.exchange.response)
        if answer.ok:
            return
        with self._came:
            ended = name in self._ended
        if answer.trouble is not None and answer.trouble.kind == "protocol" and not ended:
            self._inbox.keep(channel, None, str(answer.trouble), answer.exchange.response)
        elif not ended:
            with self._came:
                self._broken.setdefault(channel, str(answer.refusal or answer.trouble))


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
        notify = partial(self._mailboxes.url_of, shown.channel, self._namespace)
        answer = source.subscribe(
            self._namespace, shown.language, shown.query, LASTS_SECONDS, notify
        )
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
