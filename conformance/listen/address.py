"""Where indications are listened to, and by which URL the server is told to send them.

Shell: the address by which this machine reaches the server is asked of the operating system;
nothing is sent for that.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import msgspec

from conformance.endpoint.address import UrlError, parse_url

ANY_PORT = 0
LOCALHOST = "127.0.0.1"


class Place(msgspec.Struct, frozen=True):
    """An address to listen at: `port` 0 is any free one.

    `told` is the host that the server is told, where that is another than `host`; `url` is all
    that it is told, where it reaches this machine in another way.
    """

    host: str
    port: int = ANY_PORT
    told: str = ""
    url: str = ""


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST`, `HOST:PORT` or `[IPV6]:PORT`; port 0 where there is none.

    Raises:
        ValueError: it is none of these.
    """
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.path or parts.query or parts.username is not None:
        raise ValueError(text)
    return parts.hostname, parts.port or ANY_PORT


def is_address(text: str) -> bool:
    """Tell whether a text is an address to listen at."""
    try:
        split_address(text)
    except ValueError:
        return False
    return True


def is_listener_url(text: str) -> bool:
    """Tell whether a text is a URL that indications can be sent to."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(usable) and "@" not in parts.netloc and not (parts.query or parts.fragment)


def place_of(server: str, listen: str = "", url: str = "") -> Place:
    """Return where to listen for the indications of a server, by its URL.

    `listen` and `url` are what the user says; without `listen` it is the address by which this
    machine reaches the server, and any free port.
    """
    own = _own_address(server)
    host, port = split_address(listen) if listen else (own, ANY_PORT)
    return Place(host, port, own if _is_everywhere(host) else "", url.rstrip("/"))


def _is_everywhere(host: str) -> bool:
    """Tell whether a host stands for all addresses of this machine, such as ::."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _own_address(server: str) -> str:
    """Return the address of this machine on the way to a server; localhost when there is none."""
    try:
        address = parse_url(server)
        family, kind, protocol, _, target = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except (OSError, UrlError, UnicodeError):
        return LOCALHOST
