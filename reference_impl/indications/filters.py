"""Indication filters: those that are always there, and those of clients (DSP1054)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.store import Store
from reference_impl.indications.changes import changes, check_editable, given
from reference_impl.indications.service import IndicationService
from reference_impl.query import CQL, Query
from reference_impl.repository import Repository
from reference_impl.values import (
    FAILED,
    INVALID_PARAMETER,
    INVALID_QUERY,
    NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
)

FILTER = "CIM_IndicationFilter"
COLLECTION = "CIM_FilterCollection"
SUBSCRIPTION = "CIM_AbstractIndicationSubscription"

_PROFILE = "System Virtualization"
_EDITABLE = ("ElementName", "Query", "QueryLanguage", "SourceNamespaces", "SourceNamespace")


def _of_kind(indication: str, classname: str) -> str:
    return f"SELECT * FROM {indication} WHERE SourceInstance ISA {classname}"  # noqa: S608 - CQL


def _of_change(classname: str, name: str) -> str:
    values = (f"{end}.{classname}::{name}" for end in ("SourceInstance", "PreviousInstance"))
    return f"{_of_kind('CIM_InstModification', classname)} AND {' <> '.join(values)}"


#: Name and query of the filters that are always there: what IndicationsSupported announces
#: (DSP1042), and the life cycle of virtual systems.
_STATIC: Mapping[str, str] = {
    "VirtualSystemCreation": _of_kind("CIM_InstCreation", "CIM_ComputerSystem"),
    "VirtualSystemDeletion": _of_kind("CIM_InstDeletion", "CIM_ComputerSystem"),
    "VirtualSystemStateChange": _of_change("CIM_ComputerSystem", "EnabledState"),
    "VirtualResourceStateChange": _of_change("CIM_LogicalDevice", "EnabledState"),
    "ConcreteJobStateChange": _of_change("CIM_ConcreteJob", "JobState"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it is applied; `namespaces` are the folded names of those it looks at."""

    name: str
    query: Query
    namespaces: frozenset[str]


def read_filter(repository: Repository, instance: Instance, namespace: str) -> Filter:
    """Return what an instance of CIM_IndicationFilter in a namespace means.

    Raises CIMError: INVALID_PARAMETER, INVALID_QUERY, QUERY_LANGUAGE_NOT_SUPPORTED.
    """
    query = Query(repository.schema, given(instance, "QueryLanguage"), given(instance, "Query"))
    found = repository.schema.class_named(query.classname)
    if found is None or not found.indication:
        raise CIMError(INVALID_QUERY, f"expected a class of indications, found {query.classname}")
    for name in query.selected or ():
        if found.property_named(name) is None:
            raise CIMError(INVALID_QUERY, f"{query.classname} has no property {name} to select")
    single = instance.get("SourceNamespace")
    sources = instance.get("SourceNamespaces") or ([single] if single else [namespace])
    return Filter(str(instance.get("Name")), query, _namespaces(repository, sources))


def _namespaces(repository: Repository, names: Iterable[str | None]) -> frozenset[str]:
    for name in names:
        if name is None or repository.namespace_named(name) is None:
            raise CIMError(INVALID_PARAMETER, f"SourceNamespaces: there is no namespace {name}")
    return frozenset(str(name).lower() for name in names)


