"""Where requested resources are attached: Parent, AddressOnParent and HostResource of a request.

A drive is attached to a controller of its configuration, a connection to an Ethernet port of its
configuration and to a virtual switch (DSP1050, DSP1059). All of it is checked before anything is
changed, and written in one form: as paths.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reference_impl.hypervisor.object_paths import read, written
from reference_impl.hypervisor.records import Allocation, Configuration, Wanted
from reference_impl.hypervisor.refusal import FAILED, INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resource_kinds import ETHERNET_CONNECTION, Parentage, ResourceKind
from reference_impl.hypervisor.store import Values
from reference_impl.values import ObjectName, Value


@dataclass(slots=True)
class _Frame:
    """What a configuration has to attach to: kinds of parents by label, and places taken."""

    kinds: dict[str, ResourceKind] = field(default_factory=dict)
    taken: dict[str, set[str]] = field(default_factory=dict)

    def add(self, label: str, kind: ResourceKind, settings: Values) -> None:
        """Take up a resource, and the place where it is attached."""
        self.kinds[label] = kind
        if "Parent" in settings:
            self.taken.setdefault(settings["Parent"], set()).add(settings["AddressOnParent"])

    def free(self, label: str, parentage: Parentage) -> list[str]:
        """Return the places of a parent that nothing is attached to."""
        taken = self.taken.get(label, ())
        return [place for place in parentage.places if place not in taken]


class Placement:
    """Attaches requested resources, to those of a namespace and to virtual switches."""

    def __init__(self, namespace: str, switches: Collection[ObjectName]) -> None:
        self._namespace = namespace
        self._switches = switches

    def placed(
        self, wanted: Sequence[Wanted], configuration: Configuration | None = None
    ) -> list[Wanted]:
        """Return resources that are wanted together, or in a configuration, all attached.

        Their labels are what a Parent among them may say. Raises `Refused`.
        """
        frame = _Frame()
        for allocation in configuration.allocations.values() if configuration else ():
            frame.add(written(allocation.name), allocation.kind, allocation.settings)
        named = _labelled(wanted)
        for each in named:
            if not each.kind.parentage:
                frame.add(str(each.label), each.kind, each.settings)
        return [
            replace(each, settings=self._placed(frame, each.kind, each.settings, str(each.label)))
            for each in named
        ]

    def moved(
        self, changes: Sequence[tuple[Allocation, Values]], configuration: Configuration
    ) -> list[Values]:
        """Return the changed settings of resources of one configuration, all attached.

        Raises `Refused`.
        """
        changed = {allocation.name for allocation, _ in changes}
        frame = _Frame()
        for allocation in configuration.allocations.values():
            label = written(allocation.name)
            frame.add(
                label, allocation.kind, {} if allocation.name in changed else allocation.settings
            )
        return [
            self._placed(frame, allocation.kind, settings, written(allocation.name))
            for allocation, settings in changes
        ]

    def _placed(self, frame: _Frame, kind: ResourceKind, given: Values, label: str) -> Values:
        if kind.of_switch:
            raise Refused(INVALID_PARAMETER, f"a {kind.noun} belongs to a virtual switch")
        settings = dict(given)
        if kind is ETHERNET_CONNECTION:
            settings["HostResource"] = [self._switch(settings.get("HostResource"))]
        if kind.parentage is not None:
            settings |= self._place(frame, kind, kind.parentage, settings)
            frame.add(label, kind, settings)
        return settings

    def _place(
        self, frame: _Frame, kind: ResourceKind, parentage: Parentage, settings: Values
    ) -> Values:
        """Return the parent of a resource and the place there, or nothing for one without."""
        said = settings.get("Parent")
        if said is not None:
            parent = self._parent(frame, said)
        elif parentage.required:
            parent = _vacant(frame, kind, parentage)
        elif "AddressOnParent" in settings:
            raise Refused(INVALID_PARAMETER, f"{kind.noun}: AddressOnParent without Parent")
        else:
            return {}
        if frame.kinds[parent].resource_type not in parentage.types:
            raise Refused(
                INVALID_PARAMETER,
                f"a {kind.noun} cannot be attached to a {frame.kinds[parent].noun}",
            )
        free = frame.free(parent, parentage)
        place = settings.get("AddressOnParent", free[0] if free else None)
        if place not in free:
            raise Refused(
                INVALID_PARAMETER, f"{kind.noun}: place {place} of {parent} is none of {free}"
            )
        return {"Parent": parent, "AddressOnParent": place}

    def _parent(self, frame: _Frame, said: str) -> str:
        """Return the label of the resource that a Parent names by label, path or InstanceID."""
        if said in frame.kinds:
            return said
        name = read(said, self._namespace)
        instance_id = said if name is None else name.key("InstanceID")
        for label in frame.kinds:
            found = read(label, self._namespace)
            if instance_id == (label if found is None else found.key("InstanceID")):
                return label
        raise Refused(INVALID_PARAMETER, f"Parent {said!r} is not in the same configuration")

    def _switch(self, said: Value) -> str:
        """Return the path of the switch that a HostResource names; without one, of the first."""
        if not said:
            return written(next(iter(self._switches)))
        for switch in self._switches:
            if len(said) == 1 and read(said[0], self._namespace) == switch:
                return written(switch)
        raise Refused(INVALID_PARAMETER, f"HostResource {said} is not one virtual switch")


def _labelled(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return resources with a label each that no other one has; the first one keeps its own."""
    labelled: dict[str, Wanted] = {}
    for index, each in enumerate(wanted):
        label = each.label
        if label is None or label in labelled:
            label = f"{each.kind.slug} wanted as {index}"
        labelled[label] = replace(each, label=label)
    return list(labelled.values())


def check_leaving(configuration: Configuration, leaving: Mapping[ObjectName, object]) -> None:
    """Raise `Refused` when something that stays is attached to something that leaves."""
    parents = {written(name) for name in leaving}
    for name, allocation in configuration.allocations.items():
        if name not in leaving and allocation.settings.get("Parent") in parents:
            raise Refused(FAILED, f"{name} is attached to what is to be removed")


def _vacant(frame: _Frame, kind: ResourceKind, parentage: Parentage) -> str:
    """Return the label of the first parent that has a place left. Raises `Refused`."""
    for label, parent in frame.kinds.items():
        if parent.resource_type in parentage.types and frame.free(label, parentage):
            return label
    raise Refused(INVALID_PARAMETER, f"there is nothing left to attach a {kind.noun} to")
