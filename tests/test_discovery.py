"""Preflight finds the namespaces of a CIM server, and says what is wrong where there is none."""

import datetime
import socket
import ssl

import pytest
import trustme

from conformance.endpoint import Connection, Credentials, EndpointError
from conformance.endpoint.discovery import preflight
from reference_impl.app import start
from tests.servers import (
    Reply,
    endless,
    instance_name,
    instance_path,
    named,
    prop,
    refusal,
    reply,
    scripted,
    serving,
    silent,
)

HTML = Reply(b"<html/>", 200, {"Content-Type": "text/html"})
PROFILE = named("CIM_RegisteredProfile", {"InstanceID": "CIM:DSP1057"})
SERVICE = instance_name("KVM_VirtualSystemManagementService", {"Name": "s"})
SYSTEM = instance_name("KVM_ComputerSystem", {"Name": "guest"})


def error_of(url, **options):
    with pytest.raises(EndpointError) as raised:
        preflight(Connection(url, **{"timeout_seconds": 2, **options}))
    return str(raised.value)


# -- a usable server --------------------------------------------------------------------------


def test_reference_server_is_found_with_its_namespaces():
    with start(systems=1, namespace="root/mine", interop="interop") as server:
        found = preflight(Connection(server.url))
    assert (found.url, found.interop, found.namespaces) == (server.url, "interop", ("root/mine",))
    assert found.server


def test_given_namespaces_are_taken():
    with start(systems=1) as server:
        found = preflight(Connection(server.url), "root/interop", ["/root/virt/", "root/interop"])
    assert (found.interop, found.namespaces) == ("root/interop", ("root/virt", "root/interop"))


def cimom(content):
    """Answer enumerations by (namespace, class); a namespace that is not there is unknown."""
    namespaces = {namespace for namespace, _ in content}

    def respond(received):
        namespace = received.headers["CIMObject"]
        classname = received.body.partition('<CLASSNAME NAME="')[2].partition('"')[0]
        if namespace not in namespaces:
            return refusal(received.operation, 3, namespace)
        found = content.get((namespace, classname))
        return reply(received.operation, found) if found else refusal(received.operation, 5)

    return respond


def namespaces_of(content, **options):
    with serving(cimom(content)) as server:
        return preflight(Connection(server.url), **options)


def test_interop_namespace_with_profiles_comes_before_an_empty_one():
    found = namespaces_of(
        {
            ("root/interop", "CIM_ObjectManager"): named("CIM_ObjectManager", {"Name": "m"}),
            ("root/PG_InterOp", "CIM_RegisteredProfile"): PROFILE,
            ("root/virt", "CIM_ComputerSystem"): SYSTEM,
        }
    )
    assert found.interop == "root/PG_InterOp"


def test_namespaces_are_found_by_what_conforms_to_a_profile():
    end = instance_path("root/far/away", "KVM_ComputerSystem", {"Name": "guest"})
    name = instance_path("interop", "KVM_ElementConformsToProfile", {"ManagedElement": end})
    found = namespaces_of(
        {
            ("interop", "CIM_RegisteredProfile"): PROFILE,
            ("interop", ""): f"<OBJECTPATH>{name}</OBJECTPATH>",
            ("interop", "CIM_ElementConformsToProfile"): f"<OBJECTPATH>{name}</OBJECTPATH>",
            ("root/far/away", "CIM_ComputerSystem"): SYSTEM,
        }
    )
    assert found.namespaces == ("root/far/away",)


def test_namespaces_are_found_by_the_servers_own_list():
    listed = named("CIM_Namespace", {"Name": "n"}, prop("Name", "string", "/root/listed"))
    found = namespaces_of(
        {
            ("interop", "CIM_RegisteredProfile"): PROFILE,
            ("interop", "CIM_Namespace"): listed,
            ("root/listed", "CIM_VirtualSystemManagementService"): SERVICE,
        }
    )
    assert found.namespaces == ("root/listed",)


def test_namespace_with_the_management_service_comes_first():
    listed = "".join(
        named("__Namespace", {"Name": n}, prop("Name", "string", n)) for n in ("cimv2", "vm")
    )
    found = namespaces_of(
        {
            ("interop", "CIM_RegisteredProfile"): PROFILE,
            ("root", "__Namespace"): listed,
            ("root/cimv2", "CIM_ComputerSystem"): SYSTEM,
            ("root/vm", "CIM_VirtualSystemManagementService"): SERVICE,
        }
    )
    assert found.namespaces == ("root/vm", "root/cimv2")


