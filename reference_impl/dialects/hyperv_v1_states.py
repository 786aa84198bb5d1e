"""States of virtual systems as Windows Server 2008 numbers them, and requests for them."""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects import windows_looks as looks
from reference_impl.dialects.dialect import Translate
from reference_impl.dialects.windows_classes import enumerated
from reference_impl.schema import Facts

PAUSED, SUSPENDED = 32768, 32769
_STARTING, _SAVING, _STOPPING, _PAUSING, _RESUMING = 32770, 32773, 32774, 32776, 32777

#: EnabledState and RequestedState by those of the profile.
_STABLE: Mapping[int, int] = {9: PAUSED, 6: SUSPENDED, 10: _STARTING, 4: _STOPPING}
_REQUESTED: Mapping[int, int] = {9: PAUSED, 6: SUSPENDED, 11: 10}

#: EnabledState while a request of the profile is carried out, -2 for resuming.
_PASSING: Mapping[int, int] = {
    6: _SAVING,
    9: _PAUSING,
    10: _STOPPING,
    11: _STOPPING,
    looks.RESUMING: _RESUMING,
}

#: RequestedState by the request of the profile: on, off, reset, paused, saved.
SUPPORTED_REQUESTS: Mapping[int, int] = {2: 2, 3: 3, 10: 11, PAUSED: 9, SUSPENDED: 6}

ENABLED_STATE: Facts = enumerated(
    "uint16",
    {
        0: "Unknown",
        2: "Enabled",
        3: "Disabled",
        PAUSED: "Paused",
        SUSPENDED: "Suspended",
        _STARTING: "Starting",
        32771: "Snapshotting",
        _SAVING: "Saving",
        _STOPPING: "Stopping",
        _PAUSING: "Pausing",
        _RESUMING: "Resuming",
    },
)

OUTWARD: Mapping[tuple[str, str], Translate] = {
    ("CIM_ComputerSystem", "EnabledState"): looks.enabled_state(_STABLE, _PASSING),
    ("CIM_ComputerSystem", "EnabledDefault"): looks.const(2),
    ("CIM_ComputerSystem", "RequestedState"): looks.requested_state(_REQUESTED),
    ("CIM_ComputerSystem", "TransitioningToState"): looks.const(None),
}
