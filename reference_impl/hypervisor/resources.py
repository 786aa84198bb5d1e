"""The kinds of resources that the hypervisor allocates, and what a request for one may say.

Follows the Resource Allocation Profile (DSP1041) in the shape that the profiles for
processors (DSP1044), memory (DSP1045), storage (DSP1047) and Ethernet ports (DSP1050) give it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.store import Values
from reference_impl.hypervisor.units import UnitError, convert, parse_unit
from reference_impl.values import Instance, Value

MEBIBYTE = 2**20
CLOCK_SPEED = 2400  # megahertz of each host processor


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """One kind of resource: its numbers, classes, units and defaults.

    `units` are those of Reservation and Limit, `quantity_units` those of VirtualQuantity, where
    a request names none; `reservation` and `limit` are the defaults for each unit of quantity.
    The quantity of one request is at least `minimum` and at most `maximum`, by steps of
    `increment`, all in `quantity_units`. `fixed` are the values that a request cannot choose
    otherwise. `capacity` is what the host has, in `pool_units`, where no host devices stand
    behind it. `request_types` says whether a request names the host resource, by a value of
    RequestTypesSupported: it must (2), cannot (3) or may (4).
    """

    noun: str
    resource_type: int
    settings_class: str
    device_class: str
    pool_units: str
    units: str
    quantity_units: str
    quantity: int
    maximum: int
    reservation: int
    limit: int
    fixed: Mapping[str, Value]
    capacity: int = 0
    minimum: int = 1
    increment: int = 1
    request_types: int = 3
    device_for_each_unit: bool = False
    has_address: bool = False

    @property
    def title(self) -> str:
        """The noun as it begins a name: `Ethernet port`."""
        return self.noun[0].upper() + self.noun[1:]

    @property
    def slug(self) -> str:
        """The noun as part of an identifier: `ethernet-port`."""
        return self.noun.lower().replace(" ", "-")


#: Virtualized, not passed through; the host resource behind it is not chosen by clients.
_VIRTUALIZED: Mapping[str, Value] = {
    "ConsumerVisibility": 3,
    "MappingBehavior": 2,
    "AutomaticAllocation": True,
    "AutomaticDeallocation": True,
}

PROCESSOR = ResourceKind(
    noun="processor",
    resource_type=3,
    settings_class="CIM_ResourceAllocationSettingData",
    device_class="CIM_Processor",
    pool_units="hertz*10^6",
    units="hertz*10^6",
    quantity_units="count",
    quantity=1,
    maximum=64,
    reservation=100,
    limit=CLOCK_SPEED,
    fixed=_VIRTUALIZED,
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
    fixed=_VIRTUALIZED,
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
)
ETHERNET_PORT = ResourceKind(
    noun="Ethernet port",
    resource_type=10,
    settings_class="CIM_EthernetPortAllocationSettingData",
    device_class="CIM_EthernetPort",
    pool_units="count",
    units="count",
    quantity_units="count",
    quantity=1,
    maximum=1,
    reservation=1,
    limit=1,
    fixed=_VIRTUALIZED,
    has_address=True,
)

KINDS = (PROCESSOR, MEMORY, DISK, ETHERNET_PORT)
KIND_OF_TYPE: Mapping[int, ResourceKind] = {kind.resource_type: kind for kind in KINDS}

#: What a system gets when a definition says nothing about it.
INDISPENSABLE = (PROCESSOR, MEMORY)

#: Properties of a request that are taken over; `fixed` ones must agree, the rest is refused.
ACCEPTED = frozenset(
    {
        "Address",
        "AllocationUnits",
        "Caption",
        "Description",
        "ElementName",
        "Limit",
        "PoolID",
        "Reservation",
        "ResourceType",
        "VirtualQuantity",
        "VirtualQuantityUnits",
        "Weight",
    }
)

#: Identifies the request and is assigned by the hypervisor.
IGNORED = frozenset({"InstanceID"})


def kind_requested(request: Instance) -> ResourceKind:
    """Return the kind of resource that a request is about.

    Raises `Refused` when it names none, or one that this hypervisor does not have.
    """
    kind = KIND_OF_TYPE.get(request.get("ResourceType"))
    if kind is None:
        raise Refused(
            INVALID_PARAMETER,
            f"ResourceType {request.get('ResourceType')} cannot be allocated; "
            f"expected one of {sorted(KIND_OF_TYPE)}",
        )
    return kind


def completed(kind: ResourceKind, given: Mapping[str, Value]) -> Values:
    """Return the settings of a request with all defaults filled in (DSP1041, clause 7).

    `given` holds what the client said (and, for a modification, what held before). PoolID and
    Address are left to the caller. Raises `Refused` for anything that cannot be granted.
    """
    said = {name: value for name, value in given.items() if _is_said(name, value)}
    _check_properties(kind, said)
    settings: Values = {
        "ElementName": kind.title,
        "VirtualQuantity": kind.quantity,
        "Weight": 100,
        **said,
        **kind.fixed,
        "ResourceType": kind.resource_type,
    }
    settings |= _units(kind, said)
    settings |= _bounds(kind, settings)
    if kind.has_address and "Address" in settings:
        settings["Address"] = normalised_address(settings["Address"])
    return settings


def reserved(kind: ResourceKind, settings: Mapping[str, Value]) -> int:
    """Return what completed settings reserve, in the units of the pools of this kind."""
    return ceil(convert(settings["Reservation"], settings["AllocationUnits"], kind.pool_units))


def quantity(kind: ResourceKind, settings: Mapping[str, Value]) -> Fraction:
    """Return the quantity of completed settings in the quantity units of the kind."""
    return convert(
        settings["VirtualQuantity"], settings["VirtualQuantityUnits"], kind.quantity_units
    )


def normalised_address(address: str) -> str:
    """Return a MAC address as 12 upper-case hexadecimal digits; raises `Refused`."""
    digits = re.sub(r"[:.\-]", "", address).upper()
    if not re.fullmatch(r"[0-9A-F]{12}", digits):
        raise Refused(INVALID_PARAMETER, f"Address {address!r} is not a MAC address")
    return digits


def _is_said(name: str, value: Value) -> bool:
    return value is not None and value != [] and name not in IGNORED


def _check_properties(kind: ResourceKind, said: Values) -> None:
    for name, value in said.items():
        if name in kind.fixed:
            if value != kind.fixed[name]:
                raise Refused(
                    INVALID_PARAMETER,
                    f"{name} {value} cannot be granted for {kind.noun}, only {kind.fixed[name]}",
                )
        elif name not in ACCEPTED or (name == "Address" and not kind.has_address):
            raise Refused(INVALID_PARAMETER, f"{name} cannot be requested for {kind.noun}")


def _units(kind: ResourceKind, said: Values) -> Values:
    """Return both units; the schema's default `count` does not fit memory and is not a wish."""
    units = said.get("AllocationUnits", kind.units)
    asked = said.get("VirtualQuantityUnits")
    if kind is MEMORY and asked in (None, "count"):
        asked = units
    quantity_units = asked or kind.quantity_units
    for unit, expected in ((units, kind.units), (quantity_units, kind.quantity_units)):
        try:
            convert(1, unit, expected)
        except UnitError as error:
            raise Refused(INVALID_PARAMETER, f"{kind.noun}: {error}") from error
    return {"AllocationUnits": units, "VirtualQuantityUnits": quantity_units}


def _bounds(kind: ResourceKind, settings: Values) -> Values:
    asked = quantity(kind, settings)
    if not kind.minimum <= asked <= kind.maximum or (asked - kind.minimum) % kind.increment:
        raise Refused(
            INVALID_PARAMETER,
            f"{kind.noun}: VirtualQuantity {asked} is none of {kind.minimum}..{kind.maximum} "
            f"by steps of {kind.increment} {kind.quantity_units}",
        )
    into = parse_unit(kind.units).factor / parse_unit(settings["AllocationUnits"]).factor
    limit = settings.get("Limit", ceil(asked * kind.limit * into))
    reservation = settings.get("Reservation", min(limit, ceil(asked * kind.reservation * into)))
    if reservation > limit:
        raise Refused(
            INVALID_PARAMETER, f"{kind.noun}: Reservation {reservation} exceeds Limit {limit}"
        )
    return {"Limit": limit, "Reservation": reservation}
