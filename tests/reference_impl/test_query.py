"""WQL, DMTF:CQL and DMTF:FQL applied to instances."""

import pytest

from reference_impl.query import CQL, WQL, FilterQuery, Query
from reference_impl.values import (
    INVALID_QUERY,
    QUERY_LANGUAGE_NOT_SUPPORTED,
    CIMError,
    Instance,
)
from tests.reference_impl.model import VIRT


def selected(repository, where, language=CQL):
    query = Query(repository.schema, language, f"SELECT * FROM CIM_ComputerSystem WHERE {where}")
    return [each.get("Name") for each in query.select(repository.instances(VIRT, query.classname))]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Name = 'guest1'", ["guest1"]),
        ("Name <> 'guest1'", ["host", "guest2"]),
        ("EnabledState = 2", ["guest1", "guest2"]),
        ("EnabledState >= 3", ["host"]),
        ("CIM_ComputerSystem.EnabledState < 3 AND Name > 'guest1'", ["guest2"]),
        ("Name = 'host' OR Name = 'guest2' AND EnabledState = 5", ["host"]),
        ("(Name = 'host' OR Name = 'guest2') AND NOT EnabledState = 5", ["guest2"]),
        ("CIM_ComputerSystem ISA Ref_ComputerSystem", ["guest1", "guest2"]),
        ("Ref_ComputerSystem::Flavour = 'vanilla'", ["guest1", "guest2"]),
        ("Caption IS NULL AND Name IS NOT NULL", ["host", "guest1", "guest2"]),
        ("Caption = 'x' OR NOT Caption = 'x'", []),
        ("Name LIKE 'guest.*'", ["guest1", "guest2"]),
        ("Name LIKE 'guest'", []),
        ("NOT Name LIKE '.*[12]'", ["host"]),
        ("EnabledState = 0x2 AND Name NOT LIKE 'h.*'", ["guest1", "guest2"]),
    ],
)
def test_a_cql_condition_selects(repository, where, found):
    assert selected(repository, where) == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Name = "GUEST1"', ["guest1"]),
        ("Name LIKE 'guest_'", ["guest1", "guest2"]),
        ("Name LIKE '%st%'", ["host", "guest1", "guest2"]),
        ("Name LIKE 'guest[^1]'", ["guest2"]),
        ("__CLASS = 'Ref_ComputerSystem'", ["guest1", "guest2"]),
        ('CIM_ComputerSystem ISA "Ref_ComputerSystem"', ["guest1", "guest2"]),
    ],
)
def test_a_wql_condition_selects(repository, where, found):
    assert selected(repository, where, WQL) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT * FROM",
        "SELECT * FROM CIM_ComputerSystem WHERE",
        "SELECT * FROM CIM_ComputerSystem WHERE Name =",
        "SELECT * FROM CIM_Nothing",
        "SELECT * FROM CIM_ComputerSystem WHERE Colour = 1",
        "SELECT Colour FROM CIM_ComputerSystem",
        "SELECT * FROM CIM_ComputerSystem WHERE (Name = 'a'",
        "DELETE FROM CIM_ComputerSystem",
        "SELECT * FROM CIM_ComputerSystem WHERE Name = 'a' extra",
        "SELECT * FROM CIM_ComputerSystem WHERE " + "NOT " * 200 + "Name = 'a'",
        "SELECT * FROM CIM_ComputerSystem WHERE Name ; 'a'",
        "SELECT * FROM CIM_ComputerSystem WHERE Name LIKE '" + "x" * 300 + "'",
    ],
)
def test_a_wrong_query_is_invalid(schema, text):
    with pytest.raises(CIMError) as refusal:
        Query(schema, CQL, text)
    assert refusal.value.status == INVALID_QUERY


def test_a_string_is_not_compared_with_a_number(repository):
    with pytest.raises(CIMError) as refusal:
        selected(repository, "Name = 5")
    assert refusal.value.status == INVALID_QUERY


def test_another_language_is_not_supported(schema):
    with pytest.raises(CIMError) as refusal:
        Query(schema, "SQL", "SELECT * FROM CIM_ComputerSystem")
    assert refusal.value.status == QUERY_LANGUAGE_NOT_SUPPORTED


def test_a_projection_has_the_selected_properties_alone(repository):
    query = Query(
        repository.schema,
        CQL,
        "SELECT s.Name, Caption FROM CIM_ComputerSystem AS s WHERE s.Name = 'host'",
    )

    (projected,) = query.select(repository.instances(VIRT, query.classname))

    assert projected.name is None
    assert projected.values == {"Name": "host", "Caption": None}
    assert query.selected == {"name", "caption"}


def test_embedded_instances_are_looked_into(schema):
    query = Query(
        schema,
        CQL,
        "SELECT * FROM CIM_InstModification WHERE SourceInstance ISA CIM_ComputerSystem AND "
        "SourceInstance.CIM_ComputerSystem::EnabledState <> PreviousInstance.EnabledState",
    )
    on, off = (Instance("Ref_ComputerSystem", {"EnabledState": state}) for state in (2, 3))

    assert query.matches(
        Instance("CIM_InstModification", {"SourceInstance": on, "PreviousInstance": off})
    )
    assert not query.matches(
        Instance("CIM_InstModification", {"SourceInstance": on, "PreviousInstance": on})
    )


def test_the_interval_of_an_event_query_is_accepted(schema):
    query = Query(
        schema,
        WQL,
        "SELECT * FROM CIM_InstCreation WITHIN 5 WHERE SourceInstance ISA 'CIM_ComputerSystem'",
    )

    created = Instance("CIM_InstCreation", {"SourceInstance": Instance("Ref_ComputerSystem")})
    assert query.matches(created)


def test_array_elements_are_compared_by_their_index(repository):
    query = Query(
        repository.schema, CQL, "SELECT * FROM CIM_Processor WHERE OperationalStatus[0] = 2"
    )

    assert len(query.select(repository.instances(VIRT, "CIM_Processor"))) == 4


def test_a_filter_query_is_a_condition_alone(schema):
    query = FilterQuery(schema, "EnabledState = 2 AND Name LIKE 'g.*'")

    assert query.matches(Instance("CIM_ComputerSystem", {"EnabledState": 2, "Name": "g"}))
    assert not query.matches(Instance("CIM_ComputerSystem", {"Name": "g"}))
