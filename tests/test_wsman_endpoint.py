"""The adapter for WS-Management, against answers as products and enemies give them."""

from __future__ import annotations

import logging
import re
import time
from contextlib import closing

import pytest
import trustme

from conformance.cim import Argument, Instance, Layout, Malformed, Path, PropertySlot
from conformance.endpoint import Connection, Credentials, EndpointError
from conformance.endpoint.factory import open_endpoint
from conformance.endpoint.wsman import WsmanEndpoint
from reference_impl.app import start
from tests.wsman_relay import UNREACHABLE, bare, relayed

SPACE = "root/virt"
SYSTEM = "CIM_ComputerSystem"
SERVICE = "CIM_VirtualSystemManagementService"


@pytest.fixture(scope="module")
def server():
    with start(wsman_port=0, systems=2) as running:
        yield running


def opened(url, **more):
    more.setdefault("timeout_seconds", 10.0)
    return closing(WsmanEndpoint(Connection(url, **more)))


def answering(content, status=200):
    """Return a bending that answers everything but Identify in one way."""
    return lambda request, *right: right if "Identify" in request else (status, content)


def about_systems(url, **more):
    """Return the answer to one enumeration."""
    with opened(url, **more) as endpoint:
        return endpoint.enumerate_instances(SPACE, SYSTEM)


# -- what the right server answers ---------------------------------------------------------------


def test_instances_are_those_of_cim_xml(server):
    with (
        opened(server.wsman_url.replace("http", "wsman", 1)) as wsman,
        closing(open_endpoint(Connection(server.url))) as cim_xml,
    ):
        for classname in (SYSTEM, "CIM_VirtualSystemSettingData", "CIM_HostedDependency"):
            shown = [contents(e, SPACE, classname) for e in (wsman, cim_xml)]
            assert shown[0] == shown[1] != {}


def contents(endpoint, namespace, classname):
    found = endpoint.enumerate_instances(namespace, classname).value
    return {
        one.path.identity: {
            slot.name: (slot.type, slot.is_array, value)
            for slot, value in zip(one.layout.slots, one.values, strict=True)
            if value is not None
        }
        for one in found
    }


def test_more_instances_than_fit_into_one_answer_all_come(tmp_path):
    with start(wsman_port=0, systems=150) as many:
        url = many.wsman_url.replace("http", "wsman", 1)
        with opened(url, quirks="windows") as endpoint:
            found = endpoint.enumerate_instances(SPACE, "CIM_ResourceAllocationSettingData")
    assert len({one.path.identity for one in found.value}) > 1_000


def test_queries_are_asked_in_both_languages(server):
    with opened(server.wsman_url.replace("http", "wsman", 1)) as endpoint:
        for language in ("WQL", "DMTF:CQL"):
            query = f"SELECT * FROM {SYSTEM} WHERE EnabledState = 2"
            found = endpoint.exec_query(SPACE, language, query).value
            assert found
            assert {one.get("EnabledState") for one in found} == {2}


def test_missing_instance_is_told_from_missing_class(server):
    with opened(server.wsman_url.replace("http", "wsman", 1)) as endpoint:
        keys = [("CreationClassName", SYSTEM), ("Name", "nobody")]
        assert endpoint.get_instance(Path(SPACE, SYSTEM, keys)).refusal.status == 6
        assert endpoint.enumerate_instances(SPACE, "CIM_Nothing").refusal.status == 5


# -- servers of other makes ----------------------------------------------------------------------


def test_missing_instance_is_found_out_where_the_fault_does_not_tell(server):
    with relayed(server.wsman_url, bare) as url, opened(url) as endpoint:
        keys = [("CreationClassName", SYSTEM), ("Name", "nobody")]
        assert endpoint.get_instance(Path(SPACE, SYSTEM, keys)).refusal.status == 6
        unknown = Path(SPACE, "CIM_Nothing", [("InstanceID", "x")])
        assert endpoint.get_instance(unknown).refusal.status == 5


def test_types_come_from_the_class_facts_where_no_class_is_declared(server):
    with relayed(server.wsman_url, bare) as url, opened(url) as endpoint:
        system = endpoint.enumerate_instances(SPACE, SYSTEM).value[0]
        assert endpoint.limits.keys() == {"types", "classes", "indications"}
    assert isinstance(system.get("EnabledState"), int)
    assert isinstance(system.get("OperationalStatus"), list)


FORMS = [
    ("<cim:Datetime>2026-01-02T03:04:05.5+01:00</cim:Datetime>", "20260102030405.500000+060"),
    ("<cim:Datetime>2026-01-02T03:04:05Z</cim:Datetime>", "20260102030405.000000+000"),
    ("<cim:Interval>P1DT2H3M4S</cim:Interval>", "00000001020304.000000:000"),
    ("<cim:Interval>PT90S</cim:Interval>", "00000000000130.000000:000"),
    ("<cim:CIM_DateTime>20260102030405.000000+000</cim:CIM_DateTime>", "20260102030405.000000+000"),
    ("20260102030405.000000+000", "20260102030405.000000+000"),
    ("2026-01-02T03:04:05Z", "20260102030405.000000+000"),
    ("yesterday", Malformed("yesterday", "datetime")),
]


@pytest.mark.parametrize(("sent", "read"), FORMS)
def test_datetime_is_read_in_every_form(server, sent, read):
    def bent(request, status, text):
        tag = "p:TimeOfLastStateChange>"
        return status, re.sub(f"<{tag}.*?</{tag}", f"<{tag}{sent}</{tag}", text)

    with relayed(server.wsman_url, bent) as url:
        shown = [one.get("TimeOfLastStateChange") for one in about_systems(url).value]
    assert [moment for moment in shown if moment is not None][-1] == read


