"""Where the evidence of a run comes from: a server that is asked now, or a capture of one.

Shell. `Live` asks and plays; `Recorded` keeps what passes through another source, for a capture;
`Captured` gives it again without a server.
"""

from __future__ import annotations

import datetime
from typing import Protocol

from msgspec.structs import replace

from conformance.capture import Capture, plays_of
from conformance.cim import Exchange, Path
from conformance.definitions.dialects import dialect_classes
from conformance.detection import homes_of, narrowed, spoken
from conformance.endpoint import EndpointError
from conformance.endpoint.discovery import Found, preflight
from conformance.endpoint.factory import CountingEndpoint, open_endpoint
from conformance.endpoint.giving_up import GivingUp
from conformance.evaluate.model import Model
from conformance.options import RunOptions
from conformance.plan import Check
from conformance.play import Player
from conformance.play.journal import Journal
from conformance.schema.classes import Classes
from conformance.snapshot import Queries, Snapshot
from conformance.snapshot.ask import Progress, take_snapshot
from conformance.snapshot.file import SnapshotFileError, from_bytes, to_bytes
from conformance.transcript import Stop, Transcript


class Source(Protocol):
    """What a run needs of a server; `played` tells whether something was played on it."""

    started: datetime.datetime

    @property
    def played(self) -> bool:
        """Tell whether anything that changes the server was played."""

    @property
    def operations(self) -> int:
        """Return how many operations the server was asked for."""

    def find(self) -> Found:
        """Return the server with its namespaces; raise EndpointError when it cannot be used.

        What was found once is given again.
        """

    def look(
        self, found: Found, queries: Queries, classes: Classes, progress: Progress, /
    ) -> Snapshot:
        """Return what the server shows; `classes` are the facts that it is read by."""

    def exchange(self, path: Path) -> Exchange | None:
        """Return request and answer of one more look at an instance, where there is one."""

    def play(self, check: Check, model: Model, progress: Progress, /) -> Transcript:
        """Return what came of playing a check."""

    def close(self) -> tuple[str, ...]:
        """Clean up and disconnect; return what had to be left on the server."""


class Live:
    """A server at the other end of a connection."""

    def __init__(self, options: RunOptions) -> None:
        self.started = datetime.datetime.now(datetime.UTC)
        self._options = options
        self._endpoint: CountingEndpoint | None = None
        self._player: Player | None = None
        self._found: Found | None = None

    @property
    def played(self) -> bool:
        """Tell whether anything that changes the server was played."""
        return self._player is not None

    @property
    def operations(self) -> int:
        """Return how many operations the server was asked for."""
        return self._endpoint.operations if self._endpoint is not None else 0

    def find(self) -> Found:
        """Reach the server; raise EndpointError when it cannot be used."""
        options = self._options
        if self._found is None:
            homes = homes_of(options.dialect)
            found = preflight(options.connection, options.interop, options.namespaces, homes)
            self._endpoint = open_endpoint(options.connection)
            dialect = spoken(GivingUp(self._endpoint), found, options.dialect)
            if dialect.key:  # values of the vendor's classes are read by the vendor's facts
                self._endpoint.close()
                self._endpoint = open_endpoint(options.connection, dialect_classes(dialect.key))
            found = narrowed(found, dialect.key, options.namespaces)
            self._found = replace(found, dialect=dialect.key, why=dialect.why)
        return self._found

    def look(
        self, found: Found, queries: Queries, classes: Classes, progress: Progress
    ) -> Snapshot:
        """Ask the server for everything that the read-only checks need."""
        return take_snapshot(
            self._connected,
            found,
            queries,
            classes=classes,
            seed=self._options.seed,
            exhaustive=self._options.exhaustive,
            progress=progress,
        )

    def exchange(self, path: Path) -> Exchange | None:
        """Read an instance."""
        return self._connected.get_instance(path).exchange

    def play(self, check: Check, model: Model, progress: Progress) -> Transcript:
        """Play a check on systems of the run's own."""
        if self._player is None:
            journal = Journal(self._options.journal)
            endpoint = GivingUp(self._connected)
            self._player = Player(endpoint, model, journal, self._options, progress)
        return self._player.play(check)

    def close(self) -> tuple[str, ...]:
        """Remove what was made, and disconnect; return what had to be left."""
        left = self._player.close() if self._player is not None else ()
        if self._endpoint is not None:
            self._endpoint.close()
        return left

    @property
    def _connected(self) -> CountingEndpoint:
        if self._endpoint is None:
            raise RuntimeError("the server was not reached yet")
        return self._endpoint


