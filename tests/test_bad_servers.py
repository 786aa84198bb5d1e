"""Whatever a server does, an operation ends: by its deadline, within its size, with a Trouble."""

import contextlib
import itertools
import socket
import threading

import pytest

from conformance.cim import Path
from conformance.endpoint import Connection, Credentials
from conformance.endpoint.wbem import WbemEndpoint
from tests.servers import (
    Reply,
    endless,
    instance_name,
    named,
    prop,
    refusal,
    reply,
    request_of,
    scripted,
    serving,
    silent,
)

PATH = Path("root/virt", "CIM_Thing", [("Name", "a")])
XML = {"Content-Type": "application/xml"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
GOOD = reply("EnumerateInstances", named("CIM_Thing", {"Name": "a"}))

OPERATIONS = {
    "fast reader": lambda endpoint: endpoint.enumerate_instances("root/virt", "CIM_Thing"),
    "pywbem": lambda endpoint: endpoint.get_instance(PATH),
}
both = pytest.mark.parametrize("ask", OPERATIONS.values(), ids=OPERATIONS.keys())


@contextlib.contextmanager
def endpoint_at(url, seconds=0.5, most_bytes=300_000):
    connection = Connection(
        url, Credentials("user", "hush!"), timeout_seconds=seconds, max_answer_bytes=most_bytes
    )
    endpoint = WbemEndpoint(connection)
    try:
        yield endpoint
    finally:
        endpoint.close()


def trouble_with(url, ask, **bounds):
    with endpoint_at(url, **bounds) as endpoint:
        answer = ask(endpoint)
    assert answer.refusal is None
    assert answer.value is None
    return answer.trouble


# -- scripts, byte by byte --------------------------------------------------------------------


def trickling(start):
    def script(connection):
        request_of(connection)
        connection.sendall(start)
        while True:
            connection.sendall(b" ")
            threading.Event().wait(0.05)

    return script


def always_continuing(connection):
    request_of(connection)
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        threading.Event().wait(0.001)


def sending(data):
    def script(connection):
        request_of(connection)
        connection.sendall(data)

    return script


def hanging_up(connection):
    request_of(connection)


@both
@pytest.mark.parametrize(
    "script",
    [
        silent,
        always_continuing,
        trickling(b"HTTP/1.1 200 OK\r\nX-Header:"),
        trickling(HEAD + b"Content-Length: 100000\r\n\r\n"),
        trickling(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1"),
        trickling(HEAD + b"Connection: close\r\n\r\n"),
    ],
)
def test_answer_that_never_ends_is_cut_off_by_the_deadline(script, ask):
    with scripted(script) as url:
        assert trouble_with(url, ask).kind == "timeout"


@both
@pytest.mark.parametrize(
    "script", [endless, sending(HEAD + b"Content-Length: 999999999999999\r\n\r\n<CIM>")]
)
def test_answer_beyond_the_bound_is_too_large(script, ask):
    with scripted(script) as url:
        assert trouble_with(url, ask, seconds=5).kind == "too-large"


@both
@pytest.mark.parametrize(
    "script",
    [
        hanging_up,
        sending(HEAD + b"Content-Length: 100\r\n\r\n<CIM>"),
        sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n<CIM>"),
    ],
)
def test_connection_lost_is_a_disconnect(script, ask):
    with scripted(script) as url:
        assert trouble_with(url, ask).kind == "disconnect"


@both
@pytest.mark.parametrize(
    "data", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/1.1 two\r\n\r\n"]
)
def test_answer_that_is_no_http_is_told(data, ask):
    with scripted(sending(data)) as url:
        assert trouble_with(url, ask).kind == "http"


@both
def test_closed_port_refuses_the_connection(ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert "refused" in str(trouble_with(url, ask))


# -- answers with another status, or another content ------------------------------------------


@both
@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (Reply(b"", 401, {"WWW-Authenticate": "Basic realm=x"}), "authentication", "401"),
        (Reply(b"<html/>", 404, {"Content-Type": "text/html"}), "http", "404"),
        (Reply(b"", 405, {}), "http", "405"),
        (Reply(b"", 501, {"CIMError": "unsupported-operation"}), "http", "unsupported-operation"),
        (Reply(GOOD, 302, {"Location": "http://127.0.0.1:9/"}), "http", "http://127.0.0.1:9/"),
        (Reply(b"<html/>", 200, {"Content-Type": "text/html"}), "protocol", "text/html"),
        (Reply(GOOD, 200, {**XML, "Content-Encoding": "gzip"}), "protocol", "gzip"),
        (Reply(b"garbage", 200, XML), "protocol", ""),
        (Reply(b"", 200, XML), "protocol", ""),
        (Reply(b"<a>" * 5000, 200, XML), "protocol", ""),
        (Reply(b"\xff\xfe\x00", 200, XML), "protocol", ""),
        (Reply(reply("CreateClass"), 200, XML), "protocol", "CreateClass"),
    ],
)
def test_answer_without_cim_xml_is_told(answer, kind, text, ask):
    with serving(lambda _: answer) as server:
        trouble = trouble_with(server.url, ask)
    assert trouble.kind == kind
    assert text in trouble.description


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE CIM [<!ENTITY e0 "boom">{ENTITIES}]><CIM>&e11;</CIM>'


@both
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bomb_is_refused(encoding, ask):
    with serving(lambda _: Reply(BOMB.encode(encoding))) as server:
        trouble = trouble_with(server.url, ask, seconds=5)
    assert trouble.kind == "protocol"
    assert "entity declarations" in trouble.description


@both
def test_external_document_type_is_not_fetched(ask):
    with serving(lambda _: refusal("", 1)) as elsewhere:
        bait = f'<!DOCTYPE CIM SYSTEM "{elsewhere.url}/x.dtd"><CIM>&e;</CIM>'.encode()
        with serving(lambda _: bait) as server:
            assert trouble_with(server.url, ask).kind == "protocol"
        assert elsewhere.received == []


def test_entity_in_an_embedded_instance_is_malformed():
    text = '&lt;!DOCTYPE X [&lt;!ENTITY e "x"&gt;]&gt;&lt;INSTANCE CLASSNAME="&amp;e;"/&gt;'
    embedded = prop("P", "string", text, 'EmbeddedObject="instance"')
    body = reply("EnumerateInstances", named("X", {"Name": "a"}, embedded))
    with serving(lambda _: body) as server, endpoint_at(server.url) as endpoint:
        (found,) = endpoint.enumerate_instances("root/virt", "X").value
    assert "embedded instance" in repr(found.get("P"))


# -- what such servers must not spoil ---------------------------------------------------------


def test_connection_is_reopened_after_a_failure():
    turns = itertools.count()

    def script(connection):
        request_of(connection)
        if next(turns):
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD)

    with scripted(script) as url, endpoint_at(url) as endpoint:
        answers = [endpoint.enumerate_instances("root/virt", "CIM_Thing") for _ in range(3)]
    assert [answer.ok for answer in answers] == [False, True, True]


