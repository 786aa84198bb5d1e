"""Classes from fact files: inheritance, look-up, vendor subclasses, unusable facts."""

import json

import pytest

from reference_impl.schema import Schema, SchemaError

BASE = {
    "name": "CIM_Base",
    "superclass": None,
    "association": False,
    "abstract": True,
    "properties": {
        "InstanceID": {"type": "string", "key": True, "maxlen": 64},
        "State": {"type": "uint16", "valuemap": {"0": "Off", "1": "On"}, "deprecated": True},
    },
    "methods": {
        "Start": {
            "returns": "uint32",
            "parameters": {
                "When": {"type": "datetime", "in": True},
                "Job": {"type": "reference", "class": "CIM_Base", "in": False, "out": True},
            },
        }
    },
}
CHILD = {
    "name": "CIM_Child",
    "superclass": "CIM_Base",
    "association": False,
    "abstract": False,
    "properties": {
        "InstanceID": {"type": "string", "maxlen": 8, "override": True},
        "State": {"type": "uint16", "override": True},
        "Extra": {"type": "uint8", "array": True},
    },
    "methods": {},
}


@pytest.fixture
def family():
    return Schema([CHILD, BASE])


def test_an_override_keeps_the_key_and_changes_what_it_says(family):
    inherited = family.class_named("CIM_Child").property_named("instanceid")

    assert (inherited.key, inherited.maxlen) == (True, 8)
    assert (inherited.class_origin, inherited.declared_in) == ("CIM_Base", "CIM_Child")


def test_an_override_inherits_the_value_map_but_not_the_deprecation(family):
    state = family.class_named("CIM_Child").property_named("State")

    assert state.values == ("0", "1")
    assert "deprecated" not in state.facts


def test_methods_and_their_parameters_are_inherited(family):
    start = family.class_named("cim_child").method_named("start")

    assert start.class_origin == "CIM_Base"
    assert [(p.name, p.is_in, p.is_out) for p in start.parameters.values()] == [
        ("When", True, False),
        ("Job", False, True),
    ]


def test_subclasses_begin_with_the_class_itself(family):
    assert family.subclasses("CIM_BASE") == ["CIM_Base", "CIM_Child"]
    assert family.subclasses("CIM_Nowhere") == []


def test_a_derived_class_is_found_below_its_ancestors(family):
    family.derive("Acme_Child", "CIM_Child", {"Extra": {"type": "uint16"}})

    assert family.is_a("acme_child", "CIM_Base")
    assert family.subclasses("CIM_Base")[-1] == "Acme_Child"
    assert family.class_named("Acme_Child").property_named("Extra").type == "uint16"


def test_a_name_can_be_derived_only_once(family):
    with pytest.raises(SchemaError, match="CIM_Child: cannot be derived"):
        family.derive("CIM_Child", "CIM_Base")


def test_a_missing_superclass_is_named():
    with pytest.raises(SchemaError, match="CIM_Child: its superclass CIM_Base is not"):
        Schema([CHILD])


def test_a_circle_of_superclasses_is_refused():
    with pytest.raises(SchemaError, match="its own ancestor"):
        Schema([{**BASE, "superclass": "CIM_Child"}, CHILD])


def test_a_broken_fact_file_is_named(tmp_path):
    (tmp_path / "CIM_Broken.json").write_text("{", encoding="utf-8")

    with pytest.raises(SchemaError, match=r"CIM_Broken\.json: expected a class in JSON"):
        Schema.load(tmp_path)


def test_a_folder_without_classes_is_refused(tmp_path):
    with pytest.raises(SchemaError, match="found none"):
        Schema.load(tmp_path)


def test_fact_files_are_read_from_a_folder(tmp_path):
    for facts in (BASE, CHILD):
        (tmp_path / f"{facts['name']}.json").write_text(json.dumps(facts), encoding="utf-8")

    assert [each.name for each in Schema.load(tmp_path).classes()] == ["CIM_Base", "CIM_Child"]


def test_every_bundled_class_resolves(schema):
    association = schema.class_named("CIM_SystemDevice")

    assert association.association
    assert [p.name for p in association.key_properties] == ["GroupComponent", "PartComponent"]
