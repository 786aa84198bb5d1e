"""DefineSystem and DestroySystem of the management service (DSP1042, clause 8.2)."""

from __future__ import annotations

from collections.abc import Sequence

from reference_impl.hypervisor.calls import Answer, Caller
from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.lifecycle import Lifecycle
from reference_impl.hypervisor.placement import Placement
from reference_impl.hypervisor.records import Configuration, VirtualSystem, Wanted
from reference_impl.hypervisor.refusal import (
    FAILED,
    INVALID_PARAMETER,
    INVALID_STATE,
    Refused,
)
from reference_impl.hypervisor.requests import (
    DEFAULTS,
    chosen_settings,
    requested_resources,
    with_referenced,
)
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import NOT_FOUND, CIMError, Instance, ObjectName

#: ElementEffects of the job that defines a system (DSP1042): Create; of others: Element Integrity.
_CREATE = 5
_INTEGRITY = 4

#: Belongs to one system, so a reference configuration does not pass it on.
_OWN = frozenset({"CreationTime", "VirtualSystemIdentifier"})


class Management:
    """Handlers of the methods that define and destroy virtual systems."""

    def __init__(
        self,
        store: Store,
        systems: Systems,
        lifecycle: Lifecycle,
        configurations: Configurations,
        *,
        placement: Placement,
        caller: Caller,
    ) -> None:
        self._store = store
        self._schema = store.repository.schema
        self._systems = systems
        self._lifecycle = lifecycle
        self._configurations = configurations
        self._placement = placement
        self._caller = caller

    def define_system(self, call: MethodCall) -> MethodResult:
        """Answer DefineSystem: a new system in the state "defined", or nothing at all."""
        with self._store.repository.lock:
            settings, resources = self.definition(call)

            def work() -> Answer:
                self._check_identifier(settings)
                system = self.define(settings, resources)
                return Answer({"ResultingSystem": system.name}, [(system.name, [_CREATE])])

            return self._caller.run(call, work)

    def definition(self, call: MethodCall) -> tuple[Values, list[Wanted]]:
        """Return the settings and resources that a definition asks for, checked and completed.

        Raises `Refused`.
        """
        reference = self._reference(call.get("ReferenceConfiguration"))
        settings = self._settings(call.get("SystemSettings"), reference)
        resources = self._resources(call.get("ResourceSettings", ()), reference)
        self._check_identifier(settings)
        return settings, resources

    def define(
        self, settings: Values, resources: Sequence[Wanted], uuid: str | None = None
    ) -> VirtualSystem:
        """Define a system by settings and resources that are checked and completed.

        `uuid` is its name, where it has one already.
        """
        named = {"ElementName": f"Virtual system {len(self._systems) + 1}", **settings}
        return self._systems.define(named, resources, self._lifecycle.transitions, uuid)

    def destroy_system(self, call: MethodCall) -> MethodResult:
        """Answer DestroySystem: deactivate the system, then remove it with all that is its own."""
        with self._store.repository.lock:
            system = self._destroyable(call.get("AffectedSystem"))

            def work() -> Answer:
                self._lifecycle.destroy_resources(system)
                self._systems.remove(system)
                return Answer()

            return self._caller.run(call, work, [(system.name, [_INTEGRITY])], [system])

    def _destroyable(self, name: ObjectName | None) -> VirtualSystem:
        if name is None:
            raise Refused(INVALID_PARAMETER, "AffectedSystem is missing")
        system = self._systems.named(name)
        if system is None:
            if self._store.repository.get(name) is None:
                raise CIMError(NOT_FOUND, f"there is no virtual system {name}")
            raise Refused(INVALID_PARAMETER, f"{name} is no virtual system")
        if system.job is not None:
            raise Refused(INVALID_STATE, "a job is changing the system")
        return system

    def _reference(self, name: ObjectName | None) -> Configuration | None:
        if name is None:
            return None
        found = self._systems.any_configuration(name.key("InstanceID") or "")
        if found is None:
            raise Refused(INVALID_PARAMETER, f"there is no configuration {name}")
        return found

    def _settings(self, given: Instance | None, reference: Configuration | None) -> Values:
        inherited = reference.settings if reference else {}
        return {
            **DEFAULTS,
            **{name: value for name, value in inherited.items() if name not in _OWN},
            **(chosen_settings(self._schema, given) if given is not None else {}),
        }

    def _resources(
        self, given: Sequence[Instance | None], reference: Configuration | None
    ) -> list[Wanted]:
        said = [each for each in given if each is not None]
        wanted = requested_resources(self._schema, self._configurations, said)
        return self._placement.placed(with_referenced(self._configurations, wanted, reference))

    def _check_identifier(self, settings: Values) -> None:
        identifier = settings.get("VirtualSystemIdentifier")
        if identifier is not None and self._systems.identified(identifier) is not None:
            raise Refused(FAILED, f"a system with the identifier {identifier!r} exists")
