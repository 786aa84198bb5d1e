"""Faults of virtual Ethernet switches (DSP1097)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.networks import (
    CONNECTED,
    HOSTED_ENDPOINT,
    SYSTEM,
    endpoint_of,
    is_switch,
    switch,
)
from reference_impl.faults.patterns import POOL, STATES, at, primordial
from reference_impl.faults.selection import registered
from reference_impl.values import Instance, ObjectName, Value

_NAME = "Virtual Ethernet Switch"
_REGISTERED = "CIM_RegisteredProfile"
_SETTINGS = "CIM_VirtualEthernetSwitchSettingData"
_CONFORMS = "CIM_ElementConformsToProfile"
_HOSTED = "CIM_HostedDependency"
_MEMORY = 4


def _state_settings(it: Edit) -> ObjectName:
    """Return the path of the state configuration of a switch."""
    found = it.repository.referring(switch(it), STATES, "ManagedElement")
    name: ObjectName = found[0].get("SettingData")
    return name


def _set(it: Edit, **values: Value) -> None:
    """Give the state configuration of a switch other values."""
    it.set(_SETTINGS, _state_settings(it), **values)


def _described_twice(it: Edit) -> None:
    settings = it.double(_SETTINGS, _state_settings(it), InstanceID="cimconform:switch/again")[0]
    it.add(STATES, ManagedElement=switch(it), SettingData=settings.path)


def _of_memory(pool: Instance) -> bool:
    return pool.get("ResourceType") == _MEMORY and primordial(pool)


def _hosted_by_host(it: Edit) -> None:
    endpoint = endpoint_of(it, switch(it)).path
    host = it.hypervisor.host.name
    it.redirect(HOSTED_ENDPOINT, at("Dependent", endpoint), "Antecedent", host)


def _connected_to_a_screen(it: Edit) -> None:
    """Connect a switch with something that no port implements."""
    host = it.hypervisor.host.name
    screen = it.add(
        "CIM_KVMRedirectionSAP",
        SystemCreationClassName=host.classname,
        SystemName=host.key("Name"),
        Name="screen",
        KVMProtocol=4,
    ).path
    it.add(HOSTED_ENDPOINT, Antecedent=host, Dependent=screen)
    it.add(CONNECTED, Antecedent=screen, Dependent=endpoint_of(it, switch(it)).path)


FAULTS = (
    Fault(
        name="switch-profile-misnamed",
        statement="Virtual Ethernet Switch is registered with the word Profile.",
        breaks=("DSP1097:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="switch-conformance-missing",
        statement="No switch is linked to the registered Virtual Ethernet Switch.",
        breaks=(
            "DSP1033:autonomous.central",
            "DSP1033:central-instances",
            "DSP1097:conformance",
        ),
        edit=lambda it: it.drop(
            _CONFORMS,
            lambda each: (
                each.get("ManagedElement") == switch(it)
                and "DSP1097" in str(each.get("ConformantStandard").key("InstanceID"))
            ),
        ),
    ),
    Fault(
        name="switch-of-another-kind",
        statement="A switch is dedicated to be a switch of any kind.",
        breaks=("DSP1097:switch.dedicated",),
        edit=lambda it: it.set(SYSTEM, is_switch, Dedicated=[5]),
    ),
    Fault(
        name="switch-described-twice",
        statement="A switch has two state configurations.",
        breaks=("DSP1097:switch.settings",),
        edit=_described_twice,
    ),
    Fault(
        name="switch-type-of-another-system",
        statement="The type in the state configuration of a switch is not that of a switch.",
        breaks=("DSP1097:switch.settings.type",),
        edit=lambda it: _set(it, VirtualSystemType="cimconform:switch"),
    ),
    Fault(
        name="switch-not-hosted",
        statement="A switch is not linked to the host.",
        breaks=("DSP1097:switch.host",),
        edit=lambda it: it.drop(_HOSTED, at("Dependent", switch(it))),
    ),
    Fault(
        name="switch-bridging-described",
        statement="Another bridging mode of a switch is described, without being one.",
        breaks=("DSP1097:settings.other-bridging-mode",),
        edit=lambda it: _set(it, OtherEVBMode="By hand"),
    ),
    Fault(
        name="switch-vlan-too-high",
        statement="A switch is connected to VLAN 4095.",
        breaks=("DSP1097:settings.vlan",),
        edit=lambda it: _set(it, VLANConnection=["1", "4095"]),
    ),
    Fault(
        name="switch-pool-of-memory",
        statement="The pool that a switch names for its connections is one of memory.",
        breaks=("DSP1097:settings.pools",),
        edit=lambda it: _set(it, AssociatedResourcePool=[str(it.one(POOL, _of_memory).path)]),
    ),
    Fault(
        name="switch-endpoint-hosted-by-host",
        statement="The LAN endpoint of a switch port is hosted by the host.",
        breaks=(
            "DSP1014:port.endpoint.system",
            "DSP1035:endpoint.keys",
            "DSP1097:port.endpoint",
        ),
        edit=_hosted_by_host,
    ),
    Fault(
        name="switch-connected-to-a-screen",
        statement="A switch is connected to something that is no port.",
        breaks=("DSP1097:connection",),
        edit=_connected_to_a_screen,
    ),
)
