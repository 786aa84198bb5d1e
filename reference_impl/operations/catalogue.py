"""The intrinsic operations of DSP0200 that this server has: parameters, answer, encoding.

A parameter maps to whether it is required.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reference_impl.operations import classes, queries, reading
from reference_impl.operations.reading import Parameters
from reference_impl.operations.rendering import Render, Renderer
from reference_impl.repository import Repository

_Read = Callable[[Repository, str, Parameters], list[Any]]
_Encode = Callable[[Renderer, str, Parameters], Render]


@dataclass(frozen=True, slots=True)
class ReadOperation:
    """An operation that answers with a list of objects."""

    read: _Read
    encode: _Encode
    parameters: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class OpenOperation:
    """An operation that opens an enumeration of what the operation `kind` answers.

    `renamed` maps its parameters to those of `kind` where the names differ.
    """

    kind: str
    pull: str
    encode: _Encode
    parameters: Mapping[str, bool]
    renamed: Mapping[str, str]


_SHAPE = {"IncludeClassOrigin": False, "PropertyList": False}
_DEPRECATED_SHAPE = {"LocalOnly": False, "IncludeQualifiers": False}
_ASSOCIATION = {"AssocClass": False, "ResultClass": False, "Role": False, "ResultRole": False}
_REFERENCE = {"ResultClass": False, "Role": False}
_CLASS = {"ClassName": True}
_OBJECT = {"ObjectName": True}

READ_OPERATIONS: dict[str, ReadOperation] = {
    "GetClass": ReadOperation(
        classes.get_class, Renderer.class_, {**_CLASS, **_DEPRECATED_SHAPE, **_SHAPE}
    ),
    "EnumerateClasses": ReadOperation(
        classes.enumerate_classes,
        Renderer.class_,
        {
            "ClassName": False,
            "DeepInheritance": False,
            **_DEPRECATED_SHAPE,
            "IncludeClassOrigin": False,
        },
    ),
    "EnumerateClassNames": ReadOperation(
        classes.enumerate_class_names,
        Renderer.class_name,
        {"ClassName": False, "DeepInheritance": False},
    ),
    "GetQualifier": ReadOperation(
        classes.get_qualifier, Renderer.qualifier, {"QualifierName": True}
    ),
    "EnumerateQualifiers": ReadOperation(classes.enumerate_qualifiers, Renderer.qualifier, {}),
    "GetInstance": ReadOperation(
        reading.get_instance,
        Renderer.instance,
        {"InstanceName": True, **_DEPRECATED_SHAPE, **_SHAPE},
    ),
    "EnumerateInstances": ReadOperation(
        reading.enumerate_instances,
        Renderer.named_instance,
        {**_CLASS, "DeepInheritance": False, **_DEPRECATED_SHAPE, **_SHAPE},
    ),
    "EnumerateInstanceNames": ReadOperation(
        reading.enumerate_instance_names, Renderer.instance_name, _CLASS
    ),
    "Associators": ReadOperation(
        reading.associators,
        Renderer.object_with_path,
        {**_OBJECT, **_ASSOCIATION, "IncludeQualifiers": False, **_SHAPE},
    ),
    "AssociatorNames": ReadOperation(
        reading.associator_names, Renderer.object_path, {**_OBJECT, **_ASSOCIATION}
    ),
    "References": ReadOperation(
        reading.references,
        Renderer.object_with_path,
        {**_OBJECT, **_REFERENCE, "IncludeQualifiers": False, **_SHAPE},
    ),
    "ReferenceNames": ReadOperation(
        reading.reference_names, Renderer.object_path, {**_OBJECT, **_REFERENCE}
    ),
    "ExecQuery": ReadOperation(
        queries.exec_query, Renderer.query_result, {"QueryLanguage": True, "Query": True}
    ),
}

_OPENING = {"OperationTimeout": False, "ContinueOnError": False, "MaxObjectCount": False}
_FILTERED = {"FilterQueryLanguage": False, "FilterQuery": False, **_OPENING}
_SOURCE = {"InstanceName": True}
_OF_SOURCE = {"InstanceName": "ObjectName"}


def _with_instances(kind: str, parameters: Mapping[str, bool]) -> OpenOperation:
    renamed = _OF_SOURCE if "InstanceName" in parameters else {}
    every = {**parameters, **_FILTERED}
    return OpenOperation(kind, "PullInstancesWithPath", Renderer.instance_with_path, every, renamed)


def _with_paths(kind: str, parameters: Mapping[str, bool]) -> OpenOperation:
    renamed = _OF_SOURCE if "InstanceName" in parameters else {}
    every = {**parameters, **_FILTERED}
    return OpenOperation(kind, "PullInstancePaths", Renderer.instance_path, every, renamed)


OPEN_OPERATIONS: dict[str, OpenOperation] = {
    "OpenEnumerateInstances": _with_instances(
        "EnumerateInstances", {**_CLASS, "DeepInheritance": False, **_SHAPE}
    ),
    "OpenEnumerateInstancePaths": _with_paths("EnumerateInstanceNames", _CLASS),
    "OpenAssociatorInstances": _with_instances(
        "Associators", {**_SOURCE, **_ASSOCIATION, **_SHAPE}
    ),
    "OpenAssociatorInstancePaths": _with_paths("AssociatorNames", {**_SOURCE, **_ASSOCIATION}),
    "OpenReferenceInstances": _with_instances("References", {**_SOURCE, **_REFERENCE, **_SHAPE}),
    "OpenReferenceInstancePaths": _with_paths("ReferenceNames", {**_SOURCE, **_REFERENCE}),
    "OpenQueryInstances": OpenOperation(
        "ExecQuery",
        "PullInstances",
        Renderer.projection,
        {
            "FilterQueryLanguage": True,
            "FilterQuery": True,
            "ReturnQueryResultClass": False,
            **_OPENING,
        },
        {"FilterQueryLanguage": "QueryLanguage", "FilterQuery": "Query"},
    ),
}

_PULL = {"EnumerationContext": True, "MaxObjectCount": True}
PULL_OPERATIONS: dict[str, Mapping[str, bool]] = {
    "PullInstancesWithPath": _PULL,
    "PullInstancePaths": _PULL,
    "PullInstances": _PULL,
}
CLOSE_OPERATION = {"CloseEnumeration": {"EnumerationContext": True}}

WRITE_OPERATIONS: dict[str, Mapping[str, bool]] = {
    "CreateInstance": {"NewInstance": True},
    "ModifyInstance": {
        "ModifiedInstance": True,
        "IncludeQualifiers": False,
        "PropertyList": False,
    },
    "DeleteInstance": {"InstanceName": True},
}

#: Every operation by its name, with its parameters.
PARAMETERS: dict[str, Mapping[str, bool]] = {
    **{name: each.parameters for name, each in READ_OPERATIONS.items()},
    **{name: each.parameters for name, each in OPEN_OPERATIONS.items()},
    **PULL_OPERATIONS,
    **CLOSE_OPERATION,
    **WRITE_OPERATIONS,
}

SPELLED = {name.lower(): name for name in PARAMETERS}
#: The operations that DSP0200 groups as pulled enumerations.
PULLED = frozenset({*OPEN_OPERATIONS, *PULL_OPERATIONS, *CLOSE_OPERATION})
