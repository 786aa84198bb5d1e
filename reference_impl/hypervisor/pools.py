"""Resource pools: what the host has, what is reserved of it, and by whom (DSP1041)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from reference_impl.hypervisor.allocation_capabilities import AllocationCapabilities
from reference_impl.hypervisor.host_devices import HostDevice, HostDevices
from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.pool_records import Claim, Draw, Pool
from reference_impl.hypervisor.profiles import Profiles
from reference_impl.hypervisor.refusal import FAILED, INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resource_kinds import KINDS, ResourceKind
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.units import convert
from reference_impl.values import ObjectName

__all__ = ["Claim", "Draw", "DrawWanted", "Pool", "Pools"]

#: What of the host's capacity the concrete pools hold; the rest stays unassigned.
SHARE = 0.75


@dataclass(frozen=True, slots=True)
class DrawWanted:
    """What a pool is to hold of a parent, in pool units, and what its settings are to show."""

    parent: Pool
    amount: int
    shown: Values


class Pools:
    """All pools of the host: at first a primordial and a concrete one of each kind.

    Keeps the accounts and shows them; whether something may be done is asked before.
    """

    def __init__(
        self, store: Store, host: ObjectName, devices: HostDevices, profiles: Profiles
    ) -> None:
        self._store = store
        self._host = host
        self._profiles = profiles
        self._capabilities = AllocationCapabilities(store, profiles)
        self._pools: dict[str, Pool] = {}
        self._by_name: dict[ObjectName, Pool] = {}
        self._default: dict[str, Pool] = {}
        for kind in KINDS:
            found = devices.pooled(kind)
            primordial = self.create_root(kind, "host", found, primordial=True)
            part = DrawWanted(primordial, int(primordial.capacity * SHARE), {})
            self._default[kind.noun] = self.create_child(kind, "default", [part])

    def __iter__(self) -> Iterator[Pool]:
        return iter(self._pools.values())

    def named(self, name: ObjectName) -> Pool | None:
        """Return the pool of this path, or None."""
        return self._by_name.get(name)

    def serves_by_default(self, pool: Pool) -> bool:
        """Whether requests that name no pool are served from this one."""
        return self._default.get(pool.kind.noun) is pool

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
        wanted: dict[Pool, int] = {}
        for claim in claims:
            wanted[claim.pool] = wanted.get(claim.pool, 0) + claim.amount
        for pool, amount in wanted.items():
            if amount > pool.free:
                raise Refused(
                    FAILED,
                    f"pool {pool.pool_id}: {amount} {pool.kind.pool_units} wanted, "
                    f"{pool.free} free",
                )
        for pool, amount in wanted.items():
            self._book(pool, amount)

    def release(self, claims: Sequence[Claim]) -> None:
        """Give all claims back to their pools."""
        for claim in claims:
            self._book(claim.pool, -claim.amount)

    def create_root(
        self,
        kind: ResourceKind,
        label: str,
        devices: Collection[HostDevice],
        *,
        name: str | None = None,
        primordial: bool = False,
    ) -> Pool:
        """Show a new pool that has its capacity out of host devices, if its kind has any."""
        capacity = sum(each.amount for each in devices)
        if primordial and not devices:
            capacity = kind.capacity
        pool = self._show(kind, label, name, capacity, primordial=primordial)
        self._aggregate(pool, devices)
        self._capabilities.show(pool)
        return pool

    def create_child(
        self,
        kind: ResourceKind,
        label: str,
        draws: Collection[DrawWanted],
        *,
        name: str | None = None,
    ) -> Pool:
        """Show a new pool that has its capacity out of others."""
        pool = self._show(kind, label, name, sum(each.amount for each in draws))
        self._draw(pool, draws)
        self._capabilities.show(pool)
        return pool

    def delete(self, pool: Pool) -> None:
        """Remove a pool that nobody uses; what it had goes back to where it came from."""
        self._give_back(pool)
        for device in pool.devices.values():
            device.pool_id = None
        self._capabilities.remove(pool)
        self._store.remove(pool.name)
        self._profiles.forget(pool.name)
        del self._pools[pool.pool_id], self._by_name[pool.name]

    def redraw(self, pool: Pool, draws: Collection[DrawWanted]) -> None:
        """Give a pool its capacity out of other parents, or in other amounts."""
        self._give_back(pool)
        self._draw(pool, draws)
        self._resize(pool, sum(each.amount for each in draws))

    def add_devices(self, pool: Pool, devices: Collection[HostDevice]) -> None:
        """Put more host devices into a pool."""
        self._aggregate(pool, devices)
        self._resize(pool, pool.capacity + sum(each.amount for each in devices))

    def remove_devices(self, pool: Pool, devices: Collection[HostDevice]) -> None:
        """Take host devices out of a pool."""
        for device in devices:
            device.pool_id = None
            del pool.devices[device.name]
            self._unlink(device.name, "CIM_ConcreteComponent", "PartComponent")
        self._resize(pool, pool.capacity - sum(each.amount for each in devices))

    def _aggregate(self, pool: Pool, devices: Iterable[HostDevice]) -> None:
        for device in devices:
            device.pool_id = pool.pool_id
            pool.devices[device.name] = device
            self._store.add(
                "CIM_ConcreteComponent", GroupComponent=pool.name, PartComponent=device.name
            )

    def _resize(self, pool: Pool, capacity: int) -> None:
        pool.capacity = capacity
        self._store.change(pool.name, Capacity=capacity)
        self._capabilities.refresh(pool)

    def _book(self, pool: Pool, amount: int) -> None:
        pool.reserved += amount
        self._store.change(pool.name, Reserved=pool.reserved)

    def _show(
        self,
        kind: ResourceKind,
        label: str,
        name: str | None,
        capacity: int,
        *,
        primordial: bool = False,
    ) -> Pool:
        pool_id = f"{kind.slug}/{label}"
        path = self._store.add(
            "CIM_ResourcePool",
            InstanceID=instance_id("pool", pool_id),
            ElementName=f"{kind.title} pool, {label}" if name is None else name,
            PoolID=pool_id,
            Primordial=primordial,
            ResourceType=kind.resource_type,
            AllocationUnits=kind.pool_units,
            Capacity=capacity,
            Reserved=0,
            OperationalStatus=[2],
            HealthState=5,
        )
        self._store.add("CIM_HostedResourcePool", GroupComponent=self._host, PartComponent=path)
        self._profiles.conform_pool(kind.resource_type, path)
        pool = Pool(path, pool_id, kind, primordial, capacity)
        self._pools[pool_id] = self._by_name[path] = pool
        return pool

    def _draw(self, pool: Pool, draws: Iterable[DrawWanted]) -> None:
        """Let a pool hold its capacity out of its parents (DSP1041, clause 7)."""
        for wanted in draws:
            settings = self._store.add(
                pool.kind.settings_class, **_drawn(pool, wanted, len(pool.draws) + 1)
            )
            parent = wanted.parent
            for association, end in (
                ("CIM_ElementAllocatedFromPool", pool.name),
                ("CIM_ResourceAllocationFromPool", settings),
            ):
                self._store.add(association, Antecedent=parent.name, Dependent=end)
            self._store.add(
                "CIM_ElementSettingData",
                ManagedElement=pool.name,
                SettingData=settings,
                IsDefault=1,
            )
            self._book(parent, wanted.amount)
            parent.children.add(pool.pool_id)
            pool.draws.append(Draw(parent, wanted.amount, settings))

    def _give_back(self, pool: Pool) -> None:
        """Let a pool hold nothing of its parents any more."""
        for draw in pool.draws:
            self._book(draw.parent, -draw.amount)
            draw.parent.children.discard(pool.pool_id)
            self._store.remove(draw.settings)
        self._unlink(pool.name, "CIM_ElementAllocatedFromPool", "Dependent")
        pool.draws.clear()

    def _unlink(self, name: ObjectName, association: str, role: str) -> None:
        for link in self._store.referring(name, association, role):
            self._store.remove(link.path)


def _drawn(pool: Pool, wanted: DrawWanted, serial: int) -> Values:
    """Return the settings that say what a pool holds of a parent."""
    kind = pool.kind
    label = "allocation" if serial == 1 else f"allocation-{serial}"
    amount = ceil(convert(wanted.amount, kind.pool_units, kind.units))
    sizes: Values = {
        name: 1
        for name in ("VirtualResourceBlockSize", "HostResourceBlockSize")
        if name in kind.fixed
    }
    return {
        "ElementName": f"Allocation of the {kind.noun} pool",
        "VirtualQuantity": amount,
        "VirtualQuantityUnits": kind.units,
        **sizes,
        **wanted.shown,
        "InstanceID": instance_id("pool", pool.pool_id, label),
        "ResourceType": kind.resource_type,
        "PoolID": wanted.parent.pool_id,
        "AllocationUnits": kind.units,
        "Reservation": amount,
        "Limit": amount,
    }
