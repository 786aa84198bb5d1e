"""Profile registration and the server's description, as WBEMServer of pywbem sees them."""

from __future__ import annotations

import pytest
from pywbem import WBEMServer


@pytest.fixture
def server(client):
    return WBEMServer(client.connection)


def test_server_tells_its_namespaces_brand_and_version(server):
    assert server.interop_ns == "root/interop"
    assert server.namespaces == ["root/interop", "root/virt"]
    assert (server.brand, server.version) == ("cimconform reference server", "0.1.0")


@pytest.mark.parametrize(
    ("name", "version", "instances"),
    [
        ("Computer System", "1.0.2", 6),
        ("Virtual System", "1.0.0", 4),
        ("System Virtualization", "1.1.0", 1),
        ("Processor Resource Virtualization", "1.0.0", 2),
        ("Memory Resource Virtualization", "1.0.0", 2),
        ("Storage Resource Virtualization", "1.0.0", 2),
        ("Ethernet Port Resource Virtualization", "1.1.0", 6),
        ("Generic Device Resource Virtualization", "1.0.0", 4),
        ("Virtual Ethernet Switch", "1.1.0", 1),
        ("System Memory", "1.0.1", 11),
        ("Host LAN Network Port", "1.0.0", 15),
    ],
)
def test_profile_has_its_central_instances_by_either_way(server, name, version, instances):
    (profile,) = server.get_selected_profiles("DMTF", name, version)
    asked = server.get_central_instances(profile.path, try_gci_method=True)
    followed = server.get_central_instances(profile.path)

    assert len(asked) == len(followed) == instances
    assert {each.to_wbem_uri("historical") for each in followed} >= {
        each.to_wbem_uri("historical") for each in asked if each.host
    }


def test_references_lead_from_the_referencing_to_the_referenced_profile(server):
    (profile,) = server.get_selected_profiles("DMTF", "System Virtualization")
    referenced = server.conn.Associators(
        profile.path, AssocClass="CIM_ReferencedProfile", ResultRole="Antecedent"
    )

    assert {each["RegisteredName"] for each in referenced} >= {
        "Virtual System",
        "Profile Registration",
        "Memory Resource Virtualization",
    }


def test_registered_profiles_conform_to_profile_registration(server):
    (profile,) = server.get_selected_profiles("DMTF", "Profile Registration")
    registered = server.conn.EnumerateInstanceNames("CIM_RegisteredProfile", "root/interop")

    assert keys(server.get_central_instances(profile.path)) == keys(registered)


def keys(names):
    """What identifies instances, whether their paths tell the host or not."""
    return {each["InstanceID"] for each in names}


def test_patterns_are_registered_in_place_of_what_specialises_them(serving):
    server = WBEMServer(serving(patterns=True).connection)
    names = {each["RegisteredName"] for each in server.profiles}

    assert {"Resource Allocation", "Allocation Capabilities"} <= names
    assert not [name for name in names if name.endswith("Resource Virtualization")]
    for name, classname in (
        ("Resource Allocation", "CIM_ResourcePool"),
        ("Allocation Capabilities", "CIM_AllocationCapabilities"),
    ):
        (profile,) = server.get_selected_profiles("DMTF", name)
        central = server.get_central_instances(profile.path)
        shown = server.conn.EnumerateInstanceNames(classname, "root/virt")
        assert keys(central) == keys(shown) != set()


def test_destroyed_system_is_no_central_instance_any_more(client, server):
    system = client.system_in(2)
    client.call("DestroySystem", AffectedSystem=system)
    (profile,) = server.get_selected_profiles("DMTF", "Virtual System")
    left = server.get_central_instances(profile.path, try_gci_method=True)

    assert system["Name"] not in {each["Name"] for each in left}
