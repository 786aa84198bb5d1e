"""The journal: on the disk before anything is created, and readable after a crash."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.cim import Path
from conformance.play.journal import (
    FORMAT,
    Journal,
    JournalError,
    Recipe,
    RunRecord,
    cim_path,
    path_data,
    read_endpoint,
    read_pending,
)

SERVICE = Path("root/virt", "CIM_VirtualSystemManagementService", [("Name", "service")])
RECIPE = Recipe("root/virt", "CIM_ComputerSystem", path_data(SERVICE), "DestroySystem", "System")
RUN = RunRecord(FORMAT, "cimconform-1", "http://server:5988", "2026-01-01T00:00:00+00:00")


def system(name):
    return Path("root/virt", "CIM_ComputerSystem", [("Name", name), ("Number", 7), ("On", True)])


@pytest.fixture
def journal(tmp_path):
    """A journal that a run has begun."""
    with closing(Journal(tmp_path / "out" / "journal.ndjson")) as written:
        written.begin(RUN)
        yield written


def test_journal_without_records_leaves_no_file(tmp_path):
    Journal(tmp_path / "journal.ndjson").close()
    assert list(tmp_path.iterdir()) == []


def test_intention_is_on_the_disk_before_the_call_returns(journal):
    journal.intend("cimconform-1-1", RECIPE)
    assert [one.name for one in read_pending(journal.path)] == ["cimconform-1-1"]


def test_pending_system_remembers_its_path_and_its_recipe(journal):
    journal.intend("cimconform-1-1", RECIPE)
    journal.made("cimconform-1-1", system("a"))
    (one,) = read_pending(journal.path)
    assert (one.path, one.recipe, one.endpoint) == (system("a"), RECIPE, RUN.endpoint)


def test_system_that_is_gone_is_not_pending(journal):
    journal.intend("cimconform-1-1", RECIPE)
    journal.intend("cimconform-1-2", RECIPE)
    journal.gone("cimconform-1-1")
    assert [one.name for one in read_pending(journal.path)] == ["cimconform-1-2"]


def test_half_written_last_line_is_ignored(journal):
    journal.intend("cimconform-1-1", RECIPE)
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"type":"made","name":"cimconform-1-1","pa')
    (one,) = read_pending(journal.path)
    assert one.path is None


def test_record_after_a_half_written_line_can_be_read(journal):
    journal.intend("cimconform-1-1", RECIPE)
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"type":"ma')
    with closing(Journal(journal.path)) as later:
        later.gone("cimconform-1-1")
    assert read_pending(journal.path) == ()


def test_later_run_continues_the_journal_and_forgets_nothing(journal):
    journal.intend("cimconform-1-1", RECIPE)
    journal.close()
    second = RunRecord(FORMAT, "cimconform-2", "http://other:5988", "2026-01-02T00:00:00+00:00")
    with closing(Journal(journal.path)) as later:
        later.begin(second)
        later.intend("cimconform-2-1", RECIPE)
    endpoints = [one.endpoint for one in read_pending(journal.path)]
    assert endpoints == ["http://server:5988", "http://other:5988"]


def test_endpoint_of_the_last_run_is_known(journal):
    assert read_endpoint(journal.path) == "http://server:5988"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\n",
        b'{"type":"run","format":"cimconform-journal/9","run":"","endpoint":"","started":""}\n',
        b'{"type":"result","check":"x"}\n',
        b'{"type":"gone","name":"x"}\n',
        b"\xff\xfe\x00",
    ],
)
def test_file_of_another_format_is_rejected_in_one_line(tmp_path, content):
    file = tmp_path / "journal.ndjson"
    file.write_bytes(content)
    with pytest.raises(JournalError) as caught:
        read_pending(file)
    text = str(caught.value)
    assert text.startswith(str(file))
    assert "\n" not in text
    assert "expected" in text
    assert "found" in text


def test_corrupt_line_in_the_middle_is_rejected_with_its_number(journal):
    journal.intend("cimconform-1-1", RECIPE)
    journal.close()
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + b"[1, 2]\n" + lines[1])
    with pytest.raises(JournalError, match=r"journal\.ndjson:2: expected a record"):
        read_pending(journal.path)


def test_missing_journal_is_told_in_one_line(tmp_path):
    with pytest.raises(JournalError, match="expected a journal of cimconform"):
        read_pending(tmp_path / "nothing.ndjson")


def test_journal_that_cannot_be_written_is_told_before_anything_is_created(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(JournalError, match="nothing is created"):
        Journal(blocked / "journal.ndjson").begin(RUN)


def test_path_with_a_path_as_key_survives_the_journal():
    whole = Path("root/virt", "CIM_Link", [("Dependent", system("a")), ("Serial", 3)])
    assert cim_path(path_data(whole)) == whole
