"""Membership in a value map: which values a property, parameter or method may have.

Pure. The entries of a ValueMap are single values, or for integers ranges (`7..32767`, `..9`,
`0x8000..`) and `..` for every value that no other entry claims (DSP0004, qualifier ValueMap).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

ValueMap = Mapping[str, str | None]
"""ValueMap entries in schema order, each with its label of Values (None without one)."""

_NUMBER = r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)"
_SINGLE = re.compile(_NUMBER)
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?")


class Range(msgspec.Struct, frozen=True):
    """An entry for several integers; an end that is None is open, both are included."""

    entry: str
    low: int | None
    high: int | None

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int):
            return False
        above = self.low is None or self.low <= value
        return above and (self.high is None or value <= self.high)


class ValueSet(msgspec.Struct, frozen=True):
    """A value map made ready for look-ups.

    `value in value_set` tells whether the schema knows the value. `singles` maps single values
    to their entry, `rest` is the entry `..` or "".
    """

    valuemap: ValueMap
    singles: Mapping[int | str, str]
    ranges: tuple[Range, ...]
    rest: str

    def entry(self, value: object) -> str | None:
        """Return the ValueMap entry a value falls under; None when there is none."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        single = self.singles.get(value)
        if single is not None or not isinstance(value, int):
            return single
        return next((one.entry for one in self.ranges if value in one), self.rest or None)

    def label(self, value: object) -> str | None:
        """Return the Values label of a value; None when it has no entry or no label."""
        entry = self.entry(value)
        return None if entry is None else self.valuemap[entry]

    def __contains__(self, value: object) -> bool:
        return self.entry(value) is not None


def value_set(valuemap: ValueMap, type_: str) -> ValueSet:
    """Return the value set of an element of the CIM type `type_` (`uint16`, `string`, ...)."""
    if "int" not in type_:
        return ValueSet(valuemap, {entry: entry for entry in valuemap}, (), "")
    singles: dict[int | str, str] = {
        _number(entry): entry for entry in valuemap if _SINGLE.fullmatch(entry)
    }
    ranges = (_range(entry) for entry in valuemap if entry != "..")
    found = tuple(one for one in ranges if one is not None)
    return ValueSet(valuemap, singles, found, ".." if ".." in valuemap else "")


def _range(entry: str) -> Range | None:
    match = _RANGE.fullmatch(entry)
    if match is None:
        return None
    low, high = (None if end is None else _number(end) for end in match.groups())
    return Range(entry, low, high)


def _number(text: str) -> int:
    return int(text, 16 if "x" in text.lower() else 10)
