"""Judging transcripts: from what was seen to what is said, without a server."""

from __future__ import annotations

import msgspec
import pytest

from conformance.cim import Answer, Exchange, MethodReply, Refusal, Trouble
from conformance.definitions.profile import Basis, EveryCall, Level, Scenario, Transition
from conformance.evaluate.effects import AFTER_REFUSAL, EFFECTS
from conformance.evaluate.interface_rules import INTERFACE_RULES
from conformance.evaluate.rules import RULES
from conformance.evaluate.transcript import judge_every_call, judge_scenario, judge_transition
from conformance.plan import Check
from conformance.play.outcome import code_known, outcome_of, with_job
from conformance.schema.class_files import bundled_classes
from conformance.transcript import (
    Call,
    Created,
    Facet,
    Glimpse,
    JobAsk,
    JobGlimpse,
    JobTrail,
    Outcome,
    Reading,
    Seen,
    Setting,
    Stop,
    Transcript,
)

SAID = {"level": Level.CONDITIONAL, "basis": Basis.READING, "statement": "It is so."}
STATES = {"active": 2, "defined": 3, "suspended": 6, "paused": 9}
CODES = {"done": 0, "not_supported": 1, "invalid_parameter": 5, "job": 4096, "invalid_state": 4097}
ACCEPTED = Outcome("accepted", "done", 0, text="return value 0 (done)")
REFUSED = Outcome("refused", "invalid_state", 4097, text="return value 4097 (invalid_state)")
SYSTEM = "root/virt:CIM_ComputerSystem.Name=a"
EXCHANGE = Exchange("InvokeMethod", SYSTEM, "0")
ILLEGAL = Transition(from_="defined", request="quiesce", refused=("invalid_state",), **SAID)
LEGAL = Transition(from_="active", request="quiesce", to="paused", **SAID)


def system(state=3, **values):
    return Seen(SYSTEM, SYSTEM, "CIM_ComputerSystem", {"EnabledState": state, **values})


def settings(identity, **values):
    return Seen(identity, identity, "CIM_VirtualSystemSettingData", values)


def reading(state=3, **values):
    return Reading(system(state, **values))


def call(outcome=ACCEPTED, **said):
    seen = {"before": reading(), "after": reading(), "course": (Glimpse(0.1, 3),), **said}
    arguments = {"arguments": {"RequestedState": 9}, "subject": SYSTEM}
    whole = {"exchanges": (EXCHANGE,), **arguments, **seen}
    return Call("RequestStateChange", SYSTEM, "test", outcome, **whole)


def transcript(*calls, **said):
    setting = Setting(states=STATES, requested=9, deadline=60.0)
    whole = {"check": "DSP1057:x", "system": "cimconform-1-1", "setting": setting, **said}
    return Transcript(calls=calls, **whole)


def transition(requirement, played):
    whole = played if isinstance(played, Transcript) else transcript(played)
    return judge_transition(Check("DSP1057:x", "DSP1057", "x", requirement, "quiesce"), whole)


def scenario(played, **said):
    requirement = Scenario(call="DestroySystem", **said, **SAID)
    whole = played if isinstance(played, Transcript) else transcript(played)
    return judge_scenario(Check("DSP1042:x", "DSP1042", "x", requirement), whole)


def every(rule, *played, outcome=""):
    requirement = EveryCall(of=("RequestStateChange",), rule=rule, outcome=outcome, **SAID)
    check = Check("DSP1057:every", "DSP1057", "every", requirement)
    return judge_every_call(check, [transcript(one, check=str(n)) for n, one in enumerate(played)])


def severities(findings):
    return [observation.severity for observation in findings.observations]


