"""The dialect files: which ones there are, what they extend, and the vendor's class facts.

Shell. `profiles/dialects` has a folder for each dialect: `dialect.yaml`, and beside it `classes`
with facts of the vendor's classes, where it has any of its own. What several dialects have in
common is a `pattern.yaml` that they extend; no server speaks that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from conformance.definitions.dialect import GRAMMAR, Dialect
from conformance.definitions.yaml_source import Node, YamlError, locate, plain, read_yaml
from conformance.schema.class_files import bundled_classes, read_facts
from conformance.schema.classes import Classes
from conformance.slips import Slip, SlipsError, Trail, did_you_mean, dotted, one_of

FOLDER = "dialects"
FILE, PATTERN = "dialect.yaml", "pattern.yaml"
BUNDLED = "profiles/dialects"
CLASSES = "classes"
NONE = "none"
AUTO = "auto"


class DialectError(SlipsError):
    """A dialect cannot be used; `slips` tells all that is wrong with it."""


class Read(msgspec.Struct, frozen=True):
    """A dialect file that was read: where, as located values, and decoded."""

    folder: Path | Traversable
    node: Node
    said: Dialect


def dialect_names(folder: Path | Traversable | None = None) -> tuple[str, ...]:
    """Return the keys of all dialects that a server may speak."""
    return _folders(folder, (FILE,))


def _folders(folder: Path | Traversable | None, wanted: tuple[str, ...]) -> tuple[str, ...]:
    found = _home(folder).iterdir()
    return tuple(sorted(o.name for o in found if any((o / file).is_file() for file in wanted)))


def read_dialects(folder: Path | Traversable | None = None) -> dict[str, Read]:
    """Read all dialects, and the patterns of such, by key.

    Raises:
        DialectError: with all slips of all files.
    """
    found: dict[str, Read] = {}
    slips: list[Slip] = []
    for name in _folders(folder, (FILE, PATTERN)):
        read, told = _read(_home(folder) / name, name)
        slips += told
        if read is not None:
            found[name] = read
    if slips:
        raise DialectError(slips)
    return found


def lineage(dialects: Mapping[str, Read], name: str) -> tuple[Read, ...]:
    """Return a dialect with those that it extends, directly or not, which come first.

    Raises:
        DialectError: there is no such dialect, or one leads back to itself.
    """
    if name not in dialects:
        expected = f"a dialect ({one_of(dialects)})"
        raise DialectError([Slip("", 0, "dialect", expected, repr(name), _meant(name, dialects))])
    line: list[Read] = []
    key: str | None = name
    while key is not None:
        read = dialects[key]
        if read in line:
            expected = "a dialect that does not lead back here"
            raise DialectError([_slip(read.node, ("extends",), expected, key)])
        line.append(read)
        key = next((each for each in read.said.extends if each in dialects), None)
    return tuple(reversed(line))


def dialect_classes(name: str = "", folder: Path | Traversable | None = None) -> Classes:
    """Return the class facts of the schema with those of a dialect's vendor; "" for none.

    Raises:
        DialectError: there is no such dialect.
        ClassFileError: the facts cannot be used; the installation is damaged.
    """
    known = bundled_classes()
    if not name or name == NONE:
        return known
    return extended(known, lineage(read_dialects(folder), name))


def extended(classes: Classes, line: Iterable[Read]) -> Classes:
    """Return class facts with those of the dialects of a line."""
    for read in line:
        facts = read.folder / CLASSES
        if facts.is_dir():
            classes = classes.extended(read_facts(facts).values())
    return classes


def _home(folder: Path | Traversable | None) -> Path | Traversable:
    return folder if folder is not None else files("profiles") / FOLDER


def _meant(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, (*known, NONE, AUTO))


def _read(folder: Path | Traversable, name: str) -> tuple[Read | None, list[Slip]]:
    file = folder / FILE if (folder / FILE).is_file() else folder / PATTERN
    label = f"{BUNDLED}/{name}/{file.name}"
    try:
        node = read_yaml(file.read_text(encoding="utf-8"), label)
    except YamlError as error:
        return None, list(error.slips)
    decoded = GRAMMAR.decode(plain(node))
    if not isinstance(decoded, Dialect):
        return None, [
            _slip(node, each.trail, each.expected, each.found, each.advice) for each in decoded
        ]
    slips = list(_own_slips(node, decoded, name, spoken=file.name == FILE))
    return Read(folder, node, decoded), slips


def _own_slips(node: Node, said: Dialect, name: str, *, spoken: bool) -> Iterator[Slip]:
    if said.dialect != name:
        yield _slip(node, ("dialect",), f"{name}, the name of its folder", repr(said.dialect))
    if not said.extends:
        yield _slip(node, ("extends",), "profile keys, or a dialect", "none")
    if spoken and said.detect is None:
        yield _slip(node, ("detect",), "a namespace and a class that tell the dialect", "nothing")
    if spoken and not said.namespaces.implementation:
        yield _slip(node, ("namespaces", "implementation"), "at least one namespace", "none")


def _slip(node: Node, trail: Trail, expected: str, found: str, advice: str = "") -> Slip:
    place = locate(node, trail)
    return Slip(place.file, place.line, dotted(trail), expected, found, advice)
