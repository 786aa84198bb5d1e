"""Faults of jobs (DSP1103): of those that are over, and of those that a run sets going."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit, gone
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import is_of, registered
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.job_states import FINISHED, JobState
from reference_impl.hypervisor.refusal import STATE_CHANGE_INVALID_PARAMETER, Refused
from reference_impl.hypervisor.states import Request
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult, OperationCall
from reference_impl.values import NOT_FOUND, CIMError, Instance, ObjectName

_REGISTERED = "CIM_RegisteredProfile"
_JOB = "CIM_ConcreteJob"
_AFFECTED = "CIM_AffectedJobElement"
_SYSTEM = "CIM_ComputerSystem"
_CHANGE = "RequestStateChange"
_REQUESTED = "RequestedState"
_GET_ERRORS = "GetErrors"
_ASYNCHRONOUS = frozenset({"asynchronous"})

_EXCLUSIVE_USE = 2
_CREATE = 5
_NONSENSE = 99


def _in(state: JobState) -> Callable[[Instance], bool]:
    """Pick jobs in a state."""
    return lambda job: bool(job.get("JobState") == state)


def _keep_a_result(it: Edit) -> None:
    """Show the result of a method, and not the call that it is the result of."""
    result = it.add("CIM_MethodResult", InstanceID="cimconform:method result").path
    it.add("CIM_AssociatedJobMethodResult", Job=it.one(_JOB).path, JobParameters=result)


def _show_output(it: Edit) -> None:
    output = Instance("CIM_Error", {"Message": "none", "OwningEntity": "cimconform"})
    it.set(_JOB, _in(JobState.EXCEPTION), JobOutParameters=output)


def _losing_job(right: MethodHandler) -> MethodHandler:
    """Name a job that does not exist when a system is paused, whose state tells the end then."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        job = result.outputs.get("Job")
        pauses = call.arguments.get(_REQUESTED) == Request.QUIESCE
        if not pauses or not isinstance(job, ObjectName):
            return result
        return MethodResult(result.return_value, {**result.outputs, "Job": gone(job)})

    return answer


def _done_at_once(written: Values) -> Values:
    """Show jobs that go on with the status of those that have completed."""
    over = written.get("JobState") in FINISHED
    return written if over else {**written, "OperationalStatus": [17, 2]}


def _shrinking(written: Values) -> Values:
    """Show less of a job as done at its end than before."""
    over = written.get("JobState") in FINISHED
    return {**written, "PercentComplete": 10 if over else 90}


def _affecting_a_system(written: Values) -> bool:
    created = _CREATE in written["ElementEffects"]
    return is_of(_SYSTEM)(written["AffectedElement"]) and not created


def _on_second_look(show: Callable[[Instance], list[Any]]) -> Callable[[Bend], None]:
    """Return a bend that shows a job in another way once it was read after its end."""

    def bend(it: Bend) -> None:
        ended: set[ObjectName] = set()

        def change(call: OperationCall, found: list[Any]) -> list[Any]:
            name = call.parameters.get("InstanceName")
            if not found or not isinstance(name, ObjectName) or not is_of(_JOB)(name):
                return found
            if name in ended:
                return show(found[0])
            if found[0].get("JobState") in FINISHED:
                ended.add(name)
            return found

        it.answer(("GetInstance",), change)

    return bend


def _vanished(job: Instance) -> list[Any]:
    raise CIMError(NOT_FOUND, f"there is no job {job.name}")


