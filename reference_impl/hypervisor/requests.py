"""Reads the settings that clients send: embedded instances of settings of systems and resources."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.host import MAXIMUM_NAME_LENGTH, SYSTEM_TYPES
from reference_impl.hypervisor.object_paths import written
from reference_impl.hypervisor.records import Configuration, Wanted
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resource_kinds import INDISPENSABLE
from reference_impl.hypervisor.resources import kind_requested
from reference_impl.hypervisor.store import Values
from reference_impl.schema import ClassDef, PropertyDef, Schema
from reference_impl.values import Instance, Value

ANY_SETTINGS = "CIM_SettingData"
SYSTEM_SETTINGS = "CIM_VirtualSystemSettingData"
SWITCH_SETTINGS = "CIM_VirtualEthernetSwitchSettingData"
RESOURCE_SETTINGS = "CIM_ResourceAllocationSettingData"

#: Settings of a system that clients may choose; what is not named here is the hypervisor's.
CHOSEN = frozenset(
    {
        "AutomaticRecoveryAction",
        "AutomaticShutdownAction",
        "AutomaticStartupAction",
        "AutomaticStartupActionDelay",
        "AutomaticStartupActionSequenceNumber",
        "Caption",
        "ConfigurationID",
        "Description",
        "ElementName",
        "Notes",
        "VirtualSystemIdentifier",
        "VirtualSystemType",
    }
)

#: Settings of a snapshot that clients may choose; all others are those of its system.
OF_SNAPSHOT = frozenset({"Caption", "ConfigurationID", "Description", "ElementName", "Notes"})

#: Settings that a client may send back as it has read them, without effect.
ASSIGNED = frozenset({"CreationTime", "InstanceID"})

DEFAULTS: Values = {
    "VirtualSystemType": SYSTEM_TYPES[0],
    "AutomaticStartupAction": 2,
    "AutomaticShutdownAction": 2,
    "AutomaticRecoveryAction": 2,
}


def expect_class(schema: Schema, instance: Instance, classname: str) -> Instance:
    """Return an embedded instance of a class. Raises `Refused` for one of another class."""
    if not schema.is_a(instance.classname, classname):
        raise Refused(
            INVALID_PARAMETER, f"expected an instance of {classname}, found {instance.classname}"
        )
    return instance


def chosen_settings(schema: Schema, given: Instance) -> Values:
    """Return the system settings that a client chose, checked one by one.

    Raises `Refused` for a setting that cannot be chosen and for a value that is not possible.
    """
    if schema.is_a(given.classname, SWITCH_SETTINGS):
        raise Refused(INVALID_PARAMETER, "virtual switches are not defined or changed by clients")
    found = schema.class_named(expect_class(schema, given, SYSTEM_SETTINGS).classname)
    settings = {n: v for n, v in given.values.items() if v is not None and n not in ASSIGNED}
    for name, value in settings.items():
        if not _choosable(found, name) and not _is_default(found, name, value):
            raise Refused(INVALID_PARAMETER, f"{name} cannot be chosen")
        _check_value(found, name, value)
    settings = {n: v for n, v in settings.items() if _choosable(found, n)}
    _check_name(settings.get("ElementName", "a name"))
    system_type = settings.get("VirtualSystemType", SYSTEM_TYPES[0])
    if system_type not in SYSTEM_TYPES:
        raise Refused(INVALID_PARAMETER, f"VirtualSystemType {system_type!r} is not supported")
    return settings


def snapshot_settings(schema: Schema, given: Instance | None) -> Values:
    """Return what a client chose of the settings of a snapshot; nothing is as good as any.

    What belongs to the system is not taken from here, so that settings can be sent back as
    they were read. Raises `Refused` for settings of another class and impossible values.
    """
    if given is None:
        return {}
    found = schema.class_named(expect_class(schema, given, ANY_SETTINGS).classname)
    chosen = {n: v for n, v in given.values.items() if v is not None and n in OF_SNAPSHOT}
    for name, value in chosen.items():
        _check_value(found, name, value)
    _check_name(chosen.get("ElementName", "a name"))
    return chosen


def requested_resources(
    schema: Schema, configurations: Configurations, given: Sequence[Instance]
) -> list[Wanted]:
    """Return what resource settings ask for, completed but not attached. Raises `Refused`.

    The InstanceID of a request is what the Parent of others in the same call may say.
    """
    wanted = []
    for each in given:
        kind = kind_requested(expect_class(schema, each, RESOURCE_SETTINGS))
        settings = configurations.prepared(kind, requested(schema, each))
        wanted.append(Wanted(kind, settings, label=each.get("InstanceID")))
    return wanted


def requested(schema: Schema, given: Instance) -> Values:
    """Return the values of a resource request without those that only repeat schema defaults."""
    found = schema.class_named(given.classname)
    return {
        name: value for name, value in given.values.items() if not _is_default(found, name, value)
    }


def with_referenced(
    configurations: Configurations, wanted: list[Wanted], reference: Configuration | None
) -> list[Wanted]:
    """Add what a definition leaves open: resources of the reference, or the indispensable ones.

    Kinds that the client asked for are not taken from the reference configuration, nor is what
    is attached to them there. Addresses are not copied; they belong to one system only.
    """
    asked = {each.kind.noun for each in wanted}
    copied = _copied(configurations, reference, asked) if reference else []
    known = asked | {each.kind.noun for each in copied}
    added = [
        Wanted(kind, configurations.prepared(kind, {}))
        for kind in INDISPENSABLE
        if kind.noun not in known
    ]
    return [*wanted, *copied, *added]


def _copied(
    configurations: Configurations, reference: Configuration, asked: Collection[str]
) -> list[Wanted]:
    copied = [each for each in reference.allocations.values() if each.kind.noun not in asked]
    labels = {None, *(written(each.name) for each in copied)}
    return [
        Wanted(
            each.kind,
            configurations.prepared(each.kind, _copyable(each.settings)),
            label=written(each.name),
        )
        for each in copied
        if each.settings.get("Parent") in labels
    ]


def _copyable(settings: Values) -> Values:
    return {name: value for name, value in settings.items() if name != "Address"}


def _choosable(found: ClassDef | None, name: str) -> bool:
    """Whether clients may choose a setting of a system, as they may whatever a vendor adds."""
    declared = found.property_named(name) if found else None
    return name in CHOSEN or (declared is not None and not declared.class_origin.startswith("CIM_"))


def _is_default(found: ClassDef | None, name: str, value: Value) -> bool:
    declared = found.property_named(name) if found else None
    return declared is not None and declared.default is not None and declared.default == value


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAXIMUM_NAME_LENGTH:
        raise Refused(
            INVALID_PARAMETER, f"ElementName has {len(name)} of 1..{MAXIMUM_NAME_LENGTH} characters"
        )


def _check_value(found: ClassDef | None, name: str, value: Value) -> None:
    declared = found.property_named(name) if found else None
    if declared is None or (declared.valuemap is None and declared.maxlen is None):
        return
    if declared.maxlen is not None and isinstance(value, str) and len(value) > declared.maxlen:
        raise Refused(INVALID_PARAMETER, f"{name} has more than {declared.maxlen} characters")
    if declared.valuemap is not None and not _in_map(declared, value):
        raise Refused(INVALID_PARAMETER, f"{name} {value} is not in its value map")


def _in_map(declared: PropertyDef, value: Value) -> bool:
    return declared.type == "string" or str(value) in declared.values
