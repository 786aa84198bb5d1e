"""Rules that hold for every call of a method, over all that was played.

Pure. One function a rule; each takes the calls it is about and says what it examined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.evaluate.interface_rules import INTERFACE_RULES
from conformance.evaluate.job_end_rules import JOB_END_RULES
from conformance.evaluate.job_rules import JOB_RULES
from conformance.evaluate.judged import Calls, Judged, title
from conformance.evaluate.words import show
from conformance.results import Observation
from conformance.transcript import Call, JobGlimpse, Reading, Seen, Transcript

NOT_APPLICABLE = 12
UNTRACKED = frozenset({0, 5})
COMPLETED, OK = 17, 2
JOB_COMPLETED = 7
STARTED = 4096

__all__ = ["RULES", "Judged", "differences", "title"]


def requested_state_follows(calls: Calls) -> Judged:
    """RequestedState is the value last requested, or Null or 12 where it is not tracked.

    A server that always shows 0 or 5 does not track it either, and should say 12.
    """
    pairs = list(_requested_and_shown(calls))
    shown = {value for *_, value in pairs}
    if pairs and shown <= UNTRACKED:
        transcript, call, _, value = pairs[0]
        expected = "RequestedState as requested, or 12 (Not Applicable) where it is not tracked"
        found = f"always {value}"
        warning = Observation(title(transcript, call), expected, found, "warn")
        return Judged(len(pairs), (warning,))
    observations = tuple(
        Observation(title(transcript, call), f"RequestedState {wanted}, as requested", f"{value}")
        for transcript, call, wanted, value in pairs
        if value not in (wanted, None, NOT_APPLICABLE)
    )
    return Judged(len(pairs), observations)


def _requested_and_shown(calls: Calls) -> Iterator[tuple[Transcript, Call, Any, Any]]:
    for transcript, call in calls:
        wanted = next((v for k, v in call.arguments.items() if k.lower() == "requestedstate"), None)
        if isinstance(wanted, int) and call.after is not None and call.after.system is not None:
            yield transcript, call, wanted, call.after.system.get("RequestedState")


def refusal_changes_nothing(calls: Calls) -> Judged:
    """A refused request leaves state, time of the last change and settings as they were.

    RequestedState is the last requested or desired state, however it was requested: that a
    refused request shows there is a warning.
    """
    examined = 0
    observations: list[Observation] = []
    for transcript, call in calls:
        if _comparable(call.before, call.after):
            examined += 1
            observations += differences(transcript, call)
    return Judged(examined, tuple(observations))


def _comparable(before: Reading | None, after: Reading | None) -> bool:
    if before is None or after is None or before.system is None:
        return False
    return after.system is not None or after.gone


def differences(transcript: Transcript, call: Call) -> Iterator[Observation]:
    """Yield what a refused call changed in the system and its settings."""
    before, after = call.before, call.after
    if before is None or after is None or before.system is None:
        return
    subject = title(transcript, call)
    if after.system is None:
        yield Observation(subject, "the system as it was before the refused request", "it is gone")
        return
    for name in (transcript.setting.observed, "TimeOfLastStateChange"):
        yield from _changed(subject, name, before.system, after.system)
    yield from _changed(subject, "RequestedState", before.system, after.system, "warn")
    yield from _changed_settings(subject, before, after)


def _changed(
    subject: str, name: str, before: Seen, after: Seen, severity: str = "fail"
) -> Iterator[Observation]:
    """Yield a property that differs; its values stand in the subject, as they differ each time."""
    one, other = before.get(name), after.get(name)
    if one != other:
        expected = f"{name} as before the refused request"
        where = f"{subject}: {name} was {show(one)}, is {show(other)}"
        yield Observation(where, expected, "another value", severity)


def _changed_settings(subject: str, before: Reading, after: Reading) -> Iterator[Observation]:
    were, now = _by_identity(before), _by_identity(after)
    if before.problems or after.problems:
        return
    for identity in were.keys() - now.keys():
        where = f"{subject}: {were[identity].path}"
        yield Observation(where, "settings as before the refused request", "they are gone")
    for identity in now.keys() - were.keys():
        where = f"{subject}: {now[identity].path}"
        yield Observation(where, "settings as before the refused request", "new ones")
    for identity in were.keys() & now.keys():
        one, other = were[identity], now[identity]
        for name in dict.fromkeys((*one.values, *other.values)):
            yield from _changed(f"{subject}: {one.path}", name, one, other)


def _by_identity(reading: Reading) -> dict[str, Seen]:
    """Return the settings of a system; devices may change by themselves."""
    groups = reading.related.items()
    return {s.identity: s for name, group in groups if name != "Device" for s in group}


def job_names_system(calls: Calls) -> Judged:
    """The job of a call on a system has that system as affected element."""
    examined = 0
    observations: list[Observation] = []
    for transcript, call in calls:
        job = call.job
        if job is None or not call.subject or not job.resolves:
            continue
        if job.affected is None and "CIM_ERR" not in job.affected_problem:
            continue
        examined += 1
        if call.subject not in (job.affected or ()):
            expected = "CIM_AffectedJobElement from the job to the system"
            found = job.affected_problem or f"{len(job.affected or ())} other elements"
            subject = f"{title(transcript, call)}: {job.path}"
            observations.append(Observation(subject, expected, found))
    return Judged(examined, tuple(observations))


def job_completes(calls: Calls) -> Judged:
    """The job of an accepted call ends in JobState 7 with ErrorCode 0 or Null, and says so.

    OperationalStatus then holds Completed and OK; a job without one is a warning. A job that was
    still running at its deadline is not judged.
    """
    return _completions(calls, status=True)


def job_ends_well(calls: Calls) -> Judged:
    """The job of an accepted call ends in JobState 7 with ErrorCode 0 or Null.

    Its OperationalStatus is not looked at.
    """
    return _completions(calls, status=False)


def _completions(calls: Calls, *, status: bool) -> Judged:
    examined = 0
    observations: list[Observation] = []
    for transcript, call in calls:
        job = call.job
        if job is None or job.last is None or job.end not in ("completed", "failed"):
            continue
        if job.end == "failed" and job.last.state != JOB_COMPLETED:
            continue
        examined += 1
        subject = title(transcript, call)
        if job.end != "completed":
            observations.append(_in_error(subject, job.last))
        elif status:
            observations += _status_of(subject, job.last.operational_status)
    return Judged(examined, tuple(observations))


def _in_error(subject: str, last: JobGlimpse) -> Observation:
    code = f"ErrorCode {last.error_code} {last.error_description}".strip()
    return Observation(subject, "JobState 7 (Completed) with ErrorCode 0 or NULL", code)


def _status_of(subject: str, status: tuple[int, ...] | None) -> Iterator[Observation]:
    expected = "OperationalStatus of a completed job with 17 (Completed) and 2 (OK)"
    if status is None:
        yield Observation(subject, expected, "NULL", "warn")
    elif not {COMPLETED, OK} <= set(status):
        yield Observation(subject, expected, show(status))


def job_output_agrees(calls: Calls) -> Judged:
    """Return value 4096 comes with a job that can be read, 0 without one.

    A job beside 0 is a warning: it is followed all the same.
    """
    examined = 0
    observations: list[Observation] = []
    for transcript, call in calls:
        if call.return_value not in (0, STARTED):
            continue
        examined += 1
        subject, job = title(transcript, call), call.job
        if call.return_value == 0 and job is not None:
            expected = "no Job with return value 0"
            observations.append(Observation(subject, expected, "a Job", "warn"))
        elif call.return_value == STARTED and job is None:
            observations.append(Observation(subject, "a Job with return value 4096", "NULL"))
        elif call.return_value == STARTED and job is not None and job.end != "unreadable":
            observations += _unresolved(subject, call)
    return Judged(examined, tuple(observations))


def _unresolved(subject: str, call: Call) -> Iterator[Observation]:
    if call.job is not None and not call.job.resolves:
        where = f"{subject}: {call.job.path}"
        yield Observation(where, "a job that can be read", "CIM_ERR_NOT_FOUND")


def return_in_value_map(calls: Calls) -> Judged:
    """A return value is in the method's value map and not reserved there."""
    known = [(t, c) for t, c in calls if c.code_known]
    observations = tuple(
        Observation(
            title(transcript, call),
            f"a return value that the schema lists for {call.method}",
            f"{call.return_value}, which is {_reserved(call.code_known)}",
        )
        for transcript, call in known
        if call.code_known != "known"
    )
    return Judged(len(known), observations)


