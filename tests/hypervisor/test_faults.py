"""Named faults: each is there, shows itself, and leaves the rest of the server at work."""

from __future__ import annotations

import re

import pytest
from pywbem import CIMError

from reference_impl.app import UnknownFaultError, start
from reference_impl.faults import FAULTS, Fault


def content(server):
    """Everything that a server shows, as text, so that any difference is found."""
    repository = server.repository
    return {
        str(each.path): repr(sorted(each.values.items()))
        for namespace in repository.namespaces
        for root in repository.schema.roots()
        for each in repository.instances(namespace, root)
    }


@pytest.fixture(scope="module")
def right():
    with start(systems=6) as server:
        yield content(server)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_fault_has_a_name_and_one_sentence_and_does_something(fault):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fault.name)
    assert fault.statement.endswith(".")
    assert fault.bend or fault.edit


@pytest.mark.long
@pytest.mark.parametrize(
    "fault",
    [each for each in FAULTS.values() if each.edit and not each.dialects],
    ids=lambda fault: fault.name,
)
def test_fault_that_edits_content_changes_it(right, fault):
    with start(systems=6, faults=[fault.name]) as server:
        later = bool(server.hypervisor.store.rewrites)

        assert content(server) != right or later


@pytest.mark.parametrize(
    ("fault", "dialect"),
    [
        (fault, dialect)
        for fault in FAULTS.values()
        for dialect in sorted(fault.dialects)
        if fault.edit
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_fault_of_a_dialect_changes_what_that_shows(fault, dialect):
    with start(systems=6, dialect=dialect) as server:
        usual = content(server)
    with start(systems=6, dialect=dialect, faults=[fault.name]) as server:
        assert content(server) != usual or server.hypervisor.store.rewrites


def test_unknown_fault_is_named_with_those_there_are():
    with pytest.raises(UnknownFaultError, match=r"no fault 'none'; expected one of .*vs-name"):
        start(faults=["none"])


def test_fault_of_ones_own_needs_no_table(serving):
    own = Fault("own", "Own.", edit=lambda it: it.set("CIM_ComputerSystem", 0, ElementName="own"))

    found = serving(faults=[own]).connection.EnumerateInstances("CIM_ComputerSystem")
    assert found[0]["ElementName"] == "own"


def test_bent_transition_reaches_another_state(serving):
    client = serving(faults=["state-change-pause-suspends"])
    system = client.system_in(2)

    assert (client.request(system, 9), client.state(system)) == (0, 6)


def test_method_that_does_nothing_answers_zero(serving):
    client = serving(faults=["define-does-nothing"])
    before = client.systems()

    assert client.call("DefineSystem") == (0, {})
    assert client.systems() == before


def test_undeclared_code_takes_the_place_of_the_right_one(serving):
    client = serving(faults=["state-change-code-undeclared"])

    assert client.request(client.system_in(3), 9) == 77
    assert client.request(client.system_in(3), 2) == 0


def test_fault_in_what_is_defined_later_spares_what_was_populated(serving):
    client = serving(faults=["define-not-hosted"])
    old, new = client.system_in(2), client.define()

    assert len(client.follow(old, "CIM_HostedDependency", Role="Dependent")) == 1
    assert client.follow(new, "CIM_HostedDependency") == []


def test_kept_settings_survive_their_system(serving):
    client = serving(faults=["destroy-leaves-settings"])
    settings = client.defined_settings(client.system_in(3)).path
    client.call("DestroySystem", AffectedSystem=client.system_in(3))

    assert client.connection.GetInstance(settings)["ElementName"] == "vs-00002"


def test_hidden_method_is_missing_from_its_class_alone(serving):
    client = serving(faults=["service-method-hidden"])
    methods = client.connection.GetClass("CIM_VirtualSystemManagementService").methods

    assert "DefineSystem" not in methods
    assert "DestroySystem" in methods


def test_unavailable_method_is_refused(serving):
    client = serving(faults=["remove-not-available"])
    settings = client.defined_settings(client.system_in(3)).path
    resources = [each.path for each in client.allocations(settings)]
    with pytest.raises(CIMError) as refusal:
        client.call("RemoveResourceSettings", ResourceSettings=resources)

    assert refusal.value.status_code == 16


def test_faults_can_be_combined(serving):
    client = serving(faults=["system-name-empty", "vs-name-duplicated"])
    systems = client.connection.EnumerateInstances("CIM_ComputerSystem")
    names = [each["Name"] for each in systems]

    assert systems[0]["ElementName"] is None
    assert len(names) == len(set(names)) + 1
