"""In which classes Windows shows things, and which associations, whatever the dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reference_impl.dialects.dialect import Choice, Link, Linking
from reference_impl.dialects.identities import is_host
from reference_impl.hypervisor.resource_kinds import PROCESSOR
from reference_impl.hypervisor.store import Values
from reference_impl.values import ObjectName, Value

SYSTEM_CLASSES = ("Msvm_ComputerSystem", "Msvm_VirtualComputerSystem")

_SWITCH = 38  # Dedicated

#: ResourceTypes that are shown in settings of a class of their own.
SETTINGS_CLASSES: Mapping[int, str] = {
    3: "Msvm_ProcessorSettingData",
    4: "Msvm_MemorySettingData",
    10: "Msvm_SyntheticEthernetPortSettingData",
}

#: What no dialect shows: power is a matter of states, and migration has methods of its own.
ELSEWHERE = (
    "PowerManagementCapabilities",
    "PowerManagementService",
    "ProcessorCapabilities",
    "VirtualSystemMigrationCapabilities",
    "VirtualSystemMigrationService",
    "VirtualSystemMigrationSettingData",
)

#: Associations that every dialect shows in classes of the same names.
LINKS = (
    "ActiveConnection",
    "AffectedJobElement",
    "ConcreteComponent",
    "ElementCapabilities",
    "HostedService",
    "ResourceAllocationFromPool",
    "ServiceAffectsElement",
    "SettingsDefineCapabilities",
    "SystemDevice",
    "VirtualSystemSettingDataComponent",
)


def resource_settings_class(other: str) -> Callable[[Values], str]:
    """Return what chooses the class of resource settings; `other` is that of most."""
    return lambda values: SETTINGS_CLASSES.get(values.get("ResourceType", 0), other)


def pool_class(values: Values) -> str:
    """Return the class of a resource pool."""
    processors = values.get("ResourceType") == PROCESSOR.resource_type
    return "Msvm_ProcessorPool" if processors else "Msvm_ResourcePool"


def ports(of_switch: str) -> Callable[[Values], str]:
    """Return what chooses the class of an Ethernet port; `of_switch` is that of a switch."""

    def chosen(values: Values) -> str:
        if "Switch" in str(values.get("SystemCreationClassName")):
            return of_switch
        return "Msvm_ExternalEthernetPort" if is_of_host(values) else "Msvm_SyntheticEthernetPort"

    return chosen


def is_of_host(values: Values) -> bool:
    """Whether something belongs to the host, whose devices are called so."""
    return str(values.get("DeviceID")).startswith("host-")


def is_switch(values: Values) -> bool:
    """Whether the values are those of a virtual switch."""
    return _SWITCH in (values.get("Dedicated") or ())


def systems(virtual: str, switch: str, host: str | None = None) -> Callable[[Values], str]:
    """Return what chooses the class of a computer system; a host may have its own."""

    def chosen(values: Values) -> str:
        if is_switch(values):
            return switch
        return host if host is not None and is_host(str(values.get("Name"))) else virtual

    return chosen


def msvm(*names: str) -> dict[str, Choice]:
    """Return CIM classes by the vendor's classes of the same names."""
    return {f"CIM_{name}": f"Msvm_{name}" for name in names}


def hidden(*names: str) -> dict[str, Choice]:
    """Return CIM classes that are not shown."""
    return {f"CIM_{name}": None for name in names}


def only(condition: Callable[[Values], bool], classname: str) -> Linking:
    """Return what shows an association in a class where a condition holds, and hides others."""
    return lambda values: Link(classname) if condition(values) else None


def always(classname: str, roles: Mapping[str, str] | None = None, **values: Value) -> Linking:
    """Return what shows every association in a class, with other roles and more values."""
    link = Link(classname, roles or {}, values)
    return lambda _values: link


def linked(*names: str) -> dict[str, Linking]:
    """Return associations by what shows them in the vendor's classes of the same names."""
    return {f"CIM_{name}": always(f"Msvm_{name}") for name in names}


def never(_values: Values) -> Link | None:
    """Hide an association."""
    return None


def hosts_system(values: Values) -> bool:
    """Whether a dependency is that of a virtual system on its host, not that of a switch."""
    name = values.get("Dependent")
    return isinstance(name, ObjectName) and name.classname in SYSTEM_CLASSES


def not_of_settings(values: Values) -> bool:
    """Whether settings are linked to what they are settings of, not to other settings."""
    name = values.get("ManagedElement")
    return isinstance(name, ObjectName) and not name.classname.endswith("SettingData")
