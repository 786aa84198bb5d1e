"""The states of a virtual system, and what each request does in each state.

The state machine of the Virtual System Profile (DSP1057, clause 7) is one table here; nothing
else in the package knows which transitions exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias


class State(IntEnum):
    """A stable state of a virtual system; the value is its EnabledState."""

    ACTIVE = 2
    DEFINED = 3
    SUSPENDED = 6
    PAUSED = 9


class Request(IntEnum):
    """A value of the parameter RequestedState that the profile uses."""

    ENABLE = 2
    DISABLE = 3
    SHUT_DOWN = 4
    OFFLINE = 6
    QUIESCE = 9
    REBOOT = 10
    RESET = 11


#: What CIM_EnabledLogicalElement.RequestStateChange can name at all (its ValueMap).
REQUESTS_OF_THE_SCHEMA = frozenset({2, 3, 4, 6, 7, 8, 9, 10, 11})

#: Values of the properties RequestedState and TransitioningToState that are no request.
NO_CHANGE = 5

Transitions: TypeAlias = Mapping[tuple[State, int], State]

TRANSITIONS: Transitions = {
    (State.DEFINED, Request.ENABLE): State.ACTIVE,
    (State.ACTIVE, Request.DISABLE): State.DEFINED,
    (State.ACTIVE, Request.SHUT_DOWN): State.DEFINED,
    (State.ACTIVE, Request.OFFLINE): State.SUSPENDED,
    (State.ACTIVE, Request.QUIESCE): State.PAUSED,
    (State.ACTIVE, Request.REBOOT): State.ACTIVE,
    (State.ACTIVE, Request.RESET): State.ACTIVE,
    (State.PAUSED, Request.ENABLE): State.ACTIVE,
    (State.PAUSED, Request.DISABLE): State.DEFINED,
    (State.PAUSED, Request.OFFLINE): State.SUSPENDED,
    (State.PAUSED, Request.RESET): State.ACTIVE,
    (State.SUSPENDED, Request.ENABLE): State.ACTIVE,
    (State.SUSPENDED, Request.DISABLE): State.DEFINED,
}

#: The request that leads to a state, for systems that are populated in it.
REQUEST_FOR: Mapping[State, Request] = {
    State.ACTIVE: Request.ENABLE,
    State.DEFINED: Request.DISABLE,
    State.SUSPENDED: Request.OFFLINE,
    State.PAUSED: Request.QUIESCE,
}


def available_requests(state: State, transitions: Transitions) -> list[int]:
    """Return what can be requested in a state: the value of AvailableRequestedStates."""
    return sorted(int(request) for current, request in transitions if current is state)


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a virtual system in some state shows itself (DSP1052 properties)."""

    enabled_state: int
    operational_status: tuple[int, ...]
    health_state: int = 5


APPEARANCES: Mapping[State, Appearance] = {
    State.ACTIVE: Appearance(State.ACTIVE, (2,)),
    State.DEFINED: Appearance(State.DEFINED, (10,)),
    State.PAUSED: Appearance(State.PAUSED, (15,)),
    State.SUSPENDED: Appearance(State.SUSPENDED, (15,)),
}

STARTING = Appearance(10, (8,))
STOPPING = Appearance(4, (9,))


def appearance_between(before: State, after: State) -> Appearance:
    """Return how a system shows itself while a job takes it from one state to another."""
    if after is State.DEFINED:
        return STOPPING
    if after is State.ACTIVE and before in (State.DEFINED, State.SUSPENDED):
        return STARTING
    return APPEARANCES[before]
