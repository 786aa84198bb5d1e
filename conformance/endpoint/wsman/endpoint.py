"""The operations of endpoint.Endpoint, asked over WS-Management.

No operation raises for what the server did. Faults become CIM errors only as far as they say so;
what the protocol cannot express is refused as not supported, with the reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

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
    Trouble,
)
from conformance.endpoint import (
    CLASSES,
    INDICATIONS,
    TYPES,
    Connection,
    EndpointError,
    EventStream,
)
from conformance.endpoint.address import UrlError, parse_url
from conformance.endpoint.bulk import Pool, without_collector
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.exchange import Record
from conformance.endpoint.troubles import TransportError
from conformance.endpoint.wbem import cim_xml, shown
from conformance.endpoint.wsman import names
from conformance.endpoint.wsman.answers import (
    UNREACHABLE,
    Fault,
    read_body,
    read_page,
    read_subscribed,
)
from conformance.endpoint.wsman.declarations import Declaration, Declarations, declared_in
from conformance.endpoint.wsman.messages import (
    Composer,
    Message,
    Target,
    association_filter,
    options,
    query_filter,
)
from conformance.endpoint.wsman.quirks import QUIRKS, Quirks, recognized
from conformance.endpoint.wsman.references import Uris
from conformance.endpoint.wsman.values import Values, read_duration
from conformance.endpoint.wsman.wire import Wire
from conformance.schema.class_files import bundled_classes
from conformance.schema.classes import Classes

OBJECT_AND_EPR, EPR = "EnumerateObjectAndEPR", "EnumerateEPR"
ACCESS_DENIED, INVALID_PARAMETER, INVALID_CLASS, NOT_FOUND, NOT_SUPPORTED = 2, 4, 5, 6, 7
REDIRECTION = 300
MOST_CLASS_FAILURES = 3
NO_EVENT = "timedout"

T = TypeVar("T")

LIMITS = {
    INDICATIONS: "WS-Management has subscriptions of its own (WS-Eventing): no instances of "
    "filters, listener destinations and subscriptions are created there"
}
UNDECLARED_LIMITS = {
    TYPES: "WS-Management sends values without types, and the server declares no classes",
    CLASSES: "the server declares no classes over WS-Management",
}


class _Refused(Exception):  # carries an answer, is no error
    """What the server refused, as the answer of the operation carries it."""

    def __init__(self, result: Refusal | Trouble, fault: str = "") -> None:
        super().__init__(str(result))
        self.result = result
        self.fault = fault


class _Dialogue:
    """The messages of one operation: what was sent last, and what came back."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.request = ""
        self.response = b""

    def send(self, message: Message) -> etree._Element | None:
        """Return the body of the answer; raise _Refused, TransportError, UnreadableError."""
        self.request, self.response = message.xml, b""
        status, self.response = self.wire.send(message.xml.encode())
        try:
            body = read_body(self.response, message.id)
        except UnreadableError:
            if status < REDIRECTION:
                raise
            text = f"HTTP {status}, and no SOAP fault that tells why"
            raise _Refused(Trouble("http", text)) from None
        if isinstance(body, Fault):
            raise _Refused(body.result(), body.name if body.status is None else "")
        return body


