"""The endpoint as the engine sees it: one interface for every protocol.

An adapter (`wbem.py` for CIM-XML) implements it; the engine never knows which one it talks to.
No operation raises for what the server did: a CIM error is a Refusal, and a broken connection,
a deadline that passed or an answer that cannot be read is a Trouble (see cim.Answer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from conformance.cim import Answer, Argument, Instance, Path

TYPES, CLASSES, INDICATIONS = "types", "classes", "indications"
"""What a protocol may not be able to express: the types that values are sent with, declarations
of classes, and subscriptions to indications by instances (DSP1054)."""


Notify = Callable[[], str]
"""Returns the URL of a listener, which it opens where there is none yet, "" where it cannot."""


class EventStream(msgspec.Struct, frozen=True):
    """A subscription to events of the protocol itself.

    `manager` are headers (XML) that name the subscription, `context` (XML) what events are fetched
    with, "" where they are pushed to a listener. `seconds` is how long it lasts unless it is
    renewed.
    """

    namespace: str
    manager: str
    context: str
    seconds: float


class Credentials(msgspec.Struct, frozen=True):
    """User and password for HTTP basic authentication; never printed."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=...)"


class Connection(msgspec.Struct, frozen=True):
    """How to reach a CIM server.

    `ca` is a file of trusted certificates, `insecure` switches certificate checks off,
    `certificate` and `key` are the client's own (files). `timeout_seconds` is the deadline of
    each single operation, from sending the request to the last byte of the answer.
    `max_answer_bytes` bounds the size of one answer. `auth` and `quirks` are for WS-Management:
    how to authenticate ("": by the certificate if there is one, else basic), and the product that
    answers ("": what it says of itself).
    """

    url: str
    credentials: Credentials | None = None
    ca: str | None = None
    insecure: bool = False
    certificate: str | None = None
    key: str | None = None
    timeout_seconds: float = 60.0
    max_answer_bytes: int = 2_000_000_000
    auth: str = ""
    quirks: str = ""


class EndpointError(Exception):
    """The endpoint cannot be used at all: where, what is wrong, and what to do."""

    def __init__(self, url: str, reason: str, advice: str) -> None:
        super().__init__(url, reason, advice)
        self.url, self.reason, self.advice = url, reason, advice

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}; {self.advice}"


class Endpoint(Protocol):
    """Operations of DSP0200 on one CIM server; each returns a cim.Answer and never raises."""

    url: str

    @property
    def limits(self) -> Mapping[str, str]:
        """What cannot be expressed here (TYPES, CLASSES, INDICATIONS), each with the reason.

        It may be known only after something was asked.
        """

    def enumerate_instances(self, namespace: str, classname: str) -> Answer:
        """List[Instance] of the class and its subclasses, read by the fast reader."""

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
        """List[Instance] of association instances with their paths."""

    def reference_names(
        self, path: Path, result_class: str | None = None, role: str | None = None
    ) -> Answer:
        """List[Path]."""

    def get_class(self, namespace: str, classname: str) -> Answer:
        """ClassReply (LocalOnly=False, qualifiers included)."""

    def enumerate_class_names(self, namespace: str, classname: str | None, deep: bool) -> Answer:
        """List[str]."""

    def invoke(self, path: Path, method: str, arguments: Sequence[Argument]) -> Answer:
        """MethodReply."""

    def create_instance(self, namespace: str, instance: Instance) -> Answer:
        """Path."""

    def modify_instance(self, path: Path, instance: Instance, properties: Sequence[str]) -> Answer:
        """None."""

    def delete_instance(self, path: Path) -> Answer:
        """None."""

    def exec_query(self, namespace: str, language: str, query: str) -> Answer:
        """List[Instance]."""

    def subscribe(
        self, namespace: str, language: str, query: str, seconds: float, notify: Notify | None
    ) -> Answer:
        """EventStream of the indications that a query selects, for so many seconds.

        They are fetched; where the server does not offer that, they are pushed to the URL that
        `notify` returns.
        """

    def read_event(self, namespace: str, message: bytes) -> Answer:
        """Instance of the indication in a message that was pushed."""

    def fetch_events(self, stream: EventStream, seconds: float) -> Answer:
        """List[Instance] of indications, after waiting so long for the first; empty for none."""

    def renew(self, stream: EventStream) -> Answer:
        """None; the subscription lasts as long again."""

    def unsubscribe(self, stream: EventStream) -> Answer:
        """None."""

    def close(self) -> None:
        """Close all connections."""
