"""Servers on loopback that answer exactly as a test says, well or badly."""

import contextlib
import http.server
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import quoteattr


class Received(NamedTuple):
    """One request: DSP0200 operation, HTTP headers and the document."""

    operation: str
    headers: dict[str, str]
    body: str


class Reply(NamedTuple):
    """An HTTP answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({"Content-Type": "application/xml"})


Respond = Callable[[Received], Reply | bytes]
Script = Callable[[socket.socket], None]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "_Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        received = Received(self.headers.get("CIMMethod", ""), dict(self.headers.items()), body)
        self.server.received.append(received)
        answer = self.server.respond(received)
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: object) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    respond: Respond
    received: list[Received]

    def handle_error(self, *args: object) -> None:
        """A client that hangs up is what many of these tests are about."""


class Served(NamedTuple):
    """A running server: its URL, and what it was asked so far."""

    url: str
    received: list[Received]


@contextlib.contextmanager
def serving(
    respond: Respond, tls: ssl.SSLContext | None = None, protocol: str = "HTTP/1.1"
) -> Iterator[Served]:
    """Serve POST requests as `respond` says."""
    handler = type("Handler", (_Handler,), {"protocol_version": protocol})
    server = _Server(("127.0.0.1", 0), handler)
    server.respond, server.received = respond, []
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield Served(f"{scheme}://127.0.0.1:{server.server_port}", server.received)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[str]:
    """Run a script on each connection, byte by byte; yield the URL."""
    stop = threading.Event()

    def attend(listener: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(5)
                    with contextlib.suppress(OSError):
                        script(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=attend, args=(listener,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def request_of(connection: socket.socket) -> bytes:
    """Receive one request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(operation: str, *objects: str) -> bytes:
    """Return the CIM-XML answer of an intrinsic operation that returned these elements."""
    return message(operation, f"<IRETURNVALUE>{''.join(objects)}</IRETURNVALUE>")


def refusal(operation: str, code: int, description: str = "") -> bytes:
    """Return the CIM-XML answer that carries a CIM error."""
    return message(operation, f'<ERROR CODE="{code}" DESCRIPTION={quoteattr(description)}/>')


def message(operation: str, content: str) -> bytes:
    """Return a CIM-XML answer around some content."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<CIM CIMVERSION="2.0" DTDVERSION="2.0">'
        '<MESSAGE ID="1001" PROTOCOLVERSION="1.0"><SIMPLERSP>'
        f'<IMETHODRESPONSE NAME="{operation}">{content}</IMETHODRESPONSE>'
        "</SIMPLERSP></MESSAGE></CIM>"
    ).encode()


def named(classname: str, keys: dict[str, str], *properties: str) -> str:
    """Return a VALUE.NAMEDINSTANCE with string keys."""
    return (
        f"<VALUE.NAMEDINSTANCE>{instance_name(classname, keys)}"
        f'<INSTANCE CLASSNAME="{classname}">{"".join(properties)}</INSTANCE></VALUE.NAMEDINSTANCE>'
    )


def instance_name(classname: str, keys: dict[str, str]) -> str:
    """Return an INSTANCENAME; a value that is an element becomes a reference."""
    bindings = "".join(
        f'<KEYBINDING NAME="{name}">{_key(value)}</KEYBINDING>' for name, value in keys.items()
    )
    return f'<INSTANCENAME CLASSNAME="{classname}">{bindings}</INSTANCENAME>'


def _key(value: str) -> str:
    if value.startswith("<"):
        return f"<VALUE.REFERENCE>{value}</VALUE.REFERENCE>"
    return f'<KEYVALUE VALUETYPE="string">{value}</KEYVALUE>'


def instance_path(namespace: str, classname: str, keys: dict[str, str]) -> str:
    """Return an INSTANCEPATH."""
    steps = "".join(f'<NAMESPACE NAME="{step}"/>' for step in namespace.split("/"))
    place = f"<HOST>server</HOST><LOCALNAMESPACEPATH>{steps}</LOCALNAMESPACEPATH>"
    name = instance_name(classname, keys)
    return f"<INSTANCEPATH><NAMESPACEPATH>{place}</NAMESPACEPATH>{name}</INSTANCEPATH>"


def prop(name: str, type_: str, value: str | None, attributes: str = "") -> str:
    """Return a PROPERTY; without a value it is NULL."""
    inner = "" if value is None else f"<VALUE>{value}</VALUE>"
    return f'<PROPERTY NAME="{name}" TYPE="{type_}" {attributes}>{inner}</PROPERTY>'


def array(name: str, type_: str, *values: str | None) -> str:
    """Return a PROPERTY.ARRAY; None is a NULL element."""
    items = "".join("<VALUE.NULL/>" if v is None else f"<VALUE>{v}</VALUE>" for v in values)
    inner = f"<VALUE.ARRAY>{items}</VALUE.ARRAY>"
    return f'<PROPERTY.ARRAY NAME="{name}" TYPE="{type_}">{inner}</PROPERTY.ARRAY>'


def reference(name: str, path: str) -> str:
    """Return a PROPERTY.REFERENCE."""
    inner = f"<VALUE.REFERENCE>{path}</VALUE.REFERENCE>"
    return f'<PROPERTY.REFERENCE NAME="{name}">{inner}</PROPERTY.REFERENCE>'


def silent(connection: socket.socket) -> None:
    """Take a request and never answer."""
    request_of(connection)
    connection.recv(1)


def endless(connection: socket.socket) -> None:
    """Take a request and never stop answering."""
    request_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n<CIM>")
    while True:
        connection.sendall(b"<X/>" * 4096)
