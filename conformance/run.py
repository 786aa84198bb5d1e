"""One run: connect, take the snapshot, judge check by check, clean up, write what was found.

Shell. The only place where the stages meet; it decides nothing about conformance.
"""

from __future__ import annotations

import datetime
import gc
import os
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from conformance import results as stream
from conformance import waivers
from conformance.ask import take_snapshot
from conformance.catalogue import Catalogue
from conformance.cim import Exchange
from conformance.class_files import bundled_classes
from conformance.discovery import Found, preflight
from conformance.endpoint import EndpointError
from conformance.evaluate import Evidence, examine, result_of
from conformance.evaluate.confirm import confirmed, settled
from conformance.evaluate.model import Model
from conformance.findings import Findings
from conformance.journal import Journal
from conformance.load import load_profiles
from conformance.options import RunOptions
from conformance.plan import Check, Plan, plan, queries
from conformance.play import Player
from conformance.profile import EveryCall, Scenario, Transition
from conformance.report import render_html, render_junit
from conformance.results import (
    Conformance,
    ProfileSummary,
    Result,
    RunFooter,
    RunHeader,
    conformance_of,
    exit_code_of,
)
from conformance.transcript import Transcript
from conformance.wbem import WbemEndpoint

MOST_PROOFS, MOST_PROOFS_OF_A_CHECK = 60, 2
"""How many deviating instances are read once more, to show them in the report."""

