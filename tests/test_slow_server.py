"""A slow server is no wrong one: what its jobs will bring is not judged before they end."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.play import Clock
from conformance.selftest import concerning
from reference_impl.app import start
from reference_impl.faults import FAULTS
from reference_impl.hypervisor.job_states import JobState
from tests.playing import Stand

NEVER = 3600.0
TERMINATE_AFTER = 5.0


class HurriedClock:
    """Lets all waiting pass at once; when a job's deadline is over, the job is terminated."""

    def __init__(self, server):
        self.server, self.time, self.ended = server, 0.0, False

    def wait(self, seconds):
        self.time += seconds
        jobs, repository = self.server.hypervisor.jobs, self.server.repository
        with repository.lock:
            found = repository.instances("root/virt", "CIM_ConcreteJob")
            for each in found if self.time > TERMINATE_AFTER else ():
                job = jobs.named(each.path)
                if job is not None and job.state is JobState.NEW:
                    jobs.move(job, JobState.TERMINATED)
                    self.ended = True


@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("AddResourceSettings", "DSP1042:add-resource"),
        ("CreateSnapshot", "DSP1042:create-snapshot.full"),
        ("RequestStateChange", "DSP1057:activate"),
    ],
)
def test_job_that_takes_too_long_is_untested_and_then_waited_for(tmp_path, method, check):
    with start(asynchronous=[method]) as server:
        server.hypervisor.jobs.step_seconds = NEVER
        clock = HurriedClock(server)
        told = Clock(now=lambda: clock.time, wait=clock.wait)
        with closing(Stand(server.url, tmp_path, clock=told)) as stand:
            findings = stand.findings(check)

            assert findings.observations == ()
            assert f"the job of {method} was still running" in findings.untested
            assert (clock.ended, stand.player.left) == (True, [])


def test_faults_are_chosen_by_the_checks_that_they_concern():
    chosen = concerning(["DSP1042:apply-*"], played=True)

    assert {"apply-snapshot-restores-nothing", "apply-snapshot-job-slow"} <= {*chosen}
    for fault in map(FAULTS.get, chosen):
        assert any("DSP1042:apply-" in check for check in (*fault.breaks, *fault.spares))


def test_faults_of_what_is_only_read_are_left_out_where_changes_are_wanted():
    everything, played = (concerning([], played=only) for only in (False, True))

    assert {*played} < {*everything}
    assert "cim-value-too-long" not in played
