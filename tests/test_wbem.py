"""The endpoint against the reference server: every operation, and values both ways."""

import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme

from conformance.cim import Argument, Instance, Layout, Malformed, Path, PropertySlot, Refusal
from conformance.endpoint import Connection, Credentials, EndpointError
from conformance.endpoint.wbem import WbemEndpoint
from reference_impl.app import start
from tests.servers import message, named, refusal, reply, serving

NAMESPACE = "root/virt"
SYSTEM = "CIM_ComputerSystem"
SETTINGS = "CIM_VirtualSystemSettingData"


@pytest.fixture(scope="module")
def endpoint():
    with start(systems=2) as server:
        asked = WbemEndpoint(Connection(server.url))
        yield asked
        asked.close()


@pytest.fixture(scope="module")
def system(endpoint):
    """Return the path of a virtual system that is no switch, found by its state settings."""
    states = endpoint.enumerate_instances(NAMESPACE, "CIM_SettingsDefineState").value
    ends = ((one.get("ManagedElement"), one.get("SettingData")) for one in states)
    return next(end for end, data in ends if (end.classname, data.classname) == (SYSTEM, SETTINGS))


@pytest.fixture(scope="module")
def service(endpoint):
    classname = "CIM_VirtualSystemManagementService"
    return endpoint.enumerate_instance_names(NAMESPACE, classname).value[0]


# -- reading ----------------------------------------------------------------------------------


def test_names_are_those_of_the_instances(endpoint):
    names = endpoint.enumerate_instance_names(NAMESPACE, SYSTEM).value
    assert names == [one.path for one in endpoint.enumerate_instances(NAMESPACE, SYSTEM).value]


def test_instance_read_alone_is_the_one_enumerated(endpoint):
    for known in endpoint.enumerate_instances(NAMESPACE, "CIM_LogicalDevice").value:
        alone = endpoint.get_instance(known.path).value
        assert (alone.path, alone.layout.slots, alone.values) == (
            known.path,
            known.layout.slots,
            known.values,
        )


def test_associated_names_are_those_of_the_instances(endpoint, system):
    names = endpoint.associator_names(system).value
    assert names
    assert names == [one.path for one in endpoint.associators(system).value]


def test_reference_names_are_those_of_the_instances(endpoint, system):
    names = endpoint.reference_names(system).value
    assert names
    assert names == [one.path for one in endpoint.references(system).value]


def test_association_filters_reach_the_server(endpoint, system):
    found = endpoint.associators(
        system, "CIM_SettingsDefineState", SETTINGS, "ManagedElement", "SettingData"
    ).value
    assert [one.classname for one in found] == [SETTINGS]
    assert endpoint.associators(system, role="SettingData").value == []
    assert endpoint.references(system, "CIM_SystemDevice", "PartComponent").value == []


def test_class_tells_properties_methods_and_value_maps(endpoint):
    found = endpoint.get_class(NAMESPACE, SYSTEM).value
    assert (found.name, found.superclass) == (SYSTEM, "CIM_System")
    assert found.properties["OperationalStatus"] == ("uint16", True)
    assert "RequestStateChange" in found.methods
    assert "4096" in found.method_valuemaps["RequestStateChange"]
    assert "2" in found.property_valuemaps["EnabledState"]


def test_class_names_are_listed(endpoint):
    assert SYSTEM in endpoint.enumerate_class_names(NAMESPACE, "CIM_System", deep=True).value
    assert SYSTEM not in endpoint.enumerate_class_names(NAMESPACE, None, deep=False).value


def test_query_returns_instances_with_their_paths(endpoint):
    found = endpoint.exec_query(NAMESPACE, "WQL", f"SELECT * FROM {SYSTEM}").value
    assert {one.path for one in found} == set(
        endpoint.enumerate_instance_names(NAMESPACE, SYSTEM).value
    )


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda e: e.enumerate_instances(NAMESPACE, "CIM_NoSuchClass"), 5),
        (lambda e: e.enumerate_instances("root/nowhere", SYSTEM), 3),
        (lambda e: e.get_class(NAMESPACE, "CIM_NoSuchClass"), {5, 6}),
        (lambda e: e.get_instance(Path(NAMESPACE, SYSTEM, [("Name", "x")])), {4, 6}),
        (lambda e: e.exec_query(NAMESPACE, "SQL", "SELECT 1"), 14),
    ],
)
def test_cim_error_is_a_refusal_with_its_exchange(endpoint, ask, status):
    answer = ask(endpoint)
    assert isinstance(answer.refusal, Refusal)
    assert answer.refusal.status in (status if isinstance(status, set) else {status})
    assert answer.trouble is None
    assert "<ERROR" in answer.exchange.response


