"""The command that renders the reports of a finished (or cut short) run again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from conformance.cli.errors import told
from conformance.report import summarise
from conformance.results import read_run
from conformance.run import write_reports


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path))
def report(results: Path) -> None:
    """Render report.html and junit.xml again from RESULTS (results.ndjson or its folder)."""
    folder = results if results.is_dir() else results.parent
    with told():
        write_reports(folder)
        with (folder / "results.ndjson").open("rb") as lines:
            run = read_run(lines, str(results))
    summarise(run, Console(), str(folder / "report.html"))
