"""The command `cimconform`. Each command stands in a module of its own; this one collects them."""

from __future__ import annotations

import click

from conformance.cli.catalogue import explain, list_, plan_
from conformance.cli.cleanup import cleanup
from conformance.cli.coverage import coverage
from conformance.cli.replay import replay
from conformance.cli.report import report
from conformance.cli.run import run
from conformance.cli.schema import schema
from conformance.cli.selftest import selftest
from conformance.cli.serve import serve
from conformance.run import suite_version


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 conformant, 1 non-conformant, 2 usage or configuration, 3 inconclusive, "
    "4 suite or endpoint error, 5 stale or expired waiver.",
)
@click.version_option(suite_version(), prog_name="cimconform")
def main() -> None:
    """Check whether a CIM server implements the DMTF virtualization profiles it claims."""


COMMANDS = (
    run,
    list_,
    explain,
    plan_,
    coverage,
    serve,
    report,
    replay,
    cleanup,
    selftest,
    schema,
)

for command in COMMANDS:
    main.add_command(command)
