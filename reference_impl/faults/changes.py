"""Faults of the methods that change virtual systems, their resources and snapshots (DSP1042)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from reference_impl.faults.bend import Bend, Wrapper
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import everywhere
from reference_impl.hypervisor import Hypervisor
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import CIMError, Instance, ObjectName, Value

_MANAGEMENT = "CIM_VirtualSystemManagementService"
_SNAPSHOTS = "CIM_VirtualSystemSnapshotService"
_CAPABILITIES = "CIM_VirtualSystemManagementCapabilities"
_OFFERED = (2, 3, 5, 6, 7, 10)

#: What happens beside the right thing, after it.
Beside: TypeAlias = Callable[[Hypervisor, MethodCall, MethodResult], object]


def _and_then(it: Bend, service: str, method: str, beside: Beside) -> None:
    """Let a method do something else, too, where it succeeds."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            if result.return_value == 0:
                beside(found[0], call, result)
            return result

        return answer

    it.wrap(service, method, wrapper)


def _with_arguments(change: Callable[[MethodCall], dict[str, Value]]) -> Wrapper:
    """Let a method work with other arguments than it was given."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        return lambda call: right(replace(call, arguments={**call.arguments, **change(call)}))

    return wrapper


def _without_output(name: str) -> Wrapper:
    """Let a method keep an output parameter to itself."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            kept = {each: value for each, value in result.outputs.items() if each != name}
            return MethodResult(result.return_value, kept)

        return answer

    return wrapper


def _accepting(method_result: MethodResult) -> Wrapper:
    """Let a method say that it has done what it has to refuse."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            try:
                result = right(call)
            except CIMError:
                return method_result
            return result if result.return_value in (0, 4096) else method_result

        return answer

    return wrapper


def _refusing(code: int, about: Callable[[MethodCall], bool]) -> Wrapper:
    """Let a method refuse some calls."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        return lambda call: MethodResult(code) if about(call) else right(call)

    return wrapper


def _settings_named(call: MethodCall, parameter: str) -> ObjectName | None:
    """Return the defined configuration that an embedded instance, or a reference, is about."""
    value = call.get(parameter)
    return value if isinstance(value, ObjectName) else None


def _owner(hypervisor: Hypervisor, call: MethodCall) -> ObjectName | None:
    """Return the configuration whose resources a call is about."""
    for each in call.get("ResourceSettings") or ():
        name = each.get("InstanceID") if isinstance(each, Instance) else each.key("InstanceID")
        found = hypervisor.systems.allocation(name or "")
        if found is not None:
            return found[1].name
    return None


def _retitle(hypervisor: Hypervisor, call: MethodCall, _result: MethodResult) -> None:
    """Change the caption of the configuration whose resource was changed."""
    settings = _owner(hypervisor, call)
    if settings is not None:
        hypervisor.store.change(settings, Caption="Changed by mistake")


def _recaption(hypervisor: Hypervisor, call: MethodCall, _result: MethodResult) -> None:
    """Change the caption of the configuration to which a resource was added."""
    settings = _settings_named(call, "AffectedConfiguration")
    if settings is not None:
        hypervisor.store.change(settings, Caption="Changed by mistake")


def _reset_recovery(hypervisor: Hypervisor, call: MethodCall, _result: MethodResult) -> None:
    """Put a setting back that was not sent."""
    given = call.get("SystemSettings")
    found = hypervisor.systems.configuration(given.get("InstanceID")) if given else None
    if found is not None:
        hypervisor.store.change(found[1].name, AutomaticRecoveryAction=4)


def _without(method: int) -> Callable[[Bend], None]:
    """Offer every method of the management service but one, and have it all the same."""
    left = [each for each in _OFFERED if each != method]
    return lambda it: it.always(_CAPABILITIES, SynchronousMethodsSupported=left)


def _type_asked(kind: int) -> Callable[[MethodCall], bool]:
    return lambda call: call.get("SnapshotType") == kind


def _keep_snapshots(it: Bend) -> None:
    """Leave the snapshots of a destroyed system behind."""
    it.reach(lambda hypervisor: setattr(hypervisor.snapshots, "destroy_all", lambda _system: None))


def _known_pool(call: MethodCall) -> dict[str, Value]:
    """Take a pool that there is in the place of the one that was asked for."""
    given = [each.copy(PoolID=None) for each in call.get("ResourceSettings") or ()]
    return {"ResourceSettings": given}


