"""The virtual Ethernet switch (DSP1097), and how connections of systems appear on it (DSP1050)."""

from __future__ import annotations

import pytest
from pywbem import CIMInstance, Uint16

from reference_impl.app import start
from reference_impl.hypervisor.object_paths import read

ACTIVE, DEFINED = 2, 3
SWITCH_SETTINGS = "CIM_VirtualEthernetSwitchSettingData"
ENABLE, DISABLE, OFFLINE, QUIESCE = 2, 3, 6, 9


def switch(client):
    found = client.connection.EnumerateInstances("CIM_ComputerSystem")
    (switch,) = (each for each in found if each["Dedicated"] == [38])
    return switch


def ports(client, system):
    return client.follow(system, "CIM_SystemDevice", ResultClass="CIM_EthernetPort")


def endpoint(client, port):
    (endpoint,) = client.follow(port.path, "CIM_DeviceSAPImplementation")
    return endpoint


def connected(client, port):
    """The systems whose endpoints the endpoint of a port is connected to."""
    others = client.follow(endpoint(client, port).path, "CIM_ActiveConnection")
    return [each["SystemName"] for each in others]


def resource(resource_type, **more):
    values = {"ResourceType": Uint16(resource_type), **more}
    return CIMInstance("CIM_EthernetPortAllocationSettingData", values)


def requests(client, settings, resource_type):
    return [each for each in client.allocations(settings) if each["ResourceType"] == resource_type]


def test_switch_is_hosted_and_has_a_defined_and_a_state_configuration(client):
    found = switch(client)
    host = client.connection.EnumerateInstances("CIM_ComputerSystem")[0]
    hosts = client.follow(found.path, "CIM_HostedDependency", Role="Dependent")
    state, defined = (ask(found.path) for ask in (client.state_settings, client.defined_settings))

    assert [each["Name"] for each in hosts] == [host["Name"]]
    assert (state.classname, defined.classname) == (SWITCH_SETTINGS, SWITCH_SETTINGS)
    assert state.path != defined.path
    assert state["VirtualSystemType"] == "DMTF:Virtual Ethernet Switch"


def test_switch_names_the_pool_of_its_connections(client):
    (named,) = client.state_settings(switch(client).path)["AssociatedResourcePool"]
    pool = client.pool("ethernet-connection/default")

    assert read(named, "root/virt").key("InstanceID") == pool["InstanceID"]


def test_uplink_has_a_port_of_the_host_to_itself_and_is_connected_to_it(client):
    found = switch(client)
    host = client.connection.EnumerateInstances("CIM_ComputerSystem")[0]
    (uplink,) = (
        each for each in ports(client, found.path) if "uplink" in each["ElementName"].lower()
    )
    (behind,) = client.follow(uplink.path, "CIM_HostedDependency", ResultClass="CIM_EthernetPort")
    (state,) = client.follow(uplink.path, "CIM_SettingsDefineState")

    assert connected(client, uplink) == [host["Name"]] == [behind["SystemName"]]
    assert read(state["HostResource"][0], "root/virt").key("DeviceID") == behind["DeviceID"]
    assert client.pool("ethernet-switch-port/default")["Reserved"] == 1


def test_connection_of_an_active_system_is_a_port_of_the_switch(client):
    system, found = client.system_in(ACTIVE), switch(client)
    (adapter,) = ports(client, system)
    (state,) = requests(client, client.state_settings(system).path, 33)
    (port,) = client.follow(state.path, "CIM_SettingsDefineState")

    assert port["SystemName"] == found["Name"]
    assert connected(client, adapter) == [found["Name"]]
    assert connected(client, port) == [system["Name"]]
    assert port["PermanentAddress"] == state["Address"] == endpoint(client, port)["MACAddress"]
    assert read(state["HostResource"][0], "root/virt").key("Name") == found["Name"]


