"""The classes of Hyper-V since Windows Server 2012."""

from __future__ import annotations

from reference_impl.dialects.dialect import VendorClass
from reference_impl.dialects.facts import (
    JOB,
    PROFILE_CODES,
    embedded,
    given,
    method,
    properties,
    reference,
    returned,
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
        "PlannedComputerSystem",
        "ComputerSystem",
        OnTimeInMilliseconds="uint64",
        ProcessID="uint32",
        TimeOfLastConfigurationChange="datetime",
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
            "DefinePlannedSystem": method(
                {
                    "SystemSettings": embedded("CIM_VirtualSystemSettingData"),
                    "ResourceSettings": embedded("CIM_ResourceAllocationSettingData", array=True),
                    "ReferenceConfiguration": reference("CIM_VirtualSystemSettingData"),
                    "ResultingSystem": reference("CIM_ComputerSystem", out=True),
                    "Job": JOB,
                },
                PROFILE_CODES,
            ),
            "ValidatePlannedSystem": method(
                {"PlannedSystem": reference("Msvm_PlannedComputerSystem"), "Job": JOB}
            ),
            "RealizePlannedSystem": method(
                {
                    "PlannedSystem": reference("Msvm_PlannedComputerSystem"),
                    "ResultingSystem": reference("CIM_ComputerSystem", out=True),
                    "Job": JOB,
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
