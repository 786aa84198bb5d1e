"""Effects of requests with chosen quantities on what is allocated (DSP1041, DSP1043).

Pure. A request is sent as embedded settings; what came of it are the allocations that are new, or
that bear the identifier sent. Quantities are compared in the units told with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import msgspec

from conformance.evaluate.effects import Evidence
from conformance.evaluate.judged import Judged
from conformance.evaluate.words import show
from conformance.punit import understood
from conformance.results import Observation
from conformance.transcript import Call, Reading, Seen

QUANTITY = "VirtualQuantity"
RESERVED = ("Reservation", "Limit")
AMOUNTS = (QUANTITY, *RESERVED, "Weight")
GROUPS = ("DefinedAllocation", "StateAllocation")
MEMORY = 4
OF_SYSTEMS = frozenset({"virtualsystemidentifier", "virtualsystemtype"})
"""By what settings of a system are told from those of resources."""
TOLD = "capabilities: "


class Pair(msgspec.Struct, frozen=True):
    """Settings that were sent, and the allocation that came of them (None: none is seen)."""

    sent: Seen
    own: Seen | None


def pairs(call: Call) -> list[Pair]:
    """Return what was sent for the resource type in question, each with what came of it."""
    sent = [each for each in sent_by(call) if _is_meant(call, each)]
    new = _new(call)
    found: list[Pair] = []
    for each in sent:
        by_id = each.get("InstanceID")
        kind = each.get("ResourceType")
        if by_id is not None:
            near = [one for one in _all(call.after) if one.get("InstanceID") == by_id]
        else:
            near = [one for one in new if kind is None or one.get("ResourceType") == kind]
        found.append(Pair(each, near[0] if near else None))
    return found


def _is_meant(call: Call, sent: Seen) -> bool:
    """Tell whether settings are those modelled on capabilities, where there are others beside."""
    default = told(call, "default")
    kind = sent.get("ResourceType")
    return default is None or kind is None or kind == default.get("ResourceType")


def told(call: Call, name: str) -> Seen | None:
    """Return what capabilities tell: default, minimum, maximum or increment."""
    group = (call.after or Reading()).related.get(f"{TOLD}{name}", ())
    return group[0] if group else None


def sent_by(call: Call) -> list[Seen]:
    """Return the settings of resources that a call sent."""
    return [Seen("", "", "", values) for values in _embedded(call.arguments.values())]


def _embedded(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for value in values:
        if isinstance(value, dict):
            if not {key.lower() for key in value} & OF_SYSTEMS:
                yield value
        elif isinstance(value, list):
            yield from _embedded(value)


def _all(reading: Reading | None) -> list[Seen]:
    related = (reading or Reading()).related
    return [each for name in GROUPS for each in related.get(name, ())]


def _new(call: Call) -> list[Seen]:
    were = {each.identity for each in _all(call.before)}
    return [each for each in _all(call.after) if each.identity not in were]


# -- amounts ---------------------------------------------------------------------------------------


def amount(settings: Seen, name: str) -> tuple[Fraction, Any] | None:
    """Return an amount in base units with its dimension, None where it cannot be known.

    What has no unit is a mere number; a size that is counted by the schema's default goes by the
    unit of what is reserved.
    """
    value = settings.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    text = _unit(settings, name)
    if not text:
        return Fraction(value), ()
    unit = understood(text)
    return (value * unit.factor, unit.dimension) if unit is not None else None


def _unit(settings: Seen, name: str) -> str:
    named = str(settings.get("AllocationUnits") or "")
    if name in RESERVED:
        return named
    if name != QUANTITY:
        return ""
    text = str(settings.get("VirtualQuantityUnits") or "")
    if settings.get("ResourceType") == MEMORY and text in ("", "count"):
        return named
    return text


def same_amount(one: Seen, other: Seen, name: str) -> bool | None:
    """Tell whether two settings tell the same amount, None where that cannot be known."""
    if one.get(name) == other.get(name) and _unit(one, name) == _unit(other, name):
        return True
    left, right = amount(one, name), amount(other, name)
    if left is None or right is None or left[1] != right[1]:
        return None
    return left[0] == right[0]


def shown(settings: Seen, name: str) -> str:
    """Return an amount as it is told, with its unit."""
    return f"{show(settings.get(name))} {_unit(settings, name)}".strip()


# -- effects ---------------------------------------------------------------------------------------


def _judged(
    evidence: Evidence, judge: Callable[[Pair, Seen], tuple[int, list[Observation]]]
) -> Judged:
    """Judge each request with what came of it; that nothing came of one is a deviation."""
    unread = evidence.unread()
    if unread is not None:
        return unread
    observations: list[Observation] = []
    examined = 0
    for pair in pairs(evidence.call):
        if pair.own is None:
            kind = pair.sent.get("ResourceType")
            expected = f"an allocation of ResourceType {kind}, as asked for"
            observations.append(Observation(evidence.subject, expected, "none"))
            examined += 1
            continue
        number, seen = judge(pair, pair.own)
        examined += number
        observations += seen
    nothing = "" if examined else "no quantity that was asked for can be compared"
    return Judged(examined, tuple(observations), nothing)


def quantity_as_asked(evidence: Evidence) -> Judged:
    """What was allocated has the quantity that was asked for."""

    def judge(pair: Pair, own: Seen) -> tuple[int, list[Observation]]:
        return _compared(pair.sent, own, (QUANTITY,), "as asked for")

    return _judged(evidence, judge)


def amounts_as_asked(evidence: Evidence) -> Judged:
    """What was allocated has the amounts that were asked for."""

    def judge(pair: Pair, own: Seen) -> tuple[int, list[Observation]]:
        return _compared(pair.sent, own, AMOUNTS, "as asked for")

    return _judged(evidence, judge)


def default_taken(evidence: Evidence) -> Judged:
    """What was asked for without quantities has those of the default."""
    default = told(evidence.call, "default")
    if default is None:
        return Judged(error="the default of the capabilities was not kept")

    def judge(_pair: Pair, own: Seen) -> tuple[int, list[Observation]]:
        return _compared(default, own, AMOUNTS, "as the default of the capabilities")

    return _judged(evidence, judge)


def _compared(
    wanted: Seen, own: Seen, names: Iterable[str], why: str
) -> tuple[int, list[Observation]]:
    examined, observations = 0, []
    for name in names:
        if wanted.get(name) is None:
            continue
        same = same_amount(wanted, own, name) if own.get(name) is not None else False
        if same is None:
            continue
        examined += 1
        if not same:
            expected = f"{name} {shown(wanted, name)}, {why}"
            observations.append(Observation(own.path, expected, shown(own, name)))
    return examined, observations


def quantity_on_grid(evidence: Evidence) -> Judged:
    """What was asked for between two steps was adjusted to one of them."""
    low, step = told(evidence.call, "minimum"), told(evidence.call, "increment")
    if low is None or step is None:
        return Judged(error="the steps of the capabilities were not kept")

    def judge(_pair: Pair, own: Seen) -> tuple[int, list[Observation]]:
        least, each, found = (amount(one, QUANTITY) for one in (low, step, own))
        if least is None or each is None or found is None or not each[0]:
            return 0, []
        if not least[1] == each[1] == found[1]:
            return 0, []
        if (found[0] - least[0]) % each[0]:
            expected = f"whole steps of {shown(step, QUANTITY)} from {shown(low, QUANTITY)}"
            return 1, [Observation(own.path, expected, shown(own, QUANTITY))]
        return 1, []

    return _judged(evidence, judge)


def result_in_pool(evidence: Evidence) -> Judged:
    """What was allocated names the pool that serves it."""

    def judge(pair: Pair, own: Seen) -> tuple[int, list[Observation]]:
        asked, found = pair.sent.get("PoolID"), own.get("PoolID")
        if found is None or (asked is not None and asked != found):
            expected = f"PoolID {show(asked)}, as asked for" if asked else "a value of PoolID"
            return 1, [Observation(own.path, expected, show(found))]
        return 1, []

    return _judged(evidence, judge)


# -- what should have been refused -----------------------------------------------------------------


def what_became(wrong: Iterable[str], call: Call) -> str:
    """Return what came of a request that was accepted though it should have been refused."""
    texts = [text for name in wrong for pair in pairs(call) if (text := _became(pair, name))]
    return "".join(f"; {text}" for text in dict.fromkeys(texts))


def _became(pair: Pair, name: str) -> str:
    if pair.own is None:
        return "it was ignored: nothing came of it"
    asked, found = pair.sent.get(name), pair.own.get(name)
    if asked is None:
        return f"{name} is then {show(found)}"
    same = same_amount(pair.sent, pair.own, name) if name in AMOUNTS else asked == found
    if same is False:
        return f"it was ignored: {name} is {show(found)} and not {show(asked)}"
    return f"{name} is then {show(found)}"


QUANTITY_EFFECTS: dict[str, Callable[[Evidence], Judged]] = {
    "quantity-as-asked": quantity_as_asked,
    "amounts-as-asked": amounts_as_asked,
    "default-taken": default_taken,
    "quantity-on-grid": quantity_on_grid,
    "pool-of-request": result_in_pool,
}
"""Effects by the names that profile definitions use."""
