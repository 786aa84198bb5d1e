"""Effects of the methods that manage resource pools (DSP1041, clause 8), as scenarios name them.

Pure. Pools that the run has made are nobody else's: what changes of them is the doing of the call.
Other clients may change all other pools at the same time, so that those are judged by what a
client never changes, and a difference is no more than a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from conformance.evaluate.effects import Evidence
from conformance.evaluate.judged import Judged
from conformance.evaluate.words import show
from conformance.punit import understood
from conformance.results import Observation
from conformance.transcript import Call, Reading, Seen

POOLS = "AnyPool"
HOSTS, TREE, DEVICES = "all_hosted_pools", "any_pool_tree", "all_aggregates"
MOVING = frozenset(
    {"reserved", "capacity", "currentlyconsumedresource", "maxconsumableresource"}
    | {"operationalstatus", "statusdescriptions", "healthstate", "status", "generation"}
)
"""What may change of a pool while others are drawn from it, and what tells how it fares."""
FARING = MOVING - {"reserved", "capacity", "currentlyconsumedresource", "maxconsumableresource"}
ALMOST = Fraction(99, 100)


# -- a new pool ----------------------------------------------------------------------------------


def pool_created(evidence: Evidence) -> Judged:
    """There is a new pool."""
    if evidence.call.made:
        return Judged(1)
    return evidence.seen("a new resource pool", "none was found after the call was accepted")


def pool_result(evidence: Evidence) -> Judged:
    """The new pool is the output parameter, or what the job affects."""
    call = evidence.call
    if not call.made:
        return Judged(nothing="no new pool was found")
    job = (*call.job.created, *(call.job.affected or ())) if call.job is not None else ()
    named = call.named.get("Pool", ())
    if call.made in named or (not named and call.made in job):
        return Judged(1)
    told = show(call.outputs.get("Pool"))
    return evidence.seen("Pool, or CIM_AffectedJobElement of the job, with the new pool", told)


def pool_as_asked(evidence: Evidence) -> Judged:
    """The new pool has the name and the resource type that were asked for, and is concrete."""
    pool = _pools(evidence.after).get(evidence.call.made)
    if pool is None:
        return Judged(nothing="no new pool was found")
    wanted = {"ElementName": _argument(evidence.call, "ElementName"), "Primordial": False}
    wanted["ResourceType"] = _type_asked(evidence)
    known = {name: value for name, value in wanted.items() if value is not None}
    shown = {name: pool.get(name) for name in known}
    shown["Primordial"] = bool(shown["Primordial"])
    observations = tuple(
        Observation(pool.path, f"{name} as asked for", f"another value: {show(shown[name])}")
        if name == "ElementName"
        else Observation(pool.path, f"{name} {show(value)}", show(shown[name]))
        for name, value in known.items()
        if shown[name] != value
    )
    return Judged(len(known), observations)


def pool_hosted(evidence: Evidence) -> Judged:
    """The new pool is hosted by exactly one system, the one of the pools it is drawn from."""
    pool = evidence.call.made
    if not pool:
        return Judged(nothing="no new pool was found")
    edges = evidence.after.links.get(HOSTS, ())
    found = _ends(edges, "PartComponent", pool, "GroupComponent")
    above = {h for p in _given(evidence, "ParentPool") for h in _hosts(edges, p)}
    if len(found) != 1:
        return evidence.seen("one CIM_HostedResourcePool of the new pool", str(len(found)))
    if above and not found & above:
        return evidence.seen("the host of the pool that it is drawn from", ", ".join(found))
    return Judged(1)


def pool_drawn(evidence: Evidence) -> Judged:
    """The pool that was created, or moved, is allocated from the parents that were given."""
    pool = evidence.call.made or next(iter(_given(evidence, "ChildPool")), "")
    if not pool:
        return Judged(nothing="no new pool was found")
    wanted = set(_given(evidence, "ParentPool"))
    found = _ends(evidence.after.links.get(TREE, ()), "Dependent", pool, "Antecedent")
    if found == wanted:
        return Judged(1)
    expected = "CIM_ElementAllocatedFromPool from the pool to each parent given, and to no other"
    missing, more = len(wanted - found), len(found - wanted)
    return evidence.seen(expected, f"{missing} missing, {more} others")


def devices_in(evidence: Evidence) -> Judged:
    """The host devices that were given are components of the pool."""
    pool = evidence.call.made or next(iter(_given(evidence, "Pool")), "")
    if not pool:
        return Judged(nothing="no new pool was found")
    missing = set(_given(evidence, "HostResources")) - _devices(evidence.after, pool)
    if not missing:
        return Judged(1)
    return evidence.seen(
        "CIM_ConcreteComponent to each host device given", f"not to {len(missing)}"
    )


def devices_out(evidence: Evidence) -> Judged:
    """The host devices that were removed are no longer components of the pool."""
    pool = next(iter(_given(evidence, "Pool")), "")
    left = set(_given(evidence, "HostResources")) & _devices(evidence.after, pool)
    if not left:
        return Judged(1)
    expected = "CIM_ConcreteComponent no longer to the host devices removed"
    return evidence.seen(expected, f"still to {len(left)}")


def capacity_grows(evidence: Evidence) -> Judged:
    """A pool has more than before it got more host devices."""
    return _capacity(evidence, "more", lambda before, after: after > before)


def capacity_falls(evidence: Evidence) -> Judged:
    """A pool has less than before some of its host devices were removed."""
    return _capacity(evidence, "less", lambda before, after: after < before)


def _capacity(evidence: Evidence, word: str, holds: Callable[[int, int], bool]) -> Judged:
    pool = next(iter(_given(evidence, "Pool")), "")
    before, after = (_pools(r).get(pool) for r in (_before(evidence), evidence.after))
    if before is None or after is None:
        return Judged(nothing="the pool was not read before and after")
    one, other = before.get("Capacity"), after.get("Capacity")
    if not isinstance(one, int) or not isinstance(other, int):
        return Judged(nothing="the pool does not say its Capacity")
    if holds(one, other):
        return Judged(1)
    return Judged(1, (Observation(after.path, f"{word} Capacity than {one}", str(other)),))


# -- accounts ------------------------------------------------------------------------------------


def parent_takes(evidence: Evidence) -> Judged:
    """The parent, a pool of the run's own, has reserved what the pool draws from it."""
    asked = _drawn_by(evidence.call)
    moved = next(iter(_given(evidence, "ChildPool")), "")
    if moved and not _had_taken(evidence, _creation_of(evidence, moved)):
        return Judged(nothing="the old parent had not reserved it either")
    parents = [p for p in _given(evidence, "ParentPool") if p in _own(evidence)]
    return _moved(evidence, parents, asked, taken=True)