class Recorded:
    """Another source, all of whose evidence is kept."""

    def __init__(self, source: Source, options: RunOptions) -> None:
        self.started = source.started
        self._source = source
        self._options = options
        self._found: Found | None = None
        self._looks: list[bytes] = []
        self._exchanges: dict[str, Exchange] = {}
        self._transcripts: dict[str, Transcript] = {}
        self._left: tuple[str, ...] = ()

    @property
    def played(self) -> bool:
        """Tell whether anything that changes the server was played."""
        return self._source.played

    @property
    def operations(self) -> int:
        """Return how many operations the server was asked for."""
        return self._source.operations

    def find(self) -> Found:
        """Reach the server."""
        self._found = self._source.find()
        return self._found

    def look(
        self, found: Found, queries: Queries, classes: Classes, progress: Progress
    ) -> Snapshot:
        """Ask for what the read-only checks need, and keep it."""
        snapshot = self._source.look(found, queries, classes, progress)
        self._looks.append(to_bytes(snapshot))
        return snapshot

    def exchange(self, path: Path) -> Exchange | None:
        """Read an instance, and keep request and answer."""
        exchange = self._source.exchange(path)
        if exchange is not None:
            self._exchanges[str(path)] = exchange
        return exchange

    def play(self, check: Check, model: Model, progress: Progress) -> Transcript:
        """Play a check, and keep the transcript."""
        self._transcripts[check.id] = self._source.play(check, model, progress)
        return self._transcripts[check.id]

    def close(self) -> tuple[str, ...]:
        """Clean up and disconnect."""
        self._left = self._source.close()
        return self._left

    def capture(self) -> Capture | None:
        """Return what was kept; None when the server was never reached."""
        if self._found is None:
            return None
        options = self._options
        return Capture(
            found=self._found,
            started=self.started,
            said=options.said,
            profiles=options.profiles,
            checks=options.checks,
            allow_changes=options.allow_changes,
            strict=options.strict,
            explore=options.explore,
            operations=self.operations,
            played=self.played,
            left_behind=self._left,
            exchanges=self._exchanges,
            plays=plays_of(self._transcripts),
            looks=tuple(self._looks),
        )


class Captured:
    """A capture in the place of a server; nothing is asked of anybody."""

    def __init__(self, capture: Capture) -> None:
        self.started = capture.started
        self._capture = capture
        self._looked = 0

    @property
    def played(self) -> bool:
        """Tell whether anything that changes the server was played."""
        return self._capture.played

    @property
    def operations(self) -> int:
        """Return how many operations the server was asked for."""
        return self._capture.operations

    def find(self) -> Found:
        """Return the server as it was found."""
        return self._capture.found

    def look(
        self, _found: Found, _queries: Queries, classes: Classes, _progress: Progress
    ) -> Snapshot:
        """Return the next look that was taken, after the last one that one again.

        Raises:
            EndpointError: there is none, or it cannot be read.
        """
        looks = self._capture.looks
        self._looked = min(self._looked + 1, len(looks))
        try:
            return from_bytes(looks[self._looked - 1], classes)
        except (IndexError, SnapshotFileError) as error:
            reason = f"the capture holds no snapshot that can be read: {error}"
            url = self._capture.found.url
            raise EndpointError(url, reason, "capture the server again") from error

    def exchange(self, path: Path) -> Exchange | None:
        """Return the exchange that was kept, None when there is none."""
        return self._capture.exchanges.get(str(path))

    def play(self, check: Check, _model: Model, _progress: Progress) -> Transcript:
        """Return what came of playing a check."""
        kept = self._capture.transcript(check.id)
        return kept or Transcript(check.id, stop=Stop(untested="it was not played when captured"))

    def close(self) -> tuple[str, ...]:
        """Return what had to be left on the server."""
        return self._capture.left_behind
