"""Rules on every call that was made through an interface: both views of a system agree.

Pure. Only calls are examined after which the interface was read, those of transitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.evaluate.judged import Calls, Judged, title
from conformance.evaluate.words import show
from conformance.results import Observation
from conformance.transcript import Call, Facet, Seen, Setting, Transcript

NOT_APPLICABLE = 12
UNKNOWN, NO_CHANGE = 0, 5
UNTOLD = frozenset({None, UNKNOWN, NO_CHANGE, NOT_APPLICABLE})
"""Values of RequestedState that say nothing (CIM_EnabledLogicalElement)."""


def states_agree(calls: Calls) -> Judged:
    """After a change through an interface, both views tell the same state and the same request.

    A state that is passing, or that the interface does not know, is not examined.
    """
    observations: list[Observation] = []
    examined = 0
    for transcript, call, facet, system, view in _seen(calls):
        subject, setting = title(transcript, call), transcript.setting
        allowed = _agreeing(setting, facet, system)
        value = view.get(facet.observed)
        if allowed and value is not None:
            examined += 1
            if value not in allowed:
                state = system.get(setting.observed)
                expected = f"{facet.observed} {_either(allowed)} beside {setting.observed} {state}"
                observations.append(Observation(subject, expected, show(value)))
        requested = system.get("RequestedState")
        if facet.asked is not None and requested not in {*UNTOLD, facet.asked}:
            expected = f"RequestedState {facet.asked}, as requested, or 12 where it is not tracked"
            observations.append(Observation(subject, expected, show(requested)))
    return Judged(examined, tuple(observations))


def _agreeing(setting: Setting, facet: Facet, system: Seen) -> tuple[int, ...]:
    value = system.get(setting.observed)
    name = next((name for name, number in setting.states.items() if number == value), "")
    return facet.agreeing.get(name, ())


def _either(values: tuple[int, ...]) -> str:
    return " or ".join(map(str, values))


def request_shown(calls: Calls) -> Judged:
    """The interface shows the request that was accepted last, or that it tracks none.

    One that always shows 0 does not track it either, and should say 12.
    """
    pairs = [
        (title(transcript, call), facet, view.get(facet.requested))
        for transcript, call, facet, _, view in _seen(calls)
        if facet.shown is not None
    ]
    if pairs and {value for *_, value in pairs} == {UNKNOWN}:
        subject, facet, _ = pairs[0]
        expected = f"{facet.requested} as requested, or 12 (Not Applicable) where it is not tracked"
        return Judged(len(pairs), (Observation(subject, expected, "always 0", "warn"),))
    observations = tuple(
        Observation(subject, f"{facet.requested} {facet.shown}, as requested", show(value))
        for subject, facet, value in pairs
        if value not in (facet.shown, None, NOT_APPLICABLE)
    )
    return Judged(len(pairs), observations)


def _seen(calls: Calls) -> Iterator[tuple[Transcript, Call, Facet, Seen, Seen]]:
    """Yield accepted calls after which the system and its view through the interface were read."""
    for transcript, call in calls:
        facet, after = transcript.setting.facet, call.after
        if facet is None or after is None or after.system is None or not call.outcome.accepted:
            continue
        view = after.links.get(facet.link, ())
        if view and call.purpose == "test":
            yield transcript, call, facet, after.system, view[0]


INTERFACE_RULES: dict[str, Callable[[Calls], Judged]] = {
    "states-agree": states_agree,
    "request-shown": request_shown,
}
"""Rules by the names that profile definitions use."""
