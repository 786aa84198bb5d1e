"""The methods of Hyper-V up to Windows Server 2012: all of them on the management service."""

from __future__ import annotations

from reference_impl.dialects import codes
from reference_impl.dialects.dialect import Method, Scene
from reference_impl.dialects.facts import JOB, embedded, given, method, reference, returned
from reference_impl.dialects.hyperv_v1_states import SUPPORTED_REQUESTS
from reference_impl.dialects.windows_methods import (
    CIM_SERVICE,
    CIM_SNAPSHOTS,
    SERVICE,
    defined,
    errors_of,
    message_of,
    requested,
    snapshot_taken,
    summary,
    system_named,
)
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.schema import Facts
from reference_impl.values import Instance, ObjectName, Value

_SYSTEM = "CIM_ComputerSystem"
_SETTINGS = "CIM_VirtualSystemSettingData"
_RESOURCES = "CIM_ResourceAllocationSettingData"

#: What the service declares, and what the CIM class does not.
DECLARED: Facts = {
    "DefineVirtualSystem": method(
        {
            "SystemSettingData": embedded(_SETTINGS),
            "ResourceSettingData": embedded(_RESOURCES, array=True),
            "SourceSetting": reference(_SETTINGS),
            "DefinedSystem": reference(_SYSTEM, out=True),
            "Job": JOB,
        }
    ),
    "DestroyVirtualSystem": method({"ComputerSystem": reference(_SYSTEM), "Job": JOB}),
    "ModifyVirtualSystem": method(
        {
            "ComputerSystem": reference(_SYSTEM),
            "SystemSettingData": embedded(_SETTINGS),
            "ModifiedSettingData": reference(_SETTINGS, out=True),
            "Job": JOB,
        }
    ),
    "AddVirtualSystemResources": method(
        {
            "TargetSystem": reference(_SYSTEM),
            "ResourceSettingData": embedded(_RESOURCES, array=True),
            "NewResources": reference(_RESOURCES, array=True, out=True),
            "Job": JOB,
        }
    ),
    "ModifyVirtualSystemResources": method(
        {
            "ComputerSystem": reference(_SYSTEM),
            "ResourceSettingData": embedded(_RESOURCES, array=True),
            "Job": JOB,
        }
    ),
    "RemoveVirtualSystemResources": method(
        {
            "TargetSystem": reference(_SYSTEM),
            "ResourceSettingData": reference(_RESOURCES, array=True),
            "Job": JOB,
        }
    ),
    "CreateVirtualSystemSnapshot": method(
        {
            "SourceSystem": reference(_SYSTEM),
            "SnapshotSettingData": reference(_SETTINGS, out=True),
            "Job": JOB,
        }
    ),
    "ApplyVirtualSystemSnapshot": method(
        {"ComputerSystem": reference(_SYSTEM), "SnapshotSettingData": reference(_SETTINGS)}
    ),
    "ApplyVirtualSystemSnapshotEx": method(
        {
            "ComputerSystem": reference(_SYSTEM),
            "SnapshotSettingData": reference(_SETTINGS),
            "Job": JOB,
        }
    ),
    "RemoveVirtualSystemSnapshot": method(
        {"SnapshotSettingData": reference(_SETTINGS), "Job": JOB}
    ),
    "RemoveVirtualSystemSnapshotTree": method(
        {"SnapshotSettingData": reference(_SETTINGS), "Job": JOB}
    ),
    "GetSummaryInformation": method(
        {
            "SettingData": reference(_SETTINGS, array=True),
            "RequestedInformation": given("uint32", array=True),
            "SummaryInformation": embedded("Msvm_SummaryInformation", array=True, out=True),
        }
    ),
    "FormatError": method({"Errors": given(array=True), "ErrorMessage": returned()}),
}

#: Methods of the CIM class that came later.
WITHDRAWN = (
    *(
        (SERVICE, name)
        for name in (
            "AddResourceSettings",
            "DefineSystem",
            "DestroySystem",
            "ModifyResourceSettings",
            "ModifySystemSettings",
            "RemoveResourceSettings",
        )
    ),
    ("Msvm_ConcreteJob", "GetErrors"),
    ("Msvm_ConcreteJob", "GetError"),
)


