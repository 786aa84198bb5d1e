"""Rules on the jobs of all calls that were played (CIM_ConcreteJob, DSP1103).

Pure. A job is judged by the looks at it from the call to its end, and by one more look then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from conformance.evaluate.judged import Calls, Judged, title
from conformance.evaluate.words import show
from conformance.results import Observation
from conformance.transcript import Call, JobAsk, JobGlimpse, JobTrail

COMPLETED = 7
ENDS = frozenset({7, 8, 9, 10})
SAYS_COMPLETED = 17
STATES = {
    2: "New",
    3: "Starting",
    4: "Running",
    5: "Suspended",
    6: "Shutting Down",
    7: "Completed",
    8: "Terminated",
    9: "Killed",
    10: "Exception",
    12: "Query Pending",
}
"""JobState values that the profile speaks of; 11 (Service) and vendors' own are not judged."""

STOPPED = frozenset({6, 8, 9})
FOLLOWS: Mapping[int, frozenset[int]] = {
    2: frozenset({3}) | STOPPED,
    3: frozenset({4}) | STOPPED,
    4: frozenset({5, 6}) | ENDS,
    5: frozenset({3}) | STOPPED,
    6: ENDS,
    12: frozenset({4}) | STOPPED,
}
"""What can follow each state; whoever looks now and then may miss some on the way."""

Seen = Iterator[Observation]
"""What is seen of one job."""


def job_resolves(calls: Calls) -> Judged:
    """The job that a call names can be read at once."""

    def judge(job: JobTrail) -> Seen:
        if not job.resolves:
            yield about(job, "a job that can be read", job.problem or "CIM_ERR_NOT_FOUND")

    return each_job(calls, lambda job: job.resolves or job.end != "unreadable", judge)


def job_status_unfinished(calls: Calls) -> Judged:
    """OperationalStatus says Completed (17) only when the job is over."""

    def judge(job: JobTrail) -> Seen:
        for glimpse in _unfinished(job):
            if SAYS_COMPLETED in (glimpse.operational_status or ()):
                expected = "OperationalStatus without 17 (Completed) before the end"
                found = f"{show(glimpse.operational_status)} with {named(glimpse)}"
                yield about(job, expected, found)
                return

    return each_job(calls, lambda job: any(g.operational_status for g in _unfinished(job)), judge)


def job_percent_grows(calls: Calls) -> Judged:
    """PercentComplete never becomes less."""

    def judge(job: JobTrail) -> Seen:
        seen = _percents(job)
        for before, after in pairwise(seen):
            if after < before:
                yield about(job, "PercentComplete that does not become less", show(seen))
                return

    return each_job(calls, lambda job: len(_percents(job)) > 1, judge)


def job_names_affected(calls: Calls) -> Judged:
    """A job that completes has named an element that it affects (CIM_AffectedJobElement)."""

    def judge(job: JobTrail) -> Seen:
        if not job.affected:
            found = job.affected_problem or "none"
            yield about(job, "CIM_AffectedJobElement from the job to an element", found)

    def known(job: JobTrail) -> bool:
        told = job.affected is not None or "CIM_ERR" in job.affected_problem
        return job.end == "completed" and told

    return each_job(calls, known, judge)


def job_moves_on(calls: Calls) -> Judged:
    """JobState goes only from a state to one that can be reached from it, and ends in the last."""

    def judge(job: JobTrail) -> Seen:
        seen = _states(job)
        for before, after in pairwise(seen):
            if after != before and after not in _reachable(before):
                expected = f"a state that can follow {STATES[before]}"
                yield about(job, expected, f"JobState {after} after {before}")
                return

    return each_job(calls, lambda job: len(_states(job)) > 1, judge)


def job_outlasts_end(calls: Calls) -> Judged:
    """A job can be read when it has ended: its TimeBeforeRemoval begins only then."""

    def judge(job: JobTrail) -> Seen:
        if job.end == "vanished":
            yield about(job, "a job that stays until its end was seen", job.problem)
        elif job.later is None:
            yield about(job, "a job that can be read after its end", job.later_problem)

    def known(job: JobTrail) -> bool:
        vanished = job.end == "vanished" and job.resolves
        return vanished or job.later is not None or "CIM_ERR" in job.later_problem

    return each_job(calls, known, judge)


def job_tells_errors(calls: Calls) -> Judged:
    """GetErrors gives at least one error of a job that failed."""

    def judge(job: JobTrail) -> Seen:
        if not job.errors:
            found = job.errors_problem or "no error"
            yield about(job, "at least one error from GetErrors", found)

    def failed(job: JobTrail) -> bool:
        return not was_stopped(job) and ended_in(job) in ENDS - {COMPLETED}

    return each_job(calls, lambda job: _asked(job) and failed(job), judge)


