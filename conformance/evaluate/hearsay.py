"""Which indication is about which event, in which order they were numbered, and how to say it.

Pure.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import msgspec

from conformance.cim import Exchange
from conformance.evaluate.object_path import parse_path
from conformance.findings import Findings
from conformance.hearing import Event, Heard, Hearing, Subscribed
from conformance.results import Observation


class Told(msgspec.Struct, frozen=True):
    """One thing that was looked at; `found` is "" where it is as expected."""

    subject: str
    expected: str
    found: str
    heard: Heard | None = None
    severity: str = "fail"


def findings_of(told: Iterable[Told]) -> Findings:
    """Return the findings about single indications, or about those that are missing."""
    all_told = list(told)
    shown = [each.heard for each in all_told if each.found and each.heard is not None]
    return Findings(
        examined=len(all_told),
        observations=tuple(
            Observation(each.subject, each.expected, each.found, each.severity)
            for each in all_told
            if each.found
        ),
        subjects=tuple(sorted({each.subject for each in all_told}))[:5],
        exchanges=tuple(map(_exchange, shown[:3])),
    )


def _exchange(heard: Heard) -> Exchange:
    outcome = heard.problem or "taken"
    return Exchange("ExportIndication", heard.channel, outcome, heard.seconds, {}, heard.text)


def expected_of(hearing: Hearing, event: Event) -> Iterator[Subscribed]:
    """Yield the subscriptions that an event must be told to, one for each channel.

    A channel that was not waited for, because it had been silent before, is left out.
    """
    seen: set[str] = set()
    for subscribed in hearing.subscriptions:
        wanted = subscribed.is_made and subscribed.kind == event.kind
        if wanted and subscribed.channel in event.awaited and subscribed.channel not in seen:
            seen.add(subscribed.channel)
            yield subscribed


def is_told(hearing: Hearing, heard: Heard, event: Event, channel: str) -> bool:
    """Tell whether an indication of a channel tells of an event, and came after its cause."""
    if heard.channel != channel or heard.kind != event.kind or not is_about(heard, event):
        return False
    if not any(heard is each for each in hearing.heard[event.first :]):
        return False
    state = heard.source.get(hearing.setting.observed) if heard.source is not None else None
    return event.state is None or state in (event.state, None)


def is_about(heard: Heard, event: Event) -> bool:
    """Tell whether an indication is about the system of an event, by its path or its source."""
    return names_path(heard, event) or names_source(heard, event)


def names_path(heard: Heard, event: Event) -> bool:
    """Tell whether the path of what an indication is about leads to the system of an event.

    Host and namespace may be left out.
    """
    text = heard.get("SourceInstanceModelPath")
    path = parse_path(str(text), "") if text else None
    if path is None or not path.keys:
        return False
    return all(path.key(name) in (None, value) for name, value in event.keys.items()) and (
        path.key("Name") == event.keys.get("Name", path.key("Name"))
    )


def names_source(heard: Heard, event: Event) -> bool:
    """Tell whether the embedded instance has the keys of the system of an event."""
    source = heard.source
    return source is not None and all(source.get(n) == v for n, v in event.keys.items())


def ours(hearing: Hearing) -> Iterator[tuple[Heard, Event]]:
    """Yield the indications about systems of the run, each with an event of the system."""
    events = list({event.identity: event for event in hearing.events}.values())
    for heard in hearing.heard:
        event = next((event for event in events if is_about(heard, event)), None)
        if event is not None:
            yield heard, event


def story(hearing: Hearing) -> Iterator[tuple[Event, list[Heard]]]:
    """Yield what was told of each system on each channel, in the order of numbers.

    What bears no number stands in the order of arrival; what bears the number of one before it
    was sent again, and is left out.
    """
    told: dict[tuple[str, str], tuple[Event, list[Heard]]] = {}
    for heard, event in ours(hearing):
        slot = told.setdefault((heard.channel, event.identity), (event, []))
        known = {each.get("SequenceNumber") for each in slot[1] if numbered(each)}
        if not (numbered(heard) and heard.get("SequenceNumber") in known):
            slot[1].append(heard)
    for event, heards in told.values():
        if all(map(numbered, heards)):
            heards.sort(key=lambda heard: int(heard.get("SequenceNumber")))
        yield event, heards


def by_channel(hearing: Hearing) -> Iterator[tuple[list[Heard], list[Heard]]]:
    """Yield what was heard on each channel: before a subscription was ended, and in all.

    What a server drops when a subscription ends may leave a gap.
    """
    ends = [event.first for event in hearing.events if event.ended]
    early = hearing.heard[: min(ends)] if ends else hearing.heard
    for channel in sorted({each.channel for each in early}):
        before = [each for each in early if each.channel == channel]
        yield before, [each for each in hearing.heard if each.channel == channel]


def numbered(heard: Heard) -> bool:
    """Tell whether an indication bears a sequence number."""
    number = heard.get("SequenceNumber")
    return isinstance(number, int) and not isinstance(number, bool)


def timestamp(text: object) -> datetime.datetime | None:
    """Return the moment that a CIM datetime tells (DSP0004, clause 5.2.4), None for no such one.

    Digits that are not known (`*`) count as the least.
    """
    if not isinstance(text, str) or len(text) != LENGTH or text[SIGN] not in "+-":
        return None
    date = text[:SIGN].replace("*", "0")
    try:
        moment = datetime.datetime.strptime(f"{date}+0000", "%Y%m%d%H%M%S.%f%z")
        return moment - datetime.timedelta(minutes=int(text[SIGN:]))
    except (ValueError, OverflowError):
        return None


LENGTH, SIGN = 25, 21
