"""Captures: all evidence of a run in one portable file, to be judged again without the server.

A ZIP archive of `capture.json` (the run, its transcripts, the exchanges that its report shows) and
one `look-N` for each time that the server was read (snapshot/file.py). No credentials are in it:
requests are kept without their HTTP headers.
"""

from __future__ import annotations

import datetime
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from conformance.cim import Exchange
from conformance.endpoint.discovery import Found
from conformance.explored import Explored
from conformance.hearing import Hearing
from conformance.transcript import Transcript

FORMAT = 1
RECORD = "capture.json"
MOST_BYTES = 2_000_000_000
"""Bound of what one part of a capture may unfold to."""


class CaptureError(ValueError):
    """A file that is no capture, or cannot be read or written: where, and what to do."""


class Played(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was played once for these checks: a transcript, one of a walk, or what was heard."""

    checks: tuple[str, ...]
    transcript: Transcript | None = None
    hearing: Hearing | None = None
    explored: Explored | None = None


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was told, what it saw of the server, and what it played.

    `said` are the settings that differed from their defaults, `looks` the snapshots as bytes in
    the order in which they were taken, `exchanges` those that show a deviating instance, by its
    path as text, `plays` what was played, a walk of `explore` steps among it.
    """

    found: Found
    started: datetime.datetime
    said: Mapping[str, Any] = {}
    profiles: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    allow_changes: bool = False
    strict: bool = False
    explore: int = 0
    operations: int = 0
    played: bool = False
    left_behind: tuple[str, ...] = ()
    exchanges: Mapping[str, Exchange] = {}
    plays: tuple[Played, ...] = ()
    looks: tuple[bytes, ...] = ()

    def transcript(self, check: str) -> Transcript | None:
        """Return what was played for a check, None when nothing was."""
        found = next((one for one in self.plays if check in one.checks), None)
        return None if found is None else found.hearing or found.explored or found.transcript


def plays_of(transcripts: Mapping[str, Transcript]) -> tuple[Played, ...]:
    """Return transcripts by check with each of those that checks share once."""
    once = {id(transcript): transcript for transcript in transcripts.values()}
    sharing: dict[int, list[str]] = {}
    for check, transcript in transcripts.items():
        sharing.setdefault(id(transcript), []).append(check)
    return tuple(_played(once[key], tuple(checks)) for key, checks in sharing.items())


def _played(transcript: Transcript, checks: tuple[str, ...]) -> Played:
    if isinstance(transcript, Hearing):
        return Played(checks, hearing=transcript)
    if isinstance(transcript, Explored):
        return Played(checks, explored=transcript)
    return Played(checks, transcript)


class _Record(msgspec.Struct, frozen=True):
    format: int
    looks: int
    capture: Capture


def write_capture(file: Path, capture: Capture) -> None:
    """Write a capture; a file of that name is replaced when the new one is whole.

    Raises:
        CaptureError: it cannot be written.
    """
    draft = file.with_name(file.name + ".part")
    bare = msgspec.structs.replace(capture, looks=())
    record = msgspec.json.encode(_Record(FORMAT, len(capture.looks), bare))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(RECORD, record)
            for number, look in enumerate(capture.looks, 1):
                archive.writestr(_look(number), look, zipfile.ZIP_STORED)  # packed already
        os.replace(draft, file)  # noqa: PTH105  # the atomic one, on Windows too
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise CaptureError(f"{file}: the capture could not be written ({reason})") from error


def read_capture(file: Path) -> Capture:
    """Return the capture in a file.

    Raises:
        CaptureError: the file cannot be read, or is no capture of this format.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            record = msgspec.json.decode(_part(archive, RECORD), type=_Record)
            if record.format != FORMAT:
                raise CaptureError(
                    f"{file}: expected a capture of format {FORMAT}, found format {record.format}; "
                    "use the version of cimconform that wrote it"
                )
            looks = tuple(_part(archive, _look(n)) for n in range(1, record.looks + 1))
    except OSError as error:
        raise CaptureError(f"{file}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError, NotImplementedError) as error:
        raise CaptureError(
            f"{file}: expected a capture, as `cimconform run --capture FILE` writes it, "
            f"found something else ({error})"
        ) from error
    return msgspec.structs.replace(record.capture, looks=looks)


def _look(number: int) -> str:
    return f"look-{number}"


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise zipfile.BadZipFile(f"{name} unfolds to more than {MOST_BYTES} bytes")
    return archive.read(name)