class Filters:
    """All filters; also the Writer of CIM_IndicationFilter.

    Those that are always there are members of one collection, which the service owns.
    """

    def __init__(self, store: Store, service: IndicationService) -> None:
        self._store = store
        self._service = service
        self._static: set[ObjectName] = set()
        self._show_collection()

    def of(self, subscribed: Instance) -> list[Filter]:
        """Return the filters that a subscription is to: a filter, or those of a collection."""
        repository = self._store.repository
        members = [subscribed]
        if repository.schema.is_a(subscribed.classname, COLLECTION):
            members = repository.associated(
                subscribed.path, "CIM_MemberOfCollection", FILTER, "Collection", "Member"
            )
        return [read_filter(repository, each, each.path.namespace) for each in members]

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Add a client's filter; the server says which system it belongs to.

        Raises CIMError: NOT_SUPPORTED, ALREADY_EXISTS, and what `read_filter` raises.
        """
        check_interop(self._store, namespace, instance)
        with self._store.repository.lock:
            if not self._service.filter_creation_enabled:
                raise CIMError(NOT_SUPPORTED, "the indication service lets nobody create filters")
            given(instance, "Name")
            read_filter(self._store.repository, instance, namespace)
            values = {**instance.values, **keys_of(self._service, instance.classname)}
            values["IndividualSubscriptionSupported"] = True
            name = self._store.add_interop(instance.classname, **values)
            self._service.affect(name)
            return name

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Change a client's filter that nobody is subscribed to.

        Raises CIMError: NOT_SUPPORTED, FAILED, and what `read_filter` raises.
        """
        repository = self._store.repository
        with repository.lock:
            self._check_dynamic(instance.path)
            changed = changes(repository, instance, property_list)
            check_editable(changed, _EDITABLE)
            check_unused(repository, instance.path)
            current = repository.get(instance.path)
            after = instance if current is None else current.copy(**changed)
            read_filter(repository, after, instance.path.namespace)
            self._store.change(instance.path, **changed)

    def delete(self, name: ObjectName) -> None:
        """Remove a client's filter. Raises CIMError: NOT_SUPPORTED, FAILED while it is used."""
        with self._store.repository.lock:
            self._check_dynamic(name)
            check_unused(self._store.repository, name)
            self._store.remove(name)

    def _check_dynamic(self, name: ObjectName) -> None:
        if name in self._static:
            raise CIMError(NOT_SUPPORTED, f"{name.key('Name')} is a static filter: it stays as is")

    def _show_collection(self) -> None:
        collection = self._store.add_interop(
            COLLECTION,
            InstanceID=instance_id("filter collection", _PROFILE),
            ElementName=f"Indications of {_PROFILE}",
            CollectionName=f"DMTF:{_PROFILE}",
        )
        self._store.add_interop(
            "CIM_OwningCollectionElement",
            OwningElement=self._service.name,
            OwnedElement=collection,
        )
        self._service.affect(collection)
        for name, query in _STATIC.items():
            member = self._show_static(f"DMTF:{_PROFILE}:{name}", query)
            self._store.add_interop("CIM_MemberOfCollection", Collection=collection, Member=member)

    def _show_static(self, name: str, query: str) -> ObjectName:
        shown = self._store.add_interop(
            FILTER,
            **keys_of(self._service, FILTER),
            Name=name,
            ElementName=name.rpartition(":")[2],
            Query=query,
            QueryLanguage=CQL,
            SourceNamespaces=[self._store.namespace],
            IndividualSubscriptionSupported=True,
        )
        self._static.add(shown)
        self._service.affect(shown)
        return shown


def keys_of(service: IndicationService, classname: str) -> dict[str, str]:
    """Return the keys that the server gives, whatever a client says (DSP1054 1.2)."""
    return {
        "SystemCreationClassName": service.host.classname,
        "SystemName": str(service.host.key("Name")),
        "CreationClassName": classname,
    }


def check_interop(store: Store, namespace: str, instance: Instance) -> None:
    """Raise CIMError NOT_SUPPORTED for an instance that belongs into the Interop namespace."""
    if namespace.lower() != store.interop.lower():
        raise CIMError(NOT_SUPPORTED, f"{instance.classname} is created in {store.interop} only")


def check_unused(repository: Repository, name: ObjectName) -> None:
    """Raise CIMError FAILED for a filter or destination that a subscription refers to."""
    if repository.referring(name, SUBSCRIPTION):
        raise CIMError(FAILED, f"{name.key('Name')} is in use: delete its subscriptions first")
