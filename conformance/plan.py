"""From profile definitions to checks, and from checks to what must be asked.

Pure. A check is one requirement of one profile (or one case of it) under a permanent id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from conformance.definitions.catalogue import Catalogue, local_name, without_dialect
from conformance.definitions.profile import (
    Acyclic,
    Agreement,
    AnyRequirement,
    Basis,
    Central,
    CentralInstances,
    Declares,
    EveryCall,
    Exploration,
    Fact,
    Generic,
    Indication,
    LinkKind,
    Population,
    Range,
    Relation,
    Renaming,
    Resolves,
    Scenario,
    Term,
    Transition,
    Traversal,
    Unique,
    Values,
    Way,
    names,
)
from conformance.snapshot import Queries

CONFORMS = "CIM_ElementConformsToProfile"
REFERENCED = "CIM_ReferencedProfile"
REGISTERED = "CIM_RegisteredProfile"
ROOT = "CIM_ManagedElement"
"""Superclass of all: never enumerated, for that would be all that a server has."""

GENERIC_KEY = "CIM"
DEFINING = "DefineSystem"

SAMPLED = (Generic, Traversal, CentralInstances)
"""The kinds of requirements that need single objects to be traversed and read."""

CHANGING = (Transition, Scenario, Renaming, EveryCall, Indication, Exploration)


class Check(msgspec.Struct, frozen=True):
    """One check: its permanent id, the key of its profile, and the requirement it judges.

    `case` is the expanded value, such as the request of a transition, and "" otherwise.
    """

    id: str
    profile: str
    name: str
    requirement: AnyRequirement
    case: str = ""

    @property
    def group(self) -> str:
        """Return the profile as reports show it: with the dialect, if there is one."""
        return self.id.partition(":")[0]

    @property
    def kind(self) -> str:
        """Return the kind of the requirement, as written in the profile definition."""
        return str(type(self.requirement).__struct_config__.tag)

    @property
    def changes(self) -> bool:
        """Tell whether the check needs changes to the server under test."""
        return isinstance(self.requirement, CHANGING)

    @property
    def only_warns(self) -> bool:
        """Tell whether a deviation can be no more than a warning (unless --strict)."""
        weak = self.requirement.basis is Basis.UNCONFIRMED
        return weak or self.requirement.level.value == "recommended"


class Excluded(msgspec.Struct, frozen=True):
    """A requirement that is known and not checked, with the reason."""

    id: str
    profile: str
    statement: str
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """All checks of a run in order, and what is known but not checked."""

    checks: tuple[Check, ...]
    excluded: tuple[Excluded, ...]
    profiles: tuple[str, ...]


class PlanError(ValueError):
    """A profile or check was asked for that does not exist."""


def plan(catalogue: Catalogue, profiles: Iterable[str] = (), patterns: Iterable[str] = ()) -> Plan:
    """Return the plan for the given profile keys (all when empty).

    `patterns` are check ids or shell patterns of ids that restrict the plan, to the profiles of
    these checks, too. The checks from the class facts (key CIM) belong to every other plan.

    Raises:
        PlanError: a profile key or a pattern matches nothing.
    """
    keys = _chosen(catalogue, tuple(profiles))
    wanted = tuple(patterns)
    checks: list[Check] = []
    excluded: list[Excluded] = []
    for key in keys:
        for name, requirement in catalogue.profiles[key].requirements.items():
            full = catalogue.check_id(key, name)
            if requirement.excluded or isinstance(requirement, Fact):
                excluded.append(Excluded(full, key, requirement.statement, requirement.excluded))
            else:
                checks += _cases(full, key, name, requirement)
    if wanted:
        checks = [c for c in checks if any(_matches(c.id, pattern) for pattern in wanted)]
        if not checks:
            raise PlanError(f"no check matches {', '.join(wanted)}; `cimconform list` shows all")
        keys = tuple(key for key in keys if any(check.profile == key for check in checks))
        excluded = [each for each in excluded if each.profile in keys]
    return Plan(tuple(checks), tuple(excluded), keys)


def without_walks(whole: Plan) -> Plan:
    """Return a plan without random walks, which are only taken when they are asked for.

    Raises:
        PlanError: nothing else was asked for.
    """
    walks = tuple(c for c in whole.checks if isinstance(c.requirement, Exploration))
    checks = tuple(c for c in whole.checks if c not in walks)
    if whole.checks and not checks:
        told = f"{whole.checks[0].id} is a random walk: say --allow-changes --explore N for N steps"
        raise PlanError(told)
    reason = "It is a random walk, which is only taken where --explore says how long."
    left = [Excluded(c.id, c.profile, c.requirement.statement, reason) for c in walks]
    return msgspec.structs.replace(whole, checks=checks, excluded=(*whole.excluded, *left))


def _matches(identity: str, pattern: str) -> bool:
    """Tell whether an id fits; in a dialect the profile's own id is as good as the full one."""
    ids = (identity, without_dialect(identity))
    return any(one == pattern or fnmatchcase(one, pattern) for one in ids)


