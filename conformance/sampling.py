"""Which objects are looked at more closely: the host's own, and a few virtual systems.

Pure: a choice on a snapshot, drawn with a recorded seed, so that a run can be repeated.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from conformance.cim import Instance, Path
from conformance.snapshot import Snapshot, ends_of, is_association, namespace_of

SYSTEM = "CIM_ComputerSystem"
SETTINGS = "CIM_VirtualSystemSettingData"
OWNING = (
    "CIM_SystemDevice",
    "CIM_SettingsDefineState",
    "CIM_VirtualSystemSettingDataComponent",
    "CIM_ElementSettingData",
    "CIM_ElementCapabilities",
)
"""Associations that lead from a virtual system to what belongs to it alone."""

SYSTEMS = 5
MOST_HOST_OBJECTS = 300
DANGLING_PER_CLASS = 3
PROBES_PER_CLASS = 2

Item = TypeVar("Item", str, Path)

HostPart = Callable[[Snapshot], Sequence[Path]]
"""Names the objects of the host part, all of which are looked at."""


def elements(snapshot: Snapshot) -> dict[str, Instance]:
    """Return the instances that are no associations, by identity."""
    return {
        identity: instance
        for identity, instance in snapshot.by_identity.items()
        if not is_association(instance)
    }


def probes(snapshot: Snapshot, seed: int) -> list[Path]:
    """Return a few objects of each creation class."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for instance in elements(snapshot).values():
        if instance.path is not None:
            slot = (namespace_of(instance), instance.classname.lower())
            groups.setdefault(slot, []).append(instance.path)
    return [path for group in groups.values() for path in _drawn(group, PROBES_PER_CLASS, seed)]


def sample(
    snapshot: Snapshot, seed: int, *, exhaustive: bool = False, host: HostPart | None = None
) -> list[Path]:
    """Return the objects to look at: the host part, and systems with what belongs to them.

    Without `host`, the host part is what belongs to no single virtual system. `exhaustive` takes
    all objects.
    """
    known = elements(snapshot)
    if exhaustive:
        return _paths(known.values())
    belongings = {
        system: _belonging(snapshot, system, known) for system in virtual_systems(snapshot)
    }
    owners = Counter(identity for owned in belongings.values() for identity in owned)
    if host is not None:
        own = list(host(snapshot))
    else:
        own = _paths(one for identity, one in known.items() if owners[identity] != 1)
        own = _drawn(own, MOST_HOST_OBJECTS, seed)
    chosen = [
        identity
        for system in _drawn(sorted(belongings), SYSTEMS, seed)
        for identity in sorted(belongings[system])
        if owners[identity] == 1
    ]
    found = {path.identity: path for path in (*own, *_paths(known[one] for one in chosen))}
    return list(found.values())


def virtual_systems(snapshot: Snapshot) -> list[str]:
    """Return the identities of the computer systems that have virtual system settings."""
    settings = {one.path.identity for one in snapshot.instances_of(SETTINGS) if one.path}
    systems = (one.path.identity for one in snapshot.instances_of(SYSTEM) if one.path)
    return [
        identity
        for identity in systems
        if any(other in settings for other in _neighbours(snapshot, identity))
    ]


def _neighbours(snapshot: Snapshot, identity: str) -> Iterable[str]:
    for _, association in snapshot.links.get(identity, ()):
        namespace = namespace_of(association)
        if any(snapshot.is_a(association.classname, one, namespace) for one in OWNING):
            yield from (end for _, end in ends_of(association) if end != identity)


def _belonging(snapshot: Snapshot, system: str, known: dict[str, Instance]) -> set[str]:
    """Return the system and what is reached from it without passing another system."""
    reached = {system}
    line = [system]
    while line:
        for other in _neighbours(snapshot, line.pop()):
            instance = known.get(other)
            if instance is None or other in reached:
                continue
            if not snapshot.is_a(instance.classname, SYSTEM, namespace_of(instance)):
                reached.add(other)
                line.append(other)
    return reached


def dangling(snapshot: Snapshot, seed: int, *, exhaustive: bool = False) -> list[Path]:
    """Return paths that association instances refer to and that were not enumerated.

    A few for each referring and referenced class, or all of them.
    """
    groups: dict[tuple[str, str], dict[str, Path]] = {}
    for instance in snapshot.by_identity.values():
        for value in instance.values if is_association(instance) else ():
            if isinstance(value, Path) and value.identity not in snapshot.by_identity:
                slot = (instance.classname.lower(), value.classname.lower())
                groups.setdefault(slot, {})[value.identity] = value
    most = sum(map(len, groups.values())) if exhaustive else DANGLING_PER_CLASS
    drawn = (_drawn(list(group.values()), most, seed) for group in groups.values())
    return list({path.identity: path for group in drawn for path in group}.values())


def _paths(instances: Iterable[Instance]) -> list[Path]:
    return [instance.path for instance in instances if instance.path is not None]


def _drawn(items: list[Item], most: int, seed: int) -> list[Item]:
    """Return at most so many items, drawn by the seed, in their order."""
    if len(items) <= most:
        return items
    chosen = random.Random(seed).sample(range(len(items)), most)  # noqa: S311  # a sample
    return [items[position] for position in sorted(chosen)]
