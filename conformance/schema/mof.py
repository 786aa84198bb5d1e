"""Compile MOF to class facts. The only module that uses pywbem's MOF compiler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from pywbem import (
    CIMClass,
    CIMDateTime,
    CIMMethod,
    CIMParameter,
    CIMProperty,
    MOFCompileError,
    MOFCompiler,
    MOFWBEMConnection,
)

from conformance.schema.classes import ClassFacts, Method, Parameter, Property
from conformance.schema.release import Release, ReleaseError
from conformance.schema.value_map import ValueMap

Element: TypeAlias = CIMClass | CIMProperty | CIMMethod | CIMParameter
_NAMESPACE = "root/cimv2"


class _Collector(MOFWBEMConnection):  # type: ignore[misc]
    """Takes compiled classes as they are, without asking for their dependencies first."""

    def __init__(self) -> None:
        super().__init__()
        self.collected: dict[str, CIMClass] = {}

    def CreateClass(self, *args: CIMClass, **kwargs: CIMClass) -> None:  # noqa: N802 (pywbem's name)
        declared = args[0] if args else kwargs["NewClass"]
        self.collected[declared.classname.lower()] = declared


def compile_classes(release: Release, names: Iterable[str]) -> dict[str, ClassFacts]:
    """Compile the named classes with everything they need, and return the facts by class name.

    Needed are the ancestors, the classes of references, and those of embedded instances, of
    the class itself and in turn of each of these. Names that the release does not declare are
    left out. The result is sorted by name.

    Raises:
        ReleaseError: the MOF cannot be compiled.
    """
    compiled: dict[str, CIMClass] = {}
    collector = _Collector()
    compiler = MOFCompiler(collector, log_func=None)
    for file in release.qualifiers:
        _compile(compiler, release, file)
    done: set[str] = set()
    pending = [name.lower() for name in names]
    while pending:
        name = pending.pop()
        if name in done or name not in release.classes:
            continue
        done.add(name)
        if name not in collector.collected:
            _compile(compiler, release, release.classes[name])
        compiled[name] = collector.collected[name]
        pending += [needed.lower() for needed in _needs(compiled[name])]
    facts = [_facts(declared, compiled) for declared in compiled.values()]
    return {one.name: one for one in sorted(facts, key=lambda one: one.name)}


def _compile(compiler: MOFCompiler, release: Release, file: str) -> None:
    try:
        compiler.compile_string(release.texts[file], _NAMESPACE, file)
    except MOFCompileError as error:
        line = f":{error.lineno}" if error.lineno else ""
        reason = f"{file}{line} is no valid MOF: {error.msg}"
        advice = "correct the file or take another release"
        raise ReleaseError(release.origin, reason, advice) from error


def _needs(declared: CIMClass) -> Iterator[str]:
    if declared.superclass:
        yield declared.superclass
    parameters = [p for method in declared.methods.values() for p in method.parameters.values()]
    for element in [*declared.properties.values(), *parameters]:
        if element.reference_class:
            yield element.reference_class
        embedded = _string(element, "EmbeddedInstance")
        if embedded:
            yield embedded


def _ancestors(declared: CIMClass, compiled: Mapping[str, CIMClass]) -> Iterator[CIMClass]:
    """Yield the class and its ancestors, nearest first."""
    current: CIMClass | None = declared
    while current is not None:
        yield current
        current = compiled.get((current.superclass or "").lower())


def _facts(declared: CIMClass, compiled: Mapping[str, CIMClass]) -> ClassFacts:
    line = list(_ancestors(declared, compiled))
    return ClassFacts(
        name=declared.classname,
        superclass=declared.superclass,
        association=any(_flag(one, "Association") for one in line),
        indication=any(_flag(one, "Indication") for one in line),
        abstract=_flag(declared, "Abstract"),
        version=_string(declared, "Version"),
        experimental=_flag(declared, "Experimental"),
        deprecated=_present(declared, "Deprecated"),
        properties={
            name: _property(one, [c.properties[name] for c in line if name in c.properties])
            for name, one in declared.properties.items()
        },
        methods={
            name: _method(one, [c.methods[name] for c in line if name in c.methods])
            for name, one in declared.methods.items()
        },
    )


def _property(declared: CIMProperty, line: list[CIMProperty]) -> Property:
    return Property(
        **_typed(declared, line),
        key=_flag(declared, "Key"),
        override=_present(declared, "Override"),
        deprecated=_present(declared, "Deprecated"),
        experimental=_flag(declared, "Experimental"),
        default=_plain(declared.value),
    )


def _method(declared: CIMMethod, line: list[CIMMethod]) -> Method:
    return Method(
        returns=declared.return_type,
        static=_flag(declared, "Static"),
        override=_present(declared, "Override"),
        deprecated=_present(declared, "Deprecated"),
        experimental=_flag(declared, "Experimental"),
        valuemap=_valuemap(line),
        parameters={
            name: _parameter(one, [m.parameters[name] for m in line if name in m.parameters])
            for name, one in declared.parameters.items()
        },
    )


def _parameter(declared: CIMParameter, line: list[CIMParameter]) -> Parameter:
    return Parameter(
        **_typed(declared, line),
        in_=_qualifier(declared, "In") is not False,
        out=_flag(declared, "Out"),
    )


def _typed(declared: CIMProperty | CIMParameter, line: list[Any]) -> dict[str, Any]:
    return {
        "type": declared.type,
        "array": bool(declared.is_array),
        "arraytype": _string(declared, "ArrayType"),
        "class_": declared.reference_class or "",
        "required": _flag(declared, "Required"),
        "minlen": _number(declared, "MinLen"),
        "maxlen": _number(declared, "MaxLen"),
        "minvalue": _number(declared, "MinValue"),
        "maxvalue": _number(declared, "MaxValue"),
        "min": _number(declared, "Min"),
        "max": _number(declared, "Max"),
        "octetstring": _flag(declared, "OctetString"),
        "embedded_instance": _string(declared, "EmbeddedInstance"),
        "embedded_object": _flag(declared, "EmbeddedObject"),
        "valuemap": _valuemap(line),
    }


def _valuemap(line: list[Any]) -> ValueMap:
    """Zip ValueMap and Values of an element; one that it leaves out is the inherited one.

    Both qualifiers are inherited separately (flavour ToSubclass), and Values without ValueMap
    number from 0 (DSP0004, qualifier Values). Of entries that a schema repeats, such as `..`, the
    first one counts.
    """
    if not any(_present(line[0], name) for name in ("ValueMap", "Values")):
        return {}
    entries = next(filter(None, (_strings(one, "ValueMap") for one in line)), [])
    labels = next(filter(None, (_strings(one, "Values") for one in line)), [])
    if not entries:
        return {str(number): label for number, label in enumerate(labels)}
    padded = [*labels, *[None] * len(entries)]
    zipped: dict[str, str | None] = {}
    for entry, label in zip(entries, padded, strict=False):
        zipped.setdefault(entry, label)
    return zipped


def _qualifier(element: Element, name: str) -> object:
    found = element.qualifiers.get(name)
    return None if found is None else found.value


def _string(element: Element, name: str) -> str:
    value = _qualifier(element, name)
    return "" if value is None else str(value)


def _strings(element: Element, name: str) -> list[str]:
    found = element.qualifiers.get(name)
    return [] if found is None or found.value is None else [str(one) for one in found.value]


def _flag(element: Element, name: str) -> bool:
    return _qualifier(element, name) is True


def _present(element: Element, name: str) -> bool:
    return name in element.qualifiers


def _number(element: Element, name: str) -> int | None:
    text = _string(element, name)
    return int(text) if text else None


def _plain(value: object) -> object:
    """Return a default value as JSON has it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, CIMDateTime):
        return str(value)
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)
