"""Hyper-V since Windows Server 2012: namespace root/virtualization/v2, DMTF names of methods.

Shown as Windows Server 2016 documents it.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects import windows_looks as looks
from reference_impl.dialects import windows_requests as requests
from reference_impl.dialects import windows_shapes as shapes
from reference_impl.dialects.dialect import Choice, Context, Dialect, Translate
from reference_impl.dialects.hyperv_v2_classes import CLASSES
from reference_impl.dialects.hyperv_v2_methods import (
    POOL_METHOD_NUMBERS,
    SUPPORTED_REQUESTS,
    VENDOR_METHOD_NUMBERS,
    methods,
)
from reference_impl.dialects.planned import PLANNED
from reference_impl.hypervisor.host import METHOD_VALUES
from reference_impl.hypervisor.store import Values
from reference_impl.values import Value

NAMESPACE = "root/virtualization/v2"

REALIZED = "Microsoft:Hyper-V:System:Realized"
SNAPSHOT = "Microsoft:Hyper-V:Snapshot:Realized"
_FIRST_GENERATION = "Microsoft:Hyper-V:SubType:1"

_SAVING, _PAUSING, _RESUMING = 32773, 32776, 32777

#: EnabledState while a request is carried out.
_PASSING = {6: _SAVING, 9: _PAUSING, looks.RESUMING: _RESUMING}


#: Words in the Name of a job, and its JobType.
_JOB_TYPES: Mapping[str, int] = {
    "DefineSystem": 1,
    "ModifySystemSettings": 2,
    "DestroySystem": 3,
    "RequestStateChange 2": 12,
    "RequestStateChange 3": 13,
    "RequestStateChange 6": 14,
    "RequestStateChange 9": 26,
    "RequestStateChange 10": 29,
    "RequestStateChange 11": 28,
    "AddResourceSettings": 30,
    "ModifyResourceSettings": 31,
    "RemoveResourceSettings": 32,
    "CreateSnapshot": 70,
    "ApplySnapshot": 71,
    "DestroySnapshot": 72,
    "CreateChildResourcePool": 150,
    "ChangeParentResourcePool": 80,
    "DeleteResourcePool": 151,
}

_REGISTERED = frozenset({"DSP1041", "DSP1042", "DSP1043", "DSP1052", "DSP1057"})


def _profile_class(values: Values) -> str | None:
    """Register the profiles that Windows says something about, and no other."""
    document = str(values.get("InstanceID")).partition(":")[2].partition("-")[0]
    return "Msvm_RegisteredProfile" if document in _REGISTERED else None


SHOWN: Mapping[str, Choice] = {
    **shapes.msvm(
        "AllocationCapabilities",
        "ConcreteJob",
        "DVDDrive",
        "IDEController",
        "LANEndpoint",
        "LogicalDisk",
        "Memory",
        "Processor",
        "ResourcePoolConfigurationCapabilities",
        "ResourcePoolConfigurationService",
        "StorageAllocationSettingData",
        "VirtualEthernetSwitchSettingData",
        "VirtualSystemManagementCapabilities",
        "VirtualSystemManagementService",
        "VirtualSystemSettingData",
        "VirtualSystemSnapshotService",
    ),
    **shapes.hidden(
        *shapes.ELSEWHERE,
        "VirtualSystemSnapshotCapabilities",
        "VirtualSystemSnapshotServiceCapabilities",
    ),
    "CIM_ComputerSystem": shapes.systems("Msvm_ComputerSystem", "Msvm_VirtualEthernetSwitch"),
    "CIM_EnabledLogicalElementCapabilities": "Msvm_VirtualSystemCapabilities",
    "CIM_EthernetPort": shapes.ports("Msvm_EthernetSwitchPort"),
    "CIM_EthernetPortAllocationSettingData": shapes.resource_settings_class(
        "Msvm_EthernetPortAllocationSettingData"
    ),
    "CIM_RegisteredProfile": _profile_class,
    "CIM_ResourceAllocationSettingData": shapes.resource_settings_class(
        "Msvm_ResourceAllocationSettingData"
    ),
    "CIM_ResourcePool": shapes.pool_class,
}

LINKS = {
    **shapes.linked(
        *shapes.LINKS,
        "ElementAllocatedFromPool",
        "HostedResourcePool",
        "LastAppliedSnapshot",
        "MostCurrentSnapshotInBranch",
        "OwningJobElement",
        "ReferencedProfile",
        "SettingsDefineState",
        "SnapshotOfVirtualSystem",
    ),
    "CIM_DeviceSAPImplementation": shapes.always("Msvm_EthernetDeviceSAPImplementation"),
    "CIM_ElementConformsToProfile": shapes.always("Msvm_StandaloneV2ElementConformsToProfile"),
    "CIM_ElementSettingData": shapes.only(shapes.not_of_settings, "Msvm_ElementSettingData"),
    "CIM_HostedAccessPoint": shapes.never,
    "CIM_HostedDependency": shapes.only(shapes.hosts_system, "Msvm_HostedDependency"),
}


def _enabled_state(value: Value, context: Context) -> Value:
    if context.classname == "Msvm_VirtualEthernetSwitch":
        return 5
    return looks.enabled_state({}, _PASSING)(value, context)


def _system_type(value: Value, context: Context) -> Value:
    """Show the type of settings: those of a system, or of a snapshot of one."""
    if value in (None, PLANNED) or context.classname != "Msvm_VirtualSystemSettingData":
        return value
    return SNAPSHOT if looks.of_snapshot(context) else REALIZED


def _pool_methods(value: Value, _context: Context) -> Value:
    """Show which methods of the pool service run in one way, by the numbers of Windows."""
    numbers = (POOL_METHOD_NUMBERS.get(each) for each in value)
    return sorted({each for each in numbers if each is not None})


def _job_type(context: Context) -> Values:
    number = _JOB_TYPES.get(str(context.values.get("Name")), 0)
    return {"JobType": number, "Cancellable": False}


def _service_capabilities(context: Context) -> Values:
    asynchronous = context.values.get("AsynchronousMethodsSupported") or []
    synchronous = context.values.get("SynchronousMethodsSupported") or []
    known = frozenset(METHOD_VALUES.values())
    return {
        "AsynchronousMethodsSupported": [each for each in asynchronous if each in known],
        "SynchronousMethodsSupported": [*synchronous, *VENDOR_METHOD_NUMBERS],
        "VirtualSystemTypesSupported": [REALIZED, PLANNED],
        "MaxElementNameLen": looks.MAXIMUM_NAME_LENGTH,
    }


def _system_capabilities(_context: Context) -> Values:
    return {
        "RequestedStatesSupported": sorted(SUPPORTED_REQUESTS),
        "MaxElementNameLen": looks.MAXIMUM_NAME_LENGTH,
    }


def _system_settings(context: Context) -> Values:
    chosen = context.values.get("VirtualSystemSubType")
    return {} if chosen else {"VirtualSystemSubType": _FIRST_GENERATION}


OUTWARD: Mapping[tuple[str, str], Translate] = {
    **looks.OUTWARD,
    ("CIM_ComputerSystem", "EnabledState"): _enabled_state,
    ("CIM_ComputerSystem", "RequestedState"): looks.requested_state({}),
    ("CIM_ComputerSystem", "TransitioningToState"): looks.transitioning,
    (looks.SYSTEM_SETTINGS, "VirtualSystemType"): _system_type,
    **{
        ("Msvm_ResourcePoolConfigurationCapabilities", name): _pool_methods
        for name in ("AsynchronousMethodsSupported", "SynchronousMethodsSupported")
    },
}

FIXED = {
    "CIM_ComputerSystem": looks.system_texts,
    "CIM_ResourcePool": looks.subtype,
    looks.RESOURCE_SETTINGS: looks.subtype,
    "CIM_AllocationCapabilities": looks.subtype,
    "Msvm_ConcreteJob": _job_type,
    "Msvm_VirtualSystemManagementCapabilities": _service_capabilities,
    "Msvm_VirtualSystemCapabilities": _system_capabilities,
    "Msvm_VirtualSystemSettingData": _system_settings,
}

HYPERV_V2 = Dialect(
    name="hyperv-v2",
    namespace=NAMESPACE,
    classes=CLASSES,
    shown=SHOWN,
    links=LINKS,
    beside={},
    outward=OUTWARD,
    inward=requests.inward(frozenset({REALIZED, PLANNED, SNAPSHOT})),
    fixed=FIXED,
    methods=methods,
    withdrawn=(("Msvm_ConcreteJob", "GetErrors"), ("Msvm_ConcreteJob", "GetError")),
    read_only=("CIM_ComputerSystem",),
)
