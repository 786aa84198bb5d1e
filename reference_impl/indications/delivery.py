"""Delivery of indications: for each listener destination a queue, a thread and a sequence.

An indication is tried again until it is accepted or the retries of the service are over; those
that follow it wait. So a slow or broken listener holds up nobody but itself. How an indication
is written and sent is the business of a carrier; listeners that fetch have a mailbox.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition, Thread
from typing import Protocol

from reference_impl.indications.export import DeliveryError, export_request, post
from reference_impl.indications.mailbox import Mailbox
from reference_impl.indications.service import SERVICE_NAME, Policy
from reference_impl.values import Instance, ObjectName, format_datetime

_log = logging.getLogger(__name__)

#: What waits for one destination at most; what comes then is lost, and its number with it.
MAXIMUM_WAITING = 10_000

_NUMBERS = 2**63


class Outcome(Protocol):
    """Is told what became of an indication."""

    def __call__(self, subscription: ObjectName, *, delivered: bool) -> None:
        """Take note that it was accepted, or given up."""


class Carrier(Protocol):
    """A way to tell a listener of an indication."""

    def document(self, indication: Instance) -> bytes | None:
        """Return the message that tells of an indication, None when it is not to be told."""

    def post(self, url: str, document: bytes) -> None:
        """Send a message. Raises DeliveryError unless it was accepted."""


class Outlet(Protocol):
    """Where the indications of one destination wait."""

    def put(self, subscription: ObjectName, indication: Instance) -> None:
        """Add an indication."""

    def withdraw(self, subscription: ObjectName) -> None:
        """Drop what waits for a subscription that has ended."""

    def close(self) -> None:
        """Drop everything, and take nothing any more."""

    def join(self) -> None:
        """Wait a little for what is under way, after `close`."""


@dataclass(frozen=True, slots=True)
class Courier:
    """What every queue needs: how to deliver, how to write an indication, and whom to tell."""

    policy: Callable[[], Policy]
    encode: Callable[[Instance], str | None]
    outcome: Outcome


@dataclass(slots=True, eq=False)
class _Parcel:
    """An indication for a subscription; `live` until the subscription has ended."""

    subscription: ObjectName
    indication: Instance
    live: bool = True


class Deliveries:
    """The outlets of all destinations, by the path of the destination; the carrier of CIM-XML.

    `export` makes an export message of an indication that is written as an element.
    """

    def __init__(self, courier: Courier) -> None:
        self.export = export_request
        self._courier = courier
        self._started = _stamp()
        self._outlets: dict[ObjectName, Outlet] = {}

    def open(self, destination: ObjectName, url: str, carrier: Carrier | None = None) -> None:
        """Begin a queue, and with it a sequence of indications; without a carrier by CIM-XML."""
        self._outlets[destination] = _Queue(url, self._context(), self._courier, carrier or self)

    def hold(self, destination: ObjectName) -> Mailbox:
        """Begin a sequence of indications for a listener that fetches them."""
        mailbox = Mailbox(self._context(), MAXIMUM_WAITING)
        self._outlets[destination] = mailbox
        return mailbox

    def document(self, indication: Instance) -> bytes | None:
        """Return the export message of an indication."""
        content = self._courier.encode(indication)
        return None if content is None else self.export(content)

    def post(self, url: str, document: bytes) -> None:
        """Send an export message. Raises DeliveryError unless it was accepted."""
        post(url, document)

    def redirect(self, destination: ObjectName, url: str) -> None:
        """Deliver what waits, and what will come, to another URL."""
        outlet = self._outlets.get(destination)
        if isinstance(outlet, _Queue):
            outlet.url = url

    def shut(self, destination: ObjectName) -> None:
        """End the outlet of a destination; what waits in it is dropped."""
        outlet = self._outlets.pop(destination, None)
        if outlet is not None:
            outlet.close()

    def send(self, destination: ObjectName, subscription: ObjectName, indication: Instance) -> None:
        """Deliver an indication soon, after all that wait for the same destination."""
        outlet = self._outlets.get(destination)
        if outlet is not None:
            outlet.put(subscription, indication)

    def withdraw(self, destination: ObjectName, subscription: ObjectName) -> None:
        """Drop what waits for a subscription that has ended."""
        outlet = self._outlets.get(destination)
        if outlet is not None:
            outlet.withdraw(subscription)

    def close(self) -> None:
        """End all outlets and wait a little for their threads."""
        outlets = list(self._outlets.values())
        self._outlets.clear()
        for outlet in outlets:
            outlet.close()
        for outlet in outlets:
            outlet.join()

    def _context(self) -> str:
        return f"{SERVICE_NAME}#{self._started}#{_stamp()}"


class _Queue:
    """One destination; its thread starts with the first indication."""

    def __init__(self, url: str, context: str, courier: Courier, carrier: Carrier) -> None:
        self.url = url
        self._carrier = carrier
        self._context = context
        self._courier = courier
        self._number = 0
        self._waiting: deque[_Parcel] = deque()
        self._current: _Parcel | None = None
        self._changed = Condition()
        self._closed = False
        self._thread: Thread | None = None

    def put(self, subscription: ObjectName, indication: Instance) -> None:
        with self._changed:
            if self._closed:
                return
            if len(self._waiting) >= MAXIMUM_WAITING:
                self._take_number()
                return
            self._waiting.append(_Parcel(subscription, indication))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="indications", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def withdraw(self, subscription: ObjectName) -> None:
        with self._changed:
            for parcel in (*self._waiting, self._current):
                if parcel is not None and parcel.subscription == subscription:
                    parcel.live = False
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join(timeout=1)

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            try:
                self._deliver(parcel)
            except Exception:  # noqa: BLE001 - a bug with one indication must not end the others
                _log.exception("an indication was not delivered")

    def _next(self) -> _Parcel | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            self._current = None if self._closed else self._waiting.popleft()
            return self._current

    def _deliver(self, parcel: _Parcel) -> None:
        """Try to deliver, with the same sequence identifier each time."""
        with self._changed:
            if not parcel.live:
                return
            parcel.indication.values["SequenceContext"] = self._context
            parcel.indication.values["SequenceNumber"] = self._take_number()
        document = self._carrier.document(parcel.indication)
        if document is None:
            return
        accepted = self._attempt(document)
        for _ in range(self._courier.policy().retries):
            if accepted or not self._pause(parcel):
                break
            accepted = self._attempt(document)
        if parcel.live and not self._closed:
            self._courier.outcome(parcel.subscription, delivered=accepted)

    def _attempt(self, document: bytes) -> bool:
        try:
            self._carrier.post(self.url, document)
        except DeliveryError as error:
            _log.info("an indication was not accepted: %s", error)
            return False
        return True

    def _pause(self, parcel: _Parcel) -> bool:
        """Wait for the next attempt; False when there is to be none."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not parcel.live, self._courier.policy().retry_interval
            )
            return parcel.live and not self._closed

    def _take_number(self) -> int:
        number, self._number = self._number, (self._number + 1) % _NUMBERS
        return number


def _stamp() -> str:
    return format_datetime(datetime.now(UTC))
