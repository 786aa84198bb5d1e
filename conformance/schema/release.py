"""Read a CIM schema release: an official MOF zip, a folder of MOF files, or one MOF file.

Reads files and gives text; nothing is compiled here. Where there is the release's include file
(`cim_schema_<version>.mof`), only what it includes belongs to the release.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from posixpath import basename, dirname, join, normpath

import msgspec

_INCLUDE_FILE = re.compile(r"cim_?schema_?\d.*\.mof", re.IGNORECASE)
_LINES = re.IGNORECASE | re.MULTILINE
_INCLUDE = re.compile(r'^[ \t]*#pragma\s+include\s*\(\s*"([^"]+)"\s*\)', _LINES)
_CLASS = re.compile(r"^[ \t]*class\s+(\w+)\s*(?::\s*\w+\s*)?\{", _LINES)
_QUALIFIER = re.compile(r"^[ \t]*Qualifier\s+\w+\s*:", _LINES)


class ReleaseError(Exception):
    """A CIM schema release cannot be used: where, what is wrong, and what to do."""

    def __init__(self, where: str, reason: str, advice: str) -> None:
        super().__init__(where, reason, advice)
        self.where, self.reason, self.advice = where, reason, advice

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}; {self.advice}"


class Release(msgspec.Struct, frozen=True):
    """The MOF texts of one release.

    `origin` is the path it was read from. `texts` maps file names inside the release to MOF
    without include pragmas, in the release's order; `classes` maps folded class names to the
    file that declares them; `qualifiers` are the files with qualifier declarations.
    """

    origin: str
    texts: Mapping[str, str]
    classes: Mapping[str, str]
    qualifiers: tuple[str, ...]


class _Source(msgspec.Struct, frozen=True):
    """Where the files are: their names, with `/`, and how to read one of them."""

    origin: str
    names: tuple[str, ...]
    read: Callable[[str], bytes]


def read_release(path: Path) -> Release:
    """Read the MOF texts of a release from a zip, a folder, or its include file.

    Raises:
        ReleaseError: there is no such file, it cannot be read, it holds no MOF class or no
            qualifier declaration, it holds several releases, or an included file is missing.
    """
    try:
        if path.is_dir():
            return _release(_folder(path), None)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _release(_Source(str(path), _mof(archive.namelist()), archive.read), None)
        if path.suffix.lower() == ".mof" and path.is_file():
            return _release(_folder(path.parent), path.name)
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        advice = "check that it is complete and readable"
        raise ReleaseError(str(path), f"cannot be read: {error}", advice) from error
    reason = "not a zip, a folder or a .mof file" if path.exists() else "no such file or folder"
    advice = "give the MOF zip of a CIM schema release, its folder, or its include file"
    raise ReleaseError(str(path), reason, advice)


def _folder(path: Path) -> _Source:
    names = _mof(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    return _Source(str(path), names, lambda name: (path / name).read_bytes())


def _mof(names: Iterable[str]) -> tuple[str, ...]:
    found = (name for name in names if name.lower().endswith(".mof"))
    return tuple(sorted(name for name in found if not basename(name).startswith(".")))


def _release(source: _Source, entry: str | None) -> Release:
    start = entry or _include_file(source)
    raw = _included(source, start) if start else _all_texts(source)
    texts = {name: _INCLUDE.sub("//", text) for name, text in raw.items()}
    classes: dict[str, str] = {}
    for name, text in texts.items():
        for match in _CLASS.finditer(text):
            classes.setdefault(match.group(1).lower(), name)
    qualifiers = tuple(name for name, text in texts.items() if _QUALIFIER.search(text))
    missing = "class" if not classes else "qualifier declaration" if not qualifiers else ""
    if missing:
        reason = f"expected a CIM schema release, found no {missing} in {len(texts)} MOF files"
        raise ReleaseError(source.origin, reason, "give the MOF zip as published by DMTF")
    return Release(source.origin, texts, classes, qualifiers)


def _include_file(source: _Source) -> str | None:
    found = [name for name in source.names if _INCLUDE_FILE.fullmatch(basename(name))]
    if len(found) > 1:
        reason = f"expected one include file cim_schema_*.mof, found {', '.join(found)}"
        raise ReleaseError(source.origin, reason, "unpack it and give the include file to be used")
    return found[0] if found else None


def _all_texts(source: _Source) -> dict[str, str]:
    return {name: _text(source.read(name)) for name in source.names}


def _included(source: _Source, start: str) -> dict[str, str]:
    known = {name.lower(): name for name in source.names}
    texts: dict[str, str] = {}
    pending = [start]
    while pending:
        asked = pending.pop()
        name = known.get(asked.lower())
        if name is None:
            reason = f"{start} includes {asked}, which is not there"
            raise ReleaseError(source.origin, reason, "give a complete release")
        if name in texts:
            continue
        texts[name] = _text(source.read(name))
        includes = _INCLUDE.findall(texts[name])
        pending += [normpath(join(dirname(name), file)) for file in reversed(includes)]
    return texts


def _text(data: bytes) -> str:
    """Decode MOF: UTF-8 since DSP0221, and what editors left behind in older releases."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
