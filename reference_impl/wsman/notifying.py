"""Events on their way to a listener: one message each (DSP0226, clauses 10.2.9.2 and 10.2.9.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from reference_impl.cimxml.requests import parse_xml
from reference_impl.cimxml.text import escape
from reference_impl.indications.export import DeliveryError, exchange
from reference_impl.values import CIMError, Instance
from reference_impl.wsman import names
from reference_impl.wsman.codec import Writer
from reference_impl.wsman.envelope import envelope
from reference_impl.wsman.resources import Resource

_HEADERS: Mapping[str, str] = {
    "Content-Type": "application/soap+xml;charset=UTF-8",
    "Connection": "close",
}
_ACCEPTED = (HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
_ACKNOWLEDGE = (
    f"<wsman:AckRequested/><wsa:ReplyTo><wsa:Address>{names.ANONYMOUS}</wsa:Address></wsa:ReplyTo>"
)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where events go to: a URL, and headers that are to come back with each of them."""

    url: str
    headers: str = ""


class EventWriter:
    """Writes indications for one subscription, in the form of its resource."""

    def __init__(
        self, writer: Writer, shown: Callable[[Instance], Instance | None], resource: Resource
    ) -> None:
        self._writer = writer
        self._shown = shown
        self._resource = resource

    def event(self, indication: Instance) -> str:
        """Return an indication as an element, "" when it is not to be told."""
        shown = self._shown(indication)
        try:
            return "" if shown is None else self._writer.instance(shown, self._resource)
        except CIMError:
            return ""  # a class that is not known any more cannot be written

    def uri(self, indication: Instance) -> str:
        """Return the resource URI of an indication's class."""
        return self._resource.uri(indication.classname)


class Push:
    """A Carrier: posts each event; one that is to be acknowledged waits for the answer."""

    def __init__(self, writer: EventWriter, listener: Listener, *, acknowledged: bool) -> None:
        self._writer = writer
        self._listener = listener
        self._acknowledged = acknowledged

    def document(self, indication: Instance) -> bytes | None:
        """Return the message of an event, None when it is not to be told."""
        body = self._writer.event(indication)
        if not body:
            return None
        uri = escape(self._writer.uri(indication))
        header = f"<wsman:ResourceURI>{uri}</wsman:ResourceURI>{self._listener.headers}"
        if self._acknowledged:
            header += _ACKNOWLEDGE
        return envelope(self._listener.url, names.EVENT, body, header)

    def post(self, url: str, document: bytes) -> None:
        """Send a message. Raises DeliveryError unless it was accepted."""
        status, reply = exchange(url, document, _HEADERS)
        if status not in _ACCEPTED:
            raise DeliveryError(f"{url}: expected HTTP status 200, found {status}")
        if self._acknowledged:
            _check_acknowledged(url, document, reply)


def _check_acknowledged(url: str, document: bytes, reply: bytes) -> None:
    """Raise DeliveryError unless a reply acknowledges the message."""
    try:
        sent, header = (_header(each) for each in (document, reply))
    except ValueError as error:
        raise DeliveryError(f"{url}: the reply is no XML: {error}") from error
    if header.get("Action") != names.ACKNOWLEDGE:
        found = header.get("Action", "")
        raise DeliveryError(f"{url}: expected the action {names.ACKNOWLEDGE}, found {found[:200]}")
    if header.get("RelatesTo") != sent["MessageID"]:
        raise DeliveryError(f"{url}: the reply acknowledges another message")


def _header(document: bytes) -> dict[str, str]:
    """Return the texts of the addressing headers by their local names."""
    root = parse_xml(document)
    prefix = f"{{{names.ADDRESSING}}}"
    return {
        str(each.tag).removeprefix(prefix): (each.text or "").strip()
        for each in root.iterfind(f"{{{names.SOAP}}}Header/{prefix}*")
    }
