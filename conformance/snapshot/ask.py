"""Takes the snapshot: asks the endpoint everything the read-only checks need, each thing once.

Shell. An error on one class never ends the run; it is asked again before it is believed, and
kept with the extent it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import msgspec

from conformance.cim import Answer, ClassReply, Instance, Path
from conformance.endpoint import Endpoint
from conformance.endpoint.bulk import without_collector
from conformance.endpoint.discovery import Found
from conformance.schema.classes import Classes
from conformance.snapshot import Extent, ExtentKey, Finding, Queries, Snapshot, Traversal
from conformance.snapshot.completion import Completion
from conformance.snapshot.patience import Patience
from conformance.snapshot.sampling import HostPart, dangling, is_crowded, sample

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""

CONNECTIONS = 4
MOST_INSTANCES_KEPT = 100
INVALID_NAMESPACE = 3

CENTRAL_INSTANCES = "GetCentralInstances"
REGISTERED = "CIM_RegisteredProfile"


def _silent(text: str, done: int, total: int) -> None:
    """Show nothing."""


def take_snapshot(
    endpoint: Endpoint,
    found: Found,
    queries: Queries,
    *,
    classes: Classes,
    seed: int,
    exhaustive: bool = False,
    progress: Progress = _silent,
    host: HostPart | None = None,
) -> Snapshot:
    """Ask the endpoint and return its answers.

    `classes` are the bundled class facts, `seed` draws the sample of objects for the traversal
    operations (`exhaustive`: all objects), `host` names the objects of the host part.
    """
    task = _Task(found, queries, classes, seed, exhaustive)
    with without_collector(), ThreadPoolExecutor(CONNECTIONS) as pool:
        survey = _Survey(endpoint, task, progress, pool)
        try:
            survey.enumerate()
            return survey.looked_closer(survey.completed(), host)
        finally:
            pool.shutdown(cancel_futures=True)


class _Task(msgspec.Struct, frozen=True):
    """What take_snapshot was called with."""

    found: Found
    queries: Queries
    facts: Classes
    seed: int
    exhaustive: bool


class _Survey:
    """The snapshot while it is taken."""

    def __init__(
        self, endpoint: Endpoint, task: _Task, progress: Progress, pool: ThreadPoolExecutor
    ) -> None:
        self._endpoint = endpoint
        self._task = task
        self._progress = progress
        self._pool = pool
        self._patience = Patience()
        self._extents: list[Extent] = []
        self._classes: dict[ExtentKey, ClassReply] = {}
        self._class_answers: dict[ExtentKey, Answer] = {}
        self._references: dict[str, Answer] = {}

    def _snapshot(self, findings: Iterable[Finding] = ()) -> Snapshot:
        """Return what is known so far, without the sample."""
        task = self._task
        return Snapshot(
            url=self._endpoint.url,
            interop=task.found.interop,
            namespaces=task.found.namespaces,
            queries=task.queries,
            facts=task.facts,
            extents=self._extents,
            classes=self._classes,
            class_answers=self._class_answers,
            findings=findings,
            seed=task.seed,
            exhaustive=task.exhaustive,
            limits=self._endpoint.limits,
        )

    def _each(
        self, text: str, items: Sequence[Item], ask: Callable[[Item], Result]
    ) -> list[Result]:
        """Ask about each item, a few at once, and report how far it is."""
        results = []
        for done, result in enumerate(self._pool.map(ask, items), 1):
            results.append(result)
            self._progress(text, done, len(items))
        return results

    # -- enumeration ---------------------------------------------------------------------------

    def enumerate(self) -> None:
        """Enumerate the classes asked for, then get to know the classes of what was found."""
        pending = list(_asked(self._task.queries, self._task.found))
        while pending:
            tops = [(namespace, top) for namespace, names in pending for top in self._tops(names)]
            extents = self._each("Enumerating classes", tops, self._enumerated)
            self._extents += extents
            failed = {extent.key for extent in extents if _may_have_more(extent.answer)}
            pending = [
                (namespace, self._covered(top, names))
                for namespace, names in pending
                for top in self._tops(names)
                if (namespace.lower(), top.lower()) in failed
            ]
        self._learn(one for extent in self._extents for one in extent.instances)

    def _tops(self, names: Sequence[str]) -> list[str]:
        """Return the classes without an ancestor among them: the others come along with these."""
        facts = self._task.facts
        return [
            one
            for one in names
            if not any(other != one and facts.is_a(one, other) for other in names)
        ]

    def _covered(self, top: str, names: Sequence[str]) -> list[str]:
        """Return the classes that would have come along with one that could not be enumerated."""
        return [one for one in names if one != top and self._task.facts.is_a(one, top)]

    def _enumerated(self, wanted: tuple[str, str]) -> Extent:
        answer = self._patience.ask(partial(self._endpoint.enumerate_instances, *wanted))
        instances = answer.value if answer.ok else []
        return Extent(*wanted, instances, msgspec.structs.replace(answer, value=None))

    # -- classes -------------------------------------------------------------------------------

    def _learn(self, instances: Iterable[Instance]) -> Snapshot:
        """Ask for the classes of instances, and up to a superclass that there are facts for."""
        wanted = {(one.path.namespace, one.classname) for one in instances if one.path is not None}
        while wanted:
            unknown = sorted(one for one in wanted if not self._asked_class(*one))
            answers = self._each("Reading classes", unknown, self._class)
            wanted = set()
            for (namespace, classname), answer in zip(unknown, answers, strict=True):
                superclass = self._keep_class(namespace, classname, answer)
                if superclass and superclass not in self._task.facts:
                    wanted.add((namespace, superclass))
        return self._snapshot()

    def _asked_class(self, namespace: str, classname: str) -> bool:
        key = (namespace.lower(), classname.lower())
        return key in self._classes or key in self._class_answers

    def _class(self, wanted: tuple[str, str]) -> Answer:
        return self._patience.ask(partial(self._endpoint.get_class, *wanted))

    def _keep_class(self, namespace: str, classname: str, answer: Answer) -> str | None:
        """Keep the answer to GetClass; return the superclass when there was one to read."""
        key = (namespace.lower(), classname.lower())
        if not answer.ok:
            self._class_answers[key] = answer
            return None
        reply: ClassReply = answer.value
        self._classes[key] = reply
        return reply.superclass if classname not in self._task.facts else None

    # -- associations --------------------------------------------------------------------------

    def completed(self) -> Snapshot:
        """Find the associations that enumeration left out."""
        snapshot = self._snapshot()
        done = Completion(snapshot, self._refer, self._learn).completed(self._task.seed)
        if all(one is other for one, other in zip(done.extents, self._extents, strict=True)):
            return snapshot
        self._extents = done.extents
        return self._snapshot(done.findings)

    def _refer(self, paths: list[Path]) -> dict[str, Answer]:
        """Ask References of objects that were not asked before; return all their answers."""
        new = [path for path in paths if path.identity not in self._references]
        answers = self._each("Asking for references", new, self._reference)
        self._references |= {p.identity: a for p, a in zip(new, answers, strict=True)}
        return {path.identity: self._references[path.identity] for path in paths}

    def _reference(self, path: Path) -> Answer:
        return self._patience.ask(partial(self._endpoint.references, path))

    # -- the sample ----------------------------------------------------------------------------

    def looked_closer(self, snapshot: Snapshot, host: HostPart | None) -> Snapshot:
        """Traverse from the sampled objects and read them one by one, where that is asked for."""
        task = self._task
        if not task.queries.sample:
            return snapshot
        chosen = sample(snapshot, task.seed, exhaustive=task.exhaustive, host=host)
        self._refer(chosen.whole)
        traversals = [
            traversal
            for ask, objects in ((self._names, chosen.names), (self._traversed, chosen.whole))
            for asked in self._each("Traversing associations", objects, ask)
            for traversal in asked
        ]
        traversals += self._central_instances(snapshot)
        paths = chosen.whole + chosen.names
        paths += dangling(snapshot, task.seed, exhaustive=task.exhaustive)
        answers = self._each("Reading single instances", paths, self._read)
        return snapshot.with_sample(traversals, zip(paths, answers, strict=True))

    def _names(self, path: Path) -> list[Traversal]:
        endpoint = self._endpoint
        return [
            Traversal(
                "ReferenceNames", path, self._patience.ask(partial(endpoint.reference_names, path))
            ),
            Traversal(
                "AssociatorNames",
                path,
                self._patience.ask(partial(endpoint.associator_names, path)),
            ),
        ]

    def _traversed(self, path: Path) -> list[Traversal]:
        associators = self._patience.ask(partial(self._endpoint.associators, path))
        return [
            Traversal("References", path, _names_only(self._references[path.identity])),
            Traversal("Associators", path, _names_only(associators)),
            *self._names(path),
        ]

    def _read(self, path: Path) -> Answer:
        return self._patience.ask(partial(self._endpoint.get_instance, path))

    def _central_instances(self, snapshot: Snapshot) -> Iterator[Traversal]:
        """Call GetCentralInstances, which changes nothing, where the server declares it."""
        for instance in snapshot.instances_of(REGISTERED):
            path = instance.path
            if path is None or self._too_many(snapshot, path):
                continue
            methods = snapshot.methods_of(instance.classname, path.namespace) or ()
            if CENTRAL_INSTANCES.lower() in methods:
                answer = self._patience.ask(
                    partial(self._endpoint.invoke, path, CENTRAL_INSTANCES, ())
                )
                yield Traversal(CENTRAL_INSTANCES, path, answer)

    def _too_many(self, snapshot: Snapshot, path: Path) -> bool:
        return not self._task.exhaustive and is_crowded(snapshot, path.identity)


def _asked(queries: Queries, found: Found) -> Iterator[tuple[str, list[str]]]:
    """Yield each namespace with the classes to ask for in it."""
    everywhere = {*queries.classes, *queries.associations, *queries.crossing}
    interop = {*queries.interop_classes, *queries.crossing}
    folded = {namespace.lower() for namespace in found.namespaces}
    if found.interop.lower() not in folded:
        yield found.interop, sorted(interop)
    for namespace in found.namespaces:
        is_interop = namespace.lower() == found.interop.lower()
        yield namespace, sorted(everywhere | interop if is_interop else everywhere)


def _may_have_more(answer: Answer) -> bool:
    """Tell whether a class may have subclasses that answer although it did not itself."""
    if answer.refusal is not None:
        return answer.refusal.status != INVALID_NAMESPACE
    return answer.trouble is not None


def _names_only(answer: Answer) -> Answer:
    """Return a long list of instances as the list of their paths."""
    if not answer.ok or len(answer.value) <= MOST_INSTANCES_KEPT:
        return answer
    paths = [one.path if isinstance(one, Instance) else one for one in answer.value]
    return msgspec.structs.replace(answer, value=[path for path in paths if path is not None])
