"""Faults of computer systems in general (DSP1052)."""

from __future__ import annotations

from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import first, host, virtual, written_virtual

FAULTS = (
    Fault(
        name="system-name-empty",
        statement="The host has no display name.",
        breaks=("DSP1052:system.element-name",),
        edit=lambda it: it.blank("CIM_ComputerSystem", host, "ElementName"),
    ),
    Fault(
        name="system-dedicated-and-not",
        statement="A system is not dedicated, and dedicated to something, at once.",
        breaks=("DSP1052:system.dedicated",),
        edit=lambda it: it.set("CIM_ComputerSystem", first(virtual), Dedicated=[0, 3]),
    ),
    Fault(
        name="system-status-missing",
        statement="No virtual system ever has an operational status.",
        breaks=(
            "DSP1052:system.operational-status",
            "DSP1057:system.operational-status",
        ),
        bend=lambda it: it.always("CIM_ComputerSystem", written_virtual, OperationalStatus=None),
    ),
    Fault(
        name="system-name-not-editable",
        statement="The name of a virtual system is said to be editable, and is not.",
        bend=lambda it: it.withdraw_writer("CIM_ComputerSystem"),
    ),
)
