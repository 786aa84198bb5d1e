"""The command that tells how much of each profile is known, checked, excluded and was judged."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from conformance import coverage as covering
from conformance.behaviour import behaviour_of, figures, undriven
from conformance.cli.catalogue import DIALECT
from conformance.cli.errors import told
from conformance.coverage import Coverage, by_profile, by_topic, total
from conformance.definitions.load import load_profiles
from conformance.definitions.topics import load_topics
from conformance.outputs import RESULTS
from conformance.plan import plan
from conformance.report.clean import cleaned
from conformance.results import FORMAT, ResultsError, Run, RunHeader, read_run
from conformance.schema.class_files import bundled_classes

REQUIREMENTS = ("Known", "Inherited", "Checks", "Excluded")
OUTCOMES = ("Judged", "N/a", "Unexamined", "Not run")


@click.command()
@click.argument("results", required=False, type=click.Path(exists=True, path_type=Path))
@DIALECT
@click.option("--reasons", is_flag=True, help="Also why each excluded requirement is not checked.")
def coverage(results: Path | None, dialect: str, reasons: bool) -> None:
    """Tell what is known of each profile and how much of it is checked.

    With RESULTS (results.ndjson or its folder) also what of that was judged in that run.
    """
    with told():
        run = _catalogue(dialect) if results is None else _read(results)
    console = Console()
    ran = results is not None
    rows = by_profile(run)
    console.print(_table("Profile", (*rows, total(rows)), REQUIREMENTS, ran=ran))
    topics = by_topic(run)
    if topics:
        console.print(_table("Topic", topics, ("Checks",), ran=ran))
    _behaviour(console, run, ran=ran)
    if reasons:
        _reasons(console, run)


def _catalogue(dialect: str) -> Run:
    """Return a run that never took place: its header tells what is known and planned."""
    catalogue = load_profiles(dialect=dialect)
    chosen = plan(catalogue)
    planned = tuple(check.id for check in chosen.checks)
    header = RunHeader(
        format=FORMAT,
        suite_version="",
        started="",
        endpoint="",
        profiles=tuple(covering.summary_of(catalogue, chosen, key) for key in chosen.profiles),
        topics=covering.topics_of(load_topics(planned), set(planned)),
        behaviour=behaviour_of(catalogue, chosen, bundled_classes()),
        planned=planned,
    )
    return Run(header, ())


def _read(results: Path) -> Run:
    source = results / RESULTS if results.is_dir() else results
    if not source.exists():
        raise ResultsError(f"{results}: expected a folder with {RESULTS}, found none")
    with source.open("rb") as lines:
        return cleaned(read_run(lines, str(source)))


def _table(
    first: str, rows: Iterable[Coverage], requirements: tuple[str, ...], *, ran: bool
) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold")
    columns = (*requirements, *(OUTCOMES if ran else ()))
    for title in columns:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        if not row.key:
            table.add_section()
        table.add_row(escape(row.title), *(str(_number(row, column)) for column in columns))
    return table


def _number(row: Coverage, column: str) -> int:
    return {
        "Known": row.known,
        "Inherited": row.inherited,
        "Checks": row.checks,
        "Excluded": row.excluded,
        "Judged": row.judged,
        "N/a": row.not_applicable,
        "Unexamined": row.unexamined,
        "Not run": row.not_run,
    }[column]


def _behaviour(console: Console, run: Run, *, ran: bool) -> None:
    """Print how much of the behaviour is driven, and the methods that are not."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Behaviour", overflow="fold")
    for title in ("Known", *(("Judged",) if ran else ())):
        table.add_column(title, justify="right", no_wrap=True)
    for one in figures(run):
        cells = [f"{one.total:,}", *([f"{one.judged:,}"] if ran else [])]
        table.add_row(one.name.capitalize(), *cells)
    if table.row_count:
        console.print(table)
    missing = undriven(run)
    if missing:
        console.print(f"Methods that no check calls: {', '.join(missing)}", highlight=False)


def _reasons(console: Console, run: Run) -> None:
    for profile in run.header.profiles:
        for name, reason in profile.excluded.items():
            console.print(f"  [cyan]{escape(name)}[/]", highlight=False, soft_wrap=True)
            console.print(Padding(escape(reason), (0, 0, 0, 6)), highlight=False)
