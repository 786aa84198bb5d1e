"""The kind `relation`: two terms compared for each instance of an adaptation.

Pure. A term gives a list of values, or None when there is nothing to compare.
"""

from __future__ import annotations

from typing import Any

from conformance.cim import Instance
from conformance.definitions.profile import Is, Relation, Term, names
from conformance.evaluate.instances import chosen, inapplicable
from conformance.evaluate.model import Model
from conformance.evaluate.words import show
from conformance.findings import Findings
from conformance.results import Observation

Terms = list[Any] | None

MOST_PATHS = 5
MOST_VALUES = 20


def relation(key: str, requirement: Relation, model: Model) -> Findings:
    """Judge a relation between two terms; a NULL side is not examined."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    observations: list[Observation] = []
    examined: list[str] = []
    classname = "" if requirement.for_ == "profile" else _class(key, requirement.for_, model)
    for identity, instance in chosen(model.members(key, requirement.for_), condition):
        if not model.satisfies(key, classname, instance, requirement.where):
            continue
        left = term(key, requirement.left, identity, instance, requirement.for_, model)
        right = term(key, requirement.right, identity, instance, requirement.for_, model)
        if left is None or (right is None and not requirement.absent):
            continue
        examined.append(identity)
        if right is None:
            holds = requirement.absent == "holds"
        else:
            holds = compare(left, requirement.is_, right, _folded(requirement))
        if not holds:
            observations.append(_told(key, requirement, model, identity, (left, right)))
    shown = tuple(model.text(identity) for identity in examined[:5])
    return Findings(len(examined), tuple(observations), shown, condition.trace)


def _class(key: str, adaptation: str, model: Model) -> str:
    return model.catalogue.find_adaptation(key, adaptation)[1].class_


def _folded(requirement: Relation) -> bool:
    """Tell whether the values are class names and so compared without case."""
    looked = (*names(requirement.left.property), *names(requirement.right.property))
    return any(name.lower().endswith("creationclassname") for name in looked)


def _told(
    key: str, requirement: Relation, model: Model, identity: str, sides: tuple[list[Any], Terms]
) -> Observation:
    """Say what was expected and found; a constant is always on the side of what is expected."""
    left, right = sides
    wanted, other, is_ = requirement.left, requirement.right, requirement.is_
    subject = model.text(identity)
    if wanted.const is not None and right is not None:
        expected = f"{_name(key, other, model)}: with {show(wanted.const)}"
        return Observation(subject, expected, _list(right, model))
    expected = f"{_name(key, wanted, model)}: {is_.value} {_name(key, other, model)}"
    if right is None:
        return Observation(subject, expected, f"{_list(left, model)}, and nothing to compare with")
    found = _list(left, model)
    if is_ is Is.SAME_LENGTH:
        return Observation(
            subject,
            f"{expected}, which has {len(right)}: {_list(right, model)}",
            f"{len(left)}: {found}",
        )
    if other.const is None:
        expected += f", which is {_list(right, model)}"
    return Observation(subject, expected, found + _differences(requirement, left, right, model))


def _differences(requirement: Relation, left: list[Any], right: list[Any], model: Model) -> str:
    """Return what one of two sets has and the other has not, or both where they should not."""
    folded = _folded(requirement)
    one, other = _by_fold(left, folded=folded), _by_fold(right, folded=folded)
    outside = [value for fold, value in one.items() if fold not in other]
    missing = [value for fold, value in other.items() if fold not in one]
    match requirement.is_:
        case Is.SAME_SET:
            parts = {"missing": missing, "in addition": outside}
        case Is.SUBSET:
            parts = {"not among them": outside}
        case Is.DISJOINT:
            parts = {"in both": [value for fold, value in one.items() if fold in other]}
        case _:
            parts = {}
    return "".join(f"; {word}: {_list(values, model)}" for word, values in parts.items() if values)


def _by_fold(values: list[Any], *, folded: bool) -> dict[Any, Any]:
    return {_fold(value) if folded else value: value for value in values}


def _name(key: str, term_: Term, model: Model) -> str:
    parts = []
    if term_.property:
        parts.append(", ".join(names(term_.property)))
    if term_.all:
        parts.append(f"every {term_.all}")
    if term_.over or term_.union:
        links = [model.catalogue.find_link(key, link)[1].class_ for link in names(term_.over)]
        others = [model.catalogue.find_link(key, link)[1].class_ for link in term_.union]
        joined = ", then ".join(links) or " or ".join(others)
        parts.append(f"what is linked by {joined}")
    if term_.offered:
        parts.append("the offer of " + " or ".join(term_.offered))
    if term_.const is not None:
        parts.append(show(term_.const))
    return " of ".join(parts)


def _list(values: list[Any], model: Model) -> str:
    """Return values in words, the first few of many; identities as the paths they stand for."""
    paths = [v for v in values if isinstance(v, str) and model.instance(v) is not None]
    most = MOST_PATHS if paths else MOST_VALUES
    told = [model.text(v) if v in paths else show(v) for v in values[:most]]
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ("nothing" if not told else ", ".join(told)) + more


def term(  # one subject seen from all sides
    key: str, wanted: Term, identity: str, instance: Instance, adaptation: str, model: Model
) -> Terms:
    """Return the values of a term for one subject, None when there is nothing to compare."""
    if wanted.const is not None:
        return [wanted.const]
    if wanted.offered:
        return [any(model.offers(key, method, identity)[0] for method in wanted.offered)]
    if wanted.all:
        members = model.members(key, wanted.all)
        return _properties(wanted, list(members.values())) if wanted.property else list(members)
    if wanted.over or wanted.union:
        reached = _reached(key, wanted, identity, adaptation, model)
        if not wanted.property:
            return sorted(reached)
        found = [model.instance(i) for i in sorted(reached)]
        return _properties(wanted, [i for i in found if i is not None])
    return _properties(wanted, [instance])


def _reached(key: str, wanted: Term, identity: str, adaptation: str, model: Model) -> set[str]:
    if wanted.union:
        reached: set[str] = set()
        for link in wanted.union:
            reached |= _step(key, link, {identity}, model)
        return reached
    reached = {identity}
    for link in names(wanted.over):
        reached = _step(key, link, reached, model)
    if wanted.found_by:
        name, _, way = wanted.found_by.rpartition(".")
        reached &= model.found_by(key, name or adaptation, way)
    return reached


def _step(key: str, link: str, starts: set[str], model: Model) -> set[str]:
    touching = model.touching(key, link)
    reached: set[str] = set()
    for start in starts:
        reached |= touching.get(start, set())
    return reached


def _properties(wanted: Term, instances: list[Instance]) -> Terms:
    looked = names(wanted.property)
    values: list[Any] = []
    for instance in instances:
        row = [instance.get(name) for name in looked]
        if any(value is None for value in row):
            continue
        if len(row) == 1 and isinstance(row[0], list):
            values += row[0]
        else:
            values.append(row[0] if len(row) == 1 else tuple(row))
    return values or None


def compare(left: list[Any], is_: Is, right: list[Any], folded: bool = False) -> bool:
    """Tell whether a relation holds between two lists of values."""
    one, other = _set(left, folded=folded), _set(right, folded=folded)
    match is_:
        case Is.EQUAL | Is.SAME_SET:
            return one == other
        case Is.ELEMENT | Is.SUBSET:
            return one <= other
        case Is.DISJOINT:
            return not one & other
        case Is.AT_MOST:
            return all(a <= b for a in left for b in right)
        case Is.AT_LEAST:
            return all(a >= b for a in left for b in right)
        case Is.SAME_LENGTH:
            return len(left) == len(right)


def _set(values: list[Any], *, folded: bool) -> set[Any]:
    return {_fold(value) if folded else value for value in values}


def _fold(value: Any) -> Any:  # any CIM value
    if isinstance(value, tuple):
        return tuple(_fold(item) for item in value)
    return value.lower() if isinstance(value, str) else value
