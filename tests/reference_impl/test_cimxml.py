"""CIM-XML in and out, without the network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reference_impl.cimxml import paths
from reference_impl.cimxml.classes import ClassEncoder, ClassShape
from reference_impl.cimxml.instances import InstanceEncoder, Shape
from reference_impl.cimxml.requests import RequestError, parse_xml, read_request
from reference_impl.cimxml.text import escape
from reference_impl.cimxml.typing import ValueReader, scalar_from
from reference_impl.values import TYPE_MISMATCH, CIMError, Instance, ObjectName
from tests.reference_impl.messages import intrinsic, message
from tests.reference_impl.model import VIRT, vendor_schema

SCHEMA = vendor_schema()
BOMB = (
    b'<!DOCTYPE CIM [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><CIM CIMVERSION="2.0" DTDVERSION="2.0">&c;</CIM>'
)
EXTERNAL = b'<!DOCTYPE CIM [<!ENTITY f SYSTEM "file:///etc/hostname">]><CIM>&f;</CIM>'


@given(st.text())
def test_escaped_text_is_always_well_formed(text):
    parsed = parse_xml(f'<a b="{escape(text)}">{escape(text)}</a>'.encode("utf-8", "replace"))

    assert parsed.text or not text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"])))
def test_printable_text_survives(text):
    assert (parse_xml(f"<a>{escape(text)}</a>").text or "") == text


def test_line_ends_survive_and_other_control_characters_are_replaced():
    assert parse_xml(f"<a>{escape(chr(13) + chr(10) + chr(9) + chr(0))}</a>").text == "\r\n\t\ufffd"


@pytest.mark.parametrize(
    ("document", "status", "cim_error"),
    [
        (b"", 400, "request-not-well-formed"),
        (b"<CIM>", 400, "request-not-well-formed"),
        (BOMB, 400, "request-not-well-formed"),
        (EXTERNAL, 400, "request-not-well-formed"),
        (b"<a>" * 1000 + b"</a>" * 1000, 400, "request-not-well-formed"),
        (b"<soap/>", 400, "request-not-loosely-valid"),
        (message(""), 400, "request-not-loosely-valid"),
        (message("<EXPMETHODCALL NAME='ExportIndication'/>"), 400, "request-not-loosely-valid"),
        (message("<IMETHODCALL NAME='GetClass'/>"), 400, "request-not-loosely-valid"),
        (
            message("<METHODCALL NAME='A'><LOCALINSTANCEPATH/></METHODCALL>"),
            400,
            "request-not-loosely-valid",
        ),
        (intrinsic("GetClass", "<VALUE/>"), 400, "request-not-loosely-valid"),
        (message("", cim="1.0"), 501, "unsupported-cim-version"),
        (message("", dtd="3.0"), 501, "unsupported-dtd-version"),
        (message("", protocol="2.0"), 501, "unsupported-protocol-version"),
        (message("").replace(b"SIMPLEREQ", b"MULTIREQ"), 501, "multiple-requests-unsupported"),
    ],
)
def test_what_is_no_request_is_refused_by_http(document, status, cim_error):
    with pytest.raises(RequestError) as refusal:
        read_request(document)
    assert (refusal.value.http_status, refusal.value.cim_error) == (status, cim_error)


def test_a_request_is_read_with_its_parameters():
    request = read_request(intrinsic("GetClass", '<IPARAMVALUE NAME="ClassName"/>'))

    assert (request.message_id, request.name, request.intrinsic) == ("7", "GetClass", True)
    assert [name for name, _ in request.parameters] == ["ClassName"]


@pytest.mark.parametrize(
    ("text", "cim_type", "value"),
    [
        ("TRUE", "boolean", True),
        ("false", "boolean", False),
        ("255", "uint8", 255),
        ("-128", "sint8", -128),
        ("0xff", "uint16", 255),
        ("1.5", "real32", 1.5),
        ("x", "char16", "x"),
        (" a ", "string", " a "),
        ("20260101120000.000000+060", "datetime", "20260101120000.000000+060"),
        ("00000001000000.000000:000", "datetime", "00000001000000.000000:000"),
    ],
)
def test_text_becomes_the_value_of_its_type(text, cim_type, value):
    assert scalar_from(text, cim_type) == value


@pytest.mark.parametrize(
    ("text", "cim_type"),
    [
        ("yes", "boolean"),
        ("256", "uint8"),
        ("-1", "uint8"),
        ("1.0", "uint8"),
        ("", "uint8"),
        ("128", "sint8"),
        ("one", "real64"),
        ("xy", "char16"),
        ("2026-01-01", "datetime"),
        ("\u0661", "uint8"),
    ],
)
def test_text_of_another_type_is_refused(text, cim_type):
    with pytest.raises(ValueError, match=r".+"):
        scalar_from(text, cim_type)


def device():
    values = {
        "SystemCreationClassName": "Ref_ComputerSystem",
        "SystemName": 'g"<1>',
        "DeviceID": "0",
        "CreationClassName": "Ref_Processor",
    }
    return ObjectName(VIRT, "Ref_Processor", values)


def test_a_path_comes_back_as_it_went_out():
    link = ObjectName(
        VIRT, "Ref_SystemDevice", {"GroupComponent": device(), "PartComponent": device()}
    )

    element = etree.fromstring(paths.local_instance_path(link))

    assert ValueReader(SCHEMA, "root/other").path(element) == link


def test_keys_get_the_type_and_spelling_of_the_schema():
    element = etree.fromstring(
        '<INSTANCENAME CLASSNAME="CIM_ComputerSystem"><KEYBINDING NAME="name"><KEYVALUE '
        'VALUETYPE="numeric">42</KEYVALUE></KEYBINDING></INSTANCENAME>'
    )

    assert ValueReader(SCHEMA, VIRT).path(element).keys == (("Name", "42"),)


def test_a_single_unnamed_key_belongs_to_the_only_key_property():
    element = etree.fromstring(
        '<INSTANCENAME CLASSNAME="CIM_SettingData"><KEYVALUE>a</KEYVALUE></INSTANCENAME>'
    )

    assert ValueReader(SCHEMA, VIRT).path(element).keys == (("InstanceID", "a"),)


def test_an_instance_comes_back_as_it_went_out():
    nested = Instance("CIM_SettingData", {"InstanceID": "in <b> & \u00fc"})
    values = {
        "InstanceID": "a",
        "ElementName": "x\r\ny",
        "Notes": ["one", None, ""],
        "AutomaticStartupAction": 2,
        "CreationTime": "20260101120000.000000+000",
        "ComponentSetting": [nested],
    }
    text = InstanceEncoder(SCHEMA).instance(Instance("CIM_VirtualSystemSettingData", values))

    read = ValueReader(SCHEMA, VIRT).instance(etree.fromstring(text))

    assert read.values["ComponentSetting"][0].values == nested.values
    assert {**read.values, "ComponentSetting": [nested]} == values


def test_a_wrong_property_value_is_a_type_mismatch():
    element = etree.fromstring(
        '<INSTANCE CLASSNAME="CIM_Processor"><PROPERTY NAME="Family" '
        'TYPE="uint16"><VALUE>many</VALUE></PROPERTY></INSTANCE>'
    )

    with pytest.raises(CIMError) as refusal:
        ValueReader(SCHEMA, VIRT).instance(element)
    assert refusal.value.status == TYPE_MISMATCH


def test_instances_are_not_embedded_without_end():
    text = '<INSTANCE CLASSNAME="CIM_SettingData"/>'
    for _ in range(10):
        text = (
            '<INSTANCE CLASSNAME="CIM_SettingData"><PROPERTY.ARRAY NAME="ComponentSetting" '
            f'TYPE="string"><VALUE.ARRAY><VALUE>{escape(text)}</VALUE></VALUE.ARRAY>'
            "</PROPERTY.ARRAY></INSTANCE>"
        )

    with pytest.raises(CIMError, match="more than 8 deep"):
        ValueReader(SCHEMA, VIRT).instance(etree.fromstring(text))


def test_every_property_is_written_null_or_not():
    element = etree.fromstring(InstanceEncoder(SCHEMA).instance(Instance("CIM_Processor")))

    assert len(element) == len(SCHEMA.class_named("CIM_Processor").all_properties)
    assert all(len(each) == 0 for each in element)


def test_a_shape_limits_the_properties_and_tells_their_origin():
    shape = Shape(frozenset({"name", "deviceid"}), class_origin=True)

    element = etree.fromstring(InstanceEncoder(SCHEMA).instance(Instance("Ref_Processor"), shape))

    assert {each.get("NAME"): each.get("CLASSORIGIN") for each in element} == {
        "Name": "CIM_ManagedSystemElement",
        "DeviceID": "CIM_LogicalDevice",
    }


def test_the_cached_encoding_dies_with_the_change(repository):
    encoder = InstanceEncoder(repository.schema)
    guest = repository.instances(VIRT, "Ref_ComputerSystem")[0]
    before = encoder.instance(guest)

    repository.change(guest.path, ElementName="Renamed")

    assert encoder.instance(guest) != before
    assert "Renamed" in encoder.instance(guest)


@pytest.mark.parametrize("name", [each.name for each in SCHEMA.classes()])
def test_every_class_is_written_as_well_formed_xml(name):
    shape = ClassShape(local_only=False, class_origin=True)

    element = etree.fromstring(ClassEncoder().class_(SCHEMA.class_named(name), shape))

    assert element.get("NAME") == name
    assert len({each.get("NAME") for each in element if each.tag.startswith("PROPERTY")}) == len(
        SCHEMA.class_named(name).all_properties
    )
