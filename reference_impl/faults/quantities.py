"""Faults of requests with chosen quantities: what is granted, and what is to be refused (DSP1043).

Requests come by DefineSystem and by AddResourceSettings. Such a fault puts in the place of what
was asked for what the hypervisor would grant, and may then show what was asked for all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from reference_impl.faults.bend import Bend, Wrapper
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import CAPABILITIES, of_state, on_all
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.records import Allocation
from reference_impl.hypervisor.resource_kinds import KIND_OF_TYPE, ResourceKind
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import Instance, ObjectName, Value

SERVICE = "CIM_VirtualSystemManagementService"
DEFINE, ADD, MODIFY, REMOVE = (
    "DefineSystem",
    "AddResourceSettings",
    "ModifyResourceSettings",
    "RemoveResourceSettings",
)
_INVALID = MethodResult(4)

#: Profiles whose pools of the reference server have ranges with more than one quantity.
_RANGED = ("DSP1045", "DSP1047")
#: Profiles whose disks are not asked for in sizes that no host has.
_BOUNDED = ("DSP1044", "DSP1045", "DSP1050", "DSP1059")

Change: TypeAlias = Callable[[ResourceKind, Instance], Mapping[str, Value] | None]
"""What is put into a request before it is granted, or shown of what came of it; None: nothing."""


def kind_of(given: Instance) -> ResourceKind | None:
    """Return the kind of resource that a request names, None for none that there is."""
    return KIND_OF_TYPE.get(given.get("ResourceType"))


def asked(call: MethodCall) -> list[Instance]:
    """Return the requests for resources in a call."""
    return [each for each in call.get("ResourceSettings") or () if isinstance(each, Instance)]


def _changed(given: Instance, change: Change) -> Instance:
    kind = kind_of(given)
    values = change(kind, given) if kind is not None else None
    return given.copy(**values) if values else given


def granting(
    it: Bend,
    put: Change,
    show: Change | None = None,
    methods: Collection[str] = (DEFINE, ADD),
) -> None:
    """Grant other requests than were made, and show what came of them in another way."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            sent = asked(call)
            if not sent:
                return right(call)
            granted = [_changed(each, put) for each in sent]
            result = right(replace(call, arguments={**call.arguments, "ResourceSettings": granted}))
            if result.return_value == 0 and show is not None:
                _show(found[0], sent, list(_made(found[0], result)), show)
            return result

        return answer

    for method in methods:
        it.wrap(SERVICE, method, wrapper)


def _made(hypervisor: Hypervisor, result: MethodResult) -> Iterator[Allocation]:
    """Yield the allocations that came of a call."""
    for name in result.outputs.get("ResultingResourceSettings") or ():
        found = hypervisor.systems.allocation(name.key("InstanceID"))
        if found is not None:
            yield found[2]
    name = result.outputs.get("ResultingSystem")
    system = hypervisor.systems.named(name) if name is not None else None
    if system is not None:
        yield from system.defined.allocations.values()


def _show(
    hypervisor: Hypervisor, asked: list[Instance], made: list[Allocation], show: Change
) -> None:
    for each in asked:
        kind = kind_of(each)
        values = show(kind, each) if kind is not None else None
        for allocation in made:
            if values and allocation.kind is kind:
                hypervisor.store.change(allocation.name, **values)


def refusing(it: Bend, about: Callable[[ResourceKind, Instance], bool]) -> None:
    """Refuse requests."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            pairs = [(kind_of(each), each) for each in asked(call)]
            refused = any(kind is not None and about(kind, each) for kind, each in pairs)
            return _INVALID if refused else right(call)

        return answer

    for method in (DEFINE, ADD):
        it.wrap(SERVICE, method, wrapper)


# -- which requests --------------------------------------------------------------------------------


def _unsaid(_kind: ResourceKind, given: Instance) -> bool:
    return given.get("VirtualQuantity") is None


def _is_default(kind: ResourceKind, given: Instance) -> bool:
    """Whether a request is like the default, and says where it is to be served."""
    return given.get("VirtualQuantity") == kind.quantity and given.get("Weight") is not None


def _above(kind: ResourceKind, given: Instance) -> bool:
    return (given.get("VirtualQuantity") or 0) > kind.maximum


def _below(kind: ResourceKind, given: Instance) -> bool:
    asked = given.get("VirtualQuantity")
    return asked is not None and asked < kind.minimum


def _between(kind: ResourceKind, given: Instance) -> bool:
    asked = given.get("VirtualQuantity") or kind.minimum
    return kind.minimum < asked < kind.maximum and bool((asked - kind.minimum) % kind.increment)


def instead(about: Callable[[ResourceKind, Instance], bool]) -> Change:
    """Return what grants the default in the place of some requests."""

    def put(kind: ResourceKind, given: Instance) -> Mapping[str, Value] | None:
        amounts = {"VirtualQuantity": kind.quantity, "Reservation": None, "Limit": None}
        return amounts if about(kind, given) else None

    return put


def _asasked(about: Callable[[ResourceKind, Instance], bool]) -> Change:
    """Return what shows the quantity that some requests asked for."""

    def show(kind: ResourceKind, given: Instance) -> Mapping[str, Value] | None:
        return {"VirtualQuantity": given.get("VirtualQuantity")} if about(kind, given) else None

    return show


def _not_running(code: int) -> Wrapper:
    """Let a method answer with a code, and do nothing, where it is about an active system."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        return lambda call: MethodResult(code) if _about_state(call) else right(call)

    return wrapper


