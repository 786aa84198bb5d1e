"""What has happened to the virtual systems to begin with: snapshots, and jobs that are over."""

from __future__ import annotations

from reference_impl.hypervisor.machine import Hypervisor
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.refusal import FAILED, Refused
from reference_impl.hypervisor.snapshots import SnapshotType
from reference_impl.hypervisor.states import State

# ElementEffects of the jobs.
_EXCLUSIVE_USE = 2
_INTEGRITY = 4
_CREATE = 5


def populate_snapshots(hypervisor: Hypervisor) -> None:
    """Take a full snapshot of the first active system, and two of the disks of a defined one.

    The first one of these has been applied, so that the other is in another branch.
    """
    take = hypervisor.snapshots.take
    running = _first(hypervisor, State.ACTIVE)
    if running is not None:
        take(running, SnapshotType.FULL, {"Notes": ["Taken while the system was running"]})
    resting = _first(hypervisor, State.DEFINED)
    if resting is not None:
        first = take(resting, SnapshotType.DISK, {"Notes": ["Taken before anything was changed"]})
        take(resting, SnapshotType.DISK, {"Notes": ["Taken after something was changed"]})
        hypervisor.snapshots.apply(first)


def populate_jobs(hypervisor: Hypervisor) -> None:
    """Show three jobs that are over, one of them without success, until a client deletes them."""
    record = hypervisor.jobs.record
    system = next(iter(hypervisor.systems))
    record("DefineSystem", hypervisor.host.service, [(system.name, [_CREATE])])
    record("RequestStateChange 2", hypervisor.host.service, [(system.name, [_EXCLUSIVE_USE])])
    record(
        "ModifyResourceSettings",
        hypervisor.host.service,
        [(system.name, [_INTEGRITY])],
        Refused(FAILED, "pool memory/default: more wanted than there was free"),
    )


def _first(hypervisor: Hypervisor, state: State) -> VirtualSystem | None:
    return next((each for each in hypervisor.systems if each.state is state), None)
