"""Kinds that look at the instances of one adaptation: population, values, unique, declares.

Pure: each function takes a check's key and requirement and the model, and returns Findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.cim import Instance
from conformance.definitions.catalogue import local_name, split
from conformance.definitions.profile import (
    Declares,
    Population,
    Properties,
    Unique,
    names,
)
from conformance.evaluate.model import Applicability, Model
from conformance.evaluate.seen import Members, namespace_of
from conformance.evaluate.words import expectation, hashable, show
from conformance.findings import Findings
from conformance.results import Observation


def population(key: str, requirement: Population, model: Model) -> Findings:
    """Judge how many instances of an adaptation there are (DSP1001, instance requirements)."""
    subject = requirement.per or requirement.of
    condition = model.applies(key, requirement.when, subject)
    if not condition.holds:
        return inapplicable(condition)
    members = model.members(key, requirement.of)
    classname = class_of(model, key, requirement.of)
    counted = {
        identity
        for identity, instance in members.items()
        if model.satisfies(key, classname, instance, requirement.where)
    }
    if requirement.each:
        return _population_each(key, requirement, model, condition, counted)
    if not requirement.per:
        what = called(key, requirement.of, model)
        where = f"{what} on {model.snapshot.url}"
        what += told_where({**_own_where(key, requirement.of, model), **requirement.where})
        deviations = _count(requirement, where, what, counted, model)
        shown = tuple(model.text(i) for i in sorted(counted)[:5])
        return Findings(1, tuple(deviations), shown, condition.trace)
    return _population_per(key, requirement, model, condition, counted)


def _population_per(
    key: str,
    requirement: Population,
    model: Model,
    condition: Applicability,
    counted: set[str],
) -> Findings:
    related = model.related(key, requirement.of, key, requirement.per) or {}
    classname = class_of(model, key, requirement.per)
    what = called(key, requirement.of, model) + told_where(requirement.where)
    what += told_where(requirement.per_where, f" while the {requirement.per} has ")
    observations: list[Observation] = []
    examined: list[str] = []
    for parent, instance in chosen(model.members(key, requirement.per), condition):
        if not model.satisfies(key, classname, instance, requirement.per_where):
            continue
        examined.append(model.text(parent))
        own = related.get(parent, set()) & counted
        observations += _count(requirement, model.text(parent), what, own, model)
    return Findings(len(examined), tuple(observations), tuple(examined[:5]), condition.trace)


def _population_each(
    key: str,
    requirement: Population,
    model: Model,
    condition: Applicability,
    counted: set[str],
) -> Findings:
    """Count separately for each value that a property has among the members."""
    groups: dict[Any, set[str]] = {}
    for identity, instance in model.members(key, requirement.of).items():
        value = instance.get(requirement.each)
        if value is not None:
            groups.setdefault(hashable(value), set()).add(identity)
    what = called(key, requirement.of, model) + told_where(requirement.where)
    observations = [
        seen
        for value, group in groups.items()
        for seen in _count(
            requirement, f"{requirement.each} {show(value)}", what, group & counted, model
        )
    ]
    shown = tuple(f"{requirement.each} {show(value)}" for value in list(groups)[:5])
    return Findings(len(groups), tuple(observations), shown, condition.trace)


def _count(
    requirement: Population, subject: str, what: str, counted: set[str], model: Model
) -> Iterator[Observation]:
    number = len(counted)
    if requirement.min <= number and (requirement.max is None or number <= requirement.max):
        return
    some = ": " + ", ".join(model.text(i) for i in sorted(counted)[:5]) if counted else ""
    yield Observation(
        subject, f"{_range(requirement.min, requirement.max)} {what}", f"{number}{some}"
    )


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    if high == 0:
        return "no"
    return f"exactly {low}" if low == high else f"{low} to {high}"


def unique(key: str, requirement: Unique, model: Model) -> Findings:
    """Judge that no two instances have the same values."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    holders: dict[Any, list[str]] = {}
    shown: dict[Any, str] = {}
    examined = 0
    scopes = _scopes(key, requirement, model)
    for identity, instance in chosen(model.members(key, requirement.for_), condition):
        row = [instance.get(name) for name in requirement.properties]
        if any(value is None for value in row):
            continue
        examined += 1
        for scope in scopes.get(identity, [""]):
            folded = (scope, hashable(row))
            holders.setdefault(folded, []).append(model.text(identity))
            shown[folded] = ", ".join(
                f"{name} = {show(value)}"
                for name, value in zip(requirement.properties, row, strict=True)
            )
    observations = tuple(
        Observation(
            subjects[0],
            f"{', '.join(requirement.properties)} that no other {requirement.for_}"
            f"{f' of {model.text(folded[0])}' if folded[0] else ''} has",
            f"{shown[folded]} also at {', '.join(subjects[1:6])}",
        )
        for folded, subjects in holders.items()
        if len(subjects) > 1
    )
    return Findings(examined, observations, trace=condition.trace)


