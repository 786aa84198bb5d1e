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
        ("Profile Registration", "1.1.0", 4),
        ("Computer System", "1.0.2", 5),
        ("Virtual System", "1.0.0", 4),
        ("System Virtualization", "1.1.0", 1),
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

    assert {each["RegisteredName"] for each in referenced} == {
        "Virtual System",
        "Profile Registration",
    }


def test_destroyed_system_is_no_central_instance_any_more(client, server):
    system = client.system_in(2)
    client.call("DestroySystem", AffectedSystem=system)
    (profile,) = server.get_selected_profiles("DMTF", "Virtual System")
    left = server.get_central_instances(profile.path, try_gci_method=True)

    assert system["Name"] not in {each["Name"] for each in left}
