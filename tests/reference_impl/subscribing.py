"""A client of the indication service, and a listener that keeps what it is told."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from queue import Queue
from typing import Any

from pywbem import CIMInstance, CIMInstanceName, Uint16, WBEMConnection, WBEMListener

from reference_impl.app import RunningServer

INTEROP = "root/interop"
VIRT = "root/virt"

STATE_CHANGE = (
    "SELECT * FROM CIM_InstModification WHERE SourceInstance ISA CIM_ComputerSystem AND "
    "SourceInstance.CIM_ComputerSystem::EnabledState <> "
    "PreviousInstance.CIM_ComputerSystem::EnabledState"
)
ACCEPTED = (
    b'<CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="1" PROTOCOLVERSION="1.0">'
    b'<SIMPLEEXPRSP><EXPMETHODRESPONSE NAME="ExportIndication"/></SIMPLEEXPRSP></MESSAGE></CIM>'
)
REFUSED = ACCEPTED.replace(
    b'"ExportIndication"/>', b'"ExportIndication"><ERROR CODE="1"/></EXPMETHODRESPONSE>'
)


class Listener:
    """pywbem's listener on a free port; `next` waits for what it is told."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._told: Queue[CIMInstance] = Queue()

    def tell(self, indication: CIMInstance, host: str) -> None:
        self._told.put(indication)

    def next(self) -> CIMInstance:
        return self._told.get(timeout=20)


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Run a listener that takes every indication."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    listener = Listener(port)
    wbem = WBEMListener("127.0.0.1", http_port=port)
    wbem.add_callback(listener.tell)
    wbem.start()
    try:
        yield listener
    finally:
        wbem.stop()


class Subscriber:
    """What a client does about indications; `server` is asked for nothing but its URL."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.connection = WBEMConnection(server.url, default_namespace=INTEROP, timeout=30)

    @property
    def service(self) -> CIMInstance:
        return self.connection.EnumerateInstances("CIM_IndicationService")[0]

    def set(self, **values: Any) -> None:
        """Set properties of the indication service."""
        service = self.service
        service.update(values)
        self.connection.ModifyInstance(service, PropertyList=list(values))

    def filter(
        self, query: str = STATE_CHANGE, language: str = "DMTF:CQL", **more: Any
    ) -> CIMInstanceName:
        values = {
            "Name": f"test:{len(self.connection.EnumerateInstanceNames('CIM_IndicationFilter'))}",
            "Query": query,
            "QueryLanguage": language,
            "SourceNamespaces": [VIRT],
        }
        return self.create("CIM_IndicationFilter", **{**values, **more})

    def static(self, name: str) -> CIMInstanceName:
        names = self.connection.EnumerateInstanceNames("CIM_IndicationFilter")
        return next(each for each in names if each["Name"].endswith(f":{name}"))

    def destination(self, url: str, **more: Any) -> CIMInstanceName:
        known = self.connection.EnumerateInstanceNames("CIM_ListenerDestination")
        values = {"Name": f"test:{len(known)}", "Destination": url}
        return self.create("CIM_ListenerDestinationCIMXML", **{**values, **more})

    def subscribe(
        self, subscribed: CIMInstanceName, handler: CIMInstanceName, **more: Any
    ) -> CIMInstanceName:
        return self.create("CIM_IndicationSubscription", Filter=subscribed, Handler=handler, **more)

    def create(self, classname: str, **values: Any) -> CIMInstanceName:
        there = {name: value for name, value in values.items() if value is not None}
        return self.connection.CreateInstance(CIMInstance(classname, there))

    def subscriptions(self) -> list[CIMInstance]:
        return self.connection.EnumerateInstances("CIM_AbstractIndicationSubscription")

    def request(self, name: str, state: int) -> CIMInstanceName:
        """Request another state of a virtual system; return its path."""
        systems = self.connection.EnumerateInstances("CIM_ComputerSystem", VIRT)
        system = next(each.path for each in systems if each["ElementName"] == name)
        code = self.connection.InvokeMethod(
            "RequestStateChange", system, RequestedState=Uint16(state)
        )[0]
        assert code == 0
        return system
