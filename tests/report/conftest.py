"""The browser that opens report pages as a reader would."""

import json
import os
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from conformance.report import render_html

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--window-size=1280,1000",
)


class Page:
    """A report in the browser."""

    def __init__(self, browser, folder):
        self.browser = browser
        self._path = folder / "report.html"

    def open(self, run, fragment="", *, scripts=True):
        """Write the report of a run and open it anew."""
        self._path.write_bytes(render_html(run).encode("utf-8", "xmlcharrefreplace"))
        self.browser.get("about:blank")
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.browser.get_log("performance")
        self.browser.get(self._path.as_uri() + fragment)
        if scripts:
            self.wait("return document.querySelector('#shown').textContent !== ''")
        return self

    def command(self, name, **values):
        """Send one command of the DevTools protocol."""
        return self.browser.execute_cdp_cmd(name, values)

    def ask(self, script, *values):
        """Return what a script gives."""
        return self.browser.execute_script(script, *values)

    def wait(self, script, *values):
        """Wait until a script gives something true, and return it."""
        return WebDriverWait(self.browser, 20).until(lambda _: self.ask(script, *values))

    def visible_checks(self):
        """Return the ids of the checks that are not filtered out, in order."""
        return self.ask(
            "return [...document.querySelectorAll('details.check')]"
            ".filter(c => c.checkVisibility()).map(c => c.id)"
        )

    def type(self, words):
        """Type words into the search field."""
        self.browser.find_element("name", "words").send_keys(words)

    def press(self, key, times=1):
        """Press a key wherever the focus is."""
        for _ in range(times):
            self.browser.switch_to.active_element.send_keys(key)

    def requested(self):
        """Return the URLs that the browser asked for since the page was opened."""
        messages = (
            json.loads(e["message"])["message"] for e in self.browser.get_log("performance")
        )
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self):
        """Return what the browser's console holds."""
        return self.browser.get_log("browser")


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window, driven by the system's own driver."""
    if not BROWSER or not DRIVER:
        message = "chromium and chromedriver are missing: apt-get install chromium chromium-driver"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    options = Options()
    options.binary_location = BROWSER
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    for argument in ARGUMENTS:
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, tmp_path):
    """A page of this test's own, as a reader with a light theme sees it."""
    page = Page(browser, tmp_path)
    light = [{"name": "prefers-color-scheme", "value": "light"}]
    page.command("Emulation.setEmulatedMedia", media="", features=light)
    page.command("Emulation.clearDeviceMetricsOverride")
    yield page
    page.command("Emulation.setScriptExecutionDisabled", value=False)
    if browser.current_url.startswith("file:"):
        page.ask("localStorage.clear()")
