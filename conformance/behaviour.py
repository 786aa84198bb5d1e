"""What of a server's behaviour is driven: scenarios, transitions, methods and refusals.

Pure. The summary of a plan stands in the header of a run, so that the state graph and the figures
can be drawn from a results stream alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from conformance.coverage import JUDGED
from conformance.definitions.catalogue import Catalogue
from conformance.definitions.profile import Declares, Renaming, Scenario, Transition
from conformance.plan import Check, Plan
from conformance.results import BehaviourSummary, GraphEdge, MethodSummary, Run, StateGraph
from conformance.schema.classes import Classes

SERVICE = "CIM_Service"


class Figure(msgspec.Struct, frozen=True):
    """How many of something were judged, of how many that are known."""

    name: str
    judged: int
    total: int


def behaviour_of(catalogue: Catalogue, plan: Plan, classes: Classes) -> BehaviourSummary | None:
    """Return what the checks of a plan drive; None when they drive nothing."""
    transitions = [c for c in plan.checks if isinstance(c.requirement, Transition)]
    scenarios = [c for c in plan.checks if isinstance(c.requirement, Scenario | Renaming)]
    if not transitions and not scenarios:
        return None
    return BehaviourSummary(
        graphs=tuple(_graphs(catalogue, transitions)),
        scenarios=tuple(check.id for check in scenarios),
        refusals=tuple(check.id for check in (*transitions, *scenarios) if _refuses(check)),
        methods=tuple(_methods(catalogue, plan, classes)),
    )


def figures(run: Run) -> tuple[Figure, ...]:
    """Return the figures of a run, judged and total; nothing when it drives nothing."""
    told = run.header.behaviour
    if told is None:
        return ()
    judged = {result.check for result in run.results if result.verdict in JUDGED}

    def of(name: str, checks: Iterable[str]) -> Figure:
        wanted = tuple(checks)
        return Figure(name, sum(1 for check in wanted if check in judged), len(wanted))

    edges = [edge for graph in told.graphs for edge in graph.edges]
    covered = sum(1 for method in told.methods if judged.intersection(method.checks))
    return (
        of("scenarios", told.scenarios),
        of("transitions", (edge.check for edge in edges if edge.to)),
        of("refusals", told.refusals),
        Figure("methods", covered, len(told.methods)),
    )


def undriven(run: Run) -> tuple[str, ...]:
    """Return the methods that no check of a run drives."""
    told = run.header.behaviour
    return tuple(m.name for m in told.methods if not m.checks) if told is not None else ()


# -- state graphs --------------------------------------------------------------------------------


def _graphs(catalogue: Catalogue, transitions: Iterable[Check]) -> Iterator[StateGraph]:
    """Yield one graph for each profile and each way to request its transitions."""
    grouped: dict[tuple[str, str], list[Check]] = {}
    for check in transitions:
        grouped.setdefault((check.profile, _transition(check).through), []).append(check)
    for (key, through), checks in grouped.items():
        edges = tuple(_edge(check) for check in checks)
        named = dict.fromkeys(name for e in edges for name in (e.from_, e.to) if name)
        header = catalogue.profiles[key].profile
        title = f"{header.document.id} {header.name}" + (f", by {through}" if through else "")
        yield StateGraph(key, title, tuple(named), edges)


def _edge(check: Check) -> GraphEdge:
    transition = _transition(check)
    return GraphEdge(check.id, check.case, transition.from_, transition.to)


def _transition(check: Check) -> Transition:
    if not isinstance(check.requirement, Transition):
        raise TypeError(f"{check.id} is no transition")
    return check.requirement


def _refuses(check: Check) -> bool:
    match check.requirement:
        case Transition(to=to):
            return not to
        case Scenario(accepted=accepted, refused=refused):
            return bool(refused) and not accepted
        case Renaming(editable=editable, too_long=too_long):
            return too_long or not editable
    return False


# -- methods -------------------------------------------------------------------------------------


def _methods(catalogue: Catalogue, plan: Plan, classes: Classes) -> Iterator[MethodSummary]:
    """Yield the methods that the profiles name or their services have, with what calls them."""
    known: dict[str, list[str]] = {}
    for key in plan.profiles:
        for name in _named(catalogue, key, classes):
            known.setdefault(name, [])
    for check in plan.checks:
        for name in _called(catalogue, check):
            known.setdefault(name, []).append(check.id)
    yield from (MethodSummary(name, tuple(checks)) for name, checks in sorted(known.items()))


def _named(catalogue: Catalogue, key: str, classes: Classes) -> Iterator[str]:
    profile = catalogue.profiles[key]
    if profile.profile.abstract:
        return
    for name, method in profile.methods.items():
        yield _full(_class_of(catalogue, key, method.target), name)
    for requirement in profile.requirements.values():
        if isinstance(requirement, Declares) and not requirement.excluded:
            classname = _class_of(catalogue, key, requirement.for_)
            view = classes.get(classname)
            service = view is not None and classes.is_a(classname, SERVICE)
            own: Mapping[str, object] = view.own.methods if view is not None and service else {}
            yield from (_full(classname, name) for name in own)


def _called(catalogue: Catalogue, check: Check) -> Iterator[str]:
    requirement, key = check.requirement, check.profile
    if isinstance(requirement, Scenario):
        yield _target(catalogue, key, requirement.call)
    elif isinstance(requirement, Transition):
        yield _requesting(catalogue, check, requirement)


def _requesting(catalogue: Catalogue, check: Check, transition: Transition) -> str:
    for key in _line(catalogue, check.profile):
        profile = catalogue.profiles[key]
        interface = profile.interfaces.get(transition.through)
        if interface is not None:
            return _target(catalogue, key, interface.method)
        if not transition.through and profile.states is not None:
            request = profile.states.requests.get(check.case)
            return _target(catalogue, key, request.method if request is not None else "")
    return ""


def _target(catalogue: Catalogue, key: str, method: str) -> str:
    """Return a method with the class that it is called on."""
    for one in _line(catalogue, key):
        declared = catalogue.profiles[one].methods.get(method)
        if declared is not None:
            return _full(_class_of(catalogue, one, declared.target), method)
    for one, profile in catalogue.profiles.items():
        if method in profile.methods:
            return _full(_class_of(catalogue, one, profile.methods[method].target), method)
    return method


def _line(catalogue: Catalogue, key: str) -> tuple[str, ...]:
    return (key, *catalogue.profiles[key].extends)


def _class_of(catalogue: Catalogue, key: str, adaptation: str) -> str:
    """Return the class of an adaptation, which another profile may define."""
    found = catalogue.profiles[key].adaptations.get(adaptation)
    if found is None:
        return adaptation
    if found.class_:
        return found.class_
    return _class_of(catalogue, found.defined_in, adaptation) if found.defined_in else adaptation


def _full(classname: str, method: str) -> str:
    return f"{classname}.{method}"
