"""A random walk over the states of systems of the run's own, and what led to a deviation.

Shell. The walk is drawn by a seed from what the profiles say. After a failure it goes on, on fresh
systems and without the step that failed. Each kind of deviation is then looked for again on fresh
systems, by fewer and fewer steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from conformance.evaluate.exploring import Deviation, Eye
from conformance.explored import Attempt, Explored, Followed, Taken
from conformance.play.guard import GuardError
from conformance.play.journal import JournalError
from conformance.play.options import CALL, ILLEGAL, LEGAL, Option
from conformance.play.session import Halt, Session
from conformance.play.shortest import OutOfTries, Steps, Stride, shortest
from conformance.play.walking import Own, Tour, Walker
from conformance.transcript import Call, Stop

LIKELY = {LEGAL: 6, CALL: 2, ILLEGAL: 1}
"""How often each kind of step is drawn, where there are some of it."""

USING, ENDING = 6.0, 0.5
"""How likely a move is that uses what another made, and one that ends it, beside others."""

MOST_WALKS = 10
MOST_FOLLOWED = 5
MOST_TRIES, KEPT = 80, 10
"""How many tries there are in all, and how many of these are kept for each deviation to follow."""

TRIED_STEPS = 10
"""How many steps there are in all tries for each step of the walk."""

DEAR = 8
"""How many tries one counts for that had to wait for a state in vain."""

Choose = Callable[[Walker], Taken | None]
"""Takes the next step; None when there is none."""

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Budget:
    """How many more tries may be made, and how many steps taken in them."""

    tries: int
    steps: int
    made: int = 0

    def spend(self, steps: int) -> None:
        """Count a try of so many steps.

        Raises:
            OutOfTries: there may be no more.
        """
        if self.tries <= 0 or self.steps < steps:
            raise OutOfTries
        self.tries -= 1
        self.steps -= steps
        self.made += 1


@dataclass(slots=True)
class _Seen:
    """What became of one attempt: `known` are the failures that did not end it."""

    attempt: Attempt
    known: frozenset[str] = frozenset()
    deviations: list[tuple[int, Deviation]] = field(default_factory=list)
    closed: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    system: str = ""

    def first(self, source: str) -> int | None:
        """Return the number of the first step that is not as one requirement says."""
        return next((at for at, each in self.deviations if each.source == source), None)

    @property
    def failed_last(self) -> frozenset[str]:
        """Return what failed at the last step."""
        last = len(self.attempt.taken) - 1
        return frozenset(d.source for at, d in self.deviations if at == last and d.fails)


class Explorer:
    """Walks once, and follows what it finds.

    `left` collects what could not be removed; with `most_left` of it, no more systems are made.
    """

    def __init__(
        self, tour: Tour, left: list[str], most_left: int, progress: Progress, *, length: int
    ) -> None:
        self._tour = tour
        self._left = left
        self._most_left = most_left
        self._progress = progress
        self._length = length
        self._budget = _Budget(MOST_TRIES, TRIED_STEPS * length)
        self._pace = 0.0

    def explore(self, seed: int) -> Explored:
        """Return the walk that a seed decides, with what was tried to see its deviations again."""
        clock = self._tour.stage.caller.clock
        began = clock.now()
        walks = self._walks(random.Random(seed))  # noqa: S311  # no secret
        steps = sum(len(each.attempt.taken) for each in walks)
        self._pace = (clock.now() - began) / max(1, steps)
        followed, trouble = self._follow_all(walks)
        stops = [each.attempt.stop for each in walks]
        troubles = [stop for stop in (trouble, *stops) if stop.error]
        closed = {slot: why for each in walks for slot, why in each.closed.items()}
        return Explored(
            check=self._tour.check.id,
            system=walks[0].system,
            setting=self._tour.setting,
            calls=tuple(call for each in walks for call in each.calls),
            stop=troubles[0] if troubles else _only(stops[0]),
            trace=(),
            left=tuple(self._left),
            seed=seed,
            length=self._length,
            walks=tuple(each.attempt for each in walks),
            followed=tuple(followed),
            closed=tuple(f"{name} ({state}): {why}" for (state, name), why in closed.items()),
        )

    def _walks(self, chance: random.Random) -> list[_Seen]:
        """Walk until all steps are taken: after a failure anew, without the step that failed.

        What has failed once ends no walk again, as long as the system is in some state after it.
        """
        walks: list[_Seen] = []
        avoided: set[tuple[str, str]] = set()
        known: frozenset[str] = frozenset()
        begun = 0
        while begun < self._length and len(walks) < MOST_WALKS:
            choose = _drawing(chance, frozenset(avoided))
            walk = self._attempt(choose, self._length - begun, known, begun)
            walks.append(walk)
            if not walk.failed_last or len(self._left) >= self._most_left:
                break
            last = walk.attempt.taken[-1]
            avoided.add((last.state, last.name))
            known |= walk.failed_last
            begun += len(walk.attempt.taken)
        return walks

    def _follow_all(self, walks: Sequence[_Seen]) -> tuple[list[Followed], Stop]:
        """Look for each kind of deviation again; each has its share of the tries."""
        followed: list[Followed] = []
        trouble, firsts = Stop(), _firsts(walks)
        tries, steps = MOST_TRIES, TRIED_STEPS * self._length
        for position, (number, at, deviation) in enumerate(firsts):
            if trouble.error or position >= MOST_FOLLOWED:
                followed.append(Followed(number, at, deviation.source))
                continue
            kept = KEPT * (min(len(firsts), MOST_FOLLOWED) - position - 1)
            self._budget = _Budget(
                tries - kept * tries // MOST_TRIES, steps - kept * steps // MOST_TRIES
            )
            tries, steps = tries - self._budget.tries, steps - self._budget.steps
            one, trouble = self._follow(walks[number], number, at, deviation)
            followed.append(one)
            tries, steps = tries + self._budget.tries, steps + self._budget.steps
        return followed, trouble

    # -- one attempt -------------------------------------------------------------------------

    def _attempt(
        self, choose: Choose, length: int, known: frozenset[str] = frozenset(), begun: int = 0
    ) -> _Seen:
        """Take steps on fresh systems until one fails, and remove the systems.

        What is `known` to fail does not end it. So many steps were `begun` before.
        """
        session = Session(self._tour.check.id, self._tour.stage)
        if self._left:
            session.patience = self._tour.stage.caller.deadlines.settle
        walker = Walker(session, self._tour)
        seen = _Seen(Attempt(), known, closed=walker.closed)
        try:
            stop = self._walk(walker, choose, range(begun, begun + length), seen)
        finally:
            seen.system = next(iter(session.systems), "")
            session.clean_up()
            self._left += session.left
        seen.attempt = msgspec.structs.replace(seen.attempt, stop=stop)
        seen.calls = session.calls
        return seen

    def _walk(self, walker: Walker, choose: Choose, numbers: range, seen: _Seen) -> Stop:
        """Take steps; return why they ended early, if they did."""
        eye = Eye(self._tour.check, self._tour.model)
        taken: list[Taken] = []
        try:
            walker.begin()
            for number in numbers:
                self._progress(f"Exploring, step {number + 1}", number, numbers.stop)
                step = choose(walker)
                if step is None:
                    break
                sight = eye.look(step)
                seen.deviations += [(len(taken), each) for each in sight.deviations]
                taken.append(step)
                if sight.error:
                    return Stop(error=sight.error)
                failed = {each.source for each in sight.deviations if each.fails}
                if failed - seen.known or (failed and not step.then):
                    break
                if not step.then:
                    return Stop(untested=f"after {step.name} the system was in no state that stays")
        except Halt as ended:
            return ended.stop
        except (GuardError, JournalError) as error:
            return Stop(error=str(error))
        except Exception as error:  # noqa: BLE001  # a mistake of the suite never fails a server
            return Stop(error=f"the suite failed: {type(error).__name__}: {error}")
        finally:
            seen.attempt = Attempt(tuple(taken))
        return Stop()

    # -- seeing it again -----------------------------------------------------------------------

    def _follow(
        self, walk: _Seen, number: int, at: int, deviation: Deviation
    ) -> tuple[Followed, Stop]:
        """Look for a deviation on fresh systems; return why that had to end, if it had to."""
        known = walk.known - {deviation.source}
        trouble: list[Stop] = []

        def shows(steps: Steps) -> Steps | None:
            seen = self._again(steps, known, trouble)
            place = seen.first(deviation.source)
            return steps[: place + 1] if place is not None else None

        steps = tuple(self._stride(each) for each in walk.attempt.taken[: at + 1])
        fewest = shortest(steps, self._tour.stage.machine, shows)
        again = self._proof(fewest, known, deviation, trouble) if fewest is not None else None
        followed = Followed(number, at, deviation.source, again, self._budget.made)
        return followed, trouble[0] if trouble else Stop()

    def _again(self, steps: Steps, known: frozenset[str], trouble: list[Stop]) -> _Seen:
        """Take steps on fresh systems once more.

        Raises:
            OutOfTries: no more tries may be made, or they would be of no use.
        """
        if len(self._left) >= self._most_left:
            raise OutOfTries
        self._budget.spend(len(steps))
        caller = self._tour.stage.caller
        began = caller.clock.now()
        seen = self._attempt(_repeating(steps), len(steps), known)
        usual = self._pace * len(steps)
        if caller.clock.now() - began > usual + caller.deadlines.state:
            self._budget.tries -= DEAR
        if seen.attempt.stop.error:
            trouble.append(seen.attempt.stop)
            raise OutOfTries
        return seen

    def _proof(
        self, steps: Steps, known: frozenset[str], deviation: Deviation, trouble: list[Stop]
    ) -> Attempt | None:
        """Return the fewest steps as they are taken once more, if that shows the deviation.

        This last try is always made: without it nothing is believed.
        """
        if trouble:
            return None
        self._budget.tries, self._budget.steps = (
            max(self._budget.tries, 1),
            max(self._budget.steps, len(steps)),
        )
        try:
            seen = self._again(steps, known, trouble)
        except OutOfTries:
            return None
        place = seen.first(deviation.source)
        if place is None:
            return None
        return msgspec.structs.replace(seen.attempt, taken=seen.attempt.taken[: place + 1])

    def _stride(self, taken: Taken) -> Stride:
        plain = Stride(taken.name, taken.system, taken.state, taken.then)
        move = self._tour.walk.moves.get(taken.name)
        if move is None:
            return plain
        done = taken.call.outcome.accepted
        return msgspec.structs.replace(
            plain,
            call=True,
            makes=move.makes if done else "",
            uses=move.uses,
            ends=move.ends and done,
        )


def _only(stop: Stop) -> Stop:
    """Return a stop of the whole walk: what ends it before its first step, or an error."""
    return stop if stop.error or stop.not_applicable else Stop()


def _firsts(walks: Sequence[_Seen]) -> list[tuple[int, int, Deviation]]:
    """Return each kind of deviation where it was seen first, failures before warnings.

    That is the number of the walk and of its step, both from 0.
    """
    firsts: dict[str, tuple[int, int, Deviation]] = {}
    for number, walk in enumerate(walks):
        for at, deviation in walk.deviations:
            firsts.setdefault(deviation.source, (number, at, deviation))
    return sorted(firsts.values(), key=lambda each: (not each[2].fails, each[:2]))


def _drawing(chance: random.Random, avoided: frozenset[tuple[str, str]]) -> Choose:
    """Draw steps by chance; what turns out not to apply is drawn again.

    What is `avoided`, by state and name, is not drawn.

    The first system is drawn most often, for what only shows in a long life.
    """

    def choose(walker: Walker) -> Taken | None:
        while options := _options(walker, avoided):
            numbers = list(options)
            number = chance.choices(numbers, [1 / (1 + n) for n in numbers])[0]
            taken = walker.take(number, _drawn(chance, options[number], walker.own[number]))
            if taken is not None:
                return taken
        return None

    return choose


def _options(walker: Walker, avoided: frozenset[tuple[str, str]]) -> dict[int, tuple[Option, ...]]:
    """Return what may be done to each system to which something may be done."""
    found = {}
    for number, own in enumerate(walker.own):
        options = walker.options(number)
        found[number] = tuple(each for each in options if (own.state, each.name) not in avoided)
    return {number: options for number, options in found.items() if options}


def _drawn(chance: random.Random, options: Sequence[Option], own: Own) -> Option:
    """Draw the kind of an option, then where it leads to, then one of these.

    Where a system went, and what was done to it, less often than elsewhere is drawn more often.
    """
    kinds = [kind for kind in LIKELY if any(option.kind == kind for option in options)]
    kind = chance.choices(kinds, [LIKELY[each] for each in kinds])[0]
    alike = [option for option in options if option.kind == kind]
    goals = sorted({option.goal for option in alike})
    often = [own.ways[own.state, goal] for goal in goals]
    goal = chance.choices(goals, [1 / (1 + n) for n in often])[0]
    there = [option for option in alike if option.goal == goal]
    return chance.choices(there, [_weight(option, own) for option in there])[0]


def _weight(option: Option, own: Own) -> float:
    """Return how likely an option is: more so where it builds on what went before."""
    often = 1 + own.moves[option.name]
    if option.move is None or not option.move.uses:
        return 1 / often
    return (ENDING if option.move.ends else USING) / often


def _repeating(steps: Steps) -> Choose:
    """Take these steps again; where one does not apply, there are no more."""
    left = list(steps)

    def choose(walker: Walker) -> Taken | None:
        if not left:
            return None
        step = left.pop(0)
        wanted = (o for o in walker.options(step.system) if o.name == step.name)
        option = next(wanted, None)
        return walker.take(step.system, option) if option is not None else None

    return choose
