"""The kind `relation`: two terms compared for each instance of an adaptation.

Pure. What the two sides are is found in `terms.py`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from numbers import Real
from typing import Any

import msgspec

from conformance.definitions.profile import Is, Relation, Term, names
from conformance.evaluate.instances import chosen, inapplicable, told_where
from conformance.evaluate.model import Model
from conformance.evaluate.terms import LITERAL, Subject, Values, of_each, term
from conformance.evaluate.words import show
from conformance.findings import Findings
from conformance.punit import Quantity, understood
from conformance.results import Observation

ORDERED = (Is.AT_MOST, Is.AT_LEAST, Is.GREATER, Is.LESS)
MOST_NOTES = 5
MOST_PATHS = 5
MOST_VALUES = 20


class Shared(list[Any]):
    """Values that are the same for every subject, so that their set is made once."""

    @cached_property
    def plain(self) -> frozenset[Any]:
        """Return the values."""
        return frozenset(self)

    @cached_property
    def folded(self) -> frozenset[Any]:
        """Return the values without case."""
        return frozenset(_fold(value) for value in self)


def relation(key: str, requirement: Relation, model: Model) -> Findings:
    """Judge a relation between two terms; a NULL side is not examined."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    observations: list[Observation] = []
    examined: list[str] = []
    notes: list[str] = []
    classname = "" if requirement.for_ == "profile" else _class(key, requirement.for_, model)
    turns = [_turn(requirement, name) for name in requirement.each] or [requirement]
    shared: dict[int, Shared | None] = {}
    for identity, instance in chosen(model.members(key, requirement.for_), condition):
        if not model.satisfies(key, classname, instance, requirement.where):
            continue
        subject = Subject(key, requirement.for_, identity, instance)
        for turn in turns:
            seen = _judged(turn, subject, model, notes, shared)
            if seen is not None:
                examined.append(identity)
                observations += seen
    shown = tuple(model.text(identity) for identity in list(dict.fromkeys(examined))[:5])
    trace = (*condition.trace, *dict.fromkeys(notes[:MOST_NOTES]))
    return Findings(len(examined), tuple(observations), shown, trace)


def _turn(requirement: Relation, name: str) -> Relation:
    left, right = of_each(requirement.left, name), of_each(requirement.right, name)
    return msgspec.structs.replace(requirement, left=left, right=right)


def _judged(
    requirement: Relation,
    subject: Subject,
    model: Model,
    notes: list[str],
    shared: dict[int, Shared | None],
) -> list[Observation] | None:
    """Return the deviation of one subject, if any; None when there is nothing to compare."""
    left = _side(requirement.left, subject, model, notes, shared)
    right = _side(requirement.right, subject, model, notes, shared)
    if left is None or (right is None and not requirement.absent):
        return None
    if right is None:
        holds: bool | None = requirement.absent == "holds"
    else:
        folded = _folded(requirement)
        holds = compare(left, requirement.is_, right, folded, requirement.tolerance)
    if holds is None:
        told = f"{_list(left, model)} and {_list(right or [], model)}"
        notes.append(f"{model.text(subject.identity)}: {told} are not of one kind, nor compared")
        return None
    if holds:
        return []
    seen = _told(subject.key, requirement, model, subject.identity, (left, right))
    return [msgspec.structs.replace(seen, severity="warn") if requirement.advised else seen]


def _side(
    wanted: Term,
    subject: Subject,
    model: Model,
    notes: list[str],
    shared: dict[int, Shared | None],
) -> Values:
    """Return the values of one side; those of `all` are found for the first subject only."""
    if not wanted.all:
        return term(wanted, subject, model, notes)
    if id(wanted) not in shared:
        found = term(wanted, subject, model, notes)
        shared[id(wanted)] = None if found is None else Shared(found)
    return shared[id(wanted)]


def _class(key: str, adaptation: str, model: Model) -> str:
    return model.catalogue.find_adaptation(key, adaptation)[1].class_


def _folded(requirement: Relation) -> bool:
    """Tell whether the values are class names and so compared without case."""
    looked = (*names(requirement.left.property), *names(requirement.right.property))
    return any(name.lower().endswith("creationclassname") for name in looked)


