"""The command that finishes the clean-up of a run that was cut short."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.errors import ENDPOINT, Ended, one_line, told
from conformance.endpoint.factory import open_endpoint
from conformance.endpoint.giving_up import GivingUp
from conformance.endpoint.wsman import AUTHENTICATIONS, QUIRKS
from conformance.options import run_options
from conformance.play.cleanup import clean_up
from conformance.play.journal import read_endpoint


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
@click.option(
    "--protocol",
    type=click.Choice(["cim-xml", "wsman"]),
    help="Protocol to speak, where the URL (http, https, wsman, wsmans) does not tell.",
)
@click.option(
    "--auth",
    type=click.Choice(AUTHENTICATIONS),
    help="WS-Management: how the user is authenticated. Default: basic.",
)
@click.option(
    "--quirks",
    type=click.Choice(sorted(QUIRKS)),
    help="WS-Management: the product that answers. Default: what it says of itself.",
)
@click.option("--timeout", type=float, metavar="S", help="Seconds for each operation.")
def cleanup(journal: Path, **given: object) -> None:
    """Destroy what the run of JOURNAL created and could not destroy itself.

    JOURNAL is journal.ndjson in the run's output folder. Nothing else is touched: only systems
    under the run's own unique names.
    """
    with told():
        given["url"] = given.get("url") or read_endpoint(journal)
        options = run_options(given)
        endpoint = GivingUp(open_endpoint(options.connection))
        report = clean_up(journal, endpoint)
        endpoint.close()
    for name in report.removed:
        click.echo(f"removed    {name}")
    for name in report.not_found:
        click.echo(f"was gone   {name}")
    for one in report.left:
        click.echo(f"not removed {one_line(str(one))}", err=True)
    click.echo(f"{len(report.removed)} removed, {len(report.left)} left")
    if report.left:
        reason = f"{len(report.left)} systems could not be removed, or not be looked for"
        raise Ended(f"{reason}; run the command again when that is mended", ENDPOINT)
