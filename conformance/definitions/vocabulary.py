"""The JSON Schema words that may stand on one property in a profile definition.

Pure. The subset of JSON Schema 2020-12 (Validation, clause 6) that says something about CIM
values, plus three words of the suite's own that may stand only at the top: `valuemap`, `state`
and `format`. A word outside of it would be silently ignored by a validator, so it is a slip.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET
from msgspec import UnsetType as Unset

from conformance.definitions.schema_slips import Grammar
from conformance.punit import is_unit
from conformance.schema.classes import Property
from conformance.slips import Problem, Trail, show, unknown

FORMAT = r"^(interval|timestamp|uri|mac|punit(:.+)?)$"
Count = Annotated[int, msgspec.Meta(ge=0)]
Choices = Annotated[list[Any], msgspec.Meta(min_length=1)]
TypeName = Literal["string", "integer", "number", "boolean", "array", "null", "object"]
JsonType = TypeName | Annotated[list[TypeName], msgspec.Meta(min_length=1)]

CAMEL = {
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique_items": "uniqueItems",
    "prefix_items": "prefixItems",
    "min_contains": "minContains",
    "max_contains": "maxContains",
    "all_of": "allOf",
    "any_of": "anyOf",
    "one_of": "oneOf",
    "not_": "not",
    "if_": "if",
    "else_": "else",
}

DATETIMES = ("interval", "timestamp")
ARRAY_WORDS = frozenset(
    {"minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains"}
    | {"minContains", "maxContains"}
)
STRING_WORDS = frozenset({"minLength", "maxLength", "pattern"})
NUMBER_WORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
TEXT_TYPES = frozenset({"string", "char16", "datetime", "reference"})
INNER_WORDS = frozenset({"items", "contains", "not", "if", "then", "else"})
INNER_LIST_WORDS = frozenset({"prefixItems", "allOf", "anyOf", "oneOf"})


class PlainWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename=CAMEL):
    """Words of JSON Schema on a CIM value or on an element of an array."""

    type: JsonType | Unset = UNSET
    enum: Choices | Unset = UNSET
    const: Any = UNSET
    minimum: float | Unset = UNSET
    maximum: float | Unset = UNSET
    exclusive_minimum: float | Unset = UNSET
    exclusive_maximum: float | Unset = UNSET
    min_length: Count | Unset = UNSET
    max_length: Count | Unset = UNSET
    pattern: str | Unset = UNSET
    min_items: Count | Unset = UNSET
    max_items: Count | Unset = UNSET
    unique_items: bool | Unset = UNSET
    items: PlainWords | Unset = UNSET
    prefix_items: list[PlainWords] | Unset = UNSET
    contains: PlainWords | Unset = UNSET
    min_contains: Count | Unset = UNSET
    max_contains: Count | Unset = UNSET
    all_of: list[PlainWords] | Unset = UNSET
    any_of: list[PlainWords] | Unset = UNSET
    one_of: list[PlainWords] | Unset = UNSET
    not_: PlainWords | Unset = UNSET
    if_: PlainWords | Unset = UNSET
    then: PlainWords | Unset = UNSET
    else_: PlainWords | Unset = UNSET


class PropertyWords(PlainWords, frozen=True, forbid_unknown_fields=True, rename=CAMEL):
    """Words on a property: those of JSON Schema and the suite's own.

    `valuemap: true` allows the values of the property's ValueMap, `state` those of one state, of
    several, or of `any` state of the profile. `format` are the two forms of a CIM datetime, a
    `uri`, a `mac` address, or a programmatic unit: `punit`, or of certain dimensions as in
    `punit:percent|hertz`.
    """

    valuemap: Literal[True] | Unset = UNSET
    state: str | list[str] | Unset = UNSET
    format: Annotated[str, msgspec.Meta(pattern=FORMAT)] | Unset = UNSET


GRAMMAR = Grammar(PropertyWords)


def check_words(
    trail: Trail, words: Mapping[str, Any], declared: Property | None, states: Collection[str]
) -> Iterator[Problem]:
    """Yield what is wrong with the words on a property.

    `declared` is the property in the class facts (None when it is not known), `states` are the
    names of the profile's states. Words that cannot say anything about the property's type are
    wrong too: the check could never fail.
    """
    illegal = [
        msgspec.structs.replace(problem, trail=(*trail, *problem.trail))
        for problem in GRAMMAR.problems(words)
    ]
    yield from illegal or _check_legal(trail, words, declared, states)


def _check_legal(
    trail: Trail, words: Mapping[str, Any], declared: Property | None, states: Collection[str]
) -> Iterator[Problem]:
    yield from _check_patterns(trail, words)
    yield from _check_states((*trail, "state"), words.get("state", ()), states)
    if declared is None:
        return
    if "valuemap" in words and not declared.valuemap:
        expected = "a property with a ValueMap in the class facts"
        yield Problem((*trail, "valuemap"), expected, "a property without one")
    if "format" in words:
        wanted = "datetime" if words["format"] in DATETIMES else "string"
        if declared.type != wanted or (declared.array and wanted == "datetime"):
            expected = f"a property of type {wanted}"
            yield Problem((*trail, "format"), expected, _type_text(declared))
        yield from _check_bases((*trail, "format"), words["format"])
    if not (declared.embedded_instance or declared.embedded_object):
        yield from _check_fit(trail, words, declared.type, is_array=declared.array)


def _check_bases(trail: Trail, format_: str) -> Iterator[Problem]:
    _, colon, bases = format_.partition(":")
    for base in bases.split("|") if colon else ():
        if not (base and is_unit(base)):
            yield Problem(trail, "programmatic units after the colon", show(base))


def _check_patterns(trail: Trail, words: Mapping[str, Any]) -> Iterator[Problem]:
    if "pattern" in words:
        try:
            re.compile(words["pattern"])
        except re.error as error:
            found = f"{show(words['pattern'])}: {error}"
            yield Problem((*trail, "pattern"), "a regular expression", found)
    for inner_trail, inner in _inner(trail, words):
        yield from _check_patterns(inner_trail, inner)


def _check_states(
    trail: Trail, wanted: str | Collection[str], states: Collection[str]
) -> Iterator[Problem]:
    known = ["any", *states] if states else []
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if name not in known:
            yield unknown(trail, "a state of this profile", name, known)


def _inner(trail: Trail, words: Mapping[str, Any]) -> Iterator[tuple[Trail, Mapping[str, Any]]]:
    """Yield the words inside of words, each with its trail."""
    for word, value in words.items():
        if word in INNER_LIST_WORDS:
            yield from (((*trail, word, at), item) for at, item in enumerate(value))
        elif word in INNER_WORDS:
            yield (*trail, word), value


def _check_fit(
    trail: Trail, words: Mapping[str, Any], type_: str, *, is_array: bool
) -> Iterator[Problem]:
    """Yield the words that say nothing about values of this type (JSON Schema ignores them)."""
    silent = _silent_words(type_, is_array=is_array)
    for word in words:
        if word in silent:
            advice = "put it under items or contains" if is_array else ""
            expected = f"a word on {_kind(type_, is_array=is_array)}"
            yield Problem((*trail, word), expected, word, advice)
    values = [("const", words["const"])] if "const" in words else []
    values += [("enum", value) for value in words.get("enum", ())]
    for word, value in values:
        if not _may_be(value, type_, is_array=is_array):
            yield Problem((*trail, word), _kind(type_, is_array=is_array), show(value))
    for inner_trail, inner in _inner(trail, words):
        of_element = inner_trail[len(trail)] in ARRAY_WORDS
        if is_array or not of_element:
            yield from _check_fit(inner_trail, inner, type_, is_array=is_array and not of_element)


def _silent_words(type_: str, *, is_array: bool) -> frozenset[str]:
    if is_array:
        return STRING_WORDS | NUMBER_WORDS
    if type_ in TEXT_TYPES:
        return ARRAY_WORDS | NUMBER_WORDS
    if type_ == "boolean":
        return ARRAY_WORDS | NUMBER_WORDS | STRING_WORDS
    return ARRAY_WORDS | STRING_WORDS


def _may_be(value: object, type_: str, *, is_array: bool) -> bool:
    if is_array or isinstance(value, list):
        return is_array and isinstance(value, list)
    if type_ in TEXT_TYPES:
        return isinstance(value, str)
    if type_ == "boolean":
        return isinstance(value, bool)
    numbers = float | int if type_.startswith("real") else int
    return isinstance(value, numbers) and not isinstance(value, bool)


def _kind(type_: str, *, is_array: bool) -> str:
    return f"an array of {type_}" if is_array else f"a value of type {type_}"


def _type_text(declared: Property) -> str:
    return _kind(declared.type, is_array=declared.array)
