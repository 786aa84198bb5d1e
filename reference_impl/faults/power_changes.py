"""Faults of RequestPowerStateChange: wrong ends, wrong acceptance, views that differ (DSP1027)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.states import Request, State
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.repository import Repository
from reference_impl.values import ObjectName, Value

_SERVICE = "CIM_PowerManagementService"
_CHANGE = "RequestPowerStateChange"
_CAPABILITIES = "CIM_PowerManagementCapabilities"
_POWER = "CIM_AssociatedPowerManagementService"
_SYSTEM = "CIM_ComputerSystem"

_ON, _SLEEP, _SLEEP_DEEP, _CYCLE, _OFF, _HIBERNATE, _OFF_SOFT = 2, 3, 4, 5, 6, 7, 8
_CYCLE_HARD, _RESET, _GRACEFUL, _LAST = 9, 10, 12, 16
_NONSENSE = 99
_LISTS = (
    (_CAPABILITIES, "RequestedPowerStatesSupported"),
    (_POWER, "AvailableRequestedPowerStates"),
)

_NAMES = {
    _SLEEP: "sleep-light",
    _SLEEP_DEEP: "sleep-deep",
    _CYCLE: "cycle-soft",
    _OFF: "off-hard",
    _HIBERNATE: "hibernate",
    _OFF_SOFT: "off-soft",
    _CYCLE_HARD: "cycle-hard",
    _RESET: "reset",
    11: "interrupt",
    _GRACEFUL: "off-soft-graceful",
    13: "off-hard-graceful",
    14: "reset-graceful",
    15: "cycle-soft-graceful",
    _LAST: "cycle-hard-graceful",
}

#: What RequestedState is when a power state is requested.
_MEANT = {
    _ON: Request.ENABLE,
    _SLEEP: Request.QUIESCE,
    _SLEEP_DEEP: Request.QUIESCE,
    _CYCLE: Request.REBOOT,
    _OFF: Request.DISABLE,
    _HIBERNATE: Request.OFFLINE,
    _OFF_SOFT: Request.SHUT_DOWN,
    _CYCLE_HARD: Request.RESET,
    _RESET: Request.RESET,
    _GRACEFUL: Request.SHUT_DOWN,
}

#: Check, state before, power state requested, and the power state set in its place (None: none).
_WRONG_ENDS: tuple[tuple[str, State, int, int | None], ...] = (
    ("on", State.DEFINED, _ON, None),
    ("on-paused", State.PAUSED, _ON, None),
    ("on-suspended", State.SUSPENDED, _ON, None),
    ("sleep[sleep-light]", State.ACTIVE, _SLEEP, _OFF),
    ("sleep[sleep-deep]", State.ACTIVE, _SLEEP_DEEP, None),
    ("hibernate", State.ACTIVE, _HIBERNATE, _SLEEP),
    ("hibernate-paused", State.PAUSED, _HIBERNATE, _ON),
    ("off", State.ACTIVE, _OFF, _SLEEP),
    ("off-paused", State.PAUSED, _OFF, _ON),
    ("off-suspended", State.SUSPENDED, _OFF, _ON),
    ("off-soft[off-soft]", State.ACTIVE, _OFF_SOFT, _SLEEP),
    ("off-soft[off-soft-graceful]", State.ACTIVE, _GRACEFUL, _SLEEP),
    ("cycle-soft", State.ACTIVE, _CYCLE, _SLEEP),
    ("restart[cycle-hard]", State.ACTIVE, _CYCLE_HARD, _SLEEP),
    ("restart[reset]", State.ACTIVE, _RESET, _OFF),
)

#: Check, state, and the power state that is accepted there though it must be refused.
_ACCEPTED = (
    ("refuse-while-off[sleep-light]", State.DEFINED, _SLEEP),
    ("refuse-while-off[cycle-soft]", State.DEFINED, _CYCLE),
    ("refuse-while-off[hibernate]", State.DEFINED, _HIBERNATE),
    ("refuse-while-off[cycle-hard]", State.DEFINED, _CYCLE_HARD),
    ("refuse-while-off[reset]", State.DEFINED, _RESET),
    ("refuse-while-suspended[sleep-light]", State.SUSPENDED, _SLEEP),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call with what it is about; `state` is None where its element has none."""

    call: MethodCall
    repository: Repository
    right: MethodHandler

    @property
    def element(self) -> ObjectName | None:
        """The element whose power state is to change."""
        element = self.call.arguments.get("ManagedElement")
        return element if isinstance(element, ObjectName) else None

    @property
    def power_state(self) -> int | None:
        """What is requested."""
        found = self.call.get("PowerState")
        return found if isinstance(found, int) else None

    @property
    def state(self) -> int | None:
        """The EnabledState of the element."""
        shown = self.repository.get(self.element) if self.element is not None else None
        return shown.get("EnabledState") if shown is not None else None

    def instead(self, **arguments: Value) -> MethodResult:
        """Answer as if other arguments had been given."""
        given = {**self.call.arguments, **arguments}
        return self.right(replace(self.call, arguments=given))

    def show(self, **values: Value) -> None:
        """Change what the association shows of the element's power."""
        for link in self.repository.referring(self.element, _POWER) if self.element else ():
            self.repository.change(link.path, **values)

    def record(self) -> MethodResult:
        """Show the request as the one that was accepted last, and answer with success."""
        value = self.power_state or 0
        self.show(RequestedPowerState=value if value < _GRACEFUL else value + 1)
        if self.element is not None and value in _MEANT:
            self.repository.change(self.element, RequestedState=int(_MEANT[value]))
        return MethodResult(0)


