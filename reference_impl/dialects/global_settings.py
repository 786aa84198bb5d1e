"""The global settings of a virtual system, beside those of its configuration (Hyper-V v1).

They say what is true of a system whatever snapshot is applied: its name, and what is done with
it when the host starts and stops. Windows numbers those actions from 0, the CIM schema from 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects.dialect import Scene
from reference_impl.hypervisor.companions import Companion
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName

CLASS = "Msvm_VirtualSystemGlobalSettingData"
ACTIONS = ("AutomaticStartupAction", "AutomaticShutdownAction", "AutomaticRecoveryAction")

_SETTING_TYPE = 32768
_FIRST = 2


class GlobalSettings(Companion):
    """Shows the global settings of each system."""

    def __init__(self, scene: Scene) -> None:
        self._store = scene.hypervisor.store
        self._names: dict[ObjectName, ObjectName] = {}

    def appear(self, system: VirtualSystem) -> None:
        """Show the global settings of a system that has been defined."""
        settings = system.current.settings
        name = self._store.add(
            CLASS,
            InstanceID=_global(system.current.name).key("InstanceID"),
            VirtualSystemIdentifier=settings["VirtualSystemIdentifier"],
            SettingType=_SETTING_TYPE,
            **_followed(settings),
        )
        self._store.add("CIM_ElementSettingData", ManagedElement=system.name, SettingData=name)
        self._names[system.name] = name

    def vanish(self, system: VirtualSystem) -> None:
        """Remove the global settings of a system that is destroyed."""
        self._store.remove(self._names.pop(system.name))


def followed(settings: Instance, changes: Values) -> Mapping[ObjectName, Values]:
    """Return how the global settings follow a change of those of the configuration."""
    return {_global(settings.path): _followed(changes)}


def numbered_by_cim(values: Values) -> Values:
    """Return global settings that a client sends with the numbers of the CIM schema."""
    return {
        name: value + _FIRST if name in ACTIONS and value is not None else value
        for name, value in values.items()
    }


def _global(settings: ObjectName) -> ObjectName:
    instance = f"{settings.key('InstanceID')}\\Global"
    return ObjectName(settings.namespace, CLASS, {"InstanceID": instance})


def _followed(values: Values) -> Values:
    followed: Values = {name: values[name] for name in ("ElementName",) if name in values}
    for name in ACTIONS:
        if values.get(name) is not None:
            followed[name] = values[name] - _FIRST
    return followed
