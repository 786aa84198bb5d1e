"""The settings by which a virtual system is defined: the user's, else modelled on the server's own.

Servers refuse instances of the schema's base classes, so the classes that the server itself uses
are sent, filled with as little as a small system needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from conformance.cim import ClassReply, Instance, Layout, Path, PropertySlot
from conformance.evaluate.model import Model
from conformance.play.guard import Reader
from conformance.schema.classes import Property

SYSTEM_SETTINGS = "CIM_VirtualSystemSettingData"
RESOURCE_SETTINGS = "CIM_ResourceAllocationSettingData"
SCHEMA_PREFIX = "CIM_"
NAMES = ("ElementName", "VirtualSystemIdentifier")
COPIED = ("ResourceType", "ResourceSubType", "VirtualQuantity", "AllocationUnits", "PoolID")
PROCESSOR, MEMORY = 3, 4

SMALL: tuple[Mapping[str, Any], ...] = (
    {"ResourceType": PROCESSOR, "VirtualQuantity": 1},
    {"ResourceType": MEMORY, "VirtualQuantity": 256, "AllocationUnits": "byte*2^20"},
)
"""Processor and memory of a small system, where there is none to model it on."""


class Supplied(Protocol):
    """An instance that the user states in the settings file."""

    @property
    def class_(self) -> str:
        """The CIM class."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """Values by property name."""


class InputError(ValueError):
    """The user's settings cannot be sent: what was expected and what was found."""


class Offers(msgspec.Struct, frozen=True):
    """What is sent to define a system, and where it is from.

    `supplied` tells that the user stated it.
    """

    instances: tuple[Instance, ...]
    source: str
    supplied: bool = False


