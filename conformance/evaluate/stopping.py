"""Judging what became of a job that was asked to terminate while it went on (DSP1103).

Pure. A server need not be able to stop its jobs, and a job may be over before the request comes:
only what the server has said is held against what the job did then.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.evaluate import played
from conformance.evaluate.job_rules import ENDS, STATES
from conformance.findings import Findings
from conformance.results import Observation
from conformance.transcript import Call, JobAsk, JobTrail, Transcript

SHUTTING_DOWN, COMPLETED, TERMINATED, KILLED, EXCEPTION = 6, 7, 8, 9, 10
GOING_ON = frozenset({2, 3, 4, 5, 12})
DONE = "done"


def judge_stop(transcript: Transcript, call: Call) -> Findings:
    """Judge a request to terminate a job: as Terminated it ends, or it cannot be stopped."""
    job = call.job
    if job is None:
        return _without_job(transcript, call)
    ask = next((each for each in job.asks if each.before not in ENDS), None)
    if ask is None:
        reason = f"the job could not be asked before its end: it was {job.end}{_last(job)}"
        return played.findings(transcript, call, (), untested=reason)
    if ask.outcome.kind == "trouble":
        return played.findings(transcript, call, (), error=ask.outcome.text)
    if ask.outcome.name == "not_supported":
        reason = f"its jobs cannot be asked for another state: {ask.outcome.text}"
        return Findings(not_applicable=reason, trace=played.trace(transcript))
    untested = _open(job, ask)
    if untested:
        return played.findings(transcript, call, (), untested=untested)
    return played.findings(transcript, call, tuple(_deviations(call, job, ask)))


def _without_job(transcript: Transcript, call: Call) -> Findings:
    if call.outcome.refused:
        reason = f"{call.method} was refused: {call.outcome.text}"
        return played.findings(transcript, call, (), untested=reason)
    reason = f"{call.method} started no job: {call.outcome.text}"
    return Findings(not_applicable=reason, trace=played.trace(transcript))


def _open(job: JobTrail, ask: JobAsk) -> str:
    """Return why nothing can be said, "" when something can."""
    state = job.last.state if job.last is not None else None
    seen = _states_since(job, ask)
    if ask.outcome.refused:
        late = ask.after in ENDS - {TERMINATED, KILLED}
        return f"the job was over when it was asked: JobState {ask.after}" if late else ""
    if job.end in ("vanished", "unreadable"):
        return f"the end of the job could not be seen: {job.problem}"
    kept = ask.outcome.name == DONE and set(seen) & GOING_ON
    if job.end == "unfinished" and (state not in GOING_ON or not kept):
        return f"the job was still in JobState {state} at its deadline; see --deadline"
    if state == COMPLETED and not set(seen) & GOING_ON:
        return "the job was completed when it had been asked"
    return ""


def _deviations(call: Call, job: JobTrail, ask: JobAsk) -> Iterator[Observation]:
    state = job.last.state if job.last is not None else None
    said = f"RequestedState {ask.requested}: {ask.outcome.text}"
    if ask.outcome.refused:
        if state in (TERMINATED, KILLED):
            expected = "a job that goes on when it refuses to stop"
            yield played.deviation(call, expected, f"{_named(state)} after {said}")
        return
    if state == TERMINATED:
        return
    sure = ask.outcome.name == DONE and state != EXCEPTION
    found = f"{said}; JobState then: {', '.join(map(str, _states_since(job, ask)))}"
    observation = played.deviation(call, _named(TERMINATED), found)
    yield (
        observation
        if sure
        else Observation(observation.subject, observation.expected, observation.found, "warn")
    )


def _states_since(job: JobTrail, ask: JobAsk) -> list[int]:
    later = [look.state for look in job.glimpses if look.seconds > ask.seconds]
    states = [each for each in (ask.after, *later) if each is not None]
    return [each for n, each in enumerate(states) if n == 0 or states[n - 1] != each]


def _named(state: int | None) -> str:
    return f"JobState {state} ({STATES.get(state or 0, 'unknown')})"


def _last(job: JobTrail) -> str:
    return f" in {_named(job.last.state)}" if job.last is not None else ""
