"""Power states requested of the run's own systems, on a real server (DSP1027)."""

from __future__ import annotations

from contextlib import closing, contextmanager

import pytest

from reference_impl.app import start
from reference_impl.faults import Fault
from reference_impl.operations import MethodResult
from tests.playing import Stand, Told

POWER = "CIM_AssociatedPowerManagementService"
CAPABILITIES = "CIM_PowerManagementCapabilities"
METHOD = ("CIM_PowerManagementService", "RequestPowerStateChange")
ON, SLEEP, OFF_SOFT = 2, 3, 8


@contextmanager
def standing(tmp_path, *bends, **server):
    """A player in front of a server that some functions bend."""
    faults = [Fault(name=str(n), statement="", bend=bend) for n, bend in enumerate(bends)]
    told = Told(deadline_seconds=0.5)
    with (
        start(faults=faults, **server) as running,
        closing(Stand(running.url, tmp_path, told, profiles=("DSP1027", "DSP1057"))) as stand,
    ):
        stand.server = running
        yield stand


def findings(tmp_path, name, *bends, **server):
    with standing(tmp_path, *bends, **server) as stand:
        return stand.findings(f"DSP1027:change.{name}")


def answering(answer):
    """A bend by which a function of the call and the right handler answers the method."""
    return lambda it: it.wrap(*METHOD, lambda right: lambda call: answer(call, right))


def fine(found):
    return (found.observations, found.examined, found.error, found.untested) == ((), 1, "", "")


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "name", ["on", "on-paused", "sleep[sleep-light]", "hibernate", "off", "restart[reset]"]
)
def test_power_state_that_is_supported_is_reached(tmp_path, name, asynchronous):
    assert fine(findings(tmp_path, name, asynchronous=asynchronous))


def test_request_is_made_of_the_service_that_manages_the_system(tmp_path):
    with standing(tmp_path) as stand:
        tested = stand.play("DSP1027:change.sleep[sleep-light]").tested
    assert tested.arguments == {"PowerState": SLEEP, "ManagedElement": tested.after.system.path}
    assert tested.target == tested.after.links["power"][0].get("ServiceProvided")


def test_system_that_no_service_manages_has_no_power_state_to_change(tmp_path):
    found = findings(tmp_path, "on", lambda it: it.never(POWER))
    assert "condition" in found.not_applicable


def test_power_state_that_is_not_available_now_is_not_requested(tmp_path):
    found = findings(
        tmp_path, "on", lambda it: it.always(POWER, AvailableRequestedPowerStates=[SLEEP])
    )
    assert "on (2) is not listed as available" in found.not_applicable


def test_older_service_supports_the_states_that_it_lists(tmp_path):
    def older(it):
        it.always(CAPABILITIES, RequestedPowerStatesSupported=None)
        it.always(POWER, AvailableRequestedPowerStates=None)

    assert fine(findings(tmp_path, "off", older))
    assert "not listed" in findings(tmp_path, "off-soft[off-soft-graceful]", older).not_applicable
    found = findings(tmp_path, "refuse-unsupported[interrupt]", older)
    assert "are not listed" in found.not_applicable


def test_guest_that_does_not_shut_down_leaves_it_untested(tmp_path):
    idle = answering(lambda call, right: MethodResult(0))
    assert "guest" in findings(tmp_path, "off-soft[off-soft]", idle).untested


def test_system_that_stays_on_has_not_slept(tmp_path):
    idle = answering(lambda call, right: MethodResult(0))
    (observation,) = findings(tmp_path, "sleep[sleep-light]", idle).observations
    assert observation.expected == "PowerState 3 or 4 (paused) within 0.5 s"
    assert observation.found.startswith("2; EnabledState meanwhile: 2")


def test_sleeping_system_may_refuse_to_hibernate(tmp_path):
    refusing = answering(
        lambda call, right: MethodResult(4097) if call.get("PowerState") == 7 else right(call)
    )
    assert fine(findings(tmp_path, "hibernate-paused", refusing))


def test_state_that_vanishes_with_its_change_is_a_deviation(tmp_path):
    with standing(tmp_path) as stand:
        repository, methods = stand.server.repository, stand.server.operations.methods
        right = methods[METHOD]

        def vanishing(call):
            result = right(call)
            for link in repository.referring(call.get("ManagedElement"), POWER):
                repository.remove(link.path)
            return result

        methods[METHOD] = vanishing
        (observation,) = stand.findings("DSP1027:change.off").observations
    assert observation.found.startswith("NULL")


def test_change_that_is_put_off_is_no_deviation(tmp_path):
    waiting = answering(lambda call, right: MethodResult(0) if call.get("Time") else right(call))
    found = findings(tmp_path, "later", waiting)
    assert (found.observations, found.error, found.untested) == ((), "", "")


def test_change_that_comes_too_early_is_seen(tmp_path):
    with standing(tmp_path) as stand:
        methods = stand.server.operations.methods
        right = methods[METHOD]
        methods[METHOD] = lambda call: right(
            type(call)(call.object_name, call.method, {**call.arguments, "Time": None})
        )
        (observation,) = stand.findings("DSP1027:change.later").observations
    assert (observation.expected, observation.found) == ("EnabledState still 3 after the call", "2")


def test_views_are_compared_after_every_accepted_change(tmp_path):
    played = ("DSP1027:change.on", "DSP1027:change.off", "DSP1027:change.refuse-nonsense")
    with standing(tmp_path) as stand:
        agree = stand.rule("DSP1027:change.state", *played)
        follow = stand.rule("DSP1027:change.requested", *played)
    assert (agree.examined, agree.observations) == (2, ())
    assert (follow.examined, follow.observations) == (2, ())


def test_only_objects_of_the_run_are_named_and_none_is_left(tmp_path):
    named = []

    def noting(call, right):
        named.append(str(call.get("ManagedElement")))
        return right(call)

    with standing(tmp_path, answering(noting)) as stand:
        there = {str(i.path) for i in stand.server.repository.instances("root/virt", "CIM_System")}
        for name in ("foreign", "unknown", "refuse-nonsense", "on", "later"):
            stand.play(f"DSP1027:change.{name}")
        after = {str(i.path) for i in stand.server.repository.instances("root/virt", "CIM_System")}
    assert (len(named), there & set(named), after) == (5, set(), there)
