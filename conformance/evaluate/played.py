"""What all judging of transcripts has in common: why there is nothing to judge, and how to say it.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from conformance.cim import Exchange
from conformance.definitions.profile import ANY
from conformance.findings import Findings
from conformance.results import Observation
from conformance.transcript import Call, Transcript

MOST_EXCHANGES = 10


def stopped(transcript: Transcript) -> Findings | None:
    """Return why the check could not be played; None when it was."""
    stop = transcript.stop
    tested = transcript.tested
    error = stop.error
    if not error and tested is not None and tested.outcome.kind == "trouble":
        error = f"{tested.method}: {tested.outcome.text}"
    if not (error or stop.untested or stop.not_applicable):
        return None
    return Findings(
        not_applicable="" if error else stop.not_applicable,
        untested="" if error else stop.untested,
        error=error,
        advice=stop.advice,
        trace=trace(transcript),
        exchanges=some(e for call in reversed(transcript.calls) for e in call.exchanges),
    )


def unplayed(transcript: Transcript) -> Findings:
    """Return that the call was never made."""
    return Findings(error="the call was not made", trace=trace(transcript))


def findings(
    transcript: Transcript,
    call: Call,
    observations: tuple[Observation, ...],
    *,
    examined: int = 1,
    untested: str = "",
    error: str = "",
    more_trace: tuple[str, ...] = (),
) -> Findings:
    """Return the findings about a call, with what was decided before it and its exchanges."""
    return Findings(
        examined=0 if untested or error else examined,
        observations=tuple(_nameless(transcript, call, each) for each in observations),
        subjects=(subject(call),),
        trace=(*trace(transcript), *more_trace),
        exchanges=call.exchanges[:MOST_EXCHANGES],
        untested=untested,
        error=error,
    )


def _nameless(transcript: Transcript, call: Call, observation: Observation) -> Observation:
    """Return an observation without the names of the run's own system in expected and found.

    They differ from run to run; a waiver must know a deviation again.
    """
    names = {transcript.system}
    for reading in (call.before, call.after):
        if reading is not None and reading.system is not None:
            names |= {str(reading.system.get(key) or "") for key in ("Name", "ElementName")}
    expected, found = observation.expected, observation.found
    for name in sorted(names - {""}, key=len, reverse=True):
        expected, found = expected.replace(name, "(its name)"), found.replace(name, "(its name)")
    return msgspec.structs.replace(observation, expected=expected, found=found)


def trace(transcript: Transcript) -> tuple[str, ...]:
    """Return how conditions were decided, which other calls were made, and what was left."""
    made = ", ".join(
        f"{call.method}: {call.outcome.name}" for call in transcript.calls if call.purpose != "test"
    )
    calls = (f"other calls: {made}",) if made else ()
    left = tuple(f"left behind: {text}" for text in transcript.left)
    return (*transcript.trace, *calls, *left)


def some(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Return the first few exchanges."""
    found: list[Exchange] = []
    for exchange in exchanges:
        if len(found) == MOST_EXCHANGES:
            break
        found.append(exchange)
    return tuple(found)


def subject(call: Call) -> str:
    """Return what a call was made on."""
    return call.target


def deviation(call: Call, expected: str, found: str) -> Observation:
    """Return a deviation seen at a call."""
    arguments = ", ".join(f"{name}={value}" for name, value in call.arguments.items())
    return Observation(f"{call.method}({arguments[:200]}) on {call.target}", expected, found)


def refusals(names: Iterable[str]) -> str:
    """Return the allowed refusals in words."""
    said = [in_words(name) for name in names if name != ANY]
    return f"refused as {' or '.join(said)}" if said else "refused"


def goal_or_refusals(goal: str, allowed: Collection[str]) -> str:
    """Return what is expected of a call that may reach a goal ("": none), or be refused."""
    refusal = refusals(allowed) if allowed or not goal else ""
    return " or ".join(part for part in (goal, refusal) if part)


def in_words(name: str) -> str:
    """Return the name of an outcome in words."""
    return name.replace("_", " ")


def state(transcript: Transcript, name: str) -> str:
    """Return a state of the profile with the value that shows it."""
    value = transcript.setting.states.get(name)
    return f"{transcript.setting.observed} {value} ({name})"


def state_named(transcript: Transcript, value: object) -> str:
    """Return a value with the name of the state that it shows."""
    known = {number: name for name, number in transcript.setting.states.items()}
    name = known.get(value) if isinstance(value, int) else None
    return f"{value} ({name})" if name else str(value)


def states_seen(call: Call) -> str:
    """Return the states that were seen after a call."""
    texts = [str(g.state) if g.state is not None else g.text for g in call.course]
    return ", ".join(texts) or "not read"


def job_left(call: Call) -> str:
    """Return what became of a job that did not complete, "" otherwise."""
    if call.job is None or call.job.last is None or call.job.end == "completed":
        return ""
    return f"; its job was {call.job.end} in JobState {call.job.last.state}"


def still_running(call: Call) -> str:
    """Return that the job of a call had not ended at its deadline, "" when it had, or has none.

    A slow server is no wrong one: what its job will bring cannot be judged yet.
    """
    if call.job is None or call.job.end != "unfinished":
        return ""
    last = call.job.last
    state = f" in JobState {last.state}" if last is not None else ""
    return f"the job of {call.method} was still running at its deadline{state}; see --deadline"


def says_gone(text: str) -> bool:
    """Tell whether a text says that the system does not exist."""
    return "CIM_ERR_NOT_FOUND" in text
