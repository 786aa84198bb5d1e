"""What judging one check gave, before it becomes a verdict.

Pure. Judging functions only say what they saw; the verdict is derived from it in one place
(`evaluate/__init__.py`).
"""

from __future__ import annotations

import msgspec

from conformance.cim import Exchange
from conformance.results import Observation


class Findings(msgspec.Struct, frozen=True):
    """What was examined and how it deviates.

    `examined` counts the subjects looked at, `observations` are the deviations. At most one of
    `not_applicable`, `untested` and `error` gives the reason why nothing could be said;
    `advice` tells the user what to supply. `trace` shows how a condition was decided.
    """

    examined: int = 0
    observations: tuple[Observation, ...] = ()
    subjects: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    not_applicable: str = ""
    untested: str = ""
    error: str = ""
    advice: str = ""
