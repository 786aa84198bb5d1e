"""What a request for a resource may say, and what it stands for when it is completed (DSP1041)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resource_kinds import KIND_OF_TYPE, MEMORY, ResourceKind
from reference_impl.hypervisor.store import Values
from reference_impl.hypervisor.units import UnitError, convert, parse_unit
from reference_impl.values import Instance, Value

#: Properties of a request that are taken over; `fixed` ones must agree, the rest is refused.
ACCEPTED = frozenset(
    {
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

#: Where a resource is attached; only kinds with a parentage are.
_PLACE = frozenset({"Parent", "AddressOnParent"})

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
        **kind.fixed,
        **said,
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
    """Return a MAC address as 12 upper-case hexadecimal digits.

    Raises `Refused` for what is none, and for the address of a group or of nothing.
    """
    digits = re.sub(r"[:.\-]", "", address).upper()
    if not re.fullmatch(r"[0-9A-F]{12}", digits):
        raise Refused(INVALID_PARAMETER, f"Address {address!r} is not a MAC address")
    if int(digits[:2], 16) & 1 or not int(digits, 16):
        raise Refused(INVALID_PARAMETER, f"Address {address!r} is not that of one port")
    return digits


def _is_said(name: str, value: Value) -> bool:
    return value is not None and value != [] and name not in IGNORED


def _check_properties(kind: ResourceKind, said: Values) -> None:
    for name, value in said.items():
        if name in kind.fixed:
            possible = kind.choices.get(name, (kind.fixed[name],))
            if value not in possible:
                raise Refused(
                    INVALID_PARAMETER,
                    f"{name} {value} cannot be granted for {kind.noun}, only one of {possible}",
                )
        elif not _accepts(kind, name):
            raise Refused(INVALID_PARAMETER, f"{name} cannot be requested for {kind.noun}")


def _accepts(kind: ResourceKind, name: str) -> bool:
    if name in _PLACE:
        return kind.parentage is not None
    if name == "Address":
        return kind.has_address
    return name in ACCEPTED or name in kind.accepted


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
