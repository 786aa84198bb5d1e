"""Playing checks on a real server: what is asked, what is kept, and that nothing is left."""

from __future__ import annotations

import _thread
import time
from contextlib import closing, contextmanager

import msgspec
import pytest

from conformance.cim import Argument
from conformance.play import Clock
from conformance.play.guard import GuardError
from conformance.settings import InputEntry
from conformance.transcript import Transcript
from reference_impl.app import start
from reference_impl.operations import MethodResult
from tests.playing import Stand, Told

SERVICE = "CIM_VirtualSystemManagementService"


@contextmanager
def standing(tmp_path, told=None, clock=None, **server):
    """A player in front of a server of its own."""
    with (
        start(**server) as running,
        closing(Stand(running.url, tmp_path, told, clock)) as stand,
    ):
        stand.server = running
        yield stand


@pytest.fixture
def stand(tmp_path):
    with standing(tmp_path) as stand:
        yield stand


def systems(stand):
    found = stand.server.repository.instances("root/virt", "CIM_ComputerSystem")
    return sorted(str(instance.path) for instance in found)


def answering(stand, method, answer):
    """Let the server answer a method by a function of the call and its own handler."""
    methods = stand.server.operations.methods
    slot = next(key for key in methods if key[1].lower() == method.lower())
    own = methods[slot]
    methods[slot] = lambda call: answer(call, own)


def listing(stand, requests):
    """Let the capabilities of new systems list only these requests."""

    def rewrite(values):
        return {**values, "RequestedStatesSupported": requests}

    rewrites = stand.server.hypervisor.store.rewrites
    rewrites.append(("CIM_EnabledLogicalElementCapabilities", rewrite))


# -- what is played --------------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "name", ["activate", "pause", "resume", "suspend", "restore", "deactivate", "reset"]
)
def test_transition_reaches_its_state(tmp_path, name, asynchronous):
    with standing(tmp_path, asynchronous=asynchronous) as stand:
        findings = stand.findings(f"DSP1057:{name}")
    assert (findings.observations, findings.examined, findings.error) == ((), 1, "")


@pytest.mark.parametrize("asynchronous", [False, True])
def test_definition_is_followed_to_the_new_system(tmp_path, asynchronous):
    with standing(tmp_path, asynchronous=asynchronous) as stand:
        transcript = stand.play("DSP1042:define")
    found_by = "AffectedJobElement" if asynchronous else "ResultingSystem"
    assert transcript.created.found_by == found_by
    assert (
        transcript.tested.after.related["StateSettings"][0]
        .get("ElementName")
        .startswith("cimconform-")
    )


def test_server_without_systems_is_given_settings_of_the_schema(tmp_path):
    with standing(tmp_path, systems=0) as stand:
        transcript = stand.play("DSP1042:define")
    sent = transcript.tested.arguments
    assert sent["SystemSettings"]["class"] == "CIM_VirtualSystemSettingData"
    assert {each["ResourceType"] for each in sent["ResourceSettings"]} == {3, 4}


def test_transient_states_of_a_job_are_kept(tmp_path):
    with standing(tmp_path, asynchronous=["RequestStateChange"]) as stand:
        tested = stand.play("DSP1057:activate").tested
    assert [glimpse.state for glimpse in tested.course] == [10, 2]
    assert [glimpse.state for glimpse in tested.job.glimpses][-1] == 7


def test_checks_of_the_same_request_share_one_transcript(stand):
    assert stand.play("DSP1057:reset") is stand.play("DSP1057:reset.time")


def test_request_that_is_listed_is_not_tried_as_an_unlisted_one(stand):
    findings = stand.findings("DSP1057:refuse-unlisted[reboot]")
    assert "listed as supported" in findings.not_applicable


def test_fixture_by_a_request_that_is_not_listed_is_not_applicable(stand):
    listing(stand, [2, 3])
    findings = stand.findings("DSP1057:resume")
    assert "reached by quiesce (9), which is not listed" in findings.not_applicable


