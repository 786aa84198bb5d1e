"""Programmatic units (DSP0004, Annex C): a text such as `byte * 2^20` as a dimension and a factor.

Pure. No library reads these texts into something that can be compared: general unit libraries
have their own spellings and know neither `count(fixed size block)` nor `percent` as a dimension.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

import msgspec

Dimension = tuple[tuple[str, int], ...]
"""Base dimensions with their exponents, sorted by name; () for a pure number."""

_UNITS: Mapping[str, Mapping[str, int | Fraction]] = {
    "percent": {"percent": 1},
    "permille": {"permille": 1},
    "decibel": {"decibel": 1},
    "power level": {"decibel(m)": 1},
    "sound level": {"decibel(A)": 1, "decibel(C)": 1},
    "count": {"count": 1},
    "revolution": {"revolution": 1},
    "information": {"bit": 1, "byte": 8},
    "word": {"word": 1, "dataword": 1},
    "capacity": {"MSU": 1},
    "length": {
        "meter": 1,
        "inch": Fraction(254, 10_000),
        "rack unit": Fraction(4445, 100_000),
        "foot": Fraction(3048, 10_000),
        "yard": Fraction(9144, 10_000),
        "mile": Fraction(1_609_344, 1000),
    },
    "volume": {
        "liter": 1,
        "fluid ounce": Fraction(295_735_295_625, 10**13),
        "liquid gallon": Fraction(3_785_411_784, 10**9),
    },
    "mass": {
        "kilogram": 1,
        "ounce": Fraction(28_349_523_125, 10**12),
        "pound": Fraction(45_359_237, 10**8),
    },
    "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604_800},
    "frequency": {"hertz": 1},
    "angle": {"radian": 1, "degree": Fraction(31_415_926_535_898, 18 * 10**14)},
    "solid angle": {"steradian": 1},
    "temperature": {"degree celsius": 1, "degree fahrenheit": Fraction(5, 9), "kelvin": 1},
    "luminous intensity": {"candela": 1},
    "luminous flux": {"lumen": 1},
    "luminance": {"nit": 1},
    "illuminance": {"lux": 1},
    "pressure": {"pascal": 1, "bar": 10**5},
    "energy": {"joule": 1, "british thermal unit": Fraction(105_505_585_262, 10**8)},
    "force": {"newton": 1},
    "acceleration": {"gravity": 1},
    "power": {"watt": 1},
    "apparent power": {"volt ampere": 1},
    "reactive power": {"volt ampere reactive": 1},
    "current": {"ampere": 1},
    "voltage": {"volt": 1},
    "charge": {"coulomb": 1},
    "resistance": {"ohm": 1},
    "conductance": {"siemens": 1},
    "capacitance": {"farad": 1},
    "inductance": {"henry": 1},
    "magnetic flux density": {"tesla": 1},
    "magnetic flux": {"weber": 1},
    "amount": {"mole": 1},
    "activity": {"becquerel": 1},
    "absorbed dose": {"gray": 1},
    "equivalent dose": {"sievert": 1},
}
_BASE: Mapping[str, tuple[str, Fraction]] = {
    name: (dimension, Fraction(factor))
    for dimension, units in _UNITS.items()
    for name, factor in units.items()
}
"""Base units of DSP0004, each with its dimension and how much of it one unit is.

How long a `word` is depends on the machine, so that it is a dimension of its own.
"""

NOTED = frozenset({"count"})
"""Base units that may say in parentheses what they mean, as in `count(fixed size block)`."""

ALIASES: Mapping[str, str] = {
    "bytes": "byte",
    "kilobytes": "byte*2^10",
    "megabytes": "byte*2^20",
    "gigabytes": "byte*2^30",
    "megabyte": "byte*2^20",
    "kb": "byte*2^10",
    "mb": "byte*2^20",
    "gb": "byte*2^30",
    "blocks": "count(fixed size block)",
    "processor": "count",
    "processors": "count",
    "cores": "count",
    "counts": "count",
    "mhz": "hertz*10^6",
    "megahertz": "hertz*10^6",
    "kilobits per second": "bit/second*10^3",
    "kilobytes per second": "byte/second*10^3",
    "megabits per second": "bit/second*10^6",
}
"""What servers send in place of a programmatic unit, in small letters, and what they mean by it."""

_NAME = r"(?P<name>[A-Za-z]\w*:[A-Za-z][\w ]*?|[A-Za-z][A-Za-z ]*?)\s*(?P<note>\([^()*/]*\))?"
"""A base unit of DSP0004 or, after an organization and a colon, one of a vendor's."""

