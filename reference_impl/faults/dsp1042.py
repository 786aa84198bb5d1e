"""Faults of the host and of the services that define and change virtual systems (DSP1042)."""

from __future__ import annotations

from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import end

_SERVICE = "CIM_VirtualSystemManagementService"
_CAPABILITIES = "CIM_VirtualSystemManagementCapabilities"


FAULTS = (
    Fault(
        name="hosting-reversed",
        statement="The virtual system is shown as the host of its host.",
        breaks=(
            "CIM:association-cardinality",
            "DSP1042:system.host",
        ),
        edit=lambda it: it.swap("CIM_HostedDependency", end("Dependent", "CIM_ComputerSystem")),
    ),
    Fault(
        name="service-affects-too-few",
        statement="One virtual system is not affected by the management service.",
        breaks=("DSP1042:service.manages",),
        edit=lambda it: it.drop("CIM_ServiceAffectsElement", 0),
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
        name="capabilities-method-twice",
        statement="A method is listed twice among the synchronous ones.",
        breaks=("DSP1042:capabilities.distinct",),
        edit=lambda it: it.set(
            _CAPABILITIES, 0, SynchronousMethodsSupported=[2, 2, 3, 5, 6, 7, 10]
        ),
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
        breaks=(
            "DSP1042:service.keys",
            "DSP1052:service.keys",
        ),
        bend=lambda it: it.always(_SERVICE, SystemName="another host"),
    ),
    Fault(
        name="define-not-hosted",
        statement="A system that has been defined is not hosted.",
        edit=lambda it: it.never_again("CIM_HostedDependency"),
    ),
    Fault(
        name="define-does-nothing",
        statement="DefineSystem says that it is done, and defines nothing.",
        bend=lambda it: it.pretend(_SERVICE, "DefineSystem"),
    ),
    Fault(
        name="destroy-leaves-settings",
        statement="The settings of a destroyed system stay.",
        bend=lambda it: it.keep("CIM_VirtualSystemSettingData"),
    ),
    Fault(
        name="modify-does-nothing",
        statement="ModifySystemSettings says that it is done, and changes nothing.",
        bend=lambda it: it.pretend(_SERVICE, "ModifySystemSettings"),
    ),
    Fault(
        name="remove-not-available",
        statement="RemoveResourceSettings is offered, and is not available.",
        bend=lambda it: it.unavailable(_SERVICE, "RemoveResourceSettings"),
    ),
)
