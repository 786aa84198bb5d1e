"""A real server on the loopback interface around the small model, and a client for it."""

import pytest
import pywbem

from reference_impl.app import start
from reference_impl.operations import MethodCall, MethodResult, Operations, PlainWriter, Settings
from reference_impl.repository import Repository
from reference_impl.server import CIMServer
from tests.reference_impl.model import INTEROP, VIRT, populate, vendor_schema
from tests.reference_impl.subscribing import Subscriber, listening


@pytest.fixture
def schema():
    return vendor_schema()


@pytest.fixture
def repository(schema):
    repository = Repository(schema, [VIRT, INTEROP])
    populate(repository)
    return repository


@pytest.fixture
def calls():
    """The method calls that reached a handler."""
    return []


@pytest.fixture
def operations(repository, calls):
    def change_state(call: MethodCall) -> MethodResult:
        calls.append(call)
        return MethodResult(0)

    def define_system(call: MethodCall) -> MethodResult:
        calls.append(call)
        return MethodResult(
            0, {"ResultingSystem": repository.instances(VIRT, "Ref_ComputerSystem")[0].path}
        )

    operations = Operations(repository, repository.schema, Settings(host="ref.example"))
    operations.methods["CIM_EnabledLogicalElement", "RequestStateChange"] = change_state
    operations.methods["CIM_VirtualSystemManagementService", "DefineSystem"] = define_system
    operations.writers["CIM_SettingData"] = PlainWriter(repository)
    return operations


@pytest.fixture
def server(operations):
    with CIMServer(operations) as server:
        yield server


@pytest.fixture
def client(server):
    client = pywbem.WBEMConnection(server.url, default_namespace=VIRT, timeout=30)
    yield client
    client.close()


@pytest.fixture
def guest(client):
    """The path of the first guest, as the server names it."""
    names = client.EnumerateInstanceNames("Ref_ComputerSystem")
    return next(name for name in names if name["Name"] == "guest1")


@pytest.fixture
def subscriber():
    """A client of a whole reference server that can be told of its changes."""
    with start() as server:
        subscriber = Subscriber(server)
        yield subscriber
        subscriber.connection.close()


@pytest.fixture
def listener():
    """A listener on loopback that takes every indication."""
    with listening() as listener:
        yield listener
