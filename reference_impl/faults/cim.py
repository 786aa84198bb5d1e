"""Faults against the CIM schema itself, whatever the profile."""

from __future__ import annotations

from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import first, part_of, virtual

FAULTS = (
    Fault(
        name="cim-required-missing",
        statement="A required property is NULL: the name of a virtual system's settings.",
        breaks=("CIM:required-properties",),
        edit=lambda it: it.blank(
            "CIM_VirtualSystemSettingData", first(part_of("/defined")), "ElementName"
        ),
    ),
    Fault(
        name="cim-value-out-of-map",
        statement="A health state is not in the value map.",
        breaks=(
            "CIM:value-map",
            "DSP1052:system.health-state",
            "DSP1057:system.health-state",
        ),
        edit=lambda it: it.set("CIM_ComputerSystem", first(virtual), HealthState=7),
    ),
    Fault(
        name="cim-value-too-long",
        statement="A caption is longer than the schema allows.",
        breaks=("CIM:max-length",),
        edit=lambda it: it.set("CIM_ComputerSystem", first(virtual), Caption="long " * 20),
    ),
    Fault(
        name="cim-reference-dangling",
        statement="An association refers to settings that do not exist.",
        breaks=("CIM:reference-resolves",),
        edit=lambda it: it.dangle("CIM_VirtualSystemSettingDataComponent", 0, "PartComponent"),
    ),
)
