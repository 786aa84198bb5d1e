"""The answer of a run, its grouping, and the published schema of the stream."""

import json
from importlib.resources import files

import jsonschema
import pytest

from conformance.report.clean import printable
from conformance.report.grouping import by_cause, patterns
from conformance.report.stream_schema import stream_schema
from conformance.report.tally import answer
from conformance.report.wording import duration, moment, run_again
from conformance.report.xml_text import laid_out
from conformance.results import Conformance, Observation, RunFooter, Verdict, encode_line
from tests.report.sample_run import PASSED, failures, passes, realistic_run, result, run_of


def ended(conformance, code=0):
    """Return a footer of a run that ended so."""
    return RunFooter(conformance, code, "2026-11-22T21:04:31+00:00", 22.4)


@pytest.mark.parametrize(
    ("extra", "footer", "sentence"),
    [
        ([], PASSED, "Conformant: 115 of 115 checks passed, none failed"),
        (
            [result("CIM:u", Verdict.UNTESTED, level="optional")],
            PASSED,
            "Conformant: 115 of 116 checks passed, none failed, 1 not examined",
        ),
        (
            [result("CIM:w", Verdict.WAIVED)],
            ended(Conformance.WITH_WAIVERS),
            "Conformant with waivers: 115 of 116 checks passed, 1 is waived, none failed",
        ),
        (
            [result("CIM:f", Verdict.FAIL)],
            ended(Conformance.NON_CONFORMANT, 1),
            "Not conformant: 1 of 116 checks failed",
        ),
        (
            [result("CIM:u", Verdict.UNTESTED), result("CIM:e", Verdict.ERROR)],
            ended(Conformance.INCONCLUSIVE, 3),
            "Inconclusive: 1 of 117 checks could not be examined, 1 check ended in an error",
        ),
        (
            [result("CIM:f", Verdict.FAIL)],
            None,
            "Not conformant, and cut short: 116 of 116 checks judged, 1 failed",
        ),
    ],
)
def test_answer_says_how_the_run_ended(extra, footer, sentence):
    assert answer(run_of([*passes(), *extra], footer)).sentence == sentence


def test_answer_of_a_run_without_checks_is_inconclusive():
    told = answer(run_of([], ended(Conformance.INCONCLUSIVE, 4)))

    assert told.sentence == "Inconclusive: no check could be judged"


def test_cause_that_touches_most_checks_comes_first():
    groups = by_cause(reversed(failures()))

    assert [len(group.results) for group in groups] == [2, 1, 1]
    assert groups[0].title == "KVM_ComputerSystem.HealthState"
    assert groups[0].deviations == 28


def test_checks_with_the_same_expected_and_found_are_one_group():
    same = (Observation("a", "Name: a value", "NULL"),)
    checks = [result(f"CIM:{n}", Verdict.FAIL, observations=same) for n in range(3)]

    assert [group.title for group in by_cause(checks)] == ["Expected Name: a value, found NULL"]


def test_checks_without_observations_stay_apart():
    checks = [result("CIM:a", Verdict.FAIL), result("CIM:b", Verdict.FAIL)]

    assert [len(group.results) for group in by_cause(checks)] == [1, 1]


def test_failures_come_before_warnings_in_one_check():
    seen = (Observation("a", "x", "y", "warn"), Observation("b", "x", "y"))

    assert [pattern.severity for pattern in patterns(seen)] == ["fail", "warn"]


def test_published_schema_is_the_one_of_the_types():
    published = files("conformance.report") / "results.schema.json"

    assert published.read_bytes() == stream_schema(), (
        "write it anew: python -m conformance.report.stream_schema"
    )


def test_every_record_fits_the_published_schema():
    validator = jsonschema.Draft202012Validator(json.loads(stream_schema()))
    run = realistic_run()
    for record in (run.header, *run.results, run.footer):
        validator.validate(json.loads(encode_line(record)))


def test_xml_is_laid_out_one_element_a_line():
    assert laid_out('<A><B X="1"/><C>text</C><D></D></A>') == (
        '<A>\n  <B X="1"/>\n  <C>text</C>\n  <D></D>\n</A>'
    )


@pytest.mark.parametrize("text", ["", "HTTP/1.1 401", "<A><B>cut of", "</A></A>", "<<<>>>", "<!--"])
def test_broken_xml_loses_nothing_but_white_space(text):
    assert "".join(laid_out(text).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0021, "2 ms"), (22.44, "22.4 s"), (125, "2 min 5 s")]
)
def test_duration_has_a_fitting_unit(seconds, told):
    assert duration(seconds) == told


def test_command_of_one_check_replaces_the_choice_of_the_run():
    run = run_of([], reproduce="cimconform run http://h --check 'DSP1057:*' --seed 7")

    assert run_again(run, "CIM:a b") == "cimconform run http://h --seed 7 --check 'CIM:a b'"


def test_time_is_told_for_people():
    assert moment("2026-11-02T21:04:09+00:00") == "2 November 2026, 21:04 UTC"
    assert moment("yesterday") == "yesterday"


def test_harmful_characters_become_escapes_and_others_stay():
    assert printable("a\r\nb\tc\x07 \u202eשלם é 漢") == "a\nb\tc\\x07 \\u202eשלם é 漢"
