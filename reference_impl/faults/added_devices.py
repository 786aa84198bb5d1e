"""Faults of what is added to virtual systems, changed there and removed from them again.

That is what DSP1044, DSP1045, DSP1047, DSP1050 and DSP1059 say of their kinds of resources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reference_impl.faults.bend import Bend, Wrapper
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import ALLOCATION, STATES, capable
from reference_impl.faults.quantities import (
    ADD,
    DEFINE,
    MODIFY,
    REMOVE,
    SERVICE,
    Change,
    as_it_is,
    asked,
    granting,
    kind_of,
    refusing,
)
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.records import Allocation, VirtualSystem
from reference_impl.hypervisor.resource_kinds import (
    DISK,
    DVD_DRIVE,
    ETHERNET_CONNECTION,
    ETHERNET_PORT,
    KIND_OF_TYPE,
    MEMORY,
    PROCESSOR,
    ResourceKind,
)
from reference_impl.operations import MethodCall, MethodHandler, MethodResult
from reference_impl.values import Instance, ObjectName, Value

_SYSTEM, _CHANGE = "CIM_ComputerSystem", "RequestStateChange"
_ENABLE = 2
_NO_UNIT = "cimconform lumps"
_DIGITS = set("0123456789ABCDEF:-")
_COMPONENTS = "CIM_VirtualSystemSettingDataComponent"

About = Callable[[ResourceKind, Instance], bool]


def _where(about: About, **values: Value) -> Change:
    """Return what gives some requests other values."""

    def put(kind: ResourceKind, given: Instance) -> Mapping[str, Value] | None:
        return values if about(kind, given) else None

    return put


def _copied(about: About, *names: str) -> Change:
    """Return what shows some values of a request as they were asked for."""

    def show(kind: ResourceKind, given: Instance) -> Mapping[str, Value] | None:
        return {name: given.get(name) for name in names} if about(kind, given) else None

    return show


def _of(kind: ResourceKind, *names: str) -> About:
    """Return what picks requests of a kind that say something of all these properties."""
    return lambda found, given: found is kind and all(given.get(n) is not None for n in names)


# -- activation ------------------------------------------------------------------------------------


def _once_active(it: Bend, beside: Callable[[Hypervisor, VirtualSystem], object]) -> None:
    """Change something of a system that has been activated."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            result = right(call)
            system = found[0].systems.named(call.object_name)
            if system is not None and call.get("RequestedState") == _ENABLE:
                beside(found[0], system)
            return result

        return answer

    it.wrap(_SYSTEM, _CHANGE, wrapper)


def _allocations(system: VirtualSystem, kind: ResourceKind) -> list[Allocation]:
    return [each for each in system.current.allocations.values() if each.kind is kind]


def _unlink(kind: ResourceKind, association: str, role: str) -> Callable[[Bend], None]:
    """Drop the links between what a system has of a kind and something else."""

    def beside(hypervisor: Hypervisor, system: VirtualSystem) -> None:
        for allocation in _allocations(system, kind):
            for link in hypervisor.store.referring(allocation.name, association, role):
                hypervisor.store.remove(link.path)

    return lambda it: _once_active(it, beside)


def _without_address(hypervisor: Hypervisor, system: VirtualSystem) -> None:
    for allocation in _allocations(system, ETHERNET_PORT):
        hypervisor.store.change(allocation.name, Address=None)
        for device in allocation.devices:
            hypervisor.store.change(device, PermanentAddress=None, NetworkAddresses=None)


# -- addition, change and removal ------------------------------------------------------------------


def _untold(right: MethodHandler) -> MethodHandler:
    """Keep it to oneself which DVD drive was added."""

    def answer(call: MethodCall) -> MethodResult:
        result = right(call)
        drives = any(kind_of(each) is DVD_DRIVE for each in asked(call))
        return MethodResult(result.return_value) if drives else result

    return answer


