"""What is wrong with the two sides of a relation.

Pure. A term is followed from its subject over links, so that properties are looked up in the
class that is reached.
"""

from __future__ import annotations

import msgspec

from conformance.definitions.catalogue import local_name
from conformance.definitions.crossref.scope import Problems, Scope
from conformance.definitions.profile import Range, Relation, Term, names
from conformance.definitions.vocabulary import check_words
from conformance.punit import is_unit
from conformance.slips import Problem, Trail, unknown

ABSENT = ("holds", "violates")
READINGS = ("paths", "mac")
EACH = "each"
LITERAL = "="


def relation_problems(scope: Scope, trail: Trail, requirement: Relation) -> Problems:
    """Yield what is wrong with a relation."""
    subject = requirement.for_
    yield from scope.adaptation((*trail, "for"), subject)
    yield from scope.words((*trail, "where"), scope.class_of(subject), requirement.where)
    each = requirement.each
    for word, term in (("left", requirement.left), ("right", requirement.right)):
        yield from _term(scope, (*trail, word), term, subject, each)
    if each and EACH not in _properties(requirement.left) + _properties(requirement.right):
        yield Problem((*trail, "each"), f"`property: {EACH}` in a term", "none")
    if requirement.absent:
        yield from scope.word((*trail, "absent"), requirement.absent, ABSENT)


def _properties(term: Term) -> list[str]:
    own = [*names(term.property), *([term.times] if term.times else [])]
    inner = (*term.sum, *term.together)
    return own + [name for part in inner for name in _properties(part)]


def range_problems(scope: Scope, trail: Trail, requirement: Range) -> Problems:
    """Yield what is wrong with quantities within bounds."""
    subject = requirement.for_
    yield from scope.adaptation((*trail, "for"), subject)
    yield from scope.words((*trail, "where"), scope.class_of(subject), requirement.where)
    for word in ("minimum", "maximum", "increment"):
        yield from _bound(scope, (*trail, word), names(getattr(requirement, word)), requirement)
    if not requirement.properties:
        yield Problem((*trail, "properties"), "at least one property", "none")
    if requirement.grid and not requirement.increment:
        yield Problem((*trail, "increment"), "links to an increment beside `grid`", "none")
    if requirement.value is not None:
        where = (*trail, "value")
        yield from _term(scope, where, requirement.value, subject, requirement.properties)
    for name in requirement.units:
        if name not in requirement.properties:
            yield unknown(
                (*trail, "units", name), "one of `properties`", name, requirement.properties
            )


def _bound(scope: Scope, trail: Trail, links: tuple[str, ...], requirement: Range) -> Problems:
    """Check that what some links lead to states the quantities and their units."""
    if not links:
        return
    bound = Term(over=links, property=requirement.properties)
    found = list(_term(scope, trail, bound, requirement.for_))
    for units in requirement.units.values():
        bound = Term(over=links, unit=units)
        found += [p for p in _term(scope, trail, bound, requirement.for_) if p not in found]
    for problem in found:
        yield msgspec.structs.replace(problem, trail=trail)


def _term(  # noqa: C901  # a part for each word
    scope: Scope, trail: Trail, term: Term, subject: str, each: tuple[str, ...] = ()
) -> Problems:
    sources = {
        "over": term.over,
        "union": term.union,
        "all": term.all,
        "offered": term.offered,
        "sum": term.sum,
        "together": term.together,
    }
    given = [word for word, value in sources.items() if value]
    given += ["const"] if term.const is not None else []
    if len(given) > 1 or not (given or term.property or term.end):
        expected = "a property, or one of over, union, all, offered, sum, together, const"
        yield Problem(trail, expected, " and ".join(given) or "nothing")
        return
    if term.end:
        yield from scope.role((*trail, "end"), scope.class_of(subject), term.end)
    for link in names(term.over):
        yield from scope.link((*trail, "over"), link)
    for link in term.union:
        yield from scope.link((*trail, "union"), link)
    for word, adaptation in (("all", term.all), ("among", term.among)):
        if adaptation:
            yield from scope.adaptation((*trail, word), adaptation)
    for position, method in enumerate(term.offered):
        yield from scope.method((*trail, "offered", position), method)
    for word, parts in (("sum", term.sum), ("together", term.together)):
        for position, part in enumerate(parts):
            yield from _term(scope, (*trail, word, position), part, subject, each)
    if term.read_as:
        yield from scope.word((*trail, "read_as"), term.read_as, READINGS)
    yield from _found_by(scope, (*trail, "found_by"), term.found_by, subject)
    yield from _reached_properties(scope, trail, term, subject, each)


def _found_by(scope: Scope, trail: Trail, found_by: str, subject: str) -> Problems:
    """Check `way` of the subject's adaptation, or `Adaptation.way`."""
    if not found_by:
        return
    name, _, way = found_by.rpartition(".")
    yield from scope.adaptation(trail, name or subject)
    _, adaptation = scope.find_adaptation(name or subject)
    if adaptation is not None and way not in adaptation.find:
        yield unknown(trail, f"a way of {name or subject}", way, adaptation.find)


def _reached_properties(
    scope: Scope, trail: Trail, term: Term, subject: str, each: tuple[str, ...]
) -> Problems:
    classes = {scope.class_of(term.among)} if term.among else _reached_classes(scope, term, subject)
    views = [view for view in map(scope.classes.get, classes) if view is not None]
    if not views or len(views) < len(classes):
        return
    known = {name: one for view in views for name, one in view.properties.items()}
    derived = [name for each in classes for name in scope.classes.subclasses(each)]
    for view in map(scope.classes.get, derived):
        known |= dict(view.properties) if view is not None else {}
    wanted = [
        ((word,), name)
        for word, said in (("property", names(term.property)), ("times", (term.times,)))
        for one in said
        for name in (each if one == EACH and each else (one,))
        if name
    ]
    units = [name for name in names(term.unit) if not name.startswith(LITERAL)]
    wanted += [(("unit",), name) for name in units]
    for place, name in wanted:
        if name not in known:
            yield from scope.property((*trail, *place), views[0].name, name)
    for name, words in term.where.items():
        if name not in known:
            yield from scope.property((*trail, "where", name), views[0].name, name)
        else:
            yield from check_words((*trail, "where", name), words, known[name], scope.states)
    for name in names(term.unit):
        if name.startswith(LITERAL) and not is_unit(name[1:]):
            yield Problem((*trail, "unit"), "a programmatic unit after `=`", repr(name))


def _reached_classes(scope: Scope, term: Term, subject: str) -> set[str]:
    if term.all:
        return {scope.class_of(term.all)}
    if term.union:
        return {end for link in term.union for end in _ends(scope, link, {subject}).values()}
    reached = {subject: scope.class_of(subject)}
    if term.end:
        view = scope.classes.get(scope.class_of(subject))
        reached = {"": view.references.get(term.end, "") if view is not None else ""}
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
