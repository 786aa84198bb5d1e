"""The states of a job, what clients can request in each, and how a job shows them (DSP1103)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class JobState(IntEnum):
    """A value of CIM_ConcreteJob.JobState."""

    NEW = 2
    STARTING = 3
    RUNNING = 4
    SUSPENDED = 5
    SHUTTING_DOWN = 6
    COMPLETED = 7
    TERMINATED = 8
    KILLED = 9
    EXCEPTION = 10


class JobRequest(IntEnum):
    """A value of the parameter RequestedState of CIM_ConcreteJob.RequestStateChange."""

    START = 2
    SUSPEND = 3
    TERMINATE = 4
    KILL = 5


_UNFINISHED = (JobState.NEW, JobState.STARTING, JobState.RUNNING, JobState.SUSPENDED)

#: States that a job does not leave.
FINISHED = (JobState.COMPLETED, JobState.TERMINATED, JobState.KILLED, JobState.EXCEPTION)

#: What clients can request (DSP1103, clause 8): from state, request, to state.
JOB_TRANSITIONS: Mapping[tuple[JobState, int], JobState] = {
    (JobState.NEW, JobRequest.START): JobState.STARTING,
    (JobState.SUSPENDED, JobRequest.START): JobState.STARTING,
    (JobState.RUNNING, JobRequest.SUSPEND): JobState.SUSPENDED,
    **{(state, JobRequest.TERMINATE): JobState.TERMINATED for state in _UNFINISHED},
    **{(state, JobRequest.KILL): JobState.KILLED for state in _UNFINISHED},
}

#: OperationalStatus and PercentComplete (None: as it was) of each state.
APPEARANCES: Mapping[JobState, tuple[list[int], int | None]] = {
    JobState.NEW: ([2], 0),
    JobState.STARTING: ([2], None),
    JobState.RUNNING: ([2], 50),
    JobState.SUSPENDED: ([2], None),
    JobState.SHUTTING_DOWN: ([2], None),
    JobState.COMPLETED: ([17, 2], 100),
    JobState.TERMINATED: ([17, 10], None),
    JobState.KILLED: ([17, 10], None),
    JobState.EXCEPTION: ([17, 6], None),
}
