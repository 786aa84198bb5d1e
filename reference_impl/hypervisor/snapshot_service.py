"""The snapshot service: what it offers, and its methods (DSP1042, clauses 7.7 and 8.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from reference_impl.hypervisor.calls import Answer, Caller
from reference_impl.hypervisor.companions import Companion
from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.jobs import Jobs
from reference_impl.hypervisor.records import Snapshot, VirtualSystem
from reference_impl.hypervisor.refusal import (
    INVALID_PARAMETER,
    INVALID_STATE,
    INVALID_TYPE,
    Refused,
)
from reference_impl.hypervisor.requests import snapshot_settings
from reference_impl.hypervisor.services import show_affected, show_service
from reference_impl.hypervisor.snapshots import ENABLED, Snapshots, SnapshotType
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Store
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import ObjectName

SERVICE = "CIM_VirtualSystemSnapshotService"

#: Method and its value in the arrays of methods that are supported.
SNAPSHOT_METHOD_VALUES: Mapping[str, int] = {
    "CreateSnapshot": 2,
    "DestroySnapshot": 3,
    "ApplySnapshot": 4,
}

# ElementEffects of the jobs.
_EXCLUSIVE_USE = 2
_PERFORMANCE_IMPACT = 3
_CREATE = 5


class SnapshotService(Companion):
    """Handlers of the methods of the snapshot service; `name` is its path.

    Beside each virtual system it shows which snapshots can be taken of it now.
    """

    def __init__(
        self,
        store: Store,
        host: ObjectName,
        systems: Systems,
        snapshots: Snapshots,
        *,
        jobs: Jobs,
        asynchronous: Collection[str],
    ) -> None:
        self._store = store
        self._schema = store.repository.schema
        self._systems = systems
        self._snapshots = snapshots
        self.name = show_service(store, host, SERVICE, "Virtual system snapshots")
        self._offer(asynchronous)
        self._caller = Caller(jobs, self.name, asynchronous)
        self._capabilities: dict[ObjectName, ObjectName] = {}

    def handlers(self) -> dict[tuple[str, str], MethodHandler]:
        """Return the handlers of the methods, for the table of the server."""
        return {
            (SERVICE, "CreateSnapshot"): self.create_snapshot,
            (SERVICE, "DestroySnapshot"): self.destroy_snapshot,
            (SERVICE, "ApplySnapshot"): self.apply_snapshot,
            (SERVICE, "DestroySnapshotTree"): self.destroy_snapshot_tree,
        }

    def create_snapshot(self, call: MethodCall) -> MethodResult:
        """Answer CreateSnapshot: a snapshot of a system, of a type that is enabled for it."""
        with self._store.repository.lock:
            system = self._system(call.get("AffectedSystem"))
            kind = _type(call.get("SnapshotType"))
            chosen = snapshot_settings(self._schema, call.get("SnapshotSettings"))
            _check_idle(system)
            if kind not in ENABLED[system.state]:
                raise Refused(INVALID_TYPE, f"{kind.name} of a system that is {system.state.name}")

            def work() -> Answer:
                taken = self._snapshots.take(system, kind, chosen).name
                return Answer({"ResultingSnapshot": taken}, [(taken, [_CREATE])])

            return self._caller.run(call, work, [(system.name, [_PERFORMANCE_IMPACT])], [system])

    def destroy_snapshot(self, call: MethodCall) -> MethodResult:
        """Answer DestroySnapshot: the snapshot is gone, and the system stays as it is."""
        return self._destroy(call, self._snapshots.destroy)

    def destroy_snapshot_tree(self, call: MethodCall) -> MethodResult:
        """Destroy a snapshot with all that were taken after it, as DestroySnapshot does one."""
        as_one = MethodCall(call.object_name, "DestroySnapshot", call.arguments)
        return self._destroy(as_one, self._snapshots.destroy_tree)

    def _destroy(self, call: MethodCall, destroy: Callable[[Snapshot], None]) -> MethodResult:
        with self._store.repository.lock:
            snapshot = self._snapshot(call, "AffectedSnapshot")

            def work() -> Answer:
                destroy(snapshot)
                return Answer()

            return self._caller.run(
                call, work, [(snapshot.system.name, [_PERFORMANCE_IMPACT])], [snapshot.system]
            )

    def apply_snapshot(self, call: MethodCall) -> MethodResult:
        """Answer ApplySnapshot: the system is as it was when the snapshot was taken."""
        with self._store.repository.lock:
            snapshot = self._snapshot(call, "Snapshot")
            system = snapshot.system
            if snapshot.kind is SnapshotType.DISK and system.state is not State.DEFINED:
                raise Refused(INVALID_STATE, f"the disks are in use: {system.state.name}")

            def work() -> Answer:
                self._snapshots.apply(snapshot)
                return Answer()

            return self._caller.run(call, work, [(system.name, [_EXCLUSIVE_USE])], [system])

    def appear(self, system: VirtualSystem) -> None:
        """Show that snapshots can be taken of a new system, and of which types."""
        show_affected(self._store, self.name, system.name)
        capabilities = self._store.add(
            "CIM_VirtualSystemSnapshotCapabilities",
            InstanceID=instance_id(system.uuid, "snapshot capabilities"),
            ElementName="Snapshots that can be taken of the virtual system",
            SnapshotTypesEnabled=_enabled(system),
            GuestOSNotificationEnabled=False,
        )
        self._store.add(
            "CIM_ElementCapabilities", ManagedElement=system.name, Capabilities=capabilities
        )
        self._capabilities[system.name] = capabilities

    def depart(self, system: VirtualSystem, request: int) -> None:
        """Show that no snapshot can be taken while the state changes."""
        del request  # whatever it is
        self._store.change(self._capabilities[system.name], SnapshotTypesEnabled=[])

    def settle(self, system: VirtualSystem, request: int | None) -> None:
        """Show the types of snapshots that can be taken in the state."""
        del request  # whatever it was
        self._store.change(self._capabilities[system.name], SnapshotTypesEnabled=_enabled(system))

    def vanish(self, system: VirtualSystem) -> None:
        """Destroy the snapshots of a system that is destroyed."""
        self._snapshots.destroy_all(system)
        self._store.remove(self._capabilities.pop(system.name))

    def _offer(self, asynchronous: Collection[str]) -> None:
        """Announce each method in the way it runs; the schema misspells the asynchronous one."""
        offered = SNAPSHOT_METHOD_VALUES.items()
        capabilities = self._store.add(
            "CIM_VirtualSystemSnapshotServiceCapabilities",
            InstanceID=instance_id("virtual system snapshot service capabilities"),
            ElementName="Virtual system snapshot service capabilities",
            SynchronousMethodsSupported=[v for m, v in offered if m not in asynchronous],
            AynchronousMethodsSupported=[v for m, v in offered if m in asynchronous],
            SnapshotTypesSupported=[int(kind) for kind in SnapshotType],
        )
        self._store.add(
            "CIM_ElementCapabilities", ManagedElement=self.name, Capabilities=capabilities
        )

    def _system(self, name: ObjectName | None) -> VirtualSystem:
        system = self._systems.named(name) if name else None
        if system is None:
            raise Refused(INVALID_PARAMETER, f"AffectedSystem: there is no virtual system {name}")
        return system

    def _snapshot(self, call: MethodCall, parameter: str) -> Snapshot:
        """Return the snapshot that a call names, of a system that no job is changing."""
        name = call.get(parameter)
        snapshot = self._snapshots.named(name) if name else None
        if snapshot is None:
            raise Refused(INVALID_PARAMETER, f"{parameter}: there is no snapshot {name}")
        _check_idle(snapshot.system)
        return snapshot


def _enabled(system: VirtualSystem) -> list[int]:
    return [int(kind) for kind in ENABLED[system.state]]


def _check_idle(system: VirtualSystem) -> None:
    if system.job is not None:
        raise Refused(INVALID_STATE, "a job is changing the system")


def _type(given: int | None) -> SnapshotType:
    if given is None:
        raise Refused(INVALID_PARAMETER, "SnapshotType is missing")
    if given not in set(SnapshotType):
        raise Refused(INVALID_TYPE, f"SnapshotType {given} is not supported")
    return SnapshotType(given)
