"""Faults of snapshots and of the service that takes them (DSP1042).

The server takes none by itself: each fault first shows what is needed for it, right but for
what the fault is about.
"""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor.states import State
from reference_impl.values import ObjectName, Value

_SETTINGS = "CIM_VirtualSystemSettingData"
_FULL, _DISK = 2, 3


def _add_service(it: Edit, *, hosted: bool = True) -> ObjectName:
    """Add a snapshot service; return its path."""
    host = it.hypervisor.host.name
    service = it.add(
        "CIM_VirtualSystemSnapshotService",
        SystemCreationClassName=host.classname,
        SystemName=host.key("Name"),
        Name="virtual system snapshots",
        ElementName="Virtual system snapshots",
    ).path
    if hosted:
        it.add("CIM_HostedService", Antecedent=host, Dependent=service)
    return service


def _add_capabilities(it: Edit, name: str = "snapshots", **values: Value) -> ObjectName:
    """Add capabilities of a snapshot service by which full snapshots can be taken."""
    offered = {"SynchronousMethodsSupported": [2, 3, 4], "SnapshotTypesSupported": [_FULL]}
    return it.add(
        "CIM_VirtualSystemSnapshotServiceCapabilities",
        InstanceID=f"cimconform:{name}",
        ElementName="What the snapshot service can do",
        **{**offered, **values},
    ).path


def _enable(it: Edit, *types: int) -> None:
    """Show for every virtual system that snapshots of these types can be taken."""
    capabilities = it.add(
        "CIM_VirtualSystemSnapshotCapabilities",
        InstanceID="cimconform:snapshots enabled",
        ElementName="Snapshots that can be taken",
        SnapshotTypesEnabled=list(types),
    ).path
    for system in it.hypervisor.systems:
        it.add("CIM_ElementCapabilities", ManagedElement=system.name, Capabilities=capabilities)


def _serve(
    it: Edit, *, hosted: bool = True, types: tuple[int, ...] = (_FULL,), **values: Value
) -> None:
    """Add a snapshot service with its capabilities, and show what snapshots can be taken."""
    service = _add_service(it, hosted=hosted)
    it.add(
        "CIM_ElementCapabilities",
        ManagedElement=service,
        Capabilities=_add_capabilities(it, **values),
    )
    if types:
        _enable(it, *types)


def _add_snapshot(it: Edit, name: str = "snapshot") -> ObjectName:
    """Add a snapshot of the active virtual system; return its path."""
    system = it.system(State.ACTIVE)
    snapshot = it.double(_SETTINGS, system.defined.name, InstanceID=f"cimconform:{name}")[0].path
    it.add("CIM_SnapshotOfVirtualSystem", Antecedent=system.name, Dependent=snapshot)
    return snapshot


def _second_capabilities(it: Edit) -> None:
    _serve(it)
    it.add(
        "CIM_ElementCapabilities",
        ManagedElement=it.one("CIM_VirtualSystemSnapshotService").path,
        Capabilities=_add_capabilities(it, "snapshots again"),
    )


def _snapshot_of_two(it: Edit) -> None:
    it.add(
        "CIM_SnapshotOfVirtualSystem",
        Antecedent=it.system(State.PAUSED).name,
        Dependent=_add_snapshot(it),
    )


def _named_a_snapshot(it: Edit, settings: ObjectName) -> None:
    system = it.system(State.ACTIVE).name
    it.add("CIM_SnapshotOfVirtualSystem", Antecedent=system, Dependent=settings)


def _apply(it: Edit, state: State, *snapshots: ObjectName) -> None:
    for snapshot in snapshots:
        it.add("CIM_LastAppliedSnapshot", Antecedent=snapshot, Dependent=it.system(state).name)


FAULTS = (
    Fault(
        name="snapshot-service-idle",
        statement="There is a snapshot service, and it offers no method.",
        breaks=("DSP1042:snapshot-service.offers",),
        edit=lambda it: _serve(it, SynchronousMethodsSupported=[]),
    ),
    Fault(
        name="snapshot-capabilities-of-no-service",
        statement="Snapshot methods are offered, and there is no snapshot service.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot-service.capabilities.owner"),
        edit=_add_capabilities,
    ),
    Fault(
        name="snapshot-service-not-hosted",
        statement="The snapshot service belongs to no host.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot-service.host"),
        edit=lambda it: _serve(it, hosted=False),
    ),
    Fault(
        name="snapshot-capabilities-doubled",
        statement="Two instances say which methods the snapshot service offers.",
        breaks=("DSP1042:snapshot-service.capabilities",),
        edit=_second_capabilities,
    ),
    Fault(
        name="snapshot-method-out-of-map",
        statement="The snapshot service offers a method that does not exist.",
        breaks=("CIM:value-map", "DSP1042:snapshot-service.methods"),
        edit=lambda it: _serve(it, SynchronousMethodsSupported=[2, 3, 4, 5]),
    ),
    Fault(
        name="snapshot-type-out-of-map",
        statement="The snapshot service supports a type of snapshots that does not exist.",
        breaks=("CIM:value-map", "DSP1042:snapshot-service.types"),
        edit=lambda it: _serve(it, SnapshotTypesSupported=[_FULL, 4]),
    ),
    Fault(
        name="snapshot-type-enabled-unsupported",
        statement="Snapshots of disks can be taken of systems, and the service supports none.",
        breaks=("DSP1042:snapshot-types.enabled",),
        edit=lambda it: _serve(it, types=(_FULL, _DISK)),
    ),
    Fault(
        name="snapshot-types-not-shown",
        statement="Nothing says which snapshots can be taken of a virtual system.",
        breaks=("DSP1042:snapshot-types.shown",),
        edit=lambda it: _serve(it, types=()),
    ),
    Fault(
        name="snapshot-is-state",
        statement="The state configuration of a virtual system is shown as a snapshot of it.",
        breaks=("DSP1042:snapshot.not-state",),
        edit=lambda it: _named_a_snapshot(it, it.system(State.ACTIVE).current.name),
    ),
    Fault(
        name="snapshot-is-defined",
        statement="The defined configuration of a virtual system is shown as a snapshot of it.",
        breaks=("DSP1042:snapshot.not-defined",),
        edit=lambda it: _named_a_snapshot(it, it.system(State.ACTIVE).defined.name),
    ),
    Fault(
        name="snapshot-of-two-systems",
        statement="A snapshot is one of two virtual systems.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot.system"),
        edit=_snapshot_of_two,
    ),
    Fault(
        name="snapshot-applied-last-twice",
        statement="Two snapshots are the one applied last to a virtual system.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot.last-applied"),
        edit=lambda it: _apply(
            it, State.ACTIVE, _add_snapshot(it, "one"), _add_snapshot(it, "another")
        ),
    ),
    Fault(
        name="snapshot-applied-elsewhere",
        statement="The snapshot applied last to a virtual system is one of another system.",
        breaks=("DSP1042:snapshot.last-applied.own",),
        edit=lambda it: _apply(it, State.PAUSED, _add_snapshot(it)),
    ),
)
