"""The adapter for an endpoint, by the protocol that its URL names."""

from __future__ import annotations

from typing import Protocol

from conformance.endpoint import Connection, Endpoint, EndpointError
from conformance.endpoint.address import UrlError, parse_url
from conformance.endpoint.wbem import WbemEndpoint
from conformance.endpoint.wsman import WsmanEndpoint
from conformance.schema.classes import Classes


class CountingEndpoint(Endpoint, Protocol):
    """An endpoint that counts its operations."""

    @property
    def operations(self) -> int:
        """Return how many operations were asked so far."""


def open_endpoint(connection: Connection, classes: Classes | None = None) -> CountingEndpoint:
    """Return the adapter for a connection, which does not connect yet.

    http:// and https:// are CIM-XML, wsman:// and wsmans:// WS-Management. `classes` are the facts
    by which values are read where a server declares none (the bundled ones when None). Raise
    EndpointError for a URL that is neither.
    """
    try:
        wsman = parse_url(connection.url).wsman
    except UrlError as error:
        host = connection.url.rpartition("@")[2]
        raise EndpointError(host, str(error), "write it as SCHEME://host[:port]") from error
    return WsmanEndpoint(connection, classes) if wsman else WbemEndpoint(connection)