def parent_gives_back(evidence: Evidence) -> Judged:
    """The old parent, a pool of the run's own, has no longer reserved what was drawn from it."""
    pool = next(iter((*_given(evidence, "Pool"), *_given(evidence, "ChildPool"))), "")
    made = _creation_of(evidence, pool)
    if made is None or not _had_taken(evidence, made):
        return Judged(nothing="no pool had reserved it")
    parents = [p for p in made.given.get("ParentPool", ()) if p in _own(evidence)]
    return _moved(evidence, parents, _drawn_by(made), taken=False)


def _creation_of(evidence: Evidence, pool: str) -> Call | None:
    """Return the call that created a pool of the run."""
    return next((c for c in evidence.transcript.calls if c.made and c.made == pool), None)


def _had_taken(evidence: Evidence, made: Call | None) -> bool:
    """Tell whether the parents of a pool had reserved what it drew: only that is given back."""
    parents = made.given.get("ParentPool", ()) if made is not None else ()
    for pool in (_pools(_before(evidence)).get(parent) for parent in parents):
        wanted = _in_units(_drawn_by(made), pool) if made is not None else None
        reserved = pool.get("Reserved") if pool is not None else None
        if wanted is not None and isinstance(reserved, int) and reserved < wanted * ALMOST:
            return False
    return made is not None


