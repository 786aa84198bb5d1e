"""Faults in what conforms to registered profiles, and in what these refer to (DSP1033)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit, gone
from reference_impl.faults.fault import Fault
from reference_impl.faults.registering import conform, register, without_central_instances
from reference_impl.faults.selection import end, first, is_of, registered
from reference_impl.hypervisor.profiles import VIRTUAL_SYSTEM
from reference_impl.values import Instance, ObjectName

_PROFILE = "CIM_RegisteredProfile"
_CONFORMS = "CIM_ElementConformsToProfile"
_SYSTEM = "CIM_ComputerSystem"
_POOL = "CIM_ResourcePool"
_COMPONENT = "Resource Allocation"


def _of(classname: str) -> Callable[[ObjectName], bool]:
    return is_of(classname)


def _to(profile: str) -> Callable[[Instance], bool]:
    """Pick the associations that say what conforms to a profile."""
    return lambda each: profile in str(each.get("ConformantStandard"))


def _pool_conforms(it: Edit) -> None:
    conform(it, register(it, _COMPONENT), it.one(_POOL).path)


def _pool_conforms_one_way(it: Bend) -> None:
    without_central_instances(it)
    it.overlook(_of(_POOL), _of(_PROFILE))


def _host_conforms_to_component(it: Edit) -> None:
    conform(it, register(it, _COMPONENT), it.hypervisor.host.name)


def _pool_and_host_conform(it: Edit) -> None:
    component = register(it, _COMPONENT)
    for element in (it.one(_POOL).path, it.hypervisor.host.name):
        conform(it, component, element)


def _component_referred_to_reversed(it: Edit) -> None:
    register(it, _COMPONENT)
    it.swap("CIM_ReferencedProfile", lambda each: _COMPONENT in str(each.get("Antecedent")))


def _circle(it: Edit) -> None:
    """Let Computer System refer to Virtual System, which refers to it."""
    one, other = (it.one(_PROFILE, registered(n)) for n in ("Virtual System", "Computer System"))
    interop = it.hypervisor.settings.interop
    it.repository.add(interop, "CIM_ReferencedProfile", Antecedent=one.path, Dependent=other.path)


FAULTS = (
    Fault(
        name="profile-without-central-instance",
        statement="No system conforms to the Computer System profile.",
        breaks=("DSP1033:autonomous.central",),
        bend=without_central_instances,
        edit=lambda it: it.drop(_CONFORMS, _to("ComputerSystem")),
    ),
    Fault(
        name="profile-with-nothing-to-manage",
        statement="Base Desktop and Mobile is registered; all systems conform to other profiles.",
        bend=without_central_instances,
        edit=lambda it: register(it, "Base Desktop and Mobile"),
    ),
    Fault(
        name="profile-conformance-not-from-system",
        statement="From a virtual system no registered profile can be found by Associators.",
        breaks=(
            "CIM:associator-names-agree",
            "CIM:associators-agree",
            "DSP1033:conformance.from-element",
        ),
        bend=lambda it: it.overlook(_of(_SYSTEM), _of(_PROFILE)),
    ),
    Fault(
        name="profile-conformance-not-from-pool",
        statement="From a resource pool its registered profile cannot be found by Associators.",
        breaks=(
            "CIM:associator-names-agree",
            "CIM:associators-agree",
            "DSP1033:conformance.from-pool",
        ),
        bend=_pool_conforms_one_way,
        edit=_pool_conforms,
    ),
    Fault(
        name="profile-conformance-not-from-profile",
        statement="From a registered profile no system can be found by Associators.",
        breaks=(
            "CIM:associator-names-agree",
            "CIM:associators-agree",
            "DSP1033:conformance.from-profile",
        ),
        bend=lambda it: it.overlook(_of(_PROFILE), _of(_SYSTEM)),
    ),
    Fault(
        name="profile-central-instance-of-another-class",
        statement="A resource pool is shown as a virtual system.",
        breaks=("DSP1033:central-class",),
        edit=lambda it: it.hypervisor.profiles.conform(VIRTUAL_SYSTEM, it.one(_POOL).path),
    ),
    Fault(
        name="profile-central-instance-is-scoping",
        statement="The host alone conforms to Resource Allocation, and no resource pool.",
        breaks=("DSP1033:central-class",),
        bend=without_central_instances,
        edit=_host_conforms_to_component,
    ),
    Fault(
        name="profile-central-instances-mixed",
        statement="The host conforms to Resource Allocation beside a resource pool.",
        breaks=("DSP1033:central-class",),
        bend=without_central_instances,
        edit=_pool_and_host_conform,
    ),
    Fault(
        name="profile-component-added",
        statement="Resource Allocation is registered as well, with a resource pool, as is right.",
        bend=without_central_instances,
        edit=_pool_conforms,
    ),
    Fault(
        name="profile-component-unreferenced",
        statement="No other profile refers to a registered component profile.",
        breaks=("DSP1033:component.scoped",),
        bend=without_central_instances,
        edit=lambda it: register(it, _COMPONENT, referenced=False),
    ),
    Fault(
        name="profile-component-reference-reversed",
        statement="A component profile refers to the profile that should refer to it.",
        breaks=("DSP1033:component.scoped",),
        bend=without_central_instances,
        edit=_component_referred_to_reversed,
    ),
    Fault(
        name="profile-references-circular",
        statement="Two profiles refer to each other.",
        breaks=("DSP1033:references.acyclic",),
        edit=_circle,
    ),
    Fault(
        name="profile-reference-reversed",
        statement="Profile references lead from the referenced to the referencing profile.",
        breaks=("DSP1042:references",),
        edit=lambda it: it.swap("CIM_ReferencedProfile"),
    ),
    Fault(
        name="profile-central-instance-dangling",
        statement="A profile has one more central instance, which does not exist.",
        breaks=("CIM:reference-resolves", "DSP1033:central-instances"),
        edit=lambda it: it.double(
            _CONFORMS,
            first(end("ManagedElement", _SYSTEM)),
            ManagedElement=gone(it.hypervisor.host.name),
        ),
    ),
    Fault(
        name="profile-central-instances-empty",
        statement="GetCentralInstances answers with no instance at all.",
        breaks=("DSP1033:central-instances",),
        bend=lambda it: it.pretend(_PROFILE, "GetCentralInstances", CentralInstances=[]),
    ),
    Fault(
        name="profile-central-instances-fail",
        statement="GetCentralInstances says that it failed.",
        breaks=("DSP1033:central-instances",),
        bend=lambda it: it.pretend(_PROFILE, "GetCentralInstances", 2),
    ),
    Fault(
        name="profile-central-instances-unsupported",
        statement="GetCentralInstances is not supported, which is right.",
        bend=without_central_instances,
    ),
)
