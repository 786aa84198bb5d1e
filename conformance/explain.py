"""What one check demands, in plain text: statement, source, how it is checked, what fails it.

Pure.
"""

from __future__ import annotations

import difflib
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.definitions.catalogue import Catalogue
from conformance.definitions.profile import Basis, Generic, Indication, Range, Relation, Term
from conformance.definitions.yaml_source import yaml_text
from conformance.evaluate import GENERIC
from conformance.evaluate.indications import CHECKS as INDICATIONS
from conformance.plan import Check, PlanError, needs_of, plan

BASES = {
    Basis.SCHEMA: "read in the DMTF schema (MOF)",
    Basis.DOCUMENT: "read in the text of the specification",
    Basis.IMPLEMENTATION: "seen in independent implementations",
    Basis.READING: "our reading of the specification, firm",
    Basis.UNCONFIRMED: "our reading, not confirmed: a deviation is a warning (fails with --strict)",
}

TOLD = ("level", "basis", "statement", "document", "clause", "fact", "advice")

FAILS = {
    "population": "there are fewer or more instances than stated",
    "values": "a value is outside what is stated, or a required one is NULL",
    "unique": "two instances have the same values",
    "link": "fewer or more elements are linked than stated, or the ends are swapped",
    "relation": "the two sides do not stand in the relation",
    "range": "a quantity is outside its bounds, or no whole steps lead to it",
    "resolves": "a text names an instance that is not there",
    "agreement": "the value does not fit the state",
    "acyclic": "following the association leads back to the start",
    "declares": "GetClass does not show the method",
    "central": "a registered profile lacks its central instances, or they are of another class",
    "traversal": "asking for associators leaves out an element that is linked",
    "generic": "an instance breaks the rule",
    "get_central_instances": "the method gives other elements than the associations",
    "transition": "the state is not reached in time, or an illegal request is accepted",
    "scenario": "the outcome is another one than stated, or an effect is missing",
    "renaming": "a name is not kept, refused or accepted as stated, or something else changes",
    "every_call": "one call in any scenario of the run breaks the rule",
    "indication": "what clients create is wrong, or listeners are told something else, or nothing",
    "exploration": "a step is not as the requirements say that it comes from, and again so",
    "fact": "",
}


def explanation(catalogue: Catalogue, check_id: str) -> str:
    """Return everything that is known about a check or an excluded requirement.

    Raises:
        PlanError: no check has this id; the closest ids are named.
    """
    whole = plan(catalogue)
    for check in whole.checks:
        if check_id in (check.id, catalogue.check_id(check.profile, check.name)):
            return _explained(catalogue, check)
    for item in whole.excluded:
        if item.id == check_id:
            return f"{item.id}\n\n{_wrap(item.statement)}\n\nNot checked: {item.reason}"
    known = [check.id for check in whole.checks] + [item.id for item in whole.excluded]
    close = difflib.get_close_matches(check_id, known, n=3, cutoff=0.4)
    hint = f"did you mean {', '.join(close)}?" if close else "`cimconform list` shows all"
    raise PlanError(f"no check {check_id!r}; {hint}")


def _explained(catalogue: Catalogue, check: Check) -> str:
    requirement = check.requirement
    document = catalogue.profiles[check.profile].profile.document
    source = requirement.document or f"{document.id} {document.version}"
    clause = f", clause {requirement.clause}" if requirement.clause else ", clause not known"
    lines = [
        check.id,
        "",
        _wrap(requirement.statement),
        "",
        f"Profile:  {check.group} {catalogue.profiles[check.profile].profile.name}",
        f"Level:    {requirement.level.value}",
        f"Source:   {source}{clause}",
        f"Basis:    {requirement.basis.value} - {BASES[requirement.basis]}",
        f"Kind:     {check.kind}" + (" (needs --allow-changes)" if check.changes else ""),
        f"Fails when {FAILS[check.kind]}.",
        "",
        "How it is checked:",
        textwrap.indent(_how(check), "  "),
    ]
    asked = needs_of(catalogue, check)
    if asked.classes or asked.associations:
        classes = ", ".join(sorted(asked.classes | asked.associations))
        lines += ["", _wrap(f"Looks at: {classes}")]
    lines += ["", "Defined as:", *_definition(check)]
    return "\n".join(lines)


def _how(check: Check) -> str:
    if isinstance(check.requirement, Generic):
        return _first_paragraphs(GENERIC[check.requirement.check].__doc__)
    if isinstance(check.requirement, Indication):
        parts = [INDICATIONS[check.requirement.check].__doc__, type(check.requirement).__doc__]
        return "\n\n".join(map(_first_paragraphs, parts))
    parts = [type(check.requirement).__doc__]
    if isinstance(check.requirement, Relation | Range):
        parts.append(Term.__doc__)
    return "\n\n".join(map(_first_paragraphs, parts))


def _first_paragraphs(text: str | None) -> str:
    return inspect.cleandoc(text or "").strip()


def _definition(check: Check) -> list[str]:
    """Return what the profile definition says beside what is told above, as it says it."""
    said = {name: v for name, v in _said(check.requirement).items() if name not in TOLD}
    return textwrap.indent(yaml_text(said), "  ").splitlines() if said else []


def _said(value: Any) -> Any:  # a part of a profile definition
    """Return a part of a profile definition as plain data, without what it leaves unsaid."""
    if isinstance(value, msgspec.Struct):
        return {
            field.encode_name: _said(getattr(value, field.name))
            for field in msgspec.structs.fields(value)
            if getattr(value, field.name) != _unsaid(field)
        }
    if isinstance(value, Mapping):
        return {key: _said(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_said(item) for item in value]
    return getattr(value, "value", value)


def _unsaid(field: msgspec.structs.FieldInfo) -> Any:  # a default
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


def _wrap(text: str) -> str:
    return textwrap.fill(text, 88)
