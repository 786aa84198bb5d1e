"""Playing a transition through an interface: the state is changed by a service that manages it.

The service is the one that manages the very system of the run, and what it lists as requestable
is read there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from conformance.cim import Instance, Path
from conformance.definitions.catalogue import Catalogue, local_name, split
from conformance.definitions.profile import (
    Agreement,
    Interface,
    InterfaceRequest,
    Link,
    PropertyOf,
    Transition,
)
from conformance.plan import Check
from conformance.play.conditions import holds_on_system
from conformance.play.fixtures import bring_to, make_system, shown
from conformance.play.machine import Machine
from conformance.play.making import request_for
from conformance.play.methods import arguments_of, known_method
from conformance.play.session import Session, halt
from conformance.play.walk import Walk
from conformance.transcript import Call, Facet, Reading, seen


class Way(msgspec.Struct, frozen=True):
    """An interface with what it refers to: the association that shows the state, and its table.

    `key` is the profile that defines the interface, `role` the service's end of `link`.
    """

    key: str
    interface: Interface
    link_name: str
    link: Link
    role: str
    observed: str
    agreeing: Mapping[str, tuple[int, ...]]


class Offered(msgspec.Struct, frozen=True):
    """What a service lists: what can be requested at all, and which states there are.

    None where it does not tell.
    """

    requests: tuple[int, ...] | None
    possible: tuple[int, ...] | None

    @property
    def supported(self) -> tuple[int, ...]:
        """Return what can be requested, as far as it is known."""
        return (self.requests if self.requests is not None else self.possible) or ()


def way_of(catalogue: Catalogue, machine: Machine, key: str, name: str) -> Way:
    """Return an interface of a profile with what it refers to.

    Raises:
        TypeError: what it names as its agreement is none.
    """
    interface = catalogue.profiles[key].interfaces[name]
    owner, local = split(key, interface.agreement)
    agreement = catalogue.profiles[owner].requirements[local]
    if not isinstance(agreement, Agreement):
        raise TypeError(f"{interface.agreement} is no agreement")
    _, link = catalogue.find_link(owner, agreement.link)
    role = next(r for r, end in link.ends.items() if local_name(end) != machine.states.of)
    link_name = local_name(agreement.link)
    return Way(key, interface, link_name, link, role, agreement.property, agreement.table)


def facet_of(catalogue: Catalogue, machine: Machine, check: Check) -> Facet | None:
    """Return how the states show through the interface of a check, None if it has none."""
    requirement = check.requirement
    if not isinstance(requirement, Transition) or not requirement.through:
        return None
    way = way_of(catalogue, machine, check.profile, requirement.through)
    request = way.interface.requests[check.case]
    meant = machine.request(request.means)
    values = meant.with_.values() if meant is not None else ()
    return Facet(
        link=way.link_name,
        observed=way.observed,
        agreeing=dict(way.agreeing),
        requested=way.interface.requested,
        shown=request.shown,
        asked=next((value for value in values if isinstance(value, int)), None),
    )


def play_through(session: Session, key: str, requirement: Transition, case: str) -> None:
    """Play one transition through an interface; `case` is the request.

    Raises:
        Halt: it cannot be played.
    """
    stage = session.stage
    way = way_of(stage.observer.model.catalogue, stage.machine, key, requirement.through)
    request = way.interface.requests[case]
    system = make_system(session)
    session.decide(holds_on_system(stage.observer, key, requirement.when, system))
    check_supported(session, way, requirement, case, system)
    bring_to(session, system, requirement.from_)
    shows = view_before(session, way, system)
    check_available(session, way, requirement, case, shows)
    before = with_view(session.own(stage.observer.settings(system)), way, shows)
    call = request_through(session, way, system, shows, request)
    if call.outcome.accepted:
        call = await_through(session, way, system, requirement, call)
    refused = not call.outcome.accepted
    after = stage.observer.settings(system) if refused else stage.observer.glance(system)
    if not after.gone:
        after = with_view(after, way, *view_of(session, way, system))
    session.calls.append(msgspec.structs.replace(call, before=before, after=after))


# -- the service that manages the system ---------------------------------------------------------


def view_of(session: Session, way: Way, system: Path) -> tuple[Instance | None, list[str]]:
    """Return the association instance that shows the state of a system, read now.

    The other part tells what could not be read.
    """
    walk = session.stage.observer.walk(system)
    found = [link for link in walk.references(system, way.link.class_) if _service(way, link)]
    return min(found, key=lambda link: _service(way, link), default=None), walk.problems


def view_before(session: Session, way: Way, system: Path) -> Instance:
    """Return what shows the state of a system.

    Raises:
        Halt: it cannot be read (error), or no service manages the system (not applicable).
    """
    shows, problems = view_of(session, way, system)
    if problems:
        raise halt(error=problems[0])
    if shows is None:
        raise halt(not_applicable=f"{system} has no {way.link.class_}: no service manages it")
    return shows


def _service(way: Way, link: Instance) -> str:
    end = link.get(way.role)
    return end.identity if isinstance(end, Path) else ""


def with_view(
    reading: Reading, way: Way, shows: Instance | None, problems: Sequence[str] = ()
) -> Reading:
    """Return a reading of a system together with what shows its state there."""
    links = {**reading.links, way.link_name: (seen(shows),) if shows is not None else ()}
    told = (*reading.problems, *problems)
    return msgspec.structs.replace(reading, links=links, problems=told)


def _listed(walk: Walk, way: Way, where: PropertyOf) -> tuple[int, ...] | None:
    return _numbers([one.get(where.property) for one in walk.members(way.key, where.adaptation)])


def _numbers(lists: list[object]) -> tuple[int, ...] | None:
    known = [values for values in lists if isinstance(values, list)]
    if not known:
        return None
    return tuple(dict.fromkeys(v for values in known for v in values if isinstance(v, int)))


def check_supported(
    session: Session, way: Way, requirement: Transition, case: str, system: Path
) -> None:
    """Raise Halt when the requirement does not apply to a request that is (not) supported."""
    wanted = requirement.offered
    if wanted is None and not requirement.to:
        return
    walk = session.stage.observer.walk(system)
    offered = Offered(
        _listed(walk, way, way.interface.offered), _listed(walk, way, way.interface.possible)
    )
    value = way.interface.requests[case].value
    session.trace.append(
        f"{case} ({value}): the requests listed are {shown(offered.requests)}, the states "
        f"{shown(offered.possible)}"
    )
    told = f"the request {case} ({value})"
    if wanted is not False and value not in offered.supported:
        raise halt(not_applicable=f"{told} is not listed as supported")
    if wanted is False and offered.requests is None:
        raise halt(not_applicable="the requests that are supported are not listed")
    if wanted is False and value in offered.supported:
        raise halt(not_applicable=f"{told} is listed as supported")


def check_available(
    session: Session, way: Way, requirement: Transition, case: str, shows: Instance
) -> None:
    """Raise Halt when what is listed for the present state speaks against the requirement."""
    value = way.interface.requests[case].value
    available = _numbers([shows.get(way.interface.available)])
    if available is None or (requirement.offered is None and not requirement.to):
        return
    session.trace.append(f"available in state {requirement.from_} are {shown(available)}")
    told = f"the request {case} ({value})"
    if requirement.to and value not in available:
        raise halt(not_applicable=f"{told} is not listed as available in this state")
    if not requirement.to and value in available:
        raise halt(not_applicable=f"{told} is listed as available in this state")


# -- the request ----------------------------------------------------------------------------------


def request_through(
    session: Session, way: Way, system: Path, shows: Instance, request: InterfaceRequest
) -> Call:
    """Request a state of a system of the service that manages it."""
    stage, interface = session.stage, way.interface
    service = shows.get(way.role)
    if not isinstance(service, Path):
        raise halt(error=f"{shows.path} names no service")
    known = known_method(stage.observer.model, stage.machine, way.key, interface.method)
    values = {interface.parameter: request.value, interface.subject: system}
    arguments = arguments_of(known, values)
    stage.caller.guard.permit_service(service)
    observed = stage.machine.states.observed
    return stage.caller.call(request_for(known, service, arguments, "test", system, observed)).call


def await_through(
    session: Session, way: Way, system: Path, requirement: Transition, call: Call
) -> Call:
    """Watch an accepted request until the interface shows its goal, or its deadline has passed.

    The system itself is given a little longer to tell the same.
    """
    stage = session.stage
    observed, clock = stage.machine.states.observed, stage.caller.clock
    goal = stage.machine.value(requirement.to) if requirement.to else None
    reached_at: list[float] = []

    def done(instance: Instance) -> bool:
        if not requirement.to:
            return True
        shows, _ = view_of(session, way, system)
        if shows is None or shows.get(way.observed) not in way.agreeing[requirement.to]:
            return False
        reached_at.append(clock.now())
        settled = clock.now() - reached_at[0] >= stage.caller.deadlines.settle
        return instance.get(observed) == goal or settled

    return stage.caller.watch(call, system, observed, done)
