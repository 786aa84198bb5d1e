"""The order of a report: which checks stand in which section, and under which cause.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from conformance.report.grouping import Group, by_cause, by_text, largest_first
from conformance.report.tally import profile_titles
from conformance.results import Result, Run, Verdict

Grouping = Callable[[Iterable[Result]], tuple[Group, ...]]


class Section(msgspec.Struct, frozen=True):
    """The checks of one verdict, grouped; `intro` says what the verdict means."""

    verdict: Verdict
    title: str
    intro: str
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        """Return the number of checks in the section."""
        return sum(len(group.results) for group in self.groups)


def sections(run: Run) -> Iterator[Section]:
    """Yield the sections that hold a check, in the order of a report."""
    for verdict, title, intro, grouping in _sections(_titled(run)):
        members = [result for result in run.results if result.verdict is verdict]
        if members:
            yield Section(verdict, title, intro, grouping(members))


def _sections(
    titled: Callable[[Result], str],
) -> tuple[tuple[Verdict, str, str, Grouping], ...]:
    return (
        (
            Verdict.FAIL,
            "Failures",
            "Something that was examined violates a requirement that applies. "
            "Grouped by cause: mending one cause mends all checks under it.",
            by_cause,
        ),
        (
            Verdict.WARN,
            "Warnings",
            "A recommendation is violated, or a requirement that we could not confirm. "
            "Warnings do not touch conformance.",
            by_cause,
        ),
        (
            Verdict.UNTESTED,
            "Untested",
            "These apply, and could not be examined. Grouped by what would help.",
            lambda members: largest_first(by_text(members, _what_helps)),
        ),
        (
            Verdict.ERROR,
            "Errors",
            "The suite or the connection failed here; this says nothing about the server's "
            "conformance, and a run with errors is never conformant.",
            lambda members: largest_first(by_text(members, lambda result: result.reason)),
        ),
        (
            Verdict.WAIVED,
            "Waived",
            "Deviations that somebody has accepted, with a reason and until a date.",
            by_cause,
        ),
        (
            Verdict.NOT_APPLICABLE,
            "Not applicable",
            "The condition does not hold, or the feature is not claimed. Grouped by the reason.",
            lambda members: largest_first(by_text(members, lambda result: result.reason)),
        ),
        (
            Verdict.PASS,
            "Passed",
            "Something was examined, and all of it was fine.",
            lambda members: by_text(members, titled),
        ),
    )


def _what_helps(result: Result) -> str:
    return f"To examine these: {result.advice}" if result.advice else result.reason


def _titled(run: Run) -> Callable[[Result], str]:
    titles = profile_titles(run)
    return lambda result: titles.get(result.profile, result.profile)
