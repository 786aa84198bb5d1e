"""Faults of what the capabilities of resource pools say (DSP1043)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATION,
    CAPABILITIES,
    DEFINES,
    HELD,
    POINT,
    as_others,
    capable,
    meaning,
    on_all,
)
from reference_impl.faults.selection import end
from reference_impl.values import Instance, ObjectName

_SERVICE = "CIM_ResourcePoolConfigurationService"


def _belonging_to_service(it: Edit) -> None:
    service = it.one(_SERVICE).path
    it.redirect(HELD, end("Capabilities", CAPABILITIES), "ManagedElement", service)


def _another(it: Edit, **values: object) -> ObjectName:
    """Add capabilities that belong to the service for pools, and to no pool."""
    added = it.double(CAPABILITIES, 0, InstanceID="cimconform:odd", **values)[0].path
    it.add(HELD, ManagedElement=it.one(_SERVICE).path, Capabilities=added)
    return added


def _of(capabilities: Instance, label: str) -> Callable[[Instance], bool]:
    """Pick the settings of capabilities by what they mean."""
    wanted = f"{capabilities.get('InstanceID')}/{label}"
    return lambda each: each.get("InstanceID") == wanted


def _again(it: Edit, label: str) -> None:
    """Let all capabilities have two instances of settings that mean the same."""
    meant = as_others(it, label)
    for each in it.select(CAPABILITIES, None):
        settings = it.one(ALLOCATION, _of(each, label))
        identifier = f"{settings.get('InstanceID')}/again"
        copy = it.double(ALLOCATION, settings.path, InstanceID=identifier)[0].path
        it.add(DEFINES, GroupComponent=each.path, PartComponent=copy, **meant)


def _shared(it: Edit) -> None:
    """Let the default of every pool be a point of the other pool of its type as well."""
    found = it.select(CAPABILITIES, None)
    for each in found:
        other = next(
            one
            for one in found
            if one is not each and one.get("ResourceType") == each.get("ResourceType")
        )
        default = it.one(ALLOCATION, _of(each, "default")).path
        it.add(DEFINES, GroupComponent=other.path, PartComponent=default, **POINT)


def _of_two_sub_types(it: Edit) -> None:
    it.set(CAPABILITIES, None, ResourceSubType="cimconform:one")
    it.set(ALLOCATION, capable("default"), ResourceSubType="cimconform:other")


def _weights(it: Edit, **weights: int | None) -> None:
    """Give settings that define capabilities these weights, by what they mean."""
    for label, weight in weights.items():
        it.set(ALLOCATION, capable(label), Weight=weight)


def _presented_in_seconds(it: Edit) -> None:
    for label in ("default", "minimum", "maximum", "increment"):
        it.set(ALLOCATION, capable(label), VirtualQuantityUnits="second")


FAULTS = (
    *on_all(
        "capabilities-of-no-pool",
        "Capabilities belong to the service for pools, and no pool has any.",
        "DSP1043:capabilities.pool",
        edit=_belonging_to_service,
    ),
    *on_all(
        "capabilities-without-type",
        "Capabilities of pools do not tell their resource type.",
        "DSP1043:capabilities.type",
        edit=lambda it: it.blank(CAPABILITIES, None, "ResourceType"),
    ),
    *on_all(
        "capabilities-of-another-type",
        "Capabilities of pools are of another resource type.",
        "DSP1043:capabilities.type.agrees",
        edit=lambda it: it.set(CAPABILITIES, None, ResourceType=2),
    ),
    Fault(
        name="capabilities-other-type-untold",
        statement="Capabilities are of another type, and do not say of which.",
        breaks=("DSP1043:capabilities.other-type",),
        edit=lambda it: _another(it, ResourceType=1),
    ),
    Fault(
        name="capabilities-other-type-told",
        statement="Capabilities of a type that the schema lists describe another one.",
        breaks=("DSP1043:capabilities.other-type.only",),
        edit=lambda it: it.set(CAPABILITIES, 0, OtherResourceType="something else"),
    ),
    *on_all(
        "capabilities-requests-untold",
        "Capabilities do not tell which kinds of requests are supported.",
        "DSP1043:capabilities.request-types",
        edit=lambda it: it.blank(CAPABILITIES, None, "RequestTypesSupported"),
    ),
    *on_all(
        "capabilities-sharing-untold",
        "Capabilities do not tell whether resources are shared.",
        "DSP1043:capabilities.sharing-mode",
        edit=lambda it: it.blank(CAPABILITIES, None, "SharingMode"),
    ),
    *on_all(
        "capabilities-state-twice",
        "Capabilities list a state twice in which resources can be added.",
        "DSP1043:capabilities.states",
        edit=lambda it: it.set(CAPABILITIES, None, SupportedAddStates=[2, 2]),
    ),
    *on_all(
        "capabilities-role-untold",
        "Settings that define capabilities do not say what they define.",
        "DSP1043:settings.roles",
        edit=lambda it: it.blank(DEFINES, meaning("increment"), "ValueRole"),
    ),
    *on_all(
        "capabilities-default-of-range",
        "Settings are said to be a default and steps of a range at the same time.",
        "DSP1043:settings.roles.default",
        edit=lambda it: it.set(DEFINES, meaning("increment"), ValueRole=0),
    ),
    *on_all(
        "capabilities-without-default",
        "Capabilities of pools have no default settings.",
        "DSP1043:default",
        edit=lambda it: it.drop(DEFINES, meaning("default")),
    ),
    *on_all(
        "capabilities-default-twice",
        "Capabilities of pools have two instances of default settings.",
        "DSP1043:default.once",
        edit=lambda it: _again(it, "default"),
    ),
    *on_all(
        "capabilities-minimum-twice",
        "Capabilities of pools have two instances of minimums.",
        "DSP1043:minimum.once",
        edit=lambda it: _again(it, "minimum"),
    ),
    *on_all(
        "capabilities-maximum-twice",
        "Capabilities of pools have two instances of maximums.",
        "DSP1043:maximum.once",
        edit=lambda it: _again(it, "maximum"),
    ),
    *on_all(
        "capabilities-settings-shared",
        "The same settings define the capabilities of two pools.",
        "DSP1043:settings.capabilities",
        edit=_shared,
        beside=("CIM:association-cardinality",),
    ),
    *on_all(
        "capabilities-settings-of-another-type",
        "Default settings are of another resource type than the capabilities.",
        "DSP1043:settings.type",
        edit=lambda it: it.set(ALLOCATION, capable("default"), ResourceType=2),
    ),
    *on_all(
        "capabilities-settings-of-another-sub-type",
        "Default settings are of another subtype than the capabilities.",
        "DSP1043:settings.sub-type",
        edit=_of_two_sub_types,
    ),
    *on_all(
        "capabilities-range-reversed",
        "The minimum of what can be requested is above the maximum.",
        "DSP1043:range.order",
        edit=lambda it: _weights(it, default=None, minimum=5, maximum=1),
    ),
    *on_all(
        "capabilities-range-uneven",
        "No whole steps lead from the minimum of what can be requested to the maximum.",
        "DSP1043:range.steps",
        edit=lambda it: _weights(it, default=None, minimum=1, maximum=100, increment=10),
    ),
    *on_all(
        "capabilities-default-out-of-range",
        "The default is above the maximum of what can be requested.",
        "DSP1043:range.default",
        edit=lambda it: _weights(it, default=100, minimum=0, maximum=50),
    ),
    *on_all(
        "capabilities-unit-of-something-else",
        "The steps of what can be reserved are of another dimension than the pool.",
        "DSP1043:settings.units",
        edit=lambda it: it.set(ALLOCATION, capable("increment"), AllocationUnits="second"),
    ),
    *on_all(
        "capabilities-quantity-unit-of-something-else",
        "The steps of what can be requested are of another dimension than the default.",
        "DSP1043:settings.quantity-units",
        edit=lambda it: it.set(ALLOCATION, capable("increment"), VirtualQuantityUnits="second"),
    ),
    *on_all(
        "capabilities-in-units-of-their-own",
        "What can be requested is told in another dimension than it is requested in.",
        "DSP1043:request.quantity-units",
        among=("DSP1044", "DSP1045", "DSP1050", "DSP1059"),
        edit=_presented_in_seconds,
    ),
    *on_all(
        "capabilities-above-capacity",
        "More can be reserved at once than the pools have.",
        "DSP1043:range.capacity",
        edit=lambda it: it.set(ALLOCATION, capable("maximum"), Reservation=2**62),
    ),
)
