"""Waivers: deviations that somebody has accepted, with a reason, an owner and an expiry date.

Pure. A waiver never hides anything: the observations stay in the report beside the waiver, and
a waiver that no longer matches, or has expired, is itself reported and ends the run with its
own exit code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

import msgspec

from conformance.results import Observation, Result, Verdict, Waiver
from conformance.settings import WaiverEntry
from conformance.slips import did_you_mean

WAIVABLE = frozenset({Verdict.FAIL, Verdict.WARN})
UNJUDGED = frozenset({Verdict.UNTESTED, Verdict.ERROR})


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
    results: Sequence[Result],
    waivers: Sequence[WaiverEntry],
    today: str,
    known: Collection[str] = (),
) -> tuple[str, ...]:
    """Return one line for each waiver that has expired or that nothing needs any more.

    `known` are the ids of all checks, none when they need not be looked at. A check that was not
    part of the run, or could not be judged in it, says nothing about its waiver.
    """
    by_check = {result.check: result for result in results}
    told = (_problem(entry, by_check.get(entry.id), today, known) for entry in waivers)
    return tuple(line for line in told if line)


def _problem(entry: WaiverEntry, result: Result | None, today: str, known: Collection[str]) -> str:
    """Return what is wrong with a waiver and what to do about it, or ""."""
    named = f"waiver for {entry.id}"
    if entry.expires < today:
        return f"{named} expired on {entry.expires}; ask {entry.owner} to renew or to remove it"
    if known and entry.id not in known:
        close = did_you_mean(entry.id, known)
        return f"{named} is stale: there is no such check; {close or 'remove it'}"
    if result is None or result.verdict in UNJUDGED:
        return ""
    if result.verdict not in {*WAIVABLE, Verdict.WAIVED}:
        return f"{named} is stale: the verdict is {result.verdict.value}; remove it"
    if entry.fingerprint in ("", result.fingerprint):
        return ""
    return (
        f"{named} is stale: the deviation has the fingerprint {result.fingerprint} now, "
        f"not {entry.fingerprint}; look at it, and renew or remove the waiver"
    )
