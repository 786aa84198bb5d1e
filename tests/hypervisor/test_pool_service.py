"""The methods of the resource pool configuration service for pools of pools (DSP1041)."""

from __future__ import annotations

import pytest
from pywbem import CIMInstance, CIMInstanceName, Uint64

from tests.hypervisor.pooling import (
    FAILED,
    IN_USE,
    INSUFFICIENT,
    INVALID,
    SERVICE,
    STARTED,
    WRONG_SIZE,
    WRONG_TYPE,
    call,
    draw,
    everything,
)

METHODS = {2, 3, 4, 5, 6, 7}


def parent(client, pool):
    (found,) = client.follow(pool, "CIM_ElementAllocatedFromPool", ResultRole="Antecedent")
    return found["PoolID"]


def test_service_manages_all_pools_and_offers_its_methods_synchronously(client):
    (service,) = client.connection.EnumerateInstanceNames(SERVICE)
    (capabilities,) = client.follow(service, "CIM_ElementCapabilities")
    managed = client.connection.References(service, ResultClass="CIM_ServiceAffectsElement")

    assert set(capabilities["SynchronousMethodsSupported"]) == METHODS
    assert capabilities["AsynchronousMethodsSupported"] == []
    assert {tuple(each["ElementEffects"]) for each in managed} == {(5,)}
    assert {each["AffectedElement"]["InstanceID"] for each in managed} == {
        each["InstanceID"] for each in client.connection.EnumerateInstances("CIM_ResourcePool")
    }


def test_child_pool_has_what_it_draws_and_serves_requests(client, memory):
    above = client.pool("memory/default")
    code, path = call(
        client,
        "CreateChildResourcePool",
        ElementName="mine",
        Settings=[draw(4096)],
        ParentPool=[above.path],
    )
    pool = client.connection.GetInstance(path)

    assert (code, pool["ElementName"], pool["Primordial"]) == (0, "mine", False)
    assert (pool["ResourceType"], pool["Capacity"], pool["Reserved"]) == (4, 4096, 0)
    assert parent(client, path) == "memory/default"
    assert client.pool("memory/default")["Reserved"] == above["Reserved"] + 4096
    system = client.define(memory(1024, PoolID=pool["PoolID"]))
    assert client.request(system, 2) == 0
    assert client.connection.GetInstance(path)["Reserved"] == 1024


def test_child_pool_is_hosted_managed_conforming_and_has_capabilities(client):
    above = client.pool("memory/default").path
    _, path = call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[above])
    (drawn,) = client.follow(path, "CIM_ElementSettingData")
    (capabilities,) = client.follow(path, "CIM_ElementCapabilities")

    assert (drawn["PoolID"], drawn["Reservation"]) == ("memory/default", 64)
    assert len(client.follow(capabilities.path, "CIM_SettingsDefineCapabilities")) == 4
    assert len(client.follow(path, "CIM_HostedResourcePool")) == 1
    assert len(client.follow(path, "CIM_ServiceAffectsElement")) == 1
    (profile,) = client.follow(path, "CIM_ElementConformsToProfile")
    assert profile["RegisteredName"] == "Memory Resource Virtualization"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ([], INVALID),
        ([draw(64), draw(64)], INVALID),
        ([CIMInstance("CIM_ResourceAllocationSettingData", {"Reservation": Uint64(64)})], INVALID),
        ([draw(64, PoolID="memory/host")], INVALID),
        ([draw(64, HostResource=["file:///dev/null"])], INVALID),
        ([draw(64, AllocationUnits="hertz")], INVALID),
        ([draw(64, Limit=Uint64(128))], INVALID),
        ([draw(64, resource_type=3)], WRONG_TYPE),
        ([draw(2**40)], INSUFFICIENT),
        ([draw(0)], WRONG_SIZE),
        ([draw(1, AllocationUnits="byte")], WRONG_SIZE),
    ],
)
def test_child_pool_that_cannot_be_is_refused_and_changes_nothing(client, settings, code):
    above = client.pool("memory/default").path
    before = everything(client)

    assert call(client, "CreateChildResourcePool", Settings=settings, ParentPool=[above]) == (
        code,
        None,
    )
    assert everything(client) == before