# -- one outcome from three forms ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "name"),
    [
        (Answer(EXCHANGE, MethodReply(0, {})), "accepted", "done"),
        (Answer(EXCHANGE, MethodReply(4096, {})), "accepted", "job"),
        (Answer(EXCHANGE, MethodReply(4097, {})), "refused", "invalid_state"),
        (Answer(EXCHANGE, MethodReply(77, {})), "refused", "code-77"),
        (Answer(EXCHANGE, MethodReply(None, {})), "refused", "no_return_value"),
        (Answer(EXCHANGE, refusal=Refusal(1)), "refused", "not_supported"),
        (Answer(EXCHANGE, refusal=Refusal(7)), "refused", "not_supported"),
        (Answer(EXCHANGE, refusal=Refusal(16)), "refused", "not_supported"),
        (Answer(EXCHANGE, refusal=Refusal(17)), "refused", "not_supported"),
        (Answer(EXCHANGE, refusal=Refusal(4)), "refused", "invalid_parameter"),
        (Answer(EXCHANGE, refusal=Refusal(6)), "refused", "not_found"),
        (Answer(EXCHANGE, refusal=Refusal(2)), "refused", "status-2"),
        (Answer(EXCHANGE, trouble=Trouble("timeout", "60 s")), "trouble", "timeout"),
    ],
)
def test_every_form_of_an_answer_has_one_outcome(answer, kind, name):
    outcome = outcome_of(answer, CODES)
    assert (outcome.kind, outcome.name) == (kind, name)


@pytest.mark.parametrize(
    ("end", "last", "kind", "name"),
    [
        ("completed", JobGlimpse(1, 7, (17, 2), 0), "accepted", "job"),
        ("failed", JobGlimpse(1, 10, (6,), 4097), "refused", "invalid_state"),
        ("failed", JobGlimpse(1, 10, (6,), 99), "refused", "failed"),
        ("failed", JobGlimpse(1, 10, (6,)), "refused", "failed"),
        ("failed", JobGlimpse(1, 7, (17, 2), 5), "refused", "invalid_parameter"),
        ("vanished", JobGlimpse(1, 4), "accepted", "job"),
        ("unfinished", JobGlimpse(1, 4), "accepted", "job"),
        ("unreadable", JobGlimpse(1, 4), "trouble", "job"),
    ],
)
def test_end_of_the_job_decides_the_outcome(end, last, kind, name):
    started = Outcome("accepted", "job", 4096)
    outcome = with_job(started, JobTrail("job", end, (last,)), CODES)
    assert (outcome.kind, outcome.name) == (kind, name)


@pytest.mark.parametrize(
    ("value", "known"), [(0, "known"), (4097, "known"), (40000, "known"), (77, "reserved")]
)
def test_return_value_is_held_against_the_value_map(value, known):
    method = bundled_classes().get("CIM_ComputerSystem").method("RequestStateChange")
    assert code_known(value, method.allowed()) == known


# -- transitions -----------------------------------------------------------------------------------


def test_state_that_is_reached_passes():
    findings = transition(LEGAL, call(course=(Glimpse(0, 2), Glimpse(1, 9))))
    assert (findings.examined, findings.observations) == (1, ())


def test_state_that_is_not_reached_fails_with_the_states_seen():
    findings = transition(LEGAL, call(course=(Glimpse(0, 4), Glimpse(1, 2))))
    (observation,) = findings.observations
    assert observation.expected == "EnabledState 9 (paused) within 60 s"
    assert observation.found == "2 (active) after: 4, 2"


def test_state_is_not_judged_while_its_job_is_still_running():
    job = JobTrail("job", "unfinished", (JobGlimpse(1, 4),))
    findings = transition(LEGAL, call(job=job))
    assert findings.observations == ()
    assert "still running at its deadline in JobState 4" in findings.untested


def test_job_that_vanished_is_told_with_the_state_that_was_not_reached():
    job = JobTrail("job", "vanished", (JobGlimpse(1, 4),))
    (observation,) = transition(LEGAL, call(job=job)).observations
    assert "its job was vanished in JobState 4" in observation.found