class WsmanEndpoint:
    """Implements endpoint.Endpoint; may be used by several threads at once."""

    def __init__(self, connection: Connection, classes: Classes | None = None) -> None:
        """Prepare for an endpoint without connecting; raise EndpointError for a malformed URL.

        `classes` are the facts by which values are read where the server declares no class (the
        bundled ones when None).
        """
        self._classes = classes
        try:
            address = parse_url(connection.url)
        except UrlError as error:
            advice = "write it as wsman[s]://host[:port][/path]"
            raise EndpointError(connection.url, str(error), advice) from error
        self.url = address.url
        self._connection = connection
        self._where = f"{address.scheme}://{address.host}:{address.port}{address.path}"
        self._pool = Pool(lambda: Wire(connection))
        self._record = Record(connection.credentials)
        self._lock = threading.Lock()
        self._settled: _Settled | None = None
        self._good: set[tuple[str, str]] = set()
        self._accepted = False
        self._declaring = True
        self._has_declared = False
        self._undeclared = 0

    @property
    def limits(self) -> Mapping[str, str]:
        """Return what this server's WS-Management cannot express, each with the reason."""
        return LIMITS if self._has_declared else {**LIMITS, **UNDECLARED_LIMITS}

    @property
    def operations(self) -> int:
        """Return how many operations were asked so far."""
        return self._pool.lendings

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    # -- reading -------------------------------------------------------------------------------

    def enumerate_instances(self, namespace: str, classname: str) -> Answer:
        """Return the list[Instance] of a class and its subclasses."""

        def ask(dialogue: _Dialogue) -> list[Instance]:
            found = self._enumerated(dialogue, namespace, classname, OBJECT_AND_EPR)
            return [self._item(item, namespace, classname) for item in found]

        known = (namespace, classname)
        return self._ask("EnumerateInstances", f"{namespace}:{classname}", ask, good=known)

    def enumerate_instance_names(self, namespace: str, classname: str) -> Answer:
        """Return the list[Path] of a class and its subclasses."""

        def ask(dialogue: _Dialogue) -> list[Path]:
            found = self._enumerated(dialogue, namespace, classname, EPR)
            return [self._settle(dialogue).values.path(_held(item), namespace) for item in found]

        known = (namespace, classname)
        return self._ask("EnumerateInstanceNames", f"{namespace}:{classname}", ask, good=known)

    def get_instance(self, path: Path) -> Answer:
        """Return the Instance at a path."""

        def ask(dialogue: _Dialogue) -> Instance:
            settled = self._settle(dialogue)
            body = self._about(
                dialogue, path, lambda: dialogue.send(settled.composer.get(self._target(path)))
            )
            found = settled.values.instance(_present(body, "an instance"), path.namespace, path)
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

        def ask(dialogue: _Dialogue) -> list[Instance]:
            filter_ = query_filter(_dialect(language), query)
            found = self._enumerated(dialogue, namespace, "*", OBJECT_AND_EPR, filter_)
            return [self._item(item, namespace, "") for item in found]

        return self._ask(f"ExecQuery {language}", f"{namespace}: {query}", ask)

    # -- classes -------------------------------------------------------------------------------

    def get_class(self, namespace: str, classname: str) -> Answer:
        """Return the ClassReply of a class, where the server declares classes."""

        def ask(dialogue: _Dialogue) -> ClassReply:
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

    def _declared(
        self, dialogue: _Dialogue, namespace: str, classname: str
    ) -> tuple[ClassReply, Declaration]:
        if not self._declaring:
            raise _Refused(Refusal(NOT_SUPPORTED, "the server declares no classes"))
        selectors = (
            f'<wsman:SelectorSet><wsman:Selector Name="{names.NAMESPACE_SELECTOR}">{namespace}'
            f'</wsman:Selector><wsman:Selector Name="ClassName">{classname}</wsman:Selector>'
            "</wsman:SelectorSet>"
        )
        flags = options(
            IncludeQualifiers=True, IncludeInheritedElements=True, IncludeInheritanceHierarchy=True
        )
        target = Target(names.CLASS_DECLARATION, selectors)
        composer = self._settle(dialogue).composer
        try:
            found = declared_in(_present(dialogue.send(composer.get(target, flags)), "a class"))
        except (_Refused, UnreadableError) as error:
            self._note_undeclared()
            if isinstance(error, _Refused) and error.fault and not self._has_declared:
                reason = f"the server declares no classes, or not this one ({error})"
                raise _Refused(Refusal(NOT_SUPPORTED, reason)) from error
            raise
        self._has_declared = True
        return found

    def _note_undeclared(self) -> None:
        """Take a server that has refused some classes, and declared none, to declare none."""
        self._undeclared += 1
        if not self._has_declared and self._undeclared >= MOST_CLASS_FAILURES:
            self._declaring = False

    def _declaration(self, namespace: str, classname: str) -> Declaration | None:
        """Return a class as the server declares it, None where it does not."""
        if not self._declaring or classname == "*":
            return None
        with self._pool.lent() as wire:
            try:
                return self._declared(_Dialogue(wire), namespace, classname)[1]
            except (_Refused, TransportError, UnreadableError):
                return None

    # -- changing ------------------------------------------------------------------------------

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """Return the MethodReply of an extrinsic method, called on an instance or a class."""

        def ask(dialogue: _Dialogue) -> MethodReply:
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

        def ask(dialogue: _Dialogue) -> Path:
            settled = self._settle(dialogue)
            target = self._class_target(namespace, instance.classname)
            message = settled.composer.create(target, self._body(dialogue, namespace, instance))
            body = dialogue.send(message)
            return settled.values.path(_present(body, "a reference"), namespace)

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

        def ask(dialogue: _Dialogue) -> None:
            settled = self._settle(dialogue)
            body = self._body(dialogue, path.namespace, partial)
            message = settled.composer.put(self._target(path), body)
            self._about(dialogue, path, lambda: dialogue.send(message))

        return self._ask("ModifyInstance", str(path), ask, kept=True)

    def delete_instance(self, path: Path) -> Answer:
        """Delete an instance."""

        def ask(dialogue: _Dialogue) -> None:
            message = self._settle(dialogue).composer.delete(self._target(path))
            self._about(dialogue, path, lambda: dialogue.send(message))

        return self._ask("DeleteInstance", str(path), ask, kept=True)

    def _body(self, dialogue: _Dialogue, namespace: str, instance: Instance) -> str:
        settled = self._settle(dialogue)
        text = cim_xml if settled.quirks.embedded_text else None
        content = settled.values.content(instance, namespace, "p", text)
        uri = settled.uris.of(namespace, instance.classname)
        return f'<p:{instance.classname} xmlns:p="{uri}">{content}</p:{instance.classname}>'

    # -- events --------------------------------------------------------------------------------

    def subscribe(self, namespace: str, language: str, query: str, seconds: float) -> Answer:
        """Return the EventStream of the indications that a query selects."""

        def ask(dialogue: _Dialogue) -> EventStream:
            filter_ = query_filter(_dialect(language), query)
            composer = self._settle(dialogue).composer
            target = self._class_target(namespace, "*")
            answer = dialogue.send(composer.subscribe(target, filter_, seconds))
            manager, context, expires = read_subscribed(answer)
            lasts = read_duration(expires)
            granted = lasts if lasts is not None and lasts > 0 else seconds
            return EventStream(namespace, manager, context, min(granted, seconds))

        return self._ask(f"Subscribe {language}", f"{namespace}: {query}", ask, kept=True)

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """Return the list[Instance] of indications that came; none when the time is over."""

        def ask(dialogue: _Dialogue) -> list[Instance]:
            composer = self._settle(dialogue).composer
            target = self._class_target(stream.namespace, "*")
            message = composer.fetch(target, stream.context, seconds, stream.manager)
            try:
                page = read_page(dialogue.send(message))
            except _Refused as refused:
                if refused.fault != NO_EVENT:
                    raise
                return []
            return [self._item(item, stream.namespace, "") for item in page.items]

        return self._ask("Pull", f"{stream.namespace}: events", ask, kept=True)

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
        def ask(dialogue: _Dialogue) -> None:
            composer = self._settle(dialogue).composer
            dialogue.send(write(composer, self._class_target(stream.namespace, "*")))

        return self._ask(action, f"{stream.namespace}: events", ask, kept=True)

    # -- how -----------------------------------------------------------------------------------

    def _settle(self, dialogue: _Dialogue) -> _Settled:
        """Return how to talk to this server, which is found out once."""
        if self._settled is None:
            with self._lock:
                if self._settled is None:
                    quirks = self._quirks(dialogue)
                    facts = self._classes or bundled_classes()
                    self._settled = _Settled(
                        self._connection, self._where, quirks, self._declaration, facts
                    )
        return self._settled

    def _quirks(self, dialogue: _Dialogue) -> Quirks:
        """Return the quirks that the user named, or those of the product that answers."""
        if self._connection.quirks:
            return QUIRKS[self._connection.quirks]
        composer = Composer(self._where, self._connection.timeout_seconds, 0)
        try:
            body = dialogue.send(composer.identify())
        except (_Refused, UnreadableError):
            return QUIRKS["reference"]  # one that does not say who it is
        told = (body.iter("{*}ProductVendor", "{*}ProductVersion")) if body is not None else ()
        return QUIRKS[recognized(" ".join(each.text or "" for each in told))]

    def _target(self, path: Path) -> Target:
        uris = self._uris
        uri = uris.of(path.namespace, path.classname)
        return Target(uri, uris.selector_set(path))

    def _class_target(self, namespace: str, classname: str) -> Target:
        return self._target(Path(namespace, classname, ()))

    @property
    def _uris(self) -> Uris:
        if self._settled is None:
            raise RuntimeError("nothing was asked yet")
        return self._settled.uris

    def _enumerated(
        self,
        dialogue: _Dialogue,
        namespace: str,
        classname: str,
        mode: str,
        filter_: str = "",
    ) -> Iterator[etree._Element]:
        """Yield the items of an enumeration, page after page."""
        composer = self._settle(dialogue).composer
        target = self._class_target(namespace, classname)
        page = read_page(dialogue.send(composer.enumerate_(target, mode, filter_)))
        deadline = time.monotonic() + self._connection.timeout_seconds
        while True:
            yield from page.items
            if not page.context:
                return
            if time.monotonic() > deadline and not page.items:
                raise TransportError(Trouble("timeout", "the enumeration does not end"))
            page = read_page(dialogue.send(composer.pull(target, page.context)))

    def _item(self, item: etree._Element, namespace: str, asked: str) -> Instance:
        """Return an instance with its path, from an item of both."""
        settled = self._settled
        if settled is None:
            raise RuntimeError("nothing was asked yet")
        parts = [each for each in item if isinstance(each.tag, str)]
        holder = next((p for p in parts if etree.QName(p).localname == "EndpointReference"), None)
        element = next((p for p in parts if p is not holder), None)
        if etree.QName(item).localname != "Item" or element is None:
            element, holder = item, None
        if asked:
            settled.declarations.returned(etree.QName(element).localname, asked)
        path = settled.values.path(holder, namespace) if holder is not None else None
        return settled.values.instance(element, namespace, path)

    def _related(self, dialogue: _Dialogue, path: Path, *wanted: str | None) -> list[Instance]:
        asked = wanted[2] or ""
        items = self._filtered(dialogue, path, OBJECT_AND_EPR, *wanted)
        return [self._item(item, path.namespace, asked) for item in items]

    def _related_paths(self, dialogue: _Dialogue, path: Path, *wanted: str | None) -> list[Path]:
        items = self._filtered(dialogue, path, EPR, *wanted)
        values = self._settle(dialogue).values
        return [values.path(_held(item), path.namespace) for item in items]

    def _filtered(
        self, dialogue: _Dialogue, path: Path, mode: str, kind: str | None, *wanted: str | None
    ) -> list[etree._Element]:
        reference = self._settle(dialogue).uris.reference(path)
        filter_ = association_filter(kind or "", reference, *wanted)
        return self._about(
            dialogue,
            path,
            lambda: list(self._enumerated(dialogue, path.namespace, "*", mode, filter_)),
        )

    def _about(self, dialogue: _Dialogue, path: Path, ask: Callable[[], T]) -> T:
        """Ask about an instance; that it cannot be reached means that there is none.

        DestinationUnreachable stands for an unknown namespace, class and instance. Where the class
        is known to be there, only the instance can be missing.
        """
        try:
            return ask()
        except _Refused as refused:
            if refused.fault not in (UNREACHABLE, "invalidresourceuri", "invalidselectors"):
                raise
            text = refused.result.description
            if path.keys and self._is_good(dialogue, path):
                raise _Refused(Refusal(NOT_FOUND, text)) from refused
            raise

    def _is_good(self, dialogue: _Dialogue, path: Path) -> bool:
        """Tell whether the class of a path is in its namespace."""
        key = path.namespace.lower(), path.classname.lower()
        if key not in self._good:
            target = self._class_target(path.namespace, path.classname)
            request, response = dialogue.request, dialogue.response
            try:
                dialogue.send(self._settle(dialogue).composer.enumerate_(target, EPR))
            except (_Refused, UnreadableError):
                return False
            finally:
                dialogue.request, dialogue.response = request, response
            self._good.add(key)
        return True

    def _ask(
        self,
        operation: str,
        target: str,
        ask: Callable[[_Dialogue], object],
        *,
        kept: bool = False,
        arguments: Mapping[str, str] | None = None,
        good: tuple[str, str] | None = None,
    ) -> Answer:
        """Perform an operation; `good` are namespace and class that it proves when it succeeds."""
        started = time.perf_counter()
        result: object
        with self._pool.lent() as wire:
            dialogue = _Dialogue(wire)
            try:
                self._settle(dialogue)
                with without_collector():
                    result = ask(dialogue)
                self._accepted = True
                if good is not None:
                    self._good.add((good[0].lower(), good[1].lower()))
            except _Refused as refused:
                result = refused.result
            except TransportError as error:
                result = self._denied(error.trouble)
            except UnreadableError as error:
                result = Trouble("protocol", str(error))
        kept = kept or isinstance(result, Refusal | Trouble)
        return self._record.answer(
            operation,
            target,
            result,
            seconds=time.perf_counter() - started,
            request=dialogue.request if kept else "",
            response=dialogue.response,
            arguments=arguments,
        )

    def _denied(self, trouble: Trouble) -> Refusal | Trouble:
        """Return a user's missing right, where a product tells it as a refused user."""
        quirks = self._settled.quirks if self._settled is not None else Quirks()
        if trouble.kind == "authentication" and self._accepted and quirks.denies_with_401:
            return Refusal(ACCESS_DENIED, trouble.description)
        return trouble


