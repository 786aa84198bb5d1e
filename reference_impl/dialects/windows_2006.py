"""Windows virtualization as the preview of 2006 showed it: namespace root/virtualization.

What the preview leaves open is completed from Hyper-V v1: how states are numbered, which
parameters and return codes the methods have, and how jobs tell of their results.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects import codes
from reference_impl.dialects import windows_looks as looks
from reference_impl.dialects import windows_requests as requests
from reference_impl.dialects import windows_shapes as shapes
from reference_impl.dialects.dialect import Choice, Dialect, Link, Method, Translate, VendorClass
from reference_impl.dialects.facts import JOB, method, properties, reference
from reference_impl.dialects.hyperv_v1 import (
    COMMON_CLASSES,
    COMMON_SHOWN,
    NAMESPACE,
    STATE_CHANGE,
    setting_type,
)
from reference_impl.dialects.hyperv_v1_methods import COMMON, DECLARED, WITHDRAWN, applied
from reference_impl.dialects.hyperv_v1_states import ENABLED_STATE, SUPPORTED_REQUESTS
from reference_impl.dialects.hyperv_v1_states import OUTWARD as STATES_OUTWARD
from reference_impl.dialects.windows_classes import derived
from reference_impl.dialects.windows_methods import CIM_SNAPSHOTS, SERVICE, requested
from reference_impl.hypervisor.pool_service import POOL_METHOD_VALUES
from reference_impl.hypervisor.pool_service import SERVICE as CIM_POOLS
from reference_impl.hypervisor.store import Values
from reference_impl.values import ObjectName

_SYSTEM = "CIM_ComputerSystem"
_SETTINGS = "CIM_VirtualSystemSettingData"
_CURRENT = 1

_STATE_OF_SYSTEM = method({"VM": reference(_SYSTEM), "Job": JOB})
_APPLIED = method(
    {
        "ComputerSystem": reference(_SYSTEM),
        "SnapshotSettingData": reference(_SETTINGS),
        "Job": JOB,
    }
)

CLASSES = (
    *COMMON_CLASSES,
    *derived(
        "HostedResourcePool ResourcePoolConfigurationCapabilities "
        "ResourcePoolConfigurationService VirtualSystemManagementCapabilities"
    ),
    VendorClass("Msvm_AllocatedFromPool", "CIM_ElementAllocatedFromPool"),
    VendorClass("Msvm_AssociatedVirtualSystemManagementService", "CIM_Dependency"),
    VendorClass("Msvm_ComputerSystem"),
    VendorClass(
        "Msvm_VirtualComputerSystem",
        "CIM_ComputerSystem",
        {
            "EnabledState": ENABLED_STATE,
            **properties(OnTimeInMilliseconds="uint64", TimeOfLastConfigurationChange="datetime"),
        },
        {"RequestStateChange": STATE_CHANGE},
    ),
    VendorClass(
        "Msvm_VirtualSystemManagementService",
        methods={
            **{
                name: facts
                for name, facts in DECLARED.items()
                if name in {each.name for each in COMMON}
            },
            "ActivateVirtualSystem": _STATE_OF_SYSTEM,
            "DeActivateVirtualSystem": _STATE_OF_SYSTEM,
            "ApplySnapshot": _APPLIED,
        },
    ),
)

SHOWN: Mapping[str, Choice] = {
    **COMMON_SHOWN,
    **shapes.msvm(
        "ResourcePoolConfigurationCapabilities",
        "ResourcePoolConfigurationService",
        "VirtualSystemManagementCapabilities",
    ),
    "CIM_ComputerSystem": shapes.systems(
        "Msvm_VirtualComputerSystem", "Msvm_VirtualSwitch", host="Msvm_ComputerSystem"
    ),
}

_AS_SETTINGS = {"Antecedent": "ManagedElement", "Dependent": "SettingData"}

LINKS = {
    **shapes.linked(
        *shapes.LINKS, "DeviceSAPImplementation", "HostedAccessPoint", "HostedResourcePool"
    ),
    "CIM_ElementAllocatedFromPool": shapes.always("Msvm_AllocatedFromPool"),
    "CIM_ElementSettingData": shapes.only(shapes.not_of_settings, "Msvm_ElementSettingData"),
    "CIM_HostedDependency": shapes.only(shapes.hosts_system, "Msvm_HostedDependency"),
    "CIM_LastAppliedSnapshot": shapes.never,
    "CIM_MostCurrentSnapshotInBranch": shapes.never,
    "CIM_OwningJobElement": shapes.never,
    "CIM_SettingsDefineState": shapes.always("Msvm_ElementSettingData", IsCurrent=_CURRENT),
    "CIM_SnapshotOfVirtualSystem": shapes.always("Msvm_ElementSettingData", _AS_SETTINGS),
}


def _special_link(values: Values) -> Link | None:
    """Link the host to the management service once more, beside that it hosts it."""
    service = values.get("Dependent")
    special = isinstance(service, ObjectName) and service.classname == SERVICE
    return Link("Msvm_AssociatedVirtualSystemManagementService") if special else None


def _request(name: str, request: int) -> Method:
    """Return a method of the service that requests a state of a system."""
    return Method(
        SERVICE,
        name,
        (_SYSTEM, "RequestStateChange"),
        codes.STATE_CHANGE,
        subject="VM",
        prepare=lambda _scene, _target, _given: {"RequestedState": request},
    )


METHODS = (
    *COMMON,
    _request("ActivateVirtualSystem", 2),
    _request("DeActivateVirtualSystem", 3),
    Method(
        SERVICE,
        "ApplySnapshot",
        (CIM_SNAPSHOTS, "ApplySnapshot"),
        codes.SERVICE,
        arguments={"SnapshotSettingData": "Snapshot"},
        prepare=applied,
    ),
    Method(
        "Msvm_VirtualComputerSystem",
        "RequestStateChange",
        (_SYSTEM, "RequestStateChange"),
        codes.STATE_CHANGE,
        prepare=requested(SUPPORTED_REQUESTS),
    ),
    *(
        Method("Msvm_ResourcePoolConfigurationService", name, (CIM_POOLS, name))
        for name in POOL_METHOD_VALUES
    ),
)


OUTWARD: Mapping[tuple[str, str], Translate] = {
    **looks.OUTWARD,
    **STATES_OUTWARD,
    ("CIM_VirtualSystemSettingData", "VirtualSystemType"): looks.const("301"),
    ("CIM_VirtualSystemManagementCapabilities", "VirtualSystemTypesSupported"): looks.const(
        ["301"]
    ),
    ("CIM_VirtualSystemManagementCapabilities", "MaxElementNameLen"): looks.const(
        looks.MAXIMUM_NAME_LENGTH
    ),
}

FIXED = {
    "CIM_ComputerSystem": looks.system_texts,
    "CIM_ResourcePool": looks.subtype,
    looks.RESOURCE_SETTINGS: looks.subtype,
    "CIM_AllocationCapabilities": looks.subtype,
    "Msvm_VirtualSystemSettingData": setting_type,
}

WINDOWS_2006 = Dialect(
    name="windows-2006",
    namespace=NAMESPACE,
    classes=CLASSES,
    shown=SHOWN,
    links=LINKS,
    beside={"CIM_HostedService": _special_link},
    outward=OUTWARD,
    inward=requests.inward(frozenset({"301"})),
    fixed=FIXED,
    methods=lambda _scene: METHODS,
    withdrawn=WITHDRAWN,
    read_only=("CIM_ComputerSystem",),
)