_FACTOR = re.compile(
    r"\s*(?P<operator>[*/])\s*"
    r"(?:(?P<number>[+-]?\d+(?:\.\d+)?)(?:\s*\^\s*(?P<exponent>[+-]?\d+))?|"
    rf"{_NAME})\s*(?=[*/]|$)"
)
_FIRST = re.compile(rf"\s*{_NAME}\s*(?=[*/]|$)")
_PLURAL = re.compile(r"^bytes\b")
MOST_CHARACTERS = 200
LARGEST_EXPONENT = 100


class Unit(msgspec.Struct, frozen=True):
    """A programmatic unit: `factor` times the units of its dimension.

    `note` is what stands in parentheses after a count: `fixed size block` is no other dimension,
    but a block is no byte.
    """

    text: str
    dimension: Dimension
    factor: Fraction
    note: str = ""


class UnitError(ValueError):
    """A text is no programmatic unit."""


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """Return the unit that a text stands for; the empty text stands for a number without unit.

    Numbers may stand anywhere, as they do in the CIM schema, and not at the end only.

    Raises:
        UnitError: the text does not follow DSP0004, Annex C.
    """
    if not text:
        return Unit(text, (), Fraction(1))
    first = _FIRST.match(text) if len(text) <= MOST_CHARACTERS else None
    if first is None:
        raise UnitError(f"{text!r} is no programmatic unit")
    factor, dimension = _base(text, first)
    powers = Counter({dimension: 1})
    position = first.end()
    while position < len(text):
        part = _FACTOR.match(text, position)
        if part is None:
            raise UnitError(f"{text!r} is no programmatic unit: {text[position:]!r}")
        value, more = _part(text, part)
        divides = part["operator"] == "/"
        factor = factor / value if divides else factor * value
        if more:
            powers[more] += -1 if divides else 1
        position = part.end()
    left = tuple(sorted((name, power) for name, power in powers.items() if power))
    note = (first["note"] or "").strip("() ") if first["name"] in NOTED else ""
    return Unit(text, left, factor, note)


def _part(text: str, part: re.Match[str]) -> tuple[Fraction, str]:
    """Return the number that one part of a unit stands for, and its dimension ("" for none)."""
    if part["name"]:
        return _base(text, part)
    number, exponent = Fraction(part["number"]), int(part["exponent"] or 1)
    if abs(exponent) > LARGEST_EXPONENT or number == 0:
        raise UnitError(f"{text!r} is no programmatic unit: {part[0].strip()!r}")
    return number**exponent, ""


def _base(text: str, part: re.Match[str]) -> tuple[Fraction, str]:
    """Return how much of which dimension a base unit is; a vendor's is a dimension of its own."""
    name, note = " ".join(part["name"].split()), part["note"]
    if ":" in name and not note:
        return Fraction(1), name
    known = _BASE.get(name if note is None or name in NOTED else f"{name}{note}")
    if known is None:
        raise UnitError(f"{text!r} is no programmatic unit: {part[0].strip()!r} is no base unit")
    dimension, factor = known
    return factor, dimension


@lru_cache(maxsize=4096)
def understood(text: str) -> Unit | None:
    """Return the unit that a text stands for or is known to mean; None when nobody can tell."""
    try:
        return parse_unit(text)
    except UnitError:
        small = " ".join(text.lower().split())
        meant = ALIASES.get(small) or _PLURAL.sub("byte", small)
    try:
        return parse_unit(meant)
    except UnitError:
        return None


def is_unit(text: object, bases: str = "") -> bool:
    """Tell whether a value is a programmatic unit, of the dimension of one of `bases` if given.

    `bases` are units separated by `|`, such as `percent|hertz`; a note in parentheses there must
    be in the text as well.
    """
    if not isinstance(text, str):
        return False
    try:
        unit = parse_unit(text)
    except UnitError:
        return False
    wanted = [parse_unit(base) for base in bases.split("|") if base]
    return not wanted or any(
        unit.dimension == one.dimension and (not one.note or one.note == unit.note)
        for one in wanted
    )


class Quantity(msgspec.Struct, frozen=True):
    """A number with its unit; equal and ordered by what it amounts to."""

    number: Fraction
    unit: Unit

    @property
    def amount(self) -> Fraction:
        """Return how much of the dimension it is."""
        return self.number * self.unit.factor

    def comparable(self, other: Quantity) -> bool:
        """Tell whether two quantities are of the same kind."""
        return self.unit.dimension == other.unit.dimension and self.unit.note == other.unit.note

    def __str__(self) -> str:
        whole = self.number.denominator == 1
        number = str(self.number.numerator) if whole else f"{float(self.number):g}"
        return f"{number} {self.unit.text}"