def _moved(
    evidence: Evidence, parents: Iterable[str], asked: tuple[int, str] | None, *, taken: bool
) -> Judged:
    examined, observations = 0, []
    for parent in parents:
        before, after = _pools(_before(evidence)).get(parent), _pools(evidence.after).get(parent)
        wanted = _in_units(asked, before)
        if before is None or after is None or wanted is None:
            continue
        one, other = before.get("Reserved"), after.get("Reserved")
        if not isinstance(one, int) or not isinstance(other, int):
            continue
        examined += 1
        moved = other - one if taken else one - other
        if moved < wanted * ALMOST:
            word = "more" if taken else "less"
            expected = f"Reserved {float(wanted):g} {word} than {one}"
            observations.append(Observation(after.path, expected, str(other)))
    nothing = "" if examined else "no parent of this run says what is reserved of it"
    return Judged(examined, tuple(observations), nothing)


def _in_units(asked: tuple[int, str] | None, pool: Seen | None) -> Fraction | None:
    """Return an amount in the units of a pool; None when it cannot be told."""
    if asked is None or pool is None:
        return None
    own, other = understood(str(pool.get("AllocationUnits") or "")), understood(asked[1])
    if own is None or other is None or own.dimension != other.dimension:
        return None
    return asked[0] * other.factor / own.factor


def _drawn_by(call: Call) -> tuple[int, str] | None:
    """Return what the settings of a call ask to be reserved, with its unit."""
    sent = _argument(call, "Settings")
    first = sent[0] if isinstance(sent, list) and sent else None
    if not isinstance(first, Mapping) or not isinstance(first.get("Reservation"), int):
        return None
    return first["Reservation"], str(first.get("AllocationUnits") or "")


# -- a pool that is gone -------------------------------------------------------------------------


def pool_gone(evidence: Evidence) -> Judged:
    """The deleted pool is no longer there."""
    there = [p for p in _given(evidence, "Pool") if p in _pools(evidence.after)]
    if not there:
        return Judged(1)
    return evidence.seen("the deleted pool to be gone", "it is still there")


def pool_links_gone(evidence: Evidence) -> Judged:
    """Nothing is linked to the deleted pool any more."""
    pool = next(iter(_given(evidence, "Pool")), "")
    left = [
        edge
        for edges in evidence.after.links.values()
        for edge in edges
        if pool in edge.values.values()
    ]
    if not left:
        return Judged(1)
    classes = ", ".join(sorted({edge.classname for edge in left}))
    return evidence.seen("no association of the deleted pool", classes)


# -- what stays ----------------------------------------------------------------------------------


def pools_as_before(evidence: Evidence) -> Judged:
    """A refused call has made no pool, and has changed none of the run's own."""
    observations: list[Observation] = []
    if evidence.call.made:
        observations += evidence.seen("no new pool after the refusal", "a new one").observations
    own = _own(evidence) - {evidence.call.made}
    may = MOVING if evidence.call.subject else FARING  # a system of the run may still be starting
    before, after = _pools(_before(evidence)), _pools(evidence.after)
    for identity in sorted(own & before.keys()):
        observations += _differences(before[identity], after.get(identity), may, "fail")
    return Judged(1 + len(own), tuple(observations))


def other_pools_as_before(evidence: Evidence) -> Judged:
    """Pools that a call is not about are as they were; of parents only the accounts may differ."""
    before, after = _pools(_before(evidence)), _pools(evidence.after)
    about = {*_given(evidence, "Pool"), *_given(evidence, "ChildPool")}
    own, parents = _own(evidence), _concerned(evidence)
    observations: list[Observation] = []
    others = before.keys() - about
    for identity in sorted(others):
        may = FARING if identity in own - parents else MOVING
        severity = "fail" if identity in own else "warn"
        observations += _differences(before[identity], after.get(identity), may, severity)
    return Judged(len(others), tuple(observations))


