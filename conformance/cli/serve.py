"""The command that serves the bundled reference server, bent by named faults if asked to."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from conformance.bundled import DIALECTS, FAULTS, UnfitFaultError, start
from conformance.cli.errors import USAGE, Ended, told


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=5988,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 for a free one.",
)
@click.option(
    "--wsman-port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Answer WS-Management on this port as well; 0 for a free one.",
)
@click.option("--user", metavar="U", help="Demand basic authentication by this user.")
@click.option("--password-env", metavar="VAR", help="Environment variable that holds the password.")
@click.option(
    "--tls",
    nargs=2,
    type=click.Path(exists=True, path_type=Path),
    metavar="CERT KEY",
    help="Serve HTTPS with this certificate and key (PEM).",
)
@click.option(
    "--systems",
    default=3,
    show_default=True,
    type=click.IntRange(0),
    help="Number of virtual systems to begin with.",
)
@click.option(
    "--dialect",
    type=click.Choice(sorted(DIALECTS)),
    help="Show the systems as this vendor does, in its namespace.",
)
@click.option("--namespace", help="Implementation namespace.  [default: root/virt]")
@click.option("--asynchronous", is_flag=True, help="Methods answer with a job.")
@click.option(
    "--single-configuration", is_flag=True, help="State and defined configuration are one."
)
@click.option(
    "--patterns",
    is_flag=True,
    help="Register Resource Allocation and Allocation Capabilities, not what specialises them.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="Deviate from the standard in one point; repeat for more.",
)
@click.option("--list-faults", is_flag=True, help="Show the names of all faults and end.")
def serve(
    host: str,
    port: int,
    wsman_port: int | None,
    user: str | None,
    password_env: str | None,
    tls: tuple[Path, Path] | None,
    systems: int,
    dialect: str | None,
    namespace: str | None,
    asynchronous: bool,
    single_configuration: bool,
    patterns: bool,
    faults: tuple[str, ...],
    list_faults: bool,
) -> None:
    """Serve the bundled reference server until Ctrl-C."""
    if list_faults:
        for fault in FAULTS.values():
            click.echo(f"{fault.name:<44} {fault.statement}")
        return
    unknown = [name for name in faults if name not in FAULTS]
    if unknown:
        raise Ended(f"no fault {unknown[0]!r}; `cimconform serve --list-faults` shows all", USAGE)
    with told(), _starting(host, port if wsman_port is None else f"{port} or {wsman_port}"):
        server = start(
            host=host,
            port=port,
            wsman_port=wsman_port,
            user=user,
            password=password_of(user, password_env),
            tls=tls,
            systems=systems,
            dialect=dialect,
            namespace=namespace,
            asynchronous=asynchronous or None,
            single_configuration=single_configuration,
            patterns=patterns,
            faults=faults,
        )
    with server, suppress(KeyboardInterrupt):
        shown_in = server.namespace
        click.echo(f"Serving {systems} virtual systems at {server.url} (namespace {shown_in})")
        if server.wsman_url:
            click.echo(f"WS-Management at {server.wsman_url}")
        click.echo("Ctrl-C ends it.")
        threading.Event().wait()


@contextmanager
def _starting(host: str, port: int | str) -> Iterator[None]:
    """Tell what keeps the server from starting."""
    try:
        yield
    except UnfitFaultError as error:
        raise Ended(f"{error}; try more --systems", USAGE) from error
    except ssl.SSLError as error:
        told = "--tls: expected a certificate and its key in PEM format"
        raise Ended(f"{told}, found {error.strerror or error}", USAGE) from error
    except OSError as error:
        reason = f"cannot listen at {host}, port {port}: {error.strerror or error}"
        raise Ended(f"{reason}; choose another --host or --port", USAGE) from error


def password_of(user: str | None, variable: str | None) -> str | None:
    """Return the password from the environment; an error when user and password don't pair."""
    if user is None:
        return None
    if variable is None or variable not in os.environ:
        where = f"${variable} is not set" if variable else "--password-env is not given"
        raise Ended(f"--user needs a password: {where}", USAGE)
    return os.environ[variable]
