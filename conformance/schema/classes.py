"""CIM class facts: what a CIM schema release declares about the classes the profiles use.

Pure values and look-ups. A `ClassFacts` is one JSON file and holds only what the class itself
declares or overrides; `Classes` answers with everything inherited. Names of classes,
properties, methods and parameters are compared without case (DSP0004).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from conformance.schema.value_map import ValueMap, ValueSet, value_set


class Fact(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A value that is written to JSON without the fields that have their default."""


class Typed(Fact, frozen=True, kw_only=True, rename={"class_": "class"}):
    """What a property and a parameter have in common.

    `type` is a CIM data type, or "reference" with the referenced class in `class_`. `minlen` and
    `maxlen` count characters; `min` and `max` are the cardinality of a reference, None being no
    limit. The fields mean what the qualifiers of the same name mean (DSP0004).
    """

    type: str
    array: bool = False
    arraytype: str = ""
    class_: str = ""
    required: bool = False
    minlen: int | None = None
    maxlen: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    min: int | None = None
    max: int | None = None
    octetstring: bool = False
    embedded_instance: str = ""
    embedded_object: bool = False
    valuemap: ValueMap = {}

    def allowed(self) -> ValueSet | None:
        """Return the values that the value map knows; None without a value map."""
        return value_set(self.valuemap, self.type) if self.valuemap else None


class Property(Typed, frozen=True, kw_only=True):
    """A property, or a reference of an association.

    `override` tells that the class refines an inherited property of that name; `default` is the
    initial value in the class declaration.
    """

    key: bool = False
    override: bool = False
    deprecated: bool = False
    experimental: bool = False
    default: Any = None


class Parameter(Typed, frozen=True, kw_only=True, rename={"class_": "class", "in_": "in"}):
    """A parameter of a method with its directions (qualifiers In and Out)."""

    in_: bool
    out: bool = False


class Method(Fact, frozen=True, kw_only=True):
    """An extrinsic method: type and value map of its return value, its parameters in order."""

    returns: str
    static: bool = False
    override: bool = False
    deprecated: bool = False
    experimental: bool = False
    valuemap: ValueMap = {}
    parameters: Mapping[str, Parameter]

    def allowed(self) -> ValueSet | None:
        """Return the return values that the value map knows; None without a value map."""
        return value_set(self.valuemap, self.returns) if self.valuemap else None

    def parameter(self, name: str) -> Parameter | None:
        """Return a parameter by name; None when the method has none of that name."""
        return _named(self.parameters, name)


class ClassFacts(Fact, frozen=True, kw_only=True):
    """A class with its own properties and methods, in schema order.

    `superclass` is None for a top class; `version` is the schema version of the last change
    (qualifier Version). A class that is a vendor's own, and in no schema release, names the
    `vendor`.
    """

    name: str
    superclass: str | None
    association: bool
    indication: bool = False
    abstract: bool
    version: str
    experimental: bool
    deprecated: bool
    vendor: str = ""
    properties: Mapping[str, Property]
    methods: Mapping[str, Method]


