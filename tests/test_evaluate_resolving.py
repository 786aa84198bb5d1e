"""Texts that name instances lead to instances that the server showed."""

from __future__ import annotations

import pytest

from conformance.results import Verdict
from tests.evidence import judged, seen

NOUNS = """
profile: {key: T, name: T, document: {id: T, version: 1.0.0}, type: component}
adaptations:
  Allocation: {class: CIM_ResourceAllocationSettingData, find: {seen: {extent: true}}}
requirements:
  rule: {kind: resolves, level: mandatory, basis: schema, statement: S., for: Allocation,
         property: HostResource%s}
"""


@pytest.fixture
def resolved(tmp_path):
    """Judge what an allocation names as its host resource."""

    def judge(text, words="", asked=("CIM_LogicalDevice",)):
        one = seen("CIM_ResourceAllocationSettingData", "a", HostResource=[text])
        disk = seen("CIM_LogicalDisk", "disk")
        return judged(NOUNS % words, tmp_path, one, disk, asked=asked)

    return judge


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('root/virt:CIM_LogicalDisk.InstanceID="disk"', Verdict.PASS),
        ('CIM_LogicalDevice.InstanceID="disk"', Verdict.PASS),
        ("disk", Verdict.PASS),
        ("file:///var/lib/disk.img", Verdict.PASS),
        ('CIM_LogicalDisk.InstanceID="gone"', Verdict.FAIL),
        ("/var/lib/disk.img", Verdict.WARN),
        ("C:\\disk.vhd", Verdict.WARN),
    ],
)
def test_path_leads_to_an_instance_and_another_text_is_a_uri(resolved, text, verdict):
    assert resolved(text).verdict is verdict


def test_deviation_names_the_property_and_the_text(resolved):
    [one] = resolved('CIM_LogicalDisk.InstanceID="gone"').observations

    assert one.expected == "the path of an instance that is there"
    assert one.found == 'HostResource: CIM_LogicalDisk.InstanceID="gone"'


def test_path_into_a_class_that_was_not_read_is_not_examined(resolved):
    assert resolved('CIM_Processor.InstanceID="gone"', asked=()).examined == 0


def test_advised_path_that_leads_nowhere_only_warns(resolved):
    result = resolved('CIM_LogicalDisk.InstanceID="gone"', ", advised: true")

    assert result.verdict is Verdict.WARN
