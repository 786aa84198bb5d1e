"""A dialect laid over profile definitions: what differs is overridden, nothing is copied.

Pure, on located values, before the definitions inherit from each other, so that what a dialect
says of a pattern holds for all that extend it. Maps are merged, lists and scalars replaced whole,
`~` removes a noun or a field. An override says `because`; one that changes nothing is a slip, and
so is one of something that is not there. A requirement is never removed, only excluded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.definitions.dialect import BECAUSE, Deviation
from conformance.definitions.inherit import REQUIREMENTS, SECTIONS
from conformance.definitions.yaml_source import Node, plain
from conformance.slips import Slip, did_you_mean, dotted, one_of

NOUNS = tuple(section for section in SECTIONS if section != REQUIREMENTS)
WHOLE = ("profile", "states")
"""Sections that are one thing, overridden field by field."""

KIND = "kind"
EXCLUDED = "excluded"
INHERITED = "inherited"
Map = dict[str, Node]


class Overlay:
    """Profile definitions by key with the overrides of one dialect after another laid over them.

    `merged` are the definitions with what they inherit. `slips` holds what is wrong with the
    overrides, `deviations` what they change.
    """

    def __init__(self, own: Mapping[str, Node], merged: Mapping[str, Node]) -> None:
        self.own = dict(own)
        self.slips: list[Slip] = []
        self.deviations: list[Deviation] = []
        self._merged = merged

    def lay(self, dialect: Node) -> None:
        """Lay the overrides of a dialect file over the definitions."""
        for key, changes in _entries(dialect, "profiles").items():
            trail = f"profiles.{key}"
            if key not in self.own:
                advice = did_you_mean(key, self.own)
                self._slip(changes, trail, f"a profile key ({one_of(self.own)})", repr(key), advice)
            elif isinstance(changes.value, dict):
                self._profile(key, changes, trail)

    def rename(self, classes: Mapping[str, Node]) -> None:
        """Put other classes in the place of some, wherever the definitions name them."""
        for name, entry in classes.items():
            found = _entries(entry, "").get("name", entry).value
            renamed = {key: _renamed(node, name, found) for key, node in self.own.items()}
            if all(renamed[key] is node for key, node in self.own.items()):
                expected = "a class that the profile definitions name"
                self._slip(entry, f"classes.{name}", expected, repr(name))
            self.own = renamed
            because = _text(_entries(entry, "").get(BECAUSE))
            self.deviations.append(Deviation(f"class {name}", f"asked as {found}", because))

    # -- one profile ---------------------------------------------------------------------------

    def _profile(self, key: str, changes: Node, trail: str) -> None:
        own = dict(self.own[key].value)
        for section, said in changes.value.items():
            path = f"{trail}.{section}"
            if section in WHOLE:
                self._whole(key, own, section, said, path)
            elif section in SECTIONS and isinstance(said.value, dict):
                inherited = _entries(self._merged[key], section)
                before = _entries(Node(own, "", 0), section)
                after = self._section(key, section, said, before, inherited, path)
                own[section] = Node(after, said.file, said.line)
        self.own[key] = Node(own, self.own[key].file, self.own[key].line)

    def _whole(self, key: str, own: Map, section: str, said: Node, path: str) -> None:
        """Override what is one thing; said to be nothing, it is removed."""
        before = own.get(section) or _entries(self._merged[key], "").get(section)
        if before is None or said.value is None:
            self._slip(said, path, f"{section} to override in {key}", "none")
            return
        because, body = self._reason(said, path)
        own[section] = self._changed(before, body, path)
        self._deviates(f"{key} {section}", before, body, because)

    def _section(
        self, key: str, section: str, said: Node, own: Map, inherited: Map, path: str
    ) -> Map:
        result = dict(own)
        for name, node in said.value.items():
            place = f"{path}.{name}"
            known = own.get(name) or inherited.get(name)
            label = f"{key}:{name}" if section == REQUIREMENTS else f"{key} {section}.{name}"
            if node.value is None:
                self._remove(result, inherited, section, name, node, place)
                self.deviations.append(Deviation(label, "not known there"))
            elif known is None:
                self._add(result, section, name, node, place, inherited)
            else:
                because, body = self._reason(node, place)
                if section == REQUIREMENTS:
                    body = _for_heirs(body, known)
                result[name] = self._overridden(own.get(name), known, body, place)
                self._deviates(label, known, body, because)
        return result

    def _remove(
        self, result: Map, inherited: Map, section: str, name: str, node: Node, path: str
    ) -> None:
        if section == REQUIREMENTS:
            advice = "write `excluded:` with a reason"
            self._slip(node, path, "a requirement that stays", "a removed one", advice)
        elif name in result:
            del result[name]
        elif name in inherited:
            result[name] = node
        else:
            advice = did_you_mean(name, inherited)
            self._slip(node, path, "something to remove", "none", advice)

    def _add(
        self, result: Map, section: str, name: str, node: Node, path: str, inherited: Map
    ) -> None:
        """Take what is the dialect's own; an override of nothing is told by what it leaves out."""
        fields = _entries(node, "")
        if BECAUSE in fields or (section == REQUIREMENTS and KIND not in fields):
            known = {**inherited, **result}
            expected = f"one of the {section} that there are"
            self._slip(node, path, expected, repr(name), did_you_mean(name, known))
        else:
            result[name] = node

    def _overridden(self, own: Node | None, known: Node, body: Node, path: str) -> Node:
        """Return what stands in the definition: merged with its own, else left to inheritance."""
        kind, before = _entries(body, "").get(KIND), _entries(known, "").get(KIND)
        if kind is not None and before is not None and kind.value != before.value:
            return body
        after = self._changed(own or known, body, path)
        return after if own is not None else body

    def _changed(self, before: Node, node: Node, path: str) -> Node:
        told = len(self.slips)
        after = self._merge(before, node, path)
        if plain(after) == plain(before) and told == len(self.slips):
            self._slip(node, path, "a change of what it overrides", "the same again")
        return after

    def _merge(self, before: Node, node: Node, path: str) -> Node:
        if not isinstance(before.value, dict) or not isinstance(node.value, dict):
            return node
        result: Map = dict(before.value)
        for name, child in node.value.items():
            place = f"{path}.{name}"
            if child.value is None and name not in result:
                advice = did_you_mean(name, result)
                self._slip(child, place, "something to remove", "none", advice)
            elif child.value is None:
                del result[name]
            elif name in result:
                result[name] = self._merge(result[name], child, place)
            else:
                result[name] = child
        return Node(result, node.file, node.line)

    # -- telling -------------------------------------------------------------------------------

    def _reason(self, node: Node, path: str) -> tuple[str, Node]:
        """Return why something is overridden, and the override without that."""
        fields = _entries(node, "")
        reason = _text(fields.get(BECAUSE)) or _text(fields.get(EXCLUDED))
        if not reason.strip():
            self._slip(node, f"{path}.{BECAUSE}", "the reason why it differs", "nothing")
        rest = {name: child for name, child in fields.items() if name != BECAUSE}
        return reason, Node(rest, node.file, node.line)

    def _deviates(self, label: str, before: Node, body: Node, because: str) -> None:
        if EXCLUDED in _entries(body, ""):
            how = "not asked for"
        elif " codes." in label:
            how = "other return values"
        else:
            how = f"other {', '.join(dict.fromkeys(_differing(before, body)))}"
        self.deviations.append(Deviation(label, how, " ".join(because.split())))

    def _slip(self, node: Node, path: str, expected: str, found: str, advice: str = "") -> None:
        self.slips.append(Slip(node.file, node.line, dotted((path,)), expected, found, advice))


