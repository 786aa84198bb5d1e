"""Results of a run: verdicts, observations, and the stream that every report is rendered from.

Pure values. `results.ndjson` is one JSON object a line: first a RunHeader, then one Result for
each check as soon as it is judged, last a RunFooter (absent when the run was cut short).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from conformance.cim import Exchange

FORMAT = "cimconform-results/1"


class Verdict(str, enum.Enum):
    """The verdict of one check; see the README for what each of them means."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    NOT_APPLICABLE = "not-applicable"
    UNTESTED = "untested"
    ERROR = "error"
    WAIVED = "waived"


class Conformance(str, enum.Enum):
    """The verdict of the whole run."""

    CONFORMANT = "conformant"
    WITH_WAIVERS = "conformant with waivers"
    NON_CONFORMANT = "non-conformant"
    INCONCLUSIVE = "inconclusive"


class Observation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One deviation that was seen: what, where, what was expected, what was found.

    `severity` is "fail" or "warn". `cause` groups observations of one cause across checks.
    `steps` are the steps that led there, numbered, where they are not the check's own.
    """

    subject: str
    expected: str
    found: str
    severity: str = "fail"
    cause: str = ""
    steps: tuple[str, ...] = ()


class Waiver(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a deviation is accepted, by whom and until when (ISO date)."""

    reason: str
    owner: str
    expires: str


class KnownDeviation(msgspec.Struct, frozen=True, omit_defaults=True):
    """An implementation that is known to deviate in a check, how, and in which versions."""

    implementation: str
    says: str
    versions: str = ""


class Result(msgspec.Struct, frozen=True, omit_defaults=True, tag="result", tag_field="type"):
    """The verdict of one check with its proof.

    `examined` counts the subjects looked at; `observations` are the deviations (cut to
    `MAX_OBSERVATIONS`, with `omitted` more), `fingerprint` names this very deviation, for a
    waiver; `trace` tells how the condition was decided and
    why a check was not applicable or untested; `exchanges` are the requests and answers that
    show it; `subjects` a few of those examined. `known` tells of which implementations such a
    deviation is known; it has no part in the verdict.
    """

    check: str
    profile: str
    verdict: Verdict
    level: str
    basis: str
    kind: str
    statement: str
    document: str = ""
    clause: str = ""
    feature: str = ""
    reason: str = ""
    advice: str = ""
    examined: int = 0
    observations: tuple[Observation, ...] = ()
    omitted: int = 0
    trace: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    waiver: Waiver | None = None
    fingerprint: str = ""
    known: tuple[KnownDeviation, ...] = ()
    seconds: float = 0.0


class ProfileSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A profile of the plan: what is asked and what is known but not checked.

    `known` counts its requirements, `inherited` those of them that a profile states which this
    one extends; `excluded` are the reasons by requirement id.
    """

    key: str
    name: str
    version: str
    document: str
    checks: int
    excluded: dict[str, str] = {}
    known: int = 0
    inherited: int = 0


class DialectPoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """One point in which a dialect differs from DMTF: the id of a check, or a noun; how; why."""

    name: str
    how: str
    because: str = ""


class DialectSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """The dialect by which a run judges, `key` "" for none, and how that was decided.

    `deviations` are known deviations from DMTF: with the DMTF profiles they are findings.
    """

    key: str
    why: str
    title: str = ""
    deviations: tuple[DialectPoint, ...] = ()


class TopicSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A topic that cuts across profiles, with the ids of the planned checks that are about it."""

    key: str
    title: str
    checks: tuple[str, ...] = ()


class GraphEdge(msgspec.Struct, frozen=True, omit_defaults=True, rename={"from_": "from"}):
    """A state change that a check requests; `to` is "" where it is to be refused."""

    check: str
    request: str
    from_: str
    to: str = ""


