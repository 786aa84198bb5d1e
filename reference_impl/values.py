"""CIM values inside the server: object names, instances, status codes, datetimes.

Pure values; nothing here knows about XML, HTTP or the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

#: A property, parameter or key value: str, int, float, bool, ObjectName (reference),
#: Instance (embedded instance), a list of these, or None for NULL. Datetimes are str.
Value: TypeAlias = Any

# CIM status codes (DSP0200, clause 5.2.1).
FAILED = 1
ACCESS_DENIED = 2
INVALID_NAMESPACE = 3
INVALID_PARAMETER = 4
INVALID_CLASS = 5
NOT_FOUND = 6
NOT_SUPPORTED = 7
CLASS_HAS_CHILDREN = 8
CLASS_HAS_INSTANCES = 9
INVALID_SUPERCLASS = 10
ALREADY_EXISTS = 11
NO_SUCH_PROPERTY = 12
TYPE_MISMATCH = 13
QUERY_LANGUAGE_NOT_SUPPORTED = 14
INVALID_QUERY = 15
METHOD_NOT_AVAILABLE = 16
METHOD_NOT_FOUND = 17
NAMESPACE_NOT_EMPTY = 20
INVALID_ENUMERATION_CONTEXT = 21
INVALID_OPERATION_TIMEOUT = 22
PULL_HAS_BEEN_ABANDONED = 23
PULL_CANNOT_BE_ABANDONED = 24
FILTERED_ENUMERATION_NOT_SUPPORTED = 25
CONTINUATION_ON_ERROR_NOT_SUPPORTED = 26
SERVER_LIMITS_EXCEEDED = 27
SERVER_IS_SHUTTING_DOWN = 28


class CIMError(Exception):
    """A CIM operation that fails: a status code of DSP0200 and one line of description."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(status, description)
        self.status = status
        self.description = description

    def __str__(self) -> str:
        return f"{self.status}: {self.description}"


class ObjectName:
    """The path of one instance inside this server, or of a class when it has no keys.

    Immutable. `keys` are (name, value) pairs sorted by folded name; values are str, int, bool,
    float or ObjectName. Two names are equal when namespace, class and key names are equal
    without regard to case and the key values are exactly equal (DSP0004, clause 8).
    """

    __slots__ = ("_hash", "_identity", "classname", "fragment", "keys", "namespace")

    def __init__(
        self,
        namespace: str,
        classname: str,
        keys: Mapping[str, Value] | Iterable[tuple[str, Value]] = (),
    ) -> None:
        pairs = keys.items() if isinstance(keys, Mapping) else keys
        self.namespace = namespace
        self.classname = classname
        self.keys: tuple[tuple[str, Value], ...] = tuple(
            sorted(pairs, key=lambda pair: pair[0].lower())
        )
        self._identity = (
            namespace.lower(),
            classname.lower(),
            tuple((name.lower(), value) for name, value in self.keys),
        )
        self._hash = hash(self._identity)
        #: The encoded INSTANCENAME element; owned by reference_impl.cimxml.
        self.fragment: str | None = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, ObjectName)
            and self._hash == other._hash
            and self._identity == other._identity
        )

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        keys = ",".join(f"{name}={_key_text(value)}" for name, value in self.keys)
        return f"{self.namespace}:{self.classname}" + (f".{keys}" if keys else "")

    def __repr__(self) -> str:
        return f"ObjectName({self!s})"

    def key(self, name: str) -> Value:
        """Return the value of one key, by name without regard to case, or None."""
        folded = name.lower()
        return next((value for key, value in self.keys if key.lower() == folded), None)


def _key_text(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str | ObjectName):
        return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


class Instance:
    """One CIM instance: its path (None when embedded or projected), class and values.

    `values` maps the property name in the schema's spelling to its value; a missing name is
    NULL. An instance held by the repository is changed only by `Repository.change`, which
    replaces `values`; the cached encoding belongs to one `values` dict and dies with it.
    """

    __slots__ = ("cache", "classname", "name", "serial", "values")

    def __init__(
        self,
        classname: str,
        values: Mapping[str, Value] | None = None,
        name: ObjectName | None = None,
    ) -> None:
        self.name = name
        self.classname = classname
        self.values: dict[str, Value] = dict(values or {})
        #: Order of insertion in the repository.
        self.serial = 0
        #: (the values dict that was encoded, the INSTANCE element); owned by cimxml.
        self.cache: tuple[dict[str, Value], str] | None = None

    @property
    def path(self) -> ObjectName:
        """The path of an instance that has one; ValueError for an embedded instance."""
        if self.name is None:
            raise ValueError(f"an instance of {self.classname} without a path was asked for it")
        return self.name

    def get(self, property_name: str, default: Value = None) -> Value:
        """Return the value of one property (schema spelling), or `default` when it is NULL."""
        value = self.values.get(property_name)
        return default if value is None else value

    def copy(self, **changes: Value) -> Instance:
        """Return an independent instance with the same path and some values changed."""
        return Instance(self.classname, {**self.values, **changes}, self.name)

    def __repr__(self) -> str:
        return f"Instance({self.name or self.classname!s})"


def format_datetime(moment: datetime) -> str:
    """Return a CIM timestamp of 25 characters, `yyyymmddhhmmss.mmmmmmsutc` (DSP0004, 5.2.4)."""
    offset = moment.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    return moment.strftime("%Y%m%d%H%M%S.%f") + f"{minutes:+04d}"


def format_interval(duration: timedelta) -> str:
    """Return a CIM interval of 25 characters, `ddddddddhhmmss.mmmmmm:000` (DSP0004, 5.2.4)."""
    hours, rest = divmod(duration.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    clock = f"{hours:02d}{minutes:02d}{seconds:02d}.{duration.microseconds:06d}"
    return f"{duration.days:08d}{clock}:000"
