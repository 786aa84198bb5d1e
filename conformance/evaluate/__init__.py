"""From a check and the evidence to its result.

Pure. One function for each kind of requirement says what it sees (Findings); the verdict is
derived from that in `verdict_of`, the same way for all. Nothing examined is never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from conformance.cim import Exchange
from conformance.definitions.profile import (
    Acyclic,
    Agreement,
    Basis,
    Central,
    CentralInstances,
    Declares,
    EveryCall,
    Exploration,
    Generic,
    Indication,
    Level,
    LinkKind,
    Population,
    Range,
    Relation,
    Renaming,
    Resolves,
    Scenario,
    Transition,
    Traversal,
    Unique,
    Values,
)
from conformance.evaluate import generic, operations
from conformance.evaluate.claimed import by_chance, unclaimed
from conformance.evaluate.exploring import judge_exploration
from conformance.evaluate.expressible import inexpressible
from conformance.evaluate.indications import judge_indications
from conformance.evaluate.instances import declares, population, unique
from conformance.evaluate.links import acyclic, agreement, link, traversal
from conformance.evaluate.model import Model
from conformance.evaluate.ranges import range_
from conformance.evaluate.registration import central, central_instances
from conformance.evaluate.relations import relation
from conformance.evaluate.renaming import judge_renaming
from conformance.evaluate.resolving import resolves
from conformance.evaluate.transcript import judge_every_call, judge_scenario, judge_transition
from conformance.evaluate.values import values
from conformance.findings import Findings
from conformance.plan import SAMPLED, Check, needs_of
from conformance.results import MAX_OBSERVATIONS, Observation, Result, Verdict
from conformance.transcript import Transcript

GENERIC: dict[str, Callable[[Model], Findings]] = {
    "class-derivation": generic.class_derivation,
    "property-declared": generic.property_declared,
    "property-type": generic.property_type,
    "required-properties": generic.required_properties,
    "key-values": generic.key_values,
    "value-map": generic.value_map,
    "max-length": generic.max_length,
    "reference-resolves": generic.reference_resolves,
    "reference-class": generic.reference_class,
    "embedded-instances": generic.embedded_instances,
    "association-cardinality": generic.association_cardinality,
    "enumeration-answers": operations.enumeration_answers,
    "association-enumeration": operations.association_enumeration,
    "get-instance-agrees": operations.get_instance_agrees,
    "unknown-instance": operations.unknown_instance,
    "associator-names-agree": operations.associator_names_agree,
    "associators-agree": operations.associators_agree,
    "reference-names-agree": operations.reference_names_agree,
    "references-agree": operations.references_agree,
}


class Evidence(msgspec.Struct, frozen=True):
    """What a run knows: the profiles on the snapshot, and the transcripts by check id.

    `strict` lets a violation of an unconfirmed requirement fail; `asked` are the profile keys
    that the user named, `None` when all were taken. `proofs` are exchanges that show a deviating
    subject, by its path as text.
    """

    model: Model
    transcripts: dict[str, Transcript]
    changes_allowed: bool = False
    strict: bool = False
    asked: frozenset[str] | None = None
    proofs: Mapping[str, Exchange] = {}


def evaluate(check: Check, evidence: Evidence) -> Result:
    """Return the result of one check."""
    return result_of(check, examine(check, evidence), evidence)


def examine(check: Check, evidence: Evidence) -> Findings:
    """Return what a check sees in the evidence, or why it sees nothing."""
    unseen = (
        unclaimed(check, evidence.model, evidence.asked)
        or inexpressible(check, evidence.model.snapshot)
        or _unreadable(check, evidence)
    )
    return unseen if unseen is not None else judge(check, evidence)


def judge(check: Check, evidence: Evidence) -> Findings:  # noqa: C901, PLR0912  # a table
    """Return what the function of the check's kind sees in the evidence."""
    key, model = check.profile, evidence.model
    match check.requirement:
        case Population() as requirement:
            return population(key, requirement, model)
        case Values() as requirement:
            return values(key, requirement, model)
        case Unique() as requirement:
            return unique(key, requirement, model)
        case LinkKind() as requirement:
            return link(key, requirement, model)
        case Relation() as requirement:
            return relation(key, requirement, model)
        case Range() as requirement:
            return range_(key, requirement, model)
        case Resolves() as requirement:
            return resolves(key, requirement, model)
        case Agreement() as requirement:
            return agreement(key, requirement, model)
        case Acyclic() as requirement:
            return acyclic(key, requirement, model)
        case Declares() as requirement:
            return declares(key, requirement, model)
        case Central() as requirement:
            return central(key, requirement, model)
        case CentralInstances() as requirement:
            return central_instances(key, requirement, model)
        case Traversal() as requirement:
            return traversal(key, requirement, model)
        case Generic() as requirement:
            return GENERIC[requirement.check](model)
        case Transition() | Scenario() | Renaming() | EveryCall() | Indication() | Exploration():
            return _played(check, evidence)
        case _:
            return Findings(untested="the requirement is known, but not checked")