def test_child_pool_of_no_pool_is_refused(client):
    gone = client.pool("memory/default").path
    gone["InstanceID"] = "cimconform:gone"

    assert call(client, "CreateChildResourcePool", Settings=[draw(64)])[0] == INVALID
    assert (
        call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[gone])[0]
        == INVALID
    )


def test_child_pool_can_draw_on_two_parents(client):
    above = [client.pool(each) for each in ("memory/host", "memory/default")]
    _, path = call(
        client,
        "CreateChildResourcePool",
        Settings=[draw(64), draw(1, AllocationUnits="byte*2^30")],
        ParentPool=[each.path for each in above],
    )
    drawn = client.follow(path, "CIM_ElementSettingData")

    assert client.connection.GetInstance(path)["Capacity"] == 64 + 1024
    assert [each["Reservation"] for each in drawn] == [64, 1024]
    for before, amount in zip(above, (64, 1024), strict=True):
        assert client.pool(before["PoolID"])["Reserved"] == before["Reserved"] + amount


def test_deleted_child_pool_leaves_nothing_and_gives_back_what_it_had(client):
    before = [client.connection.EnumerateInstances("CIM_ManagedElement"), everything(client)]
    above = client.pool("memory/default").path
    _, path = call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[above])

    assert call(client, "DeleteResourcePool", Pool=path) == (0, None)
    assert [
        client.connection.EnumerateInstances("CIM_ManagedElement"),
        everything(client),
    ] == before


@pytest.mark.parametrize(("pool_id", "code"), [("memory/host", FAILED), ("memory/default", IN_USE)])
def test_pool_of_the_host_is_not_deleted(client, pool_id, code):
    pool = client.pool(pool_id)

    assert call(client, "DeleteResourcePool", Pool=pool.path)[0] == code
    assert client.pool(pool_id) == pool


def test_pool_that_is_used_is_not_deleted(client, memory):
    above = client.pool("memory/default").path
    _, path = call(client, "CreateChildResourcePool", Settings=[draw(1024)], ParentPool=[above])
    pool_id = client.connection.GetInstance(path)["PoolID"]
    system = client.define(memory(64, PoolID=pool_id))

    assert call(client, "DeleteResourcePool", Pool=path)[0] == IN_USE
    client.call("DestroySystem", AffectedSystem=system)
    _, below = call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[path])
    assert call(client, "DeleteResourcePool", Pool=path)[0] == IN_USE
    assert [call(client, "DeleteResourcePool", Pool=each)[0] for each in (below, path)] == [0, 0]


def test_deletion_of_no_pool_is_refused(client):
    assert call(client, "DeleteResourcePool")[0] == INVALID
    gone = CIMInstanceName("CIM_ResourcePool", {"InstanceID": "cimconform:gone"}, None, "root/virt")
    assert call(client, "DeleteResourcePool", Pool=gone)[0] == INVALID


def test_pool_moves_to_another_parent_with_what_it_holds(client):
    first, other = client.pool("memory/default"), client.pool("memory/host")
    _, path = call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[first.path])

    assert call(client, "ChangeParentResourcePool", ChildPool=path, ParentPool=[other.path])[0] == 0
    assert parent(client, path) == "memory/host"
    assert client.pool("memory/default") == first
    assert client.pool("memory/host")["Reserved"] == other["Reserved"] + 64
    (drawn,) = client.follow(path, "CIM_ElementSettingData")
    assert (drawn["PoolID"], drawn["Reservation"]) == ("memory/host", 64)


