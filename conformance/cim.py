"""CIM values as the suite sees them: paths, instances, and what a server answered.

Pure values. Names are kept as the server spelled them and compared case-folded
(DSP0004, clause 5.7: names are case-insensitive), so that the core compares plainly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

INTEGER_TYPES = frozenset(f"{sign}int{bits}" for sign in "us" for bits in (8, 16, 32, 64))
REAL_TYPES = frozenset({"real32", "real64"})

STATUS_NAMES = {
    1: "CIM_ERR_FAILED",
    2: "CIM_ERR_ACCESS_DENIED",
    3: "CIM_ERR_INVALID_NAMESPACE",
    4: "CIM_ERR_INVALID_PARAMETER",
    5: "CIM_ERR_INVALID_CLASS",
    6: "CIM_ERR_NOT_FOUND",
    7: "CIM_ERR_NOT_SUPPORTED",
    8: "CIM_ERR_CLASS_HAS_CHILDREN",
    9: "CIM_ERR_CLASS_HAS_INSTANCES",
    10: "CIM_ERR_INVALID_SUPERCLASS",
    11: "CIM_ERR_ALREADY_EXISTS",
    12: "CIM_ERR_NO_SUCH_PROPERTY",
    13: "CIM_ERR_TYPE_MISMATCH",
    14: "CIM_ERR_QUERY_LANGUAGE_NOT_SUPPORTED",
    15: "CIM_ERR_INVALID_QUERY",
    16: "CIM_ERR_METHOD_NOT_AVAILABLE",
    17: "CIM_ERR_METHOD_NOT_FOUND",
    20: "CIM_ERR_NAMESPACE_NOT_EMPTY",
    21: "CIM_ERR_INVALID_ENUMERATION_CONTEXT",
    22: "CIM_ERR_INVALID_OPERATION_TIMEOUT",
    23: "CIM_ERR_PULL_HAS_BEEN_ABANDONED",
    24: "CIM_ERR_PULL_CANNOT_BE_ABANDONED",
    25: "CIM_ERR_FILTERED_ENUMERATION_NOT_SUPPORTED",
    26: "CIM_ERR_CONTINUATION_ON_ERROR_NOT_SUPPORTED",
    27: "CIM_ERR_SERVER_LIMITS_EXCEEDED",
    28: "CIM_ERR_SERVER_IS_SHUTTING_DOWN",
}


class Path:
    """An instance path without its host.

    `keys` are (name, value) pairs as sent, sorted by folded name; values are str, int, bool,
    float or another Path. `identity` is the canonical text by which two paths are compared:
    namespace, class and key names folded, key values exact (DSP0004, clause 8).
    """

    __slots__ = ("classname", "identity", "keys", "namespace")

    def __init__(self, namespace: str, classname: str, keys: Iterable[tuple[str, Any]]) -> None:
        self.namespace = namespace
        self.classname = classname
        self.keys = tuple(sorted(keys, key=lambda pair: pair[0].lower()))
        folded = ",".join(f"{name.lower()}={_key_text(value)}" for name, value in self.keys)
        self.identity = f"{namespace.lower()}:{classname.lower()}.{folded}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __str__(self) -> str:
        keys = ",".join(f"{name}={_key_text(value)}" for name, value in self.keys)
        return f"{self.namespace}:{self.classname}.{keys}"

    def __repr__(self) -> str:
        return f"Path({self!s})"

    def key(self, name: str) -> Any:
        """Return the value of one key, or None."""
        folded = name.lower()
        return next((value for key, value in self.keys if key.lower() == folded), None)


def _key_text(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Path):
        return f'"{value.identity}"'
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Malformed:
    """A value that cannot be read as the type it was sent with; `text` is what was sent."""

    __slots__ = ("text", "type")

    def __init__(self, text: str, type_: str) -> None:
        self.text = text
        self.type = type_

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Malformed) and (self.text, self.type) == (other.text, other.type)

    def __hash__(self) -> int:
        return hash((self.text, self.type))

    def __repr__(self) -> str:
        return f"{self.text!r} (not a {self.type})"


class PropertySlot(msgspec.Struct, frozen=True):
    """One property of a layout: name as sent, CIM type, and how it was marked.

    `type` is a CIM type name (`uint16`, `string`, `datetime`, `reference`, ...), `embedded` is
    "instance", "object" or "" (DSP0201, attribute EmbeddedObject).
    """

    name: str
    type: str
    is_array: bool = False
    embedded: str = ""


class Layout:
    """The shape that many instances share: class name and property slots, in the order sent.

    `references` are the folded names and the positions of the reference properties, by name.
    """

    __slots__ = ("classname", "index", "references", "slots")

    def __init__(self, classname: str, slots: tuple[PropertySlot, ...]) -> None:
        self.classname = classname
        self.slots = slots
        self.index = {slot.name.lower(): position for position, slot in enumerate(slots)}
        self.references = tuple(
            (name, position)
            for name, position in sorted(self.index.items())
            if slots[position].type == "reference"
        )


class Instance:
    """An instance: its path (None for an embedded one), its layout and its values.

    Values stand in the order of the layout's slots: None for NULL, str (also for datetime and
    char16), int, float, bool, Path for a reference, Instance for an embedded object that could
    be parsed, Malformed for what could not be read, and a list of these for an array.
    """

    __slots__ = ("layout", "path", "values")

    def __init__(self, path: Path | None, layout: Layout, values: list[Any]) -> None:
        self.path = path
        self.layout = layout
        self.values = values

    @property
    def classname(self) -> str:
        """Return the creation class as the server spelled it."""
        return self.layout.classname

    def get(self, name: str) -> Any:
        """Return the value of a property; None when it is NULL or absent."""
        position = self.layout.index.get(name.lower())
        return None if position is None else self.values[position]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.layout.index

    def __repr__(self) -> str:
        return f"Instance({self.path or self.classname})"


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request to the endpoint and its answer, as kept for the report.

    `operation` is the DSP0200 name or `InvokeMethod`; `target` the namespace, class or path;
    `request` and `response` the XML on the wire, cut to a bounded size (bytes left out are
    counted in the text), without credentials; `seconds` the time it took.
    """

    operation: str
    target: str
    outcome: str
    seconds: float = 0.0
    arguments: dict[str, str] = {}
    request: str = ""
    response: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """The server answered with a CIM error (DSP0200, clause 5.2.3)."""

    status: int
    description: str = ""

    @property
    def status_name(self) -> str:
        """Return the symbolic name of the CIM status code."""
        return STATUS_NAMES.get(self.status, f"CIM status {self.status}")

    def __str__(self) -> str:
        text = f"{self.status_name} ({self.status})"
        return f"{text}: {self.description}" if self.description else text


