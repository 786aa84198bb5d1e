"""The virtual devices of a running system: one for each allocation, or one for each processor."""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.hypervisor.records import Allocation, VirtualSystem
from reference_impl.hypervisor.resources import (
    CLOCK_SPEED,
    DISK,
    MEBIBYTE,
    MEMORY,
    PROCESSOR,
    quantity,
)
from reference_impl.hypervisor.states import APPEARANCES, State
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.units import convert
from reference_impl.values import Value

_PROCESSOR: Mapping[str, Value] = {
    "Family": 1,
    "OtherFamilyDescription": "Simulated processor",
    "CurrentClockSpeed": CLOCK_SPEED,
    "MaxClockSpeed": CLOCK_SPEED,
    "ExternalBusClockSpeed": 100,
    "LoadPercentage": 0,
    "CPUStatus": 1,
    "NumberOfEnabledCores": 1,
}


class Devices:
    """Shows and hides virtual devices, with all that links them to system, pool and settings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, system: VirtualSystem, allocation: Allocation) -> None:
        """Show the devices of an allocation that has become active."""
        for index in range(device_count(allocation)):
            self._create(system, allocation, index)

    def remove(self, allocation: Allocation) -> None:
        """Hide the devices of an allocation."""
        for device in allocation.devices:
            self._store.remove(device)
        allocation.devices.clear()

    def refresh(self, system: VirtualSystem, allocation: Allocation) -> None:
        """Show the devices of an allocation as its changed settings are now."""
        if device_count(allocation) != len(allocation.devices):
            self.remove(allocation)
            self.create(system, allocation)
            return
        for device in allocation.devices:
            self._store.change(device, **device_values(allocation))

    def show_state(self, system: VirtualSystem) -> None:
        """Let all devices of the system follow its state: enabled, or quiesced with it."""
        appearance = APPEARANCES[system.state]
        for allocation in system.current.allocations.values():
            for device in allocation.devices:
                self._store.change(device, EnabledState=appearance.enabled_state)

    def _create(self, system: VirtualSystem, allocation: Allocation, index: int) -> None:
        kind = allocation.kind
        serial = f"{allocation.serial}.{index}" if kind.device_for_each_unit else allocation.serial
        device = self._store.add(
            kind.device_class,
            SystemCreationClassName=system.name.classname,
            SystemName=system.name.key("Name"),
            DeviceID=f"{kind.slug}-{serial}",
            ElementName=allocation.settings["ElementName"],
            EnabledState=int(State.ACTIVE),
            RequestedState=12,
            OperationalStatus=[2],
            HealthState=5,
            **device_values(allocation),
        )
        allocation.devices.append(device)
        self._store.add("CIM_SystemDevice", GroupComponent=system.name, PartComponent=device)
        self._store.add(
            "CIM_SettingsDefineState", ManagedElement=device, SettingData=allocation.name
        )
        self._store.add(
            "CIM_ElementAllocatedFromPool",
            Antecedent=allocation.claim.pool.name,
            Dependent=device,
        )


def device_count(allocation: Allocation) -> int:
    """Return how many devices an allocation appears as."""
    kind = allocation.kind
    return int(quantity(kind, allocation.settings)) if kind.device_for_each_unit else 1


def device_values(allocation: Allocation) -> Values:
    """Return the properties of a device that follow from its allocation."""
    kind, settings = allocation.kind, allocation.settings
    if kind is PROCESSOR:
        return dict(_PROCESSOR)
    if kind is MEMORY:
        size = int(convert(settings["VirtualQuantity"], settings["VirtualQuantityUnits"], "byte"))
        block = MEBIBYTE if size % MEBIBYTE == 0 else 1
        return {"Volatile": True, **_blocks(block, size // block)}
    if kind is DISK:
        return {
            "Name": f"/dev/disk{allocation.serial}",
            **_blocks(settings["VirtualResourceBlockSize"], int(quantity(kind, settings))),
        }
    address = settings["Address"]
    return {
        "PermanentAddress": address,
        "NetworkAddresses": [address],
        "LinkTechnology": 2,
        "FullDuplex": True,
    }


def _blocks(size: int, number: int) -> Values:
    return {
        "Access": 3,
        "BlockSize": size,
        "NumberOfBlocks": number,
        "ConsumableBlocks": number,
        "IsComposite": False,
    }
