"""The listener: takes indications over HTTP and keeps them, in the order of their arrival.

Shell. The only module that answers HTTP requests. It takes export messages at the paths of one
run and nothing else; every request is bounded in size and time, and what cannot be read is kept
with the reason.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from socketserver import TCPServer
from threading import Condition, Thread
from typing import Any

import msgspec

from conformance.cim import Instance
from conformance.endpoint.envelope import UnreadableError
from conformance.listen.address import Place
from conformance.listen.export import HEADERS, accepting, read_indication

NO_IDENTITY = "0"
"""Answers what cannot be read: a server that waits to send it again would hold up the rest."""

MOST_BYTES = 4_000_000
MOST_DELIVERIES = 20_000
MOST_SHOWN = 4_000
SECONDS = 10.0


class Delivery(msgspec.Struct, frozen=True):
    """What was sent to one channel, `seconds` after the listener was opened.

    `indication` is None when it could not be read; `problem` tells why then. `text` is the
    beginning of the message.
    """

    channel: str
    seconds: float
    indication: Instance | None
    problem: str = ""
    text: str = ""


class Listener:
    """An HTTP server that keeps what it is sent; a channel is a path below the run's own.

    Attributes:
        url: by which a server reaches it, without the channel.

    Raises:
        OSError: it cannot listen at that place.
    """

    def __init__(self, place: Place, run: str) -> None:
        self._server = _server(place, self)
        self._path = f"/{run}/"
        told = place.told or place.host
        host = f"[{told}]" if ":" in told else told
        port = self._server.server_address[1]
        self.url = f"{place.url or f'http://{host}:{port}'}/{run}"
        self._deliveries: list[Delivery] = []
        self._came = Condition()
        self._began = time.monotonic()
        self._thread = Thread(target=self._serve, name="listener", daemon=True)
        self._thread.start()

    def channel(self, name: str) -> str:
        """Return the URL of a channel."""
        return f"{self.url}/{name}"

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return everything that was sent so far."""
        with self._came:
            return tuple(self._deliveries)

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until more than so many were sent; False when that has not come about in time."""
        with self._came:
            return self._came.wait_for(lambda: len(self._deliveries) > number, seconds)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def channel_at(self, path: str) -> str:
        """Return the channel that the path of a request leads to, "" when it is none of ours."""
        return path.removeprefix(self._path) if path.startswith(self._path) else ""

    def take(self, channel: str, body: bytes) -> str:
        """Keep what was sent; return the ID of the message, "" when it is not readable."""
        indication, identity, problem = None, "", ""
        try:
            indication, identity = read_indication(body)
        except UnreadableError as error:
            problem = str(error)
        text = body[:MOST_SHOWN].decode("utf-8", "replace")
        with self._came:
            seconds = round(time.monotonic() - self._began, 3)
            if len(self._deliveries) < MOST_DELIVERIES:
                self._deliveries.append(Delivery(channel, seconds, indication, problem, text))
            self._came.notify_all()
        return identity


def _server(place: Place, listener: Listener) -> ThreadingHTTPServer:
    """Return an HTTP server at a place, which does not look up names."""

    class Handler(_Handler):
        to = listener

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def server_bind(self) -> None:
            TCPServer.server_bind(self)  # that of HTTPServer asks for the name of the host

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Let a broken connection be: what did not come is not kept."""

    if ":" in place.host:
        Server.address_family = AF_INET6
    return Server((place.host, place.port), Handler)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    to: Listener

    def do_POST(self) -> None:
        """Take an export message."""
        channel = self.to.channel_at(self.path)
        if not channel:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        try:
            body = self._body()
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        if body is None:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        identity = self.to.take(channel, body)
        self._answer(accepting(identity or NO_IDENTITY))

    def _body(self) -> bytes | None:
        """Return the body of a request, None when it is too large.

        Raises:
            ValueError: its length cannot be told.
        """
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = int(self.headers.get("Content-Length", ""))
        if length < 0:
            raise ValueError(length)
        return self.rfile.read(length) if length <= MOST_BYTES else None

    def _chunks(self) -> bytes | None:
        """Return a body that comes in chunks (RFC 9112, clause 7.1)."""
        body = b""
        while size := int(self.rfile.readline(100).partition(b";")[0], 16):
            if size < 0 or len(body) + size > MOST_BYTES:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(100)
        while self.rfile.readline(1_000).strip():
            pass
        return body

    def _answer(self, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self.send_response(status)
        if status is HTTPStatus.BAD_REQUEST:
            self.send_header("CIMError", "request-not-well-formed")
        self.send_header("Connection", "close")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name it has there
        """Write nothing: what was sent is kept."""
