"""What clients may do with subscriptions (DSP1054)."""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.hypervisor.store import Store, Values
from reference_impl.indications.changes import changes, check_editable
from reference_impl.indications.filters import SUBSCRIPTION, check_interop
from reference_impl.indications.service import MAXIMUM_SUBSCRIPTIONS
from reference_impl.indications.subscriptions import (
    DISABLE_ON_ERROR,
    DISABLED,
    ENABLED,
    IGNORE_ERRORS,
    REMOVE_ON_ERROR,
    Subscriptions,
)
from reference_impl.values import (
    FAILED,
    INVALID_PARAMETER,
    NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
    Value,
)

_NO_REPETITION_POLICY = 2

_EDITABLE = (
    "FailureTriggerTimeInterval",
    "OnFatalErrorPolicy",
    "SubscriptionDuration",
    "SubscriptionInfo",
    "SubscriptionState",
)
#: The values that are served, where not all of the schema's are.
_SERVED: Mapping[str, tuple[Value, ...]] = {
    "OnFatalErrorPolicy": (IGNORE_ERRORS, DISABLE_ON_ERROR, REMOVE_ON_ERROR),
    "RepeatNotificationPolicy": (_NO_REPETITION_POLICY,),
    "SubscriptionState": (ENABLED, DISABLED),
    "AlertOnStateChange": (False,),
}


class SubscriptionWriter:
    """The Writer of CIM_IndicationSubscription and CIM_FilterCollectionSubscription."""

    def __init__(self, store: Store, subscriptions: Subscriptions) -> None:
        self._store = store
        self.subscriptions = subscriptions

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Subscribe a destination to a filter or to a collection of filters.

        Raises CIMError: NOT_SUPPORTED, INVALID_PARAMETER when one of the two does not exist,
        ALREADY_EXISTS, FAILED for too many.
        """
        check_interop(self._store, namespace, instance)
        _check_served(instance.values)
        with self._store.repository.lock:
            subscribed, handler = self._end(instance, "Filter"), self._end(instance, "Handler")
            if subscribed.get("IndividualSubscriptionSupported") is False:
                raise CIMError(NOT_SUPPORTED, f"{subscribed.get('Name')} is for collections only")
            self._check_room()
            values = {**self._defaults(), **instance.values}
            values.update(Filter=subscribed.path, Handler=handler.path)
            name = self._store.add_interop(instance.classname, **values)
            self.subscriptions.start(name)
            return name

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Change, enable or disable a subscription. Raises CIMError as `create` does."""
        repository = self._store.repository
        with repository.lock:
            changed = changes(repository, instance, property_list)
            check_editable(changed, _EDITABLE)
            _check_served(changed)
            if "SubscriptionState" in changed:
                changed["TimeOfLastStateChange"] = self._store.clock.stamp()
            self._store.change(instance.path, **changed)
            self.subscriptions.settle(instance.path)

    def delete(self, name: ObjectName) -> None:
        """End a subscription; its filter and its destination stay."""
        with self._store.repository.lock:
            self.subscriptions.remove(name)

    def _end(self, instance: Instance, role: str) -> Instance:
        """Return what a new subscription refers to. Raises CIMError INVALID_PARAMETER."""
        repository = self._store.repository
        name = instance.get(role)
        found = repository.get(name) if isinstance(name, ObjectName) else None
        if found is None:
            raise CIMError(INVALID_PARAMETER, f"{role}: there is no instance {name}")
        subscription = repository.schema.class_named(instance.classname)
        prop = subscription.property_named(role) if subscription else None
        wanted = (prop.reference_class if prop else None) or ""
        if not repository.schema.is_a(found.classname, wanted):
            raise CIMError(INVALID_PARAMETER, f"{role}: expected a {wanted}, found {name}")
        return found

    def _check_room(self) -> None:
        there = self._store.repository.instances(self._store.interop, SUBSCRIPTION)
        if len(there) >= MAXIMUM_SUBSCRIPTIONS:
            raise CIMError(FAILED, f"there are {MAXIMUM_SUBSCRIPTIONS} subscriptions already")

    def _defaults(self) -> Values:
        stamp = self._store.clock.stamp()
        return {
            "OnFatalErrorPolicy": IGNORE_ERRORS,
            "RepeatNotificationPolicy": _NO_REPETITION_POLICY,
            "SubscriptionState": ENABLED,
            "SubscriptionStartTime": stamp,
            "TimeOfLastStateChange": stamp,
        }


def _check_served(values: Values) -> None:
    """Raise CIMError INVALID_PARAMETER for a value that is not served; NULL asks for none."""
    for name, served in _SERVED.items():
        value = values.get(name)
        if value is not None and value not in served:
            wanted = " or ".join(map(str, served))
            raise CIMError(INVALID_PARAMETER, f"{name}: expected {wanted}, found {value}")
