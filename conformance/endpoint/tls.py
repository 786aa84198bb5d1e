"""TLS to a CIM server: verified unless the user says otherwise."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from conformance.cim import Trouble
from conformance.endpoint import Connection
from conformance.endpoint.troubles import TransportError


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Return the TLS settings of a connection: verified unless it is marked insecure.

    Raise TransportError when a certificate or key file cannot be used.
    """
    try:
        folder = connection.ca is not None and Path(connection.ca).is_dir()
        context = ssl.create_default_context(
            cafile=None if folder else connection.ca, capath=connection.ca if folder else None
        )
        if connection.certificate:
            context.load_cert_chain(connection.certificate, connection.key)
    except (OSError, ValueError) as error:
        raise TransportError(
            Trouble("tls", f"the certificate files cannot be used: {error}")
        ) from error
    if connection.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def secured(plain: socket.socket, host: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Perform the TLS handshake on a connected socket, within the socket's own time-out.

    Raise TransportError when the handshake failed, TimeoutError when it took too long.
    """
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise TransportError(
            Trouble("tls", f"certificate refused: {error.verify_message}")
        ) from error
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise TransportError(Trouble("tls", f"the TLS handshake failed: {reason}")) from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise TransportError(Trouble("tls", "the server broke off the TLS handshake")) from error
