"""HTTP/1.1 and HTTPS: connections, request messages, credentials, replies.

Each connection has its thread and is kept alive; each reply is one write, without Nagle's
delay. Nothing here knows about CIM but the headers that DSP0200 (clause 7) wants.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Lock
from typing import ClassVar

from reference_impl.operations import Reply

#: Answers the body of a POST request; header names are folded.
Route = Callable[[bytes, Mapping[str, str]], Reply]

_log = logging.getLogger(__name__)

_MAXIMUM_HEAD = 65_536
_ENDLESS_CHUNK = b"<VALUE>and so on</VALUE>" * 3000
_XML = 'application/xml; charset="utf-8"'
_CAPABILITIES = (
    ("CIMProtocolVersion", "1.4"),
    (
        "CIMSupportedFunctionalGroups",
        "basic-read,basic-write,instance-manipulation,association-traversal,query-execution",
    ),
    ("CIMSupportedQueryLanguages", "WQL,DMTF:CQL"),
)


class _RefusalError(Exception):
    """A request that HTTP alone refuses."""

    def __init__(self, status: HTTPStatus, explanation: str) -> None:
        super().__init__(status, explanation)
        self.status = status
        self.explanation = explanation


class HTTPConnections(ThreadingHTTPServer):
    """Accepts connections; `CIMServer` says what for."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    #: On Windows the option would let another process take the port over.
    allow_reuse_address = os.name != "nt"
    credentials: Mapping[str, str] | None
    routes: dict[str, Route]
    cim_xml: Route
    maximum_request_bytes: int

    def __init__(self, address: tuple[str, int], ssl_context: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._ssl_context = ssl_context
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        self.stopping = Event()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without the name look-up of HTTPServer, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection; its thread does the TLS handshake, at the first read."""
        connection, address = super().get_request()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._ssl_context is not None:
            connection = self._ssl_context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close one connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Cut the connections that are still open; their threads end of it."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Log a bug; clients that go away, or fail the handshake, are no event here."""
        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("the connection of %s ended in an error", client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "reference-cim-server"
    sys_version = ""
    disable_nagle_algorithm = True
    rbufsize = _MAXIMUM_HEAD
    rfile: io.BufferedReader
    raw_requestline: bytes
    server: HTTPConnections
    request_fields: dict[str, str]
    _reasons: ClassVar[dict[int, str]] = {status.value: status.phrase for status in HTTPStatus}

    def parse_request(self) -> bool:
        """Read the request line and the headers, which become a plain dict with folded names.

        Takes the place of http.server's, whose e-mail parser costs more than all the rest of
        an operation. Sends the refusal itself and returns False for what is no HTTP request.
        """
        self.command, self.close_connection, self.request_fields = "", True, {}
        self.requestline = str(self.raw_requestline, "latin-1").rstrip("\r\n")
        try:
            self.command, self.path, self.request_version = _words(self.requestline)
            self.request_fields = _fields(self._read_head())
        except ValueError as error:
            self._refuse(_RefusalError(HTTPStatus.BAD_REQUEST, str(error)))
            return False
        connection = self.request_fields.get("connection", "").lower()
        kept = self.request_version == "HTTP/1.1" or connection == "keep-alive"
        self.close_connection = connection == "close" or not kept
        if self.request_fields.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_head(self) -> bytes:
        """Return the header fields; mostly they are in the buffer as a whole already."""
        buffered = self.rfile.peek()
        end = buffered.find(b"\r\n\r\n")
        if end >= 0 and not buffered.startswith(b"\r\n"):
            return self.rfile.read(end + 4)
        head = b""
        while len(head) <= _MAXIMUM_HEAD:
            line = self.rfile.readline(_MAXIMUM_HEAD + 1)
            if line in (b"\r\n", b"\n", b""):
                return head
            head += line
        raise ValueError(f"expected header fields of at most {_MAXIMUM_HEAD} bytes")

    def do_POST(self) -> None:
        try:
            body = self._body()
            self._check_credentials()
        except _RefusalError as refusal:
            self._refuse(refusal)
            return
        route = self.server.routes.get(self.path.split("?")[0], self.server.cim_xml)
        self._send(route(body, self.request_fields))

    def do_OPTIONS(self) -> None:
        """Say what is supported (DSP0200, clause 7.5)."""
        self._send(Reply(b"", headers=(("Allow", "POST, OPTIONS"), *_CAPABILITIES)))

    def do_GET(self) -> None:
        self.close_connection = "content-length" in self.request_fields  # its body is not read
        text = b"This is a CIM server. Send CIM-XML operation requests by POST.\n"
        self._send(Reply(text, HTTPStatus.METHOD_NOT_ALLOWED, (("Allow", "POST, OPTIONS"),)))

    do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" in self.request_fields.get("transfer-encoding", "").lower():
            return self._chunked_body()
        length = self.request_fields.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise _RefusalError(HTTPStatus.LENGTH_REQUIRED, "expected a Content-Length")
        self._check_size(int(length))
        return self.rfile.read(int(length))

    def _chunked_body(self) -> bytes:
        chunks, total = [], 0
        while True:
            try:
                size = int(self.rfile.readline(100).split(b";")[0], 16)
            except ValueError as error:
                self.close_connection = True
                raise _RefusalError(HTTPStatus.BAD_REQUEST, "malformed chunk") from error
            total += size
            self._check_size(total)
            chunks.append(self.rfile.read(size))
            self.rfile.readline(100)
            if size <= 0:
                return b"".join(chunks)

    def _check_size(self, size: int) -> None:
        if not 0 <= size <= self.server.maximum_request_bytes:
            self.close_connection = True
            raise _RefusalError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"expected at most {self.server.maximum_request_bytes} bytes, found {size}",
            )

    def _check_credentials(self) -> None:
        """Compare with every user in constant time, so that timing tells nothing."""
        if self.server.credentials is None:
            return
        scheme, _, given = self.request_fields.get("authorization", "").partition(" ")
        try:
            decoded = base64.b64decode(given.strip(), validate=True)
        except (ValueError, binascii.Error):
            decoded = b""
        matches = [
            hmac.compare_digest(decoded, f"{user}:{password}".encode())
            for user, password in self.server.credentials.items()
        ]
        if scheme.lower() != "basic" or not any(matches):
            raise _RefusalError(HTTPStatus.UNAUTHORIZED, "expected a known user and password")

    def _refuse(self, refusal: _RefusalError) -> None:
        challenge = (("WWW-Authenticate", 'Basic realm="CIM"'),)
        headers = challenge if refusal.status == HTTPStatus.UNAUTHORIZED else ()
        self._send(Reply(refusal.explanation.encode(), refusal.status, headers))

    def _send(self, reply: Reply) -> None:
        if reply.manner == "disconnect":
            self.close_connection = True
            return
        if reply.manner == "endless":
            self._send_endlessly(reply)
            return
        head = self._head(reply, f"Content-Length: {len(reply.body)}")
        body = b"" if self.command == "HEAD" else reply.body
        if reply.manner == "truncate":
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write(head + body)

    def _head(self, reply: Reply, framing: str) -> bytes:
        usual = _XML if reply.status == HTTPStatus.OK else "text/plain; charset=utf-8"
        lines = [
            f"HTTP/1.1 {reply.status:d} {self._reasons.get(reply.status, '')}",
            f"Content-Type: {reply.content_type or usual}",
            framing,
            *([] if reply.content_type else ["CIMOperation: MethodResponse"]),
            *(f"{name}: {value}" for name, value in reply.headers),
        ]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def _send_endlessly(self, reply: Reply) -> None:
        """Send the body and never come to an end, until the client or the server goes away."""
        self.close_connection = True
        self.wfile.write(self._head(reply, "Transfer-Encoding: chunked"))
        chunk = b"%x\r\n%s\r\n" % (len(_ENDLESS_CHUNK), _ENDLESS_CHUNK)
        self.wfile.write(b"%x\r\n%s\r\n" % (len(reply.body), reply.body))
        while not self.server.stopping.wait(0.01):
            self.wfile.write(chunk)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing: the suite asks thousands of times."""


def _words(request_line: str) -> list[str]:
    """Return method, path and version. Raises ValueError."""
    words = request_line.split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise ValueError(f"expected an HTTP/1.1 request line, found {request_line[:40]!r}")
    return words


def _fields(head: bytes) -> dict[str, str]:
    """Read header fields by their folded names. Raises ValueError."""
    fields: dict[str, str] = {}
    if not head.strip():
        return fields
    for line in head.decode("latin-1").rstrip("\r\n").split("\n"):
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError(f"expected a header field, found {line[:40]!r}")
        folded, stripped = name.lower(), value.strip()
        if fields.setdefault(folded, stripped) != stripped:
            raise ValueError(f"the header field {name} is given twice")
    return fields
