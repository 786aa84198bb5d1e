"""Effects of activating and deactivating a virtual system on its resources (DSP1041, clause 7).

Pure. The system is the run's own; the pools are shared, so that what is reserved of them is judged
only where no other system came, went or changed its state meanwhile, and is a warning at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from conformance.evaluate.effects import Evidence
from conformance.evaluate.judged import Judged
from conformance.punit import understood
from conformance.results import Observation
from conformance.transcript import Reading, Seen

POOLS, SYSTEMS = "AnyPool", "AnySystem"
REQUESTED, ALLOCATED = "DefinedAllocation", "StateAllocation"
DEVICES = "Device"
ALMOST = Fraction(99, 100)
INVISIBLE = 4


def resources_allocated(evidence: Evidence) -> Judged:
    """An active system has an allocation for each request that is allocated by itself."""
    unreached = _unreached(evidence)
    if unreached is not None:
        return unreached
    wanted = _kinds(_of(_before(evidence), REQUESTED), "AutomaticAllocation")
    found = Counter(each.get("ResourceType") for each in _of(evidence.after, ALLOCATED))
    observations = [
        Observation(
            evidence.subject, f"{number} allocations of ResourceType {kind}", str(found[kind])
        )
        for kind, number in wanted.items()
        if found[kind] < number
    ]
    requests = _of(_before(evidence), REQUESTED)
    shown = [each for each in requests if each.get("ConsumerVisibility") != INVISIBLE]
    if wanted and shown and not _of(evidence.after, DEVICES):
        observations.append(
            Observation(evidence.subject, "virtual devices when active", "none", "warn")
        )
    nothing = "" if wanted else "the system has no requests for resources"
    return Judged(len(wanted), tuple(observations), nothing)


def devices_released(evidence: Evidence) -> Judged:
    """A system that was deactivated has no devices but those that it keeps."""
    unreached = _unreached(evidence)
    if unreached is not None:
        return unreached
    had = _of(_before(evidence), DEVICES)
    allocated = _of(_before(evidence), ALLOCATED)
    if not had or _keeps(allocated):
        return Judged(nothing="the system had no devices, or keeps some of them")
    left = _of(evidence.after, DEVICES)
    observations = tuple(
        Observation(each.path, "gone with the deactivation", "it can still be read")
        for each in left
    )
    return Judged(len(had), observations)


def allocations_released(evidence: Evidence) -> Judged:
    """The allocations of a system that was deactivated are gone; its requests stay."""
    unreached = _unreached(evidence)
    if unreached is not None:
        return unreached
    before = _before(evidence)
    had, requested = _of(before, ALLOCATED), _identities(_of(before, REQUESTED))
    if not had or _keeps(had):
        return Judged(nothing="the system had no allocations, or keeps some of them")
    observations = [
        Observation(each.path, "gone with the deactivation", "it can still be read")
        for each in _of(evidence.after, ALLOCATED)
        if each.identity not in requested
    ]
    missing = requested - _identities(_of(evidence.after, REQUESTED))
    if missing:
        expected = "the requests of the system as before its deactivation"
        observations.append(Observation(evidence.subject, expected, f"{len(missing)} fewer"))
    return Judged(len(had), tuple(observations))


def reserved_taken(evidence: Evidence) -> Judged:
    """The pools have reserved more by what the system that was activated has reserved."""
    return _accounted(evidence, _of(evidence.after, ALLOCATED), taken=True)


def reserved_returned(evidence: Evidence) -> Judged:
    """The pools have reserved less by what the system that was deactivated had reserved."""
    return _accounted(evidence, _of(_before(evidence), ALLOCATED), taken=False)


def _accounted(evidence: Evidence, allocated: Iterable[Seen], *, taken: bool) -> Judged:
    unreached = _unreached(evidence)
    return accounted(evidence, allocated, taken=taken) if unreached is None else unreached


def accounted(evidence: Evidence, allocated: Iterable[Seen], *, taken: bool) -> Judged:
    """Judge that pools have reserved more, or less, by what allocations have reserved of them."""
    if not _quiet(evidence):
        return Judged(nothing="other systems changed at the same time")
    were, now = _by_pool(_before(evidence)), _by_pool(evidence.after)
    examined, observations = 0, []
    for slot, amount in _reserved(allocated, now).items():
        one, other = were[slot].get("Reserved"), now[slot].get("Reserved")
        if not isinstance(one, int) or not isinstance(other, int) or not amount:
            continue
        examined += 1
        if (other - one if taken else one - other) < amount * ALMOST:
            expected = f"Reserved {float(amount):g} {'more' if taken else 'less'} than {one}"
            observations.append(Observation(now[slot].path, expected, str(other)))
    nothing = "" if examined else "no pool says what is reserved of it for the system"
    return Judged(examined, tuple(observations), nothing)


Slot = tuple[Any, Any]
"""ResourceType and PoolID: what an allocation names its pool by."""


def _reserved(allocated: Iterable[Seen], pools: dict[Slot, Seen]) -> dict[Slot, Fraction]:
    """Return what allocations have reserved of each pool, in its units."""
    total: dict[Slot, Fraction] = {}
    for each in allocated:
        slot = (each.get("ResourceType"), each.get("PoolID"))
        amount = each.get("Reservation")
        own = understood(str(each.get("AllocationUnits") or ""))
        unit = understood(str(pools[slot].get("AllocationUnits") or "")) if slot in pools else None
        if not isinstance(amount, int) or own is None or unit is None:
            continue
        if own.dimension == unit.dimension:
            total[slot] = total.get(slot, Fraction(0)) + amount * own.factor / unit.factor
    return total


def _unreached(evidence: Evidence) -> Judged | None:
    """Return why nothing is said of the resources: where the state was not reached, others do."""
    system, observed = evidence.after.system, evidence.transcript.setting.observed
    if system is None:
        return Judged(error="the system could not be read after the call")
    wanted = evidence.call.arguments.get("RequestedState")
    if system.get(observed) == wanted:
        return None
    return Judged(nothing=f"{observed} is {system.get(observed)}, not {wanted} as requested")


def _by_pool(reading: Reading) -> dict[Slot, Seen]:
    pools = _of(reading, POOLS)
    return {(each.get("ResourceType"), each.get("PoolID")): each for each in pools}


def _quiet(evidence: Evidence) -> bool:
    """Tell whether no system but the run's own came, went or changed its state, nor a pool."""
    own, observed = evidence.call.subject, evidence.transcript.setting.observed
    states = [
        {each.identity: each.get(observed) for each in _of(r, SYSTEMS) if each.identity != own}
        for r in (_before(evidence), evidence.after)
    ]
    pools = [_by_pool(r).keys() for r in (_before(evidence), evidence.after)]
    return states[0] == states[1] and pools[0] == pools[1]


def _kinds(requests: Iterable[Seen], automatic: str) -> Counter[Any]:
    kinds = [e.get("ResourceType") for e in requests if e.get(automatic) is not False]
    return Counter(kind for kind in kinds if kind is not None)


def _keeps(allocated: Iterable[Seen]) -> bool:
    return any(each.get("AutomaticDeallocation") is False for each in allocated)


def _identities(instances: Iterable[Seen]) -> set[str]:
    return {each.identity for each in instances}


def _before(evidence: Evidence) -> Reading:
    return evidence.call.before or Reading()


def _of(reading: Reading, name: str) -> tuple[Seen, ...]:
    return reading.related.get(name, ())


ALLOCATION_EFFECTS: dict[str, Callable[[Evidence], Judged]] = {
    "resources-allocated": resources_allocated,
    "devices-released": devices_released,
    "allocations-released": allocations_released,
    "reserved-taken": reserved_taken,
    "reserved-returned": reserved_returned,
}
"""Effects by the names that profile definitions use."""
