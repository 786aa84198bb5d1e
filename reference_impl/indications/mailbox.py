"""Indications that wait until their subscriber fetches them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Condition

from reference_impl.values import Instance, ObjectName


@dataclass(frozen=True, slots=True)
class _Waiting:
    subscription: ObjectName
    indication: Instance


class Mailbox:
    """A queue of at most `maximum` indications; what comes when it is full is lost.

    `context` begins the sequence of the indications; a lost one takes its number with it.
    """

    def __init__(self, context: str, maximum: int) -> None:
        self._context = context
        self._maximum = maximum
        self._number = 0
        self._waiting: deque[_Waiting] = deque()
        self._changed = Condition()
        self._closed = False

    def put(self, subscription: ObjectName, indication: Instance) -> None:
        """Add an indication."""
        with self._changed:
            number, self._number = self._number, self._number + 1
            if self._closed or len(self._waiting) >= self._maximum:
                return
            indication.values["SequenceContext"] = self._context
            indication.values["SequenceNumber"] = number
            self._waiting.append(_Waiting(subscription, indication))
            self._changed.notify_all()

    def take(self, most: int, seconds: float) -> list[Instance] | None:
        """Take the oldest indications; wait for the first one so many seconds.

        Returns None when the mailbox is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting, seconds)
            if self._closed:
                return None
            count = min(most, len(self._waiting))
            return [self._waiting.popleft().indication for _ in range(count)]

    def give_back(self, subscription: ObjectName, indications: list[Instance]) -> None:
        """Put what was taken before all that waits."""
        with self._changed:
            self._waiting.extendleft(_Waiting(subscription, each) for each in indications[::-1])
            self._changed.notify_all()

    def withdraw(self, subscription: ObjectName) -> None:
        """Drop what waits for a subscription that has ended."""
        with self._changed:
            kept = [each for each in self._waiting if each.subscription != subscription]
            self._waiting = deque(kept)

    def close(self) -> None:
        """Drop everything; who waits for an indication waits no more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def join(self) -> None:
        """Nothing: a mailbox has no thread."""