def _scopes(key: str, requirement: Unique, model: Model) -> dict[str, list[str]]:
    """Return within which instances of `per` each subject is unique.

    Those that belong to none, or all where `per` is not asked for, are unique among each other.
    """
    scopes: dict[str, list[str]] = {}
    if requirement.per:
        related = model.related(key, requirement.for_, key, requirement.per) or {}
        for parent in sorted(related):
            for identity in related[parent]:
                scopes.setdefault(identity, []).append(parent)
    return scopes


def declares(key: str, requirement: Declares, model: Model) -> Findings:
    """Judge that the class of each instance declares the methods (GetClass)."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    observations: list[Observation] = []
    told: set[tuple[str, str]] = set()
    unread: list[str] = []
    examined: list[str] = []
    for identity, instance in chosen(model.members(key, requirement.for_), condition):
        wanted = _wanted_methods(key, requirement, model, identity)
        declared = model.snapshot.methods_of(instance.classname, namespace_of(instance))
        if declared is None:
            unread.append(f"GetClass({instance.classname}) could not be read")
            continue
        if not wanted:
            continue
        examined.append(model.text(identity))
        missing = {(instance.classname, name) for name in wanted if name.lower() not in declared}
        observations += [
            Observation(classname, f"method {name} is declared", "it is not")
            for classname, name in sorted(missing - told)
        ]
        told |= missing
    untested = unread[0] if unread and not examined else ""
    trace = (*condition.trace, *unread)
    return Findings(
        len(examined), tuple(observations), tuple(examined[:5]), trace, untested=untested
    )


def _wanted_methods(
    key: str, requirement: Declares, model: Model, identity: str
) -> tuple[str, ...]:
    if requirement.methods != "offered":
        return names(requirement.methods)
    target = requirement.for_
    return tuple(
        name
        for name, method in model.catalogue.profiles[key].methods.items()
        if method.target == target and method.offered and model.offers(key, name, identity)[0]
    )


def class_of(model: Model, key: str, adaptation: str) -> str:
    """Return the class of an adaptation, as the profile names it."""
    if adaptation == "profile":
        return "CIM_RegisteredProfile"
    return model.catalogue.find_adaptation(key, adaptation)[1].class_


def _own_where(key: str, adaptation: str, model: Model) -> Properties:
    if local_name(adaptation) == "profile":
        return {}
    return model.catalogue.find_adaptation(key, adaptation)[1].where


def called(key: str, adaptation: str, model: Model) -> str:
    """Return what a report calls an instance of an adaptation."""
    if local_name(adaptation) != "profile":
        return adaptation
    return f"registration of {model.header(split(key, adaptation)[0]).name}"


def told_where(where: Properties, before: str = " with ") -> str:
    """Return a restriction to certain property values in words, "" when there is none."""
    parts = [f"{name} {words.get('state') or expectation(words)}" for name, words in where.items()]
    return before + " and ".join(parts) if parts else ""


def chosen(members: Members, condition: Applicability) -> Iterator[tuple[str, Instance]]:
    """Yield the members that a condition leaves."""
    for identity, instance in members.items():
        if condition.subjects is None or identity in condition.subjects:
            yield identity, instance


def inapplicable(condition: Applicability) -> Findings:
    """Return findings that say why the check does not apply."""
    reason = condition.trace[0] if condition.trace else "the condition does not hold"
    return Findings(not_applicable=reason, trace=condition.trace)
