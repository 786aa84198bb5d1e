"""The operations of DSP0200 over HTTP, asked by pywbem."""

import pytest
import pywbem

from tests.reference_impl.messages import intrinsic, post
from tests.reference_impl.model import INTEROP, VIRT


def refused(status, operation, *arguments, **parameters):
    """Whether an operation fails with this status; the assertion shows what came instead."""
    with pytest.raises(pywbem.CIMError) as refusal:
        operation(*arguments, **parameters)
    assert refusal.value.status_code_name == status, refusal.value
    return True


def element_names(instances):
    return [each["ElementName"] for each in instances]


def test_an_instance_is_got_with_all_its_properties(client, guest, schema):
    instance = client.GetInstance(guest)

    assert (instance["Flavour"], instance["EnabledState"]) == ("vanilla", 2)
    assert len(instance) == len(schema.class_named("Ref_ComputerSystem").all_properties)


def test_a_property_list_limits_an_instance(client, guest):
    assert set(client.GetInstance(guest, PropertyList=["name", "Unheard"])) == {"Name"}
    assert len(client.GetInstance(guest, PropertyList=[])) == 0


def test_class_origins_are_told_when_asked(client, guest):
    instance = client.GetInstance(guest, IncludeClassOrigin=True)

    assert instance.properties["Flavour"].class_origin == "Ref_ComputerSystem"
    assert instance.properties["Name"].class_origin == "CIM_ManagedSystemElement"


def test_enumeration_is_polymorphic(client):
    assert element_names(client.EnumerateInstances("CIM_System")) == [
        "The host",
        "guest1",
        "guest2",
    ]


def test_shallow_enumeration_leaves_out_what_subclasses_add(client):
    guest = client.EnumerateInstances("CIM_ComputerSystem", DeepInheritance=False)[1]

    assert guest.classname == "Ref_ComputerSystem"
    assert "Flavour" not in guest
    assert guest["Name"] == "guest1"


def test_names_and_instances_are_enumerated_alike(client):
    names = client.EnumerateInstanceNames("CIM_ManagedElement")

    assert {str(n) for n in names} == {
        str(each.path) for each in client.EnumerateInstances("CIM_ManagedElement")
    }


def test_namespaces_are_apart_and_in_any_case(client):
    assert client.EnumerateInstanceNames("CIM_RegisteredProfile") == []
    assert len(client.EnumerateInstanceNames("cim_registeredprofile", "ROOT/Interop")) == 1


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["CPU 0", "CPU 1", "guest1", "The host"]),
        ({"AssocClass": "CIM_SystemDevice", "ResultClass": "CIM_Processor"}, ["CPU 0", "CPU 1"]),
        ({"Role": "GroupComponent", "ResultRole": "PartComponent"}, ["CPU 0", "CPU 1"]),
        ({"ResultRole": "Antecedent"}, ["The host"]),
        ({"ResultClass": "CIM_SettingData"}, ["guest1"]),
        ({"Role": "PartComponent"}, []),
    ],
)
def test_associators_are_filtered(client, guest, filters, found):
    associated = client.Associators(guest, **filters)

    assert element_names(associated) == found
    assert [each.path for each in associated] == client.AssociatorNames(guest, **filters)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 4),
        ({"ResultClass": "CIM_Component"}, 2),
        ({"Role": "dependent"}, 1),
        ({"ResultClass": "CIM_SystemDevice", "Role": "PartComponent"}, 0),
    ],
)
def test_references_are_filtered(client, guest, filters, count):
    links = client.References(guest, **filters)

    assert len(links) == count
    assert [each.path for each in links] == client.ReferenceNames(guest, **filters)


def test_associations_may_cross_namespaces(client):
    host = client.EnumerateInstanceNames("CIM_ComputerSystem")[0]

    (profile,) = client.AssociatorNames(host, AssocClass="CIM_ElementConformsToProfile")

    assert profile.namespace == INTEROP
    assert [n.namespace for n in client.AssociatorNames(profile)] == [VIRT]


def test_a_property_list_limits_associators(client, guest):
    (host,) = client.Associators(guest, ResultRole="Antecedent", PropertyList=["Name"])

    assert dict(host) == {"Name": "host"}


