"""Requests with chosen quantities: what is asked for, and what is concluded from the answer."""

from __future__ import annotations

from contextlib import closing, contextmanager
from fractions import Fraction

import pytest

from conformance.cim import Instance, Layout, Path, PropertySlot
from conformance.play.quantities import Capable, measured_alike
from conformance.play.requesting import in_unit
from conformance.play.session import Halt
from conformance.punit import understood
from reference_impl.app import start
from reference_impl.operations import MethodResult
from tests.playing import CATALOGUE, Stand

SERVICE = "CIM_VirtualSystemManagementService"
CAPABILITIES, SETTINGS = "CIM_AllocationCapabilities", "CIM_ResourceAllocationSettingData"
PROFILES = ("DSP1041", "DSP1042", "DSP1044", "DSP1045", "DSP1047", "DSP1050", "DSP1057", "DSP1059")
GRANTED, ABOVE = "DSP1059:request.granted", "DSP1059:request.above-maximum"


@contextmanager
def standing(tmp_path, before=None, **server):
    """A player in front of a server of its own, which may be changed before it is looked at."""
    with start(**server) as running:
        if before is not None:
            before(running)
        with closing(Stand(running.url, tmp_path, profiles=PROFILES)) as stand:
            stand.server = running
            yield stand


@pytest.fixture
def stand(tmp_path):
    with standing(tmp_path) as stand:
        yield stand


def answering(stand, method, answer):
    """Let the service answer a method by a function of the call and its own handler."""
    methods = stand.server.operations.methods
    own = methods[SERVICE, method]
    methods[SERVICE, method] = lambda call: answer(call, own)


def asked_of(stand, method):
    """The calls of a method from now on."""
    asked = []
    answering(stand, method, lambda call, own: asked.append(call) or own(call))
    return asked


def change_all(running, classname, **values):
    repository = running.repository
    for each in repository.instances("root/virt", classname):
        repository.change(each.path, **values)


def instances(stand, classname):
    return {str(each.path) for each in stand.server.repository.instances("root/virt", classname)}


# -- what is chosen --------------------------------------------------------------------------------


def settings(quantity=None, kind=4, units="byte*2^20", **more):
    values = {
        "ResourceType": kind,
        "VirtualQuantity": quantity,
        "VirtualQuantityUnits": units,
        **more,
    }
    slots = tuple(PropertySlot(name, "string", is_array=False) for name in values)
    return Instance(Path("root/virt", SETTINGS, ()), Layout(SETTINGS, slots), list(values.values()))


def capable(low=4, high=64, step=4, default=16, **more):
    told = {"minimum": low, "maximum": high, "increment": step}
    bounds = {name: settings(each, **more) for name, each in told.items() if each is not None}
    return Capable(settings(), settings(), settings(default, **more), bounds)


@pytest.mark.parametrize(
    ("choice", "quantity"), [("above", 68), ("below", 3), ("between", 17), ("other", 20)]
)
def test_a_quantity_is_chosen_by_the_range_that_is_told(choice, quantity):
    assert capable().chosen(choice) == quantity


def test_no_quantity_below_a_minimum_of_one_is_asked_for():
    assert capable(low=1, step=1).chosen("below") is None


def test_no_quantity_lies_between_steps_of_one():
    assert capable(low=1, step=1).chosen("between") is None


def test_no_other_quantity_is_in_a_range_of_one():
    assert capable(1, 1, 1, 1).chosen("other") is None


@pytest.mark.parametrize("kind", [17, 19, 31, 32])
def test_no_disk_larger_than_allowed_is_ever_asked_for(kind):
    assert capable(kind=kind).chosen("above") is None


def test_bounds_in_another_unit_are_no_bounds():
    unlike = Capable(settings(), settings(), settings(16), {"maximum": settings(64, units="byte")})
    assert unlike.chosen("above") is None


def test_sizes_of_disks_that_are_only_counted_are_not_compared():
    assert not measured_alike(settings(1, 31, "count"), settings(2, 31, "count"))


def test_memory_that_is_only_counted_goes_by_its_other_unit():
    one, other = (settings(n, 4, "count", AllocationUnits="KiloBytes") for n in (1, 2))
    assert measured_alike(one, other)


def test_a_size_in_another_unit_is_the_same_size():
    given = {"VirtualQuantity": 512, "VirtualQuantityUnits": "byte*2^20", "AllocationUnits": "byte"}
    changed = in_unit({**given, "Reservation": 2**20}, "other")
    unit = understood(changed["VirtualQuantityUnits"])
    assert changed["VirtualQuantityUnits"] != "byte*2^20"
    assert changed["VirtualQuantity"] * unit.factor / understood("byte").factor == Fraction(2**29)


def test_what_has_no_unit_of_a_size_is_not_told_in_another_one():
    with pytest.raises(Halt) as halted:
        in_unit({"VirtualQuantity": 1, "VirtualQuantityUnits": "count"}, "other")
    assert halted.value.stop.not_applicable


# -- what is asked for, and given back -------------------------------------------------------------


