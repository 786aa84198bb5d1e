"""Extrinsic methods: the call typed by the schema, the handler found, the result written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from lxml.etree import _Element

from reference_impl.cimxml.instances import InstanceEncoder, embedded_attribute
from reference_impl.cimxml.replies import output
from reference_impl.cimxml.typing import ValueReader
from reference_impl.operations.calls import MethodCall, MethodHandler, MethodResult
from reference_impl.operations.reading import existing_class, existing_instance
from reference_impl.operations.tables import FoldedTable
from reference_impl.repository import Repository
from reference_impl.schema import ClassDef, ElementDef, MethodDef
from reference_impl.values import (
    INVALID_PARAMETER,
    METHOD_NOT_AVAILABLE,
    METHOD_NOT_FOUND,
    CIMError,
    ObjectName,
    Value,
)

#: Reads one parameter by its declaration; raises ValueError or CIMError.
ReadParameter = Callable[[ElementDef], Value]

Handlers = FoldedTable[tuple[str, str], MethodHandler]


def target_class(repository: Repository, target: ObjectName) -> ClassDef:
    """Return the class of the target of a call, which must exist.

    Raises CIMError: INVALID_CLASS, INVALID_PARAMETER, NOT_FOUND.
    """
    if target.keys:
        return existing_class(repository.schema, existing_instance(repository, target).classname)
    return existing_class(repository.schema, target.classname)


def method_call(
    found: ClassDef,
    target: ObjectName,
    name: str,
    given: Iterable[tuple[str, ReadParameter]],
) -> MethodCall:
    """Read a call of a method; each parameter given comes with what reads it by its type.

    Raises CIMError: METHOD_NOT_FOUND, INVALID_PARAMETER for parameters that are unknown, given
    twice or of the wrong type, and for a class as the target of a method that is not static.
    """
    method = found.method_named(name)
    if method is None:
        raise CIMError(METHOD_NOT_FOUND, f"{found.name} has no method {name}")
    if found.key_properties and not target.keys and not method.static:
        raise CIMError(
            INVALID_PARAMETER, f"{found.name}.{method.name} is called on an instance, not a class"
        )
    arguments: dict[str, Value] = {}
    seen = set()
    for given_name, read in given:
        parameter = method.parameter_named(given_name)
        if parameter is None or not parameter.is_in or parameter.name in seen:
            raise CIMError(
                INVALID_PARAMETER,
                f"{found.name}.{method.name}: {given_name} is no input parameter, or given twice",
            )
        seen.add(parameter.name)
        value = _argument(parameter, read)
        if value is not None:
            arguments[parameter.name] = value
    return MethodCall(target, method.name, arguments)


def cim_xml_parameters(
    given: Iterable[tuple[str, _Element]], reader: ValueReader
) -> list[tuple[str, ReadParameter]]:
    """Return parameters of CIM-XML, each with what reads it by its type."""
    return [(name, partial(_read, reader, element)) for name, element in given]


def _read(reader: ValueReader, element: _Element, parameter: ElementDef) -> Value:
    return reader.value(parameter, list(element))


def _argument(parameter: ElementDef, read: ReadParameter) -> Value:
    try:
        return read(parameter)
    except ValueError as error:
        raise CIMError(INVALID_PARAMETER, f"{parameter.name}: {error}") from error
    except CIMError as error:
        raise CIMError(INVALID_PARAMETER, f"{parameter.name}: {error.description}") from error


def handler_of(handlers: Handlers, found: ClassDef, method: str) -> MethodHandler:
    """Return the handler of a method, of the class or the nearest ancestor that has one.

    Raises CIMError METHOD_NOT_AVAILABLE.
    """
    for each in found.lineage:
        handler = handlers.get((each, method))
        if handler is not None:
            return handler
    raise CIMError(METHOD_NOT_AVAILABLE, f"{found.name}.{method} is declared but not provided")


def result_content(encoder: InstanceEncoder, method: MethodDef, result: MethodResult) -> str:
    """Return the RETURNVALUE and PARAMVALUE elements of a result.

    Raises ValueError for an output that the method does not declare.
    """
    parts = []
    if result.return_value is not None:
        returned = encoder.value(ElementDef("", method.returns), result.return_value)
        parts.append(f'<RETURNVALUE PARAMTYPE="{method.returns}">{returned}</RETURNVALUE>')
    for name, value in result.outputs.items():
        parameter = method.parameter_named(name)
        if parameter is None or not parameter.is_out:
            raise ValueError(f"{method.name} has no output parameter {name}")
        content = "" if value is None else encoder.value(parameter, value)
        embedded = embedded_attribute(parameter)
        parts.append(output(parameter.name, parameter.type, content, embedded))
    return "".join(parts)
