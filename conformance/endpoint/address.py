"""The address of a CIM server: the URL a user gives, read and checked."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

import msgspec

DEFAULT_PORTS = {"http": 5988, "https": 5989}
"""Ports registered with IANA for CIM-XML: wbem-http and wbem-https."""

PATH = "/cimom"


class UrlError(ValueError):
    """A text that is no URL of a CIM server: what was expected and what was found."""


class Address(msgspec.Struct, frozen=True):
    """Where a CIM server listens."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """Return the URL without path, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Read `http[s]://host[:port]`; the port defaults to 5988 or 5989.

    Raise UrlError, which says what is wrong without repeating a password in the URL.
    """
    problem = _problem(url)
    if problem:
        raise UrlError(problem)
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return Address(scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[scheme])


def _problem(url: str) -> str:
    """Return what is wrong with a URL, or ""."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"expected http[s]://host[:port], but {str(error).lower()}"
    if parts.scheme.lower() not in DEFAULT_PORTS:
        found = f"found {parts.scheme}://" if "://" in url else "found neither"
        return f"expected a URL that starts with http:// or https://, {found}"
    if port == 0:
        return "expected a port number between 1 and 65535, found 0"
    if parts.path.rstrip("/") not in {"", PATH} or parts.query or parts.fragment:
        rest = url.partition("://")[2].partition(parts.netloc)[2]
        return f"expected nothing after host and port, found {rest}"
    return _host_problem(parts)


def _host_problem(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        return "expected no user name or password inside the URL"
    if not parts.hostname or any(letter.isspace() for letter in parts.netloc):
        return "expected a host name after the scheme"
    return ""
