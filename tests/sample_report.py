"""Write the committed sample: the reports of a run against the reference server (`make sample`).

What differs from run to run (times, ports, XML of single exchanges) is made equal, so that the
sample changes only when the product does.
"""

from __future__ import annotations

import re
import sys
import tempfile
import tomllib
from pathlib import Path

import msgspec

from conformance.bundled import start
from conformance.cim import Exchange
from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.results import Result, RunFooter, RunHeader, Writer, read_run
from conformance.run import Run, write_reports

SAMPLE = Path(__file__).parent.parent / "reports" / "sample"
VERSION = tomllib.loads((SAMPLE.parent.parent / "pyproject.toml").read_text())["project"]["version"]
WHEN = "2026-01-01T00:00:00+00:00"
URL = "http://reference.example:5988"
VARYING = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), URL),
    (re.compile(r"cimconform-[0-9a-f]{6,}"), "cimconform-0000000000"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I), "uuid"),
    (re.compile(r"\d{14}\.\d{6}[+-]\d{3}"), "20260101000000.000000+000"),
    (re.compile(r"\b0([23])[0-9A-F]{10}\b"), r"0\g<1>0000000000"),
    (re.compile(r"\d+(\.\d+)? m?s\b"), "0 s"),
)


def steady(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text


def steady_exchange(exchange: Exchange) -> Exchange:
    return msgspec.structs.replace(exchange, seconds=0.0)


def steady_result(result: Result) -> Result:
    """Return a result whose every text is the same in every run."""
    whole = msgspec.json.decode(steady(msgspec.json.encode(result).decode()), type=Result)
    exchanges = tuple(steady_exchange(one) for one in whole.exchanges)
    return msgspec.structs.replace(whole, seconds=0.0, exchanges=exchanges)


def write_sample(folder: Path, faults: tuple[str, ...] = ()) -> None:
    """Run all checks on the reference server and write a steady copy of the reports."""
    with tempfile.TemporaryDirectory() as raw, start(faults=faults) as server:
        options = RunOptions(connection=Connection(server.url), out=Path(raw), allow_changes=True)
        run = Run(options)
        for check in run.plan.checks:
            run.judge(check)
        run.close()
        with (Path(raw) / "results.ndjson").open("rb") as lines:
            read = read_run(lines)
    header: RunHeader = msgspec.structs.replace(
        read.header,
        suite_version=VERSION,
        started=WHEN,
        endpoint=URL,
        reproduce=f"cimconform run {URL} --allow-changes",
    )
    assert read.footer is not None
    footer: RunFooter = msgspec.structs.replace(
        read.footer, finished=WHEN, seconds=0.0, operations=0
    )
    folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(folder / "results.ndjson")
    for record in (header, *map(steady_result, read.results), footer):
        writer.write(record)
    writer.close()
    write_reports(folder)


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
