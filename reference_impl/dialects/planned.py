"""Planned systems of Hyper-V: definitions that can be looked at before there is a system.

A planned system is no virtual system: it is not hosted, and has no states. When it is realized
it gives its name and its settings to a virtual system.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from reference_impl.dialects.dialect import Scene
from reference_impl.dialects.identities import guid
from reference_impl.hypervisor.calls import Answer
from reference_impl.hypervisor.records import Configuration, Wanted
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import ObjectName

CLASS = "Msvm_PlannedComputerSystem"
PLANNED = "Microsoft:Hyper-V:System:Planned"

_OFFLINE = 6
_CREATE, _INTEGRITY = 5, 4

#: Methods of the profile in whose way, with or without a job, those of planned systems run.
_AS_DEFINED, _AS_DESTROYED = "DefineSystem", "DestroySystem"


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned system: what was asked for, and what is shown of it."""

    name: ObjectName
    uuid: str
    settings: Values
    resources: list[Wanted]
    configuration: Configuration


class PlannedSystems:
    """Handlers of the methods for planned systems; raises `Refused` in the codes of CIM."""

    def __init__(self, scene: Scene) -> None:
        self._hypervisor = scene.hypervisor
        self._store = scene.hypervisor.store
        self._planned: dict[ObjectName, Planned] = {}
        self._serial = count(1)

    def define(self, _scene: Scene, call: MethodCall) -> MethodResult:
        """Answer DefinePlannedSystem: a definition is shown, and nothing else happens."""
        with self._store.repository.lock:
            settings, resources = self._hypervisor.management.definition(call)

            def work() -> Answer:
                planned = self._plan(settings, resources)
                return Answer({"ResultingSystem": planned.name}, [(planned.name, [_CREATE])])

            as_defined = MethodCall(call.object_name, _AS_DEFINED, call.arguments)
            return self._hypervisor.caller.run(as_defined, work)

    def validate(self, _scene: Scene, call: MethodCall) -> MethodResult:
        """Answer ValidatePlannedSystem: what is planned has been checked already."""
        with self._store.repository.lock:
            planned = self._named(call)
            as_defined = MethodCall(call.object_name, _AS_DEFINED, call.arguments)
            return self._hypervisor.caller.run(as_defined, Answer, [(planned.name, [_INTEGRITY])])

    def realize(self, _scene: Scene, call: MethodCall) -> MethodResult:
        """Answer RealizePlannedSystem: the planned system becomes a virtual system."""
        with self._store.repository.lock:
            planned = self._named(call)

            def work() -> Answer:
                self._remove(self._named(call))
                define = self._hypervisor.management.define
                system = define(planned.settings, planned.resources, planned.uuid)
                return Answer({"ResultingSystem": system.name}, [(system.name, [_CREATE])])

            as_defined = MethodCall(call.object_name, _AS_DEFINED, call.arguments)
            return self._hypervisor.caller.run(as_defined, work)

    def destroy(self, _scene: Scene, call: MethodCall) -> MethodResult | None:
        """Answer DestroySystem of a planned system; None when it is about another one."""
        with self._store.repository.lock:
            planned = self._planned.get(call.get("AffectedSystem"))
            if planned is None:
                return None

            def work() -> Answer:
                self._remove(planned)
                return Answer()

            as_destroyed = MethodCall(call.object_name, _AS_DESTROYED, call.arguments)
            return self._hypervisor.caller.run(as_destroyed, work, [(planned.name, [_INTEGRITY])])

    def _named(self, call: MethodCall) -> Planned:
        planned = self._planned.get(call.get("PlannedSystem"))
        if planned is None:
            raise Refused(INVALID_PARAMETER, "PlannedSystem: there is none of this name")
        return planned

    def _plan(self, settings: Values, resources: list[Wanted]) -> Planned:
        uuid = guid(f"planned system {next(self._serial)}").lower()
        stamp = self._store.clock.stamp()
        shown = {
            "ElementName": "Planned system",
            "CreationTime": stamp,
            "VirtualSystemIdentifier": uuid,
            **settings,
        }
        name = self._store.add(
            CLASS,
            Name=uuid,
            ElementName=shown["ElementName"],
            EnabledState=_OFFLINE,
            Dedicated=[0],
            OperationalStatus=[2],
            HealthState=5,
            Caption="Planned Virtual Machine",
        )
        configurations = self._hypervisor.configurations
        described = {**shown, "VirtualSystemType": PLANNED}
        configuration = configurations.create(uuid, "defined", described)
        configurations.add_allocations(configuration, resources, uuid)
        self._store.add(
            "CIM_SettingsDefineState", ManagedElement=name, SettingData=configuration.name
        )
        planned = Planned(name, uuid, settings, resources, configuration)
        self._planned[name] = planned
        return planned

    def _remove(self, planned: Planned) -> None:
        self._hypervisor.configurations.remove(planned.configuration)
        self._store.remove(planned.name)
        del self._planned[planned.name]
