"""Cut the playing short at every changing request, and see that nothing is left on the server.

`python -m tests.interruptions` plays each check that changes the server, again and again: at the
n-th request that may change something, one of its clean-up among them, the run is interrupted
(KeyboardInterrupt, after which it cleans up) or killed (nothing more is asked) just after the
server has answered, or killed just before it gets the request. Then `cleanup` works from the
journal alone. The same on a server that does everything in jobs, which may still be under way.
Prints how many points were tried, and what was left.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from conformance.bundled import start
from conformance.definitions.load import load_profiles
from conformance.definitions.profile import Indication, Scenario, Transition
from conformance.endpoint import Connection
from conformance.endpoint.wbem import WbemEndpoint
from conformance.options import RunOptions
from conformance.plan import Check, plan
from conformance.play.cleanup import clean_up
from conformance.play.journal import Journal
from conformance.play.player import Player
from conformance.run import Run

CHANGING = {"invoke", "create_instance", "modify_instance", "delete_instance"}
WAYS = ("interrupted after", "killed before", "killed after")
DEADLINE = 2.0
JOBS = "CIM_ConcreteJob"
SPACE = "root/virt"
ENDED = (7, 8, 9, 10)
STEP_SECONDS = 0.01


class KilledError(BaseException):
    """The process is gone: nothing catches this, and nothing more is asked."""


class Cut:
    """An endpoint that ends the run at one of its changing requests."""

    def __init__(self, endpoint: WbemEndpoint, at: int = 0, way: str = WAYS[0]) -> None:
        self.url = endpoint.url
        self.requests = 0
        self.killed = False
        self._endpoint = endpoint
        self._at = at
        self._how, _, self._when = way.partition(" ")

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._endpoint, name)

        def ask(*arguments: Any, **more: Any) -> Any:
            if self.killed:
                raise KilledError
            here = name in CHANGING and self._counted() == self._at
            if here and self._when == "before":
                self._cut()
            answer = operation(*arguments, **more)
            if here and self._when == "after":
                self._cut()
            return answer

        return ask

    def _counted(self) -> int:
        self.requests += 1
        return self.requests

    def _cut(self) -> None:
        self.killed = self._how == "killed"
        raise KilledError if self.killed else KeyboardInterrupt


class Tried(NamedTuple):
    """One check cut short at one request: what the server showed more or less than before."""

    check: str
    request: int
    way: str
    left: tuple[str, ...]


def shown(server: Any) -> dict[str, str]:
    """Return everything that a server shows, by path, when its jobs have ended; no job itself."""
    repository = server.repository
    while any(job.get("JobState") not in ENDED for job in repository.instances(SPACE, JOBS)):
        time.sleep(STEP_SECONDS)
    return {
        str(instance.path): str(sorted(instance.values.items(), key=str))
        for namespace in repository.namespaces
        for classname in repository.schema.roots()
        for instance in repository.instances(namespace, classname)
        if JOBS not in str(instance.path)
    }


def played() -> list[str]:
    """Return the ids of checks that change the server, one of those that share a play."""
    checks = plan(load_profiles()).checks
    heard = [c.id for c in checks if isinstance(c.requirement, Indication)]
    changing = [c for c in checks if isinstance(c.requirement, Transition | Scenario)]
    return [*{Player.sharing(c): c.id for c in reversed(changing)}.values(), *heard[:1]]


def tried(names: Iterable[str], *, explore: int = 0, **server: Any) -> Iterator[Tried]:
    """Yield every way to cut each of the checks short, on one server.

    A random walk takes `explore` steps. Killed before a request that goes on as a job is not
    tried: nothing is different then.
    """
    chosen = set(names)
    ways = WAYS if not server.get("asynchronous") else tuple(w for w in WAYS if "after" in w)
    with (
        start(**server) as running,
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(WbemEndpoint(Connection(running.url, timeout_seconds=10))) as endpoint,
    ):
        running.hypervisor.jobs.step_seconds = STEP_SECONDS
        options = RunOptions(
            connection=Connection(running.url),
            out=Path(folder),
            deadline_seconds=DEADLINE,
            explore=explore,
            seed=4,
        )
        run = Run(options, catalogue=load_profiles())
        model = run.prepare().model
        run.close()
        before = shown(running)
        for check in run.plan.checks:
            if check.id not in chosen:
                continue
            requests = _play(Cut(endpoint), model, check, options, Path(folder) / "whole")
            for number in range(1, requests + 1):
                for way in ways:
                    journal = Path(folder) / f"{number} {way}"
                    cut = Cut(endpoint, number, way)
                    _play(cut, model, check, options, journal)
                    if journal.exists():
                        clean_up(journal, endpoint)
                    journal.unlink(missing_ok=True)
                    left = _differences(before, shown(running))
                    yield Tried(check.id, number, way, left)
                    if left:
                        return  # what is left here would be blamed on the next ones


def _play(cut: Cut, model: Any, check: Check, options: RunOptions, journal: Path) -> int:
    """Play one check until it ends or is cut short; return how many changing requests it made."""
    player = Player(cut, model, Journal(journal), options)
    with contextlib.suppress(KeyboardInterrupt, KilledError):
        player.play(check)
    with contextlib.suppress(KilledError):
        player.close()
    return cut.requests


def _differences(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    more = [f"left: {path}" for path in after.keys() - before.keys()]
    less = [f"gone: {path}" for path in before.keys() - after.keys()]
    both = before.keys() & after.keys()
    return (*more, *less, *(f"changed: {path}" for path in both if before[path] != after[path]))


def _all(names: list[str], asynchronous: bool) -> list[Tried]:
    return list(tried(names, asynchronous=asynchronous))


def everything(jobs: int = 2, *, asynchronous: bool = False, each: int = 1) -> list[Tried]:
    """Try all checks that change the server, some at a time in processes of their own.

    `each` leaves some out: 3 is every third one.
    """
    names = played()[::each]
    # Checks whose server was spoilt before do not hide others: each few have their own.
    groups = [names[first : first + 8] for first in range(0, len(names), 8)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return [
            one
            for group in pool.map(partial(_all, asynchronous=asynchronous), groups)
            for one in group
        ]


def main() -> int:
    """Try everything and print the figures."""
    left = 0
    for asynchronous in (False, True):
        done = everything(asynchronous=asynchronous)
        wrong = [one for one in done if one.left]
        left += len(wrong)
        for one in wrong:
            print(f"{one.check}, request {one.request}, {one.way}: {'; '.join(one.left[:5])}")
        checks = len({one.check for one in done})
        kind = "with jobs" if asynchronous else "without jobs"
        print(f"{kind}: {len(done)} points in {checks} plays, {len(wrong)} left something")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
