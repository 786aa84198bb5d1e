"""The examples of the README do what they say, on the server that they name."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.definitions.load import load_profiles
from conformance.plan import plan
from reference_impl.app import start

README = Path(__file__).parent.parent / "README.md"
HEADING = "### Windows virtualization\n"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_example_walks_through_the_use_cases_of_windows_virtualization():
    section = README.read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    code = "\n".join(BLOCK.findall(section))

    with start(dialect="windows-2006") as server:
        code = code.replace("http://127.0.0.1:5988", server.url)
        ran = subprocess.run(
            [sys.executable, "-c", f"LISTEN = {free_port()}\n{code}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ran.stderr == ""
    lines = [
        "vs-00001",
        "vs-00002",
        "vs-00003",
        "applied vs-00002, snapshot 2",
        "heard of vs-00002",
    ]
    assert ran.stdout.splitlines() == lines


@pytest.mark.parametrize("dialect", ["windows-2006", "hyperv-v1", "hyperv-v2"])
def test_number_of_checks_of_each_dialect_is_right(dialect):
    row = re.compile(rf"^\| `{dialect}` \|.*\| ([0-9]+) \|$", re.MULTILINE)
    (told,) = row.findall(README.read_text(encoding="utf-8"))
    assert int(told) == len(plan(load_profiles(dialect=dialect)).checks)
