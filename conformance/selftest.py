"""Proof that the checks can fail: each fault of the reference server against all checks.

Shell. Without a fault every check passes or is not applicable; with a fault exactly the checks
deviate that the fault names; and every check is named by a fault, or there is a written reason.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from functools import cache, partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from zlib import crc32

import msgspec

from conformance.bundled import (
    ALIKE,
    BESIDE,
    FAULTS,
    REFUSED_BEFORE,
    SURVIVORS,
    UNFIT,
    UNREACHED,
    Fault,
    UnfitFaultError,
    start,
)
from conformance.definitions.catalogue import Catalogue, local_name, without_dialect
from conformance.definitions.dialects import NONE
from conformance.definitions.load import load_profiles
from conformance.definitions.profile import (
    EveryCall,
    Exploration,
    Indication,
    Renaming,
    Scenario,
    Transition,
)
from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.plan import Check, plan
from conformance.results import Verdict
from conformance.run import Run

QUIET = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
NO_FAULT = ""
UNBROKEN = "no fault that shows itself in the dialect breaks it"
PARTS, LOOKS, CALLS = 48, 24, 4
"""How many faults share what is played, the profiles of what is only looked at, and the calls that
rules are about, beside what they name."""
MOST_TOGETHER = 4
STEPS, SEED = 120, 4
"""The random walk of a trial: one of the same steps each time."""


class Trial(msgspec.Struct, frozen=True):
    """One run against the server with one fault ("" for none).

    `deviating` maps check ids to fail, warn or error, without a fault to untested, too: a fault
    may well keep other checks from being reached. `named` are the checks that the fault says it
    breaks; `passed` counts those that passed. One that cannot be shown in a dialect is `skipped`,
    with the reason.
    """

    fault: str
    statement: str
    named: tuple[str, ...]
    deviating: dict[str, str]
    passed: int
    skipped: str = ""

    @property
    def missed(self) -> tuple[str, ...]:
        """Return the named checks that noticed nothing."""
        return tuple(name for name in self.named if name not in self.deviating)

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the checks that deviate without being named."""
        return tuple(name for name in self.deviating if name not in self.named)

    @property
    def right(self) -> bool:
        """Tell whether exactly the named checks deviate."""
        return not self.missed and not self.beside