def _reserved(known: str) -> str:
    return "reserved" if known == "reserved" else "not in the value map"


def sync_as_offered(calls: Calls) -> Judged:
    """A method offered only with a job always starts one, one offered only without never does."""
    examined = 0
    observations: list[Observation] = []
    for transcript, call in calls:
        if call.return_value not in (0, STARTED) or call.synchronous is None:
            continue
        examined += 1
        found = f"return value {call.return_value}"
        subject = title(transcript, call)
        if call.return_value == STARTED and call.synchronous and not call.asynchronous:
            expected = "no job: the method is offered as synchronous only"
            observations.append(Observation(subject, expected, found, "warn"))
        if call.return_value == 0 and call.asynchronous and not call.synchronous:
            expected = "a job: the method is offered as asynchronous only"
            observations.append(Observation(subject, expected, found, "warn"))
    return Judged(examined, tuple(observations))


RULES: dict[str, Callable[[Calls], Judged]] = {
    "requested-state-follows": requested_state_follows,
    "refusal-changes-nothing": refusal_changes_nothing,
    "job-names-system": job_names_system,
    "job-completes": job_completes,
    "job-ends-well": job_ends_well,
    "return-in-value-map": return_in_value_map,
    "job-output-agrees": job_output_agrees,
    "sync-as-offered": sync_as_offered,
    **JOB_RULES,
    **JOB_END_RULES,
    **INTERFACE_RULES,
}
"""Rules by the names that profile definitions use."""
