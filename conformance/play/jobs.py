"""Following a job from the call that started it to its end (CIM_ConcreteJob, DSP1103)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.cim import Answer, Exchange, Instance, Malformed, MethodReply, Path
from conformance.play.guard import Reader
from conformance.play.outcome import outcome_of
from conformance.play.polling import Clock
from conformance.transcript import JobAsk, JobGlimpse, JobTrail

NOT_FOUND = 6
COMPLETED, EXCEPTION = 7, 10
OK, SAYS_COMPLETED = 2, 17
ENDED = frozenset({7, 8, 9, 10})
CREATE = 5
TRIES = 3
MAX_GLIMPSES = 200

AFFECTED = "CIM_AffectedJobElement"
"""Association from a job to what it affects."""

GOING_ON = frozenset({2, 3, 4, 5, 6, 12})
OUTPUT, RETURN_VALUE = "JobOutParameters", "__ReturnValue"

OWNING = "CIM_OwningJobElement"
"""Association from a job to the element that runs it."""

SHOWN = ("InstanceID", "Name", "JobState", "TimeBeforeRemoval")
"""Properties that every job shows."""

GET_ERRORS = "GetErrors"
"""Method of a job that changes nothing: it gives the errors of a job that failed."""


@dataclass(slots=True)
class Following:
    """A job while it is followed.

    `affected` are the elements at CIM_AffectedJobElement (None: not readable), `created` those
    that the job created; a later answer never loses what an earlier one told.
    """

    job: Path
    glimpses: list[JobGlimpse] = field(default_factory=list)
    affected: list[Path] | None = None
    created: list[Path] = field(default_factory=list)
    affected_problem: str = ""
    end: str = "unfinished"
    problem: str = ""
    later: JobGlimpse | None = None
    later_problem: str = ""
    errors: int | None = None
    errors_problem: str = ""
    asks: list[JobAsk] = field(default_factory=list)
    unset: tuple[str, ...] = ()
    owners: int | None = None
    output_early: bool = False
    returned: bool | None = None
    stays: bool = False
    deleted: bool | None = None
    deletion: str = ""
    troubles: int = 0
    exchange: Exchange | None = None

    @property
    def ended(self) -> bool:
        """Tell whether the job was seen to come to its end."""
        return self.end in ("completed", "failed")

    @property
    def state(self) -> int | None:
        """Return the state that the job was seen in last, None where it shows none."""
        return self.glimpses[-1].state if self.glimpses else None

    def trail(self) -> JobTrail:
        """Return the job as the transcript keeps it."""
        affected = None if self.affected is None else tuple(p.identity for p in self.affected)
        return JobTrail(
            path=str(self.job),
            end=self.end,
            glimpses=tuple(self.glimpses),
            affected=affected,
            created=tuple(path.identity for path in self.created),
            affected_problem=self.affected_problem,
            problem=self.problem,
            later=self.later,
            later_problem=self.later_problem,
            errors=self.errors,
            errors_problem=self.errors_problem,
            asks=tuple(self.asks),
            unset=self.unset,
            owners=self.owners,
            output_early=self.output_early,
            returned=self.returned,
            deleted=self.deleted,
            deletion=self.deletion,
        )


def follow(
    reader: Reader,
    clock: Clock,
    job: Path,
    deadline: float,
    look: Callable[[Following, float], None],
) -> Following:
    """Poll a job to its end or for `deadline` seconds; `look` is called with each poll.

    `look` gets what is known of the job and the seconds since the first poll.
    """
    following = Following(job)
    start = clock.now()
    for passed in clock.looks(deadline):
        answer = reader.get_instance(job)
        following.exchange = answer.exchange
        take(following, answer, passed)
        if answer.ok and following.affected is None:
            _ask_affected(following, reader)
        look(following, passed)
        if following.end != "unfinished":
            break
    if following.ended:
        _ask_affected(following, reader)
        _look_later(following, reader, clock.now() - start)
    return following


def take(following: Following, answer: Answer, passed: float) -> None:
    """Take in one look at a job."""
    following.troubles = following.troubles + 1 if answer.trouble is not None else 0
    if answer.trouble is not None:
        if following.troubles == TRIES:
            following.end, following.problem = "unreadable", str(answer.trouble)
        return
    if answer.refusal is not None:
        known = answer.refusal.status == NOT_FOUND or not following.glimpses
        following.end = "vanished" if known else "unreadable"
        following.problem = str(answer.refusal)
        return
    job = answer.value
    if not following.glimpses:
        following.unset = tuple(name for name in SHOWN if job.get(name) is None)
    _note(following.glimpses, glimpse_of(job, passed))
    state = ended_in(job)
    _note_output(following, job, state)
    following.stays = job.get("DeleteOnCompletion") is False
    if state in ENDED:
        well = state == COMPLETED and not job.get("ErrorCode")
        following.end = "completed" if well else "failed"


def _note_output(following: Following, job: Instance, state: int | None) -> None:
    """Note what a job shows of its output parameters: an embedded instance, or that as text."""
    shown = job.get(OUTPUT)
    if shown is None or isinstance(shown, Malformed):
        return
    if state in GOING_ON:
        following.output_early = True
    elif state == COMPLETED:
        embedded = isinstance(shown, Instance)
        following.returned = (
            shown.get(RETURN_VALUE) is not None if embedded else RETURN_VALUE in str(shown)
        )


def ended_in(job: Instance) -> int | None:
    """Return the state of a job; where it shows none, the one that its status tells.

    Without a JobState, OperationalStatus has Completed (17) beside OK (2) or another value.
    """
    state, status = integer(job.get("JobState")), job.get("OperationalStatus")
    if state is not None or not isinstance(status, list) or SAYS_COMPLETED not in status:
        return state
    return COMPLETED if OK in status else EXCEPTION


def _ask_affected(following: Following, reader: Reader) -> None:
    answer = reader.references(following.job, AFFECTED)
    if not answer.ok:
        if following.affected is None:
            following.affected_problem = str(answer.refusal or answer.trouble)
        return
    ends = [(link.get("AffectedElement"), link) for link in answer.value]
    found = [(path, link) for path, link in ends if isinstance(path, Path)]
    if following.affected and not found:
        return
    following.affected = [path for path, _ in found]
    following.created = [
        path for path, link in found if CREATE in (link.get("ElementEffects") or [])
    ]


def _look_later(following: Following, reader: Reader, passed: float) -> None:
    """Look at a job once more: it must outlast its end (CIM_ConcreteJob.TimeBeforeRemoval)."""
    answer = reader.get_instance(following.job)
    if answer.ok:
        following.later = glimpse_of(answer.value, passed)
    elif answer.refusal is not None:
        following.later_problem = str(answer.refusal)


def ask_owners(following: Following, reader: Reader) -> None:
    """Ask which elements a job belongs to."""
    answer = reader.references(following.job, OWNING)
    if answer.ok:
        owned = (link.get("OwnedElement") for link in answer.value)
        own = following.job.identity
        following.owners = sum(isinstance(one, Path) and one.identity == own for one in owned)


def note_errors(following: Following, answer: Answer) -> None:
    """Take in the answer to GetErrors; a server need not support it."""
    outcome = outcome_of(answer, {"done": 0, "not_supported": 1})
    if outcome.accepted and isinstance(answer.value, MethodReply):
        errors = answer.value.output("Errors")
        given = errors if isinstance(errors, list) else [errors]
        following.errors = len([each for each in given if each is not None])
    elif outcome.refused and outcome.name != "not_supported":
        following.errors_problem = outcome.text


def glimpse_of(job: Instance, seconds: float) -> JobGlimpse:
    """Return one look at a job."""
    status = job.get("OperationalStatus")
    return JobGlimpse(
        seconds=round(seconds, 3),
        state=integer(job.get("JobState")),
        operational_status=tuple(status) if isinstance(status, list) else None,
        error_code=integer(job.get("ErrorCode")),
        error_description=str(job.get("ErrorDescription") or ""),
        percent=integer(job.get("PercentComplete")),
    )


def _note(glimpses: list[JobGlimpse], glimpse: JobGlimpse) -> None:
    """Keep a look when something but the time differs from the one before."""
    if glimpses and _content(glimpses[-1]) == _content(glimpse):
        return
    if len(glimpses) == MAX_GLIMPSES:
        glimpses.pop()
    glimpses.append(glimpse)


def _content(glimpse: JobGlimpse) -> tuple[object, ...]:
    return (
        glimpse.state,
        glimpse.operational_status,
        glimpse.error_code,
        glimpse.error_description,
        glimpse.percent,
    )


def integer(value: object) -> int | None:
    """Return a value that is an integer, None for any other."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
