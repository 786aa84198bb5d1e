"""The WS-Management front of the reference server, driven by clients that are not ours."""

from __future__ import annotations

import contextlib
import http.client
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from pypsrp.exceptions import AuthenticationError
from pypsrp.wsman import OptionSet, SelectorSet, WSMan
from winrm.transport import Transport as WinRMTransport

from reference_impl.app import start
from reference_impl.wsman import names
from tests.reference_impl.managing import (
    BINDING,
    CIM,
    NAMESPACE,
    client,
    enumeration,
    fault_of,
    local,
    property_of,
    pulled,
    selectors,
    tag,
)

SYSTEM = "CIM_ComputerSystem"
SERVICE = "CIM_VirtualSystemManagementService"


@pytest.fixture(scope="module")
def server():
    with start(wsman_port=0, systems=2) as running:
        yield running


@pytest.fixture(scope="module")
def wsman(server):
    return client(server.wsman_url)


def names_of(server, classname):
    return {i.path.key("Name") for i in server.repository.instances(NAMESPACE, classname)}


def a_system(server):
    """Return the path of a virtual system that is no switch."""
    settings = server.repository.instances(NAMESPACE, "CIM_SettingsDefineState")
    wanted = "CIM_VirtualSystemSettingData"
    return next(
        each.get("ManagedElement")
        for each in settings
        if each.get("SettingData").classname == wanted
    )


def post(url, body):
    split = urlsplit(url)
    asked = http.client.HTTPConnection(split.hostname, split.port, timeout=10)
    with contextlib.closing(asked):
        asked.request("POST", split.path, body, {"Content-Type": "application/soap+xml"})
        answer = asked.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read().decode()


