"""What a rule or an effect says of calls, and how an observation names one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.results import Observation
from conformance.transcript import Call, Transcript

Calls = Sequence[tuple[Transcript, Call]]
"""The calls that a rule is about, each with the transcript that it is from."""


class Judged(msgspec.Struct, frozen=True):
    """What a rule or an effect saw: how much it examined, and the deviations.

    `nothing` tells why there was nothing to examine, `error` why nothing can be said.
    """

    examined: int = 0
    observations: tuple[Observation, ...] = ()
    nothing: str = ""
    error: str = ""


def title(transcript: Transcript, call: Call) -> str:
    """Return how an observation names a call."""
    return f"{call.method} on {call.target} ({transcript.check})"
