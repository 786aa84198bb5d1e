"""Virtual systems to begin with: the same ones every time, in all states."""

from __future__ import annotations

from datetime import UTC, datetime

from reference_impl.hypervisor.history import populate_jobs, populate_snapshots
from reference_impl.hypervisor.host import SYSTEM_TYPES
from reference_impl.hypervisor.machine import Hypervisor
from reference_impl.hypervisor.records import Wanted
from reference_impl.hypervisor.requests import DEFAULTS
from reference_impl.hypervisor.resource_kinds import (
    DISK,
    DVD_DRIVE,
    ETHERNET_CONNECTION,
    ETHERNET_PORT,
    IDE_CONTROLLER,
    MEMORY,
    PROCESSOR,
)
from reference_impl.hypervisor.states import REQUEST_FOR, State
from reference_impl.hypervisor.store import Values

#: When all that is populated was created, and last changed its state.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

#: The states of the systems, over and over.
_STATES = (State.ACTIVE, State.DEFINED, State.PAUSED, State.SUSPENDED)

#: Which of these have a controller, with the disk and a DVD drive attached to it.
_WITH_DRIVES = (0, 1)

_CONTROLLER = "the controller"


def populate(hypervisor: Hypervisor, systems: int) -> None:
    """Define so many virtual systems and bring each into its state.

    By the ways that clients use as well, so that whatever holds for a system that was defined
    and activated holds for these.
    """
    store = hypervisor.store
    with store.repository.lock:
        store.clock.fixed = EPOCH
        try:
            for index in range(systems):
                _populate_one(hypervisor, index)
            if systems:
                populate_snapshots(hypervisor)
                populate_jobs(hypervisor)
        finally:
            store.clock.fixed = None


def _populate_one(hypervisor: Hypervisor, index: int) -> None:
    system = hypervisor.management.define(_settings(index), _resources(hypervisor, index))
    change = hypervisor.lifecycle.change
    state = _STATES[index % len(_STATES)]
    if state is not State.DEFINED:
        change(system, REQUEST_FOR[State.ACTIVE], State.ACTIVE)
    if state in (State.PAUSED, State.SUSPENDED):
        change(system, REQUEST_FOR[state], state)


def _settings(index: int) -> Values:
    return {
        **DEFAULTS,
        "ElementName": f"vs-{index + 1:05d}",
        "VirtualSystemType": SYSTEM_TYPES[index % len(SYSTEM_TYPES)],
        "Notes": [f"System {index + 1} of the reference host"],
        "AutomaticStartupAction": 2 + index % 3,
        "AutomaticShutdownAction": 2 + index % 3,
        "AutomaticRecoveryAction": 2 + index % 2,
    }


def _resources(hypervisor: Hypervisor, index: int) -> list[Wanted]:
    """Return what a system has: the same for all, and drives for every other pair of systems."""
    prepared = hypervisor.configurations.prepared
    wanted = [
        Wanted(PROCESSOR, prepared(PROCESSOR, {"VirtualQuantity": 1 + index % 2})),
        Wanted(MEMORY, prepared(MEMORY, {"VirtualQuantity": 512 * (1 + index % 4)})),
        Wanted(ETHERNET_PORT, prepared(ETHERNET_PORT, {})),
        Wanted(ETHERNET_CONNECTION, prepared(ETHERNET_CONNECTION, {})),
    ]
    place: Values = {}
    if index % len(_STATES) in _WITH_DRIVES:
        place = {"Parent": _CONTROLLER}
        wanted += [
            Wanted(IDE_CONTROLLER, prepared(IDE_CONTROLLER, {}), label=_CONTROLLER),
            Wanted(DVD_DRIVE, prepared(DVD_DRIVE, place)),
        ]
    wanted.insert(2, Wanted(DISK, prepared(DISK, place)))
    return hypervisor.placement.placed(wanted)
