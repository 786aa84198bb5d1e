"""The HTTP side: messages, credentials, TLS, limits, connections."""

import base64
import http.client
import socket
import ssl
import threading

import pytest
import pywbem
import trustme

from reference_impl.operations import Reply
from reference_impl.server import CIMServer
from tests.reference_impl.messages import intrinsic, post
from tests.reference_impl.model import VIRT

NAMES = intrinsic("EnumerateClassNames")


def basic(credentials):
    return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


def raw(server, data):
    """Send bytes and return all that comes until the server closes or is silent."""
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_is_answered_as_xml(server):
    status, headers, body = post(server, NAMES)

    assert (status, headers["CIMOperation"]) == (200, "MethodResponse")
    assert headers["Content-Type"] == 'application/xml; charset="utf-8"'
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')


def test_a_connection_is_kept_alive(server):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    for _ in range(3):
        connection.request("POST", "/cimom", NAMES)
        connection.getresponse().read()
        first = connection.sock
    assert first is connection.sock is not None
    connection.close()


def test_requests_on_one_connection_may_be_sent_ahead(server):
    head = b"POST /cimom HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(NAMES)

    replies = raw(server, (head + NAMES) * 3)

    assert replies.count(b"HTTP/1.1 200 OK") == 3


def test_a_chunked_request_is_read(server):
    head = b"POST /cimom HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [NAMES[:10], NAMES[10:], b""]

    reply = raw(server, head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks))

    assert b"CLASSNAME" in reply


def test_an_expectation_is_answered_before_the_body(server):
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(NAMES)

    reply = raw(server, head + NAMES)

    assert reply.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST /cimom HTTP/1.1\r\n\r\n", b"411"),
        (b"POST /cimom HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"POST /cimom HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
        (b"POST /cimom HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", b"413"),
        (b"POST /cimom HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST /cimom HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", b"413"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /cimom HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST /cimom HTTP/1.1\r\n" + b"a: " + b"b" * 70_000 + b"\r\n\r\n", b"400"),
        (b"TRACE / HTTP/1.1\r\n\r\n", b"501"),
        (b"M-POST / HTTP/1.1\r\n\r\n", b"501"),
        (b"GET / HTTP/1.1\r\n\r\n", b"405"),
        (b"HEAD / HTTP/1.1\r\n\r\n", b"405"),
    ],
)
def test_what_http_cannot_take_is_refused(server, data, status):
    assert raw(server, data).startswith(b"HTTP/1.1 " + status)


def test_options_tells_what_is_supported(server):
    status, headers, _ = post(server, None, method="OPTIONS")

    assert (status, headers["Allow"]) == (200, "POST, OPTIONS")
    assert "association-traversal" in headers["CIMSupportedFunctionalGroups"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "cim_error"),
    [
        (b"<CIM", {}, 400, "request-not-well-formed"),
        (NAMES, {"CIMOperation": "MethodResponse"}, 400, "unsupported-operation"),
        (NAMES, {"CIMProtocolVersion": "2.0"}, 501, "unsupported-protocol-version"),
        (NAMES, {"CIMMethod": "GetClass"}, 400, "header-mismatch"),
        (NAMES, {"CIMObject": "root/other"}, 400, "header-mismatch"),
        (
            NAMES.replace(b'PROTOCOLVERSION="1.0"', b'PROTOCOLVERSION="9.0"'),
            {},
            501,
            "unsupported-protocol-version",
        ),
    ],
)
def test_what_is_no_cim_request_is_refused_with_the_cim_error(
    server, body, headers, status, cim_error
):
    got, reply_headers, _ = post(server, body, headers)

    assert (got, reply_headers["CIMError"]) == (status, cim_error)


def test_matching_headers_are_accepted_in_any_spelling(server):
    headers = {
        "cimoperation": "methodcall",
        "CIMMethod": "enumerateCLASSnames",
        "CIMObject": "ROOT%2Fvirt",
        "CIMProtocolVersion": "1.4",
    }

    assert post(server, NAMES, headers)[0] == 200


def test_an_entity_bomb_is_refused_and_the_server_lives_on(server):
    bomb = (
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 20) for i in range(12))
        + b"]><a>&m;</a>"
    )

    assert post(server, bomb)[1]["CIMError"] == "request-not-well-formed"
    assert post(server, NAMES)[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (basic("user:wrong"), 401),
        (basic("other:s\u00e9cret"), 401),
        ({"Authorization": "Bearer x"}, 401),
        ({"Authorization": "Basic ???"}, 401),
        (basic("user:s\u00e9cret"), 200),
        (basic("second:"), 200),
    ],
)
def test_credentials_are_checked(operations, headers, status):
    with CIMServer(operations, credentials={"user": "s\u00e9cret", "second": ""}) as server:
        got, reply_headers, _ = post(server, NAMES, headers)

    assert got == status
    assert (reply_headers["WWW-Authenticate"] == 'Basic realm="CIM"') is (status == 401)


def test_tls_is_spoken_with_the_context_given(operations, tmp_path, monkeypatch):
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they would win over ca_certs
        monkeypatch.delenv(variable, raising=False)
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    with (
        CIMServer(operations, ssl_context=context) as server,
        pywbem.WBEMConnection(
            server.url, default_namespace=VIRT, ca_certs=str(tmp_path / "ca.pem")
        ) as client,
    ):
        assert server.url.startswith("https://127.0.0.1:")
        assert len(client.EnumerateInstances("CIM_ComputerSystem")) == 3


def test_a_plain_client_does_not_stop_a_tls_server(operations):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    with CIMServer(operations, ssl_context=context) as server:
        raw_socket = socket.create_connection((server.host, server.port), timeout=30)
        connection = http.client.HTTPSConnection(server.host, server.port, context=trusting)
        connection.request("POST", "/cimom", NAMES)
        assert connection.getresponse().status == 200
        connection.close()
        raw_socket.close()


def test_other_protocols_have_their_paths(operations):
    routes = {"/other": lambda body, headers: Reply(body.upper() + headers["x-test"].encode())}

    with CIMServer(operations, routes=routes) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        connection.request("POST", "/other?x=1", b"hello ", {"X-Test": "world"})
        assert connection.getresponse().read() == b"HELLO world"
        connection.close()


def test_many_clients_are_served_at_once(server):
    lengths = []

    def ask():
        with pywbem.WBEMConnection(server.url, default_namespace=VIRT) as client:
            lengths.extend(len(client.EnumerateInstances("CIM_ComputerSystem")) for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert lengths == [3] * 40


def test_a_stopped_server_frees_its_port_and_connections(operations):
    server = CIMServer(operations).start()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.request("POST", "/cimom", NAMES)
    connection.getresponse().read()

    server.stop()

    assert connection.sock.recv(1) == b""
    connection.close()
    with CIMServer(operations, port=server.port) as again:
        assert post(again, NAMES)[0] == 200
