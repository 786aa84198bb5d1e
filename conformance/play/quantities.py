"""What can be requested of a pool, and quantities chosen by it (DSP1043).

Pure, on the snapshot. Capabilities tell defaults, bounds and steps by settings of the same class as
requests; a request is made of the default ones, with a quantity inside or outside of the range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from conformance.cim import Instance, Path
from conformance.definitions.profile import Properties
from conformance.evaluate.model import Model
from conformance.evaluate.terms import follow

QUANTITY = "VirtualQuantity"
QUANTITY_UNITS, UNITS = "VirtualQuantityUnits", "AllocationUnits"
RESERVED = ("Reservation", "Limit")
DEFAULT = "default"
BOUNDS = ("minimum", "maximum", "increment")
SPECIFIC = 2
MEMORY, SWITCH_PORT = 4, 30
STORAGE = frozenset({17, 19, 31, 32})
SIZED = STORAGE | {MEMORY}
"""Resource types of sizes: the unit `count`, the schema's default, is none of theirs."""
HANDY = (10, 16, 15, 14, 3, 4, 31)
"""Resource types that a small system can have one more of, the handiest first."""


class Capable(msgspec.Struct, frozen=True):
    """A pool with what its capabilities tell: the default, and the bounds of what is requested.

    `bounds` are by name (minimum, maximum, increment); one that nobody tells, or that is told in
    different ways, is missing.
    """

    pool: Instance
    capabilities: Instance
    default: Instance
    bounds: Mapping[str, Instance]

    def number(self, bound: str, name: str = QUANTITY) -> int | None:
        """Return a bound of an amount, as far as it is measured like the default."""
        settings = self.bounds.get(bound)
        if settings is None or not measured_alike(self.default, settings, name):
            return None
        return whole(settings, name)

    def step(self, name: str = QUANTITY) -> int:
        """Return the increment of an amount; where none is told, the smallest there is."""
        return self.number("increment", name) or 1

    def chosen(self, choice: str, now: int | None = None, name: str = QUANTITY) -> int | None:
        """Return an amount for what it is to be; None where the capabilities allow no such one.

        `above` the maximum by one step, `below` the minimum by one (that is still some), `between`
        two steps of the range, `other` than the amount `now`, or than the default, within it.
        """
        known = whole(self.default, name) if now is None else now
        return _CHOICES[choice](self, name, known)

    def allows(self, amount: int, name: str = QUANTITY) -> bool:
        """Tell whether an amount is in the range, and on its grid as far as steps are told."""
        low, high = self.number("minimum", name), self.number("maximum", name)
        if (low is not None and amount < low) or (high is not None and amount > high):
            return False
        ends = [end for end in (low, high) if end is not None]
        return all((amount - end) % self.step(name) == 0 for end in ends)


def _above(capable: Capable, name: str, _now: int | None) -> int | None:
    if capable.default.get("ResourceType") in STORAGE:
        return None  # a server that grants such a disk may fill its host
    high = capable.number("maximum", name)
    return high + capable.step(name) if high is not None else None


def _below(capable: Capable, name: str, _now: int | None) -> int | None:
    low = capable.number("minimum", name)
    return low - 1 if low is not None and low > 1 else None


def _between(capable: Capable, name: str, now: int | None) -> int | None:
    if now is None or capable.step(name) < 2 or capable.number("minimum", name) is None:
        return None
    if not capable.allows(now, name):
        return None
    return next((each for each in (now + 1, now - 1) if _inside(capable, name, each)), None)


def _inside(capable: Capable, name: str, amount: int) -> bool:
    low, high = capable.number("minimum", name), capable.number("maximum", name)
    return (low is None or amount > low) and (high is None or amount < high)


def _other(capable: Capable, name: str, now: int | None) -> int | None:
    """Return the next amount: of a quantity in a range that is told, of others the next lower."""
    if now is None:
        return None
    step = capable.step(name)
    told = any(capable.number(bound, name) is not None for bound in ("minimum", "maximum"))
    if name == QUANTITY and not told:
        return None
    near = (now + step, now - step) if name == QUANTITY else (now - step, now + step)
    return next((each for each in near if each > 0 and capable.allows(each, name)), None)


_CHOICES = {"above": _above, "below": _below, "between": _between, "other": _other}


