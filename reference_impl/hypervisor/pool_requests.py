"""Reads what clients ask of the pool configuration service, and refuses what cannot be.

All refusals carry the return codes of CIM_ResourcePoolConfigurationService (DSP1041, clause 8).
"""

from __future__ import annotations

from collections.abc import Sequence

from reference_impl.hypervisor.host_devices import HostDevice, HostDevices
from reference_impl.hypervisor.pools import DrawWanted, Pool, Pools
from reference_impl.hypervisor.refusal import (
    POOL_IN_USE,
    POOL_INCORRECT_RESOURCE_TYPE,
    POOL_INSUFFICIENT_RESOURCES,
    POOL_INVALID_PARAMETER,
    POOL_SIZE_NOT_SUPPORTED,
    Refused,
)
from reference_impl.hypervisor.requests import RESOURCE_SETTINGS, requested
from reference_impl.hypervisor.resource_kinds import KIND_OF_TYPE, ResourceKind
from reference_impl.hypervisor.store import Values
from reference_impl.hypervisor.units import UnitError, convert, parse_unit
from reference_impl.operations import MethodCall
from reference_impl.schema import Schema
from reference_impl.values import Instance, Value

#: What the settings of a pool may say; all else is the hypervisor's.
_CHOSEN = frozenset(
    {
        "AllocationUnits",
        "Caption",
        "Description",
        "ElementName",
        "InstanceID",
        "Limit",
        "PoolID",
        "Reservation",
        "ResourceType",
        "VirtualQuantity",
        "VirtualQuantityUnits",
        "Weight",
    }
)

#: What of it is shown as it was said.
_SHOWN = ("Caption", "Description", "ElementName", "Weight")


def pool_given(pools: Pools, call: MethodCall, parameter: str) -> Pool:
    """Return the pool that a parameter names. Raises `Refused`."""
    name = call.get(parameter)
    pool = pools.named(name) if name is not None else None
    if pool is None:
        raise Refused(POOL_INVALID_PARAMETER, f"{parameter}: there is no resource pool {name}")
    return pool


def parents_given(pools: Pools, call: MethodCall) -> list[Pool]:
    """Return the pools that ParentPool names, all of one type. Raises `Refused`."""
    parents = []
    for name in _said(call, "ParentPool"):
        pool = pools.named(name)
        if pool is None or pool in parents:
            raise Refused(POOL_INVALID_PARAMETER, f"ParentPool: no pool, or twice: {name}")
        parents.append(pool)
    if len({parent.kind.noun for parent in parents}) > 1:
        raise Refused(POOL_INCORRECT_RESOURCE_TYPE, "the parent pools have different types")
    return parents


def kind_given(call: MethodCall) -> ResourceKind:
    """Return the kind of resource whose number ResourceType spells. Raises `Refused`."""
    text = str(call.get("ResourceType")).strip()
    kind = KIND_OF_TYPE.get(int(text)) if text.isascii() and text.isdecimal() else None
    if kind is None:
        raise Refused(
            POOL_INVALID_PARAMETER,
            f"ResourceType {text!r}: expected one of {sorted(KIND_OF_TYPE)}",
        )
    return kind


def devices_given(devices: HostDevices, call: MethodCall, kind: ResourceKind) -> list[HostDevice]:
    """Return the host devices that HostResources names, all of one kind. Raises `Refused`."""
    found: list[HostDevice] = []
    for name in _said(call, "HostResources"):
        device = devices.named(name)
        if device is None:
            raise Refused(POOL_INVALID_PARAMETER, f"HostResources: no device of the host: {name}")
        if device.kind is not kind:
            raise Refused(
                POOL_INCORRECT_RESOURCE_TYPE,
                f"HostResources: {name} is for {device.kind.noun}, not for {kind.noun}",
            )
        if device not in found:
            found.append(device)
    return found


def spare(devices: Sequence[HostDevice]) -> Sequence[HostDevice]:
    """Return devices that are in no pool. Raises `Refused` when one is."""
    for device in devices:
        if device.pool_id is not None:
            raise Refused(POOL_IN_USE, f"{device.name} is in the pool {device.pool_id}")
    return devices


def draws_given(schema: Schema, call: MethodCall, parents: Sequence[Pool]) -> list[DrawWanted]:
    """Return what Settings wants of each parent: one settings instance a parent, in this order.

    Raises `Refused`.
    """
    given = _said(call, "Settings")
    if len(given) != len(parents):
        raise Refused(
            POOL_INVALID_PARAMETER,
            f"Settings: {len(given)} of them for {len(parents)} parent pools",
        )
    return [_draw(schema, *each) for each in zip(given, parents, strict=True)]


