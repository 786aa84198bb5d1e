"""Faults of requests that do not keep to what the capabilities of pools say (DSP1043)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.patterns import (
    ALLOCATION,
    BACKING,
    CAPABILITIES,
    DEFINES,
    GENERIC,
    HELD,
    POINT,
    as_others,
    at,
    devices_of,
    idle_requests,
    on_all,
    paired,
    pool_of,
    pooled,
    state,
)


def _also_requests(it: Edit) -> None:
    """Let a request of each type be a point of the capabilities of its pool."""
    for each in idle_requests(it):
        pool = pool_of(it, each).path
        held = it.one(HELD, at("ManagedElement", pool))
        it.add(DEFINES, GroupComponent=held.get("Capabilities"), PartComponent=each.path, **POINT)


def _specific_requests(it: Edit) -> None:
    it.set(CAPABILITIES, None, RequestTypesSupported=3)
    for each in idle_requests(it):
        it.set(ALLOCATION, each.path, HostResource=[str(pooled(it, each)[0])])


def _dedicated_twice(it: Edit) -> None:
    it.set(CAPABILITIES, None, SharingMode=2)
    generic = it.select(
        ALLOCATION, lambda each: state(each) and each.get("ResourceType") in GENERIC
    )
    for mine, other in (*paired(it, 0, 2), (generic[0], generic[1])):
        if mine.get("HostResource"):
            continue  # a connection: the port behind it is one of the switch
        device = pooled(it, mine)[0]
        for settings in (mine, other):
            it.add(BACKING, Antecedent=device, Dependent=devices_of(it, settings)[0])


def _far_too_much(it: Edit) -> None:
    for each in idle_requests(it):
        it.set(ALLOCATION, each.path, VirtualQuantity=2**60)


def _fixed(it: Edit) -> None:
    """Add capabilities that say that requests cannot have the weight that they have."""
    for serial, each in enumerate(idle_requests(it)):
        local = f"cimconform:change/{serial}"
        pool = pool_of(it, each).path
        held = it.one(HELD, at("ManagedElement", pool))
        changes = it.double(CAPABILITIES, held.get("Capabilities"), InstanceID=local)[0].path
        most = it.double(ALLOCATION, each.path, InstanceID=f"{local}/maximum", Weight=1)[0].path
        it.add(HELD, ManagedElement=each.path, Capabilities=changes)
        it.add(DEFINES, GroupComponent=changes, PartComponent=most, **as_others(it, "maximum"))


FAULTS = (
    *on_all(
        "capabilities-settings-requested",
        "Requests of a system define what can be requested.",
        "DSP1043:settings.single-role",
        edit=_also_requests,
    ),
    *on_all(
        "requests-too-specific",
        "Requests name host resources where only general requests are supported.",
        "DSP1043:request.specific",
        edit=_specific_requests,
    ),
    *on_all(
        "dedicated-to-two",
        "A host device of a pool that dedicates them stands behind two virtual devices.",
        "DSP1043:device.dedicated",
        edit=_dedicated_twice,
    ),
    *on_all(
        "requests-out-of-range",
        "More has been requested than the capabilities allow.",
        "DSP1043:request.range",
        edit=_far_too_much,
    ),
    *on_all(
        "allocations-out-of-range",
        "Requests have a weight that they could not be given.",
        "DSP1043:allocation.range",
        edit=_fixed,
    ),
)