class Matrix(msgspec.Struct, frozen=True):
    """The kill matrix: all trials, and the checks that no fault makes fail, with the reason."""

    trials: tuple[Trial, ...]
    survivors: dict[str, str]

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Return the survivors without a written reason."""
        return tuple(name for name, reason in self.survivors.items() if not reason)

    @property
    def right(self) -> bool:
        """Tell whether every trial is right and every survivor explained."""
        return not self.unexplained and all(trial.right for trial in self.trials)


def fault_names() -> list[str]:
    """Return the names of all faults, the empty name (no fault) first."""
    return [NO_FAULT, *FAULTS]


def concerning(patterns: Sequence[str], *, played: bool, dialect: str = "") -> list[str]:
    """Return the names of the faults that break or spare a check like one of the patterns.

    Without patterns any check will do. With `played` only checks that change the server count.
    """
    ground = ground_of(dialect)
    changing = frozenset(check.id for check in ground.checks if check.changes)

    def concerned(check: str) -> bool:
        ids = (check, without_dialect(check))
        alike = not patterns or any(fnmatchcase(o, p) for o in ids for p in patterns)
        return alike and (check in changing or not played)

    return [f.name for f in FAULTS.values() if any(map(concerned, ground.about(f)))]


def trials(
    names: Sequence[str], jobs: int = 2, *, whole: bool = False, dialect: str = ""
) -> Iterator[Trial]:
    """Yield a trial for each fault name, `jobs` of them at a time in processes of their own.

    Faults that only alter what is shown, in different profiles, are tried some at a time: only
    where anything else deviates than what they name together, each is tried alone. With `whole`
    each is.
    """
    some = partial(_tried, whole=whole, dialect=dialect)
    groups = [(name,) for name in names] if whole else _groups(names, ground_of(dialect))
    if jobs <= 1:
        yield from chain.from_iterable(map(some, groups))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from chain.from_iterable(pool.map(some, groups))


def _groups(names: Sequence[str], ground: Ground) -> list[tuple[str, ...]]:
    """Return the faults with those together that are about different profiles of what is shown."""
    groups: list[list[str]] = []
    open_: list[tuple[list[str], set[str]]] = []
    for name in names:
        fault = FAULTS.get(name)
        if fault is None or not _only_shows(fault, ground):
            groups.append([name])
            continue
        about = {check.partition(":")[0] for check in fault.breaks}
        fits = (one for one in open_ if not one[1] & about and len(one[0]) < MOST_TOGETHER)
        group, profiles = next(fits, ([], set()))
        if not group:
            groups.append(group)
            open_.append((group, profiles))
        group.append(name)
        profiles |= about
    return [tuple(group) for group in groups]


def _only_shows(fault: Fault, ground: Ground) -> bool:
    """Tell whether a fault alters nothing but what the server was populated with."""
    plain = fault.bend is None and not fault.needs and not ground.unfit(fault)
    return plain and not _to_play(fault.name, ground, CALLS, whole=False)


def _tried(names: tuple[str, ...], *, whole: bool, dialect: str) -> list[Trial]:
    """Try some faults together, or each alone where that does not tell enough."""
    gc.collect()  # what a run leaves is old when it ends, and would pile up over hundreds
    if len(names) > 1:
        together = _together(names, ground_of(dialect))
        if together:
            return together
    return [trial(name, whole=whole, dialect=dialect) for name in names]


def _together(names: tuple[str, ...], ground: Ground) -> list[Trial]:
    """Return the trials of faults that were tried at once; none when they were not all right."""
    try:
        verdicts = _verdicts(names, ground, frozenset(), _to_look(names, ground, whole=True))
    except UnfitFaultError:
        return []
    faults = [FAULTS[name] for name in names]
    done = [_trial_of(fault, ground, verdicts) for fault in faults]
    named = {check for one in done for check in one.named}
    if any(one.skipped or one.missed for one in done) or set(done[0].deviating) - named:
        return []
    return [
        msgspec.structs.replace(one, deviating={c: one.deviating[c] for c in one.named})
        for one in done
    ]


class Ground(msgspec.Struct, frozen=True):
    """What faults are tried on: the checks of a dialect ("" for the DMTF profiles)."""

    dialect: str
    catalogue: Catalogue
    checks: tuple[Check, ...]
    played: Mapping[str, Check]
    rules: Mapping[str, EveryCall]
    ids: frozenset[str]

    def breaks(self, fault: Fault) -> tuple[str, ...]:
        """Return the checks that a fault breaks here.

        What a profile inherits that a dialect does not judge is judged by the profile from which
        it is inherited.
        """
        if not self.dialect:
            return fault.breaks
        keys = (("", fault.name), (self.dialect, fault.name))
        beside = (check for key in keys for check in BESIDE.get(key, ()))
        before = frozenset() if fault.dialects else REFUSED_BEFORE
        unreached = before.union(*(UNREACHED.get(key, frozenset()) for key in keys))
        reached = (check for check in fault.breaks if check not in unreached)
        alike = (other for one in reached for other in (one, *ALIKE.get(one, ())))
        return self._known((*alike, *beside))

    def about(self, fault: Fault) -> tuple[str, ...]:
        """Return the checks that a fault breaks or spares."""
        spares = self._known(fault.spares) if self.dialect else fault.spares
        return (*self.breaks(fault), *spares)

    def _known(self, checks: Iterable[str]) -> tuple[str, ...]:
        found = (name for one in checks for name in self._here(one))
        return tuple(dict.fromkeys(name for name in found if name in self.ids))

    def _here(self, check: str) -> Iterator[str]:
        key, _, name = check.partition(":")
        profile = self.catalogue.profiles.get(key)
        yield f"{self.dialect}/{check}"
        if profile is not None and key not in self.catalogue.judged:
            yield from (f"{self.dialect}/{parent}:{name}" for parent in profile.extends)

    def unfit(self, fault: Fault) -> str:
        """Return why a fault is not tried here, "" when it is."""
        if fault.dialects and self.dialect not in fault.dialects:
            return f"it shows itself in {' and '.join(sorted(fault.dialects))} only"
        if self.dialect and not self.breaks(fault):
            return "what it breaks is not judged, or not reached, in the dialect"
        if not self.dialect:
            return ""
        return UNFIT.get(("", fault.name)) or UNFIT.get((self.dialect, fault.name), "")


@cache
def ground_of(dialect: str = "") -> Ground:
    """Return what faults are tried on."""
    catalogue = load_profiles(dialect=dialect)
    checks = plan(catalogue).checks
    plays = (Transition, Scenario, Renaming, Indication, Exploration)
    return Ground(
        dialect=dialect,
        catalogue=catalogue,
        checks=checks,
        played={c.id: c for c in checks if isinstance(c.requirement, plays)},
        rules={c.id: c.requirement for c in checks if isinstance(c.requirement, EveryCall)},
        ids=frozenset(check.id for check in checks),
    )


def _to_play(name: str, ground: Ground, share: int, *, whole: bool) -> frozenset[str]:
    """Return which of the checks that play are tried with a fault.

    Without a fault, or where the whole is wanted, that is all of them. A fault that only alters
    what the server was populated with, and names none of them, cannot reach the systems that they
    make. Of the others each fault tries those that it names, with what these depend on, and a
    part of the rest, another part for each fault; where it names only rules on every call, one
    in `share` of those that make the calls in question.
    """
    fault = FAULTS.get(name)
    played = ground.played
    about = ground.about(fault) if fault is not None else ()
    named = [played[one] for one in about if one in played]
    if whole or fault is None:
        return frozenset(played)
    if not named:
        rules = [ground.rules[one] for one in about if one in ground.rules]
        called = {local_name(method) for rule in rules for method in rule.of}
        named = _some_calling(called, name, ground, share)
    if fault.bend is None and not named:
        return frozenset()
    if fault.spares:  # a slow server, which costs a deadline with each call
        return frozenset(_with_needed(named, ground))
    part = [c for c in played.values() if crc32(f"{name} {_shared(c)}".encode()) % PARTS == 0]
    return frozenset(_with_needed([*named, *part], ground))


def _to_look(names: Sequence[str], ground: Ground, *, whole: bool) -> frozenset[str]:
    """Return which of the checks that play nothing are tried with some faults.

    That is all of them, unless a fault is one of behaviour: what it names is played, and it shows
    itself in nothing that was there before. Such a fault tries a part of the profiles, another
    part for each.
    """
    looking = [check for check in ground.checks if check.id not in ground.played]
    fault = FAULTS[names[0]] if len(names) == 1 else None
    if whole or fault is None or fault.bend is None:
        return frozenset(check.id for check in looking)
    about = set(ground.about(fault))
    if any(check.id in about and not check.changes for check in looking):
        return frozenset(check.id for check in looking)
    return frozenset(
        check.id
        for check in looking
        if check.changes or crc32(f"{fault.name} {check.profile}".encode()) % LOOKS == 0
    )


def _some_calling(methods: Container[str], name: str, ground: Ground, share: int) -> list[Check]:
    """Return some of the checks that play calls of some methods, at least one for each method."""
    found: list[Check] = []
    called: set[str] = set()
    for check in ground.played.values():
        method = _called(check)
        chosen = crc32(f"{name} {check.id}".encode()) % share == 0
        if method in methods and (chosen or method not in called):
            found.append(check)
            called.add(method)
    return found


def _called(check: Check) -> str:
    """Return the method that a check is about, "" for one that plays no call."""
    requirement = check.requirement
    if isinstance(requirement, Transition):
        return "RequestPowerStateChange" if requirement.through else "RequestStateChange"
    return local_name(requirement.call) if isinstance(requirement, Scenario) else ""


def _explored(chosen: tuple[str, ...], ground: Ground) -> bool:
    """Tell whether a walk is part of a trial: without a fault, and with one that names it.

    What breaks a single request breaks a walk, too, if that comes to it; this would say nothing.
    """
    named = [c for name in chosen for c in ground.about(FAULTS[name]) if c in ground.played]
    walks = (isinstance(ground.played[check].requirement, Exploration) for check in named)
    return not chosen or any(walks)


def _with_needed(checks: Iterable[Check], ground: Ground) -> Iterator[str]:
    """Yield checks with those that judge the same call, or prove that it can succeed."""
    for check in checks:
        yield check.id
        if isinstance(check.requirement, Renaming) and check.requirement.control:
            yield ground.catalogue.check_id(check.profile, check.requirement.control)
        if isinstance(check.requirement, Scenario):
            needed = (check.requirement.follows, check.requirement.control)
            ids = (ground.catalogue.check_id(check.profile, name) for name in needed if name)
            yield from _with_needed(
                (ground.played[one] for one in ids if one in ground.played), ground
            )
        if isinstance(check.requirement, Indication):
            yield from (
                each.id for each in ground.played.values() if _shared(each) == _shared(check)
            )


def _shared(check: Check) -> str:
    """Return what checks have in common that are played once for all of them, or the id."""
    return "indications" if isinstance(check.requirement, Indication) else check.id


def trial(name: str, *, whole: bool = False, dialect: str = "") -> Trial:
    """Run the checks against the reference server with one fault; `whole` leaves none out.

    Where some calls do not show what a rule on every call is to notice, all of them are made.
    """
    ground, fault = ground_of(dialect), FAULTS.get(name)
    statement = fault.statement if fault else "no fault"
    unfit = ground.unfit(fault) if fault else ""
    if unfit:
        return Trial(name, statement, (), {}, 0, unfit)
    chosen = (name,) if name else ()
    to_look = _to_look(chosen, ground, whole=whole)
    to_play = _to_play(name, ground, CALLS, whole=whole)
    every = _to_play(name, ground, 1, whole=whole)
    try:
        done = _trial_of(fault, ground, _verdicts(chosen, ground, to_play, to_look))
        if done.missed and to_play < every:
            done = _trial_of(fault, ground, _verdicts(chosen, ground, every, to_look))
    except UnfitFaultError as error:
        return Trial(name, statement, (), {}, 0, str(error))
    return done


def _trial_of(fault: Fault | None, ground: Ground, verdicts: Mapping[str, Verdict]) -> Trial:
    """Return what the verdicts of a run say of a fault, None for the right server."""
    quiet = QUIET | {Verdict.UNTESTED} if fault else QUIET
    named = ground.breaks(fault) if fault else ()
    if ground.dialect:  # what it has no use for, no fault can break
        named = tuple(one for one in named if verdicts.get(one) is not Verdict.NOT_APPLICABLE)
    if fault and not named:
        reason = "what it breaks does not apply in the dialect"
        return Trial(fault.name, fault.statement, (), {}, 0, reason)
    return Trial(
        fault=fault.name if fault else NO_FAULT,
        statement=fault.statement if fault else "no fault",
        named=named,
        deviating={check: v.value for check, v in verdicts.items() if v not in quiet},
        passed=sum(1 for verdict in verdicts.values() if verdict is Verdict.PASS),
    )


def _verdicts(
    chosen: tuple[str, ...], ground: Ground, to_play: frozenset[str], to_look: frozenset[str]
) -> dict[str, Verdict]:
    """Return the verdicts of a run against the server with some faults."""
    # Faults say themselves when they need jobs; the right server is tried as it is.
    jobs = False if chosen else None
    served = start(faults=chosen, dialect=ground.dialect or None, asynchronous=jobs)
    with tempfile.TemporaryDirectory() as folder, served as server:
        options = RunOptions(
            connection=Connection(server.url, timeout_seconds=5.0),
            allow_changes=bool(to_play),
            out=Path(folder),
            deadline_seconds=2.0,
            more_looks=0,
            dialect=ground.dialect or NONE,
            explore=STEPS if _explored(chosen, ground) else 0,
            seed=SEED,
        )
        run = Run(options, catalogue=ground.catalogue)
        run.select([check for check in run.plan.checks if check.id in to_play | to_look])
        for check in run.selected:
            run.judge(check)
        run.close()
        return {result.check: result.verdict for result in run.results}


def matrix(done: Iterable[Trial], dialect: str = "") -> Matrix:
    """Return the kill matrix of all trials."""
    all_trials = tuple(done)
    killed = {name for one in all_trials for name in one.named if name in one.deviating}
    left = [check.id for check in ground_of(dialect).checks if check.id not in killed]
    usual = UNBROKEN if dialect else ""
    return Matrix(all_trials, {check: SURVIVORS.get(check, usual) for check in left})
