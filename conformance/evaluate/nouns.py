"""Who is what: members of adaptations and edges of links, found by their profiles' rules.

Pure, and memoised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from conformance.cim import Instance
from conformance.definitions.catalogue import Catalogue, local_name, split
from conformance.definitions.profile import (
    Adaptation,
    Alike,
    Header,
    Link,
    Properties,
    Way,
    names,
)
from conformance.evaluate.seen import Edge, Members, Related, Seen
from conformance.evaluate.words import hashable, judge, plain
from conformance.plan import CONFORMS, REGISTERED
from conformance.schema.classes import Classes
from conformance.snapshot import Snapshot


class Nouns(Seen):
    """Adaptations and links of a catalogue, looked up on one snapshot."""

    def __init__(self, catalogue: Catalogue, snapshot: Snapshot, classes: Classes) -> None:
        super().__init__(snapshot, classes)
        self.catalogue = catalogue
        self._members: dict[tuple[str, str], Members] = {}
        self._by_way: dict[tuple[str, str, str], set[str]] = {}
        self._registrations: dict[str, Members] = {}
        self._shared: dict[tuple[str, str, tuple[str, ...]], list[frozenset[Any]]] = {}
        self._related: dict[tuple[str, str, str, str], Related | None] = {}
        self._predicates: dict[tuple[str, str, str], Any] = {}
        self._link_edges: dict[tuple[str, str], list[Edge]] = {}
        self._touching: dict[tuple[str, str], Related] = {}

    # -- adaptations -------------------------------------------------------------------------

    def header(self, key: str) -> Header:
        """Return the header of a profile definition."""
        return self.catalogue.profiles[key].profile

    @cached_property
    def volatile(self) -> frozenset[str]:
        """Return the folded names of properties that change by themselves on a busy host."""
        return frozenset(
            name.lower()
            for profile in self.catalogue.profiles.values()
            for adaptation in profile.adaptations.values()
            for name in adaptation.volatile
        )

    def members(self, key: str, name: str) -> Members:
        """Return the instances of an adaptation, found by any of its ways."""
        if local_name(name) == "profile":
            return self.registrations(split(key, name)[0])
        owner, adaptation = self.catalogue.find_adaptation(key, name)
        slot = (owner, local_name(name))
        if slot not in self._members:
            self._members[slot] = {}  # an adaptation that leads to itself starts out empty
            self._members[slot] = self._find(owner, local_name(name), adaptation)
        return self._members[slot]

    def _find(self, owner: str, name: str, adaptation: Adaptation) -> Members:
        found: set[str] = set()
        for label, way in adaptation.find.items():
            by_way = self._kept(owner, adaptation, way, self._follow(owner, adaptation, way))
            self._by_way[owner, name, label] = by_way
            found |= by_way
        barred: set[str] = set()
        for other in adaptation.not_:
            barred |= self.members(owner, other).keys()
        if adaptation.unless_specialized:
            barred |= self._specialised(owner, name)
        return {
            identity: instance
            for identity in self._in_order(found - barred)
            if (instance := self.instance(identity)) is not None
            and self._fits(owner, adaptation, instance)
            and self.is_alike(owner, adaptation, instance)
        }

    def _kept(self, owner: str, adaptation: Adaptation, way: Way, found: set[str]) -> set[str]:
        """Return what a way finds of the classes, and with the properties, that it asks for."""
        if not way.class_ and not way.having:
            return found
        return {
            identity
            for identity in found
            if (instance := self.instance(identity)) is not None
            and self.fits_way(owner, adaptation, way, instance)
        }

    def fits_way(self, owner: str, adaptation: Adaptation, way: Way, instance: Instance) -> bool:
        """Tell whether an instance is of the classes, and as, a way asks for."""
        classes = names(way.class_)
        if classes and not any(self.is_a(instance, wanted) for wanted in classes):
            return False
        subject = classes[0] if classes else adaptation.class_
        return self.satisfies(owner, subject, instance, way.having)

    def is_alike(self, owner: str, adaptation: Adaptation, instance: Instance) -> bool:
        """Tell whether an instance shares a value with a member of the adaptation it is bound to.

        The first property that has a value in the instance decides.
        """
        alike = adaptation.alike
        if alike is None:
            return True
        for name, known in zip(alike.by, self._shared_values(owner, alike), strict=True):
            value = instance.get(name)
            if value is not None:
                return hashable(value) in known
        return False

    def _shared_values(self, owner: str, alike: Alike) -> list[frozenset[Any]]:
        slot = (owner, alike.to, alike.by)
        if slot not in self._shared:
            members = self.members(owner, alike.to).values()
            self._shared[slot] = [
                frozenset(hashable(v) for i in members if (v := i.get(name)) is not None)
                for name in alike.by
            ]
        return self._shared[slot]

    def _specialised(self, owner: str, name: str) -> set[str]:
        """Return what registered profiles that extend this one have under the same name."""
        return {
            identity
            for heir in self.catalogue.heirs(owner)
            if self.registrations(heir)
            for identity in self.members(heir, name)
        }

    def _in_order(self, identities: set[str]) -> Iterable[str]:
        if len(identities) * 4 < len(self.snapshot.by_identity):
            return sorted(identities)
        return (identity for identity in self.snapshot.by_identity if identity in identities)

    def _fits(self, owner: str, adaptation: Adaptation, instance: Instance) -> bool:
        if not self.is_a(instance, adaptation.class_):
            return False
        if any(self.is_a(instance, other) for other in adaptation.not_classes):
            return False
        return self.satisfies(owner, adaptation.class_, instance, adaptation.where)

    def found_by(self, key: str, name: str, way: str) -> set[str]:
        """Return the members of an adaptation that one of its ways found."""
        self.members(key, name)
        owner, _ = self.catalogue.find_adaptation(key, name)
        return self._by_way.get((owner, local_name(name), way), set())

    def _follow(self, owner: str, adaptation: Adaptation, way: Way) -> set[str]:
        if way.conforms_to:
            return self._conforming(owner, way.conforms_to)
        if way.extent:
            return {
                i.path.identity for i in self.snapshot.instances_of(adaptation.class_) if i.path
            }
        if way.has:
            return self._having(way)
        if way.among:
            return set(self.members(owner, way.among))
        found: set[str] = set()
        for reached in self._step(owner, way).values():
            found |= reached
        return found

    def _conforming(self, owner: str, wanted: str | tuple[str, ...]) -> set[str]:
        if wanted == "profile":
            registered = set(self.registrations(owner))
        else:
            known = {name.lower() for name in names(wanted)}
            registered = {
                identity
                for identity, instance in self.all_registrations().items()
                if str(instance.get("RegisteredName")).lower() in known
            }
        return {
            edge.ends["managedelement"]
            for edge in self.edges_of(CONFORMS)
            if edge.ends.get("conformantstandard") in registered and "managedelement" in edge.ends
        }

    def _having(self, way: Way) -> set[str]:
        found: set[str] = set()
        for edge in self.edges_of(str(way.has)):
            for role, identity in edge.ends.items():
                if way.as_ and role != way.as_.lower():
                    continue
                for _, other in edge.other(role):
                    instance = self.instance(other)
                    if not way.to or (instance is not None and self.is_a(instance, way.to)):
                        found.add(identity)
        return found

    def _step(self, owner: str, way: Way) -> Related:
        """Return what a way reaches, for each instance that it starts from."""
        association = str(way.through)
        by_end = self._edges_by_end(association)
        reached: Related = {}
        role = (way.as_ or "").lower()
        for start in self.members(owner, str(way.from_)):
            for _, start_role, edge in by_end.get(start, ()):
                if way.where and not self.satisfies(owner, association, edge.instance, way.where):
                    continue
                for end_role, end in edge.other(start_role):
                    if way.either_direction or not role or end_role == role:
                        reached.setdefault(start, set()).add(end)
        return reached

    def related(self, key: str, name: str, subject_key: str, subject: str) -> Related | None:
        """Return the instances of an adaptation that belong to each instance of a subject.

        They are followed along the `from` ways of the adaptation. None when no way leads from
        the subject to it.
        """
        if local_name(name) == "profile":
            return None
        owner, adaptation = self.catalogue.find_adaptation(key, name)
        subject_owner, _ = self.catalogue.find_adaptation(subject_key, subject)
        slot = (owner, local_name(name), subject_owner, local_name(subject))
        if slot not in self._related:
            self._related[slot] = None
            self._related[slot] = self._relate(slot, adaptation)
        return self._related[slot]

    def _relate(self, slot: tuple[str, str, str, str], adaptation: Adaptation) -> Related | None:
        owner, name, subject_owner, subject = slot
        if (owner, name) == (subject_owner, subject):
            return {identity: {identity} for identity in self.members(owner, name)}
        members = self.members(owner, name)
        union: Related | None = None
        for way in adaptation.find.values():
            source = way.from_ or way.among
            if not source:
                continue
            before = self.related(owner, source, subject_owner, subject)
            if before is None:
                continue
            step = self._step(owner, way) if way.from_ else {m: {m} for m in members}
            union = {} if union is None else union
            for start, middle in before.items():
                reached = {end for m in middle for end in step.get(m, ()) if end in members}
                union.setdefault(start, set()).update(reached)
        return union

    # -- registered profiles -----------------------------------------------------------------

    def all_registrations(self) -> Members:
        """Return all instances of CIM_RegisteredProfile."""
        return self._all_registrations

    @cached_property
    def _all_registrations(self) -> Members:
        found = self.snapshot.instances_of(REGISTERED)
        return {i.path.identity: i for i in found if i.path is not None}

    def registrations(self, key: str) -> Members:
        """Return the registered profiles that a profile definition states, aliases included."""
        if key not in self._registrations:
            self._registrations[key] = self._registered(key)
        return self._registrations[key]

    def _registered(self, key: str) -> Members:
        header = self.header(key)
        known = {name.lower() for name in (header.name, *header.aliases)}
        return {
            identity: instance
            for identity, instance in self.all_registrations().items()
            if str(instance.get("RegisteredName")).lower() in known
            and instance.get("RegisteredOrganization") == header.organization
        }

    # -- links -------------------------------------------------------------------------------

    def link_edges(self, key: str, name: str) -> list[Edge]:
        """Return the edges of a link whose ends are, role by role, what the link says."""
        owner, link = self.catalogue.find_link(key, name)
        slot = (owner, local_name(name))
        if slot not in self._link_edges:
            ends = {role.lower(): self.members(owner, to) for role, to in link.ends.items()}
            self._link_edges[slot] = [
                edge
                for edge in self._edges_at(link.class_, ends)
                if all(edge.ends.get(role) in members for role, members in ends.items())
                and self.satisfies(owner, link.class_, edge.instance, link.where)
            ]
        return self._link_edges[slot]

    def _edges_at(self, association: str, ends: Mapping[str, Members]) -> list[Edge]:
        """Return the edges that have a member at the role with the fewest, in their order."""
        by_end = self._edges_by_end(association)
        role, members = min(ends.items(), key=lambda end: len(end[1]))
        found = {
            position: edge
            for member in members
            for position, at, edge in by_end.get(member, ())
            if at == role
        }
        return [found[position] for position in sorted(found)]

    def touching(self, key: str, name: str) -> Related:
        """Return, for each element at either end of a link, the elements at the other end.

        Roles are not looked at: whether an end is reversed is judged by the link's own check.
        """
        known = self._touching.get((key, name))
        if known is None:
            owner, link = self.catalogue.find_link(key, name)
            slot = (owner, local_name(name))
            if slot not in self._touching:
                self._touching[slot] = self._touch(owner, link)
            known = self._touching[key, name] = self._touching[slot]
        return known

    def _touch(self, owner: str, link: Link) -> Related:
        allowed: set[str] = set()
        for to in link.ends.values():
            allowed |= self.members(owner, to).keys()
        by_end = self._edges_by_end(link.class_)
        found: Related = {}
        for end in allowed:
            for _, role, edge in by_end.get(end, ()):
                if link.where and not self.satisfies(owner, link.class_, edge.instance, link.where):
                    continue
                for name, other in edge.ends.items():
                    if name != role and other in allowed:
                        found.setdefault(end, set()).add(other)
        return found

    # -- values ------------------------------------------------------------------------------

    def states(self, key: str) -> dict[str, int]:
        """Return the values of the states of a profile (or of one it specialises) by name."""
        machine = self.catalogue.profiles[key].states
        return {name: state.value for name, state in machine.are.items()} if machine else {}

    def predicate(self, key: str, classname: str, name: str, words: dict[str, Any]) -> Any:
        """Return the judge of a property's words (see words.judge), memoised."""
        slot = (key, f"{classname}.{name}", repr(words))
        if slot not in self._predicates:
            declared = self.declared(classname, name)
            self._predicates[slot] = judge(plain(words, declared, self.states(key)))
        return self._predicates[slot]

    def satisfies(self, key: str, classname: str, instance: Instance, wanted: Properties) -> bool:
        """Tell whether all named properties have a value and satisfy their words."""
        for name, words in wanted.items():
            value = instance.get(name)
            if value is None or self.predicate(key, classname, name, words)(value):
                return False
        return True
