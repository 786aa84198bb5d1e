"""What arrived for a run, however it came: kept in the order of its arrival.

Shell: several threads may keep and wait at once.
"""

from __future__ import annotations

import time
from threading import Condition

import msgspec

from conformance.cim import Instance

MOST_DELIVERIES = 20_000
MOST_SHOWN = 4_000


class Delivery(msgspec.Struct, frozen=True):
    """What came in on one channel, `seconds` after it was first listened.

    `indication` is None when it could not be read; `problem` tells why then. `text` is the
    beginning of the message.
    """

    channel: str
    seconds: float
    indication: Instance | None
    problem: str = ""
    text: str = ""


class Inbox:
    """Keeps what comes in, up to a number that no server reaches that tells what was asked."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._came = Condition()
        self._began = time.monotonic()

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return everything that came so far."""
        with self._came:
            return tuple(self._deliveries)

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until more than so many came; False when that has not come about in time."""
        with self._came:
            return self._came.wait_for(lambda: len(self._deliveries) > number, seconds)

    def keep(
        self, channel: str, indication: Instance | None, problem: str = "", text: str = ""
    ) -> None:
        """Keep an indication, or (None) why what came in its place cannot be read."""
        with self._came:
            seconds = round(time.monotonic() - self._began, 3)
            if len(self._deliveries) < MOST_DELIVERIES:
                shown = text[:MOST_SHOWN]
                self._deliveries.append(Delivery(channel, seconds, indication, problem, shown))
            self._came.notify_all()
