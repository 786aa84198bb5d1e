"""Requests of WS-Management as text (DSP0226, DSP0227)."""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape, quoteattr

import msgspec

from conformance.endpoint.wsman import names

MOST_ITEMS = 500
"""Items wanted in one answer; a server gives fewer where they do not fit."""

_DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in names.PREFIXES.items())
_TRANSFER, _ENUMERATION = names.TRANSFER, names.ENUMERATION


class Target(msgspec.Struct, frozen=True):
    """What a message is about: a resource URI, and the SelectorSet as XML."""

    uri: str
    selectors: str = ""


class Message(msgspec.Struct, frozen=True):
    """A request, and the id that its answer relates to."""

    id: str
    xml: str


class Composer:
    """Writes requests to one server; `timeout` in seconds, `largest` answers in bytes."""

    def __init__(self, url: str, timeout: float, largest: int) -> None:
        self._to = escape(url)
        self._timeout = max(1, round(timeout))
        self._largest = largest

    def identify(self) -> Message:
        """Ask which product this is (DSP0226, clause 11)."""
        body = f'<i:Identify xmlns:i="{names.IDENTITY}"/>'
        head = f'<s:Envelope xmlns:s="{names.SOAP}"><s:Header/>'
        return Message("", f"{head}<s:Body>{body}</s:Body></s:Envelope>")

    def get(self, target: Target, options: str = "") -> Message:
        """Read one instance."""
        return self._message(f"{_TRANSFER}/Get", target, "", options)

    def put(self, target: Target, body: str) -> Message:
        """Change one instance."""
        return self._message(f"{_TRANSFER}/Put", target, body)

    def create(self, target: Target, body: str) -> Message:
        """Create an instance of a class."""
        return self._message(f"{_TRANSFER}/Create", target, body)

    def delete(self, target: Target) -> Message:
        """Delete one instance."""
        return self._message(f"{_TRANSFER}/Delete", target, "")

    def invoke(self, target: Target, method: str, body: str) -> Message:
        """Call an extrinsic method; `body` are its parameters."""
        tag = f"p:{method}_INPUT"
        content = f"<{tag} xmlns:p={quoteattr(target.uri)}>{body}</{tag}>"
        return self._message(f"{target.uri}/{method}", target, content)

    def enumerate_(self, target: Target, mode: str, filter_: str = "") -> Message:
        """Begin an enumeration, subclasses included, whose first items come at once."""
        body = (
            f"<wsen:Enumerate><wsman:OptimizeEnumeration/>"
            f"<wsman:MaxElements>{MOST_ITEMS}</wsman:MaxElements>"
            f"<wsman:EnumerationMode>{mode}</wsman:EnumerationMode>{filter_}"
            "</wsen:Enumerate>"
        )
        return self._message(f"{_ENUMERATION}/Enumerate", target, body)

    def pull(self, target: Target, context: str) -> Message:
        """Ask for the next items of an enumeration; `context` is XML."""
        body = (
            f"<wsen:Pull><wsen:EnumerationContext>{context}</wsen:EnumerationContext>"
            f"<wsen:MaxElements>{MOST_ITEMS}</wsen:MaxElements></wsen:Pull>"
        )
        return self._message(f"{_ENUMERATION}/Pull", target, body)

    def subscribe(self, target: Target, filter_: str, seconds: float, url: str = "") -> Message:
        """Ask for events for so many seconds: to be fetched, or to be sent to a URL.

        DSP0226, clause 10.
        """
        mode = quoteattr(names.PUSHED_EVENTS if url else names.PULLED_EVENTS)
        to = f"<wse:NotifyTo><wsa:Address>{escape(url)}</wsa:Address></wse:NotifyTo>" if url else ""
        body = (
            f"<wse:Subscribe><wse:Delivery Mode={mode}>{to}</wse:Delivery>"
            f"<wse:Expires>{_duration(seconds)}</wse:Expires>{filter_}</wse:Subscribe>"
        )
        return self._message(f"{names.EVENTING}/Subscribe", target, body)

    def fetch(self, target: Target, context: str, seconds: float, manager: str) -> Message:
        """Ask for the events that came, or, for so many seconds, for the first that comes."""
        body = (
            f"<wsen:Pull><wsen:EnumerationContext>{context}</wsen:EnumerationContext>"
            f"<wsen:MaxTime>{_duration(seconds)}</wsen:MaxTime>"
            f"<wsen:MaxElements>{MOST_ITEMS}</wsen:MaxElements></wsen:Pull>"
        )
        return self._message(f"{_ENUMERATION}/Pull", target, body, manager, seconds)

    def renew(self, target: Target, manager: str, seconds: float) -> Message:
        """Let a subscription, which the headers of its manager name, last longer."""
        body = f"<wse:Renew><wse:Expires>{_duration(seconds)}</wse:Expires></wse:Renew>"
        return self._message(f"{names.EVENTING}/Renew", target, body, manager)

    def unsubscribe(self, target: Target, manager: str) -> Message:
        """End a subscription, which the headers of its manager name."""
        body = "<wse:Unsubscribe/>"
        return self._message(f"{names.EVENTING}/Unsubscribe", target, body, manager)

    def _message(
        self,
        action: str,
        target: Target,
        body: str,
        headers: str = "",
        timeout: float | None = None,
    ) -> Message:
        message_id = f"uuid:{uuid.uuid4()}"
        header = (
            f'<wsa:Action s:mustUnderstand="true">{escape(action)}</wsa:Action>'
            f"<wsa:To>{self._to}</wsa:To><wsa:MessageID>{message_id}</wsa:MessageID>"
            f"<wsa:ReplyTo><wsa:Address>{names.ANONYMOUS}</wsa:Address></wsa:ReplyTo>"
            f'<wsman:ResourceURI s:mustUnderstand="true">{escape(target.uri)}</wsman:ResourceURI>'
            f"<wsman:MaxEnvelopeSize>{self._largest}</wsman:MaxEnvelopeSize>"
            f"<wsman:OperationTimeout>{_duration(timeout or self._timeout)}"
            f"</wsman:OperationTimeout>{target.selectors}{headers}"
        )
        return Message(
            message_id,
            f"<s:Envelope{_DECLARED}><s:Header>{header}</s:Header>"
            f"<s:Body>{body}</s:Body></s:Envelope>",
        )


