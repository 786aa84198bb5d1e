"""Faults of what clients create to be told of changes, and of what they are told (DSP1054)."""

from __future__ import annotations

from collections.abc import Callable

from reference_impl.faults.bend import Bend
from reference_impl.faults.fault import Fault
from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.store import Values
from reference_impl.indications.filters import SUBSCRIPTION
from reference_impl.indications.subscription_writer import SubscriptionWriter
from reference_impl.indications.subscriptions import DISABLED, Subscriptions
from reference_impl.operations.calls import Writer
from reference_impl.query import CQL
from reference_impl.values import (
    INVALID_QUERY,
    QUERY_LANGUAGE_NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
)

_SERVICE = "CIM_IndicationService"
_FILTER = "CIM_IndicationFilter"
_DESTINATION = "CIM_ListenerDestinationCIMXML"
_SUBSCRIBED = "CIM_IndicationSubscription"
_CHANGE = "CIM_InstIndication"
_CREATION = "CIM_InstCreation"
_MODIFICATION = "CIM_InstModification"
_DELETION = "CIM_InstDeletion"
#: What WMI tells of the same with, where a server knows its events.
_INTRINSIC = {
    _CREATION: "__InstanceCreationEvent",
    _MODIFICATION: "__InstanceModificationEvent",
    _DELETION: "__InstanceDeletionEvent",
}
_HARMLESS = "SELECT * FROM CIM_InstRead"

Alter = Callable[[Instance], list[Instance]]


class _Around:
    """A Writer around another one, which does everything that is not replaced."""

    def __init__(self, right: Writer) -> None:
        self.right = right

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Create as the right one does."""
        return self.right.create(namespace, instance)

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Modify as the right one does."""
        self.right.modify(instance, property_list)

    def delete(self, name: ObjectName) -> None:
        """Delete as the right one does."""
        self.right.delete(name)


def _with_subscriptions(it: Bend, change: Callable[[Subscriptions], None]) -> None:
    """Change the subscriptions of the server."""

    def wrapper(right: Writer) -> Writer:
        if isinstance(right, SubscriptionWriter):
            change(right.subscriptions)
        return right

    it.replace_writer(_SUBSCRIBED, wrapper)


def _telling(alter: Alter) -> Callable[[Bend], None]:
    """Return a bend that sends other indications than the right ones."""

    def bend(it: Bend) -> None:
        def change(subscriptions: Subscriptions) -> None:
            subscriptions.alter = alter

        _with_subscriptions(it, change)

    return bend


def _without(classname: str) -> Alter:
    return lambda told: [] if _is_of(told, classname) else [told]


def _is_of(told: Instance, classname: str) -> bool:
    """Whether something is told in a class, or in the event of WMI for the same."""
    return told.classname in (classname, _INTRINSIC[classname])


def _as_class(classname: str, other: str) -> Alter:
    """Tell something of one class as if it were of another."""
    return lambda told: [Instance(other, told.values) if told.classname == classname else told]


def _and_an_alert(told: Instance) -> list[Instance]:
    """Tell of each creation also by an alert that nobody has asked for."""
    if told.classname != _CREATION:
        return [told]
    kept = {"IndicationTime": told.get("IndicationTime"), "AlertType": 2, "PerceivedSeverity": 2}
    return [told, Instance("CIM_AlertIndication", kept)]


def _twice(told: Instance) -> list[Instance]:
    return [told, Instance(told.classname, dict(told.values))]


def _of_another(written: Values) -> Values:
    """Hold another system than the one that an indication is about."""
    source = written.get("SourceInstance")
    if not isinstance(source, Instance):
        return written
    return {**written, "SourceInstance": source.copy(Name="another")}


def _numbered(number: Callable[[int], int]) -> Callable[[Bend], None]:
    """Return a bend that numbers indications in another way."""

    def written_so(written: Values) -> Values:
        given = written.get("SequenceNumber")
        return written if given is None else {**written, "SequenceNumber": number(given)}

    return lambda it: it.rewrite(_CHANGE, written_so)


