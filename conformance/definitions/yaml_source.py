"""YAML files as located values, read strictly.

The only module that imports yaml. What YAML 1.1 and 1.2 read differently (`on`, `012`, `1:30`,
dates) must be quoted, keys are texts and stand once, aliases may not grow without bound.
"""

from __future__ import annotations

import enum
import re
from typing import Any

import msgspec
import yaml

from conformance.slips import Slip, SlipsError, Trail, dotted

LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
TAG = "tag:yaml.org,2002:"
MERGE = "<<"
DEEPEST = 40
MOST_VALUES = 500_000

Scalar = str | int | float | bool | None
CONSTANTS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)|0x[0-9A-Fa-f]+")
REAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
DOUBTFUL = re.compile(
    r"(?i:yes|no|on|off|true|false|null)"
    r"|[-+]?(0[box]?)?[0-9_]+"
    r"|[-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?\.(?i:inf|nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"
)
NOT_PLAIN = frozenset("0123456789-+.~yYnNoOtTfF")
"""First characters of an unquoted text that may be read as something else."""


class Unclear(enum.Enum):
    """Why a scalar has no clear value."""

    DOUBTFUL = "YAML versions read it differently"
    TAGGED = "it has an explicit tag"


class Node(msgspec.Struct, frozen=True, gc=False):
    """A value with its place; the line of a value in a map is that of its key."""

    value: Any
    file: str
    line: int


class YamlError(SlipsError):
    """A file is no strict YAML."""


def read_yaml(text: str, file: str) -> Node:
    """Read one YAML document.

    Raises:
        YamlError: broken syntax, or what this module's docstring forbids; all slips at once,
            except that broken syntax hides the rest.
    """
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise YamlError([_syntax_slip(error, text, file)]) from error
    if root is None:
        raise YamlError([Slip(file, 1, "", "a map", "an empty file")])
    reader = _Reader(file)
    node = reader.read(root, (), root.start_mark.line + 1)
    if reader.slips:
        raise YamlError(reader.slips)
    return node


def plain(node: Node) -> Any:
    """Return the value without places: dict, list, str, int, float, bool or None."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value


def locate(node: Node, trail: Trail) -> Node:
    """Return the node at a trail, or the nearest one above when there is none."""
    for part in trail:
        match node.value, part:
            case dict() as children, str() if part in children:
                node = children[part]
            case list() as items, int() if part < len(items):
                node = items[part]
            case _:
                return node
    return node


def _syntax_slip(error: yaml.YAMLError, text: str, file: str) -> Slip:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Slip(file, 1, "", "readable YAML", str(error).partition("\n")[0])
    line = text.splitlines()[mark.line : mark.line + 1]
    if line and line[0][mark.column : mark.column + 1] == "\t":
        return Slip(file, mark.line + 1, "", "spaces for indentation", "a tab")
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    problem = ", ".join(part for part in parts if part)
    return Slip(file, mark.line + 1, "", "correct YAML syntax", "a slip", problem)


class _Reader:
    """Turns composed YAML nodes into located values and collects slips."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.slips: list[Slip] = []
        self._count = 0

    def read(self, node: yaml.Node, trail: Trail, line: int) -> Node:
        self._count += 1
        if self._count == MOST_VALUES or len(trail) > DEEPEST:
            limit = f"at most {MOST_VALUES} values, {DEEPEST} deep"
            slip = Slip(self.file, line, dotted(trail[:3]), limit, "more (or an endless alias)")
            raise YamlError([slip])
        if isinstance(node, yaml.MappingNode):
            return Node(self._map(node, trail), self.file, line)
        if isinstance(node, yaml.SequenceNode):
            children = [
                self.read(child, (*trail, position), child.start_mark.line + 1)
                for position, child in enumerate(node.value)
            ]
            return Node(children, self.file, line)
        if isinstance(node, yaml.ScalarNode):
            return Node(self._scalar(node, trail, line), self.file, line)
        raise AssertionError(f"YAML has no {type(node).__name__}")

    def _slip(self, line: int, trail: Trail, expected: str, found: str, advice: str = "") -> None:
        self.slips.append(Slip(self.file, line, dotted(trail), expected, found, advice))

    def _map(self, node: yaml.MappingNode, trail: Trail) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, trail, line)
            if key is None:
                continue
            if key == MERGE and key_node.style == "" and not merged:
                merged = self._merged(child, trail, line)
            elif key in own or key == MERGE:
                first = f" (first in line {own[key].line})" if key in own else ""
                self._slip(line, trail, "each key once", f"a second {key!r}{first}")
            else:
                own[key] = self.read(child, (*trail, key), line)
        return {**merged, **own} if merged else own

    def _key(self, node: yaml.Node, trail: Trail, line: int) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._slip(line, trail, "a text as key", "a list or map")
            return None
        if node.value != MERGE and not isinstance(_typed(node), str):
            advice = f"quote it: '{node.value}'"
            self._slip(line, trail, "a text as key", f"{node.value} unquoted", advice)
            return None
        return str(node.value)

    def _merged(self, node: yaml.Node, trail: Trail, line: int) -> dict[str, Node]:
        """Return the maps behind a merge key; of two with the same key the first counts."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Node] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self._slip(line, (*trail, MERGE), "an alias of a map", "another value")
                continue
            found = self.read(source, trail, line).value
            merged = {**found, **merged}
        return merged

    def _scalar(self, node: yaml.ScalarNode, trail: Trail, line: int) -> Scalar:
        value = _typed(node)
        if value is Unclear.DOUBTFUL:
            advice = f"quote it if it is a text: '{node.value}'"
            expected = "a value that reads the same in every YAML version"
            self._slip(line, trail, expected, f"{node.value} unquoted", advice)
        if value is Unclear.TAGGED:
            self._slip(line, trail, "no YAML tag", f"the tag {node.tag.removeprefix(TAG)}")
        return None if isinstance(value, Unclear) else value


def _typed(node: yaml.ScalarNode) -> Scalar | Unclear:
    """Return the value of a scalar (YAML 1.2 core schema, clause 10.3, its unambiguous part)."""
    text = str(node.value)
    if node.tag != f"{TAG}str":
        return Unclear.TAGGED
    if node.style != "" or (text and text[0] not in NOT_PLAIN):
        return text
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.fullmatch(text):
        return int(text, 0)
    if REAL.fullmatch(text):
        return float(text)
    return Unclear.DOUBTFUL if DOUBTFUL.fullmatch(text) else text


def yaml_text(data: object) -> str:
    """Return plain data as YAML, as a person would write it in a profile definition."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=86).rstrip()
