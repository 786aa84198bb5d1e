"""One check as HTML: what it demands, what was found, and the requests and answers that show it.

Pure. Long proof is written out as long as the page's allowance lasts, is then packed, and is at
last left to the results stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from conformance.cim import Exchange
from conformance.report.grouping import Pattern, deviations, patterns
from conformance.report.packed import Allowance, Packed
from conformance.report.wording import BASES, explain, run_again, source
from conformance.report.xml_text import laid_out
from conformance.results import Result, Run

Render = Callable[..., str]
"""Renders a template, named first, with keyword values; all of them are escaped."""

OPEN_AT_FIRST = 10
_PATTERNS_WRITTEN_OUT = 12
_PATTERNS_ALWAYS = 2
_SUBJECTS_WRITTEN_OUT = 3
_EXCHANGES = 60
_WRITTEN_OUT_CHARACTERS = 700_000
_PACKED_BYTES = 1_000_000


class Piece(msgspec.Struct, frozen=True):
    """A part of a card: written out, or packed at an address, or neither (left out)."""

    html: Markup | None = None
    address: str = ""


class ExchangeView(msgspec.Struct, frozen=True):
    """A request with its answer; `xml` holds what was on the wire, if that was kept."""

    exchange: Exchange
    xml: Piece | None


class Place(msgspec.Struct, frozen=True):
    """Where a card stands: its group, the level of its heading, and whether it starts open."""

    group: str
    title: str
    note: str
    heading: int
    opened: bool = False


class CardView(msgspec.Struct, frozen=True):
    """What the template of a check shows."""

    result: Result
    place: Place
    anchor: str
    source: str
    basis: str
    deviations: int
    patterns: tuple[Pattern, ...]
    more_patterns: Piece | None
    more_count: int
    exchanges: tuple[ExchangeView, ...]
    exchanges_left_out: int
    run_again: str
    explain: str
    packed: bool


class Cards:
    """Writes the cards of one run; `pieces` holds what they packed."""

    def __init__(self, run: Run, render: Render) -> None:
        self.pieces = Packed(_PACKED_BYTES)
        self._run = run
        self._render = render
        self._allowance = Allowance(_WRITTEN_OUT_CHARACTERS)

    def render(self, result: Result, place: Place, *, packed: bool = False) -> str:
        """Return the HTML of one check; a `packed` card carries its group with it."""
        seen = patterns(result.observations)
        shown = self._written_out(seen, packed=packed)
        rest = seen[shown:]
        view = CardView(
            result=result,
            place=place,
            anchor=anchor(result.check),
            source=source(result),
            basis=BASES.get(result.basis, ""),
            deviations=deviations(result),
            patterns=seen[:shown],
            more_patterns=self._piece(self._rows(rest), packed=True) if rest else None,
            more_count=sum(len(pattern.subjects) for pattern in rest),
            exchanges=tuple(self._exchange(e, packed) for e in result.exchanges[:_EXCHANGES]),
            exchanges_left_out=max(0, len(result.exchanges) - _EXCHANGES),
            run_again=run_again(self._run, result.check),
            explain=explain(result.check),
            packed=packed,
        )
        return self._render("check.html.j2", card=view, at_first=_SUBJECTS_WRITTEN_OUT)

    def _written_out(self, seen: Sequence[Pattern], *, packed: bool) -> int:
        """Return how many of the patterns the card itself shows."""
        if packed:
            return _PATTERNS_ALWAYS
        first = seen[:_PATTERNS_WRITTEN_OUT]
        size = sum(len(p.expected) + len(p.found) + sum(map(len, p.subjects)) for p in first)
        return _PATTERNS_WRITTEN_OUT if self._allowance.take(size) else _PATTERNS_ALWAYS

    def _rows(self, seen: Sequence[Pattern]) -> str:
        return self._render("patterns.html.j2", patterns=seen, at_first=_SUBJECTS_WRITTEN_OUT)

    def _exchange(self, exchange: Exchange, packed: bool) -> ExchangeView:
        if not exchange.request and not exchange.response:
            return ExchangeView(exchange, None)
        if packed and self.pieces.full:
            return ExchangeView(exchange, Piece())
        html = self._render(
            "xml.html.j2",
            request=laid_out(exchange.request),
            response=laid_out(exchange.response),
        )
        return ExchangeView(exchange, self._piece(html, packed=packed))

    def _piece(self, html: str, *, packed: bool) -> Piece:
        if not packed and self._allowance.take(len(html)):
            return Piece(html=Markup(html))  # noqa: S704  # rendered with autoescape just above
        return Piece() if self.pieces.full else Piece(address=self.pieces.add(html))


def anchor(check: str) -> str:
    """Return the fragment of a check's own link."""
    return quote(check, safe=":._-~")
