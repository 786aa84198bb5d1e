"""What is wrong with the nouns of a profile definition: names, classes and their parts.

Pure. One function for each noun, all `(scope, name, noun) -> problems`.
"""

from __future__ import annotations

import re

from conformance.definitions.catalogue import local_name, split
from conformance.definitions.crossref.interfaces import interface_problems
from conformance.definitions.crossref.scope import STATUS, Problems, Scope
from conformance.definitions.profile import (
    Adaptation,
    Alike,
    Claim,
    Feature,
    Header,
    Level,
    Link,
    Method,
    States,
    Way,
    names,
)
from conformance.slips import Problem, Trail, show, unknown

VERSION = re.compile(r"\d+\.\d+")
CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*_\w+")


def noun_problems(scope: Scope) -> Problems:
    """Yield what is wrong with the nouns of the scope's profile definition."""
    profile = scope.profile
    yield from _header(scope, profile.profile)
    for name, adaptation in profile.adaptations.items():
        yield from _adaptation(scope, name, adaptation)
    for name, link in profile.links.items():
        yield from _link(scope, name, link)
    for name, feature in profile.features.items():
        yield from _feature(scope, name, feature)
    if profile.states is not None:
        yield from _states(scope, profile.states)
    yield from interface_problems(scope)
    for name, method in profile.methods.items():
        yield from _method(scope, name, method)
    yield from _codes(scope)
    for name, wanted in profile.inputs.items():
        yield from scope.class_name(("inputs", name, "class"), wanted.class_)
        if wanted.like:
            yield from scope.adaptation(("inputs", name, "like"), wanted.like)


def _header(scope: Scope, header: Header) -> Problems:
    if header.central:
        yield from scope.adaptation(("profile", "central"), header.central)
    for position, version in enumerate(header.versions):
        if not VERSION.fullmatch(version):
            trail = ("profile", "versions", position)
            yield Problem(trail, "a version prefix such as 1.0", show(version))
    levels = [level.value for level in Level]
    for key, level in header.references.items():
        if level not in levels:
            yield unknown(("profile", "references", key), "a requirement level", level, levels)


def _adaptation(scope: Scope, name: str, adaptation: Adaptation) -> Problems:
    trail: Trail = ("adaptations", name)
    if adaptation.defined_in:
        yield from _defined_elsewhere(scope, name, adaptation)
        return
    if not adaptation.class_:
        yield Problem((*trail, "class"), "a class, or `defined_in` with a profile key", "nothing")
    else:
        yield from scope.class_name((*trail, "class"), adaptation.class_)
    if not adaptation.find:
        yield Problem((*trail, "find"), "at least one way to find its instances", "nothing")
    for label, way in adaptation.find.items():
        yield from _way(scope, (*trail, "find", label), way, adaptation.class_)
    yield from scope.adaptations((*trail, "not"), adaptation.not_)
    for position, other in enumerate(adaptation.not_classes):
        if not CLASS_NAME.fullmatch(other):  # often a class that no profile asks for: no facts
            yield Problem((*trail, "not_classes", position), "a class name", show(other))
    yield from scope.words((*trail, "where"), adaptation.class_, adaptation.where)
    yield from scope.properties((*trail, "volatile"), adaptation.class_, adaptation.volatile)
    if adaptation.alike is not None:
        yield from _alike(scope, (*trail, "alike"), adaptation.class_, adaptation.alike)


def _alike(scope: Scope, trail: Trail, classname: str, alike: Alike) -> Problems:
    yield from scope.adaptation((*trail, "to"), alike.to)
    if not alike.by:
        yield Problem((*trail, "by"), "at least one property", "none")
    for owner in dict.fromkeys((classname, scope.class_of(alike.to))):
        yield from scope.properties((*trail, "by"), owner, alike.by)


