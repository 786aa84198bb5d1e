"""The associations of things that the run has made and of what its calls name.

Only reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

from conformance.cim import Answer, Instance, Path
from conformance.definitions.catalogue import Catalogue, local_name
from conformance.definitions.profile import Link
from conformance.play.guard import Reader, located
from conformance.play.walk import NOT_SUPPORTED, UNKNOWN_CLASS
from conformance.transcript import Reading, Seen

NOT_FOUND = 6
SILENT = (NOT_SUPPORTED, UNKNOWN_CLASS, NOT_FOUND)
"""How servers answer where a class is not there, or the object itself is gone."""


def read_around(
    reader: Reader, catalogue: Catalogue, key: str, names: Iterable[str], paths: Iterable[Path]
) -> Reading:
    """Return the instances of some links that refer to some objects, each once.

    The values of a link are the identities at its ends, by role.
    """
    links: dict[str, tuple[Seen, ...]] = {}
    problems: list[str] = []
    objects = {path.identity: path for path in paths}
    for name in names:
        _, link = catalogue.find_link(key, name)
        found: dict[str, Seen] = {}
        for path in objects.values():
            answer = reader.references(path, link.class_)
            problems += _problem(answer, f"References({path}, {link.class_})")
            edges = [_edge(each, path.namespace) for each in (answer.value if answer.ok else ())]
            for edge in edges or _associated(reader, link, path):
                found[edge.identity] = edge
        links[local_name(name)] = tuple(found.values())
    return Reading(links=links, problems=tuple(problems))


def _problem(answer: Answer, where: str) -> list[str]:
    if answer.ok or (answer.refusal is not None and answer.refusal.status in SILENT):
        return []
    return [f"{where}: {answer.refusal or answer.trouble}"]


def _associated(reader: Reader, link: Link, path: Path) -> Iterator[Seen]:
    """Yield what Associators finds where References finds nothing, as some servers have it."""
    for near, far in permutations(link.ends, 2):
        answer = reader.associator_names(path, link.class_, role=near, result_role=far)
        for other in answer.value if answer.ok else ():
            ends = {near: path.identity, far: located(other, path.namespace).identity}
            yield _joined(link.class_, ends)


def _edge(instance: Instance, namespace: str) -> Seen:
    slots = zip(instance.layout.slots, instance.values, strict=True)
    ends = {s.name: located(v, namespace).identity for s, v in slots if isinstance(v, Path)}
    return _joined(instance.classname, ends)


def _joined(classname: str, ends: dict[str, str]) -> Seen:
    shown = ", ".join(f"{role}={end}" for role, end in sorted(ends.items()))
    return Seen(f"{classname}({shown})", shown, classname, dict(ends))
