"""Says in one line why an endpoint cannot be used, and what to do about it.

Shell: where an answer could mean two things, the port is tried once more in another way.
"""

from __future__ import annotations

import socket
import ssl

from conformance.cim import REJECTED, Trouble
from conformance.endpoint import Connection, EndpointError
from conformance.endpoint.address import Address, parse_url
from conformance.endpoint.http import CONNECT_SECONDS

WSMAN_PORTS = "wsman:// and 5985 or wsmans:// and 5986"

_CERTIFICATE_ADVICE = (
    ("hostname mismatch", "use a host name that the certificate names"),
    ("ip address mismatch", "use a host name that the certificate names"),
    ("expired", "renew the server's certificate, or use --insecure to go on without checking it"),
    ("not yet valid", "check the clocks of both machines"),
    ("", "name the certificate of its authority with --ca, or use --insecure to go on unchecked"),
)


def explained(connection: Connection, trouble: Trouble) -> EndpointError:
    """Return a trouble of the first request as the error that the user is shown."""
    address = parse_url(connection.url)
    reason, advice = _DIAGNOSES[trouble.kind](connection, address, trouble.description)
    return EndpointError(address.url, reason, advice)


def _timeout(connection: Connection, _: Address, __: str) -> tuple[str, str]:
    return (
        f"no complete answer within {connection.timeout_seconds:g} seconds",
        "check that a CIM server and no firewall is there, or allow more time with --timeout",
    )


def _connection(_: Connection, address: Address, text: str) -> tuple[str, str]:
    if text.startswith("unknown host"):
        return f"{text}: {address.host}", "check the host name"
    cim_xml = "http:// and 5988 or https:// and 5989"
    other = f"{WSMAN_PORTS if address.wsman else cim_xml} are usual"
    return text, f"check host and port, and that the CIM server runs ({other})"


def _disconnect(_: Connection, address: Address, text: str) -> tuple[str, str]:
    if address.scheme == "http" and _speaks_tls(address):
        return "this port speaks TLS, and plain HTTP was spoken to it", f"use {_secure(address)}"
    return text, "check that a CIM server is there; its log may tell more"


def _authentication(connection: Connection, _: Address, text: str) -> tuple[str, str]:
    if connection.credentials is None:
        return f"the server asks for a user ({text})", "give one with --user and a password"
    user = connection.credentials.user
    return f"the server refuses the user {user!r} ({text})", "check user name and password"


def _tls(_: Connection, address: Address, text: str) -> tuple[str, str]:
    folded = text.lower()
    if "certificate refused" in folded:
        return text, next(advice for part, advice in _CERTIFICATE_ADVICE if part in folded)
    if any(part in folded for part in ("wrong version", "record layer", "http request")):
        plain = "wsman://" if address.wsman else "http://"
        return "this port does not speak TLS", f"use {plain}, or the port of the server's HTTPS"
    if "certificate required" in folded or "handshake failure" in folded:
        return text, "the server may ask for a client certificate: give it with --cert and --key"
    if "certificate files" in folded:
        return text, "check the files given with --ca, --cert and --key"
    return text, "check that the port speaks TLS; go without it when it does not"


def _http(connection: Connection, address: Address, text: str) -> tuple[str, str]:
    if "no HTTP" in text:
        return _disconnect(connection, address, text)
    if address.scheme == "http" and _speaks_tls(address):
        return "this port speaks TLS, and plain HTTP was spoken to it", f"use {_secure(address)}"
    return f"a web server, but no CIM server: {text}", "check the port of the CIM server"


def _protocol(_: Connection, address: Address, text: str) -> tuple[str, str]:
    if "found text/html" in text:
        return "a web server, but no CIM server: it answers with HTML", "check the port"
    name = "WS-Management" if address.wsman else "CIM-XML"
    return f"the answer is no {name}: {text}", "check that this is the port of a CIM server"


def _too_large(_: Connection, __: Address, text: str) -> tuple[str, str]:
    return text, "check that this is a CIM server; no list of registered profiles is that long"


def _rejected(connection: Connection, address: Address, text: str) -> tuple[str, str]:
    diagnose = _http if text.startswith("HTTP") else _protocol
    return diagnose(connection, address, text)


_DIAGNOSES = {
    "timeout": _timeout,
    "connection": _connection,
    "disconnect": _disconnect,
    "authentication": _authentication,
    "tls": _tls,
    "http": _http,
    "protocol": _protocol,
    "too-large": _too_large,
    REJECTED: _rejected,
}


def _secure(address: Address) -> str:
    return "wsmans://" if address.wsman else "https://"


def _speaks_tls(address: Address) -> bool:
    """Try a TLS handshake, just to see whether the port speaks TLS at all."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address.host, address.port), CONNECT_SECONDS) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
