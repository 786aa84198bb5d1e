"""Names of hosts that a virtual system could be migrated to (DSP1081: DestinationHost)."""

from __future__ import annotations

import re
from ipaddress import ip_address

from reference_impl.hypervisor.identity import HOST_NAME
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused

#: DestinationHostFormatsSupported: domain name, IPv4 address, IPv6 address.
FORMATS = (2, 3, 4)

#: Names of the only host there is.
_OWN = frozenset({HOST_NAME, "localhost"})

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

#: What is written like an address is meant as one.
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


def names_this_host(destination: str | None) -> bool:
    """Whether a destination is this host; another one that could exist cannot be reached.

    Raises `Refused` when it is neither a domain name (RFC 1035) nor an IP address.
    """
    if destination is None:
        raise Refused(INVALID_PARAMETER, "DestinationHost is missing")
    if _ADDRESS.fullmatch(destination):
        return _is_loopback(destination)
    name = destination.lower().removesuffix(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(each) for each in name.split(".")):
        raise Refused(INVALID_PARAMETER, f"DestinationHost: {destination!r} is no domain name")
    return name in _OWN


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError as error:
        raise Refused(
            INVALID_PARAMETER, f"DestinationHost: {address!r} is no IP address"
        ) from error
