"""Checks on how the server answers: enumeration, GetInstance and the four traversals.

Pure. They need no class facts; they hold the answers to one question against those to another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from conformance.cim import Answer, Exchange, Instance
from conformance.evaluate.links import paths_of
from conformance.evaluate.model import Model
from conformance.evaluate.words import show
from conformance.findings import Findings
from conformance.results import Observation
from conformance.snapshot import Traversal

UNKNOWN_CLASS = 5
NOT_SUPPORTED = 7
ACCESS_DENIED = 2
NOT_FOUND = 6


def enumeration_answers(model: Model) -> Findings:
    """Each class that was asked for is answered (DSP0200, 5.3.2.7).

    CIM_ERR_INVALID_CLASS means that the class is not implemented, which is no deviation here.
    """
    observations, trace, exchanges = [], [], []
    examined = 0
    troubled = ""
    for extent in model.snapshot.extents.values():
        answer = extent.answer
        where = f"EnumerateInstances({extent.classname}) in {extent.namespace}"
        if answer.trouble is not None:
            troubled = f"{where}: {answer.trouble}"
            exchanges.append(answer.exchange)
            continue
        if answer.refusal is None:
            examined += 1
            continue
        if answer.refusal.status in (UNKNOWN_CLASS, NOT_SUPPORTED, ACCESS_DENIED):
            trace.append(f"{where}: {answer.refusal.status_name}")
            continue
        examined += 1
        exchanges.append(answer.exchange)
        severity = "warn" if extent.classname in model.snapshot.asked_associations() else "fail"
        observations.append(
            Observation(where, "a list of instances", str(answer.refusal), severity, where)
        )
    return Findings(
        examined,
        tuple(observations),
        trace=tuple(trace),
        exchanges=tuple(exchanges[:10]),
        error=troubled if not observations else "",
    )


def association_enumeration(model: Model) -> Findings:
    """Enumerating an association class finds what References finds (DSP0200, 5.3.2.7)."""
    observations = tuple(
        Observation(
            f"EnumerateInstances({finding.association}) in {finding.namespace}",
            "the association instances that References finds",
            f"{finding.enumerated} where References found {finding.found}",
            "warn",
            "association classes cannot be enumerated",
        )
        for finding in model.snapshot.findings
    )
    examined = sum(1 for _ in model.snapshot.asked_associations())
    return Findings(examined, observations)


def get_instance_agrees(model: Model) -> Findings:
    """GetInstance returns what was enumerated (DSP0200, 5.3.2.2).

    A property that differs is a warning: the system lives on between two requests.
    """
    observations, exchanges, examined = [], [], 0
    trouble = ""
    for path, answer in model.snapshot.reads:
        known = model.snapshot.by_identity.get(path.identity)
        if known is None:
            continue
        if answer.trouble is not None:
            trouble = f"GetInstance({path}): {answer.trouble}"
            continue
        examined += 1
        found = list(_differences(known, answer, model))
        observations += found
        exchanges += [answer.exchange] if found else []
    return Findings(examined, tuple(observations), exchanges=tuple(exchanges[:5]), error=trouble)


def unknown_instance(model: Model) -> Findings:
    """GetInstance of what does not exist is answered as not found (DSP0200, 5.3.2.2).

    Another refusal is a warning: it says as well that there is no such instance to be had.
    """
    observations, exchanges, examined = [], [], 0
    trouble = ""
    for asked in _gets(model):
        answer, subject = asked.answer, f"GetInstance of a made-up {asked.source.classname}"
        if answer.trouble is not None:
            trouble = f"{subject}: {answer.trouble}"
            continue
        examined += 1
        if answer.refusal is not None and answer.refusal.status == NOT_FOUND:
            continue
        found = str(answer.refusal) if answer.refusal is not None else "an instance"
        severity = "warn" if answer.refusal is not None else "fail"
        observations.append(Observation(subject, "CIM_ERR_NOT_FOUND", found, severity, subject))
        exchanges.append(answer.exchange)
    return Findings(
        examined,
        tuple(observations),
        exchanges=tuple(exchanges[:5]),
        error=trouble if not observations else "",
    )


def _gets(model: Model) -> Iterator[Traversal]:
    return (asked for asked in model.snapshot.traversals if asked.operation == "GetInstance")


def _differences(known: Instance, answer: Answer, model: Model) -> Iterator[Observation]:
    subject = str(known.path)
    if answer.refusal is not None:
        yield Observation(
            subject, "GetInstance returns the instance that was enumerated", str(answer.refusal)
        )
        return
    read: Instance = answer.value
    if read.classname.lower() != known.classname.lower():
        yield Observation(subject, f"class {known.classname}", f"class {read.classname}")
        return
    for slot in known.layout.slots:
        one, other = known.get(slot.name), read.get(slot.name)
        if _plain(one) != _plain(other) and slot.name.lower() not in model.volatile:
            yield Observation(
                subject,
                f"{slot.name}: {show(one)}, as enumerated",
                f"{show(other)} by GetInstance",
                "warn",
                f"{known.classname}.{slot.name} by GetInstance",
            )


def _plain(value: Any) -> Any:  # any CIM value
    """Return a value so that two embedded instances with the same content are equal."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Instance):
        shown = zip(value.layout.slots, value.values, strict=True)
        named = {slot.name.lower(): _plain(item) for slot, item in shown if item is not None}
        return value.classname.lower(), named
    return value


