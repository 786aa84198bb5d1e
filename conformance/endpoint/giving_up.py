"""An endpoint that is not asked any more once it has stopped answering.

Each operation has its own deadline, and a run makes thousands of them: a server that freezes in
the middle would hold it for hours. After some time-outs in a row the rest is answered at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conformance.cim import Answer, Argument, Exchange, Instance, Path, Trouble
from conformance.endpoint import Endpoint, EventStream, Notify

MOST_TIMEOUTS = 5
"""Operations in a row that may time out; one slow method call alone is no reason to give up."""


class GivingUp:
    """Implements endpoint.Endpoint on another endpoint, for one thread."""

    def __init__(self, endpoint: Endpoint, most_timeouts: int = MOST_TIMEOUTS) -> None:
        self.url = endpoint.url
        self._endpoint = endpoint
        self._most = most_timeouts
        self._timeouts = 0

    @property
    def limits(self) -> Mapping[str, str]:
        """What the other endpoint cannot express."""
        return self._endpoint.limits

    @property
    def has_given_up(self) -> bool:
        """Tell whether nothing is asked any more."""
        return self._timeouts >= self._most

    def _ask(self, operation: str, target: str, ask: Callable[[], Answer]) -> Answer:
        if self.has_given_up:
            text = f"not asked: {self._timeouts} operations in a row had timed out"
            return Answer(Exchange(operation, target, text), trouble=Trouble("timeout", text))
        answer = ask()
        timed_out = answer.trouble is not None and answer.trouble.kind == "timeout"
        self._timeouts = self._timeouts + 1 if timed_out else 0
        return answer

    def enumerate_instances(self, namespace: str, classname: str) -> Answer:
        """List[Instance] of the class and its subclasses."""
        return self._ask(
            "EnumerateInstances",
            f"{namespace}:{classname}",
            lambda: self._endpoint.enumerate_instances(namespace, classname),
        )

    def enumerate_instance_names(self, namespace: str, classname: str) -> Answer:
        """List[Path]."""
        return self._ask(
            "EnumerateInstanceNames",
            f"{namespace}:{classname}",
            lambda: self._endpoint.enumerate_instance_names(namespace, classname),
        )

    def get_instance(self, path: Path) -> Answer:
        """Instance."""
        return self._ask("GetInstance", str(path), lambda: self._endpoint.get_instance(path))

    def associators(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """List[Instance] with their paths."""
        wanted = (path, association, result_class, role, result_role)
        return self._ask("Associators", str(path), lambda: self._endpoint.associators(*wanted))

    def associator_names(
        self,
        path: Path,
        association: str | None = None,
        result_class: str | None = None,
        role: str | None = None,
        result_role: str | None = None,
    ) -> Answer:
        """List[Path]."""
        wanted = (path, association, result_class, role, result_role)
        return self._ask(
            "AssociatorNames", str(path), lambda: self._endpoint.associator_names(*wanted)
        )

    def references(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """List[Instance] of association instances with their paths."""
        return self._ask(
            "References",
            str(path),
            lambda: self._endpoint.references(path, result_class, role),
        )

    def reference_names(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """List[Path]."""
        return self._ask(
            "ReferenceNames",
            str(path),
            lambda: self._endpoint.reference_names(path, result_class, role),
        )

    def get_class(self, namespace: str, classname: str) -> Answer:
        """ClassReply."""
        return self._ask(
            "GetClass",
            f"{namespace}:{classname}",
            lambda: self._endpoint.get_class(namespace, classname),
        )

    def enumerate_class_names(self, namespace: str, classname: str | None, deep: bool) -> Answer:
        """List[str]."""
        return self._ask(
            "EnumerateClassNames",
            f"{namespace}:{classname or ''}",
            lambda: self._endpoint.enumerate_class_names(namespace, classname, deep),
        )

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """MethodReply."""
        return self._ask(
            f"InvokeMethod {method}",
            str(path),
            lambda: self._endpoint.invoke(path, method, arguments),
        )

    def create_instance(self, namespace: str, instance: Instance) -> Answer:
        """Path."""
        return self._ask(
            "CreateInstance",
            f"{namespace}:{instance.classname}",
            lambda: self._endpoint.create_instance(namespace, instance),
        )

    def modify_instance(self, path: Path, instance: Instance, properties: Sequence[str]) -> Answer:
        """None."""
        return self._ask(
            "ModifyInstance",
            str(path),
            lambda: self._endpoint.modify_instance(path, instance, properties),
        )

    def delete_instance(self, path: Path) -> Answer:
        """None."""
        return self._ask("DeleteInstance", str(path), lambda: self._endpoint.delete_instance(path))

    def exec_query(self, namespace: str, language: str, query: str) -> Answer:
        """List[Instance]."""
        return self._ask(
            f"ExecQuery {language}",
            f"{namespace}: {query}",
            lambda: self._endpoint.exec_query(namespace, language, query),
        )

    def subscribe(
        self, namespace: str, language: str, query: str, seconds: float, notify: Notify | None
    ) -> Answer:
        """EventStream of the indications that a query selects, for so many seconds."""
        return self._ask(
            "Subscribe",
            namespace,
            lambda: self._endpoint.subscribe(namespace, language, query, seconds, notify),
        )

    def read_event(self, namespace: str, message: bytes) -> Answer:
        """Instance of the indication in a message that was pushed."""
        return self._endpoint.read_event(namespace, message)

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """List[Instance] of indications, after waiting so long for the first."""
        return self._ask(
            "Pull", stream.namespace, lambda: self._endpoint.fetch_events(stream, seconds)
        )

    def renew(self, stream: EventStream) -> Answer:
        """None; the subscription lasts as long again."""
        return self._ask("Renew", stream.namespace, lambda: self._endpoint.renew(stream))

    def unsubscribe(self, stream: EventStream) -> Answer:
        """None."""
        return self._ask(
            "Unsubscribe", stream.namespace, lambda: self._endpoint.unsubscribe(stream)
        )

    def close(self) -> None:
        """Close all connections."""
        self._endpoint.close()
