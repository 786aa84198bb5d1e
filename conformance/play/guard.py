"""The guard before every request that changes the server under test.

Only systems that this run made may be the target of a changing request or be named in one. A
request that breaks this rule is a mistake of the suite; it is stopped before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from conformance.cim import Answer, Argument, Instance, MethodReply, Path

ELEMENT_NAME = "ElementName"
NAMING = (ELEMENT_NAME, "VirtualSystemIdentifier")
"""Properties of the settings that name the system to be defined."""


CREATE = "CreateInstance"
REMOVING = ("delete", "destroy")
"""How the names of methods begin that remove what is named in them."""


class GuardError(Exception):
    """A changing request would have touched what this run did not make; it was not sent."""


class Reader(Protocol):
    """The operations of an endpoint that change nothing."""

    url: str

    def enumerate_instances(self, namespace: str, classname: str) -> Answer:
        """List[Instance]."""

    def enumerate_instance_names(self, namespace: str, classname: str) -> Answer:
        """List[Path]."""

    def get_instance(self, path: Path) -> Answer:
        """Instance."""

    def associators(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """List[Instance] with their paths."""

    def associator_names(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """List[Path]."""

    def references(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """List[Instance] of association instances."""

    def get_class(self, namespace: str, classname: str) -> Answer:
        """ClassReply."""

    def enumerate_class_names(self, namespace: str, classname: str | None, deep: bool) -> Answer:
        """List[str]."""

    def exec_query(self, namespace: str, language: str, query: str) -> Answer:
        """List[Instance]."""


class Invoker(Protocol):
    """The changing operations that playing needs."""

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """MethodReply."""

    def create_instance(self, namespace: str, instance: Instance) -> Answer:
        """Path."""

    def modify_instance(self, path: Path, instance: Instance, properties: Sequence[str]) -> Answer:
        """None."""

    def delete_instance(self, path: Path) -> Answer:
        """None."""


class Guard:
    """Sends method calls, creations and deletions that concern only what this run made.

    A job may be asked for another state when an answer to one of these calls has named it.

    `foreign` are the identities and InstanceIDs of what was there before the run made anything:
    whatever the server says, that is never taken as made by this run.

    Attributes:
        own: identities of the systems that this run made.
    """

    def __init__(self, endpoint: Invoker, foreign: frozenset[str] = frozenset()) -> None:
        self._endpoint = endpoint
        self._there = foreign
        self._services: set[str] = set()
        self._scope: set[str] = set()
        self._referable: set[str] = set()
        self._referable_as: set[tuple[str, str]] = set()
        self._names: set[str] = set()
        self._told: set[str] = set()
        self._jobs: set[str] = set()
        self.own: set[str] = set()

    def permit_service(self, path: Path) -> None:
        """Let calls go to a service, as long as their arguments concern only our systems."""
        self._services.add(path.identity)

    def permit_name(self, name: str) -> None:
        """Let a system be defined under a run-unique name."""
        self._names.add(name)

    def permit_reference(self, path: Path) -> None:
        """Let something of the host be named in a call that does not remove what it names."""
        self._referable.add(path.identity)

    def permit_as(self, path: Path, parameter: str) -> None:
        """Let something of the host be named in one parameter, and in no other one.

        That is how a pool is named from which another one is to be drawn: it stays what it is.
        """
        self._referable_as.add((path.identity, parameter.lower()))

    def is_foreign(self, path: Path) -> bool:
        """Tell whether something was there before the run made anything."""
        return path.identity in self._there

    def adopt(self, path: Path) -> None:
        """Take a system as made by this run.

        Raises:
            GuardError: it was there before.
        """
        if self.is_foreign(path):
            raise GuardError(f"{path} was there before, and is not taken as made by this run")
        self.own.add(path.identity)

    def exclude(self, paths: Iterable[Path]) -> None:
        """Take it that these were there before, but for the jobs that this run has started."""
        self._there |= {path.identity for path in paths} - self._jobs

    def adopt_job(self, path: Path) -> bool:
        """Take a job as started by this run; tell whether it is.

        It is when an answer to one of this run's own calls has named it, and it was not there
        before.
        """
        if path.identity in self._told and not self.is_foreign(path):
            self._jobs.add(path.identity)
        return path.identity in self._jobs

    def adopt_scope(self, instances: Iterable[tuple[str, str]]) -> None:
        """Take what belongs to a system of this run: identities and InstanceIDs."""
        for identity, instance_id in instances:
            self._scope |= {one for one in (identity, instance_id) if one} - self._there

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """Send a method call.

        Raises:
            GuardError: the call concerns something that this run did not make.
        """
        problem = self._problem(path, method, arguments)
        if problem:
            raise GuardError(f"{method} on {path} was not sent: {problem}")
        answer = self._endpoint.invoke(path, method, arguments)
        self._note_told(answer, path.namespace)
        return answer

    def _note_told(self, answer: Answer, namespace: str) -> None:
        """Keep what the answer to a call of this run names."""
        if isinstance(answer.value, MethodReply):
            told = (each for value in answer.value.outputs.values() for each in _flat(value))
            paths = (located(each, namespace) for each in told if isinstance(each, Path))
            self._told |= {path.identity for path in paths}

    def create(self, namespace: str, instance: Instance) -> Answer:
        """Create an instance that bears a name of this run, or is between such instances.

        Raises:
            GuardError: it does not, or names something that this run did not make.
        """
        problem = self._foreign_within(instance, CREATE) or self._nameless(instance)
        if problem:
            raise GuardError(f"{CREATE} of {instance.classname} was not sent: {problem}")
        return self._endpoint.create_instance(namespace, instance)

    def rename(self, path: Path, instance: Instance) -> Answer:
        """Give a system that this run made the ElementName of `instance`, by ModifyInstance.

        Raises:
            GuardError: it did not make it, or the name does not begin as those of this run do.
        """
        name = str(instance.get(ELEMENT_NAME))
        if path.identity not in self.own:
            raise GuardError(f"ModifyInstance of {path} was not sent: it was not made by this run")
        if not any(name.startswith(known) for known in self._names):
            raise GuardError(f"ModifyInstance of {path} was not sent: {name!r} is no name of it")
        return self._endpoint.modify_instance(path, instance, [ELEMENT_NAME])

    def delete(self, path: Path) -> Answer:
        """Delete an instance that this run made.

        Raises:
            GuardError: it did not.
        """
        if path.identity not in self.own:
            raise GuardError(f"DeleteInstance of {path} was not sent: it was not made by this run")
        return self._endpoint.delete_instance(path)

    def delete_job(self, path: Path) -> Answer:
        """Delete a job that this run has started.

        Raises:
            GuardError: it did not.
        """
        if path.identity not in self._jobs:
            raise GuardError(f"DeleteInstance of {path} was not sent: this run did not start it")
        return self._endpoint.delete_instance(path)

    def _nameless(self, instance: Instance) -> str:
        """Say so when a new instance has no name of this run, nor refers to what has one."""
        name = instance.get("Name")
        if name is not None:
            return "" if name in self._names else f"{name!r} is no name of this run"
        named = (value for value in instance.values if isinstance(value, Path))
        if any(path.identity in self.own for path in named):
            return ""
        return "it has no name by which it could be found again"

    def _problem(self, path: Path, method: str, arguments: Sequence[Argument]) -> str:
        if path.identity not in self._services | self.own | self._jobs:
            return "its target was not made by this run"
        defines = method.lower().startswith("define")
        for argument in arguments:
            for value in _flat(argument.value):
                problem = self._naming(value) if defines else ""
                problem = problem or self._foreign(value, method, argument.name)
                if problem:
                    return f"{argument.name}: {problem}"
        if defines and not any(_names_of(a.value) or _is_text(a.value) for a in arguments):
            return "it gives the system no name by which it could be found again"
        return ""

    def _naming(self, value: object) -> str:
        strange = [name for name in _names_of(value) if name not in self._names]
        return f"{strange[0]!r} is no name of this run" if strange else ""

    def _foreign(self, value: object, method: str, parameter: str = "") -> str:
        if isinstance(value, Path) and not self._may_name(value, method, parameter):
            return f"{value} was not made by this run"
        if isinstance(value, Instance):
            return self._foreign_within(value, method)
        return ""

    def _may_name(self, path: Path, method: str, parameter: str) -> bool:
        """Tell whether a call may name an object: our own, or, where it stays, the host's."""
        if path.identity in self.own or path.identity in self._scope:
            return True
        if method.lower().startswith(REMOVING):
            return False
        named = (path.identity, parameter.lower())
        return path.identity in self._referable or named in self._referable_as

    def _foreign_within(self, instance: Instance, method: str) -> str:
        instance_id = instance.get("InstanceID")
        if instance_id and instance_id not in self._scope:
            return f"InstanceID {instance_id!r} was not made by this run"
        for value in instance.values:
            for item in _flat(value):
                concerns = isinstance(item, Path | Instance)
                problem = self._foreign(item, method) if concerns else ""
                if problem:
                    return problem
        return ""


def located(path: Path, namespace: str) -> Path:
    """Return a path with a namespace, where the server left it out of a reference."""
    return path if path.namespace else Path(namespace, path.classname, path.keys)


def _flat(value: Any) -> Iterator[Any]:  # any CIM value
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _names_of(value: object) -> list[str]:
    if not isinstance(value, Instance):
        return []
    return [str(value.get(name)) for name in NAMING if value.get(name) and _names_system(value)]


def _names_system(value: Instance) -> bool:
    """Tell whether an embedded instance are the settings of a system, not of a resource."""
    return "VirtualSystemIdentifier" in value or "ResourceType" not in value


def _is_text(value: object) -> bool:
    return isinstance(value, str)