def envelope(header, body=""):
    return (
        f'<s:Envelope xmlns:s="{names.SOAP}" xmlns:wsa="{names.ADDRESSING}"'
        f' xmlns:wsman="{names.MANAGEMENT}"><s:Header>{header}</s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )


# -- reading ----------------------------------------------------------------------------------


def test_identify_tells_the_protocol_version(server):
    body = f'<wsmid:Identify xmlns:wsmid="{names.IDENTITY}"/>'
    status, kind, text = post(server.wsman_url, envelope("", body))
    assert (status, kind) == (200, "application/soap+xml;charset=UTF-8")
    assert f"<wsmid:ProtocolVersion>{names.MANAGEMENT}</wsmid:ProtocolVersion>" in text


@pytest.mark.parametrize(("most", "step"), [(0, 1), (2, 2), (100, 100)])
def test_all_instances_of_a_class_are_pulled(server, wsman, most, step):
    items = pulled(wsman, CIM + SYSTEM, enumeration(most=most), step)
    assert {property_of(item, "Name") for item in items} == names_of(server, SYSTEM)


def test_instance_is_read_by_its_endpoint_reference(server, wsman):
    (item, *_) = pulled(wsman, CIM + SYSTEM, enumeration(mode="EnumerateEPR"))
    chosen = SelectorSet()
    for each in item.iter(tag("wsman", "Selector")):
        chosen.add_option(each.get("Name"), each.text)
    answer = wsman.get(item.findtext(f".//{tag('wsman', 'ResourceURI')}"), selector_set=chosen)
    (found,) = list(answer)
    assert local(found) == SYSTEM
    assert property_of(found, "Name") in names_of(server, SYSTEM)


def test_items_come_with_their_references(wsman):
    items = pulled(wsman, CIM + SYSTEM, enumeration(mode="EnumerateObjectAndEPR"))
    assert [[local(part) for part in item] for item in items] == [
        [SYSTEM, "EndpointReference"] for _ in items
    ]


def test_every_instance_that_cim_xml_shows_is_enumerated(server, wsman):
    classes = {i.classname for i in server.repository.instances(NAMESPACE, "CIM_ManagedElement")}
    for classname in classes:
        items = pulled(wsman, CIM + classname, enumeration(most=1000), 1000)
        assert len(items) == len(server.repository.instances(NAMESPACE, classname)), classname


def test_associations_are_written_with_their_references(server, wsman):
    items = pulled(wsman, CIM + "CIM_HostedDependency", enumeration(most=100))
    ends = [
        {selector.text for selector in end.iter(tag("wsman", "Selector"))}
        for item in items
        for end in item
        if local(end) == "Dependent"
    ]
    assert ends
    assert all(end & names_of(server, SYSTEM) for end in ends)


def test_properties_of_subclasses_can_be_left_out(wsman):
    body = enumeration(most=100, polymorphism="ExcludeSubClassProperties")
    items = pulled(wsman, CIM + "CIM_LogicalDevice", body)
    assert items
    assert {local(item) for item in items} == {"CIM_LogicalDevice"}


def test_instances_of_subclasses_can_be_left_out(wsman):
    body = enumeration(most=100, polymorphism="None")
    assert pulled(wsman, CIM + "CIM_LogicalDevice", body) == []


@pytest.mark.parametrize("uri", [CIM + SYSTEM, names.ALL_CLASSES])
@pytest.mark.parametrize("dialect", [names.WQL_FILTER, names.CQL_FILTER])
def test_query_selects_instances(server, wsman, uri, dialect):
    (name, *_) = names_of(server, SYSTEM)
    query = f"SELECT * FROM {SYSTEM} WHERE Name = '{name}'"
    body = enumeration(most=100, dialect=dialect, content=query)
    assert [property_of(item, "Name") for item in pulled(wsman, uri, body)] == [name]


def association_filter(kind, path, **said):
    found = ET.Element(f"{BINDING}{kind}")
    target = ET.SubElement(found, f"{BINDING}Object")
    ET.SubElement(target, tag("wsa", "Address")).text = names.ANONYMOUS
    parameters = ET.SubElement(target, tag("wsa", "ReferenceParameters"))
    ET.SubElement(parameters, tag("wsman", "ResourceURI")).text = CIM + path.classname
    holder = ET.SubElement(parameters, tag("wsman", "SelectorSet"))
    for name, value in [*path.keys, ("__cimnamespace", path.namespace)]:
        ET.SubElement(holder, tag("wsman", "Selector"), {"Name": name}).text = str(value)
    for name, value in said.items():
        ET.SubElement(found, f"{BINDING}{name}").text = value
    return found


def test_association_filter_finds_associated_instances(server, wsman):
    wanted = {"AssociationClassName": "CIM_SystemDevice", "ResultRole": "PartComponent"}
    content = association_filter("AssociatedInstances", a_system(server), **wanted)
    body = enumeration(most=100, dialect=names.ASSOCIATION_FILTER, content=content)
    found = {property_of(item, "DeviceID") for item in pulled(wsman, names.ALL_CLASSES, body)}
    devices = server.repository.associated(a_system(server), "CIM_SystemDevice", None, None, None)
    assert found == {device.get("DeviceID") for device in devices} != set()


def test_association_filter_finds_association_instances(server, wsman):
    wanted = {"ResultClassName": "CIM_SystemDevice", "Role": "GroupComponent"}
    content = association_filter("AssociationInstances", a_system(server), **wanted)
    body = enumeration(most=100, dialect=names.ASSOCIATION_FILTER, content=content)
    items = pulled(wsman, names.ALL_CLASSES, body)
    assert len(items) == len(server.repository.referring(a_system(server), "CIM_SystemDevice"))


def test_selector_filter_finds_by_a_key(server, wsman):
    (name, *_) = names_of(server, SYSTEM)
    holder = ET.Element(tag("wsman", "SelectorSet"))
    ET.SubElement(holder, tag("wsman", "Selector"), {"Name": "Name"}).text = name
    body = enumeration(most=100, dialect=names.SELECTOR_FILTER, content=holder)
    assert [property_of(i, "Name") for i in pulled(wsman, CIM + SYSTEM, body)] == [name]


def test_class_is_declared_as_cim_xml(wsman):
    options = OptionSet()
    options.add_option("IncludeInheritedElements", "true")
    said = selectors(ClassName=SYSTEM)
    answer = wsman.get(names.CLASS_DECLARATION, selector_set=said, option_set=options)
    (found,) = list(answer)
    assert (found.tag, found.get("NAME")) == ("CLASS", SYSTEM)
    assert "RequestStateChange" in {each.get("NAME") for each in found.iter("METHOD")}


def test_windows_uri_names_the_namespace(server, wsman):
    uri = f"{names.WINDOWS}{NAMESPACE}/{SYSTEM}"
    items = pulled(wsman, uri, enumeration(most=100), chosen=SelectorSet())
    assert {item.tag for item in items} == {f"{{{uri}}}{SYSTEM}"}
    assert {property_of(item, "Name") for item in items} == names_of(server, SYSTEM)


# -- changing ---------------------------------------------------------------------------------


def keys_of(server, path):
    return {name: str(value) for name, value in path.keys}


def called(wsman, path, method, content):
    uri = CIM + path.classname
    body = ET.fromstring(f'<p:{method}_INPUT xmlns:p="{uri}">{content}</p:{method}_INPUT>')
    said = selectors(**{name: str(value) for name, value in path.keys})
    answer = wsman.invoke(f"{uri}/{method}", uri, body, selector_set=said)
    return answer.find(f".//{{{uri}}}{method}_OUTPUT")


@pytest.fixture(scope="module")
def service(server):
    return server.repository.instances(NAMESPACE, SERVICE)[0].path


CIM_XML = (
    '&lt;INSTANCE CLASSNAME="CIM_VirtualSystemSettingData"&gt;&lt;PROPERTY NAME="ElementName"'
    ' TYPE="string"&gt;&lt;VALUE&gt;{}&lt;/VALUE&gt;&lt;/PROPERTY&gt;&lt;/INSTANCE&gt;'
)
NATIVE = f'<q:ElementName xmlns:q="{CIM}CIM_VirtualSystemSettingData">{{}}</q:ElementName>'


@pytest.mark.parametrize("settings", [CIM_XML, NATIVE])
def test_system_is_defined_started_and_destroyed(server, wsman, service, settings):
    content = f"<p:SystemSettings>{settings.format('by wsman')}</p:SystemSettings>"
    output = called(wsman, service, "DefineSystem", content)
    assert property_of(output, "ReturnValue") == "0"
    reference = next(each for each in output if local(each) == "ResultingSystem")
    name = next(s.text for s in reference.iter(tag("wsman", "Selector")) if s.get("Name") == "Name")
    path = next(
        i.path for i in server.repository.instances(NAMESPACE, SYSTEM) if i.path.key("Name") == name
    )
    started = called(wsman, path, "RequestStateChange", "<p:RequestedState>2</p:RequestedState>")
    assert property_of(started, "ReturnValue") == "0"
    assert server.repository.get(path).get("EnabledState") == 2

    inner = "".join(ET.tostring(each, encoding="unicode") for each in reference)
    destroyed = called(
        wsman, service, "DestroySystem", f"<p:AffectedSystem>{inner}</p:AffectedSystem>"
    )
    assert property_of(destroyed, "ReturnValue") == "0"
    assert server.repository.get(path) is None


def test_filter_is_created_changed_and_deleted(server, wsman):
    uri = CIM + "CIM_IndicationFilter"
    said = {"__cimnamespace": "root/interop"}
    query = "SELECT * FROM CIM_InstModification"
    values = {
        "Name": "by wsman",
        "SourceNamespaces": NAMESPACE,
        "Query": query,
        "QueryLanguage": "DMTF:CQL",
    }
    made = ET.Element(f"{{{uri}}}CIM_IndicationFilter")
    for name, value in values.items():
        ET.SubElement(made, f"{{{uri}}}{name}").text = value
    answer = wsman.create(uri, made, selector_set=selectors(**said))
    chosen = SelectorSet()
    for each in answer.iter(tag("wsman", "Selector")):
        chosen.add_option(each.get("Name"), each.text)
    assert property_of(next(iter(wsman.get(uri, selector_set=chosen))), "Query") == query
    wsman.delete(uri, selector_set=chosen)
    assert fault_of(wsman, WSMan.get, uri, selector_set=chosen).code == "wsa:DestinationUnreachable"


# -- refusals ---------------------------------------------------------------------------------


def test_unknown_class_is_unreachable_with_the_cim_status(wsman):
    fault = fault_of(wsman, WSMan.get, CIM + "CIM_Nothing", selector_set=selectors())
    assert fault.code == "wsa:DestinationUnreachable"
    assert "CIMStatusCode>5<" in fault.__context__.response_text


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"Name": "nobody", "CreationClassName": SYSTEM}, "wsa:DestinationUnreachable"),
        ({"Name": "nobody"}, "wsman:InvalidSelectors"),
        ({"Nonsense": "1"}, "wsman:InvalidSelectors"),
        ({}, "wsman:InvalidSelectors"),
        ({"__cimnamespace": "root/nowhere"}, "wsa:DestinationUnreachable"),
    ],
)
def test_instance_that_is_not_there_is_refused(wsman, said, code):
    fault = fault_of(wsman, WSMan.get, CIM + SYSTEM, selector_set=selectors(**said))
    assert fault.code == code


