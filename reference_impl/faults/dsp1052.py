"""Faults of computer systems in general (DSP1052)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import first, host, registered, virtual, written_virtual
from reference_impl.hypervisor.profiles import COMPUTER_SYSTEM
from reference_impl.values import ObjectName, Value

_SYSTEM = "CIM_ComputerSystem"
_ELSEWHERE = "elsewhere"

#: The profile, and those that specialise it.
_COMPUTER_SYSTEMS = ("Computer System", "Virtual System", "Virtual Ethernet Switch")


def _add_system(it: Edit, name: str, **values: Value) -> None:
    """Show one more computer system that is neither the host nor virtual."""
    facts = it.one(_SYSTEM, host).values
    added = it.add(_SYSTEM, **{**facts, "Name": name, "ElementName": "Another", **values})
    it.hypervisor.profiles.conform(COMPUTER_SYSTEM, added.path)


def _add_capabilities(it: Edit) -> None:
    """Describe twice what states can be requested of the host."""
    for name in ("cimconform:one", "cimconform:other"):
        capabilities = it.add(
            "CIM_EnabledLogicalElementCapabilities", InstanceID=name, ElementName=name
        ).path
        it.add(
            "CIM_ElementCapabilities",
            ManagedElement=it.hypervisor.host.name,
            Capabilities=capabilities,
        )


def _keys_of_another_system(it: Edit) -> dict[str, Value]:
    return {"SystemCreationClassName": it.hypervisor.host.name.classname, "SystemName": _ELSEWHERE}


def _add_device(it: Edit) -> ObjectName:
    device = it.add("CIM_Memory", DeviceID="memory", **_keys_of_another_system(it)).path
    host_name = it.hypervisor.host.name
    return it.add("CIM_SystemDevice", GroupComponent=host_name, PartComponent=device).path


def _add_service(it: Edit) -> ObjectName:
    service = it.add("CIM_Service", Name="service", **_keys_of_another_system(it)).path
    host_name = it.hypervisor.host.name
    return it.add("CIM_HostedService", Antecedent=host_name, Dependent=service).path


FAULTS = (
    Fault(
        name="system-registration-by-others",
        statement="Computer System and Virtual System are registered by another organization.",
        breaks=("DSP1052:registration", "DSP1057:conformance", "DSP1057:registration"),
        edit=lambda it: it.set(
            "CIM_RegisteredProfile",
            lambda each: each.get("RegisteredName") in _COMPUTER_SYSTEMS,
            RegisteredOrganization=1,
            OtherRegisteredOrganization="Example",
        ),
    ),
    Fault(
        name="system-registration-of-a-later-version",
        statement="Computer System is registered in version 1.1.",
        breaks=("DSP1052:registration.version",),
        edit=lambda it: it.set(
            "CIM_RegisteredProfile", registered("Computer System"), RegisteredVersion="1.1.0"
        ),
    ),
    Fault(
        name="system-key-empty",
        statement="The name of a computer system is empty.",
        breaks=("DSP1052:system.keys",),
        edit=lambda it: _add_system(it, "", NameFormat=None),
    ),
    Fault(
        name="system-name-empty",
        statement="The host has no display name.",
        breaks=("DSP1052:system.element-name",),
        edit=lambda it: it.blank(_SYSTEM, host, "ElementName"),
    ),
    Fault(
        name="system-state-missing",
        statement="The host does not show its state.",
        breaks=("DSP1052:system.enabled-state",),
        edit=lambda it: it.blank(_SYSTEM, host, "EnabledState"),
    ),
    Fault(
        name="system-state-reserved",
        statement="The host shows a state that is reserved by DMTF.",
        breaks=("CIM:value-map", "DSP1052:system.enabled-state"),
        edit=lambda it: it.set(_SYSTEM, host, EnabledState=42),
    ),
    Fault(
        name="system-requested-state-unlisted",
        statement="The requested state of the host is none that can be requested.",
        breaks=("CIM:value-map", "DSP1052:system.requested-state"),
        edit=lambda it: it.set(_SYSTEM, host, RequestedState=1),
    ),
    Fault(
        name="system-requested-state-missing",
        statement="The host does not say that it tracks no requests.",
        breaks=("DSP1052:system.requested-state.present",),
        edit=lambda it: it.blank(_SYSTEM, host, "RequestedState"),
    ),
    Fault(
        name="system-status-missing",
        statement="No virtual system ever has an operational status.",
        breaks=(
            "DSP1052:system.operational-status",
            "DSP1057:system.operational-status",
        ),
        bend=lambda it: it.always(_SYSTEM, written_virtual, OperationalStatus=None),
    ),
    Fault(
        name="system-status-empty",
        statement="The list of operational statuses of the host is empty.",
        breaks=("DSP1052:system.operational-status",),
        edit=lambda it: it.set(_SYSTEM, host, OperationalStatus=[]),
    ),
    Fault(
        name="system-health-missing",
        statement="The host has no health state.",
        breaks=("DSP1052:system.health-state",),
        edit=lambda it: it.blank(_SYSTEM, host, "HealthState"),
    ),
    Fault(
        name="system-dedicated-and-not",
        statement="A system is not dedicated, and dedicated to something, at once.",
        breaks=("DSP1052:system.dedicated",),
        edit=lambda it: it.set(_SYSTEM, first(virtual), Dedicated=[0, 3]),
    ),
    Fault(
        name="system-dedicated-otherwise",
        statement="The host is dedicated to something else, which is not described.",
        breaks=("DSP1052:system.dedicated.other",),
        edit=lambda it: it.set(_SYSTEM, host, Dedicated=[2]),
    ),
    Fault(
        name="system-identifying-texts-undescribed",
        statement="Of two texts that identify the host one has a description.",
        breaks=("DSP1052:system.identifying-info",),
        edit=lambda it: it.set(
            _SYSTEM,
            host,
            OtherIdentifyingInfo=["A-1", "B-2"],
            IdentifyingDescriptions=["Asset tag"],
        ),
    ),
    Fault(
        name="system-other-state-described",
        statement="Another state of the host is described though its state is Enabled.",
        breaks=("DSP1052:system.other-enabled-state",),
        edit=lambda it: it.set(_SYSTEM, host, OtherEnabledState="Warming up"),
    ),
    Fault(
        name="system-other-state-undescribed",
        statement="The state of the host is another one, which is not described.",
        breaks=("DSP1052:system.other-enabled-state",),
        edit=lambda it: it.set(_SYSTEM, host, EnabledState=1),
    ),
    Fault(
        name="system-name-of-no-form",
        statement="The name of a computer system is said to be a UUID, and is none.",
        breaks=("DSP1052:system.name-format",),
        edit=lambda it: _add_system(it, "another", NameFormat="UUID"),
    ),
    Fault(
        name="system-capabilities-twice",
        statement="The states that can be requested of the host are described twice.",
        breaks=("DSP1052:capabilities",),
        edit=_add_capabilities,
    ),
    Fault(
        name="system-device-of-another",
        statement="A device of the host names another system in its keys.",
        breaks=("DSP1026:memory.keys", "DSP1026:memory.values", "DSP1052:device.keys"),
        edit=_add_device,
    ),
    Fault(
        name="system-service-of-another",
        statement="A service that the host hosts names another system in its keys.",
        breaks=("DSP1052:service.keys",),
        edit=_add_service,
    ),
    Fault(
        name="system-transition-unlisted",
        statement="The host is moving to a state that the schema does not list.",
        breaks=("CIM:value-map", "DSP1052:system.transitioning-to"),
        edit=lambda it: it.set(_SYSTEM, host, TransitioningToState=1),
    ),
    Fault(
        name="system-name-not-editable",
        statement="The name of a virtual system is said to be editable, and is not.",
        bend=lambda it: it.withdraw_writer(_SYSTEM),
    ),
)
