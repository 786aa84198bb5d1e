"""Relations: what the two sides are, how they are compared, and how a deviation is told."""

from __future__ import annotations

import pytest

from conformance.cim import Malformed
from conformance.results import Verdict
from tests.evidence import judged, linked, seen

NOUNS = """
profile: {key: T, name: T, document: {id: T, version: 1.0.0}, type: component}
adaptations:
  Pool: {class: CIM_ResourcePool, find: {seen: {extent: true}}}
  Allocation: {class: CIM_ResourceAllocationSettingData, find: {seen: {extent: true}}}
  Active: {class: CIM_ResourceAllocationSettingData, find: {all: {among: Allocation}},
           where: {ConsumerVisibility: {const: 3}}}
  Extent: {class: CIM_StorageExtent, find: {seen: {extent: true}}}
  Port: {class: CIM_NetworkPort, find: {seen: {extent: true}}}
links:
  allocated:
    class: CIM_ResourceAllocationFromPool
    ends: {Antecedent: Pool, Dependent: Allocation}
requirements:
  rule: {kind: relation, level: mandatory, basis: schema, statement: S., %s}
"""
SUMMED = (
    "for: Pool, left: {property: Reserved, unit: AllocationUnits}, is: at least, right: {sum: "
    "[{over: allocated, property: Reservation, unit: AllocationUnits%s}]}"
)


def pool(key="pool", **values):
    return seen("CIM_ResourcePool", key, **values)


def allocation(key="one", **values):
    return seen("CIM_ResourceAllocationSettingData", key, **values)


def allocated(of, *allocations):
    found = [
        linked("CIM_ResourceAllocationFromPool", Antecedent=of, Dependent=a) for a in allocations
    ]
    return [*allocations, *found]


@pytest.fixture
def relation(tmp_path):
    """Judge a relation on instances."""
    return lambda words, *instances: judged(NOUNS % words, tmp_path, *instances)


def told(result):
    return [(one.severity, one.expected, one.found) for one in result.observations]


def test_quantities_in_different_units_are_compared_by_what_they_amount_to(relation):
    stock = pool(Reserved=2, AllocationUnits="byte*2^30")
    some = [allocation(k, Reservation=1024, AllocationUnits="MegaBytes") for k in ("a", "b")]

    assert relation(SUMMED % "", stock, *allocated(stock, *some)).verdict is Verdict.PASS


def test_sum_that_is_too_large_is_told_with_both_amounts(relation):
    stock = pool(Reserved=512, AllocationUnits="byte*2^20")
    some = [allocation(k, Reservation=300, AllocationUnits="byte*2^20") for k in ("a", "b")]

    result = relation(SUMMED % "", stock, *allocated(stock, *some))

    assert result.verdict is Verdict.FAIL
    [(_, expected, found)] = told(result)
    assert expected.endswith("which is 600 byte*2^20")
    assert found == "512 byte*2^20"


@pytest.mark.parametrize("unit", [None, "gulps", "second"])
def test_quantity_that_cannot_be_compared_is_not_examined_and_told(relation, unit):
    stock = pool(Reserved=1, AllocationUnits="byte")

    result = relation(
        SUMMED % "", stock, *allocated(stock, allocation(Reservation=7, AllocationUnits=unit))
    )

    assert (result.examined, result.verdict) == (0, Verdict.UNTESTED)
    assert any(str(unit or "NULL") in line for line in result.trace)


def test_pool_without_allocations_is_not_examined(relation):
    result = relation(SUMMED % "", pool(Reserved=1, AllocationUnits="byte"))

    assert result.examined == 0


@pytest.mark.parametrize("kept", [", where: {ConsumerVisibility: {const: 3}}", ", among: Active"])
def test_elements_reached_are_chosen_by_their_values_or_as_members(relation, kept):
    stock = pool(Reserved=5, AllocationUnits="byte")
    some = [
        allocation("in", Reservation=5, AllocationUnits="byte", ConsumerVisibility=3),
        allocation("out", Reservation=9, AllocationUnits="byte", ConsumerVisibility=2),
    ]

    result = relation(SUMMED % kept, stock, *allocated(stock, *some))

    assert (result.verdict, result.examined) == (Verdict.PASS, 1)


@pytest.mark.parametrize(
    ("reserved", "verdict"), [(100, Verdict.PASS), (99, Verdict.PASS), (98, Verdict.FAIL)]
)
def test_difference_within_the_tolerance_does_not_count(relation, reserved, verdict):
    stock = pool(Reserved=reserved, AllocationUnits="byte")
    one = allocation(Reservation=100, AllocationUnits="byte")

    result = relation(SUMMED % "" + ", tolerance: 0.01", stock, *allocated(stock, one))

    assert result.verdict is verdict


def test_advised_relation_only_warns(relation):
    words = "for: Pool, left: {property: Reserved}, is: at most, right: {property: Capacity}"

    result = relation(words + ", advised: true", pool(Reserved=2, Capacity=1))

    assert (result.verdict, told(result)[0][0]) == (Verdict.WARN, "warn")


@pytest.mark.parametrize(
    ("is_", "verdict"),
    [("greater than", Verdict.FAIL), ("less than", Verdict.FAIL), ("at least", Verdict.PASS)],
)
def test_equal_values_are_neither_greater_nor_less(relation, is_, verdict):
    words = f"for: Pool, left: {{property: Reserved}}, is: {is_}, right: {{property: Capacity}}"

    assert relation(words, pool(Reserved=4, Capacity=4)).verdict is verdict