def test_parent_of_a_connection_is_the_adapter_of_the_same_configuration(client):
    system = client.system_in(ACTIVE)
    for settings in (client.state_settings(system).path, client.defined_settings(system).path):
        (connection,) = requests(client, settings, 33)
        (adapter,) = requests(client, settings, 10)
        parent = read(connection["Parent"], "root/virt")

        assert parent.key("InstanceID") == adapter["InstanceID"]


@pytest.mark.parametrize("single", [False, True])
def test_port_of_a_connection_is_there_exactly_while_the_system_runs(serving, single):
    client = serving(single_configuration=single)
    system, found = client.system_in(ACTIVE), switch(client).path
    before = len(ports(client, found))
    endpoints = client.connection.EnumerateInstanceNames("CIM_LANEndpoint")
    numbers = []
    for request in (QUIESCE, OFFLINE, ENABLE, DISABLE):
        assert client.request(system, request) == 0
        numbers.append(len(ports(client, found)) - before)

    assert numbers == [0, -1, 0, -1]
    assert len(client.connection.EnumerateInstanceNames("CIM_LANEndpoint")) == len(endpoints) - 2
    assert client.request(system, ENABLE) == 0
    assert len(connected(client, ports(client, system)[0])) == 1


def test_destroyed_systems_leave_nothing_on_the_switch(client):
    before = client.pool("ethernet-connection/default")["Reserved"]
    for system in client.systems():
        assert client.call("DestroySystem", AffectedSystem=system.path) == (0, {})

    assert before == 2
    assert client.pool("ethernet-connection/default")["Reserved"] == 0
    assert len(ports(client, switch(client).path)) == 1
    assert len(client.connection.EnumerateInstances("CIM_ActiveConnection")) == 1


def test_system_is_defined_with_a_connection_of_the_adapter_next_to_it(client):
    requested = [
        resource(33, Parent="the adapter"),
        resource(10, InstanceID="another"),
        resource(10, InstanceID="the adapter", Address="02:00:5e:10:00:01"),
    ]
    system = client.define(*requested)
    assert client.request(system, ENABLE) == 0
    plugged = [each for each in ports(client, system) if connected(client, each)]

    assert [each["PermanentAddress"] for each in plugged] == ["02005E100001"]
    assert [endpoint(client, each)["MACAddress"] for each in plugged] == ["02005E100001"]


def test_system_defined_like_another_is_connected_by_itself(client):
    model = client.system_in(ACTIVE)
    code, outputs = client.call(
        "DefineSystem", ReferenceConfiguration=client.defined_settings(model).path
    )
    copy = outputs["ResultingSystem"]
    (adapter,) = requests(client, client.defined_settings(copy).path, 10)
    (connection,) = requests(client, client.defined_settings(copy).path, 33)

    assert (code, read(connection["Parent"], "root/virt").key("InstanceID")) == (
        0,
        adapter["InstanceID"],
    )
    assert (
        adapter["Address"]
        != requests(client, client.defined_settings(model).path, 10)[0]["Address"]
    )


def test_connection_can_be_added_to_a_running_system_and_removed(client):
    system, found = client.system_in(ACTIVE), switch(client).path
    before = client.pool("ethernet-connection/default")["Reserved"]
    state = client.state_settings(system).path
    code, outputs = client.call(
        "AddResourceSettings",
        AffectedConfiguration=state,
        ResourceSettings=[resource(33), resource(10)],
    )
    connection, adapter = outputs["ResultingResourceSettings"]

    assert (code, len(ports(client, system)), len(ports(client, found))) == (0, 2, 4)
    assert [len(connected(client, each)) for each in ports(client, system)] == [1, 1]
    assert client.call("RemoveResourceSettings", ResourceSettings=[adapter])[0] == 2
    assert client.call("RemoveResourceSettings", ResourceSettings=[connection]) == (0, {})
    assert client.call("RemoveResourceSettings", ResourceSettings=[adapter]) == (0, {})
    assert len(ports(client, found)) == 3
    assert client.pool("ethernet-connection/default")["Reserved"] == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"Parent": "cimconform:nothing"},
        {"Parent": 'root/virt:CIM_ResourceAllocationSettingData.InstanceID="nothing"'},
        {"HostResource": ['root/virt:CIM_ComputerSystem.Name="nothing"']},
        {"HostResource": ["two", "of them"]},
        {"Address": "02005E10000"},
        {"Address": "01005E100001"},
        {"Address": "FF:FF:FF:FF:FF:FF"},
        {"AddressOnParent": "7"},
    ],
    ids=str,
)
def test_connection_to_what_is_not_there_is_refused(client, wrong):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    before = client.allocations(defined)
    code, _ = client.call(
        "AddResourceSettings",
        AffectedConfiguration=defined,
        ResourceSettings=[resource(10), resource(33, **wrong)],
    )

    assert code == 4
    assert client.allocations(defined) == before


