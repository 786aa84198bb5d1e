"""Programmatic units of DSP0004 (Annex C), as far as resource allocation needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

#: Base units of DSP0004 (Annex C) that allocations can be expressed in.
BASE_UNITS = frozenset({"bit", "byte", "count", "hertz", "percent", "second", "watt"})

_FACTOR = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:\s*\^\s*([+-]?\d+))?")
_BASE = re.compile(r"([a-z]+)\s*(\([^()]*\))?")


class UnitError(ValueError):
    """A text is no programmatic unit, or two units do not measure the same thing."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: what it measures (`byte`, `bit/second`, ...) and its size in base units."""

    dimension: str
    factor: Fraction


@lru_cache(maxsize=256)
def parse_unit(text: str) -> Unit:
    """Read a programmatic unit such as `byte*2^20` or `count(fixed size block)`.

    Raises `UnitError` for anything that DSP0004 does not allow or that is not a BASE_UNIT.
    """
    parts = [part.strip() for part in re.split(r"([*/])", text)]
    over: list[str] = []
    under: list[str] = []
    factor = Fraction(1)
    for operator, part in zip(["*", *parts[1::2]], parts[0::2], strict=True):
        number = _FACTOR.fullmatch(part)
        if number:
            value = Fraction(number[1]) ** int(number[2] or 1)
            factor = factor * value if operator == "*" else factor / value
        else:
            (over if operator == "*" else under).append(_base_unit(part, text))
    if not over:
        raise UnitError(f"{text!r} is not a programmatic unit: it has no base unit")
    dimension = "*".join(sorted(over)) + "".join("/" + each for each in sorted(under))
    return Unit(dimension, factor)


def convert(quantity: int, unit: str, into: str) -> Fraction:
    """Return a quantity in another unit; raises `UnitError` when the dimensions differ."""
    source, target = parse_unit(unit), parse_unit(into)
    if source.dimension != target.dimension:
        raise UnitError(f"{unit!r} cannot be expressed in {into!r}")
    return quantity * source.factor / target.factor


def _base_unit(part: str, text: str) -> str:
    found = _BASE.fullmatch(part)
    if not found or found[1] not in BASE_UNITS:
        raise UnitError(f"{text!r} is not a programmatic unit: {part!r} is no base unit")
    return found[1] + (found[2] or "").lower()
