"""Subscribe, Renew, GetStatus, Unsubscribe, and the Pull of events (DSP0226, clause 10)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from uuid import uuid4

from lxml import etree

from reference_impl.cimxml.text import escape
from reference_impl.indications import Indications
from reference_impl.indications.filters import COLLECTION, FILTER
from reference_impl.indications.leases import Lease, Wanted
from reference_impl.operations import Operations
from reference_impl.query import CQL, Query
from reference_impl.values import INVALID_NAMESPACE, INVALID_QUERY, CIMError, Instance, ObjectName
from reference_impl.wsman import names
from reference_impl.wsman.codec import Writer, read_duration
from reference_impl.wsman.enumerating import read_count
from reference_impl.wsman.envelope import Message
from reference_impl.wsman.faults import (
    EVENT_SOURCE,
    FILTERING_REQUIRED,
    INVALID_CONTEXT,
    INVALID_MESSAGE,
    PARAMETER,
    TIMED_OUT,
    UNABLE_TO_RENEW,
    FaultError,
    Kind,
)
from reference_impl.wsman.notifying import EventWriter, Push
from reference_impl.wsman.resources import Resource, object_name
from reference_impl.wsman.subscribing import (
    MODES,
    Expiration,
    Subscribing,
    read_expiration,
    read_subscribe,
)

#: How long a Pull waits for an event when its client does not say, and at most, in seconds.
DEFAULT_WAIT = 20.0
MAXIMUM_WAIT = 60.0

_EVENTING = f"{{{names.EVENTING}}}"
_ENUMERATION = f"{{{names.ENUMERATION}}}"
_INDICATION = "CIM_Indication"
#: Where the schema has it, what its events are derived from.
_EVENT = "__Event"


@dataclass(frozen=True, slots=True)
class _Subscription:
    """One that was made here: its lease, how its events are written, and what a client says."""

    lease: Lease
    writer: EventWriter
    resource: Resource
    expiration: Expiration


class Eventing:
    """The event source; `actions` are the messages that it answers, by their URIs.

    `resource` reads what a message is about.
    """

    def __init__(
        self,
        indications: Indications,
        operations: Operations,
        writer: Writer,
        resource: Callable[[Message], Resource],
    ) -> None:
        self._indications = indications
        self._leases = indications.leases
        self._repository = operations.repository
        self._schema = operations.schema
        self._writer = writer
        self._resource = resource
        self._lock = Lock()
        self._subscriptions: dict[str, _Subscription] = {}
        self._contexts: dict[str, str] = {}
        self.actions: dict[str, Callable[[Message], tuple[str, str]]] = {
            names.SUBSCRIBE: self._subscribe,
            names.RENEW: self._renew,
            names.GET_STATUS: self._status,
            names.UNSUBSCRIBE: self._unsubscribe,
        }

    def fetched(self, message: Message) -> str | None:
        """Answer a Pull of events; None when it is about no subscription.

        Raises FaultError: TimedOut when no event comes, InvalidEnumerationContext when the
        subscription ends, and what `read_count` raises.
        """
        body = message.body
        if body is None or body.tag != f"{_ENUMERATION}Pull":
            return None
        context = (body.findtext(f"{_ENUMERATION}EnumerationContext") or "").strip()
        with self._lock:
            found = self._subscriptions.get(self._contexts.get(context, ""))
        if found is None or found.lease.mailbox is None:
            return None
        count = read_count(body, f"{_ENUMERATION}MaxElements")
        items = self._taken(found, count, message)
        return (
            f"<wsen:PullResponse><wsen:EnumerationContext>{context}</wsen:EnumerationContext>"
            f"<wsen:Items>{''.join(items)}</wsen:Items></wsen:PullResponse>"
        )

    def _taken(self, found: _Subscription, count: int, message: Message) -> list[str]:
        """Wait for events, and write as many as the answer may hold, but one."""
        mailbox = found.lease.mailbox
        taken = mailbox.take(count, _wait(message)) if mailbox is not None else None
        if mailbox is None or taken is None:
            raise FaultError(INVALID_CONTEXT, "the subscription has ended")
        items: list[str] = []
        left = message.room
        for index, each in enumerate(taken):
            item = found.writer.event(each)
            left -= len(item.encode())
            if left < 0 and items:
                mailbox.give_back(found.lease.subscription, taken[index:])
                break
            items += [item] if item else []
        if not items:
            raise FaultError(TIMED_OUT, "there was no event")
        return items

    # -- messages ------------------------------------------------------------------------------

    def _subscribe(self, message: Message) -> tuple[str, str]:
        resource = self._resource(message)
        asked = read_subscribe(message.body)
        wanted = self._wanted(resource, asked)
        writer = EventWriter(self._writer, self._indications.shown, resource)
        carrier = None
        if asked.listener is not None:
            acknowledged = asked.mode == names.PUSH_WITH_ACK
            carrier = Push(writer, asked.listener, acknowledged=acknowledged)
        lease = self._leases.open(wanted, carrier)
        identifier = f"uuid:{uuid4()}"
        context = secrets.token_hex(16) if lease.mailbox is not None else ""
        with self._lock:
            self._forget_ended()
            self._subscriptions[identifier] = _Subscription(
                lease, writer, resource, asked.expiration
            )
            if context:
                self._contexts[context] = identifier
        body = _subscribed(message, resource, identifier, asked.expiration, context)
        return f"{names.SUBSCRIBE}Response", body

    def _renew(self, message: Message) -> tuple[str, str]:
        found = self._known(message, UNABLE_TO_RENEW)
        asked = read_expiration(_body(message, "Renew"))
        if not self._leases.renew(found.lease, asked.seconds):
            raise FaultError(UNABLE_TO_RENEW, "the subscription has ended")
        expires = asked.text(asked.seconds)
        body = f"<wse:RenewResponse><wse:Expires>{expires}</wse:Expires></wse:RenewResponse>"
        return f"{names.RENEW}Response", body

    def _status(self, message: Message) -> tuple[str, str]:
        found = self._known(message, INVALID_MESSAGE)
        left = self._leases.left(found.lease)
        if left is None:
            raise FaultError(INVALID_MESSAGE, "the subscription has ended")
        expires = found.expiration.text(left)
        content = f"<wse:Expires>{expires}</wse:Expires>" if expires else ""
        body = f"<wse:GetStatusResponse>{content}</wse:GetStatusResponse>"
        return f"{names.GET_STATUS}Response", body

    def _unsubscribe(self, message: Message) -> tuple[str, str]:
        found = self._known(message, INVALID_MESSAGE)
        if not self._leases.end(found.lease):
            raise FaultError(INVALID_MESSAGE, "the subscription has ended")
        with self._lock:
            self._forget_ended()
        return f"{names.UNSUBSCRIBE}Response", ""

    # -- what they are about -------------------------------------------------------------------

    def _wanted(self, resource: Resource, asked: Subscribing) -> Wanted:
        """Return what to subscribe to: a query, all of a class, or a filter that is there."""
        namespace = self._repository.namespace_named(resource.namespace)
        if namespace is None:
            raise CIMError(INVALID_NAMESPACE, f"there is no namespace {resource.namespace}")
        url = asked.listener.url if asked.listener is not None else names.ANONYMOUS
        mode, seconds = MODES[asked.mode], asked.expiration.seconds
        if asked.query:
            self._check_events(asked)
            return Wanted(url, mode, seconds, namespace, asked.language, asked.query)
        if resource.all_classes:
            raise FaultError(FILTERING_REQUIRED, "all classes are subscribed to with a filter only")
        name = object_name(self._schema, resource)
        if self._schema.is_a(name.classname, _INDICATION):
            query = f"SELECT * FROM {name.classname}"  # noqa: S608 - CQL
            return Wanted(url, mode, seconds, namespace, CQL, query)
        return Wanted(url, mode, seconds, subscribed=self._filter(name))

    def _check_events(self, asked: Subscribing) -> None:
        """Raise CIMError INVALID_QUERY for what a server with the events of WMI does not tell."""
        if self._schema.class_named(_EVENT) is None:
            return
        classname = Query(self._schema, asked.language, asked.query).classname
        if not self._schema.is_a(classname, _EVENT):
            raise CIMError(INVALID_QUERY, f"expected a class of events, found {classname}")

    def _filter(self, name: ObjectName) -> ObjectName:
        found: Instance | None = self._repository.get(name)
        kinds = (FILTER, COLLECTION)
        if found is None or not any(self._schema.is_a(found.classname, each) for each in kinds):
            text = f"expected a class of indications or a filter that is there, found {name}"
            raise FaultError(EVENT_SOURCE, text)
        return found.path

    def _known(self, message: Message, kind: Kind) -> _Subscription:
        with self._lock:
            found = self._subscriptions.get(message.identifier)
        if found is None:
            text = f"expected wse:Identifier of a subscription, found {message.identifier[:80]!r}"
            raise FaultError(kind, text)
        return found

    def _forget_ended(self) -> None:
        """Forget the subscriptions that have ended; others end by themselves."""
        for name, each in list(self._subscriptions.items()):
            if self._leases.left(each.lease) is None:
                del self._subscriptions[name]
        for context, identifier in list(self._contexts.items()):
            if identifier not in self._subscriptions:
                del self._contexts[context]


def _body(message: Message, name: str) -> etree._Element:
    if message.body is None or message.body.tag != f"{_EVENTING}{name}":
        raise FaultError(INVALID_MESSAGE, f"expected wse:{name} in the body")
    return message.body


def _wait(message: Message) -> float:
    """Return how long a Pull waits for the first event, in seconds. Raises FaultError."""
    text = ""
    if message.body is not None:
        text = (message.body.findtext(f"{_ENUMERATION}MaxTime") or "").strip()
    duration = read_duration(text)
    if text and duration is None:
        raise FaultError(PARAMETER, f"MaxTime: expected a duration, found {text[:40]!r}")
    said = [duration.total_seconds()] if duration is not None else []
    if message.timeout_seconds:
        said.append(message.timeout_seconds)
    return min([*said, MAXIMUM_WAIT] if said else [DEFAULT_WAIT])


def _subscribed(
    message: Message, resource: Resource, identifier: str, expiration: Expiration, context: str
) -> str:
    """Return the body of a SubscribeResponse."""
    selector = f'<wsman:Selector Name="{names.NAMESPACE_SELECTOR}">{escape(resource.namespace)}'
    selectors = f"<wsman:SelectorSet>{selector}</wsman:Selector></wsman:SelectorSet>"
    parts = [
        "<wse:SubscribeResponse><wse:SubscriptionManager>",
        f"<wsa:Address>{escape(message.to or names.ANONYMOUS)}</wsa:Address>",
        f"<wsa:ReferenceParameters><wsman:ResourceURI>{escape(message.uri)}</wsman:ResourceURI>",
        "" if resource.windows else selectors,
        f"<wse:Identifier>{identifier}</wse:Identifier></wsa:ReferenceParameters>",
        "</wse:SubscriptionManager>",
        f"<wse:Expires>{expiration.text(expiration.seconds)}</wse:Expires>",
        f"<wsen:EnumerationContext>{context}</wsen:EnumerationContext>" if context else "",
        "</wse:SubscribeResponse>",
    ]
    return "".join(parts)
