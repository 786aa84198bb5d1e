"""CIM values as XML of the WS-CIM mapping and back, typed by the schema (DSP0230)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone

from lxml import etree

from reference_impl.cimxml.instances import InstanceEncoder
from reference_impl.cimxml.requests import parse_xml
from reference_impl.cimxml.text import escape, writer_of
from reference_impl.cimxml.typing import MAXIMUM_EMBEDDING, ValueReader, scalar_from
from reference_impl.schema import ClassDef, ElementDef, MethodDef, Schema
from reference_impl.values import (
    INVALID_CLASS,
    TYPE_MISMATCH,
    CIMError,
    Instance,
    ObjectName,
    Value,
    format_datetime,
    format_interval,
)
from reference_impl.wsman import names
from reference_impl.wsman.faults import SCHEMA, FaultError
from reference_impl.wsman.resources import (
    Resource,
    read_reference,
    reference_parameters,
    whole_text,
)

_NULL = f"{{{names.XSI}}}nil"
_TYPE = f"{{{names.XSI}}}type"
_CIM_DATETIME = re.compile(r"(\d{14})\.(\d{6})([+-]\d{3})\Z", re.ASCII)
_CIM_INTERVAL = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})\.(\d{6}):000\Z", re.ASCII)
_DURATION = re.compile(
    r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6})\d*)?S)?)?\Z", re.ASCII
)


class Writer:
    """Writes instances and method results."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._cim_xml = InstanceEncoder(schema)

    def instance(self, instance: Instance, resource: Resource, as_class: str = "") -> str:
        """Return an instance as an element of its class.

        `as_class` writes it as one of that class, without what subclasses add.
        """
        found = self._schema.class_named(as_class or instance.classname)
        if found is None:
            raise CIMError(INVALID_CLASS, f"there is no class {as_class or instance.classname}")
        content = self._properties(found, instance, resource)
        uri = escape(resource.uri(found.name))
        return f'<p:{found.name} xmlns:p="{uri}">{content}</p:{found.name}>'

    def result(
        self,
        method: MethodDef,
        outputs: Iterable[tuple[str, Value]],
        value: Value,
        uri: str,
        resource: Resource,
    ) -> str:
        """Return the METHOD_OUTPUT element of a call (DSP0227, clause 9)."""
        parts = []
        for name, one in outputs:
            parameter = method.parameter_named(name)
            if parameter is None or not parameter.is_out:
                raise ValueError(f"{method.name} has no output parameter {name}")
            parts.append(self._element(parameter, one, resource))
        if value is not None:
            parts.append(self._element(ElementDef("ReturnValue", method.returns), value, resource))
        tag = f"p:{method.name}_OUTPUT"
        return f'<{tag} xmlns:p="{escape(uri)}">{"".join(parts)}</{tag}>'

    def _properties(
        self, found: ClassDef, instance: Instance, resource: Resource, prefix: str = "p"
    ) -> str:
        return "".join(
            self._element(prop, instance.values.get(prop.name), resource, prefix)
            for prop in sorted(found.all_properties.values(), key=lambda each: each.name)
        )

    def _element(
        self, element: ElementDef, value: Value, resource: Resource, prefix: str = "p"
    ) -> str:
        if isinstance(value, list):
            return "".join(self._one(element, each, resource, prefix) for each in value)
        if value is None and element.is_array:
            return ""
        return self._one(element, value, resource, prefix)

    def _one(self, element: ElementDef, value: Value, resource: Resource, prefix: str) -> str:
        name = f"{prefix}:{element.name}"
        if value is None:
            return f'<{name} xsi:nil="true"/>'
        if isinstance(value, ObjectName):
            return f"<{name}>{reference_parameters(value, resource)}</{name}>"
        if isinstance(value, Instance):
            return self._embedded(name, value, resource, f"{prefix}q")
        if element.type == "datetime":
            return f"<{name}>{_datetime_element(str(value))}</{name}>"
        if isinstance(value, bool):
            return f"<{name}>{str(value).lower()}</{name}>"
        return f"<{name}>{writer_of(element.type)(value)}</{name}>"

    def _embedded(self, name: str, value: Instance, resource: Resource, prefix: str) -> str:
        """Return an embedded instance: native (DSP0230), or as Windows does, CIM-XML as text.

        What is inside a native one belongs to the namespace of its own class.
        """
        if resource.windows:
            return f"<{name}>{escape(self._cim_xml.instance(value))}</{name}>"
        found = self._schema.class_named(value.classname)
        if found is None:
            raise CIMError(INVALID_CLASS, f"there is no class {value.classname}")
        uri = escape(resource.uri(found.name))
        content = self._properties(found, value, resource, prefix)
        typed = f'xmlns:{prefix}="{uri}" xsi:type="{prefix}:{found.name}_Type"'
        return f"<{name} {typed}>{content}</{name}>"


def _datetime_element(text: str) -> str:
    """Return a CIM datetime as the element that fits it (DSP0230, clause 7.4)."""
    moment = _CIM_DATETIME.match(text)
    if moment:
        minutes = int(moment[3])
        try:
            read = datetime.strptime(moment[1] + moment[2], "%Y%m%d%H%M%S%f")  # noqa: DTZ007
        except ValueError:
            return f"<cim:CIM_DateTime>{escape(text)}</cim:CIM_DateTime>"
        zone = timezone(timedelta(minutes=minutes))
        return f"<cim:Datetime>{read.replace(tzinfo=zone).isoformat()}</cim:Datetime>"
    interval = _CIM_INTERVAL.match(text)
    if interval:
        days, hours, minutes, seconds = (int(part) for part in interval.groups()[:4])
        duration = f"P{days}DT{hours}H{minutes}M{seconds}.{interval[5]}S"
        return f"<cim:Interval>{duration}</cim:Interval>"
    return f"<cim:CIM_DateTime>{escape(text)}</cim:CIM_DateTime>"


