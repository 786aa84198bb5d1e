"""What is wrong with the two sides of a relation.

Pure. A term is followed from its subject over links, so that properties are looked up in the
class that is reached.
"""

from __future__ import annotations

from conformance.definitions.catalogue import local_name
from conformance.definitions.crossref.scope import Problems, Scope
from conformance.definitions.profile import Relation, Term, names
from conformance.slips import Problem, Trail, unknown

ABSENT = ("holds", "violates")


def relation_problems(scope: Scope, trail: Trail, requirement: Relation) -> Problems:
    """Yield what is wrong with a relation."""
    subject = requirement.for_
    yield from scope.adaptation((*trail, "for"), subject)
    yield from scope.words((*trail, "where"), scope.class_of(subject), requirement.where)
    yield from _term(scope, (*trail, "left"), requirement.left, subject)
    yield from _term(scope, (*trail, "right"), requirement.right, subject)
    if requirement.absent:
        yield from scope.word((*trail, "absent"), requirement.absent, ABSENT)


def _term(scope: Scope, trail: Trail, term: Term, subject: str) -> Problems:
    sources = {"over": term.over, "union": term.union, "all": term.all, "offered": term.offered}
    given = [word for word, value in sources.items() if value]
    given += ["const"] if term.const is not None else []
    if len(given) > 1 or not (given or term.property):
        expected = "a property, or one of over, union, all, offered, const"
        yield Problem(trail, expected, " and ".join(given) or "nothing")
        return
    for link in names(term.over):
        yield from scope.link((*trail, "over"), link)
    for link in term.union:
        yield from scope.link((*trail, "union"), link)
    if term.all:
        yield from scope.adaptation((*trail, "all"), term.all)
    for position, method in enumerate(term.offered):
        yield from scope.method((*trail, "offered", position), method)
    yield from _found_by(scope, (*trail, "found_by"), term.found_by, subject)
    yield from _reached_properties(scope, trail, term, subject)


def _found_by(scope: Scope, trail: Trail, found_by: str, subject: str) -> Problems:
    """Check `way` of the subject's adaptation, or `Adaptation.way`."""
    if not found_by:
        return
    name, _, way = found_by.rpartition(".")
    yield from scope.adaptation(trail, name or subject)
    _, adaptation = scope.find_adaptation(name or subject)
    if adaptation is not None and way not in adaptation.find:
        yield unknown(trail, f"a way of {name or subject}", way, adaptation.find)


def _reached_properties(scope: Scope, trail: Trail, term: Term, subject: str) -> Problems:
    classes = _reached_classes(scope, term, subject)
    views = [view for view in map(scope.classes.get, classes) if view is not None]
    if not views or len(views) < len(classes):
        return
    known = {name: None for view in views for name in view.properties}
    for name in names(term.property):
        if name not in known:
            yield from list(scope.property((*trail, "property"), views[0].name, name))


def _reached_classes(scope: Scope, term: Term, subject: str) -> set[str]:
    if term.all:
        return {scope.class_of(term.all)}
    if term.union:
        return {end for link in term.union for end in _ends(scope, link, {subject}).values()}
    reached = {subject: scope.class_of(subject)}
    for link in names(term.over):
        reached = _ends(scope, link, set(reached))
    return set(reached.values())


def _ends(scope: Scope, name: str, starts: set[str]) -> dict[str, str]:
    """Return the adaptations a link may lead to, each with its class.

    From an adaptation that stands at one end it leads to the other; from any other adaptation
    (the same instance seen in another role) it may lead to both.
    """
    owner, link = scope.find_link(name)
    if link is None:
        return {"": ""}
    local = {local_name(start) for start in starts}
    ends = link.ends.values()
    others = [end for end in ends if local_name(end) not in local] or list(ends)
    return {end: scope.within(owner).class_of(end) for end in others}
