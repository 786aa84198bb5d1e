"""The report as a reader uses it, in a real browser."""

from itertools import pairwise

import pytest
from selenium.webdriver.common.keys import Keys

from tests.report.sample_run import failures, large_run, others, realistic_run, run_of

CONTRAST = """
const number = (text) => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = number(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const worst = {};
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !element.checkVisibility()) continue;
  const [a, b] = [light(number(getComputedStyle(element).color)), light(ground(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) worst[element.tagName + "." + element.className] = ratio;
}
return worst;
"""
FOCUSED = """
const e = document.activeElement;
return e.id || e.name || e.getAttribute("href") || e.parentElement.id || e.tagName;
"""


def test_page_asks_for_nothing_but_itself(page):
    page.open(realistic_run())
    page.ask("for (const d of document.querySelectorAll('details')) d.open = true")

    assert [url for url in page.requested() if not url.startswith("data:")] == [
        page.browser.current_url
    ]


def test_page_makes_the_console_say_nothing(page):
    page.complaints()
    page.open(realistic_run(), "#DSP1057:pause?verdict=fail")

    assert page.complaints() == []


def test_content_policy_stops_a_foreign_script(page):
    page.open(realistic_run())
    page.ask(
        "const s = document.createElement('script'); s.textContent = 'window.hurt = 1';"
        "document.body.append(s)"
    )

    assert page.ask("return window.hurt") is None
    assert any("Content Security Policy" in entry["message"] for entry in page.complaints())


def test_verdict_filter_shows_only_checks_of_that_verdict(page):
    page.open(realistic_run())
    page.browser.find_element("css selector", "input[value=untested]").click()
    page.wait("return document.querySelector('#shown').textContent.startsWith('3 of 129')")

    assert page.visible_checks() == ["DSP1057:define", "DSP1057:destroy", "DSP1057:add-resource"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("level", "recommended", 1), ("profile", "DSP1052", 20), ("kind", "transition", 1)],
)
def test_choice_filter_shows_only_matching_checks(page, name, value, expected):
    page.open(realistic_run())
    page.browser.find_element("css selector", f"select[name={name}]").send_keys(value)
    page.wait("return location.hash.includes(arguments[0])", value)

    assert len(page.visible_checks()) == expected


def test_search_finds_every_word_in_an_instance_or_a_statement(page):
    page.open(realistic_run())
    page.type("web-07 configuration")
    page.wait("return document.querySelector('#shown').textContent.startsWith('1 of')")

    assert page.visible_checks() == ["DSP1057:state-settings"]


def test_search_reaches_into_packed_checks(page):
    page.open(large_run(600))
    page.type("system-00599.state")
    page.wait("return document.querySelector('#shown').textContent.startsWith('1 of 600')")

    assert page.visible_checks() == ["DSP1057:system-00599.state"]


def test_filters_live_in_the_address(page):
    page.open(realistic_run())
    page.browser.find_element("css selector", "input[value=fail]").click()
    page.type("health")
    page.wait("return location.hash.includes('words=health')")
    kept = page.ask("return location.hash")
    page.open(realistic_run(), kept)

    assert page.visible_checks() == ["DSP1052:system.health", "CIM:value-map"]
    assert page.ask("return document.querySelector('[name=words]').value") == "health"


def test_reset_shows_all_checks_again(page):
    page.open(realistic_run(), "#?verdict=fail&words=health")
    page.browser.find_element("css selector", "button[type=reset]").click()
    page.wait("return document.querySelector('#shown').textContent === 'All 129 checks'")

    assert len(page.visible_checks()) == 129
    assert page.ask("return location.hash") in ("", "#")


def test_address_of_a_check_opens_and_focuses_it(page):
    page.open(realistic_run(), "#DSP1033:instance-id.form")
    page.wait("return document.activeElement.parentElement.id === 'DSP1033:instance-id.form'")

    assert page.ask("return document.activeElement.parentElement.open")


def test_address_of_a_check_wins_over_a_filter(page):
    page.open(realistic_run(), "#DSP1057:pause?verdict=untested")
    page.wait("return document.activeElement.parentElement.id === 'DSP1057:pause'")

    assert len(page.visible_checks()) == 4


def test_address_of_a_packed_check_brings_it_into_the_page(page):
    page.open(large_run(600), "#DSP1057:system-00512.state")

    assert page.wait("return document.getElementById('DSP1057:system-00512.state')?.open")


def test_link_of_a_check_keeps_the_filters(page):
    page.open(realistic_run(), "#DSP1057:pause?verdict=fail")
    page.wait("return document.activeElement.parentElement.id === 'DSP1057:pause'")
    page.ask("document.getElementById('CIM:value-map').querySelector('a.own-link').click()")

    assert page.wait("return location.hash === '#CIM:value-map?verdict=fail'")


