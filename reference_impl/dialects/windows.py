"""What all dialects of Windows have in common: identifiers, units, and the look of systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor

from reference_impl.dialects.dialect import Choice, Context, Link, Linking, Scene, Translate
from reference_impl.dialects.identities import device, is_host, shown_system
from reference_impl.hypervisor.identity import SWITCH_NAME
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resource_kinds import CLOCK_SPEED, PROCESSOR
from reference_impl.hypervisor.store import Values
from reference_impl.schema import Schema
from reference_impl.values import Instance, ObjectName, Value

SYSTEM_SETTINGS = "CIM_VirtualSystemSettingData"
RESOURCE_SETTINGS = "CIM_ResourceAllocationSettingData"

SYSTEM_CLASSES = ("Msvm_ComputerSystem", "Msvm_VirtualComputerSystem")

#: Stands for the request to resume a paused system, which has the number of others.
RESUMING = -2

MAXIMUM_NAME_LENGTH = 100
NO_REQUEST = 12

#: Thousandths of a percent of a processor: 100000 are all of it.
PROCESSOR_UNITS = "percent / 1000"
WHOLE_PROCESSOR = 100_000

_PROCESSOR_TYPE = PROCESSOR.resource_type
_SWITCH = 38  # Dedicated

#: ResourceType and ResourceSubType.
SUBTYPES: Mapping[int, str] = {
    3: "Microsoft:Hyper-V:Processor",
    4: "Microsoft:Hyper-V:Memory",
    5: "Microsoft:Hyper-V:Emulated IDE Controller",
    10: "Microsoft:Hyper-V:Synthetic Ethernet Port",
    16: "Microsoft:Hyper-V:Synthetic DVD Drive",
    30: "Microsoft:Hyper-V:Ethernet Switch Port",
    31: "Microsoft:Hyper-V:Virtual Hard Disk",
    33: "Microsoft:Hyper-V:Ethernet Connection",
}

_SUBTYPED = {text.lower(): number for number, text in SUBTYPES.items()}

#: ResourceTypes that are shown in settings of a class of their own.
_SETTINGS_CLASSES: Mapping[int, str] = {
    3: "Msvm_ProcessorSettingData",
    4: "Msvm_MemorySettingData",
    10: "Msvm_SyntheticEthernetPortSettingData",
}

#: What no dialect shows: power is a matter of states, and migration has methods of its own.
ELSEWHERE = (
    "PowerManagementCapabilities",
    "PowerManagementService",
    "ProcessorCapabilities",
    "VirtualSystemMigrationCapabilities",
    "VirtualSystemMigrationService",
    "VirtualSystemMigrationSettingData",
)

#: Associations that every dialect shows in classes of the same names.
LINKS = (
    "ActiveConnection",
    "AffectedJobElement",
    "ConcreteComponent",
    "ElementCapabilities",
    "HostedService",
    "ResourceAllocationFromPool",
    "ServiceAffectsElement",
    "SettingsDefineCapabilities",
    "SystemDevice",
    "VirtualSystemSettingDataComponent",
)

_TYPE_OF_CLASS: Mapping[str, int] = {
    **{classname: number for number, classname in _SETTINGS_CLASSES.items()},
    "Msvm_StorageAllocationSettingData": 31,
    "Msvm_EthernetPortAllocationSettingData": 33,
}


# -- classes ---------------------------------------------------------------------------------------


def resource_settings_class(other: str) -> Callable[[Values], str]:
    """Return what chooses the class of resource settings; `other` is that of most."""
    return lambda values: _SETTINGS_CLASSES.get(values.get("ResourceType", 0), other)


def pool_class(values: Values) -> str:
    """Return the class of a resource pool."""
    processors = values.get("ResourceType") == _PROCESSOR_TYPE
    return "Msvm_ProcessorPool" if processors else "Msvm_ResourcePool"


def ports(of_switch: str) -> Callable[[Values], str]:
    """Return what chooses the class of an Ethernet port; `of_switch` is that of a switch."""

    def chosen(values: Values) -> str:
        if "Switch" in str(values.get("SystemCreationClassName")):
            return of_switch
        return "Msvm_ExternalEthernetPort" if is_of_host(values) else "Msvm_SyntheticEthernetPort"

    return chosen


def is_of_host(values: Values) -> bool:
    """Whether something belongs to the host, whose devices are called so."""
    return str(values.get("DeviceID")).startswith("host-")


def is_switch(values: Values) -> bool:
    """Whether the values are those of a virtual switch."""
    return _SWITCH in (values.get("Dedicated") or ())


def systems(virtual: str, switch: str, host: str | None = None) -> Callable[[Values], str]:
    """Return what chooses the class of a computer system; a host may have its own."""

    def chosen(values: Values) -> str:
        if is_switch(values):
            return switch
        return host if host is not None and is_host(str(values.get("Name"))) else virtual

    return chosen


def msvm(*names: str) -> dict[str, Choice]:
    """Return CIM classes by the vendor's classes of the same names."""
    return {f"CIM_{name}": f"Msvm_{name}" for name in names}


