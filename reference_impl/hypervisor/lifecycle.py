"""State changes of virtual systems, with the resources that they take and give back.

Dual-configuration approach (DSP1057, clause 7): activation copies the defined configuration
into the state configuration and allocates what it asks for; deactivation and suspension give
everything back, and a suspended system remembers what it had.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from reference_impl.hypervisor.companions import Companions
from reference_impl.hypervisor.configurations import Configurations, reattached
from reference_impl.hypervisor.devices import Devices
from reference_impl.hypervisor.object_paths import written
from reference_impl.hypervisor.pools import Pools
from reference_impl.hypervisor.records import (
    Allocation,
    Captured,
    Configuration,
    VirtualSystem,
    Wanted,
)
from reference_impl.hypervisor.states import (
    APPEARANCES,
    NO_CHANGE,
    REQUEST_FOR,
    TRANSITIONS,
    State,
    appearance_between,
    available_requests,
)
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import ObjectName

#: States in which a system holds its resources.
HOLDING = frozenset({State.ACTIVE, State.PAUSED})


class Lifecycle:
    """Takes systems from state to state as `transitions` says."""

    def __init__(
        self,
        store: Store,
        pools: Pools,
        configurations: Configurations,
        devices: Devices,
        companions: Companions,
    ) -> None:
        self._store = store
        self._pools = pools
        self._configurations = configurations
        self._devices = devices
        self._companions = companions
        #: The state machine; a copy, so that a named fault can bend it.
        self.transitions = dict(TRANSITIONS)

    def target(self, system: VirtualSystem, request: int) -> State | None:
        """Return the state that a request leads to from where the system is, or None."""
        return self.transitions.get((system.state, request))

    def change(self, system: VirtualSystem, request: int, target: State) -> None:
        """Take a system to another state (or restart it) and show the result.

        Raises `Refused` when the pools cannot serve it; the system stays as it was then.
        """
        if target is State.ACTIVE and system.state is State.DEFINED:
            self._activate(system)
        elif target is State.ACTIVE and system.state is State.SUSPENDED:
            self._resume(system)
        elif target is State.SUSPENDED:
            system.saved = _allocated(system)
            self._deallocate(system)
        elif target is State.DEFINED:
            self._deallocate(system)
            system.saved = []
        system.state = target
        self._devices.show_state(system)
        self._show(system, request)

    def announce(self, system: VirtualSystem, request: int, target: State) -> None:
        """Show that a job is taking a system to another state."""
        appearance = appearance_between(system.state, target)
        self._store.change(
            system.name,
            EnabledState=appearance.enabled_state,
            OperationalStatus=list(appearance.operational_status),
            RequestedState=request,
            TransitioningToState=request,
            AvailableRequestedStates=[],
        )
        self._companions.depart(system, request)

    def withdraw(self, system: VirtualSystem) -> None:
        """Show a system as it is after a state change that came to nothing."""
        self._store.change(system.name, **self._appearance(system))
        self._companions.settle(system, None)

    def capture(self, system: VirtualSystem) -> Captured:
        """Return a system as it is now, to be restored some time."""
        held = system.saved if system.state is State.SUSPENDED else _allocated(system)
        return Captured(
            state=system.state,
            defined=dict(system.defined.settings),
            requests=tuple(each.wanted(each.name) for each in system.defined.allocations.values()),
            current=dict(system.current.settings),
            held=tuple(held) if system.dual else (),
        )

    def restore(self, system: VirtualSystem, captured: Captured) -> None:
        """Let a system be again as it was when it was captured.

        Raises `Refused` when the pools cannot serve it; the system stays as it was then.
        """
        self._check_room(system, captured)
        self._deallocate(system)
        names = self._redefine(system, captured)
        if system.dual:
            self._configurations.change(system.current, dict(captured.current))
        self._store.change(system.name, ElementName=system.current.settings["ElementName"])
        held = [replace(each, origin=names.get(each.origin)) for each in captured.held]
        system.saved = held if captured.state is State.SUSPENDED else []
        if captured.state in HOLDING:
            if system.dual:
                self._copied(system, held)
            current = system.current
            allocations = list(current.allocations.values()) if system.dual else _automatic(current)
            self._pools.reserve([each.claim for each in allocations])
            self._show_allocated(system, allocations)
        system.state = captured.state
        self._devices.show_state(system)
        self._show(system, REQUEST_FOR[captured.state])

    def destroy_resources(self, system: VirtualSystem) -> None:
        """Give back whatever a system holds, in any state, before it is removed."""
        self._deallocate(system)
        system.state = State.DEFINED

    def attach(self, system: VirtualSystem, allocations: Sequence[Allocation]) -> None:
        """Make allocations of a running system active: reserve them and show their devices.

        Raises `Refused`, before anything is changed, when a pool has too little left.
        """
        self._pools.reserve([each.claim for each in allocations])
        self._show_allocated(system, allocations)

    def detach(self, allocation: Allocation) -> None:
        """Take an active allocation away: hide its devices and give its claim back."""
        if allocation.active:
            self._devices.remove(allocation)
            self._pools.release([allocation.claim])
            allocation.active = False

    def _activate(self, system: VirtualSystem) -> None:
        requests = _automatic(system.defined)
        self._pools.reserve([each.claim for each in requests])
        if system.dual:
            self._configurations.change(system.current, dict(system.defined.settings))
            self._store.change(system.name, ElementName=system.current.settings["ElementName"])
            requests = self._copied(system, [each.wanted(each.name) for each in requests])
        self._show_allocated(system, requests)

    def _resume(self, system: VirtualSystem) -> None:
        if system.dual:
            claim = self._configurations.claim
            self._pools.reserve([claim(each.kind, each.settings) for each in system.saved])
            allocations = self._copied(system, system.saved)
        else:
            saved = {each.label for each in system.saved}
            allocations = _automatic(system.current, besides=saved)
            self._pools.reserve([each.claim for each in allocations])
        self._show_allocated(system, allocations)
        system.saved = []

    def _copied(self, system: VirtualSystem, wanted: Sequence[Wanted]) -> list[Allocation]:
        """Show resources in the state configuration, each linked to its request."""
        copies = self._configurations.add_allocations(system.current, wanted, system.uuid)
        for copy in copies:
            if copy.origin in system.defined.allocations:
                self._configurations.link(copy.name, copy.origin)
        return copies

    def _show_allocated(self, system: VirtualSystem, allocations: Sequence[Allocation]) -> None:
        for allocation in sorted(allocations, key=lambda each: bool(each.kind.parentage)):
            allocation.active = True
            self._devices.create(system, allocation)

    def _deallocate(self, system: VirtualSystem) -> None:
        for allocation in list(system.current.allocations.values()):
            self.detach(allocation)
            if system.dual:
                self._configurations.remove_allocation(system.current, allocation)

    def _check_room(self, system: VirtualSystem, captured: Captured) -> None:
        """Raise `Refused` unless a system could hold what it held, in place of what it holds."""
        claim = self._configurations.claim
        defined = [
            claim(each.kind, each.settings)
            for each in captured.requests
            if each.settings["AutomaticAllocation"]
        ]
        held = [claim(each.kind, each.settings) for each in captured.held]
        wanted = held if system.dual else defined
        now = [each.claim for each in system.current.allocations.values() if each.active]
        self._pools.release(now)
        try:
            if captured.state in HOLDING:
                self._pools.reserve(wanted)
                self._pools.release(wanted)
        finally:
            self._pools.reserve(now)

    def _redefine(
        self, system: VirtualSystem, captured: Captured
    ) -> dict[ObjectName | None, ObjectName]:
        """Let the defined configuration be as captured; return the names that requests have now.

        A request that is still there keeps its name.
        """
        defined = system.defined
        self._configurations.change(defined, dict(captured.defined))
        names: dict[ObjectName | None, ObjectName] = {}
        labels: dict[str, str] = {}
        for wanted in sorted(captured.requests, key=lambda each: bool(each.kind.parentage)):
            settings = reattached(wanted.settings, labels)
            request = defined.allocations.get(wanted.origin) if wanted.origin else None
            if request is None:
                unlinked = replace(wanted, settings=settings, origin=None)
                request = self._configurations.add_allocation(defined, unlinked, system.uuid)
                if not system.dual:
                    self._configurations.link(request.name, request.name)
            else:
                self._configurations.change_allocation(request, settings)
            names[wanted.origin] = request.name
            labels[str(wanted.label)] = written(request.name)
        for request in list(defined.allocations.values()):
            if request.name not in names.values():
                self._configurations.remove_allocation(defined, request)
        return names

    def _show(self, system: VirtualSystem, request: int) -> None:
        self._store.change(
            system.name,
            RequestedState=request,
            TimeOfLastStateChange=self._store.clock.stamp(),
            **self._appearance(system),
        )
        self._companions.settle(system, request)

    def _appearance(self, system: VirtualSystem) -> Values:
        appearance = APPEARANCES[system.state]
        return {
            "EnabledState": appearance.enabled_state,
            "OperationalStatus": list(appearance.operational_status),
            "HealthState": appearance.health_state,
            "TransitioningToState": NO_CHANGE,
            "AvailableRequestedStates": available_requests(system.state, self.transitions),
        }


def _allocated(system: VirtualSystem) -> list[Wanted]:
    """Return what the state configuration of a system has in it."""
    held = (each for each in system.current.allocations.values() if each.active)
    return [each.wanted(each.origin) for each in held]


def _automatic(
    configuration: Configuration, besides: Collection[str | None] = ()
) -> list[Allocation]:
    """Return what is allocated on activation; the rest waits until a client asks for it.

    `besides` are paths of resources that have been asked for already.
    """
    return [
        each
        for each in configuration.allocations.values()
        if each.settings["AutomaticAllocation"] or written(each.name) in besides
    ]
