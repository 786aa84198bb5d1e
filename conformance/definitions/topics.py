"""Topics: what a reader looks for in the catalogue, and which checks are about it.

A topic cuts across profiles; it asks for nothing by itself. The topics stand in
`profiles/topics`, so that lists and reports can show each of them on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase, translate
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from conformance.definitions.catalogue import without_dialect
from conformance.definitions.yaml_source import Node, locate, plain, read_yaml
from conformance.slips import Slip, SlipsError, did_you_mean, dotted

FOLDER = "topics"
ENDING = ".yaml"


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic: its title, and the ids of its checks or shell patterns of such ids."""

    title: str
    checks: tuple[str, ...]


class TopicFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of topics by key, in the order in which they are shown."""

    topics: dict[str, Topic]


class TopicError(SlipsError):
    """The topics cannot be used; `slips` tells all that is wrong with them."""


def load_topics(
    known: Sequence[str], folder: Path | Traversable | None = None
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return title and check ids of each topic that has some, by key.

    `known` are the ids of the checks to choose from. The bundled topics are read when `folder`
    is None.

    Raises:
        TopicError: with all slips of all files.
    """
    bare = {check: without_dialect(check) for check in known}
    found = {
        key: (topic.title, _matching(topic, bare))
        for _, topics in _read(folder)
        for key, topic in topics.items()
    }
    return {key: (title, checks) for key, (title, checks) in found.items() if checks}


def unmatched(known: Sequence[str], folder: Path | Traversable | None = None) -> tuple[Slip, ...]:
    """Return a slip for each pattern that matches no check: its topic only seems covered.

    Raises:
        TopicError: with all slips of all files.
    """
    return tuple(slip for node, topics in _read(folder) for slip in _slips(node, topics, known))


def _read(folder: Path | Traversable | None) -> list[tuple[Node, dict[str, Topic]]]:
    slips: list[Slip] = []
    found: list[tuple[Node, dict[str, Topic]]] = []
    source = folder or files("profiles") / FOLDER
    for file in sorted(source.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(ENDING):
            continue
        node = read_yaml(file.read_text(encoding="utf-8"), file.name)
        try:
            found.append((node, msgspec.convert(plain(node), TopicFile).topics))
        except msgspec.ValidationError as error:
            expected = "topics, each with title and checks"
            slips.append(Slip(file.name, node.line, "", expected, str(error)))
    if slips:
        raise TopicError(slips)
    return found


def _matching(topic: Topic, known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the checks of a topic; `known` are their ids, and these without the dialect."""
    alike = re.compile("|".join(map(translate, topic.checks)))
    return tuple(check for check, bare in known.items() if alike.match(bare))


def _slips(node: Node, topics: dict[str, Topic], known: Sequence[str]) -> Iterator[Slip]:
    for key, topic in topics.items():
        for position, pattern in enumerate(topic.checks):
            if any(fnmatchcase(without_dialect(check), pattern) for check in known):
                continue
            trail = ("topics", key, "checks", position)
            place = locate(node, trail)
            advice = did_you_mean(pattern, known)
            yield Slip(
                place.file, place.line, dotted(trail), "the id of a check", repr(pattern), advice
            )
