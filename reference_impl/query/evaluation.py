"""Queries applied to instances, with the three truth values of SQL (None is unknown)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable

from reference_impl.query.parser import CQL, WQL, parse_condition, parse_query
from reference_impl.query.syntax import (
    And,
    Comparator,
    Comparison,
    Condition,
    Constant,
    IsA,
    IsNull,
    Like,
    Not,
    Operand,
    Or,
    Path,
    Statement,
    Step,
)
from reference_impl.schema import ClassDef, Schema
from reference_impl.values import (
    INVALID_QUERY,
    QUERY_LANGUAGE_NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
    Value,
)

_COMPARISONS: dict[Comparator, Callable[[Value, Value], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_LANGUAGES = {"wql": WQL, "dmtf:cql": CQL, "cql": CQL, "cim:cql": CQL}


class Query:
    """A query bound to a schema.

    Raises CIMError: QUERY_LANGUAGE_NOT_SUPPORTED, INVALID_QUERY (also for an unknown class or
    property; embedded properties are looked at only when they are met).
    """

    def __init__(self, schema: Schema, language: str, text: str) -> None:
        known = _LANGUAGES.get(language.lower())
        if known is None:
            raise CIMError(
                QUERY_LANGUAGE_NOT_SUPPORTED,
                f"expected the query language {WQL} or {CQL}, found {language}",
            )
        self.statement: Statement = parse_query(text, known)
        self._evaluator = _Evaluator(schema, folded=known == WQL)
        found = schema.class_named(self.statement.classname)
        if found is None:
            raise CIMError(INVALID_QUERY, f"there is no class {self.statement.classname}")
        self._class = found
        for path in _paths(self.statement):
            _check(schema, found, path)

    @property
    def classname(self) -> str:
        """The class of the FROM clause, in the schema's spelling."""
        return self._class.name

    def matches(self, instance: Instance) -> bool:
        """Whether an instance of the class satisfies the WHERE clause."""
        where = self.statement.where
        return where is None or self._evaluator.truth(where, instance) is True

    def select(self, instances: Iterable[Instance]) -> list[Instance]:
        """Return the matching instances, or what the select list takes of them (no path)."""
        matching = [each for each in instances if self.matches(each)]
        selections = self.statement.selections
        if any(each.whole and not each.path.steps for each in selections):
            return matching
        return [self._projected(each) for each in matching]

    def _projected(self, instance: Instance) -> Instance:
        projected = Instance(self._class.name)
        for selection in self.statement.selections:
            if not selection.path.steps:
                continue
            name = selection.label or selection.path.steps[-1].name
            prop = self._class.property_named(name)
            if prop is None:
                raise CIMError(INVALID_QUERY, f"{self._class.name} has no property {name}")
            projected.values[prop.name] = self._evaluator.value(selection.path, instance)
        return projected

    @property
    def selected(self) -> frozenset[str] | None:
        """The folded names of the properties of the result, or None for all of them."""
        selections = self.statement.selections
        if any(each.whole for each in selections):
            return None
        return frozenset((each.label or each.path.steps[-1].name).lower() for each in selections)


class FilterQuery:
    """A condition in DMTF:FQL, for the FilterQuery of the pull operations (DSP0212)."""

    def __init__(self, schema: Schema, text: str) -> None:
        self._condition = parse_condition(text)
        self._evaluator = _Evaluator(schema, folded=False)

    def matches(self, instance: Instance) -> bool:
        """Whether the instance satisfies the condition; unknown does not."""
        return self._evaluator.truth(self._condition, instance) is True


