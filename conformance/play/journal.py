"""The journal of a run: what it set out to create, what it made and what is gone again.

Shell. One JSON object a line, each written through to the disk before the run goes on, so that
`cleanup.py` can finish after a crash. A creation is recorded before it is asked for. The file
holds no credentials.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BufferedWriter
from pathlib import Path as File
from typing import Any

import msgspec

from conformance.cim import Path

FORMAT = "cimconform-journal/1"


class PathData(msgspec.Struct, frozen=True, omit_defaults=True):
    """A CIM path as JSON; a key that is itself a path is an object of the same form."""

    namespace: str
    classname: str
    keys: tuple[tuple[str, Any], ...] = ()


class RequestData(msgspec.Struct, frozen=True, omit_defaults=True):
    """A method call on a system: parameters as (name, CIM type, value).

    With `subject` it is a call on the service, and that is the parameter for the system.
    """

    method: str
    parameters: tuple[tuple[str, str, Any], ...] = ()
    subject: str = ""


class Undo(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a thing that is no system is removed again: a method of a service takes its path.

    `classname` is the class among whose instances one is looked for by its name.
    """

    namespace: str
    classname: str
    service: PathData
    method: str
    parameter: str


class Deletion(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an instance that was created as such is removed again: by DeleteInstance.

    It is found in `namespace` among those of `classname` as the one that has all of `keys` among
    the values of its keys, or of the keys of what its keys refer to.
    """

    namespace: str
    classname: str
    keys: tuple[str, ...]


class Recipe(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a system that a run made is found and removed again, without the profiles.

    `destroy` is the method of the `service` that takes the system as `parameter`. `observed`
    shows the state; `enable` and `disable` are the requests that resume and deactivate a system,
    `active`, `defined` and `paused` the values of these states; in a `stable` one a system rests.
    `snapshots` is how a snapshot is removed, where a system that has some is not destroyed.
    """

    namespace: str
    systems: str
    service: PathData
    destroy: str
    parameter: str
    observed: str = "EnabledState"
    active: int = 2
    defined: int = 3
    paused: int = 9
    stable: tuple[int, ...] = (2, 3, 6, 9)
    enable: RequestData | None = None
    disable: RequestData | None = None
    snapshots: Undo | None = None


How = Recipe | Undo | Deletion
"""All ways in which what a run made is found and removed again."""


class RunRecord(msgspec.Struct, frozen=True, omit_defaults=True, tag="run", tag_field="type"):
    """The start of a run: endpoint and namespaces.

    `there` are the identities (cim.Path.identity) of the systems that were there before it.
    """

    format: str
    run: str
    endpoint: str
    started: str
    namespaces: tuple[str, ...] = ()
    there: tuple[str, ...] = ()


class Intend(msgspec.Struct, frozen=True, omit_defaults=True, tag="intend", tag_field="type"):
    """A system, a thing with an `undo`, or an instance is about to be created.

    It has a run-unique name, or is known by one in its keys.
    """

    name: str
    recipe: Recipe | None = None
    undo: Undo | None = None
    deletion: Deletion | None = None


class Made(msgspec.Struct, frozen=True, omit_defaults=True, tag="made", tag_field="type"):
    """A system was created."""

    name: str
    path: PathData


class Gone(msgspec.Struct, frozen=True, omit_defaults=True, tag="gone", tag_field="type"):
    """A system does not exist (any more)."""

    name: str


JournalRecord = RunRecord | Intend | Made | Gone

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(JournalRecord)


class JournalError(ValueError):
    """A journal cannot be used: where, what was expected, what was found, what to do."""


class Journal:
    """Writes the journal of one run; the file is opened with the first record.

    An existing file is continued: what an earlier run left in it is not forgotten.

    Raises:
        JournalError: on writing, when the file cannot be written. Nothing is created then.
    """

    def __init__(self, path: File) -> None:
        self.path = path
        self._file: BufferedWriter | None = None
        self._begun = False

    def begin(self, record: RunRecord) -> None:
        """Write the run record, once; later calls do nothing."""
        if not self._begun:
            self._write(record)
            self._begun = True

    def intend(self, name: str, recipe: How) -> None:
        """Record that a system, or something else, is about to be created."""
        if isinstance(recipe, Undo):
            self._write(Intend(name, undo=recipe))
        elif isinstance(recipe, Deletion):
            self._write(Intend(name, deletion=recipe))
        else:
            self._write(Intend(name, recipe))

    def made(self, name: str, path: Path) -> None:
        """Record that a system was created."""
        self._write(Made(name, path_data(path)))

    def gone(self, name: str) -> None:
        """Record that a system does not exist (any more)."""
        self._write(Gone(name))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: JournalRecord) -> None:
        try:
            if self._file is None:
                self._file = self._open()
            self._file.write(_encoder.encode(record) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise JournalError(
                f"{self.path}: expected to write the journal, found: {error.strerror or error}; "
                "without a journal nothing is created: choose another folder with --out"
            ) from error

    def _open(self) -> BufferedWriter:
        """Open the file for appending; a half-written last line is ended first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        torn = self.path.exists() and self.path.read_bytes()[-1:] not in (b"", b"\n")
        file = self.path.open("ab")
        if torn:
            file.write(b"\n")
        return file


class Pending(msgspec.Struct, frozen=True):
    """A system or thing that may still exist; without `path` its creation was not confirmed.

    `there` are the identities of systems that were there before its run, and so are never it.
    """

    name: str
    endpoint: str
    recipe: How
    path: Path | None = None
    there: frozenset[str] = frozenset()


def read_pending(path: File) -> tuple[Pending, ...]:
    """Return the systems that a journal does not show as gone, in the order of creation.

    Raises:
        JournalError: the file cannot be read, or is no journal.
    """
    endpoint, there = "", frozenset[str]()
    pending: dict[str, Pending] = {}
    for record in _records(path):
        if isinstance(record, RunRecord):
            endpoint, there = record.endpoint, frozenset(record.there)
        elif isinstance(record, Intend):
            how = record.recipe or record.undo or record.deletion
            if how is not None:
                pending[record.name] = Pending(record.name, endpoint, how, there=there)
        elif isinstance(record, Made) and record.name in pending:
            made = cim_path(record.path)
            pending[record.name] = msgspec.structs.replace(pending[record.name], path=made)
        elif isinstance(record, Gone):
            pending.pop(record.name, None)
    return tuple(pending.values())


def read_endpoint(path: File) -> str:
    """Return the URL of the server that the last run of a journal was against.

    Raises:
        JournalError: the file is no journal, or cannot be read.
    """
    runs = [record for record in _records(path) if isinstance(record, RunRecord)]
    if not runs:
        raise JournalError(f"{path}: expected the record of a run, found none")
    return runs[-1].endpoint


def _records(path: File) -> Iterable[JournalRecord]:
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise JournalError(
            f"{path}: expected a journal of cimconform, found: {error.strerror or error}; "
            "give the journal.ndjson of the run"
        ) from error
    records: list[JournalRecord] = []
    for number, line in enumerate(lines, start=1):
        record = _record(path, number, line)
        if not records and record is not None:
            _check_format(path, record)
        if record is not None:
            records.append(record)
    if not records:
        raise JournalError(
            f"{path}: expected a journal of cimconform, found an empty file; nothing was created"
        )
    return records


def _record(path: File, number: int, line: bytes) -> JournalRecord | None:
    """Return a record; None for an empty line and for one that was cut off while writing."""
    if not line.strip():
        return None
    try:
        record: JournalRecord = _decoder.decode(line)
    except msgspec.DecodeError as error:
        if number > 1 and _is_torn(line):
            return None
        raise JournalError(
            f"{path}:{number}: expected a record of a journal of cimconform ({FORMAT}), "
            f"found: {error}; give the journal.ndjson of a run"
        ) from error
    return record


def _is_torn(line: bytes) -> bool:
    """Tell whether a line is the beginning of a JSON object without its end."""
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        return line.lstrip().startswith(b"{")
    return False


def _check_format(path: File, record: JournalRecord) -> None:
    found = record.format if isinstance(record, RunRecord) else "no run record"
    if found != FORMAT:
        raise JournalError(
            f"{path}:1: expected a journal of cimconform in the format {FORMAT}, found {found}; "
            "use the version of cimconform that wrote it"
        )


def path_data(path: Path) -> PathData:
    """Return a CIM path as JSON data."""
    keys = tuple(
        (name, path_data(value) if isinstance(value, Path) else value) for name, value in path.keys
    )
    return PathData(path.namespace, path.classname, keys)


def cim_path(data: PathData) -> Path:
    """Return the CIM path of JSON data."""
    return Path(data.namespace, data.classname, [(name, _key(value)) for name, value in data.keys])


def _key(value: Any) -> Any:  # a key value as JSON
    if isinstance(value, dict):
        return cim_path(msgspec.convert(value, PathData))
    return cim_path(value) if isinstance(value, PathData) else value
