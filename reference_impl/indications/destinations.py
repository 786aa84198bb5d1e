"""Listener destinations: where indications are delivered to (DSP1054)."""

from __future__ import annotations

from urllib.parse import urlsplit

from reference_impl.hypervisor.store import Store
from reference_impl.indications.changes import changes, check_editable, given
from reference_impl.indications.delivery import Deliveries
from reference_impl.indications.filters import check_interop, check_unused, keys_of
from reference_impl.indications.service import MAXIMUM_DESTINATIONS, IndicationService
from reference_impl.values import FAILED, INVALID_PARAMETER, CIMError, Instance, ObjectName

DESTINATION = "CIM_ListenerDestination"

_CIM_XML = 2
_PERMANENT, _TRANSIENT = 2, 3
_EDITABLE = ("ElementName", "Destination", "PersistenceType")


class Destinations:
    """The Writer of CIM_ListenerDestinationCIMXML."""

    def __init__(self, store: Store, service: IndicationService, deliveries: Deliveries) -> None:
        self._store = store
        self._service = service
        self._deliveries = deliveries

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Add a destination; the server says which system it belongs to.

        Raises CIMError: NOT_SUPPORTED, INVALID_PARAMETER, ALREADY_EXISTS, FAILED for too many.
        """
        check_interop(self._store, namespace, instance)
        given(instance, "Name")
        values = {"PersistenceType": _PERMANENT, "Protocol": _CIM_XML, **instance.values}
        _check(Instance(instance.classname, values))
        with self._store.repository.lock:
            there = self._store.repository.instances(self._store.interop, DESTINATION)
            if len(there) >= MAXIMUM_DESTINATIONS:
                raise CIMError(FAILED, f"there are {MAXIMUM_DESTINATIONS} destinations already")
            keys = keys_of(self._service, instance.classname)
            name = self._store.add_interop(instance.classname, **{**values, **keys})
            self._service.affect(name)
            self._deliveries.open(name, values["Destination"])
            return name

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Change a destination. Raises CIMError: NOT_SUPPORTED, INVALID_PARAMETER."""
        repository = self._store.repository
        with repository.lock:
            changed = changes(repository, instance, property_list)
            check_editable(changed, _EDITABLE)
            current = repository.get(instance.path)
            after = instance if current is None else current.copy(**changed)
            _check(after)
            self._store.change(instance.path, **changed)
            self._deliveries.redirect(instance.path, after.get("Destination"))

    def delete(self, name: ObjectName) -> None:
        """Remove a destination. Raises CIMError FAILED while a subscription refers to it."""
        with self._store.repository.lock:
            check_unused(self._store.repository, name)
            self._store.remove(name)
            self._deliveries.shut(name)


def _check(instance: Instance) -> None:
    """Refuse what cannot be served. Raises CIMError INVALID_PARAMETER."""
    url = given(instance, "Destination")
    if not usable(url):
        raise CIMError(INVALID_PARAMETER, f"Destination: expected http(s)://host:port, found {url}")
    allowed = {"Protocol": (_CIM_XML,), "PersistenceType": (_PERMANENT, _TRANSIENT)}
    for name, values in allowed.items():
        if instance.get(name) not in values:
            wanted = " or ".join(map(str, values))
            raise CIMError(
                INVALID_PARAMETER, f"{name}: expected {wanted}, found {instance.get(name)}"
            )
    if instance.get("username") or instance.get("password"):
        raise CIMError(INVALID_PARAMETER, "listeners that want credentials are not supported")


def usable(url: str) -> bool:
    """Whether a URL leads to a listener: HTTP or HTTPS, a host, and a port that can be."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
