"""CIM values as XML of the WS-CIM mapping, and back (DSP0230).

What servers send for one value differs; every form that is known of one is read.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from conformance.cim import Argument, Instance, Layout, Malformed, Path, PropertySlot
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.literals import READERS, read_datetime
from conformance.endpoint.reader import Reader
from conformance.endpoint.wsman import names
from conformance.endpoint.wsman.declarations import UNKNOWN, Declarations, Declared, Elements
from conformance.endpoint.wsman.references import (
    MOST_DEPTH,
    Uris,
    is_reference,
    read_reference,
    text_of,
    whole,
)

_NIL = f"{{{names.XSI}}}nil"
_TYPE = f"{{{names.XSI}}}type"
_DURATION = re.compile(
    r"P(?:(\d{1,8})D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", re.ASCII
)


def read_duration(text: str) -> float | None:
    """Return a duration in seconds (XML Schema, xs:duration), None when it is none."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


CimXml = Callable[[Instance], str]
"""Writes an instance as the text of CIM-XML."""


class Values:
    """Reads and writes the values of one server."""

    def __init__(self, declarations: Declarations, uris: Uris) -> None:
        self._declarations = declarations
        self._uris = uris
        self._texts = Reader()
        self._layouts: dict[tuple[object, ...], Layout] = {}

    # -- reading -------------------------------------------------------------------------------

    def path(self, holder: etree._Element, namespace: str) -> Path:
        """Read an endpoint reference; raise UnreadableError."""
        return read_reference(holder, namespace, self._properties, self._uris)

    def instance(
        self, element: etree._Element, namespace: str, path: Path | None, depth: int = 0
    ) -> Instance:
        """Read an instance from the element of its class; properties that are not there are NULL.

        Raise UnreadableError when instances are embedded without end.
        """
        if depth > MOST_DEPTH:
            raise UnreadableError(f"instances are embedded more than {MOST_DEPTH} deep")
        name = etree.QName(element)
        self._uris.learn(name.namespace or "")
        classname = name.localname if not depth else _embedded_class(element)
        declared = self._declarations.of(namespace, classname).properties
        grouped = _grouped(element)
        values = {
            folded: self._value(declared.get(folded), holders, namespace, depth)
            for folded, holders in grouped.items()
        }
        layout = self._layout(namespace, classname, declared, grouped)
        found = [values.get(slot.name.lower()) for slot in layout.slots]
        return Instance(path, layout, found)

    def outputs(
        self, element: etree._Element | None, declared: Elements, returns: str, namespace: str
    ) -> tuple[Any, dict[str, Any]]:
        """Return the return value and the output parameters in a METHOD_OUTPUT."""
        value: Any = None
        outputs: dict[str, Any] = {}
        for folded, holders in _grouped(element).items():
            if folded == "returnvalue":
                value = self._value(Declared("ReturnValue", returns), holders, namespace, 0)
                continue
            known = declared.get(folded)
            name = known.name if known is not None else etree.QName(holders[0]).localname
            outputs[name] = self._value(known, holders, namespace, 0)
        return value, outputs

    def _properties(self, namespace: str, classname: str) -> Elements:
        return self._declarations.of(namespace, classname).properties

    def _layout(
        self, namespace: str, classname: str, declared: Elements, grouped: dict[str, list[Any]]
    ) -> Layout:
        """Return the one layout of a class: its properties, and what came beside them."""
        beside = tuple(name for name in grouped if name not in declared)
        form = (namespace.lower(), classname, id(declared), beside)
        if form not in self._layouts:
            known = [
                PropertySlot(one.name, one.type, one.is_array, one.embedded)
                for one in declared.values()
            ]
            others = [self._guessed(grouped[name]) for name in beside]
            self._layouts[form] = Layout(classname, (*known, *others))
        return self._layouts[form]

    @staticmethod
    def _guessed(holders: list[etree._Element]) -> PropertySlot:
        """Return a property that the class does not declare, by its looks."""
        name = etree.QName(holders[0]).localname
        type_ = "reference" if is_reference(holders[0]) else "string"
        return PropertySlot(name, type_, len(holders) > 1)

    def _value(
        self, declared: Declared | None, holders: list[etree._Element], namespace: str, depth: int
    ) -> Any:
        known = declared or UNKNOWN
        values = [self._one(known, each, namespace, depth) for each in holders]
        if known.is_array or (declared is None and len(values) > 1):
            return None if values == [None] else values
        if len(values) > 1:
            return Malformed(", ".join(map(str, values))[:200], known.type)
        return values[0]

    def _one(self, known: Declared, holder: etree._Element, namespace: str, depth: int) -> Any:
        if holder.get(_NIL, "").strip().lower() in ("true", "1"):
            return None
        if is_reference(holder):
            return self.path(holder, namespace)
        if known.type == "reference":
            return Malformed(whole(holder)[:200], "reference")
        if known.embedded or holder.get(_TYPE, "").endswith("_Type"):
            return self._embedded(holder, namespace, depth)
        text = whole(holder)
        if known.type == "datetime":
            return _datetime(text.strip())
        if known.type not in ("string", "char16"):
            text = text.strip()
        return READERS.get(known.type, str)(text)

    def _embedded(self, holder: etree._Element, namespace: str, depth: int) -> Any:
        """Read an embedded instance: native, or the text of CIM-XML."""
        if len(holder):
            return self.instance(holder, namespace, None, depth + 1)
        text = (holder.text or "").strip()
        return self._texts.embedded(namespace, text) if text else None

    # -- writing -------------------------------------------------------------------------------

    def arguments(
        self, arguments: Iterable[Argument], namespace: str, cim_xml: CimXml | None
    ) -> str:
        """Return the parameters of a method; `cim_xml` writes embedded ones as text."""
        return "".join(
            self._written("p", one.name, one.value, namespace, cim_xml) for one in arguments
        )

    def content(
        self, instance: Instance, namespace: str, prefix: str, cim_xml: CimXml | None
    ) -> str:
        """Return the properties of an instance that are not NULL."""
        pairs = zip(instance.layout.slots, instance.values, strict=True)
        return "".join(
            self._written(prefix, slot.name, value, namespace, cim_xml)
            for slot, value in pairs
            if value is not None
        )

    def _written(
        self, prefix: str, name: str, value: Any, namespace: str, cim_xml: CimXml | None
    ) -> str:
        if isinstance(value, list | tuple):
            return "".join(self._written(prefix, name, one, namespace, cim_xml) for one in value)
        tag = f"{prefix}:{name}"
        if value is None or isinstance(value, Malformed):
            return f'<{tag} xsi:nil="true"/>'
        if isinstance(value, Path):
            return f"<{tag}>{self._uris.reference(value)}</{tag}>"
        if isinstance(value, Instance):
            return self._native(tag, prefix, value, namespace, cim_xml)
        return f"<{tag}>{escape(text_of(value))}</{tag}>"

    def _native(
        self, tag: str, prefix: str, value: Instance, namespace: str, cim_xml: CimXml | None
    ) -> str:
        if cim_xml is not None:
            return f"<{tag}>{escape(cim_xml(value))}</{tag}>"
        inner = f"{prefix}q"
        uri = quoteattr(self._uris.of(namespace, value.classname))
        typed = f'xmlns:{inner}={uri} xsi:type="{inner}:{value.classname}_Type"'
        return f"<{tag} {typed}>{self.content(value, namespace, inner, cim_xml)}</{tag}>"


