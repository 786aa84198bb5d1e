"""Calling a method and following what it sets going: its job, and the state of the system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conformance.cim import Answer, Argument, Exchange, Instance, MethodReply, Path
from conformance.play.guard import Guard, Reader, located
from conformance.play.job_requests import JobControl
from conformance.play.jobs import (
    GET_ERRORS,
    TRIES,
    Following,
    ask_owners,
    follow,
    integer,
    note_errors,
)
from conformance.play.outcome import JOB, Codes, code_known, outcome_of, with_job
from conformance.play.polling import Clock, Deadlines
from conformance.play.underway import Underway
from conformance.play.wire import Wire
from conformance.schema.value_map import ValueSet
from conformance.transcript import Call, Glimpse, Outcome, Reading, as_json, seen

CLEAN_UP = "clean-up"
"""Purpose of the calls that remove what was made; they ask for nothing more."""


class Request(msgspec.Struct, frozen=True):
    """A method call to be made.

    `subject` is the system it is about and `observed` the property that shows its state.
    `codes` names its outcomes; `values` is the value map of its return value. `synchronous` and
    `asynchronous` tell how it is offered, `wire` what it is called there, if that differs.
    `stop` is the state that its job is asked for as soon as it is seen to go on.
    """

    method: str
    target: Path
    arguments: tuple[Argument, ...] = ()
    purpose: str = "test"
    subject: Path | None = None
    observed: str = "EnabledState"
    codes: Codes = {}
    values: ValueSet | None = None
    synchronous: bool | None = None
    asynchronous: bool | None = None
    wire: Wire | None = None
    stop: int | None = None


class Reply(msgspec.Struct, frozen=True):
    """A call as the transcript keeps it, with output parameters and affected elements as paths."""

    call: Call
    method_reply: MethodReply | None
    affected: tuple[Path, ...] = ()


class Caller:
    """Makes calls through the guard and follows them to their end."""

    def __init__(self, guard: Guard, reader: Reader, clock: Clock, deadlines: Deadlines) -> None:
        self.guard = guard
        self.reader = reader
        self.clock = clock
        self.deadlines = deadlines
        self.control = JobControl(guard, reader)
        self.underway = Underway(reader, clock, deadlines.job)
        self._running: list[Path] = []
        self._owned: set[str] = set()
        self._hung = False

    def call(self, request: Request) -> Reply:
        """Make a call; when it gives a job, whatever it returns, follow the job to its end.

        Raises:
            GuardError: the call concerns something that this run did not make.
        """
        answer = self._invoke(request)
        reply = answer.value if isinstance(answer.value, MethodReply) else None
        outcome = outcome_of(answer, request.codes, request.values)
        job = reply.output("Job") if reply is not None else None
        if not isinstance(job, Path):
            if outcome.name == JOB:
                self._settle()
            return Reply(_call_of(request, outcome, reply, (answer.exchange,)), reply)
        following, course = self._follow(located(job, request.target.namespace), request)
        if following.end == "vanished":
            self._settle()
        outcome = with_job(outcome, following.trail(), request.codes)
        shown = (answer.exchange, *((following.exchange,) if following.exchange else ()))
        call = _call_of(request, outcome, reply, shown)
        call = msgspec.structs.replace(call, job=following.trail(), course=course)
        affected = (*following.created, *(following.affected or ()))
        return Reply(call, reply, tuple({p.identity: p for p in affected}.values()))

    def _settle(self) -> None:
        """Give a job that nobody can look at time to do its work: what it does tells the rest."""
        self.clock.wait(self.deadlines.settle)

    def _invoke(self, request: Request) -> Answer:
        """Send a call under the names that the server knows; the reply is in those of the schema.

        Raises:
            GuardError: the call concerns something that this run did not make.
        """
        wire = request.wire
        if wire is None:
            return self.guard.invoke(request.target, request.method, request.arguments)
        arguments = wire.arguments(request.arguments)
        answer = self.guard.invoke(request.target, wire.method, arguments)
        if not isinstance(answer.value, MethodReply):
            return answer
        return msgspec.structs.replace(answer, value=wire.reply(answer.value))

    def _follow(self, job: Path, request: Request) -> tuple[Following, tuple[Glimpse, ...]]:
        """Follow a job; the states of the system meanwhile are kept too."""
        course: list[Glimpse] = []

        def look(following: Following, passed: float) -> None:
            if request.stop is not None:
                self.control.stop(following, request.stop, passed)
            if following.glimpses and request.method not in self._owned:
                self._owned.add(request.method)
                ask_owners(following, self.reader)
            if request.subject is not None:
                state = self.reader.get_instance(request.subject)
                _note(course, glimpse_of(state, request.observed, passed))

        start = self.clock.now()
        following = follow(self.reader, self.clock, job, self.deadlines.job, look)
        if following.end == "unfinished":
            self._running.append(job)
        if following.ended and not following.later_problem and self.guard.adopt_job(job):
            note_errors(following, self.guard.invoke(job, GET_ERRORS, ()))
            if request.purpose != CLEAN_UP:
                self.control.ask_when_over(following, self.clock.now() - start)
            self.control.delete(following)
        return following, tuple(course)

    def wait_for_jobs(self) -> None:
        """Wait once more, as long as for a job, for each that had not ended at its deadline.

        Where that was in vain once, others are given little time.
        """
        while self._running:
            job, patience = self._running.pop(), self.deadlines.job
            patience = self.deadlines.settle if self._hung else patience
            following = follow(self.reader, self.clock, job, patience, _pass)
            self._hung = self._hung or following.end == "unfinished"

    def watch(
        self,
        call: Call,
        subject: Path,
        observed: str,
        done: Callable[[Instance], bool],
        seconds: float | None = None,
    ) -> Call:
        """Return the call with the states seen until `done`, or until the deadline.

        A state is noted when it differs from the one noted before; `after` is the last look. The
        watch ends early when the server no longer answers. `seconds` is another deadline than
        that of a state.
        """
        course = list(call.course)
        troubles = 0
        last: Answer | None = None
        for passed in self.clock.looks(self.deadlines.state if seconds is None else seconds):
            last = self.reader.get_instance(subject)
            _note(course, glimpse_of(last, observed, passed))
            troubles = troubles + 1 if last.trouble is not None else 0
            if troubles == TRIES or (last.ok and done(last.value)):
                break
        shown = (*call.exchanges, *((last.exchange,) if last is not None else ()))
        system = seen(last.value) if last is not None and last.ok else None
        after = call.after or Reading(system=system)
        return msgspec.structs.replace(call, course=tuple(course), exchanges=shown, after=after)


def _pass(_following: Following, _passed: float) -> None:
    """Look at nothing."""


def glimpse_of(answer: Answer, observed: str, seconds: float) -> Glimpse:
    """Return one look at the state of a system."""
    if not answer.ok:
        return Glimpse(round(seconds, 3), text=str(answer.refusal or answer.trouble))
    value = answer.value.get(observed)
    state = integer(value)
    return Glimpse(round(seconds, 3), state, "" if state is not None else f"{observed} {value}")


def _note(course: list[Glimpse], glimpse: Glimpse) -> None:
    if not course or (course[-1].state, course[-1].text) != (glimpse.state, glimpse.text):
        course.append(glimpse)


def _referred(value: Any) -> tuple[str, ...]:  # any CIM value
    """Return the identities of the paths that an argument holds."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(each.identity for each in values if isinstance(each, Path))


