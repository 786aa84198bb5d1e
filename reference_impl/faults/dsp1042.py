"""Faults of the host and of the services that define and change virtual systems (DSP1042)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import (
    end,
    first,
    is_of,
    names_host,
    registered,
    written_virtual,
)
from reference_impl.hypervisor.host import SYSTEM_TYPES

_REGISTERED = "CIM_RegisteredProfile"
_SYSTEM = "CIM_ComputerSystem"
_SERVICE = "CIM_VirtualSystemManagementService"
_CAPABILITIES = "CIM_VirtualSystemManagementCapabilities"


def _offer(it: Edit, *methods: int) -> None:
    """Offer these methods, all without a job."""
    it.set(
        _CAPABILITIES, 0, SynchronousMethodsSupported=list(methods), AsynchronousMethodsSupported=[]
    )


def _add_service(it: Edit, *, hosted: bool = True) -> None:
    """Add a management service like the right one; one that is not hosted manages nothing."""
    service = it.double(_SERVICE, 0, Name="virtual system management, too")[0].path
    capabilities = it.one(_CAPABILITIES).path
    it.add("CIM_ElementCapabilities", ManagedElement=service, Capabilities=capabilities)
    if not hosted:
        return
    it.add("CIM_HostedService", Antecedent=it.hypervisor.host.name, Dependent=service)
    for system in it.hypervisor.systems:
        it.add("CIM_ServiceAffectsElement", AffectingElement=service, AffectedElement=system.name)


FAULTS = (
    Fault(
        name="host-profile-misnamed",
        statement="System Virtualization is registered as System Virtualization Profile.",
        breaks=("DSP1042:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED,
            registered("System Virtualization"),
            RegisteredName="System Virtualization Profile",
        ),
    ),
    Fault(
        name="host-profile-version-unknown",
        statement="System Virtualization is registered in a version that does not exist.",
        breaks=("DSP1042:registration.version",),
        edit=lambda it: it.set(
            _REGISTERED, registered("System Virtualization"), RegisteredVersion="7.0.0"
        ),
    ),
    Fault(
        name="host-nameless",
        statement="The name of the host is empty.",
        breaks=("DSP1042:host.keys", "DSP1052:system.keys"),
        bend=lambda it: it.always(
            _SYSTEM, lambda values: not written_virtual(values), Name="", NameFormat="Other"
        ),
    ),
    Fault(
        name="hosting-unseen",
        statement="The associators of a virtual system leave out its host.",
        breaks=(
            "CIM:associator-names-agree",
            "CIM:associators-agree",
            "DSP1042:hosted.from-system",
        ),
        bend=lambda it: it.overlook(
            lambda path: is_of(_SYSTEM)(path) and not names_host(path.key("Name")),
            lambda path: names_host(path.key("Name")),
        ),
    ),
    Fault(
        name="hosting-reversed",
        statement="The virtual system is shown as the host of its host.",
        breaks=(
            "CIM:association-cardinality",
            "DSP1042:system.host",
            "DSP1097:switch.host",
        ),
        edit=lambda it: it.swap("CIM_HostedDependency", end("Dependent", "CIM_ComputerSystem")),
    ),
    Fault(
        name="service-affects-too-few",
        statement="One virtual system is not affected by the management service.",
        breaks=("DSP1042:service.manages",),
        edit=lambda it: it.drop(
            "CIM_ServiceAffectsElement", first(end("AffectingElement", _SERVICE))
        ),
    ),
    Fault(
        name="capabilities-doubled",
        statement="The host has two instances of management capabilities.",
        breaks=(
            "DSP1042:capabilities",
            "DSP1042:service.capabilities.same",
        ),
        edit=lambda it: it.add(
            "CIM_ElementCapabilities",
            ManagedElement=it.hypervisor.host.name,
            Capabilities=it.double(_CAPABILITIES, 0, InstanceID="cimconform:again")[0].path,
        ),
    ),
    Fault(
        name="capabilities-unnamed",
        statement="The management capabilities have no name.",
        breaks=("CIM:required-properties", "DSP1042:capabilities.names"),
        edit=lambda it: it.blank(_CAPABILITIES, 0, "ElementName"),
    ),
    Fault(
        name="capabilities-method-out-of-map",
        statement="A method is offered by a value that the schema does not list.",
        breaks=("CIM:value-map", "DSP1042:capabilities.methods"),
        edit=lambda it: _offer(it, 2, 3, 5, 6, 7, 10, 11),
    ),
    Fault(
        name="capabilities-method-legacy",
        statement="A method is offered that the management service no longer has.",
        breaks=("DSP1042:capabilities.legacy",),
        edit=lambda it: _offer(it, 2, 3, 5, 6, 7, 9, 10),
    ),
    Fault(
        name="capabilities-indication-out-of-map",
        statement="An indication is offered by a value that the schema does not list.",
        breaks=("CIM:value-map", "DSP1042:capabilities.indications"),
        edit=lambda it: it.set(_CAPABILITIES, 0, IndicationsSupported=[5]),
    ),
    Fault(
        name="capabilities-type-with-space",
        statement="The name of a virtual system type has a space in it.",
        breaks=("DSP1042:capabilities.types",),
        edit=lambda it: it.set(
            _CAPABILITIES, 0, VirtualSystemTypesSupported=[*SYSTEM_TYPES, "cimconform:No Type"]
        ),
    ),
    Fault(
        name="capabilities-destroy-without-define",
        statement="Virtual systems can be destroyed, and not defined.",
        breaks=("DSP1042:capabilities.define-and-destroy",),
        edit=lambda it: _offer(it, 3, 5, 6, 7, 10),
    ),
    Fault(
        name="capabilities-add-without-remove",
        statement="Resources can be added, and not removed.",
        breaks=("DSP1042:capabilities.add-and-remove",),
        edit=lambda it: _offer(it, 2, 3, 5, 6, 10),
    ),
    Fault(
        name="capabilities-not-of-service",
        statement="The management capabilities are linked to the host alone.",
        breaks=("DSP1042:service.capabilities",),
        edit=lambda it: it.drop("CIM_ElementCapabilities", end("ManagedElement", _SERVICE)),
    ),
    Fault(
        name="service-doubled",
        statement="The host has two management services that do the same.",
        breaks=("DSP1042:service",),
        edit=_add_service,
    ),
    Fault(
        name="service-not-hosted",
        statement="A second management service belongs to no host.",
        breaks=("CIM:association-cardinality", "DSP1042:service.host"),
        edit=lambda it: _add_service(it, hosted=False),
    ),
    Fault(
        name="service-without-methods",
        statement="There is a management service, and no method is offered.",
        breaks=("DSP1042:service.unneeded",),
        edit=_offer,
    ),
    Fault(
        name="capabilities-method-twice",
        statement="A method is listed twice among the synchronous ones.",
        breaks=("DSP1042:capabilities.distinct",),
        edit=lambda it: _offer(it, 2, 2, 3, 5, 6, 7, 10),
    ),
    Fault(
        name="service-method-hidden",
        statement="The class of the service does not have a method that is offered.",
        breaks=("DSP1042:service.declares",),
        bend=lambda it: it.hide_method(_SERVICE, "DefineSystem"),
    ),
    Fault(
        name="service-of-another-host",
        statement="The key of the management service names a system that is not its host.",
        breaks=("DSP1042:service.keys", "DSP1052:service.keys"),
        bend=lambda it: it.always(_SERVICE, SystemName="another host"),
    ),
    Fault(
        name="define-not-hosted",
        statement="A system that has been defined is not hosted.",
        breaks=("DSP1042:define.hosted",),
        edit=lambda it: it.never_again("CIM_HostedDependency"),
    ),
    Fault(
        name="define-does-nothing",
        statement="DefineSystem says that it is done, and defines nothing.",
        breaks=(
            "DSP1042:define",
            "DSP1042:define-by-defaults",
            "DSP1042:define-unsupported-type",
        ),
        bend=lambda it: it.pretend(_SERVICE, "DefineSystem"),
    ),
    Fault(
        name="destroy-leaves-settings",
        statement="The settings of a destroyed system stay.",
        breaks=(
            "DSP1042:destroy",
            "DSP1042:destroy-with-snapshots",
            "DSP1042:destroy-snapshot",
        ),
        bend=lambda it: it.keep("CIM_VirtualSystemSettingData"),
    ),
    Fault(
        name="modify-does-nothing",
        statement="ModifySystemSettings says that it is done, and changes nothing.",
        breaks=("DSP1042:modify-system", "DSP1042:modify-unnamed-system"),
        bend=lambda it: it.pretend(_SERVICE, "ModifySystemSettings"),
    ),
    Fault(
        name="remove-not-available",
        statement="RemoveResourceSettings is offered, and is not available.",
        breaks=("DSP1042:remove-resource",),
        bend=lambda it: it.unavailable(_SERVICE, "RemoveResourceSettings"),
    ),
)
