"""Virtual system configurations: settings of the system and of its resources, as instances.

A configuration is a CIM_VirtualSystemSettingData with its CIM_ResourceAllocationSettingData
(DSP1042 and DSP1057, clause 7). Every request and every allocated resource is linked to the
pool that serves it (DSP1041).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from reference_impl.hypervisor.allocation_capabilities import granted
from reference_impl.hypervisor.identity import hardware_address, instance_id
from reference_impl.hypervisor.object_paths import written
from reference_impl.hypervisor.pool_records import Claim
from reference_impl.hypervisor.pools import Pools
from reference_impl.hypervisor.records import Allocation, Configuration, Wanted
from reference_impl.hypervisor.refusal import Refused
from reference_impl.hypervisor.resource_kinds import ResourceKind
from reference_impl.hypervisor.resources import reserved
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import ObjectName, Value


class Configurations:
    """Creates, changes and removes configurations and the allocations in them."""

    def __init__(self, store: Store, pools: Pools) -> None:
        self._store = store
        self._pools = pools
        self._addresses = count(1)

    def create(
        self,
        uuid: str,
        label: str,
        settings: Values,
        classname: str = "CIM_VirtualSystemSettingData",
    ) -> Configuration:
        """Show a new configuration of a system; `label` tells it from the others it has."""
        name = self._store.add(classname, InstanceID=instance_id(uuid, label), **settings)
        return Configuration(name, label, settings)

    def change(self, configuration: Configuration, settings: Values) -> None:
        """Give a configuration other system settings; those that are missing become NULL."""
        gone = dict.fromkeys(configuration.settings.keys() - settings.keys())
        configuration.settings = settings
        self._store.change(configuration.name, **gone, **settings)

    def remove(self, configuration: Configuration) -> None:
        """Remove a configuration with all its allocations."""
        for allocation in list(configuration.allocations.values()):
            self.remove_allocation(configuration, allocation)
        self._store.remove(configuration.name)

    def prepared(self, kind: ResourceKind, given: Mapping[str, Value]) -> Values:
        """Return the settings that a request stands for: completed, with pool and address.

        Raises `Refused` when it cannot be granted.
        """
        settings = granted(self._pools.pool_for(kind, given.get("PoolID")), given)
        if kind.has_address and "Address" not in settings:
            settings["Address"] = hardware_address(next(self._addresses))
        return settings

    def claim(self, kind: ResourceKind, settings: Values) -> Claim:
        """Return what prepared settings claim of their pool."""
        return Claim(self._pools.pool_for(kind, settings["PoolID"]), reserved(kind, settings))

    def add_allocations(
        self, configuration: Configuration, wanted: Sequence[Wanted], uuid: str
    ) -> list[Allocation]:
        """Show more resources in a configuration, in the order in which they are wanted.

        Those that are attached to one another are attached to what is shown here.
        """
        names: dict[str, str] = {}
        added: dict[int, Allocation] = {}
        for index in sorted(range(len(wanted)), key=lambda each: bool(wanted[each].kind.parentage)):
            each = wanted[index]
            attached = replace(each, settings=reattached(each.settings, names))
            added[index] = self.add_allocation(configuration, attached, uuid)
            if each.label is not None:
                names[each.label] = written(added[index].name)
        return [added[index] for index in range(len(wanted))]

    def add_allocation(self, configuration: Configuration, wanted: Wanted, uuid: str) -> Allocation:
        """Show one more resource in a configuration of the system `uuid`."""
        configuration.serial += 1
        serial = configuration.serial
        kind, settings = wanted.kind, dict(wanted.settings)
        local = f"{kind.slug}-{serial}"
        claim = self.claim(kind, settings)
        name = self._store.add(
            kind.settings_class,
            InstanceID=instance_id(uuid, configuration.label, local),
            **settings,
        )
        self._store.add(
            "CIM_VirtualSystemSettingDataComponent",
            GroupComponent=configuration.name,
            PartComponent=name,
        )
        self._store.add(
            "CIM_ResourceAllocationFromPool", Antecedent=claim.pool.name, Dependent=name
        )
        claim.pool.users += 1
        allocation = Allocation(name, kind, serial, settings, claim, wanted.origin)
        configuration.allocations[name] = allocation
        return allocation

    def change_allocation(self, allocation: Allocation, settings: Values) -> None:
        """Give an allocation other settings; the claim on an active one is adjusted.

        Raises `Refused` when the pool cannot serve it; nothing is changed then.
        """
        claim = self.claim(allocation.kind, settings)
        if allocation.active:
            self._pools.release([allocation.claim])
            try:
                self._pools.reserve([claim])
            except Refused:
                self._pools.reserve([allocation.claim])
                raise
        if claim.pool is not allocation.claim.pool:
            self._move(allocation, claim)
        gone = dict.fromkeys(allocation.settings.keys() - settings.keys())
        allocation.claim, allocation.settings = claim, settings
        self._store.change(allocation.name, **gone, **settings)

    def remove_allocation(self, configuration: Configuration, allocation: Allocation) -> None:
        """Remove a resource that is not active from a configuration."""
        self._store.remove(allocation.name)
        allocation.claim.pool.users -= 1
        del configuration.allocations[allocation.name]

    def link(self, element: ObjectName, settings: ObjectName) -> None:
        """Mark settings as the default and next ones of a state configuration or allocation."""
        self._store.add(
            "CIM_ElementSettingData",
            ManagedElement=element,
            SettingData=settings,
            IsDefault=1,
            IsNext=1,
        )

    def _move(self, allocation: Allocation, claim: Claim) -> None:
        """Let settings, and the devices that are there for them, be of another pool."""
        allocation.claim.pool.users -= 1
        claim.pool.users += 1
        self._relink("CIM_ResourceAllocationFromPool", claim, allocation.name)
        for device in allocation.devices:
            self._relink("CIM_ElementAllocatedFromPool", claim, device)

    def _relink(self, association: str, claim: Claim, dependent: ObjectName) -> None:
        for link in self._store.referring(dependent, association, "Dependent"):
            self._store.remove(link.path)
        self._store.add(association, Antecedent=claim.pool.name, Dependent=dependent)


def reattached(settings: Values, names: Mapping[str, str]) -> Values:
    """Return settings that say where their parent is now, by what it was called before."""
    parent = names.get(settings.get("Parent", ""))
    return {**settings, "Parent": parent} if parent is not None else dict(settings)
