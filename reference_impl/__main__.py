"""Command line of the reference server: `python -m reference_impl --port 5988`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from reference_impl.app import RunningServer, UnfitFaultError, UnknownFaultError, start
from reference_impl.dialects import DIALECTS
from reference_impl.faults import FAULTS

_PASSWORD = "CIMCONFORM_SERVER_PASSWORD"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server until it is interrupted; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.list_faults:
        for fault in FAULTS.values():
            print(f"{fault.name}: {fault.statement}")  # noqa: T201 - the answer of the command
        return 0
    try:
        server = _started(options)
    except (UnknownFaultError, UnfitFaultError, OSError) as error:
        print(f"reference server: {error}", file=sys.stderr)  # noqa: T201
        return 2
    with server:
        print(server.url, flush=True)  # noqa: T201 - scripts read the URL here
        _wait_for_signal()
    return 0


def _started(options: argparse.Namespace) -> RunningServer:
    tls = (options.certificate, options.key) if options.certificate else None
    return start(
        port=options.port,
        host=options.host,
        systems=options.systems,
        user=options.user,
        password=os.environ.get(_PASSWORD),
        tls=tls,
        faults=options.fault,
        asynchronous=options.asynchronous or None,
        single_configuration=options.single_configuration,
        patterns=options.patterns,
        dialect=options.dialect,
        namespace=options.namespace,
        interop=options.interop,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reference_impl", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0, help="port to listen on (default: a free one)")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--systems", type=int, default=3, help="virtual systems to begin with (%(default)s)")
    add("--user", help=f"user for basic authentication; the password is read from {_PASSWORD}")
    add("--certificate", type=Path, help="PEM file of a certificate chain: serve HTTPS")
    add("--key", type=Path, help="PEM file of its key, unless the certificate file has it")
    add("--fault", action="append", default=[], metavar="NAME", help="be wrong in one way")
    add("--list-faults", action="store_true", help="print all faults and end")
    add("--asynchronous", action="store_true", help="run methods as jobs")
    add("--single-configuration", action="store_true", help="state settings are the defined ones")
    add("--patterns", action="store_true", help="register the patterns of resource allocation")
    add("--dialect", choices=sorted(DIALECTS), help="show the systems as this vendor does")
    add("--namespace", help="implementation namespace (root/virt)")
    add("--interop", default="root/interop", help="Interop namespace (%(default)s)")
    return parser


def _wait_for_signal() -> None:
    """Return when the process is interrupted or told to terminate."""
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


if __name__ == "__main__":
    sys.exit(main())
