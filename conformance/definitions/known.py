"""Deviations that are known of real implementations, and the checks that show them.

They stand in `profiles/known`. A report tells beside a deviation of whom it is known; no verdict
depends on it. The JSON Schema under `profiles/schemas` is made from the types here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from conformance.definitions.schema_slips import Grammar
from conformance.definitions.yaml_source import Node, locate, plain, read_yaml
from conformance.results import KnownDeviation, Result, Verdict
from conformance.slips import Slip, SlipsError, Trail, did_you_mean, dotted

FOLDER = "known"
ENDING = ".yaml"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Deviation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that an implementation does differently.

    `says` is one sentence, `checks` are ids of the checks that show it, or shell patterns of such
    ids; `versions` tells in which versions, where that is known.
    """

    says: str
    checks: tuple[str, ...]
    versions: str = ""


class Implementation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An implementation with all that is known of it."""

    title: str
    deviations: tuple[Deviation, ...]


class KnownFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of implementations by key, in the order in which they are told."""

    implementations: dict[str, Implementation]


class KnownError(SlipsError):
    """What is said of implementations cannot be used; `slips` tells all that is wrong with it."""


class Known(msgspec.Struct, frozen=True):
    """All implementations of which deviations are known."""

    implementations: tuple[Implementation, ...] = ()

    def of(self, check: str) -> Iterator[tuple[Implementation, Deviation]]:
        """Yield who is known to deviate in a check, and how."""
        for implementation in self.implementations:
            for deviation in implementation.deviations:
                if any(_is_meant(pattern, check) for pattern in deviation.checks):
                    yield implementation, deviation


GRAMMAR = Grammar(KnownFile)


def load_known(folder: Path | Traversable | None = None) -> Known:
    """Return what is known; from the bundled files when `folder` is None.

    Raises:
        KnownError: with all slips of all files.
    """
    read = _read(folder)
    return Known(tuple(one for _, known in read for one in known.implementations.values()))


def unmatched(checks: Sequence[str], folder: Path | Traversable | None = None) -> tuple[Slip, ...]:
    """Return a slip for each id or pattern that names none of `checks`: nobody would be told.

    Raises:
        KnownError: with all slips of all files.
    """
    return tuple(slip for node, known in _read(folder) for slip in _slips(node, known, checks))


def with_known(result: Result, known: Known) -> Result:
    """Return a result that tells of whom its deviation is known; its verdict stays."""
    if result.verdict not in (Verdict.FAIL, Verdict.WARN):
        return result
    told = tuple(
        KnownDeviation(implementation.title, deviation.says, deviation.versions)
        for implementation, deviation in known.of(result.check)
    )
    return msgspec.structs.replace(result, known=told)


def known_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file of known deviations."""
    title = "Deviations that are known of implementations, for cimconform"
    return {"$schema": DIALECT, "title": title, **msgspec.json.schema(KnownFile)}


def render_known_schema() -> str:
    """Return the text of the committed schema file."""
    return json.dumps(known_schema(), indent=1, ensure_ascii=False) + "\n"


def _is_meant(pattern: str, check: str) -> bool:
    """Tell whether an id or a pattern names a check; the id itself may hold brackets."""
    return pattern == check or fnmatchcase(check, pattern)


def _read(folder: Path | Traversable | None) -> list[tuple[Node, KnownFile]]:
    slips: list[Slip] = []
    found: list[tuple[Node, KnownFile]] = []
    source = folder or files("profiles") / FOLDER
    for file in sorted(source.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(ENDING):
            continue
        node = read_yaml(file.read_text(encoding="utf-8"), file.name)
        decoded = GRAMMAR.decode(plain(node))
        if isinstance(decoded, KnownFile):
            found.append((node, decoded))
            continue
        slips += [_slip(node, each.trail, each.expected, each.found) for each in decoded]
    if slips:
        raise KnownError(slips)
    return found


def _slips(node: Node, known: KnownFile, checks: Sequence[str]) -> Iterator[Slip]:
    for key, implementation in known.implementations.items():
        for number, deviation in enumerate(implementation.deviations):
            for position, pattern in enumerate(deviation.checks):
                if any(_is_meant(pattern, check) for check in checks):
                    continue
                trail = ("implementations", key, "deviations", number, "checks", position)
                yield _slip(
                    node, trail, "the id of a check", repr(pattern), did_you_mean(pattern, checks)
                )


def _slip(node: Node, trail: Trail, expected: str, found: str, advice: str = "") -> Slip:
    place = locate(node, trail)
    return Slip(place.file, place.line, dotted(trail), expected, found, advice)


if __name__ == "__main__":
    sys.stdout.write(render_known_schema())
