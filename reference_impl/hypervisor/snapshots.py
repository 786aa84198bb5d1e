"""Snapshots of virtual systems: taken, applied and destroyed (DSP1042, clauses 7.7 and 8.3).

A snapshot keeps the whole definition of its system. A full snapshot keeps its run state and
the resources that it held as well; a snapshot of the disks is one of a system at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from itertools import count

from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.lifecycle import Lifecycle
from reference_impl.hypervisor.records import Captured, Snapshot, VirtualSystem, Wanted
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import ObjectName


class SnapshotType(IntEnum):
    """A value of the parameter SnapshotType of CreateSnapshot."""

    FULL = 2
    DISK = 3


#: Which snapshots can be taken in a state. There is no run state to keep while a system is only
#: defined, and the disks of a suspended system belong to what was saved of its memory.
ENABLED: dict[State, tuple[SnapshotType, ...]] = {
    State.DEFINED: (SnapshotType.DISK,),
    State.ACTIVE: (SnapshotType.FULL, SnapshotType.DISK),
    State.PAUSED: (SnapshotType.FULL, SnapshotType.DISK),
    State.SUSPENDED: (SnapshotType.FULL,),
}


class Snapshots:
    """All snapshots by path."""

    def __init__(self, store: Store, lifecycle: Lifecycle, configurations: Configurations) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._configurations = configurations
        self._snapshots: dict[ObjectName, Snapshot] = {}
        self._serial = count(1)

    def named(self, name: ObjectName) -> Snapshot | None:
        """Return the snapshot of this path, or None."""
        return self._snapshots.get(name)

    def take(self, system: VirtualSystem, kind: SnapshotType, chosen: Values) -> Snapshot:
        """Take a snapshot of a system as it is now; it becomes the most current one.

        `chosen` are settings of the snapshot itself, like its name.
        """
        captured = self._lifecycle.capture(system)
        settings, resources = _shown(captured, kind)
        serial = next(self._serial)
        settings = {
            **settings,
            "ElementName": f"{settings['ElementName']}, snapshot {serial}",
            "CreationTime": self._store.clock.stamp(),
            **chosen,
        }
        configuration = self._configurations.create(system.uuid, f"snapshot-{serial}", settings)
        self._configurations.add_allocations(configuration, resources, system.uuid)
        snapshot = Snapshot(system, kind, captured, configuration, system.branch)
        self._snapshots[snapshot.name] = system.snapshots[snapshot.name] = snapshot
        self._store.add(
            "CIM_SnapshotOfVirtualSystem", Antecedent=system.name, Dependent=snapshot.name
        )
        self._go_on_from(system, snapshot)
        return snapshot

    def apply(self, snapshot: Snapshot) -> None:
        """Let the system be as it was; what is done to it next starts a branch of its own.

        Raises `Refused` when the pools cannot serve it; the system stays as it was then.
        """
        system, captured = snapshot.system, snapshot.captured
        if snapshot.kind is SnapshotType.DISK:
            captured = replace(captured, state=State.DEFINED, held=())
        self._lifecycle.restore(system, captured)
        self._unlink(system, "CIM_LastAppliedSnapshot", "Dependent")
        self._store.add("CIM_LastAppliedSnapshot", Antecedent=snapshot.name, Dependent=system.name)
        self._go_on_from(system, snapshot)

    def destroy(self, snapshot: Snapshot) -> None:
        """Destroy one snapshot; those taken after it follow the one that it was taken after."""
        system = snapshot.system
        for other in system.snapshots.values():
            if other.parent is snapshot:
                other.parent = snapshot.parent
        if system.branch is snapshot:
            self._go_on_from(system, snapshot.parent)
        self._remove(snapshot)

    def destroy_tree(self, snapshot: Snapshot) -> None:
        """Destroy a snapshot and all that were taken after it."""
        for other in list(snapshot.system.snapshots.values()):
            if other.parent is snapshot:
                self.destroy_tree(other)
        self.destroy(snapshot)

    def destroy_all(self, system: VirtualSystem) -> None:
        """Destroy all snapshots of a system."""
        system.branch = None
        for snapshot in list(system.snapshots.values()):
            self._remove(snapshot)

    def _remove(self, snapshot: Snapshot) -> None:
        self._configurations.remove(snapshot.configuration)
        del self._snapshots[snapshot.name], snapshot.system.snapshots[snapshot.name]

    def _go_on_from(self, system: VirtualSystem, snapshot: Snapshot | None) -> None:
        """Show which snapshot is the most current one in the branch that a system is on."""
        system.branch = snapshot
        self._unlink(system, "CIM_MostCurrentSnapshotInBranch", "Antecedent")
        if snapshot is not None:
            self._store.add(
                "CIM_MostCurrentSnapshotInBranch", Antecedent=system.name, Dependent=snapshot.name
            )

    def _unlink(self, system: VirtualSystem, association: str, role: str) -> None:
        for link in self._store.referring(system.name, association, role):
            self._store.remove(link.path)


def _shown(captured: Captured, kind: SnapshotType) -> tuple[Values, Sequence[Wanted]]:
    """Return the settings and resources that a snapshot shows of what was captured."""
    if kind is SnapshotType.FULL and captured.held:
        settings, resources = captured.current, captured.held
    else:
        settings, resources = captured.defined, captured.requests
    return dict(settings), [replace(each, origin=None) for each in resources]
