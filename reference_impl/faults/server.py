"""Faults of the protocol: a server that is strange rather than wrong about virtual systems."""

from __future__ import annotations

from reference_impl.faults.fault import Fault
from reference_impl.values import FAILED, CIMError

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
        name="server-lower-case",
        statement="Class and key names are answered in lower case.",
        bend=lambda it: it.behave("lower-case-names"),
    ),
    Fault(
        name="server-associators-incomplete",
        statement="Associators leaves out what References finds.",
        breaks=(
            "CIM:associator-names-agree",
            "CIM:associators-agree",
            "DSP1033:conformance.from-element",
            "DSP1042:hosted.from-host",
        ),
        bend=lambda it: it.behave("associators-drop", "CIM_ComputerSystem"),
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
        statement="Enumerating one class fails for want of a provider.",
        bend=lambda it: it.behave(
            "errors", {("EnumerateInstances", "CIM_Memory"): CIMError(FAILED, "no provider")}
        ),
    ),
)
