"""Named ways to bend the protocol into that of a strange or broken server.

A fault sets `operations.behaviours[name] = setting`; each name is explained in BEHAVIOURS.
Operations are named as on the wire; where a set of operations is expected, "*" means all.
"""

from __future__ import annotations

import time
from collections import UserDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from reference_impl.operations.calls import OperationCall, Reply
from reference_impl.operations.catalogue import OPEN_OPERATIONS, PULLED
from reference_impl.schema import Schema
from reference_impl.values import NOT_SUPPORTED, CIMError, Instance, ObjectName, Value

BEHAVIOURS: dict[str, str] = {
    "associations-not-enumerable": "True: enumerating an association class finds nothing; "
    "a class name or a set of them: only these (and their subclasses)",
    "associators-drop": "True, or the class of the source: Associators and AssociatorNames "
    "leave out their last result",
    "references-drop": "the same for References and ReferenceNames",
    "names-differ": "True, or a set of operations: the ...Names operations leave out their last "
    "result",
    "get-instance-differs": "{(class, property): value} that GetInstance alone returns",
    "lower-case-names": "True: class and key names in results are in lower case",
    "no-pull": "True: pulled enumerations are NOT_SUPPORTED",
    "no-instances-with-path": "True: only those that end in PullInstancesWithPath are",
    "no-exec-query": "True: ExecQuery is NOT_SUPPORTED",
    "errors": '{(operation or method, class or "*"): CIMError or "disconnect"}',
    "unreadable-arguments": "{method: return value} where parameters cannot be read",
    "slow": "{operation or method: seconds} to wait before the answer",
    "garbage": "a set of operations that are answered with bytes that are not XML",
    "endless": "a set of operations whose reply never ends",
    "truncate": "a set of operations whose connection is cut in the middle of the reply",
}

#: What a behaviour is set to; BEHAVIOURS says what each expects.
Setting: TypeAlias = Any

_NAMES_OPERATIONS = frozenset({"EnumerateInstanceNames", "AssociatorNames", "ReferenceNames"})
_GARBAGE = b"\x00\xff\xfe<CIM\x80 this is no XML >>> \x01\x02"


class Disconnect(Exception):
    """The connection is cut instead of an answer."""


class Behaviours(UserDict[str, Setting]):
    """The behaviours that are set. Raises KeyError for a name that is not in BEHAVIOURS."""

    def __setitem__(self, key: str, item: Setting) -> None:
        if key not in BEHAVIOURS:
            raise KeyError(f"expected one of {', '.join(BEHAVIOURS)}, found {key}")
        super().__setitem__(key, item)


def refuse(behaviours: Behaviours, operation: str, classname: str) -> None:
    """Wait, raise CIMError or Disconnect, as the behaviours say for an operation."""
    time.sleep(behaviours.get("slow", {}).get(operation, 0))
    pulled_with_path = operation == "PullInstancesWithPath" or (
        operation in OPEN_OPERATIONS and OPEN_OPERATIONS[operation].pull == "PullInstancesWithPath"
    )
    if (
        (behaviours.get("no-pull") and operation in PULLED)
        or (behaviours.get("no-instances-with-path") and pulled_with_path)
        or (behaviours.get("no-exec-query") and operation == "ExecQuery")
    ):
        raise CIMError(NOT_SUPPORTED, f"{operation} is not supported")
    for (refused, refused_class), error in behaviours.get("errors", {}).items():
        if refused in ("*", operation) and refused_class.lower() in ("*", classname.lower()):
            raise error if isinstance(error, CIMError) else Disconnect


def bent_reply(behaviours: Behaviours, operation: str, reply: Reply) -> Reply:
    """Return the reply as garbage, endless or truncated, when a behaviour says so."""
    if _includes(behaviours.get("garbage"), operation):
        return replace(reply, body=_GARBAGE)
    if _includes(behaviours.get("endless"), operation):
        return replace(reply, manner="endless")
    if _includes(behaviours.get("truncate"), operation):
        return replace(reply, manner="truncate")
    return reply


def bent_objects(
    behaviours: Behaviours, schema: Schema, call: OperationCall, objects: list[Any]
) -> list[Any]:
    """Return the objects of a result as the behaviours change them."""
    for name, bend in _BENDS.items():
        setting = behaviours.get(name)
        if setting:
            objects = bend(schema, setting, call, objects)
    return objects


def _includes(operations: Setting, operation: str) -> bool:
    return bool(operations) and ("*" in operations or operation in operations)


def _concerns(schema: Schema, setting: Setting, classname: str) -> bool:
    """Whether a setting, True or one class or several, is about a class."""
    if setting is True:
        return True
    classes = {setting} if isinstance(setting, str) else setting
    return any(schema.is_a(classname, each) for each in classes)


def _not_enumerable(
    schema: Schema,
    setting: Setting,
    call: OperationCall,
    objects: list[Any],
) -> list[Any]:
    found = schema.class_named(call.classname)
    hidden = (
        call.kind in ("EnumerateInstances", "EnumerateInstanceNames")
        and found is not None
        and found.association
        and _concerns(schema, setting, found.name)
    )
    return [] if hidden else objects


def _associators_drop(
    schema: Schema,
    setting: Setting,
    call: OperationCall,
    objects: list[Any],
) -> list[Any]:
    concerned = call.kind in ("Associators", "AssociatorNames")
    return objects[:-1] if concerned and _concerns(schema, setting, call.classname) else objects


def _references_drop(
    schema: Schema,
    setting: Setting,
    call: OperationCall,
    objects: list[Any],
) -> list[Any]:
    concerned = call.kind in ("References", "ReferenceNames")
    return objects[:-1] if concerned and _concerns(schema, setting, call.classname) else objects


def _names_differ(
    _schema: Schema,
    setting: Setting,
    call: OperationCall,
    objects: list[Any],
) -> list[Any]:
    concerned = call.kind in (_NAMES_OPERATIONS if setting is True else setting)
    return objects[:-1] if concerned else objects


def _get_instance_differs(
    schema: Schema,
    setting: Setting,
    call: OperationCall,
    objects: list[Any],
) -> list[Any]:
    if call.kind != "GetInstance":
        return objects
    changes = {
        name: value
        for (classname, name), value in setting.items()
        if schema.is_a(call.classname, classname)
    }
    return [each.copy(**changes) for each in objects]


def _lower_case_names(
    _schema: Schema,
    _setting: Setting,
    _call: OperationCall,
    objects: list[Any],
) -> list[Any]:
    return [_lower_case(each) for each in objects]


def _lower_case(found: Value) -> Value:
    if isinstance(found, str):
        return found.lower()
    if isinstance(found, ObjectName):
        keys = [(name.lower(), _lower_case_key(value)) for name, value in found.keys]
        return ObjectName(found.namespace, found.classname.lower(), keys)
    if isinstance(found, Instance):
        name = _lower_case(found.name) if found.name is not None else None
        return Instance(found.classname.lower(), found.values, name)
    return found


def _lower_case_key(value: Value) -> Value:
    return _lower_case(value) if isinstance(value, ObjectName) else value


_BENDS: dict[str, Callable[[Schema, Setting, OperationCall, list[Any]], list[Any]]] = {
    "associations-not-enumerable": _not_enumerable,
    "associators-drop": _associators_drop,
    "references-drop": _references_drop,
    "names-differ": _names_differ,
    "get-instance-differs": _get_instance_differs,
    "lower-case-names": _lower_case_names,
}
