"""The kind `range`: quantities within a minimum and a maximum, on the grid of an increment.

Pure. The arithmetic is that of CIM_SettingsDefineCapabilities: a value is legal when it lies
between the bounds and whole increments lead to it from both of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec

from conformance.definitions.profile import Range, Term, names
from conformance.evaluate.instances import chosen, class_of, inapplicable
from conformance.evaluate.model import Model
from conformance.evaluate.terms import Subject, follow, of_each, quantity, term
from conformance.findings import Findings
from conformance.punit import Quantity
from conformance.results import Observation

MOST_NOTES = 5


class Bounds(msgspec.Struct, frozen=True):
    """What settings state for one property; None where they say nothing."""

    low: Any = None
    high: Any = None
    step: Any = None

    def said(self, *, grid: bool) -> str:
        """Return the bounds in words, on the grid of the increment or without it."""
        parts = [f"at least {self.low}"] if self.low is not None else []
        parts += [f"at most {self.high}"] if self.high is not None else []
        parts += [f"in steps of {self.step}"] if grid and self.step is not None else []
        return " and ".join(parts)


def range_(key: str, requirement: Range, model: Model) -> Findings:
    """Judge quantities against the bounds that settings state."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    observations: list[Observation] = []
    examined: list[str] = []
    notes: list[str] = []
    classname = class_of(model, key, requirement.for_)
    for identity, instance in chosen(model.members(key, requirement.for_), condition):
        if not model.satisfies(key, classname, instance, requirement.where):
            continue
        subject = Subject(key, requirement.for_, identity, instance)
        for name in requirement.properties:
            for seen in _judged(requirement, name, subject, model, notes):
                examined.append(identity)
                observations += [seen] if seen is not None else []
    trace = (*condition.trace, *dict.fromkeys(notes[:MOST_NOTES]))
    shown = tuple(model.text(i) for i in list(dict.fromkeys(examined))[:5])
    if requirement.advised:
        observations = [msgspec.structs.replace(o, severity="warn") for o in observations]
    return Findings(len(examined), tuple(observations), shown, trace)


def _judged(
    requirement: Range, name: str, subject: Subject, model: Model, notes: list[str]
) -> Iterator[Observation | None]:
    """Yield a deviation, or None when it is fine, for everything that was examined."""
    bounds = _bounds(requirement, name, subject, model, notes)
    if requirement.value is None:
        found = _of_bounds(bounds, grid=requirement.grid)
        if found is not None:
            expected, seen = found
            where = model.text(subject.identity) if seen else ""
            yield Observation(where, f"{name}: {expected}", seen) if seen else None
        elif bounds.low is not None and bounds.high is not None:
            told = f"{name} {bounds.said(grid=requirement.grid)}"
            notes.append(f"{model.text(subject.identity)}: {told}: nothing to compare")
        return
    for value in _values(requirement, name, subject, model, notes):
        comparable = [b for b in (bounds.low, bounds.high) if b is not None and _alike(b, value)]
        if not comparable:
            if bounds.low is not None or bounds.high is not None:
                told = f"{name} {value} and {bounds.said(grid=False)}"
                notes.append(f"{model.text(subject.identity)}: {told} are not of one kind")
            continue
        if _within(bounds, value, grid=requirement.grid):
            yield None
        else:
            where = model.text(subject.identity)
            yield Observation(where, f"{name} {bounds.said(grid=requirement.grid)}", str(value))


def _of_bounds(bounds: Bounds, *, grid: bool) -> tuple[str, str] | None:
    """Return what the bounds themselves should be and are ("" when right); None: not examined."""
    low, high, step = bounds.low, bounds.high, bounds.step
    if low is None or high is None or not _alike(low, high):
        return None
    if not grid:
        wrong = _amount(low) > _amount(high)
        return f"a minimum of at most the maximum, {high}", str(low) if wrong else ""
    if step is None or not _alike(step, low) or _amount(step) == 0 or _amount(low) > _amount(high):
        return None
    rest = (_amount(high) - _amount(low)) % _amount(step)
    expected = f"whole steps of {step} from {low} to {high}"
    return expected, f"a remainder of {_like(step, rest)}" if rest else ""


def _like(one: Any, amount: Fraction) -> Any:  # a number or a quantity
    """Return an amount in the unit of a quantity."""
    return Quantity(amount / one.unit.factor, one.unit) if isinstance(one, Quantity) else amount


def _within(bounds: Bounds, value: Any, *, grid: bool) -> bool:
    amount = _amount(value)
    low = _amount(bounds.low) if _usable(bounds.low, value) else None
    high = _amount(bounds.high) if _usable(bounds.high, value) else None
    if (low is not None and amount < low) or (high is not None and amount > high):
        return False
    step = _amount(bounds.step) if grid and _usable(bounds.step, value) else Fraction(0)
    if step == 0:
        return True
    return all((amount - bound) % step == 0 for bound in (low, high) if bound is not None)


def _usable(bound: Any, value: Any) -> bool:
    return bound is not None and _alike(bound, value)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.comparable(other)
    return not isinstance(one, Quantity) and not isinstance(other, Quantity)


def _amount(value: Any) -> Fraction:
    return value.amount if isinstance(value, Quantity) else Fraction(value)


# -- what is stated ------------------------------------------------------------------------------


def _bounds(
    requirement: Range, name: str, subject: Subject, model: Model, notes: list[str]
) -> Bounds:
    return Bounds(
        _only(_stated(requirement, requirement.minimum, name, subject, model, notes)),
        _only(_stated(requirement, requirement.maximum, name, subject, model, notes)),
        _only(_stated(requirement, requirement.increment, name, subject, model, notes)),
    )


def _only(found: list[Any]) -> Any:  # a number, a quantity or None
    """Return the only value, or None: of several, that they differ is judged elsewhere."""
    if len({_amount(each) for each in found}) > 1:
        return None
    return found[0] if found else None


def _stated(  # what to read, of what, and how
    requirement: Range,
    links: str | tuple[str, ...],
    name: str,
    subject: Subject,
    model: Model,
    notes: list[str],
) -> list[Any]:
    """Return what the settings that some links lead to state for a property."""
    if not links:
        return []
    reached = follow(subject.key, names(links), subject.identity, model)
    found = [model.instance(identity) for identity in sorted(reached)]
    values = [
        _number(requirement, name, instance.get(name), instance, notes)
        for instance in found
        if instance is not None and instance.get(name) is not None
    ]
    return [value for value in values if value is not None]


def _number(
    requirement: Range, name: str, value: Any, instance: Any, notes: list[str]
) -> Any:  # a number or a quantity
    units = requirement.units.get(name)
    if units is None:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return quantity(value, instance, names(units), notes)


def _values(
    requirement: Range, name: str, subject: Subject, model: Model, notes: list[str]
) -> list[Any]:
    """Return the values to be judged."""
    wanted = of_each(requirement.value or Term(), name)
    units = requirement.units.get(name)
    if units is not None and not wanted.unit:
        wanted = msgspec.structs.replace(wanted, unit=units)
    found = term(wanted, subject, model, notes) or []
    return [v for v in found if isinstance(v, int | Quantity) and not isinstance(v, bool)]