def references(reply: MethodReply | None) -> dict[str, list[Path]]:
    """Return the output parameters that are references, by name."""
    found: dict[str, list[Path]] = {}
    for name, value in (reply.outputs if reply is not None else {}).items():
        values = value if isinstance(value, list) else [value]
        paths = [each for each in values if isinstance(each, Path)]
        if paths:
            found[name] = paths
    return found


def _call_of(
    request: Request,
    outcome: Outcome,
    reply: MethodReply | None,
    exchanges: tuple[Exchange, ...],
) -> Call:
    value = integer(reply.return_value) if reply is not None else None
    outputs = reply.outputs if reply is not None else {}
    return Call(
        method=request.method,
        target=str(request.target),
        purpose=request.purpose,
        outcome=outcome,
        subject=request.subject.identity if request.subject is not None else "",
        arguments={each.name: as_json(each.value) for each in request.arguments},
        outputs={name: as_json(each) for name, each in outputs.items() if each is not None},
        given={each.name: paths for each in request.arguments if (paths := _referred(each.value))},
        named={
            name: tuple(located(path, request.target.namespace).identity for path in paths)
            for name, paths in references(reply).items()
        },
        return_value=value,
        code_known=code_known(value, request.values),
        synchronous=request.synchronous,
        asynchronous=request.asynchronous,
        exchanges=exchanges,
    )
