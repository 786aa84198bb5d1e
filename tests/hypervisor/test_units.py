"""Programmatic units (DSP0004, Annex C)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reference_impl.hypervisor.units import UnitError, convert, parse_unit


@pytest.mark.parametrize(
    ("text", "dimension", "factor"),
    [
        ("byte", "byte", 1),
        ("byte*2^20", "byte", 2**20),
        (" byte * 10^3 ", "byte", 1000),
        ("percent * 10^-2", "percent", Fraction(1, 100)),
        ("percent / 1000", "percent", Fraction(1, 1000)),
        ("bit / second * 10^6", "bit/second", 10**6),
        ("count(fixed size block)", "count(fixed size block)", 1),
    ],
)
def test_unit_is_read(text, dimension, factor):
    unit = parse_unit(text)

    assert (unit.dimension, unit.factor) == (dimension, factor)


@pytest.mark.parametrize(
    "text", ["", "MB", "bytes", "KiloBytes", "2^20", "byte*", "byte 2", "Byte"]
)
def test_other_texts_are_no_units(text):
    with pytest.raises(UnitError):
        parse_unit(text)


def test_quantities_are_converted_within_a_dimension_only():
    assert convert(524288, "byte*2^10", "byte*2^20") == 512
    with pytest.raises(UnitError):
        convert(1, "byte", "count")
