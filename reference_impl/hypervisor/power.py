"""Power management of virtual systems: one service for all of them (DSP1027).

The power state of a virtual system is another view of its state. The value maps of CIM differ
above 11: what a client requests as 12 is shown as 13 by the property RequestedPowerState.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.hypervisor.companions import Companion
from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.jobs import interval_given
from reference_impl.hypervisor.lifecycle import Lifecycle
from reference_impl.hypervisor.profiles import POWER_STATE_MANAGEMENT, Profiles
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.refusal import (
    NOT_SUPPORTED,
    STATE_CHANGE_INVALID_PARAMETER,
    STATE_CHANGE_TIMEOUT_NOT_SUPPORTED,
    Refused,
)
from reference_impl.hypervisor.services import show_service
from reference_impl.hypervisor.state_change import StateChange
from reference_impl.hypervisor.states import Request, State
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import ObjectName

SERVICE = "CIM_PowerManagementService"
METHOD = "RequestPowerStateChange"

_ON = 2
_SLEEP = 3
_POWER_CYCLE_SOFT = 5
_OFF_HARD = 6
_HIBERNATE = 7
_OFF_SOFT = 8
_POWER_CYCLE_HARD = 9
_RESET = 10
_OFF_SOFT_GRACEFUL = 12

#: What the parameter PowerState can name at all (its ValueMap).
REQUESTS_OF_THE_SCHEMA = frozenset(range(2, 17))

#: What is requested of a virtual system by each power state that can be requested of it.
MEANINGS: Mapping[int, Request] = {
    _ON: Request.ENABLE,
    _SLEEP: Request.QUIESCE,
    _POWER_CYCLE_SOFT: Request.REBOOT,
    _OFF_HARD: Request.DISABLE,
    _HIBERNATE: Request.OFFLINE,
    _OFF_SOFT: Request.SHUT_DOWN,
    _POWER_CYCLE_HARD: Request.RESET,
    _RESET: Request.RESET,
    _OFF_SOFT_GRACEFUL: Request.SHUT_DOWN,
}

#: The power state that stands for a request that was made otherwise.
_POWER_STATE_FOR: Mapping[int, int] = {
    Request.ENABLE: _ON,
    Request.DISABLE: _OFF_HARD,
    Request.SHUT_DOWN: _OFF_SOFT,
    Request.OFFLINE: _HIBERNATE,
    Request.QUIESCE: _SLEEP,
    Request.REBOOT: _POWER_CYCLE_SOFT,
    Request.RESET: _RESET,
}

_POWER_STATES: Mapping[State, int] = {
    State.ACTIVE: _ON,
    State.PAUSED: _SLEEP,
    State.SUSPENDED: _HIBERNATE,
    State.DEFINED: _OFF_HARD,
}

#: PowerChangeCapabilities: settable, cycling, hard cycling, reset, graceful shutdown.
_CHANGES = (3, 4, 6, 7, 8)

#: TransitioningToPowerState of a system that stays where it is.
_NO_CHANGE = 19

#: From here on RequestedPowerState numbers by one more: 12 is its Not Applicable.
_SHIFTED_FROM = 12


class PowerService(Companion):
    """Handler of RequestPowerStateChange, which shows the power state of each virtual system."""

    def __init__(
        self,
        store: Store,
        host: ObjectName,
        profiles: Profiles,
        systems: Systems,
        *,
        lifecycle: Lifecycle,
        state_change: StateChange,
    ) -> None:
        self._store = store
        self._systems = systems
        self._lifecycle = lifecycle
        self._state_change = state_change
        self.name = show_service(store, host, SERVICE, "Power management")
        self._offer()
        profiles.conform(POWER_STATE_MANAGEMENT, self.name)
        self._shown: dict[ObjectName, ObjectName] = {}
        #: What was asked for as a power state, while it is being done.
        self._asked: dict[ObjectName, int] = {}

    def handlers(self) -> dict[tuple[str, str], MethodHandler]:
        """Return the handlers of the methods, for the table of the server."""
        return {(SERVICE, METHOD): self.request_power_state_change}

    def request_power_state_change(self, call: MethodCall) -> MethodResult:
        """Answer RequestPowerStateChange (DSP1027, clause 8): change the state of a system."""
        with self._store.repository.lock:
            power_state = _power_state(call)
            system = self._system(call.get("ManagedElement"))
            request = MEANINGS[power_state]
            if system.job is None:
                self._asked[system.name] = power_state
            try:
                return self._state_change.perform(METHOD, system, request, owner=self.name)
            finally:
                if system.job is None:
                    self._asked.pop(system.name, None)

    def appear(self, system: VirtualSystem) -> None:
        """Show that the power of a new system is managed, and off."""
        self._shown[system.name] = self._store.add(
            "CIM_AssociatedPowerManagementService",
            ServiceProvided=self.name,
            UserOfService=system.name,
            **self._settled(system, Request.DISABLE),
        )

    def depart(self, system: VirtualSystem, request: int) -> None:
        """Show the power state that a system is on its way to."""
        asked = self._asked.get(system.name, _POWER_STATE_FOR[request])
        self._store.change(
            self._shown[system.name],
            RequestedPowerState=_as_requested(asked),
            TransitioningToPowerState=asked,
            AvailableRequestedPowerStates=[],
        )

    def settle(self, system: VirtualSystem, request: int | None) -> None:
        """Show the power state of a system, and what was requested to reach it."""
        values = self._settled(system, request)
        self._asked.pop(system.name, None)
        self._store.change(self._shown[system.name], **values)

    def vanish(self, system: VirtualSystem) -> None:
        """Forget a system; its association goes with it."""
        del self._shown[system.name]
        self._asked.pop(system.name, None)

    def _settled(self, system: VirtualSystem, request: int | None) -> Values:
        values: Values = {
            "TransitioningToPowerState": _NO_CHANGE,
            "AvailableRequestedPowerStates": self._available(system.state),
        }
        if request is not None:
            asked = self._asked.get(system.name, _POWER_STATE_FOR[request])
            values["RequestedPowerState"] = _as_requested(asked)
            values["PowerState"] = _POWER_STATES[system.state]
            if request == Request.SHUT_DOWN and system.state is State.DEFINED:
                values["PowerState"] = _OFF_SOFT
        return values

    def _available(self, state: State) -> list[int]:
        transitions = self._lifecycle.transitions
        return [power for power, request in MEANINGS.items() if (state, request) in transitions]

    def _offer(self) -> None:
        capabilities = self._store.add(
            "CIM_PowerManagementCapabilities",
            InstanceID=instance_id("power management capabilities"),
            ElementName="Power management capabilities",
            PowerStatesSupported=sorted({*_POWER_STATES.values(), _OFF_SOFT}),
            RequestedPowerStatesSupported=list(MEANINGS),
            PowerChangeCapabilities=list(_CHANGES),
        )
        self._store.add(
            "CIM_ElementCapabilities", ManagedElement=self.name, Capabilities=capabilities
        )

    def _system(self, name: ObjectName | None) -> VirtualSystem:
        system = self._systems.named(name) if name else None
        if system is None:
            raise Refused(
                STATE_CHANGE_INVALID_PARAMETER, f"ManagedElement: {name} is no virtual system"
            )
        return system


def _as_requested(power_state: int) -> int:
    """Return the number that the property RequestedPowerState has for a power state."""
    return power_state if power_state < _SHIFTED_FROM else power_state + 1


def _power_state(call: MethodCall) -> int:
    """Return the power state that a call requests. Raises `Refused` when it cannot be had."""
    power_state = call.get("PowerState")
    if power_state not in REQUESTS_OF_THE_SCHEMA:
        raise Refused(STATE_CHANGE_INVALID_PARAMETER, f"PowerState {power_state}")
    if power_state not in MEANINGS:
        raise Refused(NOT_SUPPORTED, f"PowerState {power_state} is not supported")
    if interval_given(call.get("Time")):
        raise Refused(NOT_SUPPORTED, "Time: power states change at once")
    if interval_given(call.get("TimeoutPeriod")):
        raise Refused(STATE_CHANGE_TIMEOUT_NOT_SUPPORTED, "TimeoutPeriod cannot be honoured")
    return int(power_state)
