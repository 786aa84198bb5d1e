"""The associations of things that the run has made and of what its calls name.

Only reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.cim import Answer, Instance, Path
from conformance.definitions.catalogue import Catalogue, local_name
from conformance.play.finding import located
from conformance.play.guard import Reader
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
            for instance in answer.value if answer.ok else ():
                edge = _edge(instance, path.namespace)
                found[edge.identity] = edge
        links[local_name(name)] = tuple(found.values())
    return Reading(links=links, problems=tuple(problems))


def _problem(answer: Answer, where: str) -> list[str]:
    if answer.ok or (answer.refusal is not None and answer.refusal.status in SILENT):
        return []
    return [f"{where}: {answer.refusal or answer.trouble}"]


def _edge(instance: Instance, namespace: str) -> Seen:
    slots = zip(instance.layout.slots, instance.values, strict=True)
    ends = {s.name: located(v, namespace).identity for s, v in slots if isinstance(v, Path)}
    shown = ", ".join(f"{role}={end}" for role, end in sorted(ends.items()))
    return Seen(f"{instance.classname}({shown})", shown, instance.classname, dict(ends))
