"""The command `run`: all checks against one server, from the connection to the reports."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance import pytest_plugin
from conformance.bundled import start
from conformance.capture import write_capture
from conformance.cli.errors import (
    ENDPOINT,
    INCONCLUSIVE,
    USAGE,
    Ended,
    one_line,
    told,
)
from conformance.definitions.dialects import AUTO, NONE
from conformance.endpoint.wsman import AUTHENTICATIONS, QUIRKS
from conformance.options import RunOptions, run_options
from conformance.outputs import PAGE, RESULTS, OutputError
from conformance.pytest_plugin import RUN_KEY, SUITE
from conformance.report import summarise
from conformance.report.clean import clipped
from conformance.report.tally import plural
from conformance.results import Result, RunFooter, Verdict, read_run
from conformance.run import Progress as ShowProgress
from conformance.run import Run
from conformance.source import Live, Recorded

MANDATORY = "mandatory"
LONGEST_REASON = 200


@click.command()
@click.argument("url", required=False)
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="KEY",
    help="Profile to check, such as DSP1057; repeat for several. Default: all.",
)
@click.option(
    "--check", "checks", multiple=True, metavar="ID", help="Only checks with this id or pattern."
)
@click.option(
    "--namespace",
    "namespaces",
    multiple=True,
    metavar="N",
    help="Implementation namespace. Default: discovered.",
)
@click.option("--interop", metavar="N", help="Interop namespace. Default: discovered.")
@click.option(
    "--dialect",
    metavar="NAME",
    help="The vendor's interface to judge by (windows-2006, hyperv-v1, hyperv-v2), or none for "
    "the DMTF profiles. Default: auto, which detects it.",
)
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
@click.option(
    "--allow-changes",
    is_flag=True,
    default=None,
    help="Also play scenarios, on systems that the run itself creates and destroys.",
)
@click.option(
    "--listen",
    metavar="HOST[:PORT]",
    help="Address of this machine where indications arrive. Default: that on the way to the "
    "server, any free port.",
)
@click.option(
    "--listener-url",
    metavar="URL",
    help="What the server is told of it instead, where it reaches this machine through NAT.",
)
@click.option(
    "--exhaustive", is_flag=True, default=None, help="Traverse every object instead of a sample."
)
@click.option(
    "--explore",
    type=int,
    metavar="N",
    help="Also walk N random steps over the states of the run's own systems.",
)
@click.option("--seed", type=int, metavar="N", help="Seed of the sample and the walk. Default: 0.")
@click.option(
    "--strict",
    is_flag=True,
    default=None,
    help="Deviations from unconfirmed requirements fail instead of warn.",
)
@click.option(
    "--out", metavar="DIR", help="Folder for the results and reports. Default: reports/<host>."
)
@click.option("--timeout", type=float, metavar="S", help="Seconds for each operation. Default: 60.")
@click.option(
    "--deadline",
    type=float,
    metavar="S",
    help="Seconds for a state change; a job has twice as long. Default: 60.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings file. Default: cimconform.toml, if there.",
)
@click.option(
    "--profile-file",
    "profile_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A profile definition of your own.",
)
@click.option("-k", "keyword", metavar="EXPR", help="Only checks whose id matches, as pytest's -k.")
@click.option(
    "--capture",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep all evidence in FILE, for `cimconform replay FILE`.",
)
@click.option("--quiet", is_flag=True, help="No progress, only the summary.")
def run(
    quiet: bool,
    capture: Path | None,
    keyword: str | None,
    checks: tuple[str, ...],
    config: Path | None,
    **given: object,
) -> None:
    """Check the CIM server at URL; without URL, the bundled reference server."""
    console = Console()
    with told(), contextlib.ExitStack() as stack:
        options = run_options(given, checks, config)
        if not options.connection.url:
            server = stack.enter_context(start(dialect=_served(options.dialect)))
            options = options.at(server.url)
        try:
            code = _run(options, console, keyword, capture, quiet=quiet)
        except KeyboardInterrupt as error:
            raise Ended(_cut_short(options), INCONCLUSIVE) from error
    raise SystemExit(code)


def _served(dialect: str) -> str | None:
    """Return the dialect that the bundled server is started in, None for none."""
    return None if dialect in (AUTO, NONE) else dialect


def _cut_short(options: RunOptions) -> str:
    """Return what is left to do after an interrupt that did not let the run come to its end."""
    told = f"interrupted; for a report of what was reached, say cimconform report {options.out}"
    if options.journal.exists():
        told += f"; for the rest of the clean-up, say cimconform cleanup {options.journal}"
    return told


def _run(
    options: RunOptions,
    console: Console,
    keyword: str | None,
    capture: Path | None,
    *,
    quiet: bool,
) -> int:
    """Check the server and keep the evidence where that is wanted; return the exit code."""
    recorded = Recorded(Live(options), options) if capture is not None else None
    with _progress(console, quiet=quiet) as progress:
        the_run = Run(options, progress, source=recorded)
        ended = _pytest(the_run, keyword)
        footer = the_run.finish()
    kept = recorded.capture() if recorded is not None else None
    if capture is not None and kept is not None:
        write_capture(capture, kept)
    return _concluded(the_run, ended, footer, console, keyword)


def run_again(the_run: Run, console: Console) -> int:
    """Judge what was captured, print the summary, return the exit code.

    Raises:
        Ended: the run cannot be counted on; why, and the exit code.
    """
    ended = _pytest(the_run, None)
    return _concluded(the_run, ended, the_run.finish(), console, None)


def _concluded(
    the_run: Run, ended: int, footer: RunFooter, console: Console, keyword: str | None
) -> int:
    """Print the summary and return the exit code; raise Ended with what is to be said."""
    if keyword and ended == pytest.ExitCode.NO_TESTS_COLLECTED:
        return _nothing_judged(ended, keyword)
    if isinstance(the_run.trouble, OutputError):
        raise the_run.trouble
    if the_run.trouble is not None:
        raise Ended(one_line(str(the_run.trouble)), ENDPOINT)
    if not the_run.results:
        return _nothing_judged(ended, keyword)
    _summary(the_run.options.out, console)
    last_word = _last_word(footer, the_run.results)
    if last_word:
        raise Ended(one_line(last_word), footer.exit_code)
    return footer.exit_code


def _summary(out: Path, console: Console) -> None:
    """Print the summary; a reader who closes the pipe early does not change the exit code."""
    with contextlib.suppress(BrokenPipeError, SystemExit), (out / RESULTS).open("rb") as lines:
        summarise(read_run(lines), console, str(out / PAGE))


def _nothing_judged(ended: int, keyword: str | None) -> int:
    """Raise Ended with the reason why no check was judged, or return the exit code."""
    match ended:
        case pytest.ExitCode.USAGE_ERROR:
            return USAGE  # pytest has told why
        case pytest.ExitCode.NO_TESTS_COLLECTED:
            raise Ended(f"no check matches -k {keyword!r}; `cimconform list` shows all", USAGE)
        case pytest.ExitCode.INTERRUPTED:
            raise Ended("interrupted before a check was judged", INCONCLUSIVE)
    raise Ended(f"the suite failed: pytest ended with {ended}; please report it", ENDPOINT)


def _last_word(footer: RunFooter, results: Sequence[Result]) -> str:
    """Return why a run cannot be counted on, "" when its verdict says it all."""
    if footer.exit_code != INCONCLUSIVE:
        return "; ".join(footer.problems)
    told = (*_unjudged(results), *footer.problems) or ("no check passed",)
    return "; ".join((*told, "the report says more"))


def _unjudged(results: Sequence[Result]) -> Iterator[str]:
    """Yield what keeps a run from a verdict, each with the first of its checks."""
    errors = [result for result in results if result.verdict is Verdict.ERROR]
    untested = [r for r in results if r.verdict is Verdict.UNTESTED and r.level == MANDATORY]
    for found, words in ((errors, "ended in an error"), (untested, "(mandatory) stayed untested")):
        if found:
            first = f"{found[0].check}: {clipped(found[0].reason, LONGEST_REASON)}"
            yield f"{plural(len(found), 'check')} {words}, such as {first}"


class _Brings:
    """The plug-in that hands the run of this command to the pytest items."""

    def __init__(self, the_run: Run) -> None:
        self._run = the_run

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN_KEY] = self._run


def _pytest(the_run: Run, keyword: str | None) -> int:
    """Let pytest collect and run the checks; its own output and autoloaded plug-ins are off."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments = [
        str(SUITE),
        "--tb=no",
        "--no-header",
        "--no-summary",
        "-qq",
        "--capture=no",  # else what the progress bar draws meanwhile would be taken, too
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        f"--rootdir={SUITE.parent}",
        *(["-k", keyword] if keyword else []),
    ]
    with contextlib.redirect_stdout(_Nowhere()):
        return pytest.main(arguments, plugins=[pytest_plugin, _Brings(the_run)])


class _Nowhere:
    """A stream for pytest's own progress dots, which our progress bar replaces."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Have nothing to flush."""

    def isatty(self) -> bool:
        return False


@contextlib.contextmanager
def _progress(console: Console, *, quiet: bool) -> Iterator[ShowProgress]:
    """Yield a function that shows what is being done and how much remains.

    Without a total, that is as it was.
    """
    columns = (
        TextColumn("{task.description:<42.42}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    shown = console.is_terminal and not quiet
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown) as bar:
        task = bar.add_task("Starting", total=None)

        def show(text: str, done: int, total: int) -> None:
            if total:
                bar.update(task, completed=done, total=total)
            bar.update(task, description=text)

        yield show
