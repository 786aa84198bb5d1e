"""The simulated hypervisor put together: host, pools, systems, jobs, and who answers what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reference_impl.hypervisor.calls import Caller
from reference_impl.hypervisor.companions import Companions
from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.devices import Devices
from reference_impl.hypervisor.endpoints import Endpoints
from reference_impl.hypervisor.host import METHOD_VALUES, Host
from reference_impl.hypervisor.host_devices import PROCESSORS, HostDevices
from reference_impl.hypervisor.job_methods import JobMethods
from reference_impl.hypervisor.jobs import Jobs
from reference_impl.hypervisor.lifecycle import Lifecycle
from reference_impl.hypervisor.management import Management
from reference_impl.hypervisor.migration import MIGRATE_METHODS, MigrationService
from reference_impl.hypervisor.modification import Modification
from reference_impl.hypervisor.names import SystemWriter
from reference_impl.hypervisor.placement import Placement
from reference_impl.hypervisor.pool_service import POOL_METHOD_VALUES, PoolService
from reference_impl.hypervisor.pools import Pools
from reference_impl.hypervisor.power import METHOD as REQUEST_POWER_STATE_CHANGE
from reference_impl.hypervisor.power import PowerService
from reference_impl.hypervisor.profiles import Profiles
from reference_impl.hypervisor.refusal import answering
from reference_impl.hypervisor.scheduler import Scheduler
from reference_impl.hypervisor.server_description import describe_server
from reference_impl.hypervisor.snapshot_service import SNAPSHOT_METHOD_VALUES, SnapshotService
from reference_impl.hypervisor.snapshots import Snapshots
from reference_impl.hypervisor.state_change import METHOD as REQUEST_STATE_CHANGE
from reference_impl.hypervisor.state_change import StateChange
from reference_impl.hypervisor.store import Presentation, Rewrite, Store
from reference_impl.hypervisor.switch import Fabric, VirtualSwitch
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodHandler, Operations
from reference_impl.repository import Repository

#: Every method that can run as a job.
METHODS = frozenset(
    {
        *METHOD_VALUES,
        *POOL_METHOD_VALUES,
        *SNAPSHOT_METHOD_VALUES,
        *MIGRATE_METHODS,
        REQUEST_STATE_CHANGE,
        REQUEST_POWER_STATE_CHANGE,
    }
)


@dataclass(frozen=True, slots=True)
class HypervisorSettings:
    """What the operator of the hypervisor may choose.

    `asynchronous` names the methods that run as jobs, each step of which takes
    `job_step_seconds`. In the single-configuration approach the state configuration of a
    system is its defined configuration (DSP1057, clause 7). With `patterns`, the patterns of
    resource allocation are registered in place of the profiles that specialise them.
    `processors` is how many the host has for its systems.
    """

    namespace: str = "root/virt"
    interop: str = "root/interop"
    asynchronous: Collection[str] = frozenset()
    single_configuration: bool = False
    patterns: bool = False
    processors: int = PROCESSORS
    job_step_seconds: float = 0.02


class Hypervisor:
    """A host without virtual systems yet; everything about it is shown in the repository.

    `rewrites`, `substitutes` and `presentation` alter what is shown, from the first instance on
    (see `Store`).
    Thread-safe by the repository's lock. `close` ends the jobs.
    """

    def __init__(
        self,
        repository: Repository,
        settings: HypervisorSettings,
        rewrites: Collection[tuple[str, Rewrite]] = (),
        substitutes: Mapping[str, str] | None = None,
        presentation: Presentation | None = None,
    ) -> None:
        self.settings = settings
        self.store = Store(repository, settings.namespace, settings.interop)
        self.store.rewrites.extend(rewrites)
        self.store.substitutes.update(substitutes or {})
        self.store.presentation = presentation
        self.scheduler = Scheduler()
        self.profiles = Profiles(self.store, patterns=settings.patterns)
        self.host = Host(self.store, self.profiles, settings.asynchronous)
        describe_server(self.store, self.host.name)
        self.endpoints = Endpoints(self.store, self.profiles)
        self.host_devices = HostDevices(
            self.store,
            self.host.name,
            self.profiles,
            self.endpoints,
            processors=settings.processors,
        )
        self.pools = Pools(self.store, self.host.name, self.host_devices, self.profiles)
        self.configurations = Configurations(self.store, self.pools)
        self.devices = Devices(self.store, self.profiles, self.endpoints)
        self._connect(dual=not settings.single_configuration)
        self.companions = Companions()
        self.systems = Systems(
            self.store,
            self.host,
            self.profiles,
            self.configurations,
            companions=self.companions,
            dual=not settings.single_configuration,
        )
        self.lifecycle = Lifecycle(
            self.store, self.pools, self.configurations, self.devices, self.companions
        )
        self.jobs = Jobs(self.store, self.profiles, self.scheduler, settings.job_step_seconds)
        self._offer_services(settings.asynchronous)

    def _connect(self, *, dual: bool) -> None:
        """Put the virtual switch in place, for connections to be attached to."""
        self.switch = VirtualSwitch(
            self.store,
            self.host.name,
            self.profiles,
            Fabric(
                self.pools, self.host_devices, self.configurations, self.devices, self.endpoints
            ),
            dual=dual,
        )
        self.placement = Placement(self.store.namespace, [self.switch.name])

    def _offer_services(self, asynchronous: Collection[str]) -> None:
        """Put together what answers the methods of systems and services."""
        caller = self.caller = Caller(self.jobs, self.host.service, asynchronous)
        self.management = Management(
            self.store,
            self.systems,
            self.lifecycle,
            self.configurations,
            placement=self.placement,
            caller=caller,
        )
        self.modification = Modification(
            self.store,
            self.systems,
            self.lifecycle,
            self.configurations,
            placement=self.placement,
            devices=self.devices,
            caller=caller,
        )
        self.state_change = StateChange(
            self.store,
            self.systems,
            self.lifecycle,
            self.jobs,
            service=self.host.service,
            asynchronous=asynchronous,
        )
        self.pool_service = PoolService(
            self.store,
            self.host.name,
            self.pools,
            self.host_devices,
            jobs=self.jobs,
            asynchronous=asynchronous,
        )
        self._offer_companions(asynchronous)

    def _offer_companions(self, asynchronous: Collection[str]) -> None:
        """Put together the services that show something beside each virtual system."""
        host = self.host.name
        self.snapshots = Snapshots(self.store, self.lifecycle, self.configurations)
        self.snapshot_service = SnapshotService(
            self.store,
            host,
            self.systems,
            self.snapshots,
            jobs=self.jobs,
            asynchronous=asynchronous,
        )
        self.power_service = PowerService(
            self.store,
            host,
            self.profiles,
            self.systems,
            lifecycle=self.lifecycle,
            state_change=self.state_change,
        )
        self.migration_service = MigrationService(
            self.store,
            host,
            self.profiles,
            self.systems,
            lifecycle=self.lifecycle,
            jobs=self.jobs,
            asynchronous=asynchronous,
        )
        for companion in (self.snapshot_service, self.power_service, self.migration_service):
            self.companions.join(companion)

    def serve(self, operations: Operations) -> None:
        """Enter all handlers and writers into the tables of the server."""
        for target, handler in self._handlers().items():
            operations.methods[target] = answering(handler)
        operations.writers["CIM_ComputerSystem"] = SystemWriter(self.store, self.systems)
        operations.writers["CIM_ConcreteJob"] = JobMethods(self.store, self.jobs)

    def close(self) -> None:
        """End the jobs, finished or not."""
        self.scheduler.close()

    def _handlers(self) -> dict[tuple[str, str], MethodHandler]:
        jobs = JobMethods(self.store, self.jobs)
        service = "CIM_VirtualSystemManagementService"
        change = self.modification
        return {
            ("CIM_RegisteredProfile", "GetCentralInstances"): self.profiles.get_central_instances,
            ("CIM_ComputerSystem", REQUEST_STATE_CHANGE): self.state_change.request_state_change,
            (service, "DefineSystem"): self.management.define_system,
            (service, "DestroySystem"): self.management.destroy_system,
            (service, "AddResourceSettings"): change.add_resource_settings,
            (service, "ModifyResourceSettings"): change.modify_resource_settings,
            (service, "RemoveResourceSettings"): change.remove_resource_settings,
            (service, "ModifySystemSettings"): change.modify_system_settings,
            ("CIM_ConcreteJob", "RequestStateChange"): jobs.request_state_change,
            ("CIM_ConcreteJob", "GetErrors"): jobs.get_errors,
            **self.pool_service.handlers(),
            **self.snapshot_service.handlers(),
            **self.power_service.handlers(),
            **self.migration_service.handlers(),
        }
