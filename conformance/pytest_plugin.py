"""The checks as pytest items: `pytest --pyargs conformance --cim-url URL` in a vendor's own run.

Shell. One item for each check, named by its id. Outcomes are pytest's own: fail is a failure,
error an error in set-up, not-applicable and untested are skips, warn passes, waived is an
expected failure. Our verdict travels in `user_properties`. Nothing happens without `--cim-url`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.definitions.load import ProfileError
from conformance.endpoint import EndpointError
from conformance.options import RunOptions, run_options
from conformance.outputs import OutputError
from conformance.plan import Check, PlanError
from conformance.results import Result, Verdict
from conformance.run import Run
from conformance.settings import SettingsError

SUITE = Path(__file__).parent / "suite.py"
RUN_KEY: pytest.StashKey[Run] = pytest.StashKey()
JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
SKIPPED = {Verdict.NOT_APPLICABLE: "not applicable", Verdict.UNTESTED: "untested"}

OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--cim-url", {"help": "URL of the CIM server to check, such as https://host:5989"}),
    ("--cim-profile", {"action": "append", "default": [], "help": "profile key, such as DSP1057"}),
    ("--cim-check", {"action": "append", "default": [], "help": "check id or pattern"}),
    ("--cim-namespace", {"action": "append", "default": [], "help": "implementation namespace"}),
    ("--cim-interop", {"help": "interop namespace (default: discovered)"}),
    ("--cim-dialect", {"help": "vendor's interface to judge by, or none (default: detected)"}),
    ("--cim-user", {"help": "user name"}),
    ("--cim-password-env", {"help": "environment variable that holds the password"}),
    ("--cim-netrc", {"action": "store_true", "help": "take user and password from ~/.netrc"}),
    ("--cim-ca", {"help": "file of trusted certificates"}),
    ("--cim-insecure", {"action": "store_true", "help": "do not check the server's certificate"}),
    ("--cim-cert", {"help": "client certificate"}),
    ("--cim-key", {"help": "private key of the client certificate"}),
    ("--cim-protocol", {"help": "cim-xml or wsman, where the URL does not tell"}),
    (
        "--cim-auth",
        {"help": "WS-Management: basic, ntlm, negotiate, kerberos, ..."},
    ),
    ("--cim-quirks", {"help": "WS-Management: windows, openwsman, omi, reference"}),
    ("--cim-allow-changes", {"action": "store_true", "help": "play scenarios that change things"}),
    ("--cim-listen", {"help": "address of this machine where indications arrive"}),
    ("--cim-listener-url", {"help": "what the server is told of it instead, behind NAT"}),
    ("--cim-exhaustive", {"action": "store_true", "help": "traverse every object, no sample"}),
    ("--cim-explore", {"type": int, "default": None, "help": "steps of a random walk"}),
    ("--cim-seed", {"type": int, "default": None, "help": "seed of the sample and the walk"}),
    ("--cim-strict", {"action": "store_true", "help": "unconfirmed requirements fail, not warn"}),
    ("--cim-timeout", {"type": float, "default": None, "help": "seconds for each operation"}),
    ("--cim-deadline", {"type": float, "default": None, "help": "seconds for a state change"}),
    ("--cim-config", {"help": "settings file (default: ./cimconform.toml if there)"}),
    ("--cim-out", {"help": "folder for results.ndjson, report.html and junit.xml"}),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite to a pytest run."""
    group = parser.getgroup("cimconform", "CIM conformance (cimconform)")
    for name, settings in OPTIONS:
        group.addoption(name, **settings)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the run when a URL was given; the command line brings its own run."""
    config.addinivalue_line("markers", "conformance(profile, kind, level): a conformance check")
    if RUN_KEY in config.stash or config.getoption("--cim-url", default=None) is None:
        return
    if config.getoption("numprocesses", default=None):
        raise pytest.UsageError("the checks share what is read from the server: leave out -n")
    try:
        config.stash[RUN_KEY] = Run(_options(config))
    except (ProfileError, PlanError, SettingsError) as error:
        raise pytest.UsageError(str(error)) from error


GIVEN = {
    "url": "--cim-url",
    "profiles": "--cim-profile",
    "namespaces": "--cim-namespace",
    "interop": "--cim-interop",
    "dialect": "--cim-dialect",
    "user": "--cim-user",
    "password_env": "--cim-password-env",
    "netrc": "--cim-netrc",
    "ca": "--cim-ca",
    "insecure": "--cim-insecure",
    "cert": "--cim-cert",
    "key": "--cim-key",
    "protocol": "--cim-protocol",
    "auth": "--cim-auth",
    "quirks": "--cim-quirks",
    "allow_changes": "--cim-allow-changes",
    "listen": "--cim-listen",
    "listener_url": "--cim-listener-url",
    "exhaustive": "--cim-exhaustive",
    "explore": "--cim-explore",
    "seed": "--cim-seed",
    "strict": "--cim-strict",
    "timeout": "--cim-timeout",
    "deadline": "--cim-deadline",
    "out": "--cim-out",
}


def _options(config: pytest.Config) -> RunOptions:
    said = {name: config.getoption(flag) for name, flag in GIVEN.items()}
    given = {name: None if value is False else value for name, value in said.items()}
    settings = config.getoption("--cim-config")
    checks = tuple(config.getoption("--cim-check"))
    return run_options(given, checks, Path(settings) if settings else None)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the checks in the place of `conformance/suite.py`."""
    if file_path == SUITE and RUN_KEY in parent.config.stash:
        collected: pytest.Collector = Suite.from_parent(parent, path=file_path)
        return collected
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Tell the run which checks were selected, so that only what they need is asked."""
    run = session.config.stash.get(RUN_KEY, None)
    if run is None or session.config.option.collectonly:
        return
    checks = [item.check for item in session.items if isinstance(item, CheckItem)]
    run.select(checks)
    if checks:
        try:
            run.claim()
        except OutputError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the run: clean-up, end of the results stream, reports."""
    run = session.config.stash.get(RUN_KEY, None)
    if run is not None and not session.config.option.collectonly:
        run.finish()
        is_command = session.config.getoption("--cim-url") is None  # which tells it itself
        if isinstance(run.trouble, OutputError) and session.exitstatus in JUDGED and not is_command:
            pytest.exit(str(run.trouble), returncode=4)


