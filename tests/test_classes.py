"""Class facts: look-ups with inheritance, value maps, and the files they are read from."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from conformance.schema.class_files import (
    ClassFileError,
    class_schema,
    load_classes,
    read_facts,
    render_class,
)
from conformance.schema.classes import Classes, ClassFacts, Property
from conformance.schema.value_map import value_set

PROFILES = files("profiles")
CLASSES = load_classes(PROFILES / "classes")
RETURN_CODES = {"0": "OK", "4096": "Job Started", "7..32767": "Method Reserved", "0x8000..": None}


def facts(name: str, superclass: str | None = None, **properties: Property) -> ClassFacts:
    return ClassFacts(
        name=name,
        superclass=superclass,
        association=False,
        abstract=False,
        version="",
        experimental=False,
        deprecated=False,
        properties=properties,
        methods={},
    )


@pytest.mark.parametrize("spelling", ["CIM_ComputerSystem", "cim_computersystem"])
def test_a_class_is_found_in_any_spelling(spelling):
    view = CLASSES.get(spelling)

    assert view is not None
    assert view.name == "CIM_ComputerSystem"
    assert spelling in CLASSES


def test_an_unknown_class_has_no_view():
    assert CLASSES.get("Vendor_System") is None
    assert "Vendor_System" not in CLASSES


def test_ancestors_are_listed_nearest_first():
    assert CLASSES.get("CIM_ComputerSystem").ancestors == (
        "CIM_ComputerSystem",
        "CIM_System",
        "CIM_AllocatedLogicalElement",
        "CIM_EnabledLogicalElement",
        "CIM_LogicalElement",
        "CIM_ManagedSystemElement",
        "CIM_ManagedElement",
    )


@pytest.mark.parametrize(
    ("name", "ancestor", "expected"),
    [
        ("CIM_ComputerSystem", "cim_managedelement", True),
        ("CIM_ComputerSystem", "CIM_ComputerSystem", True),
        ("CIM_System", "CIM_ComputerSystem", False),
        ("Vendor_System", "CIM_System", False),
        ("Vendor_System", "vendor_system", True),
    ],
)
def test_a_class_is_its_ancestors_and_itself(name, ancestor, expected):
    assert CLASSES.is_a(name, ancestor) is expected


def test_subclasses_are_all_that_derive_from_a_class_and_itself():
    assert set(CLASSES.subclasses("CIM_StorageExtent")) == {
        "CIM_StorageExtent",
        "CIM_LogicalDisk",
        "CIM_StorageVolume",
        "CIM_Memory",
        "CIM_CacheMemory",
    }


def test_keys_are_inherited():
    assert set(CLASSES.get("CIM_LogicalDisk").keys) == {
        "SystemCreationClassName",
        "SystemName",
        "CreationClassName",
        "DeviceID",
    }


def test_references_name_the_class_at_each_role():
    assert CLASSES.get("CIM_SettingsDefineState").references == {
        "ManagedElement": "CIM_ManagedElement",
        "SettingData": "CIM_SettingData",
    }


def test_references_are_refined_by_an_override():
    assert CLASSES.get("CIM_SystemDevice").references == {
        "GroupComponent": "CIM_System",
        "PartComponent": "CIM_LogicalDevice",
    }


def test_an_override_keeps_the_qualifiers_that_it_leaves_out():
    identifier = CLASSES.get("CIM_SettingData").property("InstanceID")

    assert identifier.key
    assert identifier.override
    assert CLASSES.get("CIM_ManagedElement").property("InstanceID").key is False
    assert CLASSES.get("CIM_SystemDevice").property("GroupComponent").key


def test_an_inherited_property_comes_first_and_once():
    names = list(CLASSES.get("CIM_SettingData").properties)

    assert names[0] == "InstanceID"
    assert len(names) == len(set(names))


def test_an_inherited_method_is_found_in_any_spelling():
    method = CLASSES.get("CIM_ComputerSystem").method("requeststatechange")

    assert method.parameter("JOB").class_ == "CIM_ConcreteJob"
    assert method.parameter("Job").out
    assert not method.parameter("Job").in_
    assert method.allowed().label(4096) == "Method Parameters Checked - Job Started"


def test_an_embedded_instance_names_its_class():
    define = CLASSES.get("CIM_VirtualSystemManagementService").method("DefineSystem")

    assert define.parameter("SystemSettings").embedded_instance == "CIM_VirtualSystemSettingData"
    assert define.parameter("ResourceSettings").array


def test_the_rest_of_a_value_map_is_what_no_other_entry_claims():
    states = CLASSES.get("CIM_ComputerSystem").property("EnabledState").allowed()

    assert states.label(2) == "Enabled"
    assert states.label(40000) == "Vendor Reserved"
    assert states.entry(11) == "11..32767"
    assert 70000 not in states


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        (0, "0"),
        (7, "7..32767"),
        (4096, "4096"),
        (32767, "7..32767"),
        (32768, "0x8000.."),
        (65535, "0x8000.."),
        (1, None),
        (-1, None),
        ("0", None),
        (True, None),
        (None, None),
    ],
)
def test_a_value_falls_under_the_narrowest_entry_of_its_value_map(value, entry):
    assert value_set(RETURN_CODES, "uint32").entry(value) == entry


@pytest.mark.parametrize(("value", "inside"), [(-5, True), (9, True), (10, False)])
def test_a_range_open_below_holds_all_lower_values(value, inside):
    assert (value in value_set({"..9": "Low"}, "sint32")) is inside


def test_two_dots_alone_claim_every_other_integer():
    values = value_set({"2": "Enabled", "..": "DMTF Reserved"}, "uint16")

    assert values.label(2) == "Enabled"
    assert values.label(77) == "DMTF Reserved"


def test_a_string_value_map_is_matched_exactly():
    values = value_set({"DMTF:CQL": None, "0..9": None}, "string")

    assert "DMTF:CQL" in values
    assert values.label("DMTF:CQL") is None
    assert "dmtf:cql" not in values
    assert "5" not in values


def test_a_property_without_value_map_allows_no_statement():
    assert CLASSES.get("CIM_ComputerSystem").property("ElementName").allowed() is None


def test_other_classes_extend_those_at_hand():
    vendor = facts("Vendor_System", "CIM_ComputerSystem", Rack=Property(type="string"))

    extended = CLASSES.extended([vendor])

    assert extended.is_a("Vendor_System", "CIM_System")
    assert extended.get("Vendor_System").property("rack") == Property(type="string")
    assert "Vendor_System" not in CLASSES


def test_a_missing_superclass_is_refused():
    with pytest.raises(ValueError, match="A: no such superclass: Missing"):
        Classes([facts("A", "Missing")])


def test_a_class_that_is_its_own_ancestor_is_refused():
    with pytest.raises(ValueError, match="no such superclass"):
        Classes([facts("A", "B"), facts("B", "A")])


def test_every_reference_and_embedded_class_has_facts():
    views = [CLASSES.get(name) for name in CLASSES.names]
    methods = [method for view in views for method in view.own.methods.values()]
    elements = [one for view in views for one in view.own.properties.values()]
    elements += [one for method in methods for one in method.parameters.values()]
    named = {one.class_ or one.embedded_instance for one in elements} - {""}

    assert len(named) > 20
    assert {name for name in named if name not in CLASSES} == set()


def test_every_class_file_is_in_the_form_in_which_it_is_written():
    folder = PROFILES / "classes"
    written = {f"{name}.json": render_class(one) for name, one in read_facts(folder).items()}

    assert len(written) > 100
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == written


def test_every_class_file_satisfies_the_json_schema():
    validator = jsonschema.Draft202012Validator(json.loads(class_schema()))
    texts = [file.read_bytes() for file in (PROFILES / "classes").iterdir()]

    assert [
        error.message for text in texts for error in validator.iter_errors(json.loads(text))
    ] == []


def test_the_committed_json_schema_is_the_one_made_from_the_type():
    assert (PROFILES / "schemas" / "class.schema.json").read_bytes() == class_schema()


def test_an_unknown_field_is_no_class_facts(tmp_path: Path):
    text = render_class(facts("A")).replace(b'"name"', b'"colour": "red", "name"')
    (tmp_path / "A.json").write_bytes(text)

    with pytest.raises(ClassFileError, match=r"A\.json: expected the facts .* `colour`"):
        load_classes(tmp_path)


def test_a_file_is_named_after_its_class(tmp_path: Path):
    (tmp_path / "B.json").write_bytes(render_class(facts("A")))

    with pytest.raises(ClassFileError, match=r"B\.json: .* found A; rename the file to A\.json"):
        load_classes(tmp_path)


def test_a_missing_superclass_file_is_told_with_its_folder(tmp_path: Path):
    (tmp_path / "A.json").write_bytes(render_class(facts("A", "Missing")))

    with pytest.raises(ClassFileError, match="A: no such superclass: Missing; extract the class"):
        load_classes(tmp_path)


@pytest.mark.parametrize("folder", [".", "missing"])
def test_a_folder_without_class_files_is_refused(tmp_path: Path, folder):
    with pytest.raises(ClassFileError, match="give a folder of class facts"):
        load_classes(tmp_path / folder)
