"""The parts of a query as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a property path: a property, perhaps qualified by a class, or one element.

    `scope` is the class in `CIM_X::Name`; `index` is that in `Name[0]`.
    """

    name: str
    scope: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A property path; without steps it is the instance itself."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: string, number, boolean or NULL."""

    value: str | int | float | bool | None


Operand: TypeAlias = Path | Constant
Comparator: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands compared."""

    left: Operand
    comparator: Comparator
    right: Operand


@dataclass(frozen=True, slots=True)
class Like:
    """A string matched against a pattern, which is a compiled regular expression's text."""

    operand: Operand
    pattern: str


@dataclass(frozen=True, slots=True)
class IsA:
    """Whether an instance is of a class or of one derived from it."""

    operand: Operand
    classname: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether an operand is NULL."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All of the conditions."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the conditions."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Like | IsA | IsNull | Not | And | Or


@dataclass(frozen=True, slots=True)
class Selection:
    """One entry of the select list: a path, or `*` (whole); `label` is its name in the result."""

    path: Path
    whole: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT statement on one class; `where` None selects every instance."""

    selections: tuple[Selection, ...]
    classname: str
    where: Condition | None
