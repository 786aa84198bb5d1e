"""A built wheel works from an empty folder: profiles and templates are inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    subprocess.run([*command, "-w", str(folder)], check=True, timeout=300)
    return next(folder.glob("cimconform-*.whl"))


def test_wheel_holds_profiles_facts_schemas_and_templates(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    endings = (".yaml", "CIM_ComputerSystem.json", "profile.schema.json", ".j2")
    assert all(any(name.endswith(ending) for name in names) for ending in endings)


def test_wheel_runs_from_an_empty_folder(wheel, tmp_path):
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "conformance.cli", "run", "--allow-changes", "--quiet"]
    done = subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (work / "reports" / "reference" / "report.html").exists()