def _known_type(call: MethodCall) -> dict[str, Value]:
    """Forget which type of system was asked for."""
    given = call.get("SystemSettings")
    wanted = given.get("VirtualSystemType") if given is not None else None
    known = wanted is None or "Simulated" in wanted
    return {} if known else {"SystemSettings": given.copy(VirtualSystemType=None)}


def _first_snapshot_type(call: MethodCall) -> dict[str, Value]:
    known = call.get("SnapshotType") in (2, 3)
    return {} if known else {"SnapshotType": 3}


def _unfinished_application(hypervisor: Hypervisor, call: MethodCall, _r: MethodResult) -> None:
    """Do not show which snapshot was applied."""
    snapshot = call.get("Snapshot")
    repository = hypervisor.store.repository
    if isinstance(snapshot, ObjectName):
        for link in repository.referring(snapshot, "CIM_LastAppliedSnapshot", "Antecedent"):
            hypervisor.store.remove(link.path)


FAULTS = (
    Fault(
        name="resource-modification-ignored",
        statement="ModifyResourceSettings says that it is done, and does nothing.",
        breaks=(
            "DSP1042:modify-resource",
            "DSP1042:modify-nothing",
            "DSP1044:allocation.change",
            "DSP1044:allocation.change.reservation",
            "DSP1044:allocation.change.quantity",
            "DSP1045:allocation.change.quantity",
            "DSP1042:modify-resource.missing",
        ),
        bend=lambda it: it.pretend(_MANAGEMENT, "ModifyResourceSettings"),
    ),
    Fault(
        name="resource-modification-spills",
        statement="The modification of a resource changes the configuration that it belongs to.",
        breaks=("DSP1042:modify-resource",),
        bend=lambda it: _and_then(it, _MANAGEMENT, "ModifyResourceSettings", _retitle),
    ),
    Fault(
        name="resource-modification-of-nothing",
        statement="A modification that does not say what it is about is said to be done.",
        breaks=(
            "DSP1042:modify-nothing",
            "DSP1044:allocation.change.above",
            "DSP1045:allocation.change.above",
            "DSP1042:modify-resource.missing",
        ),
        bend=lambda it: it.wrap(_MANAGEMENT, "ModifyResourceSettings", _accepting(MethodResult(0))),
    ),
    Fault(
        name="resource-addition-ignored",
        statement="AddResourceSettings says that it is done, and does nothing.",
        breaks=(
            "DSP1042:add-resource",
            "DSP1042:add-bad-resource",
            *everywhere("request.granted", among=("DSP1047", "DSP1050", "DSP1059")),
            "DSP1042:add-resource.missing",
            "DSP1042:add-resource.no-settings",
        ),
        bend=lambda it: it.pretend(_MANAGEMENT, "AddResourceSettings"),
    ),
    Fault(
        name="resource-addition-untold",
        statement="AddResourceSettings does not tell what it has added.",
        breaks=(
            "DSP1042:add-resource",
            "DSP1059:allocation.add",
        ),
        bend=lambda it: it.wrap(
            _MANAGEMENT, "AddResourceSettings", _without_output("ResultingResourceSettings")
        ),
    ),
    Fault(
        name="resource-addition-spills",
        statement="The addition of a resource changes the configuration that it is added to.",
        breaks=("DSP1042:add-resource",),
        bend=lambda it: _and_then(it, _MANAGEMENT, "AddResourceSettings", _recaption),
    ),
    Fault(
        name="resource-of-no-pool-added",
        statement="A resource of a pool that does not exist is taken from another one.",
        breaks=(
            "DSP1042:add-bad-resource",
            "DSP1059:allocation.refused.no-pool",
            "DSP1059:allocation.refused.other-pool",
        ),
        bend=lambda it: it.wrap(_MANAGEMENT, "AddResourceSettings", _with_arguments(_known_pool)),
    ),
    Fault(
        name="resource-removal-ignored",
        statement="RemoveResourceSettings says that it is done, and does nothing.",
        breaks=(
            "DSP1042:remove-resource",
            "DSP1042:remove-unknown-resource",
            *everywhere("request.remove.active", among=("DSP1047", "DSP1050", "DSP1059")),
            "DSP1059:allocation.remove",
            "DSP1042:remove-resource.missing",
        ),
        bend=lambda it: it.pretend(_MANAGEMENT, "RemoveResourceSettings"),
    ),
    Fault(
        name="system-modification-resets",
        statement="ModifySystemSettings puts back a setting that was not sent.",
        breaks=("DSP1042:modify-system",),
        bend=lambda it: _and_then(it, _MANAGEMENT, "ModifySystemSettings", _reset_recovery),
    ),
    Fault(
        name="reference-configuration-ignored",
        statement="DefineSystem takes nothing from the configuration that it is to refer to.",
        breaks=("DSP1042:define-by-reference",),
        bend=lambda it: it.wrap(
            _MANAGEMENT,
            "DefineSystem",
            _with_arguments(lambda _call: {"ReferenceConfiguration": None}),
        ),
    ),
    Fault(
        name="unknown-system-type-accepted",
        statement="A system of a type that is not supported is defined all the same.",
        breaks=("DSP1042:define-unsupported-type",),
        bend=lambda it: it.wrap(_MANAGEMENT, "DefineSystem", _with_arguments(_known_type)),
    ),
    Fault(
        name="unlisted-addition-works",
        statement="Resources can be added, though that is not offered.",
        breaks=("DSP1042:capabilities.add-and-remove", "DSP1042:refuse-unlisted-method.add"),
        bend=_without(10),
    ),
    Fault(
        name="unlisted-modification-works",
        statement="Resources can be modified, though that is not offered.",
        breaks=("DSP1042:refuse-unlisted-method.modify",),
        bend=_without(5),
    ),
    Fault(
        name="unlisted-system-modification-works",
        statement="Virtual systems can be modified, though that is not offered.",
        breaks=("DSP1042:refuse-unlisted-method.modify-system",),
        bend=_without(6),
    ),
    Fault(
        name="unlisted-removal-works",
        statement="Resources can be removed, though that is not offered.",
        breaks=("DSP1042:capabilities.add-and-remove", "DSP1042:refuse-unlisted-method.remove"),
        bend=_without(7),
    ),
    Fault(
        name="snapshot-not-taken",
        statement="CreateSnapshot says that it is done, and does nothing.",
        breaks=(
            "DSP1042:create-snapshot.full",
            "DSP1042:create-snapshot.disk",
            "DSP1042:create-unsupported-snapshot",
            "DSP1042:create-snapshot.missing",
        ),
        bend=lambda it: it.pretend(_SNAPSHOTS, "CreateSnapshot"),
    ),
    Fault(
        name="full-snapshot-refused",
        statement="A full snapshot is refused where it is enabled.",
        breaks=("DSP1042:create-snapshot.full",),
        bend=lambda it: it.wrap(_SNAPSHOTS, "CreateSnapshot", _refusing(6, _type_asked(2))),
    ),
    Fault(
        name="disk-snapshot-refused",
        statement="A snapshot of the disks is refused where it is enabled.",
        breaks=("DSP1042:create-snapshot.disk",),
        bend=lambda it: it.wrap(_SNAPSHOTS, "CreateSnapshot", _refusing(6, _type_asked(3))),
    ),
    Fault(
        name="snapshot-of-unknown-type-taken",
        statement="A snapshot of a type that is not supported is taken as one of the disks.",
        breaks=("DSP1042:create-unsupported-snapshot",),
        bend=lambda it: it.wrap(
            _SNAPSHOTS, "CreateSnapshot", _with_arguments(_first_snapshot_type)
        ),
    ),
    Fault(
        name="snapshot-not-shown-as-applied",
        statement="The snapshot that was applied is not shown as the one applied last.",
        breaks=("DSP1042:apply-snapshot",),
        bend=lambda it: _and_then(it, _SNAPSHOTS, "ApplySnapshot", _unfinished_application),
    ),
    Fault(
        name="snapshot-not-destroyed",
        statement="DestroySnapshot says that it is done, and does nothing.",
        breaks=(
            "DSP1042:destroy-snapshot",
            "DSP1042:destroy-unknown-snapshot",
            "DSP1042:destroy-snapshot.missing",
        ),
        bend=lambda it: it.pretend(_SNAPSHOTS, "DestroySnapshot"),
    ),
    Fault(
        name="snapshots-outlive-their-system",
        statement="The snapshots of a destroyed system stay.",
        breaks=("DSP1042:destroy-with-snapshots",),
        bend=_keep_snapshots,
    ),
)
