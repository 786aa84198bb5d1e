"""Faults of pools of processors and of virtual processors (DSP1044)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATION,
    BACKING,
    PARTS,
    POOL,
    STATES,
    capable,
    devices_of,
    everywhere,
    odd_pool,
    paired,
    pool_of,
    pooled,
    primordial,
    request,
    state,
)
from reference_impl.faults.selection import is_of, registered
from reference_impl.hypervisor.states import State
from reference_impl.values import Instance

_NAME = "Processor Resource Virtualization"
_REGISTERED = "CIM_RegisteredProfile"
_PROCESSOR = 3


def _processor(pick: Callable[[Instance], bool]) -> Callable[[Instance], bool]:
    """Narrow what picks settings or pools to those of processors."""
    return lambda each: each.get("ResourceType") == _PROCESSOR and pick(each)


def _always(it: Bend, units: str) -> None:
    """Measure pools, requests and allocations of processors in other units."""
    for classname in (POOL, ALLOCATION):
        it.always(
            classname,
            lambda written: bool(written["ResourceType"] == _PROCESSOR),
            AllocationUnits=units,
        )


def _merely_defined(it: Edit) -> Callable[[Instance], bool]:
    """Pick the request for processors of the system that is not active."""
    uuid = it.system(State.DEFINED).uuid
    return _processor(lambda each: request(each) and uuid in each.get("InstanceID"))


def _shown_as_pools(it: Edit) -> None:
    for settings in it.select(ALLOCATION, state):
        it.add(STATES, ManagedElement=pool_of(it, settings).path, SettingData=settings.path)


def _behind_memory(it: Edit) -> None:
    memory = it.one(PARTS, lambda each: is_of("CIM_Memory")(each.get("PartComponent")))
    it.set(ALLOCATION, _processor(state), HostResource=[str(memory.get("PartComponent"))])


def _pinned_twice(it: Edit) -> None:
    """Dedicate the same host processor to the processors of two systems."""
    mine, other = next(pair for pair in paired(it, 0, 2) if _processor(state)(pair[0]))
    host = pooled(it, mine)[0]
    for settings in (mine, other):
        it.set(ALLOCATION, settings.path, MappingBehavior=3, HostResource=[str(host)])
        for device in devices_of(it, settings):
            it.add(BACKING, Antecedent=host, Dependent=device)


def _of_memory(it: Edit) -> None:
    memory = it.one(PARTS, lambda each: is_of("CIM_Memory")(each.get("PartComponent")))
    it.add(
        PARTS,
        GroupComponent=it.one(POOL, _processor(primordial)).path,
        PartComponent=memory.get("PartComponent"),
    )


def _twice_the_cycles(it: Edit) -> None:
    pool = it.one(POOL, _processor(primordial))
    it.set(POOL, pool.path, Capacity=2 * pool.get("Capacity"))


def _one_too_many(it: Edit) -> None:
    settings = it.one(ALLOCATION, _processor(state))
    it.set(ALLOCATION, settings.path, VirtualQuantity=settings.get("VirtualQuantity") + 1)


def _none_allowed(it: Edit) -> None:
    for label in ("default", "minimum"):
        it.blank(ALLOCATION, _processor(capable(label)), "VirtualQuantity")
    it.set(ALLOCATION, _processor(capable("maximum")), VirtualQuantity=0)


FAULTS = (
    Fault(
        name="processor-profile-misnamed",
        statement="The profile of processors is registered as Processor Allocation Profile.",
        breaks=("DSP1044:registration.name",),
        edit=lambda it: it.set(
            _REGISTERED, registered(_NAME), RegisteredName="Processor Allocation Profile"
        ),
    ),
    Fault(
        name="processor-profile-version-unknown",
        statement="Processor Resource Virtualization is registered in an unknown version.",
        breaks=("DSP1044:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="processor-pool-of-something-else",
        statement="A pool of something else is linked to Processor Resource Virtualization.",
        breaks=("DSP1033:central-instances", "DSP1044:pool.type"),
        edit=lambda it: odd_pool(it, _NAME, _PROCESSOR, 13),
    ),
    Fault(
        name="processors-counted",
        statement="Pools and allocations of processors are counted.",
        breaks=("DSP1044:pool.unit", "DSP1044:allocation.unit"),
        bend=lambda it: _always(it, "count"),
    ),
    Fault(
        name="processors-in-percent",
        statement="Processors have more percent than 100 each.",
        breaks=("DSP1044:pool.capacity.percent", "DSP1044:allocation.limit.percent"),
        bend=lambda it: _always(it, "percent"),
    ),
    Fault(
        name="processors-none-requested",
        statement="A request asks for no processors at all.",
        breaks=("DSP1044:request.range", "DSP1044:allocation.quantity"),
        edit=lambda it: it.set(ALLOCATION, _merely_defined(it), VirtualQuantity=0),
    ),
    Fault(
        name="allocations-shown-as-pools",
        statement="Allocations define the state of something that is no device.",
        breaks=everywhere("device.class"),
        edit=_shown_as_pools,
    ),
    Fault(
        name="processors-too-few",
        statement="A system has fewer processors than have been allocated to it.",
        breaks=("DSP1044:system.processors",),
        edit=_one_too_many,
    ),
    Fault(
        name="processors-from-memory",
        statement="The host resource behind virtual processors is a memory.",
        breaks=("DSP1044:state.host-processors", "DSP1044:state.host-resource.pooled"),
        edit=_behind_memory,
    ),
    Fault(
        name="processors-dedicated-twice",
        statement="A host processor is dedicated to two systems.",
        breaks=("DSP1044:state.pinned",),
        edit=_pinned_twice,
    ),
    Fault(
        name="processor-pool-of-memory",
        statement="A pool of processors consists of a memory as well.",
        breaks=("DSP1044:pool.processors",),
        edit=_of_memory,
    ),
    Fault(
        name="processor-pool-too-large",
        statement="A pool of processors has twice the cycles of its processors.",
        breaks=("DSP1044:pool.capacity",),
        edit=_twice_the_cycles,
    ),
    Fault(
        name="processors-not-allowed",
        statement="Capabilities allow no processors, and systems have some.",
        breaks=("DSP1044:state.maximum", "DSP1044:request.range"),
        edit=_none_allowed,
    ),
    Fault(
        name="processors-with-address",
        statement="A request for processors has an address.",
        breaks=("DSP1044:allocation.place",),
        edit=lambda it: it.set(ALLOCATION, _merely_defined(it), Address="somewhere"),
    ),
)
