"""Faults in the registration of profiles (DSP1033)."""

from __future__ import annotations

from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import end, registered

FAULTS = (
    Fault(
        name="profile-version-draft",
        statement="The Virtual System profile is registered with the version of a draft.",
        edit=lambda it: it.set(
            "CIM_RegisteredProfile", registered("Virtual System"), RegisteredVersion="1.0.0a"
        ),
    ),
    Fault(
        name="profile-not-registered",
        statement="The System Virtualization profile is not registered.",
        edit=lambda it: it.drop("CIM_RegisteredProfile", registered("System Virtualization")),
    ),
    Fault(
        name="profile-registered-twice",
        statement="The Computer System profile is registered twice in the same version.",
        edit=lambda it: it.double(
            "CIM_RegisteredProfile",
            registered("Computer System"),
            InstanceID="CIM:DSP1052-again",
        ),
    ),
    Fault(
        name="profile-advertised-and-not",
        statement="A profile is advertised by SLP and said not to be advertised at once.",
        edit=lambda it: it.set(
            "CIM_RegisteredProfile", registered("Virtual System"), AdvertiseTypes=[2, 3]
        ),
    ),
    Fault(
        name="profile-reference-reversed",
        statement="Profile references lead from the referenced to the referencing profile.",
        edit=lambda it: it.swap("CIM_ReferencedProfile"),
    ),
    Fault(
        name="profile-central-instance-dangling",
        statement="A profile has a central instance that does not exist.",
        edit=lambda it: it.dangle(
            "CIM_ElementConformsToProfile",
            end("ManagedElement", "CIM_ComputerSystem"),
            "ManagedElement",
        ),
    ),
    Fault(
        name="profile-central-instances-empty",
        statement="GetCentralInstances answers with no instance at all.",
        bend=lambda it: it.pretend(
            "CIM_RegisteredProfile", "GetCentralInstances", CentralInstances=[]
        ),
    ),
)
