"""What a named fault is: one thing wrong with an otherwise right server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the server.

    `statement` says what, in one sentence. `breaks` are the ids of the checks that must then
    fail or warn, and no others. `bend` changes how the server behaves, before anything is
    populated; `edit` changes what has been populated. `needs` names the options of the server
    that the fault shows itself with: "asynchronous", "single_configuration", "patterns". `spares`
    are checks that meet the fault and must not deviate all the same. One of `dialects` shows itself
    only where the server speaks one of them, and what it breaks is a check in that dialect.
    """

    name: str
    statement: str
    breaks: tuple[str, ...] = ()
    bend: Callable[[Bend], object] | None = None
    edit: Callable[[Edit], object] | None = None
    needs: frozenset[str] = frozenset()
    spares: tuple[str, ...] = ()
    dialects: frozenset[str] = frozenset()
