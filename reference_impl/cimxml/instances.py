"""Instances and typed values as CIM-XML.

Each class gets a list of property writers once; a whole instance is encoded once until the
repository changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reference_impl.cimxml.paths import reference
from reference_impl.cimxml.text import escape, writer_of
from reference_impl.schema import ClassDef, ElementDef, PropertyDef, Schema
from reference_impl.values import Instance, Value

_Write = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of an instance is returned: folded property names (None: all), class origins."""

    properties: frozenset[str] | None = None
    class_origin: bool = False

    def shows(self, name: str) -> bool:
        """Whether a property is returned."""
        return self.properties is None or name.lower() in self.properties


WHOLE = Shape()


class InstanceEncoder:
    """Encodes instances by the classes of one schema. Keeps writers by class and shape."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._writers: dict[tuple[ClassDef, bool], list[tuple[str, str, _Write]]] = {}

    def instance(self, instance: Instance, shape: Shape = WHOLE) -> str:
        """Return the INSTANCE element."""
        if shape is not WHOLE:
            return self._encoded(instance, shape)
        cached = instance.cache
        if cached is not None and cached[0] is instance.values:
            return cached[1]
        values = instance.values
        fragment = self._encoded(instance, shape)
        instance.cache = (values, fragment)
        return fragment

    def value(self, element: ElementDef, value: Value) -> str:
        """Return the element that holds a value: VALUE, VALUE.ARRAY, VALUE.REFERENCE, ..."""
        return _content(element, self._text(element))(value)

    def _encoded(self, instance: Instance, shape: Shape) -> str:
        values = instance.values
        parts = [f'<INSTANCE CLASSNAME="{escape(instance.classname)}">']
        for name, null, write in self._class_writers(instance.classname, shape.class_origin):
            if shape is WHOLE or shape.shows(name):
                value = values.get(name)
                parts.append(null if value is None else write(value))
        parts.append("</INSTANCE>")
        return "".join(parts)

    def _class_writers(
        self, classname: str, class_origin: bool
    ) -> Iterable[tuple[str, str, _Write]]:
        found = self._schema.class_named(classname)
        if found is None:
            return ()
        writers = self._writers.get((found, class_origin))
        if writers is None:
            writers = [
                (prop.name, *self._property_writer(prop, class_origin))
                for prop in found.all_properties.values()
            ]
            self._writers[found, class_origin] = writers
        return writers

    def _property_writer(self, prop: PropertyDef, class_origin: bool) -> tuple[str, _Write]:
        """Return what a NULL property looks like, and the function that writes another value."""
        tag, attributes = property_head(prop)
        if class_origin:
            attributes += f' CLASSORIGIN="{escape(prop.class_origin)}"'
        content = _content(prop, self._text(prop))
        start, end = f"<{tag}{attributes}>", f"</{tag}>"
        # NULL has an end tag too, and does not say what would be embedded: there are clients
        # that can read neither.
        null = start.replace(embedded_attribute(prop), "") + end
        return null, lambda value: start + content(value) + end

    def _text(self, element: ElementDef) -> _Write:
        if element.embedded is None:
            return writer_of(element.type)
        return lambda value: (
            escape(self.instance(value)) if isinstance(value, Instance) else escape(str(value))
        )


def property_head(prop: PropertyDef) -> tuple[str, str]:
    """Return the tag and the attributes of the element of a property, without class origin."""
    name = f' NAME="{escape(prop.name)}"'
    if prop.type == "reference":
        return "PROPERTY.REFERENCE", f'{name} REFERENCECLASS="{prop.reference_class}"'
    tag = "PROPERTY.ARRAY" if prop.is_array else "PROPERTY"
    return tag, f'{name} TYPE="{prop.type}"{embedded_attribute(prop)}'


def embedded_attribute(element: ElementDef) -> str:
    """Return the EmbeddedObject attribute, or nothing."""
    if element.embedded is None:
        return ""
    kind = "object" if element.embedded == "object" else "instance"
    return f' EmbeddedObject="{kind}"'


def _content(element: ElementDef, text: _Write) -> _Write:
    if element.type == "reference" and element.is_array:
        return lambda value: f"<VALUE.REFARRAY>{''.join(map(reference, value))}</VALUE.REFARRAY>"
    if element.type == "reference":
        return reference
    if not element.is_array:
        return lambda value: f"<VALUE>{text(value)}</VALUE>"

    def array(values: Value) -> str:
        items = ("<VALUE.NULL/>" if v is None else f"<VALUE>{text(v)}</VALUE>" for v in values)
        return f"<VALUE.ARRAY>{''.join(items)}</VALUE.ARRAY>"

    return array
