"""Enabled subscriptions: which indications go to which destination, and when that ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from reference_impl.hypervisor.scheduler import Scheduler
from reference_impl.hypervisor.store import Store
from reference_impl.indications.delivery import Courier, Deliveries
from reference_impl.indications.events import EventReader, told
from reference_impl.indications.filters import Filter, Filters
from reference_impl.indications.service import DISABLE, REMOVE, IndicationService
from reference_impl.repository import Event
from reference_impl.values import Instance, ObjectName

#: Values of SubscriptionState.
ENABLED, DISABLED = 2, 4

#: Values of OnFatalErrorPolicy.
IGNORE_ERRORS, DISABLE_ON_ERROR, REMOVE_ON_ERROR = 2, 3, 4

#: SubscriptionRemovalAction of the service, said as the policy of a subscription.
_POLICY_OF_ACTION = {REMOVE: REMOVE_ON_ERROR, DISABLE: DISABLE_ON_ERROR}


@dataclass(slots=True)
class _Enabled:
    """An enabled subscription.

    `failing_since` is when the first indication was given up after the last one that was
    accepted, in seconds of the monotonic clock.
    """

    destination: ObjectName
    filters: list[Filter]
    failing_since: float | None = None


class Subscriptions:
    """Sends what enabled subscriptions ask for; `deliveries` are its ways to the listeners.

    While none is enabled, the repository is not listened to, and changes cost nothing. `alter`
    makes of each indication those that are sent in its place. `ended` is what to do when a
    subscription has ended, by its path.
    """

    def __init__(
        self,
        store: Store,
        service: IndicationService,
        filters: Filters,
        events: EventReader,
        encode: Callable[[Instance], str | None],
    ) -> None:
        self._store = store
        self._service = service
        self._filters = filters
        self._events = events
        self.alter: Callable[[Instance], list[Instance]] = lambda indication: [indication]
        self.ended: dict[ObjectName, Callable[[], None]] = {}
        self._scheduler = Scheduler()
        self._enabled: dict[ObjectName, _Enabled] = {}
        self._started: dict[ObjectName, float] = {}
        self.deliveries = Deliveries(Courier(lambda: service.policy, encode, self._outcome))

    def start(self, name: ObjectName) -> None:
        """Begin with a subscription that has just been shown."""
        self._started[name] = monotonic()
        self.settle(name)

    def settle(self, name: ObjectName) -> None:
        """Do from now on what the properties of a subscription say."""
        shown = self._store.repository.get(name)
        if shown is None:
            return
        self._limit(name, shown)
        if shown.get("SubscriptionState") == DISABLED:
            self._stop(name)
        elif name not in self._enabled:
            subscribed = self._store.repository.get(shown.values["Filter"])
            filters = self._filters.of(subscribed) if subscribed else []
            self._enabled[name] = _Enabled(shown.values["Handler"], filters)
        self._listen()

    def remove(self, name: ObjectName) -> None:
        """End a subscription; what waits to be delivered for it is dropped."""
        self._started.pop(name, None)
        self._stop(name)
        self._store.remove(name)
        self._listen()
        self.ended.pop(name, lambda: None)()

    def left(self, name: ObjectName) -> float | None:
        """Return how many seconds a subscription still has, None when it has ended."""
        shown, started = self._store.repository.get(name), self._started.get(name)
        if shown is None or started is None:
            return None
        duration = shown.get("SubscriptionDuration")
        return float("inf") if duration is None else started + duration - monotonic()

    def extend(self, name: ObjectName, seconds: int) -> None:
        """Let a subscription end so many seconds from now."""
        duration = int(monotonic() - self._started[name]) + seconds
        self._store.change(name, SubscriptionDuration=duration)
        self.settle(name)

    def disable(self, name: ObjectName) -> None:
        """Suspend a subscription until a client enables it again."""
        stamp = self._store.clock.stamp()
        self._store.change(name, SubscriptionState=DISABLED, TimeOfLastStateChange=stamp)
        self.settle(name)

    def close(self) -> None:
        """Deliver nothing any more."""
        self._scheduler.close()
        with self._store.repository.lock:
            self._enabled.clear()
            self._listen()
        self.deliveries.close()

    def _stop(self, name: ObjectName) -> None:
        enabled = self._enabled.pop(name, None)
        if enabled is not None:
            self.deliveries.withdraw(enabled.destination, name)

    def _listen(self) -> None:
        """Listen to the repository while somebody wants to be told."""
        listeners = self._store.repository.listeners
        if self._enabled and self._tell not in listeners:
            listeners.append(self._tell)
        elif not self._enabled and self._tell in listeners:
            listeners.remove(self._tell)

    def _tell(self, event: Event) -> None:
        indication: Instance | None = None
        for name, enabled in list(self._enabled.items()):
            for each in enabled.filters:
                if not self._events.selected(event, each):
                    continue
                indication = indication or self._events.indication(event)
                content = told(indication, each) if indication else None
                for altered in self.alter(content) if content is not None else ():
                    self.deliveries.send(enabled.destination, name, altered)

    def _limit(self, name: ObjectName, shown: Instance) -> None:
        """See to it that a subscription ends when its duration is over."""
        duration = shown.get("SubscriptionDuration")
        if duration is not None:
            left = self._started[name] + duration - monotonic()
            self._scheduler.after(left, lambda: self._expire(name))

    def _expire(self, name: ObjectName) -> None:
        with self._store.repository.lock:
            shown = self._store.repository.get(name)
            duration = shown.get("SubscriptionDuration") if shown else None
            if duration is not None and monotonic() - self._started[name] >= duration:
                self.remove(name)

    def _outcome(self, subscription: ObjectName, *, delivered: bool) -> None:
        """Do what is to be done about a subscription whose listener does not take anything."""
        with self._store.repository.lock:
            enabled = self._enabled.get(subscription)
            if enabled is None:
                return
            if delivered:
                enabled.failing_since = None
            else:
                self._fail(subscription, enabled)

    def _fail(self, name: ObjectName, enabled: _Enabled) -> None:
        """Apply the policy of the subscription, and after a second failure that of the service."""
        now, since = monotonic(), enabled.failing_since
        enabled.failing_since = now if since is None else since
        for_seconds = now - enabled.failing_since
        of_service = self._service.policy
        given_up = since is not None and for_seconds >= of_service.removal_interval
        actions = {self._own_policy(name, for_seconds)}
        if given_up:
            actions.add(_POLICY_OF_ACTION.get(of_service.removal_action))
        if REMOVE_ON_ERROR in actions:
            self.remove(name)
        elif DISABLE_ON_ERROR in actions:
            self.disable(name)

    def _own_policy(self, name: ObjectName, failing_seconds: float) -> int | None:
        """Return the OnFatalErrorPolicy of a subscription, once its trigger interval is over."""
        shown = self._store.repository.get(name)
        if shown is None or failing_seconds < shown.get("FailureTriggerTimeInterval", 0):
            return None
        policy: int | None = shown.get("OnFatalErrorPolicy")
        return policy