def _concerned(evidence: Evidence) -> set[str]:
    """Return the pools whose accounts a call moves: all above those that it is about."""
    calls = (call for call in evidence.transcript.calls if call.made)
    drawn = {call.made: set(call.given.get("ParentPool", ())) for call in calls}
    edges = (*_before(evidence).links.get(TREE, ()), *evidence.after.links.get(TREE, ()))
    found = {*_given(evidence, "ParentPool"), *_given(evidence, "Pool")}
    found |= set(_given(evidence, "ChildPool"))
    while True:
        above = {a for pool in found for a in _ends(edges, "Dependent", pool, "Antecedent")}
        above |= {a for pool in found for a in drawn.get(pool, ())}
        if above <= found:
            return found
        found |= above


def _differences(
    one: Seen, other: Seen | None, may: frozenset[str], severity: str
) -> Iterator[Observation]:
    if other is None:
        yield Observation(one.path, "the pool as before the call", "it is gone", severity)
        return
    for name in dict.fromkeys((*one.values, *other.values)):
        was, now = one.get(name), other.get(name)
        if was != now and name.lower() not in may:
            yield Observation(one.path, f"{name} still {show(was)}", show(now), severity)


# -- parts of the evidence -----------------------------------------------------------------------


def _before(evidence: Evidence) -> Reading:
    return evidence.call.before or Reading()


def _pools(reading: Reading) -> dict[str, Seen]:
    return {each.identity: each for each in reading.related.get(POOLS, ())}


def _own(evidence: Evidence) -> set[str]:
    """Return the pools that the run has made for this check."""
    return {call.made for call in evidence.transcript.calls if call.made}


def _given(evidence: Evidence, parameter: str) -> tuple[str, ...]:
    return evidence.call.given.get(parameter, ())


def _argument(call: Call, name: str) -> Any:  # a JSON value
    folded = name.lower()
    return next((value for key, value in call.arguments.items() if key.lower() == folded), None)


def _type_asked(evidence: Evidence) -> int | None:
    text = _argument(evidence.call, "ResourceType")
    if text is not None:
        return int(text) if str(text).isdecimal() else None
    pools = {**_pools(_before(evidence)), **_pools(evidence.after)}
    above = [pools[p] for p in _given(evidence, "ParentPool") if p in pools]
    return above[0].get("ResourceType") if above else None


def _ends(edges: Iterable[Seen], near: str, identity: str, far: str) -> set[str]:
    return {str(e.get(far)) for e in edges if e.get(near) == identity and e.get(far)}


def _hosts(edges: Iterable[Seen], pool: str) -> set[str]:
    return _ends(edges, "PartComponent", pool, "GroupComponent")


def _devices(reading: Reading, pool: str) -> set[str]:
    return _ends(reading.links.get(DEVICES, ()), "GroupComponent", pool, "PartComponent")


POOL_EFFECTS: dict[str, Callable[[Evidence], Judged]] = {
    "pool-created": pool_created,
    "pool-result": pool_result,
    "pool-as-asked": pool_as_asked,
    "pool-hosted": pool_hosted,
    "pool-drawn": pool_drawn,
    "devices-in": devices_in,
    "devices-out": devices_out,
    "capacity-grows": capacity_grows,
    "capacity-falls": capacity_falls,
    "parent-takes": parent_takes,
    "parent-gives-back": parent_gives_back,
    "pool-gone": pool_gone,
    "pool-links-gone": pool_links_gone,
    "pools-as-before": pools_as_before,
    "other-pools-as-before": other_pools_as_before,
}
"""Effects by the names that profile definitions use."""
