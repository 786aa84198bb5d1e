"""Profile definitions from files, with all slips told at once.

Shell. Files are read (`yaml_source.py`), what they extend is merged in (`inherit.py`), their form
is compared with the grammar (`grammar.py`), then their names with each other and with the CIM
class facts (`crossref`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath
from typing import Any

from conformance.definitions.catalogue import Catalogue
from conformance.definitions.crossref import cross_problems
from conformance.definitions.dialect import Deviation, Spoken
from conformance.definitions.dialects import NONE, DialectError, Read, extended, lineage
from conformance.definitions.dialects import read_dialects as all_dialects
from conformance.definitions.grammar import decode_profile
from conformance.definitions.inherit import Heirs
from conformance.definitions.overlay import Overlay
from conformance.definitions.profile import Profile
from conformance.definitions.yaml_source import Node, YamlError, locate, plain, read_yaml
from conformance.schema.class_files import load_classes
from conformance.schema.classes import Classes
from conformance.slips import Problem, Slip, SlipsError, did_you_mean, dotted, one_of

BUNDLED = "profiles"
ENDINGS = (".yaml", ".yml")


class ProfileError(SlipsError):
    """Profile definitions cannot be used; `slips` tells all that is wrong with them."""


def load_profiles(
    folder: Path | Traversable | None = None,
    extra: Sequence[Path] = (),
    classes: Classes | None = None,
    dialect: str = "",
    dialects: Path | Traversable | None = None,
) -> Catalogue:
    """Load the profile definitions of a folder (the bundled ones when None) and of `extra` files.

    An entry of `extra` is a YAML file, or a folder of them. Profiles stand in the order of their
    file names, those of `extra` last; what they extend is merged in. `classes` are the CIM class
    facts that class, property and method names are looked up in (the bundled ones when None).
    `dialect` is the key of the dialect in which they are to be judged ("" or "none" for none), out
    of the folder `dialects` (the bundled one when None).

    Raises:
        ProfileError: with all slips of all files.
    """
    reading = _Reading()
    for name, source in _sources(folder):
        reading.read(name, source)
    for name, source in _given(extra):
        reading.read(name, source, extra=True)
    line = _line(dialect, dialects)
    spoken = reading.speak(line) if line else None
    reading.inherit()
    reading.decode()
    known = classes or load_classes(files(BUNDLED) / "classes")
    without = spoken.without if spoken is not None else ()
    reading.cross_check(extended(known, line), without)
    if reading.slips:
        raise ProfileError(reading.sorted_slips())
    return Catalogue(reading.profiles, spoken)


def _line(dialect: str, folder: Path | Traversable | None) -> tuple[Read, ...]:
    if not dialect or dialect == NONE:
        return ()
    try:
        line = lineage(all_dialects(folder), dialect)
    except DialectError as error:
        raise ProfileError(error.slips) from error
    if line[-1].said.detect is None:
        expected = "a dialect that a server speaks"
        raise ProfileError([Slip("", 0, "dialect", expected, f"the pattern {dialect!r}")])
    return line


def _sources(folder: Path | Traversable | None) -> Iterator[tuple[str, Path | Traversable]]:
    """Yield the files of a folder, each with the name by which slips call it."""
    if folder is None:
        yield from ((f"{BUNDLED}/{file.name}", file) for file in _in_folder(files(BUNDLED)))
    else:
        yield from ((str(file), file) for file in _in_folder(folder))


def _given(extra: Iterable[Path]) -> Iterator[tuple[str, Path | Traversable]]:
    """Yield the files that are given beside a folder."""
    for path in extra:
        inside = _in_folder(path) if path.is_dir() else [path]
        yield from ((str(file), file) for file in inside)


def _in_folder(folder: Path | Traversable) -> list[Path | Traversable]:
    try:
        found = [file for file in folder.iterdir() if file.name.endswith(ENDINGS)]
    except OSError as error:
        raise ProfileError([_unreadable(str(folder), error)]) from error
    if not found:
        raise ProfileError([Slip(str(folder), 0, "", "a folder with *.yaml files", "none")])
    return sorted(found, key=lambda file: file.name)


def _unreadable(name: str, error: OSError) -> Slip:
    return Slip(name, 0, "", "profile definitions", str(error.strerror or error).lower())


class _Reading:
    """Files on their way to profiles; every stage leaves out what has slips."""

    def __init__(self) -> None:
        self.slips: list[Slip] = []
        self.nodes: dict[str, Node] = {}
        self.profiles: dict[str, Profile] = {}
        self._unread: set[str] = set()
        self._order: list[str] = []
        self._names: list[str] = []
        self._extra: set[str] = set()

    def read(self, name: str, source: Path | Traversable, *, extra: bool = False) -> None:
        """Read one file; `extra` is one that is given beside the others."""
        self._names.append(name)
        try:
            node = read_yaml(source.read_text(encoding="utf-8"), name)
        except OSError as error:
            self._lose(name, [_unreadable(name, error)])
        except UnicodeDecodeError as error:
            found = f"other bytes at position {error.start}"
            self._lose(name, [Slip(name, 0, "", "a text in UTF-8", found)])
        except YamlError as error:
            self._lose(name, error.slips)
        else:
            self._keep(name, node)
            self._extra |= {_key(node) or ""} if extra else set()

    def _lose(self, name: str, slips: Iterable[Slip]) -> None:
        """Keep the slips of a file that cannot be read; a file's name starts with its key."""
        self.slips += slips
        self._unread.add(PurePath(name).stem.partition("-")[0])

    def _keep(self, name: str, node: Node) -> None:
        key = _key(node)
        if key is None:
            data = decode_profile(plain(node))
            self._tell(node, data if isinstance(data, list) else [])
        elif key in self.nodes:
            first = f"the key of {self.nodes[key].file} again"
            place = locate(node, ("profile", "key"))
            self.slips.append(Slip(name, place.line, "profile.key", "a key of its own", first))
        else:
            self.nodes[key] = node

    def speak(self, line: Sequence[Read]) -> Spoken:
        """Lay a dialect, with those that it extends, over the definitions that were read."""
        dialect = line[-1]
        self._names += [read.node.file for read in line]
        overlay = Overlay(self.nodes, Heirs(self.nodes, self._unread).merged)
        for read in line:
            overlay.lay(read.node)
        overlay.rename(_classes_of(line))
        self.nodes = overlay.own
        without = {key: why for read in line for key, why in read.said.without.items()}
        asked = [k for read in line for k in read.said.extends if k in self.nodes]
        judged = tuple(key for key in self.nodes if key in asked and key not in without)
        self.slips += [*overlay.slips, *self._unplaced(dialect, {*asked, *without})]
        absent = {name: why for read in line for name, why in read.said.absent.items()}
        left_out = [Deviation(key, "not part of it", why) for key, why in without.items()]
        left_out += [Deviation(f"class {n}", "not there", why) for n, why in absent.items()]
        deviations = (*left_out, *overlay.deviations)
        return Spoken(dialect.said, judged, without, absent, deviations)

    def _unplaced(self, dialect: Read, placed: Collection[str]) -> Iterator[Slip]:
        """Yield the profiles of which a dialect does not say whether they belong to it."""
        node = locate(dialect.node, ("extends",))
        for key in self.nodes:
            if key not in placed and key not in self._extra:
                expected = f"{key} under extends, or under without with a reason"
                yield Slip(node.file, node.line, "extends", expected, "neither")
        for key in placed:
            if key not in self.nodes and key not in self._unread:
                advice = did_you_mean(key, self.nodes)
                expected = f"a profile key ({one_of(self.nodes)})"
                yield Slip(node.file, node.line, "extends", expected, repr(key), advice)

    def inherit(self) -> None:
        """Merge what definitions extend; those that are extended come first from here on."""
        heirs = Heirs(self.nodes, self._unread)
        self.slips += heirs.slips
        self._order = list(self.nodes)
        self._unread |= heirs.orphans
        self.nodes = {k: node for k, node in heirs.merged.items() if k not in heirs.orphans}

    def decode(self) -> None:
        """Decode the definitions; of one with slips, the requirements without any."""
        decoded: dict[str, Profile] = {}
        for key, node in self.nodes.items():
            data = plain(node)
            self._tell(node, _empty_reasons(data))
            profile = decode_profile(data)
            if isinstance(profile, list):
                self._tell(node, profile)
                profile = _without_slips(data, profile)
            if isinstance(profile, Profile):
                decoded[key] = profile
        self._unread |= self.nodes.keys() - decoded.keys()
        self.profiles = {key: decoded[key] for key in self._order if key in decoded}

    def cross_check(self, classes: Classes, without: Collection[str] = ()) -> None:
        """Compare the names of definitions with each other and with the class facts.

        Those that a dialect is `without` may name what it does not have.
        """
        for key, node in self.nodes.items():
            if key in self.profiles and key not in without:
                problems = cross_problems(key, self.profiles, classes, self._unread)
                self._tell(node, problems)

    def sorted_slips(self) -> list[Slip]:
        """Return the slips file by file, from top to bottom."""
        order = {name: position for position, name in enumerate(self._names)}
        return sorted(self.slips, key=lambda slip: (order.get(slip.file, 0), slip.line))

    def _tell(self, node: Node, problems: Iterable[Problem]) -> None:
        """Keep problems as slips, unless they were told of the definition they come from."""
        told = {(slip.file, slip.line, slip.expected, slip.found) for slip in self.slips}
        for problem in problems:
            place = locate(node, problem.trail)
            advice = problem.advice
            if place.file != node.file:
                advice = "; ".join(filter(None, (advice, f"inherited by {node.file}")))
            if (place.file, place.line, problem.expected, problem.found) not in told:
                path = dotted(problem.trail)
                slip = Slip(place.file, place.line, path, problem.expected, problem.found, advice)
                self.slips.append(slip)


