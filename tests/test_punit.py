"""Programmatic units are read as DSP0004, Annex C, says, and compared by what they amount to."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.punit import Quantity, UnitError, is_unit, parse_unit, understood


@pytest.mark.parametrize(
    ("text", "dimension", "factor"),
    [
        ("byte", "information", 8),
        ("byte * 2^20", "information", 8 * 2**20),
        ("byte*10^3", "information", 8000),
        ("hertz * 10^6", "frequency", 10**6),
        ("percent", "percent", 1),
        ("percent * 10^-2", "percent", Fraction(1, 100)),
        ("percent / 1000", "percent", Fraction(1, 1000)),
        ("count", "count", 1),
        ("decibel(m) * -1", "power level", -1),
        ("second * 250 * 10^-9", "time", Fraction(1, 4_000_000)),
        ("ACME:blob * 2^3", "ACME:blob", 8),
    ],
)
def test_unit_has_a_dimension_and_a_factor(text, dimension, factor):
    unit = parse_unit(text)

    assert (unit.dimension, unit.factor) == (((dimension, 1),), factor)


def test_rate_is_another_dimension_than_its_amount():
    assert parse_unit("bit / second").dimension == (("information", 1), ("time", -1))


def test_byte_per_byte_is_a_pure_number_as_is_the_empty_text():
    assert parse_unit("byte / byte").dimension == parse_unit("").dimension == ()


def test_block_is_counted_and_is_no_byte():
    blocks = parse_unit("count(fixed size block)")

    assert (blocks.dimension, blocks.note) == ((("count", 1),), "fixed size block")


@pytest.mark.parametrize(
    "text",
    [
        *("bytes", "KiloBytes", "MB", "Byte", "byte*", "*byte", "byte 2^20", "2^20"),
        *("byte*2^2000", "byte*0", "byte(large)", "byte" * 100),
    ],
)
def test_what_is_no_programmatic_unit_is_refused(text):
    with pytest.raises(UnitError):
        parse_unit(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("KiloBytes", "byte*2^10"),
        ("bytes*10^3", "byte*10^3"),
        ("Byte * 2^10", "byte*2^10"),
        ("Megabytes", "byte*2^20"),
        ("Processors", "count"),
        ("KiloBits per Second", "bit/second*10^3"),
    ],
)
def test_misspelling_that_servers_send_is_understood(text, meant):
    assert not is_unit(text)
    unit = understood(text)
    assert unit is not None
    assert (unit.dimension, unit.factor) == (parse_unit(meant).dimension, parse_unit(meant).factor)


def test_text_that_nobody_knows_is_not_understood():
    assert understood("gulps") is None


@pytest.mark.parametrize(
    ("text", "bases", "fits"),
    [
        ("byte*2^20", "byte", True),
        ("byte*2^20", "percent|hertz", False),
        ("hertz*10^6", "percent|hertz", True),
        ("count", "count(fixed size block)", False),
        ("count(fixed size block)", "count(fixed size block)|byte", True),
        (7, "", False),
    ],
)
def test_unit_is_of_the_dimensions_asked_for(text, bases, fits):
    assert is_unit(text, bases) is fits


@given(st.integers(0, 2**64 - 1), st.sampled_from([10, 20, 30]))
def test_quantities_in_two_units_amount_to_the_same(number, power):
    small = Quantity(Fraction(number * 2**power), parse_unit("byte"))
    large = Quantity(Fraction(number), parse_unit(f"byte*2^{power}"))

    assert small.comparable(large)
    assert small.amount == large.amount


@given(st.text(max_size=40))
def test_any_text_is_a_unit_or_refused(text):
    if is_unit(text):
        assert parse_unit(text).factor != 0
    else:
        with pytest.raises(UnitError, match=re.escape(repr(text))):
            parse_unit(text)
