"""The state graphs and the figures of behaviour, in the page, the terminal and the coverage."""

from __future__ import annotations

import msgspec
import pytest
from lxml import html

from conformance.behaviour import figures, undriven
from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.report import render_html
from conformance.report.graph import HEIGHT, WIDTH, pictures
from conformance.results import Verdict, read_run
from conformance.run import Run
from reference_impl.app import start


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    with start(faults=["transition-pause-goes-wrong"]) as server:
        options = RunOptions(
            Connection(server.url),
            folder,
            profiles=("DSP1057",),
            allow_changes=True,
            deadline_seconds=2.0,
        )
        judging = Run(options)
        for check in judging.plan.checks:
            judging.judge(check)
        judging.finish()
    with (folder / "results.ndjson").open("rb") as lines:
        return read_run(lines)


def test_each_legal_transition_is_an_arrow_in_the_tone_of_its_verdict(run):
    (graph,) = pictures(run)
    verdicts = {r.check: r.verdict.value for r in run.results if r.kind == "transition"}
    assert {a.link: a.verdict for a in graph.arrows}.items() <= verdicts.items()
    assert {a.label for a in graph.arrows if a.verdict == "fail"} == {"quiesce"}
    assert len(graph.arrows) == 13


def test_everything_is_drawn_inside_the_picture(run):
    (graph,) = pictures(run)
    for each in (*graph.nodes, *graph.arrows):
        assert 0 < each.x < WIDTH
        assert 0 < each.y < HEIGHT


def test_table_holds_what_must_be_refused_too(run):
    (graph,) = pictures(run)
    rows = dict(graph.rows)
    refused = rows["quiesce"][graph.states.index("defined")]
    assert {cell.check for cell in refused if not cell.to} == {
        "DSP1057:refuse-while-defined[quiesce]",
        "DSP1057:refuse-unlisted[quiesce]",
    }


def test_every_arrow_and_cell_leads_to_its_check(run):
    page = html.fromstring(render_html(run).encode())
    checks = {each.get("id", "") for each in page.iter("details")} | {
        r.check for r in run.results if r.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    }
    links = page.xpath("//figure//a/@href")
    assert len(links) > 40
    assert {link.removeprefix("#").replace("%5B", "[").replace("%5D", "]") for link in links} <= {
        check.replace("%5B", "[").replace("%5D", "]") for check in checks
    }


def test_figures_count_what_was_judged_of_what_is_known(run):
    found = {one.name: one for one in figures(run)}
    transitions = found["transitions"]
    assert (transitions.judged, transitions.total) == (10, 13)  # not those from paused
    assert found["refusals"].judged < found["refusals"].total
    assert found["methods"].judged >= 1
    assert undriven(run) == ()


def test_run_that_plays_nothing_shows_no_graph(run):
    header = msgspec.structs.replace(run.header, behaviour=None)
    bare = msgspec.structs.replace(run, header=header)
    assert pictures(bare) == figures(bare) == ()
    assert "<figure" not in render_html(bare)


def test_terminal_tells_what_was_driven(cimconform, tmp_path):
    with start() as server:
        done = cimconform("run", server.url, "--allow-changes", "--check", "DSP1057:pause")
    assert "Driven: 0 of 0 scenarios, 1 of 1 transitions, 0 of 0 refusals" in done.stdout


def test_coverage_tells_scenarios_transitions_refusals_and_methods(cimconform):
    told = cimconform("coverage").stdout.split()
    for name in ("Scenarios", "Transitions", "Refusals", "Methods"):
        assert int(told[told.index(name) + 1]) > 20
