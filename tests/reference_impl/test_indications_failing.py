"""Listeners that are not there, or do not take what they are told."""

from __future__ import annotations

import contextlib
from queue import Queue

import pytest
from lxml import etree
from pywbem import Uint16, Uint32

from tests.reference_impl.subscribing import ACCEPTED, INTEROP, REFUSED
from tests.servers import Reply, serving

START, STOP = 2, 3


class Moody:
    """A listener that answers as it is told to, and keeps what it was asked."""

    def __init__(self, *answers) -> None:
        self._answers = list(answers)
        self._asked = Queue()
        self.url = ""

    def respond(self, received):
        answer = self._answers.pop(0) if self._answers else ACCEPTED
        self._asked.put(received)
        return answer

    def next(self):
        """The next request, when it comes."""
        return self._asked.get(timeout=20)

    def next_number(self):
        """The sequence number in the next request, when it comes."""
        document = etree.fromstring(self.next().body.encode())
        return int(document.findtext(".//PROPERTY[@NAME='SequenceNumber']/VALUE"))


@contextlib.contextmanager
def moody(*answers):
    listener = Moody(*answers)
    with serving(listener.respond) as served:
        listener.url = served.url
        yield listener


def retry(subscriber, attempts, interval=0, **more):
    subscriber.set(
        DeliveryRetryAttempts=Uint16(attempts), DeliveryRetryInterval=Uint32(interval), **more
    )


def subscribed(subscriber, listener, **more):
    return subscriber.subscribe(subscriber.filter(), subscriber.destination(listener.url), **more)


def wait_for_subscriptions(subscriber, listener, kind):
    """Subscribe another listener to changes of subscriptions."""
    query = f"SELECT * FROM CIM_Inst{kind} WHERE SourceInstance ISA CIM_IndicationSubscription"
    subscriber.subscribe(
        subscriber.filter(query, SourceNamespaces=[INTEROP]), subscriber.destination(listener.url)
    )


def test_an_export_message_has_the_headers_of_the_protocol(subscriber):
    with moody() as listener:
        subscribed(subscriber, listener)
        subscriber.request("vs-00001", STOP)
        headers = listener.next().headers

    assert headers["CIMExport"] == "MethodRequest"
    assert headers["CIMExportMethod"] == "ExportIndication"
    assert headers["Content-Type"] == 'application/xml; charset="utf-8"'


@pytest.mark.parametrize(
    "answer",
    [REFUSED, b"what?", b"<CIM/>", Reply(ACCEPTED, status=500)],
    ids=["error", "no XML", "no reply", "HTTP error"],
)
def test_an_indication_that_is_not_accepted_is_sent_again(subscriber, answer):
    retry(subscriber, 2)
    with moody(answer, answer) as listener:
        subscribed(subscriber, listener)
        subscriber.request("vs-00001", STOP)
        subscriber.request("vs-00001", START)

        assert [listener.next_number() for _ in range(4)] == [0, 0, 0, 1]


def test_an_indication_is_given_up_when_the_retries_are_over(subscriber):
    retry(subscriber, 1)
    with moody(REFUSED, REFUSED) as listener:
        subscribed(subscriber, listener)
        subscriber.request("vs-00001", STOP)
        subscriber.request("vs-00001", START)

        assert [listener.next_number() for _ in range(3)] == [0, 0, 1]


def test_a_server_that_stops_does_not_wait_for_its_retries(subscriber):
    retry(subscriber, 1, interval=3600)
    with moody(REFUSED) as listener:
        subscribed(subscriber, listener)
        subscriber.request("vs-00001", STOP)
        listener.next()
        subscriber.server.close()

        assert listener._asked.empty()


def test_a_slow_listener_does_not_hold_up_another(subscriber, listener):
    retry(subscriber, 3, interval=3600)
    with moody(REFUSED) as broken:
        subscribed(subscriber, broken)
        subscribed(subscriber, listener)
        subscriber.request("vs-00001", STOP)
        broken.next()

        assert listener.next()["SourceInstance"]["EnabledState"] == STOP


def test_ending_a_subscription_ends_its_retries(subscriber):
    retry(subscriber, 3, interval=3600)
    with moody(REFUSED) as listener:
        path = subscribed(subscriber, listener)
        subscriber.request("vs-00001", STOP)
        first = listener.next_number()
        subscriber.subscribe(subscriber.static("VirtualSystemStateChange"), path["Handler"])
        subscriber.connection.DeleteInstance(path)
        subscriber.request("vs-00001", START)

        assert (first, listener.next_number()) == (0, 1)


@pytest.mark.parametrize(
    ("policy", "kind"), [(3, "Modification"), (4, "Deletion")], ids=["disable", "remove"]
)
def test_a_subscription_says_what_becomes_of_it_on_errors(subscriber, listener, policy, kind):
    retry(subscriber, 0)
    wait_for_subscriptions(subscriber, listener, kind)
    subscriber.subscribe(
        subscriber.filter(),
        subscriber.destination("http://127.0.0.1:1"),
        OnFatalErrorPolicy=Uint16(policy),
    )

    subscriber.request("vs-00001", STOP)

    told = listener.next()["SourceInstance"]
    assert told["OnFatalErrorPolicy"] == policy
    assert told["SubscriptionState"] == (4 if policy == 3 else 2)


@pytest.mark.parametrize(
    ("action", "kind"), [(3, "Modification"), (2, "Deletion")], ids=["disable", "remove"]
)
def test_the_service_ends_what_fails_again(subscriber, listener, action, kind):
    retry(
        subscriber,
        0,
        SubscriptionRemovalAction=Uint16(action),
        SubscriptionRemovalTimeInterval=Uint32(0),
    )
    wait_for_subscriptions(subscriber, listener, kind)
    with moody(REFUSED, ACCEPTED, REFUSED, REFUSED) as broken:
        subscribed(subscriber, broken)
        for state in (STOP, START, STOP, START):
            subscriber.request("vs-00001", state)

        assert [broken.next_number() for _ in range(4)] == [0, 1, 2, 3]
        assert listener.next()["SourceInstance"]["SubscriptionState"] == (4 if action == 3 else 2)
