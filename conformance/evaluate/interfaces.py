"""Judging transitions that were requested through an interface of a service (DSP1027).

Pure. What must be reached is what the interface shows; whether the system itself tells the same
is a rule on all these calls.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.definitions.profile import Transition
from conformance.evaluate import played
from conformance.evaluate.rules import differences, title
from conformance.evaluate.words import show
from conformance.findings import Findings
from conformance.results import Observation
from conformance.transcript import Call, Facet, Reading, Transcript


def judge_through(
    requirement: Transition, facet: Facet, transcript: Transcript, call: Call
) -> Findings:
    """Judge a state change that was requested through an interface."""
    if call.outcome.refused:
        return _refused(requirement, facet, transcript, call)
    if not requirement.to:
        seen = f"{facet.observed} then: {show(_value(call.after, facet))}"
        found = f"accepted: {call.outcome.text}; {seen}"
        expected = played.refusals(requirement.refused)
        return played.findings(transcript, call, (played.deviation(call, expected, found),))
    return _accepted(requirement, facet, transcript, call)


def _refused(requirement: Transition, facet: Facet, transcript: Transcript, call: Call) -> Findings:
    allowed = requirement.refused
    if call.outcome.name not in allowed:
        if requirement.needs == "guest":
            reason = f"it needs a guest system, and was refused: {call.outcome.text}"
            return played.findings(transcript, call, (), untested=reason)
        goal = _goal(requirement, facet) if requirement.to else ""
        expected = played.goal_or_refusals(goal, allowed)
        wrong = played.deviation(call, expected, f"refused: {call.outcome.text}")
        return played.findings(transcript, call, (wrong,))
    unread = _unread(call)
    if unread:
        return played.findings(transcript, call, (), error=unread)
    moved = (*differences(transcript, call), *_moved(facet, transcript, call))
    return played.findings(transcript, call, moved)


def _moved(facet: Facet, transcript: Transcript, call: Call) -> Iterator[Observation]:
    """Yield what a refused request changed of what the interface shows."""
    for name, severity in ((facet.observed, "fail"), (facet.requested, "warn")):
        was, now = _shown(call.before, facet, name), _shown(call.after, facet, name)
        if was != now:
            where = f"{title(transcript, call)}: {name} was {show(was)}, is {show(now)}"
            expected = f"{name} as before the refused request"
            yield Observation(where, expected, "another value", severity)


def _accepted(
    requirement: Transition, facet: Facet, transcript: Transcript, call: Call
) -> Findings:
    unread = _unread(call)
    if unread:
        return played.findings(transcript, call, (), error=unread)
    value = _value(call.after, facet)
    if value in facet.agreeing.get(requirement.to, ()):
        return played.findings(transcript, call, ())
    if value is None and _value(call.before, facet) is None:
        reason = f"{facet.observed} is NULL before and after the request"
        return played.findings(transcript, call, (), untested=reason)
    if requirement.needs == "guest" and value in facet.agreeing.get(requirement.from_, ()):
        reason = f"it needs a guest system, and {facet.observed} is still {value}"
        return played.findings(transcript, call, (), untested=reason)
    seconds = f"{transcript.setting.deadline:g} s"
    states = f"{transcript.setting.observed} meanwhile: {played.states_seen(call)}"
    found = f"{show(value)}; {states}{played.job_left(call)}"
    wrong = played.deviation(call, f"{_goal(requirement, facet)} within {seconds}", found)
    return played.findings(transcript, call, (wrong,))


def _goal(requirement: Transition, facet: Facet) -> str:
    values = " or ".join(map(str, facet.agreeing.get(requirement.to, ())))
    return f"{facet.observed} {values} ({requirement.to})"


def _unread(call: Call) -> str:
    """Return why what there is after a call cannot be judged, "" when it can."""
    after = call.after or Reading()
    if after.gone:
        return ""
    if after.problems:
        return f"not everything could be read: {after.problems[0]}"
    return "" if after.system is not None else f"the system could not be read: {after.missing}"


def _value(reading: Reading | None, facet: Facet) -> object:
    return _shown(reading, facet, facet.observed)


def _shown(reading: Reading | None, facet: Facet, name: str) -> object:
    found = reading.links.get(facet.link, ()) if reading is not None else ()
    return found[0].get(name) if found else None
