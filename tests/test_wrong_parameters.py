"""Calls with a parameter that is missing or of another type, on a real server."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.play.methods import OF_NO_TYPE
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start
from reference_impl.operations import MethodCall, MethodResult
from tests.playing import Stand, check
from tests.wsman_relay import relayed, without_codes

MANAGEMENT = "CIM_VirtualSystemManagementService"
POWER = "CIM_PowerManagementService"
SYSTEM = "CIM_ComputerSystem"
DESTROY = "DestroySystem"


@pytest.fixture
def stand(tmp_path):
    """A player in front of a server of its own."""
    profiles = ("DSP1027", "DSP1041", "DSP1042", "DSP1057", "DSP1081")
    with start() as running, closing(Stand(running.url, tmp_path, profiles=profiles)) as made:
        made.server = running
        yield made


def answering(stand, classname, method, answer):
    """Let a function of the call and of the right handler answer a method."""
    methods = stand.server.operations.methods
    right = methods[classname, method]
    methods[classname, method] = lambda call: answer(call, right)


def play(stand, name):
    """Play what a check differs from, and the check; return the call that is judged."""
    wanted = check(name)
    stand.play(f"{name.partition(':')[0]}:{wanted.requirement.control}")
    return stand.play(name).tested


def deviations(stand, name):
    """Play what a check differs from, and judge the check."""
    stand.play(f"{name.partition(':')[0]}:{check(name).requirement.control}")
    return stand.findings(name).observations


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("DSP1042:destroy.missing", {}),
        ("DSP1042:destroy.mistyped", {"AffectedSystem": OF_NO_TYPE}),
        ("DSP1042:remove-resource.mistyped", {"ResourceSettings": [OF_NO_TYPE]}),
        ("DSP1042:modify-system.mistyped", {"SystemSettings": OF_NO_TYPE}),
        ("DSP1057:refuse-mistyped", {"RequestedState": OF_NO_TYPE}),
        ("DSP1041:pool.delete.missing", {}),
    ],
)
def test_nothing_else_is_sent(stand, name, sent):
    assert play(stand, name).arguments == sent


def test_text_is_sent_as_what_it_is(stand):
    exchange = play(stand, "DSP1057:refuse-mistyped").exchanges[0]
    typed = '<PARAMVALUE NAME="RequestedState" PARAMTYPE="string">'
    assert f"{typed}<VALUE>{OF_NO_TYPE}</VALUE>" in "".join(exchange.request.split("\n"))


@pytest.mark.parametrize("name", ["change.missing", "change.mistyped"])
def test_power_is_changed_of_the_own_system_only(stand, name):
    there = {each.key("Name") for each in systems(stand)}
    named = []

    def answer(call, right):
        named.append(call.get("ManagedElement").key("Name"))
        return right(call)

    answering(stand, POWER, "RequestPowerStateChange", answer)
    called = play(stand, f"DSP1027:{name}")
    assert "ManagedElement" in called.arguments
    assert named
    assert not there & set(named)


def test_success_without_the_parameter_is_a_deviation(stand):
    def answer(call, right):
        return right(call) if "AffectedSystem" in call.arguments else MethodResult(0)

    answering(stand, MANAGEMENT, DESTROY, answer)
    (observation,) = deviations(stand, "DSP1042:destroy.missing")
    assert (observation.expected, observation.found.split(":")[0]) == ("refused", "accepted")


def test_refusal_that_destroys_all_the_same_is_a_deviation(stand):
    there = systems(stand)

    def answer(call, right):
        if "AffectedSystem" in call.arguments:
            return right(call)
        (own,) = systems(stand) - there
        right(MethodCall(call.object_name, DESTROY, {"AffectedSystem": own}))
        return MethodResult(4)

    answering(stand, MANAGEMENT, DESTROY, answer)
    (observation,) = deviations(stand, "DSP1042:destroy.missing")
    assert "gone" in observation.found or "does not exist" in observation.found


def systems(stand):
    """Return the paths of the virtual systems on the server."""
    hypervisor = stand.server.hypervisor
    shown = hypervisor.store.repository.instances(hypervisor.host.name.namespace, SYSTEM)
    return {each.path for each in shown}


def judged(url, folder, *names, quirks=""):
    """Return the verdicts of some checks of a run, and why."""
    connection = Connection(url, timeout_seconds=10, quirks=quirks)
    run = Run(RunOptions(connection, folder, allow_changes=True, checks=names))
    found = {check.id: run.judge(check) for check in run.plan.checks}
    run.close()
    return {name: (result.verdict, result.reason) for name, result in found.items()}


def test_fault_that_says_nothing_refuses_a_text_that_is_no_reference(tmp_path):
    names = ("DSP1042:destroy", "DSP1042:destroy.mistyped", "DSP1042:destroy-unknown")
    with start(wsman_port=0) as server, relayed(server.wsman_url, without_codes) as url:
        found = judged(url, tmp_path, *names)
    assert found["DSP1042:destroy.mistyped"] == (Verdict.PASS, "")
    verdict, reason = found["DSP1042:destroy-unknown"]
    assert verdict is Verdict.ERROR
    assert "rejected: SOAP fault" in reason
