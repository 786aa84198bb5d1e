"""The virtual devices of a running system: one for each allocation, or one for each processor.

An Ethernet connection appears as a port of the virtual switch, connected to the port of the
system that it is the connection of (DSP1050, DSP1097).
"""

from __future__ import annotations

from reference_impl.hypervisor import descriptions
from reference_impl.hypervisor.endpoints import Endpoints
from reference_impl.hypervisor.object_paths import read, written
from reference_impl.hypervisor.profiles import Profiles
from reference_impl.hypervisor.records import Allocation, Configuration, VirtualSystem
from reference_impl.hypervisor.resource_kinds import (
    DISK,
    DVD_DRIVE,
    ETHERNET_CONNECTION,
    IDE_CONTROLLER,
    MEMORY,
    PROCESSOR,
)
from reference_impl.hypervisor.resources import quantity
from reference_impl.hypervisor.states import APPEARANCES
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.units import convert
from reference_impl.values import ObjectName


class Devices:
    """Shows and hides virtual devices, with all that links them to system, pool and settings."""

    def __init__(self, store: Store, profiles: Profiles, endpoints: Endpoints) -> None:
        self._store = store
        self._profiles = profiles
        self._endpoints = endpoints

    def create(self, system: VirtualSystem, allocation: Allocation) -> None:
        """Show the devices of an allocation that has become active."""
        if allocation.kind is ETHERNET_CONNECTION:
            self._create_connection(system, allocation)
            return
        for index in range(device_count(allocation)):
            self.create_one(system.name, allocation, _local(allocation, index))

    def create_one(self, owner: ObjectName, allocation: Allocation, local: str) -> None:
        """Show one device of an allocation; `local` is its DeviceID among those of the owner."""
        device = self._store.add(
            allocation.kind.device_class,
            SystemCreationClassName=owner.classname,
            SystemName=owner.key("Name"),
            DeviceID=local,
            ElementName=allocation.settings["ElementName"],
            **descriptions.IN_ORDER,
            **device_values(allocation),
        )
        allocation.devices.append(device)
        self._link(owner, allocation, device)
        if allocation.kind.has_address:
            address, title = (allocation.settings[each] for each in ("Address", "ElementName"))
            allocation.endpoints.append(self._endpoints.show(owner, device, address, title))

    def remove(self, allocation: Allocation) -> None:
        """Hide the devices of an allocation."""
        for endpoint in allocation.endpoints:
            self._endpoints.remove(endpoint)
        for device in allocation.devices:
            self._store.remove(device)
            self._profiles.forget(device)
        allocation.endpoints.clear()
        allocation.devices.clear()

    def refresh(self, system: VirtualSystem, allocation: Allocation) -> None:
        """Show the devices of an allocation as its changed settings are now."""
        replugged = allocation.kind is ETHERNET_CONNECTION
        if replugged or device_count(allocation) != len(allocation.devices):
            self.remove(allocation)
            self.create(system, allocation)
            return
        for device in allocation.devices:
            self._store.change(device, **device_values(allocation))
        for endpoint in allocation.endpoints:
            self._endpoints.change(endpoint, allocation.settings["Address"])

    def show_state(self, system: VirtualSystem) -> None:
        """Let all devices of the system follow its state: enabled, or quiesced with it.

        Ports of a switch do not: they are there for whoever sends to the system.
        """
        appearance = APPEARANCES[system.state]
        for allocation in system.current.allocations.values():
            if allocation.kind is not ETHERNET_CONNECTION:
                for shown in (*allocation.devices, *allocation.endpoints):
                    self._store.change(shown, EnabledState=appearance.enabled_state)

    def _create_connection(self, system: VirtualSystem, allocation: Allocation) -> None:
        switch = read(allocation.settings["HostResource"][0], self._store.namespace)
        if switch is None:
            return
        self.create_one(switch, allocation, f"{_local(allocation, 0)}-of-{system.uuid}")
        port = _parent(system.current, allocation)
        for endpoint in port.endpoints if port else ():
            self._endpoints.connect(endpoint, allocation.endpoints[0])

    def _link(self, owner: ObjectName, allocation: Allocation, device: ObjectName) -> None:
        self._store.add("CIM_SystemDevice", GroupComponent=owner, PartComponent=device)
        self._store.add(
            "CIM_SettingsDefineState", ManagedElement=device, SettingData=allocation.name
        )
        self._store.add(
            "CIM_ElementAllocatedFromPool",
            Antecedent=allocation.claim.pool.name,
            Dependent=device,
        )
        self._profiles.conform_device(allocation.kind.resource_type, device)


def device_count(allocation: Allocation) -> int:
    """Return how many devices an allocation appears as."""
    kind = allocation.kind
    return int(quantity(kind, allocation.settings)) if kind.device_for_each_unit else 1


def device_values(allocation: Allocation) -> Values:
    """Return the properties of a device that follow from its allocation."""
    kind, settings = allocation.kind, allocation.settings
    if kind is PROCESSOR:
        return descriptions.processor("Simulated processor")
    if kind is MEMORY:
        size = convert(settings["VirtualQuantity"], settings["VirtualQuantityUnits"], "byte")
        return descriptions.memory(int(size))
    if kind is DISK:
        return descriptions.disk(
            f"/dev/disk{allocation.serial}",
            settings["VirtualResourceBlockSize"],
            int(quantity(kind, settings)),
            settings["Access"],
        )
    if kind is IDE_CONTROLLER:
        return descriptions.ide_controller()
    if kind is DVD_DRIVE:
        return descriptions.dvd_drive()
    return descriptions.ethernet_port(settings["Address"])


def _local(allocation: Allocation, index: int) -> str:
    serial = allocation.serial
    kind = allocation.kind
    return f"{kind.slug}-{serial}.{index}" if kind.device_for_each_unit else f"{kind.slug}-{serial}"


def _parent(configuration: Configuration, allocation: Allocation) -> Allocation | None:
    """Return the resource of a configuration that another one is attached to."""
    parent = allocation.settings.get("Parent")
    found = configuration.allocations.items()
    return next((each for name, each in found if written(name) == parent), None)
