"""What the methods of the dialects of Windows do that CIM methods don't do for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lxml import etree

from reference_impl.dialects.dialect import Prepare, Scene
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.refusal import (
    DONE,
    INVALID_PARAMETER,
    NOT_SUPPORTED,
    STATE_CHANGE_INVALID_PARAMETER,
    Refused,
)
from reference_impl.hypervisor.resource_kinds import MEMORY, PROCESSOR
from reference_impl.hypervisor.resources import quantity
from reference_impl.hypervisor.snapshots import ENABLED, SnapshotType
from reference_impl.hypervisor.states import REQUESTS_OF_THE_SCHEMA, State
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import FAILED, CIMError, Instance, ObjectName, Value

SERVICE = "Msvm_VirtualSystemManagementService"
CIM_SERVICE = "CIM_VirtualSystemManagementService"
CIM_SNAPSHOTS = "CIM_VirtualSystemSnapshotService"

#: ResourceTypes of what every system gets: a controller for drives.
_DEFAULT_DEVICES = (5,)

#: What GetSummaryInformation can be asked for, and the property that tells it.
SUMMARY: Mapping[int, str] = {
    0: "Name",
    1: "ElementName",
    2: "CreationTime",
    3: "Notes",
    4: "NumberOfProcessors",
    100: "EnabledState",
    103: "MemoryUsage",
    105: "UpTime",
}
_HEALTH, _OPERATIONAL = 104, 109


def requested(supported: Mapping[int, int]) -> Prepare:
    """Return what reads RequestStateChange: requests by number; a time-out is not looked at."""

    def prepare(_scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
        request = given.get("RequestedState")
        if request is None or request not in supported:
            known = request in REQUESTS_OF_THE_SCHEMA
            code = NOT_SUPPORTED if known else STATE_CHANGE_INVALID_PARAMETER
            raise Refused(code, f"RequestedState {request}")
        return {"RequestedState": supported[request]}

    return prepare


def defined(_scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
    """Read the definition of a system: it needs settings, and gets default devices."""
    if given.get("SystemSettings") is None:
        raise Refused(INVALID_PARAMETER, "the settings of the system are missing")
    if given.get("ReferenceConfiguration") is not None:
        return given
    resources = [each for each in given.get("ResourceSettings") or [] if each is not None]
    said = {each.get("ResourceType") for each in resources}
    added = [
        Instance("CIM_ResourceAllocationSettingData", {"ResourceType": number})
        for number in _DEFAULT_DEVICES
        if number not in said
    ]
    return {**given, "ResourceSettings": [*resources, *added]}


def snapshot_taken(scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
    """Read what snapshot to take: a full one of a system at rest is one of its disks."""
    name, kind = given.get("AffectedSystem"), given.get("SnapshotType", int(SnapshotType.FULL))
    system = scene.hypervisor.systems.named(name) if name is not None else None
    if kind == SnapshotType.FULL and system is not None and kind not in ENABLED[system.state]:
        kind = int(ENABLED[system.state][0])
    return {**given, "SnapshotType": kind}


def system_named(scene: Scene, name: Value) -> VirtualSystem:
    """Return the system that a parameter refers to. Raises `Refused`."""
    system = scene.hypervisor.systems.named(name) if name is not None else None
    if system is None:
        raise Refused(INVALID_PARAMETER, f"there is no virtual system {name}")
    return system


def errors_of(scene: Scene, call: MethodCall) -> MethodResult:
    """Answer GetErrorEx: what went wrong with a job."""
    job = scene.hypervisor.jobs.named(call.object_name)
    if job is None:
        raise CIMError(FAILED, f"there is no job {call.object_name}")
    errors = scene.hypervisor.jobs.errors(job) or []
    return MethodResult(DONE, {"Errors": [Instance("Msvm_Error", e.values) for e in errors]})


def message_of(scene: Scene, call: MethodCall) -> MethodResult:
    """Answer FormatError: the messages of errors, each on a line of its own."""
    del scene
    lines = [_message(text) for text in call.get("Errors", ()) if text is not None]
    return MethodResult(DONE, {"ErrorMessage": "\n".join(lines)})


def _message(text: str) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Refused(INVALID_PARAMETER, "Errors: expected embedded instances") from error
    found = root.find("PROPERTY[@NAME='Message']/VALUE")
    return (found.text or "") if found is not None else ""


def summary(scene: Scene, call: MethodCall) -> MethodResult:
    """Answer GetSummaryInformation: what was asked for of some systems, or of all."""
    with scene.hypervisor.store.repository.lock:
        asked = call.get("RequestedInformation", list(SUMMARY))
        names = call.get("SettingData")
        systems = list(scene.hypervisor.systems) if not names else _of_settings(scene, names)
        told = [_summary(scene, system, asked) for system in systems]
    return MethodResult(DONE, {"SummaryInformation": told})


def _of_settings(scene: Scene, names: Collection[ObjectName]) -> list[VirtualSystem]:
    found = []
    for name in names:
        configuration = scene.hypervisor.systems.configuration(str(name.key("InstanceID")))
        if configuration is None:
            raise Refused(INVALID_PARAMETER, f"there are no settings {name}")
        found.append(configuration[0])
    return found


def _summary(scene: Scene, system: VirtualSystem, asked: Collection[int]) -> Instance:
    shown = scene.hypervisor.store.repository.get(system.name)
    values = dict(shown.values) if shown is not None else {}
    everything: Values = {
        **{name: values.get(name) for name in ("Name", "ElementName", "EnabledState")},
        "CreationTime": system.current.settings.get("CreationTime"),
        "Notes": "\n".join(system.current.settings.get("Notes") or ()),
        "NumberOfProcessors": _held(system, PROCESSOR.noun),
        "MemoryUsage": _held(system, MEMORY.noun) if system.state is State.ACTIVE else 0,
        "UpTime": 0,
    }
    told = {SUMMARY[number]: everything[SUMMARY[number]] for number in asked if number in SUMMARY}
    told |= {"HealthState": values.get("HealthState")} if _HEALTH in asked else {}
    told |= {"OperationalStatus": values.get("OperationalStatus")} if _OPERATIONAL in asked else {}
    return Instance("Msvm_SummaryInformation", told)


def _held(system: VirtualSystem, noun: str) -> int:
    """Return how much of a kind the configuration of a system asks for."""
    asked = (each for each in system.current.allocations.values() if each.kind.noun == noun)
    return int(sum(quantity(each.kind, each.settings) for each in asked))


def with_pool_name(other: str) -> Prepare:
    """Return what takes the name of a pool out of its settings, for a parameter."""

    def prepare(_scene: Scene, _target: ObjectName, given: dict[str, Value]) -> dict[str, Value]:
        settings = given.pop("PoolSettings", None)
        name = settings.get("ElementName") if settings is not None else None
        return {**given, other: name} if name is not None else given

    return prepare
