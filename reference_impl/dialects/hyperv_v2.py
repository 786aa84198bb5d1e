"""Hyper-V since Windows Server 2012: namespace root/virtualization/v2, DMTF names of methods.

Shown as Windows Server 2016 documents it.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects import windows
from reference_impl.dialects.dialect import Choice, Context, Dialect, Translate, VendorClass
from reference_impl.dialects.facts import (
    JOB,
    embedded,
    given,
    method,
    properties,
    reference,
    returned,
)
from reference_impl.dialects.hyperv_v2_methods import (
    METHODS,
    POOL_METHOD_NUMBERS,
    SUPPORTED_REQUESTS,
    VENDOR_METHOD_NUMBERS,
)
from reference_impl.dialects.windows_classes import (
    ASSOCIATIONS,
    DEVICES,
    EVENTS,
    RESOURCES,
    SUMMARY,
    derived,
    enumerated,
    settings,
)
from reference_impl.hypervisor.host import METHOD_VALUES
from reference_impl.hypervisor.store import Values
from reference_impl.values import Value

NAMESPACE = "root/virtualization/v2"

REALIZED = "Microsoft:Hyper-V:System:Realized"
SNAPSHOT = "Microsoft:Hyper-V:Snapshot:Realized"
_FIRST_GENERATION = "Microsoft:Hyper-V:SubType:1"

_SAVING, _PAUSING, _RESUMING = 32773, 32776, 32777

#: EnabledState while a request is carried out.
_PASSING = {6: _SAVING, 9: _PAUSING, windows.RESUMING: _RESUMING}

_STATES = {
    0: "Unknown",
    1: "Other",
    2: "Enabled",
    3: "Disabled",
    4: "Shutting Down",
    5: "Not Applicable",
    6: "Enabled but Offline",
    7: "In Test",
    8: "Deferred",
    9: "Quiesce",
    10: "Starting",
    11: "Reset",
    32773: "Saving",
    32776: "Pausing",
    32777: "Resuming",
    32779: "FastSaved",
    32780: "FastSaving",
    32781: "RunningCritical",
    32782: "OffCritical",
    32783: "StoppingCritical",
    32784: "SavedCritical",
    32785: "PausedCritical",
    32786: "StartingCritical",
    32787: "ResetCritical",
    32788: "SavingCritical",
    32789: "PausingCritical",
    32790: "ResumingCritical",
    32791: "FastSavedCritical",
    32792: "FastSavingCritical",
}

_POOL_METHODS = {
    32768: "CreatePool",
    32769: "ChangePoolResources",
    32770: "ChangePoolSettings",
    32771: "DeletePool",
}

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


CLASSES = (
    *EVENTS,
    *ASSOCIATIONS,
    *DEVICES,
    *RESOURCES,
    *derived(
        "ElementAllocatedFromPool ElementConformsToProfile LANEndpoint LastAppliedSnapshot "
        "MostCurrentSnapshotInBranch OwningJobElement ReferencedProfile RegisteredProfile "
        "SnapshotOfVirtualSystem VirtualEthernetSwitchSettingData "
        "VirtualSystemManagementCapabilities"
    ),
    VendorClass(
        "Msvm_ComputerSystem",
        properties={
            "EnabledState": enumerated("uint16", _STATES),
            **properties(
                OnTimeInMilliseconds="uint64",
                ProcessID="uint32",
                TimeOfLastConfigurationChange="datetime",
                NumberOfNumaNodes="uint16",
                ReplicationState="uint16",
                ReplicationHealth="uint16",
                ReplicationMode="uint16",
            ),
        },
        methods={
            "RequestStateChange": method(
                {
                    "RequestedState": given("uint16"),
                    "Job": JOB,
                    "TimeoutPeriod": given("datetime"),
                }
            )
        },
    ),
    settings(
        "VirtualEthernetSwitch", "ComputerSystem", MaxVMQOffloads="uint32", MaxIOVOffloads="uint32"
    ),
    settings(
        "VirtualSystemSettingData",
        "VirtualSystemSettingData",
        BIOSGUID="string",
        BIOSSerialNumber="string",
        BIOSNumLock="boolean",
        BootOrder="uint16[]",
        IncrementalBackupEnabled="boolean",
        Version="string",
        VirtualNumaEnabled="boolean",
        VirtualSystemSubType="string",
    ),
    VendorClass("Msvm_VirtualSystemCapabilities", "CIM_EnabledLogicalElementCapabilities"),
    VendorClass("Msvm_EthernetSwitchPort", "CIM_EthernetPort"),
    VendorClass("Msvm_EthernetDeviceSAPImplementation", "CIM_DeviceSAPImplementation"),
    VendorClass("Msvm_HostedResourcePool", "CIM_SystemComponent"),
    VendorClass("Msvm_StandaloneV2ElementConformsToProfile", "Msvm_ElementConformsToProfile"),
    settings("AbstractResourcePoolSettingData", "SettingData", Notes="string"),
    VendorClass("Msvm_ResourcePoolSettingData", "Msvm_AbstractResourcePoolSettingData"),
    VendorClass(
        "Msvm_ResourcePoolConfigurationCapabilities",
        "CIM_Capabilities",
        {
            name: {**enumerated("uint16", _POOL_METHODS), "array": True}
            for name in ("AsynchronousMethodsSupported", "SynchronousMethodsSupported")
        },
    ),
    VendorClass("Msvm_Error", "CIM_Error"),
    VendorClass(
        "Msvm_ConcreteJob",
        properties=properties(
            Cancellable="boolean", ErrorSummaryDescription="string", JobType="uint16"
        ),
        methods={"GetErrorEx": method({"Errors": embedded("CIM_Error", array=True, out=True)})},
    ),
    SUMMARY,
    VendorClass(
        "Msvm_VirtualSystemManagementService",
        methods={
            "GetSummaryInformation": method(
                {
                    "SettingData": reference("CIM_VirtualSystemSettingData", array=True),
                    "RequestedInformation": given("uint32", array=True),
                    "SummaryInformation": embedded("Msvm_SummaryInformation", array=True, out=True),
                }
            ),
            "FormatError": method({"Errors": given(array=True), "ErrorMessage": returned()}),
        },
    ),
    VendorClass(
        "Msvm_VirtualSystemSnapshotService",
        methods={
            "DestroySnapshotTree": method(
                {"SnapshotSettingData": reference("CIM_VirtualSystemSettingData"), "Job": JOB}
            )
        },
    ),
    VendorClass(
        "Msvm_ResourcePoolConfigurationService",
        "CIM_Service",
        methods={
            "CreatePool": method(
                {
                    "PoolSettings": embedded("Msvm_ResourcePoolSettingData"),
                    "ParentPools": reference("CIM_ResourcePool", array=True),
                    "AllocationSettings": embedded("CIM_ResourceAllocationSettingData", array=True),
                    "Pool": reference("CIM_ResourcePool", out=True),
                    "Job": JOB,
                }
            ),
            "DeletePool": method({"Pool": reference("CIM_ResourcePool"), "Job": JOB}),
            "ModifyPoolResources": method(
                {
                    "ChildPool": reference("CIM_ResourcePool"),
                    "ParentPools": reference("CIM_ResourcePool", array=True),
                    "AllocationSettings": embedded("CIM_ResourceAllocationSettingData", array=True),
                    "Job": JOB,
                }
            ),
            "ModifyPoolSettings": method(
                {
                    "ChildPool": reference("CIM_ResourcePool"),
                    "PoolSettings": embedded("Msvm_ResourcePoolSettingData"),
                    "Job": JOB,
                }
            ),
        },
    ),
)


def _profile_class(values: Values) -> str | None:
    """Register the profiles that Windows says something about, and no other."""
    document = str(values.get("InstanceID")).partition(":")[2].partition("-")[0]
    return "Msvm_RegisteredProfile" if document in _REGISTERED else None


SHOWN: Mapping[str, Choice] = {
    **windows.msvm(
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
    **windows.hidden(
        *windows.ELSEWHERE,
        "VirtualSystemSnapshotCapabilities",
        "VirtualSystemSnapshotServiceCapabilities",
    ),
    "CIM_ComputerSystem": windows.systems("Msvm_ComputerSystem", "Msvm_VirtualEthernetSwitch"),
    "CIM_EnabledLogicalElementCapabilities": "Msvm_VirtualSystemCapabilities",
    "CIM_EthernetPort": windows.ports("Msvm_EthernetSwitchPort"),
    "CIM_EthernetPortAllocationSettingData": windows.resource_settings_class(
        "Msvm_EthernetPortAllocationSettingData"
    ),
    "CIM_RegisteredProfile": _profile_class,
    "CIM_ResourceAllocationSettingData": windows.resource_settings_class(
        "Msvm_ResourceAllocationSettingData"
    ),
    "CIM_ResourcePool": windows.pool_class,
}

LINKS = {
    **windows.linked(
        *windows.LINKS,
        "ElementAllocatedFromPool",
        "HostedResourcePool",
        "LastAppliedSnapshot",
        "MostCurrentSnapshotInBranch",
        "OwningJobElement",
        "ReferencedProfile",
        "SettingsDefineState",
        "SnapshotOfVirtualSystem",
    ),
    "CIM_DeviceSAPImplementation": windows.always("Msvm_EthernetDeviceSAPImplementation"),
    "CIM_ElementConformsToProfile": windows.always("Msvm_StandaloneV2ElementConformsToProfile"),
    "CIM_ElementSettingData": windows.only(windows.not_of_settings, "Msvm_ElementSettingData"),
    "CIM_HostedAccessPoint": windows.never,
    "CIM_HostedDependency": windows.only(windows.hosts_system, "Msvm_HostedDependency"),
}


def _enabled_state(value: Value, context: Context) -> Value:
    if context.classname == "Msvm_VirtualEthernetSwitch":
        return 5
    return windows.enabled_state({}, _PASSING)(value, context)


def _system_type(value: Value, context: Context) -> Value:
    """Show the type of settings: those of a system, or of a snapshot of one."""
    if value is None or context.classname != "Msvm_VirtualSystemSettingData":
        return value
    return SNAPSHOT if windows.of_snapshot(context) else REALIZED


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
        "VirtualSystemTypesSupported": [REALIZED],
        "MaxElementNameLen": windows.MAXIMUM_NAME_LENGTH,
    }


def _system_capabilities(_context: Context) -> Values:
    return {
        "RequestedStatesSupported": sorted(SUPPORTED_REQUESTS),
        "MaxElementNameLen": windows.MAXIMUM_NAME_LENGTH,
    }


def _system_settings(context: Context) -> Values:
    chosen = context.values.get("VirtualSystemSubType")
    return {} if chosen else {"VirtualSystemSubType": _FIRST_GENERATION}


OUTWARD: Mapping[tuple[str, str], Translate] = {
    **windows.OUTWARD,
    ("CIM_ComputerSystem", "EnabledState"): _enabled_state,
    ("CIM_ComputerSystem", "RequestedState"): windows.requested_state({}),
    ("CIM_ComputerSystem", "TransitioningToState"): windows.transitioning,
    (windows.SYSTEM_SETTINGS, "VirtualSystemType"): _system_type,
    **{
        ("Msvm_ResourcePoolConfigurationCapabilities", name): _pool_methods
        for name in ("AsynchronousMethodsSupported", "SynchronousMethodsSupported")
    },
}

FIXED = {
    "CIM_ComputerSystem": windows.system_texts,
    "CIM_ResourcePool": windows.subtype,
    windows.RESOURCE_SETTINGS: windows.subtype,
    "CIM_AllocationCapabilities": windows.subtype,
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
    inward=windows.inward(frozenset({REALIZED, SNAPSHOT})),
    fixed=FIXED,
    methods=METHODS,
    withdrawn=(("Msvm_ConcreteJob", "GetErrors"), ("Msvm_ConcreteJob", "GetError")),
    read_only=("CIM_ComputerSystem",),
)
