"""Results that belong together: deviations by their cause, the rest by what was said of them.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from conformance.report.clean import clipped
from conformance.results import Observation, Result

_TITLE_CHARACTERS = 160


class Group(msgspec.Struct, frozen=True):
    """Results with one cause; `title` is empty where a single check says it all itself."""

    title: str
    results: tuple[Result, ...]

    @property
    def deviations(self) -> int:
        """Return how many deviations were seen, those left out of the stream included."""
        return sum(deviations(result) for result in self.results)


class Pattern(msgspec.Struct, frozen=True):
    """The same expected and found at several subjects; `steps` are those that led to the first."""

    expected: str
    found: str
    severity: str
    subjects: tuple[str, ...]
    steps: tuple[str, ...] = ()


def deviations(result: Result) -> int:
    """Return how many deviations of a check were seen."""
    return len(result.observations) + result.omitted


def by_cause(results: Iterable[Result]) -> tuple[Group, ...]:
    """Group deviating checks: by the cause they name, else by the same expected and found.

    The cause that touches most checks comes first.
    """
    groups = _grouped(results, _cause)
    return tuple(
        Group(_title(key) if len(members) > 1 or key[0] == "cause" else "", members)
        for key, members in sorted(groups, key=lambda pair: -len(pair[1]))
    )


def by_text(results: Iterable[Result], text: Callable[[Result], str]) -> tuple[Group, ...]:
    """Group checks of which the same was said, in the order in which it was said first."""
    return tuple(
        Group(clipped(key[0], _TITLE_CHARACTERS), members)
        for key, members in _grouped(results, lambda result: (text(result),))
    )


def largest_first(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return groups by their number of checks."""
    return tuple(sorted(groups, key=lambda group: -len(group.results)))


def patterns(observations: Iterable[Observation]) -> tuple[Pattern, ...]:
    """Return observations with the same expected and found as one, failures first."""
    subjects: dict[tuple[str, str, str], list[str]] = {}
    steps: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for seen in observations:
        key = (seen.severity, seen.expected, seen.found)
        subjects.setdefault(key, []).append(seen.subject)
        steps.setdefault(key, seen.steps)
    told = (
        Pattern(key[1], key[2], key[0], tuple(where), steps[key]) for key, where in subjects.items()
    )
    return tuple(sorted(told, key=lambda pattern: pattern.severity != "fail"))


def _grouped(
    results: Iterable[Result], key: Callable[[Result], tuple[str, ...]]
) -> list[tuple[tuple[str, ...], tuple[Result, ...]]]:
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return [(name, tuple(members)) for name, members in groups.items()]


def _cause(result: Result) -> tuple[str, ...]:
    """Return what names the cause: given, or the commonest expected and found, or the check."""
    worst = [seen for seen in result.observations if seen.severity == "fail"]
    looked_at = worst or result.observations
    named = Counter(seen.cause for seen in looked_at if seen.cause)
    if named:
        return ("cause", named.most_common(1)[0][0])
    seen_most = Counter((seen.expected, seen.found) for seen in looked_at).most_common(1)
    return ("pattern", *seen_most[0][0]) if seen_most else ("check", result.check)


def _title(key: tuple[str, ...]) -> str:
    text = key[1] if key[0] == "cause" else f"Expected {key[1]}, found {key[-1]}"
    return clipped(text, _TITLE_CHARACTERS)