def _defined_elsewhere(scope: Scope, name: str, adaptation: Adaptation) -> Problems:
    trail: Trail = ("adaptations", name)
    owner = adaptation.defined_in
    known = list(scope.known_profile((*trail, "defined_in"), owner))
    yield from known
    if known or owner in scope.unread:
        return
    if name not in scope.profiles[owner].adaptations:
        adaptations = scope.profiles[owner].adaptations
        yield unknown((*trail, "defined_in"), f"an adaptation of {owner}", name, adaptations)
    elif scope.find_adaptation(name)[1] is None and not scope.unread:
        expected = "a profile that defines it itself"
        yield Problem((*trail, "defined_in"), expected, f"{owner}, which leads back here")
    silent = [field for field in ("find", "where", "volatile") if getattr(adaptation, field)]
    for field in silent:
        expected = "nothing beside `defined_in`, which takes all from there"
        yield Problem((*trail, field), expected, field)


def _way(scope: Scope, trail: Trail, way: Way, subject: str) -> Problems:
    kinds = {
        "conforms_to": way.conforms_to,
        "from": way.from_,
        "has": way.has,
        "among": way.among,
    }
    given = [kind for kind, value in kinds.items() if value] + ["extent"] * way.extent
    if len(given) != 1:
        expected = "exactly one of conforms_to, from, has, among, extent"
        yield Problem(trail, expected, " and ".join(given) or "none of them")
    for needed, value, other in (("through", way.through, "from"), ("to", way.to, "has")):
        if value and other not in given:
            yield Problem((*trail, needed), f"`{needed}` only beside `{other}`", f"no {other}")
    if way.from_:
        yield from _way_from(scope, trail, way)
    if way.has:
        yield from scope.association((*trail, "has"), way.has)
        if way.to:
            yield from scope.class_name((*trail, "to"), way.to)
    if way.among:
        yield from scope.adaptation((*trail, "among"), way.among)
    for position, classname in enumerate(names(way.class_)):
        yield from scope.class_name((*trail, "class", position), classname)
    kept = names(way.class_)[0] if way.class_ else subject
    yield from scope.words((*trail, "having"), kept, way.having)
    association = way.through or way.has or ""
    if way.as_:
        yield from scope.role((*trail, "as"), association, way.as_)
    yield from scope.words((*trail, "where"), association, way.where)


def _way_from(scope: Scope, trail: Trail, way: Way) -> Problems:
    yield from scope.adaptation((*trail, "from"), str(way.from_))
    if not way.through:
        yield Problem((*trail, "through"), "an association class beside `from`", "nothing")
    else:
        yield from scope.association((*trail, "through"), way.through)


def _link(scope: Scope, name: str, link: Link) -> Problems:
    trail: Trail = ("links", name)
    yield from scope.association((*trail, "class"), link.class_)
    yield from scope.words((*trail, "where"), link.class_, link.where)
    if len(link.ends) != 2:
        yield Problem((*trail, "ends"), "two roles", f"{len(link.ends)}")
    for role, adaptation in link.ends.items():
        end = (*trail, "ends", role)
        yield from scope.role(end, link.class_, role)
        yield from scope.adaptation(end, adaptation)
        yield from _fitting_end(scope, end, link.class_, role, adaptation)


def _fitting_end(
    scope: Scope, trail: Trail, association: str, role: str, adaptation: str
) -> Problems:
    """Yield the problem that no instance of an adaptation can stand at a role."""
    view = scope.classes.get(association)
    wanted = view.references.get(role, "") if view is not None else ""
    here = scope.class_of(adaptation)
    if wanted not in scope.classes or here not in scope.classes:
        return
    if not (scope.classes.is_a(here, wanted) or scope.classes.is_a(wanted, here)):
        yield Problem(trail, f"an adaptation of {wanted}", f"{adaptation}, which is a {here}")


def _feature(scope: Scope, name: str, feature: Feature) -> Problems:
    trail: Trail = ("features", name)
    yield from scope.adaptation((*trail, "of"), feature.of)
    yield from _claim(scope, (*trail, "claimed"), feature.claimed)
    if name in _claims_behind(scope, name, set()):
        found = "one that leads back to this feature"
        yield Problem((*trail, "claimed", "any_of"), "features that stand on their own", found)


