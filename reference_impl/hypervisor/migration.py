"""Migration of virtual systems, as far as it goes with one host (DSP1081).

The only destination that can be reached is the host itself. A system that is migrated there is
the same system afterwards, and has gone through what its type of migration means: nothing, a
pause, or a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum

from reference_impl.hypervisor.calls import Answer, Caller
from reference_impl.hypervisor.companions import Companion
from reference_impl.hypervisor.destinations import FORMATS, names_this_host
from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.jobs import Jobs
from reference_impl.hypervisor.lifecycle import Lifecycle
from reference_impl.hypervisor.profiles import VIRTUAL_SYSTEM_MIGRATION, Profiles
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.refusal import (
    DONE,
    FAILED,
    INCOMPATIBLE_PARAMETERS,
    INVALID_PARAMETER,
    INVALID_STATE,
    Refused,
)
from reference_impl.hypervisor.requests import expect_class
from reference_impl.hypervisor.services import show_affected, show_service
from reference_impl.hypervisor.states import Request, State
from reference_impl.hypervisor.store import Store
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import Instance, ObjectName

SERVICE = "CIM_VirtualSystemMigrationService"
_SETTINGS = "CIM_VirtualSystemMigrationSettingData"

#: Method and its value in the arrays of methods that are supported.
MIGRATION_METHOD_VALUES: Mapping[str, int] = {
    "MigrateVirtualSystemToHost": 2,
    "MigrateVirtualSystemToSystem": 3,
    "CheckVirtualSystemIsMigratableToHost": 4,
    "CheckVirtualSystemIsMigratableToSystem": 5,
}

#: Those that can run as jobs.
MIGRATE_METHODS = frozenset({"MigrateVirtualSystemToHost", "MigrateVirtualSystemToSystem"})


class MigrationType(IntEnum):
    """A value of CIM_VirtualSystemMigrationSettingData.MigrationType."""

    LIVE = 2
    RESUME = 3
    RESTART = 4


#: States in which a system can be migrated in each way.
_FITTING: Mapping[MigrationType, frozenset[State]] = {
    MigrationType.LIVE: frozenset({State.ACTIVE}),
    MigrationType.RESUME: frozenset({State.ACTIVE, State.PAUSED}),
    MigrationType.RESTART: frozenset({State.ACTIVE}),
}

#: State changes that a type of migration takes an active system through.
_WAYS: Mapping[MigrationType, tuple[tuple[Request, State], ...]] = {
    MigrationType.LIVE: (),
    MigrationType.RESUME: ((Request.QUIESCE, State.PAUSED), (Request.ENABLE, State.ACTIVE)),
    MigrationType.RESTART: ((Request.DISABLE, State.DEFINED), (Request.ENABLE, State.ACTIVE)),
}

#: OperatingStatus of a system that is being migrated.
_MIGRATING = 9

#: TransportType of a migration that does not leave the host: inter-process communication.
_WITHIN_HOST = 6

#: ElementEffects of the jobs: Exclusive Use.
_EXCLUSIVE_USE = 2

#: Says whether the destination that a call names is reached; raises `Refused` for a wrong one.
_Destination = Callable[[MethodCall], bool]


@dataclass(frozen=True, slots=True)
class _Migration:
    """What a call asks for, formally right: whether its destination is reached, and how."""

    system: VirtualSystem
    kind: MigrationType
    reached: bool

    @property
    def fitting(self) -> bool:
        """Whether the system is in a state in which it can be migrated in this way."""
        return self.system.state in _FITTING[self.kind]


class MigrationService(Companion):
    """Handlers of the methods of the migration service; `name` is its path."""

    def __init__(
        self,
        store: Store,
        host: ObjectName,
        profiles: Profiles,
        systems: Systems,
        *,
        lifecycle: Lifecycle,
        jobs: Jobs,
        asynchronous: Collection[str],
    ) -> None:
        self._store = store
        self._schema = store.repository.schema
        self._host = host
        self._systems = systems
        self._lifecycle = lifecycle
        self.name = show_service(store, host, SERVICE, "Virtual system migration")
        profiles.conform(VIRTUAL_SYSTEM_MIGRATION, self.name)
        _offer(store, self.name, asynchronous)
        self._caller = Caller(jobs, self.name, MIGRATE_METHODS.intersection(asynchronous))

    def handlers(self) -> dict[tuple[str, str], MethodHandler]:
        """Return the handlers of the methods, for the table of the server."""
        to_host, to_system = self._host_named, self._system_named
        return {
            (SERVICE, "CheckVirtualSystemIsMigratableToHost"): self._checking(to_host),
            (SERVICE, "CheckVirtualSystemIsMigratableToSystem"): self._checking(to_system),
            (SERVICE, "MigrateVirtualSystemToHost"): self._migrating(to_host),
            (SERVICE, "MigrateVirtualSystemToSystem"): self._migrating(
                to_system, "NewComputerSystem"
            ),
        }

    def appear(self, system: VirtualSystem) -> None:
        """Show that a new system can be migrated."""
        show_affected(self._store, self.name, system.name)

    def _checking(self, destination: _Destination) -> MethodHandler:
        """Return a handler that says whether a system could be migrated, and changes nothing."""

        def check(call: MethodCall) -> MethodResult:
            with self._store.repository.lock:
                asked = self._asked(call, destination)
                return MethodResult(DONE, {"IsMigratable": asked.reached and asked.fitting})

        return check

    def _migrating(self, destination: _Destination, *results: str) -> MethodHandler:
        """Return a handler that migrates a system, now or in a job.

        `results` are output parameters that name the system when it has arrived.
        """

        def migrate(call: MethodCall) -> MethodResult:
            with self._store.repository.lock:
                asked = self._asked(call, destination)
                system = asked.system
                if not asked.reached:
                    raise Refused(FAILED, "the destination cannot be reached")
                if not asked.fitting:
                    raise Refused(INVALID_STATE, f"the system is {system.state.name}")

                def end() -> None:
                    self._store.change(system.name, OperatingStatus=None)

                def work() -> Answer:
                    try:
                        self._migrate(asked)
                    finally:
                        end()
                    return Answer(dict.fromkeys(results, system.name))

                self._store.change(system.name, OperatingStatus=_MIGRATING)
                affected = [(system.name, [_EXCLUSIVE_USE])]
                return self._caller.run(call, work, affected, [system], end)

        return migrate

    def _migrate(self, asked: _Migration) -> None:
        """Take a system through its migration; it is as it was before when that fails."""
        system = asked.system
        before = self._lifecycle.capture(system)
        if system.state is not State.ACTIVE:
            return
        try:
            for request, target in _WAYS[asked.kind]:
                self._lifecycle.change(system, request, target)
        except Refused:
            self._lifecycle.restore(system, before)
            raise

    def _asked(self, call: MethodCall, destination: _Destination) -> _Migration:
        """Return what a call asks for. Raises `Refused` when it is formally wrong."""
        name = call.get("ComputerSystem")
        system = self._systems.named(name) if name else None
        if system is None:
            raise Refused(INVALID_PARAMETER, f"ComputerSystem: {name} is no virtual system")
        reached = destination(call)
        kind = self._kind(call.get("MigrationSettingData"))
        for parameter in ("NewSystemSettingData", "NewResourceSettingData"):
            if call.get(parameter):
                raise Refused(
                    INCOMPATIBLE_PARAMETERS, f"{parameter}: settings stay as they are on one host"
                )
        if system.job is not None:
            raise Refused(INVALID_STATE, "a job is changing the system")
        return _Migration(system, kind, reached)

    def _kind(self, given: Instance | None) -> MigrationType:
        """Return the type of migration that settings ask for; live if they leave it open."""
        if given is None:
            return MigrationType.LIVE
        expect_class(self._schema, given, _SETTINGS)
        kind = given.get("MigrationType")
        if kind is not None and kind not in set(MigrationType):
            raise Refused(INVALID_PARAMETER, f"MigrationType {kind}")
        if given.get("TransportType") not in (None, 0, _WITHIN_HOST):
            raise Refused(INCOMPATIBLE_PARAMETERS, "TransportType: the system stays on its host")
        if given.get("Bandwidth") or given.get("Priority"):
            raise Refused(INCOMPATIBLE_PARAMETERS, "Bandwidth and Priority cannot be chosen")
        return MigrationType.LIVE if kind is None else MigrationType(kind)

    def _host_named(self, call: MethodCall) -> bool:
        """Whether DestinationHost names this host. Raises `Refused` when it names none at all."""
        return names_this_host(call.get("DestinationHost"))

    def _system_named(self, call: MethodCall) -> bool:
        """Whether DestinationSystem is the host. Raises `Refused` when it can be no host."""
        name = call.get("DestinationSystem")
        if name is None or self._store.repository.get(name) is None:
            raise Refused(INVALID_PARAMETER, f"DestinationSystem: there is no system {name}")
        if name != self._host:
            raise Refused(INCOMPATIBLE_PARAMETERS, f"DestinationSystem: {name} is no host")
        return True


def _offer(store: Store, service: ObjectName, asynchronous: Collection[str]) -> None:
    """Announce each method in the way it runs, and how systems are migrated by default."""
    jobs = MIGRATE_METHODS.intersection(asynchronous)
    offered = MIGRATION_METHOD_VALUES.items()
    capabilities = store.add(
        "CIM_VirtualSystemMigrationCapabilities",
        InstanceID=instance_id("virtual system migration capabilities"),
        ElementName="Virtual system migration capabilities",
        SynchronousMethodsSupported=[v for m, v in offered if m not in jobs],
        AsynchronousMethodsSupported=[v for m, v in offered if m in jobs],
        DestinationHostFormatsSupported=list(FORMATS),
    )
    store.add("CIM_ElementCapabilities", ManagedElement=service, Capabilities=capabilities)
    default = store.add(
        _SETTINGS,
        InstanceID=instance_id("virtual system migration", "default"),
        ElementName="Default migration",
        MigrationType=int(MigrationType.LIVE),
        Priority=0,
        Bandwidth=0,
        TransportType=_WITHIN_HOST,
    )
    store.add(
        "CIM_SettingsDefineCapabilities",
        GroupComponent=capabilities,
        PartComponent=default,
        PropertyPolicy=0,
        ValueRole=0,
        ValueRange=0,
    )
