"""The subscriptions of one play: to which events, in which languages, and on which channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from conformance.cim import Path
from conformance.hearing import CHANGED, INDICATIONS, INTRINSIC, Asked, Refusable, Subscribed
from conformance.play.finding import SYSTEMS
from conformance.play.instances import delete
from conformance.play.lineage import Lineage
from conformance.play.session import Session
from conformance.play.subscribing import Ground, Made, Subscriber
from conformance.play.unmaking import gone

CQL, WQL = "DMTF:CQL", "WQL"
CHANNELS = {"cql": CQL, "wql": WQL}
NONSENSE_QUERY = "SELEKT nothing FROM nowhere"
NONSENSE_LANGUAGE = "cimconform:nonsense"
"""A language that does not exist."""
POLLED_SECONDS = 1
"""How often WMI looks for changes that nothing tells it of, as a query says."""


class Pair(msgspec.Struct):
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


def intrinsic_query_of(kind: str) -> tuple[str, bool]:
    """Return the query for a kind of event in the events of WMI, as `query_of` does."""
    polled = f"SELECT * FROM {INTRINSIC[kind]} WITHIN {POLLED_SECONDS}"  # noqa: S608
    query = f"{polled} WHERE TargetInstance ISA '{SYSTEMS}'"
    if kind != CHANGED:
        return query, False
    return f"{query} AND TargetInstance.EnabledState <> PreviousInstance.EnabledState", True


class Subscriptions:
    """Makes subscriptions in a session, and ends some of them before the others.

    Attributes:
        destinations: the listener destinations by channel.
        pairs: the filters with the subscriptions to them, in the order of creation.
    """

    def __init__(
        self, session: Session, ground: Ground, lineage: Lineage, url_of: Callable[[str], str]
    ) -> None:
        self.session = session
        self.pairs: list[Pair] = []
        self.destinations: dict[str, Made] = {}
        self._subscriber = Subscriber(session, ground)
        self._ground = ground
        self._lineage = lineage
        self._url_of = url_of

    @property
    def shown(self) -> tuple[Subscribed, ...]:
        """Return the attempts to subscribe."""
        return tuple(pair.shown for pair in self.pairs)

    def subscribe(self) -> None:
        """Subscribe to every kind of event in every language, each language on its channel."""
        for channel, language in CHANNELS.items():
            made = self._subscriber.destination(self._url_of(channel))
            self.destinations[channel] = made
            for kind in INDICATIONS:
                query, compares = query_of(kind, language)
                shown = Subscribed(channel, kind, language, query, compares=compares)
                self.pairs.append(self._pair(shown, made.path))
                if self._ground.creation is False and not self.pairs[-1].shown.is_made:
                    break  # refused, as the server has said: one attempt shows it
        if self._ground.creation is not False:
            for kind in INDICATIONS:
                self._fall_back(kind)

    def _pair(self, shown: Subscribed, handler: Path | None) -> Pair:
        """Create a filter and subscribe to it, or to one that the server has."""
        made = self._subscriber.filter(shown.language, shown.query)
        pair = Pair(msgspec.structs.replace(shown, filter=made.asked), made)
        path = made.path
        if path is None and self._ground.creation is False:
            path = self._subscriber.standing(shown.language, shown.query)
        if path is not None and handler is not None:
            pair.subscription = self._subscriber.subscription(path, handler)
            pair.shown = msgspec.structs.replace(pair.shown, subscription=pair.subscription.asked)
        return pair

    def _fall_back(self, kind: str) -> None:
        """Where no query for a kind of event was taken, try what vendors are known to take."""
        channel = list(CHANNELS)[-1]
        handler = self.destinations[channel].path
        tried = [pair.shown for pair in self.pairs if pair.shown.kind == kind]
        if handler is None or any(shown.is_made for shown in tried):
            return
        for classname in (INDICATIONS[kind], *self._lineage.own_classes(INDICATIONS[kind])):
            query = f"SELECT * FROM {classname}"  # noqa: S608
            common = classname == INDICATIONS[kind]
            shown = Subscribed(channel, kind, CHANNELS[channel], query, common=common)
            self.pairs.append(self._pair(shown, handler))
            if self.pairs[-1].shown.is_made:
                return

    def refusables(self) -> tuple[Refusable | None, Refusable | None]:
        """Ask for filters that make no sense, where clients can create filters at all."""
        sound = [pair.shown for pair in self.pairs if pair.filter and pair.filter.path]
        if self._ground.creation is False or not sound:
            return None, None
        query = self._refusable(sound[0].language, NONSENSE_QUERY)
        return query, self._refusable(NONSENSE_LANGUAGE, sound[0].query)

    def _refusable(self, language: str, query: str) -> Refusable:
        made = self._subscriber.filter(language, query)
        handlers = (each.path for each in self.destinations.values())
        handler = next((path for path in handlers if path is not None), None)
        if made.path is None or handler is None:
            return Refusable(made.asked.call)
        subscription = self._subscriber.subscription(made.path, handler)
        for name in (subscription.name, made.name):
            self.session.remove_thing(name)
        return Refusable(made.asked.call, subscription.asked.call)

    def end(self, kind: str) -> tuple[str, ...]:
        """Delete the subscriptions to a kind of event; return the channels that had them."""
        ended = []
        for pair in self.pairs:
            asked = pair.subscription if pair.shown.kind == kind else None
            if asked is not None and pair.shown.is_made and self.session.remove_thing(asked.name):
                ended.append(pair.shown.channel)
        return tuple(ended)

    def delete_in_use(self) -> Iterator[Refusable]:
        """Delete a filter and a destination that a subscription still uses."""
        for pair in self.pairs:
            used = pair.subscription.path if pair.subscription is not None else None
            if used is None or pair.filter is None or not self._is_there(used):
                continue
            for end in (pair.filter, self.destinations[pair.shown.channel]):
                if end.path is not None and self._is_there(used):
                    call = delete(self.session.stage.caller, end.path, "fixture")
                    self.session.calls.append(call)
                    left = not self._is_there(end.path)
                    yield Refusable(call, kept=self._is_there(used) if left else None)
            return

    def _is_there(self, path: Path) -> bool:
        return self.session.stage.caller.reader.get_instance(path).ok

    def ended_destinations(self) -> tuple[Asked, ...]:
        """Return the destinations that were asked for with whether they are gone by now."""
        return tuple(map(self._ended, self.destinations.values()))

    def _ended(self, made: Made) -> Asked:
        if made.path is None:
            return made.asked
        answer = self.session.stage.caller.reader.get_instance(made.path)
        return msgspec.structs.replace(made.asked, gone=gone(answer))
