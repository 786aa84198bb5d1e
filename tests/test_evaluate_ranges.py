"""Ranges: quantities between the bounds that settings state, on the grid of their increment."""

from __future__ import annotations

import pytest

from conformance.results import Verdict
from tests.evidence import judged, linked, seen

DEFINES = "CIM_SettingsDefineCapabilities"
NOUNS = """
profile: {key: T, name: T, document: {id: T, version: 1.0.0}, type: component}
adaptations:
  Capabilities: {class: CIM_AllocationCapabilities, find: {seen: {extent: true}}}
  Settings: {class: CIM_ResourceAllocationSettingData, find: {seen: {extent: true}}}
links:
  default: &defines
    class: CIM_SettingsDefineCapabilities
    where: {ValueRange: {const: 0}}
    ends: {GroupComponent: Capabilities, PartComponent: Settings}
  minimum: {<<: *defines, where: {ValueRange: {const: 1}}}
  maximum: {<<: *defines, where: {ValueRange: {const: 2}}}
  increment: {<<: *defines, where: {ValueRange: {const: 3}}}
requirements:
  rule:
    kind: range
    level: mandatory
    basis: schema
    statement: S.
    for: Capabilities
    minimum: minimum
    maximum: maximum
    increment: increment
    properties: [VirtualQuantity, Weight]
    units: {VirtualQuantity: VirtualQuantityUnits}
    %s
"""
VALUE = "value: {over: default, property: each}\n    grid: true"
MEMORY = "byte*2^20"


def stated(unit=MEMORY, units=(), **quantities):
    """Return capabilities whose settings state these quantities, by what they are."""
    capabilities = seen("CIM_AllocationCapabilities", "c")
    found = [capabilities]
    for number, role in enumerate(("default", "minimum", "maximum", "increment")):
        if role in quantities:
            said = dict(units).get(role, unit)
            values = {"VirtualQuantity": quantities[role], "VirtualQuantityUnits": said}
            settings = seen("CIM_ResourceAllocationSettingData", role, **values)
            ends = {"GroupComponent": capabilities, "PartComponent": settings}
            found += [settings, linked(DEFINES, **ends, ValueRange=number)]
    return found


@pytest.fixture
def range_(tmp_path):
    """Judge a range on instances."""
    return lambda words, instances: judged(NOUNS % words, tmp_path, *instances)


def test_minimum_above_the_maximum_is_told_with_both(range_):
    result = range_("grid: false", stated(minimum=512, maximum=256))

    assert result.verdict is Verdict.FAIL
    [one] = result.observations
    assert one.expected == "VirtualQuantity: a minimum of at most the maximum, 256 byte*2^20"
    assert one.found == "512 byte*2^20"


def test_bounds_in_different_units_are_compared_by_what_they_amount_to(range_):
    bounds = stated(minimum=1, maximum=512, units={"minimum": "byte*2^30"})

    assert range_("grid: false", bounds).observations[0].found == "1 byte*2^30"


@pytest.mark.parametrize(
    ("step", "verdict"), [(256, Verdict.PASS), (300, Verdict.FAIL), (0, Verdict.UNTESTED)]
)
def test_whole_steps_lead_from_the_minimum_to_the_maximum(range_, step, verdict):
    result = range_("grid: true", stated(minimum=256, maximum=1024, increment=step))

    assert result.verdict is verdict
    if verdict is Verdict.FAIL:
        assert result.observations[0].found == "a remainder of 168 byte*2^20"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (256, Verdict.PASS),
        (512, Verdict.PASS),
        (255, Verdict.FAIL),
        (300, Verdict.FAIL),
        (1280, Verdict.FAIL),
    ],
)
def test_value_lies_between_the_bounds_and_on_the_grid(range_, value, verdict):
    bounds = stated(default=value, minimum=256, maximum=1024, increment=256)

    result = range_(VALUE, bounds)

    assert (result.verdict, result.examined) == (verdict, 1)


def test_value_outside_is_told_with_the_bounds(range_):
    result = range_(VALUE, stated(default=1, minimum=2, maximum=4, increment=1))

    [one] = result.observations
    assert one.found == "1 byte*2^20"
    assert one.expected == (
        "VirtualQuantity at least 2 byte*2^20 and at most 4 byte*2^20 and in steps of 1 byte*2^20"
    )


def test_increment_of_zero_allows_any_step(range_):
    bounds = stated(default=3, minimum=2, maximum=4, increment=0)

    assert range_(VALUE, bounds).verdict is Verdict.PASS


def test_bound_that_is_not_stated_is_not_examined(range_):
    assert range_(VALUE, stated(default=9, minimum=2)).verdict is Verdict.PASS
    assert range_(VALUE, stated(default=9)).examined == 0


def test_quantities_of_different_kinds_are_not_compared_and_told(range_):
    result = range_(VALUE, stated(default=9, maximum=2, units={"maximum": "hertz"}))

    assert result.examined == 0
    assert "9 byte*2^20 and at most 2 hertz are not of one kind" in result.trace[0]


def test_range_that_is_advised_only_warns(range_):
    result = range_("advised: true", stated(minimum=3, maximum=2))

    assert result.verdict is Verdict.WARN
