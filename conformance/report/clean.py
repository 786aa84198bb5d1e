"""Text that is safe to show: what a server sends may hide, reorder or break what is printed.

Pure. Control characters, lone surrogates and marks that turn the direction of writing are shown
as escapes, so that they stay visible as proof and do nothing.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from conformance.results import Run

MOST_CHARACTERS = 20_000
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufff0-\uffff]"
)


def cleaned(run: Run) -> Run:
    """Return the run with every text in it made safe to show."""
    return msgspec.convert(_cleaned(msgspec.to_builtins(run)), Run)


def printable(text: str) -> str:
    """Return a text without line ends of Windows and with harmful characters as escapes.

    It is cut to `MOST_CHARACTERS`; what is left out is counted.
    """
    return _HARMFUL.sub(_escape, clipped(text.replace("\r\n", "\n"), MOST_CHARACTERS))


def clipped(text: str, most: int) -> str:
    """Return the first characters of a text, and how many were left out."""
    left_out = len(text) - most
    return text if left_out <= 0 else f"{text[:most]}… ({left_out:,} characters left out)"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(item) for name, item in value.items()}
    return value
