"""Methods of the management service that change configurations (DSP1042, clause 8.2).

What is done to the state configuration of a running system is done to the system as well; what
is done to the defined configuration shows at the next activation (dual-configuration approach).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import TypeAlias

from reference_impl.hypervisor.calls import Answer, Caller
from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.devices import Devices
from reference_impl.hypervisor.lifecycle import HOLDING, Lifecycle
from reference_impl.hypervisor.placement import Placement, check_leaving
from reference_impl.hypervisor.records import (
    Allocation,
    Configuration,
    VirtualSystem,
    Wanted,
)
from reference_impl.hypervisor.refusal import (
    FAILED,
    INVALID_PARAMETER,
    INVALID_STATE,
    Refused,
)
from reference_impl.hypervisor.requests import (
    RESOURCE_SETTINGS,
    chosen_settings,
    expect_class,
    requested,
    requested_resources,
)
from reference_impl.hypervisor.resource_kinds import ResourceKind
from reference_impl.hypervisor.resources import quantity
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.systems import Systems
from reference_impl.hypervisor.units import convert
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import Instance, ObjectName, Value

# ElementEffects of the jobs: on systems, and on resources that are added.
_INTEGRITY = 4
_CREATE = 5

#: Given once, when a system is defined.
_FIXED = ("VirtualSystemIdentifier", "VirtualSystemType")

#: Only some of the methods declare a return code for it.
_BUSY: Mapping[str, int] = {
    "AddResourceSettings": FAILED,
    "ModifyResourceSettings": INVALID_STATE,
    "ModifySystemSettings": INVALID_STATE,
    "RemoveResourceSettings": INVALID_STATE,
}

#: A resource of a system and the settings that it is to have.
Change: TypeAlias = tuple[VirtualSystem, Allocation, Values]


class Modification:
    """Handlers of the methods that change systems and their resources."""

    def __init__(
        self,
        store: Store,
        systems: Systems,
        lifecycle: Lifecycle,
        configurations: Configurations,
        *,
        placement: Placement,
        devices: Devices,
        caller: Caller,
    ) -> None:
        self._store = store
        self._schema = store.repository.schema
        self._systems = systems
        self._lifecycle = lifecycle
        self._configurations = configurations
        self._placement = placement
        self._devices = devices
        self._caller = caller

    def add_resource_settings(self, call: MethodCall) -> MethodResult:
        """Answer AddResourceSettings: more resources in one configuration."""
        with self._store.repository.lock:
            system, configuration = self._configuration(call.get("AffectedConfiguration"))
            running = configuration is system.current and system.state in HOLDING
            if system.dual and configuration is system.current and not running:
                raise Refused(INVALID_PARAMETER, "the system holds no resources in this state")
            given = _required(call, "ResourceSettings")
            asked = requested_resources(self._schema, self._configurations, given)
            wanted = self._placement.placed(asked, configuration)

            def work() -> Answer:
                added = self._add(system, configuration, wanted)
                if running:
                    self._attach(system, configuration, added)
                names = [each.name for each in added]
                return Answer(
                    {"ResultingResourceSettings": names}, [(each, [_CREATE]) for each in names]
                )

            return self._run(call, work, [system])

    def modify_resource_settings(self, call: MethodCall) -> MethodResult:
        """Answer ModifyResourceSettings: change what is given, of the resources that are named."""
        with self._store.repository.lock:
            changes = self._changes_wanted(_required(call, "ResourceSettings"))

            def work() -> Answer:
                self._change_all(changes)
                names = [allocation.name for _, allocation, _ in changes]
                return Answer({"ResultingResourceSettings": names})

            return self._run(call, work, [system for system, _, _ in changes])

    def remove_resource_settings(self, call: MethodCall) -> MethodResult:
        """Answer RemoveResourceSettings: take exactly the named resources away."""
        with self._store.repository.lock:
            found = {name: self._allocation(name) for name in _required(call, "ResourceSettings")}
            for _, configuration, _ in found.values():
                check_leaving(configuration, found)

            def work() -> Answer:
                for _, configuration, allocation in found.values():
                    self._lifecycle.detach(allocation)
                    self._configurations.remove_allocation(configuration, allocation)
                return Answer()

            return self._run(call, work, [system for system, _, _ in found.values()])

    def modify_system_settings(self, call: MethodCall) -> MethodResult:
        """Answer ModifySystemSettings: change what is given of one configuration."""
        with self._store.repository.lock:
            given = call.get("SystemSettings")
            if given is None:
                raise Refused(INVALID_PARAMETER, "SystemSettings is missing")
            system, configuration = self._by_instance_id(given.get("InstanceID"))
            chosen = chosen_settings(self._schema, given)
            for name in _FIXED:
                if chosen.get(name, configuration.settings[name]) != configuration.settings[name]:
                    raise Refused(INVALID_PARAMETER, f"{name} cannot be changed")

            def work() -> Answer:
                self._configurations.change(configuration, {**configuration.settings, **chosen})
                if configuration is system.current and "ElementName" in chosen:
                    self._store.change(system.name, ElementName=chosen["ElementName"])
                return Answer()

            return self._run(call, work, [system])

    def _run(
        self, call: MethodCall, work: Callable[[], Answer], systems: Sequence[VirtualSystem]
    ) -> MethodResult:
        changing = list({system.name: system for system in systems}.values())
        if any(system.job is not None for system in changing):
            raise Refused(_BUSY[call.method], "a job is changing the system")
        affected = [(system.name, [_INTEGRITY]) for system in changing]
        return self._caller.run(call, work, affected, changing)

    def _add(
        self, system: VirtualSystem, configuration: Configuration, wanted: Sequence[Wanted]
    ) -> list[Allocation]:
        added = self._configurations.add_allocations(configuration, wanted, system.uuid)
        for allocation in () if system.dual else added:
            self._configurations.link(allocation.name, allocation.name)
        return added

    def _attach(
        self, system: VirtualSystem, configuration: Configuration, added: Sequence[Allocation]
    ) -> None:
        """Make added resources active; without enough in the pools, none of them stays."""
        try:
            self._lifecycle.attach(system, added)
        except Refused:
            for allocation in added:
                self._configurations.remove_allocation(configuration, allocation)
            raise

    def _changes_wanted(self, given: Sequence[Instance]) -> list[Change]:
        """Return what is to become of resources, attached to one another. Raises `Refused`."""
        wanted = [self._change_wanted(each) for each in given]
        moved: dict[ObjectName, Values] = {}
        for configuration in {id(each[1]): each[1] for each in wanted}.values():
            own = [(found, settings) for _, of, found, settings in wanted if of is configuration]
            placed = self._placement.moved(own, configuration)
            moved |= {found.name: s for (found, _), s in zip(own, placed, strict=True)}
        return [(system, found, moved[found.name]) for system, _, found, _ in wanted]

    def _change_wanted(
        self, given: Instance
    ) -> tuple[VirtualSystem, Configuration, Allocation, Values]:
        """Return what is to become of a resource, apart from its place. Raises `Refused`."""
        said = requested(self._schema, expect_class(self._schema, given, RESOURCE_SETTINGS))
        instance = given.get("InstanceID")
        found = self._systems.allocation(instance) if instance else None
        if found is None:
            raise Refused(INVALID_PARAMETER, f"there are no resource settings {instance!r}")
        system, configuration, allocation = found
        kind = allocation.kind
        said = {n: v for n, v in said.items() if v != allocation.settings.get(n)}
        if said.get("ResourceType", kind.resource_type) != kind.resource_type:
            raise Refused(INVALID_PARAMETER, "ResourceType cannot be changed")
        before = dict(allocation.settings)
        if "VirtualQuantity" in said and "Reservation" not in said:
            del before["Reservation"]
        if "Parent" in said:
            before.pop("AddressOnParent", None)
        settings = self._configurations.prepared(kind, {**before, **said})
        if "Reservation" not in before:
            settings["Reservation"] = _kept(kind, allocation.settings, settings)
        return system, configuration, allocation, settings

    def _change_all(self, changes: Sequence[Change]) -> None:
        """Change all or, when a pool has too little left, none."""
        before = [(system, each, each.settings) for system, each, _ in changes]
        for index, change in enumerate(changes):
            try:
                self._change(*change)
            except Refused:
                for done in before[:index]:
                    self._change(*done)
                raise

    def _change(self, system: VirtualSystem, allocation: Allocation, settings: Values) -> None:
        self._configurations.change_allocation(allocation, settings)
        if allocation.active:
            self._devices.refresh(system, allocation)

    def _configuration(self, name: ObjectName | None) -> tuple[VirtualSystem, Configuration]:
        if name is None:
            raise Refused(INVALID_PARAMETER, "AffectedConfiguration is missing")
        return self._by_instance_id(name.key("InstanceID"))

    def _by_instance_id(self, instance: str | None) -> tuple[VirtualSystem, Configuration]:
        found = self._systems.configuration(instance) if instance else None
        if found is None:
            raise Refused(INVALID_PARAMETER, f"there is no configuration {instance!r}")
        return found

    def _allocation(self, name: ObjectName) -> tuple[VirtualSystem, Configuration, Allocation]:
        found = self._systems.allocation(name.key("InstanceID") or "")
        if found is None:
            raise Refused(INVALID_PARAMETER, f"there are no resource settings {name}")
        return found


def _required(call: MethodCall, parameter: str) -> list[Value]:
    """Return an array argument without its NULLs. Raises `Refused` when nothing is in it."""
    given = [each for each in call.get(parameter, ()) if each is not None]
    if not given:
        raise Refused(INVALID_PARAMETER, f"{parameter} is missing")
    return given


def _kept(kind: ResourceKind, before: Values, after: Values) -> int:
    """Return the reservation that a changed quantity leaves: what it was, if it still fits."""
    fitting = ceil(
        convert(kind.limit, kind.units, after["AllocationUnits"]) * quantity(kind, after)
    )
    return int(min(before["Reservation"], fitting, after["Limit"]))
