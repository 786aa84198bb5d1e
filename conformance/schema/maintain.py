"""Keep the class facts equal to a CIM schema release: check them, or extract them anew.

What `cimconform schema check` and `cimconform schema extract` do, without printing.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path

from conformance.schema.class_files import read_facts, render_class
from conformance.schema.comparison import Difference, compare
from conformance.schema.mof import compile_classes
from conformance.schema.release import Release, ReleaseError, read_release


def check(facts_folder: Path | Traversable, release: Path) -> list[Difference]:
    """Compare all class facts of a folder with a schema release (zip, folder or include file).

    A class that another one needs (superclass, class of a reference or of an embedded instance)
    and that has no file is a difference, too. Nothing differs: an empty list.

    Raises:
        ClassFileError: the facts cannot be read.
        ReleaseError: the release cannot be read or compiled.
    """
    found = read_facts(facts_folder)
    return compare(compile_classes(read_release(release), found), found)


def unchecked(facts_folder: Path | Traversable, release: Path) -> list[str]:
    """Return the experimental classes of a folder that the (final) release leaves out.

    `check` says nothing about them.

    Raises:
        ClassFileError: the facts cannot be read.
        ReleaseError: the release cannot be read.
    """
    known = read_release(release).classes
    facts = read_facts(facts_folder).values()
    return [one.name for one in facts if one.experimental and one.name.lower() not in known]


def extract(release: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the files of the named classes and all that they need: content by file name.

    Raises:
        ReleaseError: the release cannot be read or compiled, or does not declare a class.
    """
    texts = read_release(release)
    asked = list(names)
    for name in asked:
        if name.lower() not in texts.classes:
            raise ReleaseError(texts.origin, f"declares no class {name}", _advice(name, texts))
    compiled = compile_classes(texts, asked)
    return {f"{name}.json": render_class(facts) for name, facts in compiled.items()}


def _advice(name: str, release: Release) -> str:
    close = get_close_matches(name.lower(), release.classes, n=3, cutoff=0.8)
    if close:
        return f"did you mean one of (in lower case) {', '.join(close)}"
    return "a final release has no experimental classes; check the name"
