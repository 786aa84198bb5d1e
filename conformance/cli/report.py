"""The command that renders the reports of a finished (or cut short) run again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from conformance.cli.errors import told
from conformance.outputs import PAGE, RESULTS, write_reports
from conformance.report import summarise
from conformance.results import ResultsError, read_run


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path))
def report(results: Path) -> None:
    """Render report.html and junit.xml again from RESULTS (results.ndjson or its folder)."""
    source = results / RESULTS if results.is_dir() else results
    with told():
        if not source.exists():
            raise ResultsError(f"{results}: expected a folder with {RESULTS}, found none")
        write_reports(source.parent, source)
        with source.open("rb") as lines:
            run = read_run(lines, str(source))
        summarise(run, Console(), str(source.parent / PAGE))
