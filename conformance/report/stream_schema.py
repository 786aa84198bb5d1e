"""The JSON Schema of one line of a results stream, generated from its types.

`python -m conformance.report.stream_schema` prints it; `results.schema.json` is the published
copy, and a test keeps both equal.
"""

from __future__ import annotations

import inspect
import sys

import msgspec

from conformance.results import FORMAT, Result, RunFooter, RunHeader


def stream_schema() -> bytes:
    """Return the JSON Schema (draft 2020-12) as indented UTF-8 text, with a last line end."""
    schema = msgspec.json.schema(RunHeader | Result | RunFooter)
    for definition in schema["$defs"].values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    told = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"One line of results.ndjson ({FORMAT})",
        **schema,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(stream_schema())
