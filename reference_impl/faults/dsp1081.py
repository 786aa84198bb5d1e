"""Faults of the migration service and of what it offers (DSP1081)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import registered
from reference_impl.values import Instance

_REGISTERED = "CIM_RegisteredProfile"
_NAME = "Virtual System Migration"
_SERVICE = "CIM_VirtualSystemMigrationService"
_CAPABILITIES = "CIM_VirtualSystemMigrationCapabilities"
_SETTINGS = "CIM_VirtualSystemMigrationSettingData"


def _hosting(link: Instance) -> bool:
    """Whether an association shows whose service the migration service is."""
    return bool(link.get("Dependent").classname == _SERVICE)


def _second_capabilities(it: Edit) -> None:
    service = it.one(_SERVICE).path
    for again in it.double(_CAPABILITIES, 0, InstanceID="cimconform:migration again"):
        it.add("CIM_ElementCapabilities", ManagedElement=service, Capabilities=again.path)


FAULTS = (
    Fault(
        name="migration-profile-not-registered",
        statement="There is a migration service, and its profile is not registered.",
        breaks=("DSP1081:registration", "DSP1033:central-instances"),
        edit=lambda it: it.drop(_REGISTERED, registered(_NAME)),
    ),
    Fault(
        name="migration-profile-misnamed",
        statement="Virtual System Migration is registered as Virtual System Migration Profile.",
        breaks=("DSP1081:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered(_NAME), RegisteredName="Virtual System Migration Profile"
        ),
    ),
    Fault(
        name="migration-profile-draft",
        statement="Virtual System Migration is registered in the version of a draft.",
        breaks=("DSP1081:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="0.8.1"),
    ),
    Fault(
        name="migration-method-undeclared",
        statement="The class of the migration service lacks a method that is offered.",
        breaks=("DSP1081:service.declares",),
        bend=lambda it: it.hide_method(_SERVICE, "MigrateVirtualSystemToSystem"),
    ),
    Fault(
        name="migration-service-not-hosted",
        statement="The migration service belongs to no host.",
        breaks=("CIM:association-cardinality", "DSP1081:service.host"),
        edit=lambda it: it.drop("CIM_HostedService", _hosting),
    ),
    Fault(
        name="migration-capabilities-doubled",
        statement="Two instances say what the migration service offers.",
        breaks=("DSP1081:service.capabilities",),
        edit=_second_capabilities,
    ),
    Fault(
        name="migration-check-as-job",
        statement="A check of a migration is offered as a job.",
        breaks=("CIM:value-map", "DSP1081:capabilities.methods"),
        edit=lambda it: it.set(_CAPABILITIES, AsynchronousMethodsSupported=[4]),
    ),
    Fault(
        name="migration-format-out-of-map",
        statement="Hosts can be named in a way that does not exist.",
        breaks=("CIM:value-map", "DSP1081:capabilities.formats"),
        edit=lambda it: it.set(_CAPABILITIES, DestinationHostFormatsSupported=[2, 5]),
    ),
    Fault(
        name="migration-formats-empty",
        statement="Hosts can be named, and no way to do so is listed.",
        breaks=("DSP1081:capabilities.formats.some",),
        edit=lambda it: it.set(_CAPABILITIES, DestinationHostFormatsSupported=[]),
    ),
    Fault(
        name="migration-to-host-unchecked",
        statement="Systems can be migrated to a named host, and that cannot be checked before.",
        breaks=(
            "DSP1081:capabilities.check-to-host",
            "DSP1081:refuse-unlisted-method.check-to-host",
        ),
        edit=lambda it: it.set(_CAPABILITIES, SynchronousMethodsSupported=[2, 3, 5]),
    ),
    Fault(
        name="migration-to-system-unchecked",
        statement="Systems can be migrated to a host system, and that cannot be checked before.",
        breaks=(
            "DSP1081:capabilities.check-to-system",
            "DSP1081:refuse-unlisted-method.check-to-system",
        ),
        edit=lambda it: it.set(_CAPABILITIES, SynchronousMethodsSupported=[2, 3, 4]),
    ),
    Fault(
        name="migration-transport-undescribed",
        statement="Systems are migrated over another transport, which is not described.",
        breaks=("DSP1081:settings.transport",),
        edit=lambda it: it.set(_SETTINGS, TransportType=1),
    ),
    Fault(
        name="migration-bandwidth-without-unit",
        statement="The bandwidth of a migration has no unit.",
        breaks=("DSP1081:settings.bandwidth",),
        edit=lambda it: it.set(_SETTINGS, Bandwidth=100),
    ),
)
