"""Whether a check applies: conditions on the host, and on the very system that the run made.

A feature of a virtual system is decided on the run's own system, because an empty host has no
other and because systems differ; everything else is decided on the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from conformance.cim import Path
from conformance.definitions.catalogue import local_name
from conformance.definitions.profile import Claim, Condition, When, names
from conformance.evaluate.model import Model
from conformance.evaluate.words import show
from conformance.play.machine import Machine
from conformance.play.observing import Observer


class Decision(msgspec.Struct, frozen=True):
    """Whether a condition holds, and how that was decided."""

    holds: bool
    trace: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True):
    """One feature that a condition names, wanted or not wanted."""

    feature: str
    wanted: bool


def holds_on_host(model: Model, machine: Machine, key: str, when: When) -> Decision:
    """Decide the parts of a condition that are not about the run's own system."""
    condition = _condition(when)
    holds = True
    trace: list[str] = []
    for part in _parts(condition):
        if not _of_subject(model, machine, key, part.feature):
            feature = part.feature
            single = Condition(feature=feature) if part.wanted else Condition(not_=feature)
            answer = model.applies(key, single, "")
            holds, trace = holds and answer.holds, [*trace, *answer.trace]
    if names(condition.registered):
        answer = model.applies(key, Condition(registered=condition.registered), "")
        holds, trace = holds and answer.holds, [*trace, *answer.trace]
    return Decision(holds, tuple(trace))


def holds_on_system(observer: Observer, key: str, when: When, system: Path) -> Decision:
    """Decide the parts of a condition that are features of a virtual system on this system."""
    model, machine = observer.model, observer.machine
    holds, trace = True, []
    for part in _parts(_condition(when)):
        if _of_subject(model, machine, key, part.feature):
            claimed, text = _claimed(observer, key, part.feature, system)
            word = "claimed" if claimed else "not claimed"
            trace.append(f"feature {local_name(part.feature)}: {word}: {text}")
            holds = holds and claimed is part.wanted
    return Decision(holds, tuple(trace))


def needs_system(model: Model, machine: Machine, key: str, when: When) -> bool:
    """Tell whether some part of a condition is decided on the run's own system."""
    parts = _parts(_condition(when))
    return any(_of_subject(model, machine, key, part.feature) for part in parts)


def _condition(when: When) -> Condition:
    return when if isinstance(when, Condition) else Condition(feature=when)


def _parts(condition: Condition) -> Iterator[Part]:
    for feature in names(condition.feature):
        if feature:
            yield Part(feature, wanted=True)
    for feature in names(condition.not_):
        if feature:
            yield Part(feature, wanted=False)


def _of_subject(model: Model, machine: Machine, key: str, name: str) -> bool:
    owner, feature = model.catalogue.find_feature(key, name)
    found_in, _ = model.catalogue.find_adaptation(owner, feature.of)
    return (found_in, local_name(feature.of)) == (machine.key, machine.states.of)


def _claimed(observer: Observer, key: str, name: str, system: Path) -> tuple[bool, str]:
    owner, feature = observer.model.catalogue.find_feature(key, name)
    claim = feature.claimed
    if claim.always or claim.never:
        return bool(claim.always), claim.always or claim.never
    if claim.any_of:
        answers = [_claimed(observer, owner, other, system) for other in claim.any_of]
        return any(yes for yes, _ in answers), "; ".join(text for _, text in answers)
    if claim.offered:
        offers = [observer.model.offers(owner, method, "") for method in claim.offered]
        return any(yes for yes, _ in offers), "; ".join(text for _, text in offers)
    return _by_instance(observer, owner, claim, system)


def _by_instance(observer: Observer, owner: str, claim: Claim, system: Path) -> tuple[bool, str]:
    model = observer.model
    walk = observer.walk(system)
    adaptation = str(claim.any)
    found = walk.members(owner, adaptation)
    if claim.other_than:
        others = {i.path for i in walk.members(owner, claim.other_than)}
        found = [instance for instance in found if instance.path not in others]
    _, definition = model.catalogue.find_adaptation(owner, adaptation)
    traces = [
        f"{each.path} " + ", ".join(f"{p} = {show(each.get(p))}" for p in claim.has)
        for each in found
    ]
    for instance, text in zip(found, traces, strict=True):
        if model.satisfies(owner, definition.class_, instance, claim.has):
            return True, text.rstrip()
    return False, "; ".join(traces) or f"{system} has no {adaptation}"
