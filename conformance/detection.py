"""Which dialect a server speaks: named by the user, or told by its namespaces and classes.

Shell, but for the choice among what was seen. A dialect says itself by what it is detected; a
server that has that in several namespaces is taken for the dialect with the longest one, for that
is how a newer interface is put beside an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from conformance.definitions.dialect import Detect, Dialect
from conformance.definitions.dialects import AUTO, NONE, read_dialects
from conformance.endpoint import Endpoint
from conformance.endpoint.discovery import Found, Homes

NAMED = "named by the user"


class Spoken(msgspec.Struct, frozen=True):
    """A dialect ("" for none), and how that is known."""

    key: str
    why: str


def dialects() -> dict[str, Dialect]:
    """Return what all bundled dialects that a server may speak say, by key.

    Raises:
        DialectError: a dialect file cannot be used.
    """
    found = {key: read.said for key, read in read_dialects().items()}
    return {key: said for key, said in found.items() if said.detect is not None}


def homes_of(wanted: str) -> Homes:
    """Return where to look for namespaces when a dialect is named, or any may be spoken.

    Raises:
        DialectError: a dialect file cannot be used.
    """
    if wanted == NONE:
        return Homes()
    known = dialects()
    if wanted == AUTO:
        anywhere = (n for one in known.values() for n in one.namespaces.implementation)
        return Homes(alone=tuple(anywhere))
    said = known[wanted].namespaces
    return Homes(said.implementation, said.interop, said.implementation)


def spoken(endpoint: Endpoint, found: Found, wanted: str) -> Spoken:
    """Return the dialect that a run is judged in."""
    if wanted == NONE:
        return Spoken("", NAMED)
    if wanted != AUTO:
        return Spoken(wanted, NAMED)
    known = dialects()
    namespaces = {name.lower(): name for name in found.namespaces}
    marks = {key: one.detect for key, one in known.items() if one.detect is not None}
    seen = {
        key: namespaces[mark.namespace.lower()]
        for key, mark in marks.items()
        if mark.namespace.lower() in namespaces
        and _is_marked(endpoint, namespaces[mark.namespace.lower()], mark)
    }
    return chosen(marks, seen)


def chosen(marks: Mapping[str, Detect], seen: Mapping[str, str]) -> Spoken:
    """Return the dialect of those that were seen, each with the namespace where it was."""
    if not seen:
        looked = ", ".join(f"{mark.class_} in {mark.namespace}" for mark in marks.values())
        return Spoken("", f"the server has no {looked}")
    key = max(seen, key=lambda one: (len(seen[one]), one))
    why = f"the server has {marks[key].class_} in {seen[key]}"
    others = [one for one in seen if one != key]
    return Spoken(key, why + _beside(others))


def narrowed(found: Found, key: str, given: Iterable[str]) -> Found:
    """Return the server with the namespaces of a dialect only, unless some were given."""
    if not key or tuple(given):
        return found
    own = {name.lower() for name in dialects()[key].namespaces.implementation}
    kept = tuple(name for name in found.namespaces if name.lower() in own)
    return msgspec.structs.replace(found, namespaces=kept or found.namespaces)


def _beside(others: list[str]) -> str:
    if not others:
        return ""
    return f"; it speaks {' and '.join(others)} as well: say --dialect {others[0]} for that"


def _is_marked(endpoint: Endpoint, namespace: str, mark: Detect) -> bool:
    there = _has_instances(endpoint, namespace, mark.class_)
    return there and not any(_has_instances(endpoint, namespace, one) for one in mark.lacking)


def _has_instances(endpoint: Endpoint, namespace: str, classname: str) -> bool:
    answer = endpoint.enumerate_instance_names(namespace, classname)
    return bool(answer.ok and answer.value)
