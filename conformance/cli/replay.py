"""The command that judges a capture again, without the server."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console

from conformance.capture import Capture, read_capture
from conformance.cli.errors import told
from conformance.cli.run import run_again
from conformance.definitions.dialects import AUTO, NONE
from conformance.options import RunOptions, run_options
from conformance.run import Run
from conformance.source import Captured


@click.command()
@click.argument("capture", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", metavar="DIR", help="Folder for the reports. Default: reports/HOST-replay.")
@click.option("--profile", "profiles", multiple=True, metavar="KEY", help="Only this profile.")
@click.option("--check", "checks", multiple=True, metavar="ID", help="Only checks with this id.")
@click.option("--dialect", metavar="NAME", help="Dialect, or none. Default: that of the run.")
@click.option("--strict", is_flag=True, default=None, help="Unconfirmed requirements fail.")
@click.option(
    "--config",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE",
    help="Settings file, such as one with waivers.",
)
@click.option(
    "--profile-file",
    "profile_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A profile definition of your own.",
)
def replay(capture: Path, checks: tuple[str, ...], config: Path | None, **given: object) -> None:
    """Judge the server of CAPTURE again from what `cimconform run --capture` kept of it.

    Nothing is asked of any server. The same suite gives the same results.
    """
    console = Console()
    with told():
        kept = read_capture(capture)
        given["url"] = kept.found.url
        options = _as_then(run_options(given, checks, config), kept, out=bool(given["out"]))
        code = run_again(Run(options, source=Captured(kept)), console)
    raise SystemExit(code)


def _as_then(options: RunOptions, kept: Capture, *, out: bool) -> RunOptions:
    """Return the options of the run that was captured, with what is said now laid over them."""
    return msgspec.structs.replace(
        options,
        profiles=options.profiles or kept.profiles,
        checks=options.checks or kept.checks,
        allow_changes=kept.allow_changes,
        strict=options.strict or kept.strict,
        explore=kept.explore,
        dialect=options.dialect if options.dialect != AUTO else kept.found.dialect or NONE,
        said={**kept.said, **options.said},
        out=options.out if out else options.out.with_name(f"{options.out.name}-replay"),
    )
