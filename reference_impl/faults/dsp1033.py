"""Faults in how profiles are registered (DSP1033)."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.registering import conform, register, without_central_instances
from reference_impl.faults.selection import registered

_PROFILE = "CIM_RegisteredProfile"
_VIRTUAL_SYSTEM = registered("Virtual System")


def _registered_twice(it: Edit) -> None:
    """Register Computer System once more, with a system that conforms to it."""
    again = it.double(_PROFILE, registered("Computer System"), InstanceID="CIM:DSP1052-again")[0]
    conform(it, again.path, it.hypervisor.host.name)


def _vendors_class(it: Bend) -> None:
    it.derive("Vendor_RegisteredProfile", _PROFILE)
    without_central_instances(it)


def _identifier_used_twice(it: Edit) -> None:
    """Register one more profile by the InstanceID of another, in a class of the vendor's own."""
    identifier = it.one(_PROFILE, _VIRTUAL_SYSTEM).get("InstanceID")
    register(it, "Job Control", "Vendor_RegisteredProfile", InstanceID=identifier)


FAULTS = (
    Fault(
        name="profile-none-registered",
        statement="No profile is registered at all.",
        breaks=(
            "DSP1033:registrations",
            "DSP1033:itself",
            "DSP1027:registration",
            "DSP1042:registration",
            "DSP1042:conformance",
            "DSP1054:registration",
            "DSP1057:registration",
            "DSP1057:conformance",
            "DSP1081:registration",
        ),
        edit=lambda it: it.drop(_PROFILE, None),
    ),
    Fault(
        name="profile-advertised-nowhere",
        statement="There is no way in which the Virtual System profile is advertised.",
        breaks=("DSP1033:properties",),
        edit=lambda it: it.set(_PROFILE, _VIRTUAL_SYSTEM, AdvertiseTypes=[]),
    ),
    Fault(
        name="profile-version-missing",
        statement="A profile is registered without a version.",
        breaks=("CIM:required-properties", "DSP1033:properties"),
        edit=lambda it: it.blank(_PROFILE, _VIRTUAL_SYSTEM, "RegisteredVersion"),
    ),
    Fault(
        name="profile-identifier-shared",
        statement="Two registered profiles have the same InstanceID.",
        breaks=("DSP1033:instance-id.unique",),
        bend=_vendors_class,
        edit=_identifier_used_twice,
    ),
    Fault(
        name="profile-identifier-without-organization",
        statement="The InstanceID of the Virtual System profile has no organization.",
        breaks=("DSP1033:instance-id.form",),
        bend=lambda it: it.always(
            _PROFILE,
            lambda written: written["RegisteredName"] == "Virtual System",
            InstanceID="DSP1057-VirtualSystem-1.0.0",
        ),
    ),
    Fault(
        name="profile-version-draft",
        statement="The Virtual System profile is registered with the version of a draft.",
        breaks=("DSP1033:version.form",),
        edit=lambda it: it.set(_PROFILE, _VIRTUAL_SYSTEM, RegisteredVersion="1.0.0a"),
    ),
    Fault(
        name="profile-organization-unlisted",
        statement="A profile is registered by an organization that the schema does not list.",
        breaks=("CIM:value-map", "DSP1033:organization"),
        bend=without_central_instances,
        edit=lambda it: register(it, "Job Control", RegisteredOrganization=99),
    ),
    Fault(
        name="profile-organization-unnamed",
        statement="A profile is registered by another organization, which is not named.",
        breaks=("DSP1033:other-organization",),
        bend=without_central_instances,
        edit=lambda it: register(it, "Job Control", RegisteredOrganization=1),
    ),
    Fault(
        name="profile-organization-named-twice",
        statement="A profile of the DMTF names another organization as well.",
        breaks=("DSP1033:other-organization.unneeded",),
        edit=lambda it: it.set(_PROFILE, _VIRTUAL_SYSTEM, OtherRegisteredOrganization="Example"),
    ),
    Fault(
        name="profile-registered-twice",
        statement="The Computer System profile is registered twice in the same version.",
        breaks=("DSP1033:identity.unique",),
        bend=without_central_instances,
        edit=_registered_twice,
    ),
    Fault(
        name="profile-advertised-and-not",
        statement="A profile is advertised by SLP and said not to be advertised at once.",
        breaks=("DSP1033:advertise-types",),
        edit=lambda it: it.set(_PROFILE, _VIRTUAL_SYSTEM, AdvertiseTypes=[2, 3]),
    ),
    Fault(
        name="profile-advertised-otherwise",
        statement="A profile is advertised in a way that is not described.",
        breaks=("DSP1033:advertise-descriptions.other",),
        edit=lambda it: it.set(_PROFILE, _VIRTUAL_SYSTEM, AdvertiseTypes=[1]),
    ),
    Fault(
        name="profile-advertise-descriptions-too-many",
        statement="There are more descriptions than ways in which a profile is advertised.",
        breaks=("DSP1033:advertise-descriptions.length",),
        edit=lambda it: it.set(
            _PROFILE, _VIRTUAL_SYSTEM, AdvertiseTypeDescriptions=["SLP", "something else"]
        ),
    ),
    Fault(
        name="profile-as-initiative",
        statement="A profile is registered as an initiative wrapper.",
        breaks=("CIM:value-map", "DSP1033:specification-type"),
        edit=lambda it: it.set(_PROFILE, _VIRTUAL_SYSTEM, SpecificationType=3),
    ),
    Fault(
        name="profile-feature-twice",
        statement="A feature of a profile is listed twice.",
        breaks=("DSP1033:implemented-features",),
        edit=lambda it: it.set(
            _PROFILE, _VIRTUAL_SYSTEM, ImplementedFeatures=["DSP1057:State", "DSP1057:State"]
        ),
    ),
    Fault(
        name="profile-of-the-server-incomplete",
        statement="Profile Registration is registered with two numbers as its version.",
        breaks=("DSP1033:other-registrations",),
        edit=lambda it: it.set(
            _PROFILE, registered("Profile Registration"), RegisteredVersion="1.1"
        ),
    ),
    Fault(
        name="profile-registration-unregistered",
        statement="Profile Registration itself is not registered.",
        breaks=("DSP1033:itself",),
        edit=lambda it: it.drop(_PROFILE, registered("Profile Registration")),
    ),
    Fault(
        name="profile-not-registered",
        statement="The System Virtualization profile is not registered.",
        breaks=(
            "DSP1033:central-instances",
            "DSP1033:component.scoped",
            "DSP1042:registration",
            "DSP1042:conformance",
        ),
        edit=lambda it: it.drop(_PROFILE, registered("System Virtualization")),
    ),
)
