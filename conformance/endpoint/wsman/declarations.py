"""Types of properties and parameters: WS-Management sends values without them.

They come from the class that the server declares (DSP0227, clause 10), else from the bundled class
facts, of the nearest CIM class that is known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import msgspec
from lxml import etree

from conformance.cim import ClassReply
from conformance.endpoint.classreply import class_of
from conformance.endpoint.envelope import UnreadableError
from conformance.schema.classes import Classes, ClassView, Typed

_PLAIN, _ARRAY, _REFERENCE = "", ".ARRAY", ".REFERENCE"


class Declared(msgspec.Struct, frozen=True):
    """One property or parameter: its name, CIM type, and what an embedded one is."""

    name: str
    type: str
    is_array: bool = False
    embedded: str = ""


UNKNOWN = Declared("", "string")

Elements = Mapping[str, Declared]
"""Properties or parameters by folded name, in the order of the class."""


class Declaration(msgspec.Struct, frozen=True):
    """What is known of a class; `by_server` tells that the server declared it."""

    name: str
    properties: Elements = {}
    methods: Mapping[str, tuple[str, Elements]] = {}
    by_server: bool = False


def declared_in(element: etree._Element) -> tuple[ClassReply, Declaration]:
    """Read a CLASS of CIM-XML, whatever XML namespace its elements are in.

    Raise UnreadableError when it is none.
    """
    for each in element.iter():
        if isinstance(each.tag, str):
            each.tag = etree.QName(each).localname
    if element.tag != "CLASS":
        raise UnreadableError(f"expected CLASS, found {element.tag}")
    if "DERIVATION" in element.attrib:
        del element.attrib["DERIVATION"]
    reply = class_of(element)
    properties = _elements(element, "PROPERTY")
    methods = {
        each.get("NAME", "").lower(): (each.get("TYPE", "uint32"), _elements(each, "PARAMETER"))
        for each in element.iterchildren("METHOD")
    }
    return reply, Declaration(reply.name, properties, methods, by_server=True)


def _elements(holder: etree._Element, tag: str) -> dict[str, Declared]:
    found = {}
    for each in holder.iterchildren():
        kind = str(each.tag)
        if not kind.startswith(tag) or kind == f"{tag}S":
            continue
        name = each.get("NAME", "")
        reference = "REF" in kind.removeprefix(tag)
        type_ = "reference" if reference else each.get("TYPE", "string")
        array = kind.endswith("ARRAY")
        found[name.lower()] = Declared(name, type_, array, _embedded(each))
    return found


def _embedded(element: etree._Element) -> str:
    """Return "instance", "object" or "", by qualifiers or by the attribute of DSP0201."""
    marked = element.get("EmbeddedObject", "")
    names = {each.get("NAME", "").lower() for each in element.iterchildren("QUALIFIER")}
    if marked or "embeddedinstance" in names or "hypervembeddedinstance" in names:
        return marked or "instance"
    return "object" if "embeddedobject" in names else ""


def from_facts(view: ClassView, name: str) -> Declaration:
    """Return what the class facts say of a class, under the name that the server gives it."""
    return Declaration(
        name,
        {one.lower(): _declared(one, fact) for one, fact in view.properties.items()},
        {
            one.lower(): (
                fact.returns,
                {p.lower(): _declared(p, parameter) for p, parameter in fact.parameters.items()},
            )
            for one, fact in view.methods.items()
        },
    )


def _declared(name: str, fact: Typed) -> Declared:
    embedded = "object" if fact.embedded_object else "instance" if fact.embedded_instance else ""
    return Declared(name, fact.type, fact.array, embedded)


Ask = Callable[[str, str], Declaration | None]
"""Asks the server for a class: namespace, class name; None where it declares none."""


class Declarations:
    """The classes of one server, each asked for once; for several threads."""

    def __init__(self, ask: Ask, facts: Classes) -> None:
        self._ask = ask
        self._facts = facts
        self._known: dict[tuple[str, str], Declaration] = {}
        self._parents: dict[str, str] = {}
        self._lock = threading.Lock()

    def of(self, namespace: str, classname: str) -> Declaration:
        """Return what is known of a class."""
        key = namespace.lower(), classname.lower()
        known = self._known.get(key)
        if known is None:
            known = self._ask(namespace, classname) or self._bundled(classname)
            with self._lock:
                known = self._known.setdefault(key, known)
        return known

    def returned(self, classname: str, asked: str) -> None:
        """Take note that instances of a class came where another one was asked for.

        Where the server does not declare classes, the one that was asked for tells the types.
        """
        folded = classname.lower()
        if folded in self._parents or folded == asked.lower() or classname in self._facts:
            return
        if asked in self._facts:
            self._parents[folded] = asked
            for key in [key for key, one in self._known.items() if key[1] == folded]:
                if not self._known[key].by_server and not self._known[key].properties:
                    del self._known[key]

    def _bundled(self, classname: str) -> Declaration:
        view = self._facts.get(classname) or self._facts.get(
            self._parents.get(classname.lower(), "")
        )
        return Declaration(classname) if view is None else from_facts(view, classname)
