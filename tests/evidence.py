"""Requirements judged on a few instances that a test states, without a server.

A test says what an endpoint showed as values; everything from there on is what a run does.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as File
from typing import Any

from conformance.cim import Answer, Exchange, Instance, Layout, Path, PropertySlot
from conformance.definitions.load import load_profiles
from conformance.evaluate import Evidence, evaluate
from conformance.evaluate.model import Model
from conformance.plan import plan
from conformance.results import Result
from conformance.schema.class_files import bundled_classes
from conformance.snapshot import Extent, Queries, Snapshot

FACTS = bundled_classes()
NAMESPACE = "root/virt"
OK = Answer(Exchange("EnumerateInstances", "", "ok"))


def seen(classname: str, key: str, **values: Any) -> Instance:
    """Return an instance with `key` as its InstanceID, and the properties stated."""
    path = Path(NAMESPACE, classname, [("InstanceID", key)])
    return _instance(path, classname, {"InstanceID": key, **values})


def linked(classname: str, **ends_and_values: Any) -> Instance:
    """Return an association instance; an end is given as the instance that stands there."""
    values = {
        name: value.path if isinstance(value, Instance) else value
        for name, value in ends_and_values.items()
    }
    ends = [(name, value) for name, value in values.items() if isinstance(value, Path)]
    return _instance(Path(NAMESPACE, classname, ends), classname, values)


def _instance(path: Path, classname: str, values: dict[str, Any]) -> Instance:
    slots = tuple(_slot(classname, name, value) for name, value in values.items())
    return Instance(path, Layout(classname, slots), list(values.values()))


def _slot(classname: str, name: str, value: Any) -> PropertySlot:
    view = FACTS.get(classname)
    declared = view.property(name) if view is not None else None
    if isinstance(value, Path) or declared is None:
        return PropertySlot(name, "reference")
    return PropertySlot(name, declared.type, declared.array)


def snapshot(instances: Iterable[Instance], asked: Iterable[str] = ()) -> Snapshot:
    """Return a snapshot of instances; the classes `asked` were read even if they are empty."""
    by_class: dict[str, list[Instance]] = {name: [] for name in asked}
    for instance in instances:
        by_class.setdefault(instance.classname, []).append(instance)
    return Snapshot(
        url="http://here",
        interop="root/interop",
        namespaces=(NAMESPACE,),
        queries=Queries(classes=FACTS.names),
        facts=FACTS,
        extents=[Extent(NAMESPACE, name, found, OK) for name, found in by_class.items()],
    )


def judged(
    definition: str, folder: File, *instances: Instance, asked: Iterable[str] = ()
) -> Result:
    """Return the result of the first check of a profile definition on some instances."""
    (folder / "T.yaml").write_text(definition, encoding="utf-8")
    catalogue = load_profiles(folder)
    model = Model(catalogue, snapshot(instances, asked), FACTS)
    return evaluate(plan(catalogue).checks[0], Evidence(model, {}))
