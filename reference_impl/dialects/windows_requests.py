"""The settings that clients of Windows send, in the words of the hypervisor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil

from reference_impl.dialects.dialect import Scene
from reference_impl.dialects.windows_looks import (
    MAXIMUM_NAME_LENGTH,
    RESOURCE_SETTINGS,
    SYSTEM_SETTINGS,
)
from reference_impl.dialects.windows_shapes import SETTINGS_CLASSES
from reference_impl.dialects.windows_units import (
    PROCESSOR_TYPE,
    PROCESSOR_UNITS,
    STEP,
    SUBTYPES,
    WHOLE_PROCESSOR,
    measures_clock,
)
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resource_kinds import CLOCK_SPEED, PROCESSOR
from reference_impl.hypervisor.store import Values
from reference_impl.schema import Schema
from reference_impl.values import Instance

_SUBTYPED = {text.lower(): number for number, text in SUBTYPES.items()}

_TYPE_OF_CLASS: Mapping[str, int] = {
    **{classname: number for number, classname in SETTINGS_CLASSES.items()},
    "Msvm_StorageAllocationSettingData": 31,
    "Msvm_EthernetPortAllocationSettingData": 33,
}


def inward(system_types: frozenset[str]) -> Callable[[Instance, Scene], Instance]:
    """Return what translates the settings that clients send.

    `system_types` are those that are shown of all systems, so that a client that names one of
    them names nothing particular.
    """

    def translated(instance: Instance, scene: Scene) -> Instance:
        schema = scene.hypervisor.store.repository.schema
        values = dict(instance.values)
        if schema.is_a(instance.classname, SYSTEM_SETTINGS):
            values = _system_settings(values, system_types)
        elif schema.is_a(instance.classname, RESOURCE_SETTINGS):
            values = _resource_settings(of_cim(schema, instance), instance.classname, scene)
        return Instance(instance.classname, values)

    return translated


def of_cim(schema: Schema, instance: Instance) -> Values:
    """Return the values of properties that the vendor's class has from the CIM schema."""
    found = schema.class_named(instance.classname)
    own = {
        prop.name
        for prop in (found.all_properties.values() if found else ())
        if prop.class_origin.startswith("Msvm_")
    }
    return {name: value for name, value in instance.values.items() if name not in own}


def _system_settings(values: Values, system_types: frozenset[str]) -> Values:
    name = values.get("ElementName")
    if name is not None and len(name) > MAXIMUM_NAME_LENGTH:
        raise Refused(INVALID_PARAMETER, f"ElementName has more than {MAXIMUM_NAME_LENGTH}")
    if values.get("VirtualSystemType") in system_types:
        del values["VirtualSystemType"]
    if values.get("VirtualSystemIdentifier"):
        values["VirtualSystemIdentifier"] = values["VirtualSystemIdentifier"].lower()
    return values


def _resource_settings(values: Values, classname: str, scene: Scene) -> Values:
    meant = dict(values)
    subtype_said = str(meant.pop("ResourceSubType", "")).lower()
    named = _SUBTYPED.get(subtype_said, _TYPE_OF_CLASS.get(classname))
    if named is not None:
        meant.setdefault("ResourceType", named)
    if meant.get("PoolID") is not None:
        meant["PoolID"] = scene.names.pool_meant(meant["PoolID"])
    if meant.get("Parent"):
        meant["Parent"] = scene.names.path_meant(meant["Parent"])
    if meant.get("HostResource"):
        meant["HostResource"] = [
            scene.names.path_meant(each) for each in meant["HostResource"] if each is not None
        ]
    if meant.get("ResourceType") == PROCESSOR_TYPE:
        _processor_settings(meant, scene)
    return {name: value for name, value in meant.items() if value is not None}


def _processor_settings(values: Values, scene: Scene) -> None:
    """Turn what is asked for all processors together into a clock rate."""
    said = values.get("AllocationUnits")
    if said is not None and said.replace(" ", "") == PROCESSOR_UNITS.replace(" ", ""):
        del values["AllocationUnits"]
    elif said is not None:
        return
    measured = ["Reservation", "Limit"]
    if measures_clock(values):
        number = 1
        measured.append("VirtualQuantity")
        values["VirtualQuantityUnits"] = values["AllocationUnits"] = PROCESSOR.units
    else:
        number = values.get("VirtualQuantity") or _processors_of(values.get("InstanceID"), scene)
        for name in measured:
            _check_share(name, values.get(name))
    for name in measured:
        if values.get(name) is not None:
            values[name] = ceil(Fraction(values[name] * CLOCK_SPEED * number, WHOLE_PROCESSOR))


def _check_share(name: str, share: int | None) -> None:
    if share is not None and (share > WHOLE_PROCESSOR or share % STEP):
        steps = f"0..{WHOLE_PROCESSOR} by steps of {STEP}"
        raise Refused(INVALID_PARAMETER, f"{name} {share} is none of {steps}")


def _processors_of(instance: str | None, scene: Scene) -> int:
    """Return how many processors the settings of this InstanceID are about, 1 for none such."""
    found = scene.hypervisor.systems.allocation(instance) if instance else None
    return int(found[2].settings["VirtualQuantity"]) if found else 1
