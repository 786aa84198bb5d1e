"""Bounded HTTP to one CIM server: each exchange ends by its deadline and within its size.

One connection, kept alive, reopened when it was lost. The deadline covers everything from the
connect to the last byte of the answer: the socket's own time-out is set to what is left before
each read, so that neither a silent server nor one that trickles for ever can hold the caller.
Failures of the network, of TLS and of HTTP itself are raised as TransportError. Redirects are
not followed and the environment (proxies, .netrc) is not consulted: the endpoint under test is
the one that was named.
"""

from __future__ import annotations

import base64
import http.client
import io
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus

from conformance.cim import REJECTED, Trouble
from conformance.endpoint import Connection, Credentials
from conformance.endpoint.address import PATH, parse_url
from conformance.endpoint.tls import secured, tls_context
from conformance.endpoint.troubles import AnswerTooLargeError, TransportError, translated

CONNECT_SECONDS = 10.0
CHUNK_BYTES = 65_536
PIECE_BYTES = 1_048_576
HEAD_BYTES = 4_096


class Allowance:
    """What is left of the time and the bytes of one exchange."""

    __slots__ = ("_bytes_left", "_deadline", "_max_bytes")

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._deadline = time.monotonic() + seconds
        self._max_bytes = self._bytes_left = max_bytes

    def seconds(self) -> float:
        """Return the seconds left; raise TimeoutError when there are none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def spend(self, received: int) -> None:
        """Count bytes received; raise AnswerTooLargeError when they are too many."""
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise AnswerTooLargeError(f"more than {self._max_bytes} bytes")


class _BoundedReader(io.RawIOBase):
    """The receiving side of a socket under an allowance."""

    def __init__(self, sock: BoundedSocket) -> None:
        self._sock = sock
        self._raw = sock.plain.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io's own signature
        allowance = self._sock.allowance
        self._sock.plain.settimeout(allowance.seconds())
        received = self._raw.readinto(buffer) or 0
        allowance.spend(received)
        return received

    def close(self) -> None:
        self._raw.close()
        super().close()


class BoundedSocket:
    """A connected socket as http.client uses it, under the allowance of the current exchange."""

    def __init__(self, plain: socket.socket, allowance: Allowance) -> None:
        self.plain = plain
        self.allowance = allowance

    def sendall(self, data: bytes) -> None:
        """Send everything before the deadline."""
        view = memoryview(data)
        while view:
            self.plain.settimeout(self.allowance.seconds())
            view = view[self.plain.send(view) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a buffered reader of what the server sends; `mode` is always "rb"."""
        del mode
        return io.BufferedReader(_BoundedReader(self), CHUNK_BYTES)

    def close(self) -> None:
        """Close the socket."""
        self.plain.close()

    def dropped(self) -> bool:
        """Tell whether the idle connection was closed (or spoken on) by the server."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.plain, selectors.EVENT_READ)
            return bool(selector.select(0))


class Transport:
    """One connection to a CIM server, reopened when needed; not for use by two threads at once."""

    def __init__(self, connection: Connection) -> None:
        """Prepare for an endpoint without connecting; raise UrlError for a URL that is none."""
        self.address = parse_url(connection.url)
        self._connection = connection
        self._authorization = _basic(connection.credentials)
        self._tls: ssl.SSLContext | None = None
        self._http: http.client.HTTPConnection | None = None
        self._socket: BoundedSocket | None = None
        self._last: http.client.HTTPResponse | None = None

    def fetch(
        self,
        headers: Mapping[str, str],
        body: bytes,
        max_bytes: int = 0,
        *,
        repeatable: bool = False,
    ) -> bytes:
        """Send one request and return the whole answer, which claims to be XML.

        `max_bytes` tightens the connection's own bound of one answer. A `repeatable` request is
        sent again when the server closed a kept connection just then. Raise TransportError when
        the network, TLS or HTTP failed, or when the answer is something else.
        """
        limit = min(self._connection.max_answer_bytes, max_bytes or sys.maxsize)
        seconds = self._connection.timeout_seconds
        try:
            with translated(seconds):
                allowance = Allowance(seconds, limit)
                self._last = self._exchanged(headers, body, allowance, repeatable=repeatable)
                if (self._last.length or 0) > limit:
                    raise AnswerTooLargeError(f"more than {limit} bytes")
                content = _content(self._last)
        except TransportError:
            self.close()
            raise
        trouble = _http_trouble(self._last)
        if trouble is not None:
            raise TransportError(trouble, content[:HEAD_BYTES])
        return content

    def _exchanged(
        self, headers: Mapping[str, str], body: bytes, allowance: Allowance, *, repeatable: bool
    ) -> http.client.HTTPResponse:
        kept = self._reusable() is not None
        try:
            return self._exchange(headers, body, allowance)
        except ConnectionError:
            # Nothing was answered: a server may close an idle connection at any time (RFC 9112,
            # 9.5), and only what changes nothing may be asked twice without asking the user.
            if not (kept and repeatable):
                raise
        self.close()
        return self._exchange(headers, body, allowance)

    def _exchange(
        self, headers: Mapping[str, str], body: bytes, allowance: Allowance
    ) -> http.client.HTTPResponse:
        connected = self._open(allowance)
        sent = {
            "Content-Type": 'application/xml; charset="utf-8"',
            "Accept": "application/xml, text/xml",
            "Accept-Encoding": "identity",
            **headers,
            **self._authorization,
        }
        connected.request("POST", PATH, body=body, headers=sent)
        return connected.getresponse()

    def _open(self, allowance: Allowance) -> http.client.HTTPConnection:
        kept = self._reusable()
        if kept is not None and self._socket is not None:
            self._socket.allowance = allowance
            return kept
        self.close()
        self._socket = BoundedSocket(self._connected(allowance), allowance)
        self._http = http.client.HTTPConnection(self.address.host, self.address.port)
        self._http.sock = self._socket
        self._http.auto_open = 0
        return self._http

    def _reusable(self) -> http.client.HTTPConnection | None:
        """Return the open connection when its last answer was read and the server kept it."""
        if self._http is None or self._http.sock is None or self._socket is None:
            return None
        if self._last is None or not self._last.isclosed() or self._socket.dropped():
            return None
        return self._http

    def _connected(self, allowance: Allowance) -> socket.socket:
        address = (self.address.host, self.address.port)
        if self.address.scheme == "https" and self._tls is None:
            self._tls = tls_context(self._connection)
        plain = socket.create_connection(address, min(CONNECT_SECONDS, allowance.seconds()))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                return plain
            plain.settimeout(allowance.seconds())
            return secured(plain, self.address.host, self._tls)
        except BaseException:
            plain.close()
            raise

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        for part in (self._last, self._http, self._socket):
            if part is not None:
                part.close()
        self._http = self._socket = self._last = None


def _content(response: http.client.HTTPResponse) -> bytes:
    """Read the body piece by piece: a length or chunk size that lies costs no memory."""
    pieces = []
    while piece := response.read(PIECE_BYTES):
        pieces.append(piece)
    if response.length:
        raise http.client.IncompleteRead(pieces[-1] if pieces else b"", response.length)
    return b"".join(pieces)


def _http_trouble(response: http.client.HTTPResponse) -> Trouble | None:
    """Return why an HTTP answer cannot carry CIM-XML (DSP0200, clause 6), or None."""
    status = f"HTTP {response.status} {response.reason}".strip()
    if response.status == HTTPStatus.UNAUTHORIZED:
        schemes = response.headers.get("WWW-Authenticate", "no scheme")
        return Trouble("authentication", f"{status}; the server offers {schemes[:80]}")
    if response.status != HTTPStatus.OK:
        notes = [(name, response.headers.get(name)) for name in ("CIMError", "Location")]
        kind = REJECTED if response.status == HTTPStatus.BAD_REQUEST else "http"
        return Trouble(kind, "; ".join([status, *(f"{n}: {v[:80]}" for n, v in notes if v)]))
    kind = response.headers.get("Content-Type", "application/xml").partition(";")[0].strip()
    if kind.lower() not in {"application/xml", "text/xml"}:
        return Trouble("protocol", f"expected CIM-XML, found {kind[:80]}")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        return Trouble("protocol", f"expected no content encoding, found {encoding[:80]}")
    return None


def _basic(credentials: Credentials | None) -> dict[str, str]:
    """Return the header of HTTP basic authentication (RFC 7617, UTF-8)."""
    if credentials is None:
        return {}
    pair = f"{credentials.user}:{credentials.password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
