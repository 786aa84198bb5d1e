"""What a listener of the run's own was told: subscriptions, events and indications.

Pure values. A hearing is a transcript that several checks share; like one it can be judged again
without the server.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conformance.transcript import Call, Record, Seen, Transcript

CREATED, CHANGED, DELETED = "created", "changed", "deleted"

INDICATIONS = {
    CREATED: "CIM_InstCreation",
    CHANGED: "CIM_InstModification",
    DELETED: "CIM_InstDeletion",
}
"""The class of the indications of each kind of event."""

INTRINSIC = {
    CREATED: "__InstanceCreationEvent",
    CHANGED: "__InstanceModificationEvent",
    DELETED: "__InstanceDeletionEvent",
}
"""What WMI tells of the same with: its TargetInstance is what SourceInstance is there."""

ADVICE = (
    "say --listen HOST:PORT with an address of this machine that the server can reach, or "
    "--listener-url URL behind NAT; look for a firewall between them"
)
"""What a user can do about a server that does not reach the listener."""


class Heard(Record, frozen=True):
    """An indication, in the order of arrival.

    `channel` is where it came in, `classname` its class and `kind` the kind of event that this
    is about ("" when it is about none). `source` and `previous` are the embedded instances;
    `is_system` tells whether the source is a computer system (None: there is none). `problem`
    tells why it could not be read; `text` is the beginning of the message then.
    """

    channel: str
    seconds: float
    classname: str = ""
    kind: str = ""
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    source: Seen | None = None
    previous: Seen | None = None
    is_system: bool | None = None
    problem: str = ""
    text: str = ""

    @property
    def is_intrinsic(self) -> bool:
        """Tell whether it is an event of WMI, which has no path of its source and no time."""
        return self.classname in INTRINSIC.values()

    def get(self, name: str) -> Any:  # a property value
        """Return a property of the indication itself, None when it was NULL or absent."""
        folded = name.lower()
        return next((v for key, v in self.values.items() if key.lower() == folded), None)


class Event(Record, frozen=True):
    """Something that happened to a system of the run's own.

    `system` is the path as text, `identity` that of it, `keys` its key values; `state` is the
    state that it came into. `first` is how many indications had arrived when it was asked for,
    `awaited` the channels on which it was waited for, and `seconds` how long. `ended` are the
    channels whose subscription to events of this kind had been deleted before.
    """

    kind: str
    system: str
    identity: str
    keys: dict[str, Any]
    state: int | None = None
    first: int = 0
    awaited: tuple[str, ...] = ()
    seconds: float = 0.0
    ended: tuple[str, ...] = ()


class Asked(Record, frozen=True):
    """An instance that was asked for: the call, and what was read of it afterwards.

    `unread` tells why it could not be read, where the server did not say that it is not there.
    `gone` tells whether it was gone after its deletion (None: not deleted).
    """

    call: Call
    read: Seen | None = None
    unread: str = ""
    gone: bool | None = None

    @property
    def accepted(self) -> bool:
        """Tell whether the server made it."""
        return self.call.outcome.accepted


class Subscribed(Record, frozen=True):
    """One attempt to subscribe to a kind of event in a query language, on a channel.

    `filter` and `subscription` are None where it did not come to that. `common` tells whether the
    query is one that every server should know, not the last resort of a vendor's own class;
    `compares` whether it looks at the previous instance.
    """

    channel: str
    kind: str
    language: str
    query: str
    common: bool = True
    compares: bool = False
    filter: Asked | None = None
    subscription: Asked | None = None

    @property
    def is_made(self) -> bool:
        """Tell whether indications are to be expected."""
        return self.subscription is not None and self.subscription.accepted


class Refusable(Record, frozen=True):
    """A request that the server must refuse; `subscribed` is what came of a subscription to it."""

    call: Call
    subscribed: Call | None = None
    kept: bool | None = None


class Hearing(Transcript, frozen=True):
    """All that was played to be told of changes.

    `url` is where it was listened; `fetched` tells that the events were fetched over the protocol
    instead, and nothing was created for that; with `pushed`, too, they were those of the protocol,
    and yet sent to the listener. `creation` is FilterCreationEnabled of the indication service.
    `bad_query` and `bad_language` are filters that must be refused, `in_use` deletions that must
    be. `skipped` tells what could not be brought about.
    """

    url: str = ""
    fetched: bool = False
    pushed: bool = False
    creation: bool | None = None
    destinations: tuple[Asked, ...] = ()
    subscriptions: tuple[Subscribed, ...] = ()
    bad_query: Refusable | None = None
    bad_language: Refusable | None = None
    in_use: tuple[Refusable, ...] = ()
    events: tuple[Event, ...] = ()
    heard: tuple[Heard, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def listened(self) -> bool:
        """Tell whether the server has to reach a listener."""
        return self.pushed or not self.fetched