_Answer = Callable[[_Asked], MethodResult]


def _answering(it: Bend, answer: _Answer) -> None:
    """Let a function answer all requests for a power state."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        return lambda call: answer(_Asked(call, found[0].store.repository, right))

    it.wrap(_SERVICE, _CHANGE, wrapper)


def _listing(it: Bend, change: Callable[[list[int]], list[int]]) -> None:
    """List other power states as those that can be requested, in general and now."""

    def rewriting(name: str) -> Callable[[Values], Values]:
        def rewritten(written: Values) -> Values:
            listed = written.get(name)
            return {**written, name: change(list(listed))} if listed is not None else written

        return rewritten

    for classname, name in _LISTS:
        it.rewrite(classname, rewriting(name))


def _going_wrong(state: State, value: int, other: int | None, it: Bend) -> None:
    """Let a request in a state lead elsewhere, or nowhere."""
    if value == _SLEEP_DEEP:
        _listing(it, lambda listed: [*listed, _SLEEP_DEEP])

    def answer(asked: _Asked) -> MethodResult:
        if asked.state != state or asked.power_state != value:
            return asked.instead()
        if other is not None:
            asked.instead(PowerState=other)
        return asked.record()

    _answering(it, answer)


def _accepting(state: State, value: int, it: Bend) -> None:
    """Answer a request in a state with success, and do nothing."""

    def answer(asked: _Asked) -> MethodResult:
        there = asked.state == state and asked.power_state == value
        return asked.record() if there else asked.instead()

    _answering(it, answer)


def _accepting_unlisted(state: State, value: int, it: Bend) -> None:
    """Accept a request in a state without listing it."""
    _listing(it, lambda listed: [each for each in listed if each != value])
    _accepting(state, value, it)


def _not_settable(it: Bend, code: int | None) -> None:
    """Offer no change of power states; answer with a code, or (None) change them all the same."""
    it.always(_CAPABILITIES, PowerChangeCapabilities=[4, 7])
    if code is not None:
        it.pretend(_SERVICE, _CHANGE, code)


def _sleeping_in_name(asked: _Asked) -> MethodResult:
    """Show the sleep of a system only as its power state."""
    if asked.state != State.ACTIVE or asked.power_state != _SLEEP:
        return asked.instead()
    asked.show(PowerState=_SLEEP)
    return asked.record()


def _request_untold(asked: _Asked) -> MethodResult:
    """Leave the requested state of a system as it was when its power state changes."""
    shown = asked.repository.get(asked.element) if asked.element is not None else None
    before = shown.get("RequestedState") if shown is not None else None
    result = asked.instead()
    if asked.element is not None and result.return_value == 0:
        asked.repository.change(asked.element, RequestedState=before)
    return result


def _refused_and_done(asked: _Asked) -> MethodResult:
    if asked.power_state != _LAST:
        return asked.instead()
    asked.instead(PowerState=_OFF)
    return MethodResult(1)


def _refused_and_shown(asked: _Asked) -> MethodResult:
    if asked.power_state == _LAST:
        asked.show(PowerState=_OFF)
    return asked.instead()


def _when(wrong: Callable[[_Asked], bool]) -> _Answer:
    """Answer certain requests with success, and do nothing."""
    return lambda asked: MethodResult(0) if wrong(asked) else asked.instead()


def _of_another_class(asked: _Asked) -> bool:
    return asked.element is not None and asked.element.classname != _SYSTEM


def _of_no_system(asked: _Asked) -> bool:
    return asked.element is not None and asked.repository.get(asked.element) is None


def _named(check: str) -> str:
    return check.replace("[", "-").replace("]", "")


def _checks(*names: str) -> tuple[str, ...]:
    return tuple(f"DSP1027:change.{name}" for name in names)


FAULTS = (
    *(
        Fault(
            name=f"power-{_named(check)}-goes-wrong",
            statement=f"A power state that is requested is not reached ({check}).",
            breaks=_checks(check),
            bend=partial(_going_wrong, state, value, other),
        )
        for check, state, value, other in _WRONG_ENDS
    ),
    *(
        Fault(
            name=f"power-accepts-{_named(check).removeprefix('refuse-')}",
            statement=f"A power state is accepted that must be refused ({check}).",
            breaks=_checks(check),
            bend=partial(_accepting, state, value),
        )
        for check, state, value in _ACCEPTED
    ),
    *(
        Fault(
            name=f"power-accepts-unlisted-{name}",
            statement=f"A system that is on accepts the power state {name}, which is not listed.",
            breaks=_checks(f"refuse-unsupported[{name}]"),
            bend=partial(_accepting_unlisted, State.ACTIVE, value),
        )
        for value, name in _NAMES.items()
    ),
    Fault(
        name="power-accepts-unlisted-on",
        statement="A system that is off accepts to be on, which is not listed.",
        breaks=_checks("refuse-unsupported-on"),
        bend=partial(_accepting_unlisted, State.DEFINED, _ON),
    ),
    Fault(
        name="power-refusal-turns-off",
        statement="A power state is refused, and the system is turned off all the same.",
        breaks=_checks(f"refuse-unsupported[{_NAMES[_LAST]}]"),
        bend=lambda it: _answering(it, _refused_and_done),
    ),
    Fault(
        name="power-refusal-shows-off",
        statement="A power state is refused, and the system is then shown as off.",
        breaks=_checks(f"refuse-unsupported[{_NAMES[_LAST]}]"),
        bend=lambda it: _answering(it, _refused_and_shown),
    ),
    Fault(
        name="power-accepts-nonsense",
        statement="A power state that the schema does not know is answered with success.",
        breaks=_checks("refuse-nonsense"),
        bend=lambda it: _answering(it, _when(lambda asked: asked.power_state == _NONSENSE)),
    ),
    Fault(
        name="power-set-though-not-settable",
        statement="A service that says it cannot set power states sets them.",
        breaks=_checks("unsupported-service", "unsupported-service.code"),
        bend=lambda it: _not_settable(it, None),
    ),
    Fault(
        name="power-not-settable-code",
        statement="A service that cannot set power states refuses them for their parameter.",
        breaks=_checks("unsupported-service.code"),
        bend=lambda it: _not_settable(it, 5),
    ),
    Fault(
        name="power-of-settings",
        statement="A power state is accepted for the settings of a system.",
        breaks=_checks("foreign"),
        bend=lambda it: _answering(it, _when(_of_another_class)),
    ),
    Fault(
        name="power-of-nothing",
        statement="A power state is accepted for a system that does not exist.",
        breaks=_checks("unknown"),
        bend=lambda it: _answering(it, _when(_of_no_system)),
    ),
    Fault(
        name="power-changes-too-early",
        statement="A power state that is requested for a later time is there at once.",
        breaks=_checks("later"),
        bend=lambda it: _answering(it, lambda asked: asked.instead(Time=None)),
    ),
    Fault(
        name="power-sleeps-in-name-only",
        statement="A system that sleeps is still shown as enabled.",
        breaks=_checks("state"),
        bend=lambda it: _answering(it, _sleeping_in_name),
    ),
    Fault(
        name="power-change-not-requested",
        statement="The requested state of a system does not follow its requested power state.",
        breaks=_checks("state"),
        bend=lambda it: _answering(it, _request_untold),
    ),
    Fault(
        name="power-request-never-shown",
        statement="The requested power state is always On.",
        breaks=_checks("requested"),
        bend=lambda it: it.always(_POWER, RequestedPowerState=_ON),
    ),
)