def test_state_that_needs_a_guest_is_untested_when_it_is_not_reached():
    requirement = msgspec.structs.replace(LEGAL, needs="guest")
    assert "guest" in transition(requirement, call()).untested


def test_state_that_cannot_be_read_is_an_error():
    findings = transition(LEGAL, call(course=(Glimpse(1, None, "timeout: 60 s"),)))
    assert (findings.observations, findings.error != "") == ((), True)


def test_system_that_vanishes_fails():
    text = "CIM_ERR_NOT_FOUND (6)"
    (observation,) = transition(LEGAL, call(course=(Glimpse(1, None, text),))).observations
    assert text in observation.found


@pytest.mark.parametrize("kind", ["timeout", "disconnect", "protocol"])
def test_broken_connection_is_an_error_and_never_a_failure(kind):
    findings = transition(LEGAL, call(Outcome("trouble", kind, text=kind)))
    assert (findings.observations, kind in findings.error) == ((), True)


def test_declared_refusal_of_an_illegal_request_passes():
    findings = transition(ILLEGAL, call(REFUSED))
    assert (findings.examined, findings.observations) == (1, ())


def test_refusal_for_another_reason_fails():
    busy = Outcome("refused", "busy", 4099, text="return value 4099 (Busy)")
    (observation,) = transition(ILLEGAL, call(busy)).observations
    assert (observation.expected, observation.found) == ("refused as invalid state", busy.text)


def test_illegal_request_that_is_accepted_fails():
    (observation,) = transition(ILLEGAL, call(course=(Glimpse(0, 9),))).observations
    assert "accepted" in observation.found
    assert "EnabledState then: 9" in observation.found


def test_refused_request_that_changes_the_state_fails():
    (observation,) = transition(ILLEGAL, call(REFUSED, after=reading(9))).observations
    assert (observation.expected, observation.found) == (
        "EnabledState still 3 (defined) after the refusal",
        "9 (paused)",
    )


@pytest.mark.parametrize("outcome", [REFUSED, ACCEPTED])
def test_transition_with_an_alternative_may_end_either_way(outcome):
    requirement = msgspec.structs.replace(LEGAL, refused=("invalid_state",))
    findings = transition(requirement, call(outcome, course=(Glimpse(0, 9),)))
    assert (findings.examined, findings.observations) == (1, ())


def test_property_that_must_move_and_does_not_fails():
    requirement = msgspec.structs.replace(LEGAL, moves=("TimeOfLastStateChange",))
    seen = reading(9, TimeOfLastStateChange="20260101000000.000000+000")
    played = call(course=(Glimpse(0, 9),), before=seen, after=seen)
    (observation,) = transition(requirement, played).observations
    assert observation.expected == "another TimeOfLastStateChange than before"


def test_property_that_must_move_and_is_null_is_not_examined():
    requirement = msgspec.structs.replace(LEGAL, moves=("TimeOfLastStateChange",))
    findings = transition(requirement, call(course=(Glimpse(0, 9),)))
    assert (findings.examined, findings.observations) == (0, ())


@pytest.mark.parametrize("reason", ["not_applicable", "untested", "error"])
def test_reason_why_nothing_was_played_is_passed_on(reason):
    played = transcript(stop=Stop(**{reason: "because"}, advice="do this"), trace=("a",))
    findings = transition(LEGAL, played)
    assert getattr(findings, reason) == "because"
    assert (findings.advice, findings.trace, findings.examined) == ("do this", ("a",), 0)


def test_names_of_the_run_are_not_part_of_what_was_found():
    text = "CIM_ERR_FAILED (1): domain cimconform-1-1 is not running"
    refused = Outcome("refused", "busy", text=text)
    (observation,) = transition(ILLEGAL, call(refused)).observations
    assert observation.found == "CIM_ERR_FAILED (1): domain (its name) is not running"


# -- scenarios -------------------------------------------------------------------------------------


def test_call_that_must_succeed_and_is_refused_fails():
    (observation,) = scenario(call(REFUSED), accepted=True).observations
    assert observation.expected == "accepted"
    assert "invalid state" in observation.found


