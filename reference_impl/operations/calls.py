"""What passes between the protocol and those who answer: calls, results, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from reference_impl.values import Instance, ObjectName, Value


@dataclass(frozen=True, slots=True)
class MethodCall:
    """One call of an extrinsic method.

    `object_name` is the target instance, or a class (no keys) for a static method.
    `arguments` are the given parameters, by their name in the schema's spelling and typed
    by the schema: references are ObjectName, embedded instances are Instance; a NULL or
    missing parameter is missing here.
    """

    object_name: ObjectName
    method: str
    arguments: Mapping[str, Value] = field(default_factory=dict)

    def get(self, parameter: str, default: Value = None) -> Value:
        """Return one argument (schema spelling), or `default` when it is NULL or missing."""
        value = self.arguments.get(parameter)
        return default if value is None else value


@dataclass(frozen=True, slots=True)
class MethodResult:
    """The answer to a MethodCall; `return_value` None sends no return value at all."""

    return_value: Value
    outputs: Mapping[str, Value] = field(default_factory=dict)


#: Answers one method; raises CIMError to refuse.
MethodHandler: TypeAlias = Callable[[MethodCall], MethodResult]


class Writer(Protocol):
    """Answers CreateInstance, ModifyInstance and DeleteInstance for a class and its subclasses.

    Each raises CIMError to refuse. `property_list` is None when all properties are meant.
    """

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Create the instance (values typed by the schema, no path) and return its path."""

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Give the properties listed the values of `instance`, whose path names the target."""

    def delete(self, name: ObjectName) -> None:
        """Delete the instance, which exists."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator of a server may choose.

    `host` is written into INSTANCEPATH elements. Times are seconds; pull operations get
    `default_timeout_seconds` when the client names none and may ask for
    `maximum_timeout_seconds` at most (0, no time-out, is refused).
    """

    host: str = "localhost"
    default_timeout_seconds: float = 40.0
    maximum_timeout_seconds: int = 3600
    maximum_contexts: int = 1000


@dataclass(frozen=True, slots=True)
class OperationCall:
    """One intrinsic operation as an intercept sees it.

    `operation` is the name on the wire; `kind` is the operation whose objects it returns
    (`OpenAssociatorInstances` has the kind `Associators`), the same name for plain operations.
    `parameters` are decoded, by their DSP0200 names. `compute` returns the right result, a
    fresh list: Instance, ObjectName, ClassDef, class names (str) or qualifier types.
    """

    operation: str
    kind: str
    namespace: str
    parameters: Mapping[str, Any]
    compute: Callable[[], list[Any]]

    @property
    def classname(self) -> str:
        """The class that the operation names, or that of the object it names; else ''."""
        for parameter in ("ClassName", "InstanceName", "ObjectName"):
            value = self.parameters.get(parameter)
            if value is not None:
                return value.classname if isinstance(value, ObjectName) else str(value)
        return ""


#: Replaces the result of an operation; None leaves it alone. Raises CIMError to refuse.
Intercept: TypeAlias = Callable[[OperationCall], "list[Any] | None"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the HTTP side sends: a body, a status, more headers.

    `manner` bends the transmission: cut the connection instead, cut it in the middle of the
    body, or never end the body. `content_type` is that of CIM-XML, or of plain text where the
    status is an error, when it is empty.
    """

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    manner: Literal["whole", "disconnect", "truncate", "endless"] = "whole"
    content_type: str = ""