REJECTED = "rejected"


class Trouble(msgspec.Struct, frozen=True):
    """No usable answer: the connection, the protocol or the clock failed.

    `kind` is one of `timeout`, `disconnect`, `connection`, `authentication`, `tls`, `http`,
    `protocol` (an answer that is no valid CIM-XML), `too-large` or `rejected` (the server says
    that the request is wrong, and gives no CIM status).
    """

    kind: str
    description: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.description}"


class Answer(msgspec.Struct, frozen=True):
    """What one operation gave: exactly one of `value`, `refusal`, `trouble` says how it ended.

    `value` is, by operation: list[Instance], list[Path], Instance, ClassReply, MethodReply,
    list[str] (class names), Path (created) or None (nothing to return).
    """

    exchange: Exchange
    value: Any = None
    refusal: Refusal | None = None
    trouble: Trouble | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the operation succeeded."""
        return self.refusal is None and self.trouble is None


class ClassReply(msgspec.Struct, frozen=True):
    """A class as the server declares it (GetClass, LocalOnly=False).

    `properties` maps names as sent to (type, is_array); `methods` are method names; `qualifiers`
    of the class itself are kept by name.
    """

    name: str
    superclass: str | None
    properties: Mapping[str, tuple[str, bool]]
    methods: tuple[str, ...]
    qualifiers: Mapping[str, Any]
    method_valuemaps: Mapping[str, tuple[str, ...]] = {}
    property_valuemaps: Mapping[str, tuple[str, ...]] = {}


class MethodReply(msgspec.Struct, frozen=True):
    """The result of an extrinsic method: return value and output parameters (names as sent)."""

    return_value: int | str | bool | None
    outputs: Mapping[str, Any]

    def output(self, name: str) -> Any:
        """Return an output parameter by its case-folded name; None when absent or NULL."""
        folded = name.lower()
        return next((value for key, value in self.outputs.items() if key.lower() == folded), None)


class Argument(msgspec.Struct, frozen=True):
    """An input parameter of a method: CIM type, and a value as in Instance.

    `embedded` is "instance" or "object" where a string parameter carries an Instance.
    """

    name: str
    type: str
    value: Any
    is_array: bool = False
    embedded: str = ""
