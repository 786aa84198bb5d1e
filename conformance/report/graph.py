"""State graphs as pictures: states on an ellipse, transitions as curves in the tone of a verdict.

Pure geometry: what is drawn where, in the units of the picture; the template writes the SVG.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from conformance.report.cards import anchor
from conformance.results import GraphEdge, Result, Run, StateGraph, Verdict

WIDTH, HEIGHT = 1000, 680
RADIUS_X, RADIUS_Y = 360, 180
NODE_X, NODE_Y = 74, 30
SPREAD = 78
LOOP, LOOP_STEP = 46, 32
GAP = 7
LABEL = 0.36
"""Where on a curve its label stands: not in the middle, where others cross it."""

Point = tuple[float, float]


class Arrow(msgspec.Struct, frozen=True):
    """One transition: an SVG path, where its label stands, and what it says."""

    path: str
    x: int
    y: int
    label: str
    verdict: str
    link: str
    title: str


class Node(msgspec.Struct, frozen=True):
    """A state, and the middle of its ellipse."""

    name: str
    x: int
    y: int


class Cell(msgspec.Struct, frozen=True):
    """One request in one state: where it leads ("" when it is to be refused), and the verdict."""

    check: str
    to: str
    verdict: str
    link: str


class Picture(msgspec.Struct, frozen=True):
    """A state graph as it is drawn, and the same as a table: by request, the cells by state."""

    id: str
    title: str
    states: tuple[str, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    rows: tuple[tuple[str, tuple[tuple[Cell, ...], ...]], ...]
    told: str
    width: int = WIDTH
    height: int = HEIGHT
    node_x: int = NODE_X
    node_y: int = NODE_Y


def pictures(run: Run) -> tuple[Picture, ...]:
    """Return the state graphs of a run; none for a run that drives no transition."""
    told = run.header.behaviour
    if told is None:
        return ()
    results = {result.check: result for result in run.results}
    return tuple(
        _picture(number, graph, results)
        for number, graph in enumerate(told.graphs, 1)
        if any(edge.to for edge in graph.edges)
    )


def _picture(number: int, graph: StateGraph, results: Mapping[str, Result]) -> Picture:
    places = _places(graph.states)
    legal = [edge for edge in graph.edges if edge.to]
    passed = sum(1 for edge in legal if _verdict(edge, results) == Verdict.PASS.value)
    return Picture(
        id=f"graph-{number}",
        title=graph.title,
        states=graph.states,
        nodes=tuple(Node(name, round(x), round(y)) for name, (x, y) in places.items()),
        arrows=tuple(_arrows(legal, places, results)),
        rows=tuple(_rows(graph, results)),
        told=f"{len(graph.states)} states, {len(legal)} transitions, {passed} of them passed",
    )


def _places(states: tuple[str, ...]) -> dict[str, Point]:
    """Return the middles of the nodes, clockwise from the left."""
    step = 2 * math.pi / max(1, len(states))
    return {
        name: (
            WIDTH / 2 - RADIUS_X * math.cos(number * step),
            HEIGHT / 2 - RADIUS_Y * math.sin(number * step),
        )
        for number, name in enumerate(states)
    }


def _arrows(
    edges: list[GraphEdge], places: Mapping[str, Point], results: Mapping[str, Result]
) -> list[Arrow]:
    """Return the curves; those between the same two states are fanned out."""
    pairs: dict[tuple[str, ...], list[GraphEdge]] = {}
    for edge in edges:
        pairs.setdefault(tuple(sorted((edge.from_, edge.to))), []).append(edge)
    arrows = []
    for (first, second), group in pairs.items():
        for number, edge in enumerate(group):
            if first == second:
                path, at = _loop(places[first], number)
            else:
                offset = (number - (len(group) - 1) / 2) * SPREAD
                offset = offset if edge.from_ == first else -offset
                path, at = _curve(places[edge.from_], places[edge.to], offset)
            arrows.append(_arrow(edge, path, at, results))
    return arrows


def _arrow(edge: GraphEdge, path: str, at: Point, results: Mapping[str, Result]) -> Arrow:
    verdict = _verdict(edge, results)
    return Arrow(
        path=path,
        x=round(at[0]),
        y=round(at[1]),
        label=edge.request,
        verdict=verdict,
        link=anchor(edge.check),
        title=f"{edge.check}: {edge.from_} to {edge.to} by {edge.request}, {verdict}",
    )


def _verdict(edge: GraphEdge, results: Mapping[str, Result]) -> str:
    result = results.get(edge.check)
    return result.verdict.value if result is not None else "not-run"


def _curve(start: Point, end: Point, offset: float) -> tuple[str, Point]:
    """Return a curve between the borders of two nodes, bent to its left, and its middle."""
    length = math.dist(start, end)
    across = ((end[1] - start[1]) / length, -(end[0] - start[0]) / length)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    bend = (middle[0] + across[0] * 2 * offset, middle[1] + across[1] * 2 * offset)
    first, last = _border(start, bend, 0), _border(end, bend, GAP)
    path = f"M{_at(first)} Q{_at(bend)} {_at(last)}"
    return path, _between(first, bend, last)


def _between(first: Point, bend: Point, last: Point) -> Point:
    """Return the place of the label on a quadratic curve."""
    weights = ((1 - LABEL) ** 2, 2 * LABEL * (1 - LABEL), LABEL**2)
    points = (first, bend, last)
    x = sum(w * p[0] for w, p in zip(weights, points, strict=True))
    y = sum(w * p[1] for w, p in zip(weights, points, strict=True))
    return x, y


def _loop(node: Point, number: int) -> tuple[str, Point]:
    """Return a loop on the outer side of a node, the next one outside the one before."""
    outward = math.atan2(node[1] - HEIGHT / 2, node[0] - WIDTH / 2)
    reach = LOOP + number * LOOP_STEP
    ways = [outward - 0.55 - 0.1 * number, outward + 0.55 + 0.1 * number]
    handles = [
        (node[0] + 1.7 * reach * math.cos(way), node[1] + 1.7 * reach * math.sin(way))
        for way in ways
    ]
    first, last = _border(node, handles[0], 0), _border(node, handles[1], GAP)
    path = f"M{_at(first)} C{_at(handles[0])} {_at(handles[1])} {_at(last)}"
    middle = (
        (first[0] + last[0]) / 8 + 3 * (handles[0][0] + handles[1][0]) / 8,
        (first[1] + last[1]) / 8 + 3 * (handles[0][1] + handles[1][1]) / 8,
    )
    return path, middle


def _border(node: Point, towards: Point, gap: float) -> Point:
    """Return where a line from the middle of a node leaves it, and some way further."""
    across, down = towards[0] - node[0], towards[1] - node[1]
    length = math.hypot(across, down) or 1.0
    across, down = across / length, down / length
    far = 1 / math.sqrt((across / (NODE_X + gap)) ** 2 + (down / (NODE_Y + gap)) ** 2)
    return node[0] + across * far, node[1] + down * far


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _rows(
    graph: StateGraph, results: Mapping[str, Result]
) -> list[tuple[str, tuple[tuple[Cell, ...], ...]]]:
    """Return by request what is asked in each state."""
    rows: dict[str, dict[str, list[Cell]]] = {}
    for edge in graph.edges:
        cell = Cell(edge.check, edge.to, _verdict(edge, results), anchor(edge.check))
        rows.setdefault(edge.request, {}).setdefault(edge.from_, []).append(cell)
    return [
        (request, tuple(tuple(cells.get(state, ())) for state in graph.states))
        for request, cells in rows.items()
    ]
