"""Finding the system that a call was meant to create."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from conformance.cim import Path
from conformance.evaluate.model import Model
from conformance.play.calling import Reply
from conformance.play.guard import Reader, located
from conformance.play.unmaking import NAMING, bears_name, find_by_name, names_of
from conformance.transcript import Created

NAME = "cimconform"
"""How the names of everything that any run makes begin."""

NAMED_BY_A_RUN = re.compile(rf"{NAME}-[0-9a-f]{{8}}-\d+")
SYSTEMS = "CIM_ComputerSystem"
RESULT = "ResultingSystem"

Systems = dict[str, Path] | None
"""The systems of a server by identity; None when they could not be listed."""


def systems_there(reader: Reader, namespace: str) -> Systems:
    """Return the paths of all systems by identity; None when they could not be listed."""
    answer = reader.enumerate_instance_names(namespace, SYSTEMS)
    return {path.identity: path for path in answer.value} if answer.ok else None


class Finder:
    """Looks for new systems in the namespace of a service."""

    def __init__(self, reader: Reader, model: Model, namespace: str) -> None:
        self._reader = reader
        self._model = model
        self._namespace = namespace

    def find_new(self, reply: Reply, name: str, before: Systems) -> tuple[Path | None, Created]:
        """Return the new system, and how it was found.

        A server that names a system that is not new as its result is not believed.
        """
        for found_by, path in self._candidates(reply):
            if self._is_new(path, name, before):
                return path, Created(found_by, str(path), path.identity)
        for path in find_by_name(self._reader, self._namespace, SYSTEMS, name):
            if path.identity not in (before or {}):
                return path, Created("name", str(path), path.identity)
        return None, Created()

    def _candidates(self, reply: Reply) -> Iterator[tuple[str, Path]]:
        output = reply.method_reply.output(RESULT) if reply.method_reply is not None else None
        if isinstance(output, Path):
            yield RESULT, located(output, self._namespace)
        for path in reply.affected:
            yield "AffectedJobElement", located(path, self._namespace)

    def _is_new(self, path: Path, name: str, before: Systems) -> bool:
        """Tell whether a system is the one that was asked for.

        It was not there before, and it bears the name or the server gave it another one. Where
        nobody knows what was there before, it must bear the name.
        """
        if before is not None and path.identity in before:
            return False
        answer = self._reader.get_instance(path)
        if not answer.ok or not self._model.is_a(answer.value, SYSTEMS):
            return False
        if bears_name(self._reader, path, name):
            return True
        return before is not None

    def _of_other_run(self, path: Path) -> bool:
        """Tell whether a system was made by another run, or has gone again as theirs do.

        One of this run, of the name that was asked for, is found before.
        """
        if not self._reader.get_instance(path).ok:
            return True
        return any(NAMED_BY_A_RUN.fullmatch(name) for name in names_of(self._reader, path))

    def _stays(self, identity: str) -> bool:
        """Tell whether a system was there before this run, and no other run made it.

        What has come since is somebody else's, who may remove it at any time.
        """
        system = self._model.snapshot.by_identity.get(identity)
        if system is None:
            return False
        return not any(NAMED_BY_A_RUN.fullmatch(str(system.get(each))) for each in NAMING)

    def compared(self, created: Created, before: Systems) -> Created:
        """Return what was created together with everything else that came or went meanwhile."""
        after = systems_there(self._reader, self._namespace)
        if before is None or after is None:
            return created
        own = created.identity
        return msgspec.structs.replace(
            created,
            compared=True,
            others=tuple(
                str(path)
                for identity, path in after.items()
                if identity not in before and identity != own and not self._of_other_run(path)
            ),
            vanished=tuple(
                str(path)
                for identity, path in before.items()
                if identity not in after and self._stays(identity)
            ),
        )
