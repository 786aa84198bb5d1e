"""Faults of LAN endpoints (DSP1035)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.networks import ENDPOINT, HOSTED_ENDPOINT, IMPLEMENTS, endpoint_of
from reference_impl.faults.patterns import at
from reference_impl.faults.selection import end, registered
from reference_impl.values import ObjectName, Value

_NAME = "Host LAN Network Port"
_REGISTERED = "CIM_RegisteredProfile"


def _endpoint(it: Edit) -> ObjectName:
    """Return the path of a LAN endpoint of the host."""
    return endpoint_of(it, it.hypervisor.host.name).path


def _set(it: Edit, **values: Value) -> None:
    """Show one LAN endpoint of the host with other values."""
    it.set(ENDPOINT, _endpoint(it), **values)


def _with_separators(it: Edit) -> None:
    address = str(it.one(ENDPOINT, _endpoint(it)).get("MACAddress"))
    pairs = (address[place : place + 2] for place in range(0, len(address), 2))
    _set(it, MACAddress="-".join(pairs))


FAULTS = (
    Fault(
        name="endpoint-profile-misnamed",
        statement="Host LAN Network Port is registered with the word Profile.",
        breaks=("DSP1035:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="endpoint-conformance-missing",
        statement="No LAN endpoint is linked to the registered Host LAN Network Port.",
        breaks=("DSP1033:central-instances", "DSP1035:conformance"),
        edit=lambda it: it.drop("CIM_ElementConformsToProfile", end("ManagedElement", ENDPOINT)),
    ),
    Fault(
        name="endpoint-of-no-system",
        statement="A LAN endpoint is not linked to the host.",
        breaks=("CIM:association-cardinality", "DSP1035:endpoint.system"),
        edit=lambda it: it.drop(HOSTED_ENDPOINT, at("Dependent", _endpoint(it))),
    ),
    Fault(
        name="endpoint-of-token-ring",
        statement="The protocol of the LAN endpoint of an Ethernet port is Token Ring.",
        breaks=("DSP1035:endpoint.protocol",),
        edit=lambda it: _set(it, ProtocolIFType=9, ProtocolType=15),
    ),
    Fault(
        name="endpoint-address-with-separators",
        statement="The MAC address of a LAN endpoint is written with separators.",
        breaks=("CIM:max-length", "DSP1035:endpoint.address"),
        edit=_with_separators,
    ),
    Fault(
        name="endpoint-of-no-port",
        statement="A LAN endpoint is not linked to a port.",
        breaks=("DSP1035:endpoint.port",),
        edit=lambda it: it.drop(IMPLEMENTS, at("Dependent", _endpoint(it))),
    ),
)
