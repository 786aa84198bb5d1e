"""Waiting for the server under test: deadlines, and looks that come less often with time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec

FIRST_PAUSE = 0.01
LONGEST_PAUSE = 2.0
GROWTH = 1.5


class Deadlines(msgspec.Struct, frozen=True):
    """How long something may take, in seconds.

    `state` is for a state change, `job` for a job from the call to its end, `settle` for what
    should follow at once, such as a time stamp that moves with the state. The deadline of one
    operation belongs to the connection.
    """

    state: float = 60.0
    job: float = 120.0
    settle: float = 3.0


class Clock(msgspec.Struct, frozen=True):
    """The time in seconds, and a way to let it pass."""

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep

    def looks(self, deadline: float) -> Iterator[float]:
        """Yield the seconds since the first look: at once, then with growing pauses.

        The last look is at the deadline, so that a change just before it is seen.
        """
        start = self.now()
        pause = FIRST_PAUSE
        while True:
            passed = self.now() - start
            yield passed
            rest = deadline - (self.now() - start)
            if passed >= deadline or rest <= 0:
                return
            self.wait(min(pause, rest))
            pause = min(pause * GROWTH, LONGEST_PAUSE)
