"""Return codes of Windows by those of the CIM methods that stand behind them."""

from __future__ import annotations

from collections.abc import Mapping

FAILED = 32768
NOT_SUPPORTED = 32770
INVALID_PARAMETER = 32773
IN_USE = 32774
INVALID_STATE = 32775
INCORRECT_TYPE = 32776
INSUFFICIENT_RESOURCES = 32780

#: Of RequestStateChange, of systems and of jobs.
STATE_CHANGE: Mapping[int, int] = {
    1: NOT_SUPPORTED,
    4: FAILED,
    5: INVALID_PARAMETER,
    4097: INVALID_STATE,
    4098: INVALID_PARAMETER,
    4099: INVALID_STATE,
}

#: Of the services for virtual systems and for snapshots.
SERVICE: Mapping[int, int] = {
    1: NOT_SUPPORTED,
    2: FAILED,
    4: INVALID_PARAMETER,
    5: INVALID_STATE,
    6: INVALID_PARAMETER,
}

#: Of the service for resource pools.
POOLS: Mapping[int, int] = {
    1: NOT_SUPPORTED,
    4: FAILED,
    5: INVALID_PARAMETER,
    6: IN_USE,
    7: INCORRECT_TYPE,
    8: INSUFFICIENT_RESOURCES,
    4097: INVALID_PARAMETER,
}
