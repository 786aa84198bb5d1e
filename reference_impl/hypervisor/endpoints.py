"""LAN endpoints: how ports take part in a network, and what they are connected to.

Every Ethernet port implements one (DSP1035). Two endpoints that frames pass between directly
are connected (DSP1050): that of a virtual system's port and that of its port of the switch.
"""

from __future__ import annotations

from reference_impl.hypervisor.profiles import HOST_LAN_NETWORK_PORT, Profiles
from reference_impl.hypervisor.store import Store
from reference_impl.values import ObjectName

_ETHERNET_PROTOCOL = 14
_ETHERNET_INTERFACE = 6


class Endpoints:
    """Shows the endpoints of ports, with all that links them to port, system and each other."""

    def __init__(self, store: Store, profiles: Profiles) -> None:
        self._store = store
        self._profiles = profiles

    def show(self, system: ObjectName, port: ObjectName, address: str, title: str) -> ObjectName:
        """Show the endpoint of a port, hosted by the system that the port belongs to."""
        endpoint = self._store.add(
            "CIM_LANEndpoint",
            SystemCreationClassName=system.classname,
            SystemName=system.key("Name"),
            Name=port.key("DeviceID"),
            NameFormat="DeviceID of the port",
            ElementName=f"LAN endpoint of {title}",
            ProtocolType=_ETHERNET_PROTOCOL,
            ProtocolIFType=_ETHERNET_INTERFACE,
            MACAddress=address,
            EnabledState=2,
            RequestedState=12,
            OperationalStatus=[2],
            HealthState=5,
        )
        self._store.add("CIM_HostedAccessPoint", Antecedent=system, Dependent=endpoint)
        self._store.add("CIM_DeviceSAPImplementation", Antecedent=port, Dependent=endpoint)
        self._profiles.conform(HOST_LAN_NETWORK_PORT, endpoint)
        return endpoint

    def connect(self, endpoint: ObjectName, other: ObjectName) -> None:
        """Show that frames pass between two endpoints, in both directions."""
        self._store.add(
            "CIM_ActiveConnection", Antecedent=endpoint, Dependent=other, IsUnidirectional=False
        )

    def change(self, endpoint: ObjectName, address: str) -> None:
        """Let an endpoint have another MAC address."""
        self._store.change(endpoint, MACAddress=address)

    def remove(self, endpoint: ObjectName) -> None:
        """Remove an endpoint with its connections."""
        self._store.remove(endpoint)
        self._profiles.forget(endpoint)
