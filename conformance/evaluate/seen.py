"""What an endpoint showed: its instances and its associations, looked up on one snapshot.

Pure, and memoised: every answer is computed once for all checks. Instances are told apart by
the identity of their path (cim.Path.identity).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from conformance.cim import Instance, Layout, Path
from conformance.schema.classes import Classes, Property
from conformance.snapshot import Snapshot

Members = dict[str, Instance]
"""Instances by identity, in the order in which the server listed them."""

Related = dict[str, set[str]]
"""Identity of a subject to the identities of what belongs to it."""


class Edge(msgspec.Struct, frozen=True, eq=False):
    """An association instance with the identities at its ends, by folded role name."""

    instance: Instance
    ends: dict[str, str]

    def other(self, role: str) -> Iterator[tuple[str, str]]:
        """Yield role and identity of each end but the given one."""
        return ((name, end) for name, end in self.ends.items() if name != role.lower())


EdgesByEnd = dict[str, list[tuple[int, str, Edge]]]
"""Identity of an element to the edges that it is an end of: position in the list, role, edge."""


class Group(msgspec.Struct, frozen=True):
    """Instances that share a layout, with the CIM class whose facts apply to them."""

    layout: Layout
    cim_class: str
    namespace: str
    instances: list[Instance]


class Seen:
    """Instances and association instances of one snapshot, and the class facts."""

    def __init__(self, snapshot: Snapshot, classes: Classes) -> None:
        self.snapshot = snapshot
        self.classes = classes
        self._edges: dict[str, list[Edge]] = {}
        self._ends_of: dict[str, EdgesByEnd] = {}
        self._loose: dict[str, list[str]] | None = None

    def is_a(self, instance: Instance, ancestor: str) -> bool:
        """Tell whether an instance is of a class or of a subclass of it."""
        return self.snapshot.is_a(instance.classname, ancestor, namespace_of(instance))

    def resolve(self, path: Path) -> str:
        """Return the identity of the instance that a reference means.

        Usually that is the path's own identity. Servers also name an instance by a superclass
        of its creation class or leave a wrong namespace: then the only instance with the same
        keys is meant.
        """
        if path.identity in self.snapshot.by_identity:
            return path.identity
        same_keys = self._by_keys().get(_keys_of(path), [])
        fitting = [i for i in same_keys if self._may_mean(path, self.snapshot.by_identity[i])]
        return fitting[0] if len(fitting) == 1 else path.identity

    def _may_mean(self, path: Path, instance: Instance) -> bool:
        same_class = instance.classname.lower() == path.classname.lower()
        return same_class or self.is_a(instance, path.classname)

    def _by_keys(self) -> dict[str, list[str]]:
        if self._loose is None:
            self._loose = {}
            for identity, instance in self.snapshot.by_identity.items():
                if instance.path is not None:
                    self._loose.setdefault(_keys_of(instance.path), []).append(identity)
        return self._loose

    def with_instance_id(self, text: str) -> str:
        """Return the identity of the only instance that has this InstanceID, "" for none."""
        return self._by_instance_id.get(text, "")

    @cached_property
    def _by_instance_id(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for identity, instance in self.snapshot.by_identity.items():
            text = instance.get("InstanceID")
            if isinstance(text, str):
                found[text] = "" if text in found else identity
        return found

    def instance(self, identity: str) -> Instance | None:
        """Return the instance with this identity, if it was seen."""
        return self.snapshot.by_identity.get(identity)

    def text(self, identity: str) -> str:
        """Return a path as a report shows it."""
        instance = self.instance(identity)
        return str(instance.path) if instance is not None and instance.path else identity

    def declared(self, classname: str, name: str) -> Property | None:
        """Return a property of a class in the class facts, own or inherited."""
        view = self.classes.get(classname)
        return view.property(name) if view is not None else None

    def declared_properties(self, classname: str) -> Mapping[str, Property]:
        """Return all properties of a class in the class facts; none for an unknown class."""
        view = self.classes.get(classname)
        return view.properties if view is not None else {}

    # -- associations ------------------------------------------------------------------------

    def edges_of(self, association: str) -> list[Edge]:
        """Return all association instances of a class, with resolved ends."""
        folded = association.lower()
        if folded not in self._edges:
            found = self.snapshot.instances_of(association)
            self._edges[folded] = [Edge(i, self._ends(i)) for i in found]
        return self._edges[folded]

    def _ends(self, instance: Instance) -> dict[str, str]:
        return {
            slot.name.lower(): self.resolve(value)
            for slot, value in zip(instance.layout.slots, instance.values, strict=True)
            if isinstance(value, Path)
        }

    def _edges_by_end(self, association: str) -> EdgesByEnd:
        folded = association.lower()
        if folded not in self._ends_of:
            index: EdgesByEnd = {}
            for position, edge in enumerate(self.edges_of(association)):
                for role, end in edge.ends.items():
                    index.setdefault(end, []).append((position, role, edge))
            self._ends_of[folded] = index
        return self._ends_of[folded]

    def edges_touching(self, association: str, elements: Iterable[str]) -> list[Edge]:
        """Return the edges that have one of some elements at an end, in their order."""
        by_end = self._edges_by_end(association)
        found = {p: edge for each in elements for p, _, edge in by_end.get(each, ())}
        return [found[position] for position in sorted(found)]

    # -- what is computed once for the generic checks -----------------------------------------

    @cached_property
    def groups(self) -> list[Group]:
        """Return all instances seen, by layout and namespace."""
        by_layout: dict[tuple[int, str], list[Instance]] = {}
        for instance in self.snapshot.by_identity.values():
            slot = (id(instance.layout), namespace_of(instance))
            by_layout.setdefault(slot, []).append(instance)
        found = []
        for (_, namespace), instances in by_layout.items():
            layout = instances[0].layout
            known = self.snapshot.known_class(layout.classname, namespace)
            found.append(Group(layout, known or "", namespace, instances))
        return found

    @cached_property
    def neighbours(self) -> tuple[defaultdict[str, set[str]], defaultdict[str, set[str]]]:
        """Return the elements and the association instances known for each traversed element."""
        elements: defaultdict[str, set[str]] = defaultdict(set)
        associations: defaultdict[str, set[str]] = defaultdict(set)
        traversed = {asked.source.identity for asked in self.snapshot.traversals}
        for association in self.snapshot.asked_associations():
            for edge in self.edges_of(association):
                for role, end in edge.ends.items():
                    if end not in traversed:
                        continue
                    elements[end].update(
                        other for _, other in edge.other(role) if other in self.snapshot.by_identity
                    )
                    if edge.instance.path is not None:
                        associations[end].add(edge.instance.path.identity)
        return elements, associations


def namespace_of(instance: Instance) -> str:
    """Return the namespace of an instance, "" for an embedded one."""
    return instance.path.namespace if instance.path is not None else ""


def _keys_of(path: Path) -> str:
    return path.identity.partition(":")[2].partition(".")[2]
