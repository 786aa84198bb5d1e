"""Faults against the CIM schema itself, whatever the profile."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import first, part_of, virtual
from reference_impl.values import Instance

_SYSTEM = "CIM_ComputerSystem"
_POOL = "CIM_ResourcePool"
_VENDORS_POOL = "Vendor_ResourcePool"


def _undeclared_property(it: Bend) -> None:
    """Show pools in a vendor's class that has a property of its own, and hide that from clients."""
    it.disguise(_VENDORS_POOL, _POOL, {"Colour": {"type": "string"}})
    it.hide_property(_VENDORS_POOL, "Colour")


def _value_of_a_newer_schema(it: Bend) -> None:
    """Show pools in a vendor's class that lists one more state of health, and use that."""
    states = {"type": "uint16", "valuemap": {"5": "OK", "7": "Not so bad", "..": "Reserved"}}
    it.disguise(_VENDORS_POOL, _POOL, {"HealthState": states})
    it.always(_POOL, HealthState=7)


def _capabilities_of_nothing(it: Edit) -> None:
    it.add(
        "CIM_EnabledLogicalElementCapabilities",
        InstanceID="cimconform:of nothing",
        ElementName="Capabilities of nothing",
    )


def _pool_as_capabilities(it: Edit) -> None:
    pool = it.one(_POOL).path
    it.add("CIM_ElementCapabilities", ManagedElement=pool, Capabilities=pool)


def _embed(it: Edit, classname: str) -> None:
    """Show what is allocated of the first device as an instance embedded in it."""
    allocation = Instance(classname, {"InstanceID": "cimconform:embedded"})
    it.set("CIM_LogicalDevice", 0, AllocationState=allocation)


FAULTS = (
    Fault(
        name="cim-class-of-another-branch",
        statement="Enumerating devices finds resource pools as well.",
        breaks=("CIM:class-derivation",),
        bend=lambda it: it.intrude("CIM_LogicalDevice", _POOL),
    ),
    Fault(
        name="cim-property-undeclared",
        statement="Resource pools have a property that their class does not declare.",
        breaks=("CIM:property-declared",),
        bend=_undeclared_property,
    ),
    Fault(
        name="cim-property-of-another-type",
        statement="The capacity of resource pools is shown as 32 bits where it has 64.",
        breaks=("CIM:property-type",),
        bend=lambda it: it.disguise(_VENDORS_POOL, _POOL, {"Capacity": {"type": "uint32"}}),
    ),
    Fault(
        name="cim-value-unreadable",
        statement="The capacity of a resource pool is no number.",
        breaks=("CIM:property-type",),
        edit=lambda it: it.set(_POOL, 0, Capacity="plenty"),
    ),
    Fault(
        name="cim-required-missing",
        statement="A required property is NULL: the name of a virtual system's settings.",
        breaks=("CIM:required-properties",),
        edit=lambda it: it.blank(
            "CIM_VirtualSystemSettingData", first(part_of("/defined")), "ElementName"
        ),
    ),
    Fault(
        name="cim-keys-differ",
        statement="The InstanceID of a resource pool is another one than that in its path.",
        breaks=("CIM:key-values",),
        bend=lambda it: it.misreport(_POOL, InstanceID="cimconform:another"),
    ),
    Fault(
        name="cim-value-out-of-map",
        statement="A health state is not in the value map.",
        breaks=(
            "CIM:value-map",
            "DSP1052:system.health-state",
            "DSP1057:system.health-state",
        ),
        edit=lambda it: it.set(_SYSTEM, first(virtual), HealthState=7),
    ),
    Fault(
        name="cim-value-reserved",
        statement="The health of a pool is told by a value that is reserved by DMTF.",
        breaks=("CIM:value-map",),
        edit=lambda it: it.set(_POOL, 0, HealthState=7),
    ),
    Fault(
        name="cim-value-of-a-newer-schema",
        statement="The health of pools is told by a value that only the server's class lists.",
        breaks=("CIM:value-map",),
        bend=_value_of_a_newer_schema,
    ),
    Fault(
        name="cim-value-too-long",
        statement="A caption is longer than the schema allows.",
        breaks=("CIM:max-length",),
        edit=lambda it: it.set(_SYSTEM, first(virtual), Caption="long " * 20),
    ),
    Fault(
        name="cim-reference-dangling",
        statement="An association refers to settings that do not exist.",
        breaks=("CIM:reference-resolves", "DSP1050:state.request.component"),
        edit=lambda it: it.dangle("CIM_VirtualSystemSettingDataComponent", 0, "PartComponent"),
    ),
    Fault(
        name="cim-reference-to-another-class",
        statement="A resource pool is shown as capabilities.",
        breaks=("CIM:reference-class",),
        edit=_pool_as_capabilities,
    ),
    Fault(
        name="cim-embedded-of-another-class",
        statement="An instance of another class is embedded than the property is declared for.",
        breaks=("CIM:embedded-instances",),
        edit=lambda it: _embed(it, _POOL),
    ),
    Fault(
        name="cim-embedded-unreadable",
        statement="A property that embeds an instance holds some text instead.",
        breaks=("CIM:embedded-instances",),
        edit=lambda it: it.set("CIM_LogicalDevice", 0, AllocationState="plenty"),
    ),
    Fault(
        name="cim-embedded-instance",
        statement="An instance is embedded as its property is declared, which is right.",
        edit=lambda it: _embed(it, "CIM_ResourceAllocationSettingData"),
    ),
    Fault(
        name="cim-capabilities-of-nothing",
        statement="Capabilities belong to no element, where there must be one at least.",
        breaks=("CIM:association-cardinality",),
        edit=_capabilities_of_nothing,
    ),
)
