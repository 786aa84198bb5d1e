"""Profile definitions: what is read, what is refused, and how the slips are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.definitions.crossref.scope import STATUS_OUTCOMES
from conformance.definitions.grammar import (
    KINDS,
    SCHEMA_FILE,
    profile_schema,
    render_profile_schema,
)
from conformance.definitions.load import ProfileError, load_profiles
from conformance.definitions.profile import Population
from conformance.definitions.vocabulary import PropertyWords, check_words
from conformance.evaluate.words import FORMATS
from conformance.play.outcome import NAME_OF_STATUS

HERE = Path(__file__).parent
GOOD = HERE / "profiles" / "good"
BAD = sorted((HERE / "profiles" / "bad").glob("*.yaml"))
SCHEMA = HERE.parent / "profiles" / SCHEMA_FILE

HEAD = "profile: {key: TMP, name: T, document: {id: TMP, version: 1.0.0}, type: autonomous}\n"


def written(folder: Path, text: str, name: str = "TMP.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def slips_of(*files: Path) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load_profiles(GOOD, files)
    return str(caught.value).splitlines()


@pytest.fixture(scope="module")
def good():
    return load_profiles(GOOD)


def test_bundled_profiles_have_no_slips():
    catalogue = load_profiles()

    assert "DSP1057" in catalogue.profiles


def test_good_profiles_stand_in_the_order_of_their_files(good):
    assert list(good.profiles) == ["EX1", "EX2", "EX3"]


def test_good_profile_says_every_kind_of_requirement(good):
    said = {str(one.__struct_config__.tag) for one in good.profiles["EX1"].requirements.values()}

    assert said == set(KINDS)


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_slip_is_told_with_place_expected_and_found(file):
    told = "\n".join(slips_of(file)).replace(str(file), file.name).replace(f"{GOOD}/", "")

    assert told == file.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")


def test_every_bad_profile_has_its_expected_message_and_no_message_stands_alone():
    messages = {file.with_suffix(".yaml") for file in BAD[0].parent.glob("*.txt")}

    assert messages == set(BAD)


def test_slips_of_all_files_and_stages_are_told_at_once(tmp_path):
    first = written(tmp_path, "a: [\n", "A.yaml")
    second = written(
        tmp_path,
        HEAD
        + "adaptations: {A: {class: CIM_Sytem, find: {a: {extent: true}}}}\n"
        + "requirements:\n"
        + "  one: {kind: acyclic}\n"
        + "  two: {kind: acyclic, level: optional, basis: schema, statement: S., link: l}\n",
    )

    told = slips_of(first, second)

    assert [line.removeprefix(f"{tmp_path}/").split(": ")[0:2] for line in told] == [
        [
            "A.yaml:2",
            "expected correct YAML syntax, found a slip (while parsing a flow node, "
            "did not find expected node content)",
        ],
        ["TMP.yaml:2", "adaptations.A.class"],
        ["TMP.yaml:4", "requirements.one.basis"],
        ["TMP.yaml:4", "requirements.one.level"],
        ["TMP.yaml:4", "requirements.one.link"],
        ["TMP.yaml:4", "requirements.one.statement"],
        ["TMP.yaml:5", "requirements.two.link"],
    ]


def test_names_of_a_profile_that_cannot_be_read_are_no_further_slips(tmp_path):
    broken = written(tmp_path, "profile: {key: TMP\n", "TMP-broken.yaml")
    user = written(
        tmp_path,
        HEAD.replace("TMP", "USER")
        + "requirements:\n  one: {kind: acyclic, level: optional, basis: schema, statement: S.,"
        + " link: 'TMP:l', when: {registered: TMP}}\n",
        "USER.yaml",
    )

    assert [line.split(":")[0] for line in slips_of(broken, user)] == [str(broken)]


def test_profile_file_that_is_not_there_is_a_slip(tmp_path):
    told = slips_of(tmp_path / "none.yaml")

    assert told[0].endswith(
        "none.yaml: expected profile definitions, found no such file or directory"
    )


def test_file_in_another_encoding_is_a_slip(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes(
        HEAD.replace("name: T", "name: Stra\N{LATIN SMALL LETTER SHARP S}e").encode("latin-1")
    )

    assert "expected a text in UTF-8" in slips_of(file)[0]


def test_empty_folder_is_a_slip(tmp_path):
    with pytest.raises(ProfileError, match=r"expected a folder with \*\.yaml files, found none"):
        load_profiles(tmp_path)


def test_extra_folder_adds_all_its_profiles(tmp_path):
    written(tmp_path, HEAD)

    assert list(load_profiles(GOOD, [tmp_path]).profiles) == ["EX1", "EX2", "EX3", "TMP"]


def test_adaptation_is_found_where_it_is_defined(good):
    owner, adaptation = good.find_adaptation("EX2", "VirtualSystem")

    assert (owner, adaptation.class_) == ("EX1", "CIM_ComputerSystem")


def test_nouns_of_another_profile_are_found_by_its_key(good):
    assert good.find_link("EX2", "EX1:settings")[0] == "EX1"
    assert good.find_feature("EX2", "EX1:Definition")[0] == "EX1"
    assert good.find_method("EX2", "EX1:DefineSystem")[0] == "EX1"


def test_heir_has_what_it_extends_with_its_own_changes(good):
    heir = good.profiles["EX3"]

    assert set(heir.adaptations["VirtualSystem"].find) == {"hosted", "seen"}
    assert heir.codes["RequestStateChange"]["invalid_state"] == 32775
    assert heir.codes["RequestStateChange"]["job"] == 4096
    assert list(heir.states.are) == ["defined", "active", "starting", "paused"]
    assert heir.requirements["settings.type"].level.value == "mandatory"
    assert isinstance(heir.requirements["pool"], Population)


def test_heir_lacks_the_nouns_it_removes_and_keeps_every_requirement(good):
    base, heir = good.profiles["EX1"], good.profiles["EX3"]

    assert "power" not in heir.links
    assert "PowerService" not in heir.adaptations
    inherited = {name for name, one in base.requirements.items() if one.inherited}
    assert inherited <= heir.requirements.keys()
    assert "pool.types" not in heir.requirements
    assert heir.requirements["power"].excluded == "It has no power service."


def test_heir_leaves_what_it_extends_as_it_was(good):
    assert set(good.profiles["EX1"].adaptations["VirtualSystem"].find) == {"registered", "hosted"}
    assert "power" in good.profiles["EX1"].links


def test_inherited_requirement_names_the_document_it_comes_from(good):
    requirements = good.profiles["EX3"].requirements

    assert requirements["system.name"].document == "EX1 1.0.0"
    assert requirements["pool"].document == ""


def test_slip_in_an_extended_profile_is_told_once(tmp_path):
    base = written(tmp_path, HEAD + "requirements:\n  The_Rule: {kind: acyclic}\n")
    heir = written(tmp_path, "extends: [TMP]\n" + HEAD.replace("TMP", "HEIR"), "HEIR.yaml")

    assert {line.split(":")[0] for line in slips_of(heir, base)} == {str(base)}
    assert len(slips_of(heir, base)) == 4


def test_circle_of_extends_is_a_slip(tmp_path):
    one = written(tmp_path, "extends: [TWO]\n" + HEAD.replace("TMP", "ONE"), "ONE.yaml")
    two = written(tmp_path, "extends: [ONE]\n" + HEAD.replace("TMP", "TWO"), "TWO.yaml")

    assert slips_of(one, two) == [
        f"{two}:1: extends: expected a profile that does not lead back here, "
        "found ONE extends TWO extends ONE"
    ]


def test_two_parents_agree_when_one_only_points_to_the_other(tmp_path):
    pointing = written(
        tmp_path, HEAD + "adaptations: {VirtualSystem: {defined_in: EX1}}\n", "TMP.yaml"
    )
    heir = written(tmp_path, "extends: [TMP, EX1]\n" + HEAD.replace("TMP", "HEIR"), "HEIR.yaml")

    profiles = load_profiles(GOOD, [pointing, heir]).profiles

    assert profiles["HEIR"].adaptations["VirtualSystem"].class_ == "CIM_ComputerSystem"


def test_committed_schema_equals_the_one_made_from_the_types():
    # python -m conformance.definitions.grammar > profiles/schemas/profile.schema.json
    assert SCHEMA.read_text(encoding="utf-8") == render_profile_schema()


def test_schema_is_a_legal_json_schema():
    Draft202012Validator.check_schema(profile_schema())

    assert json.loads(SCHEMA.read_text(encoding="utf-8"))["$ref"] == "#/$defs/Profile"


@pytest.mark.parametrize(
    "words",
    [
        {"enum": [1, "a"]},
        {"type": ["string", "null"], "not": {"const": None}},
        {"items": {"anyOf": [{"minimum": 1.5}, {"maximum": 3}]}, "uniqueItems": True},
        {"contains": {"pattern": "^a"}, "minContains": 1, "maxContains": 2},
        {"if": {"minLength": 1}, "then": {"maxLength": 2}, "else": {"const": ""}},
    ],
)
def test_words_that_are_taken_are_legal_json_schema(words):
    Draft202012Validator.check_schema(words)

    assert list(check_words((), words, None, ())) == []


@pytest.mark.parametrize(
    "words",
    [
        {"minLength": "1"},
        {"enum": 3},
        {"items": [1]},
        {"type": "text"},
        {"anyOf": {}},
        {"uniqueItems": 1},
        {"pattern": "["},
    ],
)
def test_words_that_are_no_legal_json_schema_are_refused(words):
    assert list(check_words((), words, None, ()))


def test_formats_are_those_that_can_be_judged():
    known = {"interval", "timestamp"}

    assert known == set(FORMATS)
    assert "format" in PropertyWords.__struct_fields__


def test_outcomes_of_cim_errors_are_those_that_the_player_gives():
    assert set(NAME_OF_STATUS.values()) <= STATUS_OUTCOMES
