"""Which profiles the server implements, and which elements conform to them (DSP1033)."""

from __future__ import annotations

from dataclasses import dataclass

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

#: Only profiles that are fully served; one more profile is one more line here.
PROFILES = (
    ProfileFacts(REGISTRATION, "Profile Registration", "1.1.0"),
    ProfileFacts(COMPUTER_SYSTEM, "Computer System", "1.0.2", (REGISTRATION,)),
    ProfileFacts(VIRTUAL_SYSTEM, "Virtual System", "1.0.0", (COMPUTER_SYSTEM, REGISTRATION)),
    ProfileFacts(
        SYSTEM_VIRTUALIZATION, "System Virtualization", "1.1.0", (VIRTUAL_SYSTEM, REGISTRATION)
    ),
)


class Profiles:
    """The registered profiles in the Interop namespace and their central instances."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[str, ObjectName] = {}
        self._central: dict[ObjectName, dict[ObjectName, None]] = {}
        for facts in PROFILES:
            self._register(facts)
        for name in self._names.values():
            self.conform(REGISTRATION, name)

    def conform(self, document: str, element: ObjectName) -> None:
        """Show that an element is a central instance of a profile."""
        profile = self._names[document]
        self._central[profile][element] = None
        self._store.add_interop(
            "CIM_ElementConformsToProfile", ConformantStandard=profile, ManagedElement=element
        )

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
        for document in facts.references:
            self._store.add_interop(
                "CIM_ReferencedProfile", Antecedent=self._names[document], Dependent=name
            )
