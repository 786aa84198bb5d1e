"""Jobs of the run's own are asked for other states; what comes of it is judged and cleaned up."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.cim import Argument, Path
from conformance.evaluate.stopping import judge_stop
from conformance.play.cleanup import clean_up
from conformance.play.guard import GuardError
from conformance.play.journal import read_pending
from conformance.transcript import Call, JobAsk, JobGlimpse, JobTrail, Outcome, Transcript
from reference_impl.app import start
from reference_impl.hypervisor.job_states import JobState
from reference_impl.operations import MethodResult
from tests.playing import Stand

TERMINATE = "DSP1103:job.terminate"
PROFILES = ("DSP1042", "DSP1057", "DSP1103")
DONE, STARTED = Outcome("accepted", "done"), Outcome("accepted", "job")
BUSY, UNKNOWN = Outcome("refused", "busy"), Outcome("refused", "not_supported")


@pytest.fixture
def stand(tmp_path):
    with (
        start(asynchronous=True) as running,
        closing(Stand(running.url, tmp_path, profiles=PROFILES)) as stand,
    ):
        stand.server = running
        yield stand


def systems(stand):
    found = stand.server.repository.instances("root/virt", "CIM_ComputerSystem")
    return sorted(str(instance.path) for instance in found)


def controlled(stand, control):
    """Let a function of the hypervisor's jobs and a job answer requests to that job."""
    jobs, methods = stand.server.hypervisor.jobs, stand.server.operations.methods

    def answer(call):
        return control(jobs, jobs.named(call.object_name))

    methods["CIM_ConcreteJob", "RequestStateChange"] = answer


def judged(outcome, states, end="failed", after=None):
    """The findings when a running job was asked to terminate and showed these states then."""
    ask = JobAsk(4, outcome, 4, states[0] if after is None else after, 1.0)
    looks = tuple(JobGlimpse(2.0 + n, state) for n, state in enumerate(states))
    job = JobTrail("j", end, (JobGlimpse(0.5, 4), *looks), asks=(ask,))
    call = Call("DefineSystem", "service", "test", STARTED, job=job)
    return judge_stop(Transcript(TERMINATE, calls=(call,)), call)


# -- what is judged --------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [DONE, STARTED])
def test_job_that_ends_as_terminated_is_fine(outcome):
    found = judged(outcome, [6, 8])
    assert (found.observations, found.examined) == ((), 1)


def test_job_that_cannot_be_stopped_now_is_fine():
    found = judged(BUSY, [4, 7], "completed")
    assert (found.observations, found.examined) == ((), 1)


@pytest.mark.parametrize(
    ("outcome", "states", "end", "severity"),
    [
        (DONE, [4, 7], "completed", "fail"),
        (DONE, [4], "unfinished", "fail"),
        (DONE, [9], "failed", "fail"),
        (DONE, [10], "failed", "warn"),
        (STARTED, [4, 7], "completed", "warn"),
        (BUSY, [8], "failed", "fail"),
    ],
)
def test_job_that_does_not_do_what_was_said_is_told(outcome, states, end, severity):
    assert [each.severity for each in judged(outcome, states, end).observations] == [severity]


@pytest.mark.parametrize(
    ("outcome", "states", "end"),
    [
        (DONE, [7], "completed"),
        (BUSY, [7], "completed"),
        (STARTED, [6], "unfinished"),
        (STARTED, [4], "unfinished"),
        (DONE, [4], "vanished"),
    ],
)
def test_job_whose_end_says_nothing_is_untested(outcome, states, end):
    found = judged(outcome, states, end)
    assert found.untested
    assert (found.observations, found.examined) == ((), 0)


def test_job_without_requests_of_its_own_is_not_applicable():
    assert "cannot be asked" in judged(UNKNOWN, [7], "completed").not_applicable


# -- what is played --------------------------------------------------------------------------------


def test_terminated_definition_leaves_nothing(stand):
    before = systems(stand)
    found = stand.findings(TERMINATE)
    assert (found.observations, found.examined) == ((), 1)
    assert systems(stand) == before
    assert read_pending(stand.journal) == ()


