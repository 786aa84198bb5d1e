"""Faults of Ethernet ports as devices (DSP1014)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.networks import (
    DEVICES,
    ENDPOINT,
    HOSTED_ENDPOINT,
    PORT,
    endpoint_of,
)
from reference_impl.faults.patterns import at, host_device
from reference_impl.faults.selection import end, registered
from reference_impl.values import ObjectName, Value

_NAME = "Ethernet Port"
_REGISTERED = "CIM_RegisteredProfile"


def _spare(it: Edit) -> ObjectName:
    """Return the path of a port of the host that no pool consists of."""
    return it.select(PORT, host_device)[-1].path


def _set(it: Edit, **values: Value) -> None:
    """Show one port of the host with other values."""
    it.set(PORT, _spare(it), **values)


def _with_separators(it: Edit) -> None:
    address = str(it.one(PORT, _spare(it)).get("PermanentAddress"))
    pairs = (address[place : place + 2] for place in range(0, len(address), 2))
    _set(it, PermanentAddress=":".join(pairs))


def _hosted_elsewhere(it: Edit) -> None:
    """Let a virtual system host a LAN endpoint of the host."""
    endpoint = endpoint_of(it, it.hypervisor.host.name).path
    system = next(iter(it.hypervisor.systems)).name
    it.redirect(HOSTED_ENDPOINT, at("Dependent", endpoint), "Antecedent", system)


def _of_another_address(it: Edit) -> None:
    endpoint = endpoint_of(it, it.hypervisor.host.name).path
    it.set(ENDPOINT, endpoint, MACAddress="02FFFFFFFFFE")


FAULTS = (
    Fault(
        name="port-profile-misnamed",
        statement="Ethernet Port is registered with the word Profile.",
        breaks=("DSP1014:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="port-conformance-missing",
        statement="No Ethernet port is linked to the registered Ethernet Port.",
        breaks=("DSP1014:conformance", "DSP1033:central-instances"),
        edit=lambda it: it.drop("CIM_ElementConformsToProfile", end("ManagedElement", PORT)),
    ),
    Fault(
        name="port-of-no-system",
        statement="An Ethernet port is not linked to the host.",
        breaks=("CIM:association-cardinality", "DSP1014:port.system"),
        edit=lambda it: it.drop(DEVICES, at("PartComponent", _spare(it))),
    ),
    Fault(
        name="port-of-token-ring",
        statement="The link technology of an Ethernet port is Token Ring.",
        breaks=("DSP1014:port.technology",),
        edit=lambda it: _set(it, LinkTechnology=7),
    ),
    Fault(
        name="port-address-with-separators",
        statement="The permanent address of an Ethernet port is written with separators.",
        breaks=("DSP1014:port.address",),
        edit=_with_separators,
    ),
    Fault(
        name="port-address-too-short",
        statement="An Ethernet port uses an address that is no MAC address.",
        breaks=("DSP1014:port.addresses",),
        edit=lambda it: _set(it, NetworkAddresses=["02C0"]),
    ),
    Fault(
        name="port-too-fast",
        statement="An Ethernet port is faster than its highest speed.",
        breaks=("DSP1014:port.speed",),
        edit=lambda it: _set(it, Speed=2 * 10**9, MaxSpeed=10**9),
    ),
    Fault(
        name="port-health-missing",
        statement="An Ethernet port does not tell its health.",
        breaks=("DSP1014:port.values",),
        edit=lambda it: _set(it, HealthState=None),
    ),
    Fault(
        name="port-capability-enabled-alone",
        statement="A capability is enabled at an Ethernet port that the port does not have.",
        breaks=("DSP1014:port.capabilities",),
        edit=lambda it: _set(it, Capabilities=[2], EnabledCapabilities=[3]),
    ),
    Fault(
        name="port-endpoint-hosted-elsewhere",
        statement="The LAN endpoint of a port of the host is hosted by a virtual system.",
        breaks=("DSP1014:port.endpoint.system", "DSP1035:endpoint.keys"),
        edit=_hosted_elsewhere,
    ),
    Fault(
        name="port-endpoint-of-another-address",
        statement="The LAN endpoint of a port has another MAC address than the port.",
        breaks=("DSP1014:port.endpoint.address", "DSP1035:endpoint.port.address"),
        edit=_of_another_address,
    ),
)
