"""Reader of classes and class names in CIM-XML replies (DSP0201, clause 5.2)."""

from __future__ import annotations

from typing import Any

from lxml import etree

from conformance.cim import ClassReply, Refusal
from conformance.endpoint.envelope import (
    UnreadableError,
    attribute,
    children,
    decoded,
    element_of,
    parsed,
    returned,
)
from conformance.endpoint.literals import READERS, key_reader

_PROPERTIES = ("PROPERTY", "PROPERTY.ARRAY", "PROPERTY.REFERENCE")


def read_class(body: bytes) -> ClassReply | Refusal:
    """Return the class in the answer to GetClass, or the CIM error it carries.

    Raise UnreadableError when the answer is no valid CIM-XML or holds no class.
    """
    content = returned(parsed(decoded(body)), "GetClass")
    if isinstance(content, Refusal):
        return content
    if len(content) != 1:
        raise UnreadableError(f"expected one CLASS, found {len(content)} elements")
    return class_of(element_of(content[0], "CLASS"))


def read_class_names(body: bytes) -> list[str] | Refusal:
    """Return the names in the answer to EnumerateClassNames, as `read_class` does."""
    content = returned(parsed(decoded(body)), "EnumerateClassNames")
    if isinstance(content, Refusal):
        return content
    return [attribute(element_of(element, "CLASSNAME"), "NAME") for element in content]


def class_of(element: etree._Element) -> ClassReply:
    """Return a CLASS element; raise UnreadableError where DSP0203 does not allow what is there."""
    properties: dict[str, tuple[str, bool]] = {}
    methods: list[str] = []
    property_maps: dict[str, tuple[str, ...]] = {}
    method_maps: dict[str, tuple[str, ...]] = {}
    for child in children(element):
        tag = element_of(child, "QUALIFIER", "METHOD", *_PROPERTIES).tag
        if tag == "QUALIFIER":
            continue
        name = attribute(child, "NAME")
        if tag == "METHOD":
            methods.append(name)
        else:
            properties[name] = _type(child), tag == "PROPERTY.ARRAY"
        valuemap = _qualifiers(child, only="valuemap").get("valuemap")
        if isinstance(valuemap, list):
            maps = method_maps if tag == "METHOD" else property_maps
            maps[name] = tuple(str(item) for item in valuemap)
    return ClassReply(
        attribute(element, "NAME"),
        element.get("SUPERCLASS") or None,
        properties,
        tuple(methods),
        _qualifiers(element),
        method_maps,
        property_maps,
    )


def _type(element: etree._Element) -> str:
    return "reference" if element.tag == "PROPERTY.REFERENCE" else attribute(element, "TYPE")


def _qualifiers(element: etree._Element, only: str = "") -> dict[str, Any]:
    """Return qualifiers of an element by name; with `only`, that one under its folded name."""
    found: dict[str, Any] = {}
    for child in element.iterchildren("QUALIFIER"):
        name = attribute(child, "NAME")
        if not only:
            found[name] = _qualifier_value(child)
        elif name.lower() == only:
            found[only] = _qualifier_value(child)
    return found


def _qualifier_value(element: etree._Element) -> object:
    """Return a qualifier's value; NULL without one, the text of what cannot be read."""
    type_ = attribute(element, "TYPE")
    if type_ not in READERS:
        raise UnreadableError(f"expected a CIM type of a qualifier, found {type_!r}")
    content = children(element, most=1)
    if not content:
        return None
    read = key_reader("", type_)
    if element_of(content[0], "VALUE", "VALUE.ARRAY").tag == "VALUE":
        return read(content[0].text or "")
    return [read(item.text or "") if item.tag == "VALUE" else None for item in children(content[0])]