@pytest.mark.parametrize("server", [{}, {"asynchronous": True}, {"single_configuration": True}])
@pytest.mark.parametrize(
    "name",
    [
        *("DSP1044:allocation.add", "DSP1045:request.granted", "DSP1047:allocation.read-only"),
        *("DSP1050:connection.remove", "DSP1059:allocation.remove.active"),
    ],
)
def test_what_is_requested_is_judged_and_given_back(tmp_path, name, server):
    with standing(tmp_path, **server) as stand:
        before = instances(stand, SETTINGS)
        found = stand.findings(name)
        assert found.examined
        assert not found.observations
        assert instances(stand, SETTINGS) == before


def test_a_request_outside_of_the_range_differs_by_its_quantity_alone(stand):
    asked = asked_of(stand, "AddResourceSettings")
    stand.play(GRANTED)
    stand.play(ABOVE)
    one, other = (call.get("ResourceSettings")[0].values for call in asked)
    assert {name for name in one | other if one.get(name) != other.get(name)} == {"VirtualQuantity"}


def test_a_request_is_made_of_a_system_of_the_run_only(stand):
    asked = asked_of(stand, "AddResourceSettings")
    there = instances(stand, "CIM_VirtualSystemSettingData")
    stand.play(GRANTED)
    assert str(asked[0].get("AffectedConfiguration")) not in there


def test_devices_that_the_host_would_have_to_give_away_are_not_requested(tmp_path):
    def dedicated(running):
        change_all(running, CAPABILITIES, SharingMode=2)

    with standing(tmp_path, dedicated) as stand:
        asked = asked_of(stand, "DefineSystem")
        assert stand.findings(GRANTED).not_applicable
        assert not asked


def test_without_a_range_no_system_is_made_for_what_is_outside_of_it(tmp_path):
    def unbounded(running):
        change_all(running, "CIM_SettingsDefineCapabilities", ValueRole=1)
        for each in running.repository.instances("root/virt", "CIM_SettingsDefineCapabilities"):
            if str(each.get("PartComponent").key("InstanceID")).endswith("/default"):
                running.repository.change(each.path, ValueRole=0)

    with standing(tmp_path, unbounded) as stand:
        asked = asked_of(stand, "DefineSystem")
        assert stand.findings(ABOVE).not_applicable
        assert not asked


# -- what is concluded -----------------------------------------------------------------------------


def test_a_refusal_of_what_the_suite_has_modelled_is_untested(stand):
    answering(stand, "AddResourceSettings", lambda call, own: MethodResult(4))
    found = stand.findings(GRANTED)
    assert "modelled" in found.untested
    assert "added-resource" in found.advice


def test_a_refusal_proves_nothing_where_the_default_was_refused(stand):
    answering(stand, "AddResourceSettings", lambda call, own: MethodResult(4))
    stand.findings(GRANTED)
    assert "was not accepted in this run" in stand.findings(ABOVE).untested


def test_what_was_accepted_and_ignored_proves_nothing(stand):
    answering(stand, "AddResourceSettings", lambda call, own: MethodResult(0))
    assert stand.findings(GRANTED).observations
    assert "was not accepted in this run" in stand.findings(ABOVE).untested


@pytest.mark.parametrize("code", [1, 2, 3, 4, 32773])
def test_any_refusal_outside_of_the_range_is_one(stand, code):
    def answer(call, own):
        more = call.get("ResourceSettings")[0].get("VirtualQuantity") > 1
        return MethodResult(code) if more else own(call)

    answering(stand, "AddResourceSettings", answer)
    stand.play(GRANTED)
    found = stand.findings(ABOVE)
    assert found.examined
    assert not found.observations


def test_a_request_outside_of_the_range_that_is_ignored_is_told_as_that(tmp_path):
    with standing(tmp_path, faults=("request-above-maximum-ignored",)) as stand:
        stand.play(GRANTED)
        assert "it was ignored" in stand.findings(ABOVE).observations[0].found


def test_a_request_outside_of_the_range_that_is_granted_is_told_as_that(tmp_path):
    with standing(tmp_path, faults=("request-above-maximum-granted",)) as stand:
        stand.play(GRANTED)
        assert "VirtualQuantity is then 2" in stand.findings(ABOVE).observations[0].found


def test_an_addition_that_prepares_a_scenario_and_is_ignored_leaves_it_untested(stand):
    answering(stand, "AddResourceSettings", lambda call, own: MethodResult(0))
    found = stand.findings("DSP1047:request.below-minimum")
    assert "accepted and ignored" in found.untested


def test_a_connection_to_nowhere_may_be_refused_by_the_activation(stand):
    def nowhere(call, own):
        given = [each.copy(HostResource=None) for each in call.get("ResourceSettings")]
        return own(
            type(call)(call.object_name, call.method, {**call.arguments, "ResourceSettings": given})
        )

    stand.play("DSP1050:connection.add")
    answering(stand, "AddResourceSettings", nowhere)
    methods = stand.server.operations.methods
    methods["CIM_ComputerSystem", "RequestStateChange"] = lambda call: MethodResult(4)
    found = stand.findings("DSP1050:connection.refused")
    assert found.examined
    assert not found.observations


@pytest.mark.parametrize("name", ["GD-20", "PR-16", "SR-18"])
def test_what_could_harm_a_host_is_not_asked_for(name):
    found = [
        one
        for profile in CATALOGUE.profiles.values()
        for one in profile.requirements.values()
        if name in (one.fact if isinstance(one.fact, tuple) else (one.fact,))
    ]
    assert [one.excluded for one in found]
    assert all("host" in one.excluded or "others" in one.excluded for one in found)
