"""What was played on the server under test: calls with what was seen before and after them.

Pure values, so that a transcript can be saved and judged again without the server. Instances are
kept as `Seen`: JSON values only, references as the text of their path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from conformance.cim import Exchange, Instance, Malformed, Path


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all parts of a transcript."""


class Seen(Record, frozen=True):
    """An instance as it was read: `values` are its properties that were not NULL, as sent.

    `identity` is the identity of its path (cim.Path.identity), `path` the same for people.
    """

    path: str
    identity: str
    classname: str
    values: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return the value of a property, None when it was NULL or absent."""
        if name in self.values:
            return self.values[name]
        folded = name.lower()
        return next((v for key, v in self.values.items() if key.lower() == folded), None)


class Reading(Record, frozen=True):
    """What was seen of one system at one moment.

    `system` is None when it could not be read; `missing` then tells how the server answered:
    "gone" (CIM_ERR_NOT_FOUND), else its refusal or the trouble in words. `offered` are the
    requests that its capabilities list, None when there is no such list. `related` are the
    instances that belong to it by adaptation, `links` association instances by link. `remains`
    are paths that belonged to it and still resolve, of `looked_up` that were asked for.
    `problems` tells what could not be read.
    """

    system: Seen | None = None
    missing: str = ""
    offered: tuple[int, ...] | None = None
    related: dict[str, tuple[Seen, ...]] = {}
    links: dict[str, tuple[Seen, ...]] = {}
    remains: tuple[str, ...] = ()
    looked_up: int = 0
    problems: tuple[str, ...] = ()

    @property
    def gone(self) -> bool:
        """Tell whether the server said that the system does not exist."""
        return self.missing == "gone"


class Outcome(Record, frozen=True):
    """How a call ended, whichever way the server said so.

    `kind` is "accepted", "refused" or "trouble". `name` is the profile's name of the outcome
    (`done`, `job`, `invalid_state`, ..., `status-N`, `code-N` for what has none, `failed` for a
    job that failed without a code). `code` is the return value or the job's ErrorCode, `status`
    the CIM status, `text` what the server said, in words.
    """

    kind: str
    name: str
    code: int | None = None
    status: int | None = None
    text: str = ""

    @property
    def accepted(self) -> bool:
        """Tell whether the server did, or began, what was asked."""
        return self.kind == "accepted"

    @property
    def refused(self) -> bool:
        """Tell whether the server said no."""
        return self.kind == "refused"


class JobGlimpse(Record, frozen=True):
    """One look at a job, `seconds` after the call."""

    seconds: float
    state: int | None = None
    operational_status: tuple[int, ...] | None = None
    error_code: int | None = None
    error_description: str = ""
    percent: int | None = None


class JobAsk(Record, frozen=True):
    """A state that a job was asked for, `seconds` after the call that started it.

    `before` is the JobState seen last, `after` the one right after the answer (None: not read).
    """

    requested: int
    outcome: Outcome
    before: int | None = None
    after: int | None = None
    seconds: float = 0.0


class JobTrail(Record, frozen=True):
    """A job from the call to its end.

    `end` is "completed", "failed", "vanished" (no longer there before an end was seen),
    "unfinished" (the deadline passed) or "unreadable" (`problem` tells why). `affected` are the
    identities at AffectedJobElement (None: not readable), `created` those with ElementEffects 5
    (Create), `affected_problem` how the server refused to tell.

    `later` is one more look, right after the end was seen; `later_problem` tells how the server
    refused it. `errors` is how many errors GetErrors gave then (None: not asked, or the method is
    not supported), `errors_problem` how it refused to tell. `asks` are the states that it was
    asked for, while it went on or when it was over. `unset` are those of the properties that every
    job shows which had no value at the first look, `owners` how many elements it belongs to (None:
    not asked, or not told). `output_early` tells that output parameters were shown before the end,
    `returned` whether those of a completed job hold a return value (None: it shows none).
    `deleted` tells whether it was gone after its deletion (None: it goes by itself, or nobody can
    delete it), `deletion` how the server answered.
    """

    path: str
    end: str
    glimpses: tuple[JobGlimpse, ...] = ()
    affected: tuple[str, ...] | None = None
    created: tuple[str, ...] = ()
    affected_problem: str = ""
    problem: str = ""
    later: JobGlimpse | None = None
    later_problem: str = ""
    errors: int | None = None
    errors_problem: str = ""
    asks: tuple[JobAsk, ...] = ()
    unset: tuple[str, ...] = ()
    owners: int | None = None
    output_early: bool = False
    returned: bool | None = None
    deleted: bool | None = None
    deletion: str = ""

    @property
    def last(self) -> JobGlimpse | None:
        """Return the last look at the job."""
        return self.glimpses[-1] if self.glimpses else None

    @property
    def resolves(self) -> bool:
        """Tell whether the job could be read at all."""
        return bool(self.glimpses)


class Glimpse(Record, frozen=True):
    """One look at the state of the system, `seconds` after the call.

    `state` is None when it could not be read; `text` then tells why.
    """

    seconds: float
    state: int | None = None
    text: str = ""


class Call(Record, frozen=True):
    """One method call with its outcome.

    `purpose` is "test" (what the check is about), "fixture" or "clean-up". `arguments` and
    `outputs` are JSON values as in Seen, `named` the identities of what they refer to.
    `code_known` tells whether the return value is in the method's value map ("known",
    "reserved", "unknown", "" when there is none to hold it against).
    `given` are the identities of what its arguments refer to, `made` that of what it was found to
    have created and the run removes again.
    `synchronous`/`asynchronous` tell how the capabilities offer the method (None: no capability
    announces it). `subject` is the identity of the system that the call is about.
    `course` are the states seen after it.
    """

    method: str
    target: str
    purpose: str
    outcome: Outcome
    subject: str = ""
    arguments: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    named: dict[str, tuple[str, ...]] = {}
    given: dict[str, tuple[str, ...]] = {}
    made: str = ""
    return_value: int | None = None
    code_known: str = ""
    synchronous: bool | None = None
    asynchronous: bool | None = None
    job: JobTrail | None = None
    before: Reading | None = None
    after: Reading | None = None
    course: tuple[Glimpse, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


class Stop(Record, frozen=True):
    """Why a check could not be played to its call: at most one reason is given."""

    not_applicable: str = ""
    untested: str = ""
    error: str = ""
    advice: str = ""


class Created(Record, frozen=True):
    """What a defining call brought about.

    `found_by` is the output parameter (`ResultingSystem`), "AffectedJobElement", "name" or ""
    when no new system was found; `path` and `identity` are its path. Where the systems before
    and after the call were `compared`, `others` are further ones that appeared and `vanished`
    those of the time before the run that are no longer there.
    """

    found_by: str = ""
    path: str = ""
    identity: str = ""
    compared: bool = False
    others: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


class Facet(Record, frozen=True):
    """How the state of a system shows through another interface than its own.

    `link` is the key in `Reading.links` of the association instance that shows it: `observed` is
    the property with the state, `agreeing` the values that fit each state by its name,
    `requested` the property with the last request. `shown` is how the request of the transition
    shows there, `asked` how in the system's own numbers (None: not known).
    """

    link: str
    observed: str
    agreeing: dict[str, tuple[int, ...]]
    requested: str
    shown: int | None = None
    asked: int | None = None


class Setting(Record, frozen=True):
    """What the judge must know of the profiles and the server, beside the calls.

    `observed` is the property that shows the state, `states` its values by name, `stable` the
    values of those states that do not pass by themselves, `requested`
    the value asked for by a transition (None: no such value), `deadline` the seconds that a
    state change may take. `volatile` are properties that change by themselves. `service` and
    `host` are the management service's identity and its SystemName; `profiles` the registered
    names that a virtual system conforms to (empty: not registered). `facet` is the interface by
    which a transition was requested (None: the state machine's own).
    """

    observed: str = "EnabledState"
    states: dict[str, int] = {}
    stable: tuple[int, ...] = ()
    requested: int | None = None
    deadline: float = 0.0
    volatile: tuple[str, ...] = ()
    service: str = ""
    host: str = ""
    profiles: tuple[str, ...] = ()
    facet: Facet | None = None


class Transcript(Record, frozen=True):
    """All that was played for one check.

    `calls` are in order; the one that the check is about has the purpose "test". `stop` tells
    why there is none. `trace` is how conditions were decided; `left` what could not be removed.
    """

    check: str
    system: str = ""
    setting: Setting = Setting()
    calls: tuple[Call, ...] = ()
    created: Created = Created()
    stop: Stop = Stop()
    trace: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def tested(self) -> Call | None:
        """Return the call that the check is about."""
        return next((call for call in self.calls if call.purpose == "test"), None)


def seen(instance: Instance) -> Seen:
    """Return an instance as a transcript keeps it."""
    path = instance.path
    return Seen(
        path=str(path) if path is not None else instance.classname,
        identity=path.identity if path is not None else "",
        classname=instance.classname,
        values=_values(instance),
    )


def as_json(value: Any) -> Any:  # any CIM value
    """Return a CIM value as JSON: a path as text, an embedded instance as an object."""
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Malformed):
        return {"malformed": value.text}
    if isinstance(value, Instance):
        return {"class": value.classname, **_values(value)}
    return value


def _values(instance: Instance) -> dict[str, Any]:
    slots = zip(instance.layout.slots, instance.values, strict=True)
    return {slot.name: as_json(value) for slot, value in slots if value is not None}


def calls_of(transcripts: Iterable[Transcript]) -> Iterator[tuple[Transcript, Call]]:
    """Yield each call of all transcripts with the transcript that it is from."""
    for transcript in transcripts:
        for call in transcript.calls:
            yield transcript, call
