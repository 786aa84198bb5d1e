"""Names in a profile definition that lead nowhere, and rules that can never be violated.

Pure. `scope` looks names up, `nouns` and `requirements` know where names stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from conformance.definitions.crossref.nouns import noun_problems
from conformance.definitions.crossref.requirements import requirement_problems
from conformance.definitions.crossref.scope import Scope
from conformance.definitions.profile import Profile
from conformance.schema.classes import Classes
from conformance.slips import Problem


def cross_problems(
    key: str, profiles: Mapping[str, Profile], classes: Classes, unread: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield what is wrong with one of the profile definitions, seen together with the others.

    `unread` are the keys of profile definitions that have slips of their own: names in them are
    not known, and nothing is said about them.
    """
    scope = Scope(key, profiles, classes, unread)
    yield from noun_problems(scope)
    yield from requirement_problems(scope)