@pytest.mark.parametrize(
    ("uri", "body", "code"),
    [
        (names.ALL_CLASSES, {}, "wsman:FilteringRequired"),
        (CIM + SYSTEM, {"dialect": "urn:nothing"}, "wsen:FilterDialectRequestedUnavailable"),
        (
            CIM + SYSTEM,
            {"dialect": names.WQL_FILTER, "content": "nonsense"},
            "wsen:CannotProcessFilter",
        ),
        (
            CIM + SYSTEM,
            {"dialect": names.ASSOCIATION_FILTER, "content": ET.Element("x")},
            "wsen:CannotProcessFilter",
        ),
        (CIM + SYSTEM, {"mode": "EnumerateNothing"}, "wsman:UnsupportedFeature"),
        ("urn:nothing", {}, "wsa:DestinationUnreachable"),
    ],
)
def test_enumeration_that_cannot_be_is_refused(wsman, uri, body, code):
    asked = enumeration(**body)
    fault = fault_of(wsman, WSMan.enumerate, uri, resource=asked, selector_set=selectors())
    assert fault.code == code


def test_released_enumeration_is_unknown(wsman):
    uri = CIM + SYSTEM
    answer = wsman.enumerate(uri, resource=enumeration(), selector_set=selectors())
    release = ET.Element(tag("wsen", "Release"))
    context = answer.findtext(f".//{tag('wsen', 'EnumerationContext')}")
    ET.SubElement(release, tag("wsen", "EnumerationContext")).text = context
    wsman.invoke(names.RELEASE, uri, release, selector_set=selectors())
    pull = ET.Element(tag("wsen", "Pull"))
    ET.SubElement(pull, tag("wsen", "EnumerationContext")).text = context
    fault = fault_of(wsman, WSMan.pull, uri, resource=pull, selector_set=selectors())
    assert fault.code == "wsen:InvalidEnumerationContext"