def test_server_that_closes_after_each_answer_is_usable():
    with serving(lambda _: GOOD, protocol="HTTP/1.0") as server, endpoint_at(server.url) as asked:
        answers = [asked.enumerate_instances("root/virt", "CIM_Thing") for _ in range(3)]
    assert all(answer.ok for answer in answers)


def test_connection_is_kept_between_operations():
    clients = set()

    def script(connection):
        clients.add(connection.getpeername())
        while request_of(connection):
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD)

    with scripted(script) as url, endpoint_at(url) as endpoint:
        for _ in range(3):
            assert endpoint.enumerate_instances("root/virt", "CIM_Thing").ok
    assert len(clients) == 1


def test_no_thread_and_no_socket_is_left_behind():
    before = threading.active_count()
    with scripted(silent) as url, endpoint_at(url, seconds=0.2) as endpoint:
        during = threading.active_count()
        for ask in OPERATIONS.values():
            ask(endpoint)
        assert threading.active_count() == during
    assert threading.active_count() == before


@both
def test_password_never_reaches_what_is_kept(ask):
    def echo(received):
        return Reply(f"<p>{received.headers} hush!</p>".encode(), 500, {})

    with serving(echo) as server, endpoint_at(server.url) as endpoint:
        answer = ask(endpoint)
    assert "hush!" not in repr(answer)
    assert "dXNlcjpodXNoIQ" not in repr(answer)
    assert "(hidden)" in answer.exchange.response


def test_long_answers_are_kept_in_part():
    body = refusal("EnumerateInstances", 1, "x" * 10_000)
    with serving(lambda _: body) as server, endpoint_at(server.url) as endpoint:
        exchange = endpoint.enumerate_instances("root/virt", "CIM_Thing").exchange
    assert len(exchange.response) < 5_000
    assert "bytes left out" in exchange.response


def test_array_with_null_is_read_although_pywbem_stumbles():
    values = "<VALUE.ARRAY><VALUE>1</VALUE><VALUE.NULL/></VALUE.ARRAY>"
    array = f'<PROPERTY.ARRAY NAME="A" TYPE="uint16">{values}</PROPERTY.ARRAY>'
    body = reply("GetInstance", f'<INSTANCE CLASSNAME="CIM_Thing">{array}</INSTANCE>')
    with serving(lambda _: body) as server, endpoint_at(server.url) as endpoint:
        assert endpoint.get_instance(PATH).value.get("A") == [1, None]


def test_void_reply_with_a_return_value_is_a_trouble_and_no_end():
    body = reply("DeleteInstance", instance_name("CIM_Thing", {"Name": "a"}))
    with serving(lambda _: body) as server, endpoint_at(server.url) as endpoint:
        answer = endpoint.delete_instance(PATH)
        assert (answer.trouble.kind, len(server.received)) == ("protocol", 1)
