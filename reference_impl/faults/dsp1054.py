"""Faults of the indication service, and of the filters and destinations there are (DSP1054)."""

from __future__ import annotations

from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.selection import end, registered
from reference_impl.hypervisor.profiles import INDICATIONS
from reference_impl.indications.service import REMOVE

_NAME = "Indications"
_REGISTERED = "CIM_RegisteredProfile"
_CONFORMS = "CIM_ElementConformsToProfile"
_HOSTED = "CIM_HostedService"
_AFFECTS = "CIM_ServiceAffectsElement"
_SERVICE = "CIM_IndicationService"
_CAPABILITIES = "CIM_IndicationServiceCapabilities"
_FILTER = "CIM_IndicationFilter"
_COLLECTION = "CIM_FilterCollection"
_DESTINATION = "CIM_ListenerDestinationCIMXML"

_hosting = end("Dependent", _SERVICE)


def _drop_all(it: Edit) -> None:
    """Have nothing of what the profile is about, but for its registration."""
    for classname in (_FILTER, _COLLECTION, _CAPABILITIES, _SERVICE):
        it.drop(classname, None)


def _second_service(it: Edit) -> None:
    """Have another indication service, right in itself."""
    (again,) = it.double(_SERVICE, 0, Name="cimconform:again")
    it.double(_HOSTED, _hosting, Dependent=again.path)
    it.hypervisor.profiles.conform(INDICATIONS, again.path)


def _nothing_to_subscribe_to(it: Edit) -> None:
    it.drop(_FILTER, None)
    it.drop(_COLLECTION, None)
    it.set(_SERVICE, FilterCreationEnabled=False)


def _unaffected_destination(it: Edit) -> None:
    service = it.one(_SERVICE)
    it.repository.add(
        service.path.namespace,
        _DESTINATION,
        SystemCreationClassName=service.get("SystemCreationClassName"),
        SystemName=service.get("SystemName"),
        Name="cimconform:unaffected",
        ElementName="unaffected",
        Destination="http://127.0.0.1:5990",
        PersistenceType=2,
    )


def _unnamed_filters(it: Bend) -> None:
    it.rewrite(_FILTER, lambda written: {**written, "Name": written["Name"].replace(":", "/")})


FAULTS = (
    Fault(
        name="indications-not-registered",
        statement="There is an indication service, and its profile is not registered.",
        breaks=("DSP1033:central-instances", "DSP1054:registration"),
        edit=lambda it: it.drop(_REGISTERED, registered(_NAME)),
    ),
    Fault(
        name="indications-misnamed",
        statement="Indications is registered as Indications Profile.",
        breaks=("DSP1054:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="indications-of-version-2",
        statement="Indications is registered in a version that does not exist.",
        breaks=("DSP1054:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="2.0.0"),
    ),
    Fault(
        name="indication-service-not-conformant",
        statement="The indication service is not linked to the registered profile.",
        breaks=("DSP1033:central-instances", "DSP1054:conformance"),
        edit=lambda it: it.drop(_CONFORMS, end("ManagedElement", _SERVICE)),
    ),
    Fault(
        name="indication-service-missing",
        statement="Indications is registered, and there is no indication service.",
        breaks=("DSP1033:central-instances", "DSP1054:conformance", "DSP1054:service"),
        edit=_drop_all,
    ),
    Fault(
        name="indication-service-twice",
        statement="There are two indication services.",
        breaks=("DSP1054:service.single",),
        edit=_second_service,
    ),
    Fault(
        name="indication-service-unhosted",
        statement="The indication service is not hosted by any system.",
        breaks=("CIM:association-cardinality", "DSP1054:service.hosted"),
        edit=lambda it: it.drop(_HOSTED, _hosting),
    ),
    Fault(
        name="indication-service-host-lost",
        statement="The system that hosts the indication service does not exist.",
        breaks=("CIM:reference-resolves", "DSP1054:service.host"),
        edit=lambda it: it.dangle(_HOSTED, _hosting, "Antecedent"),
    ),
    Fault(
        name="indication-service-of-another-system",
        statement="The keys of the indication service name a system that does not host it.",
        breaks=("DSP1054:service.keys",),
        bend=lambda it: it.always(_SERVICE, SystemName="elsewhere"),
    ),
    Fault(
        name="indication-service-without-retries",
        statement="The indication service does not say how often it tries again to deliver.",
        breaks=("DSP1054:service.settings",),
        edit=lambda it: it.blank(_SERVICE, 0, "DeliveryRetryAttempts"),
    ),
    Fault(
        name="indication-service-without-removal-action",
        statement="The indication service does not say what becomes of what it cannot deliver.",
        breaks=("DSP1054:service.removal-action",),
        edit=lambda it: it.blank(_SERVICE, 0, "SubscriptionRemovalAction"),
    ),
    Fault(
        name="indication-service-without-removal-interval",
        statement="The indication service removes subscriptions, and does not say when.",
        breaks=("DSP1054:service.removal-interval",),
        edit=lambda it: it.set(
            _SERVICE, SubscriptionRemovalAction=REMOVE, SubscriptionRemovalTimeInterval=None
        ),
    ),
    Fault(
        name="indication-capabilities-incomplete",
        statement="Capabilities do not say whether clients can let filters be created.",
        breaks=("DSP1054:capabilities",),
        edit=lambda it: it.blank(_CAPABILITIES, 0, "FilterCreationEnabledIsSettable"),
    ),
    Fault(
        name="filter-without-query",
        statement="The query of an indication filter is empty.",
        breaks=("DSP1054:filter.shown",),
        edit=lambda it: it.set(_FILTER, Query=""),
    ),
    Fault(
        name="filter-names-without-organization",
        statement="The names of indication filters do not say which organization gave them.",
        breaks=("DSP1054:filter.name",),
        bend=_unnamed_filters,
    ),
    Fault(
        name="nothing-to-subscribe-to",
        statement="Clients cannot create filters, and there are none.",
        breaks=("DSP1054:filter.static",),
        edit=_nothing_to_subscribe_to,
    ),
    Fault(
        name="filter-collection-unowned",
        statement="A filter collection does not belong to the indication service.",
        breaks=("DSP1054:collection.owner",),
        edit=lambda it: it.drop("CIM_OwningCollectionElement"),
    ),
    Fault(
        name="filter-collection-empty",
        statement="A filter collection has no filter in it.",
        breaks=("DSP1054:collection.members",),
        edit=lambda it: it.drop("CIM_MemberOfCollection", None),
    ),
    Fault(
        name="filter-unaffected",
        statement="No indication filter is affected by the indication service.",
        breaks=("DSP1054:filter.affected",),
        edit=lambda it: it.drop(_AFFECTS, end("AffectedElement", _FILTER)),
    ),
    Fault(
        name="destination-unaffected",
        statement="A listener destination is not affected by the indication service.",
        breaks=("DSP1054:destination.affected",),
        edit=_unaffected_destination,
    ),
)
