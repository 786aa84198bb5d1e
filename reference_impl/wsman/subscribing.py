"""What a Subscribe message asks for (DSP0226, clause 10.2; DSP0227, clause 10.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from reference_impl.indications.destinations import usable
from reference_impl.query import CQL, WQL
from reference_impl.wsman import names
from reference_impl.wsman.codec import read_duration
from reference_impl.wsman.enumerating import POLYMORPHISM
from reference_impl.wsman.faults import (
    DELIVERY_MODE,
    EVENT_DIALECT,
    EXPIRATION,
    INVALID_MESSAGE,
    UNSUPPORTED,
    FaultError,
)
from reference_impl.wsman.notifying import Listener
from reference_impl.wsman.resources import whole_text

#: How long a subscription lasts when its client does not say, and at most, in seconds.
DEFAULT_SECONDS = 600
MAXIMUM_SECONDS = 24 * 60 * 60

#: What a listener may want to come back with each event, in characters.
MAXIMUM_HEADERS = 16_384

#: The delivery modes that are served, with their values of the property DeliveryMode.
MODES = {names.PUSH: 2, names.PUSH_WITH_ACK: 3, names.DELIVERED_BY_PULL: 5}

_LANGUAGES = {names.WQL_FILTER: WQL, names.CQL_FILTER: CQL}
_EVENTING = f"{{{names.EVENTING}}}"
_MANAGEMENT = f"{{{names.MANAGEMENT}}}"
_ADDRESSING = f"{{{names.ADDRESSING}}}"

#: What is not served, with the fault detail that says so.
_UNSERVED = {
    f"{_EVENTING}EndTo": "AddressingMode",
    f"{_MANAGEMENT}Heartbeats": "Heartbeats",
    f"{_MANAGEMENT}SendBookmarks": "Bookmarks",
    f"{_MANAGEMENT}Bookmark": "Bookmarks",
    f"{_MANAGEMENT}ConnectionRetry": "DeliveryRetries",
}


@dataclass(frozen=True, slots=True)
class Expiration:
    """For how many seconds, and whether the client said so by the moment of the end."""

    seconds: int
    absolute: bool = False

    def text(self, seconds: float) -> str:
        """Return so many seconds in the form that the client uses, "" when there is no end."""
        if seconds == float("inf"):
            return ""
        if not self.absolute:
            return f"PT{max(0, round(seconds))}S"
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=round(seconds))
        return end.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Subscribing:
    """What is asked for: `mode` is among MODES, `listener` None when the client fetches.

    `language` and `query` are "" for all indications of the resource.
    """

    mode: str
    listener: Listener | None
    expiration: Expiration
    language: str = ""
    query: str = ""


def read_subscribe(body: etree._Element | None) -> Subscribing:
    """Read the body of a Subscribe. Raises FaultError."""
    if body is None or body.tag != f"{_EVENTING}Subscribe":
        raise FaultError(INVALID_MESSAGE, "expected wse:Subscribe in the body")
    delivery = body.find(f"{_EVENTING}Delivery")
    if delivery is None:
        raise FaultError(INVALID_MESSAGE, "expected wse:Delivery")
    _check_served(body, delivery)
    mode = delivery.get("Mode", names.PUSH).strip()
    if mode not in MODES:
        wanted = ", ".join(MODES)
        text = f"expected one of the delivery modes {wanted}, found {mode[:200]}"
        raise FaultError(DELIVERY_MODE, text)
    listener = None if mode == names.DELIVERED_BY_PULL else _listener(delivery)
    language, query = _query(body)
    return Subscribing(mode, listener, read_expiration(body), language, query)


def read_expiration(body: etree._Element) -> Expiration:
    """Read how long a subscription is to last; never more than is allowed. Raises FaultError."""
    text = (body.findtext(f"{_EVENTING}Expires") or "").strip()
    if not text:
        return Expiration(DEFAULT_SECONDS)
    duration = read_duration(text)
    try:
        left = duration
        if left is None:
            left = datetime.fromisoformat(text).astimezone(UTC) - datetime.now(UTC)
    except (ValueError, OverflowError) as error:
        wanted = "a duration or a moment"
        raise FaultError(EXPIRATION, f"expected {wanted}, found {text[:40]!r}") from error
    seconds = left.total_seconds()
    if seconds <= 0:
        raise FaultError(EXPIRATION, f"{text[:40]} is over already")
    return Expiration(min(max(1, round(seconds)), MAXIMUM_SECONDS), absolute=duration is None)


def _check_served(body: etree._Element, delivery: etree._Element) -> None:
    for each in (*body, *delivery):
        detail = _UNSERVED.get(str(each.tag))
        if detail is not None:
            name = etree.QName(each).localname
            raise FaultError(UNSUPPORTED, f"{name} is not supported", detail=detail)
    polymorphism = (body.findtext(f"{{{names.BINDING}}}PolymorphismMode") or "").strip()
    if polymorphism not in ("", POLYMORPHISM[0]):
        text = f"PolymorphismMode: expected {POLYMORPHISM[0]}, found {polymorphism[:80]}"
        raise FaultError(UNSUPPORTED, text)


def _query(body: etree._Element) -> tuple[str, str]:
    """Return language and text of the filter."""
    for tag in (f"{_MANAGEMENT}Filter", f"{_EVENTING}Filter"):
        found = body.find(tag)
        if found is None:
            continue
        language = _LANGUAGES.get(found.get("Dialect", "").strip())
        if language is None:
            dialect = found.get("Dialect", "")[:200]
            raise FaultError(EVENT_DIALECT, f"the filter dialect {dialect} is not supported")
        return language, whole_text(found)
    return "", ""


def _listener(delivery: etree._Element) -> Listener:
    """Read where to push to."""
    notify = delivery.find(f"{_EVENTING}NotifyTo")
    url = (notify.findtext(f"{_ADDRESSING}Address") or "").strip() if notify is not None else ""
    if notify is None or not usable(url):
        text = f"wse:NotifyTo: expected http(s)://host:port, found {url[:200]!r}"
        raise FaultError(INVALID_MESSAGE, text)
    headers = [
        each
        for kind in ("ReferenceProperties", "ReferenceParameters")
        for each in notify.iterfind(f"{_ADDRESSING}{kind}/*")
    ]
    for each in headers:
        if etree.QName(each).namespace in (names.SOAP, names.ADDRESSING):
            text = f"wse:NotifyTo: {etree.QName(each).localname} is no header of the listener's own"
            raise FaultError(INVALID_MESSAGE, text)
    written = "".join(etree.tostring(each, encoding="unicode", with_tail=False) for each in headers)
    if len(written) > MAXIMUM_HEADERS:
        text = f"wse:NotifyTo: expected at most {MAXIMUM_HEADERS} characters of headers"
        raise FaultError(INVALID_MESSAGE, text)
    return Listener(url, written)
