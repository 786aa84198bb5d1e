"""The fast reader sees in a reply what pywbem sees, and refuses what is no CIM-XML."""

import math
from xml.sax.saxutils import escape

import pytest
import pywbem
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cim import Instance, Malformed, Path, Refusal
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.reader import Reader
from reference_impl.app import start
from tests.servers import (
    array,
    instance_name,
    instance_path,
    message,
    named,
    prop,
    reference,
    refusal,
    reply,
    serving,
)

NAMESPACE = "root/virt"
GUEST = {"CreationClassName": "KVM_ComputerSystem", "Name": "guest"}
DISK = {"SystemName": "guest", "DeviceID": "guest/vda"}


def read(*properties):
    """Return the one instance of an answer, with these properties."""
    return read_all(reply("EnumerateInstances", named("CIM_Thing", {"Name": "a"}, *properties)))[0]


def read_all(body, operation="EnumerateInstances"):
    return Reader().instances(body, operation, NAMESPACE)


def value_of(type_, text, attributes=""):
    return read(prop("P", type_, text, attributes)).get("P")


# -- the same as pywbem -----------------------------------------------------------------------


def seen(value):
    """Describe a value of the reader or of pywbem, the type of numbers included."""
    if isinstance(value, list):
        return [seen(item) for item in value]
    if isinstance(value, Instance):
        slots = zip(value.layout.slots, value.values, strict=True)
        shown = [(s.name, s.type, s.is_array, s.embedded, seen(v)) for s, v in slots]
        return value.classname, seen(value.path), shown
    if isinstance(value, Path):
        keys = [(name, seen(key)) for name, key in value.keys]
        return value.namespace, value.classname, keys
    return seen_plain(value)


def seen_plain(value):
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else float(value)
    return str(value)


def seen_by_pywbem(value):
    if isinstance(value, list):
        return [seen_by_pywbem(item) for item in value]
    if isinstance(value, pywbem.CIMInstance):
        shown = [
            (p.name, p.type, p.is_array, p.embedded_object or "", seen_by_pywbem(p.value))
            for p in value.properties.values()
        ]
        return value.classname, seen_by_pywbem(value.path), shown
    if isinstance(value, pywbem.CIMInstanceName):
        keys = sorted(value.keybindings.items(), key=lambda pair: pair[0].lower())
        return (
            value.namespace or NAMESPACE,
            value.classname,
            [(name, seen_by_pywbem(key)) for name, key in keys],
        )
    return seen_plain(value)


ALL_TYPES = named(
    "CIM_Thing",
    {"Name": "a &lt;b&gt; &#228;ö", "Other": instance_path("root/cimv2", "CIM_X", {"K": "v"})},
    prop("Text", "string", "Grüße &amp; &quot;q&quot; 日本 \U0001f600"),
    prop("Blank", "string", ""),
    prop("Spaces", "string", "  two  \n lines "),
    prop("Cdata", "string", "<![CDATA[<a> & b]]>"),
    prop("Null", "string", None),
    prop("Yes", "boolean", "TRUE"),
    prop("No", "boolean", " false "),
    prop("Small", "sint8", "-128"),
    prop("Large", "uint64", "18446744073709551615"),
    prop("Hex", "uint16", "0xFFff"),
    prop("Real", "real32", "-1.5e-3"),
    prop("Endless", "real64", "-INF"),
    prop("NoNumber", "real64", "NaN"),
    prop("Letter", "char16", "x"),
    prop("When", "datetime", "20240229235959.123456-060"),
    prop("Long", "datetime", "00000001010203.000004:000"),
    array("Some", "string", "1", None, "3"),
    array("Numbers", "uint16", "1", "0x3"),
    array("None", "string"),
    reference("Bare", instance_name("CIM_X", {"K": "v"})),
    reference("Far", instance_path("interop", "CIM_X", {"K": "v"})),
)

OBJECT = (
    "<VALUE.OBJECTWITHPATH>"
    + instance_path(NAMESPACE, "KVM_Disk", DISK)
    + f'<INSTANCE CLASSNAME="KVM_Disk">{prop("DeviceID", "string", "guest/vda")}</INSTANCE>'
    + "</VALUE.OBJECTWITHPATH>"
)


def served_to_pywbem(body, ask):
    with serving(lambda _: body) as server:
        connection = pywbem.WBEMConnection(server.url, default_namespace=NAMESPACE)
        try:
            return seen_by_pywbem(list(ask(connection)))
        finally:
            connection.close()


