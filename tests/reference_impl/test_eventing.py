"""Subscriptions over WS-Management, pushed to a listener or pulled by pypsrp."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pywbem import Uint16, Uint32

from reference_impl.app import start
from reference_impl.wsman import names
from tests.reference_impl import subscribing
from tests.reference_impl.eventing import (
    ACTION,
    MESSAGE_ID,
    STATE_CHANGE,
    Sink,
    acknowledgement,
    body_of,
    change_of,
    child,
    context_of,
    refusal,
    subscriber,
    subscription,
)
from tests.reference_impl.managing import CIM, local, selectors, tag
from tests.servers import Reply, serving

START, STOP, PAUSE = 2, 3, 9
PULL = names.DELIVERED_BY_PULL
DURATION = "PT600S"
SHOWN = (
    "CIM_IndicationFilter",
    "CIM_ListenerDestination",
    "CIM_AbstractIndicationSubscription",
)


@pytest.fixture
def server():
    with start(wsman_port=0) as running:
        yield running


@pytest.fixture
def manager(server):
    """A client that changes systems, by CIM-XML."""
    chosen = subscribing.Subscriber(server)
    chosen.set(DeliveryRetryAttempts=Uint16(2), DeliveryRetryInterval=Uint32(0))
    yield chosen
    chosen.connection.close()


@contextlib.contextmanager
def listening(*answers):
    sink = Sink(*answers)
    with serving(sink.respond) as served:
        yield sink, f"{served.url}/events?for=me"


def shown(server):
    return [len(server.repository.instances("root/interop", name)) for name in SHOWN]


def pulling(server, **more):
    asked = subscriber(server)
    return asked, context_of(asked.subscribe(subscription(PULL, **more)))


# -- pulled -----------------------------------------------------------------------------------


def test_events_are_pulled(server, manager):
    asked, context = pulling(server)
    for state in (STOP, START):
        manager.request("vs-00001", state)
    events = asked.fetch(context, most=1) + asked.fetch(context, most=1)
    assert [change_of(each) for each in events] == [
        ("CIM_InstModification", "2", "3"),
        ("CIM_InstModification", "3", "2"),
    ]
    assert [child(each, "SequenceNumber").text for each in events] == ["0", "1"]


def test_many_events_are_pulled_at_once_and_none_is_told_twice(server, manager):
    asked, context = pulling(server)
    for state in (STOP, START, PAUSE):
        manager.request("vs-00001", state)
    assert len(asked.fetch(context)) == 3
    assert refusal(asked.fetch, context, wait="PT0.05S") == "wsman:TimedOut"


def test_events_that_do_not_fit_come_with_the_next_pull(server, manager):
    asked, context = pulling(server)
    for state in (STOP, START, PAUSE):
        manager.request("vs-00001", state)
    asked.max_envelope_size = 8192
    events = [asked.fetch(context) for _ in range(3)]
    assert [[child(each, "SequenceNumber").text for each in some] for some in events] == [
        ["0"],
        ["1"],
        ["2"],
    ]


def test_pull_waits_for_an_event(server, manager):
    asked, context = pulling(server, query="SELECT * FROM CIM_InstCreation")
    assert refusal(asked.fetch, context, wait="PT0.05S") == "wsman:TimedOut"


def test_pull_of_a_subscription_that_is_ended_meanwhile_is_refused(server, manager):
    asked, context = pulling(server)
    asked.say("Unsubscribe")
    assert refusal(asked.fetch, context) == "wsen:InvalidEnumerationContext"


def test_events_come_in_the_form_of_windows_to_whom_asks_so(server, manager):
    asked = subscriber(server)
    uri = f"{names.WINDOWS}root/virt/*"
    context = context_of(asked.subscribe(subscription(PULL), uri=uri))
    manager.request("vs-00001", STOP)
    (event,) = asked.fetch(context)
    assert event.tag == f"{{{names.WINDOWS}root/virt/CIM_InstModification}}CIM_InstModification"
    assert child(event, "SourceInstance").text.startswith('<INSTANCE CLASSNAME="CIM_Computer')


# -- pushed -----------------------------------------------------------------------------------


def test_event_is_pushed_to_its_listener(server, manager):
    with listening() as (sink, url):
        subscriber(server).subscribe(subscription(names.PUSH, url=url))
        manager.request("vs-00001", STOP)
        told = sink.next()
    assert change_of(body_of(told)) == ("CIM_InstModification", "2", "3")
    assert told.find(f".//{ACTION}").text == names.EVENT
    assert told.find(f".//{tag('wsa', 'To')}").text == url
    assert told.find(f".//{tag('wsman', 'ResourceURI')}").text == CIM + "CIM_InstModification"
    assert told.find(".//{urn:x}Mark").text == "mine & thine"


@pytest.mark.parametrize("mode", [names.PUSH, names.PUSH_WITH_ACK])
@pytest.mark.parametrize(
    "answer",
    [Reply(b"", 500), Reply(b"", 302, {"Location": "http://127.0.0.1:1/"}), Reply(b"", 401)],
    ids=["error", "redirection", "credentials wanted"],
)
def test_event_that_is_not_accepted_is_pushed_again(server, manager, mode, answer):
    with listening(answer, acknowledgement) as (sink, url):
        subscriber(server).subscribe(subscription(mode, url=url))
        manager.request("vs-00001", STOP)
        first, second = sink.next(), sink.next()
    assert first.find(f".//{MESSAGE_ID}").text == second.find(f".//{MESSAGE_ID}").text


@pytest.mark.parametrize(
    "answer",
    [b"", b"<x/>", b"not XML", lambda told: acknowledgement(told, "uuid:another")],
    ids=["nothing", "no envelope", "no XML", "another message"],
)
def test_event_that_is_not_acknowledged_is_pushed_again(server, manager, answer):
    with listening(answer, acknowledgement, acknowledgement) as (sink, url):
        subscriber(server).subscribe(subscription(names.PUSH_WITH_ACK, url=url))
        for state in (STOP, START):
            manager.request("vs-00001", state)
        told = [sink.next() for _ in range(3)]
    assert told[0].find(f".//{tag('wsman', 'AckRequested')}") is not None
    numbers = [child(body_of(each), "SequenceNumber").text for each in told]
    assert numbers == ["0", "0", "1"]


def test_subscription_whose_listener_takes_nothing_is_ended(server, manager):
    before = shown(server)
    refused = [Reply(b"", 500)] * 3
    query = "SELECT * FROM CIM_InstDeletion WHERE SourceInstance ISA CIM_IndicationSubscription"
    asked, context = subscriber(server), ""
    chosen = selectors(__cimnamespace="root/interop")
    context = context_of(asked.subscribe(subscription(PULL, query=query), chosen=chosen))
    with listening(*refused) as (_, url):
        subscriber(server).subscribe(subscription(names.PUSH, url=url))
        manager.request("vs-00001", STOP)
        assert [local(each) for each in asked.fetch(context)] == ["CIM_InstDeletion"]
    asked.say("Unsubscribe")
    assert shown(server) == before


# -- life of a subscription -------------------------------------------------------------------


@pytest.mark.parametrize("mode", [PULL, names.PUSH])
def test_subscription_is_shown_while_it_lasts_and_nothing_is_left_of_it(server, manager, mode):
    before = shown(server)
    asked = subscriber(server)
    asked.subscribe(subscription(mode, url="http://127.0.0.1:9/"))
    assert shown(server) == [count + 1 for count in before]
    (made,) = manager.subscriptions()
    assert manager.connection.GetInstance(made["Filter"])["Query"] == STATE_CHANGE
    assert manager.connection.GetInstance(made["Handler"])["Protocol"] == 4
    assert made["SubscriptionDuration"] == 600
    asked.say("Unsubscribe")
    assert shown(server) == before


def test_listener_is_told_nothing_after_its_subscription_has_ended(server, manager):
    with listening() as (sink, url), listening() as (other, other_url):
        asked = subscriber(server)
        asked.subscribe(subscription(names.PUSH, url=url))
        subscriber(server).subscribe(subscription(names.PUSH, url=other_url))
        for state in (STOP, START):
            manager.request("vs-00001", state)
            other.next()
            if state == STOP:
                sink.next()
                asked.say("Unsubscribe")
        server.close()
        assert sink.idle


def test_filter_that_another_client_uses_stays(server, manager):
    before = shown(server)
    asked, _ = pulling(server)
    (made,) = manager.subscriptions()
    used = manager.subscribe(made["Filter"], manager.destination("http://127.0.0.1:9/"))
    asked.say("Unsubscribe")
    assert [each.path for each in manager.subscriptions()] == [used]
    assert shown(server) == [count + 1 for count in before]


@pytest.mark.parametrize("action", ["Unsubscribe", "Renew", "GetStatus"])
def test_subscription_that_has_ended_is_refused(server, manager, action):
    asked, _ = pulling(server)
    manager.connection.DeleteInstance(manager.subscriptions()[0].path)
    assert refusal(asked.say, action) in ("wse:InvalidMessage", "wse:UnableToRenew")


def test_subscription_ends_when_its_time_is_over(server, manager):
    before = shown(server)
    asked, context = pulling(server, expires="PT1S")
    assert refusal(asked.fetch, context) == "wsen:InvalidEnumerationContext"
    assert shown(server) == before
    assert refusal(asked.say, "Renew") == "wse:UnableToRenew"


def test_renewed_subscription_lasts_longer(server, manager):
    asked, context = pulling(server, expires="PT1S")
    assert asked.say("Renew", DURATION) == DURATION
    assert refusal(asked.fetch, context, wait="PT1.2S") == "wsman:TimedOut"
    manager.request("vs-00001", STOP)
    assert len(asked.fetch(context)) == 1


@pytest.mark.parametrize(
    ("asked", "granted"), [("", DURATION), ("PT1H", "PT3600S"), ("P2D", "PT86400S")]
)
def test_answer_says_how_long_a_subscription_lasts(server, asked, granted):
    answer = subscriber(server).subscribe(subscription(PULL, expires=asked))
    assert answer.findtext(f".//{tag('wse', 'Expires')}") == granted


def test_end_of_a_subscription_may_be_a_moment(server):
    moment = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    asked = subscriber(server)
    asked.subscribe(subscription(PULL, expires=moment.isoformat()))
    left = datetime.fromisoformat(asked.say("GetStatus")) - moment
    assert abs(left) <= timedelta(seconds=5)


def test_indication_class_without_a_filter_is_subscribed_to_as_a_whole(server, manager):
    asked = subscriber(server)
    uri = CIM + "CIM_InstModification"
    context = context_of(asked.subscribe(subscription(PULL, query=""), uri=uri))
    manager.request("vs-00001", STOP)
    assert {local(each) for each in asked.fetch(context)} == {"CIM_InstModification"}


def test_filter_that_is_there_is_subscribed_to_and_stays(server, manager):
    before = shown(server)
    path = manager.static("VirtualSystemStateChange")
    chosen = selectors(**{"__cimnamespace": "root/interop", **path.keybindings})
    asked, uri = subscriber(server), CIM + path.classname
    context = context_of(asked.subscribe(subscription(PULL, query=""), uri=uri, chosen=chosen))
    manager.request("vs-00001", STOP)
    assert [change_of(each) for each in asked.fetch(context)] == [
        ("CIM_InstModification", "2", "3")
    ]
    asked.say("Unsubscribe")
    assert shown(server) == before


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"mode": "urn:mode"}, "wse:DeliveryModeRequestedUnavailable"),
        ({"mode": names.PUSH}, "wse:InvalidMessage"),
        ({"mode": names.PUSH, "url": "ftp://127.0.0.1/"}, "wse:InvalidMessage"),
        ({"dialect": "urn:dialect"}, "wse:FilteringRequestedUnavailable"),
        ({"query": "nonsense"}, "wsen:CannotProcessFilter"),
        ({"query": "SELECT * FROM CIM_ComputerSystem"}, "wsen:CannotProcessFilter"),
        ({"query": ""}, "wsman:FilteringRequired"),
        ({"expires": "PT0S"}, "wse:InvalidExpirationTime"),
        ({"expires": "soon"}, "wse:InvalidExpirationTime"),
        ({"expires": "2001-01-01T00:00:00Z"}, "wse:InvalidExpirationTime"),
    ],
)
def test_subscription_that_cannot_be_is_refused_and_leaves_nothing(server, chosen, code):
    before = shown(server)
    body = subscription(**{"mode": PULL, **chosen})
    assert refusal(subscriber(server).subscribe, body) == code
    assert shown(server) == before


@pytest.mark.parametrize(
    ("uri", "said", "code"),
    [
        (CIM + "CIM_ComputerSystem", {}, "wse:EventSourceUnableToProcess"),
        (CIM + "CIM_Nothing", {}, "wsa:DestinationUnreachable"),
        (CIM + "CIM_InstCreation", {"__cimnamespace": "root/no"}, "wsa:DestinationUnreachable"),
    ],
)
def test_what_tells_of_nothing_cannot_be_subscribed_to(server, uri, said, code):
    body = subscription(PULL, query="")
    chosen = selectors(**said)
    assert refusal(subscriber(server).subscribe, body, uri, chosen) == code


@pytest.mark.parametrize("name", ["Heartbeats", "SendBookmarks", "ConnectionRetry"])
def test_what_is_not_served_is_refused(server, name):
    body = subscription(PULL)
    body[0].append(body.makeelement(tag("wsman", name), {}))
    assert refusal(subscriber(server).subscribe, body) == "wsman:UnsupportedFeature"


@pytest.mark.parametrize("header", [tag("wsa", "Action"), "{urn:x}" + "x" * 20_000])
def test_listener_cannot_have_headers_sent_that_are_not_its_own_or_long(server, header):
    body = subscription(names.PUSH, url="http://127.0.0.1:9/")
    parameters = body.find(f".//{tag('wsa', 'ReferenceParameters')}")
    parameters.append(body.makeelement(header, {}))
    assert refusal(subscriber(server).subscribe, body) == "wse:InvalidMessage"


def test_subscriptions_are_limited(server):
    asked = subscriber(server)
    codes = [refusal(asked.subscribe, subscription(PULL)) for _ in range(65)]
    assert codes == [""] * 64 + ["wsman:InternalError"]


def test_unknown_subscription_is_refused(server):
    asked = subscriber(server)
    asked.identifier = "uuid:nobody"
    assert refusal(asked.say, "Unsubscribe") == "wse:InvalidMessage"
    assert refusal(asked.say, "Renew", DURATION) == "wse:UnableToRenew"


def test_server_that_stops_ends_waiting_pulls():
    with ThreadPoolExecutor() as pool:
        with start(wsman_port=0) as server:
            asked, context = pulling(server)
            waiting = pool.submit(asked.fetch, context, wait="PT60S")
        assert waiting.exception(timeout=20) is not None
