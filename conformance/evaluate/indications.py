"""Judging what a listener of the run's own was told (DSP1054).

Pure. A subscription that the server took must be served; where nothing at all arrived, the
server may not reach the listener, and nothing is said about it. What clients create for a
subscription is judged in `subscribing.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from conformance.definitions.profile import Indication
from conformance.evaluate import played
from conformance.evaluate.arrivals import (
    ended,
    message,
    once,
    ordered,
    previous,
    selected,
    sequence,
    source,
    source_path,
    time,
)
from conformance.evaluate.hearsay import Told, expected_of, findings_of, is_told
from conformance.evaluate.subscribing import (
    creation_refused,
    destination_created,
    filter_created,
    keeps_ends,
    language_refused,
    query_refused,
    subscription_created,
)
from conformance.findings import Findings
from conformance.hearing import ADVICE, CHANGED, CREATED, DELETED, INDICATIONS, Hearing
from conformance.plan import Check
from conformance.transcript import Transcript


def judge_indications(check: Check, transcript: Transcript) -> Findings:
    """Judge one thing about what was subscribed to and heard.

    Raises:
        TypeError: the check is about no indications.
    """
    requirement = check.requirement
    if not isinstance(requirement, Indication):
        raise TypeError(f"{check.id} is about no indications")
    stopped = played.stopped(transcript)
    if stopped is not None or not isinstance(transcript, Hearing):
        return stopped or played.unplayed(transcript)
    if requirement.check in OF_CLIENTS:
        found = OF_CLIENTS[requirement.check](transcript)
    else:
        found = _unheard(transcript) or OF_LISTENERS[requirement.check](transcript)
    where = f"listened at {transcript.url}" if transcript.listened else transcript.url
    trace = (*transcript.trace, where, *transcript.skipped, *found.trace)
    return msgspec.structs.replace(found, trace=trace)


def _unheard(hearing: Hearing) -> Findings | None:
    """Say so when there was nothing to hear, or nothing at all was heard.

    A server that cannot reach the listener is not to blame; what is fetched lies with the server.
    """
    if not any(subscribed.is_made for subscribed in hearing.subscriptions):
        reason = f"there is no subscription: {_why_none(hearing)}"
        # A server need not take subscriptions over WS-Management (DSP0226, clause 10).
        return Findings(not_applicable=reason) if hearing.fetched else Findings(untested=reason)
    if not hearing.events:
        return Findings(untested=f"no event could be caused: {'; '.join(hearing.skipped)}")
    if not hearing.heard and not any(event.awaited for event in hearing.events):
        return Findings(untested=f"nothing could be heard: {'; '.join(hearing.skipped)}")
    if not hearing.heard and hearing.listened:
        seconds = max(event.seconds for event in hearing.events)
        reason = f"nothing at all arrived at {hearing.url} within {seconds:.0f} s"
        return Findings(untested=reason, advice=ADVICE)
    return None


def _why_none(hearing: Hearing) -> str:
    asked = [each for s in hearing.subscriptions for each in (s.filter, s.subscription)]
    calls = [each.call for each in (*hearing.destinations, *asked) if each and not each.accepted]
    return "; ".join(dict.fromkeys(f"{c.target}: {c.outcome.text}" for c in calls)) or "unknown"


# -- what must arrive ----------------------------------------------------------------------------


def delivered(hearing: Hearing) -> Findings:
    """Each creation and deletion of a system is told on every channel that subscribed to it."""
    return findings_of(_missing(hearing, (CREATED, DELETED)))


def state_change(hearing: Hearing) -> Findings:
    """Each change of the state of a system is told on every channel that subscribed to it."""
    found = findings_of(_missing(hearing, (CHANGED,)))
    if found.examined:
        return found
    return Findings(untested="no state change could be subscribed to, or none be brought about")


def _missing(hearing: Hearing, kinds: tuple[str, ...]) -> Iterator[Told]:
    for event in hearing.events:
        for subscribed in expected_of(hearing, event) if event.kind in kinds else ():
            subject = f"{subscribed.channel}: {event.system}"
            state = f" with {hearing.setting.observed} {event.state}" if event.state else ""
            expected = f"{INDICATIONS[event.kind]} of it{state}"
            told = any(
                is_told(hearing, heard, event, subscribed.channel) for heard in hearing.heard
            )
            found = "" if told else f"none, after {hearing.setting.deadline:g} s at least"
            yield Told(subject, expected, found)


OF_CLIENTS: dict[str, Callable[[Hearing], Findings]] = {
    "destination-created": destination_created,
    "filter-created": filter_created,
    "query-refused": query_refused,
    "language-refused": language_refused,
    "creation-refused": creation_refused,
    "subscription-created": subscription_created,
    "keeps-ends": keeps_ends,
}
"""What is judged of the instances that clients create."""

OF_LISTENERS: dict[str, Callable[[Hearing], Findings]] = {
    "delivered": delivered,
    "state-change": state_change,
    "message": message,
    "selected": selected,
    "source": source,
    "source-path": source_path,
    "previous": previous,
    "once": once,
    "ordered": ordered,
    "sequence": sequence,
    "time": time,
    "ended": ended,
}
"""What is judged of what a listener was told."""

CHECKS = {**OF_CLIENTS, **OF_LISTENERS}
