"""Faults of the checks of a migration: wrong answers, and effects of a question (DSP1081)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.states import Request
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.repository import Repository
from reference_impl.values import ObjectName, Value

_SERVICE = "CIM_VirtualSystemMigrationService"
_CAPABILITIES = "CIM_VirtualSystemMigrationCapabilities"
_TO_HOST = "CheckVirtualSystemIsMigratableToHost"
_TO_SYSTEM = "CheckVirtualSystemIsMigratableToSystem"
_HOSTED = "CIM_HostedDependency"
_LISTS = ("SynchronousMethodsSupported", "AsynchronousMethodsSupported")
_MIGRATE_TO_HOST, _MIGRATE_TO_SYSTEM = 2, 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call of a check, with what it is about."""

    call: MethodCall
    hypervisor: Hypervisor
    right: MethodHandler

    @property
    def repository(self) -> Repository:
        """What the server shows."""
        return self.hypervisor.store.repository

    @property
    def system(self) -> ObjectName | None:
        """The system that is to be migrated, if it exists."""
        name = self.call.arguments.get("ComputerSystem")
        there = isinstance(name, ObjectName) and self.repository.get(name) is not None
        return name if there and isinstance(name, ObjectName) else None

    @property
    def answer(self) -> MethodResult:
        """The right answer."""
        return self.right(self.call)


_Answer = Callable[[_Asked], MethodResult]


def _answering(method: str, answer: _Answer, it: Bend) -> None:
    """Let a function answer a check."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        return lambda call: answer(_Asked(call, found[0], right))

    it.wrap(_SERVICE, method, wrapper)


def _migratable(*, answer: Value) -> MethodResult:
    return MethodResult(0, {"IsMigratable": answer})


def _silent(asked: _Asked) -> MethodResult:
    """Leave the answer out."""
    return MethodResult(asked.answer.return_value)


def _for_refused(*, answer: bool) -> _Answer:
    """Answer where the right answer is a refusal, for a system that exists."""

    def answered(asked: _Asked) -> MethodResult:
        result = asked.answer
        wrong = asked.system is not None and result.return_value != 0
        return _migratable(answer=answer) if wrong else result

    return answered


def _for_nothing(asked: _Asked) -> MethodResult:
    """Say of a system that does not exist that it can be migrated."""
    return _migratable(answer=True) if asked.system is None else asked.answer


def _pausing(asked: _Asked) -> MethodResult:
    """Pause the system to look at it."""
    result = asked.answer
    if asked.system is not None and result.return_value == 0:
        methods = asked.hypervisor.state_change
        pause = {"RequestedState": int(Request.QUIESCE)}
        methods.request_state_change(MethodCall(asked.system, "RequestStateChange", pause))
    return result


def _unhosting(asked: _Asked) -> MethodResult:
    """Forget on which host the system is."""
    result = asked.answer
    if asked.system is not None and result.return_value == 0:
        for link in asked.repository.referring(asked.system, _HOSTED):
            asked.repository.remove(link.path)
    return result


def _unlisting(unlisted: int, it: Bend) -> None:
    """Offer a method no longer, which works all the same."""

    def rewritten(written: Values) -> Values:
        kept = {
            name: [value for value in written[name] if value != unlisted]
            for name in _LISTS
            if written.get(name)
        }
        return {**written, **kept}

    it.rewrite(_CAPABILITIES, rewritten)


def _checks(*names: str) -> tuple[str, ...]:
    return tuple(f"DSP1081:{name}" for name in names)


FAULTS = (
    Fault(
        name="migration-own-host-not-supported",
        statement="The check for the name of the own host is refused as not supported.",
        breaks=_checks("check.own-host"),
        bend=lambda it: it.pretend(_SERVICE, _TO_HOST, 1),
    ),
    Fault(
        name="migration-own-host-unanswered",
        statement="The check for the name of the own host succeeds without an answer.",
        breaks=_checks("check.own-host"),
        bend=lambda it: _answering(_TO_HOST, _silent, it),
    ),
    Fault(
        name="migration-own-system-not-supported",
        statement="The check for the own host is refused as not supported.",
        breaks=_checks("check.own-system"),
        bend=lambda it: it.pretend(_SERVICE, _TO_SYSTEM, 1),
    ),
    Fault(
        name="migration-to-malformed-host",
        statement="A system is said to be migratable to a host that cannot be one.",
        breaks=_checks(
            "check.malformed-host",
            "check.malformed-host.refused",
            "check.missing-host",
        ),
        bend=lambda it: _answering(_TO_HOST, _for_refused(answer=True), it),
    ),
    Fault(
        name="migration-malformed-host-answered",
        statement="A system is said not to be migratable to a host that cannot be one.",
        breaks=_checks(
            "check.malformed-host.refused",
            "check.missing-host",
        ),
        bend=lambda it: _answering(_TO_HOST, _for_refused(answer=False), it),
    ),
    Fault(
        name="migration-to-unknown-host",
        statement="A system is said to be migratable to a system that does not exist.",
        breaks=_checks(
            "check.unknown-host",
            "check.missing-host.to-system",
        ),
        bend=lambda it: _answering(_TO_SYSTEM, _for_refused(answer=True), it),
    ),
    Fault(
        name="migration-of-nothing-to-host",
        statement="A system that does not exist is said to be migratable to a host.",
        breaks=_checks(
            "check.unknown-system",
            "check.missing-system",
        ),
        bend=lambda it: _answering(_TO_HOST, _for_nothing, it),
    ),
    Fault(
        name="migration-of-nothing-to-system",
        statement="A system that does not exist is said to be migratable to a system.",
        breaks=_checks("check.unknown-system.to-system"),
        bend=lambda it: _answering(_TO_SYSTEM, _for_nothing, it),
    ),
    Fault(
        name="migration-check-pauses",
        statement="The check for a host pauses the system.",
        breaks=_checks("check.changes-nothing"),
        bend=lambda it: _answering(_TO_HOST, _pausing, it),
    ),
    Fault(
        name="migration-check-unhosts",
        statement="The check for a system takes the virtual system from its host.",
        breaks=_checks("check.changes-nothing.to-system"),
        bend=lambda it: _answering(_TO_SYSTEM, _unhosting, it),
    ),
    Fault(
        name="migration-to-host-unlisted",
        statement="Systems can be migrated to a named host, which is not offered.",
        breaks=_checks("refuse-unlisted-method.migrate-to-host"),
        bend=partial(_unlisting, _MIGRATE_TO_HOST),
    ),
    Fault(
        name="migration-to-system-unlisted",
        statement="Systems can be migrated to a host system, which is not offered.",
        breaks=_checks("refuse-unlisted-method.migrate-to-system"),
        bend=partial(_unlisting, _MIGRATE_TO_SYSTEM),
    ),
)