def test_call_that_must_be_refused_and_succeeds_fails():
    (observation,) = scenario(call(), refused=("invalid_parameter",)).observations
    assert observation.expected == "refused as invalid parameter"


def test_effects_are_untested_when_another_check_judges_the_refusal():
    findings = scenario(call(REFUSED), follows="destroy", effects=("system-gone",))
    assert "refused" in findings.untested


def test_effects_after_refusal_are_not_judged_after_success():
    changed = call(before=reading(3), after=reading(2))
    findings = scenario(changed, accepted=True, refused=("busy",), effects=("unchanged",))
    assert findings.observations == ()


GONE = Reading(missing="gone")
LINKS = {"hosts": (Seen("h", "h", "X", {"Name": "host"}),), "services": (settings("service"),)}
PROFILE = {"profiles": (Seen("p", "p", "X", {"RegisteredName": "Virtual System"}),)}
MARKED = {"configurations": (Seen("l", "l", "X", {"IsNext": 3}),)}
SPENT = {"configurations": (Seen("l", "l", "X", {"IsNext": 2}),)}
NAMED = {"SystemSettings": {"class": "X", "ElementName": "n", "VirtualSystemType": "t"}}
WANTED = {
    "ResourceSettings": [{"class": "X", "ResourceType": 3}, {"class": "X", "ResourceType": 3}]
}


def allocated(number):
    resources = tuple(Seen(f"r{n}", f"r{n}", "X", {"ResourceType": 3}) for n in range(number))
    return Reading(system(), related={"Allocation": resources})


def defined(**values):
    return Reading(system(), related={"StateSettings": (settings("s", **values),)})


def unnamed(number):
    return Reading(system(), related={"StateSettings": tuple(map(settings, "abc"[:number]))})


JOB = JobTrail("j", "completed", (JobGlimpse(1, 7),), affected=(SYSTEM,), created=(SYSTEM,))
EFFECT_CASES = {
    "system-created": (call(), call(), {"path": SYSTEM}, {"compared": True}),
    "state-defined": (call(), call(after=reading(2)), {}, {}),
    "hosted": (call(after=Reading(system(), links=LINKS)), call(), {}, {}),
    "conforms": (call(after=Reading(system(), links=PROFILE)), call(), {}, {}),
    "managed": (call(after=Reading(system(), links=LINKS)), call(), {}, {}),
    "one-state-configuration": (call(after=unnamed(1)), call(after=unnamed(2)), {}, {}),
    "settings-as-requested": (
        call(arguments=NAMED, after=defined(ElementName="n", VirtualSystemType="t")),
        call(arguments=NAMED, after=defined(ElementName="m", VirtualSystemType="t")),
        {},
        {},
    ),
    "resources-as-requested": (
        call(arguments=WANTED, after=allocated(2)),
        call(arguments=WANTED, after=allocated(1)),
        {},
        {},
    ),
    "resources-as-reference": (
        call(before=allocated(2), after=allocated(2)),
        call(before=allocated(2), after=allocated(1)),
        {},
        {},
    ),
    "result-resolves": (
        call(job=JOB),
        call(),
        {"path": SYSTEM, "identity": SYSTEM, "found_by": "AffectedJobElement"},
        {"path": SYSTEM, "identity": SYSTEM, "found_by": "name"},
    ),
    "nothing-created": (call(REFUSED), call(REFUSED), {"compared": True}, {"path": SYSTEM}),
    "system-gone": (call(after=GONE), call(), {}, {}),
    "scope-gone": (
        call(after=Reading(missing="gone", looked_up=2)),
        call(after=Reading(missing="gone", looked_up=2, remains=("x",))),
        {},
        {},
    ),
    "unchanged": (call(REFUSED), call(REFUSED, after=reading(2)), {}, {}),
    "reaches-active": (call(course=(Glimpse(0, 2),)), call(), {}, {}),
    "stays": (call(), call(course=(Glimpse(0, 2),)), {}, {}),
    "hosting-kept": (
        call(before=Reading(system(), links=LINKS), after=Reading(system(), links=LINKS)),
        call(before=Reading(system(), links=LINKS)),
        {},
        {},
    ),
    "next-mark-spent": (
        call(after=Reading(system(), links=SPENT)),
        call(after=Reading(system(), links=MARKED)),
        {},
        {},
    ),
}


