"""Telling what a call has created, so that only that is ever removed again.

What a server names as the result is not believed before it was seen that it is there, and that it
was not there before.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.cim import Path
from conformance.play.guard import Reader, located
from conformance.play.journal import Undo

There = frozenset[str] | None
"""The identities of all instances of a class; None when they could not be listed."""


def things_there(reader: Reader, undo: Undo) -> There:
    """Return what there is of the kind that a call may create."""
    answer = reader.enumerate_instance_names(undo.namespace, undo.classname)
    if not answer.ok:
        return None
    return frozenset(located(path, undo.namespace).identity for path in answer.value)


def find_made(
    reader: Reader, undo: Undo, name: str, named: Iterable[Path], before: There
) -> Path | None:
    """Return what a call has created, None when nothing was found.

    That is what the server has `named`, or else what bears the name that was asked for; in either
    case it must not have been there before.
    """
    if before is None:
        return None
    for path in (located(each, undo.namespace) for each in named):
        is_new = path.identity not in before
        if is_new and path.identity in (things_there(reader, undo) or ()):
            return path
    answer = reader.enumerate_instances(undo.namespace, undo.classname)
    for instance in answer.value if answer.ok else ():
        path, bears = instance.path, instance.get("ElementName") == name
        if path is not None and bears and path.identity not in before:
            return located(path, undo.namespace)
    return None
