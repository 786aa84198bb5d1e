"""Judging ModifyInstance on the name to show of a system of the run's own (DSP1052). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.definitions.profile import Renaming
from conformance.evaluate import played
from conformance.evaluate.expectations import nothing_but, nothing_changed
from conformance.findings import Findings
from conformance.results import Observation
from conformance.transcript import Call, Transcript

ELEMENT_NAME = "ElementName"
ALONG = frozenset({"elementname", "caption", "description"})
"""What may be made of the name: of the system, and of its settings."""


def judge_renaming(requirement: Renaming, transcript: Transcript) -> Findings:
    """Judge an attempt to give a system another name."""
    stopped, call = played.stopped(transcript), transcript.tested
    if stopped is not None or call is None:
        return stopped or played.unplayed(transcript)
    kept = requirement.editable and not requirement.too_long
    wrong = tuple(_wrong_answer(call, refusal=not kept))
    if wrong:
        return played.findings(transcript, call, wrong)
    judged = nothing_but(lambda _: ALONG, call) if kept else nothing_changed(call)
    if judged.error:
        return played.findings(transcript, call, (), error=judged.error)
    shown = tuple(_not_kept(call)) if kept else ()
    observations = (*shown, *judged.observations)
    return played.findings(transcript, call, observations, examined=1 + judged.examined)


def _wrong_answer(call: Call, *, refusal: bool) -> Iterator[Observation]:
    """Yield that the request was accepted or refused, and should not have been."""
    system = call.after.system if call.after is not None else None
    if call.outcome.accepted and refusal:
        yield _deviation(call, "refused", f"accepted; {ELEMENT_NAME} then: {_shown(call)}")
    if call.outcome.refused and not refusal:
        yield _deviation(call, "accepted, as the name is said to be editable", call.outcome.text)
    if call.outcome.accepted and system is None and call.after is not None and call.after.gone:
        yield _deviation(call, "the system where it was", "it is gone from its path")


def _not_kept(call: Call) -> Iterator[Observation]:
    system = call.after.system if call.after is not None else None
    wanted = call.arguments[ELEMENT_NAME]
    if system is not None and system.get(ELEMENT_NAME) != wanted:
        yield _deviation(call, f"{ELEMENT_NAME} as asked for", _shown(call))


def _shown(call: Call) -> str:
    """Return what name the system shows after the attempt, in words that do not hold it."""
    before, after = (
        each.system if each is not None else None for each in (call.before, call.after)
    )
    if before is None or after is None:
        return "not read"
    found = after.get(ELEMENT_NAME)
    if found == before.get(ELEMENT_NAME):
        return "as it was"
    return "as asked for" if found == call.arguments[ELEMENT_NAME] else "another one"


def _deviation(call: Call, expected: str, found: str) -> Observation:
    return Observation(f"{call.method} of {ELEMENT_NAME} of {call.target}", expected, found)
