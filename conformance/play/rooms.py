"""Where the run may draw a pool of its own from, and how little it asks for.

Pure. A pool is drawn from one that says how much it has and how much of that is reserved, in the
way in which the server itself says what a pool holds of another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from conformance.cim import Instance, Path
from conformance.evaluate.model import Model
from conformance.play.inputs import RESOURCE_SETTINGS
from conformance.punit import Unit, understood

MEMORY, PROCESSOR = 4, 3
STORAGE = frozenset({17, 19, 20, 31, 32})
PARTS = 8
"""A pool has room when it has as many portions left: more than what any scenario asks for."""
LITTLE = {MEMORY: ("byte*2^20", 16)}
"""A portion of a kind of resource: a unit, and how much of it."""
MOST = 2**64 - 1
"""The largest amount that can be asked for; as a capacity it says that there is no limit."""
DVD, CD = 16, 15
SHARE = 256
"""Of other kinds a portion is this part of what is left."""


class Room(msgspec.Struct, frozen=True):
    """A pool to draw from; `portion` is how much is asked for at least, in its units.

    `classname` is the class of settings that the server uses for that, `values` what they say
    beside amounts.
    """

    pool: Instance
    path: Path
    portion: int
    classname: str
    values: Mapping[str, Any]

    @property
    def unlimited(self) -> bool:
        """Tell whether the pool has so much that no more can be asked for."""
        capacity = self.pool.get("Capacity")
        return not isinstance(capacity, int) or capacity + self.portion > MOST


def find_room(model: Model, key: str, stated: Instance | None = None) -> Room | None:
    """Return the pool to draw from; None when none has room.

    Memory comes first, then processors, then others, but no storage: what becomes of a disk's
    content is not known. `stated` are settings of the user, which say the type and the amount.
    """
    pools = [(i.path, i) for i in model.members(key, "AnyPool").values() if i.path is not None]
    rooms = [room for path, pool in pools if (room := _room(model, key, path, pool, stated))]
    return min(rooms, key=_order, default=None)


def _order(room: Room) -> tuple[int, int, str]:
    kind = room.pool.get("ResourceType")
    rank = {MEMORY: 0, PROCESSOR: 1}.get(kind, 2)
    return rank, -free(room.pool), room.path.identity


def free(pool: Instance) -> int:
    """Return how much of a pool is not reserved, in its units; 0 when it does not say."""
    capacity, reserved = pool.get("Capacity"), pool.get("Reserved")
    if not isinstance(capacity, int) or not isinstance(reserved, int):
        return 0
    return max(0, capacity - reserved)


def _room(
    model: Model, key: str, path: Path, pool: Instance, stated: Instance | None
) -> Room | None:
    kind = pool.get("ResourceType")
    unit = understood(str(pool.get("AllocationUnits") or ""))
    if unit is None or kind is None:
        return None
    if stated is not None:
        portion = _stated_portion(stated, unit) if kind == stated.get("ResourceType") else 0
    else:
        portion = 0 if kind in STORAGE else _portion(kind, unit, free(pool))
    if portion < 1 or free(pool) < PARTS * portion:
        return None
    if stated is not None:
        pairs = zip(stated.layout.slots, stated.values, strict=True)
        values = {slot.name: value for slot, value in pairs if value is not None}
        return Room(pool, path, portion, stated.classname, values)
    return Room(pool, path, portion, _class_of(model, key, kind), {"ResourceType": kind})


def _portion(kind: int, unit: Unit, left: int) -> int:
    """Return a small amount in a unit: a fixed one where it is known what is small."""
    text, number = LITTLE.get(kind, ("", 0))
    small = understood(text) if text else None
    if small is None or small.dimension != unit.dimension:
        return max(1, left // SHARE)
    return max(1, int(number * small.factor / unit.factor))


def _stated_portion(stated: Instance, unit: Unit) -> int:
    """Return the part of what the user states that is the least amount, in a pool's units."""
    amount = stated.get("Reservation")
    own = understood(str(stated.get("AllocationUnits") or unit.text))
    if not isinstance(amount, int) or own is None or own.dimension != unit.dimension:
        return 0
    return max(1, int(amount * own.factor / unit.factor) // 4)


def _class_of(model: Model, key: str, kind: int) -> str:
    """Return the class by which the server shows allocations, of pools before all others."""
    for name in ("AnyPoolAllocation", "AnyAllocation"):
        found = model.members(key, name).values()
        common = _most_common(i.classname for i in found if i.get("ResourceType") == kind)
        if common:
            return common
    return RESOURCE_SETTINGS


def _most_common(classes: Iterable[str]) -> str:
    counted = Counter(classes).most_common(1)
    return counted[0][0] if counted else ""


def another_type(room: Room) -> int:
    """Return a resource type that a pool does not have."""
    return CD if room.pool.get("ResourceType") == DVD else DVD


def drawn(room: Room, pool: Instance, parts: int | None) -> dict[str, Any]:
    """Return settings that draw so many portions from a pool, None: more than the pool has."""
    capacity = pool.get("Capacity")
    most = int(capacity) if isinstance(capacity, int) else 0
    amount = parts * room.portion if parts is not None else most + room.portion
    units = pool.get("AllocationUnits")
    named = {"PoolID": pool.get("PoolID"), "AllocationUnits": units, "Reservation": amount}
    left = {n: v for n, v in room.values.items() if n not in ("InstanceID", "Limit")}
    return {**left, **named}