def _of_system(scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
    """Name the settings of a system in place of the system itself."""
    system = system_named(scene, given.pop("TargetSystem", None))
    return {"AffectedConfiguration": system.current.name, **given}


def _modified(scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
    """Read the changed settings of a system, which may be its global ones."""
    system = system_named(scene, given.get("ComputerSystem"))
    settings = given.get("SystemSettings")
    if settings is None:
        raise Refused(INVALID_PARAMETER, "SystemSettingData is missing")
    values = {**settings.values, "InstanceID": system.current.name.key("InstanceID")}
    return {"SystemSettings": Instance(settings.classname, values)}


def _checked(scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
    """Drop a system that is named beside what belongs to it, and is not looked at further."""
    for name in ("ComputerSystem", "TargetSystem"):
        if name in given:
            system_named(scene, given.pop(name))
    return given


def applied(scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
    """Read which snapshot is applied to which system: to the one that it was taken of."""
    system, name = given.pop("ComputerSystem", None), given.get("Snapshot")
    snapshot = scene.hypervisor.snapshots.named(name) if name is not None else None
    if snapshot is None or (system is not None and snapshot.system.name != system):
        raise Refused(INVALID_PARAMETER, f"{name} is no snapshot of {system}")
    return given


#: Methods that the preview of 2006 has as well.
COMMON = (
    Method(
        SERVICE,
        "DefineVirtualSystem",
        (CIM_SERVICE, "DefineSystem"),
        codes.SERVICE,
        arguments={
            "SystemSettingData": "SystemSettings",
            "ResourceSettingData": "ResourceSettings",
            "SourceSetting": "ReferenceConfiguration",
        },
        outputs={"ResultingSystem": "DefinedSystem"},
        prepare=defined,
    ),
    Method(
        SERVICE,
        "DestroyVirtualSystem",
        (CIM_SERVICE, "DestroySystem"),
        codes.SERVICE,
        arguments={"ComputerSystem": "AffectedSystem"},
    ),
    Method(
        SERVICE,
        "ModifyVirtualSystem",
        (CIM_SERVICE, "ModifySystemSettings"),
        codes.SERVICE,
        arguments={"SystemSettingData": "SystemSettings"},
        prepare=_modified,
    ),
    Method(
        SERVICE,
        "AddVirtualSystemResources",
        (CIM_SERVICE, "AddResourceSettings"),
        codes.SERVICE,
        arguments={"ResourceSettingData": "ResourceSettings"},
        outputs={"ResultingResourceSettings": "NewResources"},
        prepare=_of_system,
    ),
    Method(
        SERVICE,
        "ModifyVirtualSystemResources",
        (CIM_SERVICE, "ModifyResourceSettings"),
        codes.SERVICE,
        arguments={"ResourceSettingData": "ResourceSettings"},
        outputs={"ResultingResourceSettings": ""},
        prepare=_checked,
    ),
    Method(
        SERVICE,
        "RemoveVirtualSystemResources",
        (CIM_SERVICE, "RemoveResourceSettings"),
        codes.SERVICE,
        arguments={"ResourceSettingData": "ResourceSettings"},
        prepare=_checked,
    ),
    Method(
        SERVICE,
        "CreateVirtualSystemSnapshot",
        (CIM_SNAPSHOTS, "CreateSnapshot"),
        codes.SERVICE,
        arguments={"SourceSystem": "AffectedSystem"},
        outputs={"ResultingSnapshot": "SnapshotSettingData"},
        prepare=snapshot_taken,
    ),
    Method(
        SERVICE,
        "RemoveVirtualSystemSnapshot",
        (CIM_SNAPSHOTS, "DestroySnapshot"),
        codes.SERVICE,
        arguments={"SnapshotSettingData": "AffectedSnapshot"},
    ),
    Method(
        SERVICE,
        "RemoveVirtualSystemSnapshotTree",
        (CIM_SNAPSHOTS, "DestroySnapshotTree"),
        codes.SERVICE,
        arguments={"SnapshotSettingData": "AffectedSnapshot"},
    ),
    Method(
        "Msvm_ConcreteJob",
        "RequestStateChange",
        ("CIM_ConcreteJob", "RequestStateChange"),
        codes.STATE_CHANGE,
    ),
    Method("Msvm_ConcreteJob", "GetErrorEx", errors_of, codes.STATE_CHANGE),
)


def _apply(name: str, *, synchronous: bool) -> Method:
    return Method(
        SERVICE,
        name,
        (CIM_SNAPSHOTS, "ApplySnapshot"),
        codes.SERVICE,
        arguments={"SnapshotSettingData": "Snapshot"},
        prepare=applied,
        synchronous=synchronous,
    )


METHODS = (
    *COMMON,
    Method(
        "Msvm_ComputerSystem",
        "RequestStateChange",
        ("CIM_ComputerSystem", "RequestStateChange"),
        codes.STATE_CHANGE,
        prepare=requested(SUPPORTED_REQUESTS),
    ),
    _apply("ApplyVirtualSystemSnapshot", synchronous=True),
    _apply("ApplyVirtualSystemSnapshotEx", synchronous=False),
    Method(SERVICE, "GetSummaryInformation", summary, codes.SERVICE),
    Method(SERVICE, "FormatError", message_of, codes.SERVICE),
)
