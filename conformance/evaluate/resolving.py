"""The kind `resolves`: texts that name instances lead to instances that are there.

Pure. Only what was asked for can be known to be missing: a path into a class that was not read
is not examined.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cim import Path
from conformance.definitions.profile import Resolves
from conformance.evaluate.instances import chosen, class_of, inapplicable
from conformance.evaluate.model import Model
from conformance.evaluate.object_path import is_uri, parse_path
from conformance.evaluate.seen import namespace_of
from conformance.findings import Findings
from conformance.results import Observation

A_NAME = "the path of an instance, or a URI"


def resolves(key: str, requirement: Resolves, model: Model) -> Findings:
    """Judge that texts which name instances lead somewhere."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    observations: list[Observation] = []
    examined: list[str] = []
    classname = class_of(model, key, requirement.for_)
    for identity, instance in chosen(model.members(key, requirement.for_), condition):
        if not model.satisfies(key, classname, instance, requirement.where):
            continue
        for text in _texts(instance.get(requirement.property)):
            expected = _expected(text, namespace_of(instance), model)
            if expected is None:
                continue
            examined.append(identity)
            if expected:
                severity = "warn" if requirement.advised or expected is A_NAME else "fail"
                found = f"{requirement.property}: {text}"
                observations.append(Observation(model.text(identity), expected, found, severity))
    shown = tuple(model.text(i) for i in list(dict.fromkeys(examined))[:5])
    return Findings(len(examined), tuple(observations), shown, condition.trace)


def _texts(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each:
            yield each


def _expected(text: str, namespace: str, model: Model) -> str | None:
    """Return what was expected, "" when the text is right, None when nobody can tell."""
    path = parse_path(text, namespace)
    if path is None:
        if is_uri(text) or model.with_instance_id(text):
            return ""
        return A_NAME
    if model.instance(model.resolve(path)) is not None:
        return ""
    return "the path of an instance that is there" if _was_read(path, model) else None


def _was_read(path: Path, model: Model) -> bool:
    """Tell whether all instances of the path's class were asked for, and answered."""
    return any(
        extent.namespace.lower() == path.namespace.lower()
        and extent.answer.ok
        and model.snapshot.derives(path.classname, extent.classname, path.namespace) is True
        for extent in model.snapshot.extents.values()
    )
