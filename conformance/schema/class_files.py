"""The files of the class facts: one JSON file for each class, and their JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from conformance.schema.classes import Classes, ClassFacts

_FOLDER_ADVICE = "give a folder of class facts"
_decoder = msgspec.json.Decoder(ClassFacts)


class ClassFileError(Exception):
    """A file of class facts cannot be used: which one, what is wrong, and what to do."""

    def __init__(self, file: str, reason: str, advice: str) -> None:
        super().__init__(file, reason, advice)
        self.file, self.reason, self.advice = file, reason, advice

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}; {self.advice}"


def read_facts(folder: Path | Traversable) -> dict[str, ClassFacts]:
    """Read the class facts of a folder by class name, sorted.

    Raises:
        ClassFileError: the folder cannot be read or has no class file, or a file is no class
            facts or is not named after its class.
    """
    try:
        found = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=_name)
        facts = [_read(file) for file in found]
    except OSError as error:
        raise ClassFileError(str(folder), f"cannot be read: {error}", _FOLDER_ADVICE) from error
    if not facts:
        raise ClassFileError(str(folder), "holds no class file *.json", _FOLDER_ADVICE)
    return {one.name: one for one in facts}


def load_classes(folder: Path | Traversable) -> Classes:
    """Read the classes of a folder of class facts.

    Raises:
        ClassFileError: as for `read_facts`, or the superclass of a class is missing.
    """
    facts = read_facts(folder)
    try:
        return Classes(facts.values())
    except ValueError as error:
        advice = "extract the class from the schema release with its ancestors"
        raise ClassFileError(str(folder), str(error), advice) from error


def bundled_classes() -> Classes:
    """Read the class facts that come with the suite.

    Raises:
        ClassFileError: as for `load_classes`; the installation is damaged.
    """
    return load_classes(files("profiles") / "classes")


def _name(file: Path | Traversable) -> str:
    return file.name


def _read(file: Path | Traversable) -> ClassFacts:
    try:
        facts = _decoder.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        advice = "correct it, or write it anew with `cimconform schema extract`"
        reason = f"expected the facts of one class, found: {error}"
        raise ClassFileError(str(file), reason, advice) from error
    if f"{facts.name}.json" != file.name:
        reason = f"expected the class of the file's name, found {facts.name}"
        raise ClassFileError(str(file), reason, f"rename the file to {facts.name}.json")
    return facts


def class_schema() -> bytes:
    """Return the JSON Schema of a file of class facts, made from the type."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CIM class facts",
        **msgspec.json.schema(ClassFacts),
    }
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


def render_class(facts: ClassFacts) -> bytes:
    """Return the file of a class: JSON with one property or parameter a line, in schema order."""
    whole: dict[str, Any] = msgspec.to_builtins(facts)
    properties = _lines(whole.pop("properties"))
    methods = [_member(name, _method(method)) for name, method in whole.pop("methods").items()]
    members = [
        *_lines(whole),
        _member("properties", _object(properties, 1)),
        _member("methods", _object(methods, 1)),
    ]
    return (_object(members, 0) + "\n").encode()


def _method(method: dict[str, Any]) -> str:
    parameters = _member("parameters", _object(_lines(method.pop("parameters")), 3))
    return _object([*_lines(method), parameters], 2)


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [_member(name, _text(value)) for name, value in values.items()]


def _member(name: str, text: str) -> str:
    return f"{_text(name)}: {text}"


def _object(members: Iterable[str], depth: int) -> str:
    indent = "  " * (depth + 1)
    body = ",\n".join(f"{indent}{member}" for member in members)
    return f"{{\n{body}\n{'  ' * depth}}}" if body else "{}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
