"""Faults of the service that manages resource pools, and of what activation allocates (DSP1041)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from reference_impl.faults.bend import Bend, Wrapper
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import Instance, ObjectName, Value

_SERVICE = "CIM_ResourcePoolConfigurationService"
_CAPABILITIES = "CIM_ResourcePoolConfigurationCapabilities"
_SYSTEM = "CIM_ComputerSystem"
_POOL = "CIM_ResourcePool"
_TREE = "CIM_ElementAllocatedFromPool"
_HOSTED = "CIM_HostedResourcePool"
_CREATE, _DELETE = "CreateChildResourcePool", "DeleteResourcePool"
_ROOT, _ADD, _REMOVE = (
    "CreateResourcePool",
    "AddResourcesToResourcePool",
    "RemoveResourcesFromResourcePool",
)
_MOVE = "ChangeParentResourcePool"
_OFFERED = (2, 3, 4, 5, 6, 7)
_NO_SUCH_TYPE = 16
_DONE = MethodResult(0)
_WRONG_TYPE, _INVALID, _IN_USE, _INSUFFICIENT = 7, 5, 6, 8

#: What happens beside the right thing, after it; it is given what was shown of pools before.
Beside: TypeAlias = Callable[[Hypervisor, MethodCall, MethodResult, list[Instance]], object]


def _and_then(method: str, beside: Beside, classname: str = _SERVICE) -> Callable[[Bend], None]:
    """Let a method do something else, too, where it succeeds."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                before = [each.copy() for each in _shown(found[0], _POOL)]
                result = right(call)
                if result.return_value == 0:
                    beside(found[0], call, result, before)
                return result

            return answer

        it.wrap(classname, method, wrapper)

    return bend


def _shown(hypervisor: Hypervisor, classname: str) -> list[Instance]:
    return hypervisor.store.repository.instances(hypervisor.host.name.namespace, classname)


def _accepting(*codes: int) -> Wrapper:
    """Let a method say that it has done what it refuses with one of these codes."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            return _DONE if result.return_value in codes else result

        return answer

    return wrapper


def _accepting_deletion(of: Callable[[int, int], bool]) -> Callable[[Bend], None]:
    """Let the deletion of a pool in use be answered with success, by its children and users."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                name = call.get("Pool")
                pool = found[0].pools.named(name) if isinstance(name, ObjectName) else None
                wrong = pool is not None and of(len(pool.children), pool.users)
                return _DONE if wrong else right(call)

            return answer

        it.wrap(_SERVICE, _DELETE, wrapper)

    return bend


def _with_arguments(change: Callable[[MethodCall], dict[str, Value]]) -> Wrapper:
    """Let a method work with other arguments than it was given."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        return lambda call: right(replace(call, arguments={**call.arguments, **change(call)}))

    return wrapper


def _with_output(change: Callable[[ObjectName], Value]) -> Wrapper:
    """Let a method name another pool as its result than the right one."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            pool = result.outputs.get("Pool")
            if not isinstance(pool, ObjectName):
                return result
            return MethodResult(result.return_value, {**result.outputs, "Pool": change(pool)})

        return answer

    return wrapper


def _elsewhere(pool: ObjectName) -> ObjectName:
    keys = {name: f"{value}-gone" for name, value in pool.keys}
    return ObjectName(pool.namespace, pool.classname, keys)


def _without_pool(right: MethodHandler) -> MethodHandler:
    """Let a method keep to itself which pool it has created."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        kept = {name: value for name, value in result.outputs.items() if name != "Pool"}
        return MethodResult(result.return_value, kept)

    return answer


def _parent_type(call: MethodCall) -> dict[str, Value]:
    """Take the type of the parent in the place of one that was asked for."""
    given = call.get("Settings") or ()
    known = [
        each.copy(ResourceType=4) if each.get("ResourceType") == _NO_SUCH_TYPE else each
        for each in given
    ]
    return {"Settings": known}


def _refused_and_made(right: MethodHandler) -> MethodHandler:
    """Refuse a pool of another type than that of its parent, and make it all the same."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        if result.return_value == _WRONG_TYPE:
            right(replace(call, arguments={**call.arguments, **_parent_type(call)}))
        return result

    return answer


