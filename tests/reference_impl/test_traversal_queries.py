"""ASSOCIATORS OF and REFERENCES OF, as clients of Windows ask for what belongs together."""

import pytest

from reference_impl.app import start
from reference_impl.wsman import names
from tests.reference_impl.managing import client as wsman_client
from tests.reference_impl.managing import enumeration, local, property_of, pulled
from tests.reference_impl.model import VIRT
from tests.reference_impl.test_operations import refused

GUEST = 'Ref_ComputerSystem.CreationClassName="Ref_ComputerSystem",Name="guest1"'
DEVICES = {"guest1/0", "guest1/1"}


def found(client, query):
    return client.ExecQuery("WQL", query)


def asked_of_guest(client, rest, operation="ASSOCIATORS"):
    return found(client, f"{operation} OF {{{GUEST}}} {rest}")


@pytest.mark.parametrize(
    "rest",
    [
        "WHERE AssocClass = Ref_SystemDevice",
        "where resultclass=CIM_Processor",
        "WHERE AssocClass=CIM_SystemDevice ResultClass = Ref_Processor",
        "WHERE Role = GroupComponent ResultRole = PartComponent",
    ],
)
def test_query_for_associators_finds_what_its_filters_let_through(client, rest):
    assert {each["DeviceID"] for each in asked_of_guest(client, rest)} == DEVICES


def test_query_for_associators_without_filters_finds_what_the_operation_finds(client, guest):
    assert {each.path for each in asked_of_guest(client, "")} == set(client.AssociatorNames(guest))


def test_query_for_references_finds_the_associations(client, guest):
    asked = asked_of_guest(client, "WHERE ResultClass = CIM_SystemDevice", "REFERENCES")
    assert {each.path for each in asked} == set(
        client.ReferenceNames(guest, ResultClass="CIM_SystemDevice")
    )


@pytest.mark.parametrize(
    "path",
    [
        GUEST.replace('"', "'"),
        rf"\\.\root\virt:{GUEST}",
        f"//host/root/virt:{GUEST}",
        f" root/virt:{GUEST.replace(',', ' , ')} ",
    ],
)
def test_object_path_is_read_in_every_form(client, path):
    query = f"ASSOCIATORS OF {{{path}}} WHERE ResultClass = CIM_Processor"
    assert {each["DeviceID"] for each in found(client, query)} == DEVICES


def test_only_key_needs_no_name(client):
    query = "ASSOCIATORS OF {CIM_VirtualSystemSettingData='ref:guest1'}"
    assert [each["Name"] for each in found(client, query)] == ["guest1"]


def test_association_is_named_by_its_references(client):
    quoted = GUEST.replace('"', '\\"')
    ends = (
        f'ManagedElement="{quoted}",'
        r'SettingData="CIM_VirtualSystemSettingData.InstanceID=\"ref:guest1\""'
    )
    query = f"REFERENCES OF {{CIM_SettingsDefineState.{ends}}}"
    assert found(client, query) == []


def test_keys_can_be_asked_for_alone(client):
    (settings,) = asked_of_guest(
        client, "WHERE ResultClass = CIM_VirtualSystemSettingData KeysOnly"
    )
    assert {name for name, value in settings.items() if value is not None} == {"InstanceID"}


@pytest.mark.parametrize(
    "query",
    [
        "ASSOCIATORS OF {",
        "ASSOCIATORS OF {}",
        f"ASSOCIATORS OF {{{GUEST}",
        f"ASSOCIATORS OF {{{GUEST}}} AssocClass = CIM_SystemDevice",
        f"ASSOCIATORS OF {{{GUEST}}} WHERE",
        f"ASSOCIATORS OF {{{GUEST}}} WHERE AssocClass",
        f"ASSOCIATORS OF {{{GUEST}}} WHERE AssocClass = CIM_Nothing",
        f"ASSOCIATORS OF {{{GUEST}}} WHERE Colour = red",
        f"ASSOCIATORS OF {{{GUEST}}} WHERE Role = A Role = B",
        f"REFERENCES OF {{{GUEST}}} WHERE AssocClass = CIM_SystemDevice",
        'ASSOCIATORS OF {CIM_Nothing.Name="x"}',
        'ASSOCIATORS OF {Ref_ComputerSystem.Name="guest1"}',
        'ASSOCIATORS OF {Ref_ComputerSystem.Colour="red"}',
        'ASSOCIATORS OF {Ref_ComputerSystem="guest1"}',
        "ASSOCIATORS OF {CIM_VirtualSystemSettingData=5}",
        "ASSOCIATORS OF {CIM_VirtualSystemSettingData='" + "x" * 70_000,
    ],
)
def test_wrong_query_for_associators_is_invalid(client, query):
    assert refused("CIM_ERR_INVALID_QUERY", found, client, query)


def test_associators_of_nothing_and_of_nowhere_are_refused(client):
    absent = "ASSOCIATORS OF {CIM_VirtualSystemSettingData='absent'}"
    assert refused("CIM_ERR_NOT_FOUND", found, client, absent)
    nowhere = f"ASSOCIATORS OF {{root/nowhere:{GUEST}}}"
    assert refused("CIM_ERR_INVALID_NAMESPACE", found, client, nowhere)


def test_query_for_associators_is_no_cql(client):
    query = f"ASSOCIATORS OF {{{GUEST}}}"
    assert refused("CIM_ERR_INVALID_QUERY", client.ExecQuery, "DMTF:CQL", query)


def test_windows_client_asks_for_settings_by_a_query():
    with start(wsman_port=0, systems=1) as server:
        settings = server.repository.instances(VIRT, "CIM_SettingsDefineState")[0]
        name = settings.get("ManagedElement").key("Name")
        path = f"CIM_ComputerSystem.CreationClassName='CIM_ComputerSystem',Name='{name}'"
        query = f"ASSOCIATORS OF {{{path}}} WHERE AssocClass = CIM_SettingsDefineState"
        body = enumeration(most=100, dialect=names.WQL_FILTER, content=query)
        items = pulled(wsman_client(server.wsman_url), f"{names.WINDOWS}{VIRT}/*", body)
        found = {(local(each), property_of(each, "InstanceID")) for each in items}
        wanted = settings.get("SettingData")
        assert (wanted.classname, wanted.key("InstanceID")) in found
