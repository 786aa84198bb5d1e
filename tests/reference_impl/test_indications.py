"""Indications delivered to a listener that this project did not write."""

from __future__ import annotations

import pytest
from pywbem import CIMInstanceName, Uint16

from tests.reference_impl.subscribing import STATE_CHANGE, VIRT

CREATION = 'SELECT * FROM CIM_InstCreation WHERE SourceInstance ISA "CIM_ComputerSystem"'
DELETION = CREATION.replace("Creation", "Deletion")
WQL_STATE_CHANGE = (
    'SELECT * FROM CIM_InstModification WHERE SourceInstance ISA "CIM_ComputerSystem" AND '
    "SourceInstance.EnabledState <> PreviousInstance.EnabledState"
)

START, STOP, PAUSE = 2, 3, 9


def subscribed(subscriber, listener, **chosen):
    return subscriber.subscribe(subscriber.filter(**chosen), subscriber.destination(listener.url))


@pytest.mark.parametrize(
    ("query", "language"), [(STATE_CHANGE, "DMTF:CQL"), (WQL_STATE_CHANGE, "WQL")]
)
def test_listener_is_told_how_a_system_changed_its_state(subscriber, listener, query, language):
    subscribed(subscriber, listener, query=query, language=language)

    system = subscriber.request("vs-00001", STOP)

    told = listener.next()
    assert told.classname == "CIM_InstModification"
    assert (told["PreviousInstance"]["EnabledState"], told["SourceInstance"]["EnabledState"]) == (
        START,
        STOP,
    )
    assert "EnabledState" in told["ChangedPropertyNames"]
    assert told["SourceInstance"].classname == system.classname


def test_indication_says_where_it_comes_from_and_by_which_filter(subscriber, listener):
    subscribed(subscriber, listener, Name="test:by name")

    system = subscriber.request("vs-00001", STOP)

    told = listener.next()
    path = CIMInstanceName.from_wbem_uri(f"/{told['SourceInstanceModelPath']}")
    assert subscriber.connection.GetInstance(path)["Name"] == system["Name"]
    assert told["IndicationFilterName"] == "test:by name"
    assert told["IndicationTime"].minutes_from_utc == 0
    assert told["IndicationIdentifier"].startswith("cimconform:")


def test_indications_of_a_destination_are_numbered_in_one_sequence(subscriber, listener):
    subscribed(subscriber, listener)

    for state in (STOP, START, PAUSE):
        subscriber.request("vs-00001", state)

    told = [listener.next() for _ in range(3)]
    assert [each["SequenceNumber"] for each in told] == [0, 1, 2]
    assert [each["SourceInstance"]["EnabledState"] for each in told] == [STOP, START, PAUSE]
    assert len({each["SequenceContext"] for each in told}) == 1


def test_each_destination_has_a_sequence_of_its_own(subscriber, listener):
    subscribed(subscriber, listener)
    subscribed(subscriber, listener)

    subscriber.request("vs-00001", STOP)

    told = [listener.next(), listener.next()]
    assert [each["SequenceNumber"] for each in told] == [0, 0]
    assert told[0]["SequenceContext"] != told[1]["SequenceContext"]


@pytest.mark.parametrize(("query", "kind"), [(CREATION, "Creation"), (DELETION, "Deletion")])
def test_listener_is_told_of_the_life_cycle_of_systems(subscriber, listener, query, kind):
    subscribed(subscriber, listener, query=query, language="WQL")
    services = subscriber.connection.EnumerateInstanceNames(
        "CIM_VirtualSystemManagementService", VIRT
    )
    ask = subscriber.connection.InvokeMethod

    _, outputs = ask("DefineSystem", services[0])
    ask("DestroySystem", services[0], AffectedSystem=outputs["ResultingSystem"])

    told = listener.next()
    assert told.classname == f"CIM_Inst{kind}"
    assert told["SourceInstance"]["Name"] == outputs["ResultingSystem"]["Name"]


def test_static_filters_can_be_subscribed_to_by_their_collection(subscriber, listener):
    collection = subscriber.connection.EnumerateInstanceNames("CIM_FilterCollection")[0]
    subscriber.create(
        "CIM_FilterCollectionSubscription",
        Filter=collection,
        Handler=subscriber.destination(listener.url),
    )

    subscriber.request("vs-00001", PAUSE)

    names: set[str] = set()
    while len(names) < 2:
        names.add(listener.next()["IndicationFilterName"].rpartition(":")[2])
    assert names == {"VirtualSystemStateChange", "VirtualResourceStateChange"}


def test_selected_properties_alone_are_told(subscriber, listener):
    query = STATE_CHANGE.replace("*", "SourceInstance, IndicationTime")
    subscribed(subscriber, listener, query=query)

    subscriber.request("vs-00001", STOP)

    told = listener.next()
    assert told["SourceInstance"]["EnabledState"] == STOP
    assert told["IndicationTime"] is not None
    assert told["PreviousInstance"] is None


def test_nothing_more_is_told_after_the_subscription_is_deleted(subscriber, listener):
    handler = subscriber.destination(listener.url)
    ended = subscriber.subscribe(subscriber.filter(), handler)
    subscriber.subscribe(subscriber.static("VirtualSystemStateChange"), handler)
    subscriber.connection.DeleteInstance(ended)

    subscriber.request("vs-00001", STOP)
    subscriber.request("vs-00001", START)

    told = [listener.next(), listener.next()]
    assert {each["IndicationFilterName"][:4] for each in told} == {"DMTF"}
    assert [each["SourceInstance"]["EnabledState"] for each in told] == [STOP, START]


def test_a_disabled_subscription_is_told_nothing_until_it_is_enabled(subscriber, listener):
    path = subscribed(subscriber, listener)

    for enabled, state in ((False, STOP), (True, START)):
        subscription = subscriber.connection.GetInstance(path)
        subscription["SubscriptionState"] = Uint16(2 if enabled else 4)
        subscriber.connection.ModifyInstance(subscription, PropertyList=["SubscriptionState"])
        subscriber.request("vs-00001", state)

    assert listener.next()["SourceInstance"]["EnabledState"] == START


def test_a_filter_looks_at_its_namespaces_only(subscriber, listener):
    query = "SELECT * FROM CIM_InstCreation"
    subscribed(subscriber, listener, query=query, SourceNamespaces=None)

    subscriber.request("vs-00002", START)
    made = subscriber.filter()

    told = listener.next()
    while told["SourceInstance"].classname != "CIM_IndicationFilter":
        assert told["SourceInstanceModelPath"].startswith("root/interop:")
        told = listener.next()
    assert told["SourceInstance"]["Name"] == made["Name"]


def test_a_redirected_destination_is_told_at_its_new_place(subscriber, listener):
    handler = subscriber.destination("http://127.0.0.1:1")
    subscriber.subscribe(subscriber.filter(), handler)
    changed = subscriber.connection.GetInstance(handler)
    changed["Destination"] = listener.url
    subscriber.connection.ModifyInstance(changed, PropertyList=["Destination"])

    subscriber.request("vs-00001", STOP)

    assert listener.next()["SourceInstance"]["EnabledState"] == STOP


def test_the_repository_is_listened_to_only_while_somebody_wants_to_be_told(subscriber):
    listeners = subscriber.server.repository.listeners
    before = len(listeners)
    path = subscriber.subscribe(subscriber.filter(), subscriber.destination("http://127.0.0.1:1"))
    during = len(listeners)
    subscriber.connection.DeleteInstance(path)

    assert (before, during, len(listeners)) == (0, 1, 0)
