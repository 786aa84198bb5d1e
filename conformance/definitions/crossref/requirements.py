"""What is wrong with the requirements of a profile definition.

Pure. One function for each kind, all `(scope, trail, requirement) -> problems`. A requirement
that can never be violated is wrong, too. Excluded requirements are not looked into: a dialect
excludes what it removes the nouns of.
"""

from __future__ import annotations

import re

from conformance.definitions.crossref.changes import (
    every_call_problems,
    renaming_problems,
    scenario_problems,
    transition_problems,
)
from conformance.definitions.crossref.explorations import exploration_problems
from conformance.definitions.crossref.scope import SILENT, Problems, Scope
from conformance.definitions.crossref.terms import range_problems, relation_problems
from conformance.definitions.profile import (
    Acyclic,
    Agreement,
    AnyRequirement,
    Central,
    CentralInstances,
    Condition,
    Consequence,
    Declares,
    EveryCall,
    Exploration,
    Fact,
    Generic,
    Indication,
    LinkKind,
    Population,
    Properties,
    Range,
    Relation,
    Renaming,
    Resolves,
    Scenario,
    Transition,
    Traversal,
    Unique,
    Values,
    names,
)
from conformance.slips import Problem, Trail, show, unknown

ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
CARD = re.compile(r"(\d+)(?:\.\.(\d+|\*))?")
CENTRAL_CHECKS = ("present", "class", "scoped")
INDICATION_CHECKS = (
    "creation-refused",
    "delivered",
    "destination-created",
    "ended",
    "filter-created",
    "keeps-ends",
    "language-refused",
    "message",
    "once",
    "ordered",
    "previous",
    "query-refused",
    "selected",
    "sequence",
    "source",
    "source-path",
    "state-change",
    "subscription-created",
    "time",
)
"""The functions of `evaluate/indications.py`, by the names that they have there."""


def requirement_problems(scope: Scope) -> Problems:
    """Yield what is wrong with the requirements of the scope's profile definition."""
    for name, requirement in scope.profile.requirements.items():
        trail: Trail = ("requirements", name)
        if not ID.fullmatch(name):
            expected = "an id of a-z and 0-9 joined by `-` and `.`"
            yield Problem(trail, expected, repr(name))
        if not requirement.statement.strip():
            yield Problem((*trail, "statement"), "a sentence", "an empty text")
        if isinstance(requirement, Fact) and not requirement.excluded:
            expected = "the reason why it is not checked"
            yield Problem((*trail, "excluded"), expected, "nothing")
        if not requirement.excluded:
            yield from _when(scope, (*trail, "when"), requirement.when)
            yield from _of_kind(scope, trail, requirement)


def _when(scope: Scope, trail: Trail, when: str | tuple[str, ...] | Condition) -> Problems:
    if not isinstance(when, Condition):
        for feature in names(when):
            yield from scope.feature(trail, feature)
        return
    for word, features in (("feature", when.feature), ("not", when.not_)):
        for feature in names(features):
            yield from scope.feature((*trail, word), feature)
    for key in names(when.registered):
        yield from scope.known_profile((*trail, "registered"), key)


def _of_kind(  # noqa: C901, PLR0912  # a table: one line for each kind
    scope: Scope, trail: Trail, requirement: AnyRequirement
) -> Problems:
    match requirement:
        case Population():
            yield from _population(scope, trail, requirement)
        case Values():
            yield from _values(scope, trail, requirement)
        case Unique():
            yield from _unique(scope, trail, requirement)
        case LinkKind():
            yield from _link(scope, trail, requirement)
        case Relation():
            yield from relation_problems(scope, trail, requirement)
        case Range():
            yield from range_problems(scope, trail, requirement)
        case Resolves():
            yield from scope.adaptation((*trail, "for"), requirement.for_)
            subject = scope.class_of(requirement.for_)
            yield from scope.words((*trail, "where"), subject, requirement.where)
            yield from scope.property((*trail, "property"), subject, requirement.property)
        case Agreement():
            yield from _agreement(scope, trail, requirement)
        case Acyclic():
            yield from scope.link((*trail, "link"), requirement.link)
        case Declares():
            yield from _declares(scope, trail, requirement)
        case Central():
            yield from scope.word((*trail, "check"), requirement.check, CENTRAL_CHECKS)
        case Traversal():
            yield from scope.link((*trail, "link"), requirement.link)
            yield from _role(scope, (*trail, "start"), requirement.link, requirement.start)
        case Transition():
            yield from transition_problems(scope, trail, requirement)
        case Scenario():
            yield from scenario_problems(scope, trail, requirement)
        case Renaming():
            yield from renaming_problems(scope, trail, requirement)
        case EveryCall():
            yield from every_call_problems(scope, trail, requirement)
        case Indication():
            yield from scope.word((*trail, "check"), requirement.check, INDICATION_CHECKS)
        case Exploration():
            yield from exploration_problems(scope, trail, requirement)
        case Fact() | Generic() | CentralInstances():
            pass


def _role(scope: Scope, trail: Trail, link_name: str, role: str) -> Problems:
    _, link = scope.find_link(link_name)
    if link is not None and role not in link.ends:
        yield unknown(trail, f"a role of {link_name}", role, link.ends)


