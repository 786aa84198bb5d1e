"""Cut short at any changing request, the playing leaves nothing behind."""

from __future__ import annotations

import pytest

from tests.interruptions import everything, tried


def test_change_that_is_cut_short_anywhere_leaves_nothing():
    done = list(tried(["DSP1042:add-resource"]))
    assert {one.way for one in done} == {"interrupted after", "killed before", "killed after"}
    assert not [one for one in done if one.left]


@pytest.mark.long
def test_change_whose_job_goes_on_after_the_run_was_cut_short_leaves_nothing():
    done = list(tried(["DSP1042:define.hosted"], asynchronous=True))
    assert {one.way for one in done} == {"interrupted after", "killed after"}
    assert not [one for one in done if one.left]


@pytest.mark.long
def test_new_name_that_is_given_when_the_run_is_cut_short_leaves_nothing():
    done = list(tried(["DSP1052:element-name.editable"]))
    assert {one.way for one in done} == {"interrupted after", "killed before", "killed after"}
    assert not [one for one in done if one.left]


@pytest.mark.long
def test_job_that_is_to_be_terminated_when_the_run_is_cut_short_leaves_nothing():
    done = list(tried(["DSP1103:job.terminate"], asynchronous=True))
    assert {one.way for one in done} == {"interrupted after", "killed after"}
    assert not [one for one in done if one.left]


@pytest.mark.long
@pytest.mark.parametrize("asynchronous", [False, True], ids=["without jobs", "with jobs"])
def test_walk_that_is_cut_short_anywhere_leaves_nothing(asynchronous):
    done = list(tried(["DSP1057:explore"], explore=6, asynchronous=asynchronous))
    assert len({one.request for one in done}) > 8
    assert not [one for one in done if one.left]


@pytest.mark.long
def test_checks_that_are_cut_short_anywhere_leave_nothing():
    done = everything(each=4)  # `python -m tests.interruptions` tries all
    assert len({one.check for one in done}) > 25
    assert not [one for one in done if one.left]


@pytest.mark.long
def test_checks_that_are_cut_short_while_a_job_goes_on_leave_nothing():
    done = everything(asynchronous=True, each=12)
    assert len({one.check for one in done}) > 8
    assert not [one for one in done if one.left]
