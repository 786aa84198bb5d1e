"""Faults of virtual systems: their states, their configurations, their devices (DSP1057)."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import (
    end,
    first,
    in_state,
    part_of,
    written_virtual,
)
from reference_impl.hypervisor.identity import system_name
from reference_impl.hypervisor.states import Request, State
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult

_SYSTEM = "CIM_ComputerSystem"
_CHANGE = "RequestStateChange"
_VENDOR_CODE = 77  # not in the value map of any return code here


def _refuses_by_undeclared_code(right: MethodHandler) -> MethodHandler:
    """Return a handler that refuses with a code that the method does not declare."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        return result if result.return_value in (0, 4096) else MethodResult(_VENDOR_CODE)

    return answer


def _twins(it: Bend) -> None:
    """Show the second system under the name of the first, in a class of its own."""
    it.derive("Twin_ComputerSystem", _SYSTEM)
    it.rewrite(
        _SYSTEM,
        lambda written: (
            {
                **written,
                "Name": system_name(1),
                "CreationClassName": "Twin_ComputerSystem",
            }
            if written["Name"] == system_name(2)
            else written
        ),
    )


def _without_hyphens(written: Values) -> Values:
    if not written_virtual(written):
        return written
    return {**written, "Name": written["Name"].replace("-", "")}


FAULTS = (
    Fault(
        name="vs-name-duplicated",
        statement="Two virtual systems, of two classes, have the same name.",
        breaks=("DSP1057:virtual-system.name.unique",),
        bend=_twins,
    ),
    Fault(
        name="vs-name-no-uuid",
        statement="The names of virtual systems are said to be UUIDs, and have no hyphens.",
        breaks=(
            "DSP1052:system.name-format",
            "DSP1057:system.name-format",
        ),
        bend=lambda it: it.rewrite(_SYSTEM, _without_hyphens),
    ),
    Fault(
        name="vs-not-conformant",
        statement="A virtual system is not linked to the Virtual System profile.",
        breaks=(
            "DSP1033:autonomous.central",
            "DSP1033:central-instances",
            "DSP1057:conformance",
        ),
        edit=lambda it: it.drop(
            "CIM_ElementConformsToProfile",
            lambda each: "DSP1057" in str(each.get("ConformantStandard")),
        ),
    ),
    Fault(
        name="vs-state-out-of-map",
        statement="An active virtual system shows a state that is reserved by DMTF.",
        breaks=(
            "DSP1052:system.enabled-state",
            "DSP1057:system.enabled-state",
        ),
        edit=lambda it: it.set(_SYSTEM, first(in_state(State.ACTIVE)), EnabledState=42),
    ),
    Fault(
        name="vs-state-settings-missing",
        statement="A virtual system has no state configuration.",
        breaks=("DSP1057:state-settings",),
        edit=lambda it: it.drop("CIM_SettingsDefineState", first(end("ManagedElement", _SYSTEM))),
    ),
    Fault(
        name="vs-default-settings-unmarked",
        statement="No configuration is marked as the defined one.",
        breaks=("DSP1057:defined-settings",),
        bend=lambda it: it.always("CIM_ElementSettingData", IsDefault=2),
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
        breaks=("DSP1057:device.settings",),
        edit=lambda it: it.drop(
            "CIM_SettingsDefineState", first(end("ManagedElement", "CIM_Processor"))
        ),
    ),
    Fault(
        name="vs-requests-unsupported-available",
        statement="A state can be requested now that is not supported at all.",
        breaks=("DSP1057:system.available-requests",),
        edit=lambda it: it.set(
            _SYSTEM, first(in_state(State.ACTIVE)), AvailableRequestedStates=[3, 7]
        ),
    ),
    Fault(
        name="state-change-does-nothing",
        statement="RequestStateChange says that it is done, and changes nothing.",
        bend=lambda it: it.pretend(_SYSTEM, _CHANGE),
    ),
    Fault(
        name="state-change-pause-suspends",
        statement="A request to pause a system suspends it.",
        bend=lambda it: it.transition(State.ACTIVE, Request.QUIESCE, State.SUSPENDED),
    ),
    Fault(
        name="state-change-defined-pauses",
        statement="A defined system can be paused.",
        bend=lambda it: it.transition(State.DEFINED, Request.QUIESCE, State.PAUSED),
    ),
    Fault(
        name="state-change-resume-refused",
        statement="A paused system cannot be resumed, though that is offered.",
        bend=lambda it: it.transition(State.PAUSED, Request.ENABLE, None),
    ),
    Fault(
        name="state-change-code-undeclared",
        statement="RequestStateChange refuses with a return code that it does not declare.",
        bend=lambda it: it.wrap(_SYSTEM, _CHANGE, _refuses_by_undeclared_code),
    ),
    Fault(
        name="state-change-request-not-recorded",
        statement="RequestedState stays what it was, whatever is requested.",
        bend=lambda it: it.always(_SYSTEM, written_virtual, RequestedState=5),
    ),
    Fault(
        name="state-change-job-unaffecting",
        statement="The job of a state change is not linked to the system that it changes.",
        bend=lambda it: it.never("CIM_AffectedJobElement"),
        needs=frozenset({"asynchronous"}),
    ),
)
