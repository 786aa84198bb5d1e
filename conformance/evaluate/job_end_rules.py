"""Rules on how the jobs of all calls that were played show themselves and end (DSP1103).

Pure. They ask of the jobs that the run has set going what is asked of those at rest as well.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.evaluate.job_rules import Seen, about, each_job, ended_in, named, was_stopped
from conformance.evaluate.judged import Calls, Judged
from conformance.evaluate.words import show
from conformance.results import Observation
from conformance.transcript import JobTrail

EXCEPTION = 10
STOPPED = frozenset({8, 9})
SAYS_ERROR = 6
OVER = ("completed", "failed")


def job_shows_itself(calls: Calls) -> Judged:
    """A job shows its identifier, its name, its state and how long it stays."""

    def judge(job: JobTrail) -> Seen:
        for name in job.unset:
            yield about(job, f"{name} with a value", "NULL")

    return each_job(calls, lambda job: job.resolves, judge)


def job_is_owned(calls: Calls) -> Judged:
    """A job belongs to one element (CIM_OwningJobElement)."""

    def judge(job: JobTrail) -> Seen:
        if job.owners != 1:
            yield about(job, "one CIM_OwningJobElement to the job", str(job.owners))

    return each_job(calls, lambda job: job.owners is not None, judge)


def job_ends(calls: Calls) -> Judged:
    """A job comes to its end before the deadline; a slow server is no wrong one."""

    def judge(job: JobTrail) -> Seen:
        if job.end == "unfinished" and job.last is not None:
            expected = "a job that ends before the deadline (--deadline)"
            yield Observation(job.path, expected, f"still {named(job.last)}", "warn")

    return each_job(calls, lambda job: job.end in (*OVER, "unfinished"), judge)


def job_fails_with_status(calls: Calls) -> Judged:
    """OperationalStatus of a job that ends in an exception, where it has one, says Error (6)."""

    def judge(job: JobTrail) -> Seen:
        status = job.last.operational_status if job.last is not None else None
        if SAYS_ERROR not in (status or ()):
            yield about(job, "OperationalStatus with 6 (Error)", show(status))

    def known(job: JobTrail) -> bool:
        shown = job.last is not None and bool(job.last.operational_status)
        return shown and ended_in(job) == EXCEPTION

    return each_job(calls, known, judge)


def job_tells_failure(calls: Calls) -> Judged:
    """A job that fails by itself has an ErrorCode other than 0, or an ErrorDescription.

    That one is silent which ended as if somebody had stopped it is a warning.
    """

    def judge(job: JobTrail) -> Seen:
        last = job.last
        if last is not None and not last.error_code and not last.error_description:
            expected = "ErrorCode other than 0, or ErrorDescription"
            found = f"ErrorCode {show(last.error_code)} in {named(last)}"
            severity = "warn" if last.state in STOPPED else "fail"
            yield Observation(job.path, expected, found, severity)

    def known(job: JobTrail) -> bool:
        return ended_in(job) in STOPPED | {EXCEPTION} and not was_stopped(job)

    return each_job(calls, known, judge)


def job_gives_output(calls: Calls) -> Judged:
    """JobOutParameters comes with the completion of a job, and holds its return value.

    Jobs that show none at all are not judged.
    """

    def judge(job: JobTrail) -> Seen:
        if job.output_early:
            yield about(job, "JobOutParameters NULL until the job has completed", "a value before")
        if job.returned is False:
            yield about(job, "JobOutParameters with __ReturnValue", "none")

    return each_job(calls, lambda job: job.output_early or job.returned is not None, judge)


def job_can_be_deleted(calls: Calls) -> Judged:
    """A job that is over and does not go by itself is gone when it has been deleted."""

    def judge(job: JobTrail) -> Seen:
        if not job.deleted:
            expected = "no job after DeleteInstance, as its DeleteOnCompletion is FALSE"
            yield about(job, expected, f"it is still there; DeleteInstance: {job.deletion}")

    return each_job(calls, lambda job: job.deleted is not None, judge)


JOB_END_RULES: dict[str, Callable[[Calls], Judged]] = {
    "job-shows-itself": job_shows_itself,
    "job-is-owned": job_is_owned,
    "job-ends": job_ends,
    "job-can-be-deleted": job_can_be_deleted,
    "job-gives-output": job_gives_output,
    "job-fails-with-status": job_fails_with_status,
    "job-tells-failure": job_tells_failure,
}
"""Rules by the names that profile definitions use."""
