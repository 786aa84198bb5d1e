"""RequestStateChange of virtual systems (DSP1057, clause 8)."""

from __future__ import annotations

from collections.abc import Collection

from reference_impl.hypervisor.jobs import Effects, Jobs, interval_given
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
    """Changes states on request, by whatever method; `asynchronous` names those with jobs.

    Jobs of RequestStateChange belong to `service`, which outlives the systems.
    """

    def __init__(
        self,
        store: Store,
        systems: Systems,
        lifecycle: Lifecycle,
        jobs: Jobs,
        *,
        service: ObjectName,
        asynchronous: Collection[str],
    ) -> None:
        self._store = store
        self._systems = systems
        self._lifecycle = lifecycle
        self._jobs = jobs
        self._service = service
        self._asynchronous = frozenset(asynchronous)

    def request_state_change(self, call: MethodCall) -> MethodResult:
        """Answer RequestStateChange: change the state now, or start a job that does."""
        with self._store.repository.lock:
            system = self._systems.named(call.object_name)
            if system is None:
                raise Refused(NOT_SUPPORTED, "only virtual systems change state on request")
            return self.perform(METHOD, system, _request(call), owner=self._service)

    def perform(
        self, method: str, system: VirtualSystem, request: int, *, owner: ObjectName
    ) -> MethodResult:
        """Change the state of a system as a method asks: now, or in a job of the owner.

        The caller holds the lock. Raises `Refused` with the codes that RequestStateChange and
        RequestPowerStateChange share.
        """
        if system.job is not None:
            raise Refused(STATE_CHANGE_BUSY, "a job is changing the system")
        target = self._lifecycle.target(system, request)
        if target is None:
            raise Refused(
                STATE_CHANGE_INVALID_TRANSITION,
                f"{Request(request).name} of a system that is {system.state.name}",
            )
        if method in self._asynchronous:
            title = f"{method} {request}"
            return MethodResult(
                JOB_STARTED, {"Job": self._start(title, system, request, target, owner)}
            )
        self._change(system, request, target)
        return MethodResult(DONE)

    def _change(self, system: VirtualSystem, request: int, target: State) -> None:
        try:
            self._lifecycle.change(system, request, target)
        except Refused as refused:
            raise Refused(STATE_CHANGE_FAILED, refused.reason) from refused

    def _start(
        self, title: str, system: VirtualSystem, request: int, target: State, owner: ObjectName
    ) -> ObjectName:
        def work() -> Effects:
            self._change(system, request, target)
            system.job = None
            return ()

        def abandon() -> None:
            system.job = None
            self._lifecycle.withdraw(system)

        self._lifecycle.announce(system, request, target)
        job = self._jobs.start(
            title,
            owner,
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
    if interval_given(call.get("TimeoutPeriod")):
        raise Refused(STATE_CHANGE_TIMEOUT_NOT_SUPPORTED, "TimeoutPeriod cannot be honoured")
    return int(request)
