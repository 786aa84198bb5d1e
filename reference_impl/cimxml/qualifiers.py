"""Qualifier types of the CIM schema, and the qualifiers that class facts stand for.

Types, scopes and flavours as DSP0004 (clause 5.6) and the DMTF schema's qualifier file say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference_impl.cimxml.text import escape, writer_of
from reference_impl.schema import ClassDef, MethodDef, ParameterDef, PropertyDef
from reference_impl.values import Value


@dataclass(frozen=True, slots=True)
class QualifierType:
    """A qualifier declaration; `scopes` are the attribute names of the SCOPE element."""

    name: str
    type: str
    scopes: tuple[str, ...]
    default: Value = None
    is_array: bool = False
    overridable: bool = True
    to_subclass: bool = True
    translatable: bool = False


_ANY = ("CLASS", "ASSOCIATION", "REFERENCE", "PROPERTY", "METHOD", "PARAMETER", "INDICATION")
_CLASSES = ("CLASS", "ASSOCIATION", "INDICATION")
_PROPERTIES = ("PROPERTY", "REFERENCE")
_ELEMENTS = ("PROPERTY", "REFERENCE", "METHOD", "PARAMETER")
_VALUES = ("PROPERTY", "METHOD", "PARAMETER")

QUALIFIER_TYPES: tuple[QualifierType, ...] = (
    QualifierType("Abstract", "boolean", _CLASSES, default=False, to_subclass=False),
    QualifierType("Aggregate", "boolean", ("REFERENCE",), default=False, overridable=False),
    QualifierType("Aggregation", "boolean", ("ASSOCIATION",), default=False, overridable=False),
    QualifierType("ArrayType", "string", ("PROPERTY", "PARAMETER"), "Bag", overridable=False),
    QualifierType("Association", "boolean", ("ASSOCIATION",), default=False, overridable=False),
    QualifierType("Counter", "boolean", _VALUES, default=False),
    QualifierType("Deprecated", "string", _ANY, is_array=True, to_subclass=False),
    QualifierType("Description", "string", _ANY, translatable=True),
    QualifierType("EmbeddedInstance", "string", _VALUES),
    QualifierType("EmbeddedObject", "boolean", _VALUES, default=False, overridable=False),
    QualifierType("Experimental", "boolean", _ANY, default=False, to_subclass=False),
    QualifierType("Gauge", "boolean", _VALUES, default=False),
    QualifierType("In", "boolean", ("PARAMETER",), default=True, overridable=False),
    QualifierType("Indication", "boolean", _CLASSES, default=False, overridable=False),
    QualifierType("Key", "boolean", _PROPERTIES, default=False, overridable=False),
    QualifierType("Max", "uint32", ("REFERENCE",)),
    QualifierType("MaxLen", "uint32", _VALUES),
    QualifierType("MaxValue", "sint64", _VALUES),
    QualifierType("Min", "uint32", ("REFERENCE",), default=0),
    QualifierType("MinLen", "uint32", _VALUES, default=0),
    QualifierType("MinValue", "sint64", _VALUES),
    QualifierType(
        "OctetString", "boolean", ("PROPERTY", "PARAMETER"), default=False, overridable=False
    ),
    QualifierType("Out", "boolean", ("PARAMETER",), default=False, overridable=False),
    QualifierType("Override", "string", ("PROPERTY", "METHOD", "REFERENCE"), to_subclass=False),
    QualifierType("PUnit", "string", _VALUES),
    QualifierType("Propagated", "string", ("PROPERTY",), overridable=False),
    QualifierType("Read", "boolean", ("PROPERTY",), default=True),
    QualifierType("Required", "boolean", _ELEMENTS, default=False, overridable=False),
    QualifierType("Static", "boolean", ("PROPERTY", "METHOD"), default=False, overridable=False),
    QualifierType("Units", "string", _VALUES, translatable=True),
    QualifierType("ValueMap", "string", _VALUES, is_array=True),
    QualifierType("Values", "string", _VALUES, is_array=True, translatable=True),
    QualifierType("Version", "string", _CLASSES, to_subclass=False, translatable=True),
    QualifierType("Weak", "boolean", ("REFERENCE",), default=False, overridable=False),
    QualifierType("Write", "boolean", ("PROPERTY",), default=False),
)

_BY_NAME = {each.name.lower(): each for each in QUALIFIER_TYPES}

#: Class fact to qualifier, where the fact is the value.
_FACTS = {
    "arraytype": "ArrayType",
    "embedded_instance": "EmbeddedInstance",
    "embedded_object": "EmbeddedObject",
    "experimental": "Experimental",
    "key": "Key",
    "max": "Max",
    "maxlen": "MaxLen",
    "maxvalue": "MaxValue",
    "min": "Min",
    "minlen": "MinLen",
    "minvalue": "MinValue",
    "octetstring": "OctetString",
    "punit": "PUnit",
    "required": "Required",
    "static": "Static",
    "units": "Units",
    "write": "Write",
}


def qualifier_type(name: str) -> QualifierType | None:
    """Return a qualifier type by name without regard to case, or None."""
    return _BY_NAME.get(name.lower())


def qualifier_declaration(qualifier: QualifierType) -> str:
    """Return the QUALIFIER.DECLARATION element (DSP0201, clause 5.3.1.1)."""
    array = ' ISARRAY="true"' if qualifier.is_array else ""
    scope = "".join(f' {each}="true"' for each in qualifier.scopes)
    value = "" if qualifier.default is None else _value(qualifier, qualifier.default)
    return (
        f'<QUALIFIER.DECLARATION NAME="{qualifier.name}" TYPE="{qualifier.type}"{array}'
        f"{_flavours(qualifier)}><SCOPE{scope}/>{value}</QUALIFIER.DECLARATION>"
    )


def class_qualifiers(found: ClassDef) -> str:
    """Return the QUALIFIER elements of a class itself."""
    return _qualifiers(_of_class(found), propagated=False)


def element_qualifiers(element: PropertyDef | MethodDef | ParameterDef, *, propagated: bool) -> str:
    """Return the QUALIFIER elements of a property, method or parameter."""
    return _qualifiers(_of_element(element), propagated=propagated)


def _of_class(found: ClassDef) -> Iterator[tuple[str, Value]]:
    for name, holds in (
        ("Association", found.association),
        ("Indication", found.indication),
        ("Abstract", found.abstract),
        ("Experimental", found.facts.get("experimental")),
    ):
        if holds:
            yield name, True
    if found.facts.get("deprecated"):
        yield "Deprecated", _deprecated(found.facts["deprecated"])
    if found.facts.get("version"):
        yield "Version", found.facts["version"]


def _of_element(element: PropertyDef | MethodDef | ParameterDef) -> Iterator[tuple[str, Value]]:
    facts = element.facts
    for fact, name in _FACTS.items():
        if facts.get(fact) is not None and facts[fact] is not False:
            yield name, facts[fact]
    if isinstance(element, ParameterDef):
        yield from _directions(element)
    if facts.get("override"):
        yield "Override", element.name
    if facts.get("deprecated"):
        yield "Deprecated", _deprecated(facts["deprecated"])
    if element.valuemap:
        yield "ValueMap", list(element.valuemap)
        if any(label is not None for label in element.valuemap.values()):
            yield "Values", [label or "" for label in element.valuemap.values()]


def _directions(parameter: ParameterDef) -> Iterator[tuple[str, Value]]:
    if not parameter.is_in:
        yield "In", False
    elif "in" in parameter.facts:
        yield "In", True
    if parameter.is_out:
        yield "Out", True


def _deprecated(fact: Value) -> list[str]:
    """Return what replaces the deprecated element; the facts may say only that it is so."""
    return [str(each) for each in fact] if isinstance(fact, list) else ["No value"]


def _qualifiers(pairs: Iterator[tuple[str, Value]], *, propagated: bool) -> str:
    parts = []
    for name, value in pairs:
        qualifier = _BY_NAME[name.lower()]
        if propagated and not qualifier.to_subclass:
            continue
        origin = ' PROPAGATED="true"' if propagated else ""
        parts.append(
            f'<QUALIFIER NAME="{qualifier.name}" TYPE="{qualifier.type}"{origin}'
            f"{_flavours(qualifier)}>{_value(qualifier, value)}</QUALIFIER>"
        )
    return "".join(parts)


def _flavours(qualifier: QualifierType) -> str:
    """Return the flavour attributes that differ from the defaults of the DTD."""
    text = "" if qualifier.overridable else ' OVERRIDABLE="false"'
    text += "" if qualifier.to_subclass else ' TOSUBCLASS="false"'
    return text + (' TRANSLATABLE="true"' if qualifier.translatable else "")


def _value(qualifier: QualifierType, value: Value) -> str:
    write = writer_of(qualifier.type)
    if qualifier.is_array:
        items = "".join(f"<VALUE>{escape(str(each))}</VALUE>" for each in value)
        return f"<VALUE.ARRAY>{items}</VALUE.ARRAY>"
    return f"<VALUE>{write(value)}</VALUE>"
