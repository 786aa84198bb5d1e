"""Checks that hold for every instance of every class, from the CIM class facts.

Pure. Instances are taken by layout (same class, same properties), so that what is declared is
looked up once for thousands of them, and each distinct value is judged once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.cim import INTEGER_TYPES, Instance, Malformed, Path, PropertySlot
from conformance.evaluate.links import said
from conformance.evaluate.model import Model
from conformance.evaluate.seen import Group
from conformance.evaluate.words import expectation, judge, show, value_map_schemas
from conformance.findings import Findings
from conformance.results import Observation
from conformance.schema.classes import Property

MISSING = frozenset({3, 4, 5, 6})
"""CIM status codes that say that there is no such instance (servers differ)."""


@dataclass(frozen=True)
class Column:
    """One property of a group, with what the class facts say of it."""

    group: Group
    position: int
    slot: PropertySlot
    declared: Property

    def values(self) -> Iterator[tuple[Instance, Any]]:
        """Yield each instance with its value, NULLs left out."""
        position = self.position
        for instance in self.group.instances:
            value = instance.values[position]
            if value is not None:
                yield instance, value

    @cached_property
    def all_values(self) -> list[Any]:
        """Return the values of all instances, NULLs left out."""
        position = self.position
        found = [instance.values[position] for instance in self.group.instances]
        return [value for value in found if value is not None]

    @cached_property
    def distinct(self) -> frozenset[Any]:
        """Return every value or element of a value once, so that thousands are judged as a few."""
        items = self.all_values
        if list in set(map(type, items)):
            items = [one for v in items for one in (v if isinstance(v, list) else [v])]
        return frozenset(items)


def columns(model: Model) -> Iterator[Column]:
    """Yield each property that the class facts declare, for each group of instances."""
    for group in model.groups:
        for position, slot in enumerate(group.layout.slots):
            declared = model.declared(group.cim_class, slot.name)
            if declared is not None:
                yield Column(group, position, slot, declared)


def _observed(instance: Instance, expected: str, found: str, cause: str) -> Observation:
    return Observation(str(instance.path), expected, found, cause=cause)


def class_derivation(model: Model) -> Findings:
    """Each instance is of the class that was asked for, or of a subclass (DSP0200, 5.3.2.7)."""
    observations = []
    examined = 0
    for extent in model.snapshot.extents.values():
        strange: dict[str, Instance] = {}
        for instance in extent.instances:
            examined += 1
            strange.setdefault(instance.classname, instance)
        for classname, instance in strange.items():
            related = model.snapshot.derives(classname, extent.classname, extent.namespace)
            if related is False:
                observations.append(
                    _observed(
                        instance,
                        f"an instance of {extent.classname} or of a subclass",
                        f"class {classname}, which is not derived from it",
                        classname,
                    )
                )
    return Findings(examined, tuple(observations))


def property_declared(model: Model) -> Findings:
    """Each property of an instance is declared by its class (DSP0201, 3.2.2.8)."""
    observations = []
    examined = 0
    for group in model.groups:
        reply = model.snapshot.class_reply(group.layout.classname, group.namespace)
        whole = group.layout.classname.lower() == group.cim_class.lower()
        if reply is None and not whole:
            continue
        declared = {name.lower() for name in reply.properties} if reply is not None else set()
        if group.cim_class:
            declared |= {name.lower() for name in model.declared_properties(group.cim_class)}
        examined += len(group.instances)
        for slot in group.layout.slots:
            if slot.name.lower() not in declared:
                observations.append(
                    _observed(
                        group.instances[0],
                        f"only properties that {group.layout.classname} declares",
                        f"{slot.name} (in {len(group.instances)} instances)",
                        f"{group.layout.classname}.{slot.name}",
                    )
                )
    return Findings(examined, tuple(observations))


def property_type(model: Model) -> Findings:
    """Each property has the declared type, array or not, and a value of that type."""
    observations = []
    examined = 0
    for column in columns(model):
        examined += len(column.group.instances)
        declared = _type(column.declared.type, array=column.declared.array)
        sent = _type(column.slot.type, array=column.slot.is_array)
        cause = f"{column.group.layout.classname}.{column.slot.name}"
        kinds = set(map(type, column.all_values))
        if declared != sent and kinds:
            instance = next(column.values())[0]
            number = len(column.group.instances)
            found = f"{sent} (in {number} instances)"
            expected = f"{column.slot.name}: type {declared}"
            observations.append(_observed(instance, expected, found, cause))
        if not kinds & {Malformed, list}:
            continue
        embeds = column.declared.embedded_instance or column.declared.embedded_object
        for instance, value in column.values():
            if _malformed(value) and not embeds:  # an embedded instance has a check of its own
                expected = f"{column.slot.name}: a value of type {sent}"
                observations.append(_observed(instance, expected, show(value), cause))
    return Findings(examined, tuple(observations))


def _type(name: str, *, array: bool) -> str:
    return f"{name}[]" if array else name


def _malformed(value: Any) -> bool:  # any CIM value
    if isinstance(value, list):
        return any(isinstance(item, Malformed) for item in value)
    return isinstance(value, Malformed)


def required_properties(model: Model) -> Findings:
    """Key and Required properties are not NULL (DSP0004, 5.6.3.23 and 5.6.3.43)."""
    observations = []
    examined = 0
    for group in model.groups:
        for name, declared in model.declared_properties(group.cim_class).items():
            if not (declared.key or declared.required):
                continue
            position = group.layout.index.get(name.lower())
            examined += len(group.instances)
            word = "key" if declared.key else "required"
            for instance in group.instances:
                if position is None or instance.values[position] is None:
                    cause = f"{group.layout.classname}.{name}"
                    observations.append(
                        _observed(instance, f"{name} ({word}): a value", "NULL", cause)
                    )
    return Findings(examined, tuple(observations))


def key_values(model: Model) -> Findings:
    """The keys of a path are the key properties of the instance (DSP0004, 8.2.5)."""
    observations = []
    examined = 0
    for group in model.groups:
        keys = [n for n, p in model.declared_properties(group.cim_class).items() if p.key]
        for instance in group.instances:
            if instance.path is None or not keys:
                continue
            examined += 1
            for name in keys:
                in_path, value = instance.path.key(name), instance.get(name)
                if value is not None and not _same_key(name, in_path, value):
                    found = f"{show(in_path)} in the path, {show(value)} in the instance"
                    cause = f"{group.layout.classname}.{name}"
                    expected = f"key {name}: the same value in path and instance"
                    observations.append(_observed(instance, expected, found, cause))
    return Findings(examined, tuple(observations))


def _same_key(name: str, one: Any, other: Any) -> bool:  # any CIM value
    if isinstance(one, Path) and isinstance(other, Path):
        return _without_namespace(one) == _without_namespace(other)
    if name.lower().endswith("creationclassname"):
        return str(one).lower() == str(other).lower()
    return bool(one == other) or str(one) == str(other)


def _without_namespace(path: Path) -> str:
    return path.identity.partition(":")[2]


def value_map(model: Model) -> Findings:
    """Integers with a ValueMap hold one of its values (DSP0004, 5.6.3.55).

    A value that only the server's own class declares is a warning: its schema may be newer.
    """
    observations: list[Observation] = []
    examined = 0
    for column in columns(model):
        if not column.declared.valuemap or column.declared.type not in INTEGER_TYPES:
            continue
        schema = {"anyOf": list(value_map_schemas(column.declared.valuemap, column.declared.type))}
        allowed = judge(schema)
        if not any(_off(item, allowed) for item in column.distinct):
            examined += len(column.all_values)
            continue
        own = _own_value_map(column, model)
        for instance, value in column.values():
            examined += 1
            for item in value if isinstance(value, list) else [value]:
                if not _off(item, allowed):
                    continue
                newer = own is not None and not own(item)
                found = _unlisted(column, value, item, newer=newer)
                expected = f"{column.slot.name}: {expectation(schema)}"
                cause = f"{column.group.layout.classname}.{column.slot.name}"
                severity = "warn" if newer else "fail"
                subject = str(instance.path)
                observations.append(Observation(subject, expected, found, severity, cause))
    return Findings(examined, tuple(observations))


def _off(item: Any, allowed: Callable[[Any], str]) -> bool:
    """Tell whether a value is none that is allowed; what cannot be read is judged elsewhere."""
    return item is not None and not isinstance(item, Malformed) and bool(allowed(item))


def _unlisted(column: Column, value: Any, item: int, *, newer: bool) -> str:  # any CIM value
    """Return a value that the ValueMap does not list in words."""
    found = show(item) if value is item else f"{show(item)} in {show(value)}"
    if newer:
        return f"{found}, which only the server's class {column.group.layout.classname} lists"
    known = column.declared.allowed()
    label = known.label(item) if known is not None else None
    return f"{found} ({label})" if label else found


def _own_value_map(column: Column, model: Model) -> Callable[[Any], str] | None:
    """Return the judge of the entries that the server's class has beyond the class facts."""
    reply = model.snapshot.class_reply(column.group.layout.classname, column.group.namespace)
    if reply is None:
        return None
    folded = {name.lower(): entries for name, entries in reply.property_valuemaps.items()}
    known = column.declared.valuemap
    entries = [e for e in folded.get(column.slot.name.lower(), ()) if e not in known]
    if not entries:
        return None
    return judge({"anyOf": list(value_map_schemas(dict.fromkeys(entries), column.declared.type))})