def check_supply(draws: Sequence[DrawWanted], child: Pool | None = None) -> None:
    """Raise `Refused` when a parent has too little left for what is to be drawn of it.

    What the child draws now is given back first.
    """
    for wanted in draws:
        parent = wanted.parent
        held = sum(each.amount for each in child.draws if each.parent is parent) if child else 0
        if wanted.amount > parent.free + held:
            raise Refused(
                POOL_INSUFFICIENT_RESOURCES,
                f"pool {parent.pool_id}: {wanted.amount} {parent.kind.pool_units} wanted, "
                f"{parent.free + held} free",
            )


def _said(call: MethodCall, parameter: str) -> list[Value]:
    """Return an array argument without its NULLs. Raises `Refused` when nothing is in it."""
    given = [each for each in call.get(parameter, ()) if each is not None]
    if not given:
        raise Refused(POOL_INVALID_PARAMETER, f"{parameter} is missing")
    return given


def _draw(schema: Schema, given: Instance, parent: Pool) -> DrawWanted:
    kind = parent.kind
    if not schema.is_a(given.classname, RESOURCE_SETTINGS):
        raise Refused(POOL_INVALID_PARAMETER, f"Settings: {given.classname} is no {kind.noun}")
    said = {name: value for name, value in requested(schema, given).items() if value is not None}
    asked = said.get("ResourceType")
    if asked is None:
        raise Refused(POOL_INVALID_PARAMETER, "Settings: ResourceType is missing")
    if asked != kind.resource_type:
        raise Refused(
            POOL_INCORRECT_RESOURCE_TYPE,
            f"Settings: ResourceType {asked} for the {kind.noun} pool {parent.pool_id}",
        )
    if said.get("PoolID", parent.pool_id) != parent.pool_id:
        raise Refused(POOL_INVALID_PARAMETER, f"Settings: PoolID is not {parent.pool_id!r}")
    _check_chosen(kind, said)
    return DrawWanted(parent, _amount(kind, said), _shown(kind, said))


def _check_chosen(kind: ResourceKind, said: Values) -> None:
    for name, value in said.items():
        if name not in _CHOSEN and value != kind.fixed.get(name):
            raise Refused(POOL_INVALID_PARAMETER, f"Settings: {name} cannot be chosen")


def _amount(kind: ResourceKind, said: Values) -> int:
    """Return what settings want of a pool, in its units: the reservation, or else the quantity."""
    units = said.get("AllocationUnits", kind.units)
    amounts = [
        _converted(kind, said[name], units) for name in ("Reservation", "Limit") if name in said
    ]
    quantity_units = _quantity_units(kind, said)
    if "VirtualQuantity" in said and _measures_pool(kind, quantity_units):
        amounts.append(_converted(kind, said["VirtualQuantity"], quantity_units))
    if not amounts:
        raise Refused(POOL_INVALID_PARAMETER, "Settings: neither Reservation nor VirtualQuantity")
    if len(set(amounts)) > 1:
        raise Refused(
            POOL_INVALID_PARAMETER,
            "Settings: a pool has all that it is to have reserved, so Reservation, Limit and "
            "VirtualQuantity have to agree",
        )
    return amounts[0]


def _quantity_units(kind: ResourceKind, said: Values) -> str:
    """Return the units of VirtualQuantity; the schema's default `count` means none was given."""
    units = said.get("AllocationUnits", kind.units)
    quantity_units: str = said.get("VirtualQuantityUnits", "count")
    if quantity_units == "count" and kind.quantity_units != "count":
        return str(units)
    return quantity_units


def _measures_pool(kind: ResourceKind, units: str) -> bool:
    """Whether a quantity says how large a pool is, not how many units it is presented as."""
    try:
        dimension = parse_unit(units).dimension
    except UnitError as error:
        raise Refused(POOL_INVALID_PARAMETER, f"Settings: {error}") from error
    if dimension == parse_unit(kind.pool_units).dimension:
        return True
    if dimension == parse_unit(kind.quantity_units).dimension:
        return False
    raise Refused(POOL_INVALID_PARAMETER, f"Settings: {units!r} are no units of {kind.noun}")


def _converted(kind: ResourceKind, amount: int, units: str) -> int:
    try:
        converted = convert(amount, units, kind.pool_units)
    except UnitError as error:
        raise Refused(POOL_INVALID_PARAMETER, f"Settings: {error}") from error
    if converted < 1 or converted.denominator != 1:
        raise Refused(
            POOL_SIZE_NOT_SUPPORTED,
            f"Settings: {amount} {units} is no whole number of {kind.pool_units}",
        )
    return int(converted)


def _shown(kind: ResourceKind, said: Values) -> Values:
    shown = {name: said[name] for name in _SHOWN if name in said}
    units = _quantity_units(kind, said)
    if "VirtualQuantity" in said and not _measures_pool(kind, units):
        sizes = {name: value for name, value in kind.fixed.items() if name.endswith("BlockSize")}
        shown |= {
            **sizes,
            "VirtualQuantity": said["VirtualQuantity"],
            "VirtualQuantityUnits": units,
        }
    return shown
