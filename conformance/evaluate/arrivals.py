"""Judging the indications that arrived: what they hold, and in which order they came (DSP1054).

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.evaluate.hearsay import (
    Told,
    by_channel,
    findings_of,
    is_told,
    names_path,
    names_source,
    numbered,
    ours,
    story,
    timestamp,
)
from conformance.findings import Findings
from conformance.hearing import CHANGED, DELETED, INDICATIONS, Event, Heard, Hearing
from conformance.transcript import Seen


def message(hearing: Hearing) -> Findings:
    """Everything that arrives is an export message that carries an indication."""
    return findings_of(
        Told(heard.channel, "an export message with an INSTANCE", heard.problem, heard)
        for heard in hearing.heard
    )


def selected(hearing: Hearing) -> Findings:
    """Everything that arrives is what the query of a subscription of that channel asks for."""
    return findings_of(_selected(hearing))


def _selected(hearing: Hearing) -> Iterator[Told]:
    made = [each for each in hearing.subscriptions if each.is_made]
    for heard in hearing.heard:
        if heard.problem:
            continue
        asked = [each for each in made if each.channel == heard.channel]
        of_kind = [each for each in asked if each.kind == heard.kind]
        expected = " or ".join(sorted({INDICATIONS[each.kind] for each in asked}))
        if not of_kind:
            yield Told(heard.channel, expected, heard.classname, heard)
            continue
        precise = all("ISA" in each.query for each in of_kind)
        compares = all(each.compares for each in of_kind)
        yield from _as_asked(hearing, heard, precise=precise, compares=compares)


def _as_asked(hearing: Hearing, heard: Heard, *, precise: bool, compares: bool) -> Iterator[Told]:
    observed = hearing.setting.observed
    found = ""
    if precise and heard.is_system is False and heard.source is not None:
        found = f"SourceInstance of {heard.source.classname}"
    elif compares and heard.source is not None and heard.previous is not None:
        states = [each.get(observed) for each in (heard.previous, heard.source)]
        if states[0] is not None and states[0] == states[1]:
            found = f"{observed} {states[0]} before and after"
    subject = f"{heard.channel}: {heard.classname}"
    yield Told(subject, "what the query of the subscription selects", found, heard)


def source(hearing: Hearing) -> Findings:
    """An indication holds the very instance that it is about."""
    return findings_of(
        Told(
            _subject(heard, event),
            "SourceInstance with the keys of the system",
            "" if names_source(heard, event) else _shown_source(heard, event),
            heard,
        )
        for heard, event in ours(hearing)
        if heard.source is None or names_path(heard, event) or names_source(heard, event)
    )


def _shown_source(heard: Heard, event: Event) -> str:
    if heard.source is None:
        return "none"
    return f"a {heard.source.classname} with another {_others(heard.source, event)}"


def _others(instance: Seen, event: Event) -> str:
    """Return the keys that differ; their values would differ from run to run."""
    return ", ".join(name for name, value in event.keys.items() if instance.get(name) != value)


def source_path(hearing: Hearing) -> Findings:
    """An indication holds the path of what it is about."""
    return findings_of(
        Told(
            _subject(heard, event),
            "SourceInstanceModelPath that leads to the system",
            "" if names_path(heard, event) else _shown_path(heard),
            heard,
        )
        for heard, event in ours(hearing)
        if names_source(heard, event) and not heard.is_intrinsic
    )


def _shown_path(heard: Heard) -> str:
    return "one that leads elsewhere" if heard.get("SourceInstanceModelPath") else "none"


def previous(hearing: Hearing) -> Findings:
    """A modification holds the instance as it was before, where the query compares both."""
    compared = {each.channel for each in hearing.subscriptions if each.is_made and each.compares}
    return findings_of(
        Told(
            _subject(heard, event),
            "PreviousInstance with the keys of the system",
            _wrong_previous(heard, event),
            heard,
        )
        for heard, event in ours(hearing)
        if heard.kind == CHANGED and heard.channel in compared
    )


def _wrong_previous(heard: Heard, event: Event) -> str:
    if heard.previous is None:
        return "none"
    others = _others(heard.previous, event)
    return f"one with another {others}" if others else ""


def once(hearing: Hearing) -> Findings:
    """No event is told twice on a channel, but for what is sent again as the same."""
    return findings_of(_repeated(hearing))


def _repeated(hearing: Hearing) -> Iterator[Told]:
    for event, heards in story(hearing):
        last: dict[str, object] = {}
        for heard in heards:
            state = heard.source.get(hearing.setting.observed) if heard.source else None
            mark = state if heard.kind == CHANGED else heard.kind
            comparable = mark is not None and (heard.kind != CHANGED or heard.previous is not None)
            twice = comparable and last.get(heard.kind) == mark
            last[heard.kind] = mark
            found = "the same once more" if twice else ""
            yield Told(_subject(heard, event), "each event once", found, heard)


def ordered(hearing: Hearing) -> Findings:
    """The sequence numbers tell what happened to a system in the order in which it happened."""
    return findings_of(_misplaced(hearing))


def _misplaced(hearing: Hearing) -> Iterator[Told]:
    for first, heards in story(hearing):
        if not all(numbered(heard) for heard in heards):
            continue
        channel = heards[0].channel
        events = [event for event in hearing.events if event.identity == first.identity]
        rest = iter(heards)
        for event in events:
            if not any(is_told(hearing, heard, event, channel) for heard in heards):
                continue
            found = any(is_told(hearing, heard, event, channel) for heard in rest)
            subject = f"{channel}: {first.system}"
            what = INDICATIONS[event.kind]
            expected = f"{what} numbered after what happened before it"
            yield Told(subject, expected, "" if found else "a smaller number")
            if not found:
                break


def sequence(hearing: Hearing) -> Findings:
    """The indications of one channel are numbered from 0 without a gap, in one context."""
    told = [each for early, all_ in by_channel(hearing) for each in _sequence(early, all_)]
    if told:
        return findings_of(told)
    return Findings(not_applicable="indications bear no sequence identifiers")


def _sequence(heard: list[Heard], later: list[Heard]) -> Iterator[Told]:
    """Yield what is to be said of a channel; one that came late may fill a gap."""
    marked = [h for h in heard if h.get("SequenceContext") is not None or numbered(h)]
    if not marked or any(each.problem for each in later):
        return
    channel = marked[0].channel
    bare = [h for h in heard if not (h.get("SequenceContext") is not None and numbered(h))]
    expected = "SequenceContext and SequenceNumber in every indication"
    yield Told(channel, expected, f"{len(bare)} without" if bare else "", bare[0] if bare else None)
    contexts = {str(each.get("SequenceContext")) for each in marked}
    found = f"{len(contexts)} contexts" if len(contexts) > 1 else ""
    yield Told(channel, "one SequenceContext", found)
    numbers = {each.get("SequenceNumber") for each in marked if numbered(each)}
    all_numbers = {each.get("SequenceNumber") for each in later if numbered(each)}
    right = set(range(max(numbers, default=-1) + 1)) <= all_numbers and min(numbers, default=0) == 0
    shown = ", ".join(map(str, sorted(numbers)[:20]))
    yield Told(channel, "SequenceNumber 0, 1, 2, ...", "" if right else shown)
    yield Told(channel, "a SequenceNumber for each indication", _shared_number(marked))


def _shared_number(heard: list[Heard]) -> str:
    """Return a number that two different indications bear; the same may well be sent again."""
    seen: dict[object, object] = {}
    for each in heard:
        number = each.get("SequenceNumber")
        state = each.source.values if each.source is not None else {}
        content = (each.classname, each.get("IndicationIdentifier"), repr(state))
        if seen.setdefault(number, content) != content:
            return f"{number} for two different ones"
    return ""


def time(hearing: Hearing) -> Findings:
    """An indication tells when it came about, and time does not go backwards."""
    return findings_of(_timed(hearing))


def _timed(hearing: Hearing) -> Iterator[Told]:
    for event, heards in story(hearing):
        latest = None
        for heard in heards:
            if heard.is_intrinsic:
                continue
            text = heard.get("IndicationTime")
            moment = timestamp(text)
            found = "" if moment is not None else f"{text}"
            if moment is not None and latest is not None and moment < latest:
                found = "a time before that of the indication before it"
            latest = moment or latest
            yield Told(_subject(heard, event), "IndicationTime, not going back", found, heard)


def ended(hearing: Hearing) -> Findings:
    """Nothing is told of what happens after the subscription to it was deleted."""
    told = list(_after_the_end(hearing))
    if told:
        return findings_of(told)
    return Findings(untested="no subscription could be ended while another one was served")


def _after_the_end(hearing: Hearing) -> Iterator[Told]:
    """Yield what was told after an end, where something else shows that the server still tells.

    On a listener this must have come in on the same channel: another one may be reached otherwise.
    """
    channels = {heard.channel for heard in hearing.heard}
    for event in hearing.events:
        later = [e for e in hearing.events if e.identity == event.identity and e.kind == DELETED]
        for channel in event.ended:
            stale = [h for h in hearing.heard if is_told(hearing, h, event, channel)]
            served = channels if hearing.fetched else {channel}
            witness = [
                h
                for h in hearing.heard
                for e in later
                if h.channel in served and is_told(hearing, h, e, h.channel)
            ]
            if stale or witness:
                found = f"{stale[0].classname}" if stale else ""
                heard = stale[0] if stale else None
                yield Told(f"{channel}: {event.system}", "no more indications", found, heard)


def _subject(heard: Heard, event: Event) -> str:
    return f"{heard.channel}: {heard.classname} of {event.system}"
