"""Faults of virtual systems: what they show of themselves, and their states (DSP1057)."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import first, in_state, registered, virtual, written_virtual
from reference_impl.hypervisor.identity import system_name
from reference_impl.hypervisor.states import Request, State
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult

_SYSTEM = "CIM_ComputerSystem"
_REGISTERED = "CIM_RegisteredProfile"
_CAPABILITIES = "CIM_EnabledLogicalElementCapabilities"
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


def _first_written(values: Values) -> bool:
    return bool(values.get("Name") == system_name(1))


def _second_capabilities(it: Edit) -> None:
    system = it.system(State.ACTIVE)
    again = it.double(_CAPABILITIES, system.capabilities, InstanceID="cimconform:again")[0]
    it.add("CIM_ElementCapabilities", ManagedElement=system.name, Capabilities=again.path)


def _never_to_be_enabled(it: Edit) -> None:
    """Take the request to enable from what a defined system supports, and from what it offers."""
    system = it.system(State.DEFINED)
    it.set(_CAPABILITIES, system.capabilities, RequestedStatesSupported=[3, 4, 6, 9, 10, 11])
    it.blank(_SYSTEM, system.name, "AvailableRequestedStates")


FAULTS = (
    Fault(
        name="vs-profile-not-registered",
        statement="The Virtual System profile is not registered.",
        breaks=("DSP1057:registration", "DSP1057:conformance", "DSP1033:central-instances"),
        edit=lambda it: it.drop(_REGISTERED, registered("Virtual System")),
    ),
    Fault(
        name="vs-profile-misnamed",
        statement="Virtual System is registered as Virtual System Profile.",
        breaks=("DSP1057:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered("Virtual System"), RegisteredName="Virtual System Profile"
        ),
    ),
    Fault(
        name="vs-profile-version-unknown",
        statement="Virtual System is registered in a version that does not exist.",
        breaks=("DSP1057:registration.version",),
        edit=lambda it: it.set(
            _REGISTERED, registered("Virtual System"), RegisteredVersion="7.0.0"
        ),
    ),
    Fault(
        name="vs-nameless",
        statement="The name of a virtual system is empty.",
        breaks=("DSP1052:system.keys", "DSP1057:system.keys"),
        bend=lambda it: it.always(_SYSTEM, _first_written, Name="", NameFormat="Other"),
    ),
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
        breaks=("DSP1033:central-instances", "DSP1057:conformance"),
        edit=lambda it: it.drop(
            "CIM_ElementConformsToProfile",
            first(lambda each: "DSP1057" in str(each.get("ConformantStandard"))),
        ),
    ),
    Fault(
        name="vs-state-out-of-map",
        statement="An active virtual system shows a state that is reserved by DMTF.",
        breaks=(
            "CIM:value-map",
            "DSP1052:system.enabled-state",
            "DSP1057:system.enabled-state",
        ),
        edit=lambda it: it.set(_SYSTEM, first(in_state(State.ACTIVE)), EnabledState=42),
    ),
    Fault(
        name="vs-state-vendor",
        statement="An active virtual system shows a state that the schema leaves to vendors.",
        breaks=("DSP1057:system.enabled-state",),
        edit=lambda it: it.set(_SYSTEM, first(in_state(State.ACTIVE)), EnabledState=32769),
    ),
    Fault(
        name="vs-requested-state-out-of-map",
        statement="The requested state of a virtual system is none that the schema lists.",
        breaks=(
            "CIM:value-map",
            "DSP1052:system.requested-state",
            "DSP1057:system.requested-state",
        ),
        edit=lambda it: it.set(_SYSTEM, first(virtual), RequestedState=42),
    ),
    Fault(
        name="vs-other-state-described",
        statement="Another state is described, and the virtual system is simply active.",
        breaks=("DSP1052:system.other-enabled-state", "DSP1057:system.other-enabled-state"),
        edit=lambda it: it.set(
            _SYSTEM, first(in_state(State.ACTIVE)), OtherEnabledState="daydreaming"
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
        name="vs-capabilities-doubled",
        statement="Two instances say which states can be requested of a virtual system.",
        breaks=("DSP1052:capabilities", "DSP1057:state-capabilities"),
        edit=_second_capabilities,
    ),
    Fault(
        name="vs-request-of-no-state",
        statement="A virtual system is said to support a request that the profile does not use.",
        breaks=("DSP1057:state-capabilities.values",),
        edit=lambda it: it.set(
            _CAPABILITIES,
            it.system(State.ACTIVE).capabilities,
            RequestedStatesSupported=[2, 3, 4, 6, 7, 9, 10, 11],
        ),
    ),
    Fault(
        name="vs-request-listed-twice",
        statement="A state that can be requested of a virtual system is listed twice.",
        breaks=("DSP1057:state-capabilities.distinct",),
        edit=lambda it: it.set(
            _CAPABILITIES,
            it.system(State.ACTIVE).capabilities,
            RequestedStatesSupported=[2, 3, 3, 4, 6, 9, 10, 11],
        ),
    ),
    Fault(
        name="vs-activation-not-supported",
        statement="A defined virtual system cannot be requested to become active.",
        breaks=("DSP1057:state-capabilities.enable",),
        edit=_never_to_be_enabled,
    ),
    Fault(
        name="vs-power-state-disagrees",
        statement="The power of an active virtual system is shown as off.",
        breaks=("DSP1057:power-state",),
        edit=lambda it: it.set(
            "CIM_AssociatedPowerManagementService",
            lambda link: bool(link.get("UserOfService") == it.system(State.ACTIVE).name),
            PowerState=8,
        ),
    ),
    Fault(
        name="state-change-does-nothing",
        statement="RequestStateChange says that it is done, and changes nothing.",
        breaks=(
            "DSP1057:activate",
            "DSP1057:refuse-while-defined[quiesce]",
            "DSP1057:refuse-while-defined[offline]",
            "DSP1057:refuse-while-defined[reboot]",
            "DSP1057:refuse-while-defined[reset]",
            "DSP1057:refuse-unlisted[test]",
            "DSP1057:refuse-unlisted[defer]",
            "DSP1057:refuse-nonsense",
            "DSP1057:refuse-nonsense.code",
            "DSP1057:refuse-nothing",
            "DSP1057:timeout",
            "DSP1057:requested-state-follows",
        ),
        bend=lambda it: it.pretend(_SYSTEM, _CHANGE),
    ),
    Fault(
        name="state-change-pause-suspends",
        statement="A request to pause a system suspends it.",
        breaks=("DSP1057:pause", "DSP1027:change.sleep[sleep-light]"),
        bend=lambda it: it.transition(State.ACTIVE, Request.QUIESCE, State.SUSPENDED),
    ),
    Fault(
        name="state-change-defined-pauses",
        statement="A defined system can be paused.",
        breaks=("DSP1057:refuse-while-defined[quiesce]",),
        bend=lambda it: it.transition(State.DEFINED, Request.QUIESCE, State.PAUSED),
    ),
    Fault(
        name="state-change-resume-refused",
        statement="A paused system cannot be resumed, though that is offered.",
        breaks=("DSP1057:resume",),
        bend=lambda it: it.transition(State.PAUSED, Request.ENABLE, None),
    ),
    Fault(
        name="state-change-code-undeclared",
        statement="RequestStateChange refuses with a return code that it does not declare.",
        breaks=(
            "DSP1057:refuse-while-defined[quiesce]",
            "DSP1057:refuse-while-defined[offline]",
            "DSP1057:refuse-while-defined[reboot]",
            "DSP1057:refuse-while-defined[reset]",
            "DSP1057:refuse-while-suspended[quiesce]",
            "DSP1057:refuse-unlisted[test]",
            "DSP1057:refuse-unlisted[defer]",
            "DSP1057:refuse-unlisted-active[test]",
            "DSP1057:refuse-unlisted-active[defer]",
            "DSP1057:refuse-nonsense",
            "DSP1057:refuse-nonsense.code",
            "DSP1057:refuse-nothing",
            "DSP1057:timeout",
            "DSP1057:return-in-value-map",
        ),
        bend=lambda it: it.wrap(_SYSTEM, _CHANGE, _refuses_by_undeclared_code),
    ),
    Fault(
        name="state-change-request-not-recorded",
        statement="RequestedState stays what it was, whatever is requested.",
        breaks=("DSP1057:requested-state-follows",),
        bend=lambda it: it.always(_SYSTEM, written_virtual, RequestedState=5),
    ),
    Fault(
        name="state-change-job-unaffecting",
        statement="The job of a state change is not linked to the system that it changes.",
        breaks=(
            "DSP1042:define.result",
            "DSP1042:add-resource",
            "DSP1042:create-snapshot.full",
            "DSP1042:create-snapshot.disk",
            "DSP1057:job-names-system",
            "DSP1103:job.affected",
        ),
        bend=lambda it: it.never("CIM_AffectedJobElement"),
        needs=frozenset({"asynchronous"}),
    ),
)
