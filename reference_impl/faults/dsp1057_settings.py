"""Faults of the configurations of virtual systems, and of their devices (DSP1057)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import at
from reference_impl.faults.selection import end, first, is_of, part_of
from reference_impl.hypervisor.identity import system_name
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName

_SYSTEM = "CIM_ComputerSystem"
_SETTINGS = "CIM_VirtualSystemSettingData"
_MARKS = "CIM_ElementSettingData"
_DEVICE = "CIM_LogicalDevice"


def _of_active_system(it: Edit) -> Callable[[Instance], bool]:
    """Pick the links of the active system to what defines its state."""
    return at("ManagedElement", it.system(State.ACTIVE).name)


def _of_settings(link: Values) -> bool:
    """Whether what is written about a mark is about the settings of a virtual system."""
    element = link["ManagedElement"]
    return isinstance(element, ObjectName) and is_of(_SETTINGS)(element)


def _shared_state_configuration(it: Edit) -> None:
    """Let the defined system have the state configuration of the active one."""
    defined = it.system(State.DEFINED)
    it.redirect(
        "CIM_SettingsDefineState",
        lambda each: each.get("ManagedElement") == defined.name,
        "SettingData",
        it.system(State.ACTIVE).current.name,
    )


def _add_configuration(it: Edit, is_next: int) -> None:
    """Add a configuration to the active system that is not its default one."""
    system = it.system(State.ACTIVE)
    another = it.double(_SETTINGS, system.defined.name, InstanceID="cimconform:another")[0]
    it.add(
        _MARKS,
        ManagedElement=system.current.name,
        SettingData=another.path,
        IsDefault=2,
        IsNext=is_next,
    )


def _two_for_a_single_use(it: Edit) -> None:
    it.set(_MARKS, first(end("ManagedElement", _SETTINGS)), IsNext=3)
    _add_configuration(it, 3)


def _at_the_system(it: Edit) -> None:
    system = it.system(State.ACTIVE)
    it.add(
        _MARKS,
        ManagedElement=system.name,
        SettingData=system.defined.name,
        IsDefault=1,
        IsNext=1,
    )


def _shared_allocation(it: Edit) -> None:
    system = it.system(State.ACTIVE)
    it.add(
        "CIM_VirtualSystemSettingDataComponent",
        GroupComponent=it.system(State.PAUSED).defined.name,
        PartComponent=next(iter(system.defined.allocations)),
    )


def _shared_device(it: Edit) -> None:
    device = it.one(_DEVICE, lambda each: each.get("SystemName") == system_name(1))
    it.add(
        "CIM_SystemDevice",
        GroupComponent=it.system(State.PAUSED).name,
        PartComponent=device.path,
    )


def _idle_device(it: Edit) -> None:
    """Give the defined system an enabled device, with all its links."""
    system = it.system(State.DEFINED)
    allocation = next(iter(system.defined.allocations.values()))
    device = it.double(_DEVICE, 0, SystemName=system.name.key("Name"))[0].path
    it.add("CIM_SystemDevice", GroupComponent=system.name, PartComponent=device)
    it.add("CIM_SettingsDefineState", ManagedElement=device, SettingData=allocation.name)
    it.add("CIM_ElementAllocatedFromPool", Antecedent=allocation.claim.pool.name, Dependent=device)


FAULTS = (
    Fault(
        name="vs-state-settings-missing",
        statement="A virtual system has no state configuration.",
        breaks=("DSP1057:state-settings",),
        edit=lambda it: it.drop("CIM_SettingsDefineState", _of_active_system(it)),
    ),
    Fault(
        name="vs-default-settings-unmarked",
        statement="No configuration is marked as the defined one.",
        breaks=("DSP1057:defined-settings",),
        bend=lambda it: it.always(_MARKS, _of_settings, IsDefault=2),
    ),
    Fault(
        name="vs-settings-named-without-organization",
        statement="The identifiers of state configurations have no organization.",
        breaks=("DSP1057:settings.instance-id",),
        edit=lambda it: it.double(
            "CIM_VirtualSystemSettingData", first(part_of("/state")), InstanceID="state"
        ),
    ),
    Fault(
        name="vs-device-without-settings",
        statement="A virtual processor is not linked to the settings that define its state.",
        breaks=("DSP1044:device.state", "DSP1057:device.settings"),
        edit=lambda it: it.drop(
            "CIM_SettingsDefineState", first(end("ManagedElement", "CIM_Processor"))
        ),
    ),
    Fault(
        name="vs-state-settings-reversed",
        statement="A state configuration is linked as if the system defined its state.",
        breaks=("CIM:reference-class", "DSP1057:state-settings"),
        edit=lambda it: it.swap("CIM_SettingsDefineState", _of_active_system(it)),
    ),
    Fault(
        name="vs-state-settings-shared",
        statement="Two virtual systems have the same state configuration.",
        breaks=("DSP1057:state-settings.system",),
        edit=_shared_state_configuration,
    ),
    Fault(
        name="vs-state-settings-unnamed",
        statement="A state configuration has no name.",
        breaks=("CIM:required-properties", "DSP1057:state-settings.names"),
        edit=lambda it: it.blank(_SETTINGS, first(part_of("/state")), "ElementName"),
    ),
    Fault(
        name="vs-next-unmarked",
        statement="The defined configuration does not say whether it comes next.",
        breaks=("DSP1057:configuration.marks",),
        edit=lambda it: it.blank(_MARKS, first(end("ManagedElement", _SETTINGS)), "IsNext"),
    ),
    Fault(
        name="vs-next-twice",
        statement="Two configurations of a virtual system are marked as next.",
        breaks=("DSP1057:next-settings",),
        edit=lambda it: _add_configuration(it, 1),
    ),
    Fault(
        name="vs-next-for-single-use-twice",
        statement="Two configurations of a virtual system are marked as next for a single use.",
        breaks=("DSP1057:next-settings.once",),
        edit=_two_for_a_single_use,
    ),
    Fault(
        name="vs-configuration-of-the-system",
        statement="A configuration is attached to the virtual system itself.",
        breaks=("DSP1057:configuration.ends",),
        edit=_at_the_system,
    ),
    Fault(
        name="vs-allocation-shared",
        statement="A resource allocation belongs to the configurations of two virtual systems.",
        breaks=("DSP1044:state.request.system", "DSP1057:allocation.configuration"),
        edit=_shared_allocation,
    ),
    Fault(
        name="vs-device-shared",
        statement="A device belongs to two virtual systems.",
        breaks=(
            "CIM:association-cardinality",
            "DSP1022:processor.system",
            "DSP1044:device.state.system",
            "DSP1044:device.system",
            "DSP1044:system.processors",
            "DSP1052:device.keys",
            "DSP1057:device.system",
        ),
        edit=_shared_device,
    ),
    Fault(
        name="vs-device-of-another-system",
        statement="The keys of a memory name a system that it does not belong to.",
        breaks=("DSP1026:memory.keys", "DSP1052:device.keys", "DSP1057:device.keys"),
        bend=lambda it: it.always(
            "CIM_Memory",
            lambda written: bool(written["SystemName"] == system_name(1)),
            SystemName="another system",
        ),
    ),
    Fault(
        name="vs-device-enabled-while-defined",
        statement="A virtual system that is merely defined has an enabled device.",
        breaks=(
            "DSP1044:device.released",
            "DSP1044:device.state.system",
            "DSP1044:state.request",
            "DSP1057:device.inactive",
        ),
        edit=_idle_device,
    ),
    Fault(
        name="vs-type-not-supported",
        statement="A virtual system has a type that the host does not list.",
        breaks=("DSP1057:settings.type",),
        edit=lambda it: it.set(
            _SETTINGS, first(part_of("/state")), VirtualSystemType="cimconform:Unheard-of"
        ),
    ),
    Fault(
        name="vs-startup-action-out-of-map",
        statement="What happens to a virtual system when the host starts is nothing known.",
        breaks=("CIM:value-map", "DSP1057:settings.actions"),
        edit=lambda it: it.set(_SETTINGS, first(part_of("/defined")), AutomaticStartupAction=9),
    ),
    Fault(
        name="vs-startup-delay-of-no-length",
        statement="The delay of the automatic start is a point in time.",
        breaks=("DSP1057:settings.startup-delay",),
        edit=lambda it: it.set(
            _SETTINGS,
            first(part_of("/defined")),
            AutomaticStartupActionDelay="20260101000000.000000+000",
        ),
    ),
)
