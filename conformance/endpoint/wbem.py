"""A CIM server over CIM-XML, as the engine's Endpoint. The only client module that imports pywbem.

pywbem calls the methods, reads single instances and writes; what is asked in bulk (enumerations,
associations, classes) goes through the fast reader. Both use the same bounded connection
(http.py), so that every operation ends by its deadline.
"""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pywbem
import requests
from requests.adapters import BaseAdapter

from conformance.cim import (
    Answer,
    Argument,
    Instance,
    Layout,
    Malformed,
    MethodReply,
    Path,
    PropertySlot,
    Refusal,
    Trouble,
)
from conformance.endpoint import Connection, EventStream, Notify
from conformance.endpoint.booleans import with_booleans
from conformance.endpoint.bulk import BulkOperations, Pool
from conformance.endpoint.envelope import UnreadableError, decoded
from conformance.endpoint.http import Transport
from conformance.endpoint.troubles import TransportError

NOT_SUPPORTED = 7
MOST_SINGLE_ANSWER_BYTES = 64_000_000
"""Bound of an answer that holds one object; bulk answers have that of the connection."""

# pywbem lets some slips of a server through as the plain errors of its own code.
_SLIPS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, AssertionError)


class _BoundedAdapter(BaseAdapter):
    """Carries the requests of pywbem over our transport."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the response to a request; raise requests.ConnectionError."""
        headers = {k: str(v) for k, v in request.headers.items() if k.upper().startswith("CIM")}
        body = request.body if isinstance(request.body, bytes) else b""
        try:
            content = self._transport.fetch(headers, body, MOST_SINGLE_ANSWER_BYTES)
            decoded(content)
        except UnreadableError as error:
            failure = TransportError(Trouble("protocol", str(error)), content)
            raise requests.ConnectionError(str(failure)) from failure
        except TransportError as error:
            raise requests.ConnectionError(str(error)) from error
        response = requests.Response()
        response.status_code = 200
        response.raw = io.BytesIO(content)
        return response

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


class _Wire:
    """One connection, for pywbem and for the fast reader."""

    def __init__(self, connection: Connection) -> None:
        self.transport = Transport(connection)
        self.pywbem = pywbem.WBEMConnection(self.transport.address.url)
        adapter = _BoundedAdapter(self.transport)
        self.pywbem.session.trust_env = False  # no proxies and no passwords from the environment
        for scheme in ("http://", "https://"):
            self.pywbem.session.mount(scheme, adapter)

    def close(self) -> None:
        """Close the connection for good."""
        self.pywbem.close()