def test_names_in_lower_case_name_the_same_instance(server):
    def bent(_request, status, text):
        lowered = text.replace('Name="CreationClassName"', 'Name="creationclassname"')
        return status, lowered.replace('Selector Name="Name"', 'Selector Name="name"')

    with relayed(server.wsman_url, bent) as url:
        shown = {one.path.identity for one in about_systems(url).value}
    assert shown == {i.path.identity for i in systems_of(server)}


def systems_of(server):
    with opened(server.wsman_url.replace("http", "wsman", 1)) as endpoint:
        return endpoint.enumerate_instances(SPACE, SYSTEM).value


def test_embedded_instances_are_sent_native_or_as_text(server):
    settings = Instance(
        None,
        Layout("CIM_VirtualSystemSettingData", (PropertySlot("ElementName", "string"),)),
        ["tom & <jerry>"],
    )
    for quirks in ("reference", "windows"):
        with opened(server.wsman_url.replace("http", "wsman", 1), quirks=quirks) as endpoint:
            (service,) = endpoint.enumerate_instances(SPACE, SERVICE).value
            given = Argument("SystemSettings", "string", settings, embedded="instance")
            answer = endpoint.invoke(service.path, "DefineSystem", [given])
            made = answer.value.output("ResultingSystem")
            assert answer.value.return_value == 0
            assert endpoint.get_instance(made).value.get("ElementName") == "tom & <jerry>"
            named = [Argument("AffectedSystem", "reference", made)]
            assert endpoint.invoke(service.path, "DestroySystem", named).value.return_value == 0
            assert endpoint.get_instance(made).refusal.status == 6


# -- enemies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<s:Envelope", "protocol"),
        ("", "protocol"),
        ("<html>hello</html>", "protocol"),
        ('<!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>', "protocol"),
        (UNREACHABLE.replace("wsa:DestinationUnreachable", "wsman:TimedOut"), "timeout"),
        (UNREACHABLE.replace("wsa:DestinationUnreachable", "wsman:EncodingLimit"), "too-large"),
        (UNREACHABLE.replace("wsa:DestinationUnreachable", "x:Strange"), "rejected"),
    ],
)
def test_answer_that_is_none_is_a_trouble(server, content, kind):
    with relayed(server.wsman_url, answering(content)) as url:
        assert about_systems(url).trouble.kind == kind


def test_answer_to_another_message_is_not_taken(server):
    def bent(_request, status, text):
        return status, re.sub("(<wsa:RelatesTo>).*?</", r"\1uuid:another</", text)

    with relayed(server.wsman_url, bent) as url:
        assert "an answer to uuid:" in about_systems(url).trouble.description


def test_refusal_without_a_fault_is_a_trouble_with_the_status(server):
    with relayed(server.wsman_url, answering("busy", 503)) as url:
        assert about_systems(url).trouble.description.startswith("HTTP 503")


def test_redirect_is_not_followed(server):
    with relayed(server.wsman_url, answering("", 302)) as url:
        assert "HTTP 302" in about_systems(url).trouble.description


def test_answer_beyond_the_size_is_cut_off(server):
    url = server.wsman_url.replace("http", "wsman", 1)
    assert about_systems(url, max_answer_bytes=2_000).trouble.kind == "too-large"


def test_reference_without_end_is_a_trouble(server):
    deep = "<wsa:EndpointReference>" * 40 + "</wsa:EndpointReference>" * 40

    def bent(_request, status, text):
        pattern = "<wsa:EndpointReference>.*?</wsa:EndpointReference>"
        return status, re.sub(pattern, deep, text, flags=re.DOTALL)

    with relayed(server.wsman_url, bent) as url:
        assert about_systems(url).trouble.kind == "protocol"


def test_silent_server_is_given_up_at_the_deadline(server):
    with relayed(server.wsman_url, lambda *_: wait()) as url:
        assert about_systems(url, timeout_seconds=0.3).trouble.kind == "timeout"


def wait():
    time.sleep(1.0)
    return 200, ""


def test_nothing_listens_there():
    assert about_systems("wsman://127.0.0.1:9").trouble.kind == "connection"


def test_port_without_tls_is_told(server):
    url = server.wsman_url.replace("http", "wsmans", 1)
    assert about_systems(url).trouble.kind == "tls"


# -- the user --------------------------------------------------------------------------------------


def test_password_is_in_no_exchange_and_no_log(caplog):
    caplog.set_level(logging.DEBUG)
    secret = "s3same-open"
    with start(wsman_port=0, user="monitor", password=secret) as server:
        url = server.wsman_url.replace("http", "wsman", 1)
        right = about_systems(url, credentials=Credentials("monitor", secret))
        wrong = about_systems(url, credentials=Credentials("monitor", f"{secret}-not"))
    assert right.value
    assert wrong.trouble.kind == "authentication"
    assert secret not in f"{right} {wrong} {caplog.text}"


def test_certificate_is_verified_unless_told_otherwise(tmp_path):
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with start(wsman_port=0, tls=(chain, key)) as server:
        port = server.wsman_url.rpartition(":")[2].partition("/")[0]
        url = f"wsmans://localhost:{port}"
        assert "certificate refused" in about_systems(url).trouble.description
        assert about_systems(url, insecure=True).value
        assert about_systems(url, ca=str(tmp_path / "ca.pem")).value
        other = f"wsmans://127.0.0.1:{port}"
        assert about_systems(other, ca=str(tmp_path / "ca.pem")).trouble.kind == "tls"


def test_url_that_is_none_is_told():
    with pytest.raises(EndpointError, match="wsman"):
        open_endpoint(Connection("wsmann://host"))
