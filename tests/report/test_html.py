"""The report page as a text: what stands in it, and what hostile input cannot do to it."""

import re

import lxml.html
import pytest

from conformance.cim import Exchange
from conformance.report import render_html
from conformance.results import Observation, Verdict
from tests.report.sample_run import (
    FAILED,
    KNOWN,
    PASSED,
    failures,
    header,
    large_run,
    passes,
    realistic_run,
    result,
    run_of,
)

HOSTILE = "</script><script>hurt()</script><img src=x onerror=hurt()>\"' \x00\x1b[31m\ud800\u202e"


def tree(run):
    """Return the page as a tree of elements."""
    return lxml.html.document_fromstring(render_html(run))


def texts(page, path):
    """Return the texts of elements with single spaces."""
    return [" ".join(element.text_content().split()) for element in page.xpath(path)]


def hostile_run():
    """Return a run in which every text that a server or a user can choose is hostile."""
    exchange = Exchange(HOSTILE, HOSTILE, HOSTILE, 0.1, {HOSTILE: HOSTILE}, HOSTILE, HOSTILE)
    bad = result(
        f"DSP1057:{HOSTILE}",
        Verdict.FAIL,
        statement=HOSTILE,
        level=HOSTILE,
        reason=HOSTILE,
        observations=tuple(Observation(HOSTILE, HOSTILE, f"{HOSTILE}{n}") for n in range(40)),
        trace=(HOSTILE,),
        subjects=(HOSTILE,),
        exchanges=(exchange,),
    )
    return run_of([bad], endpoint=HOSTILE, server=HOSTILE, options={HOSTILE: HOSTILE})


def test_first_line_answers_in_words_and_numbers():
    page = tree(realistic_run())

    assert texts(page, "//h1") == ["✕ Not conformant: 4 of 129 checks failed"]
    lead = texts(page, "//p[@class='lead']")[0]
    for part in ("kvm-host.example.com", "22 November 2026", "0.1.0", "Virtual System (DSP1057"):
        assert part in lead


def test_summary_counts_each_profile_by_verdict():
    row = texts(tree(realistic_run()), "//table[1]//tr[@data-key='DSP1057']/*")

    assert row == ["DSP1057 Virtual System", "63", "2", "0", "4", "3", "1", "0", "73"]


def test_checks_of_one_cause_stand_under_one_heading():
    group = tree(realistic_run()).xpath("//*[@id='fail']/div[@class='group']")[0]

    assert texts(group, "./h3")[0] == "KVM_ComputerSystem.HealthState"
    assert [card.get("id") for card in group.xpath("./details")] == [
        "DSP1052:system.health",
        "CIM:value-map",
    ]


def test_failure_tells_expected_found_where_and_source():
    card = tree(realistic_run()).get_element_by_id("DSP1057:state-settings")
    told = card.text_content()

    assert "exactly one StateSettings at SettingData" in told
    assert 'Name="web-07"' in told
    assert "DSP1057 1.0.0, clause not known" in told
    assert "3 further deviations" in told
    assert "--seed 20261122 --check DSP1057:state-settings" in told


def test_failure_tells_of_whom_it_is_known():
    page = tree(run_of([result("DSP1057:x", Verdict.FAIL, known=(KNOWN,))], FAILED))

    assert texts(page, "//p[@class='known']") == ["Known of Elsewhere (2.0): Counts from one."]


def test_xml_of_an_exchange_is_laid_out():
    lines = tree(realistic_run()).xpath("//*[@id='fail']//pre")[0].text_content().splitlines()

    assert lines[2] == '  <MESSAGE ID="42" PROTOCOLVERSION="1.0">'
    assert '          <NAMESPACE NAME="virt"/>' in lines


def test_untested_checks_say_what_to_supply():
    page = tree(realistic_run())

    assert texts(page, "//*[@id='untested']/div/h3") == [
        "To examine these: allow changes with --allow-changes"
    ]
    assert "allow changes" in texts(page, "//*[@id='untested']//*[@class='advice']")[0]


