"""Kinds of resources and their units, as Windows calls them."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from reference_impl.hypervisor.resource_kinds import CLOCK_SPEED, PROCESSOR
from reference_impl.hypervisor.store import Values

PROCESSOR_TYPE = PROCESSOR.resource_type

#: Thousandths of a percent of a processor: 100000 are all of it.
PROCESSOR_UNITS = "percent / 1000"
WHOLE_PROCESSOR = 100_000

#: The least share of a processor that is a whole number of megahertz.
STEP = WHOLE_PROCESSOR // gcd(WHOLE_PROCESSOR, CLOCK_SPEED)

#: ResourceType and ResourceSubType.
SUBTYPES: Mapping[int, str] = {
    3: "Microsoft:Hyper-V:Processor",
    4: "Microsoft:Hyper-V:Memory",
    5: "Microsoft:Hyper-V:Emulated IDE Controller",
    10: "Microsoft:Hyper-V:Synthetic Ethernet Port",
    16: "Microsoft:Hyper-V:Synthetic DVD Drive",
    30: "Microsoft:Hyper-V:Ethernet Switch Port",
    31: "Microsoft:Hyper-V:Virtual Hard Disk",
    33: "Microsoft:Hyper-V:Ethernet Connection",
}


def measures_clock(values: Values) -> bool:
    """Whether VirtualQuantity is no number of processors but a clock rate."""
    return str(values.get("VirtualQuantityUnits")).startswith(("hertz", "percent"))
