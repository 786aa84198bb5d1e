"""Class facts against a schema release: reading releases, finding each kind of difference."""

import os
import shutil
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest
import pywbem_mock
import yaml
from click.testing import CliRunner

from conformance.cli import main
from conformance.schema.class_files import load_classes
from conformance.schema.comparison import Aspect
from conformance.schema.maintain import check, extract, unchecked
from conformance.schema.release import ReleaseError, read_release

MINIATURE = Path(__file__).parent / "mof"
NAMES = ["EX_System", "EX_SettingsOf", "EX_Event"]
FACTS = files("profiles") / "classes"

CHANGES = yaml.safe_load((MINIATURE / "changes.yaml").read_text(encoding="utf-8"))


def official_release() -> Path | None:
    """The release to compare with: named by the environment, or beside the repository."""
    named = os.environ.get("CIMCONFORM_SCHEMA")
    if named:
        return Path(named)
    beside = Path(__file__).parents[2] / "shared" / "data"
    return next(iter(sorted(beside.glob("cim_schema_*-MOFs.zip"))), None)


OFFICIAL = official_release()
needs_official = pytest.mark.skipif(
    OFFICIAL is None, reason="no CIM schema release at hand; name one in CIMCONFORM_SCHEMA"
)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINIATURE, tmp_path / "release"))


@pytest.fixture(scope="session")
def extracted() -> dict[str, bytes]:
    return extract(MINIATURE, NAMES)


@pytest.fixture
def facts(tmp_path: Path, extracted) -> Path:
    folder = tmp_path / "facts"
    folder.mkdir()
    for name, content in extracted.items():
        (folder / name).write_bytes(content)
    return folder


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def zipped(folder: Path, archive: Path, inside: str) -> Path:
    with zipfile.ZipFile(archive, "w") as target:
        for file in folder.rglob("*.mof"):
            target.write(file, f"{inside}{file.relative_to(folder).as_posix()}")
    return archive


