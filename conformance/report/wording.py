"""The words that reports share: sources, bases, commands, times, amounts.

Pure.
"""

from __future__ import annotations

import shlex
from datetime import datetime

from conformance.report.tally import plural
from conformance.results import KnownDeviation, ProfileSummary, Result, Run

BASES = {
    "schema": "read in the DMTF schema",
    "document": "read in the text of the specification",
    "implementation": "seen in independent implementations",
    "reading": "our reading of the specification, firm",
    "unconfirmed": "our reading, not confirmed: a deviation only warns",
}


def source(result: Result) -> str:
    """Return document and clause; says so when the clause is not known."""
    clause = f"clause {result.clause}" if result.clause else "clause not known"
    return f"{result.document or 'document not known'}, {clause}"


def known_of(deviation: KnownDeviation) -> str:
    """Return of whom a deviation is known, and how it deviates there."""
    versions = f" ({deviation.versions})" if deviation.versions else ""
    return f"known of {deviation.implementation}{versions}: {deviation.says}"


def run_again(run: Run, check: str) -> str:
    """Return the command that runs this check alone; "" when the stream does not tell."""
    command = run.header.reproduce
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    kept = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if "--check" not in (before, word)
    ]
    return shlex.join([*kept, "--check", check]) if kept else ""


def explain(check: str) -> str:
    """Return the command that tells what a check demands."""
    return f"cimconform explain {shlex.quote(check)}"


def moment(text: str) -> str:
    """Return an ISO 8601 time as people read it; unchanged when it is none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = when.tzname() or ""
    return f"{when.day} {when:%B %Y}, {when:%H:%M} {zone}".strip()


def duration(seconds: float) -> str:
    """Return a time span with a fitting unit."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def profiles(run: Run) -> str:
    """Return the profiles of a run with their documents, as one phrase."""
    named = [_named(profile) for profile in run.header.profiles]
    return ", ".join(named[:-1]) + " and " + named[-1] if len(named) > 1 else "".join(named)


def _named(profile: ProfileSummary) -> str:
    document = f"{profile.document} {profile.version}".strip()
    return f"{profile.name} ({document})" if document else profile.name


def spoken(run: Run) -> str:
    """Return by which dialect a run judges and why, "" where its results do not tell."""
    dialect = run.header.dialect
    if dialect is None:
        return ""
    if not dialect.key:
        return f"Dialect: none ({dialect.why})"
    points = plural(len(dialect.deviations), "known deviation")
    return f"Dialect: {dialect.key}, {dialect.title} ({dialect.why}); {points} from DMTF"