class ClassView:
    """A class with all that it inherits.

    `own` are the facts of the class itself; `ancestors` are class names, itself first;
    `properties` and `methods` are in the order in which they were declared, the topmost class
    first, each refined by the overrides on the way down.
    """

    def __init__(self, own: ClassFacts, parent: ClassView | None) -> None:
        self.own = own
        self.parent = parent

    @property
    def name(self) -> str:
        """Return the class name in the schema's spelling."""
        return self.own.name

    @cached_property
    def ancestors(self) -> tuple[str, ...]:
        """Return the names of the class and its ancestors, nearest first."""
        return (self.name, *(self.parent.ancestors if self.parent else ()))

    @cached_property
    def folded_ancestors(self) -> frozenset[str]:
        """Return the same names in lower case."""
        return frozenset(name.lower() for name in self.ancestors)

    @cached_property
    def properties(self) -> Mapping[str, Property]:
        """Return all properties by name."""
        return _merged(self.own.properties, self.parent.properties if self.parent else {})

    @cached_property
    def methods(self) -> Mapping[str, Method]:
        """Return all methods by name."""
        return _merged(self.own.methods, self.parent.methods if self.parent else {})

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the key properties."""
        return tuple(name for name, one in self.properties.items() if one.key)

    @cached_property
    def references(self) -> Mapping[str, str]:
        """Return the class that each reference of an association refers to, by its role."""
        found = self.properties.items()
        return {name: one.class_ for name, one in found if one.type == "reference"}

    def property(self, name: str) -> Property | None:
        """Return a property, own or inherited, by name; None when there is none."""
        return self._folded_properties.get(name.lower())

    def method(self, name: str) -> Method | None:
        """Return a method, own or inherited, by name; None when there is none."""
        return _named(self.methods, name)

    @cached_property
    def _folded_properties(self) -> Mapping[str, Property]:
        return {name.lower(): one for name, one in self.properties.items()}

    def __repr__(self) -> str:
        return f"ClassView({self.name})"


class Classes:
    """All classes that facts are at hand for; immutable, but for what was looked up before."""

    def __init__(self, facts: Iterable[ClassFacts]) -> None:
        """Take the facts of classes in any order.

        Raises:
            ValueError: a superclass is missing, or a class is its own ancestor.
        """
        self._facts = {one.name.lower(): one for one in facts}
        self._views: dict[str, ClassView] = {}
        self._subclasses: dict[str, tuple[str, ...]] = {}
        for name in self._facts:
            self._build(name)

    def _build(self, start: str) -> None:
        line = [start]
        while line[-1] not in self._views:
            superclass = self._facts[line[-1]].superclass
            if superclass is None:
                break
            if superclass.lower() not in self._facts or superclass.lower() in line:
                raise ValueError(f"{self._facts[line[-1]].name}: no such superclass: {superclass}")
            line.append(superclass.lower())
        for name in reversed(line):
            own = self._facts[name]
            parent = self._views[own.superclass.lower()] if own.superclass else None
            self._views.setdefault(name, ClassView(own, parent))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._views

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all classes in the schema's spelling."""
        return tuple(one.name for one in self._facts.values())

    def get(self, name: str) -> ClassView | None:
        """Return a class by name; None when there are no facts for it."""
        return self._views.get(name.lower())

    def is_a(self, name: str, ancestor: str) -> bool:
        """Tell whether a class is the other one or derives from it.

        A class without facts is only itself.
        """
        view = self.get(name)
        line = view.folded_ancestors if view else (name.lower(),)
        return ancestor.lower() in line

    def subclasses(self, name: str) -> tuple[str, ...]:
        """Return the names of all classes that are the named one or derive from it."""
        folded = name.lower()
        if folded not in self._subclasses:
            found = tuple(one for one in self.names if self.is_a(one, name))
            self._subclasses[folded] = found
        return self._subclasses[folded]

    def extended(self, facts: Iterable[ClassFacts]) -> Classes:
        """Return these classes and others, such as a vendor's; of one name, the other counts."""
        return Classes([*self._facts.values(), *facts])


_Element = TypeVar("_Element", Property, Method, Parameter)

_NOT_INHERITED = frozenset({"override", "deprecated", "experimental", "out"})


def _optional(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    """Return the fields that an override may leave out, with the value that says so."""
    fields = [field for field in msgspec.structs.fields(kind) if not field.required]
    defaults = {field.name: {} if field.name == "valuemap" else field.default for field in fields}
    return {name: default for name, default in defaults.items() if name not in _NOT_INHERITED}


_INHERITED = {kind: _optional(kind) for kind in (Property, Method, Parameter)}


def _named(elements: Mapping[str, _Element], name: str) -> _Element | None:
    found = elements.get(name)
    if found is not None:
        return found
    folded = name.lower()
    return next((one for key, one in elements.items() if key.lower() == folded), None)


def _merged(
    own: Mapping[str, _Element], inherited: Mapping[str, _Element]
) -> Mapping[str, _Element]:
    """Return inherited elements refined by own ones, then the new ones.

    An overridden element keeps its place; its name is spelled as the overriding class does.
    """
    declared = {name.lower(): name for name in own}
    result: dict[str, _Element] = {}
    for name, element in inherited.items():
        spelled = declared.get(name.lower())
        if spelled is None:
            result[name] = element
        else:
            result[spelled] = _refined(own[spelled], element)
    return result | {name: one for name, one in own.items() if name not in result}


def _refined(own: _Element, inherited: _Element) -> _Element:
    """Return an overriding element, with the inherited qualifiers that it leaves out."""
    taken: dict[str, Any] = {}
    for name, default in _INHERITED[type(own)].items():
        if getattr(own, name) == default:
            taken[name] = getattr(inherited, name)
    if isinstance(own, Method) and isinstance(inherited, Method):
        taken["parameters"] = _merged(own.parameters, inherited.parameters)
    return msgspec.structs.replace(own, **taken)
