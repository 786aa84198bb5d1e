"""Enumerate, Pull and Release (DSP0226, clause 8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lxml import etree

from reference_impl.operations import Operations
from reference_impl.operations.enumerations import Enumeration
from reference_impl.wsman import names
from reference_impl.wsman.codec import Writer
from reference_impl.wsman.enumerating import find_objects, read_count, read_enumerate, render_item
from reference_impl.wsman.envelope import Message
from reference_impl.wsman.faults import PARAMETER, FaultError
from reference_impl.wsman.resources import Resource

_PULLED = "wsen:Pull"


class Pulling:
    """The open enumerations; `actions` are the messages that it answers, by their URIs.

    `resource` reads what a message is about. `fetch_events` answers a Pull of events, and gives
    None when it is about an enumeration.
    """

    def __init__(
        self,
        operations: Operations,
        writer: Writer,
        resource: Callable[[Message], Resource],
        fetch_events: Callable[[Message], str | None],
    ) -> None:
        self._operations = operations
        self._schema = operations.schema
        self._writer = writer
        self._resource = resource
        self._fetch_events = fetch_events
        self.actions: dict[str, Callable[[Message], tuple[str, str]]] = {
            names.ENUMERATE: self._enumerate,
            names.PULL: self._pull,
            names.RELEASE: self._release,
        }

    def _enumerate(self, message: Message) -> tuple[str, str]:
        resource = self._resource(message)
        asked = read_enumerate(message.body)
        objects = find_objects(self._schema, resource, asked, self._operations.read)
        render = partial(render_item, self._writer, resource, asked)
        enumeration = Enumeration(
            _PULLED,
            resource.namespace,
            objects,
            lambda taken: [render(each) for each in taken],
            self._operations.settings.default_timeout_seconds,
        )
        items = _items(enumeration, asked.first, message) if asked.first else []
        done = bool(asked.first) and enumeration.exhausted
        context = "" if done else self._operations.enumerations.open(_touched(enumeration))
        parts = [f"<wsen:EnumerationContext>{context}</wsen:EnumerationContext>"]
        if asked.first:
            parts.append(f"<wsman:Items>{''.join(items)}</wsman:Items>")
        if done:
            parts.append("<wsman:EndOfSequence/>")
        body = f"<wsen:EnumerateResponse>{''.join(parts)}</wsen:EnumerateResponse>"
        return f"{names.ENUMERATE}Response", body

    def _pull(self, message: Message) -> tuple[str, str]:
        fetched = self._fetch_events(message)
        if fetched is not None:
            return f"{names.PULL}Response", fetched
        body, enumeration, context = self._opened(message, "Pull")
        count = read_count(body, f"{{{names.ENUMERATION}}}MaxElements")
        with enumeration.lock:
            items = _items(enumeration, count, message)
            done = enumeration.exhausted
        if done:
            self._operations.enumerations.close(context)
        parts = [
            "" if done else f"<wsen:EnumerationContext>{context}</wsen:EnumerationContext>",
            f"<wsen:Items>{''.join(items)}</wsen:Items>",
            "<wsen:EndOfSequence/>" if done else "",
        ]
        return f"{names.PULL}Response", f"<wsen:PullResponse>{''.join(parts)}</wsen:PullResponse>"

    def _release(self, message: Message) -> tuple[str, str]:
        _, _, context = self._opened(message, "Release")
        self._operations.enumerations.close(context)
        return f"{names.RELEASE}Response", ""

    def _opened(self, message: Message, tag: str) -> tuple[etree._Element, Enumeration, str]:
        body = message.body
        if body is None or body.tag != f"{{{names.ENUMERATION}}}{tag}":
            raise FaultError(PARAMETER, f"expected wsen:{tag} in the body")
        context = (body.findtext(f"{{{names.ENUMERATION}}}EnumerationContext") or "").strip()
        namespace = self._resource(message).namespace
        return body, self._operations.enumerations.find(context, namespace, _PULLED), context


def _touched(enumeration: Enumeration) -> Enumeration:
    """Set the deadline of an enumeration of which nothing has been taken yet."""
    enumeration.take(0)
    return enumeration


def _items(enumeration: Enumeration, count: int, message: Message) -> list[str]:
    """Take the next items: at most so many, and as many as the answer may hold, but one."""
    left = message.room
    items: list[str] = []
    while len(items) < count and not enumeration.exhausted:
        (item,) = enumeration.render(enumeration.take(1))
        left -= len(item.encode())
        if left < 0 and items:
            enumeration.position -= 1
            break
        items.append(item)
    return items
