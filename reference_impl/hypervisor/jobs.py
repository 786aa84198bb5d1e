"""Jobs: methods that go on after they have answered (CIM_ConcreteJob, DSP1103).

A job takes three steps: New to Starting, Starting to Running, and the work itself, which ends
it as Completed or Exception. Clients may suspend, terminate and kill it until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.job_states import APPEARANCES, FINISHED, JobState
from reference_impl.hypervisor.profiles import JOB_CONTROL, Profiles
from reference_impl.hypervisor.refusal import Refused
from reference_impl.hypervisor.scheduler import Scheduler
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import FAILED, CIMError, Instance, ObjectName, format_interval

_ERROR_CODE_STOPPED = 1
_TIME_BEFORE_REMOVAL = timedelta(minutes=5)

#: Elements that the work of a job has affected, with their ElementEffects.
Effects = Sequence[tuple[ObjectName, Sequence[int]]]


@dataclass(slots=True)
class Job:
    """One job: `work` does it and says what it affected, `abandon` tidies up if it is not done."""

    name: ObjectName
    work: Callable[[], Effects]
    abandon: Callable[[], None]
    started: datetime
    state: JobState = JobState.NEW
    error: Refused | None = None

    @property
    def finished(self) -> bool:
        """Whether the job is in a state that it does not leave."""
        return self.state in FINISHED


class Jobs:
    """All jobs of the hypervisor; `step_seconds` is the time that each of their steps takes."""

    def __init__(
        self, store: Store, profiles: Profiles, scheduler: Scheduler, step_seconds: float
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._scheduler = scheduler
        self.step_seconds = step_seconds
        self._jobs: dict[ObjectName, Job] = {}
        self._serial = count(1)

    def named(self, name: ObjectName) -> Job | None:
        """Return the job of this path, or None."""
        return self._jobs.get(name)

    def start(
        self,
        title: str,
        owner: ObjectName,
        work: Callable[[], Effects],
        *,
        affected: Effects = (),
        abandon: Callable[[], None] = lambda: None,
    ) -> ObjectName:
        """Start a job and return its path; `affected` is what it is known to affect already."""
        job = self._add(title, owner, work, abandon)
        self._affect(job, affected)
        self._later(job, JobState.NEW)
        return job.name

    def record(
        self, title: str, owner: ObjectName, affected: Effects, error: Refused | None = None
    ) -> None:
        """Show a job that came to its end before; it stays until a client deletes it."""
        job = self._add(title, owner, lambda: affected, lambda: None)
        self._affect(job, affected)
        self._store.change(job.name, DeleteOnCompletion=False)
        if error is None:
            self._show(job, JobState.COMPLETED)
        else:
            self._fail(job, error)

    def move(self, job: Job, state: JobState) -> None:
        """Take a job to a state that a client requested."""
        if state is JobState.TERMINATED:
            self._show(job, JobState.SHUTTING_DOWN)
        self._show(job, state)
        if job.finished:
            job.error = Refused(_ERROR_CODE_STOPPED, f"the job was {state.name.lower()}")
            self._store.change(job.name, **_error_values(job.error))
            job.abandon()
            self._expire(job)
        elif state is JobState.STARTING:
            self._later(job, state)

    def errors(self, job: Job) -> list[Instance] | None:
        """Return the CIM_Error instances of a job that failed, or None."""
        if job.error is None:
            return None
        return [
            Instance(
                "CIM_Error",
                {
                    "ErrorType": 4,
                    "OwningEntity": "cimconform",
                    "MessageID": f"JOB{job.error.code:04d}",
                    "Message": job.error.reason,
                    "PerceivedSeverity": 5,
                    "ProbableCause": 0,
                    "CIMStatusCode": FAILED,
                },
            )
        ]

    def remove(self, job: Job) -> None:
        """Remove a finished job."""
        self._jobs.pop(job.name, None)
        self._store.remove(job.name)
        self._profiles.forget(job.name)

    def _add(
        self,
        title: str,
        owner: ObjectName,
        work: Callable[[], Effects],
        abandon: Callable[[], None],
    ) -> Job:
        name = self._store.add("CIM_ConcreteJob", **self._new(title))
        self._store.add("CIM_OwningJobElement", OwningElement=owner, OwnedElement=name)
        self._profiles.conform(JOB_CONTROL, name)
        job = Job(name, work, abandon, self._store.clock.now())
        self._jobs[name] = job
        return job

    def _new(self, title: str) -> Values:
        stamp = self._store.clock.stamp()
        status, percent = APPEARANCES[JobState.NEW]
        return {
            "InstanceID": instance_id("job", str(next(self._serial))),
            "Name": title,
            "ElementName": title,
            "JobState": int(JobState.NEW),
            "JobStatus": "new",
            "OperationalStatus": status,
            "HealthState": 5,
            "PercentComplete": percent,
            "TimeSubmitted": stamp,
            "StartTime": stamp,
            "ElapsedTime": format_interval(timedelta()),
            "TimeOfLastStateChange": stamp,
            "TimeBeforeRemoval": format_interval(_TIME_BEFORE_REMOVAL),
            "DeleteOnCompletion": True,
            "ErrorCode": 0,
        }

    def _later(self, job: Job, state: JobState) -> None:
        """Take the next step after a while, if the job is still in this state then."""

        def step() -> None:
            with self._store.repository.lock:
                if job.state is state:
                    self._advance(job)

        self._scheduler.after(self.step_seconds, step)

    def _advance(self, job: Job) -> None:
        if job.state is JobState.RUNNING:
            self._finish(job)
            return
        following = JobState.STARTING if job.state is JobState.NEW else JobState.RUNNING
        self._show(job, following)
        self._later(job, following)

    def _finish(self, job: Job) -> None:
        try:
            effects = job.work()
        except (Refused, CIMError) as error:
            self._fail(job, _refused(error))
            job.abandon()
        else:
            self._affect(job, effects)
            self._show(job, JobState.COMPLETED)
        self._expire(job)

    def _fail(self, job: Job, error: Refused) -> None:
        job.error = error
        self._show(job, JobState.EXCEPTION)
        self._store.change(job.name, **_error_values(error))

    def _show(self, job: Job, state: JobState) -> None:
        job.state = state
        status, percent = APPEARANCES[state]
        now = self._store.clock.now()
        values: Values = {
            "JobState": int(state),
            "JobStatus": state.name.lower().replace("_", " "),
            "OperationalStatus": status,
            "ElapsedTime": format_interval(now - job.started),
            "TimeOfLastStateChange": self._store.clock.stamp(),
        }
        if percent is not None:
            values["PercentComplete"] = percent
        self._store.change(job.name, **values)

    def _affect(self, job: Job, effects: Effects) -> None:
        for element, kinds in effects:
            self._store.add(
                "CIM_AffectedJobElement",
                AffectedElement=element,
                AffectingElement=job.name,
                ElementEffects=list(kinds),
            )

    def _expire(self, job: Job) -> None:
        """Remove a finished job when its time is over, unless its DeleteOnCompletion is false."""

        def removal() -> None:
            with self._store.repository.lock:
                shown = self._store.repository.get(job.name)
                if shown is not None and shown.get("DeleteOnCompletion"):
                    self.remove(job)

        shown = self._store.repository.get(job.name)
        interval = shown.get("TimeBeforeRemoval") if shown else None
        self._scheduler.after(seconds_of(interval), removal)


def seconds_of(interval: str | None) -> float:
    """Return the length of a CIM interval in seconds; the default of DSP1103 for None."""
    if interval is None:
        return _TIME_BEFORE_REMOVAL.total_seconds()
    days, hours, minutes = int(interval[:8]), int(interval[8:10]), int(interval[10:12])
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(interval[12:21])


def interval_given(interval: str | None) -> bool:
    """Whether a time or a time-out asks for something: not NULL and not an empty interval."""
    return interval is not None and (":" not in interval or seconds_of(interval) > 0)


def _refused(error: Refused | CIMError) -> Refused:
    if isinstance(error, CIMError):
        return Refused(error.status, error.description)
    return error


def _error_values(error: Refused) -> Values:
    return {"ErrorCode": error.code, "ErrorDescription": error.reason, "HealthState": 10}