def _chosen(catalogue: Catalogue, profiles: tuple[str, ...]) -> tuple[str, ...]:
    judged = catalogue.judged
    by_name = {name.upper(): key for key in judged for name in (key, catalogue.shown(key))}
    unknown = [key for key in profiles if key.upper() not in by_name]
    if unknown:
        known = ", ".join(judged)
        raise PlanError(f"unknown profile {', '.join(unknown)}; expected one of {known}")
    if not profiles:
        return judged
    chosen = {by_name[key.upper()] for key in profiles} | {GENERIC_KEY}
    return tuple(key for key in judged if key in chosen)


def _cases(full: str, key: str, name: str, requirement: AnyRequirement) -> Iterator[Check]:
    if not isinstance(requirement, Transition) or isinstance(requirement.request, str):
        case = str(requirement.request) if isinstance(requirement, Transition) else ""
        yield Check(full, key, name, requirement, case)
        return
    for request in requirement.request:
        yield Check(f"{full}[{request}]", key, name, requirement, request)


MOST_KEPT = 4096
"""How many of the nouns of profiles are kept with what they need: more than there are."""


class Needs(msgspec.Struct, frozen=True):
    """The classes and association classes that a check looks at, as the profiles name them."""

    classes: frozenset[str] = frozenset()
    associations: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.classes | other.classes, self.associations | other.associations)


def queries(catalogue: Catalogue, checks: Iterable[Check]) -> Queries:
    """Return everything that must be asked to judge the checks, each class once."""
    needs = Needs(frozenset({REGISTERED}), frozenset({CONFORMS, REFERENCED}))
    interop, crossing = {REGISTERED}, {CONFORMS, REFERENCED}
    planned = tuple(checks)
    for key in _keys_asked(catalogue, planned):
        there = frozenset(catalogue.profiles[key].profile.interop)
        own = profile_needs(catalogue, key)
        interop |= own.classes & there
        crossing |= own.associations if there else frozenset()
        needs |= Needs(own.classes - there, own.associations)
    absent = frozenset(catalogue.dialect.absent) if catalogue.dialect is not None else frozenset()
    return Queries(
        classes=tuple(sorted(needs.classes - {REGISTERED} - absent)),
        associations=tuple(sorted(needs.associations - absent)),
        interop_classes=tuple(sorted(interop)),
        crossing=tuple(sorted(crossing)),
        sample=any(isinstance(check.requirement, SAMPLED) for check in planned),
    )


def _keys_asked(catalogue: Catalogue, checks: tuple[Check, ...]) -> set[str]:
    """Return the profiles whose classes are asked: those of the checks, and what playing needs.

    To be told of changes, systems must be made and led through their states, whatever profile
    speaks of indications. A walk needs what its moves are called on as well.
    """
    keys = {check.profile for check in checks}
    walks = [c.requirement for c in checks if isinstance(c.requirement, Exploration)]
    keys |= {key for walk in walks for key in _keys_named(walk) if key in catalogue.profiles}
    if not walks and not any(isinstance(check.requirement, Indication) for check in checks):
        return keys
    profiles = catalogue.profiles.items()
    return keys | {key for key, p in profiles if p.states is not None or DEFINING in p.methods}


def _keys_named(walk: Exploration) -> set[str]:
    named = (*walk.interfaces, *(name for move in walk.moves.values() for name in move.scenarios))
    return {name.partition(":")[0] for name in named if ":" in name}


def profile_needs(catalogue: Catalogue, key: str) -> Needs:
    """Return the classes of all adaptations and links of a profile."""
    profile = catalogue.profiles[key]
    needs = Needs()
    for name in profile.adaptations:
        needs |= adaptation_needs(catalogue, key, name)
    for name in profile.links:
        needs |= link_needs(catalogue, key, name)
    return needs


