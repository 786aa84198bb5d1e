"""How often something is asked again, and when an endpoint is given up.

A failure is asked about once more before it is believed. A server that lets one operation after
the other time out would hold a run for hours: after a while it is not asked any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from conformance.cim import Answer, Exchange, Trouble

UNSURE = (1, 27, 28)
"""CIM_ERR_FAILED, ..._SERVER_LIMITS_EXCEEDED, ..._SHUTTING_DOWN: may be otherwise next time."""

MOST_TIMEOUTS = 12
"""Operations in a row that may time out before the server is given up."""


class Patience:
    """Asks, and once more where it helps; may be used by several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timeouts = 0

    def ask(self, ask: Callable[[], Answer]) -> Answer:
        """Return the answer, or the second one when the first was a failure of the moment."""
        answer = self._once(ask)
        momentary = answer.refusal is not None and answer.refusal.status in UNSURE
        return self._once(ask) if answer.trouble is not None or momentary else answer

    def _once(self, ask: Callable[[], Answer]) -> Answer:
        if self._timeouts >= MOST_TIMEOUTS:
            text = f"not asked: {self._timeouts} operations in a row had timed out"
            return Answer(Exchange("", "", text), trouble=Trouble("timeout", text))
        answer = ask()
        timed_out = answer.trouble is not None and answer.trouble.kind == "timeout"
        with self._lock:
            self._timeouts = self._timeouts + 1 if timed_out else 0
        return answer