def test_every_type_reads_as_in_pywbem():
    body = reply("EnumerateInstances", ALL_TYPES)
    expected = served_to_pywbem(body, lambda c: c.EnumerateInstances("CIM_Thing"))
    assert seen(read_all(body)) == expected


def test_associators_read_as_in_pywbem():
    body = reply("Associators", OBJECT, OBJECT)
    name = pywbem.CIMInstanceName("KVM_ComputerSystem", GUEST)
    expected = served_to_pywbem(body, lambda c: c.Associators(name))
    assert seen(read_all(body, "Associators")) == expected


def test_paths_read_as_in_pywbem():
    path = instance_path("root/virt", "KVM_SystemDevice", {"A": instance_name("X", {"K": "1"})})
    body = reply("AssociatorNames", f"<OBJECTPATH>{path}</OBJECTPATH>")
    name = pywbem.CIMInstanceName("KVM_ComputerSystem", GUEST)
    expected = served_to_pywbem(body, lambda c: c.AssociatorNames(name))
    assert seen(Reader().paths(body, "AssociatorNames", NAMESPACE)) == expected


def test_embedded_instances_read_as_in_pywbem():
    town = f'<INSTANCE CLASSNAME="Town">{prop("Name", "string", "a &amp; b")}</INSTANCE>'
    inner = prop("Town", "string", escape(town), 'EmbeddedObject="instance"')
    outer = f'<INSTANCE CLASSNAME="Address">{inner}</INSTANCE>'
    body = reply(
        "EnumerateInstances",
        named("X", {"K": "1"}, prop("Home", "string", escape(outer), 'EmbeddedObject="object"')),
    )
    expected = served_to_pywbem(body, lambda c: c.EnumerateInstances("X"))
    assert seen(read_all(body)) == expected


@pytest.mark.parametrize(
    "classname",
    ["CIM_ManagedElement", "CIM_Dependency", "CIM_Component", "CIM_MemberOfCollection"],
)
def test_reference_server_reads_as_in_pywbem(reference_url, classname):
    with pywbem.WBEMConnection(reference_url, default_namespace=NAMESPACE) as connection:
        try:
            expected = connection.EnumerateInstances(classname)
        except pywbem.CIMError as error:
            pytest.skip(str(error))
        body = connection.last_raw_reply
    assert seen(read_all(body)) == seen_by_pywbem(expected)


@pytest.fixture(scope="module")
def reference_url():
    with start(systems=2) as server:
        yield server.url


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n<>&'\"]")
)


@settings(deadline=None)
@given(st.lists(XML_TEXT, min_size=1, max_size=8))
def test_any_text_is_read_as_it_was_written(texts):
    records = [
        named("X", {"K": str(n)}, prop("T", "string", escape(t))) for n, t in enumerate(texts)
    ]
    assert [one.get("T") for one in read_all(reply("EnumerateInstances", *records))] == texts


# -- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("uint8", "256"), ("uint8", "-1"), ("sint8", "128"), ("uint32", "1_000"), ("uint32", ""),
        ("uint16", "ten"), ("uint64", "9" * 5000), ("boolean", "yes"), ("boolean", "1"),
        ("real32", "1.5.2"), ("real64", "0x10"), ("char16", "ab"), ("char16", "\U0001f600"),
        ("datetime", "2024-02-29"), ("datetime", "20241301000000.000000+000"),
        ("datetime", "00000001010203.000004:060"),
    ],
)  # fmt: skip
def test_text_that_is_none_of_its_type_is_malformed(type_, text):
    assert value_of(type_, text) == Malformed(text, type_)


@pytest.mark.parametrize(
    "text",
    ["20240229235959.******-060", "********235959.000000+000", "**************.******:000"],
)
def test_datetime_may_leave_fields_open(text):
    assert value_of("datetime", text) == text


def test_null_in_an_array_of_numbers_is_none():
    assert read(array("A", "uint16", "1", None, "3")).get("A") == [1, None, 3]


def test_one_malformed_value_leaves_the_others_readable():
    found = read(prop("A", "uint8", "many"), prop("B", "uint8", "2"))
    assert (found.get("A"), found.get("b")) == (Malformed("many", "uint8"), 2)


def test_embedded_object_attribute_is_found_in_any_case():
    text = escape('<INSTANCE CLASSNAME="A"/>')
    assert value_of("string", text, 'EMBEDDEDOBJECT="instance"').classname == "A"


