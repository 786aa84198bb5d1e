"""Controllers, drives and disks attached to them, and what is allocated only on demand."""

from __future__ import annotations

import pytest
from pywbem import CIMInstance, Uint16

from reference_impl.hypervisor.object_paths import read

ACTIVE, DEFINED = 2, 3
ENABLE, DISABLE, OFFLINE = 2, 3, 6
CONTROLLER, DRIVE, DISK = 5, 16, 31


def resource(resource_type, **more):
    storage = "Storage" if resource_type == DISK else "Resource"
    values = {"ResourceType": Uint16(resource_type), **more}
    return CIMInstance(f"CIM_{storage}AllocationSettingData", values)


def of_type(client, settings, resource_type):
    return [each for each in client.allocations(settings) if each["ResourceType"] == resource_type]


def devices(client, system, classname):
    return client.follow(system, "CIM_SystemDevice", ResultClass=classname)


def add(client, settings, *resources):
    return client.call(
        "AddResourceSettings", AffectedConfiguration=settings, ResourceSettings=list(resources)
    )


def test_drives_are_attached_to_the_controller_of_their_own_configuration(client):
    system = client.system_in(ACTIVE)
    for settings in (client.state_settings(system).path, client.defined_settings(system).path):
        (controller,) = of_type(client, settings, CONTROLLER)
        (disk,), (drive,) = (of_type(client, settings, each) for each in (DISK, DRIVE))
        parents = [read(each["Parent"], "root/virt") for each in (disk, drive)]

        assert {each.key("InstanceID") for each in parents} == {controller["InstanceID"]}
        assert [disk["AddressOnParent"], drive["AddressOnParent"]] == ["0", "1"]


def test_controller_has_two_places_and_nothing_is_attached_twice(client):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    (controller,) = of_type(client, defined, CONTROLLER)
    parent = controller["InstanceID"]

    assert add(client, defined, resource(DRIVE, Parent=parent))[0] == 4
    assert add(client, defined, resource(DRIVE, Parent=parent, AddressOnParent="0"))[0] == 4
    assert add(client, defined, resource(DRIVE, AddressOnParent="0"))[0] == 4
    new = [resource(CONTROLLER, InstanceID="new"), resource(DRIVE, Parent="new")]
    assert add(client, defined, *new)[0] == 0
    same = [resource(CONTROLLER, InstanceID="new")] + [
        resource(DRIVE, Parent="new", AddressOnParent="1") for _ in range(2)
    ]
    assert add(client, defined, *same)[0] == 4


def test_drive_can_be_without_a_controller(client):
    system = client.define(resource(DRIVE))
    (drive,) = of_type(client, client.defined_settings(system).path, DRIVE)

    assert (drive["Parent"], drive["VirtualQuantity"]) == (None, 1)
    assert client.request(system, ENABLE) == 0
    assert len(devices(client, system, "CIM_DVDDrive")) == 1


def test_drive_is_moved_to_another_controller_at_a_free_place(client):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    _, outputs = add(client, defined, resource(CONTROLLER))
    (new,) = outputs["ResultingResourceSettings"]
    (drive,) = of_type(client, defined, DRIVE)
    change = {"InstanceID": drive["InstanceID"], "Parent": new["InstanceID"]}
    code, _ = client.call("ModifyResourceSettings", ResourceSettings=[resource(DRIVE, **change)])
    moved = client.connection.GetInstance(drive.path)

    assert code == 0
    assert read(moved["Parent"], "root/virt").key("InstanceID") == new["InstanceID"]
    assert moved["AddressOnParent"] == "0"


def test_controller_leaves_only_with_what_is_attached_to_it(client):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    (controller,) = of_type(client, defined, CONTROLLER)
    attached = [each.path for kind in (DISK, DRIVE) for each in of_type(client, defined, kind)]
    remove = "RemoveResourceSettings"

    assert client.call(remove, ResourceSettings=[controller.path]) == (2, {})
    assert client.call(remove, ResourceSettings=[controller.path, *attached]) == (0, {})
    assert of_type(client, defined, CONTROLLER) == []


@pytest.mark.parametrize("single", [False, True])
def test_drive_that_is_not_allocated_automatically_waits_until_it_is_asked_for(serving, single):
    client = serving(single_configuration=single)
    system = client.define(resource(DRIVE, AutomaticAllocation=False))
    reserved = client.pool("dvd-drive/default")["Reserved"]

    assert client.request(system, ENABLE) == 0
    assert devices(client, system, "CIM_DVDDrive") == []
    assert client.pool("dvd-drive/default")["Reserved"] == reserved
    state = client.state_settings(system).path
    assert add(client, state, resource(DRIVE, AutomaticAllocation=False))[0] == 0
    assert [client.request(system, each) for each in (OFFLINE, ENABLE)] == [0, 0]
    assert len(devices(client, system, "CIM_DVDDrive")) == 1
    assert client.request(system, DISABLE) == 0
    assert client.pool("dvd-drive/default")["Reserved"] == reserved


def test_disk_that_is_only_read_appears_as_such(client):
    system = client.define(resource(DISK, Access=Uint16(1)), resource(DISK))
    assert client.request(system, ENABLE) == 0

    assert [each["Access"] for each in devices(client, system, "CIM_LogicalDisk")] == [1, 3]
    bad = client.call("DefineSystem", ResourceSettings=[resource(DISK, Access=Uint16(0))])
    assert bad == (4, {})


def test_applied_snapshot_attaches_everything_as_it_was(client):
    system = client.system_in(ACTIVE)
    (service,) = client.connection.EnumerateInstanceNames("CIM_VirtualSystemSnapshotService")
    _, outputs = client.connection.InvokeMethod(
        "CreateSnapshot", service, AffectedSystem=system, SnapshotType=Uint16(2)
    )
    defined = client.defined_settings(system).path
    gone = [each.path for kind in (5, 16, 31) for each in of_type(client, defined, kind)]
    assert client.call("RemoveResourceSettings", ResourceSettings=gone) == (0, {})
    snapshot = outputs["ResultingSnapshot"]
    assert client.connection.InvokeMethod("ApplySnapshot", service, Snapshot=snapshot)[0] == 0

    for settings in (defined, client.state_settings(system).path):
        (controller,) = of_type(client, settings, CONTROLLER)
        for kind in (DISK, DRIVE):
            (attached,) = of_type(client, settings, kind)
            parent = read(attached["Parent"], "root/virt")
            assert parent.key("InstanceID") == controller["InstanceID"]
