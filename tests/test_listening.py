"""The listener takes indications at the run's own paths, whatever else is sent to it."""

from __future__ import annotations

import http.client
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from conformance.listen import Listener, Place, place_of
from conformance.listen.address import is_address, is_listener_url
from reference_impl.indications.export import DeliveryError, export_request, post

INDICATION = '<INSTANCE CLASSNAME="CIM_InstCreation"></INSTANCE>'


@pytest.fixture
def listener():
    with closing(Listener(Place("127.0.0.1"), "run")) as listener:
        yield listener


def sent(listener, body, path="/run/cql", **headers):
    """Return the HTTP status that the listener answers to a request."""
    address = urlsplit(listener.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    with closing(connection):
        connection.request(
            "POST", path, body, headers, encode_chunked="Transfer-Encoding" in headers
        )
        return connection.getresponse().status


def test_indication_is_kept_with_its_channel_and_the_sender_is_thanked(listener):
    post(listener.channel("cql"), export_request(INDICATION))
    (one,) = listener.deliveries()
    assert (one.channel, one.problem) == ("cql", "")
    assert one.indication.classname == "CIM_InstCreation"


def test_request_at_a_strange_path_is_not_kept(listener):
    with pytest.raises(DeliveryError, match="404"):
        post(listener.channel("cql").replace("/run/", "/other/"), export_request(INDICATION))
    assert listener.deliveries() == ()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<CIM", "expected XML"),
        (b"<!DOCTYPE a [<!ENTITY a 'b'>]><CIM/>", "no entity declarations"),
        (b"<CIM><MESSAGE ID='1'/></CIM>", "expected 1 to 1 elements in MESSAGE"),
        (export_request("<CLASS NAME='a'/>"), "expected INSTANCE"),
        (export_request(INDICATION.replace("></", "><PROPERTY/></")), "an INSTANCE that is one"),
        (b"\xff\xfe\x00", "expected text in utf-16"),
    ],
)
def test_what_is_no_indication_is_kept_with_the_reason(listener, body, told):
    assert sent(listener, body) == 200
    (one,) = listener.deliveries()
    assert one.indication is None
    assert told in one.problem


@pytest.mark.parametrize("length", ["-1", "many", ""])
def test_request_without_a_length_is_refused(listener, length):
    assert sent(listener, b"", **{"Content-Length": length}) == 400


def test_request_that_is_too_large_is_refused_unread(listener):
    assert sent(listener, b"", **{"Content-Length": "99999999999"}) == 413


def test_request_in_chunks_is_read_as_a_whole(listener):
    whole = export_request(INDICATION)
    pieces = iter([whole[:10], whole[10:]])
    assert sent(listener, pieces, **{"Transfer-Encoding": "chunked"}) == 200
    assert listener.deliveries()[0].problem == ""


def test_waiting_ends_with_the_next_indication(listener):
    post(listener.channel("wql"), export_request(INDICATION))
    assert listener.wait(0, 60)
    assert not listener.wait(1, 0)


def test_url_is_that_of_the_user_where_one_was_given():
    with closing(Listener(Place("127.0.0.1", url="http://nat.example:99/x"), "run")) as listener:
        assert listener.channel("cql") == "http://nat.example:99/x/run/cql"


def test_address_on_the_way_to_the_server_is_the_default():
    assert place_of("http://127.0.0.1:5988") == Place("127.0.0.1")


def test_server_is_told_a_real_address_when_all_are_listened_at():
    assert place_of("http://127.0.0.1:5988", "0.0.0.0:99") == Place("0.0.0.0", 99, "127.0.0.1")


@pytest.mark.parametrize("text", ["host", "host:99", "127.0.0.1:0", "[::1]:99"])
def test_address_to_listen_at_has_a_host_and_maybe_a_port(text):
    assert is_address(text)


@pytest.mark.parametrize("text", [":99", "host:x", "http://host", "host/path", "host:99999", "u@h"])
def test_other_texts_are_no_address_to_listen_at(text):
    assert not is_address(text)


@pytest.mark.parametrize(
    "text", ["host:99", "ftp://host", "http://", "http://u:p@host", "http://h:0"]
)
def test_other_texts_are_no_url_of_a_listener(text):
    assert not is_listener_url(text)
