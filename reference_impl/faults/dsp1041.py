"""Faults of resource pools (DSP1041)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import (
    ALLOCATION,
    FROM_POOL,
    HEIRS,
    NO_UNIT,
    ORIGINS,
    POOL,
    at,
    capable,
    concrete,
    drawn,
    everywhere,
    links,
    of_pool,
    on_all,
    primordial,
)
from reference_impl.faults.selection import end, first
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance

_CONFORMS = "CIM_ElementConformsToProfile"

#: The profiles that know the devices of a system by their class, whatever pool they are from.
_SEEN_OF_SYSTEMS = tuple(key for key in HEIRS if key != "DSP1059")


def _never_falling(it: Bend) -> None:
    """Let what is reserved of a pool only ever grow."""
    highest: dict[str, int] = {}

    def rewrite(written: Values) -> Values:
        pool, reserved = written["PoolID"], written["Reserved"]
        highest[pool] = max(reserved, highest.get(pool, 0))
        return {**written, "Reserved": highest[pool]}

    it.rewrite(POOL, rewrite)


def _without_organization(written: Values) -> Values:
    return {**written, "InstanceID": written["InstanceID"].removeprefix("cimconform:")}


def _one_pool_id(it: Bend) -> None:
    """Give primordial and concrete pools of each kind the same PoolID, in all settings as well."""
    for classname in (POOL, ALLOCATION):
        it.rewrite(
            classname,
            lambda written: {
                **written,
                "PoolID": str(written["PoolID"]).replace("/host", "/default"),
            },
        )


def _another_pool(it: Edit, **values: object) -> None:
    """Add a pool that belongs to no profile."""
    added = it.double(
        POOL, first(primordial), InstanceID="cimconform:pool/odd", PoolID="odd", **values
    )[0].path
    it.add("CIM_HostedResourcePool", GroupComponent=it.hypervisor.host.name, PartComponent=added)


def _everything_reserved(it: Edit) -> None:
    for pool in it.select(POOL, concrete):
        it.set(POOL, pool.path, Reserved=pool.get("Capacity"))


def _default_of(pool: Instance) -> Callable[[Instance], bool]:
    """Pick the default settings of what can be requested of a pool."""
    wanted = f":pool/{pool.get('PoolID')}/capabilities/default"
    return lambda each: wanted in str(each.get("InstanceID"))


def _root_of_another_type(pool: Instance) -> Callable[[Instance], bool]:
    """Pick the primordial pools of other types than that of a pool."""
    kind = pool.get("ResourceType")
    return lambda each: primordial(each) and each.get("ResourceType") != kind


def _consumed(it: Edit) -> None:
    """Let more be consumed of concrete pools than the allocations present."""
    for pool in it.select(POOL, concrete):
        default = it.one(ALLOCATION, _default_of(pool))
        it.set(
            POOL,
            pool.path,
            ConsumedResourceUnits=default.get("VirtualQuantityUnits"),
            CurrentlyConsumedResource=2**40,
        )


def _other_parents(it: Edit) -> None:
    """Let every concrete pool be allocated from a primordial pool of another type."""
    for pool in it.select(POOL, concrete):
        other = it.one(POOL, _root_of_another_type(pool)).path
        it.redirect(FROM_POOL, at("Dependent", pool.path), "Antecedent", other)


def _own_parent(it: Edit) -> None:
    pool = it.one(POOL, concrete).path
    it.add(FROM_POOL, Antecedent=pool, Dependent=pool)


def _draws_mixed_up(it: Edit) -> None:
    """Link every concrete pool to what the next one draws."""
    found = it.select(ORIGINS, end("ManagedElement", POOL))
    settings = [each.get("SettingData") for each in found]
    for link, other in zip(found, [*settings[1:], settings[0]], strict=True):
        it.redirect(ORIGINS, link.path, "SettingData", other)


FAULTS = (
    Fault(
        name="pool-reservation-never-falls",
        statement="What is reserved of a pool stays reserved after it has been given back.",
        breaks=(
            "DSP1041:pool.delete.gives-back",
            "DSP1041:pool.change-parent.reserved",
            "DSP1041:allocation.activated.reserved",
            "DSP1041:allocation.deactivated.reserved",
            "DSP1050:connection.remove",
            "DSP1059:allocation.remove.active",
        ),
        bend=_never_falling,
    ),
    *on_all(
        "pools-not-conformant",
        "No resource pool is linked to a registered profile.",
        "DSP1041:conformance",
        edit=lambda it: it.drop(_CONFORMS, end("ManagedElement", POOL)),
        beside=("DSP1033:central-instances",),
        heirs_only=("DSP1059:pool",),
    ),
    *on_all(
        "pools-missing",
        "No resource pool is shown at all.",
        "DSP1041:pool",
        "DSP1041:conformance",
        edit=lambda it: it.drop(POOL, None),
        beside=(
            "CIM:association-cardinality",
            "DSP1033:central-instances",
            "DSP1097:settings.pools",
        ),
        heirs_only=everywhere("device.pool", "device.state", among=_SEEN_OF_SYSTEMS),
    ),
    *on_all(
        "pools-all-concrete",
        "No resource pool is primordial.",
        "DSP1041:pool.primordial",
        edit=lambda it: it.set(POOL, None, Primordial=False),
        heirs_only=everywhere("pool.parent", among=("DSP1050", "DSP1059")),
        twin_only=("DSP1041:pool.parent",),
    ),
    *on_all(
        "pools-not-hosted",
        "Resource pools are not linked to the host.",
        "DSP1041:pool.host",
        edit=lambda it: it.drop("CIM_HostedResourcePool", None),
        beside=("CIM:association-cardinality", "DSP1097:settings.pools"),
    ),
    *on_all(
        "pools-without-unit",
        "Resource pools do not tell their unit.",
        "DSP1041:pool.values",
        edit=lambda it: it.blank(POOL, concrete, "AllocationUnits"),
    ),
    *on_all(
        "pools-named-without-organization",
        "The identifiers of resource pools have no organization.",
        "DSP1041:pool.instance-id",
        bend=lambda it: it.rewrite(POOL, _without_organization),
    ),
    *on_all(
        "pools-share-pool-id",
        "Two resource pools of each type have the same pool identifier.",
        "DSP1041:pool.pool-id.unique",
        bend=_one_pool_id,
    ),
    Fault(
        name="pool-type-unknown",
        statement="A resource pool has a type that the schema does not list.",
        breaks=("CIM:value-map", "DSP1041:pool.type.known"),
        edit=lambda it: _another_pool(it, ResourceType=99),
    ),
    Fault(
        name="pool-other-type-untold",
        statement="A resource pool has another type, and does not say which.",
        breaks=("DSP1041:pool.other-type",),
        edit=lambda it: _another_pool(it, ResourceType=1),
    ),
    Fault(
        name="pool-other-type-told",
        statement="A resource pool has a type that the schema lists, and describes another one.",
        breaks=("DSP1041:pool.other-type.only",),
        edit=lambda it: it.set(POOL, 0, OtherResourceType="something else"),
    ),
    *on_all(
        "pools-unit-misspelt",
        "The allocation units of resource pools are no programmatic units.",
        "DSP1041:pool.units",
        edit=lambda it: it.set(POOL, concrete, AllocationUnits=NO_UNIT),
    ),
    *on_all(
        "pools-unit-of-something-else",
        "Resource pools are measured in another dimension than what is allocated from them.",
        "DSP1041:allocation.units.agree",
        "DSP1043:settings.units",
        edit=lambda it: it.set(POOL, concrete, AllocationUnits="second"),
        heirs_only=everywhere("pool.unit"),
    ),
    *on_all(
        "pools-unit-plural",
        "The allocation units of resource pools speak of bytes instead of byte.",
        "DSP1041:pool.units.singular",
        edit=lambda it: it.set(POOL, concrete, AllocationUnits="bytes of all sorts"),
    ),
    *on_all(
        "pools-overbooked",
        "More is reserved of resource pools than they have.",
        "DSP1041:pool.reserved",
        "DSP1043:range.capacity",
        edit=lambda it: it.set(POOL, concrete, Capacity=0),
    ),
    *on_all(
        "pools-reserve-nothing",
        "Nothing is reserved of resource pools, whatever is allocated from them.",
        "DSP1041:pool.reserved.covers",
        edit=lambda it: it.set(POOL, None, Reserved=0),
    ),
    *on_all(
        "pools-reserved-for-nobody",
        "All that resource pools have is reserved, and for nobody.",
        "DSP1041:pool.reserved.accounted",
        among=[key for key in HEIRS if key != "DSP1047"],
        edit=_everything_reserved,
    ),
    *on_all(
        "pools-consumed-too-much",
        "More of resource pools is consumed than can be consumed.",
        "DSP1041:pool.consumed",
        edit=lambda it: it.set(
            POOL,
            primordial,
            ConsumedResourceUnits="count",
            CurrentlyConsumedResource=2,
            MaxConsumableResource=1,
        ),
    ),
    *on_all(
        "pools-consumed-by-nobody",
        "More of resource pools is consumed than their allocations present.",
        "DSP1041:pool.consumed.accounted",
        edit=_consumed,
    ),
    *on_all(
        "pools-without-parent",
        "Concrete pools are allocated from nothing.",
        "DSP1041:pool.parent",
        edit=lambda it: it.drop(FROM_POOL, links("Dependent", of_pool)),
    ),
    Fault(
        name="pool-its-own-parent",
        statement="A resource pool is allocated from itself.",
        breaks=("DSP1041:pool.tree",),
        edit=_own_parent,
    ),
    *on_all(
        "pools-of-another-type-than-parent",
        "Concrete pools are allocated from pools of another type.",
        "DSP1041:pool.tree.type",
        "DSP1041:pool.allocation.agrees",
        edit=_other_parents,
    ),
    *on_all(
        "pools-draw-untold",
        "Concrete pools do not show what they draw from their parents.",
        "DSP1041:pool.allocation",
        edit=lambda it: it.drop(ORIGINS, end("ManagedElement", POOL)),
    ),
    *on_all(
        "pools-draws-mixed-up",
        "Concrete pools are linked to what other pools draw.",
        "DSP1041:pool.allocation.agrees",
        edit=_draws_mixed_up,
    ),
    *on_all(
        "pools-draw-another-type",
        "What concrete pools draw from their parents is of another type.",
        "DSP1041:allocation.type",
        "DSP1041:pool.allocation.agrees",
        edit=lambda it: it.set(ALLOCATION, drawn, ResourceType=2),
    ),
    Fault(
        name="allocation-type-unknown",
        statement="Settings have a resource type that the schema does not list.",
        breaks=("CIM:value-map", "DSP1041:allocation.type.known"),
        edit=lambda it: it.double(
            ALLOCATION, first(capable("default")), InstanceID="cimconform:odd", ResourceType=99
        ),
    ),
)