def test_transition_that_is_not_listed_is_not_applicable(stand):
    listing(stand, [2, 3])
    assert "quiesce (9) is not listed" in stand.findings("DSP1057:pause").not_applicable


def test_system_without_any_listed_request_claims_no_state_management(stand):
    listing(stand, [])
    findings = stand.findings("DSP1057:activate")
    assert "condition" in findings.not_applicable
    assert any("StateManagement: not claimed" in line for line in findings.trace)


def test_transcript_survives_being_saved(stand):
    transcript = stand.play("DSP1042:destroy-active")
    saved = msgspec.json.encode(transcript)
    assert msgspec.json.decode(saved, type=Transcript) == transcript


# -- what the user states --------------------------------------------------------------------------


def test_settings_of_the_user_are_sent(tmp_path):
    entry = InputEntry(class_="CIM_VirtualSystemSettingData", properties={"Notes": ["mine"]})
    with standing(tmp_path, Told(inputs={"system-settings": (entry,)})) as stand:
        sent = stand.play("DSP1057:activate").calls[0].arguments["SystemSettings"]
    assert sent["Notes"] == ["mine"]
    assert sent["ElementName"] == sent["VirtualSystemIdentifier"]


def test_unknown_property_of_the_user_is_untested_with_its_name(tmp_path):
    entry = InputEntry(class_="CIM_VirtualSystemSettingData", properties={"Colour": "red"})
    with standing(tmp_path, Told(inputs={"system-settings": (entry,)})) as stand:
        findings = stand.findings("DSP1057:activate")
    assert "has no property Colour" in findings.untested


def test_refused_definition_is_tried_with_resources_then_untested(stand):
    answering(stand, "DefineSystem", lambda call, own: MethodResult(2))
    findings = stand.findings("DSP1057:activate")
    assert "ResourceSettings" in findings.untested
    assert "cimconform.toml" in findings.advice


def test_server_that_needs_resources_is_given_them(stand):
    def needs_resources(call, own):
        return own(call) if call.get("ResourceSettings") else MethodResult(4)

    answering(stand, "DefineSystem", needs_resources)
    first, second = (stand.play(f"DSP1057:{name}").calls for name in ("activate", "pause"))
    assert [call.purpose for call in first[:2]] == ["attempt", "fixture"]
    assert [call.method for call in second[:2]] == ["DefineSystem", "RequestStateChange"]


def test_method_that_is_not_offered_is_never_called(stand):
    called = []
    answering(stand, "DefineSystem", lambda call, own: called.append(call) or own(call))
    for capabilities in stand.model.members("DSP1042", "ManagementCapabilities").values():
        position = capabilities.layout.index["synchronousmethodssupported"]
        capabilities.values[position] = [3]
    assert stand.findings("DSP1042:define").not_applicable
    assert "does not offer DefineSystem" in stand.findings("DSP1057:activate").untested
    assert called == []


# -- nothing is left -------------------------------------------------------------------------------


def test_every_kind_of_check_leaves_the_server_as_found(stand):
    before = systems(stand)
    for name in ("DSP1042:define", "DSP1042:define-garbage", "DSP1057:pause", "DSP1057:suspend"):
        stand.play(name)
    assert systems(stand) == before
    assert stand.player.close() == ()


def test_paused_system_is_resumed_before_it_is_destroyed(stand):
    def refuses_paused(call, own):
        name = call.get("AffectedSystem")
        paused = stand.server.repository.get(name).get("EnabledState") == 9
        return MethodResult(5) if paused else own(call)

    answering(stand, "DestroySystem", refuses_paused)
    calls = stand.play("DSP1057:pause").calls
    assert [(c.method, c.outcome.name) for c in calls if c.purpose == "clean-up"] == [
        ("RequestStateChange", "done"),
        ("DestroySystem", "done"),
    ]


def test_active_system_is_deactivated_when_its_destruction_is_refused(stand):
    def refuses_active(call, own):
        state = stand.server.repository.get(call.get("AffectedSystem")).get("EnabledState")
        return MethodResult(5) if state != 3 else own(call)

    answering(stand, "DestroySystem", refuses_active)
    before = systems(stand)
    assert stand.play("DSP1057:activate").left == ()
    assert systems(stand) == before


