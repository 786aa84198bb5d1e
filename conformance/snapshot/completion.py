"""Association instances that cannot be enumerated, completed through References.

Real servers answer EnumerateInstances of association classes with an empty list and find the
same associations through References. So a few objects of each class are asked; where that shows
what was not enumerated, it is recorded, and every object that may be an end is asked, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from conformance.cim import Answer, Instance, Path
from conformance.snapshot import (
    Ends,
    Extent,
    ExtentKey,
    Finding,
    Snapshot,
    ends_of,
    is_association,
    namespace_of,
)
from conformance.snapshot.sampling import elements, probes

MANAGED_ELEMENT = "CIM_ManagedElement"

AskReferences = Callable[[list[Path]], dict[str, Answer]]
"""Asks References of objects; returns the answers by the identity of the object."""

Learn = Callable[[Iterable[Instance]], Snapshot]
"""Gets to know the classes of instances (GetClass); returns the snapshot with them known."""


class Completed(msgspec.Struct, frozen=True):
    """Extents with what References found in addition, and the findings about it."""

    extents: list[Extent]
    findings: list[Finding]


class Completion:
    """Compares enumerated associations with References, and adds what is missing."""

    def __init__(self, snapshot: Snapshot, ask: AskReferences, learn: Learn) -> None:
        """Start from a snapshot of what was enumerated."""
        self._snapshot = snapshot
        self._ask = ask
        self._learn = learn
        self._known = {_form(one) for one in snapshot.by_identity.values() if is_association(one)}
        self._extents = dict(snapshot.extents)
        self._added: dict[ExtentKey, list[Instance]] = {}
        self._sources: dict[ExtentKey, str] = {}  # of the extents that fell short

    def completed(self, seed: int) -> Completed:
        """Probe a few objects of each class; complete the associations that fall short."""
        self._add(self._ask(probes(self._snapshot, seed)))
        if self._sources:
            self._add(self._ask(self._possible_ends()))
        findings = [
            Finding(
                extent.namespace,
                extent.classname,
                len(extent.instances),
                len(extent.instances) + len(self._added[key]),
                self._sources[key],
            )
            for key, extent in self._extents.items()
            if key in self._sources
        ]
        extents = [
            msgspec.structs.replace(extent, instances=extent.instances + self._added[key])
            if key in self._added
            else extent
            for key, extent in self._extents.items()
        ]
        return Completed(extents, findings)

    def _add(self, answers: dict[str, Answer]) -> None:
        """Take over what References found and enumeration did not."""
        unknown: list[tuple[str, Instance]] = []
        for source, answer in answers.items():
            for instance in answer.value if answer.ok else ():
                form = _form(instance)
                if is_association(instance) and form not in self._known:
                    self._known.add(form)
                    unknown.append((source, instance))
        if unknown:
            self._snapshot = self._learn([instance for _, instance in unknown])
        for source, instance in unknown:
            self._place(instance, source)

    def _place(self, instance: Instance, source: str) -> None:
        """Add an instance to the extent of the most special asked class that it belongs to.

        An instance of a namespace where that class was not asked for joins the extent of the
        namespace it was found from: nothing was left out there.
        """
        here = namespace_of(instance)
        names = self._snapshot.asked_associations()
        fitting = [name for name in names if self._belongs(instance.classname, name, here)]
        for namespace in dict.fromkeys((here, source.partition(":")[0])):
            keys = [(namespace, name.lower()) for name in fitting]
            asked = [key for key in keys if key in self._extents]
            if not asked:
                continue
            key = max(asked, key=self._depth)
            self._added.setdefault(key, []).append(instance)
            if namespace == here:
                self._sources.setdefault(key, source)
            return

    def _belongs(self, classname: str, association: str, namespace: str) -> bool:
        """Tell whether a class is an association class; by its name where nothing else tells."""
        derived = self._snapshot.derives(classname, association, namespace)
        if derived is not None:
            return derived
        return classname.lower().partition("_")[2] == association.lower().partition("_")[2]

    def _depth(self, key: ExtentKey) -> int:
        view = self._snapshot.facts.get(key[1])
        return len(view.ancestors) if view is not None else 0

    def _possible_ends(self) -> list[Path]:
        """Return the objects that may be ends of the associations that fell short."""
        facts = self._snapshot.facts
        views = [facts.get(classname) for _, classname in self._sources]
        classes = {end for view in views if view for end in view.references.values()}
        if not all(views):
            classes = {MANAGED_ELEMENT}
        return [
            instance.path
            for instance in elements(self._snapshot).values()
            if instance.path is not None and self._may_be(instance, classes)
        ]

    def _may_be(self, instance: Instance, classes: set[str]) -> bool:
        namespace = namespace_of(instance)
        return MANAGED_ELEMENT in classes or any(
            self._snapshot.is_a(instance.classname, one, namespace) for one in classes
        )


def _form(instance: Instance) -> tuple[str, Ends]:
    """Return by what an association instance is told apart, whatever path it was given."""
    return instance.classname.lower(), ends_of(instance)
