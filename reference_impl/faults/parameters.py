"""Faults of the input parameters of methods: what is missing or of the wrong type is accepted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.operations import MethodCall, MethodHandler, MethodResult

_MANAGEMENT = "CIM_VirtualSystemManagementService"
_SNAPSHOTS = "CIM_VirtualSystemSnapshotService"
_POOLS = "CIM_ResourcePoolConfigurationService"
_POWER = "CIM_PowerManagementService"
_MIGRATION = "CIM_VirtualSystemMigrationService"
_TO_HOST = "CheckVirtualSystemIsMigratableToHost"
_TO_SYSTEM = "CheckVirtualSystemIsMigratableToSystem"


#: What a vendor calls a method of the schema, where it has another name for it.
_NAMED = {
    "DefineSystem": "DefineVirtualSystem",
    "DestroySystem": "DestroyVirtualSystem",
    "AddResourceSettings": "AddVirtualSystemResources",
    "ModifyResourceSettings": "ModifyVirtualSystemResources",
    "ModifySystemSettings": "ModifyVirtualSystem",
    "RemoveResourceSettings": "RemoveVirtualSystemResources",
    "CreateSnapshot": "CreateVirtualSystemSnapshot",
    "DestroySnapshot": "RemoveVirtualSystemSnapshot",
    "ApplySnapshot": "ApplyVirtualSystemSnapshotEx",
}


def answering(method: str, code: int) -> dict[str, int]:
    """Return a return value by the names of a method, as a behaviour of the protocol takes it."""
    return dict.fromkeys((method, _NAMED.get(method, method)), code)


def _of(key: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{key}:{name}" for name in names)


def _pretending(parameter: str) -> Callable[[MethodHandler], MethodHandler]:
    """Answer a call without a parameter with success, and do nothing."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            return right(call) if parameter in call.arguments else MethodResult(0)

        return answer

    return wrapper


#: Class, method, parameter, and the checks of a call without it.
_MISSING = (
    (_MANAGEMENT, "DestroySystem", "AffectedSystem", _of("DSP1042", "destroy.missing")),
    (
        *(_MANAGEMENT, "AddResourceSettings", "AffectedConfiguration"),
        _of("DSP1042", "add-resource.missing"),
    ),
    (
        *(_MANAGEMENT, "AddResourceSettings", "ResourceSettings"),
        _of("DSP1042", "add-resource.no-settings"),
    ),
    (
        *(_MANAGEMENT, "ModifyResourceSettings", "ResourceSettings"),
        _of("DSP1042", "modify-resource.missing"),
    ),
    (
        *(_MANAGEMENT, "ModifySystemSettings", "SystemSettings"),
        _of("DSP1042", "modify-system.missing"),
    ),
    (
        *(_MANAGEMENT, "RemoveResourceSettings", "ResourceSettings"),
        _of("DSP1042", "remove-resource.missing"),
    ),
    (
        *(_SNAPSHOTS, "CreateSnapshot", "AffectedSystem"),
        _of("DSP1042", "create-snapshot.missing"),
    ),
    (_SNAPSHOTS, "ApplySnapshot", "Snapshot", _of("DSP1042", "apply-snapshot.missing")),
    (
        *(_SNAPSHOTS, "DestroySnapshot", "AffectedSnapshot"),
        _of("DSP1042", "destroy-snapshot.missing"),
    ),
    (_POWER, "RequestPowerStateChange", "PowerState", _of("DSP1027", "change.missing")),
    (_POOLS, "DeleteResourcePool", "Pool", _of("DSP1041", "pool.delete.missing")),
    (
        *(_POOLS, "AddResourcesToResourcePool", "Pool"),
        _of("DSP1041", "pool.add-resources.missing"),
    ),
    (
        *(_POOLS, "RemoveResourcesFromResourcePool", "Pool"),
        _of("DSP1041", "pool.remove-resources.missing"),
    ),
    (
        *(_POOLS, "ChangeParentResourcePool", "ChildPool"),
        _of("DSP1041", "pool.change-parent.missing"),
    ),
    (_MIGRATION, _TO_HOST, "ComputerSystem", _of("DSP1081", "check.missing-system")),
    (_MIGRATION, _TO_HOST, "DestinationHost", _of("DSP1081", "check.missing-host")),
    (_MIGRATION, _TO_SYSTEM, "DestinationSystem", _of("DSP1081", "check.missing-host.to-system")),
    (
        *(_MIGRATION, "MigrateVirtualSystemToHost", "ComputerSystem"),
        _of("DSP1081", "migrate.missing-system"),
    ),
    (
        *(_MIGRATION, "MigrateVirtualSystemToHost", "DestinationHost"),
        _of("DSP1081", "migrate.missing-host"),
    ),
)

#: Method, and the checks of a call with a parameter of the wrong type.
_MISTYPED = (
    ("DestroySystem", _of("DSP1042", "destroy.mistyped")),
    (
        "AddResourceSettings",
        _of("DSP1042", "add-resource.mistyped", "add-resource.mistyped-settings"),
    ),
    ("ModifyResourceSettings", _of("DSP1042", "modify-resource.mistyped")),
    ("ModifySystemSettings", _of("DSP1042", "modify-system.mistyped")),
    ("RemoveResourceSettings", _of("DSP1042", "remove-resource.mistyped")),
    (
        "CreateSnapshot",
        _of("DSP1042", "create-snapshot.mistyped", "create-snapshot.mistyped-type"),
    ),
    ("ApplySnapshot", _of("DSP1042", "apply-snapshot.mistyped")),
    ("DestroySnapshot", _of("DSP1042", "destroy-snapshot.mistyped")),
    ("RequestStateChange", _of("DSP1057", "refuse-mistyped")),
    ("RequestPowerStateChange", _of("DSP1027", "change.mistyped")),
    ("CreateResourcePool", _of("DSP1041", "pool.create-root.mistyped")),
    (
        "CreateChildResourcePool",
        _of("DSP1041", "pool.create-child.mistyped", "pool.create-child.mistyped-settings"),
    ),
    ("DeleteResourcePool", _of("DSP1041", "pool.delete.mistyped")),
    ("AddResourcesToResourcePool", _of("DSP1041", "pool.add-resources.mistyped")),
    ("RemoveResourcesFromResourcePool", _of("DSP1041", "pool.remove-resources.mistyped")),
    ("ChangeParentResourcePool", _of("DSP1041", "pool.change-parent.mistyped")),
    (_TO_HOST, _of("DSP1081", "check.mistyped-system")),
    (_TO_SYSTEM, _of("DSP1081", "check.mistyped-host")),
    ("MigrateVirtualSystemToHost", _of("DSP1081", "migrate.mistyped-system")),
    ("MigrateVirtualSystemToSystem", _of("DSP1081", "migrate.mistyped-host")),
)


def _missing(classname: str, method: str, parameter: str, it: Bend) -> None:
    it.wrap(classname, method, _pretending(parameter))


def _mistyped(method: str, it: Bend) -> None:
    it.behave("unreadable-arguments", answering(method, 0))


FAULTS = (
    *(
        Fault(
            name=f"missing-{method}-{parameter}".lower(),
            statement=f"A call of {method} without {parameter} is answered with success.",
            breaks=breaks,
            bend=partial(_missing, classname, method, parameter),
        )
        for classname, method, parameter, breaks in _MISSING
    ),
    *(
        Fault(
            name=f"mistyped-{method}".lower(),
            statement=f"A call of {method} with a parameter of another type succeeds.",
            breaks=breaks,
            bend=partial(_mistyped, method),
        )
        for method, breaks in _MISTYPED
    ),
)
