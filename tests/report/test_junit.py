"""junit.xml as CI systems read it."""

import pytest
from lxml import etree

from conformance.report import render_junit
from conformance.results import Conformance, RunFooter, Verdict
from tests.report.sample_run import FAILED, PASSED, passes, realistic_run, result, run_of
from tests.report.test_html import hostile_run


def tree(run):
    """Return the document as a tree of elements."""
    return etree.fromstring(render_junit(run))


def case(root, profile, name):
    """Return one test case."""
    return root.find(f".//testcase[@classname='{profile}'][@name='{name}']")


def test_each_profile_is_a_suite_with_its_counts():
    suite = tree(realistic_run()).find("testsuite[@name='DSP1057 Virtual System']")

    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["73", "2", "1", "7"]


def test_counts_of_all_suites_add_up():
    root = tree(realistic_run())

    for name in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(name)) == sum(int(suite.get(name)) for suite in root)


def test_failure_tells_expected_found_where_and_how_to_repeat():
    failure = case(tree(realistic_run()), "DSP1057", "state-settings").find("failure")

    assert failure.get("message").startswith("expected exactly one StateSettings")
    assert failure.get("message").endswith("(and 4 more)")
    assert "found:    none" in failure.text
    assert "--check DSP1057:state-settings" in failure.text


def test_case_carries_verdict_level_basis_document_and_clause():
    properties = case(tree(realistic_run()), "CIM", "value-map").findall("properties/property")
    told = {one.get("name"): one.get("value") for one in properties}

    assert told["verdict"] == "fail"
    assert (told["level"], told["basis"]) == ("mandatory", "schema")
    assert (told["document"], told["clause"]) == ("DSP0004 2.8.0", "5.6.3.55")


def test_warning_passes_and_is_told_in_the_output():
    warned = case(tree(realistic_run()), "DSP1033", "instance-id.form")

    assert warned.find("failure") is None
    assert warned.find("system-out").text.startswith("warn: ")


@pytest.mark.parametrize(
    ("profile", "name", "message"),
    [
        ("DSP1057", "define", "untested: it needs changes to the server, and the run is read-only"),
        ("DSP1057", "power.on", "not applicable: feature PowerManagement is not claimed"),
        ("DSP1052", "element-name.kept", "waived: names are fixed, ticket 4711 (jane@example.com"),
    ],
)
def test_check_that_says_nothing_is_skipped_with_its_reason(profile, name, message):
    skipped = case(tree(realistic_run()), profile, name).find("skipped")

    assert skipped.get("message").startswith(message)


def test_error_of_the_suite_is_an_error():
    error = case(tree(realistic_run()), "DSP1057", "snapshot.refused").find("error")

    assert error.get("message").startswith("timeout: no answer")


def test_planned_check_without_result_is_skipped_as_not_run():
    root = tree(run_of(passes(), PASSED, planned=("DSP1057:late",)))

    assert case(root, "DSP1057", "late").find("skipped").get("message") == "not run"


def test_run_that_was_cut_short_is_never_green():
    error = case(tree(run_of(passes(), None)), "cimconform", "run").find("error")

    assert "cut short" in error.get("message")


def test_endpoint_that_could_not_be_used_is_never_green():
    footer = RunFooter(Conformance.INCONCLUSIVE, 4, "", 0.1, problems=("connection refused",))
    root = tree(run_of([], footer))

    assert case(root, "cimconform", "run").find("error").get("message") == "connection refused"


def test_waiver_problem_is_no_case_of_its_own():
    assert case(tree(run_of([result("CIM:a")], FAILED)), "cimconform", "run") is None


def test_hostile_texts_give_a_readable_document():
    root = tree(hostile_run())

    assert root.get("failures") == "1"
    assert r"\ud800" in root.find(".//failure").text


def test_verdict_without_words_still_has_a_message():
    root = tree(run_of([result("CIM:a", Verdict.FAIL)]))

    assert root.find(".//failure").get("message").startswith("An instance has only properties")
