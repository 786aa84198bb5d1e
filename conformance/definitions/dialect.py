"""Dialects: how a vendor's interface differs from the DMTF profiles, as frozen values.

A dialect is a file of its own under `profiles/dialects`. It says which profile definitions (or
which other dialect) it extends, how a server that speaks it is told apart, and, profile by profile,
what is different there. `overlay.py` lays it over the definitions; what comes of that is judged in
their place, under ids that begin with the dialect's key. Pure values; the JSON Schema for editors
is generated from these types.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.definitions.profile import Document
from conformance.definitions.schema_slips import Grammar

BECAUSE = "because"
"""The word beside what is overridden that tells why; it is no part of the definition."""

SCHEMA_FILE = "schemas/dialect.schema.json"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Part = dict[str, dict[str, Any] | None]
"""Overrides of one section by name; null removes a noun."""


class Saying(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """Base of all parts of a dialect file: frozen, and unknown words are slips."""


class Namespaces(Saying, frozen=True, kw_only=True):
    """Where a server that speaks the dialect keeps things: candidates, the likeliest first.

    Without a candidate of `interop` nothing is registered anywhere: the implementation namespace
    takes its place.
    """

    implementation: tuple[str, ...] = ()
    interop: tuple[str, ...] = ()


class Detect(Saying, rename={"class_": "class"}, frozen=True, kw_only=True):
    """What tells a server that speaks the dialect: instances of a class in a namespace.

    It has none of the classes that it is `lacking`: another dialect of the namespace has them.
    """

    namespace: str
    class_: str
    lacking: tuple[str, ...] = ()


class Renamed(Saying, frozen=True, kw_only=True):
    """The class that a dialect has in the place of one of the schema, and why."""

    name: str
    because: str


class Changes(Saying, frozen=True, kw_only=True):
    """What a dialect says differently of one profile: overrides, each with its reason.

    The sections are those of a profile definition. An override says no more than what differs,
    and `because`; a requirement, or a noun, of the dialect's own is stated whole.
    """

    profile: dict[str, Any] = {}
    adaptations: Part = {}
    links: Part = {}
    features: Part = {}
    states: dict[str, Any] | None = None
    interfaces: Part = {}
    methods: Part = {}
    codes: Part = {}
    inputs: Part = {}
    requirements: Part = {}


class Dialect(Saying, frozen=True, kw_only=True):
    """A dialect file, or one of what several dialects have in common.

    `extends` names a dialect, or the keys of the profiles that are judged in this dialect; every
    other profile stands under `without`, with the reason why it is not. `classes` maps classes of
    the schema to those that are asked in their place; those that are `absent` are not asked for.
    """

    dialect: str
    title: str
    document: Document
    extends: tuple[str, ...]
    detect: Detect | None = None
    namespaces: Namespaces = Namespaces()
    without: dict[str, str] = {}
    classes: dict[str, Renamed] = {}
    absent: dict[str, str] = {}
    profiles: dict[str, Changes] = {}


GRAMMAR = Grammar(Dialect)


class Deviation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing in which a dialect differs from a DMTF profile.

    `name` is the id of a requirement, or section and name of a noun (`DSP1057 states`); `how` tells
    what is different ("not asked for", "another level", ...), `because` why.
    """

    name: str
    how: str
    because: str = ""


class Spoken(msgspec.Struct, frozen=True):
    """The dialect that a catalogue is in: its file as said, its profiles, its deviations.

    `deviations` are those from the profiles that are judged, whatever dialects come between.
    """

    said: Dialect
    judged: tuple[str, ...]
    without: Mapping[str, str] = {}
    absent: Mapping[str, str] = {}
    deviations: tuple[Deviation, ...] = ()

    @property
    def key(self) -> str:
        """Return the key, such as hyperv-v2."""
        return self.said.dialect


def dialect_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a dialect file."""
    title = "A dialect of profiles, for cimconform"
    return {"$schema": SCHEMA_DIALECT, "title": title, **msgspec.json.schema(Dialect)}


def render_dialect_schema() -> str:
    """Return the text of the committed schema file."""
    return json.dumps(dialect_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render_dialect_schema())
