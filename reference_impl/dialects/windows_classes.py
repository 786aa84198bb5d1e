"""Classes that all dialects of Windows have, by the names of their CIM parents."""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects.dialect import VendorClass
from reference_impl.dialects.facts import properties
from reference_impl.schema import Facts


def derived(names: str) -> tuple[VendorClass, ...]:
    """Return classes that add nothing to the CIM classes of the same names."""
    return tuple(VendorClass(f"Msvm_{name}") for name in names.split())


def settings(name: str, parent: str, **types: str) -> VendorClass:
    """Return a class with properties of its own."""
    return VendorClass(f"Msvm_{name}", f"CIM_{parent}", properties(**types))


def enumerated(kind: str, values: Mapping[int, str], rest: Mapping[str, str]) -> Facts:
    """Return the facts of a property with a value map."""
    return {"type": kind, "valuemap": {**{str(n): text for n, text in values.items()}, **rest}}


ASSOCIATIONS = derived(
    "ActiveConnection AffectedJobElement ConcreteComponent ElementCapabilities "
    "ElementSettingData HostedDependency HostedService ResourceAllocationFromPool "
    "ServiceAffectsElement SettingsDefineCapabilities SettingsDefineState SystemDevice "
    "VirtualSystemSettingDataComponent"
)

DEVICES = (
    *derived("DVDDrive IDEController LogicalDisk Memory"),
    VendorClass("Msvm_Processor", properties=properties(LoadPercentageHistory="uint16[]")),
    VendorClass("Msvm_SyntheticEthernetPort", "CIM_EthernetPort"),
    settings("ExternalEthernetPort", "EthernetPort", IsBound="boolean"),
)

RESOURCES = (
    *derived("AllocationCapabilities ResourcePool"),
    VendorClass("Msvm_ProcessorPool", "CIM_ResourcePool"),
    settings(
        "ResourceAllocationSettingData",
        "ResourceAllocationSettingData",
        VirtualSystemIdentifiers="string[]",
    ),
    settings(
        "ProcessorSettingData",
        "ResourceAllocationSettingData",
        LimitCPUID="boolean",
        LimitProcessorFeatures="boolean",
    ),
    settings(
        "MemorySettingData",
        "ResourceAllocationSettingData",
        DynamicMemoryEnabled="boolean",
        TargetMemoryBuffer="uint32",
        IsVirtualized="boolean",
    ),
    settings("StorageAllocationSettingData", "StorageAllocationSettingData"),
    settings("EthernetPortAllocationSettingData", "EthernetPortAllocationSettingData"),
    settings(
        "SyntheticEthernetPortSettingData",
        "EthernetPortAllocationSettingData",
        VirtualSystemIdentifiers="string[]",
        StaticMacAddress="boolean",
    ),
)

EVENTS = (
    VendorClass("__SystemClass", None, abstract=True),
    VendorClass("__Event", "__SystemClass", properties(TIME_CREATED="uint64"), indication=True),
    VendorClass(
        "__InstanceOperationEvent",
        "__Event",
        {"TargetInstance": {"type": "string", "embedded_object": True}},
    ),
    VendorClass("__InstanceCreationEvent", "__InstanceOperationEvent"),
    VendorClass("__InstanceDeletionEvent", "__InstanceOperationEvent"),
    VendorClass(
        "__InstanceModificationEvent",
        "__InstanceOperationEvent",
        {"PreviousInstance": {"type": "string", "embedded_object": True}},
    ),
)
