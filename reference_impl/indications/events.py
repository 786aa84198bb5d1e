"""Changes of instances as indications: CIM_InstCreation, -Modification and -Deletion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from reference_impl.hypervisor.identity import instance_id
from reference_impl.indications.filters import Filter
from reference_impl.repository import ChangeKind, Event
from reference_impl.schema import Schema
from reference_impl.values import CIMError, Instance, format_datetime

_CLASSES: Mapping[ChangeKind, str] = {
    "created": "CIM_InstCreation",
    "modified": "CIM_InstModification",
    "deleted": "CIM_InstDeletion",
}
_INFORMATION = 2


class EventReader:
    """Makes indications of events; `host` is what is told as the host of the instances."""

    def __init__(self, schema: Schema, host: str) -> None:
        self._schema = schema
        self._host = host

    def selected(self, event: Event, by: Filter) -> bool:
        """Whether a filter is about events of this kind in this namespace at all."""
        namespace = source_of(event).path.namespace.lower()
        return namespace in by.namespaces and self._schema.is_a(
            _CLASSES[event.kind], by.query.classname
        )

    def indication(self, event: Event) -> Instance | None:
        """Return what there is to tell of an event, or None for a change that changed nothing."""
        changed = _changed(event)
        if event.kind == "modified" and not changed:
            return None
        source = source_of(event)
        indication = Instance(
            _CLASSES[event.kind],
            {
                "IndicationIdentifier": instance_id("indication", str(uuid4())),
                "IndicationTime": format_datetime(datetime.now(UTC)),
                "PerceivedSeverity": _INFORMATION,
                "SourceInstance": source,
                "SourceInstanceModelPath": str(source.path),
                "SourceInstanceHost": self._host,
            },
        )
        if event.kind == "modified":
            indication.values["PreviousInstance"] = event.before
            indication.values["ChangedPropertyNames"] = changed
        return indication


def source_of(event: Event) -> Instance:
    """Return the instance that an event is about, as it was last."""
    source = event.after or event.before
    if source is None:
        raise ValueError(f"an event that {event.kind} nothing")
    return source


def told(indication: Instance, by: Filter) -> Instance | None:
    """Return what a filter selects of an indication, or None when it is not what it looks for."""
    try:
        selected = by.query.select([indication])
    except CIMError:
        return None  # its condition makes no sense for instances of this class
    if not selected:
        return None
    values = {**selected[0].values, "IndicationFilterName": by.name}
    return Instance(indication.classname, values)


def _changed(event: Event) -> list[str]:
    before = event.before.values if event.before else {}
    after = event.after.values if event.after else {}
    return sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
