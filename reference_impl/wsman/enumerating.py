"""Enumerate: which objects, in which form, and by which filter (DSP0226, clause 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from reference_impl.schema import Schema
from reference_impl.values import Instance, ObjectName
from reference_impl.wsman import names
from reference_impl.wsman.codec import Writer
from reference_impl.wsman.faults import (
    CANNOT_FILTER,
    DIALECT,
    FILTERING_REQUIRED,
    PARAMETER,
    UNSUPPORTED,
    FaultError,
)
from reference_impl.wsman.resources import (
    Resource,
    endpoint_reference,
    object_name,
    read_reference,
    read_selectors,
    whole_text,
)

#: Asks for the objects of one intrinsic operation.
Read = Callable[[str, str, dict[str, Any]], list[Any]]

MODES = ("EnumerateObject", "EnumerateEPR", "EnumerateObjectAndEPR")
POLYMORPHISM = ("IncludeSubClassProperties", "ExcludeSubClassProperties", "None")
MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an Enumerate message asks for.

    `mode` and `polymorphism` are among MODES and POLYMORPHISM; `first` is how many items the
    answer itself may hold, 0 for none.
    """

    mode: str
    polymorphism: str
    first: int
    dialect: str = ""
    filter: etree._Element | None = None


def read_enumerate(body: etree._Element | None) -> Asked:
    """Read the body of an Enumerate. Raises FaultError."""
    if body is None or body.tag != f"{{{names.ENUMERATION}}}Enumerate":
        raise FaultError(PARAMETER, "expected wsen:Enumerate in the body")
    mode = _one_of(body, f"{{{names.MANAGEMENT}}}EnumerationMode", MODES)
    polymorphism = _one_of(body, f"{{{names.BINDING}}}PolymorphismMode", POLYMORPHISM)
    if body.find(f"{{{names.ENUMERATION}}}EndTo") is not None:
        raise FaultError(UNSUPPORTED, "wsen:EndTo is not supported", detail="AddressingMode")
    optimized = body.find(f"{{{names.MANAGEMENT}}}OptimizeEnumeration") is not None
    first = read_count(body, f"{{{names.MANAGEMENT}}}MaxElements") if optimized else 0
    for tag in (f"{{{names.MANAGEMENT}}}Filter", f"{{{names.ENUMERATION}}}Filter"):
        found = body.find(tag)
        if found is not None:
            return Asked(mode, polymorphism, first, found.get("Dialect", ""), found)
    return Asked(mode, polymorphism, first)


def _one_of(body: etree._Element, tag: str, allowed: tuple[str, ...]) -> str:
    """Return the text of an element, the first of `allowed` when it is missing."""
    text = (body.findtext(tag) or allowed[0]).strip()
    if text not in allowed:
        expected = ", ".join(allowed)
        name = etree.QName(tag).localname
        raise FaultError(UNSUPPORTED, f"{name}: expected one of {expected}, found {text[:80]}")
    return text


def read_count(body: etree._Element, tag: str) -> int:
    """Return a number of items to be sent at most, 1 when it is not said (DSP0226, 8.3)."""
    text = (body.findtext(tag) or "1").strip()
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise FaultError(PARAMETER, f"expected a number of elements, found {text[:40]!r}")
    return min(int(text), MOST_ITEMS)


def find_objects(schema: Schema, resource: Resource, asked: Asked, read: Read) -> list[Instance]:
    """Return the instances that an Enumerate asks for. Raises FaultError and CIMError."""
    if asked.filter is None:
        if resource.all_classes:
            raise FaultError(FILTERING_REQUIRED, "all classes are enumerated with a filter only")
        found = read("EnumerateInstances", resource.namespace, {"ClassName": resource.classname})
    elif asked.dialect == names.ASSOCIATION_FILTER:
        found = _associated(schema, resource, asked.filter, read)
    elif asked.dialect == names.SELECTOR_FILTER:
        found = _selected(schema, resource, asked.filter, read)
    elif asked.dialect in (names.WQL_FILTER, names.CQL_FILTER):
        language = "WQL" if asked.dialect == names.WQL_FILTER else "DMTF:CQL"
        query = whole_text(asked.filter)
        found = read("ExecQuery", resource.namespace, {"QueryLanguage": language, "Query": query})
    else:
        raise FaultError(DIALECT, f"the filter dialect {asked.dialect[:200]} is not supported")
    if asked.polymorphism == "None" and not resource.all_classes:
        wanted = resource.classname.lower()
        found = [each for each in found if each.classname.lower() == wanted]
    return found


def _associated(
    schema: Schema, resource: Resource, holder: etree._Element, read: Read
) -> list[Instance]:
    """Apply an association filter (DSP0227, clause 16.3)."""
    content = next((each for each in holder if isinstance(each.tag, str)), None)
    name = etree.QName(content).localname if content is not None else ""
    if content is None or name not in ("AssociatedInstances", "AssociationInstances"):
        raise FaultError(CANNOT_FILTER, "expected AssociatedInstances or AssociationInstances")
    source = content.find(f"{{{names.BINDING}}}Object")
    if source is None:
        raise FaultError(CANNOT_FILTER, "expected wsmb:Object with an endpoint reference")
    path = read_reference(schema, source, resource.namespace)

    def said(tag: str) -> str | None:
        return (content.findtext(f"{{{names.BINDING}}}{tag}") or "").strip() or None

    parameters: dict[str, Any] = {"ObjectName": path, "Role": said("Role")}
    if name == "AssociationInstances":
        parameters["ResultClass"] = said("ResultClassName")
        return read("References", path.namespace, parameters)
    parameters["AssocClass"] = said("AssociationClassName")
    parameters["ResultClass"] = said("ResultClassName")
    parameters["ResultRole"] = said("ResultRole")
    return read("Associators", path.namespace, parameters)


def _selected(
    schema: Schema, resource: Resource, holder: etree._Element, read: Read
) -> list[Instance]:
    """Apply a selector filter: equality of keys (DSP0226, annex E)."""
    selectors = read_selectors(holder.find(f"{{{names.MANAGEMENT}}}SelectorSet"))
    wanted = object_name(
        schema, Resource(resource.namespace, resource.classname, selectors, resource.windows)
    )
    found = read("EnumerateInstances", resource.namespace, {"ClassName": resource.classname})
    return [
        each for each in found if all(each.path.key(name) == value for name, value in wanted.keys)
    ]


def render_item(writer: Writer, resource: Resource, asked: Asked, instance: Instance) -> str:
    """Return one item of an enumeration."""
    shown = ""
    if asked.mode != "EnumerateEPR":
        shallow = asked.polymorphism == "ExcludeSubClassProperties" and not resource.all_classes
        base = shallow and instance.name is not None
        shown = writer.instance(instance, resource, resource.classname if base else "")
    if asked.mode == "EnumerateObject":
        return shown
    name: ObjectName | None = instance.name
    if name is None:
        raise FaultError(CANNOT_FILTER, "what a query selects parts of has no endpoint reference")
    reference = endpoint_reference(name, resource)
    return reference if not shown else f"<wsman:Item>{shown}{reference}</wsman:Item>"
