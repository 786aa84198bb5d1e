"""Classes as CIM-XML (DSP0201, clause 5.3.2), each encoded once for each way of asking."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.cimxml.instances import embedded_attribute, property_head
from reference_impl.cimxml.qualifiers import class_qualifiers, element_qualifiers
from reference_impl.cimxml.text import escape, writer_of
from reference_impl.schema import ClassDef, ElementDef, MethodDef, ParameterDef, PropertyDef


@dataclass(frozen=True, slots=True)
class ClassShape:
    """How much of a class is returned (DSP0200, clause 5.3.2.1); properties are folded names."""

    local_only: bool = True
    qualifiers: bool = True
    class_origin: bool = False
    properties: frozenset[str] | None = None


class ClassEncoder:
    """Encodes classes; keeps what it encoded, except for answers to a property list."""

    def __init__(self) -> None:
        self._cache: dict[tuple[ClassDef, ClassShape], str] = {}

    def class_(self, found: ClassDef, shape: ClassShape) -> str:
        """Return the CLASS element."""
        if shape.properties is not None:
            return _class(found, shape)
        cached = self._cache.get((found, shape))
        if cached is None:
            cached = self._cache[found, shape] = _class(found, shape)
        return cached


def _class(found: ClassDef, shape: ClassShape) -> str:
    superclass = f' SUPERCLASS="{escape(found.superclass)}"' if found.superclass else ""
    return "".join(
        (
            f'<CLASS NAME="{escape(found.name)}"{superclass}>',
            class_qualifiers(found) if shape.qualifiers else "",
            *(_property(p, found, shape) for p in found.all_properties.values()),
            *(_method(m, found, shape) for m in found.all_methods.values()),
            "</CLASS>",
        )
    )


def _property(prop: PropertyDef, found: ClassDef, shape: ClassShape) -> str:
    own = prop.declared_in == found.name
    left_out = shape.properties is not None and prop.name.lower() not in shape.properties
    if left_out or (shape.local_only and not own):
        return ""
    tag, attributes = property_head(prop)
    if prop.is_array:  # a qualifier says so too, and not every client knows the attribute here
        attributes = attributes.replace(embedded_attribute(prop), "")
    attributes += _origin(prop, shape) + ("" if own else ' PROPAGATED="true"')
    content = element_qualifiers(prop, propagated=not own) if shape.qualifiers else ""
    return f"<{tag}{attributes}>{content}{_default(prop)}</{tag}>"


def _default(prop: PropertyDef) -> str:
    if prop.default is None or prop.type == "reference":
        return ""
    write = writer_of(prop.type)
    if not prop.is_array:
        return f"<VALUE>{write(prop.default)}</VALUE>"
    items = "".join(f"<VALUE>{write(each)}</VALUE>" for each in prop.default)
    return f"<VALUE.ARRAY>{items}</VALUE.ARRAY>"


def _method(method: MethodDef, found: ClassDef, shape: ClassShape) -> str:
    own = method.declared_in == found.name
    if shape.local_only and not own:
        return ""
    attributes = f' NAME="{escape(method.name)}" TYPE="{method.returns}"{_origin(method, shape)}'
    content = element_qualifiers(method, propagated=not own) if shape.qualifiers else ""
    parameters = "".join(_parameter(p, shape) for p in method.parameters.values())
    propagated = "" if own else ' PROPAGATED="true"'
    return f"<METHOD{attributes}{propagated}>{content}{parameters}</METHOD>"


def _parameter(parameter: ParameterDef, shape: ClassShape) -> str:
    tag = _parameter_tag(parameter)
    name = f' NAME="{escape(parameter.name)}"'
    if parameter.type == "reference":
        attributes = f'{name} REFERENCECLASS="{parameter.reference_class}"'
    else:
        attributes = f'{name} TYPE="{parameter.type}"'
    content = element_qualifiers(parameter, propagated=False) if shape.qualifiers else ""
    return f"<{tag}{attributes}>{content}</{tag}>"


def _parameter_tag(parameter: ElementDef) -> str:
    if parameter.type == "reference":
        return "PARAMETER.REFARRAY" if parameter.is_array else "PARAMETER.REFERENCE"
    return "PARAMETER.ARRAY" if parameter.is_array else "PARAMETER"


def _origin(element: PropertyDef | MethodDef, shape: ClassShape) -> str:
    return f' CLASSORIGIN="{escape(element.class_origin)}"' if shape.class_origin else ""
