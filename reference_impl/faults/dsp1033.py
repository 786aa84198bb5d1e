"""Faults in the registration of profiles (DSP1033)."""

from __future__ import annotations

from reference_impl.faults.edit import gone
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import end, first, registered

FAULTS = (
    Fault(
        name="profile-version-draft",
        statement="The Virtual System profile is registered with the version of a draft.",
        breaks=("DSP1033:version.form",),
        edit=lambda it: it.set(
            "CIM_RegisteredProfile", registered("Virtual System"), RegisteredVersion="1.0.0a"
        ),
    ),
    Fault(
        name="profile-not-registered",
        statement="The System Virtualization profile is not registered.",
        breaks=(
            "DSP1033:central-instances",
            "DSP1042:registration",
            "DSP1042:conformance",
        ),
        edit=lambda it: it.drop("CIM_RegisteredProfile", registered("System Virtualization")),
    ),
    Fault(
        name="profile-registered-twice",
        statement="The Computer System profile is registered twice in the same version.",
        breaks=(
            "DSP1033:identity.unique",
            "DSP1033:autonomous.central",
            "DSP1033:central-instances",
        ),
        edit=lambda it: it.double(
            "CIM_RegisteredProfile",
            registered("Computer System"),
            InstanceID="CIM:DSP1052-again",
        ),
    ),
    Fault(
        name="profile-advertised-and-not",
        statement="A profile is advertised by SLP and said not to be advertised at once.",
        breaks=("DSP1033:advertise-types",),
        edit=lambda it: it.set(
            "CIM_RegisteredProfile", registered("Virtual System"), AdvertiseTypes=[2, 3]
        ),
    ),
    Fault(
        name="profile-reference-reversed",
        statement="Profile references lead from the referenced to the referencing profile.",
        breaks=("DSP1042:references",),
        edit=lambda it: it.swap("CIM_ReferencedProfile"),
    ),
    Fault(
        name="profile-central-instance-dangling",
        statement="A profile has one more central instance, which does not exist.",
        breaks=("CIM:reference-resolves", "DSP1033:central-instances"),
        edit=lambda it: it.double(
            "CIM_ElementConformsToProfile",
            first(end("ManagedElement", "CIM_ComputerSystem")),
            ManagedElement=gone(it.hypervisor.host.name),
        ),
    ),
    Fault(
        name="profile-central-instances-empty",
        statement="GetCentralInstances answers with no instance at all.",
        breaks=("DSP1033:central-instances",),
        bend=lambda it: it.pretend(
            "CIM_RegisteredProfile", "GetCentralInstances", CentralInstances=[]
        ),
    ),
)