def max_length(model: Model) -> Findings:
    """Strings are no longer than MaxLen (DSP0004, 5.6.3.30)."""
    observations = []
    examined = 0
    for column in columns(model):
        longest = column.declared.maxlen
        if longest is None:
            continue
        lengths = (len(item) for item in column.distinct if isinstance(item, str))
        if max(lengths, default=0) <= longest:
            examined += len(column.all_values)
            continue
        for instance, value in column.values():
            items = value if isinstance(value, list) else [value]
            examined += 1
            worst = max((len(i) for i in items if isinstance(i, str)), default=0)
            if worst > longest:
                cause = f"{column.group.layout.classname}.{column.slot.name}"
                expected = f"{column.slot.name}: at most {longest} characters"
                observations.append(_observed(instance, expected, f"{worst} characters", cause))
    return Findings(examined, tuple(observations))


def reference_resolves(model: Model) -> Findings:
    """Each reference names an instance that exists.

    One that leads nowhere was asked for again by GetInstance before it is believed. A refusal
    that does not say that the instance is missing counts only where its class was enumerated.
    """
    observations = []
    examined = 0
    read_again = {path.identity: answer for path, answer in model.snapshot.reads}
    for group, slot, position in _references(model):
        for instance in group.instances:
            path = instance.values[position]
            if not isinstance(path, Path):
                continue
            target = model.resolve(path)
            if target in model.snapshot.by_identity:
                examined += 1
                continue
            answer = read_again.get(path.identity)
            if answer is None or answer.refusal is None:
                continue
            if answer.refusal.status not in MISSING and not _enumerated(path, model):
                continue
            examined += 1
            expected = f"{slot.name} names an instance that exists"
            found = f"{path}: {answer.refusal}"
            observations.append(_observed(instance, expected, found, str(path)))
    return Findings(examined, tuple(observations))


