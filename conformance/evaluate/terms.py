"""The terms of a relation: what the two sides of it are for one subject.

Pure. A term gives a list of values, or None when there is nothing to compare.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import msgspec

from conformance.cim import Instance, Malformed, Path
from conformance.definitions.profile import Term, names
from conformance.evaluate.model import Model
from conformance.evaluate.object_path import parse_path
from conformance.evaluate.seen import namespace_of
from conformance.punit import Quantity, Unit, understood

Values = list[Any] | None

EACH = "each"
LITERAL = "="
PLAIN_COUNT = "count"
SEPARATORS = re.compile(r"[\s:.-]")


class Subject(msgspec.Struct, frozen=True):
    """What a term starts from: an instance, as a member of an adaptation of a profile."""

    key: str
    adaptation: str
    identity: str
    instance: Instance


def of_each(wanted: Term, name: str) -> Term:
    """Return a term with the property that takes its turn in the place of `each`."""
    looked = tuple(name if one == EACH else one for one in names(wanted.property))
    return msgspec.structs.replace(
        wanted,
        property=looked,
        times=name if wanted.times == EACH else wanted.times,
        sum=tuple(of_each(part, name) for part in wanted.sum),
        together=tuple(of_each(part, name) for part in wanted.together),
    )


def term(wanted: Term, subject: Subject, model: Model, notes: list[str]) -> Values:
    """Return the values of a term for one subject, None when there is nothing to compare.

    `notes` are told what could not be read as a quantity, and is therefore not examined.
    """
    if wanted.const is not None:
        return _constant(wanted)
    if wanted.offered:
        key, identity = subject.key, subject.identity
        return [any(model.offers(key, method, identity)[0] for method in wanted.offered)]
    if wanted.sum:
        return _sum(wanted, subject, model, notes)
    if wanted.together:
        parts = [term(part, subject, model, notes) for part in wanted.together]
        return [value for part in parts for value in part or ()] or None
    if wanted.all:
        members = model.members(subject.key, wanted.all)
        kept = model.members(subject.key, wanted.among) if wanted.among else members
        found = [instance for identity, instance in members.items() if identity in kept]
        return _of_elements(wanted, found, subject.key, model, notes)
    if wanted.over or wanted.union or wanted.end:
        reached = sorted(_reached(wanted, subject, model))
        found = [i for identity in reached if (i := model.instance(identity)) is not None]
        if wanted.count:
            return _in_unit(wanted, len(_chosen(wanted, found, subject.key, model)))
        if not wanted.property and not wanted.where:
            return list(reached)
        return _of_elements(wanted, found, subject.key, model, notes)
    return _properties(wanted, [subject.instance], model, notes)


def _constant(wanted: Term) -> list[Any]:
    if isinstance(wanted.const, list):
        return [tuple(one) if isinstance(one, list) else one for one in wanted.const]
    return _in_unit(wanted, wanted.const)


def _in_unit(wanted: Term, value: Any) -> list[Any]:  # a constant, or a number of elements
    """Return a value, as a quantity where the term says a unit after `=`."""
    unit = names(wanted.unit)
    meant = understood(unit[0].removeprefix(LITERAL)) if unit else None
    return [Quantity(Fraction(value), meant)] if meant else [value]


def _sum(wanted: Term, subject: Subject, model: Model, notes: list[str]) -> Values:
    """Return the sum of all values of some terms; None when there are none, or they differ."""
    told = len(notes)
    parts = [term(part, subject, model, notes) for part in wanted.sum]
    values = [value for part in parts for value in part or ()]
    if not values or len(notes) > told:
        return None
    first = values[0]
    if isinstance(first, Quantity):
        if not all(isinstance(v, Quantity) and v.comparable(first) for v in values):
            notes.append("quantities of different dimensions are not added up")
            return None
        amount = sum((value.amount for value in values), Fraction(0))
        return [Quantity(amount / first.unit.factor, first.unit)]
    return [sum(values)] if all(is_number(v) for v in values) else None


def _of_elements(
    wanted: Term, found: Iterable[Instance], key: str, model: Model, notes: list[str]
) -> Values:
    chosen = _chosen(wanted, found, key, model)
    if wanted.count:
        return _in_unit(wanted, len(chosen))
    if not wanted.property:
        return [i.path.identity for i in chosen if i.path is not None]
    return _properties(wanted, chosen, model, notes)


def _chosen(wanted: Term, found: Iterable[Instance], key: str, model: Model) -> list[Instance]:
    if not wanted.where:
        return list(found)
    return [i for i in found if model.satisfies(key, i.classname, i, wanted.where)]


def _reached(wanted: Term, subject: Subject, model: Model) -> set[str]:
    key = subject.key
    reached: set[str] = set()
    start = _start(wanted, subject, model)
    if wanted.union:
        for link in wanted.union:
            reached |= _step(key, link, {start}, model)
    else:
        reached = follow(key, names(wanted.over), start, model)
    if wanted.found_by:
        name, _, way = wanted.found_by.rpartition(".")
        reached &= model.found_by(key, name or subject.adaptation, way)
    if wanted.among:
        reached &= model.members(key, wanted.among).keys()
    return reached


def _start(wanted: Term, subject: Subject, model: Model) -> str:
    """Return where links are followed from: the subject, or the element at one of its ends."""
    if not wanted.end:
        return subject.identity
    path = subject.instance.get(wanted.end)
    return model.resolve(path) if isinstance(path, Path) else ""


def follow(key: str, links: Iterable[str], start: str, model: Model) -> set[str]:
    """Return what some links, one after another, lead to from an element."""
    reached = {start}
    for link in links:
        reached = _step(key, link, reached, model)
    return reached


def _step(key: str, link: str, starts: set[str], model: Model) -> set[str]:
    touching = model.touching(key, link)
    reached: set[str] = set()
    for start in starts:
        reached |= touching.get(start, set())
    return reached


# -- properties ----------------------------------------------------------------------------------


def _properties(
    wanted: Term, instances: Iterable[Instance], model: Model, notes: list[str]
) -> Values:
    looked = (*names(wanted.property), *([wanted.times] if wanted.times else []))
    values: list[Any] = []
    for instance in instances:
        row = [instance.get(name) for name in looked]
        if not all(map(_usable, row)):
            continue
        if wanted.times:
            found = _product(row)
        else:
            whole = len(row) == 1 and isinstance(row[0], list)
            found = row[0] if whole else row if len(row) == 1 else [tuple(row)]
        found = found[:1] if wanted.first else found
        read = [_read(wanted, one, instance, model, notes) for one in found if _usable(one)]
        if any(one is None for one in read):
            return None
        values += read
    return values or None


def _usable(value: Any) -> bool:  # any CIM value
    return value is not None and not isinstance(value, Malformed)


def _product(row: list[Any]) -> list[Any]:
    """Return the product of numbers, nothing when one of them is none."""
    return [math.prod(row)] if all(is_number(value) for value in row) else []


def is_number(value: object) -> bool:
    """Tell whether a CIM value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(
    wanted: Term, value: Any, instance: Instance, model: Model, notes: list[str]
) -> Any:  # any CIM value
    """Return a value as the term reads it; None when it cannot be read so."""
    if wanted.unit:
        return quantity(value, instance, names(wanted.unit), notes)
    if wanted.read_as == "mac":
        return SEPARATORS.sub("", str(value)).upper()
    if wanted.read_as == "paths":
        return named_by(str(value), instance, model)
    return value


