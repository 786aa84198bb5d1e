"""The hypervisor's hand on the repository.

The hypervisor keeps its own records and only shows them here; so an instance that a named
fault took away from the repository is no obstacle to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from reference_impl.hypervisor.identity import owner_of
from reference_impl.repository import Repository
from reference_impl.values import (
    NOT_FOUND,
    CIMError,
    Instance,
    ObjectName,
    Value,
    format_datetime,
)

Values: TypeAlias = dict[str, Value]

#: Alters what is written about an instance of some class; None keeps it from being shown.
Rewrite: TypeAlias = Callable[[Values], Values | None]


class Presentation(Protocol):
    """How a vendor shows what the hypervisor writes in the classes of the CIM schema."""

    def shown(self, classname: str, values: Values) -> Sequence[tuple[str, Values]]:
        """Return the instances that are shown for one, the first in its place; none hides it."""

    def changed(self, before: Instance, values: Values) -> Mapping[ObjectName, Values]:
        """Return changes of an instance as they are shown, of it and of others that follow it."""

    def end(self, association: str, role: str) -> tuple[str, str]:
        """Return the class and the role in which the end of an association is shown."""

    def owner_of(self, instance: str) -> str:
        """Return the UUID of the virtual system that an InstanceID belongs to, or ""."""


class Clock:
    """The time of the hypervisor; `fixed` stops it, so that populated content is repeatable."""

    def __init__(self) -> None:
        self.fixed: datetime | None = None

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self.fixed or datetime.now(UTC)

    def stamp(self) -> str:
        """Return the time as a CIM datetime."""
        return format_datetime(self.now())


class Store:
    """Writes to the repository, by default into the implementation namespace."""

    def __init__(self, repository: Repository, namespace: str, interop: str) -> None:
        self.repository = repository
        self.namespace = namespace
        self.interop = interop
        self.clock = Clock()
        #: Class name and what is done to everything written about it; empty but for faults.
        self.rewrites: list[tuple[str, Rewrite]] = []
        #: Class name and the vendor's subclass that is shown in its place; empty but for faults.
        self.substitutes: dict[str, str] = {}
        #: Classes whose instances are never removed; empty but for faults.
        self.kept: set[str] = set()
        #: How all of it is shown; None for what it is, in the classes of the CIM schema.
        self.presentation: Presentation | None = None

    def add(self, classname: str, /, **values: Value) -> ObjectName:
        """Show a new instance in the implementation namespace; return its path."""
        return self._add(self.namespace, classname, values)

    def add_interop(self, classname: str, /, **values: Value) -> ObjectName:
        """Show a new instance in the Interop namespace; return its path."""
        return self._add(self.interop, classname, values)

    def change(self, name: ObjectName, /, **values: Value) -> None:
        """Change some properties of an instance, if it is there."""
        changes = self._rewritten_changes(name, values) if self.rewrites else values
        if self.presentation is None:
            self._change(name, changes)
            return
        shown = self.repository.get(name)
        told = self.presentation.changed(shown, changes) if shown is not None else {}
        for each, given in told.items():
            self._change(each, given)

    def remove(self, name: ObjectName) -> None:
        """Remove an instance with all associations that refer to it, if it is there."""
        if any(self.repository.schema.is_a(name.classname, kept) for kept in self.kept):
            return
        try:
            self.repository.remove(name)
        except CIMError as error:
            if error.status != NOT_FOUND:
                raise

    def referring(self, name: ObjectName, association: str, role: str) -> list[Instance]:
        """Return the associations of a class of the CIM schema that refer to a name in a role."""
        if self.presentation is not None:
            association, role = self.presentation.end(association, role)
        return self.repository.referring(name, association, role)

    def owner_of(self, instance: str) -> str:
        """Return the UUID of the virtual system that an InstanceID belongs to, or another text."""
        return (
            owner_of(instance)
            if self.presentation is None
            else self.presentation.owner_of(instance)
        )

    def rewritten(self, classname: str, values: Values) -> Values | None:
        """Return the values after all rewrites; one may choose a subclass, by CreationClassName."""
        current: Values | None = values
        for ancestor, rewrite in self.rewrites:
            if current is not None and self.repository.schema.is_a(classname, ancestor):
                current = rewrite(dict(current))
        return current

    def _add(self, namespace: str, classname: str, values: Values) -> ObjectName:
        classname = self.substitutes.get(classname, classname)
        rewritten = self.rewritten(classname, values)
        if rewritten is None:
            return self.repository.name_for(namespace, classname, **values)
        shown = rewritten.get("CreationClassName")
        if shown is not None and self.repository.schema.is_a(shown, classname):
            classname = shown
        if self.presentation is None:
            return self.repository.add(namespace, classname, **rewritten).path
        return self._present(self.presentation, namespace, classname, rewritten)

    def _change(self, name: ObjectName, changes: Values) -> None:
        try:
            self.repository.change(name, **changes)
        except CIMError as error:
            if error.status != NOT_FOUND:
                raise

    def _present(
        self, presentation: Presentation, namespace: str, classname: str, values: Values
    ) -> ObjectName:
        """Show an instance as a vendor does; a hidden one has the path it would have had."""
        shown = presentation.shown(classname, values)
        if not shown:
            return self.repository.name_for(namespace, classname, **values)
        names = [self.repository.add(namespace, each, **given).path for each, given in shown]
        return names[0]

    def _rewritten_changes(self, name: ObjectName, values: Values) -> Values:
        """Return the changes that the rewrites leave, seen against the whole instance."""
        instance = self.repository.get(name)
        if instance is None:
            return values
        before = dict(instance.values)
        after = self.rewritten(name.classname, {**before, **values})
        if after is None:
            return {}
        return {
            each: after.get(each)
            for each in before.keys() | after.keys()
            if before.get(each) != after.get(each)
        }
