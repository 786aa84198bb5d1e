"""Faults that only a sequence of requests can show: each single request does what it should.

What a system went through is remembered for as long as the server runs; the faults begin with a
second time, or after something else has happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.records import Captured, VirtualSystem
from reference_impl.hypervisor.states import Request, State
from reference_impl.values import ObjectName

_EXPLORE = ("DSP1057:explore",)
_TWICE = 2
_OTHER_ACTION = 4


@dataclass(slots=True)
class _Past:
    """The requests that were carried out, by system, in their order."""

    hypervisor: Hypervisor
    requests: dict[ObjectName, list[int]] = field(default_factory=dict)

    def of(self, system: VirtualSystem) -> list[int]:
        """Return what a system went through."""
        return self.requests.setdefault(system.name, [])


#: What happens after a request was carried out: the past, which holds it, and the system.
Then: TypeAlias = Callable[[_Past, VirtualSystem], object]


def _instead(whole: object, name: str, other: Callable[..., object]) -> None:
    """Put another function in the place of a method of one object."""
    setattr(whole, name, other)


def _remembering(hypervisor: Hypervisor, then: Then | None = None) -> _Past:
    """Remember what systems go through, and let something happen after each request."""
    past, right = _Past(hypervisor), hypervisor.lifecycle.change

    def change(system: VirtualSystem, request: int, target: State) -> None:
        right(system, request, target)
        past.of(system).append(request)
        if then is not None:
            then(past, system)

    _instead(hypervisor.lifecycle, "change", change)
    return past


def _after_each(then: Then) -> Callable[[Bend], object]:
    return lambda it: it.reach(lambda hypervisor: _remembering(hypervisor, then))


def _refuse_second_resume(it: Bend) -> None:
    def reach(hypervisor: Hypervisor) -> None:
        past, right = _remembering(hypervisor), hypervisor.lifecycle.target

        def target(system: VirtualSystem, request: int) -> State | None:
            often = past.of(system).count(Request.QUIESCE) >= _TWICE
            if often and system.state is State.PAUSED and request == Request.ENABLE:
                return None
            return right(system, request)

        _instead(hypervisor.lifecycle, "target", target)

    it.reach(reach)


def _lose_settings(past: _Past, system: VirtualSystem) -> None:
    """Change a setting of the defined configuration after the second restoration."""
    requests = past.of(system)
    if requests.count(Request.OFFLINE) >= _TWICE and requests[-1] == Request.ENABLE:
        past.hypervisor.store.change(system.defined.name, AutomaticRecoveryAction=_OTHER_ACTION)


def _forget_available(past: _Past, system: VirtualSystem) -> None:
    """Leave what can be requested out of the list, for a system that was paused before."""
    requests = past.of(system)
    if Request.QUIESCE in requests[:-1] and system.state is State.ACTIVE:
        store = past.hypervisor.store
        store.change(system.name, AvailableRequestedStates=[int(Request.DISABLE)])


def _pause_another(past: _Past, system: VirtualSystem) -> None:
    """Pause another active system that was reset once, when one is reset."""
    if past.of(system)[-1] != Request.RESET:
        return
    for other in list(past.hypervisor.systems):
        is_other = other is not system and Request.RESET in past.of(other)
        if is_other and other.state is State.ACTIVE:
            past.hypervisor.lifecycle.change(other, Request.QUIESCE, State.PAUSED)


def _apply_paused(it: Bend) -> None:
    """Let an applied snapshot leave a system paused that was paused after it was taken."""

    def reach(hypervisor: Hypervisor) -> None:
        lifecycle, past = hypervisor.lifecycle, _remembering(hypervisor)
        capture, restore = lifecycle.capture, lifecycle.restore
        taken: dict[ObjectName, int] = {}

        def captured_at(system: VirtualSystem) -> Captured:
            taken[system.name] = len(past.of(system))
            return capture(system)

        def restored(system: VirtualSystem, captured: Captured) -> None:
            since = past.of(system)[taken.get(system.name, 0) :]
            wrong = captured.state is State.ACTIVE and Request.QUIESCE in since
            restore(system, replace(captured, state=State.PAUSED) if wrong else captured)

        _instead(lifecycle, "capture", captured_at)
        _instead(lifecycle, "restore", restored)

    it.reach(reach)


FAULTS = (
    Fault(
        name="sequence-second-resume-refused",
        statement="A system that was paused for the second time cannot be enabled again.",
        breaks=_EXPLORE,
        bend=_refuse_second_resume,
    ),
    Fault(
        name="sequence-second-restore-loses-settings",
        statement="A system that is restored for the second time loses a setting.",
        breaks=_EXPLORE,
        bend=_after_each(_lose_settings),
    ),
    Fault(
        name="sequence-snapshot-of-paused",
        statement="An applied snapshot leaves a system paused that was paused after it was taken.",
        breaks=_EXPLORE,
        bend=_apply_paused,
    ),
    Fault(
        name="sequence-available-forgotten",
        statement="A system that was paused once no longer lists all that can be requested of it.",
        breaks=_EXPLORE,
        bend=_after_each(_forget_available),
    ),
    Fault(
        name="sequence-reset-pauses-another",
        statement="The reset of one system pauses another that was reset before.",
        breaks=_EXPLORE,
        bend=_after_each(_pause_another),
    ),
)
