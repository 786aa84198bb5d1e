"""Texts in properties that name instances are read in all the forms that servers write."""

from __future__ import annotations

import pytest

from conformance.cim import Path
from conformance.evaluate.object_path import is_uri, parse_path

PATH = Path("root/virt", "CIM_Memory", [("DeviceID", "a"), ("SystemName", "b")])


@pytest.mark.parametrize(
    "text",
    [
        'CIM_Memory.DeviceID="a",SystemName="b"',
        'root/virt:CIM_Memory.DeviceID="a",SystemName="b"',
        '//host/root/virt:CIM_Memory.SystemName="b",DeviceID="a"',
        'https://host:5989/root/virt:CIM_Memory.DeviceID="a",SystemName="b"',
        '/root/virt:CIM_Memory.DeviceID="a", SystemName="b"',
        '\\\\HOST\\root\\virt:CIM_Memory.DeviceID="a",SystemName="b"',
    ],
)
def test_path_is_read_in_every_form(text):
    assert parse_path(text, "root/virt") == PATH


def test_namespace_of_the_text_counts_before_the_one_around_it():
    path = parse_path('root/other:CIM_Memory.DeviceID="a"', "root/virt")

    assert path is not None
    assert path.namespace == "root/other"


def test_keys_are_unescaped_and_typed():
    path = parse_path(r'CIM_X.A="say \"a\\b\"",B=12,C=TRUE', "n")

    assert path is not None
    assert path.keys == (("A", 'say "a\\b"'), ("B", 12), ("C", True)) or list(path.keys) == [
        ("A", 'say "a\\b"'),
        ("B", 12),
        ("C", True),
    ]


@pytest.mark.parametrize(
    "text", ["", "disk.img", "/var/lib/disk.img", "CIM_Memory", "CIM_Memory.", 'CIM_X.A="open']
)
def test_other_texts_are_no_paths(text):
    assert parse_path(text, "n") is None


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("file:///a/b", True),
        ("urn:uuid:1", True),
        ("https://h/a%20b?c#d", True),
        ("C:\\disk.vhd", False),
        ("a b:c", False),
        ("a:b%2", False),
        ("/dev/sda", False),
        ("", False),
    ],
)
def test_uri_has_a_scheme(text, fits):
    assert is_uri(text) is fits
