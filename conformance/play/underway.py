"""What a server may still be doing for a call whose answer nobody has read.

A run that is cut short while a job goes on does not know what that job will make or remove. Here
jobs are only looked at; a server whose jobs cannot be listed is taken to have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.play.guard import Reader
from conformance.play.jobs import ENDED, integer
from conformance.play.polling import Clock

JOBS = "CIM_ConcreteJob"


class Underway:
    """Waits for the jobs of a server; one that outlasts the deadline is waited for once only."""

    def __init__(self, reader: Reader, clock: Clock, seconds: float) -> None:
        """Take the deadline of a job in seconds."""
        self._reader = reader
        self._clock = clock
        self._seconds = seconds
        self._endless: set[str] = set()

    def looks(self, namespace: str) -> Iterator[bool]:
        """Yield now and then whether a job goes on that did so at the first look.

        The last one is False when all of them have ended, True when the deadline has passed.
        Whoever looks at the server at each yield sees what the ended jobs have done.
        """
        waiting: frozenset[str] | None = None
        for _ in self._clock.looks(self._seconds):
            now = self._jobs(namespace)
            waiting = now - self._endless if waiting is None else waiting & now
            yield bool(waiting) or bool(now & self._endless)
            if not waiting:
                return
        self._endless |= waiting or set()

    def outlast(self, namespace: str) -> bool:
        """Wait until the jobs have ended; tell whether there was one that did."""
        seen = False
        for going_on in self.looks(namespace):
            if not going_on:
                return seen
            seen = True
        return False

    def _jobs(self, namespace: str) -> frozenset[str]:
        """Return the identities of the jobs that have not come to their end (DSP1103)."""
        answer = self._reader.enumerate_instances(namespace, JOBS)
        return frozenset(
            job.path.identity
            for job in (answer.value if answer.ok else ())
            if job.path is not None and integer(job.get("JobState")) not in ENDED
        )