def whole(settings: Instance, name: str = QUANTITY) -> int | None:
    """Return the amount that settings tell, None where they tell no number."""
    found = settings.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def measured_alike(one: Instance, other: Instance, name: str = QUANTITY) -> bool:
    """Tell whether two settings measure an amount in one unit, as far as can be known.

    A size that is counted in the schema's default unit may be measured in anything: memory then
    goes by its other unit, of anything else nothing is known.
    """
    if name in RESERVED:
        return _unit(one, UNITS) == _unit(other, UNITS)
    if name != QUANTITY:
        return True
    if _unit(one, QUANTITY_UNITS) != _unit(other, QUANTITY_UNITS):
        return False
    kind = one.get("ResourceType")
    if kind not in SIZED or _unit(one, QUANTITY_UNITS) not in ("", "count"):
        return True
    own = _unit(one, UNITS)
    return kind == MEMORY and own != "" and own == _unit(other, UNITS)


def _unit(settings: Instance, name: str) -> str:
    return "".join(str(settings.get(name) or "").split())


# -- which capabilities there are ------------------------------------------------------------------


def find_capable(
    model: Model, key: str, where: Properties, prefer: int | None = None
) -> list[Capable]:
    """Return the pools of a profile that tell a default, the handiest for a request first.

    `where` chooses by the capabilities; `prefer` is the resource type that the user states.
    """
    found = list(_capable(model, key, where))
    return sorted(found, key=lambda each: _order(each, prefer))


def _order(each: Capable, prefer: int | None) -> tuple[bool, bool, int, bool, bool, str]:
    kind = each.default.get("ResourceType")
    rank = HANDY.index(kind) if kind in HANDY else len(HANDY)
    capacity, reserved = each.pool.get("Capacity"), each.pool.get("Reserved")
    told = isinstance(capacity, int) and isinstance(reserved, int)
    return (
        kind != prefer,
        each.capabilities.get("RequestTypesSupported") == SPECIFIC,
        rank,
        each.pool.get("Primordial") is True,
        told and capacity <= reserved,
        _identity(each.pool),
    )


def _capable(model: Model, key: str, where: Properties) -> Iterator[Capable]:
    _, adaptation = model.catalogue.find_adaptation(key, "Capabilities")
    for identity, pool in model.members(key, "Pool").items():
        if pool.get("ResourceType") == SWITCH_PORT:
            continue  # ports of switches are no resources of virtual systems
        for name, capabilities in _of_pool(model, key, identity, pool):
            defaults = _settings(model, key, DEFAULT, name)
            fits = model.satisfies(key, adaptation.class_, capabilities, where)
            if defaults and fits:
                bounds = {b: _settings(model, key, b, name) for b in BOUNDS}
                yield _told(pool, capabilities, defaults, bounds)


def _of_pool(
    model: Model, key: str, identity: str, pool: Instance
) -> Iterator[tuple[str, Instance]]:
    """Yield the capabilities of a pool; where it has none, those of its resource type."""
    members = model.members(key, "Capabilities")
    linked = follow(key, ["pool_capabilities"], identity, model) & members.keys()
    kind = pool.get("ResourceType")
    alike = {i for i, each in members.items() if each.get("ResourceType") == kind}
    for name in sorted(linked or alike):
        if members[name].get("ResourceType") in (kind, None):
            yield name, members[name]


def _settings(model: Model, key: str, link: str, capabilities: str) -> list[Instance]:
    reached = follow(key, [link], capabilities, model)
    found = (model.instance(identity) for identity in sorted(reached))
    return [instance for instance in found if instance is not None]


def _told(
    pool: Instance,
    capabilities: Instance,
    defaults: list[Instance],
    bounds: Mapping[str, list[Instance]],
) -> Capable:
    """Return what is told: of several sets of settings those of the first default's subtype."""
    default = defaults[0]
    subtype = default.get("ResourceSubType")
    alike = {
        name: [each for each in found if each.get("ResourceSubType") == subtype]
        for name, found in bounds.items()
    }
    agreed = {name: found[0] for name, found in alike.items() if _one_number(found)}
    return Capable(pool, capabilities, default, agreed)


def _one_number(found: list[Instance]) -> bool:
    return len({whole(each) for each in found}) == 1


def capable_for(found: Iterable[Capable], settings: Instance) -> Capable | None:
    """Return the capabilities that settings of a system are about: those of their pool."""
    alike = [
        each
        for each in found
        if each.default.get("ResourceType") == settings.get("ResourceType")
        and measured_alike(each.default, settings)
    ]
    named = [each for each in alike if each.pool.get("PoolID") == settings.get("PoolID")]
    if named or len(alike) != 1:
        return named[0] if named else None
    return alike[0]


def _identity(instance: Instance) -> str:
    path: Path | None = instance.path
    return path.identity if path is not None else ""
