"""Commands on the CIM class facts: compare them with an official release, or extract more."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from conformance.cli.errors import USAGE, Ended
from conformance.schema.class_files import ClassFileError
from conformance.schema.maintain import check as check_facts
from conformance.schema.maintain import extract as extract_facts
from conformance.schema.maintain import unchecked
from conformance.schema.release import ReleaseError


@click.group()
def schema() -> None:
    """Compare the bundled CIM class facts with a DMTF schema release."""


@schema.command("check")
@click.argument("release", metavar="FILE", type=click.Path(path_type=Path))
def check(release: Path) -> None:
    """Report each difference to FILE: an official schema zip, or a folder of MOF files."""
    folder = files("profiles") / "classes"
    try:
        differences = check_facts(folder, release)
        left_out = unchecked(folder, release)
    except (ReleaseError, ClassFileError) as error:
        raise Ended(str(error), USAGE) from error
    for difference in differences:
        click.echo(str(difference))
    for name in left_out:
        click.echo(f"not compared: {name} is not in this release")
    click.echo(f"{len(differences)} differences")
    raise SystemExit(1 if differences else 0)


@schema.command("extract")
@click.argument("release", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("names", metavar="CLASS...", nargs=-1, required=True)
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder to write to.")
def extract(release: Path, names: tuple[str, ...], folder: Path | None) -> None:
    """Write the facts of classes, and of all that they need, as JSON files."""
    try:
        found = extract_facts(release, names)
    except ReleaseError as error:
        raise Ended(str(error), USAGE) from error
    for name, content in found.items():
        if folder is None:
            click.echo(content.decode())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    click.echo(f"{len(found)} classes", err=True)
