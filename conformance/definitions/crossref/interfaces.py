"""What is wrong with interfaces, and with transitions that are requested through one.

Pure. The states are those of the profile whose agreement an interface names: a transition through
the interface must be one of its transitions.
"""

from __future__ import annotations

from conformance.definitions.catalogue import local_name, split
from conformance.definitions.crossref.scope import SILENT, Problems, Scope
from conformance.definitions.profile import Agreement, Interface, Profile, Transition, names
from conformance.slips import Problem, Trail, unknown


def interface_problems(scope: Scope) -> Problems:
    """Yield what is wrong with the interfaces of the scope's profile definition."""
    for name, interface in scope.profile.interfaces.items():
        yield from _interface(scope, ("interfaces", name), interface)


def _interface(scope: Scope, trail: Trail, interface: Interface) -> Problems:
    yield from scope.method((*trail, "method"), interface.method)
    target, method = scope.target_class(interface.method), local_name(interface.method)
    for word in ("subject", "parameter"):
        named = (getattr(interface, word),)
        yield from scope.parameters((*trail, word), target, method, named)
    for word in ("offered", "possible"):
        listed = getattr(interface, word)
        yield from scope.adaptation((*trail, word, "adaptation"), listed.adaptation)
        classname = scope.class_of(listed.adaptation)
        yield from scope.property((*trail, word, "property"), classname, listed.property)
    owner, agreement = _agreement(scope, interface)
    if agreement is None:
        if owner not in scope.unread:
            expected = "the name of an agreement, such as DSP1057:power-state"
            yield Problem((*trail, "agreement"), expected, repr(interface.agreement))
        return
    association = scope.within(owner).link_class(agreement.link)
    for word in ("requested", "available"):
        yield from scope.property((*trail, word), association, getattr(interface, word))
    states = scope.profiles[owner].states
    known = states.requests if states is not None else {}
    for name, request in interface.requests.items():
        if request.means and request.means not in known:
            place = (*trail, "requests", name, "means")
            yield unknown(place, f"a request of {owner}", request.means, known)


def _agreement(scope: Scope, interface: Interface) -> tuple[str, Agreement | None]:
    owner, local = split(scope.key, interface.agreement)
    profile = scope.profiles.get(owner)
    found = profile.requirements.get(local) if profile is not None else None
    return owner, found if isinstance(found, Agreement) else None


def through_problems(scope: Scope, trail: Trail, requirement: Transition) -> Problems:
    """Yield what is wrong with a transition that is requested through an interface."""
    interfaces = scope.profile.interfaces
    interface = interfaces.get(requirement.through)
    if interface is None:
        expected = f"an interface of {scope.key}"
        yield unknown((*trail, "through"), expected, requirement.through, interfaces)
        return
    if not (requirement.to or requirement.refused):
        yield Problem(trail, SILENT, "neither `to` nor `refused`")
    yield from scope.outcomes((*trail, "refused"), interface.method, requirement.refused)
    owner, agreement = _agreement(scope, interface)
    if agreement is None:
        return
    there = scope.within(owner)
    wrong = list(there.state((*trail, "from"), requirement.from_))
    if requirement.to and requirement.to not in agreement.table:
        expected = f"a state in the table of {interface.agreement}"
        wrong.append(unknown((*trail, "to"), expected, requirement.to, agreement.table))
    for name in names(requirement.request):
        if name not in interface.requests:
            expected = f"a request of {requirement.through}"
            wrong.append(unknown((*trail, "request"), expected, name, interface.requests))
    yield from wrong
    if requirement.to and not wrong:
        for name in names(requirement.request):
            means = interface.requests[name].means
            yield from _edge(there.profile, trail, requirement, name, means)


def _edge(
    machine: Profile, trail: Trail, requirement: Transition, name: str, means: str
) -> Problems:
    """Yield the problem that a request does not lead there by the transitions of the states."""
    if not means:
        expected = "a request that means one of the state machine, where `to` is to be reached"
        yield Problem((*trail, "request"), expected, f"{name}, of which no meaning is known")
        return
    if means not in (machine.states.requests if machine.states is not None else {}):
        return  # told where the meaning stands
    ends = {
        one.to
        for one in machine.requirements.values()
        if isinstance(one, Transition) and one.from_ == requirement.from_ and one.to
        if not one.through and means in names(one.request)
    }
    if requirement.to not in ends:
        expected = f"a state to which {means} leads from {requirement.from_}"
        yield unknown((*trail, "to"), expected, requirement.to, ends)