def test_classes_are_associated_through_their_associations(client):
    found = client.AssociatorNames("Ref_ComputerSystem", AssocClass="CIM_SystemDevice")

    assert [each.classname for each in found] == ["CIM_LogicalDevice"]
    assert client.Associators("Ref_ComputerSystem", AssocClass="CIM_SystemDevice")[0][1].superclass


def test_classes_are_referred_to_by_association_classes(client):
    found = client.ReferenceNames("CIM_LogicalDevice", ResultClass="CIM_SystemDevice")

    assert [each.classname for each in found] == ["CIM_SystemDevice", "Ref_SystemDevice"]


def test_a_class_carries_its_qualifiers(client):
    found = client.GetClass("CIM_ComputerSystem", LocalOnly=False)

    name = found.properties["Name"]
    assert name.qualifiers["Key"].value is True
    assert name.propagated
    assert "ValueMap" in found.properties["EnabledState"].qualifiers
    assert found.methods["RequestStateChange"].parameters["Job"].qualifiers["Out"].value is True
    assert found.qualifiers["Version"].value


def test_local_only_is_the_default_for_classes(client):
    assert set(client.GetClass("Ref_ComputerSystem").properties) == {"Flavour"}
    assert "Name" in client.GetClass("Ref_ComputerSystem", LocalOnly=False).properties


def test_qualifiers_and_origins_of_classes_are_optional(client):
    found = client.GetClass(
        "CIM_SystemDevice",
        LocalOnly=False,
        IncludeQualifiers=False,
        IncludeClassOrigin=True,
        PropertyList=["PartComponent"],
    )

    assert not found.qualifiers
    assert set(found.properties) == {"PartComponent"}
    assert found.properties["PartComponent"].class_origin == "CIM_Component"


def test_classes_are_enumerated_by_level_or_all(client):
    direct = client.EnumerateClassNames(ClassName="CIM_LogicalDevice")
    deep = client.EnumerateClassNames(ClassName="CIM_LogicalDevice", DeepInheritance=True)

    assert "CIM_Processor" in direct
    assert "Ref_Processor" not in direct
    assert "Ref_Processor" in deep
    assert "CIM_ManagedElement" in client.EnumerateClassNames()


def test_enumerated_classes_are_those_named(client, schema):
    classes = client.EnumerateClasses(DeepInheritance=True, LocalOnly=False)

    assert {c.classname for c in classes} == {c.name for c in schema.classes()}


def test_qualifier_types_are_served(client):
    assert client.GetQualifier("key").overridable is False
    assert {"Key", "ValueMap", "EmbeddedInstance"} <= {q.name for q in client.EnumerateQualifiers()}


def test_instances_are_written_through_the_writer_of_their_class(client):
    new = pywbem.CIMInstance("CIM_VirtualSystemSettingData", {"InstanceID": "n", "Notes": ["x"]})

    path = client.CreateInstance(new)
    new.path, new["ElementName"] = path, "named"
    client.ModifyInstance(new, PropertyList=["ElementName"])

    assert client.GetInstance(path)["ElementName"] == "named"
    client.DeleteInstance(path)
    assert refused("CIM_ERR_NOT_FOUND", client.GetInstance, path)


def test_a_class_without_a_writer_cannot_be_written(client, guest):
    assert refused("CIM_ERR_NOT_SUPPORTED", client.DeleteInstance, guest)


@pytest.mark.parametrize("language", ["WQL", "DMTF:CQL"])
def test_a_query_selects_instances(client, language):
    found = client.ExecQuery(language, "SELECT * FROM CIM_ComputerSystem WHERE EnabledState = 2")

    assert [each.path["Name"] for each in found] == ["guest1", "guest2"]


def test_a_query_projects_properties(client):
    (found,) = client.ExecQuery(
        "DMTF:CQL", "SELECT Name, Caption FROM CIM_ComputerSystem WHERE Name = 'host'"
    )

    assert dict(found) == {"Name": "host", "Caption": None}


