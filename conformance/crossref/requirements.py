"""What is wrong with the requirements of a profile definition.

Pure. One function for each kind, all `(scope, trail, requirement) -> problems`. A requirement
that can never be violated is wrong, too. Excluded requirements are not looked into: a dialect
excludes what it removes the nouns of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.catalogue import local_name, split
from conformance.crossref.scope import Problems, Scope
from conformance.crossref.terms import relation_problems
from conformance.profile import (
    Acyclic,
    Agreement,
    AnyRequirement,
    Central,
    CentralInstances,
    Condition,
    Consequence,
    Declares,
    EveryCall,
    Fact,
    Generic,
    LinkKind,
    Population,
    Properties,
    Relation,
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
OUTCOMES = ("accepted", "refused", "job")
NEEDS = ("guest",)
NO_SYSTEM = ("", "absent")
SILENT = "a rule that a server can violate"


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
        case Agreement():
            yield from _agreement(scope, trail, requirement)
        case Acyclic():
            yield from scope.link((*trail, "link"), requirement.link)
        case Declares():
            yield from _declares(scope, trail, requirement)
        case Central():
            yield from _word((*trail, "check"), requirement.check, CENTRAL_CHECKS)
        case Traversal():
            yield from scope.link((*trail, "link"), requirement.link)
            yield from _role(scope, (*trail, "start"), requirement.link, requirement.start)
        case Transition():
            yield from _transition(scope, trail, requirement)
        case Scenario():
            yield from _scenario(scope, trail, requirement)
        case EveryCall():
            yield from _every_call(scope, trail, requirement)
        case Fact() | Generic() | CentralInstances():
            pass


def _word(trail: Trail, word: str, known: Iterable[str]) -> Problems:
    if word not in known:
        yield unknown(trail, "a word", word, [one for one in known if one])


def _role(scope: Scope, trail: Trail, link_name: str, role: str) -> Problems:
    _, link = scope.find_link(link_name)
    if link is not None and role not in link.ends:
        yield unknown(trail, f"a role of {link_name}", role, link.ends)


def _population(scope: Scope, trail: Trail, requirement: Population) -> Problems:
    yield from scope.adaptation((*trail, "of"), requirement.of)
    yield from scope.words((*trail, "where"), scope.class_of(requirement.of), requirement.where)
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


def _transition(scope: Scope, trail: Trail, requirement: Transition) -> Problems:
    machine = scope.profile.states
    if machine is None:
        yield Problem(trail, f"{scope.key} to have `states`", "none")
        return
    yield from scope.state((*trail, "from"), requirement.from_)
    if requirement.to:
        yield from scope.state((*trail, "to"), requirement.to)
    if not (requirement.to or requirement.refused):
        yield Problem(trail, SILENT, "neither `to` nor `refused`")
    if requirement.needs:
        yield from _word((*trail, "needs"), requirement.needs, NEEDS)
    for name in names(requirement.request):
        yield from scope.request((*trail, "request"), name)
        if name in machine.requests:
            method = machine.requests[name].method
            yield from scope.outcomes((*trail, "refused"), method, requirement.refused)
    subject = scope.class_of(machine.of)
    yield from scope.properties((*trail, "moves"), subject, requirement.moves)


def _scenario(scope: Scope, trail: Trail, requirement: Scenario) -> Problems:
    if not (requirement.accepted or requirement.refused or requirement.effects):
        yield Problem(trail, SILENT, "none of accepted, refused, effects")
    yield from _given(scope, (*trail, "given"), requirement.given)
    yield from scope.callable((*trail, "call"), requirement.call)
    target = scope.target_class(requirement.call)
    method = local_name(requirement.call)
    yield from scope.parameters((*trail, "with"), target, method, requirement.with_)
    for place, name in _inputs((*trail, "with"), requirement.with_):
        yield from scope.input(place, name)
    yield from scope.outcomes((*trail, "refused"), requirement.call, requirement.refused)


def _given(scope: Scope, trail: Trail, given: str) -> Problems:
    """Check the state of the system made before: of this profile, or of any that has states."""
    if given in NO_SYSTEM:
        return
    owner, local = split(scope.key, given)
    own = scope.profiles[owner].states if owner in scope.profiles else None
    machines = [own] if own else [profile.states for profile in scope.profiles.values()]
    known = {name: None for machine in machines if machine for name in machine.are}
    if local not in known and not scope.unread:
        yield unknown(trail, "a state, or absent", given, known)


def _inputs(trail: Trail, value: object) -> Iterator[tuple[Trail, str]]:
    """Yield the names of inputs in the parameters of a call, each with its trail."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list | tuple):
        parts = enumerate(value)
    for key, part in parts:
        if key == "input" and isinstance(part, str):
            yield (*trail, key), part
        yield from _inputs((*trail, key), part)


def _every_call(scope: Scope, trail: Trail, requirement: EveryCall) -> Problems:
    if not requirement.of:
        yield Problem((*trail, "of"), "at least one method", "none")
    for position, name in enumerate(requirement.of):
        yield from scope.callable((*trail, "of", position), name)
    if requirement.outcome:
        yield from _word((*trail, "outcome"), requirement.outcome, OUTCOMES)
