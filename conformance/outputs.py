"""The files that a run writes: the results stream, and the reports that are rendered from it.

Shell. The folder is claimed before the server is asked anything, so that a run never ends
without a place for its results.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.report import render_html, render_junit
from conformance.results import Result, RunFooter, RunHeader, Writer, read_run

RESULTS, PAGE, JUNIT = "results.ndjson", "report.html", "junit.xml"


class OutputError(Exception):
    """The output folder cannot be used: where, what is wrong, and what to do."""


class Outputs:
    """The files of one run in its output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stream: Writer | None = None

    def reserve(self) -> None:
        """Create the folder, and leave what is in it.

        Raises:
            OutputError: the folder cannot be created.
        """
        with self._usable():
            self.folder.mkdir(parents=True, exist_ok=True)

    def claim(self) -> None:
        """Create the folder, empty the results and remove an earlier run's reports.

        Raises:
            OutputError: the folder cannot be created or written to.
        """
        if self._stream is not None:
            return
        self.reserve()
        with self._usable():
            self._stream = Writer(self.folder / RESULTS)
            for name in (PAGE, JUNIT):
                (self.folder / name).unlink(missing_ok=True)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            is_file = isinstance(error, FileExistsError)
            found = "a file" if is_file else f"a folder that cannot be used ({error.strerror})"
            raise OutputError(
                f"{self.folder}: expected a folder to write to, found {found}; "
                "choose another one with --out"
            ) from error

    def write(self, record: RunHeader | Result | RunFooter) -> None:
        """Append a record to the results, if the folder was claimed.

        Raises:
            OutputError: it cannot be written.
        """
        if self._stream is not None:
            with self._told():
                self._stream.write(record)

    def close(self) -> None:
        """End the results.

        Raises:
            OutputError: they cannot be written.
        """
        if self._stream is not None:
            with self._told():
                self._stream.close()

    def render(self) -> None:
        """Write the reports, if the folder was claimed.

        Raises:
            OutputError: they cannot be written.
        """
        if self._stream is not None:
            with self._told():
                write_reports(self.folder)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = f"{self.folder}: the results could not be written ({error.strerror})"
            raise OutputError(
                f"{reason}; make room, or choose another folder with --out"
            ) from error


def write_reports(folder: Path, results: Path | None = None) -> None:
    """Render report.html and junit.xml into a folder, from its results stream or another one.

    Raises:
        ResultsError: there is no readable results stream.
        OSError: a file cannot be read or written.
    """
    source = results or folder / RESULTS
    with source.open("rb") as lines:
        run = read_run(lines, str(source))
    _replace(folder / PAGE, render_html(run).encode("utf-8", "xmlcharrefreplace"))
    _replace(folder / JUNIT, render_junit(run))


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)  # noqa: PTH105  # the atomic one, on Windows too
    finally:
        draft.unlink(missing_ok=True)
