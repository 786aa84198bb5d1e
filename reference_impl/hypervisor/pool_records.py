"""What the hypervisor knows about its resource pools, whatever the repository shows of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.hypervisor.host_devices import HostDevice
from reference_impl.hypervisor.resource_kinds import ResourceKind
from reference_impl.values import ObjectName


@dataclass(frozen=True, slots=True)
class Draw:
    """What a pool holds of one of its parents, in pool units, and the settings that say so."""

    parent: Pool
    amount: int
    settings: ObjectName


@dataclass(slots=True, eq=False)
class Pool:
    """One resource pool; capacity and reserved are in the pool's AllocationUnits.

    It has its capacity out of other pools (`draws`), or out of host devices (`devices`).
    `children` are the PoolIDs of the pools that draw on it; `users` is the number of allocations
    and requests that name it, active or not.
    """

    name: ObjectName
    pool_id: str
    kind: ResourceKind
    primordial: bool
    capacity: int
    reserved: int = 0
    draws: list[Draw] = field(default_factory=list)
    devices: dict[ObjectName, HostDevice] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)
    users: int = 0

    @property
    def free(self) -> int:
        """What can still be reserved."""
        return self.capacity - self.reserved

    def draws_on(self, other: Pool) -> bool:
        """Whether this pool is the other one, or has its capacity out of it at any remove."""
        return self is other or any(draw.parent.draws_on(other) for draw in self.draws)


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount of one pool that an allocation holds or wants to hold."""

    pool: Pool
    amount: int