def test_number_in_the_summary_leads_to_its_checks(page):
    page.open(realistic_run())
    page.browser.find_element(
        "css selector", "tr[data-key=DSP1057] td[data-verdict=fail] a"
    ).click()
    page.wait("return document.querySelector('#shown').textContent.startsWith('2 of')")

    assert page.visible_checks() == ["DSP1057:state-settings", "DSP1057:pause"]


def test_more_button_brings_in_the_next_packed_checks(page):
    page.open(large_run(600))
    page.browser.find_element("css selector", "#fail .beyond button").click()

    assert page.wait("return document.querySelectorAll('details.check').length === 400")
    assert len(set(page.visible_checks())) == 400


def test_packed_xml_is_unpacked_when_it_is_opened(page):
    page.open(large_run(600), "#DSP1057:system-00512.state")
    page.wait("return document.getElementById('DSP1057:system-00512.state')?.open")
    page.ask(
        "document.getElementById('DSP1057:system-00512.state')"
        ".querySelector('details.exchange').open = true"
    )

    assert "<IMETHODCALL" in page.wait(
        "return document.getElementById('DSP1057:system-00512.state')"
        ".querySelector('details.exchange pre')?.textContent"
    )


@pytest.mark.long
def test_ten_thousand_findings_open_and_are_searched(page):
    page.open(large_run(10_000), "#?words=system-09999")
    page.wait("return document.querySelector('#shown').textContent.startsWith('1 of 10,000')")

    assert page.visible_checks() == ["DSP1057:system-09999.state"]


def test_everything_can_be_reached_with_the_tab_key(page):
    page.open(run_of([*failures(), *others()]))
    reached = []
    for _ in range(75):
        page.press(Keys.TAB)
        reached.append(page.ask(FOCUSED))

    assert reached[0] == "#results"
    assert {"theme", "verdict", "level", "profile", "kind", "words"} <= set(reached)
    assert "DSP1057:pause" in reached
    assert "DSP1033:instance-id.form" in reached


def test_focus_can_be_seen(page):
    page.open(realistic_run())
    page.press(Keys.TAB, times=3)

    assert page.ask("return getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_enter_opens_a_check(page):
    page.open(realistic_run(), "#DSP1057:power.on")
    page.wait("return document.activeElement.parentElement.id === 'DSP1057:power.on'")
    page.press(Keys.ENTER)

    assert not page.ask("return document.activeElement.parentElement.open")


def test_headings_go_down_one_level_at_a_time(page):
    page.open(realistic_run())
    levels = page.ask(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
    )

    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_number_of_shown_checks_is_announced(page):
    page.open(realistic_run())

    assert page.ask("return document.querySelector('#shown').ariaLive") == "polite"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.command("Emulation.setEmulatedMedia", features=features)
    page.open(realistic_run())
    page.ask("for (const d of document.querySelectorAll('details')) d.open = true")

    assert page.ask(CONTRAST) == {}


def test_page_follows_a_dark_system(page):
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.command("Emulation.setEmulatedMedia", features=features)
    page.open(realistic_run())

    ground = page.ask("return getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(21, 24, 29)"


def test_theme_button_turns_dark_by_keyboard_and_is_remembered(page):
    page.open(realistic_run())
    page.ask("document.querySelector('#theme').focus()")
    page.press(Keys.SPACE)
    page.open(realistic_run())

    ground = page.ask("return getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(21, 24, 29)"
    assert page.ask("return document.querySelector('#theme').textContent") == "Light colours"


def test_narrow_screen_needs_no_scrolling_sideways(page):
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.command("Emulation.setDeviceMetricsOverride", **size)
    page.open(realistic_run())
    page.ask("for (const d of document.querySelectorAll('details')) d.open = true")

    assert page.ask("return document.documentElement.scrollWidth") == 360


def test_print_opens_failures_and_hides_controls(page):
    page.open(realistic_run())
    page.ask("for (const d of document.querySelectorAll('details')) d.open = false")
    page.command("Emulation.setEmulatedMedia", media="print")

    shown = "return document.querySelector(arguments[0]).checkVisibility()"
    assert page.ask(shown, "#fail .pattern")
    assert not page.ask(shown, "#pass .facts")
    assert not page.ask(shown, "#filters")
    assert not page.ask(shown, "#theme")


def test_page_is_readable_without_scripts(page):
    page.open(realistic_run(), scripts=False)

    assert len(page.visible_checks()) == 129
    assert not page.ask("return document.querySelector('#filters').checkVisibility()")
    page.browser.find_element("css selector", "#warn summary").click()
    assert page.ask("return document.querySelector('#warn .pattern').checkVisibility()")