def test_known_namespaces_are_tried_where_the_server_tells_none():
    found = namespaces_of(
        {
            ("interop", "CIM_RegisteredProfile"): PROFILE,
            ("root/virt", "CIM_ComputerSystem"): SYSTEM,
            ("root/cimv2", "CIM_Processor"): SYSTEM,
        }
    )
    assert found.namespaces == ("root/virt",)


def test_server_without_an_interop_namespace_is_told():
    with serving(cimom({("root/virt", "CIM_ComputerSystem"): SYSTEM})) as server:
        text = error_of(server.url)
    assert "a CIM server, but no Interop namespace was found" in text
    assert "CIM_ERR_INVALID_NAMESPACE" in text
    assert "--interop" in text


def test_server_without_virtual_systems_is_told():
    with serving(cimom({("interop", "CIM_RegisteredProfile"): PROFILE})) as server:
        text = error_of(server.url)
    assert "no namespace with virtual systems was found" in text
    assert "--namespace" in text


def test_user_who_may_not_read_is_told():
    with serving(lambda received: refusal(received.operation, 2)) as server:
        assert "use a user who may read the Interop namespace" in error_of(server.url)


def test_one_dropped_connection_is_no_end():
    content = {
        ("root/interop", "CIM_RegisteredProfile"): PROFILE,
        ("root/virt", "CIM_ComputerSystem"): SYSTEM,
    }
    answer = cimom(content)

    def respond(received):
        if received.headers["CIMObject"] == "interop":
            raise ConnectionResetError
        return answer(received)

    with serving(respond) as server:
        assert preflight(Connection(server.url)).interop == "root/interop"


# -- no usable server -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        (HTML, ["a web server, but no CIM server", "check the port"]),
        (Reply(b"", 404, {}), ["a web server, but no CIM server: HTTP 404"]),
        (Reply(b"", 405, {}), ["a web server, but no CIM server: HTTP 405"]),
        (Reply(b"garbage"), ["the answer is no CIM-XML"]),
        (Reply(b'<!DOCTYPE CIM [<!ENTITY a "b">]><CIM/>'), ["entity declarations"]),
        (Reply(b"<CIM/>"), ["the answer is no CIM-XML", "expected 1 to 1 elements in CIM"]),
        (Reply(b"", 401, {"WWW-Authenticate": "Basic"}), ["asks for a user", "--user"]),
    ],
)
def test_server_that_is_no_cim_server_is_told(answer, texts):
    with serving(lambda _: answer) as server:
        told = error_of(server.url)
    assert told.startswith(server.url)
    assert all(text in told for text in texts), told


def test_refused_credentials_are_told_without_the_password():
    with start(systems=0, user="right", password="right") as server:
        told = error_of(server.url, credentials=Credentials("right", "wrong-one"))
    assert "the server refuses the user 'right'" in told
    assert "wrong-one" not in told


def test_slow_server_is_told_with_the_deadline():
    with scripted(silent) as url:
        told = error_of(url, timeout_seconds=0.3)
    assert "no complete answer within 0.3 seconds" in told
    assert "--timeout" in told


def test_endless_answer_is_told():
    with scripted(endless) as url:
        assert "more than 50000 bytes" in error_of(url, max_answer_bytes=50_000)


def test_closed_port_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    told = error_of(f"http://127.0.0.1:{port}")
    assert "nothing listens on that port" in told
    assert "5989" in told


def test_unknown_host_is_told():
    assert "check the host name" in error_of("http://no-such-host.invalid")


def test_malformed_url_is_told():
    assert "write it as SCHEME://host[:port]" in error_of("localhost:5988")


# -- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def secured(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


def test_plain_http_to_a_tls_port_is_told(authority):
    with serving(lambda _: HTML, tls=secured(authority.issue_cert("127.0.0.1"))) as server:
        assert "use https://" in error_of(server.url.replace("https", "http"))


def test_tls_to_a_plain_port_is_told():
    with serving(lambda _: HTML) as server:
        told = error_of(server.url.replace("http", "https"))
    assert "does not speak TLS" in told
    assert "use http://" in told


def test_unknown_authority_is_told(authority):
    with serving(lambda _: HTML, tls=secured(authority.issue_cert("127.0.0.1"))) as server:
        told = error_of(server.url)
    assert "certificate refused: unable to get local issuer certificate" in told
    assert "--ca" in told


@pytest.mark.parametrize(
    ("names", "options", "text"),
    [
        (["other.example"], {}, "use a host name that the certificate names"),
        (
            ["127.0.0.1"],
            {"not_after": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)},
            "renew the server's certificate",
        ),
    ],
)
def test_unfit_certificate_is_told(authority, tmp_path, names, options, text):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with serving(lambda _: HTML, tls=secured(authority.issue_cert(*names, **options))) as server:
        assert text in error_of(server.url, ca=str(tmp_path / "ca.pem"))