def effect(name, played, created):
    setting = Setting(
        states=STATES, service="service", host="host", profiles=("Virtual System",), deadline=60
    )
    whole = transcript(played, created=Created(**created), setting=setting)
    refused = ("invalid_state",) if name in AFTER_REFUSAL else ()
    return scenario(whole, accepted=not refused, refused=refused, effects=(name,))


def test_every_effect_has_a_case():
    assert set(EFFECT_CASES) == set(EFFECTS)


@pytest.mark.parametrize("name", EFFECT_CASES)
def test_effect_that_is_there_passes(name):
    right, _, created, _ = EFFECT_CASES[name]
    findings = effect(name, right, created)
    assert (findings.observations, findings.examined >= 2) == ((), True), findings.trace


@pytest.mark.parametrize("name", EFFECT_CASES)
def test_effect_that_is_missing_fails(name):
    _, wrong, _, created = EFFECT_CASES[name]
    assert "fail" in severities(effect(name, wrong, created))


def test_system_that_is_missing_among_systems_that_cannot_be_listed_is_an_error():
    findings = effect("system-created", call(), {"compared": False})
    assert (findings.observations, "could not be listed" in findings.error) == ((), True)


def test_effect_that_is_missing_where_not_everything_could_be_read_is_an_error():
    partly = Reading(system(), problems=("References(x): connection refused",))
    findings = effect("hosted", call(after=partly), {})
    assert (findings.observations, "not everything could be read" in findings.error) == ((), True)


def test_system_that_appears_under_another_name_is_only_a_warning():
    findings = effect("nothing-created", call(REFUSED), {"compared": True, "others": ("x",)})
    assert severities(findings) == ["warn"]


def test_vanished_bystander_fails_a_refused_destruction():
    created = {"compared": True, "vanished": ("somebody's",)}
    findings = effect("unchanged", call(REFUSED, before=None), created)
    assert [one.subject for one in findings.observations] == ["somebody's"]


def test_effect_on_a_system_that_cannot_be_read_is_an_error():
    findings = effect("system-gone", call(after=Reading(missing="timeout: 60 s")), {})
    assert "timeout" in findings.error


# -- rules on every call ---------------------------------------------------------------------------


def requested(value):
    return call(after=reading(3, RequestedState=value))


def job(*status, end="completed", state=7, **said):
    return JobTrail("j", end, (JobGlimpse(1, state, status or None),), **said)


RUNNING = JobGlimpse(1, 4, (2,), percent=50)
DONE = JobGlimpse(2, 7, (17, 2), 0, percent=100)
FAILED = JobGlimpse(2, 10, (17, 6), 4)


def trail(*glimpses, end="completed", **said):
    return JobTrail("j", end, glimpses, **said)


