"""Texts that name instances: untyped WBEM URIs without an authority (DSP0207, clause 5).

Settings of resources name other objects by them: HostResource, Parent, AssociatedResourcePool.
Paths as Windows writes them, with a host and backslashes, are read as well.
"""

from __future__ import annotations

import re

from reference_impl.values import ObjectName

_HEAD = re.compile(
    r"(?:(?:https?:)?//[^/]*|\\\\[^\\]+)?[/\\]?"
    r"(?:(?P<namespace>[^:.\"]+):)?(?P<classname>[A-Za-z]\w*_\w+)\."
)
_KEY = re.compile(r'(?P<name>\w+)="(?P<value>(?:[^"\\]|\\.)*)"(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")


def written(name: ObjectName) -> str:
    """Return the text that names an instance of this server."""
    return f"/{name}"


def read(text: str, namespace: str) -> ObjectName | None:
    """Return the path that a text is, of an instance all of whose keys are strings, or None.

    `namespace` is meant where the text has none. Whether there is such an instance is not
    looked at, nor what server the text says that it is on.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    keys: dict[str, str] = {}
    position = head.end()
    while position < len(text):
        found = _KEY.match(text, position)
        if found is None:
            return None
        keys[found["name"]] = _ESCAPED.sub(r"\1", found["value"])
        position = found.end()
    given = (head["namespace"] or namespace).replace("\\", "/")
    return ObjectName(given, head["classname"], keys)
