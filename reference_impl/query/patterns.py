"""The pattern languages of LIKE, as regular expressions for the whole string."""

from __future__ import annotations

import re

from reference_impl.values import INVALID_QUERY, CIMError

MAXIMUM_PATTERN = 200


def wql_pattern(text: str) -> str:
    """Translate a WQL pattern: `%` any characters, `_` one character, `[a-f]` `[^a-f]` sets."""
    return _translated(text, {"%": ".*", "_": "."})


def cql_pattern(text: str) -> str:
    r"""Translate a CQL pattern: `.` one character, `*` repeats, `[...]` sets, `\` escapes."""
    return _translated(text, {".": ".", "*": "*"})


def _translated(text: str, wildcards: dict[str, str]) -> str:
    if len(text) > MAXIMUM_PATTERN:
        raise CIMError(INVALID_QUERY, f"LIKE: a pattern has at most {MAXIMUM_PATTERN} characters")
    parts = re.findall(r"\[\^?[^\]]+\]|\\.|.", text, re.DOTALL)
    pattern = "".join(_part(each, wildcards) for each in parts)
    try:
        re.compile(pattern)
    except re.error as error:
        raise CIMError(INVALID_QUERY, f"LIKE: {error} in the pattern {text!r}") from error
    return pattern


def _part(part: str, wildcards: dict[str, str]) -> str:
    if part in wildcards:
        return wildcards[part]
    if part.startswith("[") and len(part) > 2:
        negated = part.startswith("[^")
        inner = re.escape(part[2 if negated else 1 : -1]).replace(r"\-", "-")
        return f"[{'^' if negated else ''}{inner}]"
    if part.startswith("\\") and len(part) == 2:
        return re.escape(part[1])
    return re.escape(part)