def _told(
    key: str, requirement: Relation, model: Model, identity: str, sides: tuple[list[Any], Values]
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
    """Return a term in words."""
    if term_.sum:
        return "the sum of " + " and ".join(_name(key, part, model) for part in term_.sum)
    parts = ["the number"] if term_.count else []
    if term_.property:
        looked = ", ".join(names(term_.property))
        parts.append(f"{looked} x {term_.times}" if term_.times else looked)
    if term_.together:
        parts.append(" and ".join(_name(key, part, model) for part in term_.together))
    if term_.all:
        parts.append(f"every {term_.all}")
    if term_.end:
        parts.append(f"what stands at {term_.end}")
    if term_.over or term_.union:
        links = [model.catalogue.find_link(key, link)[1].class_ for link in names(term_.over)]
        others = [model.catalogue.find_link(key, link)[1].class_ for link in term_.union]
        joined = ", then ".join(links) or " or ".join(others)
        kept = f" (each a {term_.among})" if term_.among else ""
        parts.append(f"what is linked by {joined}{kept}")
    if term_.offered:
        parts.append("the offer of " + " or ".join(term_.offered))
    if term_.const is not None:
        unit = "".join(f" {u.removeprefix(LITERAL)}" for u in names(term_.unit))
        parts.append(show(term_.const) + unit)
    return " of ".join(parts) + told_where(term_.where)


def _list(values: list[Any], model: Model) -> str:
    """Return values in words, the first few of many; identities as the paths they stand for."""
    paths = [v for v in values if isinstance(v, str) and model.instance(v) is not None]
    most = MOST_PATHS if paths else MOST_VALUES
    told = [model.text(v) if v in paths else show(v) for v in values[:most]]
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ("nothing" if not told else ", ".join(told)) + more


def compare(
    left: list[Any], is_: Is, right: list[Any], folded: bool = False, tolerance: float = 0.0
) -> bool | None:
    """Tell whether a relation holds between two lists of values; None: they cannot be compared."""
    if is_ is Is.SAME_DIMENSION:
        return _same_dimension(left, right)
    if is_ is Is.SAME_LENGTH:
        return len(left) == len(right)
    if any(isinstance(value, Quantity) for value in (*left, *right)):
        amounts = _amounts(left, right)
        if amounts is None:
            return None
        left, right = amounts
    if (tolerance or is_ in ORDERED) and not _in_order(left, right):
        return None
    if tolerance:
        return all(_close(a, b, tolerance) or _beyond(a, is_, b) for a in left for b in right)
    return _holds(left, is_, right, folded=folded)


def _holds(left: list[Any], is_: Is, right: list[Any], *, folded: bool) -> bool:
    match is_:
        case Is.AT_MOST:
            return all(a <= b for a in left for b in right)
        case Is.AT_LEAST:
            return all(a >= b for a in left for b in right)
        case Is.GREATER:
            return all(a > b for a in left for b in right)
        case Is.LESS:
            return all(a < b for a in left for b in right)
    one, other = _set(left, folded=folded), _set(right, folded=folded)
    match is_:
        case Is.ELEMENT | Is.SUBSET:
            return one <= other
        case Is.DISJOINT:
            return not one & other
        case _:
            return one == other


def _amounts(left: list[Any], right: list[Any]) -> tuple[list[Any], list[Any]] | None:
    """Return quantities as numbers of one unit; None when they are not of one kind."""
    quantities = [value for value in (*left, *right) if isinstance(value, Quantity)]
    alike = all(one.comparable(quantities[0]) for one in quantities)
    if not alike or len(quantities) < len(left) + len(right):
        return None
    return [one.amount for one in left], [one.amount for one in right]


def _beyond(one: Any, is_: Is, other: Any) -> bool:  # two numbers
    """Tell whether a relation that is one of order holds, however large the difference."""
    return is_ is not Is.EQUAL and _holds([one], is_, [other], folded=False)


def _close(one: Any, other: Any, tolerance: float) -> bool:  # two numbers
    difference: Any = abs(one - other)
    return bool(difference <= Fraction(tolerance) * max(abs(one), abs(other)))


def _same_dimension(left: list[Any], right: list[Any]) -> bool | None:
    units = [understood(str(text)) for text in (*left, *right)]
    if any(unit is None for unit in units):
        return None
    kinds = {(unit.dimension, unit.note) for unit in units if unit is not None}
    return len(kinds) == 1


def _in_order(left: list[Any], right: list[Any]) -> bool:
    """Tell whether values are all numbers, all texts, or all flags (FALSE before TRUE)."""
    values = [*left, *right]
    numbers = all(isinstance(v, Real) and not isinstance(v, bool) for v in values)
    return numbers or any(all(isinstance(v, kind) for v in values) for kind in (str, bool))


def _set(values: list[Any], *, folded: bool) -> frozenset[Any] | set[Any]:
    if isinstance(values, Shared):
        return values.folded if folded else values.plain
    return {_fold(value) if folded else value for value in values}


def _fold(value: Any) -> Any:  # any CIM value
    if isinstance(value, tuple):
        return tuple(_fold(item) for item in value)
    return value.lower() if isinstance(value, str) else value
