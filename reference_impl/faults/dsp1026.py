"""Faults of memory as a device (DSP1026)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import FROM_POOL, STATES, host_device, virtual_device
from reference_impl.faults.selection import end, first, is_of, registered
from reference_impl.values import Instance, ObjectName, Value

_NAME = "System Memory"
_REGISTERED = "CIM_RegisteredProfile"
_MEMORY = "CIM_Memory"
_DEVICES = "CIM_SystemDevice"


def _spare(it: Edit) -> ObjectName:
    """Return the path of a memory of the host that no pool consists of."""
    return it.select(_MEMORY, host_device)[-1].path


def _set(it: Edit, **values: Value) -> None:
    """Show one memory of the host with other values."""
    it.set(_MEMORY, _spare(it), **values)


def _of_another_system(it: Edit) -> None:
    """Show one more memory of the host that names another system in its keys."""
    added = it.double(_MEMORY, _spare(it), DeviceID="host-odd", SystemName="elsewhere")
    it.add(_DEVICES, GroupComponent=it.hypervisor.host.name, PartComponent=added[0].path)


def _one_more(it: Edit) -> None:
    """Show a second memory of a virtual system, with all that the first one is linked to."""
    memory = it.one(_MEMORY, virtual_device)
    again = it.double(_MEMORY, memory.path, DeviceID=f"{memory.get('DeviceID')}-again")[0].path
    for association, role in (
        (_DEVICES, "PartComponent"),
        (FROM_POOL, "Dependent"),
        (STATES, "ManagedElement"),
    ):
        link = it.repository.referring(memory.path, association, role)[0]
        it.add(association, **{**link.values, role: again})


def _more_than_there_are(it: Edit) -> None:
    spare = it.one(_MEMORY, _spare(it))
    _set(it, ConsumableBlocks=spare.get("NumberOfBlocks") + 1)


def _of_host_memory(link: Instance) -> bool:
    """Pick the links of the host to its memory."""
    device = link.get("PartComponent")
    return is_of(_MEMORY)(device) and str(device.key("DeviceID")).startswith("host-")


FAULTS = (
    Fault(
        name="memory-device-profile-misnamed",
        statement="System Memory is registered with the word Profile.",
        breaks=("DSP1026:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName=f"{_NAME} Profile"),
    ),
    Fault(
        name="memory-device-profile-version-unknown",
        statement="System Memory is registered in an unknown version.",
        breaks=("DSP1026:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="memory-device-conformance-missing",
        statement="No memory is linked to the registered System Memory.",
        breaks=("DSP1026:conformance", "DSP1033:central-instances"),
        edit=lambda it: it.drop("CIM_ElementConformsToProfile", end("ManagedElement", _MEMORY)),
    ),
    Fault(
        name="memory-device-of-no-system",
        statement="A memory is not linked to the host.",
        breaks=("CIM:association-cardinality", "DSP1026:memory.system"),
        edit=lambda it: it.drop(_DEVICES, first(_of_host_memory)),
    ),
    Fault(
        name="memory-device-of-another-system",
        statement="A memory of the host names another system in its keys.",
        breaks=("DSP1026:memory.keys", "DSP1052:device.keys"),
        edit=_of_another_system,
    ),
    Fault(
        name="memory-device-health-missing",
        statement="A memory does not tell its health.",
        breaks=("DSP1026:memory.values",),
        edit=lambda it: _set(it, HealthState=None),
    ),
    Fault(
        name="memory-device-empty",
        statement="A memory has no blocks.",
        breaks=("DSP1026:memory.size",),
        edit=lambda it: _set(it, NumberOfBlocks=0, ConsumableBlocks=0),
    ),
    Fault(
        name="memory-device-twice",
        statement="A virtual system has two memories.",
        breaks=("DSP1026:memory.whole", "DSP1045:system.memory"),
        edit=_one_more,
    ),
    Fault(
        name="memory-device-consumable-too-many",
        statement="More blocks of a memory can be consumed than it has.",
        breaks=("DSP1026:memory.consumable",),
        edit=_more_than_there_are,
    ),
)
