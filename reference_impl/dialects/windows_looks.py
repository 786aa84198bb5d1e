"""How Windows shows values, whatever the dialect: identifiers, units, the look of systems."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor

from reference_impl.dialects.dialect import Context, Translate
from reference_impl.dialects.identities import device, is_host, shown_system
from reference_impl.dialects.windows_units import (
    PROCESSOR_TYPE,
    PROCESSOR_UNITS,
    STEP,
    SUBTYPES,
    WHOLE_PROCESSOR,
    measures_clock,
)
from reference_impl.hypervisor.identity import SWITCH_NAME
from reference_impl.hypervisor.resource_kinds import CLOCK_SPEED
from reference_impl.hypervisor.store import Values
from reference_impl.values import Value

SYSTEM_SETTINGS = "CIM_VirtualSystemSettingData"
RESOURCE_SETTINGS = "CIM_ResourceAllocationSettingData"

#: Stands for the request to resume a paused system, which has the number of others.
RESUMING = -2

MAXIMUM_NAME_LENGTH = 100
NO_REQUEST = 12

#: What can be reserved of the processors of a system, by the end of the InstanceID of settings
#: that say so.
_BOUNDS = {"minimum": 0, "maximum": WHOLE_PROCESSOR, "increment": STEP}


def const(value: Value) -> Translate:
    """Return what shows the same value always."""
    return lambda _value, _context: value


def instance_id(value: Value, context: Context) -> Value:
    """Show an InstanceID."""
    return context.names.instance(value)


def pool_id(value: Value, context: Context) -> Value:
    """Show a PoolID."""
    return context.names.pool(value)


def path(value: Value, context: Context) -> Value:
    """Show a path, or several."""
    if isinstance(value, list):
        return [context.names.path(each) for each in value]
    return value if value is None else context.names.path(value)


def system_name(value: Value, context: Context) -> Value:
    """Show the Name of a system."""
    return context.names.host if is_host(value) else shown_system(value)


def identifier(value: Value, _context: Context) -> Value:
    """Show a VirtualSystemIdentifier."""
    return value if value is None else shown_system(value)


def device_id(value: Value, _context: Context) -> Value:
    """Show the DeviceID of a device."""
    return device(value)


def units(value: Value, context: Context) -> Value:
    """Show AllocationUnits, of pools and of resources."""
    if context.values.get("ResourceType") == PROCESSOR_TYPE:
        return PROCESSOR_UNITS
    return _spaced(value)


def quantity_units(value: Value, context: Context) -> Value:
    """Show VirtualQuantityUnits."""
    return PROCESSOR_UNITS if measures_clock(context.values) else _spaced(value)


def quantity(value: Value, context: Context) -> Value:
    """Show VirtualQuantity, which for processors of a pool may be a clock rate."""
    return amount(value, context) if measures_clock(context.values) else value


def share(value: Value, context: Context) -> Value:
    """Show what is reserved, or can be at most, for all processors of a system together."""
    if value is None or context.values.get("ResourceType") != PROCESSOR_TYPE:
        return value
    if measures_clock(context.values):
        return amount(value, context)
    bound = _BOUNDS.get(re.split(r"[/\\]", str(context.values.get("InstanceID")))[-1].lower())
    if bound is not None:
        return bound
    number = context.values.get("VirtualQuantity") or 1
    return value * WHOLE_PROCESSOR // (CLOCK_SPEED * number) // STEP * STEP


def amount(value: Value, context: Context) -> Value:
    """Show how much a pool has, or has reserved."""
    if value is None or context.values.get("ResourceType") != PROCESSOR_TYPE:
        return value
    return floor(Fraction(value * WHOLE_PROCESSOR, CLOCK_SPEED))


def enabled_state(
    stable: Mapping[int, int], passing: Mapping[int, int]
) -> Callable[[Value, Context], Value]:
    """Return what shows EnabledState: stable states by number, passing ones by the request.

    That of a system which is resumed is under RESUMING among the `passing` ones.
    """

    def shown(value: Value, context: Context) -> Value:
        request = context.values.get("TransitioningToState")
        resuming = request == _ENABLE and value == _PAUSED
        if resuming:
            return passing.get(RESUMING, value)
        if request is not None and request in passing and request != value:
            return passing[request]
        return stable.get(value, value)

    return shown


_ENABLE, _PAUSED = 2, 9


def requested_state(stable: Mapping[int, int]) -> Callable[[Value, Context], Value]:
    """Return what shows RequestedState: 12 when no change is in flight."""

    def shown(value: Value, context: Context) -> Value:
        in_flight = context.values.get("TransitioningToState") not in (None, 5, NO_REQUEST)
        return stable.get(value, value) if in_flight else NO_REQUEST

    return shown


def transitioning(value: Value, _context: Context) -> Value:
    """Show TransitioningToState, 12 when there is nothing."""
    return NO_REQUEST if value in (None, 5) else value


def error_code(value: Value, _context: Context) -> Value:
    """Show the ErrorCode of a job."""
    return 32768 if value else value


OUTWARD: Mapping[tuple[str, str], Translate] = {
    **{
        (classname, "InstanceID"): instance_id
        for classname in (
            "CIM_SettingData",
            "CIM_ResourcePool",
            "CIM_Capabilities",
            "CIM_ConcreteJob",
        )
    },
    **{(classname, "PoolID"): pool_id for classname in (RESOURCE_SETTINGS, "CIM_ResourcePool")},
    (RESOURCE_SETTINGS, "HostResource"): path,
    (RESOURCE_SETTINGS, "Parent"): path,
    (RESOURCE_SETTINGS, "AllocationUnits"): units,
    (RESOURCE_SETTINGS, "VirtualQuantityUnits"): quantity_units,
    (RESOURCE_SETTINGS, "VirtualQuantity"): quantity,
    (RESOURCE_SETTINGS, "Reservation"): share,
    (RESOURCE_SETTINGS, "Limit"): share,
    ("CIM_VirtualEthernetSwitchSettingData", "AssociatedResourcePool"): path,
    (SYSTEM_SETTINGS, "VirtualSystemIdentifier"): identifier,
    ("CIM_ResourcePool", "AllocationUnits"): units,
    ("CIM_ResourcePool", "Capacity"): amount,
    ("CIM_ResourcePool", "Reserved"): amount,
    ("CIM_LogicalDevice", "DeviceID"): device_id,
    ("CIM_ComputerSystem", "Name"): system_name,
    ("CIM_ComputerSystem", "NameFormat"): const(None),
    ("CIM_ComputerSystem", "OperationalStatus"): const([2]),
    ("CIM_ComputerSystem", "ResetCapability"): const(1),
    ("CIM_ComputerSystem", "AvailableRequestedStates"): const(None),
    ("CIM_ConcreteJob", "OperationalStatus"): const([2]),
    ("CIM_ConcreteJob", "HealthState"): const(5),
    ("CIM_ConcreteJob", "ErrorCode"): error_code,
}


def _spaced(unit: Value) -> Value:
    """Return a unit as Windows writes it."""
    return unit.replace("*", " * ") if isinstance(unit, str) else unit


def system_texts(context: Context) -> Values:
    """Describe a computer system: the host, a switch or a virtual system."""
    name = context.values.get("Name")
    if is_host(str(name)):
        return {
            "Caption": "Hosting Computer System",
            "Description": "Microsoft Hosting Computer System",
            "ElementName": context.names.host,
        }
    if name == SWITCH_NAME:
        return {"Caption": "Virtual Switch", "Description": "Microsoft Virtual Switch"}
    return {"Caption": "Virtual Machine", "Description": "Microsoft Virtual Computer System"}


def of_snapshot(context: Context) -> bool:
    """Whether settings of a system are those of a snapshot, by their InstanceID."""
    shown = context.names.instance(str(context.values.get("InstanceID")))
    return shown != f"Microsoft:{context.names.owner(shown).upper()}"


def subtype(context: Context) -> Values:
    """Name the kind of a resource, by its ResourceType."""
    named = SUBTYPES.get(context.values.get("ResourceType", 0))
    return {"ResourceSubType": named} if named else {}