def _classes_of(line: Iterable[Read]) -> dict[str, Node]:
    """Return the classes that dialects rename; what a later one says counts."""
    renamed: dict[str, Node] = {}
    for read in line:
        classes = read.node.value.get("classes")
        renamed |= classes.value if classes is not None else {}
    return renamed


def _key(node: Node) -> str | None:
    key = locate(node, ("profile", "key"))
    return key.value if isinstance(key.value, str) else None


def _empty_reasons(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the requirements that are excluded without saying why."""
    requirements = data.get("requirements")
    for name, requirement in requirements.items() if isinstance(requirements, dict) else ():
        reason = requirement.get("excluded") if isinstance(requirement, dict) else None
        if isinstance(reason, str) and not reason.strip():
            trail = ("requirements", name, "excluded")
            yield Problem(trail, "the reason why it is not checked", "an empty text")


def _without_slips(data: dict[str, Any], problems: Sequence[Problem]) -> Profile | list[Problem]:
    """Return the definition without the requirements that have slips, if all slips are there."""
    requirements = data.get("requirements")
    if not isinstance(requirements, dict):
        return list(problems)
    wrong = {problem.trail[:2] for problem in problems}
    rest = {n: one for n, one in requirements.items() if ("requirements", n) not in wrong}
    return decode_profile({**data, "requirements": rest})