def test_active_system_is_deactivated_when_its_destruction_does_nothing(tmp_path):
    with standing(tmp_path, Told(0.3), faults=["destroy-active-does-nothing"]) as stand:
        before = systems(stand)
        first, second = (stand.play(f"DSP1057:{name}") for name in ("activate", "resume"))
        assert (first.left, second.left, systems(stand)) == ((), (), before)
    cleaned = [c.method for c in second.calls if c.purpose == "clean-up"]
    assert cleaned == ["RequestStateChange", "DestroySystem"]


def test_system_that_cannot_be_removed_is_told(stand):
    answering(stand, "DestroySystem", lambda call, own: MethodResult(2))
    transcript = stand.play("DSP1057:activate")
    assert "DestroySystem" in transcript.left[0]
    assert stand.player.close() == transcript.left


def test_no_more_systems_are_made_when_they_cannot_be_removed(stand):
    answering(stand, "DestroySystem", lambda call, own: MethodResult(2))
    names = ("activate", "pause", "resume", "suspend", "restore", "deactivate", "reset", "reboot")
    for name in names:
        stand.play(f"DSP1057:{name}")
    assert len(stand.player.close()) == 5
    assert "could not be removed" in stand.findings("DSP1057:shut-down").untested


def test_interrupted_play_cleans_up_and_is_interrupted(tmp_path):
    interruptions = [KeyboardInterrupt()]

    def interrupted_once(seconds):
        if interruptions:
            raise interruptions.pop()

    clock = Clock(wait=interrupted_once)
    with standing(tmp_path, Told(0.3), clock, faults=["state-change-does-nothing"]) as stand:
        before = systems(stand)
        with pytest.raises(KeyboardInterrupt):
            stand.play("DSP1057:activate")
        assert systems(stand) == before


def test_system_of_an_interrupted_definition_is_removed(stand):
    def interrupts(call, own):
        result = own(call)
        _thread.interrupt_main()
        return result

    answering(stand, "DefineSystem", interrupts)
    before = systems(stand)
    with pytest.raises(KeyboardInterrupt):
        stand.play("DSP1057:activate")
    assert systems(stand) == before


def test_system_whose_definition_was_answered_too_late_is_removed(tmp_path):
    def answers_late(call, own):
        result = own(call)
        time.sleep(0.5)
        return result

    with standing(tmp_path, Told(timeout_seconds=0.25)) as stand:
        answering(stand, "DefineSystem", answers_late)
        before = systems(stand)
        assert "timeout" in stand.findings("DSP1057:activate").error
        assert systems(stand) == before


@pytest.mark.parametrize("fault", ["define-does-nothing", "destroy-leaves-settings"])
def test_faulty_server_is_left_with_the_systems_found(tmp_path, fault):
    with standing(tmp_path, faults=[fault]) as stand:
        before = systems(stand)
        stand.play("DSP1042:destroy")
        assert systems(stand) == before


def test_server_that_names_another_system_as_result_is_not_believed(stand):
    victim = stand.server.repository.instances("root/virt", "CIM_ComputerSystem")[-1].path

    def names_another(call, own):
        return MethodResult(0, {"ResultingSystem": victim})

    answering(stand, "DefineSystem", names_another)
    before = systems(stand)
    assert "no new virtual system" in stand.findings("DSP1057:activate").untested
    assert systems(stand) == before


# -- the guard -------------------------------------------------------------------------------------


def existing(stand):
    """The path of a system that the run did not make."""
    return next(
        instance.path for instance in stand.model.members("DSP1057", "VirtualSystem").values()
    )


def service(stand):
    found = stand.player._stage("DSP1057").maker.provision.find_service()
    stand.player._caller.guard.permit_service(found)
    return found


