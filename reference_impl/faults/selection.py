"""Conditions that faults pick instances by."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.hypervisor.identity import HOST_NAMES
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName

_SWITCH = 38  # Dedicated: Ethernet Switch
_SETTINGS = "CIM_VirtualSystemSettingData"


def registered(name: str) -> Callable[[Instance], bool]:
    """Pick the registered profile of this name."""
    return lambda instance: instance.get("RegisteredName") == name


def virtual(instance: Instance) -> bool:
    """Pick the virtual systems among the computer systems; a virtual switch is none."""
    is_switch = _SWITCH in (instance.get("Dedicated") or ())
    return bool(instance.get("Name") not in HOST_NAMES) and not is_switch


def host(instance: Instance) -> bool:
    """Pick the host among the computer systems."""
    return bool(instance.get("Name") in HOST_NAMES)


def in_state(enabled_state: int) -> Callable[[Instance], bool]:
    """Pick the virtual systems that show this EnabledState."""
    return lambda instance: virtual(instance) and instance.get("EnabledState") == enabled_state


def first(pick: Callable[[Instance], bool]) -> Callable[[Instance], bool]:
    """Pick only the first instance of those that another condition picks."""
    met: list[ObjectName] = []

    def chosen(instance: Instance) -> bool:
        if pick(instance) and not met:
            met.append(instance.path)
            return True
        return False

    return chosen


def end(role: str, classname: str) -> Callable[[Instance], bool]:
    """Pick association instances by the class of what is in one role."""
    return lambda instance: instance.get(role).classname == classname


def written_virtual(values: Values) -> bool:
    """Whether what is written about a computer system is about a virtual one."""
    return bool(values.get("Name") not in HOST_NAMES)


def part_of(label: str) -> Callable[[Instance], bool]:
    """Pick settings of virtual systems whose InstanceID ends in this: `/state`, `/defined`."""
    return lambda instance: (
        instance.classname == _SETTINGS and str(instance.get("InstanceID")).endswith(label)
    )
