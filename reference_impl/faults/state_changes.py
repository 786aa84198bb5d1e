"""Faults of RequestStateChange: wrong ends, wrong refusals, wrong acceptance (DSP1057)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.states import Request, State
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.repository import Repository
from reference_impl.values import Instance, ObjectName

_SYSTEM = "CIM_ComputerSystem"
_CAPABILITIES = "CIM_EnabledLogicalElementCapabilities"
_CHANGE = "RequestStateChange"
_REQUESTED = "RequestedState"
_TEST, _DEFER = 7, 8

_NAMES = {
    Request.DISABLE: "disable",
    Request.SHUT_DOWN: "shut-down",
    Request.OFFLINE: "offline",
    Request.QUIESCE: "quiesce",
    Request.REBOOT: "reboot",
    Request.RESET: "reset",
    _TEST: "test",
    _DEFER: "defer",
}

#: Check, state before, request, and the wrong state that it leads to; None: it is refused.
_WRONG_ENDS: tuple[tuple[str, State, Request, State | None], ...] = (
    ("activate", State.DEFINED, Request.ENABLE, State.DEFINED),
    ("pause", State.ACTIVE, Request.QUIESCE, State.ACTIVE),
    ("resume", State.PAUSED, Request.ENABLE, State.PAUSED),
    ("suspend", State.ACTIVE, Request.OFFLINE, State.PAUSED),
    ("restore", State.SUSPENDED, Request.ENABLE, State.SUSPENDED),
    ("suspend-paused", State.PAUSED, Request.OFFLINE, State.ACTIVE),
    ("deactivate", State.ACTIVE, Request.DISABLE, State.SUSPENDED),
    ("deactivate-paused", State.PAUSED, Request.DISABLE, State.SUSPENDED),
    ("deactivate-suspended", State.SUSPENDED, Request.DISABLE, State.SUSPENDED),
    ("shut-down", State.ACTIVE, Request.SHUT_DOWN, State.PAUSED),
    ("reboot", State.ACTIVE, Request.REBOOT, State.DEFINED),
    ("reset", State.ACTIVE, Request.RESET, State.DEFINED),
)

#: What is broken beside the check itself.
_ALSO = {
    "activate": ("DSP1027:change.on",),
    "pause": ("DSP1027:change.sleep[sleep-light]",),
    "resume": ("DSP1027:change.on-paused",),
    "suspend": ("DSP1027:change.hibernate",),
    "restore": ("DSP1027:change.on-suspended",),
    "suspend-paused": ("DSP1027:change.hibernate-paused",),
    "deactivate": ("DSP1027:change.off",),
    "deactivate-paused": ("DSP1027:change.off-paused",),
    "deactivate-suspended": ("DSP1027:change.off-suspended",),
    "shut-down": (
        "DSP1027:change.off-soft[off-soft]",
        "DSP1027:change.off-soft[off-soft-graceful]",
    ),
    "reboot": ("DSP1027:change.cycle-soft",),
    "reset": (
        "DSP1027:change.restart[cycle-hard]",
        "DSP1027:change.restart[reset]",
        "DSP1057:reset.time",
    ),
}

#: Check, state, and the request that is accepted there though it must be refused.
_ACCEPTED = (
    ("refuse-while-defined[quiesce]", State.DEFINED, Request.QUIESCE, State.PAUSED),
    ("refuse-while-defined[offline]", State.DEFINED, Request.OFFLINE, State.SUSPENDED),
    ("refuse-while-defined[reboot]", State.DEFINED, Request.REBOOT, State.ACTIVE),
    ("refuse-while-defined[reset]", State.DEFINED, Request.RESET, State.ACTIVE),
    ("refuse-while-suspended[quiesce]", State.SUSPENDED, Request.QUIESCE, State.PAUSED),
)


def _ending(state: State, request: Request, target: State | None, it: Bend) -> None:
    """Let a request in a state lead to another state, or be refused."""
    it.transition(state, request, target)


def _listing_without(it: Bend, request: int) -> None:
    """Leave a request out of all lists of what can be requested."""

    def leave_out(name: str) -> Callable[[Values], Values]:
        def rewritten(written: Values) -> Values:
            listed = written.get(name)
            if not listed:
                return written
            return {**written, name: [value for value in listed if value != request]}

        return rewritten

    it.rewrite(_CAPABILITIES, leave_out("RequestedStatesSupported"))
    it.rewrite(_SYSTEM, leave_out("AvailableRequestedStates"))


def _accepting(state: State, request: int) -> Callable[[Bend], None]:
    """Return a bend that accepts a request in a state without listing it."""

    def bend(it: Bend) -> None:
        _listing_without(it, request)
        other = State.ACTIVE if state is State.DEFINED else State.DEFINED
        it.wrap(_SYSTEM, _CHANGE, _shown_in(it, state, other, request))

    return bend


def _shown_in(
    it: Bend, state: State, other: State, request: int
) -> Callable[[MethodHandler], MethodHandler]:
    """Answer a request with success in one state, and refuse it in another."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            if call.arguments.get(_REQUESTED) != request:
                return right(call)
            shown = _enabled_state(found[0].store.repository, call)
            if shown == state:
                repository = found[0].store.repository
                repository.change(call.object_name, RequestedState=request)
                return MethodResult(0)
            return MethodResult(4097) if shown == other else right(call)

        return answer

    return wrapper


