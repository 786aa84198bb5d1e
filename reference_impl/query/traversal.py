"""The two statements of WQL that follow associations: ASSOCIATORS OF and REFERENCES OF.

They are answered by the operations of these names; here they are only read. Object paths are
those of WMI: `Class.Key="text",Other=1`, perhaps behind a host and a namespace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from reference_impl.query.parser import MAXIMUM_LENGTH
from reference_impl.schema import ClassDef, Schema
from reference_impl.values import INVALID_QUERY, CIMError, ObjectName, Value

_STATEMENT = re.compile(
    r"\s*(?P<kind>associators|references)\s+of\s*\{(?P<path>(?:\"(?:[^\"\\]|\\.)*\"|[^{}\"])*)\}"
    r"(?:\s*where\s+(?P<where>[^{}]+?))?\s*\Z",
    re.IGNORECASE,
)
_BEGINNING = re.compile(r"\s*(?:associators|references)\s+of\b", re.IGNORECASE)
_CONDITION = re.compile(r"(\w+)\s*(?:=\s*(?:'(\w+)'|\"(\w+)\"|(\w+)))?\s*")
_PATH = re.compile(
    r"(?:\\\\[^\\/]*|//[^\\/]*)?[\\/]?(?:(?P<namespace>[^:.=\"]+):)?(?P<classname>\w+)(?P<keys>.*)\Z",
    re.DOTALL,
)
_KEY = re.compile(r"[.,](\w+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([\w.+-]+))")
_ONLY_KEY = re.compile(r"\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([\w.+-]+))\Z")

#: What each statement may say behind WHERE, as the parameters of the operations.
_PARAMETERS = {
    "associators": {
        "assocclass": "AssocClass",
        "resultclass": "ResultClass",
        "resultrole": "ResultRole",
        "role": "Role",
    },
    "references": {"resultclass": "ResultClass", "role": "Role"},
}


@dataclass(frozen=True, slots=True)
class Traversal:
    """A statement as the operation that answers it, with the parameters of that."""

    kind: Literal["Associators", "References"]
    parameters: dict[str, Value]


def is_traversal(text: str) -> bool:
    """Whether a query begins as one of the two statements."""
    return _BEGINNING.match(text) is not None


def read_traversal(schema: Schema, text: str, namespace: str) -> Traversal:
    """Read one of the two statements; `namespace` is meant where the path names none.

    Raises CIMError INVALID_QUERY.
    """
    found = _STATEMENT.match(text) if len(text) <= MAXIMUM_LENGTH else None
    if found is None:
        raise CIMError(INVALID_QUERY, f"expected ... OF {{path}} WHERE ..., found {text[:80]!r}")
    kind = found["kind"].lower()
    parameters: dict[str, Value] = {"ObjectName": _path(schema, found["path"], namespace)}
    parameters |= _conditions(kind, found["where"] or "")
    return Traversal("Associators" if kind == "associators" else "References", parameters)


def _conditions(kind: str, text: str) -> dict[str, Value]:
    conditions: dict[str, Value] = {}
    position = 0
    while position < len(text):
        found = _CONDITION.match(text, position)
        name = _PARAMETERS[kind].get(found[1].lower()) if found else None
        value = next((each for each in found.groups()[1:] if each), None) if found else None
        if found is None or name is None or value is None or name in conditions:
            raise CIMError(INVALID_QUERY, f"not understood: {text[position : position + 40]!r}")
        conditions[name] = value
        position = found.end()
    return conditions


def _path(schema: Schema, text: str, namespace: str) -> ObjectName:
    match = _PATH.match(text.strip())
    found = schema.class_named(match["classname"]) if match else None
    if match is None or found is None:
        raise CIMError(INVALID_QUERY, f"expected the path of an instance, found {text[:80]!r}")
    given = (match["namespace"] or namespace).replace("\\", "/").strip("/")
    keys = [_key(schema, found, name, said, given) for name, said in _keys(found, match["keys"])]
    if not keys:
        raise CIMError(INVALID_QUERY, f"expected keys of {found.name}, found {text[:80]!r}")
    return ObjectName(given, found.name, keys)


def _keys(found: ClassDef, text: str) -> list[tuple[str, str]]:
    """Return the keys of a path as they are written; one alone need not be named."""
    only = _ONLY_KEY.match(text)
    if only and len(found.key_properties) == 1:
        return [(found.key_properties[0].name, _unescaped(only[1] or only[2] or ""))]
    keys, position = [], 0
    while position < len(text):
        key = _KEY.match(text, position)
        if key is None:
            raise CIMError(INVALID_QUERY, f"not understood: {text[position : position + 40]!r}")
        keys.append((key[1], _unescaped(next((each for each in key.groups()[1:] if each), ""))))
        position = key.end()
    return keys


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _key(
    schema: Schema, found: ClassDef, name: str, said: str, namespace: str
) -> tuple[str, Value]:
    prop = found.property_named(name)
    if prop is None or not prop.key:
        raise CIMError(INVALID_QUERY, f"{name} is no key of {found.name}")
    if prop.type == "reference":
        return prop.name, _path(schema, said, namespace)
    if prop.type == "boolean":
        return prop.name, said.lower() == "true"
    if prop.type.startswith(("uint", "sint")):
        if not re.fullmatch(r"[+-]?\d+", said, re.ASCII):
            raise CIMError(INVALID_QUERY, f"{name}: expected a number, found {said[:40]!r}")
        return prop.name, int(said)
    return prop.name, said
