"""The kinds of resources that the hypervisor allocates: their numbers, classes and units.

Follows the Resource Allocation Profile (DSP1041) in the shape that the profiles for
processors (DSP1044), memory (DSP1045), storage (DSP1047), Ethernet ports (DSP1050) and all
other devices (DSP1059) give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reference_impl.values import Value

MEBIBYTE = 2**20
CLOCK_SPEED = 2400  # megahertz of each host processor


@dataclass(frozen=True, slots=True)
class Parentage:
    """What a resource can be attached to, as Parent and AddressOnParent of its request say.

    `types` are the resource types of parents, `places` the addresses that each of them has. A
    resource that is not `required` to be attached may be without a parent.
    """

    types: tuple[int, ...]
    places: tuple[str, ...]
    required: bool = False


#: Virtualized, not passed through; the host resource behind it is not chosen by clients.
_VIRTUALIZED: Mapping[str, Value] = {
    "ConsumerVisibility": 3,
    "MappingBehavior": 2,
    "AutomaticAllocation": True,
    "AutomaticDeallocation": True,
}


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """One kind of resource: its numbers, classes, units and defaults; one device a request.

    `units` are those of Reservation and Limit, `quantity_units` those of VirtualQuantity, where
    a request names none; `reservation` and `limit` are the defaults for each unit of quantity.
    The quantity of one request is at least `minimum` and at most `maximum`, by steps of
    `increment`, all in `quantity_units`. `fixed` are the values that a request cannot choose
    otherwise. `capacity` is what the host has, in `pool_units`, where no host devices stand
    behind it. `request_types` says whether a request names the host resource, by a value of
    RequestTypesSupported: it must (2), cannot (3) or may (4).

    `choices` are the values of which a request can choose another one than the `fixed`, and
    `accepted` are properties that only requests for this kind have. Resources `of_switch`
    belong to virtual switches; no virtual system can have them.
    """

    noun: str
    resource_type: int
    settings_class: str
    device_class: str
    pool_units: str = "count"
    units: str = "count"
    quantity_units: str = "count"
    quantity: int = 1
    minimum: int = 1
    maximum: int = 1
    increment: int = 1
    reservation: int = 1
    limit: int = 1
    fixed: Mapping[str, Value] = field(default_factory=lambda: _VIRTUALIZED)
    choices: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    parentage: Parentage | None = None
    capacity: int = 0
    request_types: int = 3
    device_for_each_unit: bool = False
    has_address: bool = False
    of_switch: bool = False

    @property
    def title(self) -> str:
        """The noun as it begins a name: `Ethernet port`."""
        return self.noun[0].upper() + self.noun[1:]

    @property
    def slug(self) -> str:
        """The noun as part of an identifier: `ethernet-port`."""
        return self.noun.lower().replace(" ", "-")


#: An IDE controller has two devices, the master and the slave.
_ON_IDE = Parentage(types=(5,), places=("0", "1"))

PROCESSOR = ResourceKind(
    noun="processor",
    resource_type=3,
    settings_class="CIM_ResourceAllocationSettingData",
    device_class="CIM_Processor",
    pool_units="hertz*10^6",
    units="hertz*10^6",
    maximum=64,
    reservation=100,
    limit=CLOCK_SPEED,
    device_for_each_unit=True,
)
MEMORY = ResourceKind(
    noun="memory",
    resource_type=4,
    settings_class="CIM_ResourceAllocationSettingData",
    device_class="CIM_Memory",
    pool_units="byte*2^20",
    units="byte*2^20",
    quantity_units="byte*2^20",
    quantity=512,
    minimum=4,
    maximum=4 * MEBIBYTE,
    increment=4,
    reservation=1,
    limit=1,
)
DISK = ResourceKind(
    noun="disk",
    resource_type=31,
    settings_class="CIM_StorageAllocationSettingData",
    device_class="CIM_LogicalDisk",
    pool_units="byte*2^20",
    units="byte",
    quantity_units="count(fixed size block)",
    quantity=8 * 2**30 // 512,
    minimum=2**20 // 512,
    maximum=64 * 2**40 // 512,
    increment=2**20 // 512,
    reservation=512,
    limit=512,
    fixed={
        **_VIRTUALIZED,
        "VirtualResourceBlockSize": 512,
        "HostResourceBlockSize": 1,
        "Access": 3,
    },
    choices={"Access": (3, 1)},
    parentage=_ON_IDE,
)
ETHERNET_PORT = ResourceKind(
    noun="Ethernet port",
    resource_type=10,
    settings_class="CIM_EthernetPortAllocationSettingData",
    device_class="CIM_EthernetPort",
    has_address=True,
)

IDE_CONTROLLER = ResourceKind(
    noun="IDE controller",
    resource_type=5,
    settings_class="CIM_ResourceAllocationSettingData",
    device_class="CIM_IDEController",
    capacity=MEBIBYTE,
)
DVD_DRIVE = ResourceKind(
    noun="DVD drive",
    resource_type=16,
    settings_class="CIM_ResourceAllocationSettingData",
    device_class="CIM_DVDDrive",
    capacity=MEBIBYTE,
    choices={"AutomaticAllocation": (True, False)},
    parentage=_ON_IDE,
)
#: A port that belongs to a virtual switch itself, like an uplink.
SWITCH_PORT = ResourceKind(
    noun="Ethernet switch port",
    resource_type=30,
    settings_class="CIM_EthernetPortAllocationSettingData",
    device_class="CIM_EthernetPort",
    choices={"MappingBehavior": (2, 3)},
    accepted=frozenset({"HostResource"}),
    request_types=4,
    has_address=True,
    of_switch=True,
)
#: Plugs an Ethernet port of a virtual system into a virtual switch; appears as a port of that.
ETHERNET_CONNECTION = ResourceKind(
    noun="Ethernet connection",
    resource_type=33,
    settings_class="CIM_EthernetPortAllocationSettingData",
    device_class="CIM_EthernetPort",
    capacity=MEBIBYTE,
    accepted=frozenset({"HostResource"}),
    parentage=Parentage(types=(10,), places=("0",), required=True),
    request_types=4,
    has_address=True,
)

KINDS = (
    PROCESSOR,
    MEMORY,
    DISK,
    ETHERNET_PORT,
    IDE_CONTROLLER,
    DVD_DRIVE,
    SWITCH_PORT,
    ETHERNET_CONNECTION,
)
KIND_OF_TYPE: Mapping[int, ResourceKind] = {kind.resource_type: kind for kind in KINDS}

#: What a system gets when a definition says nothing about it.
INDISPENSABLE = (PROCESSOR, MEMORY)
