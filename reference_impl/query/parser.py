"""Query text read into syntax: one recursive descent for the three languages.

They share their conditions; they differ in the pattern language of LIKE and in what may be
written around the condition. Every slip is CIMError INVALID_QUERY that quotes where it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from reference_impl.query.patterns import cql_pattern, wql_pattern
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
    Selection,
    Statement,
    Step,
)
from reference_impl.values import INVALID_QUERY, CIMError

WQL = "WQL"
CQL = "DMTF:CQL"
FQL = "DMTF:FQL"

MAXIMUM_LENGTH = 65_536
#: Parentheses and NOTs may be nested this deep.
MAXIMUM_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))
    | (?P<name>[^\W\d]\w*)
    | (?P<symbol><=|>=|<>|!=|::|[=<>(),.*\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)
_COMPARATORS: dict[str, Comparator] = {
    "=": "=",
    "<>": "<>",
    "!=": "<>",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_RESERVED = frozenset({"select", "from", "where", "and", "or", "not", "isa", "like", "is", "as"})


def parse_query(text: str, language: str) -> Statement:
    """Read a SELECT statement in WQL or DMTF:CQL. Raises CIMError INVALID_QUERY."""
    return _Parser(text, language).statement()


def parse_condition(text: str) -> Condition:
    """Read a filter query in DMTF:FQL, a condition alone. Raises CIMError INVALID_QUERY."""
    parser = _Parser(text, FQL)
    condition = parser.condition()
    parser.end()
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > MAXIMUM_LENGTH:
        raise CIMError(INVALID_QUERY, f"the query is longer than {MAXIMUM_LENGTH} characters")
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise CIMError(INVALID_QUERY, f"not understood: {text[position : position + 40]!r}")
        tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str, language: str) -> None:
        self._tokens = _tokens(text)
        self._position = 0
        self._depth = 0
        self._source: tuple[str, ...] = ()
        patterns: dict[str, Callable[[str], str]] = {CQL: cql_pattern, FQL: cql_pattern}
        self._pattern = patterns.get(language, wql_pattern)

    def statement(self) -> Statement:
        self._expect("select")
        listed = self._position
        self._skip_to_from()
        classname = self._name("a class name")
        self._source = (classname.lower(), *self._alias())
        where = None
        if self._accept("within"):
            self._take("number", "the polling interval")
        if self._accept("where"):
            where = self.condition()
        self.end()
        self._position = listed
        return Statement(tuple(self._selections()), classname, where)

    def end(self) -> None:
        if self._position < len(self._tokens):
            self._refuse("the end of the query")

    def _skip_to_from(self) -> None:
        """Pass over the select list, which is read when the alias of the class is known."""
        while not self._accept("from"):
            if self._position >= len(self._tokens):
                self._refuse("FROM")
            self._position += 1

    def _alias(self) -> tuple[str, ...]:
        kind, token = self._peek()
        if self._accept("as"):
            return (self._name("an alias").lower(),)
        if kind == "name" and token.lower() not in _RESERVED | {"within"}:
            return (self._name("an alias").lower(),)
        return ()

    def _selections(self) -> list[Selection]:
        selections = [self._selection()]
        while self._accept(","):
            selections.append(self._selection())
        self._expect("from")
        return selections

    def _selection(self) -> Selection:
        if self._accept("*"):
            return Selection(Path(()), whole=True)
        path, whole = self._path()
        label = self._name("a column name") if self._accept("as") else None
        return Selection(path, whole, label)

    def condition(self) -> Condition:
        alternatives = [self._conjunction()]
        while self._accept("or"):
            alternatives.append(self._conjunction())
        return alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives))

    def _conjunction(self) -> Condition:
        conditions = [self._primary()]
        while self._accept("and"):
            conditions.append(self._primary())
        return conditions[0] if len(conditions) == 1 else And(tuple(conditions))

    def _primary(self) -> Condition:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise CIMError(INVALID_QUERY, f"conditions are nested more than {MAXIMUM_DEPTH} deep")
        try:
            if self._accept("not"):
                return Not(self._primary())
            if self._accept("("):
                condition = self.condition()
                self._expect(")")
                return condition
            return self._predicate()
        finally:
            self._depth -= 1

    def _predicate(self) -> Condition:
        left = self._operand()
        if self._accept("isa"):
            return IsA(left, self._classname())
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("null")
            return Not(IsNull(left)) if negated else IsNull(left)
        if self._accept("not"):
            self._expect("like")
            return Not(Like(left, self._pattern(self._string())))
        if self._accept("like"):
            return Like(left, self._pattern(self._string()))
        comparator = _COMPARATORS.get(self._peek()[1])
        if comparator is None:
            self._refuse("a comparison")
        self._position += 1
        return Comparison(left, comparator, self._operand())

    def _operand(self) -> Operand:
        kind, token = self._peek()
        if kind == "string":
            return Constant(self._string())
        if kind == "number":
            self._position += 1
            return Constant(_number(token))
        constants: dict[str, bool | None] = {"true": True, "false": False, "null": None}
        if kind == "name" and token.lower() in constants:
            self._position += 1
            return Constant(constants[token.lower()])
        return self._path()[0]

    def _path(self) -> tuple[Path, bool]:
        """Read a property path; the second value tells that it ended in `.*`."""
        steps = [self._step()]
        while self._accept("."):
            if self._accept("*"):
                return Path(self._without_source(steps)), True
            steps.append(self._step())
        return Path(self._without_source(steps)), False

    def _without_source(self, steps: list[Step]) -> tuple[Step, ...]:
        """Drop a leading class name or alias of the FROM clause."""
        first = steps[0]
        named = first.scope is None and first.index is None and first.name.lower() in self._source
        return tuple(steps[1:] if named else steps)

    def _step(self) -> Step:
        name, scope, index = self._name("a property name"), None, None
        if self._accept("::"):
            name, scope = self._name("a property name"), name
        if self._accept("["):
            index = int(_number(self._take("number", "an index")))
            self._expect("]")
        return Step(name, scope, index)

    def _classname(self) -> str:
        return self._string() if self._peek()[0] == "string" else self._name("a class name")

    def _string(self) -> str:
        return re.sub(r"\\(['\"\\])", r"\1", self._take("string", "a string")[1:-1])

    def _name(self, wanted: str) -> str:
        kind, token = self._peek()
        if kind != "name" or token.lower() in _RESERVED:
            self._refuse(wanted)
        self._position += 1
        return token

    def _take(self, kind: str, wanted: str) -> str:
        found, token = self._peek()
        if found != kind:
            self._refuse(wanted)
        self._position += 1
        return token

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("", "")

    def _accept(self, word: str) -> bool:
        kind, token = self._peek()
        if kind in ("name", "symbol") and token.lower() == word:
            self._position += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            self._refuse(word.upper())

    def _refuse(self, wanted: str) -> NoReturn:
        rest = " ".join(token for _, token in self._tokens[self._position : self._position + 5])
        raise CIMError(INVALID_QUERY, f"expected {wanted}, found {rest or 'the end'!r}")


def _number(token: str) -> int | float:
    if "x" in token.lower():
        return int(token, 16)
    return int(token) if re.fullmatch(r"[+-]?\d+", token) else float(token)
