"""Editing the display name of a virtual system by ModifyInstance (DSP1052, clause 7)."""

from __future__ import annotations

from reference_impl.hypervisor.host import MAXIMUM_NAME_LENGTH
from reference_impl.hypervisor.store import Store
from reference_impl.hypervisor.systems import Systems
from reference_impl.values import (
    INVALID_PARAMETER,
    NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
)

_EDITABLE = "elementname"


class SystemWriter:
    """The Writer of CIM_ComputerSystem: the ElementName of virtual systems, and nothing else."""

    def __init__(self, store: Store, systems: Systems) -> None:
        self._store = store
        self._systems = systems

    def create(self, _namespace: str, _instance: Instance) -> ObjectName:
        """Refuse: systems are defined by the management service."""
        raise CIMError(NOT_SUPPORTED, "virtual systems are created by DefineSystem")

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Rename a virtual system; its other properties have to stay as they are."""
        with self._store.repository.lock:
            named = list(instance.values) if property_list is None else property_list
            current = self._store.repository.get(instance.path)
            changed = {
                name.lower()
                for name in named
                if current is None or _value(instance, name) != _value(current, name)
            }
            if not changed:
                return
            system = self._systems.named(instance.path)
            if system is None or changed != {_EDITABLE}:
                raise CIMError(NOT_SUPPORTED, "only the name of a virtual system can be edited")
            self._systems.rename(system, _checked(instance.get("ElementName")))

    def delete(self, _name: ObjectName) -> None:
        """Refuse: systems are destroyed by the management service."""
        raise CIMError(NOT_SUPPORTED, "virtual systems are removed by DestroySystem")


def _value(instance: Instance, name: str) -> object:
    folded = name.lower()
    return next((v for n, v in instance.values.items() if n.lower() == folded), None)


def _checked(name: str | None) -> str:
    if name is None or not 1 <= len(name) <= MAXIMUM_NAME_LENGTH:
        raise CIMError(
            INVALID_PARAMETER, f"ElementName needs 1..{MAXIMUM_NAME_LENGTH} characters: {name!r}"
        )
    return name
