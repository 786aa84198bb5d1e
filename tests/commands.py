"""Commands run as a user runs them, each in a process of its own, without loading all code anew.

`python -m tests.commands` loads the command once, and forks for each request that it reads: JSON
lines with arguments, folder, environment and the files for the output; it answers with exit codes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from conformance.cli import main

CAN_FORK = hasattr(os, "fork")
MOST_SECONDS = 120


class Commands:
    """Runs commands in forks of one process that has loaded them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def run(
        self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run one command and return how it ended."""
        with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as error:
            files = (out.name, error.name)
            request = json.dumps([arguments, str(folder), environment, files])
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            said = [Path(name).read_text(encoding="utf-8") for name in files]
        return subprocess.CompletedProcess(["cimconform", *arguments], code, *said)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _become(
    arguments: list[str], folder: str, environment: dict[str, str], files: list[str]
) -> int:
    """Run a command in this process, with the output in files; return the exit code."""
    signal.alarm(MOST_SECONDS)
    for descriptor, name in enumerate((os.devnull, *files)):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_TRUNC
        os.dup2(os.open(name, flags), descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["cimconform", *arguments]
    try:
        main(prog_name="cimconform")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        raise
    return 0


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = _become(*json.loads(line))
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve()
