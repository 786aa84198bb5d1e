"""Dialects: what their files may say, how one is chosen, and what is judged in them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.definitions.catalogue import without_dialect
from conformance.definitions.dialect import Detect, render_dialect_schema
from conformance.definitions.dialects import dialect_classes, dialect_names
from conformance.definitions.load import ProfileError, load_profiles
from conformance.definitions.topics import load_topics, unmatched
from conformance.detection import chosen
from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.plan import plan
from conformance.report.wording import spoken
from conformance.results import Verdict, read_run
from conformance.run import Run
from reference_impl.app import start

ROOT = Path(__file__).parent.parent
GOOD = Path(__file__).parent / "profiles" / "good"
DIALECTS = ("hyperv-v1", "hyperv-v2", "windows-2006")
QUIET = {Verdict.PASS, Verdict.NOT_APPLICABLE}

HEAD = """
dialect: acme
title: ACME
document: {id: ACME, version: "1"}
extends: [EX1, EX2, EX3]
detect: {namespace: root/acme, class: ACME_System}
namespaces: {implementation: [root/acme]}
"""


def loaded(folder: Path, text: str):
    home = folder / "acme"
    home.mkdir()
    (home / "dialect.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_profiles(GOOD, dialect="acme", dialects=folder)


def slips(folder: Path, text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        loaded(folder, text)
    return str(caught.value)


# -- files ---------------------------------------------------------------------------------------


def test_bundled_dialects_are_those_of_windows():
    assert dialect_names() == DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_bundled_dialect_has_no_slips(dialect):
    assert load_profiles(dialect=dialect).dialect.key == dialect


def test_committed_schema_equals_the_one_made_from_the_types():
    # python -m conformance.definitions.dialect > profiles/schemas/dialect.schema.json
    committed = ROOT / "profiles" / "schemas" / "dialect.schema.json"

    assert committed.read_text(encoding="utf-8") == render_dialect_schema()


REQUIREMENT = "profiles: {EX1: {requirements: {%s}}}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (REQUIREMENT % "registration: {because: X, min: 1}", "a change of what it overrides"),
        (REQUIREMENT % "registration: {level: optional}", "the reason why it differs"),
        (REQUIREMENT % "registration: ~", "a requirement that stays"),
        (REQUIREMENT % "registratoin: {because: X, min: 2}", "did you mean registration?"),
        ("profiles: {EX1: {links: {nowhere: ~}}}", "something to remove"),
        ("profiles: {EX9: {links: {nowhere: ~}}}", "a profile key (one of EX1, EX2, EX3)"),
        ("profiles: {EX1: {linkz: {}}}", "did you mean links?"),
        ("classes: {CIM_Nothing: {name: ACME_X, because: X}}", "a class that the profile"),
        ("without: {EX3: Not there.}\nextends: [EX1]", "each key once"),
    ],
    ids=[
        "same",
        "no-reason",
        "removed",
        "misspelled",
        "nothing-to-remove",
        "no-profile",
        "no-section",
        "class-renames-nothing",
        "key-twice",
    ],
)
def test_slip_in_a_dialect_is_told(tmp_path, text, told):
    assert told in slips(tmp_path, text)


def test_profile_that_a_dialect_does_not_place_is_a_slip(tmp_path):
    home = tmp_path / "acme"
    home.mkdir()
    text = HEAD.replace("[EX1, EX2, EX3]", "[EX1, EX2]")
    (home / "dialect.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ProfileError, match="EX3 under extends, or under without with a reason"):
        load_profiles(GOOD, dialect="acme", dialects=tmp_path)


def test_unknown_dialect_is_told_with_those_that_there_are():
    with pytest.raises(ProfileError, match="did you mean hyperv-v2"):
        load_profiles(dialect="hyperv-2")


def test_pattern_of_dialects_is_spoken_by_nobody():
    with pytest.raises(ProfileError, match="a dialect that a server speaks"):
        load_profiles(dialect="windows")


def test_override_lays_only_what_differs_over_the_requirement(tmp_path):
    text = REQUIREMENT % "registration: {because: It comes in pairs., min: 2}"
    changed = loaded(tmp_path, text).profiles["EX1"].requirements["registration"]
    plain = load_profiles(GOOD).profiles["EX1"].requirements["registration"]

    assert (changed.min, changed.statement) == (2, plain.statement)


def test_override_is_known_as_a_deviation_with_its_reason(tmp_path):
    text = REQUIREMENT % "registration: {because: It comes in pairs., min: 2}"
    (deviation,) = loaded(tmp_path, text).dialect.deviations

    assert (deviation.name, deviation.how) == ("EX1:registration", "other min")
    assert deviation.because == "It comes in pairs."


# -- plans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ids_of_a_dialect_are_those_of_dmtf_behind_its_key_or_its_own(dialect):
    known = {check.id for check in plan(load_profiles()).checks}
    checks = [check.id for check in plan(load_profiles(dialect=dialect)).checks]
    shared = [check for check in checks if without_dialect(check) in known]

    assert all(check.startswith(f"{dialect}/") for check in checks)
    assert len(shared) > 250


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_requirement_is_lost_in_a_dialect(dialect):
    base, spoken_ = load_profiles(), load_profiles(dialect=dialect)
    lost = [
        f"{key}:{name}"
        for key in spoken_.dialect.judged
        for name in base.profiles[key].requirements
        if name not in spoken_.profiles[key].requirements
    ]

    assert lost == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_deviation_says_why(dialect):
    silent = [d.name for d in load_profiles(dialect=dialect).dialect.deviations if not d.because]

    assert silent == []


def test_check_of_a_dialect_is_found_by_the_id_of_dmtf_as_well():
    catalogue = load_profiles(dialect="hyperv-v2")
    (check,) = plan(catalogue, patterns=["DSP1057:pause"]).checks

    assert check.id == "hyperv-v2/DSP1057:pause"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_use_cases_stand_under_a_topic_of_their_own(dialect):
    checks = [check.id for check in plan(load_profiles(dialect=dialect)).checks]
    _, cases = load_topics(checks)["windows-use-cases"]

    assert Counter(check.partition(":")[2] for check in cases) == Counter(
        {
            "use-case.connect": 1,
            "use-case.enumerate": 1,
            "use-case.find-and-activate": 1,
            "use-case.find-and-deactivate": 1,
            "use-case.apply-snapshot": 1,
            "use-case.events": 1,
        }
    )


def test_topics_without_a_check_are_not_shown():
    assert "windows-use-cases" not in load_topics([c.id for c in plan(load_profiles()).checks])


def test_every_bundled_topic_is_about_checks_that_exist():
    known = [c.id for d in ("", *DIALECTS) for c in plan(load_profiles(dialect=d)).checks]

    assert unmatched(known) == ()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_classes_of_the_vendor_are_marked_and_derived_from_the_schema(dialect):
    classes = dialect_classes(dialect)
    own = [name for name in classes.names if name.startswith("Msvm_")]

    assert all(classes.get(name).own.vendor == "Microsoft" for name in own)
    assert all(classes.is_a(name, "CIM_ManagedElement") or _is_link(classes, name) for name in own)


def _is_link(classes, name: str) -> bool:
    return bool(classes.get(name).references)


def test_list_shows_where_a_dialect_differs():
    told = CliRunner().invoke(main, ["list", "--dialect", "hyperv-v1", "--profile", "DSP1057"])

    assert "hyperv-v1/DSP1057:pause" in told.output
    assert "Where hyperv-v1 differs from DMTF" in told.output


def test_list_for_programs_names_the_profile_with_the_dialect():
    told = CliRunner().invoke(main, ["list", "--dialect", "hyperv-v1", "--json"])
    first = json.loads(told.output.splitlines()[0])

    assert first["profile"] == "hyperv-v1/CIM"


def test_plan_tells_the_dialect():
    told = CliRunner().invoke(main, ["plan", "--dialect", "hyperv-v2"])

    assert "Dialect: hyperv-v2" in told.output
    assert "EnumerateInstances Msvm_HostedResourcePool" in told.output


def test_explain_finds_a_check_of_a_dialect():
    told = CliRunner().invoke(main, ["explain", "windows-2006/DSP1042:service.special"])

    assert "Msvm_AssociatedVirtualSystemManagementService" in told.output


def test_coverage_counts_the_profiles_of_a_dialect():
    told = CliRunner().invoke(main, ["coverage", "--dialect", "hyperv-v2"])

    assert "hyperv-v2/DSP1057" in told.output


# -- detection -----------------------------------------------------------------------------------


def test_newer_namespace_is_chosen_beside_an_older_one():
    marks = {
        "old": Detect(namespace="root/x", class_="A"),
        "new": Detect(namespace="root/x/v2", class_="A"),
    }
    found = chosen(marks, {"old": "root/x", "new": "root/x/v2"})

    assert found.key == "new"
    assert "say --dialect old" in found.why


def judged(tmp_path: Path, served: str | None, wanted: str, *, changes: bool = False):
    """Return a run, in the dialect that is wanted, of a server that speaks one."""
    with start(dialect=served) as server:
        options = RunOptions(
            connection=Connection(server.url),
            out=tmp_path,
            dialect=wanted,
            allow_changes=changes,
            deadline_seconds=10.0,
            more_looks=0,
        )
        run = Run(options)
        for check in run.plan.checks:
            run.judge(check)
        run.finish()
        return run


@pytest.mark.parametrize("served", [None, *DIALECTS])
def test_dialect_is_detected_from_the_server(tmp_path, served):
    run = judged(tmp_path, served, "auto")
    told = read_run((tmp_path / "results.ndjson").read_bytes().splitlines(keepends=True))

    assert told.header.dialect.key == (served or "")
    assert f"Dialect: {served or 'none'}" in spoken(told)
    assert not [r.check for r in run.results if r.verdict not in {*QUIET, Verdict.UNTESTED}]


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
def test_right_server_passes_in_its_dialect_with_changes(tmp_path, dialect):
    run = judged(tmp_path, dialect, dialect, changes=True)
    wrong = {r.check: (r.verdict.value, r.reason) for r in run.results if r.verdict not in QUIET}
    cases = [r.verdict for r in run.results if ":use-case." in r.check]

    assert wrong == {}
    assert cases == [Verdict.PASS] * 6
    assert run.footer.left_behind == ()


@pytest.mark.parametrize(
    ("dialect", "deviating"),
    [
        ("hyperv-v2", {"DSP1057:defined-settings", "DSP1042:snapshot-service.capabilities"}),
        ("hyperv-v1", {"DSP1042:registration", "DSP1057:registration"}),
        ("windows-2006", {"DSP1042:registration", "DSP1057:registration"}),
    ],
)
def test_known_deviations_are_findings_of_the_dmtf_profiles(tmp_path, dialect, deviating):
    run = judged(tmp_path, dialect, "none")
    found = {r.check for r in run.results if r.verdict is Verdict.FAIL}
    known = {d.name for d in load_profiles(dialect=dialect).dialect.deviations}

    assert deviating <= found
    assert deviating <= known
