"""The first and the last record of a run's results: what was run against what, how it ended.

Pure, but for the looks at the clock and the journal.
"""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Collection, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from conformance import results as stream
from conformance import waivers
from conformance.behaviour import behaviour_of
from conformance.coverage import summary_of, topics_of
from conformance.definitions.catalogue import Catalogue
from conformance.definitions.topics import load_topics
from conformance.endpoint.discovery import Found
from conformance.options import RunOptions
from conformance.plan import Plan, plan
from conformance.play.journal import JournalError, read_pending
from conformance.results import (
    Conformance,
    Result,
    RunFooter,
    RunHeader,
    conformance_of,
    exit_code_of,
)
from conformance.schema.class_files import bundled_classes

NOT_USABLE, STALE_WAIVER = 4, 5


def suite_version() -> str:
    """Return the version of the installed suite."""
    try:
        return version("cimconform")
    except PackageNotFoundError:
        return "0 (not installed)"


class Frame(msgspec.Struct, frozen=True):
    """What is known of a run before it begins.

    `planned` are the ids of the selected checks, in the order in which they are judged.
    """

    options: RunOptions
    catalogue: Catalogue
    plan: Plan
    planned: tuple[str, ...]
    started: datetime.datetime

    @property
    def today(self) -> str:
        """Return the day of the run (ISO 8601), by which waivers expire."""
        return self.started.date().isoformat()

    @property
    def known(self) -> tuple[str, ...]:
        """Return the ids of all checks, also of those that this run leaves out."""
        return tuple(check.id for check in plan(self.catalogue).checks)


class Ending(msgspec.Struct, frozen=True):
    """How a run ended: its results, why it could not go on (""), and what the player left."""

    results: Sequence[Result]
    trouble: str
    seconds: float
    operations: int
    played: bool
    left_behind: tuple[str, ...]


def header_of(frame: Frame, found: Found | None) -> RunHeader:
    """Return the header of the results; `found` is None when the server could not be used."""
    options = frame.options
    return RunHeader(
        format=stream.FORMAT,
        suite_version=suite_version(),
        started=frame.started.isoformat(timespec="seconds"),
        endpoint=options.connection.url,
        namespaces=tuple(found.namespaces) if found else options.namespaces,
        interop=found.interop if found else options.interop or "",
        server=found.server if found else "",
        profiles=tuple(summary_of(frame.catalogue, frame.plan, key) for key in frame.plan.profiles),
        topics=topics_of(load_topics(frame.known), set(frame.planned)),
        behaviour=behaviour_of(frame.catalogue, frame.plan, bundled_classes()),
        planned=frame.planned,
        dialect=_dialect(frame, found),
        options=options.shown(),
        seed=options.seed,
        reproduce=options.command(),
    )


def _dialect(frame: Frame, found: Found | None) -> stream.DialectSummary:
    """Return by which dialect is judged, and how that was decided."""
    spoken = frame.catalogue.dialect
    why = found.why if found is not None and found.why else "named by the user"
    if spoken is None:
        return stream.DialectSummary("", why)
    points = tuple(stream.DialectPoint(d.name, d.how, d.because) for d in spoken.deviations)
    return stream.DialectSummary(spoken.key, why, spoken.said.title, points)


def footer_of(frame: Frame, ending: Ending) -> RunFooter:
    """Return the footer of the results: the verdict of the run, and what is to be said of it."""
    verdict, code, told = _verdict_of(frame, ending)
    unfinished = _unfinished(frame.options.journal) if ending.played else ()
    return RunFooter(
        conformance=verdict,
        exit_code=code,
        finished=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seconds=round(ending.seconds, 3),
        operations=ending.operations,
        problems=(*told, *unfinished),
        left_behind=ending.left_behind,
    )


def _verdict_of(frame: Frame, ending: Ending) -> tuple[Conformance, int, tuple[str, ...]]:
    """Return the verdict of a run, its exit code, and what is wrong with the run itself."""
    told = _waiver_problems(frame, ending.results)
    if ending.trouble:
        return Conformance.INCONCLUSIVE, NOT_USABLE, (ending.trouble, *told)
    verdict = conformance_of(ending.results)
    missing = len(frame.planned) - len(ending.results)
    if missing:
        told = (f"the run ended early: {missing} checks were not judged", *told)
        if verdict is not Conformance.NON_CONFORMANT:
            verdict = Conformance.INCONCLUSIVE
    if ending.left_behind and verdict is not Conformance.NON_CONFORMANT:
        verdict = Conformance.INCONCLUSIVE  # whatever passed, the server is not as it was
    code = exit_code_of(verdict)
    return verdict, STALE_WAIVER if told and code == 0 else code, told


def _waiver_problems(frame: Frame, results: Collection[Result]) -> tuple[str, ...]:
    entries = frame.options.waivers
    if not entries:
        return ()
    return waivers.problems(tuple(results), entries, frame.today, frame.known)


def _unfinished(journal: Path) -> tuple[str, ...]:
    """Return how to remove what the run made, or may have made, and did not remove."""
    if not journal.exists():
        return ()
    try:
        number = len(read_pending(journal))
    except JournalError as error:
        return (str(error),)
    command = f"cimconform cleanup {shlex.quote(str(journal))}"
    told = f"clean-up is not complete, up to {number} systems are left: say {command}"
    return (told,) if number else ()
