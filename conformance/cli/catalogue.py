"""Commands that look at the profile definitions and ask no server: list, explain, plan."""

from __future__ import annotations

import json
from collections import Counter

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from conformance.cli.errors import told
from conformance.coverage import summary_of
from conformance.definitions.catalogue import Catalogue, dialect_of
from conformance.definitions.dialect import Spoken
from conformance.definitions.dialects import NONE, dialect_names
from conformance.definitions.load import load_profiles
from conformance.definitions.topics import load_topics
from conformance.explain import explanation
from conformance.plan import Plan, plan, queries

DIALECT = click.option(
    "--dialect",
    default=NONE,
    show_default=True,
    metavar="NAME",
    help=f"As it is in a vendor's interface: {', '.join(dialect_names())}.",
)
PROFILE = click.option("--profile", "profiles", multiple=True, metavar="KEY", help="Only this one.")


@click.command("list")
@PROFILE
@DIALECT
@click.option("--excluded", is_flag=True, help="Also what is known and not checked, with reasons.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def list_(profiles: tuple[str, ...], dialect: str, excluded: bool, as_json: bool) -> None:
    """List the profiles and their checks with level, basis and kind."""
    with told():
        catalogue = load_profiles(dialect=dialect)
        chosen = plan(catalogue, profiles)
    if as_json:
        _list_json(chosen)
        return
    console = Console()
    _profiles_table(console, catalogue, chosen)
    _topics_table(console, chosen)
    for key in chosen.profiles:
        _show_checks(console, catalogue, chosen, key)
        if excluded:
            _show_excluded(console, chosen, key)
    if catalogue.dialect is not None:
        _show_deviations(console, catalogue.dialect)


def _list_json(chosen: Plan) -> None:
    for check in chosen.checks:
        record = {
            "id": check.id,
            "profile": check.group,
            "level": check.requirement.level.value,
            "basis": check.requirement.basis.value,
            "kind": check.kind,
            "changes": check.changes,
            "statement": check.requirement.statement,
        }
        click.echo(json.dumps(record))


def _profiles_table(console: Console, catalogue: Catalogue, chosen: Plan) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Profile", min_width=20)
    table.add_column("Version", no_wrap=True)
    for title in ("Known", "Inherited", "Checks", "Read-only", "Excluded"):
        table.add_column(title, justify="right", no_wrap=True)
    reading = Counter(check.group for check in chosen.checks if not check.changes)
    rows = [summary_of(catalogue, chosen, key) for key in chosen.profiles]
    for row in rows:
        numbers = (row.known, row.inherited, row.checks, reading[row.key], len(row.excluded))
        title = row.name if row.name.startswith(row.key) else f"{row.key} {row.name}"
        table.add_row(title, row.version, *(str(n) for n in numbers))
    numbers = (
        sum(row.known for row in rows),
        sum(row.inherited for row in rows),
        sum(row.checks for row in rows),
        sum(reading.values()),
        sum(len(row.excluded) for row in rows),
    )
    table.add_section()
    table.add_row("All", "", *(str(n) for n in numbers))
    console.print(table)


def _topics_table(console: Console, chosen: Plan) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Topic", overflow="fold")
    for title in ("Checks", "Read-only"):
        table.add_column(title, justify="right", no_wrap=True)
    reading = {check.id for check in chosen.checks if not check.changes}
    for title, checks in load_topics([check.id for check in chosen.checks]).values():
        table.add_row(title, str(len(checks)), str(len(reading.intersection(checks))))
    console.print(table)


def _show_checks(console: Console, catalogue: Catalogue, chosen: Plan, key: str) -> None:
    title = f"{catalogue.shown(key)} {catalogue.profiles[key].profile.name}"
    console.print(f"\n{title}", style="bold")
    for check in chosen.checks:
        if check.profile == key:
            requirement = check.requirement
            kind = check.kind + (", changes" if check.changes else "")
            words = f"{requirement.level.value}, {requirement.basis.value}, {kind}"
            _entry(console, check.id, words, requirement.statement)


def _show_excluded(console: Console, chosen: Plan, key: str) -> None:
    for item in chosen.excluded:
        if item.profile == key:
            words = f"not checked: {item.reason}"
            _entry(console, item.id, words, item.statement)


def _show_deviations(console: Console, dialect: Spoken) -> None:
    """Print in what a dialect differs from the profiles that it extends."""
    console.print(f"\nWhere {dialect.key} differs from DMTF", style="bold")
    for each in dialect.deviations:
        _entry(console, each.name, each.how, each.because or "It is not there.")


def _entry(console: Console, name: str, words: str, statement: str) -> None:
    """Print a check: its id on a line of its own, so that it can be copied whole."""
    console.print(f"  [cyan]{escape(name)}[/]", highlight=False, soft_wrap=True)
    for text in (statement, f"[dim]{escape(words)}[/]"):
        shown = escape(text) if text is statement else text
        console.print(Padding(shown, (0, 0, 0, 6)), highlight=False)


@click.command()
@click.argument("check_id", metavar="CHECK-ID")
def explain(check_id: str) -> None:
    """Tell what a check demands, where that comes from, and what makes it fail."""
    with told():
        text = explanation(load_profiles(dialect=dialect_of(check_id)), check_id)
    click.echo(text)


@click.command("plan")
@PROFILE
@DIALECT
@click.option("--check", "checks", multiple=True, metavar="ID", help="Only checks like this.")
@click.option("--allow-changes", is_flag=True, help="As `run --allow-changes` would do.")
def plan_(
    profiles: tuple[str, ...], dialect: str, checks: tuple[str, ...], allow_changes: bool
) -> None:
    """Show what a run would ask and change, without asking anything."""
    with told():
        catalogue = load_profiles(dialect=dialect)
        chosen = plan(catalogue, profiles, checks)
    asked = queries(catalogue, chosen.checks)
    click.echo(f"{len(chosen.checks)} checks of {', '.join(chosen.profiles)}")
    click.echo(_judged_by(catalogue))
    click.echo("\nAsked once in the interop namespace:")
    for name in (*asked.interop_classes, *asked.crossing):
        click.echo(f"  EnumerateInstances {name}")
    click.echo("\nAsked once in each implementation namespace:")
    for name in (*asked.classes, *asked.associations):
        click.echo(f"  EnumerateInstances {name}")
    click.echo(
        "\nThen GetClass for each class seen, and Associators, AssociatorNames, References,"
        "\nReferenceNames and GetInstance for the host's objects and a sample of the others."
    )
    playing = [check for check in chosen.checks if check.changes]
    if not allow_changes:
        click.echo(f"\nNothing is changed; {len(playing)} checks need --allow-changes.")
        return
    click.echo(f"\nChanged, on systems that the run itself creates and destroys ({len(playing)}):")
    for check in playing:
        click.echo(f"  {check.id}: {check.requirement.statement}")


def _judged_by(catalogue: Catalogue) -> str:
    """Return which dialect the checks are in; to detect it, a server would have to be asked."""
    spoken = catalogue.dialect
    if spoken is None:
        return "\nDialect: none; `cimconform run` detects it, here it is named with --dialect."
    differences = len(spoken.deviations)
    return (
        f"\nDialect: {spoken.key} ({spoken.said.title}), named with --dialect; it differs from "
        f"DMTF in {differences} points, which `cimconform list --dialect {spoken.key}` shows."
    )
