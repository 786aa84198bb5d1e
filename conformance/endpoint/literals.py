"""Texts of CIM-XML read as CIM values, by type (DSP0201, clause 5; DSP0004, clause 5.2).

A text that is none of its type becomes a cim.Malformed, so that one bad value never hides the
rest of an instance.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from conformance.cim import INTEGER_TYPES, REAL_TYPES, Malformed

Convert = Callable[[str], Any]
KeyValue = str | int | bool | float

_DECIMAL = re.compile(r"[+-]?[0-9]+")
_HEXADECIMAL = re.compile(r"[+-]?0[xX][0-9a-fA-F]+")
_REAL = re.compile(r"[+-]?(?:[0-9]+|[0-9]*\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SPECIAL_REALS = {"INF": float("inf"), "-INF": float("-inf"), "NAN": float("nan")}
_BOOLEANS = {"true": True, "false": False}

_TIMESTAMP = re.compile(
    r"(?:[0-9]{4}|\*{4})"  # year
    r"(?:0[1-9]|1[0-2]|\*\*)(?:0[1-9]|[12][0-9]|3[01]|\*\*)"  # month, day
    r"(?:[01][0-9]|2[0-3]|\*\*)(?:[0-5][0-9]|\*\*)(?:[0-5][0-9]|60|\*\*)"  # hour, minute, second
    r"\.(?=[0-9*]{6})[0-9]*\**[+-][0-9]{3}"  # microseconds, offset from UTC in minutes
)
_INTERVAL = re.compile(
    r"(?:[0-9]{8}|\*{8})(?:[01][0-9]|2[0-3]|\*\*)(?:[0-5][0-9]|\*\*)(?:[0-5][0-9]|\*\*)"
    r"\.(?=[0-9*]{6})[0-9]*\**:000"
)
DATETIME_CHARACTERS = 25
MAX_DIGITS = 100  # far above the 20 of uint64, far below what costs time to read


def _integer_range(type_: str) -> tuple[int, int]:
    bits = int(type_.lstrip("usint"))
    return (0, 2**bits - 1) if type_[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _integer_reader(type_: str) -> Convert:
    low, high = _integer_range(type_)

    def read_integer(text: str) -> int | Malformed:
        value = integer(text)
        if value is None or not low <= value <= high:
            return Malformed(text, type_)
        return value

    return read_integer


def integer(text: str) -> int | None:
    """Read a decimal or hexadecimal integer, blanks around it allowed; None when it is none."""
    if len(text) < MAX_DIGITS and text.isdigit() and text.isascii():
        return int(text)
    stripped = text.strip()
    if len(stripped) > MAX_DIGITS:
        return None
    if _DECIMAL.fullmatch(stripped):
        return int(stripped)
    return int(stripped, 16) if _HEXADECIMAL.fullmatch(stripped) else None


def real(text: str) -> float | None:
    """Read a real number, also INF, -INF and NaN; None when it is none."""
    stripped = text.strip()
    if _REAL.fullmatch(stripped):
        return float(stripped)
    return _SPECIAL_REALS.get(stripped.upper())


def _real_reader(type_: str) -> Convert:
    def read_real(text: str) -> float | Malformed:
        value = real(text)
        return Malformed(text, type_) if value is None else value

    return read_real


def read_boolean(text: str) -> bool | Malformed:
    """Read TRUE or FALSE in any case."""
    value = _BOOLEANS.get(text.strip().lower())
    return Malformed(text, "boolean") if value is None else value


def read_datetime(text: str) -> str | Malformed:
    """Check a timestamp or interval and return it as sent (DSP0004, clause 5.2.4)."""
    if len(text) == DATETIME_CHARACTERS and (
        _TIMESTAMP.fullmatch(text) or _INTERVAL.fullmatch(text)
    ):
        return text
    return Malformed(text, "datetime")


def read_char16(text: str) -> str | Malformed:
    """Check that a char16 is one character of the basic multilingual plane."""
    return text if len(text) == 1 and ord(text) <= 0xFFFF else Malformed(text, "char16")


def read_number(text: str) -> int | float | str:
    """Read a key value of VALUETYPE numeric; return the text when it is no number."""
    value = integer(text)
    if value is not None:
        return value
    approximate = real(text)
    return text if approximate is None else approximate


READERS: dict[str, Convert] = {
    "string": str,
    "boolean": read_boolean,
    "datetime": read_datetime,
    "char16": read_char16,
    **{type_: _integer_reader(type_) for type_ in sorted(INTEGER_TYPES)},
    **{type_: _real_reader(type_) for type_ in sorted(REAL_TYPES)},
}
"""How the text of each CIM type is read; strings stay as they are."""


@functools.cache
def key_reader(valuetype: str, type_: str) -> Convert:
    """Return how a KEYVALUE is read: by TYPE when the server sent it, else by VALUETYPE.

    A key value that cannot be read stays the text that was sent, so that the path keeps naming
    what the server meant. Raise KeyError for a type that does not exist.
    """
    if type_ == "string" or (not type_ and valuetype == "string"):
        return str
    if not type_ and valuetype == "numeric":
        return read_number
    read = READERS[type_ or valuetype]

    def read_key(text: str) -> KeyValue:
        value = read(text)
        return text if isinstance(value, Malformed) else value

    return read_key
