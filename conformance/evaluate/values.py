"""The kind `values`: property values of each instance against JSON Schema words.

Pure. Each distinct tuple of values is judged once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.cim import Instance
from conformance.definitions.profile import Consequence, Properties, Values
from conformance.evaluate.instances import chosen, class_of, inapplicable
from conformance.evaluate.model import Applicability, Model
from conformance.evaluate.words import hashable, show
from conformance.findings import Findings
from conformance.results import Observation

Deviation = tuple[str, str, str, str]
"""Property, what was expected of it, what was found, severity."""


def values(key: str, requirement: Values, model: Model) -> Findings:
    """Judge property values of each instance; NULL is not examined unless it is required."""
    condition = model.applies(key, requirement.when, requirement.for_)
    if not condition.holds:
        return inapplicable(condition)
    classname, rows = _rows(key, requirement, model, condition)
    judge = _ValuesJudge(key, requirement, model, classname)
    observations: list[Observation] = []
    examined = 0
    shown: list[str] = []
    for instance in rows:
        if not model.satisfies(key, classname, instance, requirement.where):
            continue
        looked, found = judge.judge(instance)
        if looked:
            examined += 1
            shown += [str(instance.path)] if len(shown) < 5 else []
        observations += found
    trace = (*condition.trace, *_nothing_seen(examined, requirement, len(shown)))
    return Findings(examined, tuple(observations), tuple(shown), trace)


def _nothing_seen(examined: int, requirement: Values, shown: int) -> tuple[str, ...]:
    if examined or shown:
        return ()
    if requirement.if_:
        return (f"no instance has {', '.join(requirement.if_)} as the requirement supposes",)
    looked = ", ".join([*requirement.schema, *requirement.advised])
    return (f"{looked}: NULL or absent in every instance seen",)


def _rows(
    key: str, requirement: Values, model: Model, condition: Applicability
) -> tuple[str, list[Instance]]:
    if not requirement.link:
        members = chosen(model.members(key, requirement.for_), condition)
        classname = class_of(model, key, requirement.for_)
        return classname, [instance for _, instance in members]
    owner, link = model.catalogue.find_link(key, requirement.link)
    edges = model.link_edges(owner, requirement.link)
    return link.class_, [edge.instance for edge in edges]


class _ValuesJudge:
    """Judges rows of one `values` requirement, each distinct tuple of values once."""

    def __init__(self, key: str, requirement: Values, model: Model, classname: str) -> None:
        self.key, self.requirement, self.model, self.classname = key, requirement, model, classname
        self.memory: dict[Any, tuple[bool, tuple[Deviation, ...]]] = {}
        branches = [b for b in (requirement.then, requirement.else_) if b is not None]
        looked = [
            *requirement.required,
            *requirement.schema,
            *requirement.advised,
            *requirement.if_,
            *(name for branch in branches for name in _named(branch)),
        ]
        self.looked = tuple(dict.fromkeys(looked))

    def judge(self, instance: Instance) -> tuple[bool, list[Observation]]:
        """Return whether anything was examined, and the deviations of one instance."""
        row = tuple(instance.get(name) for name in self.looked)
        memo = tuple(hashable(value) for value in row)
        if memo not in self.memory:
            found = tuple(self._deviations(dict(zip(self.looked, row, strict=True))))
            self.memory[memo] = (self._examined(dict(zip(self.looked, row, strict=True))), found)
        examined, deviations = self.memory[memo]
        return examined, [
            Observation(
                str(instance.path),
                f"{name}: {expected}",
                found,
                severity,
                f"{instance.classname}.{name}",
            )
            for name, expected, found, severity in deviations
        ]

    def _examined(self, row: Mapping[str, Any]) -> bool:
        requirement = self.requirement
        if requirement.required:
            return True
        if requirement.if_:
            branch = requirement.then if self._condition(row) else requirement.else_
            return branch is not None and (
                bool(branch.required or branch.no_value)
                or any(row[name] is not None for name in branch.schema)
            )
        return any(row[name] is not None for name in (*requirement.schema, *requirement.advised))

    def _condition(self, row: Mapping[str, Any]) -> bool:
        return all(
            row[name] is not None and not self._judge(name, words, row[name])
            for name, words in self.requirement.if_.items()
        )

    def _judge(self, name: str, words: dict[str, Any], value: Any) -> str:
        return str(self.model.predicate(self.key, self.classname, name, words)(value))

    def _deviations(self, row: Mapping[str, Any]) -> Iterator[Deviation]:
        requirement = self.requirement
        for name in requirement.required:
            if row[name] is None:
                yield name, "a value", "NULL", "fail"
        yield from self._violations(requirement.schema, row, "fail")
        failed = {name for name, _, _ in self._named_violations(requirement.schema, row)}
        advised = {n: w for n, w in requirement.advised.items() if n not in failed}
        yield from self._violations(advised, row, "warn")
        if requirement.if_:
            branch = requirement.then if self._condition(row) else requirement.else_
            if branch is not None:
                yield from self._consequence(branch, row)

    def _consequence(self, branch: Consequence, row: Mapping[str, Any]) -> Iterator[Deviation]:
        because = ", ".join(f"{name} is {show(row[name])}" for name in self.requirement.if_)
        for name in branch.required:
            if row[name] is None:
                yield name, f"a value, as {because}", "NULL", "fail"
        for name in branch.no_value:
            if row[name] is not None:
                yield name, f"NULL, as {because}", show(row[name]), "fail"
        for name, expected, found in self._named_violations(branch.schema, row):
            yield name, f"{expected}, as {because}", found, "fail"

    def _violations(
        self, schema: Properties, row: Mapping[str, Any], severity: str
    ) -> Iterator[Deviation]:
        for name, expected, found in self._named_violations(schema, row):
            yield name, expected, found, severity

    def _named_violations(
        self, schema: Properties, row: Mapping[str, Any]
    ) -> Iterator[tuple[str, str, str]]:
        for name, words in schema.items():
            value = row[name]
            expected = "" if value is None else self._judge(name, words, value)
            if expected:
                yield name, expected, show(value)


def _named(branch: Consequence) -> Iterable[str]:
    return (*branch.schema, *branch.required, *branch.no_value)