def test_exchange_of_an_enumeration_is_a_summary(endpoint):
    exchange = endpoint.enumerate_instances(NAMESPACE, SYSTEM).exchange
    assert exchange.outcome.startswith("4 instances, ")
    assert (exchange.request, exchange.response) == ("", "")


# -- methods and changes ----------------------------------------------------------------------


def test_system_is_defined_by_an_embedded_instance_and_destroyed_by_reference(endpoint, service):
    settings = Instance(None, Layout(SETTINGS, (PropertySlot("ElementName", "string"),)), ["new"])
    argument = Argument("SystemSettings", "string", settings, embedded="instance")
    defined = endpoint.invoke(service, "DefineSystem", [argument])
    path = defined.value.output("resultingsystem")
    assert (defined.value.return_value, endpoint.get_instance(path).value.path) == (0, path)

    destroyed = endpoint.invoke(
        service, "DestroySystem", [Argument("AffectedSystem", "reference", path)]
    )
    assert destroyed.value.return_value == 0
    assert endpoint.get_instance(path).refusal.status == 6


def test_exchange_of_a_method_call_is_kept_whole(endpoint, system):
    state = Argument("RequestedState", "uint16", 77)
    exchange = endpoint.invoke(system, "RequestStateChange", [state]).exchange
    assert exchange.operation == "InvokeMethod RequestStateChange"
    assert exchange.arguments == {"RequestedState": "77"}
    assert "<METHODCALL" in exchange.request
    assert "<METHODRESPONSE" in exchange.response


def test_argument_of_every_type_arrives_as_it_was_given():
    values = [
        Argument("Bool", "boolean", value=True),
        Argument("Text", "string", "<a> & ü"),
        Argument("When", "datetime", "20240229235959.123456-060"),
        Argument("Numbers", "uint64", [2**64 - 1, 0], is_array=True),
        Argument("Paths", "reference", [Path("root/x", "X", [("K", 1)])], is_array=True),
        Argument("None", "uint8", None),
        Argument("Bad", "uint8", Malformed("x", "uint8")),
    ]
    path = Path(NAMESPACE, "X", [("K", "v")])
    with serving(lambda _: message("", "")) as server:
        asked = WbemEndpoint(Connection(server.url))
        asked.invoke(path, "Do", values)
        asked.close()
    sent = server.received[0].body
    for text in (">true<", "&lt;a&gt; &amp; ü", "18446744073709551615", "20240229235959.123456"):
        assert text.lower() in sent.lower()
    assert '<PARAMVALUE NAME="None" PARAMTYPE="uint8"/>' in sent
    assert '<PARAMVALUE NAME="Bad" PARAMTYPE="uint8"/>' in sent


@pytest.mark.parametrize(
    ("sent", "read"),
    [("FALSE", False), ("true", True), ("maybe", Malformed("maybe", "boolean"))],
)
def test_boolean_output_is_read_as_it_was_sent(sent, read):
    value = f"<VALUE>{sent}</VALUE>"
    outputs = (
        f'<PARAMVALUE NAME="One" PARAMTYPE="boolean">{value}</PARAMVALUE>'
        f'<PARAMVALUE NAME="Two" PARAMTYPE="boolean"><VALUE.ARRAY>{value}</VALUE.ARRAY>'
        "</PARAMVALUE>"
    )
    returned = f'<RETURNVALUE PARAMTYPE="boolean">{value}</RETURNVALUE>'
    content = f'<METHODRESPONSE NAME="Do">{returned}{outputs}</METHODRESPONSE>'
    empty = '<IMETHODRESPONSE NAME=""></IMETHODRESPONSE>'
    answer = message("", "").decode().replace(empty, content)
    with serving(lambda _: answer.encode()) as server:
        asked = WbemEndpoint(Connection(server.url))
        reply = asked.invoke(Path(NAMESPACE, "X", [("K", "v")]), "Do", ()).value
        asked.close()
    found = [reply.return_value, reply.output("One"), *reply.output("Two")]
    assert [getattr(each, "text", each) for each in found] == [getattr(read, "text", read)] * 3


def test_static_method_is_called_on_the_class():
    with serving(lambda _: message("", "")) as server:
        asked = WbemEndpoint(Connection(server.url))
        asked.invoke(Path(NAMESPACE, "X", ()), "Do", ())
        asked.close()
    assert '<CLASSNAME NAME="X"/>' in server.received[0].body


