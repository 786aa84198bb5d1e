"""The service that creates, changes and deletes resource pools (DSP1041, clause 8).

Each method is checked before it answers, and again when its job does the work: what was there
then may have gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from reference_impl.hypervisor.calls import Answer, Caller
from reference_impl.hypervisor.host_devices import HostDevices
from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.jobs import Jobs
from reference_impl.hypervisor.pool_requests import (
    check_supply,
    devices_given,
    draws_given,
    kind_given,
    parents_given,
    pool_given,
    spare,
)
from reference_impl.hypervisor.pools import DrawWanted, Pool, Pools
from reference_impl.hypervisor.refusal import (
    POOL_FAILED,
    POOL_IN_USE,
    POOL_INCORRECT_RESOURCE_TYPE,
    POOL_INVALID_PARAMETER,
    Refused,
)
from reference_impl.hypervisor.resource_kinds import ResourceKind
from reference_impl.hypervisor.services import show_affected, show_service
from reference_impl.hypervisor.store import Store
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import ObjectName

SERVICE = "CIM_ResourcePoolConfigurationService"

#: Method and its value in Synchronous-/AsynchronousMethodsSupported (DSP1041, clause 7).
POOL_METHOD_VALUES: Mapping[str, int] = {
    "CreateResourcePool": 2,
    "CreateChildResourcePool": 3,
    "DeleteResourcePool": 4,
    "AddResourcesToResourcePool": 5,
    "RemoveResourcesFromResourcePool": 6,
    "ChangeParentResourcePool": 7,
}

#: ElementEffects of jobs: Create for the pool that one brings, Element Integrity for others.
_CREATE = 5
_INTEGRITY = 4


@dataclass(frozen=True, slots=True)
class Step:
    """What a call is to do, checked: to which pools, and how."""

    perform: Callable[[], Answer]
    pools: Sequence[Pool] = ()


class PoolService:
    """Handlers of the methods of the pool configuration service; `name` is its path."""

    def __init__(
        self,
        store: Store,
        host: ObjectName,
        pools: Pools,
        devices: HostDevices,
        *,
        jobs: Jobs,
        asynchronous: Collection[str],
    ) -> None:
        self._store = store
        self._schema = store.repository.schema
        self._pools = pools
        self._devices = devices
        self._serial = count(1)
        self.name = show_service(store, host, SERVICE, "Resource pool configuration")
        _offer(store, self.name, asynchronous)
        self.caller = Caller(jobs, self.name, asynchronous)
        for pool in pools:
            show_affected(store, self.name, pool.name)

    def handlers(self) -> dict[tuple[str, str], MethodHandler]:
        """Return the handlers of the methods, for the table of the server."""
        steps: dict[str, Callable[[MethodCall], Step]] = {
            "CreateResourcePool": self._create_root,
            "CreateChildResourcePool": self._create_child,
            "DeleteResourcePool": self._delete,
            "AddResourcesToResourcePool": self._add_devices,
            "RemoveResourcesFromResourcePool": self._remove_devices,
            "ChangeParentResourcePool": self._change_parent,
        }
        return {(SERVICE, method): self._handler(step) for method, step in steps.items()}

    def _handler(self, prepared: Callable[[MethodCall], Step]) -> MethodHandler:
        def handle(call: MethodCall) -> MethodResult:
            with self._store.repository.lock:
                affected = [(pool.name, [_INTEGRITY]) for pool in prepared(call).pools]
                return self.caller.run(call, lambda: prepared(call).perform(), affected)

        return handle

    def _create_root(self, call: MethodCall) -> Step:
        kind = kind_given(call)
        devices = spare(devices_given(self._devices, call, kind))

        def perform() -> Answer:
            return self._created(
                self._pools.create_root(kind, self._label(), devices, name=call.get("ElementName"))
            )

        return Step(perform)

    def _create_child(self, call: MethodCall) -> Step:
        parents = parents_given(self._pools, call)
        draws = draws_given(self._schema, call, parents)
        check_supply(draws)
        kind: ResourceKind = parents[0].kind

        def perform() -> Answer:
            return self._created(
                self._pools.create_child(kind, self._label(), draws, name=call.get("ElementName"))
            )

        return Step(perform, parents)

    def _delete(self, call: MethodCall) -> Step:
        pool = pool_given(self._pools, call, "Pool")
        if pool.primordial:
            raise Refused(POOL_FAILED, f"the pool {pool.pool_id} is primordial")
        if pool.reserved or pool.users or pool.children:
            raise Refused(POOL_IN_USE, f"the pool {pool.pool_id} is in use")
        if self._pools.serves_by_default(pool):
            raise Refused(POOL_IN_USE, f"the pool {pool.pool_id} serves by default")

        def perform() -> Answer:
            self._pools.delete(pool)
            return Answer()

        return Step(perform, [pool])

    def _add_devices(self, call: MethodCall) -> Step:
        pool = self._root_given(call)
        devices = spare(devices_given(self._devices, call, pool.kind))

        def perform() -> Answer:
            self._pools.add_devices(pool, devices)
            return Answer()

        return Step(perform, [pool])

    def _remove_devices(self, call: MethodCall) -> Step:
        pool = self._root_given(call)
        devices = devices_given(self._devices, call, pool.kind)
        for device in devices:
            if device.name not in pool.devices:
                raise Refused(POOL_INVALID_PARAMETER, f"{device.name} is not in {pool.pool_id}")
        if pool.capacity - sum(each.amount for each in devices) < pool.reserved:
            raise Refused(POOL_IN_USE, f"the pool {pool.pool_id} has too much of it reserved")
        if len(devices) == len(pool.devices):
            raise Refused(POOL_FAILED, f"the pool {pool.pool_id} would have nothing left")

        def perform() -> Answer:
            self._pools.remove_devices(pool, devices)
            return Answer()

        return Step(perform, [pool])

    def _change_parent(self, call: MethodCall) -> Step:
        child = pool_given(self._pools, call, "ChildPool")
        if not child.draws:
            raise Refused(POOL_INVALID_PARAMETER, f"the pool {child.pool_id} is a root pool")
        parents = parents_given(self._pools, call)
        if parents[0].kind is not child.kind:
            raise Refused(POOL_INCORRECT_RESOURCE_TYPE, f"{child.pool_id} is of another type")
        if any(parent.draws_on(child) for parent in parents):
            raise Refused(POOL_INVALID_PARAMETER, f"{child.pool_id} would be its own ancestor")
        draws = self._draws_of(call, child, parents)
        check_supply(draws, child)
        if sum(each.amount for each in draws) < child.reserved:
            raise Refused(POOL_IN_USE, f"{child.pool_id}: {child.reserved} of it is reserved")

        def perform() -> Answer:
            self._pools.redraw(child, draws)
            return Answer()

        return Step(perform, [child, *parents])

    def _draws_of(self, call: MethodCall, child: Pool, parents: Sequence[Pool]) -> list[DrawWanted]:
        """Return what a pool is to draw: what the settings say, or what it has had before."""
        if call.get("Settings"):
            return draws_given(self._schema, call, parents)
        if len(parents) > 1:
            raise Refused(POOL_INVALID_PARAMETER, "Settings: needed for more than one parent")
        return [DrawWanted(parents[0], child.capacity, {})]

    def _root_given(self, call: MethodCall) -> Pool:
        """Return a pool that consists of host devices. Raises `Refused` for another one."""
        pool = pool_given(self._pools, call, "Pool")
        if pool.draws:
            raise Refused(
                POOL_INVALID_PARAMETER, f"the pool {pool.pool_id} has no host resources of its own"
            )
        return pool

    def _created(self, pool: Pool) -> Answer:
        show_affected(self._store, self.name, pool.name)
        return Answer({"Pool": pool.name}, [(pool.name, [_CREATE])])

    def _label(self) -> str:
        return f"pool-{next(self._serial)}"


def _offer(store: Store, service: ObjectName, asynchronous: Collection[str]) -> None:
    """Announce each method in the way it runs, and in that way only."""
    offered = POOL_METHOD_VALUES.items()
    capabilities = store.add(
        "CIM_ResourcePoolConfigurationCapabilities",
        InstanceID=instance_id("resource pool configuration capabilities"),
        ElementName="Resource pool configuration capabilities",
        SynchronousMethodsSupported=[v for m, v in offered if m not in asynchronous],
        AsynchronousMethodsSupported=[v for m, v in offered if m in asynchronous],
    )
    store.add("CIM_ElementCapabilities", ManagedElement=service, Capabilities=capabilities)
