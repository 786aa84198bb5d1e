"""Methods that run as jobs, and what clients can do with them (DSP1103)."""

from __future__ import annotations

import pytest
from pywbem import CIMError, CIMInstance, Uint16

from reference_impl.hypervisor.job_states import JobState

SUSPENDED, COMPLETED, TERMINATED, KILLED, EXCEPTION = 5, 7, 8, 9, 10
CREATE = 5
SERVICE = "CIM_VirtualSystemManagementService"


@pytest.fixture
def client(serving):
    return serving(asynchronous=True)


@pytest.fixture
def slow(serving):
    """A server whose jobs do not get anywhere by themselves."""
    client = serving(asynchronous=True)
    client.server.hypervisor.jobs.step_seconds = 3600
    return client


def start_change(client, system, state):
    code, outputs = client.connection.InvokeMethod(
        "RequestStateChange", system, RequestedState=Uint16(state)
    )
    assert code == 4096
    return outputs["Job"]


def ask(client, job, state):
    return client.connection.InvokeMethod("RequestStateChange", job, RequestedState=Uint16(state))[
        0
    ]


def test_methods_are_announced_the_way_they_run(client, serving):
    def announced(of):
        found = of.connection.EnumerateInstances("CIM_VirtualSystemManagementCapabilities")[0]
        return found["SynchronousMethodsSupported"], found["AsynchronousMethodsSupported"]

    assert announced(client) == ([], [2, 3, 5, 6, 7, 10])
    assert announced(serving()) == ([2, 3, 5, 6, 7, 10], [])
    assert announced(serving(asynchronous=["DefineSystem"])) == ([3, 5, 6, 7, 10], [2])


def test_job_takes_a_system_to_its_state(client):
    system = client.system_in(3)
    job = client.finished(start_change(client, system, 2))

    assert (job["JobState"], job["OperationalStatus"]) == (COMPLETED, [17, 2])
    assert (job["PercentComplete"], job["ErrorCode"]) == (100, 0)
    assert client.state(system) == 2


def test_job_belongs_to_the_service_and_affects_the_system(client):
    system = client.system_in(3)
    job = start_change(client, system, 2)

    assert [each.classname for each in client.follow(job, "CIM_OwningJobElement")] == [SERVICE]
    (affected,) = client.follow(job, "CIM_AffectedJobElement")
    assert affected["Name"] == system["Name"]
    client.finished(job)


def test_system_in_transition_shows_where_it_goes_and_is_busy(slow):
    system = slow.system_in(3)
    start_change(slow, system, 2)
    shown = slow.connection.GetInstance(system)

    assert (shown["EnabledState"], shown["TransitioningToState"]) == (10, 2)
    assert shown["AvailableRequestedStates"] == []
    assert slow.request(system, 3) == 4099
    assert slow.call("DestroySystem", AffectedSystem=system) == (5, {})


def test_job_that_defines_a_system_leads_to_it(client):
    settings = CIMInstance("CIM_VirtualSystemSettingData", {"ElementName": "made by a job"})
    code, outputs = client.call("DefineSystem", SystemSettings=settings)
    job = client.finished(outputs.pop("Job"))
    (link,) = client.connection.References(job.path, ResultClass="CIM_AffectedJobElement")

    assert (code, outputs, link["ElementEffects"]) == (4096, {}, [CREATE])
    system = client.connection.GetInstance(link["AffectedElement"])
    assert (system["ElementName"], system["EnabledState"]) == ("made by a job", 3)


def test_parameters_are_checked_before_a_job_starts(client):
    settings = CIMInstance("CIM_VirtualSystemSettingData", {"VirtualSystemType": "none:such"})

    before = client.connection.EnumerateInstances("CIM_ConcreteJob")

    assert client.call("DefineSystem", SystemSettings=settings) == (4, {})
    assert client.connection.EnumerateInstances("CIM_ConcreteJob") == before


def test_job_that_destroys_a_system_outlives_it(client):
    system = client.system_in(2)
    job = client.finished(client.call("DestroySystem", AffectedSystem=system)[1]["Job"])

    assert job["JobState"] == COMPLETED
    assert system not in [each.path for each in client.systems()]


