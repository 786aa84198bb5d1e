"""The virtual Ethernet switch of the host (DSP1097).

A switch is a virtual system that is always there. Its uplinks are static ports, each of which
has a port of the host to itself; its other ports come and go with the connections of running
virtual systems.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.devices import Devices
from reference_impl.hypervisor.endpoints import Endpoints
from reference_impl.hypervisor.host_devices import HostDevice, HostDevices
from reference_impl.hypervisor.identity import SWITCH_NAME
from reference_impl.hypervisor.object_paths import written
from reference_impl.hypervisor.pools import Pools
from reference_impl.hypervisor.profiles import COMPUTER_SYSTEM, VIRTUAL_ETHERNET_SWITCH, Profiles
from reference_impl.hypervisor.records import Allocation, Configuration, Wanted
from reference_impl.hypervisor.requests import DEFAULTS, SWITCH_SETTINGS
from reference_impl.hypervisor.resource_kinds import ETHERNET_CONNECTION, SWITCH_PORT
from reference_impl.hypervisor.store import Store, Values
from reference_impl.values import ObjectName

SWITCH_TYPE = "DMTF:Virtual Ethernet Switch"

#: How many ports lead out of the host.
UPLINKS = 1

_ETHERNET_SWITCH = 38
_BRIDGE = 2  # EVBMode: virtual Ethernet bridge
_DEDICATED = 3  # MappingBehavior


@dataclass(frozen=True, slots=True)
class Fabric:
    """What a switch is made with: pools to allocate from, and what shows the results."""

    pools: Pools
    host_devices: HostDevices
    configurations: Configurations
    devices: Devices
    endpoints: Endpoints


class VirtualSwitch:
    """The switch, shown with its configurations and its uplinks; `name` is its path."""

    def __init__(
        self, store: Store, host: ObjectName, profiles: Profiles, fabric: Fabric, *, dual: bool
    ) -> None:
        self._store = store
        self._fabric = fabric
        self.name = self._system()
        store.add("CIM_HostedDependency", Antecedent=host, Dependent=self.name)
        profiles.conform(VIRTUAL_ETHERNET_SWITCH, self.name)
        profiles.conform(COMPUTER_SYSTEM, self.name)
        self.defined, self.current = self._configure(dual=dual)
        for device in fabric.host_devices.pooled(SWITCH_PORT)[:UPLINKS]:
            self._uplink(device)

    def _system(self) -> ObjectName:
        return self._store.add(
            "CIM_ComputerSystem",
            Name=SWITCH_NAME,
            NameFormat="UUID",
            ElementName="Virtual switch",
            Dedicated=[_ETHERNET_SWITCH],
            EnabledState=2,
            EnabledDefault=2,
            RequestedState=12,
            TransitioningToState=12,
            OperationalStatus=[2],
            HealthState=5,
            ResetCapability=5,
        )

    def _configure(self, *, dual: bool) -> tuple[Configuration, Configuration]:
        """Show the configurations: one, or a defined one and one that is in force."""
        create, settings = self._fabric.configurations.create, self._settings()
        defined = current = create(SWITCH_NAME, "defined", settings, SWITCH_SETTINGS)
        if dual:
            current = create(SWITCH_NAME, "state", dict(settings), SWITCH_SETTINGS)
        self._store.add(
            "CIM_SettingsDefineState", ManagedElement=self.name, SettingData=current.name
        )
        self._fabric.configurations.link(current.name, defined.name)
        return defined, current

    def _settings(self) -> Values:
        connections = self._fabric.pools.pool_for(ETHERNET_CONNECTION, None)
        return {
            **DEFAULTS,
            "ElementName": "Virtual switch",
            "VirtualSystemIdentifier": SWITCH_NAME,
            "VirtualSystemType": SWITCH_TYPE,
            "AssociatedResourcePool": [written(connections.name)],
            "EVBMode": _BRIDGE,
            "MaxNumMACAddress": 4096,
            "VLANConnection": ["1"],
        }

    def _uplink(self, device: HostDevice) -> None:
        """Show a port that has a port of the host to itself, and is connected to that."""
        configurations = self._fabric.configurations
        asked: Values = {
            "ElementName": "Uplink",
            "HostResource": [written(device.name)],
            "MappingBehavior": _DEDICATED,
        }
        settings = configurations.prepared(SWITCH_PORT, asked)
        allocation = self._allocated(Wanted(SWITCH_PORT, settings))
        self._fabric.pools.reserve([allocation.claim])
        allocation.active = True
        local = f"{SWITCH_PORT.slug}-{allocation.serial}"
        self._fabric.devices.create_one(self.name, allocation, local)
        self._store.add(
            "CIM_HostedDependency", Antecedent=device.name, Dependent=allocation.devices[0]
        )
        if device.endpoint is not None:
            self._fabric.endpoints.connect(allocation.endpoints[0], device.endpoint)

    def _allocated(self, wanted: Wanted) -> Allocation:
        """Show a resource that is defined and in force; return what is in force."""
        configurations = self._fabric.configurations
        request = configurations.add_allocation(self.defined, wanted, SWITCH_NAME)
        allocation = request
        if self.current is not self.defined:
            again = request.wanted(request.name)
            allocation = configurations.add_allocation(self.current, again, SWITCH_NAME)
        configurations.link(allocation.name, request.name)
        return allocation
