"""A reference server on a free port, asked by an independent client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import pytest
from pywbem import CIMInstance, CIMInstanceName, Uint16, Uint64, WBEMConnection

from reference_impl.app import RunningServer, start

SERVICE = "CIM_VirtualSystemManagementService"


@dataclass
class Client:
    """What the tests ask of a server; `server` is what it shows without being asked."""

    server: RunningServer
    connection: WBEMConnection

    def systems(self) -> list[CIMInstance]:
        """The virtual systems, in the order in which they were defined."""
        _host, _switch, *systems = self.connection.EnumerateInstances("CIM_ComputerSystem")
        return systems

    def system_in(self, state: int) -> CIMInstanceName:
        return next(each.path for each in self.systems() if each["EnabledState"] == state)

    def state(self, system: CIMInstanceName) -> int:
        return int(self.connection.GetInstance(system)["EnabledState"])

    def request(self, system: CIMInstanceName, state: int | None, **more: Any) -> int:
        given = {} if state is None else {"RequestedState": Uint16(state)}
        return int(self.connection.InvokeMethod("RequestStateChange", system, **given, **more)[0])

    def call(self, method: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        service = self.connection.EnumerateInstanceNames(SERVICE)[0]
        code, outputs = self.connection.InvokeMethod(method, service, **parameters)
        return int(code), dict(outputs)

    def define(self, *resources: CIMInstance, **settings: Any) -> CIMInstanceName:
        code, outputs = self.call(
            "DefineSystem",
            SystemSettings=CIMInstance("CIM_VirtualSystemSettingData", settings),
            ResourceSettings=list(resources),
        )
        assert code == 0
        return outputs["ResultingSystem"]

    def follow(
        self, source: CIMInstanceName, association: str, **filters: Any
    ) -> list[CIMInstance]:
        return self.connection.Associators(source, AssocClass=association, **filters)

    def state_settings(self, system: CIMInstanceName) -> CIMInstance:
        return self.follow(system, "CIM_SettingsDefineState")[0]

    def defined_settings(self, system: CIMInstanceName) -> CIMInstance:
        state = self.state_settings(system).path
        return self.follow(state, "CIM_ElementSettingData", ResultRole="SettingData")[0]

    def allocations(self, settings: CIMInstanceName) -> list[CIMInstance]:
        return self.follow(settings, "CIM_VirtualSystemSettingDataComponent")

    def pool(self, pool_id: str) -> CIMInstance:
        pools = self.connection.EnumerateInstances("CIM_ResourcePool")
        return next(each for each in pools if each["PoolID"] == pool_id)

    def finished(self, job: CIMInstanceName) -> CIMInstance:
        """The job, when it is in a state that it does not leave."""
        self.wait(lambda: self.connection.GetInstance(job)["JobState"] in (7, 8, 9, 10))
        return self.connection.GetInstance(job)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; fail when it takes far too long."""
        end = monotonic() + 20
        while not condition():
            assert monotonic() < end, "it does not become so"
            sleep(0.005)


@pytest.fixture
def serving() -> Iterator[Callable[..., Client]]:
    """Start servers with the options of `start`; they are closed at the end of the test."""
    started: list[Client] = []

    def serve(**options: Any) -> Client:
        server = start(**{"systems": 4, **options})
        connection = WBEMConnection(server.url, default_namespace="root/virt")
        started.append(Client(server, connection))
        return started[-1]

    yield serve
    for client in started:
        client.connection.close()
        client.server.close()


@pytest.fixture
def client(serving: Callable[..., Client]) -> Client:
    """A server with one virtual system in each state."""
    return serving()


@pytest.fixture
def memory() -> Callable[..., CIMInstance]:
    """Make a request for memory, in mebibytes unless another unit is given."""

    def make(quantity: int, **more: Any) -> CIMInstance:
        given = {"ResourceType": Uint16(4), "VirtualQuantity": Uint64(quantity), **more}
        said = {name: value for name, value in given.items() if value is not None}
        return CIMInstance("CIM_ResourceAllocationSettingData", said)

    return make
