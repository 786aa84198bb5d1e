"""JSON Schema words on property values: what they allow, and how to say it.

Pure. Three words are the suite's own and are turned into plain JSON Schema here: `valuemap`
(the ValueMap of the property in the class facts), `state` (values of the profile's state
machine) and `format`: `interval` or `timestamp` (DSP0004, clause 5.2.4: datetime), `punit`
(DSP0004, Annex C), `uri` and `mac`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from conformance.cim import Instance, Malformed, Path
from conformance.definitions.profile import Words
from conformance.evaluate.object_path import is_uri
from conformance.punit import is_unit
from conformance.schema.classes import Property
from conformance.schema.value_map import value_set

INTERVAL = r"^\d{8}[\d*]{6}\.[\d*]{6}:000$"
TIMESTAMP = r"^[\d*]{14}\.[\d*]{6}[+-]\d{3}$"
FORMATS = {"interval": INTERVAL, "timestamp": TIMESTAMP}
PUNIT = "punit"
MAC = re.compile(r"[0-9A-Fa-f]{2}([:.-]?[0-9A-Fa-f]{2}){5}")
TEXT_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "uri": is_uri,
    "mac": lambda text: MAC.fullmatch(text) is not None,
}
DMTF_RESERVED = "dmtf reserved"

Judge = Callable[[Any], str]
"""Takes a value, returns "" when it is allowed, else what was expected in words."""


def plain(
    words: Words, declared: Property | None, states: Mapping[str, int] | None
) -> dict[str, Any]:
    """Return plain JSON Schema for the words on one property.

    `declared` is the property in the class facts (for `valuemap`), `states` the values of the
    profile's states by name (for `state`).

    Raises:
        ValueError: `valuemap` on a property without a ValueMap, or an unknown state or format.
    """
    schema = {word: value for word, value in words.items() if word not in {"valuemap", "state"}}
    if schema.get("format") in FORMATS:
        schema["pattern"] = FORMATS[schema.pop("format")]
    if words.get("valuemap"):
        schema = _both(schema, _valuemap(declared))
    if "state" in words:
        schema = _both(schema, {"enum": _state_values(words["state"], states or {})})
    return schema


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {"allOf": [one, other]} if one.keys() & other.keys() else one | other


def _valuemap(declared: Property | None) -> dict[str, Any]:
    if declared is None or not declared.valuemap:
        raise ValueError("the property has no ValueMap in the class facts")
    allowed = {"anyOf": list(value_map_schemas(declared.valuemap, declared.type))}
    return {"items": allowed} if declared.array else allowed


def value_map_schemas(valuemap: Mapping[str, str | None], type_: str) -> Iterator[dict[str, Any]]:
    """Yield one JSON Schema for each way to be in a ValueMap.

    What is reserved allows nothing: entries that Values calls so, and `..`, unless it is the
    vendor's.
    """
    known = {e: label for e, label in valuemap.items() if (label or "").lower() != DMTF_RESERVED}
    yield from _entries(known, type_)
    if (valuemap.get("..") or "").lower().startswith("vendor"):
        yield {"type": "integer", "not": {"anyOf": list(_entries(valuemap, type_))}}


def _entries(valuemap: Mapping[str, str | None], type_: str) -> Iterator[dict[str, Any]]:
    found = value_set(valuemap, type_)
    if found.singles:
        yield {"enum": list(found.singles)}
    for one in found.ranges:
        bounds: dict[str, Any] = {"type": "integer"}
        if one.low is not None:
            bounds["minimum"] = one.low
        if one.high is not None:
            bounds["maximum"] = one.high
        yield bounds


def _state_values(wanted: str | list[str], states: Mapping[str, int]) -> list[int]:
    if wanted == "any":
        return list(states.values())
    chosen = [wanted] if isinstance(wanted, str) else wanted
    unknown = [name for name in chosen if name not in states]
    if unknown:
        raise ValueError(f"unknown state {unknown[0]!r}; expected one of {', '.join(states)}")
    return [states[name] for name in chosen]


def is_of_format(value: Any, name: str) -> bool:  # any CIM value
    """Tell whether a text, or each text of an array, is of one of the suite's own formats."""
    if isinstance(value, list | tuple):
        return all(is_of_format(each, name) for each in value if each is not None)
    if name.startswith(PUNIT):
        return is_unit(value, name.partition(":")[2])
    return isinstance(value, str) and TEXT_FORMATS[name](value)