def test_instance_text_without_the_attribute_stays_text():
    text = '<INSTANCE CLASSNAME="A"/>'
    assert value_of("string", escape(text)) == text


@pytest.mark.parametrize("text", ["no instance", "<INSTANCE/>", "<VALUE>1</VALUE>", "<INSTANCE"])
def test_embedded_object_that_cannot_be_parsed_is_malformed(text):
    found = value_of("string", escape(text), 'EmbeddedObject="instance"')
    assert found == Malformed(text, "embedded instance")


def test_embedded_class_stays_text():
    text = '<CLASS NAME="A"/>'
    assert value_of("string", escape(text), 'EmbeddedObject="object"') == text


# -- paths ------------------------------------------------------------------------------------


def test_name_without_namespace_is_of_the_namespace_asked():
    assert read().path == Path(NAMESPACE, "CIM_Thing", [("Name", "a")])


def test_reference_keeps_the_namespace_it_names():
    local = (
        '<LOCALINSTANCEPATH><LOCALNAMESPACEPATH><NAMESPACE NAME="interop"/></LOCALNAMESPACEPATH>'
        f"{instance_name('X', {'K': 'v'})}</LOCALINSTANCEPATH>"
    )
    assert read(reference("R", local)).get("R") == Path("interop", "X", [("K", "v")])


@pytest.mark.parametrize(
    ("attributes", "text", "expected"),
    [
        ('VALUETYPE="numeric"', "7", 7),
        ('VALUETYPE="numeric"', "0x1F", 31),
        ('VALUETYPE="boolean"', "TRUE", True),
        ("", "7", "7"),
        ('VALUETYPE="string" TYPE="uint16"', "7", 7),
        ('VALUETYPE="string" TYPE=""', "7", "7"),
        ('VALUETYPE="numeric"', "seven", "seven"),
    ],
)
def test_key_is_read_by_its_type(attributes, text, expected):
    binding = f'<KEYBINDING NAME="K"><KEYVALUE {attributes}>{text}</KEYVALUE></KEYBINDING>'
    body = reply("EnumerateInstanceNames", f'<INSTANCENAME CLASSNAME="X">{binding}</INSTANCENAME>')
    key = Reader().paths(body, "EnumerateInstanceNames", NAMESPACE)[0].key("k")
    assert (key, type(key)) == (expected, type(expected))


def test_same_object_is_one_path_however_it_was_named():
    one = named("X", GUEST, reference("R", instance_path(NAMESPACE, "KVM_Disk", DISK)))
    two = named("KVM_Disk", DISK)
    first, second = read_all(reply("EnumerateInstances", one, two))
    assert first.get("R") is second.path


def test_keyless_name_has_no_keys():
    assert read_all(reply("EnumerateInstances", named("X", {})))[0].path.keys == ()


# -- forms of one and the same content --------------------------------------------------------


def test_instances_of_one_form_share_their_layout():
    records = [named("X", {"K": k}, prop("A", "uint8", k)) for k in "123"]
    assert len({id(one.layout) for one in read_all(reply("EnumerateInstances", *records))}) == 1


@pytest.mark.parametrize(
    "disturb",
    [
        lambda xml: xml.replace("<INSTANCE ", "<!-- <VALUE.NAMEDINSTANCE> --><INSTANCE "),
        lambda xml: xml.replace("<INSTANCE ", "<!-- </VALUE.NAMEDINSTANCE> --><INSTANCE "),
        lambda xml: xml.replace(">one<", "><![CDATA[one]]><"),
        lambda xml: xml.replace(">one<", ">&#111;ne<"),
        lambda xml: xml.replace("><", ">\r\n  <"),
        lambda xml: xml.replace("<INSTANCE ", "<?pi </VALUE.NAMEDINSTANCE>?><INSTANCE "),
        lambda xml: xml.replace("VALUE.NAMEDINSTANCE>", "VALUE.NAMEDINSTANCE >"),
        lambda xml: xml.replace('CLASSNAME="X"', "CLASSNAME='X'"),
    ],
)
def test_writing_makes_no_difference(disturb):
    records = [named("X", {"K": k}, prop("T", "string", k)) for k in ("one", "two")]
    plain = reply("EnumerateInstances", *records)
    assert seen(read_all(disturb(plain.decode()).encode())) == seen(read_all(plain))