@pytest.mark.parametrize(
    ("unit", "other", "verdict"),
    [
        ("byte*2^20", "bytes", Verdict.PASS),
        ("byte", "hertz", Verdict.FAIL),
        ("count", "count(fixed size block)", Verdict.FAIL),
        ("byte", "gulps", Verdict.UNTESTED),
    ],
)
def test_units_are_compared_by_dimension(relation, unit, other, verdict):
    words = (
        "for: Pool, left: {property: AllocationUnits}, is: same dimension as, "
        "right: {property: ConsumedResourceUnits}"
    )

    result = relation(words, pool(AllocationUnits=unit, ConsumedResourceUnits=other))

    assert result.verdict is verdict


def test_each_property_takes_its_turn(relation):
    words = (
        "for: Pool, each: [Reserved, CurrentlyConsumedResource], left: {property: each}, "
        "is: at most, right: {property: Capacity}"
    )

    result = relation(words, pool(Reserved=1, CurrentlyConsumedResource=9, Capacity=4))

    assert result.examined == 2
    assert [one[1:] for one in told(result)] == [
        ("CurrentlyConsumedResource: at most Capacity, which is 4", "9")
    ]


def test_first_unit_that_is_no_plain_count_is_taken(relation):
    words = (
        "for: Allocation, is: equal to, right: {const: 3, unit: '=byte*2^20'}, "
        "left: {property: VirtualQuantity, unit: [VirtualQuantityUnits, AllocationUnits]}"
    )
    units = {"VirtualQuantityUnits": "count", "AllocationUnits": "byte*2^20"}

    assert relation(words, allocation(VirtualQuantity=3, **units)).verdict is Verdict.PASS
    assert relation(words, allocation(VirtualQuantity=2, **units)).verdict is Verdict.FAIL


def test_property_is_multiplied_by_another_of_the_same_element(relation):
    words = (
        "for: Extent, left: {property: BlockSize, times: NumberOfBlocks, unit: '=byte'}, "
        "is: equal to, right: {const: 1, unit: '=byte*2^20'}"
    )
    extent = seen("CIM_StorageExtent", "e", BlockSize=512, NumberOfBlocks=2000)

    result = relation(words, extent)

    assert told(result)[0][2] == "1024000 byte"


def test_elements_reached_are_counted(relation):
    words = "for: Pool, left: {over: allocated, count: true}, is: at most, right: {const: 1}"
    stock = pool()

    result = relation(words, stock, *allocated(stock, allocation("a"), allocation("b")))

    assert told(result)[0][1].startswith("the number of what is linked by")
    assert told(result)[0][2] == "2"


@pytest.mark.parametrize("text", ['CIM_ResourcePool.InstanceID="pool"', "pool"])
def test_texts_are_read_as_the_elements_they_name(relation, text):
    words = (
        "for: Allocation, left: {property: HostResource, read_as: paths}, is: subset of, "
        "right: {over: allocated}"
    )
    stock = pool()

    result = relation(words, stock, *allocated(stock, allocation(HostResource=[text])))

    assert (result.verdict, result.examined) == (Verdict.PASS, 1)


def test_addresses_are_compared_by_their_digits_and_the_first_of_an_array_alone(relation):
    words = (
        "for: Port, left: {property: PermanentAddress, read_as: mac}, is: equal to, "
        "right: {property: NetworkAddresses, first: true, read_as: mac}"
    )
    addresses = ["00aabbccddee", "00aabbccddff"]

    port = seen(
        "CIM_NetworkPort", "p", PermanentAddress="00:AA-BB:cc.dd.EE", NetworkAddresses=addresses
    )

    assert relation(words, port).verdict is Verdict.PASS


def test_values_of_all_members_are_chosen_by_their_values(relation):
    words = (
        "for: Allocation, left: {property: PoolID}, is: element of, "
        "right: {all: Pool, property: PoolID, where: {ResourceType: {const: 3}}}"
    )
    pools = [pool("p", PoolID="p", ResourceType=3), pool("q", PoolID="q", ResourceType=4)]

    result = relation(words, *pools, allocation("a", PoolID="p"), allocation("b", PoolID="q"))

    [one] = result.observations
    assert one.subject.endswith('InstanceID="b"')
    assert one.found == '"q"'


@pytest.mark.parametrize("value", ["four", Malformed("four", "uint64")])
def test_value_of_a_wrong_type_is_not_compared(relation, value):
    words = "for: Pool, left: {property: Reserved}, is: at most, right: {property: Capacity}"

    result = relation(words, pool(Reserved=value, Capacity=4))

    assert (result.verdict, result.examined) == (Verdict.UNTESTED, 0)


def test_each_pool_is_summed_for_itself(relation):
    pools = [pool(f"p{n}", Reserved=n, AllocationUnits="byte") for n in range(4)]
    found = []
    for n, stock in enumerate(pools):
        some = [allocation(f"a{n}{k}", Reservation=1, AllocationUnits="byte") for k in range(2)]
        found += allocated(stock, *some)

    result = relation(SUMMED % "", *pools, *found)

    assert (result.examined, [one.found for one in result.observations]) == (
        4,
        ["0 byte", "1 byte"],
    )
