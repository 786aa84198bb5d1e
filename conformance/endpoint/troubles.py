"""Failures of the network, of TLS and of HTTP, as the troubles that an Answer carries."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator

from conformance.cim import Trouble


class TransportError(Exception):
    """No answer that could be CIM-XML.

    `trouble` is the value that an Answer carries, `response` the start of what came instead.
    """

    def __init__(self, trouble: Trouble, response: bytes = b"") -> None:
        super().__init__(str(trouble))
        self.trouble = trouble
        self.response = response


class AnswerTooLargeError(OSError):
    """More bytes arrived than one answer may have."""


@contextlib.contextmanager
def translated(seconds: float) -> Iterator[None]:
    """Raise what the network and HTTP raise as TransportError."""
    try:
        yield
    except TimeoutError as error:
        text = f"no complete answer within {seconds:g} seconds"
        raise TransportError(Trouble("timeout", text)) from error
    except AnswerTooLargeError as error:
        raise TransportError(Trouble("too-large", f"the answer has {error}")) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError) as error:
        raise _connection_trouble(error) from error
    except ssl.SSLError as error:
        raise TransportError(Trouble("tls", f"TLS failed: {error.reason or error}")) from error
    except socket.gaierror as error:
        raise TransportError(Trouble("connection", f"unknown host: {error.strerror}")) from error
    except http.client.IncompleteRead as error:
        text = "the server closed the connection in the middle of its answer"
        raise TransportError(Trouble("disconnect", text)) from error
    except http.client.HTTPException as error:
        text = f"the answer is no HTTP: {type(error).__name__} {str(error)[:80]!r}"
        raise TransportError(Trouble("http", text)) from error
    except OSError as error:
        raise TransportError(Trouble("connection", error.strerror or str(error))) from error


def _connection_trouble(error: OSError) -> TransportError:
    if isinstance(error, ConnectionRefusedError):
        return TransportError(
            Trouble("connection", "connection refused: nothing listens on that port")
        )
    return TransportError(
        Trouble("disconnect", "the server closed the connection without an answer")
    )
