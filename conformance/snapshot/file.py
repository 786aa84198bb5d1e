"""Snapshots as bytes and back: compressed JSON, with layouts and paths written once.

Pure. What is read back judges as the snapshot did that was written.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.cim import (
    Answer,
    ClassReply,
    Exchange,
    Instance,
    Layout,
    Malformed,
    MethodReply,
    Path,
    PropertySlot,
    Refusal,
    Trouble,
)
from conformance.schema.classes import Classes
from conformance.snapshot import Extent, ExtentKey, Finding, Queries, Snapshot, Traversal

FORMAT = 1
MOST_BYTES = 4_000_000_000
"""Bound of the JSON that a file may unfold to."""

_PLAIN = {str, int, bool, type(None)}

Plain = Any
"""A value as JSON has it."""


class SnapshotFileError(Exception):
    """Bytes that are no snapshot of this format: what was expected, what was found."""


class _Tables(msgspec.Struct):
    """Values that many others refer to by their position."""

    layouts: list[tuple[str, tuple[PropertySlot, ...]]] = []
    paths: list[tuple[str, str, list[tuple[str, Plain]]]] = []
    instances: list[tuple[int | None, int, list[Plain]]] = []


class _SavedAnswer(msgspec.Struct, omit_defaults=True):
    exchange: Exchange
    value: Plain = None
    refusal: Refusal | None = None
    trouble: Trouble | None = None


class _SavedExtent(msgspec.Struct):
    namespace: str
    classname: str
    instances: list[int]
    answer: _SavedAnswer


class _SavedTraversal(msgspec.Struct, omit_defaults=True):
    operation: str
    source: int
    answer: _SavedAnswer
    filters: tuple[str | None, str | None, str | None, str | None] = (None, None, None, None)


class _Saved(msgspec.Struct):
    format: int
    url: str
    interop: str
    namespaces: tuple[str, ...]
    queries: Queries
    seed: int
    exhaustive: bool
    limits: dict[str, str]
    tables: _Tables
    extents: list[_SavedExtent]
    classes: list[tuple[str, str, ClassReply]]
    class_answers: list[tuple[str, str, _SavedAnswer]]
    traversals: list[_SavedTraversal]
    reads: list[tuple[int, _SavedAnswer]]
    findings: tuple[Finding, ...]


def to_bytes(snapshot: Snapshot) -> bytes:
    """Return a snapshot as a compressed JSON document."""
    return zlib.compress(msgspec.json.encode(_Writer().saved(snapshot)), 6)


def from_bytes(data: bytes, facts: Classes) -> Snapshot:
    """Read a snapshot; `facts` are the class facts to judge it by.

    Raise SnapshotFileError when it is none.
    """
    try:
        unfolding = zlib.decompressobj()
        text = unfolding.decompress(data, MOST_BYTES)
        saved = msgspec.json.decode(text, type=_Saved)
        if saved.format != FORMAT:
            raise SnapshotFileError(f"expected format {FORMAT}, found {saved.format}")
        return _Reader(saved.tables).snapshot(saved, facts)
    except (zlib.error, msgspec.DecodeError, LookupError, TypeError, ValueError) as error:
        raise SnapshotFileError(f"expected a snapshot, found something else: {error}") from error


class _Writer:
    """Turns values into plain ones, and fills the tables."""

    def __init__(self) -> None:
        self._tables = _Tables([], [], [])
        self._layouts: dict[tuple[str, tuple[PropertySlot, ...]], int] = {}
        self._paths: dict[str, int] = {}
        self._instances: dict[int, int] = {}

    def saved(self, snapshot: Snapshot) -> _Saved:
        """Return everything in a snapshot as plain values."""
        return _Saved(
            format=FORMAT,
            url=snapshot.url,
            interop=snapshot.interop,
            namespaces=snapshot.namespaces,
            queries=snapshot.queries,
            seed=snapshot.seed,
            exhaustive=snapshot.exhaustive,
            limits=snapshot.limits,
            tables=self._tables,
            extents=[self._extent(extent) for extent in snapshot.extents.values()],
            classes=[(*key, reply) for key, reply in snapshot.classes.items()],
            class_answers=[(*k, self._answer(a)) for k, a in snapshot.class_answers.items()],
            traversals=[self._traversal(one) for one in snapshot.traversals],
            reads=[(self._path(path), self._answer(answer)) for path, answer in snapshot.reads],
            findings=snapshot.findings,
        )

    def _extent(self, extent: Extent) -> _SavedExtent:
        instances = [self._instance(one) for one in extent.instances]
        answer = self._answer(extent.answer)
        return _SavedExtent(extent.namespace, extent.classname, instances, answer)

    def _traversal(self, one: Traversal) -> _SavedTraversal:
        filters = (one.association, one.result_class, one.role, one.result_role)
        return _SavedTraversal(
            one.operation, self._path(one.source), self._answer(one.answer), filters
        )

    def _answer(self, answer: Answer) -> _SavedAnswer:
        value = self._value(answer.value)
        return _SavedAnswer(answer.exchange, value, answer.refusal, answer.trouble)

    def _layout(self, layout: Layout) -> int:
        key = (layout.classname, layout.slots)
        if key not in self._layouts:
            self._layouts[key] = len(self._tables.layouts)
            self._tables.layouts.append(key)
        return self._layouts[key]

    def _path(self, path: Path) -> int:
        text = str(path)
        if text not in self._paths:
            keys = [(name, self._value(value)) for name, value in path.keys]
            self._paths[text] = len(self._tables.paths)
            self._tables.paths.append((path.namespace, path.classname, keys))
        return self._paths[text]

    def _instance(self, instance: Instance) -> int:
        if id(instance) not in self._instances:
            path = None if instance.path is None else self._path(instance.path)
            values = [
                value if type(value) in _PLAIN else self._value(value) for value in instance.values
            ]
            self._instances[id(instance)] = len(self._tables.instances)
            self._tables.instances.append((path, self._layout(instance.layout), values))
        return self._instances[id(instance)]

    def _value(self, value: Any) -> Plain:
        """Return a CIM value as JSON has it; an object with one field tells what is not plain."""
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        if isinstance(value, Path):
            return {"path": self._path(value)}
        if isinstance(value, Instance):
            return {"instance": self._instance(value)}
        if isinstance(value, Malformed):
            return {"malformed": [value.text, value.type]}
        if isinstance(value, MethodReply):
            outputs = {name: self._value(item) for name, item in value.outputs.items()}
            return {"method": [value.return_value, outputs]}
        if isinstance(value, float) and not math.isfinite(value):
            return {"real": str(value)}
        return value


class _Reader:
    """Turns plain values back."""

    def __init__(self, tables: _Tables) -> None:
        self._layouts = [Layout(classname, slots) for classname, slots in tables.layouts]
        self._paths: list[Path] = []
        for namespace, classname, keys in tables.paths:
            self._paths.append(Path(namespace, classname, [(n, self._value(v)) for n, v in keys]))
        self._instances: list[Instance] = []
        for path, layout, values in tables.instances:
            own = None if path is None else self._paths[path]
            read = [value if type(value) in _PLAIN else self._value(value) for value in values]
            instance = Instance(own, self._layouts[layout], read)
            self._instances.append(instance)

    def snapshot(self, saved: _Saved, facts: Classes) -> Snapshot:
        """Return the snapshot that was saved."""
        return Snapshot(
            url=saved.url,
            interop=saved.interop,
            namespaces=saved.namespaces,
            queries=saved.queries,
            facts=facts,
            extents=[self._extent(one) for one in saved.extents],
            classes=_keyed(saved.classes),
            class_answers={(n, c): self._answer(a) for n, c, a in saved.class_answers},
            traversals=[self._traversal(one) for one in saved.traversals],
            reads=[(self._paths[path], self._answer(answer)) for path, answer in saved.reads],
            findings=saved.findings,
            seed=saved.seed,
            exhaustive=saved.exhaustive,
            limits=saved.limits,
        )

    def _extent(self, one: _SavedExtent) -> Extent:
        instances = [self._instances[position] for position in one.instances]
        return Extent(one.namespace, one.classname, instances, self._answer(one.answer))

    def _traversal(self, one: _SavedTraversal) -> Traversal:
        source, answer = self._paths[one.source], self._answer(one.answer)
        return Traversal(one.operation, source, answer, *one.filters)

    def _answer(self, saved: _SavedAnswer) -> Answer:
        value = self._value(saved.value)
        return Answer(saved.exchange, value, saved.refusal, saved.trouble)

    def _value(self, value: Plain) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        ((kind, content),) = value.items()
        match kind:
            case "path":
                return self._paths[content]
            case "instance":
                return self._instances[content]
            case "malformed":
                return Malformed(*content)
            case "method":
                outputs = {name: self._value(item) for name, item in content[1].items()}
                return MethodReply(content[0], outputs)
            case "real":
                return float(content)
        raise ValueError(f"unknown kind of value {kind!r}")


def _keyed(classes: list[tuple[str, str, ClassReply]]) -> dict[ExtentKey, ClassReply]:
    return {(namespace, classname): reply for namespace, classname, reply in classes}
