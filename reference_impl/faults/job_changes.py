"""Faults of the jobs that methods start, and of what clients can ask of them (DSP1103, DSP1042).

A job never comes to its end, ends otherwise than its work did, is not there for those who look, or
does not heed what it has agreed to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import gone
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.job_states import FINISHED, JobRequest, JobState
from reference_impl.hypervisor.jobs import Effects, Job
from reference_impl.hypervisor.refusal import STATE_CHANGE_INVALID_PARAMETER, Refused
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.operations.calls import Writer
from reference_impl.values import Instance, ObjectName, Value

_JOB = "CIM_ConcreteJob"
_SYSTEM = "CIM_ComputerSystem"
_MANAGEMENT = "CIM_VirtualSystemManagementService"
_MODIFY = "ModifySystemSettings"
_CHANGE = "RequestStateChange"
_REQUESTED = "RequestedState"
_NONSENSE = 99
_FAILED = 2
_DONE, _STARTED = 0, 4096
_GOING_ON = tuple(state for state in JobState if state not in FINISHED)
_OUTPUT = Instance("CIM_Error", {"Message": "none", "OwningEntity": "cimconform"})

_Bending: TypeAlias = Callable[[Bend], None]

#: Changes a job right after the call that has started it, and what that call answers.
JobChange: TypeAlias = Callable[[Hypervisor, Job, MethodResult], MethodResult]

#: Answers a request to a job in the place of the right handler; None: as that one does.
Control: TypeAlias = Callable[[Hypervisor, Job, int], MethodResult | None]


def _started(change: JobChange, classname: str = _MANAGEMENT, method: str = _MODIFY) -> _Bending:
    """Return a bend that changes each job that a method has started."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                with found[0].store.repository.lock:
                    result = right(call)
                    name = result.outputs.get("Job")
                    job = found[0].jobs.named(name) if isinstance(name, ObjectName) else None
                    return result if job is None else change(found[0], job, result)

            return answer

        it.wrap(classname, method, wrapper)

    return bend


def _asked(control: Control) -> _Bending:
    """Return a bend that answers requests to jobs in another way."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                with found[0].store.repository.lock:
                    job = found[0].jobs.named(call.object_name)
                    other = control(found[0], job, call.get(_REQUESTED)) if job else None
                    return other or right(call)

            return answer

        it.wrap(_JOB, _CHANGE, wrapper)

    return bend


# -- how jobs end ----------------------------------------------------------------------------------


def _fail() -> Effects:
    raise Refused(_FAILED, "the job has failed")


def _done_and_failed(_hypervisor: Hypervisor, job: Job, result: MethodResult) -> MethodResult:
    """Let a job do its work, and end in an exception."""
    right = job.work

    def work() -> Effects:
        right()
        return _fail()

    job.work = work
    return result


def _undone(_hypervisor: Hypervisor, job: Job, result: MethodResult) -> MethodResult:
    """Let a job complete without its work."""

    def work() -> Effects:
        job.abandon()
        return ()

    job.work = work
    return result


def _failing_beside_done(_hypervisor: Hypervisor, job: Job, result: MethodResult) -> MethodResult:
    """Say that the call is done, beside a job that fails."""
    job.work = _fail
    return MethodResult(_DONE, result.outputs)


def _unnamed(_hypervisor: Hypervisor, _job: Job, result: MethodResult) -> MethodResult:
    """Say that a job has started, and not which."""
    return MethodResult(result.return_value)


def _gone_at_once(_hypervisor: Hypervisor, job: Job, _result: MethodResult) -> MethodResult:
    """Name the job by a path at which there is nothing."""
    return MethodResult(_STARTED, {"Job": gone(job.name)})


def _disowned(hypervisor: Hypervisor, job: Job, result: MethodResult) -> MethodResult:
    """Let a job belong to nothing."""
    for link in hypervisor.store.referring(job.name, "CIM_OwningJobElement", "OwnedElement"):
        hypervisor.store.remove(link.path)
    return result


# -- how jobs are shown ----------------------------------------------------------------------------


def _of(method: str, *states: JobState, **values: Value) -> _Bending:
    """Return a bend that shows the jobs of a method, in some states, with other values."""

    def rewrite(written: Values) -> Values:
        meant = written.get("Name") == method and written.get("JobState") in states
        return {**written, **values} if meant else written

    return lambda it: it.rewrite(_JOB, rewrite)


def _failing_job(values: Mapping[str, Value]) -> _Bending:
    """Return a bend by which a request for no state fails in a job, which shows these values."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                if call.arguments.get(_REQUESTED) != _NONSENSE:
                    return right(call)
                hypervisor = found[0]
                with hypervisor.store.repository.lock:
                    service, affected = hypervisor.host.service, [(call.object_name, [2])]
                    job = hypervisor.jobs.start(_CHANGE, service, _refuse, affected=affected)
                return MethodResult(_STARTED, {"Job": job})

            return answer

        it.wrap(_SYSTEM, _CHANGE, wrapper)
        _of(_CHANGE, JobState.EXCEPTION, **values)(it)

    return bend


