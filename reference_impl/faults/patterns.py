"""Faults of what all profiles of one kind of resource demand, and what such faults pick.

DSP1041 and DSP1043 are patterns: their requirements are judged in each profile that specialises
them, and in the patterns themselves where a server registers these instead. So each such fault
comes as two: one that breaks the checks of all those profiles at once, and its twin on a server
of the other kind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.registering import conform
from reference_impl.faults.selection import registered
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import Instance, ObjectName, Value

#: The profiles that specialise both patterns.
HEIRS = ("DSP1044", "DSP1045", "DSP1047", "DSP1050", "DSP1059")

#: The resource types of the reference server that are handled as generic devices.
GENERIC = (5, 16)

POOL = "CIM_ResourcePool"
ALLOCATION = "CIM_ResourceAllocationSettingData"
CAPABILITIES = "CIM_AllocationCapabilities"
DEVICE = "CIM_LogicalDevice"
FROM_POOL = "CIM_ElementAllocatedFromPool"
ALLOCATED = "CIM_ResourceAllocationFromPool"
STATES = "CIM_SettingsDefineState"
ORIGINS = "CIM_ElementSettingData"
PARTS = "CIM_ConcreteComponent"
BACKING = "CIM_HostedDependency"
HELD = "CIM_ElementCapabilities"
DEFINES = "CIM_SettingsDefineCapabilities"

#: What settings mean that are one of several supported points (DSP1043, clause 7).
POINT: Mapping[str, int] = {"PropertyPolicy": 1, "ValueRole": 3, "ValueRange": 0}

#: Stands in for a unit that nothing can be measured in: no programmatic unit, and no alias.
NO_UNIT = "lumps"


def everywhere(*names: str, among: Collection[str] = HEIRS) -> tuple[str, ...]:
    """Return the ids of checks with these names in all profiles of one kind of resource."""
    return tuple(f"{key}:{name}" for name in names for key in among)


def on_all(  # what a fault says, for both kinds of servers
    name: str,
    statement: str,
    *broken: str,
    among: Collection[str] = HEIRS,
    beside: tuple[str, ...] = (),
    heirs_only: tuple[str, ...] = (),
    twin_only: tuple[str, ...] = (),
    bend: Callable[[Bend], object] | None = None,
    edit: Callable[[Edit], object] | None = None,
) -> tuple[Fault, Fault]:
    """Return a fault of all kinds of resources, and its twin on a server of the patterns.

    `broken` are the ids in the patterns; `among` the heirs in which they are broken; `beside`
    are checks that break on both servers, `heirs_only` and `twin_only` those on one of them.
    """
    names = (each.partition(":")[2] for each in broken)
    inherited = everywhere(*names, among=among)
    return (
        Fault(name, statement, (*inherited, *beside, *heirs_only), bend, edit),
        Fault(
            f"{name}-of-pattern",
            statement,
            (*broken, *beside, *twin_only),
            bend,
            edit,
            needs=frozenset({"patterns"}),
        ),
    )


# -- picks ---------------------------------------------------------------------------------------


def primordial(pool: Instance) -> bool:
    """Pick the primordial pools."""
    return pool.get("Primordial") is True


def concrete(pool: Instance) -> bool:
    """Pick the concrete pools."""
    return pool.get("Primordial") is False


def state(instance: Instance) -> bool:
    """Pick the settings of resources that are allocated to virtual systems."""
    return "/state/" in str(instance.get("InstanceID"))


def request(instance: Instance) -> bool:
    """Pick the settings of resources that are requested for virtual systems."""
    return "/defined/" in str(instance.get("InstanceID"))


def drawn(instance: Instance) -> bool:
    """Pick the settings that say what a pool draws from another one."""
    return str(instance.get("InstanceID")).endswith("/allocation")


def capable(label: str) -> Callable[[Instance], bool]:
    """Pick settings that define capabilities: default, minimum, maximum or increment."""
    return lambda instance: str(instance.get("InstanceID")).endswith(f"/capabilities/{label}")


def meaning(label: str) -> Callable[[Instance], bool]:
    """Pick what links capabilities to the settings that have this meaning for them."""
    return lambda each: str(each.get("PartComponent").key("InstanceID")).endswith(f"/{label}")


def links(role: str, pick: Callable[[str], bool]) -> Callable[[Instance], bool]:
    """Pick associations by the InstanceID of what is at one of their ends."""
    return lambda each: pick(str(each.get(role).key("InstanceID") or ""))


def of_state(identifier: str) -> bool:
    """Whether an InstanceID is that of an allocated resource."""
    return "/state/" in identifier


def of_request(identifier: str) -> bool:
    """Whether an InstanceID is that of a requested resource."""
    return "/defined/" in identifier


def of_pool(identifier: str) -> bool:
    """Whether an InstanceID is that of a pool, or of something that belongs to one."""
    return ":pool/" in identifier


def virtual_device(instance: Instance) -> bool:
    """Pick the devices of virtual systems."""
    return not str(instance.get("DeviceID")).startswith("host-")


def host_device(instance: Instance) -> bool:
    """Pick the devices of the host."""
    return str(instance.get("DeviceID")).startswith("host-")


def at(role: str, name: ObjectName) -> Callable[[Instance], bool]:
    """Pick associations by what is at one of their ends."""
    return lambda each: bool(each.get(role) == name)


def to_device(role: str) -> Callable[[Instance], bool]:
    """Pick associations that have a device at one of their ends."""
    return lambda each: each.get(role).key("DeviceID") is not None


def written_state(values: Values) -> bool:
    """Whether what is written about an allocation is about an allocated resource."""
    return of_state(values["InstanceID"])


# -- what belongs together -----------------------------------------------------------------------


def pool_of(it: Edit, settings: Instance, *, is_primordial: bool = False) -> Instance:
    """Return the pool that serves settings, or the primordial pool of the same type."""
    kind = settings.get("ResourceType")

    def fits(pool: Instance) -> bool:
        right = pool.get("PoolID") == settings.get("PoolID")
        return pool.get("ResourceType") == kind and (primordial(pool) if is_primordial else right)

    return it.one(POOL, fits)


def devices_of(it: Edit, settings: Instance) -> list[ObjectName]:
    """Return the virtual devices of an allocated resource."""
    found = it.repository.referring(settings.path, STATES, "SettingData")
    return [each.get("ManagedElement") for each in found]


def pooled(it: Edit, settings: Instance) -> list[ObjectName]:
    """Return host devices that pools for settings consist of; any, where those have none."""
    parts = it.select(PARTS, None)
    pool = pool_of(it, settings, is_primordial=True).path
    own = [each.get("PartComponent") for each in parts if each.get("GroupComponent") == pool]
    return own or [each.get("PartComponent") for each in parts]


def idle_requests(it: Edit) -> list[Instance]:
    """Return the requests of the system that is merely defined."""
    uuid = it.system(State.DEFINED).uuid
    return it.select(ALLOCATION, lambda each: request(each) and uuid in each.get("InstanceID"))


def as_others(it: Edit, label: str) -> dict[str, Value]:
    """Return what associations say of settings that have this meaning for their capabilities."""
    link = it.one(DEFINES, meaning(label))
    return {name: link.get(name) for name in POINT}


def paired(it: Edit, first: int, second: int) -> Iterator[tuple[Instance, Instance]]:
    """Yield the allocated resources of two systems that are of the same type, in pairs."""
    systems = list(it.hypervisor.systems)
    one, other = systems[first], systems[second]
    states = it.select(ALLOCATION, state)
    for each in states:
        if one.uuid in str(each.get("InstanceID")):
            for twin in states:
                same = twin.get("ResourceType") == each.get("ResourceType")
                if same and other.uuid in str(twin.get("InstanceID")):
                    yield each, twin
                    break


def odd_pool(it: Edit, profile: str, like: int, resource_type: int) -> None:
    """Add a primordial pool of a type that a registered profile is not about, with capabilities.

    It and its settings are otherwise like those of the primordial pool of another type.
    """

    def same(each: Instance) -> bool:
        return primordial(each) and each.get("ResourceType") == like

    changes = {"PoolID": "odd", "ResourceType": resource_type, "Reserved": 0}
    pool = it.double(POOL, same, InstanceID="cimconform:pool/odd", **changes)[0]
    it.add(
        "CIM_HostedResourcePool", GroupComponent=it.hypervisor.host.name, PartComponent=pool.path
    )
    local = "cimconform:pool/odd/capabilities"
    capabilities = it.double(
        CAPABILITIES,
        lambda each: each.get("ResourceType") == like and "/host/" in each.get("InstanceID"),
        InstanceID=local,
        ResourceType=resource_type,
    )[0].path
    settings = it.double(
        ALLOCATION,
        lambda each: (
            each.get("ResourceType") == like
            and each.get("InstanceID").endswith("/host/capabilities/default")
        ),
        InstanceID=f"{local}/default",
        ResourceType=resource_type,
        PoolID="odd",
    )[0].path
    it.add("CIM_ElementCapabilities", ManagedElement=pool.path, Capabilities=capabilities)
    it.add(
        "CIM_SettingsDefineCapabilities",
        GroupComponent=capabilities,
        PartComponent=settings,
        PropertyPolicy=0,
        ValueRole=0,
        ValueRange=0,
    )
    conform(it, it.one("CIM_RegisteredProfile", registered(profile)).path, pool.path)
