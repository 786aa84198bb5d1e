"""Parameters of the intrinsic operations: what each may be, and how it is read (DSP0200)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml.etree import _Element

from reference_impl.cimxml.typing import ValueReader, boolean_from, integer_from
from reference_impl.values import (
    INVALID_PARAMETER,
    NO_SUCH_PROPERTY,
    TYPE_MISMATCH,
    CIMError,
    Instance,
    ObjectName,
)

_Read = Callable[[ValueReader, _Element], Any]


def _text(_reader: ValueReader, holder: _Element) -> str:
    _expect(holder, "VALUE")
    return holder.text or ""


def _boolean(_reader: ValueReader, holder: _Element) -> bool:
    _expect(holder, "VALUE")
    return boolean_from(holder.text or "")


def _uint32(_reader: ValueReader, holder: _Element) -> int:
    _expect(holder, "VALUE")
    return integer_from(holder.text or "", "uint32")


def _names(_reader: ValueReader, holder: _Element) -> list[str]:
    _expect(holder, "VALUE.ARRAY")
    return [each.text or "" for each in holder]


def _class_name(_reader: ValueReader, holder: _Element) -> str:
    _expect(holder, "CLASSNAME")
    return holder.get("NAME", "")


def _instance_name(reader: ValueReader, holder: _Element) -> ObjectName:
    _expect(holder, "INSTANCENAME")
    return reader.path(holder)


def _object_name(reader: ValueReader, holder: _Element) -> ObjectName | str:
    if holder.tag == "CLASSNAME":
        return _class_name(reader, holder)
    return _instance_name(reader, holder)


def _instance(reader: ValueReader, holder: _Element) -> Instance:
    """Read a new instance, whose slips are those of a parameter (DSP0200, clause 5.3.2.6)."""
    try:
        return reader.instance(holder)
    except CIMError as error:
        if error.status in (NO_SUCH_PROPERTY, TYPE_MISMATCH):
            raise CIMError(INVALID_PARAMETER, error.description) from error
        raise


def _named_instance(reader: ValueReader, holder: _Element) -> Instance:
    _expect(holder, "VALUE.NAMEDINSTANCE")
    if [each.tag for each in holder] != ["INSTANCENAME", "INSTANCE"]:
        raise ValueError(f"expected INSTANCENAME and INSTANCE in {holder.tag}")
    instance = reader.instance(holder[1])
    instance.name = reader.path(holder[0])
    return instance


def _expect(holder: _Element, tag: str) -> None:
    if holder.tag != tag:
        raise ValueError(f"expected {tag}, found {holder.tag}")


_READERS: dict[str, _Read] = {
    "AssocClass": _class_name,
    "ClassName": _class_name,
    "ContinueOnError": _boolean,
    "DeepInheritance": _boolean,
    "EnumerationContext": _text,
    "FilterQuery": _text,
    "FilterQueryLanguage": _text,
    "IncludeClassOrigin": _boolean,
    "IncludeQualifiers": _boolean,
    "InstanceName": _instance_name,
    "LocalOnly": _boolean,
    "MaxObjectCount": _uint32,
    "ModifiedInstance": _named_instance,
    "NewInstance": _instance,
    "ObjectName": _object_name,
    "OperationTimeout": _uint32,
    "PropertyList": _names,
    "QualifierName": _text,
    "Query": _text,
    "QueryLanguage": _text,
    "ResultClass": _class_name,
    "ResultRole": _text,
    "ReturnQueryResultClass": _boolean,
    "Role": _text,
}


def read_parameters(
    given: tuple[tuple[str, _Element], ...],
    allowed: Mapping[str, bool],
    reader: ValueReader,
) -> dict[str, Any]:
    """Read the parameters of one operation; `allowed` maps each name to whether it is required.

    A NULL parameter is missing from the result. Raises CIMError INVALID_PARAMETER for a name
    that is unknown, given twice or missing, and for a value of the wrong kind.
    """
    parameters: dict[str, Any] = {}
    seen = set()
    for given_name, element in given:
        name = given_name if given_name in allowed else _spelled(given_name, allowed)
        if name is None or name in seen:
            problem = "is unknown" if name is None else "is given twice"
            raise CIMError(INVALID_PARAMETER, f"the parameter {given_name} {problem}")
        seen.add(name)
        if len(element):
            parameters[name] = _read(name, element[0], reader)
    for name, required in allowed.items():
        if required and name not in parameters:
            raise CIMError(INVALID_PARAMETER, f"the parameter {name} is missing")
    return parameters


def _spelled(given: str, allowed: Mapping[str, bool]) -> str | None:
    return next((name for name in allowed if name.lower() == given.lower()), None)


def _read(name: str, holder: _Element, reader: ValueReader) -> Any:
    try:
        return _READERS[name](reader, holder)
    except ValueError as error:
        raise CIMError(INVALID_PARAMETER, f"the parameter {name}: {error}") from error
