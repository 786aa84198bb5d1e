"""Which objects are looked at more closely: the host's own, and a few virtual systems.

Pure: a choice on a snapshot, drawn with a recorded seed, so that a run can be repeated.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, KeysView, Sequence
from typing import TypeVar

import msgspec

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
FEW_OF_A_CLASS = 24
SOME_OF_A_CLASS = 12
DANGLING_PER_CLASS = 3
PROBES_PER_CLASS = 2
UNKNOWN = 6
NO_SUCH = "-cimconform-no-such-instance"
IDENTIFIER, CAPABLE = "instanceid", "AllocationCapabilities"
CROWD = 200

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
    """Return a few objects of each creation class, preferably not those with links to all."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for instance in elements(snapshot).values():
        if instance.path is not None:
            slot = (namespace_of(instance), instance.classname.lower())
            groups.setdefault(slot, []).append(instance.path)
    drawn = []
    for group in groups.values():
        light = [path for path in group if not is_crowded(snapshot, path.identity)]
        drawn += _drawn(light or group, PROBES_PER_CLASS, seed)
    return drawn


def is_crowded(snapshot: Snapshot, identity: str) -> bool:
    """Tell whether so many associations refer to an object that answers about it are long."""
    return len(snapshot.links.get(identity, ())) > CROWD


class Chosen(msgspec.Struct, frozen=True):
    """The objects to look at: `whole` with all operations, `names` with names only."""

    whole: list[Path]
    names: list[Path]


def sample(
    snapshot: Snapshot, seed: int, *, exhaustive: bool = False, host: HostPart | None = None
) -> Chosen:
    """Choose the objects to look at: the host part, and systems with what belongs to them.

    Without `host`, the host part is what belongs to no single virtual system: everything of the
    classes of which there are a few, some of the others. Of the objects
    that very many associations refer to, such as pools, all are asked for names, and one of each
    class for instances too. `exhaustive` takes all objects, with all operations.
    """
    known = elements(snapshot)
    if exhaustive:
        return Chosen(_paths(known.values()), [])
    owned = belongings(snapshot)
    owners = Counter(identity for reached in owned.values() for identity in reached)
    if host is not None:
        own = list(host(snapshot))
    else:
        own = _paths(one for identity, one in known.items() if owners[identity] != 1)
        own = _drawn(_some_of_each(own, seed), MOST_HOST_OBJECTS, seed)
    chosen = [
        known[identity]
        for system in _drawn(sorted(owned), SYSTEMS, seed)
        for identity in sorted(owned[system])
        if owners[identity] == 1
    ]
    found = {path.identity: path for path in (*own, *_paths(chosen))}
    crowded = [path for path in found.values() if is_crowded(snapshot, path.identity)]
    first = {path.classname.lower(): path for path in reversed(crowded)}
    names = [path for path in crowded if first[path.classname.lower()] is not path]
    kept = {path.identity for path in names}
    return Chosen([path for path in found.values() if path.identity not in kept], names)


def _some_of_each(paths: Sequence[Path], seed: int) -> list[Path]:
    """Return all objects of the classes of which there are a few, and some of the others.

    What one class answers about the hundredth of its objects it answers about the first, and a
    real server may take half a second for each question.
    """
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        groups.setdefault((path.namespace.lower(), path.classname.lower()), []).append(path)
    return [
        path
        for group in groups.values()
        for path in (
            group if len(group) <= FEW_OF_A_CLASS else _drawn(group, SOME_OF_A_CLASS, seed)
        )
    ]


def belongings(snapshot: Snapshot) -> dict[str, set[str]]:
    """Return the virtual systems, each with itself and the objects that belong to it.

    A computer system is virtual when it has virtual system settings. To it belongs what is
    reached through owning associations without passing another computer system.
    """
    neighbours: dict[str, list[str]] = {}
    for association in OWNING:
        for instance in snapshot.instances_of(association):
            ends = [identity for _, identity in ends_of(instance)]
            for one in ends:
                neighbours.setdefault(one, []).extend(end for end in ends if end != one)
    systems = _identities(snapshot, SYSTEM)
    settings = _identities(snapshot, SETTINGS)
    virtual = sorted(one for one in systems if not settings.isdisjoint(neighbours.get(one, ())))
    known = snapshot.by_identity.keys()
    return {one: _reached(one, neighbours, known, systems) for one in virtual}


def _identities(snapshot: Snapshot, classname: str) -> set[str]:
    found = snapshot.instances_of(classname)
    return {instance.path.identity for instance in found if instance.path is not None}


def _reached(
    start: str, neighbours: dict[str, list[str]], known: KeysView[str], barred: set[str]
) -> set[str]:
    """Return what can be reached from an object through known ones that are not barred."""
    reached = {start}
    line = [start]
    while line:
        for other in neighbours.get(line.pop(), ()):
            if other in known and other not in reached and other not in barred:
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


def unknown(snapshot: Snapshot) -> list[Path]:
    """Return made-up paths of a few classes, formed like those of the server.

    That of allocation capabilities is always among them where there are any (DSP1043).
    """
    like: dict[str, Path] = {}
    for instance in elements(snapshot).values():
        path = instance.path
        if path is not None and [name.lower() for name, _ in path.keys] == [IDENTIFIER]:
            like.setdefault(path.classname, path)
    chosen = sorted(like.values(), key=lambda path: (CAPABLE not in path.classname, path.identity))
    return [_made_up(path) for path in chosen[:UNKNOWN]]


def _made_up(path: Path) -> Path:
    keys = [(name, f"{value}{NO_SUCH}") for name, value in path.keys]
    return Path(path.namespace, path.classname, keys)


def _paths(instances: Iterable[Instance]) -> list[Path]:
    return [instance.path for instance in instances if instance.path is not None]


def _drawn(items: list[Item], most: int, seed: int) -> list[Item]:
    """Return at most so many items, drawn by the seed, in their order."""
    if len(items) <= most:
        return items
    chosen = random.Random(seed).sample(range(len(items)), most)  # noqa: S311  # a sample
    return [items[position] for position in sorted(chosen)]
