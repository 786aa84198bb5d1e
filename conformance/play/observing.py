"""What is read of one system that the run made: itself, what belongs to it, what links to it.

Only reads. What belongs to a system is found along the ways that the profile's adaptations
state, starting at this one system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from conformance.cim import Answer, Instance, Path
from conformance.definitions.catalogue import local_name
from conformance.definitions.profile import Adaptation
from conformance.evaluate.model import Model
from conformance.plan import CONFORMS, REGISTERED
from conformance.play.guard import Reader
from conformance.play.machine import Machine
from conformance.play.walk import Walk
from conformance.transcript import Reading, Seen, seen

NOT_FOUND = 6
SETTINGS = "CIM_SettingData"
DEVICE = "CIM_LogicalDevice"
CONFIGURATION = "CIM_VirtualSystemSettingData"
CONFIGURATIONS = "CIM_ElementSettingData"
HOSTED = "CIM_HostedDependency"
MANAGED = "CIM_ServiceAffectsElement"
SYSTEM = "CIM_System"
SERVICE = "CIM_Service"


class Observer:
    """Reads what there is to see of a system.

    `paths` are the paths of everything that was seen to belong to one, by identity.
    """

    def __init__(self, reader: Reader, model: Model, machine: Machine) -> None:
        self.reader = reader
        self.model = model
        self.machine = machine
        self.paths: dict[str, Path] = {}

    def walk(self, path: Path) -> Walk:
        """Return a new walk from a system."""
        return Walk(self.reader, self.model, self.machine, path)

    def glance(self, path: Path, walk: Walk | None = None) -> Reading:
        """Return the system itself and the requests that its capabilities list now."""
        answer = self.reader.get_instance(path)
        if not answer.ok:
            return Reading(missing=missing(answer))
        return Reading(system=seen(answer.value), offered=self._offered(walk or self.walk(path)))

    def settings(self, path: Path) -> Reading:
        """Return the system with its requests and all its settings, those of resources too."""
        return self._reading(path, self._is_settings, links=False)

    def whole(self, path: Path, key: str = "", reads: Sequence[str] = ()) -> Reading:
        """Return the system with settings, devices, and the associations to its surroundings.

        `reads` are further adaptations to be read, as the profile `key` names them.
        """
        reading = self._reading(path, self._is_settings_or_device, links=True)
        if reading.system is None or not reads:
            return reading
        return self._with_more(reading, self.walk(path), key, reads)

    def of_host(self, key: str, reads: Sequence[str]) -> Reading:
        """Return adaptations that belong to no virtual system, by the names of a profile."""
        return self._with_more(Reading(), None, key, reads)

    def _with_more(
        self, reading: Reading, walk: Walk | None, key: str, reads: Sequence[str]
    ) -> Reading:
        related = dict(reading.related)
        problems = list(reading.problems)
        for name in reads:
            if walk is not None and walk.leads_to(key, name):
                related[local_name(name)] = self._keep(walk.members(key, name))
            else:
                found, problem = self._extent(key, name)
                related[local_name(name)] = self._keep(found)
                problems += [problem] if problem else []
        problems += walk.problems if walk is not None else ()
        return msgspec.structs.replace(
            reading, related=related, problems=tuple(dict.fromkeys(problems))
        )

    def _extent(self, key: str, name: str) -> tuple[list[Instance], str]:
        """Return the instances of an adaptation that is of the host, read now."""
        owner, adaptation = self.model.catalogue.find_adaptation(key, name)
        found: dict[str, Instance] = {}
        for namespace in self.model.snapshot.namespaces:
            answer = self.reader.enumerate_instances(namespace, adaptation.class_)
            if answer.trouble is not None:
                return [], f"EnumerateInstances({adaptation.class_}): {answer.trouble}"
            for instance in answer.value if answer.ok else ():
                fits = self.model.satisfies(owner, adaptation.class_, instance, adaptation.where)
                if fits and instance.path is not None:
                    found[instance.path.identity] = instance
        return list(found.values()), ""

    def remaining(self, before: Reading, path: Path) -> Reading:
        """Return which of the things that belonged to a system can still be read.

        `before` is what was read of it while it was there.
        """
        answer = self.reader.get_instance(path)
        wanted = {each.identity: each.path for group in before.related.values() for each in group}
        remains = [
            text
            for identity, text in wanted.items()
            if identity in self.paths and self.reader.get_instance(self.paths[identity]).ok
        ]
        return Reading(
            system=seen(answer.value) if answer.ok else None,
            missing=missing(answer),
            remains=tuple(remains),
            looked_up=len(wanted),
        )

    def left_over(self, before: Reading, after: Reading) -> Reading:
        """Return what was read after, with what no longer belongs to a system and is still there.

        `remains` and `looked_up` are about what belonged to it before, and does not now.
        """
        lost = {
            each.identity: each.path
            for name, group in before.related.items()
            for each in group
            if each.identity not in {one.identity for one in after.related.get(name, ())}
        }
        known = {identity: path for identity, path in lost.items() if identity in self.paths}
        remains = tuple(
            path for i, path in known.items() if self.reader.get_instance(self.paths[i]).ok
        )
        return msgspec.structs.replace(after, remains=remains, looked_up=len(known))

    def names_within(self, reading: Reading) -> Iterable[tuple[str, str]]:
        """Yield identity and InstanceID of everything that belongs to a system."""
        for group in reading.related.values():
            for each in group:
                yield each.identity, str(each.get("InstanceID") or "")

    # -- parts -------------------------------------------------------------------------------

    def _reading(self, path: Path, wanted: Callable[[Adaptation], bool], *, links: bool) -> Reading:
        walk = self.walk(path)
        glance = self.glance(path, walk)
        if glance.system is None:
            return glance
        related: dict[str, tuple[Seen, ...]] = {}
        for name, adaptation in self.model.catalogue.profiles[self.machine.key].adaptations.items():
            if adaptation.class_ and wanted(adaptation) and walk.leads_to(self.machine.key, name):
                related[name] = self._keep(walk.members(self.machine.key, name))
        return Reading(
            system=glance.system,
            offered=glance.offered,
            related=related,
            links=self._links(path, related, walk) if links else {},
            problems=tuple(dict.fromkeys(walk.problems)),
        )

    def _keep(self, instances: Sequence[Instance]) -> tuple[Seen, ...]:
        self.paths.update((i.path.identity, i.path) for i in instances if i.path is not None)
        return _seen(instances)

    def _is_settings(self, adaptation: Adaptation) -> bool:
        return self.model.classes.is_a(adaptation.class_, SETTINGS)

    def _is_settings_or_device(self, adaptation: Adaptation) -> bool:
        device = self.model.classes.is_a(adaptation.class_, DEVICE)
        return device or self._is_settings(adaptation)

    def _offered(self, walk: Walk) -> tuple[int, ...] | None:
        offered = self.machine.states.offered
        if offered is None:
            return None
        lists = [
            instance.get(offered.property)
            for instance in walk.members(self.machine.key, local_name(offered.adaptation))
        ]
        known = [values for values in lists if isinstance(values, list)]
        if not known:
            return None
        return tuple(dict.fromkeys(int(v) for values in known for v in values if v is not None))

    # -- surroundings ------------------------------------------------------------------------

    def _links(
        self, path: Path, related: dict[str, tuple[Seen, ...]], walk: Walk
    ) -> dict[str, tuple[Seen, ...]]:
        """Return hosts, services and registered profiles, and the configurations' marks."""
        adaptations = self.model.catalogue.profiles[self.machine.key].adaptations
        configurations = [
            link
            for name, group in related.items()
            if self.model.classes.is_a(adaptations[name].class_, CONFIGURATION)
            for each in group
            for link in walk.references(self.paths[each.identity], CONFIGURATIONS)
        ]
        unique = {i.path.identity if i.path else str(id(i)): i for i in configurations}
        return {
            "hosts": _seen(walk.related(path, HOSTED, SYSTEM)),
            "services": _seen(walk.related(path, MANAGED, SERVICE)),
            "profiles": _seen(walk.related(path, CONFORMS, REGISTERED))
            or self._conforming(path, walk),
            "configurations": _seen(unique.values()),
        }

    def _conforming(self, path: Path, walk: Walk) -> tuple[Seen, ...]:
        """Return the registered profiles from which the system is reached.

        Some CIMOMs do not follow this association from the implementation namespace.
        """
        found = []
        for instance in self.model.registrations(self.machine.key).values():
            if instance.path is None:
                continue
            answer = self.reader.associator_names(instance.path, CONFORMS)
            if not answer.ok:
                walk.note(answer, f"AssociatorNames({instance.path}, {CONFORMS})")
            elif any(name.identity == path.identity for name in answer.value):
                found.append(seen(instance))
        return tuple(found)


def _seen(instances: Iterable[Instance]) -> tuple[Seen, ...]:
    return tuple(seen(instance) for instance in instances)


def missing(answer: Answer) -> str:
    """Return why an instance could not be read: "gone", or the server's words; "" if it could."""
    if answer.ok:
        return ""
    if answer.refusal is not None and answer.refusal.status == NOT_FOUND:
        return "gone"
    return str(answer.refusal or answer.trouble)