def test_passed_checks_stand_by_profile_in_the_order_of_the_run():
    titles = texts(tree(realistic_run()), "//*[@id='pass']/div/h3")

    assert [title.split()[0] for title in titles] == ["CIM", "DSP1033", "DSP1052", "DSP1057"]


def test_condition_and_waiver_are_shown():
    page = tree(realistic_run())

    assert "RequestedStatesSupported is [2, 3, 9]" in page.text_content()
    assert texts(page, "//*[@id='waived']//*[@class='waiver']") == [
        "Waived until 2027-06-30 by jane@example.com: names are fixed, ticket 4711"
    ]


def test_excluded_requirements_are_listed_with_reasons():
    rows = texts(tree(realistic_run()), "//*[@id='excluded']//tbody/tr")

    assert len(rows) == 3
    assert rows[2].endswith("belongs to DSP1081, which is not defined here yet")


def test_planned_checks_without_result_are_not_run():
    run = run_of(passes(), PASSED, planned=("DSP1057:late", "CIM:name.1"))
    page = tree(run)

    assert texts(page, "//*[@id='not-run']//code") == ["DSP1057:late"]


def test_run_without_footer_is_cut_short():
    page = tree(run_of(passes(), None, planned=("DSP1057:late",)))

    assert "Cut short" in texts(page, "//h1")[0]
    assert "cut short" in texts(page, "//*[@id='run']")[0]


def test_empty_run_says_that_nothing_was_judged():
    assert "No check was judged" in texts(tree(run_of([])), "//p[@class='numbers']")[0]


@pytest.mark.parametrize("attribute", ["src", "href", "srcset", "action", "data", "style"])
def test_page_refers_to_nothing_outside(attribute):
    values = tree(realistic_run()).xpath(f"//@{attribute}")

    assert [value for value in values if value[:1] != "#" and value != "data:,"] == []
    assert "url(" not in render_html(realistic_run()).replace("url(#", "")


def test_content_policy_names_only_hashes():
    policy = tree(realistic_run()).xpath("//meta[@http-equiv]/@content")[0]

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_hostile_texts_add_no_element_and_no_attribute():
    page = tree(hostile_run())

    assert page.xpath("//img") == []
    assert len(page.xpath("//script[not(@type)]")) == 1
    assert [name for e in page.iter() for name in e.attrib if name.startswith("on")] == []


def test_hostile_characters_are_shown_as_escapes():
    page = render_html(hostile_run())

    assert re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202e]", page) is None
    assert r"\x00\x1b[31m\ud800\u202e" in page
    page.encode("utf-8")


def test_very_long_texts_are_cut_and_counted():
    long = Observation("x" * 3_000_000, "y" * 3_000_000, "z" * 3_000_000)
    page = render_html(run_of([result("CIM:long", Verdict.FAIL, observations=(long,))]))

    assert len(page) < 200_000
    assert "characters left out" in page


@pytest.mark.long
def test_ten_thousand_findings_stay_under_five_megabytes():
    page = render_html(large_run(10_000))

    assert len(page.encode()) < 5_000_000
    assert len(lxml.html.document_fromstring(page).xpath("//details[@data-verdict]")) == 200


def test_many_deviations_of_many_checks_stay_under_five_megabytes():
    run = run_of(
        [
            result(
                f"CIM:rule-{number}",
                Verdict.FAIL,
                observations=tuple(
                    Observation(f"root/virt:CIM_Memory.{number}-{n}", f"value {n}", f"{n * number}")
                    for n in range(200)
                ),
                exchanges=failures()[3].exchanges * 5,
            )
            for number in range(50)
        ]
    )

    assert len(render_html(run).encode()) < 5_000_000


def test_page_is_the_same_each_time():
    assert render_html(realistic_run()) == render_html(realistic_run())


def test_problems_and_what_was_left_behind_stand_first():
    footer = FAILED.__replace__(left_behind=("root/virt:KVM_System.Name=cimconform-7f3a",))
    run = run_of(failures(), footer)
    notice = texts(tree(run), "//main/section")[0]

    assert "Needs attention" in notice
    assert "cimconform-7f3a" in notice
    assert header([]).endpoint not in notice
