"""Calling a method and following what it sets going: its job, and the state of the system."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from conformance.cim import Answer, Argument, Exchange, Instance, MethodReply, Path
from conformance.play.guard import Guard, Reader
from conformance.play.outcome import STANDARD, Codes, code_known, outcome_of, with_job
from conformance.play.polling import Clock, Deadlines
from conformance.transcript import (
    Call,
    Glimpse,
    JobGlimpse,
    JobTrail,
    Outcome,
    as_json,
)
from conformance.value_map import ValueSet

NOT_FOUND = 6
COMPLETED = 7
ENDED = frozenset({7, 8, 9, 10})
CREATE = 5
TRIES = 3
MAX_GLIMPSES = 200

AFFECTED = "CIM_AffectedJobElement"
"""Association from a job to what it affects (DSP1103)."""


class Request(msgspec.Struct, frozen=True):
    """A method call to be made.

    `subject` is the system it is about and `observed` the property that shows its state.
    `codes` names its outcomes; `values` is the value map of its return value. `synchronous` and
    `asynchronous` tell how it is offered.
    """

    method: str
    target: Path
    arguments: tuple[Argument, ...] = ()
    purpose: str = "test"
    subject: Path | None = None
    observed: str = "EnabledState"
    codes: Codes = STANDARD
    values: ValueSet | None = None
    synchronous: bool | None = None
    asynchronous: bool | None = None


class Reply(msgspec.Struct, frozen=True):
    """A call as the transcript keeps it, and the output parameters as CIM values."""

    call: Call
    method_reply: MethodReply | None
    job: Path | None


class Caller:
    """Makes calls through the guard and follows them to their end."""

    def __init__(self, guard: Guard, reader: Reader, clock: Clock, deadlines: Deadlines) -> None:
        self.guard = guard
        self.reader = reader
        self.clock = clock
        self.deadlines = deadlines

    def call(self, request: Request) -> Reply:
        """Make a call; when it starts a job, follow the job to its end.

        Raises:
            GuardError: the call concerns something that this run did not make.
        """
        began = self.clock.now()
        answer = self.guard.invoke(request.target, request.method, request.arguments)
        reply = answer.value if isinstance(answer.value, MethodReply) else None
        job = reply.output("Job") if reply is not None else None
        outcome = outcome_of(answer, request.codes, request.values)
        trail, course, exchanges = None, (), [answer.exchange]
        if isinstance(job, Path):
            trail, course, looked = self._follow(job, request, began)
            outcome = with_job(outcome, trail, request.codes)
            exchanges += looked
        call = _call_of(request, outcome, reply)
        call = msgspec.structs.replace(
            call, job=trail, course=tuple(course), exchanges=tuple(exchanges)
        )
        return Reply(call, reply, job if isinstance(job, Path) else None)

    def watch(
        self, call: Call, subject: Path, observed: str, done: Callable[[Instance], bool]
    ) -> Call:
        """Return the call with the states seen until `done`, or until the deadline.

        A state is noted when it differs from the one noted before. The watch ends early when
        the server no longer answers.
        """
        course = list(call.course)
        troubles = 0
        began = self.clock.now()
        exchange: Exchange | None = None
        for passed in self.clock.looks(self.deadlines.state):
            answer = self.reader.get_instance(subject)
            exchange = answer.exchange
            _note(course, glimpse_of(answer, observed, passed))
            troubles = troubles + 1 if answer.trouble is not None else 0
            if troubles == TRIES or (answer.ok and done(answer.value)):
                break
        if course:
            passed = round(self.clock.now() - began, 3)
            course[-1] = msgspec.structs.replace(course[-1], seconds=passed)
        shown = (*call.exchanges, exchange) if exchange is not None else call.exchanges
        return msgspec.structs.replace(call, course=tuple(course), exchanges=shown)

    # -- jobs --------------------------------------------------------------------------------

    def _follow(
        self, job: Path, request: Request, began: float
    ) -> tuple[JobTrail, list[Glimpse], list[Exchange]]:
        """Poll a job to its end; the states of the system meanwhile are kept too."""
        glimpses: list[JobGlimpse] = []
        course: list[Glimpse] = []
        troubles = 0
        end, problem, answer = "unfinished", "", None
        trail = JobTrail(str(job), end)
        for _ in self.clock.looks(self.deadlines.job):
            answer = self.reader.get_instance(job)
            passed = round(self.clock.now() - began, 3)
            troubles = troubles + 1 if answer.trouble is not None else 0
            end, problem = _end_of(answer, glimpses, troubles)
            if answer.ok and len(glimpses) < MAX_GLIMPSES:
                _note_job(glimpses, job_glimpse(answer.value, passed))
            if answer.ok and trail.affected is None:
                trail = self._affected(job, trail)
            if request.subject is not None:
                state = self.reader.get_instance(request.subject)
                _note(course, glimpse_of(state, request.observed, passed))
            if end != "unfinished":
                break
        if end in ("completed", "failed"):
            trail = self._affected(job, trail)
        trail = msgspec.structs.replace(
            trail, end=end, problem=problem, glimpses=tuple(glimpses)
        )
        return trail, course, [answer.exchange] if answer is not None else []

    def _affected(self, job: Path, trail: JobTrail) -> JobTrail:
        """Return the trail with what the job affects; a later answer never loses an earlier one."""
        answer = self.reader.references(job, AFFECTED)
        if not answer.ok:
            if trail.affected is not None:
                return trail
            problem = str(answer.refusal or answer.trouble)
            return msgspec.structs.replace(trail, affected_problem=problem)
        links: list[Instance] = answer.value
        elements = [(link.get("AffectedElement"), link) for link in links]
        found = [(path, link) for path, link in elements if isinstance(path, Path)]
        affected = tuple(path.identity for path, _ in found)
        if trail.affected and not affected:
            return trail
        created = tuple(
            path.identity for path, link in found if CREATE in (link.get("ElementEffects") or [])
        )
        return msgspec.structs.replace(trail, affected=affected, created=created)


def _end_of(answer: Answer, glimpses: Sequence[JobGlimpse], troubles: int) -> tuple[str, str]:
    """Return how a job ended as far as one answer tells, and what was wrong."""
    if answer.trouble is not None:
        return ("unreadable", str(answer.trouble)) if troubles == TRIES else ("unfinished", "")
    if answer.refusal is not None:
        if answer.refusal.status == NOT_FOUND:
            return "vanished", str(answer.refusal)
        return ("unreadable" if glimpses else "vanished"), str(answer.refusal)
    state, code = answer.value.get("JobState"), answer.value.get("ErrorCode")
    if state not in ENDED:
        return "unfinished", ""
    return ("completed" if state == COMPLETED and not code else "failed"), ""


def job_glimpse(job: Instance, seconds: float) -> JobGlimpse:
    """Return one look at a job."""
    status = job.get("OperationalStatus")
    return JobGlimpse(
        seconds=seconds,
        state=_integer(job.get("JobState")),
        operational_status=tuple(status) if isinstance(status, list) else None,
        error_code=_integer(job.get("ErrorCode")),
        error_description=str(job.get("ErrorDescription") or ""),
        percent=_integer(job.get("PercentComplete")),
    )


def glimpse_of(answer: Answer, observed: str, seconds: float) -> Glimpse:
    """Return one look at the state of a system."""
    if not answer.ok:
        return Glimpse(round(seconds, 3), text=str(answer.refusal or answer.trouble))
    value = answer.value.get(observed)
    state = _integer(value)
    return Glimpse(round(seconds, 3), state, "" if state is not None else f"{observed} {value}")


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _note(course: list[Glimpse], glimpse: Glimpse) -> None:
    if not course or (course[-1].state, course[-1].text) != (glimpse.state, glimpse.text):
        course.append(glimpse)


def _note_job(glimpses: list[JobGlimpse], glimpse: JobGlimpse) -> None:
    """Keep a look at a job when something but the time differs from the one before."""
    same = glimpses and msgspec.structs.replace(glimpse, seconds=glimpses[-1].seconds)
    if not glimpses or same != glimpses[-1]:
        glimpses.append(glimpse)


def _call_of(request: Request, outcome: Outcome, reply: MethodReply | None) -> Call:
    value = _integer(reply.return_value) if reply is not None else None
    outputs = reply.outputs if reply is not None else {}
    return Call(
        method=request.method,
        target=str(request.target),
        purpose=request.purpose,
        outcome=outcome,
        subject=request.subject.identity if request.subject is not None else "",
        arguments={each.name: as_json(each.value) for each in request.arguments},
        outputs={name: as_json(value) for name, value in outputs.items() if value is not None},
        return_value=value,
        code_known=code_known(value, request.values),
        synchronous=request.synchronous,
        asynchronous=request.asynchronous,
    )
