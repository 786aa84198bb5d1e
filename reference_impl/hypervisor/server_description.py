"""What the server says about itself in the Interop namespace: object manager and namespaces."""

from __future__ import annotations

from reference_impl.hypervisor.store import Store
from reference_impl.values import ObjectName

SERVER_NAME = "cimconform reference server"
SERVER_VERSION = "0.1.0"
SCHEMA_VERSION = "2.49.0"


def describe_server(store: Store, host: ObjectName) -> None:
    """Show the object manager, hosted by the host system, with one instance a namespace."""
    manager = store.add_interop(
        "CIM_ObjectManager",
        SystemCreationClassName=host.classname,
        SystemName=host.key("Name"),
        Name=SERVER_NAME,
        ElementName=SERVER_NAME,
        Description=f"{SERVER_NAME}, version {SERVER_VERSION}",
        EnabledState=2,
        EnabledDefault=2,
        RequestedState=12,
        TransitioningToState=12,
        OperationalStatus=[2],
        HealthState=5,
        Started=True,
        GatherStatisticalData=False,
    )
    store.add_interop("CIM_HostedService", Antecedent=host, Dependent=manager)
    for namespace in store.repository.namespaces:
        described = store.add_interop(
            "CIM_Namespace",
            SystemCreationClassName=host.classname,
            SystemName=host.key("Name"),
            ObjectManagerCreationClassName=manager.classname,
            ObjectManagerName=SERVER_NAME,
            Name=namespace,
            ElementName=namespace,
            ClassInfo=1,
            DescriptionOfClassInfo=f"CIM {SCHEMA_VERSION}",
            ClassType=2,
            ClassTypeVersion=SCHEMA_VERSION,
        )
        store.add_interop("CIM_NamespaceInManager", Antecedent=manager, Dependent=described)