def test_definition_that_goes_on_though_terminated_is_told_and_removed(stand):
    controlled(stand, lambda _jobs, _job: MethodResult(0))
    before = systems(stand)
    found = stand.findings(TERMINATE)
    assert [each.severity for each in found.observations] == ["fail"]
    assert systems(stand) == before
    assert read_pending(stand.journal) == ()


def test_system_that_a_terminated_job_makes_all_the_same_is_removed(stand):
    def terminated(jobs, job):
        if not job.finished:
            job.work()
            jobs.move(job, JobState.TERMINATED)
        return MethodResult(0)

    controlled(stand, terminated)
    before = systems(stand)
    stand.findings(TERMINATE)
    assert systems(stand) == before
    assert read_pending(stand.journal) == ()


@pytest.mark.long
def test_job_that_is_still_stopping_is_left_to_the_clean_up(stand):
    def stopping(_jobs, job):
        job.state = JobState.SUSPENDED  # no step of the hypervisor ends it any more
        stand.server.hypervisor.store.change(job.name, JobState=int(JobState.SHUTTING_DOWN))
        return MethodResult(4096)

    controlled(stand, stopping)
    assert "JobState 6 at its deadline" in stand.findings(TERMINATE).untested
    assert len(read_pending(stand.journal)) == 1
    assert stand.player.left
    for job in stand.server.repository.instances("root/virt", "CIM_ConcreteJob"):
        stand.server.hypervisor.store.change(job.path, JobState=int(JobState.TERMINATED))
    assert not clean_up(stand.journal, stand.endpoint).left


def test_server_that_defines_without_jobs_is_not_asked(tmp_path):
    with (
        start(asynchronous=False) as running,
        closing(Stand(running.url, tmp_path, profiles=PROFILES)) as stand,
    ):
        assert "without a job" in stand.findings(TERMINATE).not_applicable
        assert not stand.journal.exists()


def test_jobs_that_are_over_are_asked_once_in_each_way(stand):
    transcripts = [stand.play(name) for name in ("DSP1057:activate", "DSP1057:pause")]
    asks = [ask for each in transcripts for call in each.calls if call.job for ask in call.job.asks]
    assert sorted((ask.before, ask.requested) for ask in asks) == [(7, 3), (7, 4), (7, 5)]
    assert {ask.outcome.name for ask in asks} == {"invalid_state"}


def test_job_that_does_not_go_by_itself_is_deleted(stand):
    rewrites, repository = stand.server.hypervisor.store.rewrites, stand.server.repository
    rewrites.append(("CIM_ConcreteJob", lambda shown: {**shown, "DeleteOnCompletion": False}))
    before = {each.path for each in repository.instances("root/virt", "CIM_ConcreteJob")}
    found = stand.rule("DSP1103:job.deleted", "DSP1057:activate")
    assert (found.observations, found.examined) == ((), 3)
    assert {each.path for each in repository.instances("root/virt", "CIM_ConcreteJob")} == before


# -- the guard -------------------------------------------------------------------------------------


def foreign_job(stand):
    return next(iter(stand.model.members("DSP1103", "Job").values())).path


def test_guard_stops_a_request_to_a_job_that_the_run_did_not_start(stand):
    guard, argument = stand.player._caller.guard, Argument("RequestedState", "uint16", 4)
    assert not guard.adopt_job(foreign_job(stand))
    with pytest.raises(GuardError, match="was not made by this run"):
        guard.invoke(foreign_job(stand), "RequestStateChange", [argument])


def test_job_of_nobody_is_not_taken_for_one_of_the_run(stand):
    made_up = Path("root/virt", "CIM_ConcreteJob", [("InstanceID", "another's")])
    assert not stand.player._caller.guard.adopt_job(made_up)


def test_job_that_was_there_and_is_named_as_ours_is_never_asked(stand):
    methods, asked, old = stand.server.operations.methods, [], foreign_job(stand)
    name = next(
        each.path
        for each in stand.server.repository.instances("root/virt", "CIM_ConcreteJob")
        if each.get("InstanceID") == old.key("InstanceID")
    )
    service = ("CIM_VirtualSystemManagementService", "DefineSystem")
    methods[service] = lambda _call: MethodResult(4096, {"Job": name})
    methods["CIM_ConcreteJob", "RequestStateChange"] = asked.append
    stand.findings(TERMINATE)
    assert asked == []
