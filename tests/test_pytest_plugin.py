"""The checks inside a vendor's own pytest run."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from reference_impl.app import start
from tests.conftest import PLUGIN, ROOT


@pytest.fixture
def vendor(tmp_path):
    """Run pytest in a vendor's folder."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "pytest", *PLUGIN, "--pyargs", "conformance", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def test_without_a_url_nothing_is_collected(vendor):
    done = vendor()
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.long
def test_right_server_passes(vendor, reference):
    done = vendor("--cim-url", reference.url)
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout


@pytest.mark.long
def test_keyword_and_junit_work(vendor, reference, tmp_path):
    vendor("--cim-url", reference.url, "-k", "unique", "--junitxml", "out.xml")
    cases = ET.parse(tmp_path / "out.xml").getroot().iter("testcase")
    properties = [{p.get("name"): p.get("value") for p in case.iter("property")} for case in cases]
    assert properties
    assert {found["verdict"] for found in properties} == {"pass", "not-applicable"}


@pytest.mark.long
def test_html_has_our_columns(vendor, reference, tmp_path):
    done = vendor("--cim-url", reference.url, "-k", "unique", "--html", "out.html",
                  "--self-contained-html")  # fmt: skip
    page = (tmp_path / "out.html").read_text()
    assert "<th>Verdict</th>" in page, done.stdout + done.stderr


def test_failure_tells_expected_found_and_source_without_a_traceback(vendor):
    with start(faults=("vs-name-duplicated",)) as server:
        done = vendor("--cim-url", server.url, "-k", "name.unique")
    assert done.returncode == 1
    assert "expected:" in done.stdout
    assert "DSP1057" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.long
def test_last_failed_runs_only_what_failed(vendor):
    with start(faults=("vs-name-duplicated",)) as server:
        vendor("--cim-url", server.url)
        done = vendor("--cim-url", server.url, "--lf")
    assert "DSP1033" not in done.stdout
    assert " failed" in done.stdout