def _refuse() -> Effects:
    raise Refused(STATE_CHANGE_INVALID_PARAMETER, f"{_REQUESTED} {_NONSENSE}")


class _Keeper:
    """A writer of jobs that forgets what it is told to delete."""

    def __init__(self, right: Writer) -> None:
        self._right = right

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Create as the right writer does."""
        return self._right.create(namespace, instance)

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Modify as the right writer does."""
        self._right.modify(instance, property_list)

    def delete(self, _name: ObjectName) -> None:
        """Accept, and delete nothing."""


def _kept_for_ever(it: Bend) -> None:
    """Let all jobs stay, whatever clients say."""
    it.always(_JOB, DeleteOnCompletion=False)
    it.replace_writer(_JOB, _Keeper)


# -- what jobs are asked for -----------------------------------------------------------------------


def _heedless(_hypervisor: Hypervisor, job: Job, requested: int) -> MethodResult | None:
    """Say of a job that goes on that it is terminated, and leave it at that."""
    heard = requested == JobRequest.TERMINATE and not job.finished
    return MethodResult(_DONE) if heard else None


def _killed(hypervisor: Hypervisor, job: Job, requested: int) -> MethodResult | None:
    """Kill a job that is to be terminated."""
    if requested != JobRequest.TERMINATE or job.finished:
        return None
    hypervisor.jobs.move(job, JobState.KILLED)
    return MethodResult(_DONE)


def _stopped_and_refused(hypervisor: Hypervisor, job: Job, requested: int) -> MethodResult | None:
    """Terminate a job, and say that this cannot be done."""
    if requested != JobRequest.TERMINATE or job.finished:
        return None
    hypervisor.jobs.move(job, JobState.TERMINATED)
    return MethodResult(_FAILED)


def _accepting(_hypervisor: Hypervisor, job: Job, _requested: int) -> MethodResult | None:
    """Say of every request to a job that is over that it is done."""
    return MethodResult(_DONE) if job.finished else None


def _revived(hypervisor: Hypervisor, job: Job, requested: int) -> MethodResult | None:
    """Show a job that is over in another state when it is asked to."""
    if job.state is not JobState.COMPLETED or requested != JobRequest.KILL:
        return None
    hypervisor.store.change(job.name, JobState=int(JobState.KILLED))
    return MethodResult(_DONE)


def _fault(name: str, statement: str, breaks: tuple[str, ...], bend: _Bending) -> Fault:
    """Return a fault of a server that starts jobs."""
    needs = frozenset({"asynchronous"})
    return Fault(name=name, statement=statement, breaks=breaks, bend=bend, needs=needs)


