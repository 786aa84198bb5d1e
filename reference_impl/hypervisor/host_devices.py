"""The devices of the host that resources are allocated out of (DSP1041, clause 7).

Resource pools aggregate them; what they amount to is what a pool can serve. Some are spare: in
no pool until a client puts them into one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reference_impl.hypervisor import descriptions
from reference_impl.hypervisor.endpoints import Endpoints
from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.profiles import Profiles
from reference_impl.hypervisor.resource_kinds import (
    CLOCK_SPEED,
    DISK,
    ETHERNET_PORT,
    MEBIBYTE,
    MEMORY,
    PROCESSOR,
    SWITCH_PORT,
    ResourceKind,
)
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import ObjectName

#: Processors of a small host; one with more systems has more of them.
PROCESSORS = 16

#: How many virtual Ethernet ports each port of the host serves.
_VIRTUAL_PORTS = MEBIBYTE // 4


@dataclass(slots=True)
class HostDevice:
    """One device of the host: what it adds to a pool, and the PoolID of the pool it is in.

    `endpoint` is the LAN endpoint of a port.
    """

    name: ObjectName
    kind: ResourceKind
    amount: int
    pool_id: str | None = None
    endpoint: ObjectName | None = None


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the host has of one kind: so many devices in pools, and spare ones.

    `amount` is what each adds to its pool, in the pool's units; `described` gives the properties
    of a device by its serial number and its amount.
    """

    number: int
    amount: int
    described: Callable[[int, int], Values]
    spare: int = 1


def processors_for(systems: int) -> int:
    """Return how many processors a host of so many virtual systems needs."""
    return max(PROCESSORS, -(-systems // 8))


class HostDevices:
    """All devices of the host, by path."""

    def __init__(
        self,
        store: Store,
        host: ObjectName,
        profiles: Profiles,
        endpoints: Endpoints,
        *,
        processors: int = PROCESSORS,
    ) -> None:
        self._store = store
        self._host = host
        self._profiles = profiles
        self._endpoints = endpoints
        self._devices: dict[ObjectName, HostDevice] = {}
        self._numbers = {PROCESSOR.noun: processors}
        for kind in (PROCESSOR, MEMORY, DISK, ETHERNET_PORT, SWITCH_PORT):
            self._install(kind)
        self._offer_processors()

    def __iter__(self) -> Iterator[HostDevice]:
        return iter(self._devices.values())

    def named(self, name: ObjectName) -> HostDevice | None:
        """Return the host device of this path, or None."""
        return self._devices.get(name)

    def pooled(self, kind: ResourceKind) -> list[HostDevice]:
        """Return the devices of a kind that are in a pool from the beginning."""
        found = [each for each in self if each.kind is kind]
        return found[: self._number(kind)]

    def _number(self, kind: ResourceKind) -> int:
        equipment = EQUIPMENT.get(kind.noun)
        return self._numbers.get(kind.noun, equipment.number if equipment else 0)

    def _install(self, kind: ResourceKind) -> None:
        equipment = EQUIPMENT[kind.noun]
        for serial in range(1, self._number(kind) + equipment.spare + 1):
            title = f"Host {kind.noun} {serial}"
            values = equipment.described(serial, equipment.amount)
            name = self._store.add(
                kind.device_class,
                SystemCreationClassName=self._host.classname,
                SystemName=self._host.key("Name"),
                DeviceID=f"host-{kind.slug}-{serial}",
                ElementName=title,
                **descriptions.IN_ORDER,
                **values,
            )
            self._store.add("CIM_SystemDevice", GroupComponent=self._host, PartComponent=name)
            self._profiles.conform_device(kind.resource_type, name)
            device = HostDevice(name, kind, equipment.amount)
            if "PermanentAddress" in values:
                address = values["PermanentAddress"]
                device.endpoint = self._endpoints.show(self._host, name, address, title)
            self._devices[name] = device

    def _offer_processors(self) -> None:
        """Show what all processors of the host can do, which is the same (DSP1022)."""
        capabilities = self._store.add(
            "CIM_ProcessorCapabilities",
            InstanceID=instance_id("host", "processor capabilities"),
            ElementName="Capabilities of the host processors",
            NumberOfProcessorCores=1,
            NumberOfHardwareThreads=1,
            RequestedStatesSupported=[],
            ElementNameEditSupported=False,
        )
        for device in self:
            if device.kind is PROCESSOR:
                self._store.add(
                    "CIM_ElementCapabilities",
                    ManagedElement=device.name,
                    Capabilities=capabilities,
                )


def _processor(_serial: int, _clock_speed: int) -> Values:
    return descriptions.processor("Simulated host processor")


def _memory(_serial: int, mebibytes: int) -> Values:
    return descriptions.memory(mebibytes * MEBIBYTE)


def _disk(serial: int, mebibytes: int) -> Values:
    return descriptions.disk(f"/dev/host/disk{serial}", 512, mebibytes * MEBIBYTE // 512)


def _ethernet_port(serial: int, _virtual_ports: int) -> Values:
    return descriptions.ethernet_port(f"02C0{serial:08X}")


def _uplink(serial: int, _uplinks: int) -> Values:
    return descriptions.ethernet_port(f"02C2{serial:08X}")


#: Noun of the kind, and what the host has of it; other kinds exist without host devices.
EQUIPMENT: Mapping[str, Equipment] = {
    PROCESSOR.noun: Equipment(PROCESSORS, CLOCK_SPEED, _processor, spare=2),
    MEMORY.noun: Equipment(8, 8 * MEBIBYTE, _memory),
    DISK.noun: Equipment(8, 512 * MEBIBYTE, _disk),
    ETHERNET_PORT.noun: Equipment(4, _VIRTUAL_PORTS, _ethernet_port),
    SWITCH_PORT.noun: Equipment(4, 1, _uplink),
}
