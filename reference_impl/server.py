"""The server as a whole: CIM-XML over HTTP/1.1 and HTTPS (DSP0200, clause 7)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from threading import Thread
from types import TracebackType
from typing import Self

from reference_impl.http_side import HTTPConnections, Route
from reference_impl.operations import Operations

MAXIMUM_REQUEST_BYTES = 16 * 1024 * 1024


class CIMServer:
    """A CIM server on one port; also a context manager.

    `credentials` maps user names to passwords; None lets everybody in. `ssl_context` makes it
    HTTPS. `routes` maps URL paths to answers for other protocols on the same port; every
    other path is CIM-XML. Port 0 takes a free one: see `port` and `url`.
    Raises OSError when the port cannot be had.
    """

    def __init__(
        self,
        operations: Operations,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        credentials: Mapping[str, str] | None = None,
        routes: Mapping[str, Route] | None = None,
        maximum_request_bytes: int = MAXIMUM_REQUEST_BYTES,
    ) -> None:
        self.operations = operations
        self._http = HTTPConnections((host, port), ssl_context)
        self._http.credentials = credentials
        self._http.routes = dict(routes or {})
        self._http.cim_xml = operations.answer
        self._http.maximum_request_bytes = maximum_request_bytes
        self._thread: Thread | None = None
        self.host = host
        self.port: int = self._http.server_address[1]
        literal = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if ssl_context else 'http'}://{literal}:{self.port}"

    def start(self) -> Self:
        """Serve in a thread of its own, and return."""
        self._thread = Thread(target=self.serve_forever, name="cim-server", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop serving, close the port and every connection."""
        self._http.stopping.set()
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self._http.close_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
