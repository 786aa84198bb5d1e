"""The command that finishes the clean-up of a run that was cut short."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cleanup import clean_up
from conformance.cli.errors import USAGE, Ended, told
from conformance.journal import read_endpoint
from conformance.options import run_options
from conformance.wbem import WbemEndpoint


@click.command()
@click.argument("journal", type=click.Path(exists=True, path_type=Path))
@click.option("--url", help="The server, when it has moved since the run.")
@click.option("--user", metavar="U", help="User for basic authentication.")
@click.option("--password-env", metavar="VAR", help="Environment variable that holds the password.")
@click.option(
    "--netrc", is_flag=True, default=None, help="Take user and password from the netrc file."
)
@click.option("--ca", metavar="FILE", help="Trusted certificates.")
@click.option(
    "--insecure", is_flag=True, default=None, help="Do not check the server's certificate."
)
@click.option("--cert", metavar="FILE", help="Client certificate.")
@click.option("--key", metavar="FILE", help="Private key of the client certificate.")
@click.option("--timeout", type=float, metavar="S", help="Seconds for each operation.")
def cleanup(journal: Path, **given: object) -> None:
    """Destroy what the run of JOURNAL created and could not destroy itself.

    JOURNAL is journal.ndjson in the run's output folder. Nothing else is touched: only systems
    under the run's own unique names.
    """
    with told():
        given["url"] = given.get("url") or read_endpoint(journal)
        options = run_options(given)
        endpoint = WbemEndpoint(options.connection)
        report = clean_up(journal, endpoint)
        endpoint.close()
    for name in report.removed:
        click.echo(f"removed    {name}")
    for name in report.not_found:
        click.echo(f"was gone   {name}")
    for one in report.left:
        click.echo(f"still here {one}", err=True)
    click.echo(f"{len(report.removed)} removed, {len(report.left)} left")
    if report.left:
        raise Ended("not everything could be removed; run the command again", USAGE + 2)
