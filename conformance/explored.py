"""What a random walk over the states did: its steps, and what was tried to see a deviation again.

Pure values. A walk is a transcript like others: it can be judged again without the server.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.transcript import Call, Reading, Record, Setting, Stop, Transcript


class Taken(Record, frozen=True):
    """One step of a walk.

    `name` is the request or the move, `system` the number of the system (from 0), `state` and
    `then` the names of its states before and after ("" where it is in none that stays). `sources`
    are the ids of the requirements that judge the call, `case` the request as they name it, and
    `setting` what is to be known for that. `others` are the other systems before and after.
    `restored` is how the system was when that was made which it is to be restored from, `restores`
    the properties by adaptation that must be so again.
    """

    name: str
    system: int
    state: str
    then: str
    call: Call
    sources: tuple[str, ...] = ()
    case: str = ""
    setting: Setting = Setting()
    others: tuple[tuple[Reading, Reading], ...] = ()
    restored: Reading | None = None
    restores: Mapping[str, tuple[str, ...]] = {}


class Attempt(Record, frozen=True):
    """Steps on systems that were made for them, and why they ended early, if they did."""

    taken: tuple[Taken, ...] = ()
    stop: Stop = Stop()


class Followed(Record, frozen=True):
    """A deviation that was looked for again on fresh systems.

    `walk` is the number of the walk and `at` that of its step (both from 0), `source` what it was
    not as asked for by there. `again` are the fewest steps that were found to show it, as they
    were taken last; None when it did not show again. `tries` counts how often it was looked for.
    """

    walk: int
    at: int
    source: str
    again: Attempt | None = None
    tries: int = 0


class Explored(Transcript, frozen=True):
    """A random walk: `length` steps were wanted, drawn by `seed`.

    After a failure it goes on as another of its `walks`, on fresh systems. `closed` tells why moves
    were never taken.
    """

    seed: int = 0
    length: int = 0
    walks: tuple[Attempt, ...] = ()
    followed: tuple[Followed, ...] = ()
    closed: tuple[str, ...] = ()
