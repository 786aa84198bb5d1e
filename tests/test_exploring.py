"""Random walks: right servers pass, and what only a sequence shows is shown by the fewest steps."""

from __future__ import annotations

import pytest

from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start
from tests.interruptions import shown

WALK = "DSP1057:explore"


def walk(url, folder, steps=40, seed=4, **options):
    """Return the result of one walk."""
    connection = Connection(url, timeout_seconds=10)
    told = {"deadline_seconds": 5.0, "explore": steps, "seed": seed, "checks": (WALK,)} | options
    run = Run(RunOptions(connection=connection, out=folder, allow_changes=True, **told))
    (result,) = [run.judge(check) for check in run.plan.checks]
    run.close()
    return result


@pytest.mark.parametrize(
    "server",
    [
        {},
        pytest.param({"asynchronous": True}, marks=pytest.mark.long),
        pytest.param({"single_configuration": True}, marks=pytest.mark.long),
    ],
    ids=["in one go", "with jobs", "single configuration"],
)
def test_right_server_passes_a_walk_and_is_left_as_found(tmp_path, server):
    with start(**server) as running:
        before = shown(running)
        result = walk(running.url, tmp_path)
        assert (result.verdict, result.observations) == (Verdict.PASS, ())
        assert shown(running) == before
    assert result.trace[0].startswith("seed 4: 40 of 40 steps")


@pytest.mark.long
def test_walk_over_ws_management_passes(tmp_path):
    with start(wsman_port=0) as running:
        result = walk(running.wsman_url.replace("http", "wsman", 1), tmp_path, steps=15)
    assert result.verdict is Verdict.PASS


@pytest.mark.long
def test_dialect_is_walked_in_its_own_states(tmp_path):
    with start(dialect="hyperv-v1") as running:
        result = walk(running.url, tmp_path, dialect="auto", checks=("*:explore",))
    assert (result.check, result.verdict) == (f"hyperv-v1/{WALK}", Verdict.PASS)


@pytest.mark.long
def test_deviation_of_a_sequence_is_told_with_the_fewest_steps(tmp_path):
    with start(faults=["sequence-second-resume-refused"]) as running:
        result = walk(running.url, tmp_path, steps=120, deadline_seconds=2.0)
    assert result.verdict is Verdict.FAIL
    first = result.observations[0]
    assert len(first.steps) == 5
    assert [step.split(":")[0] for step in first.steps[:2]] == ["1. enable", "2. quiesce"]
    assert f"expected {first.expected}, found {first.found}" in first.steps[-1]


@pytest.mark.long
def test_walk_goes_on_after_a_failure_and_shows_what_lies_behind_it(tmp_path):
    faults = ["sequence-second-resume-refused", "sequence-available-forgotten"]
    with start(faults=faults) as running:
        before = shown(running)
        result = walk(running.url, tmp_path, steps=200, deadline_seconds=2.0)
        assert shown(running) == before
    first, second, third = result.observations
    assert first.steps[-1].startswith("5. power:on: refused")
    assert second.steps[-1].startswith("5. enable: refused")
    assert third.expected.startswith("AvailableRequestedStates")
    assert result.trace[0].startswith("seed 4: 200 of 200 steps in 3 walks")


@pytest.mark.long
def test_same_seed_takes_the_same_steps(tmp_path):
    with start() as running:
        one, same, other = (
            walk(running.url, tmp_path / str(n), seed=s) for n, s in enumerate((1, 1, 2))
        )
    assert one.trace == same.trace != other.trace


def test_nothing_is_walked_unless_it_is_asked_for(cimconform, tmp_path, reference):
    done = cimconform("run", reference.url, "--allow-changes", "--check", WALK)
    assert done.returncode == 2
    assert f"{WALK} is a random walk" in done.stderr
    assert "--explore N" in done.stderr
    ids = Run(RunOptions(connection=Connection(reference.url), out=tmp_path)).plan.checks
    assert WALK not in {check.id for check in ids}


def test_walk_needs_that_changes_are_allowed(cimconform):
    done = cimconform("run", "--explore", "20")
    assert done.returncode == 2
    assert "--allow-changes" in done.stderr


@pytest.mark.long
def test_walk_that_was_captured_is_judged_again_with_the_same_result(cimconform, tmp_path):
    with start(faults=["sequence-available-forgotten"]) as running:
        said = ("--allow-changes", "--explore", "40", "--check", WALK, "--deadline", "2")
        first = cimconform("run", running.url, *said, "--capture", "c", "--out", "first")
    again = cimconform("replay", "c", "--out", "second")
    assert again.returncode == first.returncode, again.stderr
    assert "AvailableRequestedStates" in first.stdout
    assert again.stdout.replace("second", "first") == first.stdout