class Inputs:
    """Builds the embedded instances that the methods of a service take."""

    def __init__(
        self,
        reader: Reader,
        model: Model,
        service: Path,
        supplied: Mapping[str, Sequence[Supplied]],
    ) -> None:
        self._reader = reader
        self._model = model
        self._service = service
        self._supplied = {_folded(name): tuple(given) for name, given in supplied.items()}
        self._classes: dict[str, ClassReply | None] = {}
        self._modelled: dict[str, Offers] = {}

    def offers(self, name: str, classname: str) -> Offers:
        """Return the instances of an input; `classname` is the class that the profile names.

        Raises:
            InputError: the user named a property that the class does not have.
        """
        given = self._supplied.get(_folded(name))
        if given:
            built = tuple(self.build(each.class_, each.properties) for each in given)
            return Offers(built, "the settings file", supplied=True)
        if classname not in self._modelled:
            resources = self._model.classes.is_a(classname, RESOURCE_SETTINGS)
            model = self._resources if resources else self._system
            self._modelled[classname] = model(classname)
        return self._modelled[classname]

    def build(self, classname: str, values: Mapping[str, Any]) -> Instance:
        """Return an embedded instance, typed as the server declares the class, else the schema.

        Raises:
            InputError: the class has no such property.
        """
        slots = tuple(self._slot(classname, name) for name in values)
        return Instance(None, Layout(classname, slots), list(values.values()))

    # -- modelled on what is there -------------------------------------------------------------

    def _system(self, classname: str) -> Offers:
        found = self._existing(classname)
        if found is not None:
            kind = found.get("VirtualSystemType")
            values = {"VirtualSystemType": kind} if kind else {}
            return Offers((self.build(found.classname, values),), f"modelled on {found.path}")
        chosen = self._leaf(classname)
        return Offers((self.build(chosen, {}),), f"an instance of {chosen}")

    def _existing(self, classname: str) -> Instance | None:
        """Return the state settings of some existing system, of the class that most have.

        Settings whose class has the prefix of the service's class come first.
        """
        candidates = [
            instance
            for key, profile in self._model.catalogue.profiles.items()
            if profile.states is not None
            and "StateSettings" in profile.adaptations
            and not profile.adaptations["StateSettings"].defined_in
            for instance in self._model.members(key, "StateSettings").values()
            if self._model.is_a(instance, classname) and self._near(instance)
        ]
        own = [i for i in candidates if _prefix(i.classname) == self._prefix] or candidates
        if not own:
            return None
        common, _ = Counter(instance.classname for instance in own).most_common(1)[0]
        return next(instance for instance in own if instance.classname == common)

    def _near(self, instance: Instance) -> bool:
        path = instance.path
        return path is not None and path.namespace.lower() == self._service.namespace.lower()

    @property
    def _prefix(self) -> str:
        return _prefix(self._service.classname)

    def _leaf(self, classname: str) -> str:
        """Return the vendor's only class without subclasses, else the schema's class."""
        answer = self._reader.enumerate_class_names(self._service.namespace, classname, True)  # noqa: FBT003
        found = [n for n in answer.value if not n.startswith(SCHEMA_PREFIX)] if answer.ok else []
        own = [name for name in found if _prefix(name) == self._prefix] or found
        leaves = [name for name in own if len(own) == 1 or self._is_leaf(name)]
        return leaves[0] if len(leaves) == 1 else classname

    def _is_leaf(self, classname: str) -> bool:
        answer = self._reader.enumerate_class_names(self._service.namespace, classname, False)  # noqa: FBT003
        return answer.ok and not answer.value

    def _resources(self, classname: str) -> Offers:
        """Return processor and memory as an existing system has them."""
        model = self._existing(SYSTEM_SETTINGS)
        near = [i for i in self._model.snapshot.instances_of(SYSTEM_SETTINGS) if self._near(i)]
        for settings in (*([model] if model is not None else []), *near):
            own = self._allocations(settings.path) if settings.path is not None else []
            chosen = [i for i in _one_of_each(own) if i.get("ResourceType") in (PROCESSOR, MEMORY)]
            if chosen:
                built = tuple(self._like(instance) for instance in chosen)
                return Offers(built, f"modelled on those of {settings.path}")
        built = tuple(self.build(classname, values) for values in SMALL)
        return Offers(built, f"one processor and some memory, as {classname}")

    def _allocations(self, settings: Path) -> list[Instance]:
        """Return the resources of a configuration as the snapshot has them."""
        identities = {
            end
            for edge in self._model.edges_of("CIM_VirtualSystemSettingDataComponent")
            if settings.identity in edge.ends.values()
            for end in edge.ends.values()
            if end != settings.identity
        }
        found = (self._model.instance(identity) for identity in sorted(identities))
        return [instance for instance in found if instance is not None]

    def _like(self, instance: Instance) -> Instance:
        values = {n: instance.get(n) for n in COPIED if instance.get(n) is not None}
        return self.build(instance.classname, values)

    # -- types ---------------------------------------------------------------------------------

    def _slot(self, classname: str, name: str) -> PropertySlot:
        declared = self._declared(classname)
        if declared is not None:
            known = {key.lower(): (key, *kind) for key, kind in declared.properties.items()}
            if name.lower() in known:
                spelled, type_, is_array = known[name.lower()]
                return PropertySlot(spelled, type_, is_array)
        fact = self._fact(classname, name)
        if fact is None and declared is None:
            fact = self._fact(SYSTEM_SETTINGS, name) or self._fact(RESOURCE_SETTINGS, name)
        if fact is None:
            raise InputError(f"{classname} has no property {name}; correct it in cimconform.toml")
        return PropertySlot(name, fact.type, fact.array)

    def _fact(self, classname: str, name: str) -> Property | None:
        view = self._model.classes.get(classname)
        return view.property(name) if view is not None else None

    def has_property(self, classname: str, name: str) -> bool:
        """Tell whether a class has a property, as the server or the schema declares it."""
        try:
            self._slot(classname, name)
        except InputError:
            return False
        return True

    def _declared(self, classname: str) -> ClassReply | None:
        if classname not in self._classes:
            known = self._model.snapshot.class_reply(classname, self._service.namespace)
            if known is None and classname not in self._model.classes:
                answer = self._reader.get_class(self._service.namespace, classname)
                known = answer.value if answer.ok else None
            self._classes[classname] = known
        return self._classes[classname]


def named(inputs: Inputs, settings: Instance, name: str) -> Instance:
    """Return the settings of a system under a name, by which it can be found again."""
    values = {slot.name: value for slot, value in _pairs(settings)}
    present = {each.lower() for each in values}
    values = {each: v for each, v in values.items() if each.lower() not in _FOLDED_NAMES}
    for each in NAMES:
        if each.lower() in present or inputs.has_property(settings.classname, each):
            values[each] = name
    values.pop("InstanceID", None)
    return inputs.build(settings.classname, values)


_FOLDED_NAMES = frozenset(name.lower() for name in NAMES)


def _pairs(instance: Instance) -> Iterable[tuple[PropertySlot, Any]]:
    return zip(instance.layout.slots, instance.values, strict=True)


def _one_of_each(allocations: Iterable[Instance]) -> list[Instance]:
    """Return the first allocation of each resource type."""
    by_type: dict[Any, Instance] = {}
    for instance in allocations:
        by_type.setdefault(instance.get("ResourceType"), instance)
    return list(by_type.values())


def _folded(name: str) -> str:
    return name.lower().replace("-", " ").replace("_", " ")


def _prefix(classname: str) -> str:
    return classname.partition("_")[0].lower()