def judge(schema: dict[str, Any]) -> Judge:
    """Return a function that judges one value; each distinct value is judged once."""
    format_ = schema.get("format", "")
    validator = Draft202012Validator({k: v for k, v in schema.items() if k != "format"})
    memory: dict[Any, str] = {}

    def judged(value: Any) -> str:  # any CIM value
        key = hashable(value)
        if key not in memory:
            fits = validator.is_valid(json_value(value))
            fits = fits and (not format_ or is_of_format(value, format_))
            memory[key] = "" if fits else expectation(schema)
        return memory[key]

    return judged


def hashable(value: Any) -> Any:  # any CIM value
    """Return a key for a value that tells True from 1 and 1 from 1.0."""
    if isinstance(value, list):
        return tuple(hashable(item) for item in value)
    if isinstance(value, bool | float):
        return (type(value).__name__, value)
    return id(value) if isinstance(value, Instance) else value


def json_value(value: Any) -> Any:  # any CIM value
    """Return a CIM value as JSON Schema sees it."""
    if isinstance(value, list):
        return [json_value(item) for item in value]
    if isinstance(value, Path):
        return value.identity
    if isinstance(value, Malformed):
        return {"malformed": value.text}
    if isinstance(value, Instance):
        return {"class": value.classname}
    return value


def expectation(schema: Mapping[str, Any]) -> str:
    """Return a JSON Schema in plain words, for the expected column of a report."""
    parts = [part for word in schema if (part := _part(schema, word))]
    joint = ", and " if any(" or " in part for part in parts) else " and "
    return joint.join(parts) or "a value"


def _part(schema: Mapping[str, Any], word: str) -> str:
    """Return one word in plain words; the second of a pair is said with the first."""
    if {"minimum", "maximum"} <= schema.keys() and word in {"minimum", "maximum"}:
        return f"{schema['minimum']} to {schema['maximum']}" if word == "minimum" else ""
    if {"if", "then"} <= schema.keys() and word in {"if", "then"}:
        supposed, wanted = expectation(schema["if"]), expectation(schema["then"])
        return f"{wanted} if it has {supposed}" if word == "if" else ""
    return _said(word, schema[word])


def _said(word: str, value: Any) -> str:  # noqa: C901, PLR0912  # one line a word
    match word:
        case "const":
            return show(value)
        case "enum":
            return _one_of(value)
        case "minimum":
            return f"at least {value}"
        case "maximum":
            return f"at most {value}"
        case "format":
            return _format_told(str(value))
        case "pattern":
            return f"text matching {value}"
        case "minLength":
            return f"at least {value} character{'s' if value != 1 else ''}"
        case "maxLength":
            return f"at most {value} characters"
        case "minItems":
            return f"at least {value} element{'s' if value != 1 else ''}"
        case "maxItems":
            return f"at most {value} element{'s' if value != 1 else ''}"
        case "uniqueItems":
            return "no element twice"
        case "items":
            return f"each element {expectation(value)}"
        case "contains":
            return f"an element that is {expectation(value)}"
        case "anyOf" | "oneOf":
            return " or ".join(expectation(item) for item in value)
        case "allOf":
            return " and ".join(expectation(item) for item in value)
        case "not":
            return f"not {expectation(value)}"
        case "if" | "then" | "else":
            return f"{word} {expectation(value)}"
        case _:
            return ""


def _format_told(name: str) -> str:
    if name.startswith(PUNIT):
        bases = name.partition(":")[2].split("|")
        told = " or ".join(base for base in bases if base)
        return "a programmatic unit (DSP0004, Annex C)" + (f" of {told}" if told else "")
    return {"uri": "a URI", "mac": "a MAC address of 12 hexadecimal digits"}[name]


def _one_of(values: list[Any]) -> str:
    """Return a list of values in words, neighbouring numbers as a range."""
    runs: list[list[Any]] = []
    for value in values:
        if runs and type(value) is int and type(runs[-1][-1]) is int and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    told = [
        text
        for run in runs
        for text in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(show, run))
    ]
    return ("one of " if len(told) > 1 else "") + ", ".join(told)


def show(value: Any) -> str:  # any CIM value
    """Return a CIM value as a report shows it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Malformed):
        return repr(value)
    if isinstance(value, Instance):
        return f"an instance of {value.classname}"
    return str(value)