def _enumerated(path: Path, model: Model) -> bool:
    """Tell whether the instances of the class that a path names could be enumerated."""
    return any(
        extent.answer.ok
        and extent.namespace.lower() == path.namespace.lower()
        and model.snapshot.derives(path.classname, extent.classname, path.namespace)
        for extent in model.snapshot.extents.values()
    )


def _references(model: Model) -> Iterator[tuple[Group, PropertySlot, int]]:
    for group in model.groups:
        for position, slot in enumerate(group.layout.slots):
            if slot.type == "reference":
                yield group, slot, position


def reference_class(model: Model) -> Findings:
    """Each reference names an instance of the declared class (DSP0004, 7.9)."""
    observations = []
    examined = 0
    verdicts: dict[tuple[str, str, str], bool | None] = {}
    for group, slot, position in _references(model):
        declared = model.declared(group.cim_class, slot.name)
        if declared is None or not declared.class_:
            continue
        for instance in group.instances:
            path = instance.values[position]
            if not isinstance(path, Path):
                continue
            asked = (path.classname.lower(), declared.class_, path.namespace.lower())
            if asked not in verdicts:
                verdicts[asked] = model.snapshot.derives(
                    path.classname, declared.class_, path.namespace
                )
            examined += 1 if verdicts[asked] is not None else 0
            if verdicts[asked] is False:
                cause = f"{group.layout.classname}.{slot.name}"
                expected = f"{slot.name}: an instance of {declared.class_}"
                observations.append(_observed(instance, expected, str(path), cause))
    return Findings(examined, tuple(observations))