def _duration(seconds: float) -> str:
    """Return a duration in whole seconds, one at least (XML Schema, xs:duration)."""
    return f"PT{max(1, round(seconds))}S"


def query_filter(dialect: str, query: str) -> str:
    """Return the filter of a query in one of the query languages."""
    return f"<wsman:Filter Dialect={quoteattr(dialect)}>{escape(query)}</wsman:Filter>"


def association_filter(
    kind: str,
    reference: str,
    association: str | None = None,
    result_class: str | None = None,
    role: str | None = None,
    result_role: str | None = None,
) -> str:
    """Return an association filter; `kind` is AssociatedInstances or AssociationInstances.

    All of its parts are always there, empty when unset: with fewer, one server enumerates
    something else. The class of what AssociationInstances gives is its ResultClassName.
    """
    parts = (
        ("AssociationClassName", association),
        ("Role", role),
        ("ResultClassName", result_class),
        ("ResultRole", result_role),
    )
    named = "".join(f"<wsmb:{tag}>{escape(text or '')}</wsmb:{tag}>" for tag, text in parts)
    content = f"<wsmb:{kind}><wsmb:Object>{reference}</wsmb:Object>{named}</wsmb:{kind}>"
    return f"<wsman:Filter Dialect={quoteattr(names.ASSOCIATION_FILTER)}>{content}</wsman:Filter>"


def options(**flags: bool) -> str:
    """Return an OptionSet of flags (DSP0226, clause 6.4)."""
    each = (f'<wsman:Option Name="{n}">{str(v).lower()}</wsman:Option>' for n, v in flags.items())
    return f'<wsman:OptionSet s:mustUnderstand="true">{"".join(each)}</wsman:OptionSet>'
