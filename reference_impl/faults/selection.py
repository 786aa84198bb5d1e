"""Conditions that faults pick instances by."""

from __future__ import annotations

import re
from collections.abc import Callable

from reference_impl.hypervisor.identity import HOST_NAMES
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName, Value

_SWITCH = 38  # Dedicated: Ethernet Switch
_SETTINGS = "CIM_VirtualSystemSettingData"
_SETTINGS_OF_WINDOWS = "Msvm_VirtualSystemSettingData"
_CURRENT = re.compile(r"Microsoft:[0-9A-F-]{36}")

#: Classes by those that the preview of Windows virtualization shows in their place.
_ALSO_SHOWN = {"CIM_ComputerSystem": "Msvm_VirtualComputerSystem"}

#: States by those that the older dialects of Windows show in their place.
_OF_WINDOWS = {9: 32768, 6: 32769}


def registered(name: str) -> Callable[[Instance], bool]:
    """Pick the registered profile of this name."""
    return lambda instance: instance.get("RegisteredName") == name


def virtual(instance: Instance) -> bool:
    """Pick the virtual systems among the computer systems; a virtual switch is none."""
    is_switch = _SWITCH in (instance.get("Dedicated") or ())
    return not host(instance) and not is_switch


def host(instance: Instance) -> bool:
    """Pick the host among the computer systems."""
    return names_host(instance.get("Name"))


def in_state(enabled_state: int) -> Callable[[Instance], bool]:
    """Pick the virtual systems that show this EnabledState."""
    shown = (enabled_state, _OF_WINDOWS.get(enabled_state))
    return lambda instance: virtual(instance) and instance.get("EnabledState") in shown


def first(pick: Callable[[Instance], bool]) -> Callable[[Instance], bool]:
    """Pick only the first instance of those that another condition picks."""
    met: list[ObjectName] = []

    def chosen(instance: Instance) -> bool:
        if pick(instance) and not met:
            met.append(instance.path)
            return True
        return False

    return chosen


def is_of(classname: str) -> Callable[[ObjectName], bool]:
    """Pick paths of a class, or of the class that a dialect of Windows shows in its place."""
    shown = (classname, classname.replace("CIM_", "Msvm_"), _ALSO_SHOWN.get(classname))
    return lambda name: name.classname in shown


def end(role: str, classname: str) -> Callable[[Instance], bool]:
    """Pick association instances by the class of what is in one role."""
    return lambda instance: is_of(classname)(instance.get(role))


def written_virtual(values: Values) -> bool:
    """Whether what is written about a computer system is about a virtual one."""
    return not names_host(values.get("Name"))


def names_host(name: Value) -> bool:
    """Whether a name is that of the host, also as a dialect writes it."""
    return name in HOST_NAMES


def part_of(label: str) -> Callable[[Instance], bool]:
    """Pick settings of virtual systems whose InstanceID ends in this: `/state`, `/defined`.

    Where a dialect shows them, a system has one configuration, and that is both.
    """

    def chosen(instance: Instance) -> bool:
        name = str(instance.get("InstanceID"))
        if instance.classname == _SETTINGS_OF_WINDOWS:
            return _CURRENT.fullmatch(name) is not None
        return instance.classname == _SETTINGS and name.endswith(label)

    return chosen
