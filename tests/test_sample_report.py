"""The committed sample is what the product writes today."""

from __future__ import annotations

import pytest

from tests.sample_report import SAMPLE, write_sample


@pytest.mark.parametrize("name", ["results.ndjson", "report.html", "junit.xml"])
def test_sample_is_what_a_run_gives(name, written):
    assert (written / name).read_text() == (SAMPLE / name).read_text(), "run `make sample`"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A sample written now."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder
