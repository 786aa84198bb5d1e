"""The grammar of profile definitions as JSON Schema, and decoding by it.

Pure. The schema is generated from the types of `profile.py` and `vocabulary.py`; its committed
copy under `profiles/schemas` is for editors.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec
from jsonschema import Draft202012Validator

from conformance.definitions.profile import AnyRequirement, Profile
from conformance.definitions.schema_slips import problems_of
from conformance.definitions.vocabulary import PropertyWords
from conformance.slips import Problem, one_of, show, unknown

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = "schemas/profile.schema.json"
PROPERTIES = {"type": "object", "additionalProperties": {"type": "object"}}
"""What msgspec makes of `profile.Properties`: words are known to `vocabulary.py` only."""

KINDS: dict[str, str] = {
    str(kind.__struct_config__.tag): kind.__name__ for kind in get_args(AnyRequirement)
}
"""Kind of requirement, as a profile definition writes it, to the name of its type."""


def profile_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a profile definition that extends no other."""
    (profile, words), bodies = msgspec.json.schema_components(
        (Profile, PropertyWords), ref_template="#/$defs/{name}"
    )
    definitions = {name: _with_words(bodies[name], words) for name in sorted(bodies)}
    head = {"$schema": DIALECT, "title": "A profile definition of cimconform"}
    return {**head, **profile, "$defs": definitions}


def render_profile_schema() -> str:
    """Return the text of the committed schema file."""
    return json.dumps(profile_schema(), indent=1, ensure_ascii=False) + "\n"


def _with_words(schema: Any, words: Mapping[str, Any]) -> Any:
    """Return the schema with the words on properties spelled out."""
    if isinstance(schema, list):
        return [_with_words(item, words) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.items() >= PROPERTIES.items():
        return {**schema, "additionalProperties": words}
    return {key: _with_words(value, words) for key, value in schema.items()}


def decode_profile(data: object) -> Profile | list[Problem]:
    """Return a profile definition, or all problems of its form.

    Each requirement is compared with the rules for its own kind only.
    """
    try:
        return msgspec.convert(data, Profile)
    except msgspec.ValidationError as error:
        return list(_problems(data)) or [Problem((), "a valid profile definition", str(error))]


def _problems(data: object) -> Iterator[Problem]:
    if not isinstance(data, dict):
        yield Problem((), "a map with profile, adaptations, requirements ...", show(data))
        return
    requirements = data.get("requirements")
    if not isinstance(requirements, dict):
        yield from problems_of(_validator("Profile").iter_errors(data))
        return
    head = {key: value for key, value in data.items() if key != "requirements"}
    yield from problems_of(_validator("Profile").iter_errors(head))
    for name, requirement in requirements.items():
        for problem in _requirement_problems(requirement):
            trail = ("requirements", name, *problem.trail)
            yield msgspec.structs.replace(problem, trail=trail)


def _requirement_problems(requirement: object) -> Iterator[Problem]:
    if not isinstance(requirement, dict):
        yield Problem((), "a map with kind, level, basis, statement ...", show(requirement))
    elif "kind" not in requirement:
        yield Problem(("kind",), one_of(KINDS), "nothing")
    elif not isinstance(requirement["kind"], str):
        yield Problem(("kind",), one_of(KINDS), show(requirement["kind"]))
    elif requirement["kind"] not in KINDS:
        yield unknown(("kind",), "a kind of requirement", requirement["kind"], KINDS)
    else:
        validator = _validator(KINDS[requirement["kind"]])
        yield from problems_of(validator.iter_errors(requirement))


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    schema = profile_schema()
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})


if __name__ == "__main__":
    sys.stdout.write(render_profile_schema())
