"""The instances of the server, indexed by class, by path and by association end.

Every look-up costs as much as its result is long, never as much as the repository is large.
Thread-safe: `lock` is re-entrant and guards writers; take it for readings of several steps
that must agree with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from operator import attrgetter
from threading import RLock
from typing import Literal, TypeAlias

from reference_impl.schema import ClassDef, Schema
from reference_impl.values import (
    ALREADY_EXISTS,
    FAILED,
    INVALID_CLASS,
    INVALID_NAMESPACE,
    INVALID_PARAMETER,
    NO_SUCH_PROPERTY,
    NOT_FOUND,
    CIMError,
    Instance,
    ObjectName,
    Value,
)

#: An association class and the role in it, both folded.
_End = tuple[str, str]

ChangeKind: TypeAlias = Literal["created", "modified", "deleted"]


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one instance; `before` and `after` are copies (None where there is none)."""

    kind: ChangeKind
    before: Instance | None
    after: Instance | None


class Repository:
    """All instances of all namespaces."""

    def __init__(self, schema: Schema, namespaces: Iterable[str]) -> None:
        self.schema = schema
        self.lock = RLock()
        #: Called with each Event after the change, while the lock is held.
        self.listeners: list[Callable[[Event], None]] = []
        self._namespaces: dict[str, str] = {}
        self._objects: dict[ObjectName, Instance] = {}
        self._extents: dict[str, dict[str, dict[ObjectName, Instance]]] = {}
        self._referring: dict[ObjectName, dict[_End, list[Instance]]] = {}
        self._serial = count(1)
        for namespace in namespaces:
            self.add_namespace(namespace)

    @property
    def namespaces(self) -> list[str]:
        """The namespaces, in the order they were added."""
        return list(self._namespaces.values())

    def add_namespace(self, namespace: str) -> None:
        """Add a namespace; one that exists stays as it is."""
        self._namespaces.setdefault(namespace.lower(), namespace)
        self._extents.setdefault(namespace.lower(), {})

    def namespace_named(self, name: str) -> str | None:
        """Return a namespace in its own spelling, found without regard to case, or None."""
        return self._namespaces.get(name.lower())

    def __len__(self) -> int:
        return len(self._objects)

    def add(self, namespace: str, classname: str, /, **values: Value) -> Instance:
        """Add an instance; its path follows from the key properties.

        CreationClassName is filled in when it is missing, and properties with a default value
        in the schema get it. Raises CIMError: INVALID_NAMESPACE, INVALID_CLASS,
        NO_SUCH_PROPERTY, INVALID_PARAMETER for a key without value, ALREADY_EXISTS.
        """
        found, instance = self._new(namespace, classname, values)
        name = instance.path
        with self.lock:
            if name in self._objects:
                raise CIMError(ALREADY_EXISTS, f"{name} exists")
            self._insert(instance, found)
            self._tell("created", None, instance)
        return instance

    def name_for(self, namespace: str, classname: str, /, **values: Value) -> ObjectName:
        """Return the path that an instance would have; raises as `add` does."""
        return self._new(namespace, classname, values)[1].path

    def get(self, name: ObjectName) -> Instance | None:
        """Return the instance of this path, or None."""
        return self._objects.get(name)

    def change(self, name: ObjectName, /, **values: Value) -> Instance:
        """Change some properties of an instance; None makes a property NULL.

        Raises CIMError: NOT_FOUND, NO_SUCH_PROPERTY, FAILED for a changed key.
        """
        with self.lock:
            instance = self._existing(name)
            found = self._class(instance.classname)
            changes = self._spelled(found, values)
            for key in found.key_properties:
                if key.name in changes and changes[key.name] != instance.values.get(key.name):
                    raise CIMError(FAILED, f"{name}: the key {key.name} cannot be changed")
            before = instance.copy() if self.listeners else None
            moved = found.association and any(p.name in changes for p in found.reference_properties)
            if moved:
                self._unindex(instance, found)
            instance.values = _without_nulls({**instance.values, **changes})
            if moved:
                self._index(instance, found)
            self._tell("modified", before, instance)
        return instance

    def remove(self, name: ObjectName) -> None:
        """Remove an instance and every association instance that refers to it.

        Raises CIMError: NOT_FOUND.
        """
        with self.lock:
            instance = self._existing(name)
            for association in self.referring(name):
                if association.path in self._objects:
                    self.remove(association.path)
            if self._objects.pop(name, None) is None:
                return
            found = self._class(instance.classname)
            del self._extents[name.namespace.lower()][found.name.lower()][name]
            if found.association:
                self._unindex(instance, found)
            self._tell("deleted", instance, None)

    def instances(self, namespace: str, classname: str, deep: bool = True) -> list[Instance]:
        """Return the instances of a class, subclasses included unless `deep` is false.

        In the order of insertion. Empty for an unknown namespace or class.
        """
        extents = self._extents.get(namespace.lower(), {})
        wanted = self.schema.subclasses(classname) if deep else [classname]
        with self.lock:
            found = [
                list(extent.values()) for each in wanted if (extent := extents.get(each.lower()))
            ]
        if len(found) == 1:
            return found[0]
        return sorted((each for part in found for each in part), key=attrgetter("serial"))

    def referring(
        self, name: ObjectName, association: str | None = None, role: str | None = None
    ) -> list[Instance]:
        """Return the association instances that refer to `name`, whatever namespace they are in.

        `association` restricts them to a class and its subclasses, `role` to those in which
        `name` is the value of this reference property.
        """
        with self.lock:
            return list(dict.fromkeys(each for each, _ in self._ends(name, association, role)))

    def associated(
        self,
        name: ObjectName,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> list[Instance]:
        """Return the instances at the other ends of the associations of `name`, each once.

        The filters are those of the Associators operation (DSP0200, clause 5.3.2.16).
        """
        found: dict[Instance, None] = {}
        with self.lock:
            for each, end in self._ends(name, association, role):
                for other in self._others(each, end, result_role):
                    target = self._objects.get(other)
                    if target is not None and (
                        result_class is None or self.schema.is_a(target.classname, result_class)
                    ):
                        found[target] = None
        return list(found)

    def _ends(
        self, name: ObjectName, association: str | None, role: str | None
    ) -> Iterator[tuple[Instance, str]]:
        """Yield the association instances of `name` with the folded role of `name` in each."""
        folded = role.lower() if role else None
        for (classname, end), members in self._referring.get(name, {}).items():
            if folded is not None and end != folded:
                continue
            if association is None or self.schema.is_a(classname, association):
                for member in members:
                    yield member, end

    def _others(
        self, association: Instance, end: str, result_role: str | None
    ) -> Iterator[ObjectName]:
        wanted = result_role.lower() if result_role else None
        for prop in self._class(association.classname).reference_properties:
            folded = prop.name.lower()
            if folded != end and wanted in (None, folded):
                other = association.values.get(prop.name)
                if other is not None:
                    yield other

    def _new(
        self, namespace: str, classname: str, values: dict[str, Value]
    ) -> tuple[ClassDef, Instance]:
        """Return a new instance, not in the repository yet, with its class."""
        found = self._class(classname)
        spelled = self._spelled(found, values)
        if "CreationClassName" in found.all_properties:
            spelled.setdefault("CreationClassName", found.name)
        for prop in found.all_properties.values():
            if prop.default is not None:
                spelled.setdefault(prop.name, prop.default)
        name = self._name(self._checked_namespace(namespace), found, spelled)
        return found, Instance(found.name, _without_nulls(spelled), name)

    def _insert(self, instance: Instance, found: ClassDef) -> None:
        name = instance.path
        instance.serial = next(self._serial)
        self._objects[name] = instance
        extents = self._extents[name.namespace.lower()]
        extents.setdefault(found.name.lower(), {})[name] = instance
        if found.association:
            self._index(instance, found)

    def _index(self, instance: Instance, found: ClassDef) -> None:
        for prop in found.reference_properties:
            target = instance.values.get(prop.name)
            if target is not None:
                ends = self._referring.setdefault(target, {})
                ends.setdefault((found.name.lower(), prop.name.lower()), []).append(instance)

    def _unindex(self, instance: Instance, found: ClassDef) -> None:
        for prop in found.reference_properties:
            target = instance.values.get(prop.name)
            if target is None:
                continue
            ends = self._referring[target]
            members = ends[found.name.lower(), prop.name.lower()]
            members.remove(instance)
            if not members:
                del ends[found.name.lower(), prop.name.lower()]
            if not ends:
                del self._referring[target]

    def _tell(self, kind: ChangeKind, before: Instance | None, after: Instance | None) -> None:
        if self.listeners:
            event = Event(kind, before, after.copy() if after else None)
            for listener in list(self.listeners):
                listener(event)

    def _existing(self, name: ObjectName) -> Instance:
        instance = self._objects.get(name)
        if instance is None:
            raise CIMError(NOT_FOUND, f"there is no instance {name}")
        return instance

    def _class(self, classname: str) -> ClassDef:
        found = self.schema.class_named(classname)
        if found is None:
            raise CIMError(INVALID_CLASS, f"there is no class {classname}")
        return found

    def _checked_namespace(self, name: str) -> str:
        found = self.namespace_named(name)
        if found is None:
            raise CIMError(INVALID_NAMESPACE, f"there is no namespace {name}")
        return found

    def _spelled(self, found: ClassDef, values: dict[str, Value]) -> dict[str, Value]:
        """Return the values by the schema's names, references shared with their targets."""
        spelled = {}
        for name, value in values.items():
            prop = found.property_named(name)
            if prop is None:
                raise CIMError(NO_SUCH_PROPERTY, f"{found.name} has no property {name}")
            spelled[prop.name] = self._shared(value) if prop.type == "reference" else value
        return spelled

    def _shared(self, reference: Value) -> Value:
        """Return the target's own name for an equal one, so that each path is kept once."""
        target = self._objects.get(reference) if isinstance(reference, ObjectName) else None
        return reference if target is None else target.name

    def _name(self, namespace: str, found: ClassDef, values: dict[str, Value]) -> ObjectName:
        missing = [p.name for p in found.key_properties if values.get(p.name) is None]
        if missing:
            raise CIMError(INVALID_PARAMETER, f"{found.name}: the key {missing[0]} has no value")
        keys = [(p.name, values[p.name]) for p in found.key_properties]
        return ObjectName(namespace, found.name, keys)


def _without_nulls(values: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}
