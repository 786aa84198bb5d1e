"""Requests modelled on what the capabilities of pools tell: which pool, which quantities."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from conformance.cim import Instance
from conformance.play.context import Context
from conformance.play.inputs import RESOURCE_SETTINGS
from conformance.play.quantities import (
    QUANTITY,
    QUANTITY_UNITS,
    RESERVED,
    UNITS,
    Capable,
    capable_for,
    find_capable,
    whole,
)
from conformance.play.session import halt
from conformance.punit import understood

ADDED = "added-resource"
CHOSEN = "chosen"
NO_UNIT = "cimconform lumps"
"""Stands in for a unit that nothing can be measured in."""
LEGAL = ("byte*2^10", "byte*2^20", "byte")
"""Programmatic units for the same sizes (DSP0004, Annex C)."""
LISTED = range(2, 34)
"""Resource types that the schema lists."""


def capable_default(context: Context, value: Mapping[str, Any]) -> Capable:
    """Return the capabilities that a `default` is taken from, as the snapshot has them.

    Raises:
        Halt: none tell what is wanted; the check does not apply.
    """
    provision = context.session.stage.maker.provision
    stated = provision.offers(ADDED, RESOURCE_SETTINGS) if provision.states(ADDED) else None
    prefer = stated.instances[0].get("ResourceType") if stated is not None else None
    found = find_capable(context.model, context.key, value.get("where") or {}, prefer)
    change = (value.get("set") or {}).get(QUANTITY)
    choice = str(change[CHOSEN]) if isinstance(change, Mapping) and CHOSEN in change else ""
    if "for" in value:
        choice = str(value["for"])
        found = [each for each in found if each.chosen(choice) is not None]
    if not found or (choice and found[0].chosen(choice) is None):
        allowed = f" and allow a quantity {choice}" if choice else ""
        reason = f"the capabilities of no pool of {context.key} tell what to request{allowed}"
        raise halt(not_applicable=reason)
    return found[0]


def amount_for(context: Context, instance: Instance, name: str, choice: str) -> int:
    """Return an amount for settings of the system, or for a default itself.

    Raises:
        Halt: the capabilities allow no such quantity; the check does not apply.
    """
    found = find_capable(context.model, context.key, {})
    own = next((each for each in found if each.default is instance), None)
    capable = own or capable_for(found, instance)
    now = whole(instance, name)
    amount = capable.chosen(choice, now, name) if capable is not None else None
    if capable is None or amount is None:
        where = instance.path or f"the default {instance.classname}"
        raise halt(not_applicable=f"no capabilities tell {name} {choice} than that of {where}")
    context.session.keep(capable)
    return amount


# -- units -----------------------------------------------------------------------------------------


def in_unit(values: Mapping[str, Any], how: str) -> dict[str, Any]:
    """Return the values of settings for a size in another legal unit, or in one that is `none`.

    Raises:
        Halt: they tell no unit, or no other one fits; the check does not apply.
    """
    units = [name for name in (QUANTITY_UNITS, UNITS) if _tells_size(values.get(name))]
    if not units:
        raise halt(not_applicable="the default tells no unit of a size")
    if how == "none":
        return {**values, **dict.fromkeys(units, NO_UNIT)}
    changed = dict(values)
    for name in units:
        amounts = [QUANTITY] if name == QUANTITY_UNITS else [*RESERVED]
        if name == UNITS and QUANTITY_UNITS not in units:
            amounts.append(QUANTITY)
        changed |= _respelled(values, name, amounts)
    return changed


def _tells_size(text: object) -> bool:
    unit = understood(text) if isinstance(text, str) else None
    size = understood("byte")
    return unit is not None and size is not None and unit.dimension == size.dimension


def _respelled(values: Mapping[str, Any], name: str, amounts: list[str]) -> dict[str, Any]:
    unit = understood(str(values[name]))
    told = {each: values[each] for each in amounts if values.get(each) is not None}
    for text in LEGAL:
        other = understood(text)
        if unit is None or other is None or unit.factor == other.factor:
            continue
        sizes = {each: value * unit.factor / other.factor for each, value in told.items()}
        if all(size.denominator == 1 for size in sizes.values()):
            return {name: text, **{each: int(size) for each, size in sizes.items()}}
    raise halt(not_applicable=f"the default of {values[name]} is no whole number in another unit")


# -- what no request should name, and addresses ----------------------------------------------------


def _other_pool(context: Context, instance: Instance, _how: Any) -> str:
    """Return the PoolID of a pool of another resource type that no pool of the own type has."""
    pools = context.model.members(context.key, "AnyPool").values()
    kind = instance.get("ResourceType")
    own = {each.get("PoolID") for each in pools if each.get("ResourceType") == kind}
    others = {each.get("PoolID") for each in pools} - own - {None, ""}
    if not others:
        raise halt(not_applicable="no pool of another resource type has an identifier of its own")
    return str(min(others))


def _unserved(context: Context, _instance: Instance, _how: Any) -> int:
    """Return a resource type of which the server shows no pool, nor anything else."""
    shown: set[Any] = set()
    for name in ("AnyPool", "AnyCapabilities", "Allocation"):
        found = context.model.members(context.key, name).values()
        shown |= {each.get("ResourceType") for each in found}
    left = [kind for kind in LISTED if kind not in shown]
    if not left:
        raise halt(not_applicable="the server shows pools of every resource type")
    return left[-1]


def _address(context: Context, _instance: Instance, how: Any) -> str:
    """Return an address for an adapter: one of its `own`, of a `group`, or a `malformed` one."""
    if how == "malformed":
        return "no address"
    first = 3 if how == "group" else 2  # locally administered
    digits = f"{first:02X}{secrets.token_hex(5).upper()}"
    separator = _separator(context)
    return separator.join(digits[place : place + 2] for place in range(0, 12, 2))


def _separator(context: Context) -> str:
    """Return what the addresses that the server shows have between their parts."""
    for each in context.model.members(context.key, "Allocation").values():
        found = re.fullmatch(r"[0-9A-Fa-f]{2}([:\-]).*", str(each.get("Address") or ""))
        if found:
            return found[1]
    return ""


ODD: Mapping[str, Callable[[Context, Instance, Any], Any]] = {
    "other_pool": _other_pool,
    "unserved": _unserved,
    "address": _address,
}
"""Values of properties that a request is to have, by the words of profile definitions."""