def _enabled_state(repository: Repository, call: MethodCall) -> int | None:
    """Return the EnabledState of the system that a call is about."""
    instance = repository.get(call.object_name)
    return instance.get("EnabledState") if instance is not None else None


def _keeping_time(it: Bend) -> None:
    """Answer a reset of an active system with success, and do nothing but record it."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            repository = found[0].store.repository
            active = _enabled_state(repository, call) == State.ACTIVE
            if not active or not _asks(Request.RESET)(call):
                return right(call)
            repository.change(call.object_name, RequestedState=Request.RESET)
            return MethodResult(0)

        return answer

    it.wrap(_SYSTEM, _CHANGE, wrapper)


def _unmanaged(it: Bend) -> None:
    """List no request as supported, and accept them all the same."""
    it.always(
        _CAPABILITIES,
        lambda written: "SynchronousMethodsSupported" not in written,
        RequestedStatesSupported=[],
    )
    it.always(_SYSTEM, AvailableRequestedStates=None)


def _when(
    asked: Callable[[MethodCall], bool], code: int
) -> Callable[[MethodHandler], MethodHandler]:
    """Answer certain calls with a code, and do nothing."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            return MethodResult(code) if asked(call) else right(call)

        return answer

    return wrapper


def _asks(value: int | None) -> Callable[[MethodCall], bool]:
    return lambda call: call.arguments.get(_REQUESTED) == value


def _moving_time(it: Bend) -> None:
    """Let a refusal move the time of the last state change."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            if result.return_value not in (0, 4096):
                repository = found[0].store.repository
                later = "20991231235959.000000+000"
                repository.change(call.object_name, TimeOfLastStateChange=later)
            return result

        return answer

    it.wrap(_SYSTEM, _CHANGE, wrapper)


def _after_activation(change: Callable[[Repository, MethodCall], None]) -> Callable[[Bend], None]:
    """Return a bend that changes what is shown after each successful activation."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                result = right(call)
                if result.return_value == 0 and _asks(Request.ENABLE)(call):
                    change(found[0].store.repository, call)
                return result

            return answer

        it.wrap(_SYSTEM, _CHANGE, wrapper)

    return bend


def _second_state_settings(repository: Repository, call: MethodCall) -> None:
    """Link a system to its defined configuration as if that were its state, too."""
    states = _state_settings(repository, call)
    for state in states if len(states) == 1 else ():
        for link in repository.referring(state, "CIM_ElementSettingData"):
            namespace = call.object_name.namespace
            defined = link.get("SettingData")
            ends = {"ManagedElement": call.object_name, "SettingData": defined}
            if defined != state:
                repository.add(namespace, "CIM_SettingsDefineState", **ends)


def _single_use_mark(repository: Repository, call: MethodCall) -> None:
    """Mark the defined configuration as next for a single use."""
    for state in _state_settings(repository, call):
        for link in repository.referring(state, "CIM_ElementSettingData"):
            repository.change(link.path, IsNext=3)


def _old_caption(repository: Repository, call: MethodCall) -> None:
    """Show the state configuration without the caption of the defined one."""
    for state in _state_settings(repository, call):
        repository.change(state, Caption=None)


