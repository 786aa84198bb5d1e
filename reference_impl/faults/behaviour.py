"""Faults of what methods do, by the way in which they go wrong (DSP1042, DSP1057).

A method says that it has failed and has done it; does something else beside; leads to the wrong
state; brings nothing back; accepts what it must refuse; refuses with a code that it does not
declare; or takes longer than a client waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import everywhere
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.states import Request, State
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import CIMError, ObjectName

_SYSTEM = "CIM_ComputerSystem"
_MANAGEMENT = "CIM_VirtualSystemManagementService"
_SNAPSHOTS = "CIM_VirtualSystemSnapshotService"
_CHANGE = "RequestStateChange"
_FAILED, _UNDECLARED = 2, 99
_STATE_CHANGE_FAILED = 4
_ACCEPTED = (0, 4096)

#: Longer than the self-test waits for a job, and than it waits for an answer.
_SLOW_JOB_SECONDS = 5.0
_LATE_ANSWER_SECONDS = 6.0

#: Answers a call in the place of the right handler, which it may ask, with the hypervisor at hand.
Answering: TypeAlias = Callable[[Hypervisor, MethodHandler, MethodCall], MethodResult]


def _answering(classname: str, method: str, answering: Answering) -> Callable[[Bend], None]:
    """Return a bend that puts an answer in the place of the right one."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)
        it.wrap(classname, method, lambda right: lambda call: answering(found[0], right, call))

    return bend


def _done_and_failed(
    code: int, _hypervisor: Hypervisor, right: MethodHandler, call: MethodCall
) -> MethodResult:
    """Do what is asked, and say that it has failed."""
    result = right(call)
    return MethodResult(code) if result.return_value == 0 else result


def _undeclared(_hypervisor: Hypervisor, right: MethodHandler, call: MethodCall) -> MethodResult:
    """Refuse with a code that the method does not declare, whatever is to be refused."""
    try:
        result = right(call)
    except CIMError:
        return MethodResult(_UNDECLARED)
    return result if result.return_value in _ACCEPTED else MethodResult(_UNDECLARED)


def _accepting(_hypervisor: Hypervisor, right: MethodHandler, call: MethodCall) -> MethodResult:
    """Say of what has to be refused that it is done."""
    try:
        result = right(call)
    except CIMError:
        return MethodResult(0)
    return result if result.return_value in _ACCEPTED else MethodResult(0)


def _slow_job(hypervisor: Hypervisor, right: MethodHandler, call: MethodCall) -> MethodResult:
    """Let the job of the call begin much later; other jobs are as fast as ever."""
    with hypervisor.store.repository.lock:
        usual = hypervisor.jobs.step_seconds
        hypervisor.jobs.step_seconds = _SLOW_JOB_SECONDS
        try:
            return right(call)
        finally:
            hypervisor.jobs.step_seconds = usual


def _late(_hypervisor: Hypervisor, right: MethodHandler, call: MethodCall) -> MethodResult:
    """Answer when nobody waits for the answer any more."""
    time.sleep(_LATE_ANSWER_SECONDS)
    return right(call)


# -- beside the right thing ----------------------------------------------------------------------

#: What is done beside the right thing, to the system that a call is about.
Beside: TypeAlias = Callable[[Hypervisor, VirtualSystem], object]


def _beside(
    beside: Beside, hypervisor: Hypervisor, right: MethodHandler, call: MethodCall
) -> MethodResult:
    """Do what is asked, and something else to the system that it is about."""
    with hypervisor.store.repository.lock:
        system = _meant(hypervisor, call)
        result = right(call)
        created = result.outputs.get("ResultingSystem")
        system = hypervisor.systems.named(created) if isinstance(created, ObjectName) else system
        if result.return_value == 0 and system is not None:
            beside(hypervisor, system)
    return result


def _meant(hypervisor: Hypervisor, call: MethodCall) -> VirtualSystem | None:
    """Return the system that a call is about: on it, or by the first argument that tells."""
    named = (call.object_name, *call.arguments.values())
    for value in named:
        for each in value if isinstance(value, list) else [value]:
            system = _system_of(hypervisor, each)
            if system is not None:
                return system
    return None