def test_wrong_requests_get_their_status(client, guest):
    nowhere = pywbem.CIMInstanceName("CIM_ComputerSystem", guest.keybindings)
    nothing = pywbem.CIMInstanceName("CIM_Nothing", {"a": "b"})
    few = pywbem.CIMInstanceName("CIM_ComputerSystem", {"Name": "host"})

    assert refused("CIM_ERR_NOT_FOUND", client.GetInstance, nowhere)
    assert refused("CIM_ERR_NOT_FOUND", client.Associators, nowhere)
    assert refused("CIM_ERR_INVALID_CLASS", client.GetInstance, nothing)
    assert refused("CIM_ERR_INVALID_PARAMETER", client.GetInstance, few)
    assert refused("CIM_ERR_INVALID_CLASS", client.EnumerateInstances, "CIM_Nothing")
    assert refused("CIM_ERR_INVALID_NAMESPACE", client.EnumerateInstances, "CIM_System", "root/no")
    assert refused("CIM_ERR_NOT_FOUND", client.GetClass, "CIM_Nothing")
    assert refused("CIM_ERR_INVALID_CLASS", client.EnumerateClasses, ClassName="CIM_Nothing")
    assert refused("CIM_ERR_NOT_FOUND", client.GetQualifier, "Nothing")
    assert refused("CIM_ERR_INVALID_PARAMETER", client.References, guest, ResultClass="CIM_Nothing")
    assert refused("CIM_ERR_NOT_SUPPORTED", client.DeleteClass, "CIM_System")


def test_wrong_writes_and_queries_get_their_status(client, guest):
    unknown = pywbem.CIMInstance("CIM_SettingData", {"Colour": "red"})
    other_class = pywbem.CIMInstance("CIM_SettingData", {"InstanceID": "x"}, path=guest)
    wrong = pywbem.CIMInstance("Ref_ComputerSystem", {"EnabledState": "on"}, path=guest)

    assert refused("CIM_ERR_INVALID_PARAMETER", client.CreateInstance, unknown)
    assert refused("CIM_ERR_INVALID_CLASS", client.ModifyInstance, other_class)
    assert refused("CIM_ERR_TYPE_MISMATCH", client.ModifyInstance, wrong)
    assert refused("CIM_ERR_QUERY_LANGUAGE_NOT_SUPPORTED", client.ExecQuery, "SQL", "SELECT 1")
    assert refused("CIM_ERR_INVALID_QUERY", client.ExecQuery, "WQL", "SELECT * FROM CIM_Nothing")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("GetClass", ""),
        ("GetClass", '<IPARAMVALUE NAME="Unheard"><VALUE>1</VALUE></IPARAMVALUE>'),
        ("GetClass", '<IPARAMVALUE NAME="ClassName"><VALUE>CIM_System</VALUE></IPARAMVALUE>'),
        (
            "GetClass",
            '<IPARAMVALUE NAME="ClassName"><CLASSNAME NAME="CIM_System"/></IPARAMVALUE>' * 2,
        ),
        (
            "GetClass",
            '<IPARAMVALUE NAME="ClassName"><CLASSNAME NAME="CIM_System"/></IPARAMVALUE>'
            '<IPARAMVALUE NAME="LocalOnly"><VALUE>maybe</VALUE></IPARAMVALUE>',
        ),
        (
            "ModifyInstance",
            '<IPARAMVALUE NAME="ModifiedInstance"><VALUE.NAMEDINSTANCE/></IPARAMVALUE>',
        ),
    ],
)
def test_wrong_parameters_are_invalid(server, name, parameters):
    status, _, body = post(server, intrinsic(name, parameters))

    assert status == 200
    assert b'<ERROR CODE="4"' in body


def test_operation_and_parameter_names_may_be_in_any_case(server):
    _, _, body = post(
        server,
        intrinsic(
            "getCLASS", '<IPARAMVALUE NAME="classname"><CLASSNAME NAME="cim_system"/></IPARAMVALUE>'
        ),
    )

    assert b'<CLASS NAME="CIM_System"' in body


def test_unicode_and_markup_survive_the_way_to_the_client(client, repository):
    guest = repository.instances(VIRT, "Ref_ComputerSystem")[0].path
    text = "Grüße <&> \"'\u4e2d\U0001f600\t\r\nend"

    repository.change(guest, ElementName=text)

    assert client.EnumerateInstances("Ref_ComputerSystem")[0]["ElementName"] == text


def test_a_change_in_the_repository_is_seen_by_the_next_request(client, repository, guest):
    assert client.GetInstance(guest)["EnabledState"] == 2

    repository.change(repository.instances(VIRT, "Ref_ComputerSystem")[0].path, EnabledState=3)

    assert client.GetInstance(guest)["EnabledState"] == 3
    assert [i["EnabledState"] for i in client.EnumerateInstances("Ref_ComputerSystem")] == [3, 2]
