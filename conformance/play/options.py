"""What may be done to a system at a step of a random walk, in each of its states.

Pure. Everything is drawn from the profile definitions: requests from the transitions of the state
machine and of the interfaces to it, other calls from the moves of the exploration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from conformance.definitions.catalogue import split
from conformance.definitions.profile import Exploration, Move, Scenario, Transition, names
from conformance.evaluate.claimed import unclaimed
from conformance.evaluate.model import Model
from conformance.plan import Check
from conformance.play.machine import Machine
from conformance.play.scenarios import to_succeed

LEGAL, ILLEGAL, CALL = "legal", "illegal", "call"


class Option(msgspec.Struct, frozen=True):
    """Something that may be done to a system in some state, under a name of its own.

    `transitions` are the requirements that speak of a request (`case`) there, by their ids;
    which of them apply is decided by what the server lists then. `through` is the interface
    (KEY:name) by which it is requested, "" for the state machine's own way. A `move` has no
    transitions.
    """

    name: str
    kind: str
    case: str = ""
    through: str = ""
    transitions: tuple[tuple[str, Transition], ...] = ()
    move: Move | None = None

    @property
    def goal(self) -> str:
        """Return the state to which it should lead, "" where it leads to no certain one."""
        return next((each.to for _, each in self.transitions if each.to), "")


Options = Mapping[str, tuple[Option, ...]]
"""The options by the name of the state."""


def in_force(model: Model, key: str, walk: Exploration) -> Exploration:
    """Return a walk without what the catalogue excludes, as a dialect may."""

    def kept(names: Iterable[str]) -> tuple[str, ...]:
        owners = ((name, *split(key, name)) for name in names)
        profiles = model.catalogue.profiles
        return tuple(n for n, o, local in owners if not profiles[o].requirements[local].excluded)

    moves = {
        name: msgspec.structs.replace(move, scenarios=kept(move.scenarios))
        for name, move in walk.moves.items()
    }
    known = {name: move for name, move in moves.items() if move.scenarios}
    return msgspec.structs.replace(walk, moves=known, always=kept(walk.always))


def options_of(model: Model, machine: Machine, key: str, walk: Exploration) -> Options:
    """Return everything that may be done in each state that stays, in a fixed order."""
    found: dict[str, tuple[Option, ...]] = {}
    for state, shown in machine.states.are.items():
        if shown.stable:
            requests = list(_requests(model, machine, key, walk, state))
            moves = [_of_move(model, key, name, move) for name, move in walk.moves.items()]
            here = [option for option in moves if option.move and state in option.move.given]
            found[state] = tuple(sorted([*requests, *here], key=lambda option: option.name))
    return found


def scenario_of(model: Model, key: str, name: str) -> tuple[str, Scenario]:
    """Return the key of the profile that states a scenario, and the scenario.

    Raises:
        TypeError: the name is that of another kind of requirement.
    """
    owner, local = split(key, name)
    requirement = model.catalogue.profiles[owner].requirements[local]
    if not isinstance(requirement, Scenario):
        raise TypeError(f"{owner}:{local} is no scenario")
    return owner, requirement


def _of_move(model: Model, key: str, name: str, move: Move) -> Option:
    _, scenario = scenario_of(model, key, move.scenarios[0])
    return Option(name, CALL if to_succeed(scenario) else ILLEGAL, move=move)


def _requests(
    model: Model, machine: Machine, key: str, walk: Exploration, state: str
) -> Iterator[Option]:
    for through in ("", *walk.interfaces):
        owner, local = split(key, through)
        owner = owner if through else machine.key
        about: dict[str, list[tuple[str, Transition]]] = {}
        for identity, transition in _transitions(model, owner, local, state):
            for case in names(transition.request):
                about.setdefault(case, []).append((identity, transition))
        for case, transitions in about.items():
            name = f"{local}:{case}" if through else case
            yield Option(name, _kind(t for _, t in transitions), case, through, tuple(transitions))


def _kind(transitions: Iterable[Transition]) -> str:
    return LEGAL if any(transition.to for transition in transitions) else ILLEGAL


def _transitions(
    model: Model, owner: str, through: str, state: str
) -> Iterator[tuple[str, Transition]]:
    """Yield the transitions from a state that can be judged wherever they stand in a walk.

    Without a guest system, some do not end. That the time of a change moves cannot be told where
    changes follow each other as fast as in a walk.
    """
    for name, requirement in model.catalogue.profiles[owner].requirements.items():
        if not isinstance(requirement, Transition) or requirement.excluded:
            continue
        if requirement.needs or requirement.moves:
            continue
        here = (requirement.from_, requirement.through) == (state, through)
        identity = f"{owner}:{name}"
        check = Check(identity, owner, name, requirement)
        if here and unclaimed(check, model, None) is None:
            yield identity, requirement
