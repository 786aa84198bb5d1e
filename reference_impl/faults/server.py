"""Faults of the protocol: a server that is strange rather than wrong about virtual systems.

A fault that breaks nothing is a server that is right, in a way that not every client expects.
"""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import is_of, names_host
from reference_impl.values import FAILED, NOT_FOUND, NOT_SUPPORTED, CIMError, ObjectName

_POOL = "CIM_ResourcePool"
_CAPABILITIES = "CIM_AllocationCapabilities"


def _overlook_from_systems(it: Bend) -> None:
    it.overlook(is_of("CIM_ComputerSystem"), is_of("CIM_RegisteredProfile"))
    it.overlook(lambda name: names_host(name.key("Name")), is_of("CIM_ComputerSystem"))


def _everything(_name: ObjectName) -> bool:
    return True


FAULTS = (
    Fault(
        name="server-associations-not-enumerable",
        statement="Enumerating an association class finds nothing.",
        breaks=("CIM:association-enumeration",),
        bend=lambda it: it.behave("associations-not-enumerable"),
    ),
    Fault(
        name="server-without-pull",
        statement="Pulled enumerations are not supported.",
        bend=lambda it: it.behave("no-pull"),
    ),
    Fault(
        name="server-without-pulled-paths",
        statement="Pulled enumerations of instances with their paths are not supported.",
        bend=lambda it: it.behave("no-instances-with-path"),
    ),
    Fault(
        name="server-without-queries",
        statement="Queries are not supported.",
        bend=lambda it: it.behave("no-exec-query"),
    ),
    Fault(
        name="server-lower-case",
        statement="Class and key names are answered in lower case.",
        bend=lambda it: it.behave("lower-case-names"),
    ),
    Fault(
        name="server-classes-unknown",
        statement="Asking for a class is not supported.",
        bend=lambda it: it.behave("errors", {("GetClass", "*"): CIMError(NOT_SUPPORTED, "no")}),
    ),
    Fault(
        name="server-get-class-disconnects",
        statement="Asking for one class cuts the connection.",
        bend=lambda it: it.behave(
            "errors", {("GetClass", "CIM_StorageAllocationSettingData"): "disconnect"}
        ),
    ),
    Fault(
        name="server-class-fails",
        statement="Enumerating resource pools fails for want of a provider.",
        breaks=("CIM:enumeration-answers",),
        bend=lambda it: it.behave("errors", {("*", _POOL): CIMError(FAILED, "no provider")}),
    ),
    Fault(
        name="server-get-instance-differs",
        statement="Reading a resource pool gives another resource type than enumerating it.",
        breaks=("CIM:get-instance-agrees",),
        bend=lambda it: it.behave("get-instance-differs", {(_POOL, "ResourceType"): 1}),
    ),
    Fault(
        name="server-get-instance-finds-nothing",
        statement="A resource pool that was enumerated cannot be read.",
        breaks=("CIM:get-instance-agrees",),
        bend=lambda it: it.behave(
            "errors", {("GetInstance", _POOL): CIMError(NOT_FOUND, "no such pool")}
        ),
    ),
    Fault(
        name="server-get-instance-finds-anything",
        statement="Reading allocation capabilities that do not exist gives others.",
        breaks=("CIM:unknown-instance",),
        bend=lambda it: it.find_anything(_CAPABILITIES),
    ),
    Fault(
        name="server-associators-incomplete",
        statement="Associators of systems leaves out profiles, and of the host other systems.",
        breaks=(
            "CIM:associator-names-agree",
            "CIM:associators-agree",
            "DSP1033:conformance.from-element",
            "DSP1042:hosted.from-host",
        ),
        bend=_overlook_from_systems,
    ),
    Fault(
        name="server-associator-names-incomplete",
        statement="AssociatorNames of a processor finds nothing.",
        breaks=("CIM:associator-names-agree",),
        bend=lambda it: it.overlook(is_of("CIM_Processor"), _everything, ("AssociatorNames",)),
    ),
    Fault(
        name="server-associators-of-processors-incomplete",
        statement="Associators of a processor finds nothing.",
        breaks=("CIM:associators-agree",),
        bend=lambda it: it.overlook(is_of("CIM_Processor"), _everything, ("Associators",)),
    ),
    Fault(
        name="server-references-incomplete",
        statement="References of a processor finds nothing.",
        breaks=("CIM:references-agree",),
        bend=lambda it: it.overlook(is_of("CIM_Processor"), _everything, ("References",)),
    ),
    Fault(
        name="server-reference-names-incomplete",
        statement="ReferenceNames of a processor finds nothing.",
        breaks=("CIM:reference-names-agree",),
        bend=lambda it: it.overlook(is_of("CIM_Processor"), _everything, ("ReferenceNames",)),
    ),
    Fault(
        name="server-associators-refused",
        statement="Associators of a processor is not supported.",
        breaks=("CIM:associators-agree",),
        bend=lambda it: it.behave(
            "errors", {("Associators", "CIM_Processor"): CIMError(NOT_SUPPORTED, "no")}
        ),
    ),
)