def test_unknown_method_and_wrong_parameter_are_refused(server, wsman):
    path, uri = a_system(server), CIM + SYSTEM
    said = selectors(**keys_of(server, path))
    body = ET.Element(f"{{{uri}}}Explode_INPUT")
    fault = fault_of(wsman, WSMan.invoke, f"{uri}/Explode", uri, body, selector_set=said)
    assert fault.code == "wsa:ActionNotSupported"
    body = ET.Element(f"{{{uri}}}RequestStateChange_INPUT")
    ET.SubElement(body, f"{{{uri}}}RequestedState").text = "much"
    action = f"{uri}/RequestStateChange"
    fault = fault_of(wsman, WSMan.invoke, action, uri, body, selector_set=said)
    assert fault.code == "wsman:InvalidParameter"


def test_answer_that_is_too_large_is_refused(server):
    narrow = client(server.wsman_url, max_envelope_size=8192)
    said = selectors(ClassName="CIM_VirtualSystemManagementService")
    options = OptionSet()
    options.add_option("IncludeInheritedElements", "true")
    options.add_option("IncludeQualifiers", "true")
    fault = fault_of(
        narrow, WSMan.get, names.CLASS_DECLARATION, selector_set=said, option_set=options
    )
    assert fault.code == "wsman:EncodingLimit"


def test_narrow_answers_hold_fewer_items_and_all_arrive(server, wsman):
    narrow = client(server.wsman_url, max_envelope_size=16384)
    uri = CIM + "CIM_ResourceAllocationSettingData"
    items = pulled(narrow, uri, enumeration(most=1000), 1000)
    assert len(items) == len(pulled(wsman, uri, enumeration(most=1000), 1000)) > 10


def test_header_that_must_be_understood_and_is_not_is_refused(server):
    header = (
        f"<wsa:Action>{names.GET}</wsa:Action><wsa:MessageID>uuid:1</wsa:MessageID>"
        '<x:Strange xmlns:x="urn:x" s:mustUnderstand="true"/>'
    )
    status, _, text = post(server.wsman_url, envelope(header))
    assert (status, "s:MustUnderstand" in text, 'qname="n:Strange"' in text) == (500, True, True)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ("not XML", 400),
        (f'<!DOCTYPE x [<!ENTITY e "e">]>{envelope("")}', 400),
        ("<Envelope/>", 500),
        (envelope(""), 500),
        (envelope("<wsa:Action>urn:x</wsa:Action>"), 500),
        (envelope("<wsman:MaxEnvelopeSize>1</wsman:MaxEnvelopeSize>"), 500),
    ],
)
def test_what_is_no_request_is_refused(server, document, status):
    assert post(server.wsman_url, document)[0] == status


def test_wrong_password_is_refused():
    with start(wsman_port=0, systems=0, user="u", password="right") as server:
        asked = client(server.wsman_url, password="wrong")
        with pytest.raises(AuthenticationError):
            asked.get(CIM + SYSTEM, selector_set=selectors())


def test_another_client_gets_an_answer_to_a_raw_message(server):
    split = urlsplit(server.wsman_url)
    transport = WinRMTransport(
        f"http://{split.hostname}:{split.port}/wsman",
        username="u",
        password="p",
        auth_method="basic",
        ca_trust_path=None,
        proxy=None,
    )
    header = (
        f"<wsa:Action>{names.ENUMERATE}</wsa:Action><wsa:MessageID>uuid:1</wsa:MessageID>"
        f"<wsman:ResourceURI>{CIM}{SYSTEM}</wsman:ResourceURI>"
    )
    body = f'<wsen:Enumerate xmlns:wsen="{names.ENUMERATION}"/>'
    answer = transport.send_message(envelope(header, body))
    assert b"EnumerateResponse" in answer
    assert b"<wsa:RelatesTo>uuid:1</wsa:RelatesTo>" in answer
