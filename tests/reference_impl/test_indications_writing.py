"""What clients may do with filters, destinations, subscriptions and the indication service."""

from __future__ import annotations

import pytest
from pywbem import CIMError, CIMInstanceName, Uint16, Uint32, WBEMServer, WBEMSubscriptionManager

from tests.reference_impl.subscribing import INTEROP, STATE_CHANGE, VIRT

URL = "http://127.0.0.1:1"

FAILED, INVALID_PARAMETER, NOT_SUPPORTED, ALREADY_EXISTS = 1, 4, 7, 11
NO_LANGUAGE, INVALID_QUERY = 14, 15


def code(refused):
    """Run a call that must be refused, and return the CIM status code."""
    with pytest.raises(CIMError) as error:
        refused()
    return error.value.status_code


@pytest.mark.parametrize(
    "query",
    [
        "WHERE is the rest",
        "SELECT * FROM CIM_ComputerSystem",
        "SELECT * FROM CIM_NoSuchIndication",
        "SELECT NoSuch FROM CIM_InstCreation",
        STATE_CHANGE.replace("PreviousInstance", "NoSuchInstance"),
    ],
)
def test_a_nonsense_query_is_refused(subscriber, query):
    assert code(lambda: subscriber.filter(query)) == INVALID_QUERY


def test_a_nonsense_query_language_is_refused(subscriber):
    assert code(lambda: subscriber.filter(language="DMTF:Nonsense")) == NO_LANGUAGE


@pytest.mark.parametrize(
    "lacking", [{"Name": None}, {"Query": None}, {"SourceNamespaces": ["root/nowhere"]}]
)
def test_a_filter_that_lacks_something_is_refused(subscriber, lacking):
    assert code(lambda: subscriber.filter(**lacking)) == INVALID_PARAMETER


@pytest.mark.parametrize(
    "wrong",
    [
        {"Destination": "ftp://127.0.0.1/"},
        {"Destination": "http://"},
        {"Destination": "http://host:99999"},
        {"Name": None},
        {"Protocol": Uint16(4)},
        {"PersistenceType": Uint16(1)},
        {"username": "me"},
    ],
)
def test_a_destination_that_cannot_be_served_is_refused(subscriber, wrong):
    assert code(lambda: subscriber.destination(**{"url": URL, **wrong})) == INVALID_PARAMETER


def test_names_are_taken_once(subscriber):
    subscriber.filter(Name="test:one")
    subscriber.destination(URL, Name="test:one")

    assert code(lambda: subscriber.filter(Name="test:one")) == ALREADY_EXISTS
    assert code(lambda: subscriber.destination(URL, Name="test:one")) == ALREADY_EXISTS


def test_the_server_says_which_system_a_filter_belongs_to(subscriber):
    path = subscriber.filter(SystemName="somebody else", SystemCreationClassName="Any_System")

    host = subscriber.connection.Associators(
        subscriber.service.path, AssocClass="CIM_HostedService"
    )[0]
    assert path["SystemName"] == host["Name"]
    assert path["SystemCreationClassName"] == host.classname


def test_what_clients_create_is_affected_by_the_service(subscriber):
    made = [subscriber.filter(), subscriber.destination(URL)]

    affected = subscriber.connection.AssociatorNames(
        subscriber.service.path, AssocClass="CIM_ServiceAffectsElement"
    )
    names = {(each.classname, each.keybindings.get("Name")) for each in affected}
    assert {(each.classname, each["Name"]) for each in made} <= names


def test_a_subscription_is_enabled_and_found_until_it_is_deleted(subscriber):
    path = subscriber.subscribe(subscriber.filter(), subscriber.destination(URL))
    (found,) = subscriber.subscriptions()
    subscriber.connection.DeleteInstance(path)

    assert found["SubscriptionState"] == 2
    assert found["SubscriptionStartTime"] is not None
    assert subscriber.subscriptions() == []


def test_a_subscription_is_taken_once(subscriber):
    ends = subscriber.filter(), subscriber.destination(URL)
    subscriber.subscribe(*ends)

    assert code(lambda: subscriber.subscribe(*ends)) == ALREADY_EXISTS


def test_both_ends_of_a_subscription_must_exist(subscriber):
    ends = subscriber.filter(), subscriber.destination(URL)
    for lost in (0, 1):
        given = [each.copy() for each in ends]
        given[lost]["Name"] = "test:nobody"
        assert code(lambda: subscriber.subscribe(*given)) == INVALID_PARAMETER  # noqa: B023

    assert subscriber.subscriptions() == []


def test_both_ends_of_a_subscription_must_be_of_the_right_class(subscriber):
    made, handler = subscriber.filter(), subscriber.destination(URL)
    collection = subscriber.connection.EnumerateInstanceNames("CIM_FilterCollection")[0]

    assert code(lambda: subscriber.subscribe(collection, handler)) == INVALID_PARAMETER
    assert code(lambda: subscriber.subscribe(made, made)) == INVALID_PARAMETER