def _system_of(hypervisor: Hypervisor, value: Any) -> VirtualSystem | None:  # any CIM value
    if not isinstance(value, ObjectName):
        return None
    identity = value.key("InstanceID") or ""
    resource = hypervisor.systems.allocation(identity)
    snapshot = hypervisor.snapshots.named(value)
    if snapshot is not None:
        return snapshot.system
    return resource[0] if resource is not None else hypervisor.systems.named(value)


def _recover_otherwise(hypervisor: Hypervisor, system: VirtualSystem) -> None:
    """Change what the definition of a system says of its recovery."""
    hypervisor.store.change(system.defined.name, AutomaticRecoveryAction=4)


def _into(state: State, request: Request, hypervisor: Hypervisor, system: VirtualSystem) -> None:
    """Take a system to another state."""
    if system.state is not state:
        hypervisor.lifecycle.change(system, request, state)


def _drop_snapshots(hypervisor: Hypervisor, system: VirtualSystem) -> None:
    """Destroy the snapshots of a system."""
    hypervisor.snapshots.destroy_all(system)


def _drop_a_resource(hypervisor: Hypervisor, system: VirtualSystem) -> None:
    """Take one more resource from the definition of a system."""
    for allocation in list(system.defined.allocations.values())[:1]:
        hypervisor.lifecycle.detach(allocation)
        hypervisor.configurations.remove_allocation(system.defined, allocation)


# -- snapshots that are not restored ---------------------------------------------------------------


def _shown_as_applied(
    hypervisor: Hypervisor, right: MethodHandler, call: MethodCall
) -> MethodResult:
    """Show that a snapshot was applied, and leave the system as it is."""
    snapshot = hypervisor.snapshots.named(call.get("Snapshot"))
    if snapshot is None:
        return right(call)
    ends = {"Antecedent": snapshot.name, "Dependent": snapshot.system.name}
    hypervisor.store.add("CIM_LastAppliedSnapshot", **ends)
    return MethodResult(0)


def _state_only(hypervisor: Hypervisor, right: MethodHandler, call: MethodCall) -> MethodResult:
    """Bring the state of a snapshot back, and leave the definition as it is."""
    snapshot = hypervisor.snapshots.named(call.get("Snapshot"))
    if snapshot is None:
        return right(call)
    added = [
        each.wanted(None)
        for each in snapshot.system.defined.allocations.values()
        if each.name not in {request.origin for request in snapshot.captured.requests}
    ]
    result = right(call)
    hypervisor.configurations.add_allocations(snapshot.system.defined, added, snapshot.system.uuid)
    return result


# -- the table ------------------------------------------------------------------------------------


def _fault(
    name: str,
    statement: str,
    breaks: tuple[str, ...],
    target: tuple[str, str],
    answering: Answering,
    *,
    spares: tuple[str, ...] = (),
    asynchronous: bool = False,
) -> Fault:
    """Return a fault of one method of a class."""
    return Fault(
        name=name,
        statement=statement,
        breaks=breaks,
        spares=spares,
        bend=_answering(*target, answering),
        needs=frozenset({"asynchronous"} if asynchronous else ()),
    )


_DEFINE = (_MANAGEMENT, "DefineSystem")
_DESTROY = (_MANAGEMENT, "DestroySystem")
_ADD = (_MANAGEMENT, "AddResourceSettings")
_MODIFY = (_MANAGEMENT, "ModifyResourceSettings")
_MODIFY_SYSTEM = (_MANAGEMENT, "ModifySystemSettings")
_REMOVE = (_MANAGEMENT, "RemoveResourceSettings")
_TAKE = (_SNAPSHOTS, "CreateSnapshot")
_APPLY = (_SNAPSHOTS, "ApplySnapshot")
_DROP = (_SNAPSHOTS, "DestroySnapshot")
_REQUEST = (_SYSTEM, _CHANGE)

