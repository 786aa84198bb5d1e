"""What faults of ports, LAN endpoints, connections and switches pick, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.edit import Edit
from reference_impl.values import Instance, ObjectName

PORT = "CIM_EthernetPort"
ENDPOINT = "CIM_LANEndpoint"
SYSTEM = "CIM_ComputerSystem"
DEVICES = "CIM_SystemDevice"
HOSTED_ENDPOINT = "CIM_HostedAccessPoint"
IMPLEMENTS = "CIM_DeviceSAPImplementation"
CONNECTED = "CIM_ActiveConnection"

_ETHERNET_SWITCH = 38


def is_switch(system: Instance) -> bool:
    """Pick the virtual switches among the computer systems."""
    return _ETHERNET_SWITCH in (system.get("Dedicated") or ())


def switch(it: Edit) -> ObjectName:
    """Return the path of a virtual switch."""
    return it.one(SYSTEM, is_switch).path


def of_system(system: ObjectName) -> Callable[[Instance], bool]:
    """Pick devices and endpoints by the system in their keys."""
    return lambda each: each.get("SystemName") == system.key("Name")


def endpoint_of(it: Edit, system: ObjectName) -> Instance:
    """Return a LAN endpoint of a system."""
    return it.one(ENDPOINT, of_system(system))


def endpoint_at(it: Edit, port: ObjectName) -> ObjectName:
    """Return the path of the LAN endpoint that a port implements."""
    found = it.repository.referring(port, IMPLEMENTS, "Antecedent")
    name: ObjectName = found[0].get("Dependent")
    return name


def connection_at(it: Edit, endpoint: ObjectName) -> Instance:
    """Return the connection that a LAN endpoint takes part in."""
    roles = ("Antecedent", "Dependent")
    return next(
        each for role in roles for each in it.repository.referring(endpoint, CONNECTED, role)
    )
