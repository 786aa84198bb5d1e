"""Faults of defining and destroying virtual systems (DSP1042)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.faults.parameters import answering
from reference_impl.faults.patterns import everywhere
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import CIMError, Instance, ObjectName

_SERVICE = "CIM_VirtualSystemManagementService"
_CAPABILITIES = "CIM_VirtualSystemManagementCapabilities"
_DEFINE, _DESTROY = "DefineSystem", "DestroySystem"


def _elsewhere(right: MethodHandler) -> MethodHandler:
    """Name a system that does not exist as the result."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        system = result.outputs.get("ResultingSystem")
        if not isinstance(system, ObjectName):
            return result
        keys = {name: f"{v}-gone" if name == "Name" else v for name, v in system.keys}
        gone = ObjectName(system.namespace, system.classname, keys)
        return MethodResult(result.return_value, {**result.outputs, "ResultingSystem": gone})

    return answer


def _needing_more(right: MethodHandler) -> MethodHandler:
    """Say of a system that only has a name that it has been defined, and define nothing."""

    def answer(call: MethodCall) -> MethodResult:
        settings = call.arguments.get("SystemSettings")
        typed = isinstance(settings, Instance) and settings.get("VirtualSystemType")
        named = isinstance(settings, Instance) and settings.get("ElementName")
        return MethodResult(0) if named and not typed else right(call)

    return answer


def _of_another_type(written: Values) -> Values:
    return {**written, "VirtualSystemType": "cimconform:another"}


def _on_active(it: Bend, code: int) -> None:
    """Answer the destruction of an active system with a code, and leave it."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            system = call.arguments.get("AffectedSystem")
            shown = None
            if isinstance(system, ObjectName):
                shown = found[0].store.repository.get(system)
            if shown is not None and shown.get("EnabledState") == State.ACTIVE:
                return MethodResult(code)
            return right(call)

        return answer

    it.wrap(_SERVICE, _DESTROY, wrapper)


def _on_unknown(code: int) -> Callable[[MethodHandler], MethodHandler]:
    """Answer with a code where the right answer is an error or a refusal."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            try:
                result = right(call)
            except CIMError:
                return MethodResult(code)
            accepted = result.return_value in (0, 4096)
            return result if accepted else MethodResult(code)

        return answer

    return wrapper


def _offered_asynchronous(written: Values) -> Values:
    """Announce the synchronous methods as asynchronous ones."""
    listed = written.get("SynchronousMethodsSupported")
    return {
        **written,
        "SynchronousMethodsSupported": None,
        "AsynchronousMethodsSupported": listed,
    }


FAULTS = (
    Fault(
        name="define-by-defaults-in-vain",
        statement="A system that is given no more than a name is not there after its definition.",
        breaks=("DSP1042:define-by-defaults",),
        bend=lambda it: it.wrap(_SERVICE, _DEFINE, _needing_more),
    ),
    Fault(
        name="define-result-elsewhere",
        statement="DefineSystem names a system as its result that does not exist.",
        breaks=("DSP1042:define.result",),
        bend=lambda it: it.wrap(_SERVICE, _DEFINE, _elsewhere),
    ),
    Fault(
        name="define-not-conformant",
        statement="A system that has been defined is not linked to a registered profile.",
        breaks=("DSP1042:define.conforms",),
        edit=lambda it: it.never_again("CIM_ElementConformsToProfile"),
    ),
    Fault(
        name="define-not-managed",
        statement="A system that has been defined is not linked to the management service.",
        breaks=("DSP1042:define.managed",),
        edit=lambda it: it.never_again("CIM_ServiceAffectsElement"),
    ),
    Fault(
        name="define-another-type",
        statement="A system that has been defined is of another type than was asked for.",
        breaks=("DSP1042:define.settings",),
        edit=lambda it: it.from_now_on("CIM_VirtualSystemSettingData", _of_another_type),
    ),
    Fault(
        name="define-without-resources",
        statement="A system that has been defined has none of the resources asked for.",
        breaks=(
            "DSP1042:define.resources",
            "DSP1042:add-resource",
            "DSP1042:remove-resource",
            "DSP1042:apply-snapshot.resources",
            *everywhere("request.granted"),
        ),
        edit=lambda it: it.never_again("CIM_VirtualSystemSettingDataComponent"),
    ),
    Fault(
        name="destroy-active-does-nothing",
        statement="Destroying an active system is answered with success, and it stays.",
        breaks=("DSP1042:destroy-active",),
        bend=lambda it: _on_active(it, 0),
    ),
    Fault(
        name="destroy-active-refused",
        statement="An active system is not deactivated and destroyed, but left alone.",
        breaks=("DSP1042:destroy-active.deactivates",),
        bend=lambda it: _on_active(it, 5),
    ),
    Fault(
        name="destroy-unknown-accepted",
        statement="Destroying a system that does not exist is answered with success.",
        breaks=(
            "DSP1042:destroy-unknown",
            "DSP1042:destroy.missing",
        ),
        bend=lambda it: it.wrap(_SERVICE, _DESTROY, _on_unknown(0)),
    ),
    Fault(
        name="destroy-unknown-code",
        statement="Destroying a system that does not exist is refused with an undeclared code.",
        breaks=("DSP1042:destroy-unknown", "DSP1042:return-in-value-map"),
        bend=lambda it: it.wrap(_SERVICE, _DESTROY, _on_unknown(77)),
    ),
    Fault(
        name="define-offered-asynchronous",
        statement="Methods that are announced as asynchronous complete at once.",
        breaks=("DSP1042:sync-as-offered",),
        bend=lambda it: it.rewrite(_CAPABILITIES, _offered_asynchronous),
    ),
    Fault(
        name="define-job-with-zero",
        statement="DefineSystem says that it is done, and gives a job.",
        breaks=("DSP1042:job-output-agrees", "DSP1042:sync-as-offered"),
        bend=lambda it: it.recode(_SERVICE, _DEFINE, {4096: 0}),
        needs=frozenset({"asynchronous"}),
    ),
    Fault(
        name="define-garbage-accepted",
        statement="Settings that cannot be read are taken for no settings at all.",
        breaks=(
            "DSP1042:define-garbage",
            "DSP1042:define-garbage.code",
            "DSP1042:define.mistyped-resources",
            "DSP1042:define.mistyped-reference",
        ),
        bend=lambda it: it.behave("unreadable-arguments", answering(_DEFINE, 0)),
    ),
    Fault(
        name="define-garbage-code",
        statement="Settings that cannot be read are refused, though not for their parameter.",
        breaks=("DSP1042:define-garbage.code",),
        bend=lambda it: it.behave("unreadable-arguments", answering(_DEFINE, 2)),
    ),
)