def _claim(scope: Scope, trail: Trail, claim: Claim) -> Problems:
    words = ("any", "offered", "any_of", "always", "never")
    kinds = {word: getattr(claim, word) for word in words}
    given = [kind for kind, value in kinds.items() if value]
    if len(given) != 1:
        expected = f"exactly one of {', '.join(words)}"
        yield Problem(trail, expected, " and ".join(given) or "none of them")
    if claim.any:
        yield from scope.adaptation((*trail, "any"), claim.any)
        yield from scope.words((*trail, "has"), scope.class_of(claim.any), claim.has)
    if claim.other_than:
        yield from scope.adaptation((*trail, "other_than"), claim.other_than)
    for position, method in enumerate(claim.offered):
        yield from scope.method((*trail, "offered", position), method)
    for position, feature in enumerate(claim.any_of):
        yield from scope.feature((*trail, "any_of", position), feature)


def _claims_behind(scope: Scope, name: str, seen: set[str]) -> set[str]:
    """Return the features that a feature is claimed by, directly or not, as full names."""
    feature = scope.profile.features.get(name)
    for other in feature.claimed.any_of if feature is not None else ():
        owner, local = split(scope.key, other)
        if owner == scope.key and local not in seen:
            seen.add(local)
            _claims_behind(scope, local, seen)
    return seen


def _states(scope: Scope, machine: States) -> Problems:
    subject = scope.class_of(machine.of)
    yield from scope.adaptation(("states", "of"), machine.of)
    yield from scope.property(("states", "observed"), subject, machine.observed)
    for name, request in machine.requests.items():
        trail: Trail = ("states", "requests", name)
        yield from _state_method(scope, (*trail, "method"), subject, request.method)
        target = scope.target_class(request.method) or subject
        method = local_name(request.method)
        yield from scope.parameters((*trail, "with"), target, method, request.with_)
        subject_of = (request.subject,) if request.subject else ()
        yield from scope.parameters((*trail, "subject"), target, method, subject_of)
    if machine.offered is not None:
        trail = ("states", "offered")
        yield from scope.adaptation((*trail, "adaptation"), machine.offered.adaptation)
        offering = scope.class_of(machine.offered.adaptation)
        yield from scope.property((*trail, "property"), offering, machine.offered.property)


def _state_method(scope: Scope, trail: Trail, subject: str, method: str) -> Problems:
    """Check a method by which states change: one under test, or one of the subject's class."""
    unknown_noun = list(scope.method(trail, method))
    if unknown_noun and split(scope.key, method)[1] == method:
        yield from scope.class_method(trail, subject, method)
    else:
        yield from unknown_noun


def _method(scope: Scope, name: str, method: Method) -> Problems:
    trail: Trail = ("methods", name)
    target = scope.class_of(method.target)
    yield from scope.adaptation((*trail, "target"), method.target)
    called = method.named or name
    yield from scope.class_method(trail, target, called)
    for word in ("rename", "add"):
        there = method.rename if word == "rename" else dict.fromkeys(method.add)
        for each, parameter in there.items():
            place = (*trail, word, each)
            yield from scope.parameters(place, target, called, (parameter or each,))
    if method.result:
        result = method.rename.get(method.result, method.result)
        yield from _result(scope, (*trail, "result"), target, called, result)
    if method.offered is not None:
        yield from scope.adaptation((*trail, "offered", "in"), method.offered.in_)
        offering = scope.class_of(method.offered.in_)
        yield from scope.property((*trail, "offered", "sync"), offering, method.offered.sync)
        yield from scope.property((*trail, "offered", "async"), offering, method.offered.async_)


def _result(scope: Scope, trail: Trail, target: str, method: str, name: str) -> Problems:
    view = scope.classes.get(target)
    declared = view.method(method) if view is not None else None
    if declared is None:
        return
    outputs = [one for one, parameter in declared.parameters.items() if parameter.out]
    if name not in outputs:
        yield unknown(trail, f"an output parameter of {method}", name, outputs)


def _codes(scope: Scope) -> Problems:
    machine = scope.profile.states
    requested = {local_name(r.method) for r in machine.requests.values()} if machine else set()
    known = [*scope.profile.methods, *sorted(requested - scope.profile.methods.keys()), STATUS]
    for method in scope.profile.codes:
        if method not in known:
            yield unknown(("codes", method), "a method of this profile", method, known)
