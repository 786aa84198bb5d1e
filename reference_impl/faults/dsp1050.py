"""Faults of pools of Ethernet ports and of what is allocated from them (DSP1050)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.networks import (
    CONNECTED,
    DEVICES,
    ENDPOINT,
    PORT,
    connection_at,
    endpoint_at,
    of_system,
)
from reference_impl.faults.patterns import (
    ALLOCATED,
    ALLOCATION,
    FROM_POOL,
    PARTS,
    POOL,
    STATES,
    devices_of,
    odd_pool,
    primordial,
    request,
    state,
)
from reference_impl.faults.selection import is_of, registered
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName, Value

_NAME = "Ethernet Port Resource Virtualization"
_REGISTERED = "CIM_RegisteredProfile"
_COMPONENT = "CIM_VirtualSystemSettingDataComponent"
_PLAIN_PORT = "EXAMPLE_NetworkPort"
_ADAPTER, _CONNECTION = 10, 33
_TYPES = (_ADAPTER, 30, _CONNECTION)
_MEMORY = 4


def _of(
    system: VirtualSystem, resource_type: int, pick: Callable[[Instance], bool]
) -> Callable[[Instance], bool]:
    """Pick the settings of a system for one type of resource, requested or allocated."""

    def fits(each: Instance) -> bool:
        right = each.get("ResourceType") == resource_type and pick(each)
        return right and system.uuid in str(each.get("InstanceID"))

    return fits


def _requested(it: Edit, resource_type: int) -> Instance:
    """Return what the system that is not active asks for."""
    return it.one(ALLOCATION, _of(it.system(State.DEFINED), resource_type, request))


def _ask(it: Edit, **values: Value) -> None:
    """Let the system that is not active ask for its adapter in another way."""
    it.set(ALLOCATION, _requested(it, _ADAPTER).path, **values)


def _allocated(it: Edit, resource_type: int, values: Values) -> Instance:
    """Let the active system ask for something, and have it, in another way; return the state."""
    system = it.system(State.ACTIVE)
    for pick in (request, state):
        it.set(ALLOCATION, _of(system, resource_type, pick), **values)
    return it.one(ALLOCATION, _of(system, resource_type, state))


def _show_address(it: Edit, system: VirtualSystem, address: str) -> None:
    """Give the adapter of a system, and its LAN endpoint, another address."""
    of_it = of_system(system.name)
    it.set(PORT, of_it, PermanentAddress=address, NetworkAddresses=[address])
    it.set(ENDPOINT, of_it, MACAddress=address)


def _to_all(it: Edit) -> None:
    """Give the adapter of the active system a MAC address that is one of a group."""
    _allocated(it, _ADAPTER, {"Address": "01005E000001"})
    _show_address(it, it.system(State.ACTIVE), "01005E000001")


def _with_separators(it: Edit) -> None:
    address = str(it.one(ALLOCATION, _of(it.system(State.ACTIVE), _ADAPTER, state)).get("Address"))
    pairs = (address[place : place + 2] for place in range(0, len(address), 2))
    _allocated(it, _ADAPTER, {"Address": ":".join(pairs)})


def _the_same(it: Edit) -> None:
    """Give the adapter of the active system the MAC address of that of the paused one."""
    of_other = _of(it.system(State.PAUSED), _ADAPTER, state)
    address = str(it.one(ALLOCATION, of_other).get("Address"))
    _allocated(it, _ADAPTER, {"Address": address})
    _show_address(it, it.system(State.ACTIVE), address)


def _plain_port(it: Edit) -> None:
    """Show the adapter of the active system as a second device, of a class that says less."""
    settings = it.one(ALLOCATION, _of(it.system(State.ACTIVE), _ADAPTER, state))
    port = it.one(PORT, devices_of(it, settings)[0])
    keys = {name: port.get(name) for name in ("SystemCreationClassName", "SystemName")}
    address = {name: port.get(name) for name in ("PermanentAddress", "NetworkAddresses")}
    device_id = f"{port.get('DeviceID')}-plain"
    plain = it.add(_PLAIN_PORT, DeviceID=device_id, **keys, **address).path
    for association, role in (
        (DEVICES, "PartComponent"),
        (FROM_POOL, "Dependent"),
        (STATES, "ManagedElement"),
    ):
        link = it.repository.referring(port.path, association, role)[0]
        it.add(association, **{**link.values, role: plain})


def _of_no_class(it: Edit) -> None:
    """Ask for one more connection by settings that say nothing about Ethernet."""
    like = _requested(it, _CONNECTION)
    said = ("ElementName", "ResourceType", "PoolID", "AllocationUnits")
    quantity = ("VirtualQuantity", "VirtualQuantityUnits")
    values = {name: like.get(name) for name in (*said, *quantity)}
    added = it.add(ALLOCATION, InstanceID=f"{like.get('InstanceID')}-more", **values).path
    defined = it.system(State.DEFINED).defined.name
    it.add(_COMPONENT, GroupComponent=defined, PartComponent=added)
    drawn = it.repository.referring(like.path, ALLOCATED, "Dependent")[0]
    it.add(ALLOCATED, Antecedent=drawn.get("Antecedent"), Dependent=added)


def _in_bytes(it: Bend) -> None:
    """Measure pools, requests and allocations of Ethernet ports in bytes."""
    for classname in (POOL, ALLOCATION):
        it.always(
            classname,
            lambda written: bool(written["ResourceType"] in _TYPES),
            AllocationUnits="byte",
        )


def _of_memory(it: Edit) -> None:
    """Let a pool of Ethernet adapters consist of a memory as well."""
    memory = it.one(PARTS, lambda each: is_of("CIM_Memory")(each.get("PartComponent")))
    pool = it.one(POOL, lambda each: primordial(each) and each.get("ResourceType") == _ADAPTER)
    it.add(PARTS, GroupComponent=pool.path, PartComponent=memory.get("PartComponent"))


# -- connections ---------------------------------------------------------------------------------


def _switch_port(it: Edit) -> ObjectName:
    """Return the path of the port that the connection of the active system appears as."""
    settings = it.one(ALLOCATION, _of(it.system(State.ACTIVE), _CONNECTION, state))
    return devices_of(it, settings)[0]


def _endpoint_of_adapter(it: Edit, system: VirtualSystem) -> ObjectName:
    """Return the path of the LAN endpoint of the adapter of a system."""
    settings = it.one(ALLOCATION, _of(system, _ADAPTER, state))
    return endpoint_at(it, devices_of(it, settings)[0])


def _to_system(it: Edit) -> None:
    """Let a connection name a virtual system in the place of a switch."""
    path = str(it.system(State.PAUSED).name)
    _allocated(it, _CONNECTION, {"HostResource": [path]})


def _unplugged(it: Edit) -> None:
    it.drop(CONNECTED, connection_at(it, endpoint_at(it, _switch_port(it))).path)


def _plugged_into_another(it: Edit) -> None:
    """Connect the switch port of the active system with the adapter of the paused one."""
    own = _endpoint_of_adapter(it, it.system(State.ACTIVE))
    other = _endpoint_of_adapter(it, it.system(State.PAUSED))
    connection = connection_at(it, endpoint_at(it, _switch_port(it)))
    roles = ("Antecedent", "Dependent")
    role = next(role for role in roles if connection.get(role) == own)
    it.redirect(CONNECTED, connection.path, role, other)


def _parent_is_memory(it: Edit) -> None:
    parent = str(_requested(it, _MEMORY).path)
    it.set(ALLOCATION, _requested(it, _CONNECTION).path, Parent=parent)


def _in_another_vlan_mode(it: Edit) -> None:
    """Let the VLAN endpoint of an adapter be a trunk where access is wanted."""
    system = it.system(State.ACTIVE)
    _allocated(it, _ADAPTER, {"DesiredVLANEndpointMode": 2})
    endpoint = _endpoint_of_adapter(it, system)
    vlan = it.add(
        "CIM_VLANEndpoint",
        SystemCreationClassName=system.name.classname,
        SystemName=system.name.key("Name"),
        Name="vlan",
        OperationalEndpointMode=5,
    ).path
    it.add("CIM_HostedAccessPoint", Antecedent=system.name, Dependent=vlan)
    it.add("CIM_BindsToLANEndpoint", Antecedent=endpoint, Dependent=vlan)


_REGISTRATION = (
    Fault(
        name="ethernet-profile-misnamed",
        statement="The profile of Ethernet ports as resources is registered with the word Profile.",
        breaks=("DSP1050:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="ethernet-profile-version-unknown",
        statement="Ethernet Port Resource Virtualization is registered in an unknown version.",
        breaks=("DSP1050:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="ethernet-pool-of-something-else",
        statement="A pool of something else is linked to Ethernet Port Resource Virtualization.",
        breaks=("DSP1033:central-instances", "DSP1050:pool.type"),
        edit=lambda it: odd_pool(it, _NAME, _ADAPTER, 13),
    ),
)

_CLASSES = (
    Fault(
        name="ethernet-adapter-plain",
        statement="A virtual adapter is shown as a network port of no kind.",
        breaks=("DSP1050:device.class.ethernet",),
        bend=lambda it: it.derive(_PLAIN_PORT, "CIM_NetworkPort"),
        edit=_plain_port,
    ),
    Fault(
        name="ethernet-connection-of-no-class",
        statement="A connection is asked for by settings that are not of the class for Ethernet.",
        breaks=("DSP1050:allocation.class",),
        edit=_of_no_class,
    ),
    Fault(
        name="ethernet-in-bytes",
        statement="Pools and allocations of Ethernet ports are measured in bytes.",
        breaks=("DSP1050:pool.unit", "DSP1050:allocation.unit"),
        bend=_in_bytes,
    ),
    Fault(
        name="ethernet-none-requested",
        statement="A request asks for no adapter at all.",
        breaks=("DSP1050:allocation.quantity", "DSP1050:request.range"),
        edit=lambda it: _ask(it, VirtualQuantity=0),
    ),
    Fault(
        name="ethernet-pool-of-memory",
        statement="A pool of Ethernet adapters consists of a memory as well.",
        breaks=("DSP1050:pool.ports",),
        edit=_of_memory,
    ),
)

_ADDRESSES = (
    Fault(
        name="ethernet-address-with-separators",
        statement="The MAC address of an adapter is allocated with separators.",
        breaks=("DSP1050:state.address",),
        edit=_with_separators,
    ),
    Fault(
        name="ethernet-address-of-group",
        statement="The MAC address of an adapter is one of a group.",
        breaks=("DSP1050:state.address.unicast",),
        edit=_to_all,
    ),
    Fault(
        name="ethernet-address-of-another",
        statement="An adapter has another MAC address than has been allocated.",
        breaks=("DSP1050:device.address", "DSP1050:device.endpoint.address"),
        edit=lambda it: _show_address(it, it.system(State.ACTIVE), "02FFFFFFFFFC"),
    ),
    Fault(
        name="ethernet-address-twice",
        statement="The adapters of two systems have the same MAC address.",
        breaks=("DSP1050:state.address.unique",),
        edit=_the_same,
    ),
)

_SETTINGS = (
    Fault(
        name="ethernet-vlan-mode-reserved",
        statement="The VLAN mode that is wanted of an adapter is reserved.",
        breaks=("CIM:value-map", "DSP1050:allocation.vlan-mode"),
        edit=lambda it: _ask(it, DesiredVLANEndpointMode=0),
    ),
    Fault(
        name="ethernet-vlan-mode-undescribed",
        statement="The VLAN mode that is wanted of an adapter is another one, not described.",
        breaks=("DSP1050:allocation.other-vlan-mode",),
        edit=lambda it: _ask(it, DesiredVLANEndpointMode=1),
    ),
    Fault(
        name="ethernet-receive-filter-uneven",
        statement="An adapter may receive from two MAC addresses, and in one VLAN.",
        breaks=("DSP1050:allocation.receive-filter",),
        edit=lambda it: _ask(
            it,
            AllowedToReceiveMACAddresses=["020000000001", "020000000002"],
            AllowedToReceiveVLANs=[1],
        ),
    ),
    Fault(
        name="ethernet-transmit-filter-uneven",
        statement="An adapter may send to one MAC address, and in two VLANs.",
        breaks=("DSP1050:allocation.transmit-filter",),
        edit=lambda it: _ask(
            it, AllowedToTransmitMACAddresses=["020000000001"], AllowedToTransmitVLANs=[1, 2]
        ),
    ),
    Fault(
        name="ethernet-vlan-too-high",
        statement="An adapter may receive in VLAN 4096.",
        breaks=("DSP1050:allocation.vlans",),
        edit=lambda it: _ask(it, AllowedToReceiveVLANs=[4096]),
    ),
    Fault(
        name="ethernet-priority-too-high",
        statement="An adapter may use priority 8.",
        breaks=("DSP1050:allocation.priorities",),
        edit=lambda it: _ask(it, AllowedPriorities=[7, 8]),
    ),
    Fault(
        name="ethernet-receive-limit-exceeded",
        statement="More bandwidth is reserved for receiving than its limit allows.",
        breaks=("DSP1050:allocation.receive-limit",),
        edit=lambda it: _ask(it, ReceiveBandwidthReservation=2, ReceiveBandwidthLimit=1),
    ),
    Fault(
        name="ethernet-profile-type-described",
        statement="Another type of network port profile is described, without being one.",
        breaks=("DSP1050:allocation.other-profile-type",),
        edit=lambda it: _ask(it, OtherNetworkPortProfileIDTypeInfo="By number"),
    ),
    Fault(
        name="ethernet-profile-no-uri",
        statement="A network port profile that is named by a URI has something else as its name.",
        breaks=("DSP1050:allocation.profile.uri",),
        edit=lambda it: _ask(it, NetworkPortProfileID="gold", NetworkPortProfileIDType=2),
    ),
    Fault(
        name="ethernet-profile-no-uuid",
        statement="A network port profile that is named by a UUID has something else as its name.",
        breaks=("DSP1050:allocation.profile.uuid",),
        edit=lambda it: _ask(it, NetworkPortProfileID="gold", NetworkPortProfileIDType=3),
    ),
)

_CONNECTIONS = (
    Fault(
        name="connection-to-a-system",
        statement="A connection names a virtual system in the place of a switch.",
        breaks=("DSP1050:connection.switch",),
        edit=_to_system,
    ),
    Fault(
        name="connection-unplugged",
        statement="The switch port of an active connection is connected to nothing.",
        breaks=("DSP1050:connection.port",),
        edit=_unplugged,
    ),
    Fault(
        name="connection-to-another-adapter",
        statement="The switch port of a connection is connected to the adapter of another system.",
        breaks=("DSP1050:connection.system",),
        edit=_plugged_into_another,
    ),
    Fault(
        name="connection-parent-of-another-kind",
        statement="The parent of a connection is a memory.",
        breaks=("DSP1050:connection.parent",),
        edit=_parent_is_memory,
    ),
    Fault(
        name="connection-vlan-mode-of-another-kind",
        statement="The VLAN endpoint of an adapter is a trunk where access is wanted.",
        breaks=("DSP1050:port.vlan-mode",),
        edit=_in_another_vlan_mode,
    ),
)

FAULTS = (*_REGISTRATION, *_CLASSES, *_ADDRESSES, *_SETTINGS, *_CONNECTIONS)
