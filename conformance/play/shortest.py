"""The fewest steps that still show a deviation: what is tried, and in which order.

Pure. Generators of property-based testing (hypothesis) shrink by running a test hundreds of
times, and neither keep to a number of steps nor to a number of runs. A server under test is slow
and each run leaves it with systems to remove, so here every try is counted, and only those are
made that the state machine allows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from conformance.play.machine import DEFINED, Machine, Step


class Stride(msgspec.Struct, frozen=True):
    """One step to be taken again: by its name, of which system, and from which state to which.

    `call` tells that it is a move and no request; `makes`, `uses` and `ends` are as the move says.
    """

    name: str
    system: int
    state: str
    then: str
    call: bool = False
    makes: str = ""
    uses: str = ""
    ends: bool = False


Steps = tuple[Stride, ...]

Shows = Callable[[Steps], Steps | None]
"""Takes steps on fresh systems: returns those up to the deviation, None when it did not show."""


class OutOfTries(Exception):
    """No more tries may be made."""


def shortest(steps: Steps, machine: Machine, shows: Shows) -> Steps | None:
    """Return the fewest steps that were found to show what all of them have shown.

    None when not even all of them show it again. Where no more tries may be made, what was found
    until then is returned; otherwise no row of the steps returned can be left out.
    """
    search = _Search(shows)
    with contextlib.suppress(OutOfTries):
        if search.finds(steps):
            for fewer in (_without_idle, _without_calls):
                search.finds(fewer(search.found or ()))
            next(filter(search.finds, _tails(search.found or (), machine)), None)
            _halve(search, machine)
            while next(filter(search.finds, _shorter(search.found or (), machine)), None):
                pass
    return search.found


class _Search:
    """Tries steps once each, and keeps the fewest that show the deviation as `found`."""

    def __init__(self, shows: Shows) -> None:
        self.found: Steps | None = None
        self._shows = shows
        self._tried: set[Steps] = set()

    def finds(self, candidate: Steps) -> bool:
        """Tell whether some steps show the deviation, and are the fewest until now."""
        if candidate in self._tried or not possible(candidate):
            return False
        self._tried.add(candidate)
        shown = self._shows(candidate)
        if shown is None or (self.found is not None and len(shown) >= len(self.found)):
            return False
        self.found = shown
        return True


def _halve(search: _Search, machine: Machine) -> None:
    """Leave out halves, quarters and so on, as delta debugging does (Zeller, Hildebrandt 2002)."""
    size = len(search.found or ()) // 2
    while size >= 1:
        start = 0
        while search.found is not None and start < len(search.found) - 1:
            if not search.finds(_left_out(search.found, start, size, machine)):
                start += size
        size //= 2


def _left_out(steps: Steps, start: int, size: int, machine: Machine) -> Steps:
    """Return the steps without some of them, the last never among these.

    Each system then goes the shortest way to where its next step begins.
    """
    end = min(start + size, len(steps) - 1)
    kept: list[Stride] = []
    states: dict[int, str] = {}
    for step in (*steps[:start], *steps[end:]):
        here = states.get(step.system, DEFINED)
        way = machine.way(here, step.state)
        if way is None:
            return steps
        kept += (*_strides(step.system, here, way), step)
        states[step.system] = step.then
    return tuple(kept)


def _tails(steps: Steps, machine: Machine) -> Iterator[Steps]:
    """Yield the last steps after the shortest way to where they begin, the fewest first."""
    own = tuple(step for step in steps if step.system == steps[-1].system)
    for row in dict.fromkeys((own, steps)):
        length = 1
        while length < len(row):
            candidate = _led_to(row[-length:], machine)
            if candidate is not None and len(candidate) < len(steps):
                yield candidate
            length *= 2
        yield row


def _led_to(tail: Steps, machine: Machine) -> Steps | None:
    """Return steps with the shortest way of each of their systems to its first state."""
    lead: list[Stride] = []
    for system in sorted({step.system for step in tail}):
        first = next(step for step in tail if step.system == system)
        way = machine.way(DEFINED, first.state)
        if way is None:
            return None
        lead += _strides(system, DEFINED, way)
    return (*lead, *tail)


def _without_idle(steps: Steps) -> Steps:
    """Leave out what led nowhere and made nothing, except at the end."""
    return (*(s for s in steps[:-1] if s.state != s.then or s.makes or s.ends), *steps[-1:])


def _without_calls(steps: Steps) -> Steps:
    """Leave out everything but requests of states, except at the end."""
    return (*(s for s in steps[:-1] if not s.call), *steps[-1:])


def _shorter(steps: Steps, machine: Machine) -> list[Steps]:
    """Return the steps with a row of those of one system left out or cut short, the best first.

    A row that leads from one state to another is cut short by the shortest way between them.
    """
    own: dict[int, list[int]] = {}
    for position, step in enumerate(steps):
        own.setdefault(step.system, []).append(position)
    shorter = [
        _cut_short(steps, row[start:end], machine)
        for row in own.values()
        for start in range(len(row))
        for end in range(start + 1, len(row) + 1)
    ]
    better = [found for found in shorter if len(found) < len(steps)]
    return sorted(dict.fromkeys(better), key=len)


def _cut_short(steps: Steps, row: Sequence[int], machine: Machine) -> Steps:
    first, last = steps[row[0]], steps[row[-1]]
    is_end = row[-1] == len(steps) - 1
    way = machine.way(first.state, last.then) if not is_end else None
    instead = _strides(first.system, first.state, way or ())
    left = tuple(step for position, step in enumerate(steps) if position not in row[1:])
    return (*left[: row[0]], *instead, *left[row[0] + 1 :])


def _strides(system: int, state: str, way: Sequence[Step]) -> Iterator[Stride]:
    for step in way:
        yield Stride(step.request, system, state, step.to)
        state = step.to


def possible(steps: Sequence[Stride]) -> bool:
    """Tell whether each step begins where the one before it has led, with what it uses there."""
    states: dict[int, str] = {}
    made: dict[int, set[str]] = {}
    for step in steps:
        things = made.setdefault(step.system, set())
        if states.get(step.system, DEFINED) != step.state:
            return False
        if step.uses and step.uses not in things:
            return False
        things |= {step.makes} if step.makes else set()
        things -= {step.uses} if step.ends else set()
        states[step.system] = step.then
    return True
