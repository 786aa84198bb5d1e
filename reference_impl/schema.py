"""CIM classes, read from the project's class facts (one JSON file a class).

A fact file states only what the class itself declares or overrides; this module resolves
inheritance as DSP0004 (clause 7.5) says: qualifiers that go to subclasses are merged,
restricted ones (Deprecated, Experimental, Abstract, Version) are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reference_impl.values import Value

Facts = Mapping[str, Any]

#: Facts of a property or method that hold only where they are written (Restricted flavour).
RESTRICTED = frozenset({"deprecated", "experimental", "override"})


class SchemaError(Exception):
    """The class facts cannot be used; the text says which file or class, and why."""


@dataclass(frozen=True, slots=True)
class ElementDef:
    """What properties and parameters have in common.

    `embedded` is None, "object" (EmbeddedObject) or the class named by EmbeddedInstance;
    `valuemap` maps ValueMap entries, ranges included, to their labels.
    """

    name: str
    type: str
    is_array: bool = False
    required: bool = False
    maxlen: int | None = None
    valuemap: Mapping[str, str | None] | None = None
    reference_class: str | None = None
    embedded: str | None = None
    facts: Facts = field(default_factory=dict)

    @property
    def values(self) -> tuple[str, ...]:
        """The entries of the ValueMap, as written; empty without one."""
        return tuple(self.valuemap or ())


@dataclass(frozen=True, slots=True)
class PropertyDef(ElementDef):
    """One property as a class sees it: inherited facts merged.

    `class_origin` introduced it first; `declared_in` wrote the definition that holds here.
    """

    key: bool = False
    default: Value = None
    class_origin: str = ""
    declared_in: str = ""


@dataclass(frozen=True, slots=True)
class ParameterDef(ElementDef):
    """One method parameter; a parameter may be in, out or both."""

    is_in: bool = True
    is_out: bool = False


@dataclass(frozen=True, slots=True)
class MethodDef:
    """One method: return type and parameters in order, by name."""

    name: str
    returns: str
    parameters: Mapping[str, ParameterDef]
    static: bool = False
    valuemap: Mapping[str, str | None] | None = None
    class_origin: str = ""
    declared_in: str = ""
    facts: Facts = field(default_factory=dict)

    def parameter_named(self, name: str) -> ParameterDef | None:
        """Return a parameter by name without regard to case, or None."""
        folded = name.lower()
        return next((p for p in self.parameters.values() if p.name.lower() == folded), None)


class ClassDef:
    """One class with everything it inherits resolved; `facts` is its own fact file."""

    def __init__(self, facts: Facts, parent: ClassDef | None) -> None:
        self.facts = facts
        self.name: str = facts["name"]
        self.superclass: str | None = facts.get("superclass")
        self.association: bool = bool(facts.get("association"))
        self.indication: bool = bool(facts.get("indication"))
        self.abstract: bool = bool(facts.get("abstract"))
        if parent is not None:
            self.association = self.association or parent.association
            self.indication = self.indication or parent.indication
        #: The class itself and its ancestors, nearest first, in folded spelling.
        self.lineage: tuple[str, ...] = (self.name.lower(), *(parent.lineage if parent else ()))
        self.all_properties = _properties(facts, parent)
        self.all_methods = _methods(facts, parent)
        self._folded = {name.lower(): prop for name, prop in self.all_properties.items()}
        self._folded_methods = {name.lower(): m for name, m in self.all_methods.items()}
        self.key_properties = tuple(p for p in self.all_properties.values() if p.key)
        self.reference_properties = tuple(
            p for p in self.all_properties.values() if p.type == "reference"
        )

    @property
    def own_properties(self) -> dict[str, PropertyDef]:
        """The properties that this class declares or overrides itself."""
        return {n: p for n, p in self.all_properties.items() if p.declared_in == self.name}

    @property
    def own_methods(self) -> dict[str, MethodDef]:
        """The methods that this class declares or overrides itself."""
        return {n: m for n, m in self.all_methods.items() if m.declared_in == self.name}

    def property_named(self, name: str) -> PropertyDef | None:
        """Return a property by name without regard to case, or None."""
        return self.all_properties.get(name) or self._folded.get(name.lower())

    def method_named(self, name: str) -> MethodDef | None:
        """Return a method by name without regard to case, or None."""
        return self._folded_methods.get(name.lower())

    def __repr__(self) -> str:
        return f"ClassDef({self.name})"


class Schema:
    """The classes of the server, found by name without regard to case.

    Raises `SchemaError` on a class whose superclass is not there.
    """

    def __init__(self, classes: Iterable[Facts]) -> None:
        self._classes: dict[str, ClassDef] = {}
        self._children: dict[str, list[str]] = {}
        self._closures: dict[str, list[str]] = {}
        facts = {each["name"].lower(): each for each in classes}
        for name in facts:
            self._resolve(name, facts, ())

    @classmethod
    def load(cls, folder: Path) -> Schema:
        """Read every `*.json` class fact file of a folder.

        Raises `SchemaError` for an unreadable file, and for a folder without classes.
        """
        files = sorted(folder.glob("*.json"))
        if not files:
            raise SchemaError(f"{folder}: expected class facts (*.json), found none")
        return cls(_read(file) for file in files)

    def copy(self) -> Schema:
        """Return a schema of the same classes, to which others can be added."""
        other = Schema(())
        other._classes = dict(self._classes)
        other._children = {name: list(below) for name, below in self._children.items()}
        return other

    def class_named(self, name: str) -> ClassDef | None:
        """Return a class by name without regard to case, or None."""
        return self._classes.get(name.lower())

    def classes(self) -> list[ClassDef]:
        """Return all classes, each after its superclass."""
        return list(self._classes.values())

    def roots(self) -> list[str]:
        """Return the names of the classes without a superclass."""
        return [each.name for each in self._classes.values() if each.superclass is None]

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether the class `name` is `ancestor` or derived from it; False for unknown names."""
        found = self._classes.get(name.lower())
        return found is not None and ancestor.lower() in found.lineage

    def children(self, name: str) -> list[str]:
        """Return the names of the direct subclasses."""
        return list(self._children.get(name.lower(), ()))

    def subclasses(self, name: str) -> list[str]:
        """Return the class itself and all classes below it, each after its superclass.

        Empty for an unknown class.
        """
        folded = name.lower()
        if folded not in self._closures and folded in self._classes:
            closure = [self._classes[folded].name]
            for child in self._children.get(folded, ()):
                closure += self.subclasses(child)
            self._closures[folded] = closure
        return self._closures.get(folded, [])

    def derive(
        self,
        name: str,
        superclass: str | None,
        properties: Facts | None = None,
        methods: Facts | None = None,
        *,
        abstract: bool = False,
        indication: bool = False,
    ) -> ClassDef:
        """Add a vendor's class; `properties` and `methods` are written as in the fact files.

        Raises `SchemaError` when the superclass is unknown or the name is taken.
        """
        if self.class_named(name):
            raise SchemaError(f"{name}: cannot be derived, a class of this name exists")
        return self._add(
            {
                "name": name,
                "superclass": superclass,
                "abstract": abstract,
                "indication": indication,
                "properties": properties or {},
                "methods": methods or {},
            }
        )

    def _resolve(self, folded: str, facts: Mapping[str, Facts], below: tuple[str, ...]) -> None:
        if folded in self._classes:
            return
        if folded in below:
            raise SchemaError(f"{facts[folded]['name']}: is its own ancestor")
        superclass = facts[folded].get("superclass")
        if superclass and superclass.lower() in facts:
            self._resolve(superclass.lower(), facts, (*below, folded))
        self._add(facts[folded])

    def _add(self, facts: Facts) -> ClassDef:
        superclass = facts.get("superclass")
        parent = self.class_named(superclass) if superclass else None
        if superclass and parent is None:
            raise SchemaError(f"{facts['name']}: its superclass {superclass} is not in the schema")
        try:
            added = ClassDef(facts, parent)
        except (KeyError, TypeError, AttributeError) as error:
            raise SchemaError(f"{facts['name']}: class facts not understood ({error!r})") from error
        self._classes[added.name.lower()] = added
        if parent is not None:
            self._children.setdefault(parent.name.lower(), []).append(added.name)
        self._closures.clear()
        return added


