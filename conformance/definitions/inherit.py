"""Profile definitions that extend others: maps merged, lists and scalars replaced whole.

Pure, on located values. A definition inherits all nouns and requirements of those it extends;
what it says itself is laid over them. `~` removes a noun, or a field of one; a requirement is
never removed, only excluded with a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from conformance.definitions.yaml_source import Node, plain
from conformance.slips import Slip, did_you_mean, dotted, one_of, show

REQUIREMENTS = "requirements"
SECTIONS = (
    "adaptations",
    "links",
    "features",
    "interfaces",
    "methods",
    "codes",
    "inputs",
    REQUIREMENTS,
)
"""Parts of a definition that are maps of named things; `states` is merged field by field."""

Map = dict[str, Node]


class Heirs:
    """Definitions by key with everything inherited, those that are extended first.

    `slips` holds what is wrong with that; `orphans` are the keys that extend what is not there
    or could not be read (`unread`).
    """

    def __init__(self, own: Mapping[str, Node], unread: Collection[str] = ()) -> None:
        self.slips: list[Slip] = []
        self.merged: dict[str, Node] = {}
        self.orphans: set[str] = set()
        self._own = own
        self._unread = unread
        for key in own:
            self._resolve(key, ())

    def _slip(self, node: Node, path: str, expected: str, found: str, advice: str = "") -> None:
        self.slips.append(Slip(node.file, node.line, path, expected, found, advice))

    def _resolve(self, key: str, heirs: tuple[str, ...]) -> Node:
        if key in self.merged:
            return self.merged[key]
        own = self._own[key]
        parents = self._parents(own, (*heirs, key))
        self.merged[key] = self._lay_over(own, parents) if parents else own
        return self.merged[key]

    def _parents(self, own: Node, heirs: tuple[str, ...]) -> dict[str, Map]:
        parents: dict[str, Map] = {}
        extends = _child(own, "extends")
        for node in extends.value if isinstance(extends.value, list) else ():
            parent = node.value
            if not isinstance(parent, str):
                continue  # the grammar tells
            if parent in heirs:
                circle = " extends ".join((*heirs[heirs.index(parent) :], parent))
                self._slip(node, "extends", "a profile that does not lead back here", circle)
                self.orphans.add(heirs[-1])
            elif parent not in self._own:
                self._missing(node, parent)
                self.orphans.add(heirs[-1])
            else:
                parents[parent] = _with_document(self._resolve(parent, heirs).value)
                self.orphans |= {heirs[-1]} if parent in self.orphans else set()
        return parents

    def _missing(self, node: Node, parent: str) -> None:
        if parent not in self._unread:
            expected = f"a profile key ({one_of(self._own)})"
            advice = did_you_mean(parent, self._own)
            self._slip(node, "extends", expected, show(parent), advice)

    def _lay_over(self, own: Node, parents: Mapping[str, Map]) -> Node:
        result = dict(own.value)
        for section in SECTIONS:
            inherited = self._united(own, section, parents)
            said = _child(own, section)
            if isinstance(said.value, dict):
                inherited = self._section(section, said, inherited, parents)
            if inherited:
                result[section] = Node(inherited, said.file, said.line)
        states = self._states(own, parents)
        if states is not None:
            result["states"] = states
        return Node(result, own.file, own.line)

    def _united(self, own: Node, section: str, parents: Mapping[str, Map]) -> Map:
        """Return what the parents have in a section; a name stands for one thing only."""
        united: Map = {}
        for parent, parts in parents.items():
            for name, node in _entries(parts, section).items():
                if section == REQUIREMENTS and _stays(node, parts):
                    continue
                before = united.get(name)
                if before is None or _refers(before, parents):
                    united[name] = node
                elif not _refers(node, parents) and plain(before) != plain(node):
                    expected = f"the same {section}.{name} in all that are extended"
                    place = _child(own, "extends")
                    self._slip(place, "extends", expected, f"another one in {parent}")
        return united

    def _section(self, section: str, said: Node, inherited: Map, parents: Mapping[str, Map]) -> Map:
        result = dict(inherited)
        for written, node in said.value.items():
            path = dotted((section, written))
            parent, colon, local = written.partition(":")
            name = local if colon else written
            if name in result and (not colon or parent in parents):
                self._override(section, name, node, result)
            elif colon or node.value is None or _is_partial(section, node):
                expected = f"one of the {section} of {', '.join(parents)}"
                self._slip(node, path, expected, repr(written), did_you_mean(name, inherited))
            else:
                result[name] = node
        return result

    def _override(self, section: str, name: str, node: Node, result: Map) -> None:
        path = dotted((section, name))
        if node.value is not None:
            result[name] = self._changed(result[name], node, path)
        elif section != REQUIREMENTS:
            del result[name]
        else:
            advice = "write `excluded:` with a reason"
            self._slip(node, path, "a requirement that stays", "a removed one", advice)

    def _states(self, own: Node, parents: Mapping[str, Map]) -> Node | None:
        machines = [parts["states"] for parts in parents.values() if "states" in parts]
        if any(plain(machine) != plain(machines[0]) for machine in machines[1:]):
            expected = "the same states in all that are extended"
            self._slip(_child(own, "extends"), "extends", expected, "different ones")
        said = own.value.get("states")
        if said is None or not machines:
            return said or next(iter(machines), None)
        return None if said.value is None else self._changed(machines[0], said, "states")

    def _changed(self, before: Node, node: Node, path: str) -> Node:
        told = len(self.slips)
        after = self._merge(before, node, path)
        if plain(after) == plain(before) and told == len(self.slips):
            self._slip(node, path, "a change of what is inherited", "the same again")
        return after

    def _merge(self, before: Node, node: Node, path: str) -> Node:
        if not isinstance(before.value, dict) or not isinstance(node.value, dict):
            return node
        result: Map = dict(before.value)
        for key, child in node.value.items():
            if child.value is None and key in result:
                del result[key]
            elif key in result:
                result[key] = self._merge(result[key], child, f"{path}.{key}")
            elif child.value is None:
                advice = did_you_mean(key, result)
                self._slip(child, f"{path}.{key}", "something inherited to remove", "none", advice)
            else:
                result[key] = child
        return Node(result, node.file, node.line)


def _child(node: Node, name: str) -> Node:
    return node.value.get(name) or Node(None, node.file, node.line)


def _entries(parts: Map, section: str) -> Map:
    node = parts.get(section)
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _is_partial(section: str, node: Node) -> bool:
    is_map = isinstance(node.value, dict)
    return section == REQUIREMENTS and is_map and "kind" not in node.value


def _refers(node: Node, parents: Mapping[str, Map]) -> bool:
    """Tell whether an adaptation only points to one of the other parents (`defined_in`)."""
    owner = node.value.get("defined_in") if isinstance(node.value, dict) else None
    return owner is not None and owner.value in parents


def _stays(requirement: Node, parts: Map) -> bool:
    """Tell whether a requirement is no heir's.

    One that says so; and what a pattern does not check is known once, not once for each heir,
    unless it says otherwise.
    """
    said = _entries({"": requirement}, "")
    if "inherited" in said:
        return said["inherited"].value is False
    abstract = _entries(parts, "profile").get("abstract")
    return abstract is not None and abstract.value is True and "excluded" in said


def _with_document(parts: Map) -> Map:
    """Return the parts with the document that its requirements leave unsaid written down."""
    header = {name: plain(node) for name, node in _entries(parts, "profile").items()}
    document = header.get("document")
    requirements = parts.get(REQUIREMENTS)
    if not isinstance(document, dict) or requirements is None:
        return parts
    text = f"{document.get('id', '')} {document.get('version', '')}".strip()
    entries = _entries(parts, REQUIREMENTS).items()
    stated = {name: _stating(node, text) for name, node in entries}
    return {**parts, REQUIREMENTS: Node(stated, requirements.file, requirements.line)}


def _stating(requirement: Node, document: str) -> Node:
    if not isinstance(requirement.value, dict) or "document" in requirement.value:
        return requirement
    place = (requirement.file, requirement.line)
    return Node({**requirement.value, "document": Node(document, *place)}, *place)
