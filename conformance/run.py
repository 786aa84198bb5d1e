"""One run: connect, take the snapshot, judge check by check, clean up, write what was found.

Shell. The only place where the stages meet; it decides nothing about conformance.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from conformance import waivers
from conformance.cim import Exchange
from conformance.definitions.catalogue import Catalogue
from conformance.definitions.dialects import AUTO, dialect_classes
from conformance.definitions.known import load_known, with_known
from conformance.definitions.load import load_profiles
from conformance.definitions.profile import EveryCall, Indication, Renaming, Scenario
from conformance.endpoint import EndpointError
from conformance.endpoint.discovery import Found
from conformance.evaluate import Evidence, examine, result_of
from conformance.evaluate.claimed import unclaimed
from conformance.evaluate.confirm import confirmed, settled
from conformance.evaluate.expressible import inexpressible
from conformance.evaluate.model import Model
from conformance.findings import Findings
from conformance.framing import Ending, Frame, footer_of, header_of, suite_version
from conformance.options import RunOptions
from conformance.outputs import OutputError, Outputs, write_reports
from conformance.plan import Check, Plan, plan, queries, without_walks
from conformance.results import (
    Result,
    RunFooter,
)
from conformance.snapshot.ask import Progress
from conformance.source import Live, Source
from conformance.transcript import Stop, Transcript

__all__ = ["Progress", "Run", "suite_version", "write_reports"]

MOST_PROOFS, MOST_PROOFS_OF_A_CHECK = 60, 2
"""How many deviating instances are read once more, to show them in the report."""


def _silent(text: str, done: int, total: int) -> None:
    """Show nothing."""


class Run:
    """A run of a plan against one endpoint.

    Attributes:
        plan: the checks, in the order in which they are judged.
        results: the results so far.
        footer: how the run ended, once it has.
        trouble: why it cannot go on.

    Raises:
        ProfileError, PlanError: a profile definition, the dialect or the choice of checks is
            wrong.
    """

    def __init__(
        self,
        options: RunOptions,
        progress: Progress = _silent,
        catalogue: Catalogue | None = None,
        source: Source | None = None,
    ) -> None:
        self.options = options
        self.progress = progress
        self._known = load_known()
        self._source = source or Live(options)
        self.trouble: EndpointError | OutputError | None = None
        self._outputs = Outputs(options.out)
        self.catalogue = catalogue or load_profiles(
            extra=options.profile_files, dialect=self._dialect()
        )
        spoken = self.catalogue.dialect
        self._classes = dialect_classes(spoken.key if spoken is not None else "")
        whole = plan(self.catalogue, options.profiles, options.checks)
        whole = whole if options.explore else without_walks(whole)
        self.plan: Plan = msgspec.structs.replace(whole, checks=_played_last(whole.checks))
        self.results: list[Result] = []
        self.footer: RunFooter | None = None
        self._selected: Sequence[Check] = self.plan.checks
        self._evidence: Evidence | None = None
        self._seen: dict[str, Findings] = {}
        self._transcripts: dict[str, Transcript] = {}
        self._begun = False
        self._began = time.monotonic()
        self._today = self._source.started.date().isoformat()

    def _dialect(self) -> str:
        """Return the dialect to judge by; where it is to be detected, the server is asked.

        Where it cannot be reached, that is kept in `trouble`. It is not asked when there is no
        place for the results.
        """
        if self.options.dialect != AUTO:
            return self.options.dialect
        try:
            self._outputs.reserve()
            return self._source.find().dialect
        except (EndpointError, OutputError) as error:
            self.trouble = error
            return ""

    # -- stages ------------------------------------------------------------------------------

    @property
    def selected(self) -> Sequence[Check]:
        """Return the checks of this run, in the order in which they are judged."""
        return self._selected

    def select(self, checks: Sequence[Check]) -> None:
        """Restrict the run to some checks of the plan, which is empty when there are none."""
        self._selected = checks

    def claim(self) -> None:
        """Make sure of a place for the results before the server is asked.

        Raises:
            OutputError: the output folder cannot be used.
        """
        self._outputs.claim()

    def prepare(self) -> Evidence:
        """Connect, take the snapshot and examine the read-only checks on it, once.

        Where a check deviates, the server is read again, and only what shows again is believed.

        Raises:
            EndpointError: the server cannot be used, or the suite cannot use it; it is also kept
                in `trouble`.
            OutputError: the output folder cannot be used; that is kept there, too.
        """
        if self.trouble is not None:
            raise self.trouble
        if self._evidence is None:
            self.claim()
            try:
                self._evidence = self._gather()
            except (EndpointError, OutputError) as error:
                self.trouble = error
                raise
            except Exception as error:
                url = self.options.connection.url
                self.trouble = EndpointError(url, _failure(error), "please report it")
                raise self.trouble from error
        return self._evidence

    def _gather(self) -> Evidence:
        options = self.options
        self.progress("Connecting", 0, 1)
        found = self._source.find()
        self._begin(found)
        reading = [check for check in self._selected if not check.changes]
        evidence = self._look(found, self._selected)
        gc.freeze()  # tens of thousands of instances that live as long as the run
        looks = {check.id: [_examined(check, evidence)] for check in reading}
        for _ in range(options.more_looks):
            unsettled = [check for check in reading if not settled(looks[check.id])]
            if not unsettled:
                break
            evidence = self._look(found, self._selected)
            for check in unsettled:
                looks[check.id].append(_examined(check, evidence))
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
        shown = {str(path): self._source.exchange(path) for path in paths[:MOST_PROOFS]}
        return {path: exchange for path, exchange in shown.items() if exchange is not None}

    def _look(self, found: Found, checks: Sequence[Check]) -> Evidence:
        options = self.options
        snapshot = self._source.look(
            found, queries(self.catalogue, checks), self._classes, self.progress
        )
        return Evidence(
            Model(self.catalogue, snapshot, self._classes),
            self._transcripts,
            changes_allowed=options.allow_changes,
            strict=options.strict,
            asked=frozenset(options.profiles) if options.profiles else None,
        )

    def judge(self, check: Check) -> Result:
        """Return the result of one check, playing its scenario first; it is written at once.

        Raises:
            EndpointError: the server cannot be used at all.
            OutputError: the results cannot be written.
        """
        began = time.monotonic()
        evidence = self.prepare()
        if self.options.allow_changes and _is_played(check, evidence):
            self._play(check, evidence.model)
        findings = self._seen.get(check.id) or _examined(check, evidence)
        result = result_of(check, findings, evidence)
        result = msgspec.structs.replace(
            result,
            seconds=round(time.monotonic() - began, 4),
            fingerprint=waivers.fingerprint(result.observations),
        )
        result = with_known(result, self._known)
        result = waivers.waive(result, self.options.waivers, self._today)
        self.results.append(result)
        with self._noting():
            self._outputs.write(result)
        self.progress(check.id, len(self.results), len(self._selected))
        return result

    def _play(self, check: Check, model: Model) -> None:
        try:
            transcript = self._source.play(check, model, self.progress)
        except Exception as error:  # noqa: BLE001  # a mistake of the suite never fails a server
            transcript = Transcript(check.id, stop=Stop(error=_failure(error)))
        self._transcripts[check.id] = transcript

    # -- the end -----------------------------------------------------------------------------

    @property
    def _frame(self) -> Frame:
        planned = tuple(check.id for check in self._selected)
        return Frame(self.options, self.catalogue, self.plan, planned, self._source.started)

    def _begin(self, found: Found | None) -> None:
        """Write the header of the results, once."""
        if not self._begun:
            self._begun = True
            self._outputs.write(header_of(self._frame, found))

    def finish(self) -> RunFooter:
        """Close the run and write the reports; safe to call twice.

        That they could not be written is kept in `trouble`.
        """
        if self.footer is not None:
            return self.footer
        footer = self.close()
        with self._noting():
            self._outputs.render()
        return footer

    def close(self) -> RunFooter:
        """Clean up and end the results stream, without rendering reports."""
        left_behind = self._source.close()
        ending = Ending(
            results=self.results,
            trouble=str(self.trouble or ""),
            seconds=time.monotonic() - self._began,
            operations=self._source.operations,
            played=self._source.played,
            left_behind=left_behind,
        )
        self.footer = footer_of(self._frame, ending)
        with self._noting():
            self._begin(None)
            self._outputs.write(self.footer)
            self._outputs.close()
        gc.unfreeze()  # what another run in this process would keep for ever
        return self.footer

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep as `trouble` that something could not be written."""
        try:
            yield
        except OutputError as error:
            self.trouble = error


def _failure(error: Exception) -> str:
    return f"the suite failed: {type(error).__name__}: {error}"


def _examined(check: Check, evidence: Evidence) -> Findings:
    """Return what a check sees; a mistake of the suite is an error of this check alone."""
    try:
        return examine(check, evidence)
    except Exception as error:  # noqa: BLE001  # never the server's failure
        return Findings(error=_failure(error))


def _is_played(check: Check, evidence: Evidence) -> bool:
    """Tell whether a check is about something that is played for it.

    Nothing is subscribed to, renamed or stopped for a profile that the server does not claim.
    """
    requirement = check.requirement
    stops = isinstance(requirement, Scenario) and requirement.stops is not None
    if stops or isinstance(requirement, Renaming | Indication):
        model = evidence.model
        barred = unclaimed(check, model, evidence.asked) or inexpressible(check, model.snapshot)
        return barred is None
    return check.changes and not isinstance(requirement, EveryCall)


def _played_last(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks with those that judge every call last: they look at all transcripts."""
    return tuple(sorted(checks, key=lambda check: isinstance(check.requirement, EveryCall)))
