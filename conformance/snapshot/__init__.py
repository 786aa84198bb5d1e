"""What an endpoint answered to everything the read-only checks need, and look-ups on it.

Pure. A snapshot is taken once (ask.py), can be saved and read back (file.py), and never
changes; the judging stages ask it only. Names are compared without case (DSP0004, clause 5.7).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from conformance.cim import Answer, ClassReply, Exchange, Instance, Path
from conformance.schema.classes import Classes

ExtentKey = tuple[str, str]
"""A namespace and a class name, both folded."""


class Queries(msgspec.Struct, frozen=True, dict=True):
    """What to ask: CIM classes by their schema names.

    `classes` and `associations` are asked in the implementation namespaces, `interop_classes` in
    the Interop namespace. `crossing` are the associations whose ends may lie in different
    namespaces (DSP1033, clause 7); they are asked in all. `sample` tells whether some objects are
    traversed and read one by one as well.
    """

    classes: tuple[str, ...] = ()
    associations: tuple[str, ...] = ()
    interop_classes: tuple[str, ...] = ("CIM_RegisteredProfile",)
    crossing: tuple[str, ...] = ("CIM_ElementConformsToProfile", "CIM_ReferencedProfile")
    sample: bool = True

    @cached_property
    def asked(self) -> frozenset[str]:
        """Return the names of all classes that are asked for, in lower case."""
        groups = (self.classes, self.associations, self.interop_classes, self.crossing)
        return frozenset(name.lower() for group in groups for name in group)


class Extent(msgspec.Struct, frozen=True, eq=False):
    """The instances of a class and its subclasses in one namespace.

    `answer` tells how EnumerateInstances ended (its value is left out); `instances` also hold
    what was found in another way where enumeration gave too little (see Finding).
    """

    namespace: str
    classname: str
    instances: list[Instance]
    answer: Answer

    @property
    def key(self) -> ExtentKey:
        """Return the key under which the snapshot keeps the extent."""
        return self.namespace.lower(), self.classname.lower()


class Traversal(msgspec.Struct, frozen=True, eq=False):
    """One association operation (or GetCentralInstances) on one object, and its answer.

    GetInstance is kept here of what does not exist.
    """

    operation: str
    source: Path
    answer: Answer
    association: str | None = None
    result_class: str | None = None
    role: str | None = None
    result_role: str | None = None


class Finding(msgspec.Struct, frozen=True):
    """References finds association instances that EnumerateInstances leaves out.

    `enumerated` and `found` count instances; `source` is an object that References was asked for.
    """

    namespace: str
    association: str
    enumerated: int
    found: int
    source: str


Ends = tuple[tuple[str, str], ...]
"""The ends of an association instance: folded role and identity, sorted."""


def ends_of(instance: Instance) -> Ends:
    """Return the ends of an association instance; nothing for another instance."""
    values = instance.values
    return tuple(
        [
            (name, value.identity)
            for name, position in instance.layout.references
            if isinstance(value := values[position], Path)
        ]
    )


def is_association(instance: Instance) -> bool:
    """Tell whether an instance has a reference, and so belongs to an association class."""
    return bool(instance.layout.references)


class Snapshot:
    """All answers of one endpoint.

    `limits` is what the protocol could not express (endpoint.Endpoint.limits). `seed` and
    `exhaustive` tell how the sample was drawn; `reads` are paths with the answers to
    GetInstance; `class_answers` are the answers to GetClass that gave no class; `facts` are the
    bundled CIM class facts.
    """

    def __init__(
        self,
        *,
        url: str,
        interop: str,
        namespaces: tuple[str, ...],
        queries: Queries,
        facts: Classes,
        extents: Iterable[Extent] = (),
        classes: Mapping[ExtentKey, ClassReply] | None = None,
        class_answers: Mapping[ExtentKey, Answer] | None = None,
        traversals: Iterable[Traversal] = (),
        reads: Iterable[tuple[Path, Answer]] = (),
        findings: Iterable[Finding] = (),
        seed: int = 0,
        exhaustive: bool = False,
        limits: Mapping[str, str] | None = None,
    ) -> None:
        self.url = url
        self.interop = interop
        self.namespaces = namespaces
        self.queries = queries
        self.facts = facts
        self.extents = {extent.key: extent for extent in extents}
        self.classes = dict(classes or {})
        self.class_answers = dict(class_answers or {})
        self.traversals = tuple(traversals)
        self.reads = tuple(reads)
        self.findings = tuple(findings)
        self.seed = seed
        self.exhaustive = exhaustive
        self.limits = dict(limits or {})
        self._derivations: dict[tuple[ExtentKey, str], bool | None] = {}
        self._instances: dict[str, list[Instance]] = {}

    def with_sample(
        self, traversals: Iterable[Traversal], reads: Iterable[tuple[Path, Answer]]
    ) -> Snapshot:
        """Return the snapshot with a sample of objects; what was looked up stays looked up."""
        extended = copy.copy(self)
        vars(extended).pop("_exchanges", None)
        extended.traversals = tuple(traversals)
        extended.reads = tuple(reads)
        return extended

    # -- instances ---------------------------------------------------------------------------

    @cached_property
    def by_identity(self) -> dict[str, Instance]:
        """Return each instance once, by the identity of its path, in the order received."""
        found: dict[str, Instance] = {}
        for extent in self.extents.values():
            for instance in extent.instances:
                if instance.path is not None:
                    found.setdefault(instance.path.identity, instance)
        return found

    @cached_property
    def unanswered(self) -> tuple[Extent, ...]:
        """Return the extents that the server refused, or that could not be read."""
        return tuple(one for one in self.extents.values() if not one.answer.ok)

    @cached_property
    def _by_class(self) -> dict[ExtentKey, list[Instance]]:
        """Return the instances by namespace and creation class.

        An association shown in two namespaces with the same ends counts once.
        """
        groups: dict[ExtentKey, list[Instance]] = {}
        seen: set[tuple[str, Ends]] = set()
        for instance in self._all():
            classname = instance.classname.lower()
            if is_association(instance):
                shown = (classname, ends_of(instance))
                if shown in seen:
                    continue
                seen.add(shown)
            groups.setdefault((namespace_of(instance), classname), []).append(instance)
        return groups

    def _all(self) -> Iterator[Instance]:
        yield from self.by_identity.values()
        for extent in self.extents.values():
            yield from (one for one in extent.instances if one.path is None)

    def instances_of(self, classname: str) -> list[Instance]:
        """Return the instances of a class and its subclasses in all namespaces, each once."""
        folded = classname.lower()
        if folded not in self._instances:
            self._instances[folded] = [
                instance
                for (namespace, creation_class), group in self._by_class.items()
                if self.is_a(creation_class, classname, namespace)
                for instance in group
            ]
        return self._instances[folded]

    @cached_property
    def links(self) -> dict[str, list[tuple[str, Instance]]]:
        """Return the association instances that refer to each identity, with folded roles."""
        found: dict[str, list[tuple[str, Instance]]] = {}
        for group in self._by_class.values():
            for instance in group:
                for role, identity in ends_of(instance) if is_association(instance) else ():
                    found.setdefault(identity, []).append((role, instance))
        return found

    def referring(
        self, identity: str, association: str | None = None, role: str | None = None
    ) -> list[Instance]:
        """Return the association instances that refer to an object, by class and role."""
        return [
            instance
            for end, instance in self.links.get(identity, ())
            if (role is None or end == role.lower())
            and (
                association is None
                or self.is_a(instance.classname, association, namespace_of(instance))
            )
        ]

    def asked_associations(self) -> frozenset[str]:
        """Return the association classes that were asked for, as the queries spell them."""
        return frozenset((*self.queries.associations, *self.queries.crossing))

    def exchanges_for(self, subject: str) -> tuple[Exchange, ...]:
        """Return the exchanges that concern an object, given as a path is shown."""
        return tuple(self._exchanges.get(subject, ()))

    @cached_property
    def _exchanges(self) -> dict[str, list[Exchange]]:
        found: dict[str, list[Exchange]] = {}
        for path, answer in self.reads:
            found.setdefault(str(path), []).append(answer.exchange)
        for traversal in self.traversals:
            found.setdefault(str(traversal.source), []).append(traversal.answer.exchange)
        return found

    # -- classes -----------------------------------------------------------------------------

    def class_reply(self, classname: str, namespace: str) -> ClassReply | None:
        """Return a class as the server declares it, of this namespace or else of another."""
        folded = classname.lower()
        found = self.classes.get((namespace.lower(), folded))
        return found or self._anywhere.get(folded)

    @cached_property
    def _anywhere(self) -> dict[str, ClassReply]:
        return {classname: reply for (_, classname), reply in self.classes.items()}

    def methods_of(self, classname: str, namespace: str) -> frozenset[str] | None:
        """Return the folded names of the methods the server declares; None when not known."""
        reply = self.class_reply(classname, namespace)
        return None if reply is None else frozenset(name.lower() for name in reply.methods)

    def line_of(self, classname: str, namespace: str) -> list[str]:
        """Return a class and its superclasses as far as the server told, nearest first."""
        line = [classname]
        folded = {classname.lower()}
        reply = self.class_reply(classname, namespace)
        while reply is not None and reply.superclass and reply.superclass.lower() not in folded:
            line.append(reply.superclass)
            folded.add(reply.superclass.lower())
            reply = self.class_reply(reply.superclass, namespace)
        return line

    def known_class(self, classname: str, namespace: str) -> str | None:
        """Return the nearest CIM class that there are facts for: the class, or an ancestor.

        Where the server does not tell the superclass, the most special class whose enumeration
        returned such instances stands in.
        """
        line = self.line_of(classname, namespace)
        known = next((name for name in line if name in self.facts), None)
        if known is None:
            asked = [name for name in self._returned_by(classname) if name in self.facts]
            known = max(asked, key=self._depth, default=None)
        view = self.facts.get(known) if known is not None else None
        return view.name if view is not None else None

    def _depth(self, classname: str) -> int:
        view = self.facts.get(classname)
        return len(view.ancestors) if view is not None else 0

    def derives(self, classname: str, ancestor: str, namespace: str) -> bool | None:
        """Tell whether a class is another one or derives from it; None when it is not known."""
        slot = ((namespace.lower(), classname.lower()), ancestor.lower())
        if slot not in self._derivations:
            self._derivations[slot] = self._derives(classname, ancestor, namespace)
        return self._derivations[slot]

    def _derives(self, classname: str, ancestor: str, namespace: str) -> bool | None:
        line = self.line_of(classname, namespace)
        if any(name.lower() == ancestor.lower() for name in line):
            return True
        known = next((name for name in line if name in self.facts), None)
        if known is not None:
            return self.facts.is_a(known, ancestor)
        reply = self.class_reply(line[-1], namespace)
        return None if reply is None or reply.superclass else False

    def is_a(self, classname: str, ancestor: str, namespace: str) -> bool:
        """Tell whether a class is another one or derives from it.

        Where neither the server nor the class facts know, an instance is taken to be of each
        class whose enumeration returned it.
        """
        derived = self.derives(classname, ancestor, namespace)
        if derived is not None:
            return derived
        return any(self.facts.is_a(asked, ancestor) for asked in self._returned_by(classname))

    def _returned_by(self, classname: str) -> set[str]:
        """Return the asked classes whose enumeration returned instances of a class."""
        return self._sources.get(classname.lower(), set())

    @cached_property
    def _sources(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for extent in self.extents.values():
            for classname in {instance.classname.lower() for instance in extent.instances}:
                found.setdefault(classname, set()).add(extent.classname)
        return found


def namespace_of(instance: Instance) -> str:
    """Return the folded namespace of an instance; "" for one without a path."""
    return instance.path.namespace.lower() if instance.path is not None else ""
