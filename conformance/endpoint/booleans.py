"""The boolean outputs of a method call, as the server sent them.

pywbem takes every boolean output that is not empty for true, FALSE as well.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from conformance.cim import Malformed, MethodReply
from conformance.endpoint.envelope import decoded, parsed
from conformance.endpoint.literals import read_boolean

OUTPUT = "PARAMVALUE"
RETURNED = "RETURNVALUE"


def with_booleans(reply: MethodReply, message: bytes) -> MethodReply:
    """Return the reply of a method with its booleans read from the message that it came in.

    Raises:
        UnreadableError: the message is no valid CIM-XML.
    """
    outputs = dict(reply.outputs)
    wrong = [name for name, value in outputs.items() if _has_boolean(value)]
    if not wrong and not isinstance(reply.return_value, bool):
        return reply
    root = parsed(decoded(message))
    for element in root.iter(OUTPUT):
        name = element.get("NAME", "")
        if name in wrong:
            outputs[name] = _read(element)
    returned = reply.return_value
    if isinstance(returned, bool):
        returned = next((_read(element) for element in root.iter(RETURNED)), returned)
    return MethodReply(returned, outputs)


def _has_boolean(value: object) -> bool:
    return any(isinstance(v, bool) for v in (value if isinstance(value, list) else [value]))


def _read(element: etree._Element) -> Any:  # a boolean, Malformed, None, or a list of them
    array = element.find("VALUE.ARRAY")
    if array is not None:
        return [_value(each) for each in array]
    return _value(element.find("VALUE"))


def _value(element: etree._Element | None) -> bool | Malformed | None:
    if element is None or element.tag != "VALUE":
        return None
    return read_boolean(element.text or "")
