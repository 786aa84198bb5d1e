"""The operations of endpoint.Endpoint, asked over WS-Management.

No operation raises for what the server did. Faults become CIM errors only as far as they say so;
what the protocol cannot express is refused as not supported, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from lxml import etree

from conformance.cim import (
    Answer,
    Argument,
    ClassReply,
    Instance,
    Layout,
    MethodReply,
    Path,
    PropertySlot,
    Refusal,
)
from conformance.endpoint import EventStream, Notify
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.wbem import cim_xml, shown
from conformance.endpoint.wsman import names
from conformance.endpoint.wsman.answers import (
    UNFETCHED,
    Fault,
    read_body,
    read_page,
    read_subscribed,
)
from conformance.endpoint.wsman.asking import (
    EPR,
    NO_EVENT,
    NOT_SUPPORTED,
    OBJECT_AND_EPR,
    Asking,
    Dialogue,
    Refused,
    held,
    present,
)
from conformance.endpoint.wsman.messages import (
    Composer,
    Message,
    Target,
    association_filter,
    query_filter,
)
from conformance.endpoint.wsman.values import read_duration


class WsmanEndpoint(Asking):
    """Implements endpoint.Endpoint; may be used by several threads at once."""

    # -- reading -------------------------------------------------------------------------------

    def enumerate_instances(self, namespace: str, classname: str) -> Answer:
        """Return the list[Instance] of a class and its subclasses."""

        def ask(dialogue: Dialogue) -> list[Instance]:
            found = self._enumerated(dialogue, namespace, classname, OBJECT_AND_EPR)
            return [self._item(item, namespace, classname) for item in found]

        known = (namespace, classname)
        return self._ask("EnumerateInstances", f"{namespace}:{classname}", ask, good=known)

    def enumerate_instance_names(self, namespace: str, classname: str) -> Answer:
        """Return the list[Path] of a class and its subclasses."""

        def ask(dialogue: Dialogue) -> list[Path]:
            found = self._enumerated(dialogue, namespace, classname, EPR)
            return [self._settle(dialogue).values.path(held(item), namespace) for item in found]

        known = (namespace, classname)
        return self._ask("EnumerateInstanceNames", f"{namespace}:{classname}", ask, good=known)

    def get_instance(self, path: Path) -> Answer:
        """Return the Instance at a path."""

        def ask(dialogue: Dialogue) -> Instance:
            settled = self._settle(dialogue)
            body = self._about(
                dialogue, path, lambda: dialogue.send(settled.composer.get(self._target(path)))
            )
            found = settled.values.instance(present(body, "an instance"), path.namespace, path)
            return found if settled.quirks.gets_references else _with_keys(found, path)

        known = (path.namespace, path.classname)
        return self._ask("GetInstance", str(path), ask, kept=True, good=known)

    def associators(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """Return the list[Instance] of objects associated with one."""
        wanted = ("AssociatedInstances", association, result_class, role, result_role)
        return self._ask("Associators", str(path), lambda d: self._related(d, path, *wanted))

    def associator_names(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """Return the list[Path] of objects associated with one."""
        wanted = ("AssociatedInstances", association, result_class, role, result_role)
        return self._ask(
            "AssociatorNames", str(path), lambda d: self._related_paths(d, path, *wanted)
        )

    def references(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """Return the list[Instance] of association instances that refer to an object."""
        wanted = ("AssociationInstances", None, result_class, role, None)
        return self._ask("References", str(path), lambda d: self._related(d, path, *wanted))

    def reference_names(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """Return the list[Path] of association instances that refer to an object."""
        wanted = ("AssociationInstances", None, result_class, role, None)
        return self._ask(
            "ReferenceNames", str(path), lambda d: self._related_paths(d, path, *wanted)
        )

    def exec_query(self, namespace: str, language: str, query: str) -> Answer:
        """Return the list[Instance] that a query selects."""

        def ask(dialogue: Dialogue) -> list[Instance]:
            filter_ = query_filter(_dialect(language), query)
            found = self._enumerated(dialogue, namespace, "*", OBJECT_AND_EPR, filter_)
            return [self._item(item, namespace, "") for item in found]

        return self._ask(f"ExecQuery {language}", f"{namespace}: {query}", ask)

    # -- classes -------------------------------------------------------------------------------

    def get_class(self, namespace: str, classname: str) -> Answer:
        """Return the ClassReply of a class, where the server declares classes."""

        def ask(dialogue: Dialogue) -> ClassReply:
            return self._declared(dialogue, namespace, classname)[0]

        return self._ask("GetClass", f"{namespace}:{classname}", ask)

    def enumerate_class_names(self, namespace: str, classname: str | None, deep: bool) -> Answer:
        """Refuse: WS-Management lists no classes."""
        del deep
        reason = "WS-Management lists no classes"
        target = f"{namespace}:{classname or ''}"
        return self._record.answer(
            "EnumerateClassNames", target, Refusal(NOT_SUPPORTED, reason), seconds=0.0
        )

    # -- changing ------------------------------------------------------------------------------

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """Return the MethodReply of an extrinsic method, called on an instance or a class."""

        def ask(dialogue: Dialogue) -> MethodReply:
            settled = self._settle(dialogue)
            text = cim_xml if settled.quirks.embedded_text else None
            given = settled.values.arguments(arguments, path.namespace, text)
            message = settled.composer.invoke(self._target(path), method, given)
            body = self._about(dialogue, path, lambda: dialogue.send(message))
            declared = settled.declarations.of(path.namespace, path.classname).methods
            returns, parameters = declared.get(method.lower(), ("uint32", {}))
            value, outputs = settled.values.outputs(body, parameters, returns, path.namespace)
            return MethodReply(value, outputs)

        told = {argument.name: shown(argument.value) for argument in arguments}
        return self._ask(f"InvokeMethod {method}", str(path), ask, kept=True, arguments=told)

    def create_instance(self, namespace: str, instance: Instance) -> Answer:
        """Return the Path of the instance the server created."""

        def ask(dialogue: Dialogue) -> Path:
            settled = self._settle(dialogue)
            target = self._class_target(namespace, instance.classname)
            message = settled.composer.create(target, self._body(dialogue, namespace, instance))
            body = dialogue.send(message)
            return settled.values.path(present(body, "a reference"), namespace)

        return self._ask("CreateInstance", f"{namespace}:{instance.classname}", ask, kept=True)

    def modify_instance(self, path: Path, instance: Instance, properties: Sequence[str]) -> Answer:
        """Change these properties of an instance.

        Put replaces the whole representation (DSP0226, clause 7.4): all that has a value is sent.
        """
        wanted = {name.lower() for name in properties}
        pairs = zip(instance.layout.slots, instance.values, strict=True)
        kept = [(s, value) for s, value in pairs if value is not None or s.name.lower() in wanted]
        layout = Layout(instance.classname, tuple(slot for slot, _ in kept))
        partial = Instance(path, layout, [value for _, value in kept])

        def ask(dialogue: Dialogue) -> None:
            settled = self._settle(dialogue)
            body = self._body(dialogue, path.namespace, partial)
            message = settled.composer.put(self._target(path), body)
            self._about(dialogue, path, lambda: dialogue.send(message))

        return self._ask("ModifyInstance", str(path), ask, kept=True)

    def delete_instance(self, path: Path) -> Answer:
        """Delete an instance."""

        def ask(dialogue: Dialogue) -> None:
            message = self._settle(dialogue).composer.delete(self._target(path))
            self._about(dialogue, path, lambda: dialogue.send(message))

        return self._ask("DeleteInstance", str(path), ask, kept=True)

    def _body(self, dialogue: Dialogue, namespace: str, instance: Instance) -> str:
        settled = self._settle(dialogue)
        text = cim_xml if settled.quirks.embedded_text else None
        content = settled.values.content(instance, namespace, "p", text)
        uri = settled.uris.of(namespace, instance.classname)
        return f'<p:{instance.classname} xmlns:p="{uri}">{content}</p:{instance.classname}>'

    # -- events --------------------------------------------------------------------------------

    def subscribe(
        self,
        namespace: str,
        language: str,
        query: str,
        seconds: float,
        notify: Notify | None = None,
    ) -> Answer:
        """Return the EventStream of the indications that a query selects.

        They are fetched; where the server does not offer that, they are pushed.
        """

        def ask(dialogue: Dialogue) -> EventStream:
            filter_ = query_filter(_dialect(language), query)
            settled = self._settle(dialogue)
            if not settled.quirks.ends_subscriptions:
                reason = "not asked: this product leaves a filter and a handler behind"
                raise Refused(Refusal(NOT_SUPPORTED, reason))
            if settled.quirks.windows_uris and _OF_SCHEMA.search(query):
                reason = "not asked: Windows tells of changes by events of WMI only"
                raise Refused(Refusal(NOT_SUPPORTED, reason))
            target = self._class_target(namespace, "*")
            write = partial(settled.composer.subscribe, target, filter_, seconds)
            manager, context, expires = _subscribed(dialogue, write, notify)
            lasts = read_duration(expires)
            granted = lasts if lasts is not None and lasts > 0 else seconds
            return EventStream(namespace, manager, context, min(granted, seconds))

        return self._ask(f"Subscribe {language}", f"{namespace}: {query}", ask, kept=True)

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """Return the list[Instance] of indications that came; none when the time is over."""

        def ask(dialogue: Dialogue) -> list[Instance]:
            composer = self._settle(dialogue).composer
            target = self._class_target(stream.namespace, "*")
            message = composer.fetch(target, stream.context, seconds, stream.manager)
            try:
                page = read_page(dialogue.send(message))
            except Refused as refused:
                if refused.fault != NO_EVENT:
                    raise
                return []
            return [self._item(item, stream.namespace, "") for item in page.items]

        return self._ask("Pull", f"{stream.namespace}: events", ask, kept=True)

    def read_event(self, namespace: str, message: bytes) -> Answer:
        """Return the Instance of the indication in a message that was pushed."""

        def ask(dialogue: Dialogue) -> Instance:
            dialogue.response = message
            body = read_body(message)
            if body is None or isinstance(body, Fault):
                raise UnreadableError(f"expected an event, found {body or 'nothing'}")
            return self._settle(dialogue).values.instance(body, namespace, None)

        return self._ask("Event", f"{namespace}: events", ask, kept=True)

    def renew(self, stream: EventStream) -> Answer:
        """Let a subscription last as long again."""
        return self._manage(
            "Renew", stream, lambda c, target: c.renew(target, stream.manager, stream.seconds)
        )

    def unsubscribe(self, stream: EventStream) -> Answer:
        """End a subscription."""
        return self._manage(
            "Unsubscribe", stream, lambda c, target: c.unsubscribe(target, stream.manager)
        )

    def _manage(
        self, action: str, stream: EventStream, write: Callable[[Composer, Target], Message]
    ) -> Answer:
        def ask(dialogue: Dialogue) -> None:
            composer = self._settle(dialogue).composer
            dialogue.send(write(composer, self._class_target(stream.namespace, "*")))

        return self._ask(action, f"{stream.namespace}: events", ask, kept=True)

    def _related(self, dialogue: Dialogue, path: Path, *wanted: str | None) -> list[Instance]:
        asked = wanted[2] or ""
        items = self._filtered(dialogue, path, OBJECT_AND_EPR, *wanted)
        return [self._item(item, path.namespace, asked) for item in items]

    def _related_paths(self, dialogue: Dialogue, path: Path, *wanted: str | None) -> list[Path]:
        items = self._filtered(dialogue, path, EPR, *wanted)
        values = self._settle(dialogue).values
        return [values.path(held(item), path.namespace) for item in items]

    def _filtered(
        self, dialogue: Dialogue, path: Path, mode: str, kind: str | None, *wanted: str | None
    ) -> list[etree._Element]:
        reference = self._settle(dialogue).uris.reference(path)
        filter_ = association_filter(kind or "", reference, *wanted)
        return self._about(
            dialogue,
            path,
            lambda: list(self._enumerated(dialogue, path.namespace, "*", mode, filter_)),
        )


def _subscribed(
    dialogue: Dialogue, write: Callable[[str], Message], notify: Notify | None
) -> tuple[str, str, str]:
    """Subscribe to events that are fetched, or else pushed; return what `read_subscribed` does."""
    try:
        found = read_subscribed(dialogue.send(write("")))
    except Refused as refused:
        url = notify() if notify is not None and refused.name in UNFETCHED else ""
        if not url:
            raise
        return read_subscribed(dialogue.send(write(url)))
    if not found[1]:
        raise UnreadableError("expected a context by which events are fetched, found none")
    return found


_OF_SCHEMA = re.compile(r"\bFROM\s+CIM_Inst(Creation|Modification|Deletion)\b", re.IGNORECASE)
"""Asks for an indication that no provider of WMI sends, though its class may be known."""


def _dialect(language: str) -> str:
    return names.WQL_FILTER if language.upper() == "WQL" else names.CQL_FILTER


def _with_keys(instance: Instance, path: Path) -> Instance:
    """Return an association with the references that its path names."""
    keys = {name.lower(): value for name, value in path.keys if isinstance(value, Path)}
    slots: tuple[PropertySlot, ...] = instance.layout.slots
    pairs = zip(slots, instance.values, strict=True)
    values = [keys.get(slot.name.lower(), value) for slot, value in pairs]
    return Instance(instance.path, instance.layout, values)
