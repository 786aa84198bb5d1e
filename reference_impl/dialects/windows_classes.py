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


def enumerated(kind: str, values: Mapping[int, str]) -> Facts:
    """Return the facts of a property with a value map."""
    return {"type": kind, "valuemap": {str(number): text for number, text in values.items()}}


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

#: The same where settings of Ethernet ports have no class of their own in the CIM schema.
RESOURCES_V1 = tuple(
    each
    if each.superclass != "CIM_EthernetPortAllocationSettingData"
    else VendorClass(each.name, "CIM_ResourceAllocationSettingData", each.properties)
    for each in RESOURCES
    if each.name != "Msvm_EthernetPortAllocationSettingData"
)

SUMMARY = VendorClass(
    "Msvm_SummaryInformation",
    None,
    properties(
        InstanceID="string",
        Name="string",
        ElementName="string",
        CreationTime="datetime",
        EnabledState="uint16",
        HealthState="uint16",
        MemoryUsage="uint64",
        Notes="string",
        NumberOfProcessors="uint16",
        OperationalStatus="uint16[]",
        UpTime="uint64",
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
