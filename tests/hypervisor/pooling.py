"""Calls of the pool configuration service, and what the tests of it look at."""

from __future__ import annotations

from pywbem import CIMInstance, Uint16, Uint64

SERVICE = "CIM_ResourcePoolConfigurationService"

# Return codes that the methods of the service declare.
FAILED, INVALID, IN_USE, WRONG_TYPE, INSUFFICIENT, WRONG_SIZE = 4, 5, 6, 7, 8, 4097
STARTED = 4096


def call(client, method, **parameters):
    """Call a method of the service: the code, and the path of the pool that it created."""
    (service,) = client.connection.EnumerateInstanceNames(SERVICE)
    code, outputs = client.connection.InvokeMethod(method, service, **parameters)
    return int(code), outputs.get("Pool")


def draw(amount, resource_type=4, **more):
    """Settings that draw so many mebibytes of memory from a pool."""
    given = {"ResourceType": Uint16(resource_type), "Reservation": Uint64(amount), **more}
    return CIMInstance("CIM_ResourceAllocationSettingData", given)


def everything(client):
    """All pools, and what they have and are made of."""
    classes = ("CIM_ResourcePool", "CIM_ConcreteComponent", "CIM_ElementAllocatedFromPool")
    return [client.connection.EnumerateInstances(each) for each in classes]
