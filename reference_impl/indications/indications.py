"""The indication service put together: what is shown of it, and who answers for what."""

from __future__ import annotations

from reference_impl.cimxml.instances import InstanceEncoder
from reference_impl.hypervisor.profiles import INDICATIONS, Profiles
from reference_impl.hypervisor.store import Store
from reference_impl.indications.destinations import Destinations
from reference_impl.indications.events import EventReader
from reference_impl.indications.filters import FILTER, Filters
from reference_impl.indications.leases import Leases
from reference_impl.indications.service import IndicationService
from reference_impl.indications.subscription_writer import SubscriptionWriter
from reference_impl.indications.subscriptions import Subscriptions
from reference_impl.operations import Operations
from reference_impl.values import Instance, ObjectName


class Indications:
    """Everything about indications: shown in the Interop namespace, hosted by the host system.

    `leases` are the subscriptions that clients make in one step. `close` ends the deliveries.
    """

    def __init__(
        self, store: Store, profiles: Profiles, host: ObjectName, operations: Operations
    ) -> None:
        self._store = store
        self._encoder = InstanceEncoder(store.repository.schema)
        self.service = IndicationService(store, host)
        profiles.conform(INDICATIONS, self.service.name)
        filters = Filters(store, self.service)
        events = EventReader(store.repository.schema, operations.settings.host)
        self.subscriptions = Subscriptions(store, self.service, filters, events, self._encoded)
        writer = SubscriptionWriter(store, self.subscriptions)
        self.leases = Leases(store, self.service, filters, writer)
        operations.writers["CIM_IndicationService"] = self.service
        operations.writers[FILTER] = filters
        operations.writers["CIM_ListenerDestinationCIMXML"] = Destinations(
            store, self.service, self.subscriptions.deliveries
        )
        operations.writers["CIM_IndicationSubscription"] = writer
        operations.writers["CIM_FilterCollectionSubscription"] = writer

    def close(self) -> None:
        """End all deliveries, finished or not."""
        self.subscriptions.close()

    def shown(self, indication: Instance) -> Instance | None:
        """Return an indication in the way that the server shows its class, None for not at all."""
        values = self._store.rewritten(indication.classname, indication.values)
        return None if values is None else Instance(indication.classname, values)

    def _encoded(self, indication: Instance) -> str | None:
        shown = self.shown(indication)
        return None if shown is None else self._encoder.instance(shown)