class StateGraph(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state changes of one profile, as they are requested in one way."""

    profile: str
    title: str
    states: tuple[str, ...] = ()
    edges: tuple[GraphEdge, ...] = ()


class MethodSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A method (`Class.Method`), and the checks that are about a call of it."""

    name: str
    checks: tuple[str, ...] = ()


class BehaviourSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the plan drives; `scenarios` and `refusals` are ids of checks."""

    graphs: tuple[StateGraph, ...] = ()
    scenarios: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    methods: tuple[MethodSummary, ...] = ()


class RunHeader(msgspec.Struct, frozen=True, omit_defaults=True, tag="run", tag_field="type"):
    """What was run against what, written before the first check.

    `started` is an ISO 8601 time in UTC; `endpoint` never holds credentials; `planned` lists
    the ids of all checks, so that a report can name those that never ran.
    """

    format: str
    suite_version: str
    started: str
    endpoint: str
    namespaces: tuple[str, ...] = ()
    interop: str = ""
    server: str = ""
    profiles: tuple[ProfileSummary, ...] = ()
    topics: tuple[TopicSummary, ...] = ()
    behaviour: BehaviourSummary | None = None
    planned: tuple[str, ...] = ()
    dialect: DialectSummary | None = None
    options: dict[str, Any] = {}
    seed: int = 0
    reproduce: str = ""


class RunFooter(msgspec.Struct, frozen=True, omit_defaults=True, tag="end", tag_field="type"):
    """How the run ended: counts by verdict, operations asked, seconds, problems by text."""

    conformance: Conformance
    exit_code: int
    finished: str
    seconds: float
    operations: int = 0
    problems: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """A whole results stream, read back; `footer` is None when the run was cut short."""

    header: RunHeader
    results: tuple[Result, ...]
    footer: RunFooter | None = None


MAX_OBSERVATIONS = 200

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RunHeader | Result | RunFooter)


class ResultsError(ValueError):
    """A results file cannot be read: where, what was expected, what was found."""


class Writer:
    """Writes a results stream, one flushed line for each record, so that a crash loses none."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, record: RunHeader | Result | RunFooter) -> None:
        """Append one record."""
        self._file.write(encode_line(record))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def encode_line(record: RunHeader | Result | RunFooter) -> bytes:
    """Return one line of the results stream, newline included."""
    return _encoder.encode(record) + b"\n"


def read_run(lines: Iterable[bytes], name: str = "results.ndjson") -> Run:
    """Read a results stream.

    A last line that was cut off (the process was killed while writing) is dropped.

    Raises:
        ResultsError: the stream is empty, does not start with a run header, or holds a line
            that is no record.
    """
    header: RunHeader | None = None
    results: list[Result] = []
    footer: RunFooter | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = _decoder.decode(line)
        except msgspec.DecodeError as error:
            if not line.endswith(b"\n"):
                break
            raise ResultsError(
                f"{name}:{number}: expected a results record, found: {error}"
            ) from error
        if isinstance(record, RunHeader):
            header = record
        elif isinstance(record, Result):
            results.append(record)
        else:
            footer = record
    if header is None:
        raise ResultsError(f"{name}: expected a run header on the first line, found none")
    return Run(header, tuple(results), footer)


def conformance_of(
    results: Iterable[Result], mandatory: Iterable[str] = ("mandatory",)
) -> Conformance:
    """Return the verdict of a run.

    A failed check makes it non-conformant; else an error, or a check of a level in `mandatory`
    that stayed untested, makes it inconclusive; a run in which nothing passed is that, too.
    """
    seen = list(results)
    verdicts = {result.verdict for result in seen}
    if Verdict.FAIL in verdicts:
        return Conformance.NON_CONFORMANT
    required = set(mandatory)
    untested = any(r.verdict is Verdict.UNTESTED and r.level in required for r in seen)
    if Verdict.ERROR in verdicts or untested or Verdict.PASS not in verdicts:
        return Conformance.INCONCLUSIVE
    return Conformance.WITH_WAIVERS if Verdict.WAIVED in verdicts else Conformance.CONFORMANT


def exit_code_of(conformance: Conformance) -> int:
    """Return the exit code that tells a CI job the verdict of a run (README, exit codes)."""
    return {
        Conformance.CONFORMANT: 0,
        Conformance.WITH_WAIVERS: 0,
        Conformance.NON_CONFORMANT: 1,
        Conformance.INCONCLUSIVE: 3,
    }[conformance]
