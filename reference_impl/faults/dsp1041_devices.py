"""Faults of virtual devices and of the host resources that stand behind them (DSP1041)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.edit import Edit
from reference_impl.faults.patterns import (
    ALLOCATED,
    ALLOCATION,
    BACKING,
    DEVICE,
    FROM_POOL,
    GENERIC,
    ORIGINS,
    PARTS,
    POOL,
    STATES,
    at,
    devices_of,
    host_device,
    on_all,
    pool_of,
    pooled,
    primordial,
    state,
    to_device,
)
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName, Value

_COMPONENTS = "CIM_VirtualSystemSettingDataComponent"
_DEVICES = "CIM_SystemDevice"


def _of_no_switch(settings: Instance) -> bool:
    return state(settings) and settings.get("HostResource") is None


def _each_state(change: Callable[[Edit, Instance], None]) -> Callable[[Edit], None]:
    """Return an edit that changes every allocated resource, connections to switches apart."""

    def edit(it: Edit) -> None:
        for settings in it.select(ALLOCATION, _of_no_switch):
            change(it, settings)

    return edit


def _named(it: Edit, settings: Instance, device: ObjectName, **values: object) -> None:
    it.set(ALLOCATION, settings.path, HostResource=[str(device)], **values)


def _spare_device(it: Edit) -> ObjectName:
    """Return a device of the host that is in no pool."""
    taken = {each.get("PartComponent") for each in it.select(PARTS, None)}
    return it.one(DEVICE, lambda each: host_device(each) and each.path not in taken).path


def _generic_pools_of_devices(it: Edit) -> None:
    """Let pools of generic devices consist of some, so that their allocations are looked at."""
    device = it.one(PARTS).get("PartComponent")
    for pool in it.select(POOL, primordial):
        if pool.get("ResourceType") in GENERIC:
            it.add(PARTS, GroupComponent=pool.path, PartComponent=device)


def _behind_spare_devices(it: Edit) -> None:
    device = _spare_device(it)
    _generic_pools_of_devices(it)
    for settings in it.select(ALLOCATION, _of_no_switch):
        _named(it, settings, device)


def _on_device(it: Edit, settings: Instance, device: ObjectName) -> None:
    for each in devices_of(it, settings)[:1]:
        it.add(BACKING, Antecedent=device, Dependent=each)


def _on_another_device(it: Edit, settings: Instance) -> None:
    """Let allocations name one host device, and their virtual devices depend on another."""
    first, second = pooled(it, settings)[:2]
    _named(it, settings, first)
    _on_device(it, settings, second)


def _on_two_devices(it: Edit, settings: Instance) -> None:
    for device in pooled(it, settings)[:2]:
        _on_device(it, settings, device)


def _on_virtual_device(it: Edit, settings: Instance) -> None:
    name = it.system(State.PAUSED).name.key("Name")
    other = it.one(DEVICE, lambda each: each.get("SystemName") == name).path
    for each in devices_of(it, settings)[:1]:
        if each != other:
            it.add(BACKING, Antecedent=other, Dependent=each)


def _from_primordial(it: Edit, settings: Instance) -> None:
    pool = pool_of(it, settings, is_primordial=True).path
    for device in devices_of(it, settings):
        it.redirect(FROM_POOL, at("Dependent", device), "Antecedent", pool)


def _exchanged(it: Edit) -> None:
    """Exchange the state configurations of two systems; their devices stay as they are."""
    one, other = it.system(State.ACTIVE), it.system(State.PAUSED)
    for system, configuration in ((one, other.current.name), (other, one.current.name)):
        it.redirect(STATES, at("ManagedElement", system.name), "SettingData", configuration)


def _left_behind(it: Edit) -> None:
    """Give the defined system all that an active one has: allocations, devices and links."""
    idle = it.system(State.DEFINED)
    active = it.system(State.ACTIVE).name.key("Name")
    requests = list(idle.defined.allocations.values())
    for request in requests:
        if request.settings.get("HostResource"):
            continue  # a connection: its port is one of the switch
        identifier = str(request.name.key("InstanceID")).replace("/defined/", "/state/")
        changes: Values = {"VirtualQuantity": 1} if request.kind.device_for_each_unit else {}
        if "Parent" in request.settings:
            changes["Parent"] = str(request.settings["Parent"]).replace("/defined/", "/state/")
        settings = it.double(ALLOCATION, request.name, InstanceID=identifier, **changes)[0].path
        device = it.double(
            request.kind.device_class,
            lambda each: each.get("SystemName") == active,
            SystemName=idle.name.key("Name"),
            **_addressed(request.settings.get("Address")),
        )[0].path
        pool = request.claim.pool.name
        it.add(_COMPONENTS, GroupComponent=idle.current.name, PartComponent=settings)
        it.add(ALLOCATED, Antecedent=pool, Dependent=settings)
        it.add(ORIGINS, ManagedElement=settings, SettingData=request.name, IsDefault=1, IsNext=1)
        it.add(STATES, ManagedElement=device, SettingData=settings)
        it.add(_DEVICES, GroupComponent=idle.name, PartComponent=device)
        it.add(FROM_POOL, Antecedent=pool, Dependent=device)


def _addressed(address: Value) -> Values:
    """Return what a device shows of the address that its allocation has."""
    return {"PermanentAddress": address, "NetworkAddresses": [address]} if address else {}


def _of_virtual_system(link: Instance) -> bool:
    return not str(link.get("PartComponent").key("DeviceID")).startswith("host-")


FAULTS = (
    *on_all(
        "passed-through-from-nowhere",
        "Resources are passed through, and no host resource is named.",
        "DSP1041:state.host-resource",
        "DSP1041:state.host-dependency",
        edit=lambda it: it.set(ALLOCATION, state, ConsumerVisibility=2),
    ),
    *on_all(
        "mapped-to-nothing",
        "Resources have an affinity to host resources, and none is named.",
        "DSP1041:state.host-resource.mapped",
        edit=lambda it: it.set(ALLOCATION, state, MappingBehavior=4),
    ),
    *on_all(
        "host-resource-unreadable",
        "The host resource behind an allocation is named by something that is no path.",
        "DSP1041:allocation.host-resource.resolves",
        edit=lambda it: it.set(ALLOCATION, _of_no_switch, HostResource=["the second one"]),
    ),
    *on_all(
        "host-resource-not-pooled",
        "The host resource behind an allocation is in no pool.",
        "DSP1041:state.host-resource.pooled",
        edit=_behind_spare_devices,
    ),
    *on_all(
        "passed-through-without-dependency",
        "Resources are passed through, and do not depend on the host device.",
        "DSP1041:state.host-dependency",
        edit=_each_state(
            lambda it, each: _named(it, each, pooled(it, each)[0], ConsumerVisibility=2)
        ),
    ),
    *on_all(
        "depends-on-another-device",
        "Virtual devices depend on another host device than their allocations name.",
        "DSP1041:device.host-resource",
        edit=_each_state(_on_another_device),
    ),
    *on_all(
        "depends-on-two-devices",
        "Virtual devices depend on two host devices.",
        "DSP1041:device.host-device",
        edit=_each_state(_on_two_devices),
        beside=("CIM:association-cardinality",),
    ),
    *on_all(
        "depends-on-virtual-device",
        "Virtual devices depend on a device that is not the host's.",
        "DSP1041:device.host-device.host",
        edit=_each_state(_on_virtual_device),
    ),
    *on_all(
        "devices-from-no-pool",
        "Virtual devices are not linked to the pools that they are allocated from.",
        "DSP1041:device.pool",
        edit=lambda it: it.drop(FROM_POOL, to_device("Dependent")),
    ),
    *on_all(
        "devices-from-another-pool",
        "Virtual devices are allocated from another pool than their allocations.",
        "DSP1041:device.pool.agrees",
        edit=_each_state(_from_primordial),
    ),
    *on_all(
        "devices-without-state",
        "No allocation defines the state of virtual devices.",
        "DSP1041:device.state",
        edit=lambda it: it.drop(STATES, to_device("ManagedElement")),
        beside=("DSP1057:device.settings",),
        heirs_only=("DSP1050:state.host-dependency", "DSP1059:state.devices"),
        twin_only=("DSP1041:state.host-dependency",),
    ),
    *on_all(
        "devices-of-another-system",
        "The state of virtual devices is defined by the allocations of another system.",
        "DSP1041:device.state.system",
        edit=_exchanged,
        heirs_only=("DSP1045:system.memory",),
    ),
    *on_all(
        "devices-of-no-system",
        "Virtual devices are not linked to a system.",
        "DSP1041:device.system",
        edit=lambda it: it.drop(_DEVICES, _of_virtual_system),
        beside=(
            "CIM:association-cardinality",
            "DSP1014:port.system",
            "DSP1022:processor.system",
            "DSP1026:memory.system",
        ),
        heirs_only=("DSP1044:system.processors",),
    ),
    *on_all(
        "devices-visible",
        "What is said to be invisible to a system has a virtual device.",
        "DSP1041:device.invisible",
        edit=lambda it: it.set(ALLOCATION, state, ConsumerVisibility=4),
    ),
    *on_all(
        "devices-not-released",
        "A system that is merely defined has all the devices of an active one.",
        "DSP1041:device.released",
        edit=_left_behind,
        beside=("DSP1057:device.inactive",),
    ),
)
