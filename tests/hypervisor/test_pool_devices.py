"""Pools of host devices: how they come, change and go by the pool configuration service."""

from __future__ import annotations

from tests.hypervisor.pooling import FAILED, IN_USE, INVALID, WRONG_TYPE, call, everything

MODULE = 8 * 2**20  # mebibytes of a memory of the host


def devices(client, classname="CIM_Memory"):
    """Host devices of a class: those in a pool, and the spare ones."""
    host = client.connection.EnumerateInstanceNames("CIM_ComputerSystem")[0]
    found = client.follow(host, "CIM_SystemDevice", ResultClass=classname)
    pooled = [e.path for e in found if client.follow(e.path, "CIM_ConcreteComponent")]
    return pooled, [e.path for e in found if e.path not in pooled]


def test_root_pool_is_made_of_spare_host_devices_and_returns_them(client):
    _, spare = devices(client)
    code, path = call(client, "CreateResourcePool", HostResources=spare, ResourceType="4")
    pool = client.connection.GetInstance(path)

    assert (code, pool["Primordial"], pool["Capacity"]) == (0, False, MODULE)
    assert [each.path for each in client.follow(path, "CIM_ConcreteComponent")] == spare
    assert client.follow(path, "CIM_ElementAllocatedFromPool") == []
    assert call(client, "DeleteResourcePool", Pool=path)[0] == 0
    assert devices(client)[1] == spare


def test_root_pool_that_cannot_be_is_refused(client):
    pooled, spare = devices(client)
    virtual = client.follow(client.system_in(2), "CIM_SystemDevice", ResultClass="CIM_Memory")
    before = everything(client)

    for resources, resource_type, code in (
        (spare, None, INVALID),
        (spare, "memory", INVALID),
        (spare, "2", INVALID),
        (None, "4", INVALID),
        ([virtual[0].path], "4", INVALID),
        (pooled[:1], "4", IN_USE),
        (spare, "3", WRONG_TYPE),
    ):
        given = {"HostResources": resources, "ResourceType": resource_type}
        assert call(client, "CreateResourcePool", **given) == (code, None)
    assert everything(client) == before


def test_host_device_joins_a_pool_and_leaves_it(client):
    pool = client.pool("memory/host")
    _, spare = devices(client)
    given = {"HostResources": spare, "Pool": pool.path}

    assert call(client, "AddResourcesToResourcePool", **given)[0] == 0
    assert client.pool("memory/host")["Capacity"] == pool["Capacity"] + MODULE
    assert devices(client)[1] == []
    assert call(client, "AddResourcesToResourcePool", **given)[0] == IN_USE
    assert call(client, "RemoveResourcesFromResourcePool", **given)[0] == 0
    assert (client.pool("memory/host"), devices(client)[1]) == (pool, spare)


def test_capabilities_follow_the_capacity_of_their_pool(client):
    pool = client.pool("memory/host")
    call(client, "AddResourcesToResourcePool", HostResources=devices(client)[1], Pool=pool.path)
    (capabilities,) = client.follow(pool.path, "CIM_ElementCapabilities")
    settings = client.follow(capabilities.path, "CIM_SettingsDefineCapabilities")

    assert max(each["Reservation"] for each in settings) == pool["Capacity"] + MODULE


def test_devices_that_do_not_fit_a_pool_are_neither_added_nor_removed(client):
    host, child = client.pool("memory/host").path, client.pool("memory/default").path
    pooled, spare = devices(client)
    add, remove = "AddResourcesToResourcePool", "RemoveResourcesFromResourcePool"
    processors = devices(client, "CIM_Processor")[1]

    for method, resources, pool, code in (
        (add, None, host, INVALID),
        (add, spare, None, INVALID),
        (add, spare, child, INVALID),
        (add, processors, host, WRONG_TYPE),
        (remove, spare, host, INVALID),
        (remove, processors, host, WRONG_TYPE),
        (remove, pooled[:3], host, IN_USE),
    ):
        assert call(client, method, HostResources=resources, Pool=pool)[0] == code


def test_last_device_stays_in_its_pool(client):
    _, spare = devices(client)
    _, path = call(client, "CreateResourcePool", HostResources=spare, ResourceType="4")

    assert (
        call(client, "RemoveResourcesFromResourcePool", HostResources=spare, Pool=path)[0] == FAILED
    )
    assert len(client.follow(path, "CIM_ConcreteComponent")) == 1
