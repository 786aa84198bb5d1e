"""Counts of a run, and the sentence that answers whether the server is conformant.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from conformance.results import Conformance, Result, Run, Verdict

COLUMNS = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.WARN,
    Verdict.NOT_APPLICABLE,
    Verdict.UNTESTED,
    Verdict.ERROR,
    Verdict.WAIVED,
)
"""The verdicts in the order of the summary table."""

NAMES = {
    Verdict.PASS: "Pass",
    Verdict.FAIL: "Fail",
    Verdict.WARN: "Warn",
    Verdict.NOT_APPLICABLE: "Not applicable",
    Verdict.UNTESTED: "Untested",
    Verdict.ERROR: "Error",
    Verdict.WAIVED: "Waived",
}

_SAID = (
    (Verdict.FAIL, "failed"),
    (Verdict.PASS, "passed"),
    (Verdict.WARN, "warned"),
    (Verdict.UNTESTED, "untested"),
    (Verdict.ERROR, "ended in an error"),
    (Verdict.WAIVED, "waived"),
    (Verdict.NOT_APPLICABLE, "not applicable"),
)
_LEVELS = ("mandatory", "conditional", "conditional exclusive", "recommended", "optional")


class Row(msgspec.Struct, frozen=True):
    """One line of a table of counts; `key` is what a filter asks for, `title` what is shown."""

    key: str
    title: str
    counts: Mapping[Verdict, int]
    not_run: int = 0

    @property
    def total(self) -> int:
        """Return the number of checks, those that did not run included."""
        return sum(self.counts.values()) + self.not_run


class Answer(msgspec.Struct, frozen=True):
    """Whether the server is conformant: `sentence` in words, `tone` a verdict's name for it."""

    sentence: str
    numbers: str
    tone: Verdict


def total(run: Run) -> Row:
    """Return the counts of all checks."""
    return Row("", "All", _counts(run.results), len(not_run(run)))


def by_profile(run: Run) -> tuple[Row, ...]:
    """Return the counts by profile, in the order of the run header."""
    titles = profile_titles(run)
    missing = Counter(profile_of(run, check) for check in not_run(run))
    rows = _rows(run.results, lambda result: result.profile, (*titles, *missing))
    return tuple(
        Row(row.key, titles.get(row.key, row.key), row.counts, missing[row.key]) for row in rows
    )


def by_level(run: Run) -> tuple[Row, ...]:
    """Return the counts of the judged checks by requirement level."""
    rows = _rows(run.results, lambda result: result.level, _LEVELS)
    return tuple(row for row in rows if row.total)


def _rows(
    results: Iterable[Result], key: Callable[[Result], str], first: Iterable[str]
) -> list[Row]:
    groups: dict[str, list[Result]] = {name: [] for name in first}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return [Row(name, name, _counts(members)) for name, members in groups.items()]


def _counts(results: Iterable[Result]) -> Mapping[Verdict, int]:
    counts = Counter(result.verdict for result in results)
    return {verdict: counts[verdict] for verdict in COLUMNS}


def not_run(run: Run) -> tuple[str, ...]:
    """Return the ids of planned checks without a result."""
    judged = {result.check for result in run.results}
    return tuple(check for check in run.header.planned if check not in judged)


def profile_titles(run: Run) -> Mapping[str, str]:
    """Return how each profile of the run is called, by its key."""
    return {
        p.key: p.name if p.name.startswith(p.key) else f"{p.key} {p.name}"
        for p in run.header.profiles
    }


def profile_of(run: Run, check: str) -> str:
    """Return the profile that a check id names by its start."""
    keys = {profile.key for profile in run.header.profiles}
    start = check.partition(":")[0]
    return start if start in keys or not keys else "other"


def answer(run: Run) -> Answer:
    """Return the answer that a report starts with."""
    row = total(run)
    told = [f"{row.counts[verdict]:,} {words}" for verdict, words in _SAID if row.counts[verdict]]
    told += [f"{row.not_run:,} not run"] if row.not_run else []
    checks = plural(row.total, "check")
    numbers = f"{checks}: {', '.join(told)}." if told else "No check was judged."
    sentence, tone = _ended(run, row) if run.footer else _cut_short(row)
    return Answer(sentence, numbers, tone)


def _ended(run: Run, row: Row) -> tuple[str, Verdict]:
    counts = row.counts
    failed, passed = counts[Verdict.FAIL], counts[Verdict.PASS]
    match run.footer.conformance if run.footer else None:
        case Conformance.CONFORMANT:
            words = f"{_of(passed, row)} passed, none failed{_left_open(row)}"
            return f"Conformant: {words}", Verdict.PASS
        case Conformance.WITH_WAIVERS:
            waived = counts[Verdict.WAIVED]
            told = f"{_of(passed, row)} passed, {waived:,} {_are(waived)} waived, none failed"
            return f"Conformant with waivers: {told}{_left_open(row)}", Verdict.WAIVED
        case Conformance.NON_CONFORMANT:
            return f"Not conformant: {_of(failed, row)} failed", Verdict.FAIL
        case _:
            return f"Inconclusive: {_open(row)}", Verdict.UNTESTED


def _left_open(row: Row) -> str:
    untested = row.counts[Verdict.UNTESTED]
    return f", {untested:,} not examined" if untested else ""


def _open(row: Row) -> str:
    untested, errors = row.counts[Verdict.UNTESTED], row.counts[Verdict.ERROR]
    if not row.total - row.not_run:
        return "no check could be judged"
    told = [f"{_of(untested, row)} could not be examined"] if untested else []
    told += [f"{plural(errors, 'check')} ended in an error"] if errors else []
    told += [f"{plural(row.not_run, 'check')} did not run"] if row.not_run else []
    return ", ".join(told) or "no check passed"


def _cut_short(row: Row) -> tuple[str, Verdict]:
    judged = f"{row.total - row.not_run:,} of {plural(row.total, 'check')} judged"
    failed = row.counts[Verdict.FAIL]
    if failed:
        return f"Not conformant, and cut short: {judged}, {failed:,} failed", Verdict.FAIL
    return f"Cut short: only {judged}, so nothing is said about conformance", Verdict.ERROR


def _of(count: int, row: Row) -> str:
    return f"{count:,} of {plural(row.total, 'check')}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def plural(count: int, word: str) -> str:
    """Return a number with its word, such as `1 check` or `1,200 checks`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
