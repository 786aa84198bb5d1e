"""What several test modules share: the reference server on a free port, and the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from reference_impl.app import RunningServer, start
from tests.commands import CAN_FORK, Commands

ROOT = Path(__file__).parent.parent
PROCESSES_PER_CORE = 2
"""Half of their time, tests wait: for states, for deadlines, for a browser."""

_INSTALLED = any(one.name == "cimconform" for one in entry_points(group="pytest11"))
PLUGIN = () if _INSTALLED else ("-p", "conformance.pytest_plugin")
"""What a pytest run must be told to find our plug-in, which an installed one finds by itself."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return how many processes tests run in where nobody says; the long ones keep to the cores."""
    if config.option.markexpr == "long":
        return None
    return PROCESSES_PER_CORE * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def reference() -> Iterator[RunningServer]:
    """A right reference server that no test changes."""
    with start() as server:
        yield server


@pytest.fixture
def own_reference() -> Iterator[RunningServer]:
    """A right reference server of the test's own."""
    with start() as server:
        yield server


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands | None]:
    """What runs commands without loading them anew each time, where processes can be forked."""
    if not CAN_FORK:
        yield None
        return
    made = Commands({**os.environ, "PYTHONPATH": str(ROOT)})
    yield made
    made.close()


@pytest.fixture
def cimconform(tmp_path: Path, commands: Commands | None) -> Command:
    """Run the command in an empty folder, as a user does."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        whole = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment}
        if commands is not None:
            return commands.run(arguments, tmp_path, whole)
        return subprocess.run(
            [sys.executable, "-m", "conformance.cli", *arguments],
            cwd=tmp_path,
            env=whole,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
