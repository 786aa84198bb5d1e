"""What a run prints in the terminal."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from conformance.report import summarise
from conformance.results import Verdict
from tests.report.sample_run import FAILED, KNOWN, PASSED, passes, realistic_run, result, run_of
from tests.report.test_html import hostile_run


def printed(run, report_path="reports/kvm/report.html", encoding="utf-8", **console):
    """Return what is printed to something that is no terminal."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    summarise(run, Console(file=file, **{"width": 80, **console}), report_path)
    return raw.getvalue().decode(encoding)


def test_table_counts_each_profile():
    lines = printed(realistic_run()).splitlines()

    row = next(line for line in lines if line.startswith("DSP1057 Virtual System"))
    assert row.split()[3:] == ["63", "2", "0", "4", "3", "1", "0"]


def test_failures_are_told_by_cause_with_source_expected_and_found():
    told = printed(realistic_run())

    assert "\n  KVM_ComputerSystem.HealthState\n    DSP1052:system.health" in told
    assert "expected  exactly one StateSettings at SettingData\n    found     none" in told
    assert "(mandatory; DSP0004 2.8.0, clause 5.6.3.55)" in told
    assert "and 11 deviations more" in told


def test_failure_is_told_with_whom_it_is_known_of():
    told = printed(run_of([result("DSP1057:x", Verdict.FAIL, known=(KNOWN,))], FAILED))

    assert "known of Elsewhere (2.0): Counts from one." in told


def test_untested_checks_are_told_with_what_would_help():
    told = printed(realistic_run())

    assert "  To examine these: allow changes with --allow-changes\n    it needs changes" in told
    assert "DSP1057:define (mandatory), DSP1057:destroy (mandatory)" in told


def test_end_is_the_verdict_and_the_path_of_the_report():
    lines = printed(realistic_run()).splitlines()

    assert lines[-4] == "Not conformant: 4 of 129 checks failed"
    assert lines[-1] == "Report: reports/kvm/report.html"


def test_path_is_left_out_when_there_is_no_report():
    assert "Report:" not in printed(realistic_run(), None)


def test_good_run_prints_little():
    assert printed(run_of(passes(), PASSED)).splitlines()[-3:] == [
        "Conformant: 115 of 115 checks passed, none failed",
        "115 checks: 115 passed.",
        "Report: reports/kvm/report.html",
    ]


def test_cut_short_run_says_so():
    assert "Cut short: only 115 of 116 checks judged" in printed(
        run_of(passes(), None, planned=(*(r.check for r in passes()), "CIM:late"))
    )


def test_problems_and_leftovers_are_told():
    told = printed(run_of(passes(), FAILED.__replace__(left_behind=("root/virt:CIM_X.Name=1",))))

    assert "Attention: waiver for DSP1057:power.on is stale" in told
    assert "Left behind on the server: root/virt:CIM_X.Name=1" in told


@pytest.mark.parametrize("width", [80, 60])
def test_no_line_is_wider_than_the_console(width):
    for run in (realistic_run(), hostile_run()):
        lines = printed(run, width=width).splitlines()
        assert max(cell_len(line) for line in lines) <= width


def test_plain_text_where_there_is_no_terminal():
    assert "\x1b" not in printed(realistic_run())


def test_no_colour_when_asked_for_none(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    told = printed(realistic_run(), force_terminal=True)

    assert "\x1b[1;31m" not in told
    assert "\x1b[31m" not in told


def test_colour_in_a_terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert "\x1b[" in printed(realistic_run(), force_terminal=True, color_system="standard")


def test_hostile_texts_are_neither_markup_nor_control_codes():
    told = printed(hostile_run())

    assert "\x1b" not in told
    assert r"\x1b[31m" in told


def test_console_that_knows_only_ascii_gets_escapes():
    run = run_of(passes(), PASSED, profiles=())

    assert printed(run, "Prüfbericht.html", encoding="ascii").endswith(
        "Report: Pr\\xfcfbericht.html\n"
    )