def _about_state(call: MethodCall) -> bool:
    named = [call.get("AffectedConfiguration"), *(call.get("ResourceSettings") or ())]
    names = (each.key("InstanceID") for each in named if isinstance(each, ObjectName))
    return any(of_state(f"{name}/") for name in names)


def _one_more(about: Callable[[ResourceKind, Instance], bool]) -> Change:
    """Return what shows one step more than the default for some requests."""

    def show(kind: ResourceKind, given: Instance) -> Mapping[str, Value] | None:
        return {"VirtualQuantity": kind.quantity + kind.increment} if about(kind, given) else None

    return show


def as_it_is(_kind: ResourceKind, _given: Instance) -> None:
    """Leave a request as it is."""


FAULTS: tuple[Fault, ...] = (
    *on_all(
        "request-granted-otherwise",
        "What is asked for like the default is allocated with another quantity.",
        "DSP1043:request.granted",
        bend=lambda it: granting(it, as_it_is, _one_more(_is_default)),
    ),
    *on_all(
        "request-default-otherwise",
        "A request that names no quantity gets another one than the default.",
        "DSP1043:request.default",
        bend=lambda it: granting(it, as_it_is, _one_more(_unsaid)),
    ),
    *on_all(
        "request-default-refused",
        "A request that names no quantity is refused.",
        "DSP1043:request.default.accepted",
        bend=lambda it: refusing(it, _unsaid),
    ),
    *on_all(
        "request-above-maximum-ignored",
        "A request for more than is allowed is said to be granted, and gets the default.",
        "DSP1043:request.above-maximum",
        among=_BOUNDED,
        bend=lambda it: granting(it, instead(_above)),
    ),
    *on_all(
        "request-above-maximum-granted",
        "A request for more than is allowed is granted.",
        "DSP1043:request.above-maximum",
        among=_BOUNDED,
        bend=lambda it: granting(it, instead(_above), _asasked(_above)),
    ),
    *on_all(
        "request-below-minimum-granted",
        "A request for less than is allowed is granted.",
        "DSP1043:request.below-minimum",
        among=_RANGED,
        bend=lambda it: granting(it, instead(_below), _asasked(_below)),
    ),
    *on_all(
        "addition-to-active-ignored",
        "The addition of a resource to an active system is said to be done, and nothing is added.",
        "DSP1043:request.add.active",
        bend=lambda it: it.wrap(SERVICE, ADD, _not_running(0)),
    ),
    *on_all(
        "addition-to-active-unlisted",
        "Resources are added to active systems, and the capabilities do not list that state.",
        "DSP1043:request.add.active.unlisted",
        edit=lambda it: it.set(CAPABILITIES, None, SupportedAddStates=[3]),
    ),
    *on_all(
        "removal-from-active-ignored",
        "The removal of a resource from an active system is said to be done, and it stays.",
        "DSP1043:request.remove.active",
        bend=lambda it: it.wrap(SERVICE, REMOVE, _not_running(0)),
    ),
    *on_all(
        "removal-from-active-unlisted",
        "Resources are removed from active systems, and the capabilities do not list that state.",
        "DSP1043:request.remove.active.unlisted",
        edit=lambda it: it.set(CAPABILITIES, None, SupportedRemoveStates=[3]),
    ),
    *on_all(
        "request-between-steps-granted",
        "A request for a quantity between two steps is granted as it is.",
        "DSP1043:request.between-steps",
        among=_RANGED,
        bend=lambda it: granting(it, instead(_between), _asasked(_between)),
    ),
)