def _ignored(it: Bend, kind: ResourceKind) -> None:
    """Let what is merely requested of a kind not be removed."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            named = _named(found[0], call)
            meant = any(each.kind is kind and not each.active for each in named)
            return MethodResult(0) if meant else right(call)

        return answer

    it.wrap(SERVICE, REMOVE, wrapper)


def _left_behind(kind: ResourceKind) -> Callable[[Bend], None]:
    """Let the devices of a kind stay when they are removed from an active system."""

    def bend(it: Bend) -> None:
        found: list[Hypervisor] = []
        it.reach(found.append)

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                for each in _named(found[0], call):
                    if each.kind is kind:
                        each.devices.clear()
                return right(call)

            return answer

        it.wrap(SERVICE, REMOVE, wrapper)

    return bend


def _named(hypervisor: Hypervisor, call: MethodCall) -> list[Allocation]:
    names = [n for n in call.get("ResourceSettings") or () if isinstance(n, ObjectName)]
    found = [hypervisor.systems.allocation(name.key("InstanceID")) for name in names]
    return [each[2] for each in found if each is not None]


def _changing(it: Bend, put: Change, show: Change | None = None) -> None:
    granting(it, put, show, methods=(MODIFY,))


def _with_types(change: Callable[[Instance], Mapping[str, Value]]) -> Wrapper:
    """Let requests be read otherwise, whatever type they name."""

    def wrapper(right: MethodHandler) -> MethodHandler:
        def answer(call: MethodCall) -> MethodResult:
            given = [each.copy(**change(each)) for each in asked(call)]
            return right(replace(call, arguments={**call.arguments, "ResourceSettings": given}))

        return answer

    return wrapper


def _drive_for_none(given: Instance) -> Mapping[str, Value]:
    return {"ResourceType": DVD_DRIVE.resource_type} if given.get("ResourceType") is None else {}


def _drive_for_unknown(given: Instance) -> Mapping[str, Value]:
    kind = given.get("ResourceType")
    known = kind is None or kind in KIND_OF_TYPE
    return {} if known else {"ResourceType": DVD_DRIVE.resource_type}


def _drive_of_no_pool(kind: ResourceKind, given: Instance) -> bool:
    return kind is DVD_DRIVE and "/" not in (given.get("PoolID") or "/")


def _drive_of_other_pool(kind: ResourceKind, given: Instance) -> bool:
    pool = given.get("PoolID") or ""
    return kind is DVD_DRIVE and "/" in pool and not pool.startswith(f"{kind.slug}/")


# -- amounts ---------------------------------------------------------------------------------------


def _two_processors(kind: ResourceKind, given: Instance) -> bool:
    return kind is PROCESSOR and given.get("VirtualQuantity") == kind.quantity + 1


def _quantity_of(kind: ResourceKind) -> About:
    """Return what picks changes of a quantity that are told with their unit."""
    return _of(kind, "VirtualQuantity", "VirtualQuantityUnits")


def _too_much_of(kind: ResourceKind) -> About:
    named = _quantity_of(kind)
    return lambda found, given: named(found, given) and given.get("VirtualQuantity") > found.maximum


_STRIPPED: Mapping[str, Value] = {"VirtualQuantity": None, "Limit": None, "Reservation": None}


def _in_other_unit(kind: ResourceKind, given: Instance) -> bool:
    units = given.get("VirtualQuantityUnits")
    return kind is MEMORY and units not in (None, "count", _NO_UNIT, kind.quantity_units)


def _in_no_unit(kind: ResourceKind, given: Instance) -> bool:
    return kind is MEMORY and given.get("VirtualQuantityUnits") == _NO_UNIT


_USUAL: Mapping[str, Value] = {
    "VirtualQuantityUnits": MEMORY.quantity_units,
    "AllocationUnits": MEMORY.units,
    "Reservation": None,
    "Limit": None,
}


def _more_disk(kind: ResourceKind, given: Instance) -> bool:
    return kind is DISK and given.get("VirtualQuantity") == kind.quantity + kind.increment


def _read_only(kind: ResourceKind, given: Instance) -> bool:
    return kind is DISK and given.get("Access") == 1


def _with_own_address(kind: ResourceKind, given: Instance) -> bool:
    fits = _of(ETHERNET_PORT, "Address")(kind, given)
    return fits and not _malformed(kind, given) and not _of_group(kind, given)


def _malformed(kind: ResourceKind, given: Instance) -> bool:
    return kind is ETHERNET_PORT and bool(set((given.get("Address") or "").upper()) - _DIGITS)


def _of_group(kind: ResourceKind, given: Instance) -> bool:
    address = given.get("Address") or ""
    return kind is ETHERNET_PORT and address.startswith("03")


def _nowhere(kind: ResourceKind, given: Instance) -> bool:
    return kind is ETHERNET_CONNECTION and bool(given.get("HostResource"))


def _with_range(it: Bend) -> None:
    """Let the capabilities say that there may be two DVD drives in one request."""

    def rewrite(values: Mapping[str, Value]) -> Mapping[str, Value]:
        meant = capable("maximum")(Instance("", dict(values), None))
        drives = values.get("ResourceType") == DVD_DRIVE.resource_type
        return {**values, "VirtualQuantity": 2} if meant and drives else values

    it.rewrite(ALLOCATION, lambda values: dict(rewrite(values)))


def _ranged_change_ignored(it: Bend) -> None:
    _with_range(it)
    _changing(it, _where(_quantity_of(DVD_DRIVE), **_STRIPPED))


def _ranged_change_unlimited(it: Bend) -> None:
    _with_range(it)
    about = _quantity_of(DVD_DRIVE)
    _changing(it, _where(about, **_STRIPPED), _copied(about, "VirtualQuantity"))


def _in_pairs(it: Edit) -> None:
    """Tell of processors that they come in pairs, and go on granting them one by one."""
    for label in ("default", "minimum", "increment"):
        meant = capable(label)

        def pick(each: Instance, meant: Callable[[Instance], bool] = meant) -> bool:
            return meant(each) and each.get("ResourceType") == PROCESSOR.resource_type

        it.set(ALLOCATION, pick, VirtualQuantity=2)


FAULTS: tuple[Fault, ...] = (
    # Generic devices
    Fault(
        name="device-addition-untold",
        statement="The addition of a DVD drive does not tell what was added.",
        breaks=("DSP1059:allocation.add",),
        bend=lambda it: it.wrap(SERVICE, ADD, _untold),
    ),
    Fault(
        name="device-not-shown-when-active",
        statement="The DVD drive of a system that was activated is not linked to its settings.",
        breaks=("DSP1059:allocation.add.activated",),
        bend=_unlink(DVD_DRIVE, STATES, "SettingData"),
    ),
    Fault(
        name="device-removal-ignored",
        statement="The removal of a DVD drive is said to be done, and it stays.",
        breaks=("DSP1059:allocation.remove",),
        bend=lambda it: _ignored(it, DVD_DRIVE),
    ),
    Fault(
        name="device-left-behind",
        statement="A DVD drive that is removed from an active system stays as a device.",
        breaks=("DSP1059:allocation.remove.active",),
        bend=_left_behind(DVD_DRIVE),
    ),
    Fault(
        name="device-change-ignored",
        statement="The quantity of a device is said to be changed, and is not.",
        breaks=("DSP1059:allocation.change",),
        bend=_ranged_change_ignored,
    ),
    Fault(
        name="device-change-unlimited",
        statement="The quantity of a device is changed to more than its range allows.",
        breaks=("DSP1059:allocation.change.above",),
        bend=_ranged_change_unlimited,
    ),
    Fault(
        name="device-from-no-pool",
        statement="A DVD drive of a pool that does not exist is granted.",
        breaks=("DSP1059:allocation.refused.no-pool",),
        bend=lambda it: granting(it, _where(_drive_of_no_pool, PoolID=None), methods=(ADD,)),
    ),
    Fault(
        name="device-from-other-pool",
        statement="A DVD drive of a pool of another resource type is granted.",
        breaks=("DSP1059:allocation.refused.other-pool",),
        bend=lambda it: granting(it, _where(_drive_of_other_pool, PoolID=None), methods=(ADD,)),
    ),
    Fault(
        name="device-of-no-type",
        statement="A resource of no type is taken for a DVD drive.",
        breaks=("DSP1059:allocation.refused.no-type",),
        bend=lambda it: it.wrap(SERVICE, ADD, _with_types(_drive_for_none)),
    ),
    Fault(
        name="device-of-unknown-type",
        statement="A resource of a type that there is no pool of is taken for a DVD drive.",
        breaks=("DSP1059:allocation.refused.unknown-type",),
        bend=lambda it: it.wrap(SERVICE, ADD, _with_types(_drive_for_unknown)),
    ),
    # Processors
    Fault(
        name="processors-in-pairs",
        statement="Processors are told to come in pairs, and any number of them is granted.",
        breaks=(
            "DSP1044:request.below-minimum",
            "DSP1044:request.between-steps",
            "DSP1044:request.default",
            "DSP1044:request.range",
        ),
        edit=_in_pairs,
    ),
    Fault(
        name="processors-fewer-than-defined",
        statement="A system that is defined with two processors has one when it is active.",
        breaks=("DSP1044:allocation.add",),
        bend=lambda it: granting(
            it,
            _where(_two_processors, **{**_STRIPPED, "VirtualQuantity": 1}),
            _copied(_two_processors, "VirtualQuantity"),
            methods=(DEFINE,),
        ),
    ),
    Fault(
        name="processor-weight-ignored",
        statement="The weight of processors is said to be changed, and is not.",
        breaks=("DSP1044:allocation.change",),
        bend=lambda it: _changing(it, _where(_of(PROCESSOR, "Weight"), Weight=None)),
    ),
    Fault(
        name="processor-reservation-ignored",
        statement="The reservation of processors is said to be changed, and is not.",
        breaks=("DSP1044:allocation.change.reservation",),
        bend=lambda it: _changing(
            it, _where(_of(PROCESSOR, "Reservation", "Limit"), Reservation=None, Limit=None)
        ),
    ),
    Fault(
        name="processor-quantity-ignored",
        statement="The number of processors is said to be changed, and is not.",
        breaks=("DSP1044:allocation.change.quantity",),
        bend=lambda it: _changing(it, _where(_quantity_of(PROCESSOR), **_STRIPPED)),
    ),
    Fault(
        name="processor-quantity-unlimited",
        statement="The number of processors is changed to more than the capabilities allow.",
        breaks=("DSP1044:allocation.change.above",),
        bend=lambda it: _changing(
            it,
            _where(_too_much_of(PROCESSOR), **_STRIPPED),
            _copied(_too_much_of(PROCESSOR), "VirtualQuantity"),
        ),
    ),
    # Memory
    Fault(
        name="memory-unit-refused",
        statement="The size of memory is refused in any other unit than that of the default.",
        breaks=("DSP1045:allocation.units.accepted",),
        bend=lambda it: refusing(it, _in_other_unit),
    ),
    Fault(
        name="memory-unit-misread",
        statement="The size of memory in another unit is read as if in that of the default.",
        breaks=("DSP1045:allocation.units.equal",),
        bend=lambda it: granting(it, _where(_in_other_unit, **_USUAL)),
    ),
    Fault(
        name="memory-without-unit-granted",
        statement="A size of memory in a unit that is none is granted.",
        breaks=("DSP1045:allocation.units.refused",),
        bend=lambda it: granting(it, _where(_in_no_unit, **_USUAL)),
    ),
    Fault(
        name="memory-size-ignored",
        statement="The size of memory is said to be changed, and is not.",
        breaks=("DSP1045:allocation.change.quantity",),
        bend=lambda it: _changing(it, _where(_quantity_of(MEMORY), **_STRIPPED)),
    ),
    Fault(
        name="memory-size-unlimited",
        statement="The size of memory is changed to more than the capabilities allow.",
        breaks=("DSP1045:allocation.change.above",),
        bend=lambda it: _changing(
            it,
            _where(_too_much_of(MEMORY), **_STRIPPED),
            _copied(_too_much_of(MEMORY), "VirtualQuantity"),
        ),
    ),
    # Disks
    Fault(
        name="disk-smaller-than-asked",
        statement="A disk that was asked for larger than the default is of the default size.",
        breaks=("DSP1047:allocation.add",),
        bend=lambda it: granting(
            it,
            _where(_more_disk, **{**_STRIPPED, "VirtualQuantity": DISK.quantity}),
            _copied(_more_disk, "VirtualQuantity"),
        ),
    ),
    Fault(
        name="disk-writable",
        statement="A disk that was asked for to be read can be written when the system is active.",
        breaks=("DSP1047:allocation.read-only",),
        bend=lambda it: granting(it, _where(_read_only, Access=3), _copied(_read_only, "Access")),
    ),
    # Adapters and connections
    Fault(
        name="adapter-without-address",
        statement="An adapter of an active system has no address.",
        breaks=("DSP1050:allocation.add",),
        bend=lambda it: _once_active(it, _without_address),
    ),
    Fault(
        name="adapter-address-ignored",
        statement="An adapter gets another address than the one asked for.",
        breaks=("DSP1050:allocation.address",),
        bend=lambda it: granting(
            it, as_it_is, _where(_of(ETHERNET_PORT, "Address"), Address="02AAAAAAAAAA")
        ),
    ),
    Fault(
        name="adapter-port-of-another-address",
        statement="An adapter appears as a port with another address than the one asked for.",
        breaks=("DSP1050:allocation.address.port",),
        bend=lambda it: granting(
            it,
            _where(_with_own_address, Address=None),
            _copied(_with_own_address, "Address"),
        ),
    ),
    Fault(
        name="adapter-address-malformed",
        statement="An adapter with an address that is none is granted.",
        breaks=("DSP1050:allocation.address.malformed",),
        bend=lambda it: granting(it, _where(_malformed, Address=None)),
    ),
    Fault(
        name="adapter-address-of-group",
        statement="An adapter with the address of a group is granted.",
        breaks=("DSP1050:allocation.address.group",),
        bend=lambda it: granting(it, _where(_of_group, Address=None)),
    ),
    Fault(
        name="connection-lost-when-active",
        statement="The connection of an adapter is not among what an active system has.",
        breaks=("DSP1050:connection.add",),
        bend=_unlink(ETHERNET_CONNECTION, _COMPONENTS, "PartComponent"),
    ),
    Fault(
        name="connection-to-nowhere",
        statement="A connection to a switch that does not exist is granted.",
        breaks=("DSP1050:connection.refused",),
        bend=lambda it: granting(it, _where(_nowhere, HostResource=None)),
    ),
    Fault(
        name="connection-port-left-behind",
        statement="A connection that is removed from an active system leaves its port behind.",
        breaks=("DSP1050:connection.remove",),
        bend=_left_behind(ETHERNET_CONNECTION),
    ),
)