def embedded_instances(model: Model) -> Findings:
    """A property declared to hold an embedded instance holds one of that class."""
    observations = []
    examined = 0
    for column in columns(model):
        wanted = column.declared.embedded_instance
        if not wanted and not column.declared.embedded_object:
            continue
        for instance, value in column.values():
            for item in value if isinstance(value, list) else [value]:
                examined += 1
                found = _embedded_fault(item, wanted, model, column.group.namespace)
                if found:
                    cause = f"{column.group.layout.classname}.{column.slot.name}"
                    expected = f"{column.slot.name}: an embedded {wanted or 'instance'}"
                    observations.append(_observed(instance, expected, found, cause))
    return Findings(examined, tuple(observations))


def _embedded_fault(item: Any, wanted: str, model: Model, namespace: str) -> str:
    if not isinstance(item, Instance):
        text = item.text if isinstance(item, Malformed) else item
        return f"{show(text)}, which cannot be read as an instance"
    if wanted and model.snapshot.derives(item.classname, wanted, namespace) is False:
        return f"an instance of {item.classname}"
    return ""


def association_cardinality(model: Model) -> Findings:
    """Min and Max of each reference hold (DSP0004, 5.6.3.29 and 5.6.3.33)."""
    observations: list[Observation] = []
    examined = 0
    for association in sorted(model.snapshot.asked_associations()):
        facts = model.declared_properties(association)
        roles = {name: p for name, p in facts.items() if p.type == "reference"}
        for name, declared in roles.items():
            others = [other for other in roles if other != name]
            low, high = declared.min or 0, declared.max
            if len(others) != 1 or (not low and high is None):
                continue
            seen, found = _cardinality(model, association, name, others[0], (low, high))
            examined += seen
            observations += found
    return Findings(examined, tuple(observations))


def _cardinality(
    model: Model, association: str, role: str, other: str, bounds: tuple[int, int | None]
) -> tuple[int, list[Observation]]:
    """Count what stands at `role` for each element at the other end."""
    low, high = bounds
    reached: dict[str, set[str]] = {}
    for edge in model.edges_of(association):
        here, there = edge.ends.get(other.lower()), edge.ends.get(role.lower())
        if here is not None and there is not None:
            reached.setdefault(here, set()).add(there)
    declared = model.declared(association, other)
    if low and declared is not None:
        for instance in model.snapshot.instances_of(declared.class_):
            if instance.path is not None:
                reached.setdefault(instance.path.identity, set())
    observations = []
    for subject, ends in reached.items():
        if len(ends) < low or (high is not None and len(ends) > high):
            several = said(f"{low}..{'*' if high is None else high}")
            shown = ", ".join(model.text(end) for end in sorted(ends)[:5])
            observations.append(
                Observation(
                    model.text(subject),
                    f"{several} at {role} of {association}",
                    f"{len(ends)}: {shown}" if shown else "none",
                    cause=f"{association}.{role}",
                )
            )
    return len(reached), observations