class Suite(pytest.File):
    """All checks of the plan."""

    def collect(self) -> Iterator[CheckItem]:
        """Yield one item for each check."""
        for check in self.config.stash[RUN_KEY].plan.checks:
            item: CheckItem = CheckItem.from_parent(self, name=check.id, check=check)
            yield item


class NonConformant(Exception):
    """A check failed; its text is the grouped account of what was expected and found."""


class SuiteProblem(Exception):
    """A check could not be judged for a reason that is not the server's conformance."""


class CheckItem(pytest.Item):
    """One check as a pytest item."""

    def __init__(self, *, check: Check, **rest: Any) -> None:  # pytest's own
        super().__init__(**rest)
        self.check = check
        self.result: Result | None = None
        self.add_marker(
            pytest.mark.conformance(
                profile=check.profile, kind=check.kind, level=check.requirement.level.value
            )
        )

    def setup(self) -> None:
        """Judge the check; what keeps it from being judged is an error of the set-up."""
        run = self.config.stash[RUN_KEY]
        try:
            self.result = run.judge(self.check)
        except (EndpointError, OutputError) as error:
            pytest.exit(str(error), returncode=4)
        self.user_properties += properties(self.result)
        if self.result.verdict is Verdict.ERROR:
            raise SuiteProblem(self.result.reason)

    def runtest(self) -> None:
        """Turn the verdict into pytest's outcome."""
        result = self.result
        if result is None:
            raise SuiteProblem("the check was not judged")
        if result.verdict in SKIPPED:
            pytest.skip(f"{SKIPPED[result.verdict]}: {result.reason}")
        if result.verdict is Verdict.WAIVED:
            waiver = result.waiver
            pytest.xfail(f"waived: {waiver.reason if waiver else ''}")
        if result.verdict is Verdict.FAIL:
            raise NonConformant(account(result))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ARG002  # pytest's own
    ) -> str:
        """Return our own text; a Python traceback says nothing about the server."""
        if isinstance(excinfo.value, NonConformant | SuiteProblem):
            return str(excinfo.value)
        return f"{type(excinfo.value).__name__}: {excinfo.value}"

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return what pytest shows as the place of the item."""
        return self.path, None, self.check.id


def properties(result: Result) -> list[tuple[str, object]]:
    """Return what JUnit and pytest-html show of a result beside pytest's outcome."""
    return [
        ("verdict", result.verdict.value),
        ("level", result.level),
        ("basis", result.basis),
        ("document", result.document),
        ("clause", result.clause or "not known"),
        ("statement", result.statement),
    ]


def account(result: Result) -> str:
    """Return what a failed check tells: statement, where, expected, found, and its source."""
    clause = f", clause {result.clause}" if result.clause else ""
    lines = [
        f"{result.check} ({result.level}, {result.document}{clause})",
        f"  {result.statement}",
    ]
    for observation in result.observations[:10]:
        lines += [
            f"  at {observation.subject}",
            f"    expected: {observation.expected}",
            f"    found:    {observation.found}",
        ]
    more = len(result.observations) - 10 + result.omitted
    return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_header(cells: list[str]) -> None:
    """Add our columns to pytest-html."""
    cells[1:1] = [f"<th>{title}</th>" for title in ("Verdict", "Level", "Document", "Clause")]


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_row(report: pytest.TestReport, cells: list[str]) -> None:
    """Fill our columns of pytest-html."""
    known = {name: str(value) for name, value in report.user_properties}
    looked = ("verdict", "level", "document", "clause")
    cells[1:1] = [f"<td>{_escaped(known.get(name, ''))}</td>" for name in looked]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