class Reader:
    """Reads instances and parameters of one request."""

    def __init__(self, schema: Schema, resource: Resource) -> None:
        self._schema = schema
        self._resource = resource
        self._cim_xml = ValueReader(schema, resource.namespace)

    def instance(self, element: etree._Element, classname: str) -> Instance:
        """Read an instance of a class from the element that holds its properties.

        Raises CIMError INVALID_CLASS, TYPE_MISMATCH, and FaultError SchemaValidationError.
        """
        return self._instance(element, classname, 0)

    def parameters(
        self, element: etree._Element | None
    ) -> list[tuple[str, Callable[[ElementDef], Value]]]:
        """Return the parameters of a METHOD_INPUT by name, each with what reads it by its type."""
        grouped: dict[str, list[etree._Element]] = {}
        for each in element if element is not None else ():
            grouped.setdefault(_local(each), []).append(each)
        return [(name, self._reading(holders)) for name, holders in grouped.items()]

    def _reading(self, holders: list[etree._Element]) -> Callable[[ElementDef], Value]:
        return lambda declared: self._value(declared, holders, 0)

    def _instance(self, element: etree._Element, classname: str, depth: int) -> Instance:
        found = self._schema.class_named(classname)
        if found is None:
            raise CIMError(INVALID_CLASS, f"there is no class {classname}")
        grouped: dict[str, list[etree._Element]] = {}
        for each in element:
            if isinstance(each.tag, str):
                grouped.setdefault(_local(each), []).append(each)
        instance = Instance(found.name)
        for name, holders in grouped.items():
            prop = found.property_named(name)
            if prop is None:
                raise FaultError(SCHEMA, f"{found.name} has no property {name}")
            try:
                value = self._value(prop, holders, depth)
            except ValueError as error:
                raise CIMError(TYPE_MISMATCH, f"{found.name}.{prop.name}: {error}") from error
            if value is not None:
                instance.values[prop.name] = value
        return instance

    def _value(self, declared: ElementDef, holders: list[etree._Element], depth: int) -> Value:
        """Read one value from its elements. Raises ValueError and what is embedded raises."""
        values = [self._one(declared, each, depth) for each in holders]
        if declared.is_array:
            return None if values == [None] else values
        if len(values) > 1:
            raise ValueError(f"expected one value, found {len(values)}")
        return values[0]

    def _one(self, declared: ElementDef, holder: etree._Element, depth: int) -> Value:
        if holder.get(_NULL, "").strip().lower() in ("true", "1"):
            return None
        if declared.type == "reference":
            return read_reference(self._schema, holder, self._resource.namespace)
        if declared.embedded is not None:
            return self._embedded(declared, holder, depth)
        if declared.type == "datetime":
            return _datetime_text(holder)
        if len(holder):
            raise ValueError(f"expected a value of {declared.type}, found elements")
        return scalar_from(holder.text or "", declared.type)

    def _embedded(self, declared: ElementDef, holder: etree._Element, depth: int) -> Value:
        if depth >= MAXIMUM_EMBEDDING:
            raise ValueError(f"instances are embedded more than {MAXIMUM_EMBEDDING} deep")
        if len(holder):
            instance = self._instance(holder, _embedded_class(declared, holder), depth + 1)
        else:
            instance = self._cim_xml.instance(parse_xml((holder.text or "").strip()), depth + 1)
        wanted = declared.embedded or ""
        if wanted != "object" and not self._schema.is_a(instance.classname, wanted):
            raise ValueError(f"expected a {wanted}, found a {instance.classname}")
        return instance


def _embedded_class(declared: ElementDef, holder: etree._Element) -> str:
    """Return the class of a native embedded instance: its xsi:type, its namespace, or as declared.

    Raises ValueError when an embedded object does not tell.
    """
    typed = holder.get(_TYPE, "").rpartition(":")[2].removesuffix("_Type")
    if typed:
        return typed
    namespace = etree.QName(holder[0]).namespace or ""
    if namespace.startswith((names.CLASS, names.WINDOWS)):
        return namespace.rpartition("/")[2]
    if declared.embedded == "object":
        raise ValueError("expected xsi:type with the class of the embedded object")
    return declared.embedded or ""


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def read_duration(text: str) -> timedelta | None:
    """Read a duration of XML Schema without years and months; None for what is none."""
    duration = _DURATION.match(text)
    if duration is None or not any(duration.groups()):
        return None
    days, hours, minutes, seconds, fraction = duration.groups()
    try:
        return timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int((fraction or "").ljust(6, "0")),
        )
    except OverflowError:
        return None


def _datetime_text(holder: etree._Element) -> str:
    """Return a CIM datetime from any of the forms that clients send. Raises ValueError."""
    text = whole_text(holder)
    try:
        return str(scalar_from(text, "datetime"))
    except ValueError:
        pass
    duration = read_duration(text)
    if duration is not None:
        return format_interval(duration)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expected a datetime, found {text[:40]!r}") from error
    return format_datetime(moment)
