"""Finishing the clean-up of a run that could not: `cimconform cleanup JOURNAL`.

Shell. Destroys exactly what the journal says the run created, and nothing else: a system whose
path was recorded must still bear its run-unique name, one whose creation was not confirmed is
looked for by that name. It can be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path as File

import msgspec

from conformance.cim import Path
from conformance.endpoint import Endpoint
from conformance.play.calling import Caller
from conformance.play.guard import Guard, GuardError
from conformance.play.jobs import NOT_FOUND
from conformance.play.journal import Deletion, Journal, Pending, Recipe, Undo, read_pending
from conformance.play.polling import Clock, Deadlines
from conformance.play.unmaking import (
    Removal,
    Remover,
    bears_name,
    delete_instance,
    find_by_keys,
    find_when_made,
    has_keys,
    undo_thing,
)

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


class Left(msgspec.Struct, frozen=True):
    """A system that could not be removed, and why."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class CleanUpReport(msgspec.Struct, frozen=True):
    """What became of what a journal names.

    `removed` were destroyed now, `not_found` did not exist (any more), `left` remain.
    """

    removed: tuple[str, ...] = ()
    not_found: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


class _Unreadable(Exception):
    """The server would not say what there is; nothing is concluded from that."""


def _silent(text: str, done: int, total: int) -> None:
    """Show nothing."""


def clean_up(
    journal_path: File,
    endpoint: Endpoint,
    progress: Progress = _silent,
    *,
    deadlines: Deadlines | None = None,
) -> CleanUpReport:
    """Remove what a run created and did not remove, the last one first.

    What is gone then is recorded in the journal; a creation that was not confirmed and whose
    system is not there is looked for again the next time.

    Raises:
        JournalError: the file is no journal, or cannot be read or written.
    """
    pending = read_pending(journal_path)
    journal = Journal(journal_path)
    removed: list[str] = []
    not_found: list[str] = []
    left: list[Left] = []
    for number, one in enumerate(_last_first(pending)):
        progress(one.name, number, len(pending))
        try:
            found, reason = _clean_one(one, endpoint, deadlines or Deadlines())
        except (_Unreadable, GuardError) as error:
            found, reason = True, str(error)
        if reason:
            left.append(Left(one.name, reason))
            continue
        (removed if found else not_found).append(one.name)
        if found or _is_sure(one, endpoint):
            journal.gone(one.name)
    progress("Cleaned up", len(pending), len(pending))
    journal.close()
    return CleanUpReport(tuple(removed), tuple(not_found), tuple(left))


def _last_first(pending: Sequence[Pending]) -> list[Pending]:
    """Return what is pending, the last one first; what systems may use comes after them."""
    ordered = list(reversed(pending))
    things = [one for one in ordered if isinstance(one.recipe, Undo)]
    return [one for one in ordered if one not in things] + things


def _is_sure(one: Pending, endpoint: Endpoint) -> bool:
    """Tell whether a system that was not found is gone for good.

    A job may still be about to create one that was not confirmed, and the user may have named
    another server.
    """
    return one.path is not None and one.endpoint == endpoint.url


def _clean_one(one: Pending, endpoint: Endpoint, deadlines: Deadlines) -> tuple[bool, str]:
    """Remove one system; return whether it was there, and why it still is ("" when it is not)."""
    guard = Guard(endpoint, one.there)
    caller = Caller(guard, endpoint, Clock(), deadlines)
    paths = _paths(one, endpoint, caller)
    for path in paths:
        guard.adopt(path)
    removals = [_removed(caller, one, path) for path in paths]
    return bool(paths), "; ".join(each.reason for each in removals if not each.gone)


def _removed(caller: Caller, one: Pending, path: Path) -> Removal:
    if isinstance(one.recipe, Undo):
        return undo_thing(caller, one.recipe, path)
    if isinstance(one.recipe, Deletion):
        return delete_instance(caller, path)
    return Remover(caller, one.recipe).remove(path)


def _paths(one: Pending, endpoint: Endpoint, caller: Caller) -> list[Path]:
    """Return where the system is; raise _Unreadable when that cannot be told."""
    if one.path is not None:
        if one.path.identity in one.there:
            raise _Unreadable(f"{one.path} was there before the run; it is not touched")
        answer = endpoint.get_instance(one.path)
        if answer.refusal is not None and answer.refusal.status == NOT_FOUND:
            return []
        if not answer.ok:
            raise _Unreadable(f"{one.path}: {answer.refusal or answer.trouble}")
        if not _is_named(one, one.path, endpoint):
            raise _Unreadable(
                f"{one.path} no longer bears the name {one.name}; look whether it is another "
                "system now, and destroy it by hand if it is not"
            )
        return [one.path]
    how = one.recipe
    classname = how.systems if isinstance(how, Recipe) else how.classname
    answer = endpoint.enumerate_instances(how.namespace, classname)
    if not answer.ok:
        raise _Unreadable(f"{classname}: {answer.refusal or answer.trouble}")
    if isinstance(how, Deletion):
        return find_by_keys(endpoint, how)
    paths, going_on = find_when_made(caller, how.namespace, classname, one.name)
    if going_on:
        raise _Unreadable("a job that is still under way may yet make it; clean up again later")
    return [path for path in paths if path.identity not in one.there]


def _is_named(one: Pending, path: Path, endpoint: Endpoint) -> bool:
    """Tell whether what stands at a path is still what the run made."""
    if isinstance(one.recipe, Deletion):
        return has_keys(path, one.recipe.keys)
    return bears_name(endpoint, path, one.name)