@needs_official
def test_the_class_facts_are_those_of_the_official_release():
    assert check(FACTS, OFFICIAL) == []


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The include file of the official release, unpacked."""
    if OFFICIAL.is_dir():
        return next(OFFICIAL.glob("cim_schema_*.mof"))
    with zipfile.ZipFile(OFFICIAL) as archive:
        archive.extractall(tmp_path)
    return next(tmp_path.glob("cim_schema_*.mof"))


@needs_official
@pytest.mark.parametrize(
    "name", ["CIM_ConcreteJob", "CIM_LogicalDisk", "CIM_VirtualSystemSettingData"]
)
def test_inherited_properties_agree_with_an_independent_repository(unpacked: Path, name: str):
    server = pywbem_mock.FakedWBEMConnection()
    server.compile_schema_classes([name], str(unpacked))
    declared = server.GetClass(name, LocalOnly=False).properties.values()
    view = load_classes(FACTS).get(name)

    assert {p: one.type for p, one in view.properties.items()} == {p.name: p.type for p in declared}
    assert set(view.keys) == {p.name for p in declared if "Key" in p.qualifiers}


def test_facts_taken_from_a_release_do_not_differ_from_it(facts, release):
    assert check(facts, release) == []


@pytest.mark.parametrize(("file", "old", "new", "expected"), CHANGES)
def test_a_changed_fact_is_the_one_difference_found(facts, release, file, old, new, expected):
    rewrite(next(release.rglob(f"EX_{file}.mof")), old, new)

    assert [str(one) for one in check(facts, release)] == [expected]


def test_every_aspect_has_a_change_that_shows_it():
    shown = {expected.split(": ")[1] for *_, expected in CHANGES}

    assert shown == {aspect.value for aspect in Aspect}


def test_a_class_that_the_release_does_not_have_differs(facts, release):
    rewrite(release / "cim_schema_1.2.0.mof", '#pragma include ("Event/EX_Event.mof")', "")

    found = [str(one) for one in check(facts, release)]

    assert found == ["EX_Event: presence: expected absent, found declared"]


def test_a_class_that_another_one_needs_must_be_there(facts):
    (facts / "EX_Job.json").unlink()

    found = [str(one) for one in check(facts, MINIATURE)]

    assert found == ["EX_Job: presence: expected declared, found absent"]


def test_an_experimental_class_is_named_as_unchecked(facts, release):
    text = (facts / "EX_Event.json").read_bytes()
    draft = text.replace(b"EX_Event", b"EX_Draft").replace(
        b'"experimental": false', b'"experimental": true'
    )
    (facts / "EX_Draft.json").write_bytes(draft)

    assert check(facts, release) == []
    assert unchecked(facts, release) == ["EX_Draft"]


def test_differences_are_sorted_by_class(facts, release):
    rewrite(release / "Core/EX_System.mof", '"Completed"', '"OK"')
    rewrite(release / "Core/EX_Job.mof", '"1.0.0"', '"1.1.0"')
    rewrite(release / "Event/EX_Event.mof", "string Text", "uint8 Text")

    names = [one.class_name for one in check(facts, release)]

    assert names == ["EX_Event", "EX_Job", "EX_System"]


@pytest.mark.parametrize("inside", ["", "release/MOFs/"])
def test_a_zip_is_read_whatever_folder_it_is_packed_in(facts, tmp_path, inside):
    archive = zipped(MINIATURE, tmp_path / "schema.zip", inside)

    assert check(facts, archive) == []


def test_an_include_file_stands_for_its_release(facts):
    assert check(facts, MINIATURE / "cim_schema_1.2.0.mof") == []


def test_a_folder_without_include_file_is_read_whole(facts, release):
    (release / "cim_schema_1.2.0.mof").unlink()

    assert check(facts, release) == []
    assert "ex_draft" in read_release(release).classes


def test_a_class_that_is_not_included_is_no_part_of_the_release():
    with pytest.raises(ReleaseError, match="declares no class EX_Draft; a final release"):
        extract(MINIATURE, ["EX_Draft"])


def test_an_unknown_class_is_told_with_names_alike():
    with pytest.raises(ReleaseError, match=r"no class EX_Sytem; did you mean .*ex_system"):
        extract(MINIATURE, ["EX_Sytem"])


def test_extraction_brings_all_that_a_class_needs():
    written = extract(MINIATURE, ["ex_system"])

    assert list(written) == [
        "EX_Element.json",
        "EX_Job.json",
        "EX_Settings.json",
        "EX_System.json",
    ]


def test_descriptions_stay_out():
    assert b"Description" not in extract(MINIATURE, ["EX_Element"])["EX_Element.json"]


def test_text_in_an_old_encoding_is_read(facts, release):
    file = release / "Core" / "EX_Element.mof"
    file.write_bytes(file.read_text(encoding="utf-8").encode("latin-1"))

    assert check(facts, release) == []


def test_several_classes_in_one_file_are_all_found(facts, release):
    job = release / "Core" / "EX_Job.mof"
    rewrite(release / "Core" / "EX_Settings.mof", "[Version", f"{job.read_text()}\n[Version")
    rewrite(release / "cim_schema_1.2.0.mof", '#pragma include ("Core/EX_Job.mof")', "")

    assert check(facts, release) == []


def test_a_missing_include_is_told_with_the_file(release):
    (release / "Core/EX_Job.mof").unlink()

    with pytest.raises(ReleaseError, match=r"includes Core/EX_Job\.mof, which is not there"):
        read_release(release)


def test_two_releases_in_one_folder_are_refused(release):
    shutil.copy(release / "cim_schema_1.2.0.mof", release / "cim_schema_1.3.0.mof")

    with pytest.raises(ReleaseError, match=r"found cim_schema_1\.2\.0\.mof, cim_schema_1\.3\.0"):
        read_release(release)


def test_mof_that_does_not_compile_is_told_with_file_and_line(facts, release):
    rewrite(release / "Event/EX_Event.mof", "string Text;", "string Text")

    with pytest.raises(ReleaseError, match=r"Event/EX_Event\.mof:6 is no valid MOF"):
        check(facts, release)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.zip", None, "no such file or folder; give the MOF zip"),
        ("schema.zip", b"not a zip", "not a zip, a folder or a .mof file; give the MOF zip"),
        ("notes.mof", b"// nothing", "found no class in 1 MOF files"),
        ("model.mof", b"class EX_A {};", "found no qualifier declaration in 1 MOF files"),
    ],
)
def test_a_wrong_file_is_refused_with_advice(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(ReleaseError, match=message):
        read_release(tmp_path / name)


def test_command_writes_one_file_for_each_class(tmp_path):
    folder = tmp_path / "classes"
    done = CliRunner().invoke(
        main, ["schema", "extract", str(MINIATURE), "EX_System", "--to", str(folder)]
    )

    assert done.exit_code == 0
    assert "EX_System.json" in {file.name for file in folder.iterdir()}
    assert all(file.suffixes == [".json"] for file in folder.iterdir())