def _played(check: Check, evidence: Evidence) -> Findings:
    if not evidence.changes_allowed:
        return Findings(
            untested="it needs changes to the server, and the run is read-only",
            advice="say --allow-changes: only what the run itself creates is touched",
        )
    if isinstance(check.requirement, EveryCall):
        return judge_every_call(check, list(evidence.transcripts.values()))
    transcript = evidence.transcripts.get(check.id)
    if transcript is None:
        return Findings(error="the scenario was not played")
    if isinstance(check.requirement, Exploration):
        return judge_exploration(check, transcript, evidence.model, strict=evidence.strict)
    if isinstance(check.requirement, Transition):
        return judge_transition(check, transcript)
    if isinstance(check.requirement, Renaming):
        return judge_renaming(check.requirement, transcript)
    if isinstance(check.requirement, Indication):
        return judge_indications(check, transcript)
    return judge_scenario(check, transcript)


def _unreadable(check: Check, evidence: Evidence) -> Findings | None:
    """Say so when what the check looks at was not asked for, or could not be read.

    What is missing then would look like a deviation of the server. A capture may have been made
    for other checks.
    """
    if check.changes:
        return None
    queries, catalogue = evidence.model.snapshot.queries, evidence.model.catalogue
    needs = needs_of(catalogue, check)
    wanted = {name.lower() for name in needs.classes | needs.associations}
    absent = {name.lower() for name in catalogue.dialect.absent} if catalogue.dialect else set()
    unasked = sorted(wanted - queries.asked - absent)
    if unasked:
        return Findings(untested=f"the server was not asked for {', '.join(unasked)}")
    if isinstance(check.requirement, SAMPLED) and not queries.sample:
        return Findings(untested="no single objects were read and traversed")
    for extent in evidence.model.snapshot.unanswered:
        if extent.classname.lower() not in wanted:
            continue
        where = f"EnumerateInstances({extent.classname}) in {extent.namespace}"
        if extent.answer.trouble is not None:
            return Findings(
                error=f"{where}: {extent.answer.trouble}", exchanges=(extent.answer.exchange,)
            )
        refusal = extent.answer.refusal
        if refusal is not None and refusal.status not in (
            operations.UNKNOWN_CLASS,
            operations.NOT_SUPPORTED,
        ):
            return Findings(untested=f"{where}: {refusal}", exchanges=(extent.answer.exchange,))
    return None


def result_of(check: Check, findings: Findings, evidence: Evidence) -> Result:
    """Return the result of a check, its verdict derived from the findings."""
    chance = by_chance(check.profile, evidence.model)
    weak = chance or (check.only_warns and not (evidence.strict and _is_unconfirmed(check)))
    observations = tuple(_graded(o, weak=weak) for o in findings.observations)
    verdict, reason = verdict_of(check, findings, observations, demanded=not chance)
    header = evidence.model.header(check.profile)
    requirement = check.requirement
    return Result(
        check=check.id,
        profile=check.group,
        verdict=verdict,
        level=requirement.level.value,
        basis=requirement.basis.value,
        kind=check.kind,
        statement=requirement.statement,
        document=requirement.document or f"{header.document.id} {header.document.version}".strip(),
        clause=requirement.clause,
        reason=reason,
        advice=(findings.advice or requirement.advice) if verdict is Verdict.UNTESTED else "",
        examined=findings.examined,
        observations=observations[:MAX_OBSERVATIONS],
        omitted=max(0, len(observations) - MAX_OBSERVATIONS),
        trace=findings.trace,
        subjects=findings.subjects,
        exchanges=_proof(observations, findings, evidence),
    )


def _proof(
    observations: Iterable[Observation], findings: Findings, evidence: Evidence
) -> tuple[Exchange, ...]:
    """Return the exchanges of the findings, else those that read the deviating subjects."""
    if findings.exchanges:
        return findings.exchanges[:10]
    shown: list[Exchange] = []
    for observation in list(observations)[:3]:
        if observation.subject in evidence.proofs:
            shown.append(evidence.proofs[observation.subject])
        else:
            shown += evidence.model.snapshot.exchanges_for(observation.subject)
    return tuple({e.operation + e.target: e for e in shown}.values())[:3]


def _is_unconfirmed(check: Check) -> bool:
    requirement = check.requirement
    return requirement.basis is Basis.UNCONFIRMED and requirement.level is not Level.RECOMMENDED


def _graded(observation: Observation, *, weak: bool) -> Observation:
    """Return an observation as a warning where the requirement is no more than that."""
    return msgspec.structs.replace(observation, severity="warn") if weak else observation


def verdict_of(
    check: Check,
    findings: Findings,
    observations: tuple[Observation, ...],
    *,
    demanded: bool = True,
) -> tuple[Verdict, str]:
    """Return the verdict that the findings lead to, and the reason when nothing was judged.

    What is mandatory must have been seen, if it is `demanded` of this server.
    """
    if findings.error:
        return Verdict.ERROR, findings.error
    severities = {observation.severity for observation in observations}
    if "fail" in severities:
        return Verdict.FAIL, ""
    if severities:
        return Verdict.WARN, ""
    if findings.not_applicable:
        return Verdict.NOT_APPLICABLE, findings.not_applicable
    if findings.untested:
        return Verdict.UNTESTED, findings.untested
    if findings.examined:
        return Verdict.PASS, ""
    mandatory = check.requirement.level is Level.MANDATORY
    if demanded and mandatory and not isinstance(check.requirement, Generic | Central):
        return Verdict.UNTESTED, "there was nothing to look at"
    return Verdict.NOT_APPLICABLE, "there was nothing to look at"
