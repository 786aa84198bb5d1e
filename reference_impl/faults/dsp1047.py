"""Faults of pools of storage and of virtual disks (DSP1047)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATED,
    ALLOCATION,
    BACKING,
    POOL,
    devices_of,
    host_device,
    odd_pool,
    paired,
    pooled,
    request,
    state,
    virtual_device,
)
from reference_impl.faults.selection import registered
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, Value

_NAME = "Storage Resource Virtualization"
_REGISTERED = "CIM_RegisteredProfile"
_COMPONENT = "CIM_VirtualSystemSettingDataComponent"
_STORAGE = "CIM_StorageAllocationSettingData"
_DISK = "CIM_LogicalDisk"
_LOGICAL_DISK = 31
_CONTROLLER = 5


def _disk(pick: Callable[[Instance], bool]) -> Callable[[Instance], bool]:
    """Narrow what picks settings or pools to those of disks."""
    return lambda each: each.get("ResourceType") == _LOGICAL_DISK and pick(each)


def _requested(it: Edit, resource_type: int = _LOGICAL_DISK) -> Instance:
    """Return the request of the system that is not active for a disk, or something else."""
    uuid = it.system(State.DEFINED).uuid

    def fits(each: Instance) -> bool:
        right = each.get("ResourceType") == resource_type
        return right and request(each) and uuid in each.get("InstanceID")

    return it.one(ALLOCATION, fits)


def _ask(it: Edit, **values: Value) -> None:
    """Let the system that is not active ask for its disk in another way."""
    it.set(ALLOCATION, _requested(it).path, **values)


def _allocate(it: Edit, **values: Value) -> None:
    """Let all disks be asked for and allocated in another way."""
    for pick in (request, state):
        it.set(ALLOCATION, _disk(pick), **values)


def _one_more(it: Edit, classname: str, like: Instance, **values: Value) -> None:
    """Add one more allocation to the system that is not active, from the same pool."""
    added = it.add(classname, InstanceID=f"{like.get('InstanceID')}-more", **values).path
    defined = it.system(State.DEFINED).defined.name
    it.add(_COMPONENT, GroupComponent=defined, PartComponent=added)
    drawn = it.repository.referring(like.path, ALLOCATED, "Dependent")[0]
    it.add(ALLOCATED, Antecedent=drawn.get("Antecedent"), Dependent=added)


def _of_no_class(it: Edit) -> None:
    """Ask for one more disk by settings that say nothing about storage."""
    like = _requested(it)
    said = ("ElementName", "ResourceType", "PoolID", "AllocationUnits")
    quantity = ("VirtualQuantity", "VirtualQuantityUnits")
    values = {name: like.get(name) for name in (*said, *quantity)}
    _one_more(it, ALLOCATION, like, **values)


def _in_the_same_slot(it: Edit) -> None:
    like = _requested(it)
    slot = {"Parent": str(_requested(it, _CONTROLLER).path), "AddressOnParent": "7"}
    it.set(ALLOCATION, like.path, **slot)
    values = {name: value for name, value in like.values.items() if name != "InstanceID"}
    _one_more(it, _STORAGE, like, **{**values, **slot})


def _elsewhere(it: Edit) -> None:
    """Let the parent of a disk belong to another system."""
    _ask(it, Parent=str(it.one(ALLOCATION, _disk(state)).path))


def _with_extent_named(it: Edit, name_format: int, name: str) -> None:
    """Let a disk be on an extent of the host, by a name of this format that both have."""
    extent = it.one(_DISK, host_device).path
    it.set(_DISK, extent, Name=name)
    _ask(it, HostExtentName=name, HostExtentNameFormat=name_format)


def _in_bytes(it: Edit) -> None:
    """Say of all disks that they have so many bytes, where they have so many blocks."""
    _allocate(it, VirtualQuantityUnits="byte", VirtualResourceBlockSize=1)


def _in_hertz(it: Bend) -> None:
    """Measure pools, requests and allocations of storage in hertz."""

    def rewrite(written: Values) -> Values:
        if written["ResourceType"] != _LOGICAL_DISK:
            return written
        return {**written, "AllocationUnits": written["AllocationUnits"].replace("byte", "hertz")}

    for classname in (POOL, ALLOCATION):
        it.rewrite(classname, rewrite)


def _dedicated_twice(it: Edit) -> None:
    """Dedicate the same disk of the host to the disks of two systems."""
    mine, other = next(pair for pair in paired(it, 0, 2) if _disk(state)(pair[0]))
    host = pooled(it, mine)[0]
    for settings in (mine, other):
        it.set(ALLOCATION, settings.path, MappingBehavior=3, HostResource=[str(host)])
        for device in devices_of(it, settings):
            it.add(BACKING, Antecedent=host, Dependent=device)


def _twice_as_large(it: Edit) -> None:
    disk = it.one(_DISK, virtual_device)
    it.set(_DISK, disk.path, NumberOfBlocks=2 * disk.get("NumberOfBlocks"))


def _twice_the_limit(it: Edit, **values: Value) -> None:
    _ask(it, Limit=2 * _requested(it).get("Limit"), **values)


_REGISTRATION = (
    Fault(
        name="storage-profile-misnamed",
        statement="The profile of storage is registered with the word Profile.",
        breaks=("DSP1047:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="storage-profile-version-unknown",
        statement="Storage Resource Virtualization is registered in an unknown version.",
        breaks=("DSP1047:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="storage-pool-of-something-else",
        statement="A pool of something else is linked to Storage Resource Virtualization.",
        breaks=("DSP1033:central-instances", "DSP1047:pool.type"),
        edit=lambda it: odd_pool(it, _NAME, _LOGICAL_DISK, 13),
    ),
)

_SIZES = (
    Fault(
        name="storage-in-hertz",
        statement="Pools and allocations of storage are measured in hertz.",
        breaks=("DSP1047:pool.unit", "DSP1047:allocation.unit"),
        bend=_in_hertz,
    ),
    Fault(
        name="disk-of-no-class",
        statement="A disk is asked for by settings that are not of the class for storage.",
        breaks=("DSP1047:allocation.class",),
        edit=_of_no_class,
    ),
    Fault(
        name="disk-unit-left-in-place",
        statement="A disk is measured by the general default of the schema.",
        breaks=("DSP1047:allocation.quantity-unit",),
        edit=lambda it: _ask(it, VirtualQuantityUnits="count"),
    ),
    Fault(
        name="disk-block-empty",
        statement="A disk has blocks of zero bytes at the host.",
        breaks=("DSP1047:allocation.block-size",),
        edit=lambda it: _ask(it, HostResourceBlockSize=0),
    ),
    Fault(
        name="disk-without-blocks-in-blocks",
        statement="A disk without blocks is measured in blocks.",
        breaks=("DSP1047:allocation.quantity-unit.byte",),
        edit=lambda it: _ask(it, VirtualResourceBlockSize=1, Limit=None),
    ),
    Fault(
        name="disk-larger-than-allocated",
        statement="A virtual disk has twice the blocks that have been allocated.",
        breaks=("DSP1047:device.size.blocks",),
        edit=_twice_as_large,
    ),
    Fault(
        name="disks-measured-wrong",
        statement="Disks are said to have so many bytes where they have so many blocks.",
        breaks=("DSP1047:device.size.bytes", "DSP1047:allocation.limit.bytes"),
        edit=_in_bytes,
    ),
    Fault(
        name="disk-limit-above-size",
        statement="A disk may take twice the room at the host that it presents.",
        breaks=("DSP1047:allocation.limit.blocks",),
        edit=_twice_the_limit,
    ),
)

_ACCESS = (
    Fault(
        name="disks-writable-against-allocation",
        statement="Disks that have been allocated to be read can be written.",
        breaks=("DSP1047:device.access.read",),
        edit=lambda it: _allocate(it, Access=1),
    ),
    Fault(
        name="disks-readable-against-allocation",
        statement="Disks that have been allocated to be written can be read.",
        breaks=("DSP1047:device.access.write",),
        edit=lambda it: _allocate(it, Access=2),
    ),
)

_HOST_EXTENTS = (
    Fault(
        name="disk-extent-format-described",
        statement="Another format of the name of a host extent is described, without a format.",
        breaks=("DSP1047:host-extent.other-format",),
        edit=lambda it: _ask(it, OtherHostExtentNameFormat="By colour"),
    ),
    Fault(
        name="disk-extent-namespace-described",
        statement="Another namespace of the name of a host extent is described, without one.",
        breaks=("DSP1047:host-extent.other-namespace",),
        edit=lambda it: _ask(it, OtherHostExtentNameNamespace="Colours"),
    ),
    Fault(
        name="disk-extent-snvm-malformed",
        statement="The vendor in the name of a host extent is too short.",
        breaks=("DSP1047:host-extent.name.snvm",),
        edit=lambda it: _with_extent_named(it, 7, "ACME+SUPER DISK      +124437458"),
    ),
    Fault(
        name="disk-extent-naa-malformed",
        statement="The name of a host extent in the format NAA has 17 digits.",
        breaks=("DSP1047:host-extent.name.naa",),
        edit=lambda it: _with_extent_named(it, 9, "21000020372D3C73A"),
    ),
    Fault(
        name="disk-extent-eui64-malformed",
        statement="The name of a host extent in the format EUI64 is in lower case.",
        breaks=("DSP1047:host-extent.name.eui64",),
        edit=lambda it: _with_extent_named(it, 10, "acde480000000080"),
    ),
    Fault(
        name="disk-extent-t10-malformed",
        statement="The name of a host extent is a T10 vendor and nothing after it.",
        breaks=("DSP1047:host-extent.name.t10",),
        edit=lambda it: _with_extent_named(it, 11, "ACME"),
    ),
    Fault(
        name="disk-extent-namespace-unfit",
        statement="The name of a host extent is of one namespace, and in the format of another.",
        breaks=("DSP1047:host-extent.namespace",),
        edit=lambda it: _ask(it, HostExtentNameNamespace=2, HostExtentNameFormat=12),
    ),
    Fault(
        name="disk-extent-nowhere",
        statement="A disk is on an extent that the host does not have.",
        breaks=("DSP1047:host-extent",),
        edit=lambda it: _ask(it, HostExtentName="/dev/nowhere", HostExtentNameFormat=12),
    ),
    Fault(
        name="disks-dedicated-twice",
        statement="A disk of the host is dedicated to two systems.",
        breaks=("DSP1047:state.dedicated",),
        edit=_dedicated_twice,
    ),
)

_PLACES = (
    Fault(
        name="disk-parent-elsewhere",
        statement="The parent of a disk is an allocation of another system.",
        breaks=("DSP1047:allocation.parent",),
        edit=_elsewhere,
    ),
    Fault(
        name="disk-slot-taken",
        statement="Two disks of a system are at the same place of their controller.",
        breaks=("DSP1047:allocation.slot",),
        edit=_in_the_same_slot,
    ),
)

FAULTS = (*_REGISTRATION, *_SIZES, *_ACCESS, *_HOST_EXTENTS, *_PLACES)