def test_instance_is_created_modified_and_deleted():
    path = Path("interop", "CIM_Filter", [("Name", "f")])
    answers = {
        "CreateInstance": reply(
            "CreateInstance",
            '<INSTANCENAME CLASSNAME="CIM_Filter"><KEYBINDING NAME="Name">'
            "<KEYVALUE>f</KEYVALUE></KEYBINDING></INSTANCENAME>",
        ),
        "ModifyInstance": message("ModifyInstance", ""),
        "DeleteInstance": message("DeleteInstance", ""),
    }
    new = Instance(None, Layout("CIM_Filter", (PropertySlot("Name", "string"),)), ["f"])
    with serving(lambda received: answers[received.operation]) as server:
        asked = WbemEndpoint(Connection(server.url))
        assert asked.create_instance("interop", new).value == path
        assert asked.modify_instance(path, new, ["Name"]).ok
        assert asked.delete_instance(path).ok
        asked.close()


# -- the connection ---------------------------------------------------------------------------


def test_operations_are_counted(endpoint):
    before = endpoint.operations
    endpoint.enumerate_instance_names(NAMESPACE, SYSTEM)
    endpoint.get_class(NAMESPACE, SYSTEM)
    assert endpoint.operations == before + 2


def test_several_threads_may_ask_at_once(endpoint, system):
    expected = endpoint.references(system).value
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(endpoint.references, [system] * 40))
    assert all([one.path for one in a.value] == [one.path for one in expected] for a in answers)


def test_endpoint_can_be_used_after_it_was_closed(endpoint):
    endpoint.close()
    assert endpoint.enumerate_instances(NAMESPACE, SYSTEM).ok


def test_credentials_are_sent_as_utf8():
    with serving(lambda _: refusal("GetClass", 6)) as server:
        asked = WbemEndpoint(Connection(server.url, Credentials("jörg", "süß")))
        asked.get_class(NAMESPACE, "X")
        asked.close()
    assert server.received[0].headers["Authorization"] == "Basic asO2cmc6c8O8w58="


def test_environment_is_not_consulted(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(lambda _: refusal("GetInstance", 6)) as server:
        asked = WbemEndpoint(Connection(server.url))
        assert asked.get_instance(Path(NAMESPACE, "X", [("K", "1")])).refusal.status == 6
        asked.close()
    assert "Authorization" not in server.received[0].headers


@pytest.mark.parametrize(
    "url",
    ["", "server", "ftp://server", "http://", "http://server:port", "http://server:0",
     "http://server:99999", "http://server/some/path", "http://[::1", "http://u:pw@server"],
)  # fmt: skip
def test_malformed_url_is_told_without_a_password(url):
    with pytest.raises(EndpointError) as raised:
        WbemEndpoint(Connection(url))
    assert "expected" in str(raised.value)
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://Server", "http://server:5988"),
        ("https://server/", "https://server:5989"),
        ("HTTPS://server:1/cimom", "https://server:1"),
        ("http://[::1]:5988", "http://[::1]:5988"),
    ],
)
def test_url_is_completed(url, normal):
    assert WbemEndpoint(Connection(url)).url == normal


# -- TLS --------------------------------------------------------------------------------------

THINGS = reply("EnumerateInstances", named("X", {"K": "1"}))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    ca = trustme.CA()
    folder = tmp_path_factory.mktemp("tls")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    ca.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    return ca, folder


def secured(authority, *names):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority[0].issue_cert(*names).configure_cert(context)
    return context


def asked_over_tls(url, **options):
    endpoint = WbemEndpoint(Connection(url, timeout_seconds=5, **options))
    try:
        return endpoint.enumerate_instances(NAMESPACE, "X")
    finally:
        endpoint.close()


def test_certificate_of_a_named_authority_is_trusted(authority):
    with serving(lambda _: THINGS, tls=secured(authority, "127.0.0.1")) as server:
        assert asked_over_tls(server.url, ca=str(authority[1] / "ca.pem")).ok


def test_certificate_of_an_unknown_authority_is_refused(authority):
    with serving(lambda _: THINGS, tls=secured(authority, "127.0.0.1")) as server:
        assert asked_over_tls(server.url).trouble.kind == "tls"
        assert asked_over_tls(server.url, insecure=True).ok
    assert len(server.received) == 1


def test_certificate_for_another_host_is_refused(authority):
    with serving(lambda _: THINGS, tls=secured(authority, "other.example")) as server:
        trouble = asked_over_tls(server.url, ca=str(authority[1] / "ca.pem")).trouble
    assert trouble.kind == "tls"
    assert "mismatch" in trouble.description


def test_client_certificate_is_presented(authority):
    context = secured(authority, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority[0].configure_trust(context)
    ca, client = (str(authority[1] / name) for name in ("ca.pem", "client.pem"))
    with serving(lambda _: THINGS, tls=context) as server:
        assert asked_over_tls(server.url, ca=ca, certificate=client).ok
        assert asked_over_tls(server.url, ca=ca).trouble.kind in {"tls", "disconnect"}


def test_missing_certificate_file_is_told():
    trouble = asked_over_tls("https://127.0.0.1:1", ca="/no/such/file").trouble
    assert trouble.kind == "tls"