RULE_CASES = {
    "requested-state-follows": (requested(9), requested(2), ["fail"]),
    "refusal-changes-nothing": (call(REFUSED), call(REFUSED, after=reading(9)), ["fail"]),
    "job-names-system": (
        call(job=job(17, 2, affected=(SYSTEM,))),
        call(job=job(17, 2, affected=("other",))),
        ["fail"],
    ),
    "job-completes": (call(job=job(17, 2)), call(job=job(2)), ["fail"]),
    "return-in-value-map": (
        call(code_known="known"),
        call(code_known="reserved", return_value=77),
        ["fail"],
    ),
    "job-output-agrees": (
        call(return_value=4096, job=job(17, 2)),
        call(return_value=4096),
        ["fail"],
    ),
    "sync-as-offered": (
        call(return_value=0, synchronous=True, asynchronous=False),
        call(return_value=4096, synchronous=True, asynchronous=False),
        ["warn"],
    ),
    "job-resolves": (
        call(job=trail(RUNNING, DONE)),
        call(job=JobTrail("j", "vanished", problem="CIM_ERR_NOT_FOUND")),
        ["fail"],
    ),
    "job-status-unfinished": (
        call(job=trail(RUNNING, DONE)),
        call(job=trail(JobGlimpse(1, 4, (17, 2)), DONE)),
        ["fail"],
    ),
    "job-percent-grows": (
        call(job=trail(RUNNING, DONE)),
        call(job=trail(JobGlimpse(1, 4, percent=60), RUNNING, DONE)),
        ["fail"],
    ),
    "job-ends-well": (
        call(job=trail(RUNNING, JobGlimpse(2, 7, (), 0, percent=100))),
        call(job=trail(RUNNING, JobGlimpse(2, 7, (17, 2), 4), end="failed")),
        ["fail"],
    ),
    "job-names-affected": (
        call(job=trail(RUNNING, DONE, affected=("a",))),
        call(job=trail(RUNNING, DONE, affected=())),
        ["fail"],
    ),
    "job-moves-on": (
        call(job=trail(RUNNING, DONE)),
        call(job=trail(RUNNING, DONE, later=RUNNING)),
        ["fail"],
    ),
    "job-outlasts-end": (
        call(job=trail(RUNNING, DONE, later=DONE)),
        call(job=trail(RUNNING, DONE, later_problem="CIM_ERR_NOT_FOUND")),
        ["fail"],
    ),
    "job-tells-errors": (
        call(job=trail(RUNNING, FAILED, end="failed", errors=1)),
        call(job=trail(RUNNING, FAILED, end="failed", errors=0)),
        ["fail"],
    ),
    "job-refuses-when-over": (
        call(job=job(17, 2, asks=(JobAsk(4, REFUSED, 7, 7),))),
        call(job=job(17, 2, asks=(JobAsk(4, Outcome("accepted", "done"), 7, 7),))),
        ["fail"],
    ),
    "job-shows-itself": (call(job=job(17, 2)), call(job=job(17, 2, unset=("Name",))), ["fail"]),
    "job-is-owned": (call(job=job(17, 2, owners=1)), call(job=job(17, 2, owners=0)), ["fail"]),
    "job-ends": (
        call(job=trail(RUNNING, DONE)),
        call(job=trail(RUNNING, end="unfinished")),
        ["warn"],
    ),
    "job-gives-output": (
        call(job=job(17, 2, returned=True)),
        call(job=job(17, 2, returned=False)),
        ["fail"],
    ),
    "job-can-be-deleted": (
        call(job=job(17, 2, deleted=True)),
        call(job=job(17, 2, deleted=False)),
        ["fail"],
    ),
    "job-fails-with-status": (
        call(job=trail(FAILED, end="failed")),
        call(job=trail(JobGlimpse(2, 10, (17, 2), 4), end="failed")),
        ["fail"],
    ),
    "job-tells-failure": (
        call(job=trail(FAILED, end="failed")),
        call(job=trail(JobGlimpse(2, 10, (17, 6), 0), end="failed")),
        ["fail"],
    ),
    "job-tells-no-errors": (
        call(job=trail(RUNNING, DONE, errors=0)),
        call(job=trail(RUNNING, DONE, errors=1)),
        ["fail"],
    ),
}


def test_every_rule_has_a_case():
    assert set(RULE_CASES) == set(RULES) - set(INTERFACE_RULES)  # these are in the next part


@pytest.mark.parametrize("rule", RULE_CASES)
def test_rule_that_is_kept_passes(rule):
    findings = every(rule, RULE_CASES[rule][0])
    assert (findings.observations, findings.examined) == ((), 1)


