"""The methods of Hyper-V since Windows Server 2012: DMTF names, and a few of its own."""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects import codes
from reference_impl.dialects.dialect import Method, Scene
from reference_impl.dialects.planned import PlannedSystems
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
    with_pool_name,
)
from reference_impl.hypervisor.calls import Answer
from reference_impl.hypervisor.pool_requests import pool_given
from reference_impl.hypervisor.pool_service import POOL_METHOD_VALUES
from reference_impl.hypervisor.pool_service import SERVICE as CIM_POOLS
from reference_impl.hypervisor.refusal import POOL_INVALID_PARAMETER, Refused
from reference_impl.operations import MethodCall, MethodResult

#: RequestedState: as the profile has it, but that shutting down is a matter of the guest.
SUPPORTED_REQUESTS: Mapping[int, int] = {each: each for each in (2, 3, 6, 9, 10, 11)}

SNAPSHOTS = "Msvm_VirtualSystemSnapshotService"
POOLS = "Msvm_ResourcePoolConfigurationService"

#: What is announced of methods that the profile has no number for: summaries and FormatError.
VENDOR_METHOD_NUMBERS = (32784, 32788)

#: The number of a method of the profile, and that of the method which does its work here.
POOL_METHOD_NUMBERS: Mapping[int, int] = {
    POOL_METHOD_VALUES["CreateChildResourcePool"]: 32768,
    POOL_METHOD_VALUES["ChangeParentResourcePool"]: 32769,
    POOL_METHOD_VALUES["AddResourcesToResourcePool"]: 32770,
    POOL_METHOD_VALUES["DeleteResourcePool"]: 32771,
}


def modify_pool(scene: Scene, call: MethodCall) -> MethodResult:
    """Answer ModifyPoolSettings: the name of a pool."""
    hypervisor = scene.hypervisor
    with hypervisor.store.repository.lock:
        pool = pool_given(hypervisor.pools, call, "ChildPool")
        settings = call.get("PoolSettings")
        name = settings.get("ElementName") if settings is not None else None
        if name is None:
            raise Refused(POOL_INVALID_PARAMETER, "PoolSettings: ElementName is missing")

        def work() -> Answer:
            hypervisor.store.change(pool.name, ElementName=name)
            return Answer()

        as_profile = MethodCall(call.object_name, "AddResourcesToResourcePool", call.arguments)
        return hypervisor.pool_service.caller.run(as_profile, work, [(pool.name, [4])])


def _own(name: str, *, classname: str = SERVICE, owner: str = CIM_SERVICE) -> Method:
    """Return a method that Windows calls what the profile calls it, with the same codes."""
    return Method(classname, name, (owner, name))


def methods(scene: Scene) -> tuple[Method, ...]:
    """Return all methods, with those for planned systems."""
    planned = PlannedSystems(scene)
    return (
        *_METHODS,
        Method(
            SERVICE,
            "DestroySystem",
            (CIM_SERVICE, "DestroySystem"),
            unless=planned.destroy,
        ),
        Method(
            "Msvm_PlannedComputerSystem",
            "RequestStateChange",
            ("CIM_ComputerSystem", "RequestStateChange"),
            codes.STATE_CHANGE,
        ),
        Method(SERVICE, "DefinePlannedSystem", planned.define, prepare=defined),
        Method(SERVICE, "ValidatePlannedSystem", planned.validate, codes.SERVICE),
        Method(SERVICE, "RealizePlannedSystem", planned.realize, codes.SERVICE),
    )


_METHODS = (
    Method(
        "Msvm_ComputerSystem",
        "RequestStateChange",
        ("CIM_ComputerSystem", "RequestStateChange"),
        codes.STATE_CHANGE,
        prepare=requested(SUPPORTED_REQUESTS),
    ),
    Method(SERVICE, "DefineSystem", (CIM_SERVICE, "DefineSystem"), prepare=defined),
    *(
        _own(name)
        for name in (
            "AddResourceSettings",
            "ModifyResourceSettings",
            "RemoveResourceSettings",
            "ModifySystemSettings",
        )
    ),
    Method(SERVICE, "GetSummaryInformation", summary, codes.SERVICE),
    Method(SERVICE, "FormatError", message_of, codes.SERVICE),
    Method(SNAPSHOTS, "CreateSnapshot", (CIM_SNAPSHOTS, "CreateSnapshot"), prepare=snapshot_taken),
    _own("ApplySnapshot", classname=SNAPSHOTS, owner=CIM_SNAPSHOTS),
    _own("DestroySnapshot", classname=SNAPSHOTS, owner=CIM_SNAPSHOTS),
    Method(
        SNAPSHOTS,
        "DestroySnapshotTree",
        (CIM_SNAPSHOTS, "DestroySnapshotTree"),
        codes.SERVICE,
        arguments={"SnapshotSettingData": "AffectedSnapshot"},
    ),
    Method("Msvm_ConcreteJob", "GetErrorEx", errors_of, codes.STATE_CHANGE),
    Method(
        POOLS,
        "CreatePool",
        (CIM_POOLS, "CreateChildResourcePool"),
        codes.POOLS,
        arguments={"ParentPools": "ParentPool", "AllocationSettings": "Settings"},
        prepare=with_pool_name("ElementName"),
    ),
    Method(POOLS, "DeletePool", (CIM_POOLS, "DeleteResourcePool"), codes.POOLS),
    Method(
        POOLS,
        "ModifyPoolResources",
        (CIM_POOLS, "ChangeParentResourcePool"),
        codes.POOLS,
        arguments={"ParentPools": "ParentPool", "AllocationSettings": "Settings"},
    ),
    Method(POOLS, "ModifyPoolSettings", modify_pool, codes.POOLS),
)
