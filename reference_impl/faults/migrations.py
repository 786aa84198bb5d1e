"""Faults of migrations, where the only destination is the host itself (DSP1081)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.states import Request
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import CIMError, ObjectName

_SERVICE = "CIM_VirtualSystemMigrationService"
_TO_HOST, _TO_SYSTEM = "MigrateVirtualSystemToHost", "MigrateVirtualSystemToSystem"
_HOSTED = "CIM_HostedDependency"
_ACCEPTED = (0, 4096)

#: Does something to a system that has, or has not, been migrated.
_Deed = Callable[[Hypervisor, ObjectName], object]


def _pausing(hypervisor: Hypervisor, system: ObjectName) -> None:
    asked = MethodCall(system, "RequestStateChange", {"RequestedState": int(Request.QUIESCE)})
    hypervisor.state_change.request_state_change(asked)


def _stopping(hypervisor: Hypervisor, system: ObjectName) -> None:
    asked = MethodCall(system, "RequestStateChange", {"RequestedState": int(Request.DISABLE)})
    hypervisor.state_change.request_state_change(asked)


def _unhosting(hypervisor: Hypervisor, system: ObjectName) -> None:
    repository = hypervisor.store.repository
    for link in repository.referring(system, _HOSTED):
        repository.remove(link.path)


def _also(method: str, deed: _Deed, it: Bend, *, accepted: bool) -> None:
    """Do something else, too, to a system whose migration was accepted, or was refused."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            system = call.arguments.get("ComputerSystem")
            there = isinstance(system, ObjectName) and found[0].store.repository.get(system)
            try:
                result = right(call)
            except CIMError:
                if there and isinstance(system, ObjectName) and not accepted:
                    deed(found[0], system)
                raise
            due = (result.return_value in _ACCEPTED) is accepted
            if due and there and isinstance(system, ObjectName):
                deed(found[0], system)
            return result

        return answer

    it.wrap(_SERVICE, method, wrapper)


def _accepting(parameter: str) -> Callable[[MethodHandler], MethodHandler]:
    """Answer with success, and do nothing, where a call with a parameter is refused."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            try:
                result = right(call)
            except CIMError:
                result = MethodResult(1)
            wrong = parameter in call.arguments and result.return_value not in _ACCEPTED
            return MethodResult(0) if wrong else result

        return answer

    return wrapper


def _checks(*names: str) -> tuple[str, ...]:
    return tuple(f"DSP1081:migrate.{name}" for name in names)


FAULTS = (
    Fault(
        name="migrate-to-own-host-not-supported",
        statement="The migration to the own host by its name is refused as not supported.",
        breaks=_checks("own-host"),
        bend=lambda it: it.pretend(_SERVICE, _TO_HOST, 1),
    ),
    Fault(
        name="migrate-to-own-system-not-supported",
        statement="The migration to the own host is refused as not supported.",
        breaks=_checks("own-system"),
        bend=lambda it: it.pretend(_SERVICE, _TO_SYSTEM, 1),
    ),
    Fault(
        name="migrated-system-pauses",
        statement="A system that has been migrated to its own host by the name of it is paused.",
        breaks=_checks("own-host.stays"),
        bend=partial(_also, _TO_HOST, _pausing, accepted=True),
    ),
    Fault(
        name="migrated-system-nowhere",
        statement="A system that has been migrated to its own host is on none.",
        breaks=_checks("own-system.stays"),
        bend=partial(_also, _TO_SYSTEM, _unhosting, accepted=True),
    ),
    Fault(
        name="migration-refused-and-stopped",
        statement="A system whose migration to a named host is refused is stopped all the same.",
        breaks=_checks("malformed-host", "missing-host"),
        bend=partial(_also, _TO_HOST, _stopping, accepted=False),
    ),
    Fault(
        name="migrate-to-malformed-host",
        statement="A migration to a host that cannot be one, or of no system, succeeds.",
        breaks=_checks(
            "malformed-host",
            "unknown-system",
            "missing-system",
        ),
        bend=lambda it: it.wrap(_SERVICE, _TO_HOST, _accepting("DestinationHost")),
    ),
    Fault(
        name="migrate-to-unknown-host",
        statement="A migration to a system that does not exist succeeds.",
        breaks=_checks("unknown-host"),
        bend=lambda it: it.wrap(_SERVICE, _TO_SYSTEM, _accepting("DestinationSystem")),
    ),
)