FAULTS = (
    Fault(
        name="job-never-ends",
        statement="The job of ModifySystemSettings is shown as running for ever.",
        breaks=("DSP1103:job.ends",),
        bend=_of(_MODIFY, *FINISHED, JobState=int(JobState.RUNNING), OperationalStatus=[2]),
        needs=frozenset({"asynchronous"}),
        spares=("DSP1042:modify-system",),
    ),
    _fault(
        "job-done-and-failed",
        "The job of ModifySystemSettings ends in an exception, though it has done its work.",
        ("DSP1042:modify-system", "DSP1042:refusal-changes-nothing"),
        _started(_done_and_failed),
    ),
    _fault(
        "job-completes-undone",
        "The job of ModifySystemSettings completes, and has done nothing.",
        ("DSP1042:modify-system",),
        _started(_undone),
    ),
    _fault(
        "job-gone-at-once",
        "The job of ModifySystemSettings is gone before anybody can look at it.",
        ("DSP1042:job-output-agrees", "DSP1103:job.resolves"),
        _started(_gone_at_once),
    ),
    _fault(
        "job-unnamed",
        "ModifySystemSettings says that it has started a job, and not which.",
        ("DSP1042:job-output-agrees",),
        _started(_unnamed),
    ),
    _fault(
        "job-fails-beside-done",
        "ModifySystemSettings says that it is done, beside a job that fails.",
        ("DSP1042:modify-system", "DSP1042:job-output-agrees", "DSP1042:sync-as-offered"),
        _started(_failing_beside_done),
    ),
    _fault(
        "job-completes-with-wrong-status",
        "The job of ModifySystemSettings completes, and its status does not say so.",
        ("DSP1103:job.completes",),
        _of(_MODIFY, JobState.COMPLETED, OperationalStatus=[2]),
    ),
    _fault(
        "job-fails-with-wrong-status",
        "The status of a job that ends in an exception is OK.",
        ("DSP1103:job.fails",),
        _failing_job({"OperationalStatus": [17, 2]}),
    ),
    _fault(
        "job-fails-silently",
        "A job that ends in an exception has no error.",
        ("DSP1103:job.failure-told", "DSP1057:refuse-nonsense.code"),
        _failing_job({"ErrorCode": 0, "ErrorDescription": None}),
    ),
    _fault(
        "job-stays-unknown-time",
        "The job of ModifySystemSettings does not show how long it stays.",
        ("DSP1103:job.shown.underway",),
        _of(_MODIFY, *JobState, TimeBeforeRemoval=None),
    ),
    _fault(
        "job-output-without-result",
        "The output parameters of the job of ModifySystemSettings lack the return value.",
        ("DSP1103:job.output.return-value",),
        _of(_MODIFY, JobState.COMPLETED, JobOutParameters=_OUTPUT),
    ),
    _fault(
        "job-output-early",
        "The job of ModifySystemSettings shows output parameters while it goes on.",
        ("DSP1103:job.output.return-value",),
        _of(_MODIFY, *_GOING_ON, JobOutParameters=_OUTPUT),
    ),
    _fault(
        "job-deleted-in-vain",
        "A job that does not go by itself stays when it is deleted.",
        ("DSP1103:job.deleted",),
        _kept_for_ever,
    ),
    _fault(
        "job-underway-unowned",
        "The job of ModifySystemSettings belongs to nothing.",
        ("DSP1103:job.owner.underway",),
        _started(_disowned),
    ),
    _fault(
        "job-terminates-never",
        "A job that has agreed to be terminated goes on.",
        ("DSP1103:job.terminate",),
        _asked(_heedless),
    ),
    _fault(
        "job-killed-to-terminate",
        "A job that is to be terminated is shown as killed.",
        ("DSP1103:job.terminate",),
        _asked(_killed),
    ),
    _fault(
        "job-terminated-and-refused",
        "A job that refuses to be terminated is terminated all the same.",
        ("DSP1103:job.terminate",),
        _asked(_stopped_and_refused),
    ),
    _fault(
        "job-over-accepts",
        "A job that is over accepts every request, and stays as it is.",
        ("DSP1103:job.finished-refuses",),
        _asked(_accepting),
    ),
    _fault(
        "job-over-changes",
        "A job that has completed is shown as killed when it is asked to be.",
        ("DSP1103:job.finished-refuses",),
        _asked(_revived),
    ),
)
