"""CIM values read from text and elements, typed by the schema rather than by the client."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from reference_impl.cimxml.requests import parse_xml
from reference_impl.schema import ClassDef, ElementDef, Schema
from reference_impl.values import (
    INVALID_CLASS,
    INVALID_PARAMETER,
    NO_SUCH_PROPERTY,
    TYPE_MISMATCH,
    CIMError,
    Instance,
    ObjectName,
    Value,
)

#: Instances may be embedded in embedded instances this deep, and no deeper.
MAXIMUM_EMBEDDING = 8

_INTEGER = re.compile(r"[+-]?(\d+|0[xX][0-9a-fA-F]+)\Z", re.ASCII)
_DATETIME = re.compile(r"[\d*]{14}\.[\d*]{6}([+-]\d{3}|:000)\Z", re.ASCII)


def boolean_from(text: str) -> bool:
    """Read TRUE or FALSE in any case. Raises ValueError."""
    folded = text.strip().lower()
    if folded not in ("true", "false"):
        raise ValueError(f"expected TRUE or FALSE, found {text[:40]!r}")
    return folded == "true"


def integer_from(text: str, cim_type: str) -> int:
    """Read an integer of a CIM type, decimal or hexadecimal. Raises ValueError."""
    stripped = text.strip()
    if not _INTEGER.match(stripped):
        raise ValueError(f"expected a value of {cim_type}, found {text[:40]!r}")
    number = int(stripped, 16 if "x" in stripped.lower() else 10)
    bits = int(cim_type.removeprefix("uint").removeprefix("sint"))
    low, high = (0, 2**bits) if cim_type[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise ValueError(f"{number} is out of the range of {cim_type}")
    return number


def _datetime_from(text: str) -> str:
    if not _DATETIME.match(text):
        raise ValueError(f"expected a datetime of 25 characters, found {text[:40]!r}")
    return text


def _char_from(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f"expected one character, found {len(text)}")
    return text


def scalar_from(text: str, cim_type: str) -> Value:
    """Read one value of a CIM type other than reference. Raises ValueError."""
    if cim_type == "boolean":
        return boolean_from(text)
    if cim_type.startswith(("uint", "sint")):
        return integer_from(text, cim_type)
    readers: dict[str, Callable[[str], Value]] = {
        "real32": float,
        "real64": float,
        "datetime": _datetime_from,
        "char16": _char_from,
    }
    return readers.get(cim_type, str)(text)


class ValueReader:
    """Reads paths, instances and parameter values of one request's namespace."""

    def __init__(self, schema: Schema, namespace: str) -> None:
        self._schema = schema
        self._namespace = namespace

    def path(self, element: etree._Element) -> ObjectName:
        """Read any instance or class path element; a class path has no keys.

        The host of a full path is not looked at. Raises CIMError INVALID_PARAMETER.
        """
        children = list(element)
        match element.tag:
            case "INSTANCENAME":
                return self._instance_name(element, self._namespace)
            case "CLASSNAME":
                return ObjectName(self._namespace, element.get("NAME", ""))
            case "LOCALINSTANCEPATH" | "LOCALCLASSPATH" if len(children) == 2:
                return self._local_path(children[0], children[1])
            case "INSTANCEPATH" | "CLASSPATH" if len(children) == 2 and len(children[0]) == 2:
                return self._local_path(children[0][1], children[1])
        raise CIMError(INVALID_PARAMETER, f"expected an object path, found {element.tag}")

    def _local_path(self, namespace: etree._Element, name: etree._Element) -> ObjectName:
        spelled = namespace_from(namespace)
        if name.tag == "CLASSNAME":
            return ObjectName(spelled, name.get("NAME", ""))
        return self._instance_name(name, spelled)

    def _instance_name(self, element: etree._Element, namespace: str) -> ObjectName:
        classname = element.get("CLASSNAME", "")
        found = self._schema.class_named(classname)
        keys = []
        for child in element:
            if child.tag == "KEYBINDING" and len(child) == 1:
                name, holder = child.get("NAME", ""), child[0]
            else:
                name, holder = _only_key(found), child
            keys.append(self._key(found, name, holder))
        return ObjectName(namespace, classname, keys)

    def _key(self, found: ClassDef | None, name: str, holder: etree._Element) -> tuple[str, Value]:
        prop = found.property_named(name) if found is not None else None
        spelling = prop.name if prop is not None else name
        if holder.tag == "VALUE.REFERENCE" and len(holder) == 1:
            return spelling, self.path(holder[0])
        if holder.tag != "KEYVALUE":
            raise CIMError(INVALID_PARAMETER, f"key {name}: expected KEYVALUE, found {holder.tag}")
        text = holder.text or ""
        try:
            return spelling, scalar_from(text, prop.type if prop is not None else "string")
        except ValueError:
            return spelling, text  # no instance has such a key: the operation will not find it

    def instance(self, element: etree._Element, depth: int = 0) -> Instance:
        """Read an INSTANCE element; NULL properties are missing in the result.

        Raises CIMError: INVALID_CLASS, NO_SUCH_PROPERTY, TYPE_MISMATCH, INVALID_PARAMETER.
        """
        if element.tag != "INSTANCE":
            raise CIMError(INVALID_PARAMETER, f"expected INSTANCE, found {element.tag}")
        classname = element.get("CLASSNAME", "")
        found = self._schema.class_named(classname)
        if found is None:
            raise CIMError(INVALID_CLASS, f"there is no class {classname}")
        instance = Instance(found.name)
        for child in element:
            if child.tag == "QUALIFIER":
                continue
            name = child.get("NAME", "")
            prop = found.property_named(name)
            if prop is None:
                raise CIMError(NO_SUCH_PROPERTY, f"{found.name} has no property {name}")
            value = self._property(found, prop, child, depth)
            if value is not None:
                instance.values[prop.name] = value
        return instance

    def _property(
        self, found: ClassDef, prop: ElementDef, child: etree._Element, depth: int
    ) -> Value:
        try:
            return self.value(prop, [c for c in child if c.tag != "QUALIFIER"], depth)
        except ValueError as error:
            raise CIMError(TYPE_MISMATCH, f"{found.name}.{prop.name}: {error}") from error

    def value(self, element: ElementDef, holders: list[etree._Element], depth: int = 0) -> Value:
        """Read the value of a property or parameter from its VALUE... elements (none: NULL).

        Raises ValueError, saying what was expected, and CIMError for what is embedded.
        """
        if not holders:
            return None
        if len(holders) > 1:
            raise ValueError(f"expected one value, found {len(holders)} elements")
        holder = holders[0]
        if element.type == "reference":
            return self._reference(element, holder)
        if not element.is_array:
            _expect(holder, "VALUE")
            return self._scalar(element, holder.text or "", depth)
        _expect(holder, "VALUE.ARRAY")
        return [
            None if each.tag == "VALUE.NULL" else self._scalar(element, each.text or "", depth)
            for each in holder
        ]

    def _reference(self, element: ElementDef, holder: etree._Element) -> Value:
        if element.is_array:
            _expect(holder, "VALUE.REFARRAY")
            return [self.path(each[0]) for each in holder if len(each) == 1]
        if holder.tag == "VALUE.REFERENCE" and len(holder) == 1:
            holder = holder[0]
        return self.path(holder)

    def _scalar(self, element: ElementDef, text: str, depth: int) -> Value:
        if element.embedded is None:
            return scalar_from(text, element.type)
        if depth >= MAXIMUM_EMBEDDING:
            raise ValueError(f"instances are embedded more than {MAXIMUM_EMBEDDING} deep")
        root = parse_xml(text)
        if root.tag != "INSTANCE":
            raise ValueError(f"expected an embedded INSTANCE, found {root.tag}")
        instance = self.instance(root, depth + 1)
        if element.embedded != "object" and not self._schema.is_a(
            instance.classname, element.embedded
        ):
            raise ValueError(f"expected a {element.embedded}, found a {instance.classname}")
        return instance


def _only_key(found: ClassDef | None) -> str:
    """Return the key that an unnamed key value belongs to (DSP0201: only with a single key)."""
    keys = found.key_properties if found is not None else ()
    return keys[0].name if len(keys) == 1 else ""


def _expect(holder: etree._Element, tag: str) -> None:
    if holder.tag != tag:
        raise ValueError(f"expected {tag}, found {holder.tag}")


def namespace_from(element: etree._Element) -> str:
    """Read a LOCALNAMESPACEPATH."""
    return "/".join(each.get("NAME", "") for each in element)