def test_cdata_may_hold_what_looks_like_the_end_of_the_record():
    text = "</VALUE></PROPERTY></INSTANCE></VALUE.NAMEDINSTANCE><VALUE.NAMEDINSTANCE>"
    assert value_of("string", f"<![CDATA[{text}]]>") == text


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_are_read(encoding):
    body = reply("EnumerateInstances", named("X", {"K": "1"}, prop("T", "string", "Grüße")))
    declared = encoding.removesuffix("-sig")
    text = body.decode().replace('encoding="utf-8"', f'encoding="{declared}"')
    assert read_all(text.encode(encoding))[0].get("T") == "Grüße"


def test_qualifiers_in_instances_are_passed_over():
    qualifier = '<QUALIFIER NAME="Q" TYPE="string"><VALUE>q</VALUE></QUALIFIER>'
    value = f'<PROPERTY NAME="A" TYPE="string">{qualifier}<VALUE>a</VALUE></PROPERTY>'
    found = read(qualifier, value)
    assert (len(found.values), found.get("A")) == (1, "a")


# -- answers that hold no objects -------------------------------------------------------------


@pytest.mark.parametrize("body", [reply("EnumerateInstances"), message("EnumerateInstances", "")])
def test_empty_answer_holds_nothing(body):
    assert read_all(body) == []


def test_cim_error_is_a_refusal():
    assert read_all(refusal("EnumerateInstances", 5, "no <such> class")) == Refusal(
        5, "no <such> class"
    )


# -- what is no CIM-XML -----------------------------------------------------------------------

BINDING = '<KEYBINDING NAME="K"><KEYVALUE>v</KEYVALUE></KEYBINDING>'
NAME = f'<INSTANCENAME CLASSNAME="X">{BINDING}</INSTANCENAME>'


@pytest.mark.parametrize(
    "record",
    [
        f"<VALUE.NAMEDINSTANCE>{NAME}</VALUE.NAMEDINSTANCE>",
        f'<VALUE.NAMEDINSTANCE><INSTANCE CLASSNAME="X"/>{NAME}</VALUE.NAMEDINSTANCE>',
        f'<VALUE.NAMEDINSTANCE>{NAME}<INSTANCE CLASSNAME="X">text</INSTANCE></VALUE.NAMEDINSTANCE>',
        named("X", {"K": "1"}, "<ODD/>"),
        f"<VALUE.NAMEDINSTANCE>{NAME}<INSTANCE/></VALUE.NAMEDINSTANCE>",
        "<VALUE.INSTANCE/>",
        "<ODD/>",
        "stray",
        named("X", {"K": "1"}, '<PROPERTY NAME="P"><VALUE>1</VALUE></PROPERTY>'),
        named("X", {"K": "1"}, prop("P", "uint128", "1")),
        named("X", {"K": "1"}, prop("P", "string", "1</VALUE><VALUE>2")),
        named("X", {"K": "1"}, prop("P", "string", "<B>1</B>")),
        named("X", {"K": "1"}, prop("P", "string", "&nbsp;")),
        named("X", {"K": "1"}, prop("P", "string", "&#0;")),
        named("X", {"K": "1"}, prop("P", "string", "\x01")),
        named("X", {"K": "1"}, reference("R", '<CLASSPATH NAME="X"/>')),
    ],
)
def test_record_outside_the_grammar_is_unreadable(record):
    with pytest.raises(UnreadableError):
        read_all(reply("EnumerateInstances", named("X", {"K": "0"}), record))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b"<html><body>hello</body></html>",
        reply("EnumerateInstances", named("X", {"K": "1"}))[:-30],
        reply("GetInstance", named("X", {"K": "1"})),
        reply("EnumerateInstances", named("X", {"K": "1"})).replace(b"SIMPLERSP", b"SIMPLEREQ"),
        reply("EnumerateInstances", named("X", {"K": "\xff"})).replace(b"\xc3\xbf", b"\xff"),
        message("EnumerateInstances", '<ERROR CODE="five"/>'),
        message("EnumerateInstances", "<IRETURNVALUE/><IRETURNVALUE/>"),
        b'<?xml version="1.0" encoding="zip"?><CIM/>',
    ],
)
def test_answer_that_is_none_is_unreadable(body):
    with pytest.raises(UnreadableError):
        read_all(body)


def test_message_says_what_was_expected_and_found():
    body = reply("EnumerateInstances", named("X", {"K": "1"}, "<ODD/>"))
    with pytest.raises(UnreadableError, match=r"expected PROPERTY .*, found ODD in INSTANCE"):
        read_all(body)
