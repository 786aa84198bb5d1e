"""Resource pools: what the host has, what is reserved of it, and by whom (DSP1041)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.refusal import FAILED, INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resources import KINDS, ResourceKind
from reference_impl.hypervisor.store import Store
from reference_impl.values import ObjectName

#: What of the host's capacity the concrete pools hold; the rest stays unassigned.
SHARE = 0.75


@dataclass(slots=True)
class Pool:
    """One resource pool; capacity and reserved are in the pool's AllocationUnits."""

    name: ObjectName
    pool_id: str
    kind: ResourceKind
    capacity: int
    parent: Pool | None = None
    reserved: int = 0

    @property
    def free(self) -> int:
        """What can still be reserved."""
        return self.capacity - self.reserved


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount of one pool that an allocation holds or wants to hold."""

    pool: Pool
    amount: int


class Pools:
    """All pools of the host: one primordial and one concrete pool of each kind."""

    def __init__(self, store: Store, host: ObjectName) -> None:
        self._store = store
        self._host = host
        self._pools: dict[str, Pool] = {}
        self._default: dict[str, Pool] = {}
        for kind in KINDS:
            primordial = self._create(kind, "host", kind.capacity, None)
            concrete = self._create(kind, "default", int(kind.capacity * SHARE), primordial)
            self._default[kind.noun] = concrete

    def pool_for(self, kind: ResourceKind, pool_id: str | None) -> Pool:
        """Return the pool that a request names, or the default pool when it names none.

        Raises `Refused` when there is no such pool of this kind.
        """
        if pool_id is None:
            return self._default[kind.noun]
        pool = self._pools.get(pool_id)
        if pool is None or pool.kind is not kind:
            raise Refused(INVALID_PARAMETER, f"there is no {kind.noun} pool {pool_id!r}")
        return pool

    def reserve(self, claims: Sequence[Claim]) -> None:
        """Reserve all claims or none; raises `Refused` when a pool has too little left."""
        wanted: dict[str, int] = {}
        for claim in claims:
            wanted[claim.pool.pool_id] = wanted.get(claim.pool.pool_id, 0) + claim.amount
        for pool_id, amount in wanted.items():
            pool = self._pools[pool_id]
            if amount > pool.free:
                raise Refused(
                    FAILED,
                    f"pool {pool_id}: {amount} {pool.kind.pool_units} wanted, {pool.free} free",
                )
        for pool_id, amount in wanted.items():
            self._book(self._pools[pool_id], amount)

    def release(self, claims: Sequence[Claim]) -> None:
        """Give all claims back to their pools."""
        for claim in claims:
            self._book(claim.pool, -claim.amount)

    def _book(self, pool: Pool, amount: int) -> None:
        pool.reserved += amount
        self._store.change(pool.name, Reserved=pool.reserved)

    def _create(self, kind: ResourceKind, role: str, capacity: int, parent: Pool | None) -> Pool:
        pool_id = f"{kind.slug}/{role}"
        name = self._store.add(
            "CIM_ResourcePool",
            InstanceID=instance_id("pool", pool_id),
            ElementName=f"{kind.title} pool, {role}",
            PoolID=pool_id,
            Primordial=parent is None,
            ResourceType=kind.resource_type,
            AllocationUnits=kind.pool_units,
            Capacity=capacity,
            Reserved=0,
            OperationalStatus=[2],
            HealthState=5,
        )
        self._store.add("CIM_HostedResourcePool", GroupComponent=self._host, PartComponent=name)
        pool = Pool(name, pool_id, kind, capacity, parent)
        self._pools[pool_id] = pool
        if parent is not None:
            self._draw(pool, parent)
        return pool

    def _draw(self, pool: Pool, parent: Pool) -> None:
        """Show that a concrete pool holds its capacity out of its parent (DSP1041, clause 7)."""
        kind = pool.kind
        drawn = self._store.add(
            kind.settings_class,
            InstanceID=instance_id("pool", pool.pool_id, "allocation"),
            ElementName=f"Allocation of the {kind.noun} pool",
            ResourceType=kind.resource_type,
            PoolID=parent.pool_id,
            AllocationUnits=kind.pool_units,
            VirtualQuantity=pool.capacity,
            VirtualQuantityUnits=kind.pool_units,
            Reservation=pool.capacity,
            Limit=pool.capacity,
        )
        self._store.add("CIM_ElementAllocatedFromPool", Antecedent=parent.name, Dependent=pool.name)
        self._store.add("CIM_ResourceAllocationFromPool", Antecedent=parent.name, Dependent=drawn)
        self._store.add(
            "CIM_ElementSettingData", ManagedElement=pool.name, SettingData=drawn, IsDefault=1
        )
        self._book(parent, pool.capacity)