@pytest.mark.parametrize("value", ["path", "array", "settings"])
def test_guard_stops_a_call_that_names_what_the_run_did_not_make(stand, value):
    settings = next(iter(stand.model.members("DSP1057", "StateSettings").values()))
    values = {"path": existing(stand), "array": [existing(stand)], "settings": settings}
    argument = Argument("AffectedSystem", "reference", values[value])
    before = systems(stand)
    with pytest.raises(GuardError, match="was not made by this run"):
        stand.player._caller.guard.invoke(service(stand), "DestroySystem", [argument])
    assert systems(stand) == before


def test_guard_stops_a_request_to_a_system_that_the_run_did_not_make(stand):
    argument = Argument("RequestedState", "uint16", 3)
    with pytest.raises(GuardError, match="target was not made by this run"):
        stand.player._caller.guard.invoke(existing(stand), "RequestStateChange", [argument])


def test_guard_stops_a_definition_under_another_name(stand):
    maker = stand.player._stage("DSP1057").maker
    wanted = maker.provision.wanted({"SystemSettings": None}, "precious")
    argument = Argument("SystemSettings", "string", wanted.arguments["SystemSettings"])
    with pytest.raises(GuardError, match="'precious' is no name of this run"):
        stand.player._caller.guard.invoke(service(stand), "DefineSystem", [argument])


def test_guard_stops_a_definition_without_a_name(stand):
    with pytest.raises(GuardError, match="no name by which it could be found"):
        stand.player._caller.guard.invoke(service(stand), "DefineSystem", [])


def test_systems_of_two_runs_are_kept_apart(stand, tmp_path):
    with closing(Stand(stand.server.url, tmp_path / "other")) as other:
        theirs = other.player._stage("DSP1057")
        definition = theirs.maker.make(theirs.maker.next_name())
        argument = Argument("AffectedSystem", "reference", definition.path)
        with pytest.raises(GuardError):
            stand.player._caller.guard.invoke(service(stand), "DestroySystem", [argument])
        assert stand.player.run_name != other.player.run_name


def test_mistake_of_the_suite_is_an_error_and_never_a_failure(stand):
    stand.player._caller.guard.permit_name = lambda name: None
    findings = stand.findings("DSP1057:activate")
    assert "is no name of this run" in findings.error
    assert findings.observations == ()


# -- what servers do wrong -------------------------------------------------------------------------


def test_system_that_came_of_a_refused_definition_is_removed_and_told(stand):
    def refuses_afterwards(call, own):
        own(call)
        return MethodResult(2)

    answering(stand, "DefineSystem", refuses_afterwards)
    before = systems(stand)
    (observation,) = stand.findings("DSP1042:define").observations
    assert observation.expected == "accepted"
    assert systems(stand) == before


def test_server_that_stops_answering_is_an_error(stand):
    def closes(call, own):
        stand.server._server.stop()
        return own(call)

    answering(stand, "RequestStateChange", closes)
    findings = stand.findings("DSP1057:activate")
    assert findings.error
    assert findings.observations == ()


def test_path_of_an_absent_system_looks_like_those_of_the_server(stand):
    tested = stand.play("DSP1042:destroy-unknown").tested
    model = existing(stand)
    name = f"{stand.player.run_name}-1"
    absent = str(model).replace(model.key("Name"), name)
    assert tested.arguments == {"AffectedSystem": absent}


FAULTY = [
    ("state-change-does-nothing", "activate", "3 (defined) after: 3"),
    ("state-change-pause-suspends", "pause", "6 (suspended) after: 6"),
    ("state-change-resume-refused", "resume", "return value 4097 (Invalid State Transition)"),
    ("state-change-defined-pauses", "refuse-while-defined[quiesce]", "EnabledState then: 9"),
    ("state-change-code-undeclared", "refuse-while-defined[reset]", "return value 77"),
]


@pytest.mark.parametrize(("fault", "name", "found"), FAULTY)
def test_faulty_state_change_fails_with_what_was_found(tmp_path, fault, name, found):
    with standing(tmp_path, Told(0.3), faults=[fault]) as stand:
        (observation,) = stand.findings(f"DSP1057:{name}").observations
    assert found in observation.found
    assert observation.severity == "fail"
