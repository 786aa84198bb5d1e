"""The host system: the system itself, its management service and what that service offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reference_impl.hypervisor.identity import HOST_NAME, instance_id
from reference_impl.hypervisor.profiles import COMPUTER_SYSTEM, SYSTEM_VIRTUALIZATION, Profiles
from reference_impl.hypervisor.store import Store
from reference_impl.values import ObjectName

#: Types of virtual systems that can be defined, the default first (DSP1042: VirtualSystemType).
SYSTEM_TYPES = ("cimconform:Simulated-1", "cimconform:Simulated-2")

MAXIMUM_NAME_LENGTH = 256

#: Method and its value in Synchronous-/AsynchronousMethodsSupported (DSP1042, clause 7.4).
METHOD_VALUES: Mapping[str, int] = {
    "DefineSystem": 2,
    "DestroySystem": 3,
    "ModifyResourceSettings": 5,
    "ModifySystemSettings": 6,
    "RemoveResourceSettings": 7,
    "AddResourceSettings": 10,
}

#: What clients can be told of: states of virtual resources, jobs and virtual systems
#: (DSP1042: IndicationsSupported).
INDICATIONS_SUPPORTED = (2, 3, 4)


class Host:
    """The host system and its services; `name` and `service` are their paths."""

    def __init__(self, store: Store, profiles: Profiles, asynchronous: Collection[str]) -> None:
        self._store = store
        self.name = self._system()
        profiles.conform(SYSTEM_VIRTUALIZATION, self.name)
        profiles.conform(COMPUTER_SYSTEM, self.name)
        self.service = self._service()
        self._offer(asynchronous)

    def hosts(self, system: ObjectName) -> None:
        """Show that a virtual system is hosted and managed here."""
        self._store.add("CIM_HostedDependency", Antecedent=self.name, Dependent=system)
        self._store.add(
            "CIM_ServiceAffectsElement",
            AffectingElement=self.service,
            AffectedElement=system,
            ElementEffects=[5],
        )

    def _system(self) -> ObjectName:
        return self._store.add(
            "CIM_ComputerSystem",
            Name=HOST_NAME,
            NameFormat="UUID",
            ElementName="Reference host",
            Dedicated=[0],
            EnabledState=2,
            EnabledDefault=2,
            RequestedState=12,
            TransitioningToState=12,
            OperationalStatus=[2],
            HealthState=5,
            ResetCapability=5,
        )

    def _service(self) -> ObjectName:
        service = self._store.add(
            "CIM_VirtualSystemManagementService",
            SystemCreationClassName=self.name.classname,
            SystemName=self.name.key("Name"),
            Name="virtual system management",
            ElementName="Virtual system management",
            EnabledState=2,
            EnabledDefault=2,
            RequestedState=12,
            TransitioningToState=12,
            OperationalStatus=[2],
            HealthState=5,
            Started=True,
        )
        self._store.add("CIM_HostedService", Antecedent=self.name, Dependent=service)
        return service

    def _offer(self, asynchronous: Collection[str]) -> None:
        """Announce each method in the way it runs, and in that way only."""
        offered = sorted(METHOD_VALUES.items(), key=lambda method: method[1])
        capabilities = self._store.add(
            "CIM_VirtualSystemManagementCapabilities",
            InstanceID=instance_id("virtual system management capabilities"),
            ElementName="Virtual system management capabilities",
            VirtualSystemTypesSupported=list(SYSTEM_TYPES),
            SynchronousMethodsSupported=[v for m, v in offered if m not in asynchronous],
            AsynchronousMethodsSupported=[v for m, v in offered if m in asynchronous],
            ElementNameEditSupported=True,
            MaxElementNameLen=MAXIMUM_NAME_LENGTH,
            IndicationsSupported=list(INDICATIONS_SUPPORTED),
        )
        for element in (self.name, self.service):
            self._store.add(
                "CIM_ElementCapabilities", ManagedElement=element, Capabilities=capabilities
            )