def associator_names_agree(model: Model) -> Findings:
    """AssociatorNames gives each element that an enumerated association links."""
    return _elements(model, "AssociatorNames")


def associators_agree(model: Model) -> Findings:
    """Associators gives each element that an enumerated association links."""
    return _elements(model, "Associators")


def reference_names_agree(model: Model) -> Findings:
    """ReferenceNames gives each association instance that was enumerated."""
    return _associations(model, "ReferenceNames")


def references_agree(model: Model) -> Findings:
    """References gives each association instance that was enumerated."""
    return _associations(model, "References")


def _asked(model: Model, operation: str) -> Iterator[Traversal]:
    for asked in model.snapshot.traversals:
        if asked.operation == operation and asked.source.identity in model.snapshot.by_identity:
            yield asked


def _elements(model: Model, operation: str) -> Findings:
    neighbours, _ = model.neighbours
    return _compared(model, operation, neighbours, "every element that an association links to it")


def _associations(model: Model, operation: str) -> Findings:
    _, associations = model.neighbours
    return _compared(model, operation, associations, "every association instance that refers to it")


def _compared(
    model: Model, operation: str, expected: defaultdict[str, set[str]], what: str
) -> Findings:
    observations: list[Observation] = []
    exchanges: list[Exchange] = []
    examined, trouble = 0, ""
    for asked in _asked(model, operation):
        answer, source = asked.answer, str(asked.source)
        if answer.trouble is not None:
            trouble = f"{operation}({source}): {answer.trouble}"
            continue
        examined += 1
        if answer.refusal is not None:
            refused = str(answer.refusal)
            found = [Observation(source, f"{operation} gives {what}", refused, "warn", operation)]
        else:
            reached = {model.resolve(path) for path in paths_of(answer.value)}
            missing = expected[asked.source.identity] - reached
            found = list(_missing(source, operation, what, missing, model))
        observations += found
        exchanges += [answer.exchange] if found else []
    return Findings(
        examined,
        tuple(observations),
        exchanges=tuple(exchanges[:5]),
        error=trouble if not observations else "",
    )


def _missing(
    source: str, operation: str, what: str, missing: set[str], model: Model
) -> Iterator[Observation]:
    if missing:
        told = ", ".join(model.text(identity) for identity in sorted(missing)[:5])
        yield Observation(
            source, f"{operation} gives {what}", f"{len(missing)} missing: {told}", cause=operation
        )
