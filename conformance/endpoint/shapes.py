"""The structure of objects in CIM-XML, learned once and reused for every object of that form.

A server writes the thousand instances of one class in one form: only the texts differ. A *shape*
is such a form with its texts taken out and numbered (*holes*). It is checked element by element
against the grammar of DSP0203 when it is first met; building a further object is a matter of
putting texts into their places.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lxml import etree

from conformance.cim import Instance, Layout, Path, PropertySlot
from conformance.endpoint.envelope import UnreadableError, attribute, children, element_of
from conformance.endpoint.literals import READERS, Convert, key_reader

MARK = "\ue000"
"""Precedes the number of a hole in the text that a shape is learned from."""

_HOLE = re.compile(MARK + "([0-9]+)")

Texts = list[str]
Make = Callable[[Texts], Any]


class MisplacedHoleError(Exception):
    """A hole that is not the whole text of a value, such as one inside a CDATA section."""


class PathShape(NamedTuple):
    """The form of an instance path: its names, and where each key value comes from.

    Where the keys are plain texts in the holes `first` up to `last`, paths that were built are
    kept in `known` by these texts: each object is named many times by its associations.
    """

    namespace: str
    classname: str
    keys: tuple[tuple[str, Make], ...]
    first: int = 0
    last: int = 0
    known: dict[tuple[str, ...], Path] | None = None

    def build(self, texts: Texts) -> Path:
        """Return the path with these key values."""
        if self.known is None:
            return self._built(texts)
        wanted = tuple(texts[self.first : self.last])
        path = self.known.get(wanted)
        if path is None:
            path = self.known[wanted] = self._built(texts)
        return path

    def _built(self, texts: Texts) -> Path:
        keys = [(name, make(texts)) for name, make in self.keys]
        return Path(self.namespace, self.classname, keys)


class InstanceShape(NamedTuple):
    """The form of an instance: where each value comes from, strings and other types apart."""

    layout: Layout
    path: PathShape | None
    strings: tuple[tuple[int, int], ...]
    typed: tuple[tuple[int, int, Convert], ...]
    made: tuple[tuple[int, Make], ...]

    def build(self, texts: Texts) -> Instance:
        """Return the instance with these values."""
        values: list[Any] = [None] * len(self.layout.slots)
        for position, hole in self.strings:
            values[position] = texts[hole]
        for position, hole, read in self.typed:
            values[position] = read(texts[hole])
        for position, make in self.made:
            values[position] = make(texts)
        path = None if self.path is None else self.path.build(texts)
        return Instance(path, self.layout, values)


class Memory:
    """What readings of one server have in common: layouts and paths, each kept once."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[str, tuple[PropertySlot, ...]], Layout] = {}
        self._paths: dict[tuple[object, ...], dict[tuple[str, ...], Path]] = {}

    def layout(self, classname: str, slots: tuple[PropertySlot, ...]) -> Layout:
        """Return the one layout of a class name and its slots."""
        return self._layouts.setdefault((classname, slots), Layout(classname, slots))

    def paths(self, *form: object) -> dict[tuple[str, ...], Path]:
        """Return the paths known so far of one namespace, class and kind of keys."""
        return self._paths.setdefault(form, {})

    def paths_kept(self) -> int:
        """Return how many paths are kept."""
        return sum(map(len, self._paths.values()))


