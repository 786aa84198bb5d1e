"""Who belongs to an adaptation, and how many of them there are."""

from __future__ import annotations

import pytest

from conformance.results import Verdict
from tests.evidence import judged, linked, seen

NOUNS = """
profile: {key: T, name: T, document: {id: T, version: 1.0.0}, type: component}
adaptations:
  AnyPool: {class: CIM_ResourcePool, find: {seen: {extent: true}}}
  Pool:
    class: CIM_ResourcePool
    find: {seen: {among: AnyPool, having: {ResourceType: {const: 3}}}}
  Allocation:
    class: CIM_ResourceAllocationSettingData
    find: {seen: {extent: true}}
    alike: {to: Pool, by: [ResourceType, PoolID]}
  Device:
    class: CIM_LogicalDevice
    find: {given: {from: AnyPool, through: CIM_ElementAllocatedFromPool, as: Dependent,
                   class: [CIM_Processor, CIM_Memory]}}
links:
  devices:
    class: CIM_ElementAllocatedFromPool
    ends: {Antecedent: AnyPool, Dependent: Device}
requirements:
  rule: {level: mandatory, basis: schema, statement: S., %s}
"""
POOLS = (
    seen("CIM_ResourcePool", "cpu", ResourceType=3, PoolID="cpu", Primordial=True),
    seen("CIM_ResourcePool", "memory", ResourceType=4, PoolID="memory", Primordial=False),
)


def allocation(key, **values):
    return seen("CIM_ResourceAllocationSettingData", key, **values)


def device(classname, key):
    return seen(classname, key, Name="same")


@pytest.fixture
def rule(tmp_path):
    """Judge a requirement on the pools and other instances."""
    return lambda words, *more: judged(NOUNS % words, tmp_path, *POOLS, *more)


@pytest.fixture
def number(rule):
    """Return how many members an adaptation has."""

    def count(adaptation, *more):
        [one] = rule(f"kind: population, of: {adaptation}, min: 99", *more).observations
        return int(one.found.partition(":")[0])

    return count


def given(*devices):
    ends = [
        linked("CIM_ElementAllocatedFromPool", Antecedent=POOLS[0], Dependent=d) for d in devices
    ]
    return [*devices, *ends]


def test_way_keeps_those_members_of_another_adaptation_that_have_what_it_asks(number):
    assert (number("AnyPool"), number("Pool")) == (2, 1)


def test_way_keeps_elements_of_some_classes(number):
    found = [
        device("CIM_Processor", "a"),
        device("CIM_LogicalDisk", "b"),
        device("CIM_Memory", "c"),
    ]

    assert number("Device", *given(*found)) == 2


@pytest.mark.parametrize(
    ("values", "members"),
    [
        ({"ResourceType": 3, "PoolID": "memory"}, 1),
        ({"ResourceType": 4, "PoolID": "cpu"}, 0),
        ({"ResourceType": None, "PoolID": "cpu"}, 1),
        ({"ResourceType": None, "PoolID": None}, 0),
    ],
)
def test_first_property_with_a_value_decides_who_is_alike(number, values, members):
    assert number("Allocation", allocation("a", **values)) == members


def test_instances_are_counted_for_each_value_of_a_property(rule):
    words = "kind: population, of: AnyPool, each: ResourceType, min: 1, max: 1"

    result = rule(f"{words}, where: {{Primordial: {{const: true}}}}")

    assert (result.verdict, result.examined) == (Verdict.FAIL, 2)
    [one] = result.observations
    assert (one.subject, one.found) == ("ResourceType 4", "0")
    assert one.expected == "exactly 1 AnyPool with Primordial TRUE"


def test_values_are_unique_among_what_belongs_to_the_same_instance(rule):
    words = "kind: unique, for: Device, per: AnyPool, properties: [Name]"
    one, other, third = (device("CIM_Processor", key) for key in "abc")
    elsewhere = linked("CIM_ElementAllocatedFromPool", Antecedent=POOLS[1], Dependent=third)

    assert rule(words, *given(one), third, elsewhere).verdict is Verdict.PASS
    [seen_] = rule(words, *given(one, other), third, elsewhere).observations
    assert "of root/virt:CIM_ResourcePool" in seen_.expected
    assert '"b"' in seen_.found
    assert '"c"' not in seen_.found


def test_instance_of_two_parents_is_compared_in_both(rule):
    words = "kind: unique, for: Device, per: AnyPool, properties: [Name]"
    one, other = device("CIM_Processor", "a"), device("CIM_Processor", "b")
    both = linked("CIM_ElementAllocatedFromPool", Antecedent=POOLS[1], Dependent=one)

    result = rule(words, *given(one, other), both)

    assert result.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("format_", "value", "verdict"),
    [
        ("punit", "byte*2^20", Verdict.PASS),
        ("punit", "MegaBytes", Verdict.FAIL),
        ("punit:percent|hertz", "hertz*10^6", Verdict.PASS),
        ("punit:byte", "hertz", Verdict.FAIL),
        ("mac", "00:aa-bb.ccDDee", Verdict.PASS),
        ("mac", "00:aa:bb:cc:dd", Verdict.FAIL),
        ("uri", "urn:uuid:1", Verdict.PASS),
        ("uri", "a plain name", Verdict.FAIL),
    ],
)
def test_text_has_the_form_asked_for(rule, format_, value, verdict):
    words = f"kind: values, for: Pool, schema: {{AllocationUnits: {{format: '{format_}'}}}}"
    one = seen("CIM_ResourcePool", "p", ResourceType=3, AllocationUnits=value)

    assert rule(words, one).verdict is verdict