MORE_LOOKS = 2
"""How often a server is read again when something deviates."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


def suite_version() -> str:
    """Return the version of the installed suite."""
    try:
        return version("cimconform")
    except PackageNotFoundError:
        return "0 (not installed)"


def _silent(text: str, done: int, total: int) -> None:
    """Show nothing."""


class Run:
    """A run of a plan against one endpoint.

    Attributes:
        plan: the checks, in the order in which they are judged.
        results: the results so far.
        footer: how the run ended, once it has.

    Raises:
        ProfileError, PlanError: a profile definition or the choice of checks is wrong.
    """

    def __init__(
        self,
        options: RunOptions,
        progress: Progress = _silent,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.options = options
        self.progress = progress
        self._classes = bundled_classes()
        self.catalogue = catalogue or load_profiles(extra=options.profile_files)
        whole = plan(self.catalogue, options.profiles, options.checks)
        self.plan: Plan = msgspec.structs.replace(whole, checks=_played_last(whole.checks))
        self.results: list[Result] = []
        self.footer: RunFooter | None = None
        self.trouble: EndpointError | None = None
        self._selected: Sequence[Check] = self.plan.checks
        self._evidence: Evidence | None = None
        self._seen: dict[str, Findings] = {}
        self._player: Player | None = None
        self._endpoint: WbemEndpoint | None = None
        self._transcripts: dict[str, Transcript] = {}
        self._stream: stream.Writer | None = None
        self._began = time.monotonic()
        self._started = datetime.datetime.now(datetime.UTC)
        self._left_behind: tuple[str, ...] = ()

    # -- stages ------------------------------------------------------------------------------

    def select(self, checks: Sequence[Check]) -> None:
        """Restrict the run to some checks of the plan."""
        self._selected = checks

    def prepare(self) -> Evidence:
        """Connect, take the snapshot and examine the read-only checks on it, once.

        Where a check deviates, the server is read again, and only what shows again is believed.

        Raises:
            EndpointError: the server cannot be used; it is also kept in `trouble`.
        """
        if self.trouble is not None:
            raise self.trouble
        if self._evidence is None:
            try:
                self._evidence = self._gather()
            except EndpointError as error:
                self.trouble = error
                self._open_stream(None)
                raise
        return self._evidence

    def _gather(self) -> Evidence:
        options = self.options
        self.progress("Connecting", 0, 1)
        found = preflight(options.connection, options.interop, options.namespaces)
        self._open_stream(found)
        self._endpoint = WbemEndpoint(options.connection)
        reading = [check for check in self._selected if not check.changes]
        evidence = self._look(found, self._selected)
        gc.freeze()  # tens of thousands of instances that live as long as the run
        looks = {check.id: [examine(check, evidence)] for check in reading}
        for _ in range(MORE_LOOKS):
            unsettled = [check for check in reading if not settled(looks[check.id])]
            if not unsettled:
                break
            evidence = self._look(found, self._selected)
            for check in unsettled:
                looks[check.id].append(examine(check, evidence))
        self._seen = {name: confirmed(findings) for name, findings in looks.items()}
        return msgspec.structs.replace(evidence, proofs=self._proofs(evidence))

    def _proofs(self, evidence: Evidence) -> dict[str, Exchange]:
        """Read some of the deviating instances once more, to show request and answer."""
        wanted = {
            observation.subject
            for findings in self._seen.values()
            for observation in findings.observations[:MOST_PROOFS_OF_A_CHECK]
        }
        paths = (
            [
                instance.path
                for instance in evidence.model.snapshot.by_identity.values()
                if instance.path is not None and str(instance.path) in wanted
            ]
            if wanted
            else []
        )
        return {
            str(path): self._connected.get_instance(path).exchange for path in paths[:MOST_PROOFS]
        }

    def _look(self, found: Found, checks: Sequence[Check]) -> Evidence:
        options = self.options
        snapshot = take_snapshot(
            self._connected,
            found,
            queries(self.catalogue, checks),
            classes=self._classes,
            seed=options.seed,
            exhaustive=options.exhaustive,
            progress=self.progress,
        )
        return Evidence(
            Model(self.catalogue, snapshot, self._classes),
            self._transcripts,
            changes_allowed=options.allow_changes,
            strict=options.strict,
            asked=frozenset(options.profiles) if options.profiles else None,
        )

    @property
    def _connected(self) -> WbemEndpoint:
        if self._endpoint is None:
            raise RuntimeError("the run was not prepared")
        return self._endpoint

    def judge(self, check: Check) -> Result:
        """Return the result of one check, playing its scenario first; it is written at once.

        Raises:
            EndpointError: the server cannot be used at all.
        """
        began = time.monotonic()
        evidence = self.prepare()
        if self.options.allow_changes and isinstance(check.requirement, Transition | Scenario):
            self._play(check)
        findings = self._seen.get(check.id) or examine(check, evidence)
        result = result_of(check, findings, evidence)
        result = msgspec.structs.replace(
            result,
            seconds=round(time.monotonic() - began, 4),
            fingerprint=waivers.fingerprint(result.observations),
        )
        result = waivers.waive(result, self.options.waivers, self._today)
        self.results.append(result)
        if self._stream is not None:
            self._stream.write(result)
        self.progress(check.id, len(self.results), len(self._selected))
        return result

    def _play(self, check: Check) -> None:
        if self._player is None:
            self._player = self._make_player()
        self._transcripts[check.id] = self._player.play(check)

    def _make_player(self) -> Player:
        return Player(
            self._connected,
            self.prepare().model,
            Journal(self.options.journal),
            self.options,
            self.progress,
        )

    # -- the end -----------------------------------------------------------------------------

    @property
    def _today(self) -> str:
        return self._started.date().isoformat()

    def _open_stream(self, found: Found | None) -> None:
        out = self.options.out
        out.mkdir(parents=True, exist_ok=True)
        self._stream = stream.Writer(out / "results.ndjson")
        self._stream.write(self._header(found))

    def _header(self, found: Found | None) -> RunHeader:
        options = self.options
        return RunHeader(
            format=stream.FORMAT,
            suite_version=suite_version(),
            started=self._started.isoformat(timespec="seconds"),
            endpoint=options.connection.url,
            namespaces=tuple(found.namespaces) if found else options.namespaces,
            interop=found.interop if found else options.interop or "",
            server=found.server if found else "",
            profiles=tuple(self._summary(key) for key in self.plan.profiles),
            planned=tuple(check.id for check in self._selected),
            options=options.shown(),
            seed=options.seed,
            reproduce=options.command(),
        )

    def _summary(self, key: str) -> ProfileSummary:
        header = self.catalogue.profiles[key].profile
        return ProfileSummary(
            key=key,
            name=header.name,
            version=header.document.version,
            document=header.document.id,
            checks=sum(1 for check in self.plan.checks if check.profile == key),
            excluded={e.id: e.reason for e in self.plan.excluded if e.profile == key},
        )

    def finish(self) -> RunFooter:
        """Close the run and write the reports; safe to call twice."""
        if self.footer is not None:
            return self.footer
        footer = self.close()
        if self._stream is not None:
            write_reports(self.options.out)
        return footer

    def close(self) -> RunFooter:
        """Clean up and end the results stream, without rendering reports."""
        if self._player is not None:
            self._left_behind = self._player.close()
        self.footer = self._make_footer()
        if self._stream is not None:
            self._stream.write(self.footer)
            self._stream.close()
        if self._endpoint is not None:
            self._endpoint.close()
        return self.footer

    def _make_footer(self) -> RunFooter:
        told = waivers.problems(self.results, self.options.waivers, self._today)
        verdict = conformance_of(self.results)
        missing = len(self._selected) - len(self.results)
        if missing and verdict is not Conformance.NON_CONFORMANT:
            verdict = Conformance.INCONCLUSIVE
        if missing and self.trouble is None:
            told = (f"the run ended early: {missing} checks were not judged", *told)
        code = exit_code_of(verdict)
        if self.trouble is not None:
            verdict, code = Conformance.INCONCLUSIVE, 4
            told = (str(self.trouble), *told)
        elif told and code == 0:
            code = 5
        now = datetime.datetime.now(datetime.UTC)
        return RunFooter(
            conformance=verdict,
            exit_code=code,
            finished=now.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self._began, 3),
            operations=self._endpoint.operations if self._endpoint is not None else 0,
            problems=told,
            left_behind=self._left_behind,
        )


def _played_last(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks with those that judge every call last: they look at all transcripts."""
    return tuple(sorted(checks, key=lambda check: isinstance(check.requirement, EveryCall)))


def write_reports(out: Path) -> None:
    """Render report.html and junit.xml from the results stream in a folder.

    Raises:
        ResultsError: there is no readable results stream.
    """
    with (out / "results.ndjson").open("rb") as lines:
        run = stream.read_run(lines, str(out / "results.ndjson"))
    _replace(out / "report.html", render_html(run).encode("utf-8", "xmlcharrefreplace"))
    _replace(out / "junit.xml", render_junit(run))


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content)
    os.replace(draft, path)  # noqa: PTH105  # the atomic one, on Windows too
