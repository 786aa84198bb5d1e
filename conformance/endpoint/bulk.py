"""The reading operations of DSP0200, read by the fast reader; and the connections.

Several threads may ask at once: each operation borrows a connection of its own.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from conformance.cim import Answer, Path, Refusal, Trouble
from conformance.endpoint import Connection, EndpointError
from conformance.endpoint.address import UrlError, parse_url
from conformance.endpoint.classreply import read_class, read_class_names
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.exchange import Record
from conformance.endpoint.http import Transport
from conformance.endpoint.reader import Reader
from conformance.endpoint.request import Parameter, Request
from conformance.endpoint.troubles import TransportError

Parameters = Mapping[str, Parameter | None]

_PLAIN: Parameters = {"IncludeQualifiers": False, "IncludeClassOrigin": False}
_WHOLE: Parameters = {"LocalOnly": False, **_PLAIN}


class Closable(Protocol):
    """Whatever a pool lends."""

    def close(self) -> None:
        """Close the connection."""


class Wire(Closable, Protocol):
    """One connection, with whatever else hangs on it."""

    @property
    def transport(self) -> Transport:
        """Return the bounded HTTP connection."""


LentT = TypeVar("LentT", bound=Closable)
WireT = TypeVar("WireT", bound=Wire)


class Pool(Generic[LentT]):
    """Connections that are not in use; as many are opened as operations run at once."""

    def __init__(self, create: Callable[[], LentT]) -> None:
        self._create = create
        self._lock = threading.Lock()
        self._idle: list[LentT] = []
        self.lendings = 0

    @contextlib.contextmanager
    def lent(self) -> Iterator[LentT]:
        """Lend a connection for one operation."""
        with self._lock:
            self.lendings += 1
            wire = self._idle.pop() if self._idle else self._create()
        try:
            yield wire
        finally:
            with self._lock:
                self._idle.append(wire)

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for wire in idle:
            wire.close()


class BulkOperations:
    """Instances, associations and classes of one CIM server (see endpoint.Endpoint)."""

    def __init__(self, connection: Connection, wires: Pool[WireT]) -> None:
        """Ask over borrowed connections; raise EndpointError for a malformed URL."""
        try:
            self.url = parse_url(connection.url).url
        except UrlError as error:
            reason, advice = str(error), "write it as http[s]://host[:port]"
            raise EndpointError(_without_password(connection.url), reason, advice) from error
        self._pool = wires
        self._record = Record(connection.credentials)
        self._reader = Reader()

    @property
    def limits(self) -> Mapping[str, str]:
        """Return that CIM-XML expresses everything."""
        return {}

    @property
    def operations(self) -> int:
        """Return how many operations were asked so far."""
        return self._pool.lendings

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def enumerate_instances(self, namespace: str, classname: str) -> Answer:
        """Return the list[Instance] of a class and its subclasses."""
        flags = {"DeepInheritance": True, **_WHOLE}
        request = Request("EnumerateInstances", namespace, {"ClassName": classname, **flags})
        return self._instances(request, f"{namespace}:{classname}")

    def enumerate_instance_names(self, namespace: str, classname: str) -> Answer:
        """Return the list[Path] of a class and its subclasses."""
        request = Request("EnumerateInstanceNames", namespace, {"ClassName": classname})
        return self._paths(request, f"{namespace}:{classname}")

    def get_instance(self, path: Path) -> Answer:
        """Return the Instance at a path."""
        request = Request("GetInstance", path.namespace, {"InstanceName": path, **_WHOLE})
        return self._read(
            request, str(path), lambda body: self._reader.instance(body, path), kept=True
        )

    def associators(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """Return the list[Instance] of objects associated with one."""
        filters = _associated(path, association, result_class, role, result_role)
        request = Request("Associators", path.namespace, {**filters, **_PLAIN})
        return self._instances(request, str(path))

    def associator_names(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """Return the list[Path] of objects associated with one."""
        filters = _associated(path, association, result_class, role, result_role)
        return self._paths(Request("AssociatorNames", path.namespace, filters), str(path))

    def references(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """Return the list[Instance] of association instances that refer to an object."""
        filters = {"ObjectName": path, "ResultClass": result_class, "Role": role}
        request = Request("References", path.namespace, {**filters, **_PLAIN})
        return self._instances(request, str(path))

    def reference_names(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """Return the list[Path] of association instances that refer to an object."""
        filters: Parameters = {
            "ObjectName": path,
            "ResultClass": result_class,
            "Role": role,
        }
        return self._paths(Request("ReferenceNames", path.namespace, filters), str(path))

    def get_class(self, namespace: str, classname: str) -> Answer:
        """Return the ClassReply of a class, inherited elements and qualifiers included."""
        flags = {"LocalOnly": False, "IncludeQualifiers": True, "IncludeClassOrigin": False}
        request = Request("GetClass", namespace, {"ClassName": classname, **flags})
        return self._read(request, f"{namespace}:{classname}", read_class)

    def enumerate_class_names(self, namespace: str, classname: str | None, deep: bool) -> Answer:
        """Return the list[str] of subclasses of a class, or of the top classes."""
        parameters = {"ClassName": classname, "DeepInheritance": deep}
        request = Request("EnumerateClassNames", namespace, parameters)
        return self._read(request, f"{namespace}:{classname or ''}", read_class_names)

    def _instances(self, request: Request, target: str) -> Answer:
        return self._read(
            request,
            target,
            lambda body: self._reader.instances(body, request.operation, request.namespace),
        )

    def _paths(self, request: Request, target: str) -> Answer:
        return self._read(
            request,
            target,
            lambda body: self._reader.paths(body, request.operation, request.namespace),
        )

    def _read(
        self,
        request: Request,
        target: str,
        read: Callable[[bytes], object],
        *,
        kept: bool = False,
    ) -> Answer:
        """Send a request and have its answer read; `kept` keeps its XML also when it succeeds."""
        xml, response = request.xml, b""
        started = time.perf_counter()
        seconds = 0.0
        result: object
        with self._pool.lent() as wire:
            try:
                response = wire.transport.fetch(request.headers, xml.encode(), repeatable=True)
                seconds = time.perf_counter() - started
                with without_collector():
                    result = read(response)
            except TransportError as error:
                result, response = error.trouble, error.response
            except UnreadableError as error:
                result = Trouble("protocol", str(error))
        kept = kept or isinstance(result, Refusal | Trouble)
        return self._record.answer(
            request.operation,
            target,
            result,
            seconds=seconds or time.perf_counter() - started,
            request=xml if kept else "",
            response=response,
        )


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Keep the garbage collector from looking at a growing heap that holds no garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _associated(
    path: Path,
    association: str | None,
    result_class: str | None,
    role: str | None,
    result_role: str | None,
) -> Parameters:
    return {
        "ObjectName": path,
        "AssocClass": association,
        "ResultClass": result_class,
        "Role": role,
        "ResultRole": result_role,
    }


def _without_password(url: str) -> str:
    """Return a URL without what stands before the host."""
    scheme, _, rest = url.rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if scheme else rest.rpartition("@")[2]