@pytest.mark.parametrize(
    "wish",
    [
        {"OnFatalErrorPolicy": Uint16(1)},
        {"RepeatNotificationPolicy": Uint16(3)},
        {"SubscriptionState": Uint16(3)},
        {"AlertOnStateChange": True},
    ],
)
def test_a_wish_that_is_not_served_is_refused(subscriber, wish):
    ends = subscriber.filter(), subscriber.destination(URL)

    assert code(lambda: subscriber.subscribe(*ends, **wish)) == INVALID_PARAMETER


def test_what_a_subscription_uses_cannot_be_deleted(subscriber):
    ends = subscriber.filter(), subscriber.destination(URL)
    path = subscriber.subscribe(*ends)
    delete = subscriber.connection.DeleteInstance

    assert [code(lambda: delete(each)) for each in ends] == [FAILED, FAILED]  # noqa: B023
    delete(path)
    for each in ends:
        delete(each)


def test_a_filter_in_use_cannot_be_changed(subscriber):
    path = subscriber.filter()
    changed = subscriber.connection.GetInstance(path)
    changed["Query"] = STATE_CHANGE.replace("EnabledState", "HealthState")
    modify = subscriber.connection.ModifyInstance
    modify(changed, PropertyList=["Query"])

    subscriber.subscribe(path, subscriber.destination(URL))
    changed["Query"] = STATE_CHANGE

    assert "HealthState" in subscriber.connection.GetInstance(path)["Query"]
    assert code(lambda: modify(changed, PropertyList=["Query"])) == FAILED


def test_a_filter_cannot_be_changed_into_nonsense(subscriber):
    changed = subscriber.connection.GetInstance(subscriber.filter())
    changed["Query"] = "SELECT nothing"

    assert code(lambda: subscriber.connection.ModifyInstance(changed)) == INVALID_QUERY


def test_a_static_filter_stays_as_it_is(subscriber):
    path = subscriber.static("VirtualSystemStateChange")
    changed = subscriber.connection.GetInstance(path)
    changed["Query"] = "SELECT * FROM CIM_InstCreation"

    assert code(lambda: subscriber.connection.DeleteInstance(path)) == NOT_SUPPORTED
    assert code(lambda: subscriber.connection.ModifyInstance(changed)) == NOT_SUPPORTED


def test_instances_of_the_service_belong_into_the_interop_namespace(subscriber):
    subscriber.connection.default_namespace = VIRT

    assert code(subscriber.filter) == NOT_SUPPORTED


def test_settable_properties_of_the_service_can_be_set(subscriber):
    subscriber.set(DeliveryRetryAttempts=Uint16(7), SubscriptionRemovalAction=Uint16(4))

    assert subscriber.service["DeliveryRetryAttempts"] == 7
    assert subscriber.service["SubscriptionRemovalAction"] == 4


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"FilterCreationEnabled": False}, NOT_SUPPORTED),
        ({"ElementName": "mine"}, NOT_SUPPORTED),
        ({"SubscriptionRemovalAction": Uint16(1)}, INVALID_PARAMETER),
    ],
)
def test_other_properties_of_the_service_cannot_be_set(subscriber, wish, refusal):
    assert code(lambda: subscriber.set(**wish)) == refusal


def test_capabilities_say_what_can_be_set(subscriber):
    (capabilities,) = subscriber.connection.Associators(
        subscriber.service.path, AssocClass="CIM_ElementCapabilities"
    )

    settable = {name for name, value in capabilities.items() if value is True}
    assert settable == {
        "DeliveryRetryAttemptsIsSettable",
        "DeliveryRetryIntervalIsSettable",
        "SubscriptionRemovalActionIsSettable",
        "SubscriptionRemovalTimeIntervalIsSettable",
    }


def test_destinations_are_limited(subscriber):
    for _ in range(64):
        subscriber.destination(URL)

    assert code(lambda: subscriber.destination(URL)) == FAILED


def test_a_subscription_ends_when_its_duration_is_over(subscriber, listener):
    handler = subscriber.destination(listener.url)
    query = "SELECT * FROM CIM_InstDeletion WHERE SourceInstance ISA CIM_IndicationSubscription"
    subscriber.subscribe(subscriber.filter(query, SourceNamespaces=[INTEROP]), handler)
    short = subscriber.subscribe(subscriber.filter(), handler, SubscriptionDuration=Uint32(0))

    told = listener.next()
    assert f'Name="{short["Filter"]["Name"]}"' in told["SourceInstanceModelPath"].replace("\\", "")


def test_pywbem_manages_its_subscriptions_here(subscriber):
    with WBEMSubscriptionManager("test") as manager:
        server = manager.add_server(WBEMServer(subscriber.connection))
        handler = manager.add_destination(server, URL, owned=True, destination_id="t")
        made = manager.add_filter(server, VIRT, STATE_CHANGE, "DMTF:CQL", owned=True, filter_id="f")
        manager.add_subscriptions(server, made.path, handler.path)
        assert len(subscriber.subscriptions()) == 1

    assert subscriber.subscriptions() == []


def test_indications_profile_leads_to_the_service(subscriber):
    server = WBEMServer(subscriber.connection)
    (profile,) = server.get_selected_profiles("DMTF", "Indications")

    (central,) = server.get_central_instances(profile.path)

    assert isinstance(central, CIMInstanceName)
    assert central["Name"] == subscriber.service["Name"]
