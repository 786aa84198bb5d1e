"""Hyper-V of Windows Server 2008 to 2012: namespace root/virtualization, no profiles at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reference_impl.dialects import windows_looks as looks
from reference_impl.dialects import windows_requests as requests
from reference_impl.dialects import windows_shapes as shapes
from reference_impl.dialects.dialect import (
    Choice,
    Context,
    Dialect,
    Scene,
    Translate,
    VendorClass,
)
from reference_impl.dialects.facts import JOB, embedded, given, method, properties
from reference_impl.dialects.global_settings import (
    ACTIONS,
    CLASS,
    GlobalSettings,
    followed,
    numbered_by_cim,
)
from reference_impl.dialects.hyperv_v1_methods import DECLARED, METHODS, WITHDRAWN
from reference_impl.dialects.hyperv_v1_states import ENABLED_STATE
from reference_impl.dialects.hyperv_v1_states import OUTWARD as STATES_OUTWARD
from reference_impl.dialects.identities import shown_system
from reference_impl.dialects.windows_classes import (
    ASSOCIATIONS,
    DEVICES,
    EVENTS,
    RESOURCES_V1,
    SUMMARY,
    derived,
    enumerated,
    settings,
)
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance

NAMESPACE = "root/virtualization"

_VIRTUAL_SYSTEM = "301"
_CURRENT, _SNAPSHOT = 3, 5
_SETTINGS = "Msvm_VirtualSystemSettingData"
_SWITCH_PORT_TYPE = 30

STATE_CHANGE = method(
    {"RequestedState": given("uint16"), "Job": JOB, "TimeoutPeriod": given("datetime")}
)

#: Classes that the preview of 2006 has as well.
COMMON_CLASSES = (
    *EVENTS,
    *ASSOCIATIONS,
    *DEVICES,
    *RESOURCES_V1,
    SUMMARY,
    *derived("DeviceSAPImplementation HostedAccessPoint"),
    settings("VirtualSwitch", "ComputerSystem", ScopeOfResidence="string"),
    settings("SwitchLANEndpoint", "LANEndpoint", Connected="boolean"),
    VendorClass("Msvm_SwitchPort", "CIM_EthernetPort"),
    settings("VmLANEndpoint", "LANEndpoint", Connected="boolean"),
    settings(
        "VirtualSystemSettingData",
        "VirtualSystemSettingData",
        BIOSGUID="string",
        BIOSSerialNumber="string",
        BIOSNumLock="boolean",
        BootOrder="uint16[]",
        SettingType="uint16",
    ),
    VendorClass("Msvm_Error", "CIM_Error"),
    VendorClass(
        "Msvm_ConcreteJob",
        properties=properties(Cancellable="boolean"),
        methods={"GetErrorEx": method({"Errors": embedded("CIM_Error", array=True, out=True)})},
    ),
)

CLASSES = (
    *COMMON_CLASSES,
    *derived("ElementAllocatedFromPool"),
    VendorClass(
        "Msvm_ComputerSystem",
        properties={
            "EnabledState": ENABLED_STATE,
            **properties(
                OnTimeInMilliseconds="uint64",
                TimeOfLastConfigurationChange="datetime",
                ProcessID="uint32",
                AssignedNumaNodeList="uint16[]",
            ),
        },
        methods={"RequestStateChange": STATE_CHANGE},
    ),
    VendorClass("Msvm_LastAppliedSettingData", "CIM_ElementSettingData"),
    VendorClass("Msvm_PreviousSettingData", "CIM_ElementSettingData"),
    VendorClass(
        CLASS,
        "CIM_VirtualSystemSettingData",
        {
            **{
                name: enumerated("uint16", {0: "None", 1: "Default", 2: "Always"})
                for name in ACTIONS
            },
            **properties(
                ExternalDataRoot="string", SnapshotDataRoot="string", SettingType="uint16"
            ),
        },
    ),
    VendorClass("Msvm_VirtualSystemManagementService", methods=DECLARED),
)


def not_of_switch_ports(choice: Choice) -> Callable[[Values], str | None]:
    """Return what chooses a class, but hides what is about ports that a switch itself has."""

    def chosen(values: Values) -> str | None:
        if values.get("ResourceType") == _SWITCH_PORT_TYPE:
            return None
        return choice(values) if callable(choice) else choice

    return chosen


def _endpoint_class(values: Values) -> str:
    of_system = values.get("SystemCreationClassName") in shapes.SYSTEM_CLASSES and shown_system(
        str(values.get("SystemName")).lower()
    ) == values.get("SystemName")
    return "Msvm_VmLANEndpoint" if of_system else "Msvm_SwitchLANEndpoint"


#: Classes as the preview of 2006 shows them as well.
COMMON_SHOWN: Mapping[str, Choice] = {
    **shapes.msvm(
        "ConcreteJob",
        "DVDDrive",
        "IDEController",
        "LogicalDisk",
        "Memory",
        "Processor",
        "VirtualSystemManagementService",
        "VirtualSystemSettingData",
    ),
    **shapes.hidden(
        *shapes.ELSEWHERE,
        "EnabledLogicalElementCapabilities",
        "RegisteredProfile",
        "VirtualEthernetSwitchSettingData",
        "VirtualSystemSnapshotCapabilities",
        "VirtualSystemSnapshotService",
        "VirtualSystemSnapshotServiceCapabilities",
    ),
    "CIM_AllocationCapabilities": not_of_switch_ports("Msvm_AllocationCapabilities"),
    "CIM_EthernetPort": shapes.ports("Msvm_SwitchPort"),
    "CIM_EthernetPortAllocationSettingData": not_of_switch_ports(
        shapes.resource_settings_class("Msvm_ResourceAllocationSettingData")
    ),
    "CIM_LANEndpoint": _endpoint_class,
    "CIM_ResourceAllocationSettingData": shapes.resource_settings_class(
        "Msvm_ResourceAllocationSettingData"
    ),
    "CIM_ResourcePool": not_of_switch_ports(shapes.pool_class),
    "CIM_StorageAllocationSettingData": "Msvm_StorageAllocationSettingData",
}

SHOWN: Mapping[str, Choice] = {
    **COMMON_SHOWN,
    **shapes.hidden(
        "ResourcePoolConfigurationCapabilities",
        "ResourcePoolConfigurationService",
        "VirtualSystemManagementCapabilities",
    ),
    "CIM_ComputerSystem": shapes.systems("Msvm_ComputerSystem", "Msvm_VirtualSwitch"),
}

_AS_SETTINGS = {"Antecedent": "ManagedElement", "Dependent": "SettingData"}

LINKS = {
    **shapes.linked(
        *shapes.LINKS,
        "DeviceSAPImplementation",
        "ElementAllocatedFromPool",
        "HostedAccessPoint",
        "SettingsDefineState",
    ),
    "CIM_ElementSettingData": shapes.only(shapes.not_of_settings, "Msvm_ElementSettingData"),
    "CIM_HostedDependency": shapes.only(shapes.hosts_system, "Msvm_HostedDependency"),
    "CIM_HostedResourcePool": shapes.never,
    "CIM_LastAppliedSnapshot": shapes.always(
        "Msvm_LastAppliedSettingData", {"Dependent": "ManagedElement", "Antecedent": "SettingData"}
    ),
    "CIM_MostCurrentSnapshotInBranch": shapes.always("Msvm_PreviousSettingData", _AS_SETTINGS),
    "CIM_OwningJobElement": shapes.never,
    "CIM_SnapshotOfVirtualSystem": shapes.always("Msvm_ElementSettingData", _AS_SETTINGS),
}


def setting_type(context: Context) -> Values:
    """Tell the settings of a system from those of its snapshots."""
    of_snapshot = looks.of_snapshot(context)
    return {
        "SettingType": _SNAPSHOT if of_snapshot else _CURRENT,
        "VirtualSystemType": _VIRTUAL_SYSTEM,
    }


_INWARD = requests.inward(frozenset({_VIRTUAL_SYSTEM}))


def _inward(instance: Instance, scene: Scene) -> Instance:
    translated = _INWARD(instance, scene)
    if instance.classname != CLASS:
        return translated
    schema = scene.hypervisor.store.repository.schema
    return Instance(_SETTINGS, numbered_by_cim(requests.of_cim(schema, translated)))


OUTWARD: Mapping[tuple[str, str], Translate] = {
    **looks.OUTWARD,
    **STATES_OUTWARD,
    (looks.SYSTEM_SETTINGS, "VirtualSystemType"): looks.const(_VIRTUAL_SYSTEM),
    **{(_SETTINGS, name): looks.const(None) for name in ACTIONS},
}

FIXED = {
    "CIM_ComputerSystem": looks.system_texts,
    "CIM_ResourcePool": looks.subtype,
    looks.RESOURCE_SETTINGS: looks.subtype,
    "CIM_AllocationCapabilities": looks.subtype,
    _SETTINGS: setting_type,
    CLASS: lambda _context: {"VirtualSystemType": _VIRTUAL_SYSTEM},
}

HYPERV_V1 = Dialect(
    name="hyperv-v1",
    namespace=NAMESPACE,
    classes=CLASSES,
    shown=SHOWN,
    links=LINKS,
    beside={},
    outward=OUTWARD,
    inward=_inward,
    fixed=FIXED,
    methods=lambda _scene: METHODS,
    withdrawn=WITHDRAWN,
    read_only=("CIM_ComputerSystem",),
    followers={_SETTINGS: followed},
    companions=(GlobalSettings,),
)
