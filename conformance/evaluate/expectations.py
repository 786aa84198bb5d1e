"""What must be seen after a call that was accepted, and that nothing else has changed.

Pure. A scenario says in `after` what must be seen of some adaptations, and in `changes` what
else may change; all other things that were read before and after must be as they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.definitions.catalogue import local_name
from conformance.definitions.profile import Expected, Properties, Scenario
from conformance.evaluate.rules import Judged
from conformance.evaluate.words import expectation, judge, plain, show
from conformance.results import Observation
from conformance.transcript import Call, Reading, Seen, Transcript

EVERYTHING = "*"
SYSTEM = "System"
MOST = 3

May = Callable[[str], frozenset[str]]
"""Gives the folded properties of an adaptation that may change, "*" for all."""

Group = dict[str, Seen]
"""Instances of one adaptation by identity."""


def expected_after(requirement: Scenario, transcript: Transcript, call: Call) -> Judged:
    """Judge what must be seen of some adaptations after an accepted call."""
    unread = _unread(call)
    if unread:
        return Judged(error=unread)
    examined = 0
    observations: list[Observation] = []
    nothing: list[str] = []
    for wanted in requirement.after:
        seen = _one(wanted, transcript, call)
        if seen.error:
            return seen
        examined += seen.examined
        observations += seen.observations
        nothing += [seen.nothing] if seen.nothing else []
    return Judged(examined, tuple(observations), "; ".join(nothing))


def outputs_given(requirement: Scenario, call: Call) -> Judged:
    """Judge the output parameters of an accepted call."""
    given = {name.lower(): value for name, value in call.outputs.items()}
    where = call.subject or call.target
    observations = [
        Observation(where, f"a value of {name}", "NULL")
        for name in requirement.told
        if given.get(name.lower()) is None
    ]
    for name, words in requirement.outputs.items():
        value, schema = given.get(name.lower()), plain(words, None, None)
        if value is not None and judge(schema)(value):
            observations.append(Observation(where, f"{name} {expectation(schema)}", show(value)))
    return Judged(len(requirement.told) + len(requirement.outputs), tuple(observations))


def nothing_changed(call: Call) -> Judged:
    """Judge that a refused call has changed nothing of what was read of the host."""
    return nothing_else(None, call)


def nothing_else(requirement: Scenario | None, call: Call) -> Judged:
    """Judge that only what the scenario names has changed, None: nothing."""
    return nothing_but(lambda name: _properties(requirement, name), call)


def nothing_but(may: May, call: Call) -> Judged:
    """Judge that only those properties have changed that may, by the names of adaptations."""
    unread = _unread(call)
    if unread:
        return Judged(error=unread)
    before, after = call.before or Reading(), call.after or Reading()
    allowed = _allowed(may, before, after)
    observations: list[Observation] = []
    examined = 0
    for name in dict.fromkeys((*before.related, *after.related)):
        one, other = _group(before, name), _group(after, name)
        examined += len(one.keys() | other.keys())
        observations += _come_and_gone(name, one, other, allowed)
        for identity in one.keys() & other.keys():
            observations += _altered(one[identity], other[identity], allowed[identity])
    if before.system is not None and after.system is not None:
        examined += 1
        observations += _altered(before.system, after.system, may(SYSTEM))
    return Judged(examined, tuple(dict.fromkeys(observations)))


# -- what is expected --------------------------------------------------------------------------


def _one(wanted: Expected, transcript: Transcript, call: Call) -> Judged:
    before, after = call.before or Reading(), call.after or Reading()
    name = local_name(wanted.of)
    if name not in after.related:
        return Judged(error=f"{wanted.of} was not read after the call")
    states = transcript.setting.states
    were = _fitting(_group(before, name), wanted.where, states)
    now = _fitting(_group(after, name), wanted.where, states)
    subject = transcript.created.path or call.subject or call.target
    come = {identity: now[identity] for identity in now.keys() - _group(before, name).keys()}
    gone = {i: were[i] for i in were.keys() - _group(after, name).keys()}
    what = f"{wanted.of}{_told(wanted.where)}"
    observations = [
        *_counted(subject, f"new {what}", wanted.appear, come),
        *_counted(subject, f"{what} fewer", wanted.vanish, gone),
    ]
    if wanted.at_least is not None and len(now) < wanted.at_least:
        expected = f"at least {wanted.at_least} {what}"
        observations.append(Observation(subject, expected, str(len(now))))
    chosen = come if wanted.appear else now
    observations += _named(wanted, call, subject, come)
    observations += _valued(wanted, chosen.values(), states)
    observations += _kept(wanted, were, now)
    alike = _group(after, local_name(wanted.as_in)) if wanted.as_in else {}
    observations += _same(wanted, now.values(), list(alike.values()))
    pairs = list(_asked(call, chosen))
    observations += _as_asked(wanted, pairs)
    observations += _any_as_asked(wanted, pairs)
    counts = sum(n is not None for n in (wanted.appear, wanted.vanish, wanted.at_least))
    examined = counts + len(wanted.values) * len(chosen) + len(wanted.kept) * len(now)
    asked = len(wanted.as_asked) + len(wanted.any_as_asked)
    examined += asked * len(pairs) + (1 if wanted.named_by else 0)
    examined += len(wanted.same) * len(now) if len(alike) == 1 else 0
    if wanted.values and not chosen:
        observations.append(Observation(subject, what, "none"))
    return Judged(examined, tuple(observations), "" if examined else f"there is no {what}")


def _counted(
    subject: str, what: str, wanted: int | None, found: Mapping[str, Seen]
) -> Iterator[Observation]:
    if wanted is not None and len(found) != wanted:
        paths = ", ".join(each.path for each in list(found.values())[:MOST])
        yield Observation(subject, f"{wanted} {what}", f"{len(found)}: {paths}" if paths else "0")


def _named(
    wanted: Expected, call: Call, subject: str, come: Mapping[str, Seen]
) -> Iterator[Observation]:
    """Yield a deviation when an output parameter does not name what has appeared."""
    if not wanted.named_by:
        return
    named = set(call.named.get(wanted.named_by, ()))
    if call.job is not None and not named:
        named = set(call.job.created) or set(call.job.affected or ())
        named &= come.keys()
    if named == set(come):
        return
    expected = f"{wanted.named_by}, or the job, with what is new: " + (
        ", ".join(each.path for each in list(come.values())[:MOST]) or "nothing"
    )
    yield Observation(subject, expected, show(call.outputs.get(wanted.named_by)))


def _valued(
    wanted: Expected, chosen: Iterable[Seen], states: Mapping[str, int]
) -> Iterator[Observation]:
    judges = {
        name: (words, judge(plain(words, None, states))) for name, words in wanted.values.items()
    }
    for each in chosen:
        for name, (words, judged) in judges.items():
            value = each.get(name)
            if value is None or judged(value):
                told = words.get("state") or expectation(plain(words, None, states))
                yield Observation(each.path, f"{name} {told} after the call", show(value))


def _kept(wanted: Expected, were: Group, now: Group) -> Iterator[Observation]:
    for identity in were.keys() & now.keys():
        for name in wanted.kept:
            one, other = were[identity].get(name), now[identity].get(name)
            if one != other:
                yield Observation(now[identity].path, f"{name} still {show(one)}", show(other))


def _same(
    wanted: Expected, chosen: Iterable[Seen], others: Sequence[Seen]
) -> Iterator[Observation]:
    """Yield what differs from the one other instance; what that does not tell is not examined."""
    if len(others) != 1:
        return
    for each in chosen:
        for name in wanted.same:
            other, own = others[0].get(name), each.get(name)
            if other is not None and other != own:
                expected = f"{name} {show(other)}, as in {wanted.as_in}"
                yield Observation(each.path, expected, show(own))


def _asked(call: Call, chosen: Mapping[str, Seen]) -> Iterator[tuple[dict[str, Any], Seen]]:
    """Yield embedded settings that were sent, each with the instance that it is about.

    That is the one whose InstanceID they carry, else the only one of their ResourceType.
    """
    by_id = {each.get("InstanceID"): each for each in chosen.values()}
    kinds = Counter(each.get("ResourceType") for each in chosen.values())
    for sent in _embedded(call.arguments.values()):
        own = by_id.get(_value(sent, "InstanceID"))
        kind = _value(sent, "ResourceType")
        if own is None and kinds[kind] == 1:
            own = next(each for each in chosen.values() if each.get("ResourceType") == kind)
        if own is not None:
            yield sent, own


def _as_asked(wanted: Expected, pairs: Iterable[tuple[Any, Seen]]) -> Iterator[Observation]:
    for sent, own in pairs:
        for name in wanted.as_asked:
            asked, found = _value(sent, name), own.get(name)
            if asked is not None and asked != found:
                yield Observation(own.path, f"{name} {show(asked)}, as asked for", show(found))


def _any_as_asked(
    wanted: Expected, pairs: Iterable[tuple[dict[str, Any], Seen]]
) -> Iterator[Observation]:
    """Yield what was ignored of several properties: a failure only when all of them were."""
    for sent, own in pairs:
        asked = {n: v for n in wanted.any_as_asked if (v := _value(sent, n)) is not None}
        ignored = {name: value for name, value in asked.items() if own.get(name) != value}
        severity = "fail" if asked and len(ignored) == len(asked) else "warn"
        for name, value in ignored.items():
            expected = f"{name} {show(value)}, as asked for"
            yield Observation(own.path, expected, show(own.get(name)), severity)


def _embedded(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for value in values:
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            yield from _embedded(value)


def _value(sent: Mapping[str, Any], name: str) -> Any:  # a JSON value
    folded = name.lower()
    return next((value for key, value in sent.items() if key.lower() == folded), None)


# -- what may change ---------------------------------------------------------------------------


def _properties(requirement: Scenario | None, name: str) -> frozenset[str]:
    """Return the folded properties of an adaptation that may change, "*" for all."""
    may: set[str] = set()
    if requirement is None:
        return frozenset()
    for adaptation, properties in (requirement.changes or {}).items():
        if local_name(adaptation) == name:
            may |= {each.lower() for each in properties}
    for wanted in requirement.after:
        if local_name(wanted.of) == name:
            asked = (*wanted.as_asked, *wanted.any_as_asked)
            may |= {each.lower() for each in (*wanted.values, *asked)}
            may |= {EVERYTHING} if wanted.appear or wanted.vanish else set()
    return frozenset(may)


def _allowed(may: May, before: Reading, after: Reading) -> dict[str, frozenset[str]]:
    """Return what may change of each instance; one may belong to several adaptations."""
    allowed: dict[str, frozenset[str]] = {}
    for name in dict.fromkeys((*before.related, *after.related)):
        for identity in _group(before, name).keys() | _group(after, name).keys():
            allowed[identity] = allowed.get(identity, frozenset()) | may(name)
    return allowed


def _come_and_gone(
    name: str, one: Group, other: Group, allowed: Mapping[str, frozenset[str]]
) -> Iterator[Observation]:
    for identity in one.keys() - other.keys():
        if EVERYTHING not in allowed[identity]:
            yield Observation(one[identity].path, f"{name} as before the call", "it is gone")
    for identity in other.keys() - one.keys():
        if EVERYTHING not in allowed[identity]:
            yield Observation(other[identity].path, f"no other {name} than before", "a new one")


def _altered(one: Seen, other: Seen, may: frozenset[str]) -> Iterator[Observation]:
    if EVERYTHING in may:
        return
    for name in dict.fromkeys((*one.values, *other.values)):
        was, now = one.get(name), other.get(name)
        if was != now and name.lower() not in may:
            yield Observation(one.path, f"{name} still {show(was)}", show(now))


# -- readings ----------------------------------------------------------------------------------


def _unread(call: Call) -> str:
    """Return why before and after cannot be compared, "" when they can."""
    for reading, when in ((call.before, "before"), (call.after, "after")):
        if reading is None:
            return f"nothing was read {when} the call"
        if reading.problems:
            return f"not everything could be read {when} the call: {reading.problems[0]}"
    return ""


def _group(reading: Reading, name: str) -> Group:
    return {each.identity: each for each in reading.related.get(name, ())}


def _fitting(group: Group, where: Properties, states: Mapping[str, int]) -> Group:
    judges = {name: judge(plain(words, None, states)) for name, words in where.items()}
    return {
        identity: each
        for identity, each in group.items()
        if all(
            each.get(name) is not None and not judged(each.get(name))
            for name, judged in judges.items()
        )
    }


def _told(where: Properties) -> str:
    parts = [f"{name} {words.get('state') or expectation(words)}" for name, words in where.items()]
    return " with " + " and ".join(parts) if parts else ""
