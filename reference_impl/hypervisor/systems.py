"""The virtual systems of the host: how one comes into being and how it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from reference_impl.hypervisor.companions import Companions
from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.host import MAXIMUM_NAME_LENGTH, Host
from reference_impl.hypervisor.identity import instance_id, system_name
from reference_impl.hypervisor.profiles import COMPUTER_SYSTEM, VIRTUAL_SYSTEM, Profiles
from reference_impl.hypervisor.records import Allocation, Configuration, VirtualSystem, Wanted
from reference_impl.hypervisor.states import (
    APPEARANCES,
    NO_CHANGE,
    Request,
    State,
    Transitions,
    available_requests,
)
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import ObjectName


def configurations_of(system: VirtualSystem | None) -> tuple[Configuration, ...]:
    """Return the configurations of a system, the state configuration first."""
    if system is None:
        return ()
    return (system.current, system.defined) if system.dual else (system.defined,)


class Systems:
    """All virtual systems by path; `transitions` is the state machine that they follow."""

    def __init__(
        self,
        store: Store,
        host: Host,
        profiles: Profiles,
        configurations: Configurations,
        *,
        companions: Companions,
        dual: bool,
    ) -> None:
        self._store = store
        self._host = host
        self._profiles = profiles
        self._configurations = configurations
        self._companions = companions
        self._dual = dual
        self._systems: dict[ObjectName, VirtualSystem] = {}
        self._by_uuid: dict[str, VirtualSystem] = {}
        self._identified: dict[str, VirtualSystem] = {}
        self._serial = count(1)

    def __iter__(self) -> Iterator[VirtualSystem]:
        return iter(self._systems.values())

    def __len__(self) -> int:
        return len(self._systems)

    def named(self, name: ObjectName) -> VirtualSystem | None:
        """Return the virtual system of this path, or None."""
        return self._systems.get(name)

    def identified(self, identifier: str) -> VirtualSystem | None:
        """Return the system whose VirtualSystemIdentifier this is, or None."""
        return self._identified.get(identifier)

    def configuration(self, instance: str) -> tuple[VirtualSystem, Configuration] | None:
        """Return the configuration whose InstanceID this is with its system, or None."""
        system = self._by_uuid.get(self._store.owner_of(instance))
        for configuration in configurations_of(system):
            if system and configuration.name.key("InstanceID") == instance:
                return system, configuration
        return None

    def any_configuration(self, instance: str) -> Configuration | None:
        """Return the configuration or snapshot whose InstanceID this is, or None."""
        system = self._by_uuid.get(self._store.owner_of(instance))
        taken = [each.configuration for each in system.snapshots.values()] if system else []
        for configuration in (*configurations_of(system), *taken):
            if configuration.name.key("InstanceID") == instance:
                return configuration
        return None

    def allocation(self, instance: str) -> tuple[VirtualSystem, Configuration, Allocation] | None:
        """Return the allocation whose InstanceID this is, with what it belongs to, or None."""
        system = self._by_uuid.get(self._store.owner_of(instance))
        for configuration in configurations_of(system):
            for name, allocation in configuration.allocations.items():
                if system and name.key("InstanceID") == instance:
                    return system, configuration, allocation
        return None

    def define(
        self,
        settings: Values,
        resources: Sequence[Wanted],
        transitions: Transitions,
        uuid: str | None = None,
    ) -> VirtualSystem:
        """Bring a system into the state "defined" (DSP1042, clause 8.2.1)."""
        uuid = uuid or system_name(next(self._serial))
        stamp = self._store.clock.stamp()
        settings = {"CreationTime": stamp, **settings}
        settings.setdefault("VirtualSystemIdentifier", uuid)
        name = self._system(uuid, settings["ElementName"], stamp, transitions)
        capabilities = self._capabilities(uuid, name)
        defined, current = self._configure(uuid, name, settings)
        for allocation in self._configurations.add_allocations(defined, resources, uuid):
            if current is defined:
                self._configurations.link(allocation.name, allocation.name)
        self._host.hosts(name)
        self._profiles.conform(VIRTUAL_SYSTEM, name)
        self._profiles.conform(COMPUTER_SYSTEM, name)
        system = VirtualSystem(name, uuid, capabilities, defined, current)
        self._systems[name] = self._by_uuid[uuid] = system
        self._identified[settings["VirtualSystemIdentifier"]] = system
        self._companions.appear(system)
        return system

    def remove(self, system: VirtualSystem) -> None:
        """Remove a system that holds no resources, with everything in its scope."""
        self._companions.vanish(system)
        for configuration in configurations_of(system):
            self._configurations.remove(configuration)
        self._store.remove(system.capabilities)
        self._store.remove(system.name)
        self._profiles.forget(system.name)
        del self._systems[system.name], self._by_uuid[system.uuid]
        del self._identified[system.defined.settings["VirtualSystemIdentifier"]]

    def rename(self, system: VirtualSystem, name: str) -> None:
        """Give a system another display name, now and in its definition."""
        for configuration in configurations_of(system):
            configuration.settings["ElementName"] = name
            self._store.change(configuration.name, ElementName=name)
        self._store.change(system.name, ElementName=name)

    def _configure(
        self, uuid: str, name: ObjectName, settings: Values
    ) -> tuple[Configuration, Configuration]:
        defined = self._configurations.create(uuid, "defined", dict(settings))
        current = defined
        if self._dual:
            current = self._configurations.create(uuid, "state", dict(settings))
        self._store.add("CIM_SettingsDefineState", ManagedElement=name, SettingData=current.name)
        self._configurations.link(current.name, defined.name)
        return defined, current

    def _system(
        self, uuid: str, element_name: str, stamp: str, transitions: Transitions
    ) -> ObjectName:
        appearance = APPEARANCES[State.DEFINED]
        return self._store.add(
            "CIM_ComputerSystem",
            Name=uuid,
            NameFormat="UUID",
            ElementName=element_name,
            Dedicated=[0],
            ResetCapability=4,
            EnabledState=appearance.enabled_state,
            EnabledDefault=int(State.DEFINED),
            RequestedState=int(Request.DISABLE),
            TransitioningToState=NO_CHANGE,
            AvailableRequestedStates=available_requests(State.DEFINED, transitions),
            TimeOfLastStateChange=stamp,
            OperationalStatus=list(appearance.operational_status),
            HealthState=appearance.health_state,
        )

    def _capabilities(self, uuid: str, system: ObjectName) -> ObjectName:
        """Show what states can be requested at all, and that the name can be edited."""
        capabilities = self._store.add(
            "CIM_EnabledLogicalElementCapabilities",
            InstanceID=instance_id(uuid, "capabilities"),
            ElementName="Capabilities of the virtual system",
            RequestedStatesSupported=[int(request) for request in Request],
            ElementNameEditSupported=True,
            MaxElementNameLen=MAXIMUM_NAME_LENGTH,
        )
        self._store.add("CIM_ElementCapabilities", ManagedElement=system, Capabilities=capabilities)
        return capabilities
