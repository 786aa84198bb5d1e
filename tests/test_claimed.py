"""What is asked of a server depends on the profiles and the versions that it claims."""

from __future__ import annotations

import pytest

from conformance.bundled import start
from conformance.definitions.load import load_profiles
from conformance.endpoint import Connection
from conformance.evaluate.claimed import version_of
from conformance.options import RunOptions
from conformance.results import Verdict
from conformance.run import Run

HEAD = """
profile:
  key: {key}
  name: {name}
  document: {{id: {key}, version: 1.0.0}}
  type: component
  central: {central}
  versions: ["1.0", "1.1"]
  {header}
adaptations:
  System: {{class: CIM_ComputerSystem, find: {{seen: {{extent: true}}}}}}
  Job: {{class: CIM_ConcreteJob, find: {{seen: {{extent: true}}}}}}
  Pool: {{class: CIM_ResourcePool, find: {{seen: {{extent: true}}}}, {pool}}}
requirements:
  named:
    kind: values
    level: mandatory
    basis: reading
    for: {central}
    {requirement}
    statement: It has a name that nobody gives.
    schema: {{ElementName: {{const: nobody}}}}
"""


@pytest.fixture(scope="module")
def server():
    with start(systems=1) as running:
        yield running


@pytest.fixture
def judged(server, tmp_path):
    """Judge the check `named` of a profile definition; return its result."""

    def judge(name, header="", requirement="", central="System", extra="", **more):
        file = tmp_path / "T.yaml"
        texts = {"key": "T", "pool": "", **more}
        file.write_text(
            HEAD.format(name=name, header=header, requirement=requirement, central=central, **texts)
            + extra
        )
        options = RunOptions(
            connection=Connection(server.url), out=tmp_path / "out", checks=("T:named",)
        )
        run = Run(options, catalogue=load_profiles(extra=[file]))
        result = run.judge(run.plan.checks[0])
        run.close()
        return result

    return judge


@pytest.mark.parametrize(
    ("text", "version"),
    [("1.0.0", (1, 0)), ("1.0.0a", (1, 0)), ("10.21", (10, 21)), ("", None), ("one", None)],
)
def test_version_is_read_by_its_first_two_numbers(text, version):
    assert version_of(text) == version


@pytest.mark.parametrize(
    "words", ['since: "1.0"', 'until: "1.0"', 'since: "1.0"\n    until: "2.0"']
)
def test_requirement_of_a_claimed_version_is_asked(judged, words):
    assert judged("Virtual System", requirement=words).verdict is Verdict.FAIL


@pytest.mark.parametrize("words", ['since: "1.1"', 'until: "0.9"'])
def test_requirement_of_another_version_is_not_asked(judged, words):
    result = judged("Virtual System", requirement=words)

    assert result.verdict is Verdict.NOT_APPLICABLE
    assert "claimed: 1.0" in result.reason


def test_unregistered_profile_is_judged_by_its_oldest_version(judged):
    assert judged("Nobody's", requirement='since: "1.0"').verdict is Verdict.FAIL
    assert judged("Nobody's", requirement='since: "1.1"').verdict is Verdict.NOT_APPLICABLE


def test_profile_judged_only_when_registered_is_left_out_otherwise(judged):
    result = judged("Nobody's", header="only_registered: true")

    assert (result.verdict, result.reason) == (
        Verdict.NOT_APPLICABLE,
        "Nobody's is not registered",
    )


def test_unregistered_profile_may_only_warn(judged):
    assert judged("Nobody's", header="unregistered: warned").verdict is Verdict.WARN
    assert judged("Virtual System", header="unregistered: warned").verdict is Verdict.FAIL


def test_unregistered_profile_demands_nothing_to_look_at(judged):
    more = "where: {Name: {const: none of them}}"
    result = judged("Nobody's", header="unregistered: warned", requirement=more)

    assert result.verdict is Verdict.NOT_APPLICABLE


def test_pattern_that_nobody_claims_does_not_apply(judged):
    result = judged("Nobody's", header="abstract: true")

    assert "nor a profile that specialises it" in result.reason
