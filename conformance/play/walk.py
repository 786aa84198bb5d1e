"""The way from one system to what belongs to it, along the profile's adaptations.

Only reads; each question is asked once in a walk.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.cim import Answer, Instance, Path
from conformance.definitions.profile import Adaptation, Way
from conformance.evaluate.model import Model
from conformance.play.guard import Reader
from conformance.play.machine import Machine

NOT_SUPPORTED = 7
UNKNOWN_CLASS = 5


class Walk:
    """What belongs to one system, read when it is asked for.

    `problems` tells which questions the server did not answer.
    """

    def __init__(self, reader: Reader, model: Model, machine: Machine, system: Path) -> None:
        self._reader = reader
        self._model = model
        self._machine = machine
        self._system = system
        self._members: dict[tuple[str, str], list[Instance]] = {}
        self._answers: dict[tuple[str, ...], list[Instance]] = {}
        self.problems: list[str] = []

    def leads_to(self, key: str, name: str) -> bool:
        """Tell whether some way leads from the system to an adaptation."""
        return self._leads(key, name, frozenset())

    def _leads(self, key: str, name: str, seen: frozenset[tuple[str, str]]) -> bool:
        if name == "profile":
            return False
        owner, adaptation = self._model.catalogue.find_adaptation(key, name)
        local = name.rpartition(":")[2]
        if (owner, local) == (self._machine.key, self._machine.states.of):
            return True
        if (owner, local) in seen:
            return False
        inner = seen | {(owner, local)}
        return any(
            way.from_ and self._leads(owner, way.from_, inner) for way in adaptation.find.values()
        )

    def members(self, key: str, name: str) -> list[Instance]:
        """Return the instances of an adaptation that belong to the system, each once.

        The first way that finds some is taken.
        """
        owner, adaptation = self._model.catalogue.find_adaptation(key, name)
        slot = (owner, name.rpartition(":")[2])
        if slot not in self._members:
            self._members[slot] = []
            self._members[slot] = self._find(owner, adaptation)
        return self._members[slot]

    def _find(self, owner: str, adaptation: Adaptation) -> list[Instance]:
        for way in adaptation.find.values():
            if not way.from_ or not way.through:
                continue
            found: dict[str, Instance] = {}
            for start in self._starts(owner, way.from_):
                for instance in self._step(owner, start, way, adaptation):
                    if instance.path is not None and self._fits(owner, adaptation, instance):
                        found.setdefault(instance.path.identity, instance)
            if found:
                return list(found.values())
        return []

    def _starts(self, owner: str, name: str) -> list[Path]:
        """Return where a way starts: the system, or instances that belong to it.

        An adaptation that no way leads to (such as all settings there are) is taken as those of
        its class that do belong to the system.
        """
        found_in, adaptation = self._model.catalogue.find_adaptation(owner, name)
        local = name.rpartition(":")[2]
        if (found_in, local) == (self._machine.key, self._machine.states.of):
            return [self._system]
        if self.leads_to(owner, name):
            return _paths(self.members(owner, name))
        alike = [
            other
            for other, one in self._model.catalogue.profiles[found_in].adaptations.items()
            if one.class_ == adaptation.class_ and self.leads_to(found_in, other)
        ]
        together = (path for other in alike for path in _paths(self.members(found_in, other)))
        return list({path.identity: path for path in together}.values())

    def _fits(self, owner: str, adaptation: Adaptation, instance: Instance) -> bool:
        if any(self._model.is_a(instance, other) for other in adaptation.not_classes):
            return False
        return self._model.satisfies(owner, adaptation.class_, instance, adaptation.where)

    # -- one step ----------------------------------------------------------------------------

    def _step(self, owner: str, start: Path, way: Way, adaptation: Adaptation) -> list[Instance]:
        """Return what a way reaches from one instance.

        Associators is held against References: what only the latter finds is read too, because
        servers leave things out of one of them (an instance that is linked to itself, the whole
        association). That they disagree is judged elsewhere.
        """
        through = str(way.through)
        role = None if way.either_direction else way.as_
        near = self._near(start, through, adaptation.class_, role)
        links = self.references(start, through)
        if way.where:
            links = [k for k in links if self._model.satisfies(owner, through, k, way.where)]
        ends = {path.identity: path for link in links for path in _ends(link, way, start)}
        found = {
            identity: near.get(identity) or self._read(path, adaptation.class_)
            for identity, path in ends.items()
        }
        if not way.where:
            found = {**near, **found}
        return [instance for instance in found.values() if instance is not None]

    def related(self, start: Path, association: str, result: str) -> list[Instance]:
        """Return the instances of a class that an association links to an instance."""
        way = Way(from_="", through=association, either_direction=True)
        return self._step(self._machine.key, start, way, Adaptation(class_=result))

    def _near(
        self, start: Path, through: str, result: str, role: str | None
    ) -> dict[str, Instance]:
        """Return what Associators finds, by identity."""
        slot = ("associators", start.identity, through, result, str(role))
        if slot not in self._answers:
            answer = self._reader.associators(start, through, result_class=result, result_role=role)
            self._answers[slot] = self._instances(answer, f"Associators({start}, {through})")
        return {i.path.identity: i for i in self._answers[slot] if i.path is not None}

    def references(self, start: Path, association: str) -> list[Instance]:
        """Return the association instances of a class that refer to an instance."""
        slot = ("references", start.identity, association)
        if slot not in self._answers:
            answer = self._reader.references(start, association)
            where = f"References({start}, {association})"
            self._answers[slot] = self._instances(answer, where)
        return self._answers[slot]

    def _read(self, path: Path, classname: str) -> Instance | None:
        """Return an instance that is of a class; None when it is not, or cannot be read."""
        if self._model.snapshot.derives(path.classname, classname, path.namespace) is False:
            return None
        slot = ("get", path.identity)
        if slot not in self._answers:
            answer = self._reader.get_instance(path)
            if not answer.ok:
                self.note(answer, f"GetInstance({path})")
            self._answers[slot] = [answer.value] if answer.ok else []
        found = self._answers[slot]
        return found[0] if found and self._model.is_a(found[0], classname) else None

    def _instances(self, answer: Answer, where: str) -> list[Instance]:
        if answer.ok:
            return list(answer.value)
        self.note(answer, where)
        return []

    def note(self, answer: Answer, where: str) -> None:
        """Keep what went wrong; that a class is not implemented is no problem."""
        if answer.refusal is None or answer.refusal.status not in (NOT_SUPPORTED, UNKNOWN_CLASS):
            self.problems.append(f"{where}: {answer.refusal or answer.trouble}")


def _paths(instances: Iterable[Instance]) -> list[Path]:
    return [instance.path for instance in instances if instance.path is not None]


def _ends(link: Instance, way: Way, start: Path) -> list[Path]:
    """Return the ends of an association instance that a way leads to.

    In either direction these are all ends but the start.
    """
    pairs = zip(link.layout.slots, link.values, strict=True)
    ends = [(slot.name.lower(), value) for slot, value in pairs if isinstance(value, Path)]
    role = (way.as_ or "").lower()
    if way.either_direction or not role:
        return [path for _, path in ends if path != start]
    return [path for name, path in ends if name == role]