def _population(scope: Scope, trail: Trail, requirement: Population) -> Problems:
    yield from scope.adaptation((*trail, "of"), requirement.of)
    yield from scope.words((*trail, "where"), scope.class_of(requirement.of), requirement.where)
    if requirement.each:
        counted = scope.class_of(requirement.of)
        yield from scope.property((*trail, "each"), counted, requirement.each)
    if requirement.each and requirement.per:
        yield Problem((*trail, "each"), "one of `per` and `each`", "both")
    if requirement.per:
        yield from scope.adaptation((*trail, "per"), requirement.per)
        parent = scope.class_of(requirement.per)
        yield from scope.words((*trail, "per_where"), parent, requirement.per_where)
    low, high = requirement.min, requirement.max
    if low <= 0 and high is None:
        yield Problem(trail, SILENT, "neither `min` nor `max`")
    if high is not None and high < low:
        yield Problem((*trail, "max"), f"at least `min`, {low}", f"{high}")


def _values(scope: Scope, trail: Trail, requirement: Values) -> Problems:
    if bool(requirement.for_) == bool(requirement.link):
        found = "both" if requirement.for_ else "neither"
        yield Problem(trail, "one of `for` and `link`", found)
        return
    if requirement.for_:
        yield from scope.adaptation((*trail, "for"), requirement.for_)
        classname = scope.class_of(requirement.for_)
    else:
        yield from scope.link((*trail, "link"), requirement.link)
        classname = scope.link_class(requirement.link)
    rules = (requirement.schema, requirement.advised, requirement.required, requirement.if_)
    if not any(rules):
        yield Problem(trail, SILENT, "none of schema, advised, required, if")
    yield from scope.words((*trail, "where"), classname, requirement.where)
    yield from _rules(scope, (*trail, "schema"), classname, requirement.schema)
    yield from _rules(scope, (*trail, "advised"), classname, requirement.advised)
    yield from scope.properties((*trail, "required"), classname, requirement.required)
    yield from _branches(scope, trail, classname, requirement)


def _rules(scope: Scope, trail: Trail, classname: str, rules: Properties) -> Problems:
    yield from scope.words(trail, classname, rules)
    for name, words in rules.items():
        if not words:
            yield Problem((*trail, name), "at least one word", "none")


def _branches(scope: Scope, trail: Trail, classname: str, requirement: Values) -> Problems:
    yield from scope.words((*trail, "if"), classname, requirement.if_)
    given = {"then": requirement.then, "else": requirement.else_}
    branches = {word: branch for word, branch in given.items() if branch is not None}
    if bool(requirement.if_) != bool(branches):
        found = "only `if`" if requirement.if_ else "no `if`"
        yield Problem(trail, "`if` together with `then` or `else`", found)
    for word, branch in branches.items():
        yield from _branch(scope, (*trail, word), classname, branch)


def _branch(scope: Scope, trail: Trail, classname: str, branch: Consequence) -> Problems:
    if not (branch.schema or branch.required or branch.no_value):
        yield Problem(trail, SILENT, "none of schema, required, no_value")
    yield from _rules(scope, (*trail, "schema"), classname, branch.schema)
    yield from scope.properties((*trail, "required"), classname, branch.required)
    yield from scope.properties((*trail, "no_value"), classname, branch.no_value)


def _unique(scope: Scope, trail: Trail, requirement: Unique) -> Problems:
    yield from scope.adaptation((*trail, "for"), requirement.for_)
    if not requirement.properties:
        yield Problem((*trail, "properties"), "at least one property", "none")
    classname = scope.class_of(requirement.for_)
    yield from scope.properties((*trail, "properties"), classname, requirement.properties)
    if requirement.per:
        yield from scope.adaptation((*trail, "per"), requirement.per)


def _link(scope: Scope, trail: Trail, requirement: LinkKind) -> Problems:
    yield from scope.link((*trail, "link"), requirement.link)
    classname = scope.link_class(requirement.link)
    yield from scope.words((*trail, "where"), classname, requirement.where)
    if not (requirement.card or requirement.never):
        yield Problem(trail, SILENT, "neither `card` nor `never`")
    for role, card in requirement.card.items():
        yield from _role(scope, (*trail, "card", role), requirement.link, role)
        yield from _card((*trail, "card", role), card)
    owner, _ = scope.find_link(requirement.link)
    for role, adaptation in requirement.never.items():
        yield from _role(scope, (*trail, "never", role), requirement.link, role)
        if owner in scope.profiles:
            yield from scope.within(owner).adaptation((*trail, "never", role), adaptation)


def _card(trail: Trail, card: str) -> Problems:
    match = CARD.fullmatch(card)
    if match is None:
        yield Problem(trail, "a cardinality such as 1, 0..1 or 1..*", show(card))
        return
    low, high = match.groups()
    if high == "*" and int(low) == 0:
        yield Problem(trail, SILENT, show(card))
    elif high not in (None, "*") and int(high) < int(low):
        yield Problem(trail, f"a highest number of at least {low}", show(card))


def _agreement(scope: Scope, trail: Trail, requirement: Agreement) -> Problems:
    yield from scope.adaptation((*trail, "for"), requirement.for_)
    yield from scope.link((*trail, "link"), requirement.link)
    association = scope.link_class(requirement.link)
    yield from scope.property((*trail, "property"), association, requirement.property)
    for state in requirement.table:
        yield from scope.state((*trail, "table", state), state)


def _declares(scope: Scope, trail: Trail, requirement: Declares) -> Problems:
    yield from scope.adaptation((*trail, "for"), requirement.for_)
    methods = names(requirement.methods)
    if not methods:
        yield Problem((*trail, "methods"), "at least one method", "none")
    if methods == ("offered",):
        return
    for name in methods:
        yield from scope.class_method((*trail, "methods"), scope.class_of(requirement.for_), name)
