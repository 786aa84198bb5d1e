"""How a fault registers one more profile, right but for what the fault is about."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.selection import registered
from reference_impl.values import ObjectName, Value

_PROFILE = "CIM_RegisteredProfile"


def register(
    it: Edit, name: str, classname: str = _PROFILE, *, referenced: bool = True, **values: Value
) -> ObjectName:
    """Register a profile of the DMTF that System Virtualization builds on; return its path."""
    facts = {
        "InstanceID": f"cimconform:{name}",
        "ElementName": name,
        "RegisteredOrganization": 2,
        "RegisteredName": name,
        "RegisteredVersion": "1.0.1",  # another one than what may be registered already
        "AdvertiseTypes": [3],
    }
    interop = it.hypervisor.settings.interop
    added = it.repository.add(interop, classname, **{**facts, **values}).path
    if referenced:
        user = it.one(_PROFILE, registered("System Virtualization")).path
        it.repository.add(interop, "CIM_ReferencedProfile", Antecedent=added, Dependent=user)
    return added


def conform(it: Edit, profile: ObjectName, element: ObjectName) -> None:
    """Show that an element conforms to a profile that was registered here."""
    it.repository.add(
        profile.namespace,
        "CIM_ElementConformsToProfile",
        ConformantStandard=profile,
        ManagedElement=element,
    )


def without_central_instances(it: Bend) -> None:
    """Have no GetCentralInstances: the hypervisor knows no profile but its own."""
    it.unavailable(_PROFILE, "GetCentralInstances")