def job_tells_no_errors(calls: Calls) -> Judged:
    """GetErrors gives no error of a job that completed."""

    def judge(job: JobTrail) -> Seen:
        if job.errors_problem or job.errors:
            found = job.errors_problem or f"{job.errors} errors"
            yield about(job, "no error from GetErrors, and return value 0", found)

    return each_job(calls, lambda job: _asked(job) and job.end == "completed", judge)


def job_refuses_when_over(calls: Calls) -> Judged:
    """A job that is over refuses every change of its state, in whichever way.

    Jobs that do not support changes of their state at all are not judged.
    """

    def judge(job: JobTrail) -> Seen:
        for ask in _asks_when_over(job):
            if ask.outcome.accepted:
                state = f"{ask.before} ({STATES.get(ask.before or 0, 'unknown')})"
                expected = f"a refusal of RequestedState {ask.requested} in JobState {state}"
                yield about(job, expected, f"{ask.outcome.text}; {_then(ask)}")

    return each_job(calls, lambda job: bool(_asks_when_over(job)), judge)


def _then(ask: JobAsk) -> str:
    if ask.after is None:
        return "the job could not be read then"
    return "JobState as it was" if ask.after == ask.before else f"JobState {ask.after} then"


# -- the parts -----------------------------------------------------------------------------------


def each_job(
    calls: Calls, known: Callable[[JobTrail], bool], judge: Callable[[JobTrail], Seen]
) -> Judged:
    """Judge the job of each call of which enough is known; observations name the call."""
    examined = 0
    observations: list[Observation] = []
    for transcript, call in calls:
        job = call.job
        if job is None or not known(job):
            continue
        examined += 1
        subject = title(transcript, call)
        observations += (_named_by(subject, call, each) for each in judge(job))
    return Judged(examined, tuple(observations))


def _named_by(subject: str, call: Call, seen: Observation) -> Observation:
    path = call.job.path if call.job is not None else ""
    return Observation(f"{subject}: {path}", seen.expected, seen.found, seen.severity)


def about(job: JobTrail, expected: str, found: str) -> Observation:
    """Return a deviation of a job."""
    return Observation(job.path, expected, found)


def _looks(job: JobTrail) -> Iterable[JobGlimpse]:
    return (*job.glimpses, job.later) if job.later is not None else job.glimpses


def _unfinished(job: JobTrail) -> list[JobGlimpse]:
    return [g for g in job.glimpses if g.state in STATES and g.state not in ENDS]


def _percents(job: JobTrail) -> list[int]:
    return [g.percent for g in job.glimpses if g.percent is not None and g.percent <= 100]


def _states(job: JobTrail) -> list[int]:
    return [g.state for g in _looks(job) if g.state is not None and g.state in STATES]


def ended_in(job: JobTrail) -> int | None:
    """Return the state in which a job has ended, None when that was not seen."""
    return job.last.state if job.last is not None and job.end in ("completed", "failed") else None


def was_stopped(job: JobTrail) -> bool:
    """Tell whether the run itself has stopped a job: it has not failed by itself then."""
    return any(ask.before not in ENDS and ask.outcome.accepted for ask in job.asks)


def _asks_when_over(job: JobTrail) -> list[JobAsk]:
    said = (ask for ask in job.asks if ask.before in ENDS and ask.outcome.kind != "trouble")
    return [ask for ask in said if ask.outcome.name != "not_supported"]


def _asked(job: JobTrail) -> bool:
    return job.errors is not None or bool(job.errors_problem)


def named(glimpse: JobGlimpse) -> str:
    """Return the state that a look shows, with its name."""
    return f"JobState {glimpse.state} ({STATES.get(glimpse.state or 0, 'unknown')})"


def _reachable(state: int) -> set[int]:
    found: set[int] = set()
    pending = [state]
    while pending:
        for following in FOLLOWS.get(pending.pop(), ()):
            if following not in found:
                found.add(following)
                pending.append(following)
    return found


JOB_RULES: dict[str, Callable[[Calls], Judged]] = {
    "job-resolves": job_resolves,
    "job-status-unfinished": job_status_unfinished,
    "job-percent-grows": job_percent_grows,
    "job-names-affected": job_names_affected,
    "job-moves-on": job_moves_on,
    "job-outlasts-end": job_outlasts_end,
    "job-refuses-when-over": job_refuses_when_over,
    "job-tells-errors": job_tells_errors,
    "job-tells-no-errors": job_tells_no_errors,
}
"""Rules by the names that profile definitions use."""
