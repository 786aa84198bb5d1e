"""Subscriptions made in one step, as WS-Management does: with filter and destination.

What belongs to one is shown in the Interop namespace as if a client had created it (DSP1054),
and goes when the subscription ends, however it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from reference_impl.hypervisor.store import Store, Values
from reference_impl.indications.delivery import Carrier
from reference_impl.indications.destinations import DESTINATION
from reference_impl.indications.filters import (
    COLLECTION,
    FILTER,
    Filters,
    check_unused,
    keys_of,
)
from reference_impl.indications.mailbox import Mailbox
from reference_impl.indications.service import MAXIMUM_DESTINATIONS, IndicationService
from reference_impl.indications.subscription_writer import SubscriptionWriter
from reference_impl.indications.subscriptions import REMOVE_ON_ERROR
from reference_impl.values import FAILED, INVALID_PARAMETER, CIMError, Instance, ObjectName

_DESTINATION: Final = "CIM_ListenerDestinationWSManagement"
_TRANSIENT: Final = 3
_WS_MANAGEMENT: Final = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client subscribes to, and how it wants to be told.

    Either a query in a language, about changes in a namespace, or (`subscribed`) a filter or a
    collection of filters that is there. `delivery_mode` is a value of the property DeliveryMode.
    """

    url: str
    delivery_mode: int
    seconds: int
    namespace: str = ""
    language: str = ""
    query: str = ""
    subscribed: ObjectName | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A subscription made in one step; a `mailbox` when its client fetches the indications."""

    subscription: ObjectName
    mailbox: Mailbox | None


class Leases:
    """Makes such subscriptions, renews them, and ends them."""

    def __init__(
        self,
        store: Store,
        service: IndicationService,
        filters: Filters,
        writer: SubscriptionWriter,
    ) -> None:
        self._store = store
        self._service = service
        self._filters = filters
        self._writer = writer
        self._subscriptions = writer.subscriptions

    def open(self, wanted: Wanted, carrier: Carrier | None) -> Lease:
        """Subscribe; without a carrier the indications wait in the mailbox of the lease.

        Raises CIMError: INVALID_PARAMETER, INVALID_QUERY, QUERY_LANGUAGE_NOT_SUPPORTED,
        NOT_SUPPORTED where clients cannot create filters, FAILED for too many.
        """
        with self._store.repository.lock:
            mark = f"wsman:{uuid4()}"
            subscribed = wanted.subscribed or self._filter(wanted, mark)
            destination: ObjectName | None = None
            try:
                destination = self._destination(wanted, mark)
                mailbox = self._outlet(destination, wanted.url, carrier)
                name = self._subscribe(wanted, subscribed, destination)
            except CIMError:
                self._clear(wanted, subscribed, destination)
                raise
            self._subscriptions.ended[name] = lambda: self._clear(wanted, subscribed, destination)
            return Lease(name, mailbox)

    def left(self, lease: Lease) -> float | None:
        """Return how many seconds a lease still has, None when it has ended."""
        with self._store.repository.lock:
            return self._subscriptions.left(lease.subscription)

    def renew(self, lease: Lease, seconds: int) -> bool:
        """Let a lease end so many seconds from now; False when it has ended already."""
        with self._store.repository.lock:
            if self._subscriptions.left(lease.subscription) is None:
                return False
            self._subscriptions.extend(lease.subscription, seconds)
            return True

    def end(self, lease: Lease) -> bool:
        """End a lease; False when it has ended already."""
        with self._store.repository.lock:
            there = self._subscriptions.left(lease.subscription) is not None
            if there:
                self._subscriptions.remove(lease.subscription)
            return there

    def _filter(self, wanted: Wanted, mark: str) -> ObjectName:
        values: Values = {
            "Name": mark,
            "Query": wanted.query,
            "QueryLanguage": wanted.language,
            "SourceNamespaces": [wanted.namespace],
        }
        return self._filters.create(self._store.interop, Instance(FILTER, values))

    def _destination(self, wanted: Wanted, mark: str) -> ObjectName:
        there = self._store.repository.instances(self._store.interop, DESTINATION)
        if len(there) >= MAXIMUM_DESTINATIONS:
            raise CIMError(FAILED, f"there are {MAXIMUM_DESTINATIONS} destinations already")
        name = self._store.add_interop(
            _DESTINATION,
            **keys_of(self._service, _DESTINATION),
            Name=mark,
            Destination=wanted.url,
            DeliveryMode=wanted.delivery_mode,
            PersistenceType=_TRANSIENT,
            Protocol=_WS_MANAGEMENT,
        )
        self._service.affect(name)
        return name

    def _outlet(self, destination: ObjectName, url: str, carrier: Carrier | None) -> Mailbox | None:
        deliveries = self._subscriptions.deliveries
        if carrier is None:
            return deliveries.hold(destination)
        deliveries.open(destination, url, carrier)
        return None

    def _subscribe(
        self, wanted: Wanted, subscribed: ObjectName, destination: ObjectName
    ) -> ObjectName:
        schema = self._store.repository.schema
        if schema.is_a(subscribed.classname, COLLECTION):
            classname = "CIM_FilterCollectionSubscription"
        elif schema.is_a(subscribed.classname, FILTER):
            classname = "CIM_IndicationSubscription"
        else:
            text = f"expected a filter or a collection of filters, found {subscribed}"
            raise CIMError(INVALID_PARAMETER, text)
        values: Values = {
            "Filter": subscribed,
            "Handler": destination,
            "SubscriptionDuration": wanted.seconds,
            "OnFatalErrorPolicy": REMOVE_ON_ERROR,
        }
        return self._writer.create(self._store.interop, Instance(classname, values))

    def _clear(
        self, wanted: Wanted, subscribed: ObjectName, destination: ObjectName | None
    ) -> None:
        """Remove what was made for a subscription, but not what another one refers to."""
        repository = self._store.repository
        made = [] if wanted.subscribed is not None else [subscribed]
        for name in (*made, *([] if destination is None else [destination])):
            try:
                check_unused(repository, name)
            except CIMError:
                continue
            self._store.remove(name)
        if destination is not None and repository.get(destination) is None:
            self._subscriptions.deliveries.shut(destination)
