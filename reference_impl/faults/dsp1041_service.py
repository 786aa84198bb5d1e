"""Faults of the service that manages resource pools (DSP1041)."""

from __future__ import annotations

from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import end

_SERVICE = "CIM_ResourcePoolConfigurationService"
_SERVICE_CAPABILITIES = "CIM_ResourcePoolConfigurationCapabilities"

FAULTS = (
    Fault(
        name="pool-service-not-hosted",
        statement="The service that manages pools is not linked to the host.",
        breaks=("CIM:association-cardinality", "DSP1041:service.host"),
        edit=lambda it: it.drop("CIM_HostedService", end("Dependent", _SERVICE)),
    ),
    Fault(
        name="pool-service-without-capabilities",
        statement="Nothing says what the service that manages pools can do.",
        breaks=("CIM:association-cardinality", "DSP1041:service.capabilities"),
        edit=lambda it: it.drop("CIM_ElementCapabilities", end("ManagedElement", _SERVICE)),
    ),
    Fault(
        name="pool-service-method-unknown",
        statement="The service that manages pools offers a method that the schema does not list.",
        breaks=("CIM:value-map", "DSP1041:service.methods"),
        edit=lambda it: it.set(_SERVICE_CAPABILITIES, 0, AsynchronousMethodsSupported=[9]),
    ),
    Fault(
        name="pool-service-method-offered-twice",
        statement="A method for pools is offered as synchronous and as asynchronous.",
        breaks=("DSP1041:service.methods.disjoint",),
        edit=lambda it: it.set(
            _SERVICE_CAPABILITIES,
            0,
            SynchronousMethodsSupported=[2, 3, 4, 5, 6, 7],
            AsynchronousMethodsSupported=[3],
        ),
    ),
    Fault(
        name="pool-service-manages-nothing",
        statement="No resource pool is said to be managed by the service for pools.",
        breaks=("DSP1041:service.pools",),
        edit=lambda it: it.drop("CIM_ServiceAffectsElement", end("AffectingElement", _SERVICE)),
    ),
)
