"""Faults of pools of memory and of virtual memory (DSP1045)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATION,
    POOL,
    odd_pool,
    primordial,
    request,
)
from reference_impl.faults.selection import first, registered
from reference_impl.hypervisor.identity import system_name
from reference_impl.hypervisor.states import State
from reference_impl.values import Instance

_NAME = "Memory Resource Virtualization"
_REGISTERED = "CIM_RegisteredProfile"
_MEMORY = 4


def _memory(pick: Callable[[Instance], bool]) -> Callable[[Instance], bool]:
    """Narrow what picks settings or pools to those of memory."""
    return lambda each: each.get("ResourceType") == _MEMORY and pick(each)


def _merely_defined(it: Edit) -> Callable[[Instance], bool]:
    """Pick the request for memory of the system that is not active."""
    uuid = it.system(State.DEFINED).uuid
    return _memory(lambda each: request(each) and uuid in each.get("InstanceID"))


def _in_hertz(it: Bend) -> None:
    for classname in (POOL, ALLOCATION):
        it.always(
            classname,
            lambda written: bool(written["ResourceType"] == _MEMORY),
            AllocationUnits="hertz",
        )


def _shrunken(it: Edit) -> None:
    """Halve the memory of the active system; its allocation stays as it is."""
    memory = it.one("CIM_Memory", first(lambda each: each.get("SystemName") == system_name(1)))
    blocks = memory.get("NumberOfBlocks") // 2
    it.set("CIM_Memory", memory.path, NumberOfBlocks=blocks, ConsumableBlocks=blocks)


def _more_than_presented(it: Edit) -> None:
    settings = it.one(ALLOCATION, _merely_defined(it))
    amount = 2 * settings.get("VirtualQuantity")
    it.set(ALLOCATION, settings.path, Reservation=amount, Limit=amount)


def _twice_the_memory(it: Edit) -> None:
    pool = it.one(POOL, _memory(primordial))
    it.set(POOL, pool.path, Capacity=2 * pool.get("Capacity"))


FAULTS = (
    Fault(
        name="memory-profile-misnamed",
        statement="Memory Resource Virtualization is registered as Memory Allocation Profile.",
        breaks=("DSP1045:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered(_NAME), RegisteredName="Memory Allocation Profile"
        ),
    ),
    Fault(
        name="memory-profile-version-unknown",
        statement="Memory Resource Virtualization is registered in an unknown version.",
        breaks=("DSP1045:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="memory-pool-of-something-else",
        statement="A pool of something else is linked to Memory Resource Virtualization.",
        breaks=("DSP1033:central-instances", "DSP1045:pool.type"),
        edit=lambda it: odd_pool(it, _NAME, _MEMORY, 13),
    ),
    Fault(
        name="memory-in-hertz",
        statement="Pools and allocations of memory are measured in hertz.",
        breaks=("DSP1045:pool.unit", "DSP1045:allocation.unit"),
        bend=_in_hertz,
    ),
    Fault(
        name="memory-counted",
        statement="The unit in which memory is presented is left at the default of the schema.",
        breaks=("DSP1045:allocation.quantity-unit",),
        bend=lambda it: it.always(
            ALLOCATION,
            lambda written: bool(written["ResourceType"] == _MEMORY),
            VirtualQuantityUnits="count",
        ),
    ),
    Fault(
        name="memory-of-no-size",
        statement="A request asks for memory of no size.",
        breaks=(
            "DSP1045:allocation.quantity",
            "DSP1045:allocation.reservation",
            "DSP1045:request.range",
        ),
        edit=lambda it: it.set(ALLOCATION, _merely_defined(it), VirtualQuantity=0),
    ),
    Fault(
        name="memory-too-small",
        statement="The memory of a system is half as large as has been allocated to it.",
        breaks=("DSP1045:system.memory",),
        edit=_shrunken,
    ),
    Fault(
        name="memory-reserved-unseen",
        statement="More memory is reserved for a system than is presented to it.",
        breaks=("DSP1045:allocation.reservation",),
        edit=_more_than_presented,
    ),
    Fault(
        name="memory-pool-too-large",
        statement="A pool of memory has twice what it consists of.",
        breaks=("DSP1045:pool.capacity",),
        edit=_twice_the_memory,
    ),
    Fault(
        name="memory-with-address",
        statement="A request for memory has an address.",
        breaks=("DSP1045:allocation.place",),
        edit=lambda it: it.set(ALLOCATION, _merely_defined(it), Address="somewhere"),
    ),
)
