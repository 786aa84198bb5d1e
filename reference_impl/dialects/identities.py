"""Identifiers as Windows gives them: GUIDs in capitals, and paths with backslashes.

Every one follows from what the hypervisor calls the same thing, so that it is the same each
time the server runs.
"""

from __future__ import annotations

import re
from uuid import UUID, uuid5

from reference_impl.hypervisor.identity import HOST_NAME, ORGANIZATION
from reference_impl.hypervisor.object_paths import read, written

_NAMESPACE = UUID("0b8e6f1c-43a5-5d0e-9c27-7a1b5e9d3f60")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_CONFIGURATIONS = ("defined", "state")

#: The name of a primordial pool among the pools of its type.
_PRIMORDIAL = "host"


class Identities:
    """The identifiers that have been given; `host` is the name of the host system."""

    def __init__(self, namespace: str, host: str) -> None:
        self.namespace = namespace
        self.host = host
        self._owners: dict[str, str] = {}
        self._pools: dict[str, str] = {}

    def instance(self, text: str) -> str:
        """Return the InstanceID that is shown for one of the hypervisor."""
        organization, _, local = text.partition(":")
        if organization != ORGANIZATION:
            return text
        parts = local.split("/")
        if _UUID.match(parts[0]):
            return self._of_system(parts)
        if parts[0] == "pool":
            return self._of_pool(parts[1:])
        if parts[0] == "job":
            return guid(local)
        return f"Microsoft:{local}"

    def pool(self, pool_id: str) -> str:
        """Return the PoolID that is shown; a primordial pool has an empty one."""
        if "/" not in pool_id:
            return pool_id
        shown = "" if pool_id.endswith(f"/{_PRIMORDIAL}") else self._pool(pool_id)
        self._pools.setdefault(shown, pool_id)
        return shown

    def pool_meant(self, shown: str) -> str | None:
        """Return the PoolID of the hypervisor; None for an empty one, and what is none as it is."""
        return self._pools.get(shown, shown) if shown else None

    def owner(self, instance: str) -> str:
        """Return the UUID of the system that a shown InstanceID belongs to, or ""."""
        return self._owners.get(instance.partition(":")[2].partition("\\")[0], "")

    def path(self, text: str) -> str:
        """Return a path as Windows writes it; a text that is no path stays as it is."""
        name = read(text, self.namespace)
        if name is None:
            return text
        namespace = name.namespace.replace("/", "\\")
        return f"\\\\{self.host}\\{namespace}:{str(name).partition(':')[2]}"

    def path_meant(self, text: str) -> str:
        """Return a path as the hypervisor writes it; a text that is no path stays as it is."""
        name = read(text, self.namespace)
        return text if name is None else written(name)

    def _of_system(self, parts: list[str]) -> str:
        """Return the InstanceID of something of a system: UUID, configuration, resource."""
        uuid, label, *rest = (*parts, "")
        rest = rest[:-1]
        if label not in _CONFIGURATIONS and not label.startswith("snapshot-"):
            return f"Microsoft:{uuid.upper()}\\{label}"
        owner = uuid.upper() if label in _CONFIGURATIONS else guid(f"{uuid}/{label}")
        self._owners[owner] = uuid
        if not rest:
            return f"Microsoft:{owner}"
        kind, _, serial = rest[0].rpartition("-")
        return f"Microsoft:{owner}\\{guid(kind)}\\{serial}"

    def _of_pool(self, parts: list[str]) -> str:
        """Return the InstanceID of a pool (type, name) or of what belongs to it."""
        pool_id, rest = "/".join(parts[:2]), parts[2:]
        if rest[:1] == ["capabilities"]:
            meaning = f"\\{rest[1].title()}" if rest[1:] else ""
            return f"Microsoft:Definition\\{guid(pool_id)}{meaning}"
        tail = f"\\{rest[0].title()}" if rest else ""
        root = "\\Root" if parts[1] == _PRIMORDIAL and not rest else ""
        return f"{self._pool(pool_id)}{root}{tail}"

    def _pool(self, pool_id: str) -> str:
        return f"Microsoft:{guid(pool_id)}"


def guid(text: str) -> str:
    """Return the GUID that stands for a name of the hypervisor."""
    return str(uuid5(_NAMESPACE, text)).upper()


def shown_system(name: str) -> str:
    """Return the Name of a system: a UUID in capitals."""
    return name.upper() if _UUID.match(name) else name


def is_host(name: str) -> bool:
    """Whether the name of a system is that of the host, in the hypervisor's words."""
    return name == HOST_NAME


def device(device_id: str) -> str:
    """Return the DeviceID of a device, which is unique among those of its system."""
    kind, _, serial = device_id.rpartition("-")
    return f"Microsoft:{guid(kind)}\\{serial}" if kind else device_id
