"""CIM-XML export messages: an indication read from a request, and the replies to one.

Pure. What is read is bounded and checked like every reply of the server: a stranger may send
anything here (DSP0200, clause 5.4; DSP0201, clause 5.3.6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from lxml import etree

from conformance.cim import Instance
from conformance.endpoint.envelope import (
    UnreadableError,
    attribute,
    children,
    decoded,
    element_of,
    parsed,
)
from conformance.endpoint.reader import Reader

METHOD = "ExportIndication"
PARAMETER = "NewIndication"
NO_IDENTITY = "0"
"""Answers what cannot be read: a server that waits to send it again would hold up the rest."""

HEADERS = {
    "Content-Type": 'application/xml; charset="utf-8"',
    "CIMExport": "MethodResponse",
}


def read_indication(body: bytes) -> tuple[Instance, str]:
    """Return the indication that an export message carries, and the ID of the message.

    Raises:
        UnreadableError: it is no such message.
    """
    root = element_of(parsed(decoded(body)), "CIM")
    message = element_of(_only(root), "MESSAGE")
    element = element_of(_only(message), "SIMPLEEXPREQ")
    call = element_of(_only(element), "EXPMETHODCALL")
    if attribute(call, "NAME").lower() != METHOD.lower():
        raise UnreadableError(f"expected a call of {METHOD}, found {attribute(call, 'NAME')}")
    parameter = element_of(_only(call), "EXPPARAMVALUE")
    if attribute(parameter, "NAME").lower() != PARAMETER.lower():
        raise UnreadableError(f"expected {PARAMETER}, found {attribute(parameter, 'NAME')}")
    content = element_of(_only(parameter), "INSTANCE")
    text = etree.tostring(content, encoding="unicode", with_tail=False)
    found = Reader().embedded("", text)
    if not isinstance(found, Instance):
        raise UnreadableError("expected an INSTANCE that is one, found something else in it")
    return found, attribute(message, "ID")


def _only(element: etree._Element) -> etree._Element:
    return children(element, fewest=1, most=1)[0]


def accepting(identity: str) -> bytes:
    """Return the reply that takes an indication; `identity` is the ID of its message."""
    cim = etree.Element("CIM", CIMVERSION="2.0", DTDVERSION="2.0")
    message = etree.SubElement(cim, "MESSAGE", ID=identity or NO_IDENTITY, PROTOCOLVERSION="1.0")
    response = etree.SubElement(message, "SIMPLEEXPRSP")
    etree.SubElement(response, "EXPMETHODRESPONSE", NAME=METHOD)
    return etree.tostring(cim, xml_declaration=True, encoding="utf-8")


class Form(msgspec.Struct, frozen=True):
    """In which messages indications come to a listener, and how it answers them.

    `read` returns the indication in a message with the ID of the message, or raises
    UnreadableError; `accepting` returns the content of the answer for that ID ("" when the message
    could not be read), and `headers` are those of the answer.
    """

    read: Callable[[bytes], tuple[Instance, str]]
    accepting: Callable[[str], bytes]
    headers: Mapping[str, str]


EXPORT = Form(read_indication, accepting, HEADERS)
"""Export messages of CIM-XML."""