def hidden(*names: str) -> dict[str, Choice]:
    """Return CIM classes that are not shown."""
    return {f"CIM_{name}": None for name in names}


# -- associations ----------------------------------------------------------------------------------


def only(condition: Callable[[Values], bool], classname: str) -> Linking:
    """Return what shows an association in a class where a condition holds, and hides others."""
    return lambda values: Link(classname) if condition(values) else None


def always(classname: str, roles: Mapping[str, str] | None = None, **values: Value) -> Linking:
    """Return what shows every association in a class, with other roles and more values."""
    link = Link(classname, roles or {}, values)
    return lambda _values: link


def linked(*names: str) -> dict[str, Linking]:
    """Return associations by what shows them in the vendor's classes of the same names."""
    return {f"CIM_{name}": always(f"Msvm_{name}") for name in names}


def never(_values: Values) -> Link | None:
    """Hide an association."""
    return None


def hosts_system(values: Values) -> bool:
    """Whether a dependency is that of a virtual system on its host, not that of a switch."""
    name = values.get("Dependent")
    return isinstance(name, ObjectName) and name.classname in SYSTEM_CLASSES


def not_of_settings(values: Values) -> bool:
    """Whether settings are linked to what they are settings of, not to other settings."""
    name = values.get("ManagedElement")
    return isinstance(name, ObjectName) and not name.classname.endswith("SettingData")


# -- values of the hypervisor, as they are shown -------------------------------------------------


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


def device_id(value: Value, context: Context) -> Value:
    """Show the DeviceID of a device."""
    return device(str(context.values.get("SystemName")), value)


def units(value: Value, context: Context) -> Value:
    """Show AllocationUnits, of pools and of resources."""
    if context.values.get("ResourceType") == _PROCESSOR_TYPE:
        return PROCESSOR_UNITS
    return _spaced(value)


def quantity_units(value: Value, context: Context) -> Value:
    """Show VirtualQuantityUnits."""
    return PROCESSOR_UNITS if _measures_clock(context.values) else _spaced(value)


def quantity(value: Value, context: Context) -> Value:
    """Show VirtualQuantity, which for processors of a pool may be a clock rate."""
    return amount(value, context) if _measures_clock(context.values) else value


def share(value: Value, context: Context) -> Value:
    """Show what is reserved, or can be at most, for all processors of a system together."""
    if value is None or context.values.get("ResourceType") != _PROCESSOR_TYPE:
        return value
    if _measures_clock(context.values):
        return amount(value, context)
    number = context.values.get("VirtualQuantity") or 1
    return floor(Fraction(value * WHOLE_PROCESSOR, CLOCK_SPEED * number))


def amount(value: Value, context: Context) -> Value:
    """Show how much a pool has, or has reserved."""
    if value is None or context.values.get("ResourceType") != _PROCESSOR_TYPE:
        return value
    return floor(Fraction(value * WHOLE_PROCESSOR, CLOCK_SPEED))


def _measures_clock(values: Values) -> bool:
    """Whether VirtualQuantity is no number of processors but a clock rate."""
    return str(values.get("VirtualQuantityUnits")).startswith(("hertz", "percent"))


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


# -- values that are shown beside those of the hypervisor ----------------------------------------


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


# -- values that clients send, as the hypervisor takes them --------------------------------------


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
    if meant.get("ResourceType") == _PROCESSOR_TYPE:
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
    if _measures_clock(values):
        number = 1
        measured.append("VirtualQuantity")
        values["VirtualQuantityUnits"] = values["AllocationUnits"] = PROCESSOR.units
    else:
        number = values.get("VirtualQuantity") or _processors_of(values.get("InstanceID"), scene)
    for name in measured:
        if values.get(name) is not None:
            values[name] = ceil(Fraction(values[name] * CLOCK_SPEED * number, WHOLE_PROCESSOR))


def _processors_of(instance: str | None, scene: Scene) -> int:
    """Return how many processors the settings of this InstanceID are about, 1 for none such."""
    found = scene.hypervisor.systems.allocation(instance) if instance else None
    return int(found[2].settings["VirtualQuantity"]) if found else 1
