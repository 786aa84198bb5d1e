"""The words in which a fault changes what a populated server shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Rewrite
from reference_impl.repository import Repository
from reference_impl.values import Instance, ObjectName, Value

#: One instance of a class by its place (0 is the first), those that fulfil a condition, or all.
Pick: TypeAlias = "int | Callable[[Instance], bool] | ObjectName | None"


class Edit:
    """Changes to the repository alone; the hypervisor goes on as if they had not been made."""

    def __init__(self, repository: Repository, hypervisor: Hypervisor) -> None:
        self.repository = repository
        self.hypervisor = hypervisor

    def select(self, classname: str, pick: Pick = 0) -> list[Instance]:
        """Return instances of a class and its subclasses, in any namespace.

        Raises `LookupError` when there is none: the fault would change nothing.
        """
        found = [
            each
            for namespace in self.repository.namespaces
            for each in self.repository.instances(namespace, classname)
        ]
        if isinstance(pick, int):
            found = found[pick : pick + 1] if pick >= 0 else found[pick:][:1]
        elif isinstance(pick, ObjectName):
            found = [each for each in found if each.name == pick]
        elif pick is not None:
            found = [each for each in found if pick(each)]
        if not found:
            raise LookupError(f"no instance of {classname} is there to be changed")
        return found

    def one(self, classname: str, pick: Pick = 0) -> Instance:
        """Return the first of the selected instances."""
        return self.select(classname, pick)[0]

    def system(self, state: State) -> VirtualSystem:
        """Return what the hypervisor knows about the first virtual system in a state.

        Raises `LookupError` when there is none.
        """
        for each in self.hypervisor.systems:
            if each.state is state:
                return each
        raise LookupError(f"no virtual system is {state.name.lower()}; serve 4 or more of them")

    def set(self, classname: str, pick: Pick = 0, /, **values: Value) -> None:
        """Give instances other values; None is NULL."""
        for each in self.select(classname, pick):
            self.repository.change(each.path, **values)

    def blank(self, classname: str, pick: Pick = 0, *properties: str) -> None:
        """Make properties NULL."""
        self.set(classname, pick, **dict.fromkeys(properties))

    def drop(self, classname: str, pick: Pick = 0) -> None:
        """Take instances away, with the associations that refer to them."""
        for each in self.select(classname, pick):
            if self.repository.get(each.path) is not None:
                self.repository.remove(each.path)

    def add(self, classname: str, **values: Value) -> Instance:
        """Add an instance to the implementation namespace."""
        return self.repository.add(self.hypervisor.settings.namespace, classname, **values)

    def double(self, classname: str, pick: Pick = 0, /, **changes: Value) -> list[Instance]:
        """Add a copy of each instance that differs in these values; one of them is a key."""
        return [
            self.repository.add(each.path.namespace, each.classname, **{**each.values, **changes})
            for each in self.select(classname, pick)
        ]

    def redirect(self, association: str, pick: Pick, role: str, to: ObjectName) -> None:
        """Let one end of association instances refer to something else."""
        for each in self.select(association, pick):
            self._replace(each, **{role: to})

    def dangle(self, association: str, pick: Pick, role: str) -> None:
        """Let one end of association instances refer to an object that does not exist."""
        for each in self.select(association, pick):
            self._replace(each, **{role: gone(each.get(role))})

    def swap(self, association: str, pick: Pick = None) -> None:
        """Exchange the two ends of association instances."""
        for each in self.select(association, pick):
            found = self.repository.schema.class_named(each.classname)
            if found is None:
                continue
            one, other = (prop.name for prop in found.reference_properties)
            self._replace(each, **{one: each.get(other), other: each.get(one)})

    def from_now_on(self, classname: str, rewrite: Rewrite) -> None:
        """Pass what is shown of a class after this through a function, as `Bend.rewrite` does."""
        self.hypervisor.store.rewrites.append((classname, rewrite))

    def never_again(self, classname: str) -> None:
        """Keep instances of a class that come after this from being shown."""
        self.from_now_on(classname, lambda _written: None)

    def _replace(self, association: Instance, **ends: ObjectName) -> None:
        self.repository.remove(association.path)
        self.repository.add(
            association.path.namespace, association.classname, **{**association.values, **ends}
        )


def gone(name: ObjectName) -> ObjectName:
    """Return the path of an object of the same class that does not exist."""
    keys = {
        key: f"{value}-gone" if isinstance(value, str) and not key.endswith("ClassName") else value
        for key, value in name.keys
    }
    return ObjectName(name.namespace, name.classname, keys)
