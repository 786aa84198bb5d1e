"""CIM values as XML text (DSP0201, clause 5.2.4; DSP0004, annex on value formats)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from reference_impl.values import Value

#: Characters that cannot be written as they are: markup, and what XML 1.0 has no place for.
_SPECIAL = re.compile('[&<>"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_REPLACEMENT = "\ufffd"


def escape(text: str) -> str:
    """Return text for element content or a double-quoted attribute.

    Control characters become character references; those that XML 1.0 does not allow even so
    become U+FFFD.
    """
    return _SPECIAL.sub(_escaped, text) if _SPECIAL.search(text) else text


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in _MARKUP:
        return _MARKUP[character]
    allowed = character in "\t\n\r" or "\x7f" <= character <= "\x9f"
    return f"&#{ord(character)};" if allowed else _REPLACEMENT


def _boolean(value: Value) -> str:
    return "TRUE" if value else "FALSE"


def _real(value: Value) -> str:
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    return repr(number)


def _other(value: Value) -> str:
    return escape(str(value))


def writer_of(cim_type: str) -> Callable[[Value], str]:
    """Return the function that writes one value of a CIM type as XML text."""
    if cim_type == "boolean":
        return _boolean
    return _real if cim_type.startswith("real") else _other


def key_text(value: Value) -> tuple[str, str]:
    """Return the VALUETYPE and the XML text of a key that is not a reference."""
    if isinstance(value, bool):
        return "boolean", _boolean(value)
    if isinstance(value, int | float):
        return "numeric", str(value)
    return "string", escape(str(value))