class _Evaluator:
    """`folded` compares strings without regard to case, as WQL does."""

    def __init__(self, schema: Schema, *, folded: bool) -> None:
        self._schema = schema
        self._folded = folded

    def truth(self, condition: Condition, instance: Instance) -> bool | None:
        match condition:
            case And(conditions):
                return _all(self.truth(each, instance) for each in conditions)
            case Or(conditions):  # De Morgan: not all of the opposites
                return _not(_all(_not(self.truth(each, instance)) for each in conditions))
            case Not(inner):
                return _not(self.truth(inner, instance))
        return self._predicate(condition, instance)

    def _predicate(
        self, condition: Comparison | Like | IsA | IsNull, instance: Instance
    ) -> bool | None:
        match condition:
            case IsNull(operand):
                return self._operand(operand, instance) is None
            case IsA(operand, classname):
                return self._is_a(self._operand(operand, instance), classname)
            case Like(operand, pattern):
                return self._like(self._operand(operand, instance), pattern)
        left = self._operand(condition.left, instance)
        return self._compare(left, condition.comparator, self._operand(condition.right, instance))

    def _operand(self, operand: Operand, instance: Instance) -> Value:
        return operand.value if isinstance(operand, Constant) else self.value(operand, instance)

    def value(self, path: Path, instance: Instance) -> Value:
        current: Value = instance
        for step in path.steps:
            current = self._stepped(current, step)
            if current is None:
                return None
        return current

    def _stepped(self, current: Value, step: Step) -> Value:
        if not isinstance(current, Instance):
            raise CIMError(INVALID_QUERY, f"{step.name}: what is before it is no instance")
        if step.scope and not self._schema.is_a(current.classname, step.scope):
            return None
        if step.name == "__CLASS":
            return current.classname
        found = self._schema.class_named(current.classname)
        prop = found.property_named(step.name) if found else None
        value = current.values.get(prop.name) if prop else None
        if step.index is None or value is None:
            return value
        return (
            value[step.index] if isinstance(value, list) and 0 <= step.index < len(value) else None
        )

    def _is_a(self, value: Value, classname: str) -> bool | None:
        if not isinstance(value, Instance | ObjectName):
            return None
        return self._schema.is_a(value.classname, classname)

    def _like(self, value: Value, pattern: str) -> bool | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise CIMError(INVALID_QUERY, f"LIKE: expected a string, found {value!r}")
        flags = re.DOTALL | (re.IGNORECASE if self._folded else 0)
        return re.fullmatch(pattern, value, flags) is not None

    def _compare(self, left: Value, comparator: Comparator, right: Value) -> bool | None:
        if left is None or right is None:
            return None
        pair = _comparable(left, right, folded=self._folded)
        if comparator not in ("=", "<>") and isinstance(left, bool | ObjectName):
            raise CIMError(INVALID_QUERY, f"{left!s} has no order for {comparator}")
        return _COMPARISONS[comparator](*pair)


def _comparable(left: Value, right: Value, *, folded: bool) -> tuple[Value, Value]:
    if isinstance(left, ObjectName) or isinstance(right, ObjectName):
        return str(left), str(right)
    if isinstance(left, str) and isinstance(right, str):
        return (left.lower(), right.lower()) if folded else (left, right)
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if numbers and isinstance(left, bool) is isinstance(right, bool):
        return left, right
    raise CIMError(INVALID_QUERY, f"{left!s} and {right!s} cannot be compared")


def _not(known: bool | None) -> bool | None:
    return None if known is None else not known


def _all(truths: Iterable[bool | None]) -> bool | None:
    seen = set(truths)
    return False if False in seen else (None if None in seen else True)


def _paths(statement: Statement) -> list[Path]:
    paths = [each.path for each in statement.selections]
    return paths + (_paths_of(statement.where) if statement.where else [])


def _paths_of(condition: Condition) -> list[Path]:
    match condition:
        case Not(inner):
            return _paths_of(inner)
        case IsNull(operand) | IsA(operand) | Like(operand):
            return [operand] if isinstance(operand, Path) else []
        case Comparison(left, _, right):
            return [each for each in (left, right) if isinstance(each, Path)]
    return [path for each in condition.conditions for path in _paths_of(each)]


def _check(schema: Schema, found: ClassDef, path: Path) -> None:
    """Refuse a first step that names no property of the class or of the class it is scoped to."""
    if not path.steps or path.steps[0].name == "__CLASS":
        return
    first = path.steps[0]
    scope = schema.class_named(first.scope) if first.scope else found
    if scope is None or scope.property_named(first.name) is None:
        raise CIMError(INVALID_QUERY, f"{first.scope or found.name} has no property {first.name}")
