"""Asking the jobs that this run has started for another state (CIM_ConcreteJob, DSP1103).

A job that is over is asked only for what could do no harm if the server took it seriously: Start
might do its work once more.
"""

from __future__ import annotations

from conformance.cim import Answer, Argument, Path
from conformance.play.guard import Guard, Reader
from conformance.play.jobs import ENDED, NOT_FOUND, Following, integer, take
from conformance.play.outcome import Codes, outcome_of
from conformance.transcript import JobAsk

REQUEST = "RequestStateChange"
REQUESTED = "RequestedState"
SUSPEND, TERMINATE, KILL = 3, 4, 5
UNABLE = frozenset({1, 2, 7})
"""CIM status of servers that delete no instances of a class, or not for this user."""

WHEN_OVER = (TERMINATE, KILL, SUSPEND)
"""What a job that is over is asked for."""

SAME = frozenset({(8, TERMINATE), (9, KILL)})
"""States that are over, with the request that asks for just that."""

CODES: Codes = {
    "done": 0,
    "not_supported": 1,
    "failed": (2, 4),
    "timeout": 3,
    "invalid_parameter": 5,
    "in_use": 6,
    "job": 4096,
    "invalid_state": 4097,
    "busy": 4099,
}
"""Return values of CIM_ConcreteJob.RequestStateChange (CIM schema 2.49)."""


class JobControl:
    """Asks jobs for other states through the guard: each that is over once in each way."""

    def __init__(self, guard: Guard, reader: Reader) -> None:
        self._guard = guard
        self._reader = reader
        self._asked: set[tuple[int, int]] = set()
        self._broken = False

    def stop(self, following: Following, requested: int, passed: float) -> None:
        """Ask a job that goes on for a state, once, `passed` seconds after its call.

        Nothing is asked of a job that is not known to be one that this run has started, nor of
        what shows no state of a job.
        """
        state = following.state
        if following.asks or state is None or state in ENDED:
            return
        if self._guard.adopt_job(following.job):
            ask, now = self._ask(following.job, requested, state, passed)
            following.asks.append(ask)
            take(following, now, passed)

    def ask_when_over(self, following: Following, passed: float) -> None:
        """Ask a job that is over for other states, in each way only once in a run."""
        state = following.state
        if state not in ENDED or not self._guard.adopt_job(following.job):
            return
        for requested in WHEN_OVER:
            if self._broken or {(state, requested)} & (self._asked | SAME):
                continue
            self._asked.add((state, requested))
            ask, _ = self._ask(following.job, requested, state, passed)
            following.asks.append(ask)
            self._broken = ask.outcome.kind == "trouble"
            if ask.outcome.accepted:
                return

    def delete(self, following: Following) -> None:
        """Delete a job that is over and would stay for ever, whatever the reply looks like."""
        if not following.stays or not self._guard.adopt_job(following.job):
            return
        answer = self._guard.delete_job(following.job)
        problem = answer.refusal or answer.trouble
        following.deletion = str(problem or "accepted")
        now = self._reader.get_instance(following.job)
        if now.refusal is not None and now.refusal.status == NOT_FOUND:
            following.deleted = True
        elif now.ok and answer.trouble is None:
            unable = answer.refusal is not None and answer.refusal.status in UNABLE
            following.deleted = None if unable else False

    def _ask(self, job: Path, requested: int, before: int, passed: float) -> tuple[JobAsk, Answer]:
        """Ask a job for a state; return what came of it, and how it is read then."""
        answer = self._guard.invoke(job, REQUEST, [Argument(REQUESTED, "uint16", requested)])
        outcome = outcome_of(answer, CODES)
        now = self._reader.get_instance(job)
        after = integer(now.value.get("JobState")) if now.ok else None
        return JobAsk(requested, outcome, before, after, round(passed, 3)), now
