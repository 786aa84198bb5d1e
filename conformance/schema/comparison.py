"""Compare class facts with what a CIM schema release declares. Pure."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping

import msgspec

from conformance.schema.classes import ClassFacts, Method, Parameter, Property
from conformance.schema.value_map import ValueMap


class Aspect(enum.Enum):
    """What differs: being there at all, the name's spelling, the order, or a fact by its name."""

    PRESENCE = "presence"
    SPELLING = "spelling"
    ORDER = "order"
    SUPERCLASS = "superclass"
    ASSOCIATION = "association"
    INDICATION = "indication"
    ABSTRACT = "abstract"
    VERSION = "version"
    EXPERIMENTAL = "experimental"
    DEPRECATED = "deprecated"
    TYPE = "type"
    RETURNS = "returns"
    ARRAY = "array"
    ARRAYTYPE = "arraytype"
    CLASS = "class"
    KEY = "key"
    REQUIRED = "required"
    OVERRIDE = "override"
    STATIC = "static"
    IN = "in"
    OUT = "out"
    MINLEN = "minlen"
    MAXLEN = "maxlen"
    MINVALUE = "minvalue"
    MAXVALUE = "maxvalue"
    MIN = "min"
    MAX = "max"
    OCTETSTRING = "octetstring"
    EMBEDDED_INSTANCE = "embedded_instance"
    EMBEDDED_OBJECT = "embedded_object"
    DEFAULT = "default"
    VALUEMAP = "valuemap"


class Difference(msgspec.Struct, frozen=True):
    """One fact that is not as the schema has it.

    `element` is "" for the class itself, a property name, `Method()` or `Method(Parameter)`.
    `expected` is what the schema release says, `found` what the facts say, both as text.
    """

    class_name: str
    element: str
    aspect: Aspect
    expected: str
    found: str

    def __str__(self) -> str:
        where = f"{self.class_name}.{self.element}" if self.element else self.class_name
        return f"{where}: {self.aspect.value}: expected {self.expected}, found {self.found}"


Element = ClassFacts | Property | Method | Parameter
_MEMBERS = frozenset({"name", "properties", "methods", "parameters"})
_OUTSIDE = frozenset({"vendor"})
"""Facts of which no schema release says anything."""


class _Pair(msgspec.Struct, frozen=True):
    """An element as the schema spells and declares it, and as the facts do; None where absent."""

    wanted_name: str | None
    seen_name: str | None
    wanted: Element | None
    seen: Element | None


def compare(
    expected: Mapping[str, ClassFacts], found: Mapping[str, ClassFacts]
) -> list[Difference]:
    """Return how the facts `found` differ from those of the schema, by class, in stable order.

    `expected` holds the classes that must be there: those in question and all they refer to.
    A class that the release does not have is no difference when the facts mark it experimental (a
    final release leaves such classes out) or a vendor's own.
    """
    pairs = [pair for pair in _pairs(expected, found) if not _left_out(pair)]
    differences: list[Difference] = []
    for pair in sorted(pairs, key=_class_name):
        differences += _element(_class_name(pair), "", pair)
    return differences


def _left_out(pair: _Pair) -> bool:
    seen = pair.seen
    if pair.wanted is not None or not isinstance(seen, ClassFacts):
        return False
    return seen.experimental or bool(seen.vendor)


def _class_name(pair: _Pair) -> str:
    return pair.wanted_name or pair.seen_name or ""


def _pairs(wanted: Mapping[str, Element], seen: Mapping[str, Element]) -> Iterator[_Pair]:
    """Pair elements by name without case: all of the schema's, then those only in the facts."""
    spelled = {name.lower(): name for name in seen}
    for name, element in wanted.items():
        other = spelled.pop(name.lower(), None)
        yield _Pair(name, other, element, seen[other] if other else None)
    for name in spelled.values():
        yield _Pair(None, name, None, seen[name])


def _element(class_name: str, element: str, pair: _Pair) -> Iterator[Difference]:
    """Compare one class, property, method or parameter with all that it consists of."""
    wanted, seen = pair.wanted, pair.seen
    if wanted is None or seen is None:
        texts = ("absent", "declared") if wanted is None else ("declared", "absent")
        yield Difference(class_name, element, Aspect.PRESENCE, *texts)
        return
    if pair.wanted_name != pair.seen_name:
        names = (str(pair.wanted_name), str(pair.seen_name))
        yield Difference(class_name, element, Aspect.SPELLING, *names)
    yield from _own_facts(class_name, element, wanted, seen)
    if isinstance(wanted, ClassFacts) and isinstance(seen, ClassFacts):
        yield from _members(class_name, element, "{}", wanted.properties, seen.properties)
        yield from _members(class_name, element, "{}()", wanted.methods, seen.methods)
    elif isinstance(wanted, Method) and isinstance(seen, Method):
        inside = element.removesuffix("()") + "({})"
        yield from _members(class_name, element, inside, wanted.parameters, seen.parameters)


def _members(
    class_name: str,
    element: str,
    label: str,
    wanted: Mapping[str, Element],
    seen: Mapping[str, Element],
) -> Iterator[Difference]:
    pairs = list(_pairs(wanted, seen))
    for pair in pairs:
        yield from _element(class_name, label.format(_class_name(pair)), pair)
    order = [pair.seen_name for pair in pairs if pair.wanted_name and pair.seen_name]
    found = [name for name in seen if name in order]
    if order != found:
        yield Difference(class_name, element, Aspect.ORDER, ", ".join(order), ", ".join(found))


def _own_facts(
    class_name: str, element: str, wanted: Element, seen: Element
) -> Iterator[Difference]:
    for field in msgspec.structs.fields(wanted):
        if field.encode_name in _MEMBERS | _OUTSIDE:
            continue
        one, other = getattr(wanted, field.name), getattr(seen, field.name)
        aspect = Aspect(field.encode_name)
        if aspect is Aspect.VALUEMAP:
            yield from _value_map(class_name, element, one, other)
        elif (one, type(one)) != (other, type(other)):
            yield Difference(class_name, element, aspect, _text(one), _text(other))


def _value_map(
    class_name: str, element: str, wanted: ValueMap, seen: ValueMap
) -> Iterator[Difference]:
    for entry in [*wanted, *(entry for entry in seen if entry not in wanted)]:
        texts = [_entry(entry, valuemap) for valuemap in (wanted, seen)]
        if texts[0] != texts[1]:
            yield Difference(class_name, element, Aspect.VALUEMAP, texts[0], texts[1])


def _entry(entry: str, valuemap: ValueMap) -> str:
    if entry not in valuemap:
        return f"no entry {entry}"
    label = valuemap[entry]
    return f"{entry} without label" if label is None else f"{entry} = {_text(label)}"


def _text(value: object) -> str:
    return "none" if value is None or value == "" else json.dumps(value, ensure_ascii=False)
