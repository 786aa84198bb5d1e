"""Waivers: deviations that somebody has accepted, with a reason, an owner and an expiry date.

Pure. A waiver never hides anything: the observations stay in the report beside the waiver, and
a waiver that no longer matches, or has expired, is itself reported and ends the run with its
own exit code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from conformance.results import Observation, Result, Verdict, Waiver
from conformance.settings import WaiverEntry

WAIVABLE = frozenset({Verdict.FAIL, Verdict.WARN})


def fingerprint(observations: Iterable[Observation]) -> str:
    """Return 12 hexadecimal digits that name a deviation, whatever instances it was seen on."""
    seen = sorted({(o.expected, o.found, o.severity) for o in observations})
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12] if seen else ""


def waive(result: Result, waivers: Sequence[WaiverEntry], today: str) -> Result:
    """Return the result as waived when a valid waiver fits it (`today` is an ISO date)."""
    if result.verdict not in WAIVABLE:
        return result
    for entry in waivers:
        valid = entry.id == result.check and entry.expires >= today
        if valid and entry.fingerprint in ("", result.fingerprint):
            waiver = Waiver(reason=entry.reason, owner=entry.owner, expires=entry.expires)
            return msgspec.structs.replace(result, verdict=Verdict.WAIVED, waiver=waiver)
    return result


def problems(
    results: Sequence[Result], waivers: Sequence[WaiverEntry], today: str
) -> tuple[str, ...]:
    """Return one line for each waiver that has expired or that nothing needs any more."""
    by_check = {result.check: result for result in results}
    told = []
    for entry in waivers:
        result = by_check.get(entry.id)
        if entry.expires < today:
            told.append(f"waiver for {entry.id} expired on {entry.expires} (owner {entry.owner})")
        elif result is not None and result.verdict is not Verdict.WAIVED:
            told.append(f"waiver for {entry.id} is stale: {_why(entry, result)}")
    return tuple(told)


def _why(entry: WaiverEntry, result: Result) -> str:
    if result.verdict in WAIVABLE:
        return f"the deviation is now {result.fingerprint}, not {entry.fingerprint}"
    return f"the check's verdict is {result.verdict.value}"