def _with_lost_job(right: MethodHandler) -> MethodHandler:
    """Answer what is done with a job that does not exist."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        if result.return_value != 0:
            return result
        namespace = call.object_name.namespace
        job = ObjectName(namespace, "CIM_ConcreteJob", {"InstanceID": "cimconform:nowhere"})
        return MethodResult(4096, {**result.outputs, "Job": job})

    return answer


# -- beside the right thing ----------------------------------------------------------------------


def _drop_host(hypervisor: Hypervisor, _call: MethodCall, done: MethodResult, _b: object) -> None:
    _unlink(hypervisor, done.outputs.get("Pool"), _HOSTED, "PartComponent")


def _drop_parent(hypervisor: Hypervisor, _call: MethodCall, done: MethodResult, _b: object) -> None:
    _unlink(hypervisor, done.outputs.get("Pool"), _TREE, "Dependent")


def _unlink(hypervisor: Hypervisor, pool: Value, association: str, role: str) -> None:
    if isinstance(pool, ObjectName):
        for link in hypervisor.store.repository.referring(pool, association, role):
            hypervisor.store.remove(link.path)


def _keep_accounts(
    hypervisor: Hypervisor, _call: MethodCall, _done: MethodResult, before: list[Instance]
) -> None:
    """Show of all pools what was reserved of them before."""
    there = {each.path for each in _shown(hypervisor, _POOL)}
    for pool in before:
        if pool.path in there:
            hypervisor.store.change(pool.path, Reserved=pool.get("Reserved"))


def _retitle_parents(
    hypervisor: Hypervisor, call: MethodCall, _done: MethodResult, _before: object
) -> None:
    for pool in call.get("ParentPool") or ():
        hypervisor.store.change(pool, Caption="Changed by mistake")


def _retitle_roomy(
    hypervisor: Hypervisor, _call: MethodCall, _done: MethodResult, _before: object
) -> None:
    """Change the captions of all memory pools that are left after a deletion."""
    for pool in _shown(hypervisor, _POOL):
        if pool.get("ResourceType") == 4:
            hypervisor.store.change(pool.path, Caption="Changed by mistake")


def _leave_link(
    hypervisor: Hypervisor, call: MethodCall, _done: MethodResult, before: list[Instance]
) -> None:
    """Leave a deleted pool linked to a pool of its type."""
    gone = next((each for each in before if each.path == call.get("Pool")), None)
    for pool in _shown(hypervisor, _POOL):
        if gone is not None and pool.get("ResourceType") == gone.get("ResourceType"):
            hypervisor.store.add(_TREE, Antecedent=pool.path, Dependent=gone.path)


def _hide_allocations(
    hypervisor: Hypervisor, call: MethodCall, _done: MethodResult, _before: object
) -> None:
    """Show none of the resources of a system that was activated."""
    system = hypervisor.systems.named(call.object_name)
    if call.get("RequestedState") != 2 or system is None:
        return
    for name in system.current.allocations:
        _unlink(hypervisor, name, "CIM_VirtualSystemSettingDataComponent", "PartComponent")
        _unlink(hypervisor, name, "CIM_SettingsDefineState", "SettingData")


def _keep_memory(
    hypervisor: Hypervisor, call: MethodCall, _done: MethodResult, _before: object
) -> None:
    """Show a device of a system that was deactivated."""
    if call.get("RequestedState") != 3:
        return
    device = hypervisor.store.add(
        "CIM_Memory",
        SystemCreationClassName=_SYSTEM,
        SystemName=call.object_name.key("Name"),
        DeviceID="left",
    )
    hypervisor.store.add("CIM_SystemDevice", GroupComponent=call.object_name, PartComponent=device)


def _accounts_of(state: int) -> Beside:
    """Show of all pools what was reserved of them before a state was requested."""

    def beside(
        hypervisor: Hypervisor, call: MethodCall, done: MethodResult, before: list[Instance]
    ) -> None:
        if call.get("RequestedState") == state:
            _keep_accounts(hypervisor, call, done, before)

    return beside


def _without(method: int) -> Callable[[Bend], None]:
    """Offer every method for pools but one, and have it all the same."""
    left = [each for each in _OFFERED if each != method]
    return lambda it: it.always(_CAPABILITIES, SynchronousMethodsSupported=left)


_CREATION = (
    Fault(
        name="child-pool-not-made",
        statement="CreateChildResourcePool says that it is done, and does nothing.",
        breaks=(
            "DSP1041:pool.create-child",
            "DSP1041:pool.create-child.wrong-type",
            "DSP1041:pool.create-child.wrong-type.code",
            "DSP1041:pool.create-child.too-much",
            "DSP1041:pool.create-child.no-parent",
        ),
        bend=lambda it: it.pretend(_SERVICE, _CREATE),
    ),
    Fault(
        name="child-pool-untold",
        statement="CreateChildResourcePool does not tell which pool it has created.",
        breaks=("DSP1041:pool.create-child.result",),
        bend=lambda it: it.wrap(_SERVICE, _CREATE, _without_pool),
    ),
    Fault(
        name="child-pool-told-elsewhere",
        statement="CreateChildResourcePool names a pool that does not exist as its result.",
        breaks=("DSP1041:pool.create-child.result",),
        bend=lambda it: it.wrap(_SERVICE, _CREATE, _with_output(_elsewhere)),
    ),
    Fault(
        name="child-pool-unnamed",
        statement="A pool that was drawn from another one has not the name asked for.",
        breaks=("DSP1041:pool.create-child.values",),
        bend=lambda it: it.wrap(
            _SERVICE, _CREATE, _with_arguments(lambda _call: {"ElementName": "another"})
        ),
    ),
    Fault(
        name="child-pool-not-hosted",
        statement="A pool that was drawn from another one is not linked to the host.",
        breaks=("DSP1041:pool.create-child.hosted",),
        bend=_and_then(_CREATE, _drop_host),
    ),
    Fault(
        name="child-pool-without-parent",
        statement="A pool that was drawn from another one is not linked to that one.",
        breaks=("DSP1041:pool.create-child.parent",),
        bend=_and_then(_CREATE, _drop_parent),
    ),
    Fault(
        name="child-pool-reserves-nothing",
        statement="What a pool draws from another one is not reserved there.",
        breaks=("DSP1041:pool.create-child.reserved",),
        bend=_and_then(_CREATE, _keep_accounts),
    ),
    Fault(
        name="child-pool-spills",
        statement="The creation of a pool changes the caption of the one that it is drawn from.",
        breaks=("DSP1041:pool.create-child.others",),
        bend=_and_then(_CREATE, _retitle_parents),
    ),
    Fault(
        name="child-pool-of-another-type-made",
        statement="A pool that should have another type than its parent is made with that one's.",
        breaks=(
            "DSP1041:pool.create-child.wrong-type",
            "DSP1041:pool.create-child.wrong-type.code",
        ),
        bend=lambda it: it.wrap(_SERVICE, _CREATE, _with_arguments(_parent_type)),
    ),
    Fault(
        name="child-pool-refused-and-made",
        statement="A pool of another type than its parent is refused, and made all the same.",
        breaks=("DSP1041:pool.create-child.wrong-type",),
        bend=lambda it: it.wrap(_SERVICE, _CREATE, _refused_and_made),
    ),
    Fault(
        name="child-pool-refused-otherwise",
        statement="A pool of another type than its parent is refused as in use.",
        breaks=("DSP1041:pool.create-child.wrong-type.code",),
        bend=lambda it: it.recode(_SERVICE, _CREATE, {_WRONG_TYPE: _IN_USE}),
    ),
    Fault(
        name="child-pool-refused-undeclared",
        statement="A pool of another type than its parent is refused with an undeclared code.",
        breaks=(
            "DSP1041:pool.create-child.wrong-type",
            "DSP1041:pool.create-child.wrong-type.code",
            "DSP1041:service.return-value",
        ),
        bend=lambda it: it.recode(_SERVICE, _CREATE, {_WRONG_TYPE: 77}),
    ),
    Fault(
        name="child-pool-too-large-accepted",
        statement="A pool that would draw more than its parent has is said to be created.",
        breaks=("DSP1041:pool.create-child.too-much",),
        bend=lambda it: it.wrap(_SERVICE, _CREATE, _accepting(_INSUFFICIENT)),
    ),
    Fault(
        name="child-pool-of-no-pool-accepted",
        statement="A pool that would be drawn from none is said to be created.",
        breaks=("DSP1041:pool.create-child.no-parent",),
        bend=lambda it: it.wrap(_SERVICE, _CREATE, _accepting(_INVALID)),
    ),
)

_DELETION = (
    Fault(
        name="pool-deletion-ignored",
        statement="DeleteResourcePool says that it is done, and does nothing.",
        breaks=(
            "DSP1041:pool.delete",
            "DSP1041:pool.delete.gives-back",
            "DSP1041:pool.delete.missing",
        ),
        bend=lambda it: it.pretend(_SERVICE, _DELETE),
    ),
    Fault(
        name="pool-not-given-back",
        statement="What a deleted pool had drawn from another one stays reserved there.",
        breaks=("DSP1041:pool.delete.gives-back", "DSP1041:allocation.activated.reserved"),
        bend=_and_then(_DELETE, _keep_accounts),
    ),
    Fault(
        name="pool-deletion-leaves-link",
        statement="A deleted pool stays linked to those of its type.",
        breaks=("DSP1041:pool.delete", "DSP1041:pool.delete.gives-back"),
        bend=_and_then(_DELETE, _leave_link),
    ),
    Fault(
        name="pool-deletion-spills",
        statement="The deletion of a pool changes the captions of others.",
        breaks=("DSP1041:pool.delete.others",),
        bend=_and_then(_DELETE, _retitle_roomy),
    ),
    Fault(
        name="pool-with-children-deleted",
        statement="A pool from which another one is drawn is said to be deleted.",
        breaks=("DSP1041:pool.delete.in-use",),
        bend=_accepting_deletion(lambda children, _users: children > 0),
    ),
    Fault(
        name="pool-with-allocations-deleted",
        statement="A pool from which a system has its resources is said to be deleted.",
        breaks=("DSP1041:pool.delete.allocated",),
        bend=_accepting_deletion(lambda children, users: users > 0 and not children),
    ),
    Fault(
        name="pool-deletion-with-job-of-nobody",
        statement="DeleteResourcePool is done, and says that it has started a job.",
        breaks=("DSP1041:service.job", "DSP1041:service.job-as-offered"),
        bend=lambda it: it.recode(_SERVICE, _DELETE, {0: 4096}),
    ),
    Fault(
        name="pool-deletion-with-job-of-nowhere",
        statement="DeleteResourcePool is done, and names a job that does not exist.",
        breaks=("DSP1041:service.job", "DSP1041:service.job-as-offered"),
        bend=lambda it: it.wrap(_SERVICE, _DELETE, _with_lost_job),
    ),
)

_DEVICES = (
    Fault(
        name="root-pool-not-made",
        statement="CreateResourcePool says that it is done, and does nothing.",
        breaks=("DSP1041:pool.create-root",),
        bend=lambda it: it.pretend(_SERVICE, _ROOT),
    ),
    Fault(
        name="device-addition-ignored",
        statement="AddResourcesToResourcePool says that it is done, and does nothing.",
        breaks=(
            "DSP1041:pool.add-resources",
            "DSP1041:pool.add-resources.wrong-type",
            "DSP1041:pool.add-resources.missing",
        ),
        bend=lambda it: it.pretend(_SERVICE, _ADD),
    ),
    Fault(
        name="device-of-another-type-added",
        statement="A device of another type than that of a pool is said to be added to it.",
        breaks=("DSP1041:pool.add-resources.wrong-type",),
        bend=lambda it: it.wrap(_SERVICE, _ADD, _accepting(_WRONG_TYPE)),
    ),
    Fault(
        name="device-removal-ignored",
        statement="RemoveResourcesFromResourcePool says that it is done, and does nothing.",
        breaks=(
            "DSP1041:pool.remove-resources",
            "DSP1041:pool.remove-resources.missing",
        ),
        bend=lambda it: it.pretend(_SERVICE, _REMOVE),
    ),
)

_PARENTS = (
    Fault(
        name="pool-parent-kept",
        statement="ChangeParentResourcePool says that it is done, and does nothing.",
        breaks=(
            "DSP1041:pool.change-parent",
            "DSP1041:pool.change-parent.reserved",
            "DSP1041:pool.change-parent.cycle",
            "DSP1041:pool.change-parent.missing",
        ),
        bend=lambda it: it.pretend(_SERVICE, _MOVE),
    ),
    Fault(
        name="pool-parent-changed-without-accounts",
        statement="A pool that gets another parent stays reserved at the old one.",
        breaks=("DSP1041:pool.change-parent.reserved",),
        bend=_and_then(_MOVE, _keep_accounts),
    ),
    Fault(
        name="pool-made-its-own-ancestor",
        statement="A pool is said to be drawn from one that is drawn from it.",
        breaks=(
            "DSP1041:pool.change-parent.cycle",
            "DSP1041:pool.change-parent.missing",
        ),
        bend=lambda it: it.wrap(_SERVICE, _MOVE, _accepting(_INVALID)),
    ),
)

_UNLISTED = tuple(
    Fault(
        name=f"unlisted-pool-{what}-known",
        statement=f"{method} is not offered, and looks at what it is given.",
        breaks=(f"DSP1041:service.unlisted.{what}",),
        bend=_without(number),
    )
    for what, method, number in (
        ("create", _ROOT, 2),
        ("create-child", _CREATE, 3),
        ("delete", _DELETE, 4),
        ("add", _ADD, 5),
        ("remove", _REMOVE, 6),
        ("change-parent", _MOVE, 7),
    )
)

_ACTIVATION = (
    Fault(
        name="activation-allocates-nothing",
        statement="A system that is activated has none of the resources that it requests.",
        breaks=("DSP1041:allocation.activated", "DSP1044:allocation.add"),
        bend=_and_then("RequestStateChange", _hide_allocations, _SYSTEM),
    ),
    Fault(
        name="activation-reserves-nothing",
        statement="What a system has reserved is not reserved of its pools when it is activated.",
        breaks=(
            "DSP1041:allocation.activated.reserved",
            "DSP1041:allocation.deactivated.reserved",
        ),
        bend=_and_then("RequestStateChange", _accounts_of(2), _SYSTEM),
    ),
    Fault(
        name="deactivation-keeps-device",
        statement="A system that is deactivated has a device.",
        breaks=("DSP1041:allocation.deactivated", "DSP1042:destroy-with-snapshots"),
        bend=_and_then("RequestStateChange", _keep_memory, _SYSTEM),
    ),
    Fault(
        name="deactivation-keeps-reserved",
        statement="What a system had reserved stays reserved of its pools after deactivation.",
        breaks=("DSP1041:allocation.deactivated.reserved",),
        bend=_and_then("RequestStateChange", _accounts_of(3), _SYSTEM),
    ),
)

FAULTS = (*_CREATION, *_DELETION, *_DEVICES, *_PARENTS, *_UNLISTED, *_ACTIVATION)
