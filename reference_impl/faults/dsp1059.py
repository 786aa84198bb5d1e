"""Faults of pools of generic devices and of what is allocated from them (DSP1059)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATION,
    BACKING,
    DEVICE,
    GENERIC,
    PARTS,
    POOL,
    concrete,
    devices_of,
    odd_pool,
    primordial,
    request,
    state,
    virtual_device,
)
from reference_impl.faults.selection import registered
from reference_impl.hypervisor.states import State
from reference_impl.values import Instance

_NAME = "Generic Device Resource Virtualization"
_REGISTERED = "CIM_RegisteredProfile"


def _generic(pick: Callable[[Instance], bool]) -> Callable[[Instance], bool]:
    """Narrow what picks settings or pools to those of generic devices."""
    return lambda each: each.get("ResourceType") in GENERIC and pick(each)


def _of_drives(it: Edit) -> list[Instance]:
    """Return the requests of the system that is not active that have a parent."""
    uuid = it.system(State.DEFINED).uuid

    def fits(each: Instance) -> bool:
        return request(each) and uuid in each.get("InstanceID") and bool(each.get("Parent"))

    return it.select(ALLOCATION, _generic(fits))


def _always(it: Bend, *classes: str, **values: str) -> None:
    for classname in classes:
        it.always(classname, lambda written: written["ResourceType"] in GENERIC, **values)


def _two_promised(it: Edit) -> None:
    it.set(ALLOCATION, _generic(state), VirtualQuantity=2)


def _reserved_unseen(it: Edit) -> None:
    for each in _of_drives(it):
        it.set(ALLOCATION, each.path, Reservation=2, Limit=2)


def _parents_elsewhere(it: Edit) -> None:
    """Let the drives of the system that is not active be parents of themselves."""
    for each in _of_drives(it):
        it.set(ALLOCATION, each.path, Parent=str(each.path))


def _same_slot(it: Edit) -> None:
    """Add a second drive in the same place as the first."""
    drive = _of_drives(it)[0]
    again = it.double(ALLOCATION, drive.path, InstanceID=f"{drive.get('InstanceID')}-again")[0]
    it.add(
        "CIM_VirtualSystemSettingDataComponent",
        GroupComponent=it.system(State.DEFINED).defined.name,
        PartComponent=again.path,
    )
    link = it.repository.referring(drive.path, "CIM_ResourceAllocationFromPool", "Dependent")[0]
    it.add(
        "CIM_ResourceAllocationFromPool",
        Antecedent=link.get("Antecedent"),
        Dependent=again.path,
    )


def _of_virtual_device(it: Edit) -> None:
    it.add(
        PARTS,
        GroupComponent=it.one(POOL, _generic(primordial)).path,
        PartComponent=it.one(DEVICE, virtual_device).path,
    )


def _too_small(it: Edit) -> None:
    """Let a pool consist of more host devices than its capacity is."""
    pool = it.one(POOL, _generic(concrete))
    reserved = pool.get("Reserved")
    it.set(POOL, pool.path, Capacity=reserved)
    for part in it.select(PARTS, None)[: reserved + 1]:
        it.add(PARTS, GroupComponent=pool.path, PartComponent=part.get("PartComponent"))


def _passed_through_twice(it: Edit) -> None:
    """Pass a host device through as two devices of a system."""
    host = it.one(PARTS).get("PartComponent")
    for settings in it.select(ALLOCATION, _generic(state))[:2]:
        it.set(ALLOCATION, settings.path, ConsumerVisibility=2, HostResource=[str(host)])
        for device in devices_of(it, settings):
            it.add(BACKING, Antecedent=host, Dependent=device)


FAULTS = (
    Fault(
        name="generic-profile-misnamed",
        statement="Generic Device Resource Virtualization is registered as an allocation profile.",
        breaks=("DSP1059:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered(_NAME), RegisteredName="Generic Device Allocation Profile"
        ),
    ),
    Fault(
        name="generic-profile-version-unknown",
        statement="Generic Device Resource Virtualization is registered in an unknown version.",
        breaks=("DSP1059:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="generic-pool-of-disks",
        statement="A pool of disk drives is linked to Generic Device Resource Virtualization.",
        breaks=("DSP1033:central-instances", "DSP1059:pool.type"),
        edit=lambda it: odd_pool(it, _NAME, 31, 17),
    ),
    Fault(
        name="generic-devices-too-few",
        statement="A system has fewer devices than have been allocated to it.",
        breaks=("DSP1059:state.devices",),
        edit=_two_promised,
    ),
    Fault(
        name="generic-devices-in-percent",
        statement="Pools and allocations of generic devices are measured in percent.",
        breaks=("DSP1059:pool.unit", "DSP1059:allocation.unit"),
        bend=lambda it: _always(it, POOL, ALLOCATION, AllocationUnits="percent"),
    ),
    Fault(
        name="generic-devices-presented-in-percent",
        statement="Allocations of generic devices are presented in percent.",
        breaks=("DSP1059:allocation.quantity-unit",),
        bend=lambda it: _always(it, ALLOCATION, VirtualQuantityUnits="percent"),
    ),
    Fault(
        name="generic-devices-reserved-unseen",
        statement="More devices are reserved for a system than are presented to it.",
        breaks=("DSP1059:allocation.reservation",),
        edit=_reserved_unseen,
    ),
    Fault(
        name="generic-devices-without-controller",
        statement="The parent of a drive is the drive itself.",
        breaks=("DSP1059:allocation.parent",),
        edit=_parents_elsewhere,
    ),
    Fault(
        name="generic-devices-in-one-place",
        statement="Two drives of a system have the same address on their controller.",
        breaks=("DSP1059:allocation.slot",),
        edit=_same_slot,
    ),
    Fault(
        name="generic-pool-of-virtual-device",
        statement="A pool consists of a virtual device.",
        breaks=("DSP1059:host-device.system",),
        edit=_of_virtual_device,
    ),
    Fault(
        name="generic-pool-too-small",
        statement="A pool has less capacity than the devices that it consists of.",
        breaks=("DSP1059:pool.capacity", "DSP1059:range.capacity"),
        edit=_too_small,
    ),
    Fault(
        name="generic-device-passed-through-twice",
        statement="A host device is passed through as two devices, and is like none of them.",
        breaks=("DSP1059:device.passed-through", "DSP1059:device.passed-through.class"),
        edit=_passed_through_twice,
    ),
)
