"""The address of a CIM server: the URL a user gives, read and checked."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

import msgspec

DEFAULT_PORTS = {"http": 5988, "https": 5989, "wsman": 5985, "wsmans": 5986}
"""Ports registered with IANA: wbem-http and wbem-https (CIM-XML), wsman and wsmans."""

PATH = "/cimom"
WSMAN_PATH = "/wsman"
CARRIERS = {"http": "http", "https": "https", "wsman": "http", "wsmans": "https"}
"""What carries the protocol that a scheme names."""

WSMAN_SCHEMES = {"http": "wsman", "https": "wsmans"}


class UrlError(ValueError):
    """A text that is no URL of a CIM server: what was expected and what was found."""


class Address(msgspec.Struct, frozen=True):
    """Where a CIM server listens.

    `scheme` is http or https; `wsman` tells that WS-Management is spoken over it, under `path`.
    """

    scheme: str
    host: str
    port: int
    wsman: bool = False
    path: str = PATH

    @property
    def url(self) -> str:
        """Return the URL as a user writes it, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if not self.wsman:
            return f"{self.scheme}://{host}:{self.port}"
        path = "" if self.path == WSMAN_PATH else self.path
        return f"{'wsmans' if self.scheme == 'https' else 'wsman'}://{host}:{self.port}{path}"


def parse_url(url: str) -> Address:
    """Read `http[s]://host[:port]` or `wsman[s]://host[:port][/path]`.

    The port defaults to 5988, 5989, 5985 or 5986, the path of WS-Management to /wsman.
    Raise UrlError, which says what is wrong without repeating a password in the URL.
    """
    problem = _problem(url)
    if problem:
        raise UrlError(problem)
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    wsman = scheme.startswith("wsman")
    path = (parts.path.rstrip("/") or WSMAN_PATH) if wsman else PATH
    port = parts.port or DEFAULT_PORTS[scheme]
    return Address(CARRIERS[scheme], parts.hostname or "", port, wsman, path)


def spoken(url: str, protocol: str) -> str:
    """Return a URL with the scheme of a protocol ("cim-xml", "wsman"; "": as it is)."""
    scheme, mark, rest = url.partition("://")
    wanted = WSMAN_SCHEMES if protocol == "wsman" else CARRIERS if protocol else {}
    return f"{wanted.get(scheme.lower(), scheme)}{mark}{rest}"


def _problem(url: str) -> str:
    """Return what is wrong with a URL, or ""."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"expected http[s]://host[:port], but {str(error).lower()}"
    if parts.scheme.lower() not in DEFAULT_PORTS:
        found = f"found {parts.scheme}://" if "://" in url else "found neither"
        schemes = "http://, https://, wsman:// or wsmans://"
        return f"expected a URL that starts with {schemes}, {found}"
    if port == 0:
        return "expected a port number between 1 and 65535, found 0"
    free = parts.scheme.lower().startswith("wsman")
    known = free or parts.path.rstrip("/") in {"", PATH}
    if not known or parts.query or parts.fragment:
        rest = url.partition("://")[2].partition(parts.netloc)[2]
        return f"expected nothing after host and port, found {rest}"
    return _host_problem(parts)


def _host_problem(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        return "expected no user name or password inside the URL"
    if not parts.hostname or any(letter.isspace() for letter in parts.netloc):
        return "expected a host name after the scheme"
    return ""