@pytest.mark.parametrize("rule", RULE_CASES)
def test_rule_that_is_broken_is_told(rule):
    _, wrong, expected = RULE_CASES[rule]
    findings = every(rule, wrong)
    assert severities(findings) == expected
    assert findings.exchanges == (EXCHANGE,)


@pytest.mark.parametrize("value", [None, 12])
def test_requested_state_that_is_not_tracked_is_fine(value):
    assert severities(every("requested-state-follows", requested(value))) == []


@pytest.mark.parametrize("value", [0, 5])
def test_requested_state_that_is_constant_is_one_warning(value):
    findings = every("requested-state-follows", requested(value), requested(value))
    assert severities(findings) == ["warn"]


def test_requested_state_that_is_sometimes_lost_fails():
    assert severities(every("requested-state-follows", requested(9), requested(0))) == ["fail"]


def test_refused_request_that_shows_as_requested_state_is_a_warning():
    played = call(REFUSED, after=reading(3, RequestedState=9))
    assert severities(every("refusal-changes-nothing", played)) == ["warn"]


def test_refused_request_that_moves_the_time_fails():
    one, other = ({"TimeOfLastStateChange": f"2026010{day}000000.000000+000"} for day in (1, 2))
    played = call(REFUSED, before=reading(3, **one), after=reading(3, **other))
    assert severities(every("refusal-changes-nothing", played)) == ["fail"]


def test_refused_request_that_changes_settings_fails():
    before, after = defined(Notes=["a"]), defined(Notes=["b"])
    played = call(REFUSED, before=before, after=after)
    assert severities(every("refusal-changes-nothing", played)) == ["fail"]


def test_refused_request_may_change_the_health():
    played = call(REFUSED, before=reading(3, HealthState=0), after=reading(3, HealthState=5))
    assert severities(every("refusal-changes-nothing", played)) == []


def test_completed_job_without_status_is_a_warning():
    assert severities(every("job-completes", call(job=job()))) == ["warn"]


def test_job_that_is_still_running_is_not_judged():
    judged = every("job-completes", call(job=job(2, end="unfinished", state=4)))
    assert (judged.examined, judged.observations) == (0, ())


def test_job_beside_return_value_zero_is_a_warning():
    played = call(return_value=0, job=job(17, 2))
    assert severities(every("job-output-agrees", played)) == ["warn"]


def test_job_that_cannot_be_read_fails():
    played = call(return_value=4096, job=JobTrail("j", "vanished", problem="CIM_ERR_NOT_FOUND"))
    assert severities(every("job-output-agrees", played)) == ["fail"]


def test_outcome_restricts_what_a_rule_looks_at():
    findings = every("refusal-changes-nothing", call(), call(REFUSED), outcome="refused")
    assert findings.examined == 1


def test_transcript_that_checks_share_counts_once():
    requirement = EveryCall(of=("RequestStateChange",), rule="return-in-value-map", **SAID)
    shared = transcript(call(code_known="known"))
    check = Check("DSP1057:every", "DSP1057", "every", requirement)
    assert judge_every_call(check, [shared, shared]).examined == 1


def test_rule_on_calls_that_were_never_made_examines_nothing():
    findings = every("job-completes", call(), outcome="job")
    assert (findings.examined, findings.observations, findings.untested) == (0, (), "")


# -- state changes through an interface ----------------------------------------------------------

TABLE = {"active": (2,), "paused": (3, 4), "defined": (6, 8)}
FACET = Facet("power", "PowerState", TABLE, "RequestedPowerState", shown=3, asked=9)
THROUGH = Transition(from_="active", request="sleep", to="paused", through="power", **SAID)
REFUSING = Transition(
    from_="active", request="nmi", refused=("invalid_state",), through="power", **SAID
)
BESIDE = {"RequestedPowerState": 3}