def quantity(
    value: Any, instance: Instance, units: tuple[str, ...], notes: list[str]
) -> Quantity | None:
    """Return a number of an instance as a quantity; None, with a note, when its unit is unclear.

    `units` are properties of the instance, or one unit after `=`.
    """
    text = _unit_text(instance, units)
    if text is None:
        notes.append(f"{_at(instance)}{' and '.join(units)} NULL, so the number is not examined")
        return None
    unit: Unit | None = understood(text)
    if unit is None or isinstance(value, bool) or not isinstance(value, int):
        notes.append(f"{_at(instance)}{value} in {text!r} cannot be read as a quantity")
        return None
    return Quantity(Fraction(value), unit)


def _at(instance: Instance) -> str:
    return f"{instance.path}: " if instance.path is not None else ""


def _unit_text(instance: Instance, units: tuple[str, ...]) -> str | None:
    if units[0].startswith(LITERAL):
        return units[0][1:]
    texts = [text for name in units if (text := instance.get(name))]
    return next((text for text in texts if text != PLAIN_COUNT), texts[0] if texts else None)


def named_by(text: str, instance: Instance, model: Model) -> str:
    """Return the identity of the instance that a text names, or the text when it names none."""
    path = parse_path(text, namespace_of(instance))
    if path is not None:
        identity = model.resolve(path)
        return identity if model.instance(identity) is not None else text
    return model.with_instance_id(text) or text
