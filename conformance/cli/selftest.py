"""The command that proves that every check can fail: the kill matrix of all faults."""

from __future__ import annotations

from collections import Counter

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Column, Table

from conformance.cli.errors import USAGE, Ended
from conformance.definitions.dialects import dialect_names
from conformance.selftest import Matrix, Trial, concerning, fault_names, matrix, trials


@click.command()
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault.")
@click.option(
    "--breaks",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only faults that concern checks like this (DSP1042:*snapshot*); shows them all.",
)
@click.option("--changes-only", is_flag=True, help="Only faults of what is played; shows them all.")
@click.option(
    "--dialect",
    type=click.Choice(dialect_names()),
    help="On a server that speaks this dialect, whose checks are tried.",
)
@click.option(
    "--jobs", default=2, show_default=True, type=click.IntRange(1), help="Runs at the same time."
)
@click.option("--whole", is_flag=True, help="Play all scenarios with every fault (much slower).")
@click.option("--verbose", is_flag=True, help="Show every fault, not only the wrong ones.")
def selftest(
    faults: tuple[str, ...],
    patterns: tuple[str, ...],
    changes_only: bool,
    dialect: str | None,
    jobs: int,
    whole: bool,
    verbose: bool,
) -> None:
    """Prove that no check fails on a right server and that each fails on a wrong one."""
    names = fault_names()
    unknown = [name for name in faults if name not in names]
    if unknown:
        raise Ended(f"no fault {unknown[0]!r}; `cimconform serve --list-faults` shows all", USAGE)
    console = Console()
    partly = bool(faults or patterns or changes_only)
    chosen = list(faults) or (
        _concerning(patterns, dialect, played=changes_only) if partly else names
    )
    if not chosen:
        raise Ended(f"no fault concerns a check like {' or '.join(patterns)}", USAGE)
    done = list(
        track(
            trials(chosen, min(jobs, len(chosen)), whole=whole, dialect=dialect or ""),
            "Faults",
            len(chosen),
            console=Console(stderr=True),
            transient=True,
        )
    )
    proof = matrix(done, dialect or "")
    _show_trials(console, done, verbose=verbose or bool(patterns) or changes_only)
    right = all(trial.right for trial in done)
    if not partly:
        _show_survivors(console, proof)
        right = proof.right
    raise SystemExit(0 if right else 1)


def _concerning(patterns: tuple[str, ...], dialect: str | None, *, played: bool) -> list[str]:
    return concerning(patterns, played=played, dialect=dialect or "")


def _show_trials(console: Console, done: list[Trial], *, verbose: bool) -> None:
    wrong = not all(one.right for one in done)
    headers = ("Fault", "Breaks", *(("Not noticed by", "Noticed beside") if wrong else ()))
    table = Table(*(Column(header, overflow="fold") for header in headers))
    for one in done:
        if (verbose or not one.right) and not one.skipped:
            beside = [f"{name} ({one.deviating[name]})" for name in one.beside]
            words = ([one.fault or "(none)"], one.named, one.missed, beside)[: len(headers)]
            table.add_row(*(escape("\n".join(each)) for each in words))
    if table.row_count:
        console.print(table)
    without = next((one for one in done if not one.fault), None)
    if without is not None:
        console.print(f"Without a fault: {without.passed} pass, {len(without.deviating)} deviate")
    bent = [one for one in done if one.fault and not one.skipped]
    exact = sum(1 for one in bent if one.right)
    console.print(f"Faults: {exact} of {len(bent)} break exactly the checks they name")
    for reason, number in Counter(one.skipped for one in done if one.skipped).most_common():
        console.print(f"Not tried: {number}, {escape(reason)}")


def _show_survivors(console: Console, whole: Matrix) -> None:
    console.print(
        f"Checks that no fault breaks: {len(whole.survivors)}, "
        f"{len(whole.unexplained)} of them without a reason"
    )
    for name, reason in whole.survivors.items():
        console.print(f"  {escape(name)}: {escape(reason or 'no reason given')}")
