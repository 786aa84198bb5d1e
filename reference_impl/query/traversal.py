"""ASSOCIATORS OF and REFERENCES OF: the queries of WQL that follow associations.

They name an instance by its object path in braces, and filters one after the other, without
commas and without AND: `ASSOCIATORS OF {CIM_X.A="1",B="2"} WHERE AssocClass = CIM_Y Role = Z`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn, TypeAlias

from reference_impl.cimxml.typing import scalar_from
from reference_impl.query.parser import MAXIMUM_LENGTH
from reference_impl.schema import ClassDef, ElementDef, Schema
from reference_impl.values import INVALID_QUERY, CIMError, ObjectName, Value

Operation: TypeAlias = Literal["Associators", "References"]

#: References in keys may be nested this deep.
MAXIMUM_DEPTH = 4

_START = re.compile(r"\s*(associators|references)\s+of\s*\{", re.IGNORECASE)
_SOURCE = re.compile(
    r"\s*(?:(?:[\\/]{2}[^\\/\s{}]+[\\/]+)?(?P<namespace>\w+(?:[\\/]+\w+)*):)?(?P<name>[^\W\d]\w*)"
)
_KEY = re.compile(r"\s*([^\W\d]\w*)\s*=")
_EQUALS = re.compile(r"\s*=")
_DOT = re.compile(r"\s*\.")
_COMMA = re.compile(r"\s*,")
_VALUE = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([+-]?\d+|true\b|false\b|@))""",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(r"\s*\}")
_WHERE = re.compile(r"\s*where\b", re.IGNORECASE)
_WORD = re.compile(r"\s*([^\W\d]\w*)")

#: What may follow WHERE, by its folded name, and the parameter of the operation that it means.
_FILTERS: Final[dict[Operation, dict[str, str]]] = {
    "Associators": {
        "assocclass": "AssocClass",
        "resultclass": "ResultClass",
        "role": "Role",
        "resultrole": "ResultRole",
    },
    "References": {"resultclass": "ResultClass", "role": "Role"},
}
_KEYS_ONLY = "keysonly"


@dataclass(frozen=True, slots=True)
class Traversal:
    """A query that follows associations: an operation with its source and its filters.

    `filters` are by the parameter names of the operation; `keys_only` asks for nothing but keys.
    """

    operation: Operation
    source: ObjectName
    filters: dict[str, str] = field(default_factory=dict)
    keys_only: bool = False


def is_traversal(text: str) -> bool:
    """Whether a query follows associations, rather than selects from a class."""
    return _START.match(text) is not None


def parse_traversal(schema: Schema, namespace: str, text: str) -> Traversal:
    """Read ASSOCIATORS OF or REFERENCES OF; a path without a namespace is in `namespace`.

    Raises CIMError INVALID_QUERY, also for a class or a key that the schema does not have.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise CIMError(INVALID_QUERY, f"the query is longer than {MAXIMUM_LENGTH} characters")
    reader = _Reader(text)
    start = reader.expect(_START, "ASSOCIATORS OF { or REFERENCES OF {")
    operation: Operation = "Associators" if start[1].lower() == "associators" else "References"
    source = _source(reader, schema, namespace)
    reader.expect(_END, "}")
    filters = _filters(reader, _FILTERS[operation])
    keys_only = filters.pop(_KEYS_ONLY, None) is not None
    return Traversal(operation, source, filters, keys_only)


class _Reader:
    """A place in the text, which moves on with what is found there."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._position = 0

    @property
    def ended(self) -> bool:
        return self._position >= len(self._text)

    def accept(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._position)
        if found is not None:
            self._position = found.end()
        return found

    def expect(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        return self.accept(pattern) or self.refuse(wanted)

    def refuse(self, wanted: str) -> NoReturn:
        rest = self._text[self._position : self._position + 40].strip()
        raise CIMError(INVALID_QUERY, f"expected {wanted}, found {rest or 'the end'!r}")


def _source(reader: _Reader, schema: Schema, namespace: str, depth: int = 0) -> ObjectName:
    """Read the object path of an instance."""
    start = reader.expect(_SOURCE, "the object path of an instance")
    found = schema.class_named(start["name"])
    if found is None:
        raise CIMError(INVALID_QUERY, f"there is no class {start['name']}")
    named = re.sub(r"[\\/]+", "/", start["namespace"] or namespace)
    keys: dict[str, Value] = {}
    if reader.accept(_EQUALS):
        only = found.key_properties
        if len(only) != 1:
            reader.refuse(f"the names of the keys of {found.name}")
        keys[only[0].name] = _value(reader, schema, named, only[0], depth)
    elif reader.accept(_DOT):
        while not keys or reader.accept(_COMMA):
            declared = _key(reader, found)
            keys[declared.name] = _value(reader, schema, named, declared, depth)
    if {each.name for each in found.key_properties} != keys.keys():
        wanted = ", ".join(each.name for each in found.key_properties)
        raise CIMError(INVALID_QUERY, f"expected the keys {wanted} of {found.name}")
    return ObjectName(named, found.name, keys)


def _key(reader: _Reader, found: ClassDef) -> ElementDef:
    """Read the name of a key and its equals sign."""
    name = reader.expect(_KEY, "a key and =")[1]
    declared = found.property_named(name)
    if declared is None or not declared.key:
        raise CIMError(INVALID_QUERY, f"{name} is no key of {found.name}")
    return declared


def _value(
    reader: _Reader, schema: Schema, namespace: str, declared: ElementDef, depth: int
) -> Value:
    """Read the value of a key, as the type that the key has."""
    found = reader.expect(_VALUE, f"a value of {declared.name}")
    quoted = found[1] if found[1] is not None else found[2]
    text = found[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    if declared.type == "reference":
        if depth >= MAXIMUM_DEPTH:
            raise CIMError(INVALID_QUERY, f"references are nested more than {MAXIMUM_DEPTH} deep")
        inner = _Reader(text)
        name = _source(inner, schema, namespace, depth + 1)
        return name if inner.ended else inner.refuse("the end of the object path")
    if quoted is None and declared.type in ("string", "datetime", "char16"):
        raise CIMError(INVALID_QUERY, f"{declared.name}: expected quotes around {text}")
    try:
        return scalar_from(text, declared.type)
    except ValueError as error:
        raise CIMError(INVALID_QUERY, f"{declared.name}: {error}") from error


def _filters(reader: _Reader, known: dict[str, str]) -> dict[str, str]:
    """Read what follows the source; KEYSONLY stays by its folded name."""
    filters: dict[str, str] = {}
    if reader.ended:
        return filters
    reader.expect(_WHERE, "WHERE")
    while not reader.ended or not filters:
        name = reader.expect(_WORD, "a filter")[1].lower()
        if name in filters or known.get(name) in filters:
            raise CIMError(INVALID_QUERY, f"{name} is said twice")
        if name == _KEYS_ONLY:
            filters[name] = ""
            continue
        if name not in known:
            wanted = ", ".join([*known.values(), "KeysOnly"])
            raise CIMError(INVALID_QUERY, f"expected one of {wanted}, found {name}")
        reader.expect(_EQUALS, "=")
        filters[known[name]] = reader.expect(_WORD, f"a value of {known[name]}")[1]
    return filters
