"""SOAP messages: what a request says in its header, and the envelope of an answer (DSP0226)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field

from lxml import etree

from reference_impl.cimxml.requests import parse_xml
from reference_impl.cimxml.text import escape
from reference_impl.wsman import names
from reference_impl.wsman.faults import (
    HEADER_REQUIRED,
    INVALID_HEADER,
    NOT_UNDERSTOOD,
    SOAP_VERSION,
    FaultError,
)
from reference_impl.wsman.resources import Selector, read_selectors

#: DSP0226, clause 6.2 (MaxEnvelopeSize): nobody may ask for less.
SMALLEST_ENVELOPE = 8192

_LARGEST_ANSWER = 64_000_000
_AROUND_ITEMS = 2_000

_ADDRESSING = ("Action", "To", "MessageID", "ReplyTo", "FaultTo", "From", "RelatesTo")
_MANAGEMENT = (
    "ResourceURI",
    "SelectorSet",
    "OptionSet",
    "MaxEnvelopeSize",
    "OperationTimeout",
    "Locale",
    "RequestEPR",
    "RequestTotalItemsCountEstimate",
)
_UNDERSTOOD = {
    *(f"{{{names.ADDRESSING}}}{name}" for name in _ADDRESSING),
    *(f"{{{names.MANAGEMENT}}}{name}" for name in _MANAGEMENT),
    f"{{{names.EVENTING}}}Identifier",
}
_DATA_LOCALE = "{http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd}"
_MUST = f"{{{names.SOAP}}}mustUnderstand"
_SECONDS = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Message:
    """A request. `body` is the first element in the body, None for an empty one.

    `maximum_envelope` is the size in bytes that the answer may have, 0 for no limit. `options`
    are the texts of the OptionSet by their names. `identifier` names a subscription.
    """

    action: str
    message_id: str
    uri: str
    selectors: tuple[Selector, ...]
    body: etree._Element | None
    maximum_envelope: int = 0
    timeout_seconds: float = 0.0
    options: dict[str, str] = field(default_factory=dict)
    to: str = ""
    identifier: str = ""

    @property
    def room(self) -> int:
        """How many bytes the items of an answer may have."""
        return (self.maximum_envelope or _LARGEST_ANSWER) - _AROUND_ITEMS


def read_message(document: bytes) -> Message:
    """Read a request. Raises ValueError for what is no XML, FaultError for what is refused."""
    root = parse_xml(document)
    if root.tag != f"{{{names.SOAP}}}Envelope":
        raise FaultError(SOAP_VERSION, f"expected a SOAP 1.2 envelope, found {root.tag[:200]}")
    header = root.find(f"{{{names.SOAP}}}Header")
    body = root.find(f"{{{names.SOAP}}}Body")
    if body is None:
        raise FaultError(INVALID_HEADER, "expected a SOAP body")
    _check_understood(header)
    content = next((each for each in body if isinstance(each.tag, str)), None)
    if content is not None and content.tag == f"{{{names.IDENTITY}}}Identify":
        return Message(content.tag, _text(header, names.ADDRESSING, "MessageID"), "", (), content)
    action = _text(header, names.ADDRESSING, "Action")
    message_id = _text(header, names.ADDRESSING, "MessageID")
    for name, value in (("wsa:Action", action), ("wsa:MessageID", message_id)):
        if not value:
            raise FaultError(HEADER_REQUIRED, f"expected a header {name}")
    selectors = header.find(f"{{{names.MANAGEMENT}}}SelectorSet") if header is not None else None
    return Message(
        action,
        message_id,
        _text(header, names.MANAGEMENT, "ResourceURI"),
        read_selectors(selectors),
        content,
        _maximum_envelope(header),
        _timeout(header),
        _options(header),
        _text(header, names.ADDRESSING, "To"),
        _text(header, names.EVENTING, "Identifier"),
    )


def _check_understood(header: etree._Element | None) -> None:
    for each in header if header is not None else ():
        must = each.get(_MUST, "").strip().lower() in ("true", "1")
        tag = str(each.tag)
        if must and tag not in _UNDERSTOOD and not tag.startswith(_DATA_LOCALE):
            name = etree.QName(each)
            raise FaultError(
                NOT_UNDERSTOOD,
                f"the header {name.localname} is not understood",
                not_understood=(name.namespace or "", name.localname),
            )


def _text(header: etree._Element | None, namespace: str, name: str) -> str:
    return (header.findtext(f"{{{namespace}}}{name}") or "").strip() if header is not None else ""


def _maximum_envelope(header: etree._Element | None) -> int:
    text = _text(header, names.MANAGEMENT, "MaxEnvelopeSize")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) < SMALLEST_ENVELOPE:
        raise FaultError(
            INVALID_HEADER, f"expected a MaxEnvelopeSize of at least {SMALLEST_ENVELOPE} bytes"
        )
    return int(text)


def _timeout(header: etree._Element | None) -> float:
    text = _text(header, names.MANAGEMENT, "OperationTimeout")
    found = _SECONDS.match(text)
    if text and not found:
        raise FaultError(INVALID_HEADER, f"expected a duration, found {text[:40]!r}")
    if not found:
        return 0.0
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def _options(header: etree._Element | None) -> dict[str, str]:
    holder = header.find(f"{{{names.MANAGEMENT}}}OptionSet") if header is not None else None
    return {
        each.get("Name", ""): each.text or "" for each in (holder if holder is not None else ())
    }


def answer(action: str, relates_to: str, body: str, header: str = "") -> bytes:
    """Return the envelope of an answer."""
    relates = f"<wsa:RelatesTo>{escape(relates_to)}</wsa:RelatesTo>" if relates_to else ""
    return envelope(names.ANONYMOUS, action, body, relates + header)


def envelope(to: str, action: str, body: str, header: str = "") -> bytes:
    """Return a message with a message ID of its own."""
    prefixes = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.PREFIXES.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope {prefixes}><s:Header>'
        f"<wsa:To>{escape(to)}</wsa:To><wsa:Action>{escape(action)}</wsa:Action>"
        f"<wsa:MessageID>uuid:{uuid.uuid4()}</wsa:MessageID>{header}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