class WbemEndpoint(BulkOperations):
    """Implements endpoint.Endpoint; may be used by several threads at once."""

    def __init__(self, connection: Connection) -> None:
        """Prepare for an endpoint without connecting; raise EndpointError for a malformed URL."""
        self._wires = Pool(lambda: _Wire(connection))
        super().__init__(connection, self._wires)

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """Return the MethodReply of an extrinsic method, called on an instance or a class."""
        parameters = [_to_pywbem_parameter(argument) for argument in arguments]
        target = _to_pywbem_path(path)

        def call(connection: pywbem.WBEMConnection) -> MethodReply:
            value, outputs = connection.InvokeMethod(method, target, Params=parameters)
            reply = MethodReply(_value(value), {name: _value(v) for name, v in outputs.items()})
            return with_booleans(reply, connection.last_raw_reply or b"")

        told = {argument.name: shown(argument.value) for argument in arguments}
        return self._call(f"InvokeMethod {method}", str(path), call, kept=True, arguments=told)

    def create_instance(self, namespace: str, instance: Instance) -> Answer:
        """Return the Path of the instance the server created."""
        created = _to_pywbem_instance(instance)
        return self._call(
            "CreateInstance",
            f"{namespace}:{instance.classname}",
            lambda connection: _path(connection.CreateInstance(created, namespace), namespace),
            kept=True,
        )

    def modify_instance(self, path: Path, instance: Instance, properties: Sequence[str]) -> Answer:
        """Change these properties of an instance; nothing else is sent."""
        modified = _to_pywbem_instance(instance)
        wanted = {name.lower() for name in properties}
        for name in [each for each in modified.properties if each.lower() not in wanted]:
            del modified.properties[name]
        modified.path = _to_pywbem_path(path)
        return self._call(
            "ModifyInstance",
            str(path),
            lambda connection: connection.ModifyInstance(modified, PropertyList=list(properties)),
            kept=True,
        )

    def subscribe(
        self,
        namespace: str,
        language: str,
        query: str,
        seconds: float,
        notify: Notify | None = None,
    ) -> Answer:
        """Refuse: clients of CIM-XML subscribe by instances (DSP1054)."""
        del language, query, seconds, notify
        return self._without_events("Subscribe", namespace)

    def read_event(self, namespace: str, message: bytes) -> Answer:
        """Refuse: nothing is subscribed to in this way."""
        del message
        return self._without_events("Event", namespace)

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """Refuse: events are sent to a listener (DSP0200, clause 5.4)."""
        del seconds
        return self._without_events("Pull", stream.namespace)

    def renew(self, stream: EventStream) -> Answer:
        """Refuse: there is nothing to renew."""
        return self._without_events("Renew", stream.namespace)

    def unsubscribe(self, stream: EventStream) -> Answer:
        """Refuse: there is nothing to end."""
        return self._without_events("Unsubscribe", stream.namespace)

    def _without_events(self, operation: str, namespace: str) -> Answer:
        refusal = Refusal(NOT_SUPPORTED, "CIM-XML has no events to be fetched")
        return self._record.answer(operation, namespace, refusal, seconds=0.0)

    def delete_instance(self, path: Path) -> Answer:
        """Delete an instance."""
        name = _to_pywbem_path(path)
        return self._call(
            "DeleteInstance",
            str(path),
            lambda connection: connection.DeleteInstance(name),
            kept=True,
        )

    def exec_query(self, namespace: str, language: str, query: str) -> Answer:
        """Return the list[Instance] that a query selects."""

        def execute(connection: pywbem.WBEMConnection) -> list[Instance]:
            found = connection.ExecQuery(language, query, namespace)
            return [_instance(item, _path(item.path, namespace)) for item in found]

        return self._call(f"ExecQuery {language}", f"{namespace}: {query}", execute)

    def _call(
        self,
        operation: str,
        target: str,
        call: Callable[[pywbem.WBEMConnection], object],
        *,
        kept: bool = False,
        arguments: Mapping[str, str] | None = None,
    ) -> Answer:
        """Have pywbem perform an operation; `kept` keeps its XML also when it succeeds."""
        started = time.perf_counter()
        result: object
        with self._wires.lent() as wire, warnings.catch_warnings():
            warnings.simplefilter("ignore", pywbem.Warning)
            response = b""
            try:
                result = call(wire.pywbem)
            except (pywbem.Error, UnreadableError, *_SLIPS) as error:
                result, response = _failure(error)
            request = str(wire.pywbem.last_raw_request)
            response = wire.pywbem.last_raw_reply or response
        kept = kept or isinstance(result, Refusal | Trouble)
        return self._record.answer(
            operation,
            target,
            result,
            seconds=time.perf_counter() - started,
            request=request if kept else "",
            response=response,
            arguments=arguments,
        )


def _failure(error: BaseException) -> tuple[Refusal | Trouble, bytes]:
    """Translate what pywbem raised; what the transport raised stands at the root of it."""
    if isinstance(error, pywbem.CIMError):
        return Refusal(error.status_code, error.status_description or ""), b""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TransportError):
            return cause.trouble, cause.response
        cause = cause.__cause__ or cause.__context__
    kind = "connection" if isinstance(error, pywbem.ConnectionError) else "protocol"
    # The first line only: pywbem appends the whole answer, which is kept in the exchange.
    text = str(error.args[0]) if error.args else type(error).__name__
    return Trouble(kind, " ".join(text.split())), b""


