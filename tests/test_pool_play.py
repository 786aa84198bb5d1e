"""Playing the service that manages pools: what is asked, and that no other pool is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from conformance.cim import Argument
from conformance.endpoint import Connection
from conformance.endpoint.wbem import WbemEndpoint
from conformance.play.cleanup import clean_up
from conformance.play.guard import Guard, GuardError
from conformance.settings import InputEntry
from reference_impl.app import start
from reference_impl.operations import MethodResult
from reference_impl.values import ObjectName
from tests.conftest import ROOT
from tests.playing import Stand, Told

SERVICE = "CIM_ResourcePoolConfigurationService"
PROFILES = ("DSP1041", "DSP1042", "DSP1057")
CHILD, REMOVAL = "DSP1041:pool.create-child", "DSP1041:pool.delete"


@contextmanager
def standing(tmp_path, told=None, **server):
    """A player in front of a server of its own."""
    with (
        start(**server) as running,
        closing(Stand(running.url, tmp_path, told, profiles=PROFILES)) as stand,
    ):
        stand.server = running
        yield stand


@pytest.fixture
def stand(tmp_path):
    with standing(tmp_path) as stand:
        yield stand


def pools(server):
    found = server.repository.instances("root/virt", "CIM_ResourcePool")
    return sorted(
        (each.get("PoolID"), each.get("Capacity"), each.get("Reserved")) for each in found
    )


def answering(stand, method, answer):
    """Let the service answer a method by a function of the call and its own handler."""
    methods = stand.server.operations.methods
    own = methods[SERVICE, method]
    methods[SERVICE, method] = lambda call: answer(call, own)


def deletions(stand):
    """The pools that the service is asked to delete from now on."""
    asked = []
    answering(stand, "DeleteResourcePool", lambda call, own: asked.append(call) or own(call))
    return asked


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        *("create-child", "create-child.reserved", "change-parent.reserved"),
        *("delete.allocated", "remove-resources", "add-resources"),
    ],
)
def test_pools_are_managed_and_given_back(tmp_path, name, asynchronous):
    with standing(tmp_path, asynchronous=asynchronous) as stand:
        before = pools(stand.server)
        findings = stand.findings(f"DSP1041:pool.{name}")
        assert (findings.observations, findings.error, findings.untested) == ((), "", "")
        assert pools(stand.server) == before


def test_little_is_asked_for_from_a_pool_that_has_room(stand):
    sent = stand.play(CHILD).tested.arguments
    assert sent["ElementName"].startswith("cimconform-")
    assert sent["Settings"][0]["Reservation"] == 64
    assert sent["Settings"][0]["AllocationUnits"] == "byte*2^20"
    assert "memory/" in sent["ParentPool"][0]


def test_server_whose_pools_have_no_room_is_asked_for_nothing(stand):
    for pool in stand.model.members("DSP1041", "AnyPool").values():
        pool.values[pool.layout.index["reserved"]] = pool.get("Capacity")
    transcript = stand.play(CHILD)
    assert "no pool says that it has room" in transcript.stop.untested
    assert transcript.calls == ()


def test_settings_of_the_user_say_the_type_and_the_amount(tmp_path):
    stated = {"ResourceType": 3, "Reservation": 400, "AllocationUnits": "hertz*10^6"}
    entry = InputEntry(class_="CIM_ResourceAllocationSettingData", properties=stated)
    with standing(tmp_path, Told(inputs={"pool-settings": (entry,)})) as stand:
        sent = stand.play(CHILD).tested.arguments
    assert sent["Settings"][0]["Reservation"] == 400
    assert "processor/" in sent["ParentPool"][0]


def test_refused_settings_of_the_suite_are_untested_with_advice(stand):
    answering(stand, "CreateChildResourcePool", lambda call, own: MethodResult(5))
    findings = stand.findings(CHILD)
    assert "settings that the suite has modelled" in findings.untested
    assert "pool-settings" in findings.advice


def test_method_that_is_offered_and_not_known_fails(stand):
    del stand.server.operations.methods[SERVICE, "CreateChildResourcePool"]
    (observation,) = stand.findings(CHILD).observations
    assert "not supported" in observation.found


def test_no_pool_is_created_that_could_not_be_deleted(stand):
    for capabilities in stand.model.members("DSP1041", "PoolServiceCapabilities").values():
        position = capabilities.layout.index["synchronousmethodssupported"]
        capabilities.values[position] = [3]
    transcript = stand.play(CHILD)
    assert "could not be removed" in transcript.stop.untested
    assert transcript.calls == ()


# -- pools of others -----------------------------------------------------------------------------


@pytest.mark.parametrize("outputs", ["parent", "nothing", "nowhere"])
def test_only_the_new_pool_is_deleted_whatever_the_server_names(stand, outputs):
    def names_another(call, own):
        done, parent = own(call), call.get("ParentPool")[0]
        gone = ObjectName(parent.namespace, parent.classname, {"InstanceID": "gone"})
        told = {"parent": {"Pool": parent}, "nothing": {}, "nowhere": {"Pool": gone}}[outputs]
        return MethodResult(done.return_value, told)

    before, asked = pools(stand.server), deletions(stand)
    answering(stand, "CreateChildResourcePool", names_another)
    (observation,) = stand.findings("DSP1041:pool.create-child.result").observations
    assert "with the new pool" in observation.expected
    assert [str(call.get("Pool")) for call in asked if "pool-" not in str(call.get("Pool"))] == []
    assert pools(stand.server) == before


def test_pool_that_came_of_a_refused_creation_is_told_and_removed(stand):
    def refuses_afterwards(call, own):
        kind = call.get("Settings")[0].get("ResourceType")
        right = [call.get("Settings")[0].copy(ResourceType=4)]
        done = own(replace(call, arguments={**call.arguments, "Settings": right}))
        return done if kind == 4 else MethodResult(7)

    before = pools(stand.server)
    answering(stand, "CreateChildResourcePool", refuses_afterwards)
    stand.play(CHILD)
    (observation,) = stand.findings("DSP1041:pool.create-child.wrong-type").observations
    assert observation.found == "a new one"
    assert pools(stand.server) == before


@pytest.mark.parametrize(
    ("method", "parameter", "sent"),
    [
        ("CreateChildResourcePool", "ParentPool", True),
        ("ChangeParentResourcePool", "ChildPool", False),
        ("AddResourcesToResourcePool", "Pool", False),
        ("DeleteResourcePool", "Pool", False),
        ("DeleteResourcePool", "ParentPool", False),
    ],
)
def test_pool_of_the_host_is_named_as_parent_and_as_nothing_else(stand, method, parameter, sent):
    guard = Guard(stand.endpoint)
    pool, service = (_path(stand, name) for name in ("AnyPool", "PoolService"))
    guard.permit_service(service)
    guard.permit_as(pool, "ParentPool")
    if sent:
        guard.invoke(service, method, [Argument(parameter, "reference", [pool], is_array=True)])
        return
    with pytest.raises(GuardError, match="not made by this run"):
        guard.invoke(service, method, [Argument(parameter, "reference", pool)])


def _path(stand, adaptation):
    return min(
        (each.path for each in stand.model.members("DSP1041", adaptation).values()),
        key=lambda path: path.identity,
    )


def test_pools_that_others_draw_from_meanwhile_are_no_deviation(stand):
    def meanwhile(call, own):
        store = stand.server.hypervisor.store
        for pool in list(stand.server.repository.instances("root/virt", "CIM_ResourcePool")):
            if "pool-" not in pool.get("PoolID"):
                store.change(pool.path, Reserved=pool.get("Reserved") + 7)
        return own(call)

    answering(stand, "CreateChildResourcePool", meanwhile)
    for name in ("reserved", "others"):
        assert stand.findings(f"{CHILD}.{name}").observations == ()


def test_activation_beside_that_of_another_system_is_not_held_against_the_pools(stand):
    def with_another(call, own):
        found = stand.server.repository.instances("root/virt", "CIM_ComputerSystem")
        other = next(each for each in found if each.get("EnabledState") == 3)
        store = stand.server.hypervisor.store
        if other.path != call.object_name:
            store.change(other.path, EnabledState=6)
        return MethodResult(own(call).return_value)

    methods = stand.server.operations.methods
    own = methods["CIM_ComputerSystem", "RequestStateChange"]
    methods["CIM_ComputerSystem", "RequestStateChange"] = lambda call: with_another(call, own)
    findings = stand.findings("DSP1041:allocation.activated.reserved")
    assert (findings.examined, findings.observations) == (0, ())
    assert any("other systems changed" in line for line in findings.trace)


def test_allocation_from_another_pool_than_asked_for_leaves_the_deletion_untested(tmp_path):
    with standing(tmp_path, faults=["resource-of-no-pool-added"]) as stand:
        findings = stand.findings("DSP1041:pool.delete.allocated")
    assert "PoolID is 'memory/default', not as asked for" in findings.untested


def test_resources_of_a_system_that_does_not_become_active_are_not_judged(tmp_path):
    with standing(tmp_path, faults=["state-change-does-nothing"]) as stand:
        findings = stand.findings("DSP1041:allocation.activated")
    assert (findings.examined, findings.observations, findings.error) == (0, (), "")


# -- after a kill ----------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from conformance.play import Clock
from tests.playing import Stand
def die(seconds):
    os.kill(os.getpid(), signal.SIGKILL)
profiles = ("DSP1041", "DSP1042", "DSP1057")
stand = Stand(sys.argv[1], Path(sys.argv[2]), clock=Clock(wait=die), profiles=profiles)
stand.play(sys.argv[3])
"""


def whole(server):
    """All pools and systems of a server."""
    found = server.repository.instances("root/virt", "CIM_ComputerSystem")
    return pools(server), sorted(str(each.path) for each in found)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("create-child", "CreateChildResourcePool"),
        ("create-root", "CreateResourcePool"),
        ("delete.gives-back", "DeleteResourcePool"),
        ("delete.allocated", "RequestStateChange"),
    ],
)
def test_pools_that_a_killed_run_left_are_removed(tmp_path, name, method):
    with start(asynchronous=[method]) as server:
        before = whole(server)
        command = [sys.executable, "-c", KILLED, server.url, str(tmp_path), f"DSP1041:pool.{name}"]
        killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
        assert killed.returncode == -signal.SIGKILL
        while len(pools(server)) == len(before[0]):
            time.sleep(0.01)  # the job that the killed run has started goes on by itself
        with closing(WbemEndpoint(Connection(server.url))) as endpoint:
            report = clean_up(tmp_path / "journal.ndjson", endpoint)
        assert (report.left, whole(server)) == ((), before)
