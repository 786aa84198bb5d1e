"""The listener: takes indications over HTTP and keeps them, in the order of their arrival.

Shell. The only module that answers HTTP requests. It takes messages at the paths of one run and
nothing else; every request is bounded in size and time, and what cannot be read is kept with the
reason.
"""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from socketserver import TCPServer
from threading import Thread
from typing import Any

from conformance.endpoint.envelope import UnreadableError
from conformance.listen.address import Place
from conformance.listen.export import EXPORT, Form
from conformance.listen.inbox import MOST_SHOWN, Delivery, Inbox

MOST_BYTES = 4_000_000
SECONDS = 10.0


class Listener:
    """An HTTP server that keeps what it is sent; a channel is a path below the run's own.

    `form` is in which messages indications come (export messages of CIM-XML without one).

    Attributes:
        url: by which a server reaches it, without the channel.
        inbox: what was sent.

    Raises:
        OSError: it cannot listen at that place.
    """

    def __init__(
        self, place: Place, run: str, form: Form = EXPORT, inbox: Inbox | None = None
    ) -> None:
        self.form = form
        self.inbox = inbox or Inbox()
        self._server = _server(place, self)
        self._path = f"/{run}/"
        told = place.told or place.host
        host = f"[{told}]" if ":" in told else told
        port = self._server.server_address[1]
        self.url = f"{place.url or f'http://{host}:{port}'}/{run}"
        self._thread = Thread(target=self._serve, name="listener", daemon=True)
        self._thread.start()

    def channel(self, name: str) -> str:
        """Return the URL of a channel."""
        return f"{self.url}/{name}"

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return everything that was sent so far."""
        return self.inbox.deliveries()

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until more than so many were sent; False when that has not come about in time."""
        return self.inbox.wait(number, seconds)

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
            indication, identity = self.form.read(body)
        except UnreadableError as error:
            problem = str(error)
        text = body[:MOST_SHOWN].decode("utf-8", "replace")
        self.inbox.keep(channel, indication, problem, text)
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
        """Take a message that carries an indication."""
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
        self._answer(self.to.form.accepting(identity))

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
        for name, value in self.to.form.headers.items():
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