def _path(name: pywbem.CIMInstanceName | pywbem.CIMClassName, namespace: str) -> Path:
    keys = getattr(name, "keybindings", {}) or {}
    values = [(key or "", _value(value, namespace)) for key, value in keys.items()]
    return Path(name.namespace or namespace, name.classname, values)


def _instance(found: pywbem.CIMInstance, path: Path | None) -> Instance:
    namespace = path.namespace if path else ""
    properties = found.properties.values()
    slots = tuple(
        PropertySlot(p.name, p.type, bool(p.is_array), p.embedded_object or "") for p in properties
    )
    values = [_value(p.value, namespace) for p in properties]
    return Instance(path, Layout(found.classname, slots), values)


def _value(value: Any, namespace: str = "") -> Any:
    """Return a value of pywbem as the engine sees it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return [_value(item, namespace) for item in value]
    if isinstance(value, pywbem.CIMInstance):
        return _instance(value, None)
    if isinstance(value, pywbem.CIMInstanceName | pywbem.CIMClassName):
        return _path(value, namespace)
    if isinstance(value, pywbem.CIMClass):
        return value.tocimxmlstr()
    for plain in (int, float):
        if isinstance(value, plain):
            return plain(value)
    return str(value)


def _to_pywbem_path(path: Path) -> pywbem.CIMInstanceName | pywbem.CIMClassName:
    if not path.keys:
        return pywbem.CIMClassName(path.classname, namespace=path.namespace)
    keys = [
        (name or None, _to_pywbem_path(value) if isinstance(value, Path) else value)
        for name, value in path.keys
    ]
    return pywbem.CIMInstanceName(path.classname, keys, namespace=path.namespace)


def _to_pywbem_instance(instance: Instance) -> pywbem.CIMInstance:
    properties = [
        _to_pywbem_property(slot, value)
        for slot, value in zip(instance.layout.slots, instance.values, strict=True)
    ]
    return pywbem.CIMInstance(instance.classname, properties)


def cim_xml(instance: Instance) -> str:
    """Return an instance as the text of CIM-XML, as it is embedded elsewhere."""
    return str(_to_pywbem_instance(instance).tocimxmlstr())


def _to_pywbem_property(slot: PropertySlot, value: object) -> pywbem.CIMProperty:
    sent = _to_pywbem(value, slot.type)
    embedded = slot.embedded if _holds_instance(value) else None
    return pywbem.CIMProperty(
        slot.name, sent, slot.type, is_array=slot.is_array, embedded_object=embedded or None
    )


def _to_pywbem_parameter(argument: Argument) -> pywbem.CIMParameter:
    return pywbem.CIMParameter(
        argument.name,
        argument.type,
        is_array=argument.is_array,
        value=_to_pywbem(argument.value, argument.type),
        embedded_object=argument.embedded or None,
    )


def _to_pywbem(value: Any, type_: str) -> Any:
    """Return a value as pywbem sends it; what could not be read cannot be sent either: NULL."""
    if value is None or isinstance(value, Malformed):
        return None
    if isinstance(value, list | tuple):
        return [_to_pywbem(item, type_) for item in value]
    if isinstance(value, Instance):
        return _to_pywbem_instance(value)
    if isinstance(value, Path):
        return _to_pywbem_path(value)
    return pywbem.cimvalue(value, type_)


def _holds_instance(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, Instance) for item in items)


def shown(value: object) -> str:
    """Return an argument as the report shows it."""
    if isinstance(value, Instance):
        pairs = zip(value.layout.slots, value.values, strict=True)
        inner = ", ".join(f"{slot.name}={shown(v)}" for slot, v in pairs if v is not None)
        return f"{value.classname}({inner})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    return "NULL" if value is None else str(value)