def test_job_that_fails_says_why(client):
    system = client.system_in(3)
    pool = client.server.hypervisor.pools.pool_for(kind_of(client, system), None)
    pool.reserved = pool.capacity
    job = client.finished(start_change(client, system, 2))
    code, outputs = client.connection.InvokeMethod("GetErrors", job.path)

    assert (job["JobState"], job["OperationalStatus"]) == (EXCEPTION, [17, 6])
    assert job["ErrorCode"] != 0
    assert (code, len(outputs["Errors"])) == (0, 1)
    assert "free" in outputs["Errors"][0]["Message"]
    assert (client.state(system), client.request(system, 3)) == (3, 4097)


def kind_of(client, system):
    """The kind of the first resource that a system asks for."""
    record = next(s for s in client.server.hypervisor.systems if s.uuid == system["Name"])
    return next(iter(record.defined.allocations.values())).kind


def test_job_that_completed_has_no_errors(client):
    job = client.finished(start_change(client, client.system_in(3), 2))
    code, outputs = client.connection.InvokeMethod("GetErrors", job.path)

    assert (code, outputs.get("Errors")) == (0, None)


@pytest.mark.parametrize(("request_value", "state"), [(4, TERMINATED), (5, KILLED)])
def test_stopped_job_leaves_the_system_as_it_was(slow, request_value, state):
    system = slow.system_in(3)
    job = start_change(slow, system, 2)

    assert ask(slow, job, request_value) == 0
    shown = slow.connection.GetInstance(job)
    assert (shown["JobState"], shown["ErrorCode"]) == (state, 1)
    assert slow.connection.GetInstance(system)["TransitioningToState"] == 5
    assert slow.state(system) == 3


def test_requests_that_a_job_cannot_grant_are_refused(client):
    job = client.finished(start_change(client, client.system_in(3), 2)).path

    assert [ask(client, job, request) for request in (2, 3, 4, 5)] == [4097] * 4
    assert (ask(client, job, 6), ask(client, job, 99)) == (1, 5)


def test_unfinished_job_is_not_deleted_and_a_finished_one_is(slow):
    job = start_change(slow, slow.system_in(3), 2)
    with pytest.raises(CIMError):
        slow.connection.DeleteInstance(job)
    ask(slow, job, 4)
    slow.connection.DeleteInstance(job)

    assert job not in slow.connection.EnumerateInstanceNames("CIM_ConcreteJob")


def test_job_is_removed_when_its_time_is_over(slow):
    job = slow.connection.GetInstance(start_change(slow, slow.system_in(3), 2))
    job["TimeBeforeRemoval"] = "00000000000000.000000:000"
    slow.connection.ModifyInstance(job, PropertyList=["TimeBeforeRemoval"])

    assert ask(slow, job.path, 4) == 0
    slow.wait(lambda: job.path not in slow.connection.EnumerateInstanceNames("CIM_ConcreteJob"))


def test_jobs_of_the_past_are_over_and_stay_until_they_are_deleted(serving):
    client = serving()
    jobs = client.connection.EnumerateInstances("CIM_ConcreteJob")

    assert [each["JobState"] for each in jobs] == [COMPLETED, COMPLETED, EXCEPTION]
    assert {each["DeleteOnCompletion"] for each in jobs} == {False}
    for job in jobs:
        assert len(client.follow(job.path, "CIM_OwningJobElement")) == 1
        assert len(client.follow(job.path, "CIM_AffectedJobElement")) == 1
        client.connection.DeleteInstance(job.path)
    assert client.connection.EnumerateInstanceNames("CIM_ConcreteJob") == []


def test_job_of_the_past_that_failed_has_an_error_and_the_others_none(client):
    errors = [
        client.connection.InvokeMethod("GetErrors", each)[1].get("Errors")
        for each in client.connection.EnumerateInstanceNames("CIM_ConcreteJob")
    ]

    assert errors[:2] == [None, None]
    assert errors[2][0]["MessageID"]


def test_running_job_is_suspended_and_started_again(client):
    jobs = client.server.hypervisor.jobs
    system = client.system_in(3)
    with client.server.repository.lock:  # it does not get on meanwhile
        started = jobs.start("a job", system, lambda: ())
        job = jobs.named(started)
        jobs.move(job, JobState.RUNNING)
        jobs.move(job, JobState.SUSPENDED)
    path = next(e for e in names(client) if e["InstanceID"] == started.key("InstanceID"))

    assert client.connection.GetInstance(path)["JobState"] == SUSPENDED
    assert (ask(client, path, 3), ask(client, path, 2)) == (4097, 0)
    assert client.finished(path)["JobState"] == COMPLETED


def names(client):
    return client.connection.EnumerateInstanceNames("CIM_ConcreteJob")
