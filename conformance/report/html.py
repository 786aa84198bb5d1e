"""The report as one HTML file: no network, nothing executed but its own script.

Pure: a results stream in, a text out. The checks that deviate come first and stand in the HTML
itself; beyond a bound, checks are packed and unpacked by the script when a reader asks for them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance import coverage
from conformance.behaviour import figures, undriven
from conformance.report.cards import OPEN_AT_FIRST, Cards, Place
from conformance.report.clean import cleaned, clipped
from conformance.report.graph import pictures
from conformance.report.grouping import Group
from conformance.report.packed import Packed
from conformance.report.sections import Section, sections
from conformance.report.tally import (
    COLUMNS,
    NAMES,
    Row,
    answer,
    by_level,
    by_profile,
    not_run,
    plural,
    profile_of,
    total,
)
from conformance.report.wording import BASES, duration, moment, profiles, spoken
from conformance.results import Run, Verdict

DEVIATING = frozenset({Verdict.FAIL, Verdict.WARN, Verdict.UNTESTED, Verdict.ERROR, Verdict.WAIVED})
WRITTEN_OUT_DEVIATING = 200
WRITTEN_OUT_OTHERS = 300
_BAR_WIDTH = 1000
SYMBOLS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✕",
    Verdict.WARN: "!",
    Verdict.NOT_APPLICABLE: "/",
    Verdict.UNTESTED: "?",
    Verdict.ERROR: "#",
    Verdict.WAIVED: "~",
}
_TEMPLATES = Environment(
    loader=PackageLoader("conformance", "report/templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_TEMPLATES.filters |= {"duration": duration, "plural": plural, "clipped": clipped}
_MARKS = {verdict.value: symbol for verdict, symbol in SYMBOLS.items()}
_TEMPLATES.globals |= {"symbols": SYMBOLS, "names": NAMES, "marks": _MARKS}
_SCRIPT = files("conformance") / "report" / "templates" / "script.js"


class GroupView(msgspec.Struct, frozen=True):
    """The cards of one cause that stand in the HTML itself."""

    id: str
    title: str
    note: str
    cards: tuple[Markup, ...]


class SectionView(msgspec.Struct, frozen=True):
    """One section of the page; `packed` counts its checks that are not in the HTML itself."""

    section: Section
    groups: tuple[GroupView, ...]
    packed: int


class Bar(msgspec.Struct, frozen=True):
    """One piece of the bar that shows the verdicts, in thousandths of its width."""

    verdict: Verdict
    start: int
    width: int


def render_html(run: Run) -> str:
    """Return report.html: one self-contained page.

    Its content security policy allows the page's own style and script by their hashes, and
    nothing else.
    """
    run = cleaned(run)
    page = _Page(run)
    covered = coverage.by_profile(run)
    style = _render("style.css.j2")
    script = _SCRIPT.read_text("utf-8")
    return _render(
        "page.html.j2",
        run=run,
        header=run.header,
        footer=run.footer,
        answer=answer(run),
        started=moment(run.header.started),
        profiles=profiles(run),
        dialect=spoken(run),
        total=total(run),
        columns=COLUMNS,
        by_profile=by_profile(run),
        by_level=by_level(run),
        bars=_bars(total(run)),
        sections=page.sections(),
        not_run=_by_profile(run),
        graphs=pictures(run),
        figures=figures(run),
        undriven=undriven(run),
        coverage=(*covered, coverage.total(covered)),
        topics=coverage.by_topic(run),
        facets=_facets(run),
        bases=BASES,
        card_chunks=page.chunks(page.packed_cards),
        piece_chunks=page.chunks(page.cards.pieces),
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _render(template: str, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(**values)


class _Page:
    """Lays the checks out: so many written out, the rest packed."""

    def __init__(self, run: Run) -> None:
        self.cards = Cards(run, _render)
        self.packed_cards = Packed(most_bytes=0)
        self._run = run
        self._left = {True: WRITTEN_OUT_DEVIATING, False: WRITTEN_OUT_OTHERS}
        self._open = OPEN_AT_FIRST

    def sections(self) -> tuple[SectionView, ...]:
        return tuple(self._section(section) for section in sections(self._run))

    def chunks(self, packed: Packed) -> list[str]:
        packed.close()
        return packed.chunks

    def _section(self, section: Section) -> SectionView:
        before = self.packed_cards.count
        groups = tuple(
            self._group(section, group, f"{section.verdict.value}-{number}")
            for number, group in enumerate(section.groups, start=1)
        )
        shown = tuple(group for group in groups if group.cards)
        return SectionView(section, shown, self.packed_cards.count - before)

    def _group(self, section: Section, group: Group, name: str) -> GroupView:
        note = _note(group)
        return GroupView(name, group.title, note, tuple(self._cards(section, group, name, note)))

    def _cards(self, section: Section, group: Group, name: str, note: str) -> Iterator[Markup]:
        deviating = section.verdict in DEVIATING
        heading = 4 if group.title else 3
        for result in group.results:
            opened = section.verdict is Verdict.FAIL and self._open > 0
            self._open -= opened
            place = Place(name, group.title, note, heading, opened)
            if self._left[deviating]:
                self._left[deviating] -= 1
                yield Markup(self.cards.render(result, place))  # noqa: S704  # autoescaped
            else:
                self.packed_cards.add(self.cards.render(result, place, packed=True))


def _note(group: Group) -> str:
    checks = plural(len(group.results), "check")
    seen = group.deviations
    return f"{checks}, {plural(seen, 'deviation')}" if seen else checks


def _bars(row: Row) -> tuple[Bar, ...]:
    bars, start = [], 0
    judged = max(1, row.total)
    for verdict in COLUMNS:
        width = round(row.counts[verdict] * _BAR_WIDTH / judged)
        if row.counts[verdict]:
            bars.append(Bar(verdict, start, max(width, 4)))
            start += max(width, 4)
    return tuple(bars)


def _by_profile(run: Run) -> Mapping[str, list[str]]:
    """Return the ids of the checks that did not run, by profile."""
    missing: dict[str, list[str]] = {}
    for check in not_run(run):
        missing.setdefault(profile_of(run, check), []).append(check)
    return missing


def _facets(run: Run) -> Mapping[str, list[str]]:
    """Return what there is to filter by."""
    return {
        name: sorted({getattr(result, name) for result in run.results})
        for name in ("level", "profile", "kind")
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
