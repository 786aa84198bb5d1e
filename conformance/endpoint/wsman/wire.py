"""One connection that carries WS-Management messages, by pypsrp: HTTP, TLS and authentication.

The only client module that imports pypsrp. Each exchange ends by its deadline and within its
size; nothing is retried, redirected, or taken from the environment (proxies, .netrc).
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
import warnings
from collections.abc import Iterator
from typing import Any

import requests
import urllib3
from pypsrp.exceptions import AuthenticationError, WinRMTransportError
from pypsrp.wsman import WSMan
from requests.adapters import BaseAdapter, HTTPAdapter
from spnego.exceptions import SpnegoError

from conformance.cim import Trouble
from conformance.endpoint import Connection
from conformance.endpoint.address import parse_url
from conformance.endpoint.tls import tls_context
from conformance.endpoint.troubles import AnswerTooLargeError, TransportError, translated

CHUNK_BYTES = 65_536
CONNECT_SECONDS = 10.0
AUTHENTICATIONS = ("basic", "certificate", "credssp", "kerberos", "negotiate", "ntlm")
ENCRYPTING = frozenset({"credssp", "kerberos", "negotiate", "ntlm"})
HEAD_BYTES = 4_096
_REDIRECTS = range(300, 400)


class Bounded(HTTPAdapter):
    """An HTTP adapter whose answers are read before the deadline and within a size."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        """Use our own TLS context: it verifies as the connection says."""
        if parse_url(self._connection.url).scheme == "https":
            more["ssl_context"] = tls_context(self._connection)
        super().init_poolmanager(*arguments, **more)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the response with its whole content; raise TransportError."""
        seconds = self._connection.timeout_seconds
        deadline = time.monotonic() + seconds
        checked = not self._connection.insecure
        with _told(seconds), warnings.catch_warnings():
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
            # What the context verifies is not verified a second time by another store.
            response = super().send(
                request,
                stream=True,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                verify=checked,
            )
            content = self._content(response, deadline)
        if response.status_code in _REDIRECTS:
            where = response.headers.get("Location", "")[:80]
            text = f"HTTP {response.status_code} {response.reason}; Location: {where}"
            raise TransportError(Trouble("http", text), content[:HEAD_BYTES])
        response._content = content  # noqa: SLF001  # requests has no other way to hand it over
        response.connection = self  # what negotiates, sends again
        return response

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Leave trust to the TLS context."""

    def _content(self, response: requests.Response, deadline: float) -> bytes:
        limit = self._connection.max_answer_bytes
        pieces: list[bytes] = []
        received = 0
        while True:
            piece = response.raw.read1(CHUNK_BYTES)
            if not piece:
                return b"".join(pieces)
            received += len(piece)
            if received > limit:
                raise AnswerTooLargeError(f"more than {limit} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
            pieces.append(piece)


class Wire:
    """One connection; `send` is not for use by two threads at once."""

    def __init__(self, connection: Connection) -> None:
        """Prepare without connecting; raise UrlError for a URL that is none."""
        self.address = parse_url(connection.url)
        self._connection = connection
        self._client: WSMan | None = None

    def send(self, message: bytes) -> tuple[int, bytes]:
        """Send a message; return the HTTP status and the content of the answer.

        Raises:
            TransportError: the network, TLS, HTTP or the authentication failed.
        """
        try:
            with _told(self._connection.timeout_seconds):
                return 200, self._opened().transport.send(message)
        except WinRMTransportError as error:
            text = error.response_text or ""
            return error.code, text.encode() if isinstance(text, str) else text
        except AuthenticationError as error:
            self.close()
            auth = self._connection.auth or "basic"
            text = f"HTTP 401 to the authentication {auth}"
            raise TransportError(Trouble("authentication", text)) from error
        except TransportError:
            self.close()
            raise
        except (SpnegoError, ImportError, ValueError) as error:
            self.close()
            auth = self._connection.auth or "basic"
            text = f"the authentication {auth} cannot be done here: {error}"
            raise TransportError(Trouble("authentication", text)) from error

    def close(self) -> None:
        """Close the connection; the next message opens a new one."""
        if self._client is not None:
            self._client.transport.close()
            self._client = None

    def _opened(self) -> WSMan:
        if self._client is None:
            self._client = _client(self._connection)
        return self._client


def _client(connection: Connection) -> WSMan:
    """Return pypsrp's client with our adapter under it."""
    address = parse_url(connection.url)
    credentials = connection.credentials
    auth = connection.auth or ("certificate" if connection.certificate else "basic")
    tls = address.scheme == "https"
    client = WSMan(
        address.host,
        port=address.port,
        username=credentials.user if credentials else "",
        password=credentials.password if credentials else "",
        ssl=tls,
        path=address.path.strip("/"),
        auth=auth,
        encryption="auto" if tls or auth in ENCRYPTING else "never",
        certificate_pem=connection.certificate,
        certificate_key_pem=connection.key,
        reconnection_retries=0,
        no_proxy=True,
    )
    # pypsrp builds its session with the first message; ours differs in the adapter, in taking
    # nothing from the environment, and in sending no empty user to a server that asks for none.
    session = client.transport._build_session()  # noqa: SLF001
    session.trust_env = False
    session.proxies = {}
    adapter: BaseAdapter = Bounded(connection)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    if credentials is None and auth == "basic":
        session.auth = _Nobody()
    client.transport.session = session
    return client


class _Nobody(requests.auth.AuthBase):
    """Authenticates nobody: requests would look into .netrc otherwise."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@contextlib.contextmanager
def _told(seconds: float) -> Iterator[None]:
    """Raise what the network, TLS and the HTTP libraries raise as TransportError."""
    with translated(seconds):
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _root(error) from error


def _root(error: BaseException) -> Exception:
    """Return what lies under an error of an HTTP library."""
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return TransportError(Trouble("tls", f"certificate refused: {one.verify_message}"))
        if isinstance(one, ssl.SSLError):
            reason = (one.reason or str(one)).replace("_", " ").lower()
            return TransportError(Trouble("tls", f"the TLS handshake failed: {reason}"))
        if isinstance(one, OSError | http.client.HTTPException) and not isinstance(
            one, requests.RequestException
        ):
            return one
    if any(isinstance(one, requests.Timeout | urllib3.exceptions.TimeoutError) for one in chain):
        return TimeoutError()
    return ConnectionError()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error with all that it was raised from or holds, nearest first."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            held = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            waiting += [each for each in held if isinstance(each, BaseException)]