class _Settled:
    """How to talk to a server, once it is known which one it is."""

    def __init__(
        self,
        connection: Connection,
        where: str,
        quirks: Quirks,
        declared: Callable[[str, str], Declaration | None],
        facts: Classes,
    ) -> None:
        self.quirks = quirks
        self.composer = Composer(where, connection.timeout_seconds, quirks.largest_envelope)
        self.uris = Uris(quirks)
        self.declarations = Declarations(declared, facts)
        self.values = Values(self.declarations, self.uris)


def _dialect(language: str) -> str:
    return names.WQL_FILTER if language.upper() == "WQL" else names.CQL_FILTER


def _held(item: etree._Element) -> etree._Element:
    """Return the endpoint reference in an item: the item itself, or what it holds."""
    inner = item.find(f"{{{names.ADDRESSING}}}EndpointReference")
    return item if inner is None else inner


def _present(body: etree._Element | None, what: str) -> etree._Element:
    """Return what is in a body; raise UnreadableError when nothing is."""
    if body is None:
        raise UnreadableError(f"expected {what}, found nothing")
    return body


def _with_keys(instance: Instance, path: Path) -> Instance:
    """Return an association with the references that its path names."""
    keys = {name.lower(): value for name, value in path.keys if isinstance(value, Path)}
    slots: tuple[PropertySlot, ...] = instance.layout.slots
    pairs = zip(slots, instance.values, strict=True)
    values = [keys.get(slot.name.lower(), value) for slot, value in pairs]
    return Instance(instance.path, instance.layout, values)
