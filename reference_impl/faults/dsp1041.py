"""Faults of resource pools and of what is allocated from them (DSP1041)."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor.store import Values

_POOL = "CIM_ResourcePool"


def _never_falling(it: Bend) -> None:
    """Let what is reserved of a pool only ever grow."""
    highest: dict[str, int] = {}

    def rewrite(written: Values) -> Values:
        pool, reserved = written["PoolID"], written["Reserved"]
        highest[pool] = max(reserved, highest.get(pool, 0))
        return {**written, "Reserved": highest[pool]}

    it.rewrite(_POOL, rewrite)


FAULTS = (
    Fault(
        name="pool-unit-misspelt",
        statement="The allocation units of a pool are no programmatic unit.",
        edit=lambda it: it.set(
            _POOL, lambda each: each.get("ResourceType") == 4, AllocationUnits="MegaBytes"
        ),
    ),
    Fault(
        name="pool-overbooked",
        statement="More is reserved of a pool than it has.",
        edit=lambda it: it.set(_POOL, 0, Capacity=1),
    ),
    Fault(
        name="pool-reservation-never-falls",
        statement="What is reserved of a pool stays reserved after it has been given back.",
        bend=_never_falling,
    ),
    Fault(
        name="device-from-two-pools",
        statement="A virtual device is allocated from two pools.",
        edit=lambda it: it.add(
            "CIM_ElementAllocatedFromPool",
            Antecedent=it.one(_POOL, 0).path,
            Dependent=it.one("CIM_Memory").path,
        ),
    ),
)