def _cutting(it: Bend) -> None:
    """Send only the first half of what tells of a deletion."""

    def change(subscriptions: Subscriptions) -> None:
        right = subscriptions.deliveries.export

        def document(indication: str) -> bytes:
            whole = right(indication)
            return whole[: len(whole) // 2] if _DELETION in indication else whole

        subscriptions.deliveries.export = document

    _with_subscriptions(it, change)


def _serving_on(it: Bend) -> None:
    """Remove a subscription that is deleted, and serve it on."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    class Serving(_Around):
        def delete(self, name: ObjectName) -> None:
            found[0].store.remove(name)

    it.replace_writer(_SUBSCRIBED, Serving)


def _letting_go(it: Bend) -> None:
    """Delete a filter that is in use, and leave the subscription to it."""
    found: list[Hypervisor] = []
    it.reach(found.append)

    class LettingGo(_Around):
        def delete(self, name: ObjectName) -> None:
            repository = found[0].store.repository
            using = list(repository.referring(name, SUBSCRIPTION))
            repository.remove(name)
            for each in using:
                repository.add(each.path.namespace, each.classname, **each.values)

    it.replace_writer(_FILTER, LettingGo)


def _taking(status: int) -> Callable[[Bend], None]:
    """Return a bend that takes a filter which should be refused with this status."""

    class Taking(_Around):
        def create(self, namespace: str, instance: Instance) -> ObjectName:
            try:
                return self.right.create(namespace, instance)
            except CIMError as error:
                if error.status != status:
                    raise
            sound = instance.copy(Query=_HARMLESS, QueryLanguage=CQL)
            return self.right.create(namespace, sound)

    return lambda it: it.replace_writer(_FILTER, Taking)


FAULTS = (
    Fault(
        name="destination-shown-elsewhere",
        statement="A listener destination is shown with another URL than the client gave.",
        breaks=("DSP1054:destination.created",),
        bend=lambda it: it.always(_DESTINATION, Destination="http://127.0.0.1:9"),
    ),
    Fault(
        name="filter-creation-unsupported",
        statement="Clients can create filters, the server says, and it refuses to.",
        breaks=("DSP1054:filter.created",),
        bend=lambda it: it.withdraw_writer(_FILTER),
    ),
    Fault(
        name="filter-of-nonsense",
        statement="A filter with a query that makes no sense is accepted.",
        breaks=("DSP1054:filter.query-refused",),
        bend=_taking(INVALID_QUERY),
    ),
    Fault(
        name="filter-in-no-language",
        statement="A filter in a query language that does not exist is accepted.",
        breaks=("DSP1054:filter.language-refused",),
        bend=_taking(QUERY_LANGUAGE_NOT_SUPPORTED),
    ),
    Fault(
        name="filter-created-all-the-same",
        statement="Clients cannot create filters, the server says, and it lets them.",
        breaks=("DSP1054:filter.creation-refused",),
        bend=lambda it: it.misreport(_SERVICE, FilterCreationEnabled=False),
    ),
    Fault(
        name="subscription-disabled",
        statement="A new subscription is disabled.",
        breaks=("DSP1054:subscription.created",),
        bend=lambda it: it.always(_SUBSCRIBED, SubscriptionState=DISABLED),
    ),
    Fault(
        name="filter-deleted-in-use",
        statement="A filter is deleted, and the subscription to it stays.",
        breaks=("DSP1054:subscription.keeps-ends",),
        bend=_letting_go,
    ),
    Fault(
        name="subscription-served-on",
        statement="A subscription that was deleted is served on.",
        breaks=("DSP1054:indication.ended",),
        bend=_serving_on,
    ),
    Fault(
        name="indication-of-deletion-missing",
        statement="Nobody is told that a virtual system was deleted.",
        breaks=("DSP1054:indication.delivered",),
        bend=_telling(_without(_DELETION)),
    ),
    Fault(
        name="indication-of-state-missing",
        statement="Nobody is told that a virtual system changed its state.",
        breaks=("DSP1042:state-indication",),
        bend=_telling(_without(_MODIFICATION)),
    ),
    Fault(
        name="indication-of-another-class",
        statement="The creation of a virtual system is told as its deletion.",
        breaks=("DSP1054:indication.delivered", "DSP1054:indication.once"),
        bend=_telling(_as_class(_CREATION, _DELETION)),
    ),
    Fault(
        name="indication-not-asked-for",
        statement="Beside the creation of a virtual system an alert is told to its listeners.",
        breaks=("DSP1054:indication.selected",),
        bend=_telling(_and_an_alert),
    ),
    Fault(
        name="indication-twice",
        statement="Every event is told twice.",
        breaks=("DSP1054:indication.once",),
        bend=_telling(_twice),
    ),
    Fault(
        name="indication-unreadable",
        statement="What tells of a deletion is cut in the middle.",
        breaks=("DSP1054:indication.delivered", "DSP1054:indication.message"),
        bend=_cutting,
    ),
    Fault(
        name="indication-of-another-system",
        statement="Indications hold another instance than the one that they are about.",
        breaks=("DSP1054:indication.source",),
        bend=lambda it: it.rewrite(_CHANGE, _of_another),
    ),
    Fault(
        name="indication-without-path",
        statement="Indications do not hold the path of what they are about.",
        breaks=("DSP1054:indication.source-path",),
        bend=lambda it: it.always(_CHANGE, SourceInstanceModelPath=None),
    ),
    Fault(
        name="indication-without-previous",
        statement="Indications of a modification do not tell what was before.",
        breaks=("DSP1054:indication.previous",),
        bend=lambda it: it.always(_MODIFICATION, PreviousInstance=None),
    ),
    Fault(
        name="indication-without-time",
        statement="Indications do not tell when they came about.",
        breaks=("DSP1054:indication.time",),
        bend=lambda it: it.always(_CHANGE, IndicationTime=None),
    ),
    Fault(
        name="indication-numbers-with-gaps",
        statement="Every second sequence number is left out.",
        breaks=("DSP1054:indication.sequence",),
        bend=_numbered(lambda number: 2 * number),
    ),
    Fault(
        name="indication-numbers-swapped",
        statement="The first two indications to a listener bear each other's number.",
        breaks=("DSP1054:indication.order", "DSP1054:indication.time"),
        bend=_numbered(lambda number: 1 - number if number < 2 else number),
    ),
)
