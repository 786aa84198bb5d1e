"""Faults of editing the name to show of a virtual system by ModifyInstance (DSP1052)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.host import MAXIMUM_NAME_LENGTH
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.operations.calls import Writer
from reference_impl.values import Instance, ObjectName

_SYSTEM = "CIM_ComputerSystem"
_CAPABILITIES = "CIM_EnabledLogicalElementCapabilities"
_EDITABLE = "ElementNameEditSupported"

#: Gives a system a name in the place of the right way; False: that is left to the right way.
Naming: TypeAlias = Callable[[Hypervisor, VirtualSystem, str], bool]


class _Namer:
    """A writer of systems that gives them their names in its own way."""

    def __init__(self, right: Writer, hypervisor: Hypervisor, naming: Naming) -> None:
        self._right = right
        self._hypervisor = hypervisor
        self._naming = naming

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Create as the right writer does."""
        return self._right.create(namespace, instance)

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Give a system the name, unless that is left to the right writer."""
        with self._hypervisor.store.repository.lock:
            system = self._hypervisor.systems.named(instance.path)
            name = str(instance.get("ElementName"))
            if system is None or not self._naming(self._hypervisor, system, name):
                self._right.modify(instance, property_list)

    def delete(self, name: ObjectName) -> None:
        """Delete as the right writer does."""
        self._right.delete(name)


def _naming(naming: Naming) -> Callable[[Bend], None]:
    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)
        it.replace_writer(_SYSTEM, lambda right: _Namer(right, found[0], naming))

    return bend


def _too_long(name: str) -> bool:
    return len(name) > MAXIMUM_NAME_LENGTH


def _ignored(_hypervisor: Hypervisor, _system: VirtualSystem, name: str) -> bool:
    """Accept a name that fits, and forget it."""
    return not _too_long(name)


def _beside(hypervisor: Hypervisor, system: VirtualSystem, name: str) -> bool:
    """Change the status with the name."""
    hypervisor.store.change(system.name, OperationalStatus=[3])
    return False if _too_long(name) else _kept(hypervisor, system, name)


def _kept(hypervisor: Hypervisor, system: VirtualSystem, name: str) -> bool:
    """Take every name."""
    hypervisor.systems.rename(system, name)
    return True


def _cut(hypervisor: Hypervisor, system: VirtualSystem, name: str) -> bool:
    """Take as much of a name as fits."""
    hypervisor.systems.rename(system, name[:MAXIMUM_NAME_LENGTH])
    return True


def _fixed(it: Bend) -> None:
    """Say of all names that they cannot be edited."""
    it.always(_CAPABILITIES, lambda written: bool(written.get(_EDITABLE)), **{_EDITABLE: False})


FAULTS = (
    Fault(
        name="name-edit-refused",
        statement="The name of a system is said to be editable, and every other one is refused.",
        breaks=("DSP1052:element-name.editable",),
        bend=lambda it: it.withdraw_writer(_SYSTEM),
    ),
    Fault(
        name="name-edit-ignored",
        statement="Another name of a system is accepted and forgotten.",
        breaks=("DSP1052:element-name.editable",),
        bend=_naming(_ignored),
    ),
    Fault(
        name="name-edit-spills",
        statement="Another name of a system changes its status, too.",
        breaks=("DSP1052:element-name.editable",),
        bend=_naming(_beside),
    ),
    Fault(
        name="name-too-long-kept",
        statement="A name that is longer than the capabilities of a system allow is kept.",
        breaks=("DSP1052:element-name.too-long",),
        bend=_naming(_kept),
    ),
    Fault(
        name="name-too-long-cut",
        statement="Of a name that is too long a part is kept, and nothing is said of that.",
        breaks=("DSP1052:element-name.too-long",),
        bend=_naming(_cut),
    ),
    Fault(
        name="name-fixed-edited",
        statement="The name of a system is said not to be editable, and can be edited.",
        breaks=("DSP1052:element-name.fixed",),
        bend=_fixed,
    ),
)