#: Method, the checks that see it done though it says that it has failed.
_FAILING = (
    (_DEFINE, ("define", "define-by-defaults", "define-by-reference")),
    (
        _DESTROY,
        (
            "destroy",
            "destroy-active",
            "destroy-active.deactivates",
            "destroy-with-snapshots",
            "refusal-changes-nothing",
        ),
    ),
    (_ADD, ("refusal-changes-nothing",)),
    (_MODIFY, ("modify-resource", "refusal-changes-nothing")),
    (_MODIFY_SYSTEM, ("modify-system", "refusal-changes-nothing")),
    (
        _REMOVE,
        (
            "remove-resource",
            "refusal-changes-nothing",
            *everywhere("request.remove.active", among=("DSP1047", "DSP1050", "DSP1059")),
        ),
    ),
    (_TAKE, ("create-snapshot.full", "create-snapshot.disk", "refusal-changes-nothing")),
    (
        _APPLY,
        (
            "apply-snapshot",
            "apply-snapshot.resources",
            "apply-snapshot.state",
            "refusal-changes-nothing",
        ),
    ),
    (_DROP, ("destroy-snapshot", "refusal-changes-nothing")),
)

#: Method, and the checks that ask it what it must refuse.
_REFUSING = (
    (_DEFINE, ("define-unsupported-type",)),
    (_ADD, ("add-bad-resource",)),
    (_MODIFY, ("modify-nothing",)),
    (_MODIFY_SYSTEM, ("modify-unnamed-system",)),
    (_REMOVE, ("remove-unknown-resource",)),
    (_TAKE, ("create-unsupported-snapshot",)),
    (_APPLY, ("apply-unknown-snapshot",)),
    (_DROP, ("destroy-unknown-snapshot",)),
)

#: Of the methods above those that accept it, where no other fault does that, with the check of a
#: call that names nothing.
_LENIENT = {
    _MODIFY_SYSTEM: "modify-system.missing",
    _REMOVE: "remove-resource.missing",
    _APPLY: "apply-snapshot.missing",
    _DROP: "destroy-snapshot.missing",
}

#: Method, and the check that waits in vain for its job.
_SLOW = (
    (_DEFINE, "DSP1042:define"),
    (_DESTROY, "DSP1042:destroy"),
    (_ADD, "DSP1042:add-resource"),
    (_MODIFY, "DSP1042:modify-resource"),
    (_MODIFY_SYSTEM, "DSP1042:modify-system"),
    (_REMOVE, "DSP1042:remove-resource"),
    (_TAKE, "DSP1042:create-snapshot.full"),
    (_APPLY, "DSP1042:apply-snapshot"),
    (_DROP, "DSP1042:destroy-snapshot"),
    (_REQUEST, "DSP1057:activate"),
)

_WORDS = {
    "DefineSystem": "define",
    "DestroySystem": "destroy",
    "AddResourceSettings": "add-resource",
    "ModifyResourceSettings": "modify-resource",
    "ModifySystemSettings": "modify-system",
    "RemoveResourceSettings": "remove-resource",
    "CreateSnapshot": "create-snapshot",
    "ApplySnapshot": "apply-snapshot",
    "DestroySnapshot": "destroy-snapshot",
    _CHANGE: "state-change",
}


