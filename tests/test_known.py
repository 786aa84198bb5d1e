"""What is known of real implementations is told beside a deviation, and changes no verdict."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.definitions.known import (
    KnownError,
    known_schema,
    load_known,
    render_known_schema,
    unmatched,
    with_known,
)
from conformance.definitions.load import load_profiles
from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.plan import plan
from conformance.results import KnownDeviation, Result, Verdict, read_run
from conformance.run import Run
from reference_impl.app import start

SCHEMA = files("profiles") / "schemas" / "known-implementations.schema.json"
ONE = """implementations:
  here:
    title: Here
    deviations:
      - {says: Counts from one., versions: '2', checks: ['A:one', 'B:*', 'C:x[y]']}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "known.yaml").write_text(text, encoding="utf-8")
    return folder


def result(check: str, verdict: Verdict = Verdict.FAIL) -> Result:
    return Result(check, "A", verdict, "mandatory", "schema", "values", "It is so.")


def test_every_check_that_is_named_exists():
    checks = [check.id for check in plan(load_profiles()).checks]

    assert unmatched(checks) == ()


def test_all_four_implementations_are_told_of():
    titles = [one.title for one in load_known().implementations]

    assert len(titles) == 4
    assert {"libvirt-cim", "Citrix xs-cim"} < set(titles)


def test_committed_schema_equals_the_one_made_from_the_types():
    # python -m conformance.definitions.known > profiles/schemas/known-implementations.schema.json
    assert SCHEMA.read_text(encoding="utf-8") == render_known_schema()
    Draft202012Validator.check_schema(known_schema())
    assert json.loads(SCHEMA.read_text(encoding="utf-8"))["$ref"] == "#/$defs/KnownFile"


@pytest.mark.parametrize("check", ["A:one", "B:anything", "C:x[y]"])
@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARN])
def test_deviation_is_told_with_whom_it_is_known_of(tmp_path, check, verdict):
    told = with_known(result(check, verdict), load_known(written(tmp_path, ONE)))

    assert told.known == (KnownDeviation("Here", "Counts from one.", "2"),)
    assert told.verdict is verdict


def test_check_of_which_nothing_is_known_stays_as_it_is(tmp_path):
    one = result("A:two")

    assert with_known(one, load_known(written(tmp_path, ONE))) == one


@pytest.mark.parametrize(
    "verdict", [Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.UNTESTED, Verdict.ERROR]
)
def test_nothing_is_told_of_a_check_that_does_not_deviate(tmp_path, verdict):
    one = result("A:one", verdict)

    assert with_known(one, load_known(written(tmp_path, ONE))) == one


def test_unknown_check_is_a_slip_with_its_place(tmp_path):
    (slip,) = unmatched(["A:one", "C:x[y]"], written(tmp_path, ONE))

    where = "known.yaml:5: implementations.here.deviations[0].checks[1]"
    assert str(slip) == f"{where}: expected the id of a check, found 'B:*'"


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("implementations: {here: {title: Here}}", "implementations.here.deviations"),
        (ONE.replace("says", "say"), "implementations.here.deviations[0].say"),
        ("implementation: {}", "implementation"),
    ],
)
def test_file_of_another_form_is_told_slip_by_slip(tmp_path, text, slip):
    with pytest.raises(KnownError) as error:
        load_known(written(tmp_path, text))

    assert slip in {each.path for each in error.value.slips}


def test_run_tells_beside_a_warning_that_it_is_known(tmp_path):
    with start(faults=("vs-profile-misnamed",)) as server:
        connection = Connection(server.url, timeout_seconds=5.0)
        run = Run(RunOptions(connection=connection, out=tmp_path, checks=("DSP1057:regist*",)))
        for check in run.plan.checks:
            run.judge(check)
        run.close()

    read = read_run((tmp_path / "results.ndjson").read_bytes().splitlines(keepends=True))
    told = {one.check: (one.verdict, {k.implementation for k in one.known}) for one in read.results}
    named = told["DSP1057:registration.name"]
    assert named == (Verdict.WARN, {"libvirt-cim", "Citrix xs-cim"})
    assert told["DSP1057:registration"] == (Verdict.PASS, set())
