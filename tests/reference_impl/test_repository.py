"""The indexed store: paths, enumeration, associations, change and removal."""

import pytest

from reference_impl.values import (
    ALREADY_EXISTS,
    FAILED,
    INVALID_CLASS,
    INVALID_NAMESPACE,
    INVALID_PARAMETER,
    NO_SUCH_PROPERTY,
    NOT_FOUND,
    CIMError,
    ObjectName,
)
from tests.reference_impl.model import INTEROP, VIRT, add_system


def system(name):
    return ObjectName(
        VIRT, "Ref_ComputerSystem", {"CreationClassName": "Ref_ComputerSystem", "Name": name}
    )


HOST = ObjectName(
    VIRT, "CIM_ComputerSystem", {"CreationClassName": "CIM_ComputerSystem", "Name": "host"}
)


def names(instances):
    return [each.get("ElementName") or each.classname for each in instances]


def test_a_path_is_equal_whatever_the_case_of_its_names():
    other = ObjectName(
        "ROOT/Virt", "ref_computersystem", {"name": "a", "CREATIONCLASSNAME": "Ref_ComputerSystem"}
    )

    assert other == system("a")
    assert hash(other) == hash(system("a"))


def test_a_path_differs_by_the_case_of_a_key_value():
    assert system("a") != system("A")


def test_an_instance_is_found_by_its_path(repository):
    assert repository.get(system("guest1")).get("Flavour") == "vanilla"


def test_the_creation_class_name_and_defaults_are_filled_in(repository):
    added = repository.add(VIRT, "Ref_ComputerSystem", Name="new")

    assert added.get("CreationClassName") == "Ref_ComputerSystem"
    assert added.get("RequestedState") == 12


def test_null_can_be_given_instead_of_a_default(repository):
    added = repository.add(VIRT, "Ref_ComputerSystem", Name="new", RequestedState=None)

    assert added.get("RequestedState") is None


def test_enumeration_includes_subclasses_in_order_of_insertion(repository):
    late = repository.add(VIRT, "CIM_ComputerSystem", Name="late", ElementName="Late")

    found = repository.instances(VIRT, "cim_computersystem")

    assert names(found) == ["The host", "guest1", "guest2", "Late"]
    assert found[-1] is late


def test_shallow_enumeration_leaves_subclasses_out(repository):
    assert names(repository.instances(VIRT, "CIM_ComputerSystem", deep=False)) == ["The host"]


def test_namespaces_are_apart(repository):
    assert repository.instances(INTEROP, "CIM_ComputerSystem") == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["CPU 0", "CPU 1", "guest1", "The host"]),
        ({"association": "CIM_SystemDevice"}, ["CPU 0", "CPU 1"]),
        ({"association": "CIM_Dependency"}, ["The host"]),
        ({"result_class": "CIM_LogicalDevice"}, ["CPU 0", "CPU 1"]),
        ({"role": "dependent"}, ["The host"]),
        ({"role": "Antecedent"}, []),
        ({"result_role": "SettingData"}, ["guest1"]),
        ({"association": "CIM_SystemDevice", "result_role": "GroupComponent"}, []),
    ],
)
def test_association_filters_select_the_other_ends(repository, filters, found):
    assert names(repository.associated(system("guest1"), **filters)) == found


def test_references_are_found_from_both_ends(repository):
    device = repository.instances(VIRT, "Ref_Processor")[0].path

    assert [each.classname for each in repository.referring(device)] == ["Ref_SystemDevice"]
    assert len(repository.referring(system("guest1"), "Ref_SystemDevice", "GroupComponent")) == 2


def test_an_association_is_found_from_another_namespace(repository):
    conforms = repository.referring(HOST, "CIM_ElementConformsToProfile")

    assert [each.path.namespace for each in conforms] == [INTEROP]
    assert names(repository.associated(HOST, "CIM_ElementConformsToProfile")) == [
        "CIM_RegisteredProfile"
    ]


def test_an_association_of_an_object_with_itself_is_found_once(repository):
    repository.add(VIRT, "CIM_ElementSettingData", ManagedElement=HOST, SettingData=HOST)

    assert len(repository.referring(HOST, "CIM_ElementSettingData")) == 1
    assert names(repository.associated(HOST, "CIM_ElementSettingData")) == ["The host"]


def test_a_change_is_seen_and_null_removes_a_value(repository):
    repository.change(system("guest1"), ElementName="Renamed", flavour=None)

    changed = repository.get(system("guest1"))
    assert (changed.get("ElementName"), changed.get("Flavour")) == ("Renamed", None)


def test_a_key_cannot_be_changed(repository):
    with pytest.raises(CIMError) as refusal:
        repository.change(system("guest1"), Name="other")

    assert refusal.value.status == FAILED


def test_removal_takes_the_associations_along(repository):
    before = len(repository)

    repository.remove(system("guest1"))

    assert len(repository) == before - 5  # itself, two devices' and the settings' and host's links
    assert names(repository.associated(HOST, result_class="CIM_ComputerSystem")) == ["guest2"]


def test_removing_a_guest_twice_is_not_found(repository):
    repository.remove(system("guest1"))

    with pytest.raises(CIMError) as refusal:
        repository.remove(system("guest1"))
    assert refusal.value.status == NOT_FOUND


@pytest.mark.parametrize(
    ("namespace", "classname", "values", "status"),
    [
        ("root/nowhere", "Ref_ComputerSystem", {"Name": "a"}, INVALID_NAMESPACE),
        (VIRT, "CIM_Nothing", {"Name": "a"}, INVALID_CLASS),
        (VIRT, "Ref_ComputerSystem", {"Name": "a", "Colour": "red"}, NO_SUCH_PROPERTY),
        (VIRT, "Ref_ComputerSystem", {"ElementName": "a"}, INVALID_PARAMETER),
        (VIRT, "Ref_ComputerSystem", {"Name": "guest1"}, ALREADY_EXISTS),
    ],
)
def test_a_wrong_addition_is_refused_with_its_status(
    repository, namespace, classname, values, status
):
    with pytest.raises(CIMError) as refusal:
        repository.add(namespace, classname, **values)
    assert refusal.value.status == status


def test_listeners_hear_what_was_and_what_is(repository):
    events = []
    repository.listeners.append(events.append)

    added = add_system(repository, "third", devices=0)
    repository.change(added, EnabledState=3)
    repository.remove(added)

    of_system = [e for e in events if (e.after or e.before).classname == "Ref_ComputerSystem"]
    assert [e.kind for e in of_system] == ["created", "modified", "deleted"]
    assert (of_system[1].before.get("EnabledState"), of_system[1].after.get("EnabledState")) == (
        2,
        3,
    )