def _grouped(element: etree._Element | None) -> dict[str, list[etree._Element]]:
    """Return the children by folded name, in the order of their first one."""
    grouped: dict[str, list[etree._Element]] = {}
    for each in element if element is not None else ():
        if isinstance(each.tag, str):
            grouped.setdefault(each.tag.rpartition("}")[2].lower(), []).append(each)
    return grouped


def _embedded_class(element: etree._Element) -> str:
    """Return the class of a native embedded instance: by its type, or by its own namespace."""
    typed = element.get(_TYPE, "").rpartition(":")[2].removesuffix("_Type")
    if typed:
        return typed
    namespace = etree.QName(element[0]).namespace or ""
    return namespace.rpartition("/")[2] or etree.QName(element).localname


def _datetime(text: str) -> str | Malformed:
    """Return a CIM datetime from any form in which servers send one."""
    read = read_datetime(text)
    if isinstance(read, str):
        return read
    duration = _DURATION.fullmatch(text)
    if duration and any(duration.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in duration.groups()[:4])
        minutes, seconds = minutes + seconds // 60, seconds % 60
        hours, minutes = hours + minutes // 60, minutes % 60
        days, hours = days + hours // 24, hours % 24
        fraction = (duration[5] or "").ljust(6, "0")[:6]
        return f"{days:08d}{hours:02d}{minutes:02d}{seconds:02d}.{fraction}:000"
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return Malformed(text, "datetime")
    offset = moment.utcoffset() or datetime.timedelta()
    minutes = round(offset.total_seconds() / 60)
    return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond:06d}{minutes:+04d}"