def _changing_both(it: Bend) -> None:
    """Let a modification of the defined configuration of an active system show in both at once."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result, settings = right(call), call.arguments.get("SystemSettings")
            changed = settings.get("InstanceID") if isinstance(settings, Instance) else None
            for system in found[0].systems:
                active = system.state is State.ACTIVE and system.dual
                if active and system.defined.name.key("InstanceID") == changed:
                    repository = found[0].store.repository
                    repository.change(system.current.name, Caption="Changed at once")
            return result

        return answer

    it.wrap("CIM_VirtualSystemManagementService", "ModifySystemSettings", wrapper)


def _state_settings(repository: Repository, call: MethodCall) -> list[ObjectName]:
    links = repository.referring(call.object_name, "CIM_SettingsDefineState")
    return [link.get("SettingData") for link in links]


def _job_status(written: Values) -> Values:
    """Show a completed job with the status of a failed one."""
    if written.get("JobState") != 7:
        return written
    return {**written, "OperationalStatus": [17, 6]}


def _named(check: str) -> str:
    return check.replace("[", "-").replace("]", "")


FAULTS = (
    *(
        Fault(
            name=f"transition-{check}-goes-wrong",
            statement=f"An offered request is refused, or ends in the wrong state ({check}).",
            breaks=(f"DSP1057:{check}", *_ALSO.get(check, ())),
            bend=partial(_ending, state, request, target),
        )
        for check, state, request, target in _WRONG_ENDS
    ),
    *(
        Fault(
            name=f"accepts-{_named(check).removeprefix('refuse-')}",
            statement=f"A request is accepted that must be refused ({check}).",
            breaks=(f"DSP1057:{check}",),
            bend=partial(_ending, state, request, target),
        )
        for check, state, request, target in _ACCEPTED
    ),
    *(
        Fault(
            name=f"accepts-unlisted-{name}-while-defined",
            statement=f"A defined system accepts the request {name}, which is not listed.",
            breaks=(f"DSP1057:refuse-unlisted[{name}]",),
            bend=_accepting(State.DEFINED, request),
        )
        for request, name in _NAMES.items()
    ),
    *(
        Fault(
            name=f"accepts-unlisted-{name}-while-active",
            statement=f"An active system accepts the request {name}, which is not listed.",
            breaks=(f"DSP1057:refuse-unlisted-active[{name}]",),
            bend=_accepting(State.ACTIVE, request),
        )
        for request, name in _NAMES.items()
    ),
    Fault(
        name="accepts-unmanaged",
        statement="A system for which no request is listed can be enabled all the same.",
        breaks=("DSP1057:refuse-unmanaged",),
        bend=_unmanaged,
    ),
    Fault(
        name="state-change-reset-keeps-time",
        statement="A reset does not move the time of the last state change.",
        breaks=("DSP1057:reset.time",),
        bend=_keeping_time,
    ),
    Fault(
        name="state-change-accepts-nonsense",
        statement="A request for a state that the schema does not know is answered with success.",
        breaks=(
            "DSP1057:refuse-nonsense",
            "DSP1057:refuse-nonsense.code",
            "DSP1057:requested-state-follows",
        ),
        bend=lambda it: it.wrap(_SYSTEM, _CHANGE, _when(_asks(99), 0)),
    ),
    Fault(
        name="state-change-nonsense-code",
        statement="A request for a state that the schema does not know is refused for the state.",
        breaks=("DSP1057:refuse-nonsense.code",),
        bend=lambda it: it.wrap(_SYSTEM, _CHANGE, _when(_asks(99), 4097)),
    ),
    Fault(
        name="state-change-accepts-nothing",
        statement="A call that requests no state is answered with success.",
        breaks=("DSP1057:refuse-nothing",),
        bend=lambda it: it.wrap(_SYSTEM, _CHANGE, _when(_asks(None), 0)),
    ),
    Fault(
        name="state-change-timeout-refused",
        statement="A request with a time limit is refused for its parameters.",
        breaks=("DSP1057:timeout",),
        bend=lambda it: it.wrap(
            _SYSTEM, _CHANGE, _when(lambda call: bool(call.arguments.get("TimeoutPeriod")), 5)
        ),
    ),
    Fault(
        name="state-change-refusal-moves-time",
        statement="A refused request moves the time of the last state change.",
        breaks=(
            "DSP1057:refusal-changes-nothing",
            "DSP1057:refuse-nonsense",
            "DSP1057:refuse-nothing",
        ),
        bend=_moving_time,
    ),
    Fault(
        name="state-change-job-status-failed",
        statement="The job of a state change completes with the status of a failure.",
        breaks=(
            "DSP1041:service.job-completes",
            "DSP1057:job-completes",
            "DSP1103:job.completes",
            "DSP1103:job.status.completed",
        ),
        bend=lambda it: it.rewrite("CIM_ConcreteJob", _job_status),
        needs=frozenset({"asynchronous"}),
    ),
    Fault(
        name="state-change-job-with-zero",
        statement="RequestStateChange says that it is done, and gives a job.",
        breaks=("DSP1057:job-output-agrees",),
        bend=lambda it: it.recode(_SYSTEM, _CHANGE, {4096: 0}),
        needs=frozenset({"asynchronous"}),
    ),
    Fault(
        name="activation-adds-state-settings",
        statement="After its activation a system has two state configurations.",
        breaks=(
            "DSP1044:allocation.add",
            "DSP1050:connection.remove",
            "DSP1057:one-state-configuration",
        ),
        bend=_after_activation(_second_state_settings),
    ),
    Fault(
        name="activation-keeps-old-settings",
        statement="An activated system does not show a change of its defined configuration.",
        breaks=("DSP1057:defined-settings.activated",),
        bend=_after_activation(_old_caption),
    ),
    Fault(
        name="modification-shows-at-once",
        statement="A change of the defined configuration shows in an active system at once.",
        breaks=("DSP1057:defined-settings.independent",),
        bend=_changing_both,
    ),
    Fault(
        name="activation-keeps-single-use-mark",
        statement="After an activation a configuration is marked as next for a single use.",
        breaks=("DSP1057:next-mark-spent",),
        bend=_after_activation(_single_use_mark),
    ),
)
