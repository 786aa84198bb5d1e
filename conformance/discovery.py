"""Finds out whether there is a CIM server at a URL, and which namespaces to look at.

Shell. What is wrong with an endpoint as a whole is told here, in one line with what to do.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.address import Address, UrlError, parse_url
from conformance.cim import Answer, Instance, Path, Trouble
from conformance.endpoint import Connection, EndpointError
from conformance.wbem import WbemEndpoint

INTEROP_NAMES = ("interop", "root/interop", "root/PG_InterOp", "root/PG_Interop", "/interop")
"""Where CIM servers keep the Interop namespace (DSP1033, clause 7), and where they used to."""

IMPLEMENTATION_NAMES = (
    "root/virt",
    "root/cimv2",
    "root/ibmsd",
    "root/virtualization",
    "root/virtualization/v2",
    "root/xen",
)
"""Namespaces of known implementations, tried when the server itself tells none."""

REGISTERED = "CIM_RegisteredProfile"
CONFORMS = "CIM_ElementConformsToProfile"
NAMESPACE_CLASSES = ("CIM_Namespace", "__Namespace")
MARKS = ("CIM_VirtualSystemManagementService", "CIM_VirtualSystemSettingData", "CIM_ComputerSystem")
"""A namespace with instances of one of these is worth looking at."""

INVALID_NAMESPACE, INVALID_CLASS = 3, 5
MOST_REGISTRATIONS_ASKED = 40


class Found(msgspec.Struct, frozen=True):
    """A usable CIM server: its URL, its namespaces, and how it describes itself."""

    url: str
    interop: str
    namespaces: tuple[str, ...]
    server: str = ""


def preflight(
    connection: Connection, interop: str | None = None, namespaces: Sequence[str] = ()
) -> Found:
    """Reach the server and find its namespaces, as far as they are not given.

    Raise EndpointError, which says what is wrong with the endpoint and what to do about it.
    """
    endpoint = WbemEndpoint(connection)
    try:
        search = _Search(endpoint, connection)
        found_interop = search.interop(interop)
        registered = search.registered(found_interop)
        given = tuple(dict.fromkeys(namespace.strip("/") for namespace in namespaces))
        found = given or search.implementations(found_interop, registered)
        return Found(endpoint.url, found_interop, found, search.server(found_interop))
    finally:
        endpoint.close()


class _Search:
    """Asks the questions that lead to the namespaces."""

    def __init__(self, endpoint: WbemEndpoint, connection: Connection) -> None:
        self._endpoint = endpoint
        self._connection = connection

    def _enumerate(self, namespace: str, classname: str) -> list[Instance] | None:
        """Return the instances of a class, or None when the server knows no such thing."""
        answer = self._endpoint.enumerate_instances(namespace, classname)
        if answer.trouble is not None:
            raise explained(self._connection, answer.trouble)
        return answer.value if answer.ok else None

    def interop(self, given: str | None) -> str:
        """Return the first name of the Interop namespace that the server knows."""
        refusals = []
        for name in dict.fromkeys([given.strip("/")] if given else INTEROP_NAMES):
            answer = self._endpoint.enumerate_instances(name, REGISTERED)
            if answer.trouble is not None:
                raise explained(self._connection, answer.trouble)
            if answer.refusal is None:
                return name
            refusals.append((name, answer))
        raise _no_interop(self._endpoint.url, given, refusals)
