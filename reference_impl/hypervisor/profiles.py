"""Which profiles the server implements, and which elements conform to them (DSP1033)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reference_impl.hypervisor.resource_kinds import KINDS
from reference_impl.hypervisor.store import Store
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import NOT_FOUND, CIMError, ObjectName


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """One profile as it is registered; `references` are documents of the profiles it builds on."""

    document: str
    name: str
    version: str
    references: tuple[str, ...] = ()

    @property
    def instance_id(self) -> str:
        """The InstanceID of its CIM_RegisteredProfile."""
        return f"CIM:{self.document}-{self.name.replace(' ', '')}-{self.version}"


REGISTRATION = "DSP1033"
COMPUTER_SYSTEM = "DSP1052"
VIRTUAL_SYSTEM = "DSP1057"
SYSTEM_VIRTUALIZATION = "DSP1042"
RESOURCE_ALLOCATION = "DSP1041"
ALLOCATION_CAPABILITIES = "DSP1043"
GENERIC_DEVICE = "DSP1059"
POWER_STATE_MANAGEMENT = "DSP1027"
VIRTUAL_SYSTEM_MIGRATION = "DSP1081"
JOB_CONTROL = "DSP1103"
CPU = "DSP1022"
SYSTEM_MEMORY = "DSP1026"
ETHERNET_PORT = "DSP1014"
HOST_LAN_NETWORK_PORT = "DSP1035"
VIRTUAL_ETHERNET_SWITCH = "DSP1097"
INDICATIONS = "DSP1054"

#: Only profiles that are fully served; one more profile is one more line here.
PROFILES = (
    ProfileFacts(REGISTRATION, "Profile Registration", "1.1.0"),
    ProfileFacts(
        COMPUTER_SYSTEM,
        "Computer System",
        "1.0.2",
        (
            POWER_STATE_MANAGEMENT,
            CPU,
            SYSTEM_MEMORY,
            ETHERNET_PORT,
            HOST_LAN_NETWORK_PORT,
            REGISTRATION,
        ),
    ),
    ProfileFacts(
        VIRTUAL_SYSTEM,
        "Virtual System",
        "1.0.0",
        (COMPUTER_SYSTEM, POWER_STATE_MANAGEMENT, REGISTRATION),
    ),
    ProfileFacts(
        SYSTEM_VIRTUALIZATION,
        "System Virtualization",
        "1.1.0",
        (
            VIRTUAL_SYSTEM,
            VIRTUAL_SYSTEM_MIGRATION,
            JOB_CONTROL,
            INDICATIONS,
            REGISTRATION,
        ),
    ),
    ProfileFacts(POWER_STATE_MANAGEMENT, "Power State Management", "2.0.0", (REGISTRATION,)),
    ProfileFacts(
        VIRTUAL_SYSTEM_MIGRATION,
        "Virtual System Migration",
        "1.0.0",
        (VIRTUAL_SYSTEM, JOB_CONTROL, REGISTRATION),
    ),
    ProfileFacts(JOB_CONTROL, "Job Control", "1.0.0", (REGISTRATION,)),
    ProfileFacts(INDICATIONS, "Indications", "1.2.1", (REGISTRATION,)),
    ProfileFacts(CPU, "CPU", "1.0.2", (REGISTRATION,)),
    ProfileFacts(SYSTEM_MEMORY, "System Memory", "1.0.1", (REGISTRATION,)),
    ProfileFacts(ETHERNET_PORT, "Ethernet Port", "1.0.1", (HOST_LAN_NETWORK_PORT, REGISTRATION)),
    ProfileFacts(HOST_LAN_NETWORK_PORT, "Host LAN Network Port", "1.0.0", (REGISTRATION,)),
    ProfileFacts(
        VIRTUAL_ETHERNET_SWITCH,
        "Virtual Ethernet Switch",
        "1.1.0",
        (VIRTUAL_SYSTEM, ETHERNET_PORT, HOST_LAN_NETWORK_PORT, REGISTRATION),
    ),
)

#: The profiles of resource pools; only those are registered that some pool conforms to.
RESOURCE_VIRTUALIZATION = (
    ProfileFacts("DSP1044", "Processor Resource Virtualization", "1.0.0", (REGISTRATION,)),
    ProfileFacts("DSP1045", "Memory Resource Virtualization", "1.0.0", (REGISTRATION,)),
    ProfileFacts("DSP1047", "Storage Resource Virtualization", "1.0.0", (REGISTRATION,)),
    ProfileFacts("DSP1050", "Ethernet Port Resource Virtualization", "1.1.0", (REGISTRATION,)),
    ProfileFacts(
        GENERIC_DEVICE, "Generic Device Resource Virtualization", "1.0.0", (REGISTRATION,)
    ),
)

#: The patterns that the profiles above specialise; some hypervisors register these instead.
PATTERNS = (
    ProfileFacts(RESOURCE_ALLOCATION, "Resource Allocation", "1.1.0", (REGISTRATION,)),
    ProfileFacts(
        ALLOCATION_CAPABILITIES,
        "Allocation Capabilities",
        "1.0.0",
        (RESOURCE_ALLOCATION, REGISTRATION),
    ),
)

#: ResourceType and the document of the profile for it; all others are generic devices.
_PROFILE_OF_TYPE: Mapping[int, str] = {
    3: "DSP1044",
    4: "DSP1045",
    **dict.fromkeys((17, 19, 31, 32), "DSP1047"),
    **dict.fromkeys((10, 30, 33), "DSP1050"),
}

#: ResourceType and the document of the profile that devices of this type conform to.
_PROFILE_OF_DEVICES: Mapping[int, str] = {
    3: CPU,
    4: SYSTEM_MEMORY,
    **dict.fromkeys((10, 30, 33), ETHERNET_PORT),
}


def profile_of_type(resource_type: int) -> str:
    """Return the document of the profile that pools of a ResourceType conform to."""
    return _PROFILE_OF_TYPE.get(resource_type, GENERIC_DEVICE)


class Profiles:
    """The registered profiles in the Interop namespace and their central instances.

    With `patterns`, resource pools and their capabilities conform to the two patterns, and the
    profiles that specialise these are not registered.
    """

    def __init__(self, store: Store, *, patterns: bool = False) -> None:
        self._store = store
        self._patterns = patterns
        self._names: dict[str, ObjectName] = {}
        self._central: dict[ObjectName, dict[ObjectName, None]] = {}
        of_resources = PATTERNS if patterns else _resource_profiles()
        for facts in (*PROFILES, *of_resources):
            self._register(facts)
        for facts in (*PROFILES, *of_resources):
            for document in facts.references:
                self._refer(facts.document, document)
        for facts in of_resources:
            self._refer(SYSTEM_VIRTUALIZATION, facts.document)
        for name in self._names.values():
            self.conform(REGISTRATION, name)

    def conform(self, document: str, element: ObjectName) -> None:
        """Show that an element is a central instance of a profile."""
        profile = self._names[document]
        self._central[profile][element] = None
        self._store.add_interop(
            "CIM_ElementConformsToProfile", ConformantStandard=profile, ManagedElement=element
        )

    def conform_pool(self, resource_type: int, pool: ObjectName) -> None:
        """Show that a resource pool is a central instance of the profile for its type."""
        specific = profile_of_type(resource_type)
        self.conform(RESOURCE_ALLOCATION if self._patterns else specific, pool)

    def conform_device(self, resource_type: int, device: ObjectName) -> None:
        """Show that a device is a central instance of the profile for its type, if there is one."""
        document = _PROFILE_OF_DEVICES.get(resource_type)
        if document is not None:
            self.conform(document, device)

    def conform_capabilities(self, capabilities: ObjectName) -> None:
        """Show that capabilities are a central instance of their pattern, if it is registered."""
        if self._patterns:
            self.conform(ALLOCATION_CAPABILITIES, capabilities)

    def forget(self, element: ObjectName) -> None:
        """Drop an element that is gone from the central instances of all profiles."""
        for central in self._central.values():
            central.pop(element, None)

    def get_central_instances(self, call: MethodCall) -> MethodResult:
        """Answer CIM_RegisteredProfile.GetCentralInstances (DSP1033, clause 8)."""
        central = self._central.get(call.object_name)
        if central is None:
            raise CIMError(NOT_FOUND, f"there is no registered profile {call.object_name}")
        return MethodResult(0, {"CentralInstances": list(central)})

    def _register(self, facts: ProfileFacts) -> None:
        name = self._store.add_interop(
            "CIM_RegisteredProfile",
            InstanceID=facts.instance_id,
            ElementName=f"{facts.name} {facts.version}",
            RegisteredOrganization=2,
            RegisteredName=facts.name,
            RegisteredVersion=facts.version,
            SpecificationType=2,
            AdvertiseTypes=[3],
        )
        self._names[facts.document] = name
        self._central[name] = {}

    def _refer(self, document: str, referenced: str) -> None:
        """Show that one profile builds on another (DSP1033: the Antecedent is referenced)."""
        self._store.add_interop(
            "CIM_ReferencedProfile",
            Antecedent=self._names[referenced],
            Dependent=self._names[document],
        )


def _resource_profiles() -> tuple[ProfileFacts, ...]:
    served = {profile_of_type(kind.resource_type) for kind in KINDS}
    return tuple(facts for facts in RESOURCE_VIRTUALIZATION if facts.document in served)
