"""Kinds on registered profiles and their central instances (DSP1033, DSP1001 clause 7).

Pure. The table `known_profiles` of a profile definition says of each published profile whether
it is autonomous or a component, and what its central and scoping classes are.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cim import Answer, Instance, MethodReply
from conformance.definitions.profile import Central, CentralInstances, KnownProfile
from conformance.evaluate.instances import inapplicable
from conformance.evaluate.model import Model
from conformance.evaluate.seen import Edge, namespace_of
from conformance.findings import Findings
from conformance.plan import CONFORMS, REFERENCED
from conformance.results import Observation

NOT_SUPPORTED = frozenset({1, 7, 16, 17})
"""CIM status codes that all mean that a method is not supported (servers differ)."""


def central(key: str, requirement: Central, model: Model) -> Findings:
    """Judge the central instances of each registered profile that the suite can place."""
    condition = model.applies(key, requirement.when, "")
    if not condition.holds:
        return inapplicable(condition)
    judging = {"present": _present, "class": _of_class, "scoped": _scoped}[requirement.check]
    observations: list[Observation] = []
    examined: list[str] = []
    trace: list[str] = []
    for identity, instance, known in _placed(key, model):
        seen, found, note = judging(identity, instance, known, model)
        examined += [model.text(identity)] * seen
        observations += found
        trace += [note] if note else []
    return Findings(len(examined), tuple(observations), tuple(examined[:5]), tuple(trace))


def _placed(key: str, model: Model) -> Iterator[tuple[str, Instance, KnownProfile]]:
    """Yield each registered DMTF profile with its line in the table of known profiles."""
    table: dict[str, KnownProfile] = {}
    for name, known in model.catalogue.profiles[key].known_profiles.items():
        for spelled in (name, *known.aliases):
            table[spelled.lower()] = known
    for identity, instance in model.all_registrations().items():
        name = str(instance.get("RegisteredName")).lower()
        dmtf = instance.get("RegisteredOrganization") == model.header(key).organization
        if name in table and not table[name].own and dmtf:
            yield identity, instance, table[name]


def _conforming(identity: str, model: Model) -> list[Edge]:
    return [e for e in model.edges_of(CONFORMS) if e.ends.get("conformantstandard") == identity]


Judged = tuple[int, list[Observation], str]


def _present(identity: str, instance: Instance, known: KnownProfile, model: Model) -> Judged:
    if known.type != "autonomous":
        return 0, [], ""
    if _conforming(identity, model):
        return 1, [], ""
    name = instance.get("RegisteredName")
    if not _managed_domain(str(name), known, model):
        return 0, [], f"{name}: no {known.central} seen that could conform to it"
    expected = f"at least 1 central instance ({known.central}) by {CONFORMS}"
    return 1, [Observation(model.text(identity), expected, "0")], ""


def _managed_domain(name: str, known: KnownProfile, model: Model) -> bool:
    """Tell whether there is anything that could be a central instance of the profile.

    Of a profile that is not defined here only the class is known: an element that conforms to
    another profile need not be one of its central instances.
    """
    for key, profile in model.catalogue.profiles.items():
        header = profile.profile
        spelled = {n.lower() for n in (header.name, *header.aliases)}
        if name.lower() in spelled and header.central:
            return bool(model.members(key, header.central))
    placed = {edge.ends.get("managedelement") for edge in model.edges_of(CONFORMS)}
    found = model.snapshot.instances_of(known.central)
    return any(one.path is not None and model.resolve(one.path) not in placed for one in found)


def _of_class(identity: str, _: Instance, known: KnownProfile, model: Model) -> Judged:
    observations: list[Observation] = []
    kinds: list[str] = []
    for edge in _conforming(identity, model):
        element = edge.ends.get("managedelement", "")
        kind = _kind(element, known, model)
        kinds += [kind] if kind else []
        if kind == "other":
            expected = f"only elements of its central class {known.central} by {CONFORMS}"
            observations.append(Observation(model.text(identity), expected, model.text(element)))
    if kinds and "central" not in kinds and not observations:
        expected = f"at least 1 element of its central class {known.central} by {CONFORMS}"
        found = f"{len(kinds)}, all of its scoping class {known.scoping}"
        observations.append(Observation(model.text(identity), expected, found))
    elif "scoping" in kinds and not observations:
        expected = f"only elements of its central class {known.central} by {CONFORMS}"
        found = f"{kinds.count('scoping')} of the scoping class {known.scoping} as well"
        observations.append(Observation(model.text(identity), expected, found, "warn"))
    return int(bool(kinds)), observations, ""


def _kind(element: str, known: KnownProfile, model: Model) -> str:
    """Return "central", "scoping" or "other", and "" when the class cannot be placed."""
    classname, namespace = _class_at(element, model)
    derived = model.snapshot.derives(classname, known.central, namespace)
    if derived is None:
        return ""
    if derived:
        return "central"
    scoping = known.scoping and model.snapshot.derives(classname, known.scoping, namespace)
    return "scoping" if scoping else "other"


def _class_at(identity: str, model: Model) -> tuple[str, str]:
    instance = model.instance(identity)
    if instance is not None:
        return instance.classname, namespace_of(instance)
    namespace, _, rest = identity.partition(":")
    return rest.partition(".")[0], namespace


def _scoped(identity: str, _: Instance, known: KnownProfile, model: Model) -> Judged:
    if known.type != "component":
        return 0, [], ""
    edges = model.edges_of(REFERENCED)
    if any(edge.ends.get("antecedent") == identity for edge in edges):
        return 1, [], ""
    expected = f"referenced by another profile: at Antecedent of a {REFERENCED}"
    if any(edge.ends.get("dependent") == identity for edge in edges):
        found = "only at Dependent (reversed)"
        return 1, [Observation(model.text(identity), expected, found, "warn")], ""
    return 1, [Observation(model.text(identity), expected, "not referenced")], ""


def central_instances(key: str, requirement: CentralInstances, model: Model) -> Findings:
    """Judge that GetCentralInstances, where supported, gives the conforming elements."""
    condition = model.applies(key, requirement.when, "")
    if not condition.holds:
        return inapplicable(condition)
    observations, exchanges, trace = [], [], []
    examined, error = 0, ""
    for asked in model.snapshot.traversals:
        if asked.operation != "GetCentralInstances":
            continue
        answer = asked.answer
        if answer.trouble is not None:
            error = f"GetCentralInstances of {asked.source}: {answer.trouble}"
            continue
        if answer.refusal is not None and answer.refusal.status in NOT_SUPPORTED:
            trace.append(f"GetCentralInstances of {asked.source}: {answer.refusal}")
            continue
        examined += 1
        found = list(_compared(asked.source.identity, answer, model))
        observations += found
        exchanges += [answer.exchange] if found else []
    return Findings(
        examined, tuple(observations), trace=tuple(trace), exchanges=tuple(exchanges), error=error
    )


def _compared(identity: str, answer: Answer, model: Model) -> Iterator[Observation]:
    from_method = _returned(answer, model)
    conforming = {e.ends.get("managedelement", "") for e in _conforming(identity, model)}
    if isinstance(from_method, str):
        expected = "GetCentralInstances answers with return value 0"
        yield Observation(model.text(identity), expected, from_method)
    elif from_method != conforming:
        less = ", ".join(sorted(model.text(i) for i in conforming - from_method)[:5])
        more = ", ".join(sorted(model.text(i) for i in from_method - conforming)[:5])
        yield Observation(
            model.text(identity),
            f"GetCentralInstances returns the {len(conforming)} elements that {CONFORMS} shows",
            f"{len(from_method)}; missing: {less or 'none'}; in addition: {more or 'none'}",
        )


def _returned(answer: Answer, model: Model) -> set[str] | str:
    if answer.refusal is not None:
        return str(answer.refusal)
    reply: MethodReply = answer.value
    if reply.return_value not in (0, None):
        return f"return value {reply.return_value}"
    return {model.resolve(path) for path in reply.output("CentralInstances") or []}
