"""Faults of what only the dialects of Windows have: planned systems, special links, queries."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import first, virtual
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import Instance

ALL = frozenset({"hyperv-v1", "hyperv-v2", "windows-2006"})
V1 = frozenset({"hyperv-v1"})
V2 = frozenset({"hyperv-v2"})
PREVIEW = frozenset({"windows-2006"})

_SERVICE = "Msvm_VirtualSystemManagementService"
_SETTINGS = "Msvm_VirtualSystemSettingData"
_PLANNED = "Msvm_PlannedComputerSystem"
_POOLS = "Msvm_ResourcePoolConfigurationService"
_POOL_CAPABILITIES = "Msvm_ResourcePoolConfigurationCapabilities"
_SPECIAL = "Msvm_AssociatedVirtualSystemManagementService"
_GLOBAL = "Msvm_VirtualSystemGlobalSettingData"

_PLANNED_TYPE = "Microsoft:Hyper-V:System:Planned"
_SAVED, _OFF = (6, 32769), 3
_SYSTEMS = (
    ("hyperv-v1", "Msvm_ComputerSystem", V1),
    ("hyperv-v2", "Msvm_ComputerSystem", V2),
    ("preview", "Msvm_VirtualComputerSystem", PREVIEW),
)
_REFUSALS = (
    "DSP1057:refuse-nonsense",
    "DSP1057:refuse-nonsense.code",
    "DSP1057:refuse-nothing",
    "DSP1057:refuse-while-defined[quiesce]",
    "DSP1057:refuse-while-defined[offline]",
    "DSP1057:refuse-while-defined[reset]",
    "DSP1057:refuse-while-suspended[quiesce]",
)
_ACCEPTED, _UNDECLARED = (0, 4096), 40_000
_PLANNED_GUID = "0D0B5E0C-7A63-4C39-9D0E-3C3F8F0C1E11"


def _finds_nothing(bend: Bend) -> None:
    bend.answer(("ExecQuery",), lambda _call, _found: [])


def _saved_as_off(bend: Bend) -> None:
    def shown(values: Values) -> Values:
        saved = values.get("EnabledState") in _SAVED
        return {**values, "EnabledState": _OFF} if saved else values

    bend.rewrite("CIM_ComputerSystem", shown)


def _answering(classname: str, code: int) -> Callable[[Bend], None]:
    """Return a bend that answers with a code whatever request of a state is to be refused."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            return result if result.return_value in _ACCEPTED else MethodResult(code)

        return answer

    return lambda bend: bend.wrap(classname, "RequestStateChange", wrapper)


def _nameless(edit: Edit) -> None:
    edit.set("CIM_ComputerSystem", first(virtual), ElementName=None)


def _settings_of_planned(edit: Edit) -> None:
    edit.set(_SETTINGS, 0, VirtualSystemType=_PLANNED_TYPE)


def _planned_is_there_twice(edit: Edit) -> None:
    """Show a planned system under the name of a virtual system."""
    system = next(
        one
        for one in edit.select("Msvm_ComputerSystem", None)
        if one.get("Caption") == "Virtual Machine"
    )
    _add_planned(edit, str(system.get("Name")))


def _planned_as_realized(edit: Edit) -> None:
    """Give a planned system the settings of a realised one."""
    planned = _add_planned(edit, _PLANNED_GUID)
    settings = edit.double(
        _SETTINGS, 0, InstanceID=f"Microsoft:{_PLANNED_GUID}", ElementName="Planned"
    )[0]
    edit.add("Msvm_SettingsDefineState", ManagedElement=planned.path, SettingData=settings.path)


def _add_planned(edit: Edit, name: str) -> Instance:
    return edit.add(
        _PLANNED,
        CreationClassName=_PLANNED,
        Name=name,
        ElementName="Planned",
        EnabledState=6,
        RequestedState=12,
        Dedicated=[0],
        OperationalStatus=[2],
        HealthState=5,
        Caption="Planned Virtual Machine",
    )


def _pool_service_of_nobody(edit: Edit) -> None:
    edit.drop(
        "Msvm_HostedService",
        lambda one: getattr(one.get("Dependent"), "classname", "") == _POOLS,
    )


