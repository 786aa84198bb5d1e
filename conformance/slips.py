"""Slips: what is wrong in a file that a person wrote, said so that it can be put right.

Pure values. A slip tells where, what was expected and what was found; readers of files collect
all slips and raise them at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import msgspec

Trail = tuple[str | int, ...]
"""Keys and list positions from the top of a file to a value."""

LONGEST = 60
MANY = 20


class Slip(msgspec.Struct, frozen=True):
    """One slip: file, line (0 when it is not known), dotted path, expected, found, advice."""

    file: str
    line: int
    path: str
    expected: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{place}: {self.path}" if self.path else place
        advice = f" ({self.advice})" if self.advice else ""
        return f"{where}: expected {self.expected}, found {self.found}{advice}"


class Problem(msgspec.Struct, frozen=True):
    """A slip whose place is still a trail inside a file."""

    trail: Trail
    expected: str
    found: str
    advice: str = ""


class SlipsError(ValueError):
    """A file cannot be used; `slips` holds everything that is wrong with it."""

    def __init__(self, slips: Iterable[Slip]) -> None:
        self.slips = tuple(dict.fromkeys(slips))
        super().__init__(self.slips)

    def __str__(self) -> str:
        return "\n".join(str(slip) for slip in self.slips)


def dotted(trail: Trail) -> str:
    """Return a trail as text, such as `requirements.pause.request[1]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in trail)
    return text.removeprefix(".")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean X?` for the closest known word, or "" when none is close."""
    by_form = {_form(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(_form(word), by_form, n=1, cutoff=0.6)
    return f"did you mean {by_form[close[0]]}?" if close else ""


def _form(word: str) -> str:
    return re.sub(r"[-_ ]", "", word).lower()


def one_of(known: Iterable[object]) -> str:
    """Return `one of a, b, c`; a long list is cut, a single word stands alone."""
    words = [str(word) for word in known]
    if len(words) == 1:
        return words[0]
    rest = len(words) - MANY
    shown = ", ".join(words[:MANY])
    return f"one of {shown} and {rest} more" if rest > 0 else f"one of {shown}"


def unknown(trail: Trail, what: str, name: str, known: Iterable[str]) -> Problem:
    """Return the problem that a name is none of the known ones."""
    names = list(known)
    expected = f"{what} ({one_of(names)})" if names else f"{what} (there are none)"
    return Problem(trail, expected, f"{name!r}", did_you_mean(name, names))


def show(value: object) -> str:
    """Return a value read from a file as a slip shows it."""
    text = str(value)
    match value:
        case None:
            text = "nothing (null)"
        case bool():
            text = text.lower()
        case str():
            text = repr(value) if len(value) <= LONGEST else f"{value[:LONGEST]!r}..."
        case int() | float():
            text = f"the number {value}"
        case dict():
            keys = ", ".join(str(key) for key in value)
            text = f"a map with {keys}" if 0 < len(keys) <= LONGEST else "a map"
        case list() | tuple():
            text = f"a list of {len(value)}"
    return text
