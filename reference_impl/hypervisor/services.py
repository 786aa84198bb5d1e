"""The services of the host, as every one of them is shown."""

from __future__ import annotations

from reference_impl.hypervisor.store import Store
from reference_impl.values import ObjectName

#: ElementEffects of a service on what it manages.
MANAGES = 5


def show_service(store: Store, host: ObjectName, classname: str, title: str) -> ObjectName:
    """Show an enabled service of this class, hosted by the host; return its path."""
    service = store.add(
        classname,
        SystemCreationClassName=host.classname,
        SystemName=host.key("Name"),
        Name=title.lower(),
        ElementName=title,
        EnabledState=2,
        EnabledDefault=2,
        RequestedState=12,
        TransitioningToState=12,
        OperationalStatus=[2],
        HealthState=5,
        Started=True,
    )
    store.add("CIM_HostedService", Antecedent=host, Dependent=service)
    return service


def show_affected(store: Store, service: ObjectName, element: ObjectName) -> None:
    """Show that a service manages an element."""
    store.add(
        "CIM_ServiceAffectsElement",
        AffectingElement=service,
        AffectedElement=element,
        ElementEffects=[MANAGES],
    )