FAULTS = (
    *(
        Fault(
            f"windows-{word}-refusals-accepted",
            "A request of a state that has to be refused is answered with 0.",
            _REFUSALS,
            _answering(classname, 0),
            dialects=dialects,
        )
        for word, classname, dialects in _SYSTEMS
    ),
    *(
        Fault(
            f"windows-{word}-refusals-undeclared",
            "A request of a state is refused by a return value that is not declared.",
            (*_REFUSALS, "DSP1057:return-in-value-map"),
            _answering(classname, _UNDECLARED),
            dialects=dialects,
        )
        for word, classname, dialects in _SYSTEMS
    ),
    Fault(
        "windows-system-nameless",
        "A virtual system has no name to show.",
        ("DSP1057:use-case.enumerate", "DSP1052:system.element-name"),
        edit=_nameless,
        dialects=ALL,
    ),
    Fault(
        "windows-query-finds-nothing",
        "A query for a virtual system by its name finds nothing.",
        ("DSP1057:use-case.find-and-activate", "DSP1057:use-case.find-and-deactivate"),
        _finds_nothing,
        dialects=ALL,
    ),
    Fault(
        "windows-saved-shown-as-off",
        "A saved virtual system is shown as one that is off.",
        ("DSP1057:suspend", "DSP1057:suspend-paused"),
        _saved_as_off,
        dialects=ALL,
    ),
    Fault(
        "windows-realized-shown-as-planned",
        "The configuration of a virtual system is marked as a planned one.",
        ("DSP1057:settings.realized",),
        edit=_settings_of_planned,
        dialects=V2,
    ),
    Fault(
        "windows-planned-shown-as-realized",
        "The configuration of a planned system is marked as a realised one.",
        ("DSP1057:settings.planned",),
        edit=_planned_as_realized,
        dialects=V2,
    ),
    Fault(
        "windows-planned-is-a-system",
        "A planned system is shown under the name of a virtual system.",
        ("DSP1057:planned.distinct",),
        edit=_planned_is_there_twice,
        dialects=V2,
    ),
    Fault(
        "windows-planned-not-made",
        "DefinePlannedSystem says that it is done, and plans nothing.",
        ("DSP1042:define-planned",),
        lambda bend: bend.pretend(_SERVICE, "DefinePlannedSystem"),
        dialects=V2,
    ),
    Fault(
        "windows-planned-stays",
        "A planned system that is destroyed is still shown.",
        ("DSP1042:destroy-planned",),
        lambda bend: bend.keep(_PLANNED),
        dialects=V2,
    ),
    Fault(
        "windows-pool-service-of-nobody",
        "The vendor's service for pools is hosted by no system.",
        ("DSP1041:vendor-service.host", "CIM:association-cardinality"),
        edit=_pool_service_of_nobody,
        dialects=V2,
    ),
    Fault(
        "windows-pool-service-without-create",
        "The vendor's service for pools does not declare CreatePool.",
        ("DSP1041:vendor-service.declares",),
        lambda bend: bend.hide_method(_POOLS, "CreatePool"),
        dialects=V2,
    ),
    Fault(
        "windows-pool-methods-of-the-schema",
        "The methods for pools are offered by the values of the schema.",
        ("DSP1041:vendor-service.methods", "CIM:value-map"),
        edit=lambda edit: edit.set(_POOL_CAPABILITIES, 0, SynchronousMethodsSupported=[2]),
        dialects=V2,
    ),
    Fault(
        "windows-special-link-missing",
        "The host has no link of its own to the management service.",
        ("DSP1042:service.special",),
        edit=lambda edit: edit.drop(_SPECIAL),
        dialects=PREVIEW,
    ),
    Fault(
        "windows-activation-undeclared",
        "The management service does not declare the method that activates a system.",
        ("DSP1042:service.declares.activation",),
        lambda bend: bend.hide_method(_SERVICE, "ActivateVirtualSystem"),
        dialects=PREVIEW,
    ),
    Fault(
        "windows-global-settings-missing",
        "A virtual system has no global settings.",
        ("DSP1042:global-settings",),
        edit=lambda edit: edit.drop(_GLOBAL),
        dialects=V1,
    ),
)
