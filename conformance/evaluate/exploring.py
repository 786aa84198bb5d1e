"""Judging a random walk: each step by the requirements that it comes from, and by what went before.

Pure. A step is judged just as the check of its own would judge it; beside that, the systems that
it is not about must stay as they are, and what was said to depend on the state alone must be the
same whenever the state is. A deviation is believed when the fewest steps that lead to it have
shown it again on fresh systems; otherwise it is a warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cim import Exchange
from conformance.definitions.catalogue import split
from conformance.definitions.profile import (
    Basis,
    Exploration,
    Level,
    Requirement,
    Scenario,
    Transition,
)
from conformance.evaluate import played
from conformance.evaluate.claimed import by_chance
from conformance.evaluate.model import Model
from conformance.evaluate.transcript import judge_every_call, judge_scenario, judge_transition
from conformance.evaluate.words import show
from conformance.explored import Attempt, Explored, Followed, Taken
from conformance.findings import Findings
from conformance.plan import Check
from conformance.results import Observation
from conformance.transcript import Reading, Seen, Transcript

OTHERS, RESTORED, SAME = "other systems", "restored", "same in state"
MOST_SUBJECTS = 5
DEVICE = "Device"
DESERVED = "other systems, or settings that the run itself has changed, may be the reason"


class Deviation(msgspec.Struct, frozen=True):
    """What was not as it should be at a step.

    `source` is the requirement with its case, or what else judged: two deviations with the same
    one are the same, wherever they are seen.
    """

    source: str
    observation: Observation

    @property
    def fails(self) -> bool:
        """Tell whether it is more than a warning."""
        return self.observation.severity == "fail"


class Sight(msgspec.Struct, frozen=True):
    """What was seen of a step: its deviations, or why it cannot be judged."""

    deviations: tuple[Deviation, ...] = ()
    error: str = ""


class Eye:
    """Judges the steps of one attempt in their order: it remembers what depends on the state."""

    def __init__(self, check: Check, model: Model, *, strict: bool = False) -> None:
        if not isinstance(check.requirement, Exploration):
            raise TypeError(f"{check.id} is no exploration")
        self._check = check
        self._requirement = check.requirement
        self._model = model
        self._strict = strict
        self._shown: dict[tuple[int, str, str], object] = {}

    def look(self, taken: Taken) -> Sight:
        """Return what is to be said of the next step."""
        deviations: list[Deviation] = []
        for source in taken.sources:
            findings = self._judged(source, taken)
            if findings.error:
                return Sight(error=f"{taken.name}: {findings.error}")
            deviations += self._deviations(source, taken, findings.observations)
        beside = [
            *((OTHERS, each) for each in _others(taken)),
            *((RESTORED, each) for each in self._restored(taken)),
            *((f"{SAME}: {name}", each) for name, each in self._other_in_state(taken)),
        ]
        deviations += [Deviation(source, each) for source, each in beside]
        return Sight(tuple(deviations))

    def _judged(self, source: str, taken: Taken) -> Findings:
        """Return what a requirement says of a step, as if this had been played for it alone."""
        check = self._check_of(source, taken.case)
        call = msgspec.structs.replace(taken.call, purpose="test")
        name = str(_property(taken.call.before, "ElementName") or "")
        transcript = Transcript(self._check.id, name, taken.setting, (call,))
        match check.requirement:
            case Transition():
                return judge_transition(check, transcript)
            case Scenario():
                return judge_scenario(check, transcript)
            case _:
                return judge_every_call(check, [transcript])

    def _check_of(self, source: str, case: str = "") -> Check:
        owner, local = split(self._check.profile, source)
        requirement = self._model.catalogue.profiles[owner].requirements[local]
        return Check(source, owner, local, requirement, case)

    def _deviations(
        self, source: str, taken: Taken, observations: Iterable[Observation]
    ) -> Iterator[Deviation]:
        check = self._check_of(source)
        if isinstance(check.requirement, Transition):
            source = f"{source}[{taken.case}]"
        weak = _is_weak(check.requirement, strict=self._strict)
        weak = weak or by_chance(check.profile, self._model)
        for each in observations:
            severity = "warn" if weak else each.severity
            yield Deviation(source, _replace(each, severity=severity))

    def _restored(self, taken: Taken) -> Iterator[Observation]:
        """Yield what is not as it was when that was made which the system was restored from.

        That a snapshot holds all of it is not confirmed: a deviation is a warning.
        """
        after, wanted = taken.call.after, taken.restored
        if wanted is None or after is None or not taken.call.outcome.accepted:
            return
        subject, severity = taken.call.subject, "fail" if self._strict else "warn"
        observed = taken.setting.observed
        was, now = _property(wanted, observed), _property(after, observed)
        if was != now:
            yield Observation(subject, f"{observed} {show(was)}, as then", show(now), severity)
        for name, properties in taken.restores.items():
            one, other = _amounts(wanted, name, properties), _amounts(after, name, properties)
            if one != other:
                expected = f"{name} as then: {_told(one)}"
                yield Observation(subject, expected, _told(other), severity)

    def _other_in_state(self, taken: Taken) -> Iterator[tuple[str, Observation]]:
        """Yield properties with another value than when the system was in the same state before."""
        severity = "fail" if self._strict else "warn"
        looks = ((taken.state, taken.call.before), (taken.then, taken.call.after))
        for state, reading in looks:
            for name in self._requirement.same_in_state if state else ():
                value = _comparable(_property(reading, name))
                if value is None:
                    continue
                was = self._shown.setdefault((taken.system, state, name), value)
                if was != value:
                    expected = f"{name} {show(was)}, as before in the state {state}"
                    yield name, Observation(taken.call.subject, expected, show(value), severity)


def _is_weak(requirement: Requirement, *, strict: bool) -> bool:
    unconfirmed = requirement.basis is Basis.UNCONFIRMED and not strict
    return unconfirmed or requirement.level is Level.RECOMMENDED


def _replace(observation: Observation, **values: object) -> Observation:
    return msgspec.structs.replace(observation, **values)


def _property(reading: Reading | None, name: str) -> object:
    system = reading.system if reading is not None else None
    return system.get(name) if system is not None else None


def _comparable(value: object) -> object:
    """Return a value by which lists are the same in whatever order."""
    return sorted(value, key=str) if isinstance(value, list) else value


def _amounts(reading: Reading, name: str, properties: Sequence[str]) -> Counter[str]:
    """Return how often each combination of values is there."""
    local = name.rpartition(":")[2]
    return Counter(
        ", ".join(f"{prop} {show(each.get(prop))}" for prop in properties)
        for each in reading.related.get(local, ())
    )


def _told(amounts: Counter[str]) -> str:
    return "; ".join(f"{n} x {text}" for text, n in sorted(amounts.items())) or "none"


def _others(taken: Taken) -> Iterator[Observation]:
    """Yield what a step changed of systems that it was not about.

    State and settings are compared; devices, and what is volatile, may change by themselves.
    """
    volatile = {name.lower() for name in taken.setting.volatile}
    for before, after in taken.others:
        if before.system is None:
            continue
        if after.system is None:
            yield Observation(before.system.path, "still there: the step was not about it", "gone")
            continue
        names = (taken.setting.observed, "RequestedState")
        for name in (each for each in names if each.lower() not in volatile):
            yield from _altered(before.system, after.system, name)
        if not before.problems and not after.problems:
            yield from _settings_altered(before, after)


def _settings_altered(before: Reading, after: Reading) -> Iterator[Observation]:
    were, now = _settings(before), _settings(after)
    for identity in were.keys() - now.keys():
        yield Observation(were[identity].path, "still there: the step was not about it", "gone")
    for identity in now.keys() - were.keys():
        yield Observation(now[identity].path, "nothing new: the step was not about it", "new")
    for identity in were.keys() & now.keys():
        for name in dict.fromkeys((*were[identity].values, *now[identity].values)):
            yield from _altered(were[identity], now[identity], name)


def _settings(reading: Reading) -> dict[str, Seen]:
    groups = reading.related.items()
    return {s.identity: s for name, group in groups if name != DEVICE for s in group}


def _altered(one: Seen, other: Seen, name: str) -> Iterator[Observation]:
    was, now = one.get(name), other.get(name)
    if was != now:
        expected = f"{name} still {show(was)}: the step was not about this system"
        yield Observation(one.path, expected, show(now))


# -- a whole attempt -----------------------------------------------------------------------------


def deviations_of(
    check: Check, attempt: Attempt, model: Model, *, strict: bool = False
) -> Iterator[tuple[int, Deviation]]:
    """Yield the deviations of an attempt, each with the number of its step (from 0)."""
    eye = Eye(check, model, strict=strict)
    for position, taken in enumerate(attempt.taken):
        for deviation in eye.look(taken).deviations:
            yield position, deviation


def judge_exploration(
    check: Check, transcript: Transcript, model: Model, *, strict: bool = False
) -> Findings:
    """Judge a walk.

    Raises:
        TypeError: the transcript is none of a walk.
    """
    if not isinstance(transcript, Explored):
        raise TypeError(f"{transcript.check} was no walk")
    stopped = played.stopped(transcript)
    if stopped is not None:
        return stopped
    walks = transcript.walks
    seen = [list(deviations_of(check, walk, model, strict=strict)) for walk in walks]
    told = [
        _told_of(each, check, walks[each.walk], model, seen[each.walk], strict)
        for each in transcript.followed
    ]
    stop = walks[-1].stop
    taken = _taken(transcript)
    ended = f"it ended after {len(taken)} of {transcript.length} steps: {stop.untested}"
    untested = ended if stop.untested and not any(told) else ""
    return Findings(
        examined=0 if untested or stop.error else len(taken),
        observations=tuple(each for group in told for each in group),
        subjects=tuple(dict.fromkeys(step.call.subject for step in taken))[:MOST_SUBJECTS],
        trace=(*_account(transcript), *([ended] if stop.untested and any(told) else [])),
        exchanges=_exchanges(transcript),
        untested=untested,
        error=stop.error,
        advice=stop.advice,
    )


def _told_of(
    followed: Followed,
    check: Check,
    walk: Attempt,
    model: Model,
    seen: Sequence[tuple[int, Deviation]],
    strict: bool,  # as judge_exploration takes it
) -> list[Observation]:
    """Return the observations of one deviation: as it showed again, else as it was seen once."""
    if followed.again is not None:
        again = list(deviations_of(check, followed.again, model, strict=strict))
        last = len(followed.again.taken) - 1
        shown = [each for at, each in again if at == last and each.source == followed.source]
        if shown:
            return _with_steps([_believed(each, followed.again) for each in shown], followed.again)
    first = msgspec.structs.replace(walk, taken=walk.taken[: followed.at + 1])
    once = [each for at, each in seen if at == followed.at and each.source == followed.source]
    told = [_unproven(each, followed.tries) for each in once]
    return _with_steps(told, first) if followed.tries else told


def _believed(deviation: Deviation, attempt: Attempt) -> Observation:
    """Return a deviation as the last of these steps has shown it.

    That a legal request was refused may have been deserved where the run has changed the system,
    or has other systems use what the host has: then it is a warning.
    """
    one = deviation.observation
    if deviation.fails and _may_be_deserved(attempt):
        one = _replace(one, severity="warn", found=f"{one.found}; {DESERVED}")
    return one


def _unproven(deviation: Deviation, tries: int) -> Observation:
    one = deviation.observation
    told = f"not seen again in {tries} tries" if tries else "it was not tried again"
    return _replace(one, severity="warn", found=f"{one.found}; {told} on fresh systems")


def _with_steps(observations: list[Observation], attempt: Attempt) -> list[Observation]:
    """Return observations of one step, the first of them with all steps that led there."""
    first, *others = observations
    return [_replace(first, steps=_numbered(attempt, first)), *others]


def _may_be_deserved(attempt: Attempt) -> bool:
    last = attempt.taken[-1]
    if not last.call.outcome.refused:
        return False
    changed = any(step.call.outcome.accepted and not step.case for step in attempt.taken)
    return changed or len({step.system for step in attempt.taken}) > 1


def _numbered(attempt: Attempt, observation: Observation) -> tuple[str, ...]:
    """Return the steps, one line each, and at the last what was expected and found."""
    several = len({step.system for step in attempt.taken}) > 1
    lines = []
    for number, step in enumerate(attempt.taken, start=1):
        of = f" (system {step.system + 1})" if several else ""
        then = step.then or "no state that stays"
        lines.append(f"{number}. {step.name}{of}: {_ended(step)}, then {then}")
    lines[-1] += f"; expected {observation.expected}, found {observation.found}"
    return tuple(lines)


def _ended(step: Taken) -> str:
    outcome = step.call.outcome
    return f"refused as {played.in_words(outcome.name)}" if outcome.refused else outcome.kind


def _taken(transcript: Explored) -> tuple[Taken, ...]:
    return tuple(step for walk in transcript.walks for step in walk.taken)


def _account(transcript: Explored) -> tuple[str, ...]:
    """Return how much was walked, and what never was."""
    taken = _taken(transcript)
    counts = Counter(step.name for step in taken)
    most = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
    head = f"seed {transcript.seed}: {len(taken)} of {transcript.length} steps"
    if len(transcript.walks) > 1:
        head += f" in {len(transcript.walks)} walks, as each ended where something failed"
    tries = sum(each.tries for each in transcript.followed)
    again = (f"deviations were looked for again {tries} times",) if tries else ()
    closed = tuple(f"never taken: {each}" for each in transcript.closed)
    left = tuple(f"left behind: {text}" for text in transcript.left)
    return (f"{head}: {most}" if most else head, *again, *closed, *transcript.trace, *left)


def _exchanges(transcript: Explored) -> tuple[Exchange, ...]:
    """Return what shows the deviations, else nothing."""
    attempts = [each.again or transcript.walks[each.walk] for each in transcript.followed]
    lasts = [attempt.taken[-1] for attempt in attempts if attempt.taken]
    return played.some(exchange for step in lasts for exchange in step.call.exchanges)
