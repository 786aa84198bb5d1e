"""The indication service, and what clients may change about it (DSP1054)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reference_impl.hypervisor.identity import ORGANIZATION, instance_id
from reference_impl.hypervisor.services import MANAGES
from reference_impl.hypervisor.store import Store
from reference_impl.indications.changes import changes
from reference_impl.values import (
    INVALID_PARAMETER,
    NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
    Value,
)

SERVICE_NAME = f"{ORGANIZATION}:IndicationService"

MAXIMUM_DESTINATIONS = 64
MAXIMUM_SUBSCRIPTIONS = 256

#: Values of SubscriptionRemovalAction.
REMOVE, DISABLE, IGNORE = 2, 3, 4

_MONTH: Final = 30 * 24 * 60 * 60

#: What clients may set about the service, and the values that each may have (None: any).
_SETTABLE: Final[dict[str, tuple[int, ...] | None]] = {
    "DeliveryRetryAttempts": None,
    "DeliveryRetryInterval": None,
    "SubscriptionRemovalAction": (REMOVE, DISABLE, IGNORE),
    "SubscriptionRemovalTimeInterval": None,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How the service delivers: intervals in seconds, retries not counting the first attempt."""

    retries: int
    retry_interval: int
    removal_action: int
    removal_interval: int


class IndicationService:
    """The one CIM_IndicationService in the Interop namespace; also its Writer.

    `name` is its path, `host` that of the system that hosts it.
    """

    def __init__(self, store: Store, host: ObjectName) -> None:
        self._store = store
        self.host = host
        self.name = self._show()
        self._show_capabilities()

    @property
    def policy(self) -> Policy:
        """How the service delivers now."""
        return Policy(
            self._value("DeliveryRetryAttempts", 3),
            self._value("DeliveryRetryInterval", 30),
            self._value("SubscriptionRemovalAction", REMOVE),
            self._value("SubscriptionRemovalTimeInterval", _MONTH),
        )

    @property
    def filter_creation_enabled(self) -> bool:
        """Whether clients may create filters."""
        return bool(self._value("FilterCreationEnabled", False))  # noqa: FBT003 - a CIM value

    def affect(self, element: ObjectName) -> None:
        """Show that the service manages a filter, a collection or a destination."""
        self._store.add_interop(
            "CIM_ServiceAffectsElement",
            AffectingElement=self.name,
            AffectedElement=element,
            ElementEffects=[MANAGES],
        )

    def create(self, _namespace: str, _instance: Instance) -> ObjectName:
        """Refuse: there is one service, and it is there."""
        raise CIMError(NOT_SUPPORTED, "clients cannot create indication services")

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Change what is settable. Raises CIMError NOT_SUPPORTED, INVALID_PARAMETER."""
        with self._store.repository.lock:
            changed = changes(self._store.repository, instance, property_list)
            for name, value in changed.items():
                _check_setting(name, value)
            self._store.change(self.name, **changed)

    def delete(self, _name: ObjectName) -> None:
        """Refuse."""
        raise CIMError(NOT_SUPPORTED, "clients cannot delete the indication service")

    def _value(self, name: str, default: Value) -> Value:
        shown = self._store.repository.get(self.name)
        return default if shown is None else shown.get(name, default)

    def _show(self) -> ObjectName:
        service = self._store.add_interop(
            "CIM_IndicationService",
            SystemCreationClassName=self.host.classname,
            SystemName=self.host.key("Name"),
            Name=SERVICE_NAME,
            ElementName="Indication service",
            EnabledState=2,
            EnabledDefault=2,
            RequestedState=12,
            TransitioningToState=12,
            OperationalStatus=[2],
            HealthState=5,
            Started=True,
            FilterCreationEnabled=True,
            DeliveryRetryAttempts=3,
            DeliveryRetryInterval=30,
            SubscriptionRemovalAction=REMOVE,
            SubscriptionRemovalTimeInterval=_MONTH,
        )
        self._store.add_interop("CIM_HostedService", Antecedent=self.host, Dependent=service)
        return service

    def _show_capabilities(self) -> None:
        capabilities = self._store.add_interop(
            "CIM_IndicationServiceCapabilities",
            InstanceID=instance_id("indication service capabilities"),
            ElementName="Indication service capabilities",
            FilterCreationEnabledIsSettable=False,
            **{f"{name}IsSettable": True for name in _SETTABLE},
            MaxListenerDestinations=MAXIMUM_DESTINATIONS,
            MaxActiveSubscriptions=MAXIMUM_SUBSCRIPTIONS,
            SubscriptionsPersisted=False,
        )
        self._store.add_interop(
            "CIM_ElementCapabilities", ManagedElement=self.name, Capabilities=capabilities
        )


def _check_setting(name: str, value: Value) -> None:
    if name not in _SETTABLE:
        raise CIMError(
            NOT_SUPPORTED, f"{name} cannot be set; expected one of {', '.join(_SETTABLE)}"
        )
    allowed = _SETTABLE[name]
    if value is None or (allowed is not None and value not in allowed):
        wanted = "a value" if allowed is None else f"one of {', '.join(map(str, allowed))}"
        raise CIMError(INVALID_PARAMETER, f"{name}: expected {wanted}, found {value}")
