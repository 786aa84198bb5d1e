"""Texts that name instances: instance paths and WBEM URIs in string properties (DSP0207).

Pure. Servers write them in many ways: with and without scheme, host and namespace, with keys in
any order. What they mean is found by class and keys.
"""

from __future__ import annotations

import re
from typing import Any

from conformance.cim import Path

_HEAD = re.compile(
    r"^(?:(?:https?|cimxml\.wbems?|wbems?)://[^/]+/|//[^/]+/|\\\\[^\\]+\\|/)?"
    r"(?:(?P<namespace>[A-Za-z_][\w/\\-]*)(?::(?:instance:)?))?"
    r"(?P<classname>[A-Za-z][A-Za-z0-9]*_\w+)[.=]",
    re.IGNORECASE,
)
_KEY = re.compile(
    r'\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<plain>[^,"\s]+))\s*(?:,|$)'
)
_ESCAPED = re.compile(r"\\(.)")
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
)


def is_uri(text: str) -> bool:
    """Tell whether a text has the form of a URI (RFC 3986) with a scheme."""
    return _URI.fullmatch(text) is not None


def parse_path(text: str, namespace: str) -> Path | None:
    """Return the instance path that a text is, None when it is none.

    `namespace` is meant where the text has none.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    keys: list[tuple[str, Any]] = []
    position = head.end()
    while position < len(text):
        found = _KEY.match(text, position)
        if found is None:
            return None
        keys.append((found["name"], _value(found)))
        position = found.end()
    space = (head["namespace"] or namespace).replace("\\", "/").strip("/")
    return Path(space, head["classname"], keys) if keys else None


def _value(found: re.Match[str]) -> Any:  # a key value
    if found["text"] is not None:
        return _ESCAPED.sub(r"\1", found["text"])
    plain = found["plain"]
    if plain.lower() in ("true", "false"):
        return plain.lower() == "true"
    return int(plain) if plain.lstrip("-").isdigit() else plain