def needs_of(catalogue: Catalogue, check: Check) -> Needs:  # noqa: C901  # a table
    """Return the classes without which a read-only check cannot be judged."""
    key, requirement = check.profile, check.requirement
    match requirement:
        case Population(of=of, per=per):
            return _adaptations(catalogue, key, (of, per))
        case Resolves(for_=subject):
            return _adaptations(catalogue, key, (subject,))
        case Range(for_=subject, value=value):
            bounds = (requirement.minimum, requirement.maximum, requirement.increment)
            followed = [link for each in bounds for link in names(each)]
            terms = (value,) if value is not None else ()
            return _adaptations(catalogue, key, (subject,)) | _terms(
                catalogue, key, terms, followed
            )
        case Values(for_=subject, link=link):
            return _adaptations(catalogue, key, (subject,)) | _links(catalogue, key, (link,))
        case Unique(for_=subject, per=per):
            return _adaptations(catalogue, key, (subject, per))
        case Declares(for_=subject):
            return _adaptations(catalogue, key, (subject,))
        case LinkKind(link=link) | Acyclic(link=link) | Traversal(link=link):
            return _links(catalogue, key, (link,))
        case Agreement(for_=subject, link=link):
            return _adaptations(catalogue, key, (subject,)) | _links(catalogue, key, (link,))
        case Relation(for_=subject, left=left, right=right):
            return _adaptations(catalogue, key, (subject,)) | _terms(catalogue, key, (left, right))
        case Central() | CentralInstances():
            return Needs(frozenset({REGISTERED}), frozenset({CONFORMS, REFERENCED}))
        case Generic() | Fact() | EveryCall() | Indication() | Exploration():
            return Needs()
        case Transition() | Scenario() | Renaming():
            return Needs()


def _terms(
    catalogue: Catalogue, key: str, terms: Iterable[Term], followed: Iterable[str] = ()
) -> Needs:
    """Return what terms look at, and the links that are `followed` beside them."""
    needs = _links(catalogue, key, followed)
    for term in terms:
        needs |= _links(catalogue, key, (*names(term.over), *term.union))
        found_in = term.found_by.rpartition(".")[0]
        needs |= _adaptations(catalogue, key, (term.all, term.among, found_in))
        needs |= _terms(catalogue, key, (*term.sum, *term.together))
    return needs


def _adaptations(catalogue: Catalogue, key: str, wanted: Iterable[str]) -> Needs:
    needs = Needs()
    for name in wanted:
        if name:
            needs |= adaptation_needs(catalogue, key, name)
    return needs


def _links(catalogue: Catalogue, key: str, wanted: Iterable[str]) -> Needs:
    needs = Needs()
    for name in wanted:
        if name:
            needs |= link_needs(catalogue, key, name)
    return needs


@lru_cache(MOST_KEPT)
def link_needs(catalogue: Catalogue, key: str, name: str) -> Needs:
    """Return the classes that a link and its ends stand on."""
    owner, link = catalogue.find_link(key, name)
    ends = _adaptations(catalogue, owner, link.ends.values())
    return Needs(frozenset(), frozenset({link.class_})) | ends


@lru_cache(MOST_KEPT)
def adaptation_needs(catalogue: Catalogue, key: str, name: str) -> Needs:
    """Return the classes by which an adaptation is found, its ways followed to their start.

    Of an adaptation of any class at all, only what is read for the others can be found.
    """
    pending = [(key, name)]
    seen: set[tuple[str, str]] = set()
    classes: set[str] = set()
    associations: set[str] = set()
    while pending:
        where, wanted = pending.pop()
        if local_name(wanted) == "profile":
            classes.add(REGISTERED)
            continue
        owner, adaptation = catalogue.find_adaptation(where, wanted)
        slot = (owner, local_name(wanted))
        if slot in seen:
            continue
        seen.add(slot)
        classes.add(adaptation.class_)
        for way in adaptation.find.values():
            more, over, onward = _way_needs(way)
            classes |= more
            associations |= over
            pending += [(owner, each) for each in onward]
        bound = (adaptation.alike.to,) if adaptation.alike is not None else ()
        pending += [(owner, other) for other in (*adaptation.not_, *bound)]
    return Needs(frozenset(classes - {ROOT}), frozenset(associations))


def _way_needs(way: Way) -> tuple[set[str], set[str], list[str]]:
    """Return the classes, the associations and the other adaptations that a way stands on."""
    classes: set[str] = set()
    associations: set[str] = set()
    onward = [each for each in (way.from_ if way.through else "", way.among) if each]
    if way.conforms_to:
        classes.add(REGISTERED)
        associations.add(CONFORMS)
    if way.from_ and way.through:
        associations.add(way.through)
    if way.has:
        associations.add(way.has)
        classes |= {way.to} if way.to else set()
    return classes, associations, onward
