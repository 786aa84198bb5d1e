"""Playing single checks on a reference server, as a run does."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.definitions.load import load_profiles
from conformance.definitions.profile import Indication, Scenario
from conformance.endpoint import Connection
from conformance.endpoint.discovery import preflight
from conformance.endpoint.wbem import WbemEndpoint
from conformance.evaluate.indications import judge_indications
from conformance.evaluate.model import Model
from conformance.evaluate.transcript import judge_every_call, judge_scenario, judge_transition
from conformance.findings import Findings
from conformance.listen import Place
from conformance.plan import Check, plan, queries
from conformance.play import Clock, Player
from conformance.play.journal import Journal
from conformance.schema.class_files import bundled_classes
from conformance.settings import InputEntry
from conformance.snapshot.ask import take_snapshot
from conformance.transcript import Transcript

CATALOGUE = load_profiles()
CLASSES = bundled_classes()


class Told(msgspec.Struct, frozen=True):
    """What a player is told in these tests."""

    deadline_seconds: float = 2.0
    timeout_seconds: float = 60.0
    inputs: dict[str, tuple[InputEntry, ...]] = {}
    place: Place = Place("127.0.0.1")
    explore: int = 0
    seed: int = 0


def check(identity: str) -> Check:
    """Return one check of the bundled profiles."""
    return plan(CATALOGUE, patterns=(identity.replace("[", "[[]"),)).checks[0]


SYSTEMS = ("DSP1042", "DSP1057")
"""The profiles of the systems that a run makes."""


def model_of(endpoint: WbemEndpoint, url: str, profiles: tuple[str, ...] = SYSTEMS) -> Model:
    """Return the profiles on a snapshot of a server, as far as these of them need it."""
    found = preflight(Connection(url))
    checks = plan(CATALOGUE, profiles).checks
    asked = queries(CATALOGUE, [one for one in checks if one.changes])
    snapshot = take_snapshot(endpoint, found, asked, classes=CLASSES, seed=0, exhaustive=False)
    return Model(CATALOGUE, snapshot, CLASSES)


class Stand:
    """A player in front of a server, with its journal in a folder."""

    def __init__(
        self,
        url: str,
        folder: Path,
        told: Told | None = None,
        clock: Clock | None = None,
        profiles: tuple[str, ...] = SYSTEMS,
    ) -> None:
        timeout = (told or Told()).timeout_seconds
        self.endpoint = WbemEndpoint(Connection(url, timeout_seconds=timeout))
        self.journal = folder / "journal.ndjson"
        self.model = model_of(self.endpoint, url, profiles)
        journal = Journal(self.journal)
        self.player = Player(self.endpoint, self.model, journal, told or Told(), clock=clock)

    def close(self) -> None:
        """Close the connection and the journal."""
        self.player.close()
        self.endpoint.close()

    def play(self, identity: str) -> Transcript:
        """Play one check."""
        return self.player.play(check(identity))

    def findings(self, identity: str) -> Findings:
        """Play one check and judge it."""
        wanted = check(identity)
        transcript = self.player.play(wanted)
        if isinstance(wanted.requirement, Indication):
            return judge_indications(wanted, transcript)
        judge = judge_scenario if isinstance(wanted.requirement, Scenario) else judge_transition
        return judge(wanted, transcript)

    def rule(self, identity: str, *played: str) -> Findings:
        """Play some checks and judge a rule on every call over them."""
        return judge_every_call(check(identity), [self.play(each) for each in played])
