"""Changes of instances as indications: CIM_InstCreation, -Modification and -Deletion.

Where the schema has the intrinsic events of WMI (`__InstanceModificationEvent` and so on), who
asks for those is told of the same changes in them.
"""

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
#: What WMI calls the same.
_INTRINSIC: Mapping[ChangeKind, str] = {
    "created": "__InstanceCreationEvent",
    "modified": "__InstanceModificationEvent",
    "deleted": "__InstanceDeletionEvent",
}
_INTRINSIC_OF = {_CLASSES[kind]: name for kind, name in _INTRINSIC.items()}
_INFORMATION = 2

#: When the time of WMI begins, which it counts by tenths of microseconds.
_BEGINNING = datetime(1601, 1, 1, tzinfo=UTC)


class EventReader:
    """Makes indications of events; `host` is what is told as the host of the instances."""

    def __init__(self, schema: Schema, host: str) -> None:
        self._schema = schema
        self._host = host

    def selected(self, event: Event, by: Filter) -> bool:
        """Whether a filter is about events of this kind in this namespace at all."""
        namespace = source_of(event).path.namespace.lower()
        told_in = (_CLASSES[event.kind], _INTRINSIC[event.kind])
        return namespace in by.namespaces and any(
            self._schema.is_a(each, by.query.classname) for each in told_in
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
    intrinsic = by.query.classname.startswith("__")
    try:
        selected = by.query.select([_as_intrinsic(indication) if intrinsic else indication])
    except CIMError:
        return None  # its condition makes no sense for instances of this class
    if not selected or intrinsic:
        return selected[0] if selected else None
    values = {**selected[0].values, "IndicationFilterName": by.name}
    return Instance(indication.classname, values)


def _as_intrinsic(indication: Instance) -> Instance:
    """Return an indication as the event of WMI that tells of the same change."""
    told_at = datetime.now(UTC) - _BEGINNING
    values = {
        "TIME_CREATED": round(told_at.total_seconds() * 10_000_000),
        "TargetInstance": indication.get("SourceInstance"),
        "PreviousInstance": indication.get("PreviousInstance"),
    }
    given = {name: value for name, value in values.items() if value is not None}
    return Instance(_INTRINSIC_OF[indication.classname], given)


def _changed(event: Event) -> list[str]:
    before = event.before.values if event.before else {}
    after = event.after.values if event.after else {}
    return sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
