"""Faults of power states and of the service that manages them (DSP1027)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import registered
from reference_impl.values import Instance

_REGISTERED = "CIM_RegisteredProfile"
_NAME = "Power State Management"
_SERVICE = "CIM_PowerManagementService"
_CAPABILITIES = "CIM_PowerManagementCapabilities"
_POWER = "CIM_AssociatedPowerManagementService"
_HOSTED = "CIM_HostedService"
_CAPABLE = "CIM_ElementCapabilities"

_OFF = 6


def _hosting(link: Instance) -> bool:
    """Whether an association shows whose service the power management service is."""
    return bool(link.get("Dependent").classname == _SERVICE)


def _second_capabilities(it: Edit) -> None:
    service = it.one(_SERVICE).path
    for again in it.double(_CAPABILITIES, 0, InstanceID="cimconform:power again"):
        it.add(_CAPABLE, ManagedElement=service, Capabilities=again.path)


def _second_service(it: Edit) -> None:
    """Let another service, right in itself, manage the power of a system as well."""
    host = it.one(_HOSTED, _hosting).get("Antecedent")
    (again,) = it.double(_SERVICE, 0, Name="Power management again")
    it.add(_HOSTED, Antecedent=host, Dependent=again.path)
    it.add(_CAPABLE, ManagedElement=again.path, Capabilities=it.one(_CAPABILITIES).path)
    it.double(_POWER, 0, ServiceProvided=again.path)


def _not_off(it: Edit) -> None:
    states = it.one(_CAPABILITIES).get("PowerStatesSupported")
    it.set(_CAPABILITIES, PowerStatesSupported=[state for state in states if state != _OFF])


def _none_requested(it: Edit) -> None:
    requests = it.one(_CAPABILITIES).get("RequestedPowerStatesSupported")
    it.set(_CAPABILITIES, RequestedPowerStatesSupported=requests[:1])


FAULTS = (
    Fault(
        name="power-profile-not-registered",
        statement="There is a power management service, and its profile is not registered.",
        breaks=("DSP1027:registration", "DSP1033:central-instances"),
        edit=lambda it: it.drop(_REGISTERED, registered(_NAME)),
    ),
    Fault(
        name="power-profile-misnamed",
        statement="Power State Management is registered as Power State Management Profile.",
        breaks=("DSP1027:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered(_NAME), RegisteredName="Power State Management Profile"
        ),
    ),
    Fault(
        name="power-profile-version-unknown",
        statement="Power State Management is registered in a version that does not exist.",
        breaks=("DSP1027:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="power-service-not-hosted",
        statement="The power management service belongs to no system.",
        breaks=("CIM:association-cardinality", "DSP1027:service.host"),
        edit=lambda it: it.drop(_HOSTED, _hosting),
    ),
    Fault(
        name="power-capabilities-doubled",
        statement="Two instances say which power states the service offers.",
        breaks=("DSP1027:service.capabilities",),
        edit=_second_capabilities,
    ),
    Fault(
        name="power-capabilities-silent",
        statement="The capabilities do not say how power states can be changed.",
        breaks=("DSP1027:capabilities.shown",),
        edit=lambda it: it.blank(_CAPABILITIES, 0, "PowerChangeCapabilities"),
    ),
    Fault(
        name="power-change-undescribed",
        statement="Power states can be changed in another way, which is not described.",
        breaks=("DSP1027:capabilities.other",),
        edit=lambda it: it.set(_CAPABILITIES, PowerChangeCapabilities=[1, 3]),
    ),
    Fault(
        name="power-managed-twice",
        statement="The power of a system is managed by two services.",
        breaks=("CIM:association-cardinality", "DSP1027:system.service"),
        edit=_second_service,
    ),
    Fault(
        name="power-state-hidden",
        statement="The power state of a system is NULL.",
        breaks=("DSP1027:power-state.shown",),
        edit=lambda it: it.blank(_POWER, 0, "PowerState"),
    ),
    Fault(
        name="power-state-unsupported",
        statement="A system is in a power state that is not supported.",
        breaks=("DSP1027:power-state.supported",),
        edit=_not_off,
    ),
    Fault(
        name="power-request-unsupported",
        statement="Power states can be requested now that can never be requested.",
        breaks=("DSP1027:power-state.available",),
        edit=_none_requested,
    ),
    Fault(
        name="power-state-described-needlessly",
        statement="A power state that is not Other is described in words.",
        breaks=("DSP1027:power-state.other",),
        edit=lambda it: it.set(_POWER, OtherPowerState="humming"),
    ),
)
