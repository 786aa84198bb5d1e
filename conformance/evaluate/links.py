"""Kinds that look at associations: link, agreement, acyclic, traversal.

Pure: each function takes a check's key and requirement and the model, and returns Findings.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from conformance.cim import Path
from conformance.definitions.catalogue import local_name
from conformance.definitions.profile import (
    Acyclic,
    Agreement,
    LinkKind,
    Properties,
    Traversal,
)
from conformance.evaluate.instances import called, chosen, class_of, inapplicable, told_where
from conformance.evaluate.model import Model
from conformance.evaluate.seen import Edge
from conformance.evaluate.words import show
from conformance.findings import Findings
from conformance.results import Observation


class Ends(msgspec.Struct, frozen=True):
    """The two roles of a link as seen from its subjects, folded, with the adaptations there."""

    association: str
    role: str
    adaptation: str
    subject_role: str
    subject: str


def link(key: str, requirement: LinkKind, model: Model) -> Findings:
    """Judge how many elements are linked to each instance at the other end of a link.

    Source of the cardinalities: the profile's association tables; a link whose ends are swapped
    does not count and is named as reversed.
    """
    owner, declared = model.catalogue.find_link(key, requirement.link)
    findings = Findings()
    roles = list(declared.ends)
    for role, card in requirement.card.items():
        subject_role = next(other for other in roles if other.lower() != role.lower())
        ends = Ends(
            declared.class_, role, declared.ends[role], subject_role, declared.ends[subject_role]
        )
        found = _degrees(key, owner, requirement, model, ends, card)
        if found.not_applicable:
            return found
        findings = _joined(findings, found)
    if requirement.never:
        findings = _joined(findings, _never(key, owner, requirement, model))
    return findings


def _joined(one: Findings, other: Findings) -> Findings:
    return Findings(
        one.examined + other.examined,
        one.observations + other.observations,
        (one.subjects + other.subjects)[:5],
        tuple(dict.fromkeys(one.trace + other.trace)),
    )


def _degrees(  # the parts of one question
    key: str, owner: str, requirement: LinkKind, model: Model, ends: Ends, card: str
) -> Findings:
    condition = model.applies(key, requirement.when, _as_seen(key, owner, ends.subject))
    if not condition.holds:
        return inapplicable(condition)
    subjects = dict(chosen(model.members(owner, ends.subject), condition))
    linked, swapped = _linked(owner, requirement, model, ends)
    expected = f"{said(card)} {called(owner, ends.adaptation, model)} at {ends.role} of "
    expected += ends.association + told_where(_where(owner, requirement, model))
    low, high = bounds(card)
    observations = []
    for identity in subjects:
        reached = linked.get(identity, set())
        if low <= len(reached) and (high is None or len(reached) <= high):
            continue
        found = _found(reached, swapped.get(identity, set()), model)
        cause = f"{ends.association}.{ends.role}"
        observations.append(Observation(model.text(identity), expected, found, cause=cause))
    shown = tuple(model.text(identity) for identity in list(subjects)[:5])
    return Findings(len(subjects), tuple(observations), shown, condition.trace)


def _as_seen(key: str, owner: str, adaptation: str) -> str:
    return adaptation if key == owner or ":" in adaptation else f"{owner}:{adaptation}"


def _linked(
    owner: str, requirement: LinkKind, model: Model, ends: Ends
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return what is linked to each subject, and what is linked with swapped ends."""
    wanted = model.members(owner, ends.adaptation)
    subjects = model.members(owner, ends.subject)
    role, subject_role = ends.role.lower(), ends.subject_role.lower()
    linked: dict[str, set[str]] = {}
    swapped: dict[str, set[str]] = {}
    where = _where(owner, requirement, model)
    for edge in model.edges_touching(ends.association, subjects):
        here, there = edge.ends.get(subject_role), edge.ends.get(role)
        if here is None or there is None:
            continue
        if not model.satisfies(owner, ends.association, edge.instance, where):
            continue
        if here in subjects and there in wanted:
            linked.setdefault(here, set()).add(there)
        elif there in subjects and here not in subjects and _could_be(owner, ends, here, model):
            swapped.setdefault(there, set()).add(here)
    return linked, swapped