def _of_1042(checks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(check if ":" in check else f"DSP1042:{check}" for check in checks)


FAULTS = (
    *(
        _fault(
            f"{_WORDS[target[1]]}-done-and-failed",
            f"{target[1]} does what is asked, and says that it has failed.",
            _of_1042(checks),
            target,
            partial(_done_and_failed, _FAILED),
        )
        for target, checks in _FAILING
    ),
    _fault(
        "state-change-done-and-failed",
        "RequestStateChange does what is asked, and says that it has failed.",
        ("DSP1057:activate", "DSP1057:refusal-changes-nothing"),
        _REQUEST,
        partial(_done_and_failed, _STATE_CHANGE_FAILED),
    ),
    *(
        _fault(
            f"{_WORDS[target[1]]}-code-undeclared",
            f"{target[1]} refuses with a return code that it does not declare.",
            (*_of_1042(checks), "DSP1042:return-in-value-map"),
            target,
            _undeclared,
        )
        for target, checks in _REFUSING
    ),
    *(
        _fault(
            f"{_WORDS[target[1]]}-accepts-what-is-not-there",
            f"{target[1]} says that it is done for what does not exist.",
            _of_1042((*checks, _LENIENT[target])),
            target,
            _accepting,
        )
        for target, checks in _REFUSING
        if target in _LENIENT
    ),
    *(
        _fault(
            f"{_WORDS[target[1]]}-job-slow",
            f"The job of {target[1]} ends long after a client has stopped waiting.",
            ("DSP1103:job.ends",),
            target,
            _slow_job,
            spares=(check,),
            asynchronous=True,
        )
        for target, check in _SLOW
    ),
    _fault(
        "modify-system-answer-late",
        "ModifySystemSettings answers long after a client has stopped waiting: an error, no fail.",
        ("DSP1042:modify-system",),
        _MODIFY_SYSTEM,
        _late,
    ),
    _fault(
        "define-activates",
        "A system that has been defined is active at once.",
        ("DSP1042:define", "DSP1042:define-by-defaults"),
        _DEFINE,
        partial(_beside, partial(_into, State.ACTIVE, Request.ENABLE)),
    ),
    _fault(
        "state-change-spills",
        "A state change alters the definition of the system.",
        ("DSP1057:activate.definition",),
        _REQUEST,
        partial(_beside, _recover_otherwise),
    ),
    _fault(
        "resource-removal-spills",
        "The removal of a resource removes another one with it.",
        ("DSP1042:remove-resource",),
        _REMOVE,
        partial(_beside, _drop_a_resource),
    ),
    _fault(
        "create-snapshot-pauses",
        "A snapshot leaves the system paused.",
        ("DSP1042:create-snapshot.undisturbed",),
        _TAKE,
        partial(_beside, partial(_into, State.PAUSED, Request.QUIESCE)),
    ),
    _fault(
        "destroy-snapshot-spills",
        "The destruction of a snapshot alters the definition of the system.",
        ("DSP1042:destroy-snapshot",),
        _DROP,
        partial(_beside, _recover_otherwise),
    ),
    _fault(
        "apply-snapshot-destroys",
        "A snapshot that is applied is gone with all others of the system.",
        ("DSP1042:apply-snapshot", "DSP1042:apply-snapshot.resources"),
        _APPLY,
        partial(_beside, _drop_snapshots),
    ),
    _fault(
        "apply-snapshot-activates-never",
        "A system to which a snapshot was applied is merely defined, whatever it was.",
        ("DSP1042:apply-snapshot.state",),
        _APPLY,
        partial(_beside, partial(_into, State.DEFINED, Request.DISABLE)),
    ),
    _fault(
        "apply-snapshot-does-nothing",
        "ApplySnapshot says that it is done, and does nothing.",
        (
            "DSP1042:apply-snapshot",
            "DSP1042:apply-snapshot.state",
            "DSP1042:apply-snapshot.resources",
            "DSP1042:apply-unknown-snapshot",
            "DSP1042:apply-snapshot.missing",
        ),
        _APPLY,
        lambda _hypervisor, _right, _call: MethodResult(0),
    ),
    _fault(
        "apply-snapshot-restores-nothing",
        "A snapshot is shown as applied, and the system is left as it is.",
        ("DSP1042:apply-snapshot.state", "DSP1042:apply-snapshot.resources"),
        _APPLY,
        _shown_as_applied,
    ),
    _fault(
        "apply-snapshot-keeps-definition",
        "An applied snapshot brings its state back, and leaves resources that were added since.",
        ("DSP1042:apply-snapshot.resources",),
        _APPLY,
        _state_only,
    ),
)