def _for_heirs(body: Node, known: Node) -> Node:
    """Return an exclusion that holds for the heirs of a pattern as well."""
    fields = _entries(body, "")
    if EXCLUDED not in fields or INHERITED in _entries(known, "") or INHERITED in fields:
        return body
    place = (body.file, body.line)
    return Node({**fields, INHERITED: Node(True, *place)}, *place)  # noqa: FBT003


def _entries(node: Node, name: str) -> Map:
    """Return the map under a name ("": of the node itself), empty where there is none."""
    found = node if not name else _entries(node, "").get(name)
    return found.value if found is not None and isinstance(found.value, dict) else {}


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _differing(before: Node, body: Node) -> Iterator[str]:
    """Yield the fields in which an override differs from what it overrides."""
    known = _entries(before, "")
    for name, child in _entries(body, "").items():
        if name not in known or plain(known[name]) != plain(child):
            yield name


def _renamed(node: Node, old: str, new: str) -> Node:
    """Return a value with one text in the place of another; the same one where it is not there."""
    value = node.value
    if isinstance(value, str):
        return Node(new, node.file, node.line) if value == old else node
    if isinstance(value, dict):
        fields = {name: _renamed(child, old, new) for name, child in value.items()}
        same = all(fields[name] is child for name, child in value.items())
        return node if same else Node(fields, node.file, node.line)
    if isinstance(value, list):
        items = [_renamed(child, old, new) for child in value]
        same = all(one is other for one, other in zip(items, value, strict=True))
        return node if same else Node(items, node.file, node.line)
    return node
