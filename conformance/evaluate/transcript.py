"""Judging what was played: transitions, scenarios, and rules on every call.

Pure: a transcript holds all the evidence, so judging it again gives the same. A broken connection
is an error, never a deviation of the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cim import REJECTED
from conformance.definitions.catalogue import local_name
from conformance.definitions.profile import ANY, EveryCall, Scenario, Transition
from conformance.evaluate import played
from conformance.evaluate.added_effects import ADDED_EFFECTS
from conformance.evaluate.allocation_effects import ALLOCATION_EFFECTS
from conformance.evaluate.effects import AFTER_REFUSAL, EFFECTS, Evidence, reaches
from conformance.evaluate.expectations import expected_after, nothing_else, outputs_given
from conformance.evaluate.interfaces import judge_through
from conformance.evaluate.pool_effects import POOL_EFFECTS
from conformance.evaluate.quantity_effects import QUANTITY_EFFECTS, what_became
from conformance.evaluate.rules import RULES, Judged, title
from conformance.evaluate.stopping import judge_stop
from conformance.findings import Findings
from conformance.plan import Check
from conformance.results import Observation
from conformance.transcript import Call, Transcript, calls_of

FAILED = 1
"""CIM_ERR_FAILED: any failure, or what some servers answer for a method they do not know."""

ALL_EFFECTS = {
    **EFFECTS,
    **POOL_EFFECTS,
    **ALLOCATION_EFFECTS,
    **QUANTITY_EFFECTS,
    **ADDED_EFFECTS,
}

# -- transitions ---------------------------------------------------------------------------------


def judge_transition(check: Check, transcript: Transcript) -> Findings:
    """Judge a state change: reached or refused as the profile says.

    Raises:
        TypeError: the check is no transition.
    """
    requirement = check.requirement
    if not isinstance(requirement, Transition):
        raise TypeError(f"{check.id} is no transition")
    lost = _not_looked_up(transcript)
    if lost is not None:
        return lost
    stopped = played.stopped(transcript)
    call = transcript.tested
    if stopped is not None or call is None:
        return stopped or played.unplayed(transcript)
    if transcript.setting.facet is not None:
        return judge_through(requirement, transcript.setting.facet, transcript, call)
    if call.outcome.refused:
        return _refused_transition(requirement, transcript, call)
    if not requirement.to:
        return _accepted_though_illegal(requirement, transcript, call)
    return _accepted_transition(requirement, transcript, call)


def _not_looked_up(transcript: Transcript) -> Findings | None:
    """Return what is wrong with a query that looked the system up, None when it found it."""
    query = next((call for call in transcript.calls if call.purpose == "lookup"), None)
    if query is None or query.named["found"] == (query.subject,):
        return None
    if query.outcome.kind == "trouble":
        return played.findings(transcript, query, (), error=query.outcome.text)
    number = len(query.named["found"])
    found = query.outcome.text if query.outcome.refused or number != 1 else "another instance"
    expected = "the query finds the system, and nothing else"
    return played.findings(transcript, query, (played.deviation(query, expected, found),))


def _refused_transition(requirement: Transition, transcript: Transcript, call: Call) -> Findings:
    allowed = requirement.refused
    if call.outcome.name not in allowed:
        if requirement.needs == "guest" and requirement.to:
            reason = f"it needs a guest system, and was refused: {call.outcome.text}"
            return played.findings(transcript, call, (), untested=reason)
        goal = f"{played.state(transcript, requirement.to)}" if requirement.to else ""
        expected = played.goal_or_refusals(goal, allowed)
        return played.findings(
            transcript, call, (played.deviation(call, expected, call.outcome.text),)
        )
    return played.findings(transcript, call, tuple(_moved_by_refusal(transcript, call)))


def _moved_by_refusal(transcript: Transcript, call: Call) -> Iterator[Observation]:
    """Yield a deviation when a refused request changed the state all the same."""
    observed = transcript.setting.observed
    if call.before is None or call.after is None or call.before.system is None:
        return
    before = call.before.system.get(observed)
    after = call.after.system.get(observed) if call.after.system is not None else None
    if call.after.system is None and not call.after.gone:
        return
    if before != after:
        expected = f"{observed} still {played.state_named(transcript, before)} after the refusal"
        found = "the system is gone" if call.after.gone else played.state_named(transcript, after)
        yield played.deviation(call, expected, found)


def _accepted_though_illegal(
    requirement: Transition, transcript: Transcript, call: Call
) -> Findings:
    seen = f"{transcript.setting.observed} then: {played.states_seen(call)}"
    found = f"accepted: {call.outcome.text}; {seen}"
    expected = played.refusals(requirement.refused)
    return played.findings(transcript, call, (played.deviation(call, expected, found),))


def _accepted_transition(requirement: Transition, transcript: Transcript, call: Call) -> Findings:
    target = transcript.setting.states.get(requirement.to)
    if not call.course or call.course[-1].state != target:
        return _not_reached(requirement, transcript, call)
    stuck = tuple(_not_moved(requirement, call))
    if stuck and requirement.needs == "guest":
        reason = f"it needs a guest system, and {stuck[0].found}"
        return played.findings(transcript, call, (), untested=reason)
    return played.findings(transcript, call, stuck, examined=_examined_moves(requirement, call))


def _not_reached(requirement: Transition, transcript: Transcript, call: Call) -> Findings:
    last = call.course[-1] if call.course else None
    if last is None or (last.state is None and not played.says_gone(last.text)):
        reason = f"the state could not be read: {last.text if last else 'no answer'}"
        return played.findings(transcript, call, (), error=reason)
    deadline = f"{transcript.setting.deadline:g} s"
    state = played.state_named(transcript, last.state) if last.state is not None else last.text
    if requirement.needs == "guest" and not _astray(requirement, transcript, last.state):
        reason = f"it needs a guest system, and after {deadline} the state was {state}"
        return played.findings(transcript, call, (), untested=reason)
    if played.still_running(call):
        return played.findings(transcript, call, (), untested=played.still_running(call))
    expected = f"{played.state(transcript, requirement.to)} within {deadline}"
    found = f"{state} after: {played.states_seen(call)}{played.job_left(call)}"
    return played.findings(transcript, call, (played.deviation(call, expected, found),))


def _astray(requirement: Transition, transcript: Transcript, state: int | None) -> bool:
    """Tell whether a system came to rest elsewhere: no guest system that is idle does that."""
    setting = transcript.setting
    return state in setting.stable and state != setting.states.get(requirement.from_)


def _not_moved(requirement: Transition, call: Call) -> Iterator[Observation]:
    for name, before, after in _moves(requirement, call):
        if before == after:
            expected = f"another {name} than before"
            yield Observation(played.subject(call), expected, f"{name} is still {after}")


def _moves(requirement: Transition, call: Call) -> Iterator[tuple[str, object, object]]:
    """Yield the properties that should have moved and had a value, with both values."""
    before = call.before.system if call.before is not None else None
    after = call.after.system if call.after is not None else None
    for name in requirement.moves:
        if before is not None and after is not None and before.get(name) is not None:
            yield name, before.get(name), after.get(name)


def _examined_moves(requirement: Transition, call: Call) -> int:
    """Return how much was examined: nothing, when the properties to move had no value."""
    return len(list(_moves(requirement, call))) if requirement.moves else 1


# -- scenarios -----------------------------------------------------------------------------------


def judge_scenario(check: Check, transcript: Transcript) -> Findings:
    """Judge a method call: its outcome, unless another check does, and its effects.

    Raises:
        TypeError: the check is no scenario.
    """
    requirement = check.requirement
    if not isinstance(requirement, Scenario):
        raise TypeError(f"{check.id} is no scenario")
    if ANY in requirement.refused:
        transcript = _with_rejections(transcript)
    stopped = played.stopped(transcript)
    call = transcript.tested
    if stopped is not None or call is None:
        return stopped or played.unplayed(transcript)
    if requirement.stops is not None:
        return judge_stop(transcript, call)
    if requirement.follows and call.outcome.refused:
        reason = f"the call was refused: {call.outcome.text}"
        return played.findings(transcript, call, (), untested=reason)
    if requirement.follows and requirement.to:
        astray = reaches(Evidence(transcript, call), requirement.to).observations
        if astray:
            reason = f"the state {requirement.to} was not reached: {astray[0].found}"
            return played.findings(transcript, call, (), untested=reason)
    if _is_unproven(requirement, call):
        reason = f"a refusal that leaves it open what the server can do: {call.outcome.text}"
        return played.findings(transcript, call, (), untested=reason)
    wrong = () if requirement.follows else tuple(_wrong_outcome(requirement, call))
    if wrong:
        return played.findings(transcript, call, wrong)
    return _effects(requirement, transcript, call)


def _with_rejections(transcript: Transcript) -> Transcript:
    """Return a transcript in which a call that the server takes for no valid one is refused.

    A server may find what is wrong with a call before any provider does (DSP0200, clause 6).
    """
    calls = tuple(
        msgspec.structs.replace(call, outcome=msgspec.structs.replace(call.outcome, kind="refused"))
        if (call.purpose, call.outcome.kind, call.outcome.name) == ("test", "trouble", REJECTED)
        else call
        for call in transcript.calls
    )
    return msgspec.structs.replace(transcript, calls=calls)


def _is_unproven(requirement: Scenario, call: Call) -> bool:
    """Tell whether a refusal says nothing; CIM_ERR_FAILED is a failure where those are named."""
    outcome = call.outcome
    failed = outcome.status == FAILED and "failed" in requirement.unproven
    listed = {outcome.name, ANY} & set(requirement.unproven)
    return outcome.refused and (failed or bool(listed))


def _wrong_outcome(requirement: Scenario, call: Call) -> Iterator[Observation]:
    allowed = played.refusals(requirement.refused) if requirement.refused else ""
    outcome = call.outcome
    if outcome.accepted and not requirement.accepted:
        told = what_became(requirement.wrong, call)
        yield played.deviation(call, allowed, f"accepted: {outcome.text}{told}")
    if outcome.refused and not {outcome.name, ANY} & set(requirement.refused):
        wanted = " or ".join(p for p in ("accepted" * requirement.accepted, allowed) if p)
        yield played.deviation(
            call, wanted, f"refused as {played.in_words(outcome.name)}: {outcome.text}"
        )


def _effects(requirement: Scenario, transcript: Transcript, call: Call) -> Findings:
    """Judge the effects that belong to the outcome: some follow success, some a refusal."""
    evidence = Evidence(transcript, call)
    chosen = [
        name for name in requirement.effects if (name in AFTER_REFUSAL) is call.outcome.refused
    ]
    observations: list[Observation] = []
    examined = 0 if requirement.follows else 1
    trace: list[str] = []
    for name, seen in _judged(requirement, evidence, chosen):
        if seen.error and not played.still_running(call):
            return played.findings(transcript, call, tuple(observations), error=seen.error)
        observations += seen.observations
        examined += seen.examined
        trace += [f"{name}: {seen.nothing}"] if seen.nothing else []
    if observations and played.still_running(call):
        return played.findings(transcript, call, (), untested=played.still_running(call))
    return played.findings(
        transcript, call, tuple(observations), examined=examined, more_trace=tuple(trace)
    )


def _judged(
    requirement: Scenario, evidence: Evidence, effects: Iterable[str]
) -> Iterator[tuple[str, Judged]]:
    """Yield each thing that the scenario asks to verify with what was seen of it."""
    for name in effects:
        yield name, evidence.as_far_as_read(ALL_EFFECTS[name](evidence))
    if evidence.call.outcome.refused:
        return
    if requirement.told or requirement.outputs:
        yield "outputs", outputs_given(requirement, evidence.call)
    if requirement.to:
        yield f"state {requirement.to}", reaches(evidence, requirement.to)
    if requirement.after:
        yield "after", expected_after(requirement, evidence.transcript, evidence.call)
    if requirement.changes is not None:
        yield "changes", nothing_else(requirement, evidence.call)


# -- rules on every call ---------------------------------------------------------------------------


def judge_every_call(check: Check, transcripts: Sequence[Transcript]) -> Findings:
    """Judge a rule on every call of some methods, whatever they were made for.

    Raises:
        TypeError: the check is no rule on every call.
    """
    requirement = check.requirement
    if not isinstance(requirement, EveryCall):
        raise TypeError(f"{check.id} is no rule on every call")
    chosen = list(_chosen(requirement, _unique(transcripts)))
    judged = RULES[requirement.rule](chosen)
    shown = tuple(observation.subject for observation in judged.observations)
    deviating = [
        call
        for transcript, call in chosen
        if any(subject.startswith(title(transcript, call)) for subject in shown)
    ]
    trace = (
        f"calls of {', '.join(requirement.of)} with outcome {requirement.outcome or 'any'}: "
        f"{len(chosen)}",
    )
    return Findings(
        examined=judged.examined,
        observations=judged.observations,
        subjects=tuple(dict.fromkeys(played.subject(call) for _, call in chosen))[:5],
        trace=trace,
        exchanges=played.some(exchange for call in deviating for exchange in call.exchanges),
    )


def _unique(transcripts: Iterable[Transcript]) -> list[Transcript]:
    """Return each transcript once: several checks may share one."""
    return list({transcript.check: transcript for transcript in transcripts}.values())


def _chosen(
    requirement: EveryCall, transcripts: Iterable[Transcript]
) -> Iterator[tuple[Transcript, Call]]:
    methods = {local_name(name).lower() for name in requirement.of}
    for transcript, call in calls_of(transcripts):
        if call.method.lower() in methods and _has_outcome(requirement.outcome, call):
            yield transcript, call


def _has_outcome(wanted: str, call: Call) -> bool:
    if call.outcome.kind == "trouble":
        return False
    if wanted == "job":
        return call.job is not None
    return not wanted or call.outcome.kind == wanted