def _where(owner: str, requirement: LinkKind, model: Model) -> Properties:
    """Return which association instances count: those of the link that the requirement means."""
    return {
        **model.catalogue.find_link(owner, local_name(requirement.link))[1].where,
        **requirement.where,
    }


def _could_be(owner: str, ends: Ends, identity: str, model: Model) -> bool:
    """Tell whether an element is what a link is to reach, or would be if the ends were right.

    What is found over the link alone is not found when its ends are swapped; its class tells.
    """
    if identity in model.members(owner, ends.adaptation):
        return True
    instance = model.instance(identity)
    if instance is None or local_name(ends.adaptation) == "profile":
        return False
    _, wanted = model.catalogue.find_adaptation(owner, ends.adaptation)
    fits = model.satisfies(owner, wanted.class_, instance, wanted.where)
    return fits and model.is_a(instance, wanted.class_)


def _found(reached: set[str], swapped: set[str], model: Model) -> str:
    found = str(len(reached))
    if reached:
        found += ": " + ", ".join(model.text(identity) for identity in sorted(reached)[:5])
    if swapped:
        others = ", ".join(model.text(identity) for identity in sorted(swapped)[:5])
        found += f" (reversed: {len(swapped)} linked with the ends swapped: {others})"
    return found


def _never(key: str, owner: str, requirement: LinkKind, model: Model) -> Findings:
    condition = model.applies(key, requirement.when, "")
    if not condition.holds:
        return inapplicable(condition)
    _, declared = model.catalogue.find_link(key, requirement.link)
    observations = []
    examined = 0
    for edge in model.edges_of(declared.class_):
        for role, adaptation in requirement.never.items():
            if not _others_fit(owner, declared.ends, edge, role, model):
                continue
            examined += 1
            if edge.ends.get(role.lower()) in model.members(owner, adaptation):
                observations.append(
                    Observation(
                        str(edge.instance.path),
                        f"{role}: not a {adaptation}",
                        model.text(edge.ends[role.lower()]),
                    )
                )
    return Findings(examined, tuple(observations), trace=condition.trace)


def _others_fit(owner: str, ends: dict[str, str], edge: Edge, role: str, model: Model) -> bool:
    """Tell whether the ends at the other roles are of the classes that the link names."""
    for other, adaptation in ends.items():
        if other.lower() == role.lower():
            continue
        instance = model.instance(edge.ends.get(other.lower(), ""))
        if instance is None or not model.is_a(instance, class_of(model, owner, adaptation)):
            return False
    return True


def bounds(card: str) -> tuple[int, int | None]:
    """Return the lowest and highest number of a cardinality such as `1`, `0..1` or `1..*`."""
    low, dots, high = card.partition("..")
    if not dots:
        return int(low), int(low)
    return int(low), None if high == "*" else int(high)


def said(card: str) -> str:
    """Return a cardinality in words."""
    low, high = bounds(card)
    if high is None:
        return f"at least {low}"
    return f"exactly {low}" if low == high else (f"at most {high}" if low == 0 else card)


