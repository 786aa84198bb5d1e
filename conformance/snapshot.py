"""What the endpoint showed, asked once: the evidence of all read-only checks.

Pure values and look-ups. Instances are told apart by the identity of their path; one that was
seen in several extents counts once. `ask.py` takes a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.cim import Answer, ClassReply, Exchange, Instance, Path
from conformance.classes import Classes


class Queries(msgspec.Struct, frozen=True):
    """What is to be asked: classes and association classes, and those of the interop namespace."""

    classes: tuple[str, ...] = ()
    associations: tuple[str, ...] = ()
    interop_classes: tuple[str, ...] = ()


class Extent(msgspec.Struct, frozen=True):
    """The answer to the enumeration of one class in one namespace.

    `instances` also holds what References found where enumeration found nothing.
    """

    namespace: str
    classname: str
    instances: list[Instance]
    answer: Answer


class Traversal(msgspec.Struct, frozen=True):
    """One question about an object: Associators, AssociatorNames, References, ReferenceNames, or
    GetCentralInstances, with the filters that were set."""

    operation: str
    source: Path
    answer: Answer
    association: str = ""
    result_class: str = ""
    role: str = ""
    result_role: str = ""


class Incomplete(msgspec.Struct, frozen=True):
    """An association class whose enumeration left out what References found."""

    association: str
    namespace: str
    enumerated: int
    found: int


class Snapshot:
    """Everything that was asked of one endpoint, and what is known of its classes.

    Attributes:
        extents: by (namespace, class name), both folded.
        class_replies: GetClass answers by (namespace, class name), both folded; None where the
            class could not be read.
        by_identity: all instances seen.
        traversals, reads: answers to the sampled questions, and to GetInstance.
        findings: association classes that cannot be enumerated.
    """

    def __init__(  # noqa: PLR0917  # one value after another, as asked
        self,
        url: str,
        interop: str,
        namespaces: Iterable[str],
        queries: Queries,
        classes: Classes,
        seed: int = 0,
        exhaustive: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        self.url = url
        self.interop = interop
        self.namespaces = tuple(namespaces)
        self.queries = queries
        self.classes = classes
        self.seed = seed
        self.exhaustive = exhaustive
        self.extents: dict[tuple[str, str], Extent] = {}
        self.class_replies: dict[tuple[str, str], ClassReply | None] = {}
        self.by_identity: dict[str, Instance] = {}
        self.traversals: list[Traversal] = []
        self.reads: list[tuple[Path, Answer]] = []
        self.findings: list[Incomplete] = []
        self._instances: dict[str, list[Instance]] = {}
        self._derives: dict[tuple[str, str, str], bool | None] = {}
        self._lines: dict[tuple[str, str], tuple[str, ...]] = {}

    # -- filling (ask.py only) ---------------------------------------------------------------

    def add_extent(self, extent: Extent) -> None:
        """Take in the answer to one enumeration."""
        self.extents[extent.namespace.lower(), extent.classname.lower()] = extent
        for instance in extent.instances:
            if instance.path is not None:
                self.by_identity.setdefault(instance.path.identity, instance)
        self._instances.clear()

    def add_class(self, namespace: str, classname: str, reply: ClassReply | None) -> None:
        """Take in the answer to GetClass; None where it could not be read."""
        self.class_replies[namespace.lower(), classname.lower()] = reply
        self._derives.clear()
        self._lines.clear()

    # -- instances ---------------------------------------------------------------------------

    def instances_of(self, classname: str) -> list[Instance]:
        """Return all instances of a class and its subclasses, each once, in all namespaces."""
        folded = classname.lower()
        if folded not in self._instances:
            self._instances[folded] = self._select(classname)
        return self._instances[folded]

    def _select(self, classname: str) -> list[Instance]:
        fits: dict[tuple[str, str], bool] = {}
        found = []
        for instance in self.by_identity.values():
            namespace = instance.path.namespace if instance.path is not None else ""
            slot = (instance.classname, namespace)
            if slot not in fits:
                fits[slot] = self.is_a(instance.classname, classname, namespace)
            if fits[slot]:
                found.append(instance)
        return found

    def asked_associations(self) -> tuple[str, ...]:
        """Return the association classes that were asked for and answered, as profiles spell them."""
        answered = {
            extent.classname.lower()
            for extent in self.extents.values()
            if extent.answer.ok or extent.instances
        }
        return tuple(
            name
            for name in self.queries.associations
            if any(self.classes.is_a(name, other) for other in answered)
        )

    def exchanges_for(self, subject: str) -> tuple[Exchange, ...]:
        """Return the exchanges that showed an instance, given its path as text."""
        for extent in self.extents.values():
            for instance in extent.instances:
                if instance.path is not None and str(instance.path) == subject:
                    return (extent.answer.exchange,)
        return ()

    # -- classes -----------------------------------------------------------------------------

    def class_reply(self, classname: str, namespace: str) -> ClassReply | None:
        """Return how the server declares a class, None where that could not be read."""
        return self.class_replies.get((namespace.lower(), classname.lower()))

    def methods_of(self, classname: str, namespace: str) -> frozenset[str] | None:
        """Return the folded names of the methods that the server declares for a class."""
        reply = self.class_reply(classname, namespace)
        return frozenset(name.lower() for name in reply.methods) if reply is not None else None

    def ancestors(self, classname: str, namespace: str) -> tuple[str, ...]:
        """Return the folded names of a class and its ancestors, as far as they are known.

        The server's own chain counts; from the first class of the class facts on, theirs does.
        """
        slot = (namespace.lower(), classname.lower())
        if slot not in self._lines:
            self._lines[slot] = tuple(self._line(*slot))
        return self._lines[slot]

    def _line(self, namespace: str, classname: str) -> list[str]:
        line: list[str] = []
        name: str | None = classname
        while name and name not in line:
            view = self.classes.get(name)
            if view is not None:
                return [*line, *(ancestor.lower() for ancestor in view.ancestors)]
            line.append(name)
            reply = self.class_replies.get((namespace, name))
            name = reply.superclass.lower() if reply is not None and reply.superclass else None
        return line

    def known_class(self, classname: str, namespace: str) -> str | None:
        """Return the nearest class of the class facts that a class is or derives from."""
        known = (self.classes.get(name) for name in self.ancestors(classname, namespace))
        found = next((view for view in known if view is not None), None)
        return found.name if found is not None else None

    def derives(self, classname: str, ancestor: str, namespace: str) -> bool | None:
        """Tell whether a class is another one or derives from it; None when it is not known.

        It is not known when the server would not show the class, and the class facts lack it.
        """
        slot = (namespace.lower(), classname.lower(), ancestor.lower())
        if slot not in self._derives:
            self._derives[slot] = self._derive(*slot)
        return self._derives[slot]

    def _derive(self, namespace: str, classname: str, ancestor: str) -> bool | None:
        line = self.ancestors(classname, namespace)
        if ancestor in line:
            return True
        top = line[-1]
        if top in self.classes:
            return False
        reply = self.class_replies.get((namespace, top))
        return False if reply is not None and not reply.superclass else None

    def is_a(self, classname: str, ancestor: str, namespace: str) -> bool:
        """Tell whether a class counts as another one.

        Where the class itself cannot be read, it counts as what it was enumerated as.
        """
        derived = self.derives(classname, ancestor, namespace)
        if derived is not None:
            return derived
        return any(
            self.classes.is_a(extent.classname, ancestor)
            for extent in self.extents.values()
            if any(i.classname.lower() == classname.lower() for i in extent.instances)
        )
