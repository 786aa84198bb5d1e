"""Answers of WS-Management: the body, the items of an enumeration, or why it was refused."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from lxml import etree

from conformance.cim import REJECTED, Refusal, Trouble
from conformance.endpoint.envelope import UnreadableError, decoded, parsed
from conformance.endpoint.wsman import names

_BODY = f"{{{names.SOAP}}}Body"
_RELATES = f"{{{names.SOAP}}}Header/{{{names.ADDRESSING}}}RelatesTo"
_FAULT = f"{{{names.SOAP}}}Fault"

DELIVERY_MODE = "deliverymoderequestedunavailable"
UNFETCHED = (DELIVERY_MODE, "unsupportedfeature")
"""Faults that a server may answer with whose events cannot be fetched."""

STATUS_OF_FAULT: Mapping[str, int] = {
    "accessdenied": 2,
    "actionnotsupported": 7,
    "alreadyexists": 11,
    "cannotprocessfilter": 15,
    "filterdialectrequestedunavailable": 14,
    "invalidparameter": 4,
    "invalidselectors": 4,
    "schemavalidationerror": 4,
    "unsupportedfeature": 7,
    DELIVERY_MODE: 7,
    "internalerror": 1,
    "destinationunreachable": 5,
    "invalidresourceuri": 5,
}
"""The CIM status that a fault without a status of its own is taken for.

DSP0227, clause 17, read backwards. Of several that become one fault, the one that claims least is
taken: DestinationUnreachable may also be that an instance does not exist, which only whoever
knows namespace and class can tell.
"""

UNREACHABLE = "destinationunreachable"
TROUBLES: Mapping[str, str] = {
    "timedout": "timeout",
    "encodinglimit": "too-large",
    "quotalimit": "protocol",
    "mustunderstand": "protocol",
    "versionmismatch": "protocol",
}


class Fault(msgspec.Struct, frozen=True):
    """Why a request was refused: the folded name of the fault, its text, the CIM status told."""

    name: str
    text: str
    status: int | None = None

    def result(self) -> Refusal | Trouble:
        """Return the fault as an answer carries it."""
        told = f"{self.name}: {self.text}" if self.text else self.name
        if self.status is not None:
            return Refusal(self.status, self.text)
        if self.name in STATUS_OF_FAULT:
            return Refusal(STATUS_OF_FAULT[self.name], f"SOAP fault {told}")
        return Trouble(TROUBLES.get(self.name, REJECTED), f"SOAP fault {told}")


def read_body(content: bytes, message_id: str = "") -> etree._Element | Fault | None:
    """Return what is in the body of an envelope (None: nothing), or the fault.

    `message_id` is that of the request; an answer that relates to another one is none. Raise
    UnreadableError for what is no such envelope.
    """
    root = parsed(decoded(content))
    body = root.find(_BODY)
    if etree.QName(root).localname != "Envelope" or body is None:
        raise UnreadableError(f"expected a SOAP 1.2 envelope, found {str(root.tag)[:80]}")
    relates = root.findtext(_RELATES, "").strip()
    if message_id and relates and relates.lower() != message_id.lower():
        raise UnreadableError(f"expected an answer to {message_id}, found one to {relates[:80]}")
    content_of = next((each for each in body if isinstance(each.tag, str)), None)
    if content_of is not None and content_of.tag == _FAULT:
        return _fault(content_of)
    return content_of


def _fault(element: etree._Element) -> Fault:
    codes = [
        text.strip().rpartition(":")[2].lower()
        for text in (_text(value) for value in element.iter(f"{{{names.SOAP}}}Value"))
        if text.strip()
    ]
    told = " ".join(_text(each) for each in element.iter(f"{{{names.SOAP}}}Text"))
    status = next(
        (
            int(text)
            for each in element.iter("{*}CIMStatusCode")
            if (text := _text(each).strip()).isdecimal() and len(text) < 4 and int(text)
        ),
        None,
    )
    name = codes[-1] if codes else "without a code"
    return Fault(name, " ".join(told.split()), status)


def _text(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext())


class Page(msgspec.Struct, frozen=True):
    """Some items of an enumeration; `context` is what to pull the next with, "" at the end."""

    items: list[etree._Element]
    context: str


def read_page(body: etree._Element | None) -> Page:
    """Return the items in the answer to Enumerate or Pull; raise UnreadableError."""
    name = "" if body is None else etree.QName(body).localname
    if body is None or name not in ("EnumerateResponse", "PullResponse"):
        raise UnreadableError(f"expected items of an enumeration, found {name or 'nothing'}")
    items: list[etree._Element] = []
    context, ended = "", False
    for each in body:
        local = etree.QName(each).localname
        if local == "Items":
            items += [item for item in each if isinstance(item.tag, str)]
        elif local == "EnumerationContext":
            context = _inner(each)
        elif local == "EndOfSequence":
            ended = True
    return Page(items, "" if ended else context)


def read_subscribed(body: etree._Element | None) -> tuple[str, str, str]:
    """Return what names a new subscription, what its events are fetched with, and its duration.

    The first two are XML: headers, and a context ("" where events are pushed). Raise
    UnreadableError.
    """
    name = "" if body is None else etree.QName(body).localname
    if body is None or name != "SubscribeResponse":
        raise UnreadableError(f"expected a subscription, found {name or 'nothing'}")
    context = body.find(f"{{{names.ENUMERATION}}}EnumerationContext")
    manager = body.find(f"{{{names.EVENTING}}}SubscriptionManager")
    holders = () if manager is None else manager.iterchildren(*_PARAMETERS)
    headers = (each for holder in holders for each in holder if isinstance(each.tag, str))
    named = (each for each in headers if etree.QName(each).localname not in _OF_TARGET)
    text = "".join(etree.tostring(each, encoding="unicode", with_tail=False) for each in named)
    fetched_with = _inner(context) if context is not None else ""
    return text, fetched_with, body.findtext(f"{{{names.EVENTING}}}Expires", "").strip()


_PARAMETERS = tuple(
    f"{{{names.ADDRESSING}}}{kind}" for kind in ("ReferenceProperties", "ReferenceParameters")
)
_OF_TARGET = ("ResourceURI", "SelectorSet")


def _inner(element: etree._Element) -> str:
    """Return the content of an element as XML: a context is the server's to understand."""
    start = etree.Element("x")
    start.text = element.text
    text = etree.tostring(start, encoding="unicode")[3:-4] if element.text else ""
    return text + "".join(etree.tostring(child, encoding="unicode") for child in element)