def _read(file: Path) -> Facts:
    try:
        facts: Facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{file}: expected a class in JSON, {error}") from error
    if not isinstance(facts, dict) or "name" not in facts:
        raise SchemaError(f"{file}: expected an object with a class name, found none")
    return facts


def _inherited(own: Facts, parent: Facts | None) -> dict[str, Any]:
    """Merge the facts of an overriding element over those it overrides."""
    kept = {k: v for k, v in (parent or {}).items() if k not in RESTRICTED}
    return {**kept, **own}


def _element(name: str, facts: Facts) -> dict[str, Any]:
    embedded = "object" if facts.get("embedded_object") else facts.get("embedded_instance")
    return {
        "name": name,
        "type": facts["type"],
        "is_array": bool(facts.get("array")),
        "required": bool(facts.get("required")),
        "maxlen": facts.get("maxlen"),
        "valuemap": facts.get("valuemap"),
        "reference_class": facts.get("class"),
        "embedded": embedded,
        "facts": facts,
    }


def _properties(facts: Facts, parent: ClassDef | None) -> dict[str, PropertyDef]:
    found = dict(parent.all_properties) if parent else {}
    spelled = {name.lower(): name for name in found}
    for name, own in facts.get("properties", {}).items():
        inherited = found.get(spelled.get(name.lower(), ""))
        merged = _inherited(own, inherited.facts if inherited else None)
        spelling = inherited.name if inherited else name
        found[spelling] = PropertyDef(
            **_element(spelling, merged),
            key=bool(merged.get("key")),
            default=merged.get("default"),
            class_origin=inherited.class_origin if inherited else facts["name"],
            declared_in=facts["name"],
        )
    return found


def _methods(facts: Facts, parent: ClassDef | None) -> dict[str, MethodDef]:
    found = dict(parent.all_methods) if parent else {}
    spelled = {name.lower(): name for name in found}
    for name, own in facts.get("methods", {}).items():
        inherited = found.get(spelled.get(name.lower(), ""))
        found[inherited.name if inherited else name] = _method(name, own, inherited, facts["name"])
    return found


def _method(name: str, own: Facts, inherited: MethodDef | None, declared_in: str) -> MethodDef:
    merged = _inherited(own, inherited.facts if inherited else None)
    return MethodDef(
        name=inherited.name if inherited else name,
        returns=merged["returns"],
        parameters={
            each: ParameterDef(
                **_element(each, parameter),
                is_in=bool(parameter.get("in", not parameter.get("out"))),
                is_out=bool(parameter.get("out")),
            )
            for each, parameter in merged.get("parameters", {}).items()
        },
        static=bool(merged.get("static")),
        valuemap=merged.get("valuemap"),
        class_origin=inherited.class_origin if inherited else declared_in,
        declared_in=declared_in,
        facts=merged,
    )
