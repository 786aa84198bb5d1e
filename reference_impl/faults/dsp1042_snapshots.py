"""Faults of snapshots and of the service that takes them (DSP1042)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import end
from reference_impl.hypervisor.snapshots import SnapshotType
from reference_impl.hypervisor.states import State
from reference_impl.values import ObjectName

_SERVICE = "CIM_VirtualSystemSnapshotService"
_SERVICE_CAPABILITIES = "CIM_VirtualSystemSnapshotServiceCapabilities"
_CAPABILITIES = "CIM_VirtualSystemSnapshotCapabilities"
_OF_SYSTEM = "CIM_SnapshotOfVirtualSystem"
_LAST_APPLIED = "CIM_LastAppliedSnapshot"
_MOST_CURRENT = "CIM_MostCurrentSnapshotInBranch"


def _second_capabilities(it: Edit) -> None:
    service = it.one(_SERVICE).path
    for again in it.double(_SERVICE_CAPABILITIES, 0, InstanceID="cimconform:snapshots again"):
        it.add("CIM_ElementCapabilities", ManagedElement=service, Capabilities=again.path)


def _name_a_snapshot(it: Edit, settings: ObjectName) -> None:
    system = it.system(State.ACTIVE).name
    it.add(_OF_SYSTEM, Antecedent=system, Dependent=settings)


def _share_a_snapshot(it: Edit) -> None:
    it.add(
        _OF_SYSTEM,
        Antecedent=it.system(State.PAUSED).name,
        Dependent=it.one(_OF_SYSTEM).get("Dependent"),
    )


def _apply_another(it: Edit) -> None:
    """Show one more snapshot as the one applied last to the system that has one already."""
    applied = it.one(_LAST_APPLIED)
    system = applied.get("Dependent")
    another = it.one(
        _OF_SYSTEM,
        lambda link: bool(
            link.get("Antecedent") == system and link.get("Dependent") != applied.get("Antecedent")
        ),
    )
    it.add(_LAST_APPLIED, Antecedent=another.get("Dependent"), Dependent=system)


def _second_most_current(it: Edit) -> None:
    """Show one more snapshot of a system as its most current one."""
    system = it.one(_LAST_APPLIED).get("Dependent")
    current = it.one(_MOST_CURRENT, lambda link: bool(link.get("Antecedent") == system))
    another = it.one(
        _OF_SYSTEM,
        lambda link: bool(
            link.get("Antecedent") == system and link.get("Dependent") != current.get("Dependent")
        ),
    )
    it.add(_MOST_CURRENT, Antecedent=system, Dependent=another.get("Dependent"))


FAULTS = (
    Fault(
        name="snapshot-service-idle",
        statement="There is a snapshot service, and it offers no method.",
        breaks=("DSP1042:snapshot-service.offers",),
        edit=lambda it: it.set(_SERVICE_CAPABILITIES, SynchronousMethodsSupported=[]),
    ),
    Fault(
        name="snapshot-capabilities-of-no-service",
        statement="Snapshot methods are offered, and there is no snapshot service.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot-service.capabilities.owner"),
        edit=lambda it: it.drop(_SERVICE),
    ),
    Fault(
        name="snapshot-service-not-hosted",
        statement="The snapshot service belongs to no host.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot-service.host"),
        edit=lambda it: it.drop("CIM_HostedService", end("Dependent", _SERVICE)),
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
        edit=lambda it: it.set(_SERVICE_CAPABILITIES, SynchronousMethodsSupported=[2, 3, 4, 5]),
    ),
    Fault(
        name="snapshot-type-out-of-map",
        statement="The snapshot service supports a type of snapshots that does not exist.",
        breaks=("CIM:value-map", "DSP1042:snapshot-service.types"),
        edit=lambda it: it.set(
            _SERVICE_CAPABILITIES, SnapshotTypesSupported=[*map(int, SnapshotType), 4]
        ),
    ),
    Fault(
        name="snapshot-type-enabled-unsupported",
        statement="Snapshots of disks can be taken of systems, and the service supports none.",
        breaks=("DSP1042:snapshot-types.enabled",),
        edit=lambda it: it.set(
            _SERVICE_CAPABILITIES, SnapshotTypesSupported=[int(SnapshotType.FULL)]
        ),
    ),
    Fault(
        name="snapshot-types-not-shown",
        statement="Nothing says which snapshots can be taken of a virtual system.",
        breaks=("DSP1042:snapshot-types.shown",),
        edit=lambda it: it.drop(_CAPABILITIES, None),
    ),
    Fault(
        name="snapshot-is-state",
        statement="The state configuration of a virtual system is shown as a snapshot of it.",
        breaks=("DSP1042:snapshot.not-state",),
        edit=lambda it: _name_a_snapshot(it, it.system(State.ACTIVE).current.name),
    ),
    Fault(
        name="snapshot-is-defined",
        statement="The defined configuration of a virtual system is shown as a snapshot of it.",
        breaks=("DSP1042:snapshot.not-defined",),
        edit=lambda it: _name_a_snapshot(it, it.system(State.ACTIVE).defined.name),
    ),
    Fault(
        name="snapshot-of-two-systems",
        statement="A snapshot is one of two virtual systems.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot.system"),
        edit=_share_a_snapshot,
    ),
    Fault(
        name="snapshot-applied-last-twice",
        statement="Two snapshots are the one applied last to a virtual system.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot.last-applied"),
        edit=_apply_another,
    ),
    Fault(
        name="snapshot-applied-elsewhere",
        statement="The snapshot applied last to a virtual system is one of another system.",
        breaks=("DSP1042:snapshot.last-applied.own",),
        edit=lambda it: it.redirect(_LAST_APPLIED, 0, "Dependent", it.system(State.PAUSED).name),
    ),
    Fault(
        name="snapshot-most-current-twice",
        statement="Two snapshots are the most current one of a virtual system.",
        breaks=("CIM:association-cardinality", "DSP1042:snapshot.most-current"),
        edit=_second_most_current,
    ),
    Fault(
        name="snapshot-most-current-elsewhere",
        statement="The most current snapshot of a virtual system is one of another system.",
        breaks=("DSP1042:snapshot.most-current.own",),
        edit=lambda it: it.redirect(_MOST_CURRENT, 0, "Antecedent", it.system(State.PAUSED).name),
    ),
)
