"""RequestStateChange of virtual systems (DSP1057, clause 8)."""

from __future__ import annotations

from collections.abc import Collection

from reference_impl.hypervisor.jobs import Effects, Jobs, timeout_given
from reference_impl.hypervisor.lifecycle import Lifecycle
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.refusal import (
    DONE,
    JOB_STARTED,
    NOT_SUPPORTED,
    STATE_CHANGE_BUSY,
    STATE_CHANGE_FAILED,
    STATE_CHANGE_INVALID_PARAMETER,
    STATE_CHANGE_INVALID_TRANSITION,
    STATE_CHANGE_TIMEOUT_NOT_SUPPORTED,
    Refused,
)
from reference_impl.hypervisor.states import REQUESTS_OF_THE_SCHEMA, Request, State
from reference_impl.hypervisor.store import Store
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import ObjectName

METHOD = "RequestStateChange"

#: ElementEffects of a job on the system that it changes: exclusive use.
_EXCLUSIVE_USE = 2


class StateChange:
    """Handler of CIM_ComputerSystem.RequestStateChange; `asynchronous` names methods with jobs."""

    def __init__(
        self,
        store: Store,
        systems: Systems,
        lifecycle: Lifecycle,
        jobs: Jobs,
        asynchronous: Collection[str],
    ) -> None:
        self._store = store
        self._systems = systems
        self._lifecycle = lifecycle
        self._jobs = jobs
        self._asynchronous = METHOD in asynchronous

    def request_state_change(self, call: MethodCall) -> MethodResult:
        """Answer RequestStateChange: change the state now, or start a job that does."""
        with self._store.repository.lock:
            system = self._systems.named(call.object_name)
            if system is None:
                raise Refused(NOT_SUPPORTED, "only virtual systems change state on request")
            request = _request(call)
            if system.job is not None:
                raise Refused(STATE_CHANGE_BUSY, "a job is changing the system")
            target = self._lifecycle.target(system, request)
            if target is None:
                raise Refused(
                    STATE_CHANGE_INVALID_TRANSITION,
                    f"{Request(request).name} of a system that is {system.state.name}",
                )
            if self._asynchronous:
                return MethodResult(JOB_STARTED, {"Job": self._start(system, request, target)})
            self._change(system, request, target)
            return MethodResult(DONE)

    def _change(self, system: VirtualSystem, request: int, target: State) -> None:
        try:
            self._lifecycle.change(system, request, target)
        except Refused as refused:
            raise Refused(STATE_CHANGE_FAILED, refused.reason) from refused

    def _start(self, system: VirtualSystem, request: int, target: State) -> ObjectName:
        def work() -> Effects:
            self._change(system, request, target)
            system.job = None
            return ()

        def abandon() -> None:
            system.job = None
            self._lifecycle.withdraw(system)

        self._lifecycle.announce(system, request, target)
        job = self._jobs.start(
            f"{METHOD} {request}",
            system.name,
            work,
            affected=[(system.name, [_EXCLUSIVE_USE])],
            abandon=abandon,
        )
        system.job = job
        return job


def _request(call: MethodCall) -> int:
    """Return the request of a call. Raises `Refused` when it is not one of the profile."""
    request = call.get("RequestedState")
    if request not in REQUESTS_OF_THE_SCHEMA:
        raise Refused(STATE_CHANGE_INVALID_PARAMETER, f"RequestedState {request}")
    if request not in set(Request):
        raise Refused(NOT_SUPPORTED, f"RequestedState {request} is not supported")
    if timeout_given(call.get("TimeoutPeriod")):
        raise Refused(STATE_CHANGE_TIMEOUT_NOT_SUPPORTED, "TimeoutPeriod cannot be honoured")
    return int(request)
