"""Identifiers that the hypervisor gives: the same ones in the same order, every time it runs."""

from __future__ import annotations

from uuid import UUID, uuid5

#: The organization part of every InstanceID, `<OrgID>:<LocalID>`.
ORGANIZATION = "cimconform"

_NAMESPACE = UUID("6f2b5c3e-6e0f-5a57-9d2c-0f5e1d9a7c41")

HOST_NAME = str(uuid5(_NAMESPACE, "host"))

#: What the host is called where a vendor names it by a text.
HOST_LABEL = "REFERENCE-HOST"

#: All names under which the host is shown.
HOST_NAMES = frozenset({HOST_NAME, HOST_LABEL})

SWITCH_NAME = str(uuid5(_NAMESPACE, "virtual switch"))


def instance_id(*local: str) -> str:
    """Return an InstanceID whose local part is a path of these names."""
    return f"{ORGANIZATION}:{'/'.join(local)}"


def system_name(serial: int) -> str:
    """Return the name of the virtual system with this serial number: a UUID."""
    return str(uuid5(_NAMESPACE, f"virtual system {serial}"))


def hardware_address(serial: int) -> str:
    """Return a locally administered MAC address as 12 hexadecimal digits."""
    return f"02C1{serial:08X}"


def owner_of(instance: str) -> str:
    """Return the first name in the local part of an InstanceID that `instance_id` made."""
    return instance.partition(":")[2].partition("/")[0]