def test_adapter_has_one_connection_at_most_and_in_its_own_configuration(client):
    system = client.system_in(ACTIVE)
    defined, state = client.defined_settings(system).path, client.state_settings(system).path
    (adapter,) = requests(client, defined, 10)
    for settings, values in (
        (defined, {"Parent": adapter["InstanceID"]}),
        (defined, {}),
        (state, {"Parent": adapter["InstanceID"]}),
        (defined, {"Parent": requests(client, defined, 3)[0]["InstanceID"]}),
    ):
        given = {"AffectedConfiguration": settings, "ResourceSettings": [resource(33, **values)]}
        assert client.call("AddResourceSettings", **given)[0] == 4


def test_connection_follows_a_change_of_its_parent_and_of_its_address(client):
    system = client.system_in(ACTIVE)
    state = client.state_settings(system).path
    given = {"AffectedConfiguration": state, "ResourceSettings": [resource(10)]}
    (added,) = client.call("AddResourceSettings", **given)[1]["ResultingResourceSettings"]
    (connection,) = requests(client, state, 33)
    new = {"InstanceID": connection["InstanceID"], "Parent": added["InstanceID"]}
    change = resource(33, **new, Address="02005E100009")

    assert client.call("ModifyResourceSettings", ResourceSettings=[change])[0] == 0
    old, plugged = ports(client, system)
    assert (connected(client, old), len(connected(client, plugged))) == ([], 1)
    (other,) = client.follow(endpoint(client, plugged).path, "CIM_ActiveConnection")
    assert other["MACAddress"] == "02005E100009"


def test_ports_of_switches_cannot_be_had_by_systems(client):
    defined = client.defined_settings(client.system_in(DEFINED)).path
    given = {"AffectedConfiguration": defined, "ResourceSettings": [resource(30)]}

    assert client.call("AddResourceSettings", **given) == (4, {})


def test_switches_are_neither_defined_nor_changed_nor_destroyed(client):
    found = switch(client)
    settings = client.defined_settings(found.path)
    before = client.connection.EnumerateInstances("CIM_ComputerSystem")
    new = CIMInstance(SWITCH_SETTINGS, {"ElementName": "another switch"})
    changed = CIMInstance(
        SWITCH_SETTINGS, {"InstanceID": settings["InstanceID"], "Notes": ["changed"]}
    )

    assert client.call("DefineSystem", SystemSettings=new) == (4, {})
    assert client.call("ModifySystemSettings", SystemSettings=changed) == (4, {})
    assert client.call("DestroySystem", AffectedSystem=found.path) == (4, {})
    assert client.call("DefineSystem", ReferenceConfiguration=settings.path) == (4, {})
    assert client.request(found.path, DISABLE) == 1
    assert client.connection.EnumerateInstances("CIM_ComputerSystem") == before


def test_switch_of_a_single_configuration_has_itself_as_its_definition():
    with start(systems=1, single_configuration=True) as server:
        found = server.repository.instances("root/virt", SWITCH_SETTINGS)
        (link,) = server.repository.referring(found[0].path, "CIM_ElementSettingData")

        assert len(found) == 1
        assert link.get("ManagedElement") == link.get("SettingData")
