"""Coverage tells what is known, checked, excluded and was judged; topics cut across profiles."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.coverage import by_profile, by_topic, total
from conformance.definitions.topics import TopicError, load_topics, unmatched
from conformance.results import (
    FORMAT,
    ProfileSummary,
    Result,
    Run,
    RunHeader,
    TopicSummary,
    Verdict,
    encode_line,
)


def judged(check, verdict):
    return Result(check, check.partition(":")[0], verdict, "mandatory", "schema", "values", "")


CHECKS = ("A:one", "A:two", "A:three", "B:one", "B:two")
RUN = Run(
    RunHeader(
        FORMAT,
        "1",
        "",
        "http://host",
        profiles=(
            ProfileSummary("A", "First", "1.0", "A", 3, {"A:four": "nobody can see it"}, 4),
            ProfileSummary("B", "Second", "1.0", "B", 2, {}, 2, 1),
        ),
        topics=(TopicSummary("t", "Both", ("A:one", "B:one")),),
        planned=CHECKS,
    ),
    (
        judged("A:one", Verdict.PASS),
        judged("A:two", Verdict.FAIL),
        judged("A:three", Verdict.UNTESTED),
        judged("B:one", Verdict.NOT_APPLICABLE),
    ),
)


def test_profile_is_covered_by_what_was_judged_of_it():
    first, second = by_profile(RUN)

    assert (first.known, first.checks, first.excluded) == (4, 3, 1)
    assert (first.judged, first.not_applicable, first.unexamined, first.not_run) == (2, 0, 1, 0)
    assert (second.inherited, second.not_applicable, second.not_run) == (1, 1, 1)


def test_total_is_the_sum_of_the_profiles():
    assert total(by_profile(RUN)).checks == len(CHECKS)


def test_topic_is_covered_by_the_checks_it_names():
    (topic,) = by_topic(RUN)

    assert (topic.title, topic.checks, topic.judged, topic.not_applicable) == ("Both", 2, 1, 1)


def test_command_tells_the_coverage_of_a_run(tmp_path):
    file = tmp_path / "results.ndjson"
    file.write_bytes(b"".join(encode_line(one) for one in (RUN.header, *RUN.results)))

    told = CliRunner().invoke(main, ["coverage", str(tmp_path), "--reasons"])

    lines = [line.split() for line in told.output.splitlines()]
    assert told.exit_code == 0
    assert ["A", "First", "4", "0", "3", "1", "2", "0", "1", "0"] in lines
    assert ["Both", "2", "1", "1", "0", "0"] in lines
    assert ["nobody", "can", "see", "it"] in lines


def test_command_without_a_run_tells_what_the_catalogue_covers():
    told = CliRunner().invoke(main, ["coverage"])

    assert told.exit_code == 0
    assert "DSP1057 Virtual System" in told.output
    assert "Judged" not in told.output


def test_command_refuses_a_folder_without_results(tmp_path):
    told = CliRunner().invoke(main, ["coverage", str(tmp_path)])

    assert (told.exit_code, "expected a folder with results.ndjson" in told.output) == (2, True)


def test_pattern_that_matches_nothing_is_a_slip(tmp_path):
    (tmp_path / "topics.yaml").write_text("topics: {t: {title: T, checks: [A:*, C:*]}}\n")

    (slip,) = unmatched(CHECKS, tmp_path)

    assert str(slip).startswith("topics.yaml:1: topics.t.checks[1]: expected the id of a check")


@pytest.mark.parametrize("text", ["topics: {t: {title: T}}", "topic: {}", "topics: []"])
def test_topics_of_another_form_are_slips(tmp_path, text):
    (tmp_path / "topics.yaml").write_text(text)

    with pytest.raises(TopicError, match="expected topics, each with title and checks"):
        load_topics(CHECKS, tmp_path)
