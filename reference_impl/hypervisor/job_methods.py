"""What clients can do with a job: CIM_ConcreteJob methods, its writable properties, deletion."""

from __future__ import annotations

from reference_impl.hypervisor.job_states import JOB_TRANSITIONS, JobRequest
from reference_impl.hypervisor.jobs import Job, Jobs, interval_given
from reference_impl.hypervisor.refusal import (
    DONE,
    NOT_SUPPORTED,
    STATE_CHANGE_INVALID_PARAMETER,
    STATE_CHANGE_INVALID_TRANSITION,
    STATE_CHANGE_TIMEOUT_NOT_SUPPORTED,
    Refused,
)
from reference_impl.hypervisor.store import Store
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import (
    FAILED,
    INVALID_PARAMETER,
    NOT_FOUND,
    CIMError,
    Instance,
    ObjectName,
)
from reference_impl.values import NOT_SUPPORTED as CIM_NOT_SUPPORTED

_SERVICE = 6
_WRITABLE = frozenset({"DeleteOnCompletion", "TimeBeforeRemoval"})


class JobMethods:
    """Handlers of the methods of CIM_ConcreteJob, and the Writer of its instances."""

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    def request_state_change(self, call: MethodCall) -> MethodResult:
        """Answer RequestStateChange (DSP1103, clause 8): start, suspend, terminate, kill."""
        with self._store.repository.lock:
            job = self._named(call.object_name)
            request = call.get("RequestedState")
            if request == _SERVICE:
                raise Refused(NOT_SUPPORTED, "jobs of this hypervisor have no service state")
            if request not in set(JobRequest):
                raise Refused(STATE_CHANGE_INVALID_PARAMETER, f"RequestedState {request}")
            if interval_given(call.get("TimeoutPeriod")):
                raise Refused(STATE_CHANGE_TIMEOUT_NOT_SUPPORTED, "TimeoutPeriod")
            target = JOB_TRANSITIONS.get((job.state, request))
            if target is None:
                raise Refused(
                    STATE_CHANGE_INVALID_TRANSITION,
                    f"{JobRequest(request).name} of a job that is {job.state.name}",
                )
            self._jobs.move(job, target)
            return MethodResult(DONE)

    def get_errors(self, call: MethodCall) -> MethodResult:
        """Answer GetErrors: the errors of a job that failed, and NULL for any other."""
        with self._store.repository.lock:
            return MethodResult(DONE, {"Errors": self._jobs.errors(self._named(call.object_name))})

    def create(self, _namespace: str, _instance: Instance) -> ObjectName:
        """Refuse: jobs come from methods."""
        raise CIMError(CIM_NOT_SUPPORTED, "jobs are created by methods")

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Change when a job is removed; its other properties are not for clients to write."""
        named = set(instance.values if property_list is None else property_list)
        with self._store.repository.lock:
            current = self._store.repository.get(instance.path)
            changes = {
                name: instance.get(name)
                for name in named
                if current is not None and instance.get(name) != current.get(name)
            }
            if changes.keys() - _WRITABLE:
                raise CIMError(CIM_NOT_SUPPORTED, f"only {sorted(_WRITABLE)} can be changed")
            if None in changes.values():
                raise CIMError(INVALID_PARAMETER, f"{sorted(changes)} cannot be NULL")
            self._store.change(instance.path, **changes)

    def delete(self, name: ObjectName) -> None:
        """Delete a finished job; one that still runs has to be terminated first."""
        with self._store.repository.lock:
            job = self._named(name)
            if not job.finished:
                raise CIMError(FAILED, "a job that is not finished cannot be deleted")
            self._jobs.remove(job)

    def _named(self, name: ObjectName) -> Job:
        job = self._jobs.named(name)
        if job is None:
            raise CIMError(NOT_FOUND, f"there is no job {name}")
        return job