def view(state, power, **values):
    """The system in a state, and its power state."""
    shown = Seen("p", "p", "X", {"PowerState": power, **values} if power else values)
    return Reading(system(state, RequestedState=9), links={"power": (shown,)})


def through(requirement, outcome, before, after):
    played = call(outcome, before=before, after=after)
    setting = Setting(states=STATES, deadline=60, facet=FACET)
    return judge_transition(
        Check("DSP1027:x", "DSP1027", "x", requirement), transcript(played, setting=setting)
    )


def told(rule, after, facet=FACET):
    requirement = EveryCall(of=("RequestStateChange",), rule=rule, **SAID)
    setting = Setting(states=STATES, facet=facet)
    played = transcript(call(before=view(2, 2), after=after), setting=setting)
    return severities(judge_every_call(Check("x", "x", "x", requirement), [played]))


@pytest.mark.parametrize("power", [3, 4])
def test_power_state_that_fits_the_goal_passes(power):
    findings = through(THROUGH, ACCEPTED, view(2, 2), view(9, power))
    assert (findings.observations, findings.examined) == ((), 1)


@pytest.mark.parametrize("power", [2, 6, None])
def test_power_state_that_does_not_fit_the_goal_fails(power):
    assert severities(through(THROUGH, ACCEPTED, view(2, 2), view(9, power))) == ["fail"]


def test_power_state_that_is_never_shown_is_untested():
    findings = through(THROUGH, ACCEPTED, view(2, None), view(9, None))
    assert "NULL" in findings.untested


def test_power_state_that_could_not_be_read_is_an_error():
    unread = msgspec.structs.replace(view(9, None), problems=("timeout: 60 s",))
    assert "timeout" in through(THROUGH, ACCEPTED, view(2, 2), unread).error


def test_refusal_of_what_must_be_reached_fails():
    assert severities(through(THROUGH, REFUSED, view(2, 2), view(2, 2))) == ["fail"]


def test_acceptance_of_what_must_be_refused_fails():
    assert severities(through(REFUSING, ACCEPTED, view(2, 2), view(2, 2))) == ["fail"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (view(2, 2), []),
        (view(2, 6), ["fail"]),
        (view(9, 2), ["fail"]),
        (view(2, 2, **BESIDE), ["warn"]),
    ],
)
def test_refusal_must_change_nothing_in_either_view(after, expected):
    assert severities(through(REFUSING, REFUSED, view(2, 2), after)) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (view(9, 3), []),
        (view(2, 3), ["fail"]),
        (view(10, 3), []),
        (Reading(system(9, RequestedState=2), links=view(9, 3).links), ["fail"]),
        (Reading(system(9, RequestedState=12), links=view(9, 3).links), []),
    ],
)
def test_both_views_must_tell_the_same(after, expected):
    assert told("states-agree", after) == expected


@pytest.mark.parametrize(("value", "expected"), [(3, []), (12, []), (2, ["fail"]), (0, ["warn"])])
def test_request_must_be_shown_unless_none_is_tracked(value, expected):
    assert told("request-shown", view(9, 3, RequestedPowerState=value)) == expected


def test_outcome_that_proves_nothing_is_untested():
    failed = Outcome("refused", "not_supported", status=1, text="CIM_ERR_FAILED")
    assert "CIM_ERR_FAILED" in scenario(call(failed), accepted=True, unproven=("failed",)).untested


def test_effects_are_untested_where_the_followed_state_was_not_reached():
    findings = scenario(call(), follows="activate", to="active", effects=("stays",))
    assert "active was not reached" in findings.untested


@pytest.mark.parametrize(
    ("outputs", "expected"), [({"Is": False}, []), ({"Is": True}, ["fail"]), ({}, ["fail"])]
)
def test_output_must_be_told_and_as_expected(outputs, expected):
    played = call(outputs=outputs)
    said = {"accepted": True, "told": ("Is",), "outputs": {"Is": {"const": False}}}
    assert severities(scenario(played, **said)) == expected