def agreement(key: str, requirement: Agreement, model: Model) -> Findings:
    """Judge that a property of an association agrees with the state of its subject."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    machine = model.catalogue.profiles[key].states
    observed = machine.observed if machine else ""
    names = {value: name for name, value in model.states(key).items()}
    members = model.members(key, requirement.for_)
    observations = []
    examined = 0
    for edge in model.link_edges(key, requirement.link):
        for subject in (end for end in edge.ends.values() if end in members):
            state = names.get(members[subject].get(observed), "")
            value = edge.instance.get(requirement.property)
            if value is None or state not in requirement.table:
                continue
            examined += 1
            allowed = requirement.table[state]
            if value not in allowed:
                one_of = " or ".join(map(str, allowed))
                expected = f"{requirement.property}: {one_of}, as {observed} is {state}"
                observations.append(Observation(model.text(subject), expected, show(value)))
    return Findings(examined, tuple(observations), trace=condition.trace)


def acyclic(key: str, requirement: Acyclic, model: Model) -> Findings:
    """Judge that following a link never leads back to where one came from."""
    condition = model.applies(key, requirement.when, "")
    if not condition.holds:
        return inapplicable(condition)
    _, declared = model.catalogue.find_link(key, requirement.link)
    first, second = (role.lower() for role in declared.ends)
    graph: dict[str, set[str]] = {}
    edges = model.link_edges(key, requirement.link)
    for edge in edges:
        graph.setdefault(edge.ends[second], set()).add(edge.ends[first])
    expected = f"no way back to itself along {declared.class_}"
    observations = tuple(
        Observation(model.text(cycle[0]), expected, _arrows(cycle, model))
        for cycle in _cycles(graph)
    )
    return Findings(len(edges), observations, trace=condition.trace)


def _arrows(cycle: list[str], model: Model) -> str:
    return " -> ".join(model.text(identity) for identity in (*cycle, cycle[0]))


def _cycles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield one cycle for each strongly tangled part of the graph."""
    done: set[str] = set()
    for start in sorted(graph):
        trail: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(graph[start])))]
        trail.append(start)
        while stack and start not in done:
            node, successors = stack[-1]
            following = next(successors, None)
            if following is None:
                done.add(node)
                stack.pop()
                trail.pop()
            elif following in trail:
                yield trail[trail.index(following) :]
                done.update(trail)
                break
            elif following not in done:
                stack.append((following, iter(sorted(graph.get(following, ())))))
                trail.append(following)


NAMES = {"AssociatorNames", "Associators"}


def traversal(key: str, requirement: Traversal, model: Model) -> Findings:
    """Judge that asking for the associators of a sampled object gives what was enumerated."""
    condition = model.applies(key, requirement.when, "")
    if not condition.holds:
        return inapplicable(condition)
    owner, declared = model.catalogue.find_link(key, requirement.link)
    starts = model.members(owner, declared.ends[requirement.start])
    others = model.touching(key, requirement.link)
    examined, refused = [], []
    missing: dict[tuple[str, frozenset[str]], list[str]] = {}
    for asked in model.snapshot.traversals:
        identity = asked.source.identity
        if identity not in starts or asked.operation not in NAMES or not others.get(identity):
            continue
        if not asked.answer.ok:
            refused.append(f"{asked.operation}: {asked.answer.refusal or asked.answer.trouble}")
            continue
        examined.append(model.text(identity))
        reached = {model.resolve(path) for path in paths_of(asked.answer.value)}
        if others[identity] - reached:
            unseen = frozenset(others[identity] - reached)
            missing.setdefault((identity, unseen), []).append(asked.operation)
    observations = [
        _unseen(model, declared.class_, identity, unseen, operations)
        for (identity, unseen), operations in missing.items()
    ]
    untested = refused[0] if refused and not examined else ""
    return Findings(
        len(examined),
        tuple(observations),
        tuple(dict.fromkeys(examined))[:5],
        (*condition.trace, *dict.fromkeys(refused)),
        untested=untested,
    )


def _unseen(
    model: Model, association: str, identity: str, unseen: frozenset[str], operations: list[str]
) -> Observation:
    asked = " and ".join(sorted(set(operations)))
    told = ", ".join(model.text(other) for other in sorted(unseen)[:5])
    return Observation(
        model.text(identity),
        f"every element linked by {association} in the answer to {asked}",
        f"{len(unseen)} missing: {told}",
    )


def paths_of(value: object) -> Iterator[Path]:
    """Yield the paths in an answer that lists paths or instances."""
    for item in value if isinstance(value, list) else ():
        path = item if isinstance(item, Path) else item.path
        if path is not None:
            yield path
