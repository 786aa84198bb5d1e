"""How one server is asked over WS-Management: its quirks, its classes, its faults.

Faults become CIM errors only as far as they say so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from lxml import etree

from conformance.cim import (
    REJECTED,
    Answer,
    ClassReply,
    Instance,
    Path,
    Refusal,
    Trouble,
)
from conformance.endpoint import (
    CLASSES,
    INDICATIONS,
    TYPES,
    Connection,
    EndpointError,
)
from conformance.endpoint.address import UrlError, parse_url
from conformance.endpoint.bulk import Pool, without_collector
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.exchange import Record
from conformance.endpoint.troubles import TransportError
from conformance.endpoint.wsman import names
from conformance.endpoint.wsman.answers import (
    UNREACHABLE,
    Fault,
    read_body,
    read_page,
)
from conformance.endpoint.wsman.declarations import Declaration, Declarations, declared_in
from conformance.endpoint.wsman.messages import (
    Composer,
    Message,
    Target,
    options,
)
from conformance.endpoint.wsman.quirks import QUIRKS, Quirks, recognized
from conformance.endpoint.wsman.references import Uris
from conformance.endpoint.wsman.values import Values
from conformance.endpoint.wsman.wire import Wire
from conformance.schema.class_files import bundled_classes
from conformance.schema.classes import Classes

OBJECT_AND_EPR, EPR = "EnumerateObjectAndEPR", "EnumerateEPR"
ACCESS_DENIED, INVALID_PARAMETER, INVALID_CLASS, NOT_FOUND, NOT_SUPPORTED = 2, 4, 5, 6, 7
REDIRECTION, BAD_REQUEST = 300, 400
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


class Refused(Exception):  # carries an answer, is no error
    """What the server refused, as the answer of the operation carries it.

    `name` is that of the SOAP fault, and `fault`, too, where it told no CIM status.
    """

    def __init__(self, result: Refusal | Trouble, fault: str = "", name: str = "") -> None:
        super().__init__(str(result))
        self.result = result
        self.fault = fault
        self.name = name


class Dialogue:
    """The messages of one operation: what was sent last, and what came back."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.request = ""
        self.response = b""

    def send(self, message: Message) -> etree._Element | None:
        """Return the body of the answer; raise Refused, TransportError, UnreadableError."""
        self.request, self.response = message.xml, b""
        status, self.response = self.wire.send(message.xml.encode())
        try:
            body = read_body(self.response, message.id)
        except UnreadableError:
            if status < REDIRECTION:
                raise
            text = f"HTTP {status}, and no SOAP fault that tells why"
            kind = REJECTED if status == BAD_REQUEST else "http"
            raise Refused(Trouble(kind, text)) from None
        if isinstance(body, Fault):
            raise Refused(body.result(), body.name if body.status is None else "", body.name)
        return body


class Asking:
    """Asks one server; may be used by several threads at once."""

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
        self._settled: Settled | None = None
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

    def _declared(
        self, dialogue: Dialogue, namespace: str, classname: str
    ) -> tuple[ClassReply, Declaration]:
        if not self._declaring:
            raise Refused(Refusal(NOT_SUPPORTED, "the server declares no classes"))
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
            found = declared_in(present(dialogue.send(composer.get(target, flags)), "a class"))
        except (Refused, UnreadableError) as error:
            self._note_undeclared()
            if isinstance(error, Refused) and error.fault and not self._has_declared:
                reason = f"the server declares no classes, or not this one ({error})"
                raise Refused(Refusal(NOT_SUPPORTED, reason)) from error
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
                return self._declared(Dialogue(wire), namespace, classname)[1]
            except (Refused, TransportError, UnreadableError):
                return None

    # -- how -----------------------------------------------------------------------------------

    def _settle(self, dialogue: Dialogue) -> Settled:
        """Return how to talk to this server, which is found out once."""
        if self._settled is None:
            with self._lock:
                if self._settled is None:
                    quirks = self._quirks(dialogue)
                    facts = self._classes or bundled_classes()
                    self._settled = Settled(
                        self._connection, self._where, quirks, self._declaration, facts
                    )
        return self._settled

    def _quirks(self, dialogue: Dialogue) -> Quirks:
        """Return the quirks that the user named, or those of the product that answers."""
        if self._connection.quirks:
            return QUIRKS[self._connection.quirks]
        composer = Composer(self._where, self._connection.timeout_seconds, 0)
        try:
            body = dialogue.send(composer.identify())
        except (Refused, UnreadableError):
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
        dialogue: Dialogue,
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

    def _about(self, dialogue: Dialogue, path: Path, ask: Callable[[], T]) -> T:
        """Ask about an instance; that it cannot be reached means that there is none.

        DestinationUnreachable stands for an unknown namespace, class and instance. Where the class
        is known to be there, only the instance can be missing.
        """
        try:
            return ask()
        except Refused as refused:
            if refused.fault not in (UNREACHABLE, "invalidresourceuri", "invalidselectors"):
                raise
            text = refused.result.description
            if path.keys and self._is_good(dialogue, path):
                raise Refused(Refusal(NOT_FOUND, text)) from refused
            raise

    def _is_good(self, dialogue: Dialogue, path: Path) -> bool:
        """Tell whether the class of a path is in its namespace."""
        key = path.namespace.lower(), path.classname.lower()
        if key not in self._good:
            target = self._class_target(path.namespace, path.classname)
            request, response = dialogue.request, dialogue.response
            try:
                dialogue.send(self._settle(dialogue).composer.enumerate_(target, EPR))
            except (Refused, UnreadableError):
                return False
            finally:
                dialogue.request, dialogue.response = request, response
            self._good.add(key)
        return True

    def _ask(
        self,
        operation: str,
        target: str,
        ask: Callable[[Dialogue], object],
        *,
        kept: bool = False,
        arguments: Mapping[str, str] | None = None,
        good: tuple[str, str] | None = None,
    ) -> Answer:
        """Perform an operation; `good` are namespace and class that it proves when it succeeds."""
        started = time.perf_counter()
        result: object
        with self._pool.lent() as wire:
            dialogue = Dialogue(wire)
            try:
                self._settle(dialogue)
                with without_collector():
                    result = ask(dialogue)
                self._accepted = True
                if good is not None:
                    self._good.add((good[0].lower(), good[1].lower()))
            except Refused as refused:
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


class Settled:
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


def held(item: etree._Element) -> etree._Element:
    """Return the endpoint reference in an item: the item itself, or what it holds."""
    inner = item.find(f"{{{names.ADDRESSING}}}EndpointReference")
    return item if inner is None else inner


def present(body: etree._Element | None, what: str) -> etree._Element:
    """Return what is in a body; raise UnreadableError when nothing is."""
    if body is None:
        raise UnreadableError(f"expected {what}, found nothing")
    return body
