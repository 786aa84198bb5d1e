"""Faults of what is requested and allocated from resource pools (DSP1041)."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATED,
    ALLOCATION,
    NO_UNIT,
    ORIGINS,
    at,
    capable,
    everywhere,
    idle_requests,
    links,
    of_request,
    of_state,
    on_all,
    pool_of,
    request,
    state,
)
from reference_impl.faults.selection import first
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance

_COMPONENTS = "CIM_VirtualSystemSettingDataComponent"


def _without_organization(it: Bend) -> None:
    def rewrite(written: Values) -> Values:
        identifier = written["InstanceID"]
        if not (of_state(identifier) or of_request(identifier)):
            return written
        return {**written, "InstanceID": identifier.removeprefix("cimconform:")}

    it.rewrite(ALLOCATION, rewrite)


def _another_allocation(it: Edit, **values: object) -> None:
    """Add settings that belong to nothing."""
    it.double(ALLOCATION, first(capable("default")), InstanceID="cimconform:odd", **values)


def _from_nowhere(it: Edit) -> None:
    for each in idle_requests(it):
        it.set(ALLOCATION, each.path, PoolID="nowhere")


def _with_small_limit(it: Edit) -> None:
    for each in idle_requests(it):
        it.set(ALLOCATION, each.path, Reservation=2, Limit=1)


def _linked_to_primordial(it: Edit, settings: Instance) -> Instance:
    """Link settings to the primordial pool of their type, and return that."""
    pool = pool_of(it, settings, is_primordial=True)
    it.redirect(ALLOCATED, at("Dependent", settings.path), "Antecedent", pool.path)
    return pool


def _requests_linked_elsewhere(it: Edit) -> None:
    for each in it.select(ALLOCATION, request):
        _linked_to_primordial(it, each)


def _requests_moved(it: Edit) -> None:
    """Let all requests be for the primordial pool, and what is allocated be as it was."""
    for each in it.select(ALLOCATION, request):
        it.set(ALLOCATION, each.path, PoolID=_linked_to_primordial(it, each).get("PoolID"))


def _requested_by_others(it: Edit) -> None:
    """Link what is allocated to the active system to what is requested for the defined one."""
    uuid = it.system(State.ACTIVE).uuid
    mine = it.select(ALLOCATION, lambda each: state(each) and uuid in each.get("InstanceID"))
    others = {each.get("ResourceType"): each.path for each in idle_requests(it)}
    for each in mine:
        origin = others[each.get("ResourceType")]
        it.redirect(ORIGINS, at("ManagedElement", each.path), "SettingData", origin)


FAULTS = (
    *on_all(
        "allocations-without-unit",
        "Requests for resources do not tell their unit.",
        "DSP1041:allocation.values",
        edit=lambda it: it.blank(ALLOCATION, request, "AllocationUnits"),
    ),
    *on_all(
        "allocations-from-no-pool",
        "What is allocated does not name the pool that it comes from.",
        "DSP1041:state.pool-id",
        edit=lambda it: it.blank(ALLOCATION, state, "PoolID"),
    ),
    *on_all(
        "requests-for-no-pool",
        "Requests for resources do not name the pool that is to serve them.",
        "DSP1041:request.pool-id",
        edit=lambda it: it.blank(ALLOCATION, request, "PoolID"),
    ),
    *on_all(
        "allocations-named-without-organization",
        "The identifiers of resource allocations have no organization.",
        "DSP1041:allocation.instance-id",
        bend=_without_organization,
        beside=("DSP1042:modify-resource", "DSP1042:remove-resource"),
        heirs_only=everywhere("request.remove.active", among=("DSP1047", "DSP1050", "DSP1059")),
        twin_only=("DSP1043:request.remove.active",),
    ),
    Fault(
        name="allocation-other-type-untold",
        statement="Settings have another resource type, and do not say which.",
        breaks=("DSP1041:allocation.other-type",),
        edit=lambda it: _another_allocation(it, ResourceType=1),
    ),
    Fault(
        name="allocation-other-type-told",
        statement="Settings have a type that the schema lists, and describe another one.",
        breaks=("DSP1041:allocation.other-type.only",),
        edit=lambda it: it.set(ALLOCATION, first(request), OtherResourceType="something else"),
    ),
    *on_all(
        "allocations-unit-misspelt",
        "The allocation units of requests are no programmatic units.",
        "DSP1041:allocation.units",
        edit=lambda it: it.set(ALLOCATION, request, AllocationUnits=NO_UNIT),
    ),
    *on_all(
        "allocations-quantity-unit-misspelt",
        "The units in which requests are presented are no programmatic units.",
        "DSP1041:allocation.quantity-units",
        edit=lambda it: it.set(ALLOCATION, request, VirtualQuantityUnits=NO_UNIT),
    ),
    *on_all(
        "allocations-unit-plural",
        "The allocation units of requests speak of bytes instead of byte.",
        "DSP1041:allocation.units.singular",
        edit=lambda it: it.set(ALLOCATION, request, AllocationUnits="bytes of all sorts"),
    ),
    *on_all(
        "allocations-quantity-unit-of-something-else",
        "What is allocated is presented in another dimension than was requested.",
        "DSP1041:state.quantity-units.agree",
        edit=lambda it: it.set(ALLOCATION, state, VirtualQuantityUnits="second"),
        heirs_only=(
            "DSP1044:allocation.quantity",
            "DSP1045:allocation.quantity-unit",
            "DSP1047:allocation.quantity-unit",
            "DSP1050:allocation.quantity",
            "DSP1059:allocation.quantity-unit",
        ),
    ),
    *on_all(
        "requests-for-unknown-pool",
        "Requests for resources name a pool that does not exist.",
        "DSP1041:allocation.pool-id",
        "DSP1041:allocation.pool.agrees",
        edit=_from_nowhere,
    ),
    *on_all(
        "allocations-not-linked-to-pool",
        "What is allocated is not linked to the pool that it comes from.",
        "DSP1041:state.pool",
        edit=lambda it: it.drop(ALLOCATED, links("Dependent", of_state)),
    ),
    *on_all(
        "requests-not-linked-to-pool",
        "Requests are not linked to the pool that is to serve them.",
        "DSP1041:request.pool",
        edit=lambda it: it.drop(ALLOCATED, links("Dependent", of_request)),
    ),
    *on_all(
        "requests-linked-to-another-pool",
        "Requests name one pool and are linked to another.",
        "DSP1041:allocation.pool.agrees",
        edit=_requests_linked_elsewhere,
    ),
    *on_all(
        "allocations-visibility-unknown",
        "How a requested resource is to appear is told by a value that is reserved by DMTF.",
        "DSP1041:allocation.visibility",
        edit=lambda it: it.set(ALLOCATION, request, ConsumerVisibility=1),
        beside=("CIM:value-map",),
    ),
    *on_all(
        "allocations-above-limit",
        "More is reserved for requests than their limits allow.",
        "DSP1041:allocation.limit",
        edit=_with_small_limit,
        heirs_only=("DSP1059:allocation.reservation",),
    ),
    *on_all(
        "allocations-in-no-configuration",
        "What is allocated is not part of a state configuration.",
        "DSP1041:state.configuration",
        edit=lambda it: it.drop(_COMPONENTS, links("PartComponent", of_state)),
        beside=("DSP1057:allocation.configuration",),
        heirs_only=("DSP1047:allocation.parent", "DSP1050:connection.parent"),
    ),
    *on_all(
        "allocations-without-request",
        "What is allocated is not linked to its request.",
        "DSP1041:state.request",
        edit=lambda it: it.drop(ORIGINS, links("ManagedElement", of_state)),
    ),
    *on_all(
        "requests-of-another-type",
        "Requests have another resource type than what has been allocated for them.",
        "DSP1041:state.request.type",
        "DSP1041:allocation.type",
        edit=lambda it: it.set(ALLOCATION, request, ResourceType=2),
    ),
    *on_all(
        "requests-in-no-configuration",
        "Requests are not part of a defined configuration.",
        "DSP1041:state.request.component",
        edit=lambda it: it.drop(_COMPONENTS, links("PartComponent", of_request)),
    ),
    *on_all(
        "requests-of-another-system",
        "What is allocated to one system is linked to the request of another.",
        "DSP1041:state.request.system",
        edit=_requested_by_others,
        heirs_only=("DSP1050:state.request.agrees",),
        twin_only=("DSP1041:state.request.agrees",),
    ),
    *on_all(
        "requests-for-another-pool",
        "Requests name another pool than what has been allocated for them.",
        "DSP1041:state.request.agrees",
        edit=_requests_moved,
    ),
)
