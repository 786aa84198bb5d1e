"""The summary that a run prints: counts, failures by cause, what stayed untested, the verdict.

Pure but for the console it is given. No markup is read from any text, colours are left to rich
(which honours NO_COLOR), and everything fits in the console's width.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.behaviour import figures
from conformance.report.clean import cleaned, clipped
from conformance.report.grouping import Group, deviations, patterns
from conformance.report.sections import Section, sections
from conformance.report.tally import COLUMNS, NAMES, Row, answer, by_profile, plural, total
from conformance.report.wording import known_of, source, spoken
from conformance.results import Result, Run, Verdict

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.WARN: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.UNTESTED: "magenta",
    Verdict.ERROR: "bold magenta",
    Verdict.WAIVED: "blue",
}
_SHORT = {Verdict.NOT_APPLICABLE: "N/a"}
_TOLD = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.UNTESTED)
_GROUPS = 20
_CHECKS = 8
_NAMED = 20
_PATTERNS = 3
_SUBJECTS = 3
_CHARACTERS = 300


def summarise(run: Run, console: Console, report_path: str | None) -> None:
    """Print the summary of a run, and where its report is."""
    run = cleaned(run)
    told = {section.verdict: section for section in sections(run)}
    dialect = spoken(run)
    if dialect:
        _print(console, _Line(dialect))
    console.print(_table(run, console))
    for verdict in _TOLD:
        if verdict in told:
            _section(console, told[verdict])
    if run.footer is not None:
        _notes(console, run.footer.problems, run.footer.left_behind)
    _behaviour(console, run)
    said = answer(run)
    console.print()
    _print(console, _Line(said.sentence, STYLES[said.tone]))
    _print(console, _Line(said.numbers))
    if report_path is not None:
        _print(console, _Line(f"Report: {report_path}"))


def _behaviour(console: Console, run: Run) -> None:
    """Tell how much of what changes the server was driven, when any of it was."""
    found = figures(run)
    if any(figure.judged for figure in found):
        told = ", ".join(f"{one.judged:,} of {one.total:,} {one.name}" for one in found)
        console.print()
        _print(console, _Line(f"Driven: {told}"))


def _table(run: Run, console: Console) -> Table:
    rows = by_profile(run)
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    table.add_column("Profile", overflow="fold", ratio=1)
    for verdict in COLUMNS:
        table.add_column(_SHORT.get(verdict, NAMES[verdict]), justify="right", no_wrap=True)
    missing = any(row.not_run for row in rows)
    if missing:
        table.add_column("Not run", justify="right", no_wrap=True)
    for row in (*rows, total(run)):
        cells = _cells(row) + ([Text(f"{row.not_run:,}")] if missing else [])
        table.add_row(_safe(console, row.title), *cells)
    return table


def _cells(row: Row) -> list[Text]:
    return [
        Text(f"{row.counts[verdict]:,}", STYLES[verdict] if row.counts[verdict] else "dim")
        for verdict in COLUMNS
    ]


def _section(console: Console, section: Section) -> None:
    console.print()
    words = f"{section.title}: {plural(section.count, 'check')}"
    _print(console, _Line(words, STYLES[section.verdict]))
    for group in section.groups[:_GROUPS]:
        console.print()
        for line in _group(section, group):
            _print(console, line)
    left = sum(len(group.results) for group in section.groups[_GROUPS:])
    if left:
        console.print()
        _print(console, _Line(f"and {plural(left, 'check')} more in the report", indent=2))


class _Line(NamedTuple):
    """A text with its style, its indent, and how much further its next lines are indented."""

    text: str
    style: str = ""
    indent: int = 0
    hang: int = 2


def _group(section: Section, group: Group) -> Iterator[_Line]:
    """Yield a cause with its checks; where a cause has one check, that says it all."""
    by_reason = section.verdict in (Verdict.UNTESTED, Verdict.ERROR)
    if group.title:
        yield _Line(group.title, "bold", 2)
    if by_reason:
        yield from _named(group)
        return
    indent = 4 if group.title else 2
    for result in group.results[:_CHECKS]:
        yield from _deviating(result, indent)
    left = len(group.results) - _CHECKS
    if left > 0:
        yield _Line(f"and {plural(left, 'check')} more", "", indent)


def _named(group: Group) -> Iterator[_Line]:
    """Yield why the checks of a group could not be examined, and which they are."""
    reasons = dict.fromkeys(result.reason for result in group.results)
    for reason in [reason for reason in reasons if reason and reason != group.title][:_PATTERNS]:
        yield _Line(clipped(reason, _CHARACTERS), "", 4)
    ids = [f"{result.check} ({result.level})" for result in group.results]
    left = len(ids) - _NAMED
    more = f", and {left:,} more" if left > 0 else ""
    yield _Line(f"{', '.join(ids[:_NAMED])}{more}", "dim", 4, 0)


def _deviating(result: Result, indent: int) -> Iterator[_Line]:
    named = f"{result.check} ({result.level}; {source(result)})"
    yield _Line(named, STYLES[result.verdict], indent)
    yield _Line(result.statement, "", indent + 2, 0)
    if result.reason:
        yield _Line(clipped(result.reason, _CHARACTERS), "", indent + 2, 0)
    seen = patterns(result.observations)
    shown = 0
    for pattern in seen[:_PATTERNS]:
        yield _Line(f"expected  {clipped(pattern.expected, _CHARACTERS)}", "", indent + 2, 10)
        yield _Line(f"found     {clipped(pattern.found, _CHARACTERS)}", "", indent + 2, 10)
        for subject in pattern.subjects[:_SUBJECTS]:
            shown += 1
            yield _Line(f"at        {clipped(subject, _CHARACTERS)}", "dim", indent + 2, 10)
        for step in pattern.steps:
            yield _Line(clipped(step, _CHARACTERS), "", indent + 4, 4)
    left = deviations(result) - shown
    if left:
        yield _Line(f"and {plural(left, 'deviation')} more", "dim", indent + 12)
    for known in result.known:
        yield _Line(known_of(known), "dim", indent + 2)


def _notes(console: Console, problems: tuple[str, ...], left_behind: tuple[str, ...]) -> None:
    if problems or left_behind:
        console.print()
    for problem in problems:
        _print(console, _Line(f"Attention: {problem}", "yellow"))
    for item in left_behind:
        _print(console, _Line(f"Left behind on the server: {item}", "yellow"))


class _Wrapper(textwrap.TextWrapper):
    """Breaks lines at white space, and after the separators of an instance path."""

    wordsep_simple_re = re.compile(r"(\s+)|(?<=,)(?=\S)|(?<=:)(?=\w+\.\w+=)")


def _print(console: Console, line: _Line) -> None:
    wrapper = _Wrapper(
        width=console.width,
        initial_indent=" " * line.indent,
        subsequent_indent=" " * (line.indent + line.hang),
        break_on_hyphens=False,
    )
    for text in wrapper.wrap(line.text):
        console.print(_safe(console, text, line.style), highlight=False, soft_wrap=True)


def _safe(console: Console, text: str, style: str = "") -> Text:
    """Return a text that the console's encoding can show, never read as markup."""
    shown = text.encode(console.encoding, "backslashreplace").decode(console.encoding)
    return Text(shown, style, overflow="fold")
