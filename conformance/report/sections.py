"""The order of a report: which checks stand in which section, and under which cause.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from conformance.report.grouping import Group, by_cause, by_text
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
    for verdict, title, intro, grouping in _sections(_profile_titles(run)):
        members = [result for result in run.results if result.verdict is verdict]
        if members:
            yield Section(verdict, title, intro, grouping(members))


def _sections(
    profile_titles: Callable[[Result], str],
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
            lambda members: by_text(members, lambda result: result.advice or result.reason),
        ),
        (
            Verdict.ERROR,
            "Errors",
            "The suite or the connection failed here; this says nothing about the server's "
            "conformance, and a run with errors is never conformant.",
            lambda members: by_text(members, lambda result: result.reason),
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
            lambda members: by_text(members, lambda result: result.reason),
        ),
        (
            Verdict.PASS,
            "Passed",
            "Something was examined, and all of it was fine.",
            lambda members: by_text(members, profile_titles),
        ),
    )


def _profile_titles(run: Run) -> Callable[[Result], str]:
    titles = {profile.key: f"{profile.key} {profile.name}" for profile in run.header.profiles}
    return lambda result: titles.get(result.profile, result.profile)