def test_pool_can_change_its_size_with_its_parent(client, memory):
    above = client.pool("memory/default").path
    _, path = call(client, "CreateChildResourcePool", Settings=[draw(1024)], ParentPool=[above])
    pool_id = client.connection.GetInstance(path)["PoolID"]
    client.request(client.define(memory(512, PoolID=pool_id)), 2)
    change = {"ChildPool": path, "ParentPool": [above]}

    assert call(client, "ChangeParentResourcePool", Settings=[draw(256)], **change)[0] == IN_USE
    assert (
        call(client, "ChangeParentResourcePool", Settings=[draw(2**40)], **change)[0]
        == INSUFFICIENT
    )
    assert call(client, "ChangeParentResourcePool", Settings=[draw(2048)], **change)[0] == 0
    assert client.connection.GetInstance(path)["Capacity"] == 2048


def test_parent_that_cannot_be_is_refused(client):
    host, default = client.pool("memory/host").path, client.pool("memory/default").path
    _, child = call(client, "CreateChildResourcePool", Settings=[draw(1024)], ParentPool=[default])
    _, below = call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[child])
    _, small = call(client, "CreateChildResourcePool", Settings=[draw(64)], ParentPool=[host])
    before = everything(client)

    for pool, above, code in (
        (None, default, INVALID),
        (host, default, INVALID),
        (child, child, INVALID),
        (child, below, INVALID),
        (child, client.pool("processor/default").path, WRONG_TYPE),
        (child, small, INSUFFICIENT),
    ):
        given = {"ChildPool": pool, "ParentPool": [above]}
        assert call(client, "ChangeParentResourcePool", **given)[0] == code
    assert everything(client) == before


def test_pools_are_created_and_deleted_by_jobs(serving):
    client = serving(asynchronous=True)
    (service,) = client.connection.EnumerateInstanceNames(SERVICE)
    above = client.pool("memory/default").path
    given = {"Settings": [draw(64)], "ParentPool": [above]}
    code, outputs = client.connection.InvokeMethod("CreateChildResourcePool", service, **given)
    job = client.finished(outputs.pop("Job"))
    links = client.connection.References(job.path, ResultClass="CIM_AffectedJobElement")
    (created,) = (each["AffectedElement"] for each in links if each["ElementEffects"] == [5])

    assert (code, outputs, job["JobState"]) == (STARTED, {}, 7)
    assert client.connection.GetInstance(created)["Capacity"] == 64
    code, outputs = client.connection.InvokeMethod("DeleteResourcePool", service, Pool=created)
    assert client.finished(outputs["Job"])["JobState"] == 7
    assert len(client.connection.EnumerateInstances("CIM_ResourcePool")) == 16


def test_job_fails_when_the_pool_has_too_little_left_by_then(serving):
    client = serving(asynchronous=True, systems=1)
    (service,) = client.connection.EnumerateInstanceNames(SERVICE)
    above = client.pool("memory/default")
    half = int(above["Capacity"] - above["Reserved"]) // 2 + 1
    given = {"Settings": [draw(half)], "ParentPool": [above.path]}
    answers = [
        client.connection.InvokeMethod("CreateChildResourcePool", service, **given)
        for _ in range(2)
    ]

    assert [code for code, _ in answers] == [STARTED, STARTED]
    jobs = [client.finished(outputs["Job"]) for _, outputs in answers]
    assert [(each["JobState"], each["ErrorCode"]) for each in jobs] == [(7, 0), (10, INSUFFICIENT)]


def test_jobs_are_what_capabilities_announce(serving):
    client = serving(asynchronous=["DeleteResourcePool"])
    (service,) = client.connection.EnumerateInstanceNames(SERVICE)
    (capabilities,) = client.follow(service, "CIM_ElementCapabilities")

    assert capabilities["AsynchronousMethodsSupported"] == [4]
    assert set(capabilities["SynchronousMethodsSupported"]) == METHODS - {4}