class Lesson:
    """Reads the shape of one object out of an element whose texts are numbered holes."""

    def __init__(self, namespace: str, memory: Memory, embedded: Convert) -> None:
        """Read names without a namespace as of `namespace`, embedded objects by `embedded`."""
        self._namespace = namespace
        self._memory = memory
        self._embedded = embedded
        self._used: list[int] = []

    def learn(self, element: etree._Element, holes: int) -> InstanceShape | PathShape:
        """Return the shape of an object element (VALUE.NAMEDINSTANCE, OBJECTPATH, ...).

        Raise UnreadableError where DSP0203 does not allow what is there, MisplacedHoleError when
        one of the holes is no value of the object.
        """
        shape = self._record(element)
        if sorted(self._used) != list(range(holes)):
            raise MisplacedHoleError
        return shape

    def _record(self, element: etree._Element) -> InstanceShape | PathShape:
        if element.tag in PATH_RECORDS:
            inner = (
                children(element, fewest=1, most=1)[0] if element.tag == OBJECT_PATH else element
            )
            return self._path(element_of(inner, *PATHS))
        if element.tag == "INSTANCE":
            return self._instance(element, None)
        path, instance = children(element, fewest=2, most=2)
        return self._instance(
            element_of(instance, "INSTANCE"), self._path(element_of(path, *PATHS))
        )

    def _path(self, element: etree._Element) -> PathShape:
        if element.tag in {"INSTANCENAME", "CLASSNAME"}:
            return self._name(element, self._namespace)
        place, name = children(element, fewest=2, most=2)
        if element.tag in {"INSTANCEPATH", "CLASSPATH"}:
            host, place = children(element_of(place, "NAMESPACEPATH"), fewest=2, most=2)
            element_of(host, "HOST")
        names = children(element_of(place, "LOCALNAMESPACEPATH"), fewest=1)
        steps = (attribute(element_of(step, "NAMESPACE"), "NAME") for step in names)
        return self._name(name, "/".join(step.strip("/") for step in steps))

    def _name(self, element: etree._Element, namespace: str) -> PathShape:
        if element_of(element, "INSTANCENAME", "CLASSNAME").tag == "CLASSNAME":
            return PathShape(namespace, attribute(element, "NAME"), ())
        classname = attribute(element, "CLASSNAME")
        bindings = children(element)
        if bindings and bindings[0].tag != "KEYBINDING":
            keys = [("", *self._key(element))]
        else:
            keys = [self._binding(binding) for binding in bindings]
        makers = tuple((name, make) for name, make, _ in keys)
        forms = [form for _, _, form in keys]
        if not forms or None in forms:
            return PathShape(namespace, classname, makers)
        first = self._used[-len(forms)]
        known = self._memory.paths(namespace, classname, *forms, *(name for name, _, _ in keys))
        return PathShape(namespace, classname, makers, first, first + len(forms), known)

    def _binding(self, element: etree._Element) -> tuple[str, Make, Form]:
        name = attribute(element_of(element, "KEYBINDING"), "NAME")
        return (name, *self._key(element))

    def _key(self, parent: etree._Element) -> tuple[Make, Form]:
        """Return how the one key value inside an element is made, and its form when plain."""
        element = element_of(children(parent, fewest=1, most=1)[0], "KEYVALUE", "VALUE.REFERENCE")
        if element.tag == "VALUE.REFERENCE":
            return self._reference(element).build, None
        form = (element.get("VALUETYPE", "string"), element.get("TYPE", ""))
        try:
            read = key_reader(*form)
        except KeyError:
            raise UnreadableError(f"expected a CIM type of a key, found {form}") from None
        leaf = self._leaf(element)
        return _maker(leaf, read), None if isinstance(leaf, str) else form

    def _reference(self, element: etree._Element) -> PathShape:
        inner = children(element, fewest=1, most=1)[0]
        return self._path(element_of(inner, *PATHS, *CLASS_PATHS))

    def _instance(self, element: etree._Element, path: PathShape | None) -> InstanceShape:
        slots: list[PropertySlot] = []
        strings: list[tuple[int, int]] = []
        typed: list[tuple[int, int, Convert]] = []
        made: list[tuple[int, Make]] = []
        for child in self._without_qualifiers(element):
            slot = _slot(child)
            source = self._source(child, slot)
            position = len(slots)
            slots.append(slot)
            if isinstance(source, int) and slot.type == "string" and not slot.embedded:
                strings.append((position, source))
            elif isinstance(source, int):
                typed.append((position, source, self._reader(slot)))
            elif source is not None:
                made.append((position, source))
        layout = self._memory.layout(attribute(element, "CLASSNAME"), tuple(slots))
        return InstanceShape(layout, path, tuple(strings), tuple(typed), tuple(made))

    def _without_qualifiers(self, element: etree._Element) -> Iterable[etree._Element]:
        """Return the children of an element; qualifiers of instances mean nothing any more."""
        for child in children(element):
            if child.tag != "QUALIFIER":
                yield child
                continue
            for text in child.itertext():
                self._used.extend(int(hole) for hole in _HOLE.findall(str(text)))

    def _source(self, element: etree._Element, slot: PropertySlot) -> int | Make | None:
        """Return the hole of a value, how it is made when it is not plain, or None for NULL."""
        content = list(self._without_qualifiers(element))
        if not content:
            return None
        if len(content) > 1:
            raise UnreadableError(f"expected one value of {slot.name}, found {len(content)}")
        if slot.type == "reference":
            return self._reference(element_of(content[0], "VALUE.REFERENCE")).build
        if slot.is_array:
            return self._array(element_of(content[0], "VALUE.ARRAY"), self._reader(slot))
        leaf = self._leaf(element_of(content[0], "VALUE"))
        return _maker(leaf, self._reader(slot)) if isinstance(leaf, str) else leaf

    def _array(self, element: etree._Element, read: Convert) -> Make:
        makers = []
        for item in children(element):
            if element_of(item, "VALUE", "VALUE.NULL").tag == "VALUE":
                makers.append(_maker(self._leaf(item), read))
            else:
                children(item, most=0)
                makers.append(_null)
        return lambda texts: [make(texts) for make in makers]

    def _leaf(self, element: etree._Element) -> int | str:
        """Return the hole that is the text of an element, or the text itself."""
        if len(element):
            raise UnreadableError(f"expected text in {element.tag}, found {element[0].tag}")
        text = element.text or ""
        hole = _HOLE.fullmatch(text)
        if hole:
            self._used.append(int(hole.group(1)))
            return self._used[-1]
        if MARK in text:
            raise MisplacedHoleError
        return text

    def _reader(self, slot: PropertySlot) -> Convert:
        return self._embedded if slot.embedded else READERS[slot.type]


Form = tuple[str, str] | None
OBJECT_PATH = "OBJECTPATH"
PATHS = ("INSTANCENAME", "INSTANCEPATH", "LOCALINSTANCEPATH")
CLASS_PATHS = ("CLASSNAME", "CLASSPATH", "LOCALCLASSPATH")
PATH_RECORDS = {*PATHS, OBJECT_PATH}


def _maker(leaf: int | str, read: Convert) -> Make:
    if isinstance(leaf, str):
        value = read(leaf)
        return functools.partial(_constant, value)
    return lambda texts: read(texts[leaf])


def _constant(value: object, texts: Texts) -> object:
    del texts
    return value


def _null(texts: Texts) -> None:
    del texts


def _slot(element: etree._Element) -> PropertySlot:
    """Return the name, type and marks of a property element."""
    tag = element_of(element, "PROPERTY", "PROPERTY.ARRAY", "PROPERTY.REFERENCE").tag
    name = attribute(element, "NAME")
    if tag == "PROPERTY.REFERENCE":
        return PropertySlot(name, "reference")
    type_ = attribute(element, "TYPE")
    if type_ not in READERS:
        raise UnreadableError(f"expected a CIM type of property {name}, found {type_!r}")
    marks = {str(key).lower(): str(value).lower() for key, value in element.items()}
    embedded = marks.get("embeddedobject", "") if type_ == "string" else ""
    return PropertySlot(name, type_, tag == "PROPERTY.ARRAY", embedded)
