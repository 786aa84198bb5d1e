"""Problems of plain data against a type, all at once and in words a person can act on.

Pure. msgspec decodes fast and stops at the first problem; when it finds one, the JSON Schema
generated from the same type finds the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Generic, TypeVar

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from conformance.slips import Problem, did_you_mean, one_of, show

Shape = TypeVar("Shape")

TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "nothing (null)",
}

FORMATS = FormatChecker(("date",))


class Grammar(Generic[Shape]):
    """A type with its JSON Schema: decodes plain data, or tells all that is wrong with it."""

    def __init__(self, type_: type[Shape], schema: Mapping[str, Any] | None = None) -> None:
        self.type = type_
        self._schema = schema
        self._validator: Draft202012Validator | None = None

    @property
    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of the type."""
        if self._schema is None:
            self._schema = msgspec.json.schema(self.type)
        return self._schema

    def decode(self, data: object) -> Shape | list[Problem]:
        """Return the value, or all problems with trails relative to the data."""
        try:
            return msgspec.convert(data, self.type)
        except msgspec.ValidationError as error:
            problems = self._schema_problems(data)
            return problems or [Problem((), "valid data", str(error))]

    def problems(self, data: object) -> list[Problem]:
        """Return all problems; an empty list when the data is fine."""
        found = self.decode(data)
        return found if isinstance(found, list) else []

    def _schema_problems(self, data: object) -> list[Problem]:
        if self._validator is None:
            self._validator = Draft202012Validator(self.schema, format_checker=FORMATS)
        return list(problems_of(self._validator.iter_errors(data)))


def problems_of(errors: Iterable[ValidationError]) -> Iterator[Problem]:
    """Yield the problems that JSON Schema errors stand for, each once, in the order of the data."""
    seen = dict.fromkeys(problem for error in errors for problem in _explain(error))
    yield from sorted(seen, key=lambda problem: [str(part) for part in problem.trail])


def _explain(error: ValidationError) -> Iterator[Problem]:
    trail = tuple(error.absolute_path)
    found, instance = show(error.instance), _any(error.instance)
    schema, rule = _any(error.schema), _any(error.validator_value)
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            surplus = [key for key in instance if key not in known]
            yield from (_unknown_key(trail, key, known) for key in surplus)
        case "required":
            missing = (key for key in rule if key not in instance)
            yield from (Problem((*trail, key), "a value", "nothing") for key in missing)
        case "anyOf":
            yield from _explain_choice(error)
        case "enum":
            advice = did_you_mean(str(error.instance), map(str, rule))
            yield Problem(trail, one_of(rule), found, advice)
        case "type":
            yield Problem(trail, TYPES[rule], found, _quote(error))
        case word:
            yield Problem(trail, _limit(str(word), rule), found)


def _any(value: Any) -> Any:
    return value


def _unknown_key(trail: tuple[str | int, ...], key: str, known: Iterable[str]) -> Problem:
    names = list(known)
    return Problem((*trail, key), one_of(names), repr(key), did_you_mean(key, names))


def _limit(word: str, limit: object) -> str:
    return {
        "minItems": f"at least {limit} element(s)",
        "minLength": "a text that is not empty" if limit == 1 else f"at least {limit} characters",
        "minimum": f"at least {limit}",
        "exclusiveMinimum": f"more than {limit}",
        "maximum": f"at most {limit}",
        "pattern": f"a text matching {limit}",
        "format": f"a {limit} such as 2030-12-31" if limit == "date" else f"a {limit}",
    }.get(word, f"{word} {limit}")


def _quote(error: ValidationError) -> str:
    is_scalar = isinstance(error.instance, bool | int | float | date)
    return "quote it" if error.validator_value == "string" and is_scalar else ""


def _explain_choice(error: ValidationError) -> Iterator[Problem]:
    """Explain the one choice that the value tried to be, or name all choices."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    tried = [errors for errors in branches.values() if not any(map(_is_other_type, errors))]
    if len(tried) == 1:
        for inner in tried[0]:
            yield from _explain(inner)
        return
    choices = dict.fromkeys(_expected(errors[0]) for errors in branches.values())
    if TYPES["number"] in choices:
        choices.pop(TYPES["integer"], None)
    expected = " or ".join(choices)
    advice = "".join(dict.fromkeys(_quote(inner) for inner in error.context or ()))
    yield Problem(tuple(error.absolute_path), expected, show(error.instance), advice)


def _is_other_type(error: ValidationError) -> bool:
    return error.validator == "type" and not error.relative_path


def _expected(error: ValidationError) -> str:
    return next(iter(_explain(error))).expected
