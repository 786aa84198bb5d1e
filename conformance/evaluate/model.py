"""The profiles' nouns on one snapshot: members of adaptations, edges of links, claimed features.

Pure, and memoised: every answer is computed once for all checks. Instances are told apart by
the identity of their path (cim.Path.identity).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from conformance.cim import Instance, Layout, Path
from conformance.definitions.catalogue import Catalogue, local_name, split
from conformance.definitions.profile import (
    Adaptation,
    Alike,
    Claim,
    Condition,
    Feature,
    Header,
    Link,
    Method,
    Properties,
    Way,
    When,
    names,
)
from conformance.evaluate.words import hashable, judge, plain, show
from conformance.plan import CONFORMS, REGISTERED
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


class Applicability(msgspec.Struct, frozen=True):
    """Whether a condition holds, for which subjects (None = all), and how it was decided."""

    holds: bool
    subjects: frozenset[str] | None = None
    trace: tuple[str, ...] = ()


class Model:
    """Adaptations, links and features of a catalogue, looked up on one snapshot."""

    def __init__(self, catalogue: Catalogue, snapshot: Snapshot, classes: Classes) -> None:
        self.catalogue = catalogue
        self.snapshot = snapshot
        self.classes = classes
        self._members: dict[tuple[str, str], Members] = {}
        self._by_way: dict[tuple[str, str, str], set[str]] = {}
        self._registrations: dict[str, Members] = {}
        self._edges: dict[str, list[Edge]] = {}
        self._ends_of: dict[str, EdgesByEnd] = {}
        self._shared: dict[tuple[str, str, tuple[str, ...]], list[frozenset[Any]]] = {}
        self._related: dict[tuple[str, str, str, str], Related | None] = {}
        self._claims: dict[tuple[str, str, str], tuple[bool, str]] = {}
        self._predicates: dict[tuple[str, str, str], Any] = {}
        self._link_edges: dict[tuple[str, str], list[Edge]] = {}
        self._touching: dict[tuple[str, str], Related] = {}
        self._loose: dict[str, list[str]] | None = None

    # -- instances ---------------------------------------------------------------------------

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

    def declared(self, classname: str, name: str) -> Property | None:
        """Return a property of a class in the class facts, own or inherited."""
        view = self.classes.get(classname)
        return view.property(name) if view is not None else None

    def declared_properties(self, classname: str) -> Mapping[str, Property]:
        """Return all properties of a class in the class facts; none for an unknown class."""
        view = self.classes.get(classname)
        return view.properties if view is not None else {}

    def text(self, identity: str) -> str:
        """Return a path as a report shows it."""
        instance = self.instance(identity)
        return str(instance.path) if instance is not None and instance.path else identity

    # -- adaptations -------------------------------------------------------------------------

    def header(self, key: str) -> Header:
        """Return the header of a profile definition."""
        return self.catalogue.profiles[key].profile

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
    def volatile(self) -> frozenset[str]:
        """Return the folded names of properties that change by themselves on a busy host."""
        return frozenset(
            name.lower()
            for profile in self.catalogue.profiles.values()
            for adaptation in profile.adaptations.values()
            for name in adaptation.volatile
        )

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

    def edges_of(self, association: str) -> list[Edge]:
        """Return all association instances of a class, with resolved ends."""
        folded = association.lower()
        if folded not in self._edges:
            found = self.snapshot.instances_of(association)
            self._edges[folded] = [Edge(i, self._ends(i)) for i in found]
        return self._edges[folded]

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
        owner, link = self.catalogue.find_link(key, name)
        slot = (owner, local_name(name))
        if slot not in self._touching:
            self._touching[slot] = self._touch(owner, link)
        return self._touching[slot]

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
                others = {other for _, other in edge.other(role) if other in allowed}
                if others:
                    found.setdefault(end, set()).update(others)
        return found

    def _ends(self, instance: Instance) -> dict[str, str]:
        return {
            slot.name.lower(): self.resolve(value)
            for slot, value in zip(instance.layout.slots, instance.values, strict=True)
            if isinstance(value, Path)
        }

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

    # -- features and conditions -------------------------------------------------------------

    def offers(self, key: str, method: str, subject: str) -> tuple[bool, str]:
        """Tell whether a method is announced by the capabilities of a subject, and the trace."""
        owner, declared = self.catalogue.find_method(key, method)
        if declared.offered is None:
            return True, f"{local_name(method)} needs no capability"
        offer = declared.offered
        capabilities = self._capabilities(owner, declared, subject)
        traces = []
        for instance in capabilities:
            for array in (offer.sync, offer.async_):
                values = instance.get(array) or []
                traces.append(f"{array} of {instance.path} is {show(instance.get(array))}")
                if offer.value in values:
                    return True, f"{local_name(method)} is offered: {traces[-1]}"
        found = "; ".join(traces) if traces else f"no {offer.in_} was found"
        return False, f"{local_name(method)} ({offer.value}) is not offered: {found}"

    def _capabilities(self, owner: str, method: Method, subject: str) -> list[Instance]:
        """Return the capabilities of a subject: its own, else those that are nobody's.

        So a link that is missing or reversed is a finding of its own check alone. All of them
        when no subject is named.
        """
        offer = method.offered
        if offer is None:
            return []
        members = self.members(owner, offer.in_)
        taken: set[str] = set()
        for holder in self._holders(owner, method) if subject else ():
            related = self.related(owner, offer.in_, owner, holder) or {}
            own = related.get(subject)
            if own:
                return [members[i] for i in members if i in own]
            taken.update(*related.values())
        return [instance for identity, instance in members.items() if identity not in taken]

    def _holders(self, owner: str, method: Method) -> list[str]:
        """Return the adaptations that may have capabilities: those of features, and the target."""
        features = self.catalogue.profiles[owner].features.values()
        return sorted({feature.of for feature in features} | {method.target})

    def claimed(self, key: str, name: str, subject: str) -> tuple[bool, str]:
        """Tell whether an instance claims a feature, with what shows it."""
        owner, feature = self.catalogue.find_feature(key, name)
        slot = (owner, local_name(name), subject)
        if slot not in self._claims:
            self._claims[slot] = self._claim(owner, feature, subject)
        return self._claims[slot]

    def _claim(self, owner: str, feature: Feature, subject: str) -> tuple[bool, str]:
        claim = feature.claimed
        if claim.any_of:
            answers = [self.claimed(owner, other, subject) for other in claim.any_of]
            return any(yes for yes, _ in answers), "; ".join(dict.fromkeys(t for _, t in answers))
        if claim.offered:
            answers = [self.offers(owner, method, subject) for method in claim.offered]
            return any(yes for yes, _ in answers), "; ".join(text for _, text in answers)
        return self._claim_by_instance(owner, feature.of, claim, subject)

    def _claim_by_instance(
        self, owner: str, of: str, claim: Claim, subject: str
    ) -> tuple[bool, str]:
        adaptation = str(claim.any)
        members = self.members(owner, adaptation)
        related = self.related(owner, adaptation, owner, of)
        own = members.keys() if related is None else related.get(subject, set())
        if claim.other_than:
            others = self.related(owner, claim.other_than, owner, of) or {}
            own = set(own) - others.get(subject, set())
        _, definition = self.catalogue.find_adaptation(owner, adaptation)
        for identity in sorted(own):
            if self.satisfies(owner, definition.class_, members[identity], claim.has):
                shown = ", ".join(f"{p} = {show(members[identity].get(p))}" for p in claim.has)
                return True, f"{self.text(identity)} {shown}".rstrip()
        seen = [
            f"{self.text(i)} " + ", ".join(f"{p} = {show(members[i].get(p))}" for p in claim.has)
            for i in sorted(own)
        ]
        return False, "; ".join(seen) or f"{self.text(subject)} has no {adaptation}"

    def applies(self, key: str, when: When, subject: str) -> Applicability:
        """Decide a condition for the instances of the subject adaptation (may be "").

        A feature of that adaptation is decided instance by instance, any other one for the
        endpoint as a whole.
        """
        condition = when if isinstance(when, Condition) else Condition(feature=when)
        trace: list[str] = []
        subjects: frozenset[str] | None = None
        holds = True
        for name, wanted in _features(condition):
            answer = self._feature(key, name, subject, wanted=wanted)
            trace += answer.trace
            holds = holds and answer.holds
            if answer.subjects is not None:
                subjects = answer.subjects if subjects is None else subjects & answer.subjects
        for other in names(condition.registered):
            registered = bool(self.registrations(other))
            name = self.header(other).name
            trace.append(f"{name} is {'' if registered else 'not '}registered")
            holds = holds and registered
        if subjects is not None and not subjects:
            holds = False
        return Applicability(holds, subjects, tuple(trace))

    def _feature(self, key: str, name: str, subject: str, *, wanted: bool) -> Applicability:
        owner, feature = self.catalogue.find_feature(key, name)
        members = self.members(owner, feature.of)
        answers = {identity: self.claimed(key, name, identity) for identity in members}
        chosen = frozenset(i for i, (yes, _) in answers.items() if yes is wanted)
        word = "claimed" if wanted else "not claimed"
        trace = _claims_trace(f"feature {local_name(name)}", word, answers, chosen)
        if subject and self._same(key, subject, owner, feature.of):
            return Applicability(bool(chosen), chosen, trace)
        holds = bool(chosen) if wanted else len(chosen) == len(members)
        return Applicability(holds, None, trace)

    def _same(self, key: str, name: str, other_key: str, other: str) -> bool:
        if "profile" in (local_name(name), local_name(other)):
            return False
        one = (self.catalogue.find_adaptation(key, name)[0], local_name(name))
        return one == (self.catalogue.find_adaptation(other_key, other)[0], local_name(other))


def _features(condition: Condition) -> Iterator[tuple[str, bool]]:
    for name in names(condition.feature):
        yield name, True
    for name in names(condition.not_):
        yield name, False


def _claims_trace(
    title: str, word: str, answers: dict[str, tuple[bool, str]], chosen: frozenset[str]
) -> tuple[str, ...]:
    """Return a few lines that tell how a feature was decided."""
    head = f"{title}: {word} by {len(chosen)} of {len(answers)}"
    some = [text for identity, (_, text) in answers.items() if identity in chosen][:2]
    rest = [text for identity, (_, text) in answers.items() if identity not in chosen][:2]
    return (head, *(f"  {text}" for text in (*some, *rest)))


def namespace_of(instance: Instance) -> str:
    """Return the namespace of an instance, "" for an embedded one."""
    return instance.path.namespace if instance.path is not None else ""


def _keys_of(path: Path) -> str:
    return path.identity.partition(":")[2].partition(".")[2]
