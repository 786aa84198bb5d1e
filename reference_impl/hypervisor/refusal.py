"""How a method says no: with one of the return codes that it declares."""

from __future__ import annotations

from reference_impl.operations import MethodCall, MethodHandler, MethodResult

# Return codes of the methods of CIM_VirtualSystemManagementService (DSP1042, clause 8.2).
DONE = 0
NOT_SUPPORTED = 1
FAILED = 2
INVALID_PARAMETER = 4
INVALID_STATE = 5
INCOMPATIBLE_PARAMETERS = 6
INVALID_TYPE = 6  # of snapshots: what the same number means to their service
JOB_STARTED = 4096

# CIM_EnabledLogicalElement and CIM_ConcreteJob number their refusals otherwise.
STATE_CHANGE_FAILED = 4
STATE_CHANGE_INVALID_PARAMETER = 5
STATE_CHANGE_INVALID_TRANSITION = 4097
STATE_CHANGE_TIMEOUT_NOT_SUPPORTED = 4098
STATE_CHANGE_BUSY = 4099

# So does CIM_ResourcePoolConfigurationService (DSP1041, clause 8).
POOL_FAILED = 4
POOL_INVALID_PARAMETER = 5
POOL_IN_USE = 6
POOL_INCORRECT_RESOURCE_TYPE = 7
POOL_INSUFFICIENT_RESOURCES = 8
POOL_SIZE_NOT_SUPPORTED = 4097


class Refused(Exception):
    """A method call that cannot be granted: its return code and the reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def answering(handler: MethodHandler) -> MethodHandler:
    """Return the handler with its refusals turned into return codes."""

    def answer(call: MethodCall) -> MethodResult:
        try:
            return handler(call)
        except Refused as refused:
            return MethodResult(refused.code)

    return answer