def _silent_failure(it: Bend) -> None:
    """Let a request for a state that does not exist fail in a job that tells no errors."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            if call.arguments.get(_REQUESTED) != _NONSENSE:
                return right(call)
            hypervisor = found[0]
            with hypervisor.store.repository.lock:
                job = hypervisor.jobs.start(
                    _CHANGE,
                    hypervisor.host.service,
                    _fail,
                    affected=[(call.object_name, [_EXCLUSIVE_USE])],
                )
            return MethodResult(4096, {"Job": job})

        return answer

    it.wrap(_SYSTEM, _CHANGE, wrapper)
    it.pretend(_JOB, _GET_ERRORS, Errors=None)


def _fail() -> Any:
    raise Refused(STATE_CHANGE_INVALID_PARAMETER, f"RequestedState {_NONSENSE}")


FAULTS = (
    Fault(
        name="job-profile-misnamed",
        statement="Job Control is registered as Job Control Profile.",
        breaks=("DSP1103:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered("Job Control"), RegisteredName="Job Control Profile"
        ),
    ),
    Fault(
        name="job-without-state",
        statement="The state of a job is NULL.",
        breaks=("DSP1103:job.shown",),
        edit=lambda it: it.blank(_JOB, 0, "JobState"),
    ),
    Fault(
        name="job-without-status",
        statement="The operational status of a job is NULL.",
        breaks=("DSP1103:job.status",),
        edit=lambda it: it.blank(_JOB, 0, "OperationalStatus"),
    ),
    Fault(
        name="job-completed-with-error-status",
        statement="The operational status of a completed job says Error.",
        breaks=("DSP1103:job.status.completed",),
        edit=lambda it: it.set(_JOB, _in(JobState.COMPLETED), OperationalStatus=[17, 6]),
    ),
    Fault(
        name="job-failed-with-good-status",
        statement="The operational status of a job that failed says OK.",
        breaks=("DSP1103:job.status.failed",),
        edit=lambda it: it.set(_JOB, _in(JobState.EXCEPTION), OperationalStatus=[17, 2]),
    ),
    Fault(
        name="job-more-than-done",
        statement="More than all of a job is done.",
        breaks=("DSP1103:job.percent",),
        edit=lambda it: it.set(_JOB, PercentComplete=110),
    ),
    Fault(
        name="job-unowned",
        statement="A job belongs to nothing.",
        breaks=("DSP1103:job.owner",),
        edit=lambda it: it.drop("CIM_OwningJobElement"),
    ),
    Fault(
        name="job-effect-undescribed",
        statement="A job has another effect than those of the schema, which is not described.",
        breaks=("DSP1103:effect.other",),
        edit=lambda it: it.set(_AFFECTED, ElementEffects=[1]),
    ),
    Fault(
        name="job-effect-described-twice",
        statement="One effect of a job has two descriptions.",
        breaks=("DSP1103:effect.other.length",),
        edit=lambda it: it.set(_AFFECTED, OtherElementEffectsDescriptions=["made", "once more"]),
    ),
    Fault(
        name="job-completed-with-error",
        statement="A completed job has an error code.",
        breaks=("DSP1042:job.error-code",),
        edit=lambda it: it.set(_JOB, _in(JobState.COMPLETED), ErrorCode=4),
    ),
    Fault(
        name="job-fails-untold",
        statement="A job that failed has neither an error code nor a description of its error.",
        breaks=("DSP1103:job.error-told",),
        edit=lambda it: it.set(_JOB, _in(JobState.EXCEPTION), ErrorCode=0, ErrorDescription=None),
    ),
    Fault(
        name="job-failed-with-output",
        statement="A job that failed shows output parameters.",
        breaks=("DSP1103:job.output",),
        edit=_show_output,
    ),
    Fault(
        name="method-result-of-no-call",
        statement="The result of a method does not tell of the call that it is the result of.",
        breaks=("DSP1103:method-result.call",),
        edit=_keep_a_result,
    ),
    Fault(
        name="job-lost",
        statement="The job that is named when a system is paused does not exist.",
        breaks=("DSP1057:job-output-agrees", "DSP1103:job.resolves"),
        bend=lambda it: it.wrap(_SYSTEM, _CHANGE, _losing_job),
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-done-at-once",
        statement="A job that goes on has the operational status of one that is over.",
        breaks=("DSP1103:job.status.unfinished",),
        bend=lambda it: it.rewrite(_JOB, _done_at_once),
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-percent-shrinks",
        statement="Less of a job is done at its end than before.",
        breaks=("DSP1103:job.percent.grows",),
        bend=lambda it: it.rewrite(_JOB, _shrinking),
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-affects-nothing",
        statement="A job that changes a virtual system does not say so.",
        breaks=("DSP1057:job-names-system", "DSP1103:job.affected"),
        bend=lambda it: it.never(_AFFECTED, _affecting_a_system),
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-goes-on-after-end",
        statement="A job that has come to its end is shown as running again.",
        breaks=("DSP1103:job.course",),
        bend=_on_second_look(lambda job: [job.copy(JobState=int(JobState.RUNNING))]),
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-gone-at-end",
        statement="A job is gone as soon as it was seen to have come to its end.",
        breaks=("DSP1103:job.readable-after-end",),
        bend=_on_second_look(_vanished),
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-fails-without-errors",
        statement="A job that failed gives no error when it is asked for its errors.",
        breaks=("DSP1103:job.errors",),
        bend=_silent_failure,
        needs=_ASYNCHRONOUS,
    ),
    Fault(
        name="job-completes-with-errors",
        statement="A job that completed gives an error when it is asked for its errors.",
        breaks=("DSP1103:job.no-errors",),
        bend=lambda it: it.pretend(
            _JOB,
            _GET_ERRORS,
            Errors=[Instance("CIM_Error", {"MessageID": "JOB0000", "Message": "none"})],
        ),
        needs=_ASYNCHRONOUS,
    ),
)
