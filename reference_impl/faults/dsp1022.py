"""Faults of processors as devices (DSP1022)."""

from __future__ import annotations

from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault
from reference_impl.faults.patterns import host_device
from reference_impl.faults.selection import end, first, registered
from reference_impl.values import ObjectName, Value

_NAME = "CPU"
_REGISTERED = "CIM_RegisteredProfile"
_PROCESSOR = "CIM_Processor"
_DEVICES = "CIM_SystemDevice"
_PART = "CIM_ConcreteComponent"


def _host_processor(it: Edit) -> ObjectName:
    """Return the path of a processor of the host."""
    return it.one(_PROCESSOR, host_device).path


def _set(it: Edit, **values: Value) -> None:
    """Show one processor of the host with other values."""
    it.set(_PROCESSOR, _host_processor(it), **values)


def _of_another_system(it: Edit) -> None:
    """Show one more processor of the host that names another system in its keys."""
    added = it.double(_PROCESSOR, _host_processor(it), DeviceID="host-odd", SystemName="elsewhere")
    it.add(_DEVICES, GroupComponent=it.hypervisor.host.name, PartComponent=added[0].path)


def _core(it: Edit, serial: int, processor: ObjectName | None) -> ObjectName:
    """Show a core, as part of a processor if there is one."""
    label = f"cimconform:core-{serial}"
    core = it.add("CIM_ProcessorCore", InstanceID=label, CoreEnabledState=2).path
    if processor is not None:
        it.add(_PART, GroupComponent=processor, PartComponent=core)
    return core


def _thread(it: Edit, serial: int, core: ObjectName | None) -> None:
    """Show a hardware thread, as part of a core if there is one."""
    thread = it.add("CIM_HardwareThread", InstanceID=f"cimconform:thread-{serial}").path
    if core is not None:
        it.add(_PART, GroupComponent=core, PartComponent=thread)


def _more_cores(it: Edit) -> None:
    """Show two cores of a processor that is said to have one."""
    processor = _host_processor(it)
    for serial in (1, 2):
        _core(it, serial, processor)


def _more_threads(it: Edit) -> None:
    """Show two hardware threads of a processor that is said to have one."""
    core = _core(it, 1, _host_processor(it))
    for serial in (1, 2):
        _thread(it, serial, core)


FAULTS = (
    Fault(
        name="cpu-misnamed",
        statement="CPU is registered with the word Profile.",
        breaks=("DSP1022:registration.name",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredName="CPU Profile"),
    ),
    Fault(
        name="cpu-version-unknown",
        statement="CPU is registered in an unknown version.",
        breaks=("DSP1022:registration.version",),
        edit=lambda it: it.set(_REGISTERED, registered(_NAME), RegisteredVersion="7.0.0"),
    ),
    Fault(
        name="cpu-conformance-missing",
        statement="No processor is linked to the registered CPU.",
        breaks=("DSP1022:conformance", "DSP1033:central-instances"),
        edit=lambda it: it.drop("CIM_ElementConformsToProfile", end("ManagedElement", _PROCESSOR)),
    ),
    Fault(
        name="cpu-of-no-system",
        statement="A processor is not linked to the host.",
        breaks=("CIM:association-cardinality", "DSP1022:processor.system"),
        edit=lambda it: it.drop(_DEVICES, first(end("PartComponent", _PROCESSOR))),
    ),
    Fault(
        name="cpu-of-another-system",
        statement="A processor of the host names another system in its keys.",
        breaks=("DSP1022:processor.keys", "DSP1052:device.keys"),
        edit=_of_another_system,
    ),
    Fault(
        name="cpu-bus-speed-missing",
        statement="A processor does not tell the speed of its bus.",
        breaks=("DSP1022:processor.values",),
        edit=lambda it: _set(it, ExternalBusClockSpeed=None),
    ),
    Fault(
        name="cpu-family-described",
        statement="Another family of a processor is described though its family is a known one.",
        breaks=("DSP1022:processor.other-family",),
        edit=lambda it: _set(it, Family=2),
    ),
    Fault(
        name="cpu-too-fast",
        statement="A processor is faster than its highest speed.",
        breaks=("DSP1022:processor.speed",),
        edit=lambda it: _set(it, CurrentClockSpeed=9999),
    ),
    Fault(
        name="cpu-overloaded",
        statement="The load of a processor is 101 percent.",
        breaks=("DSP1022:processor.load",),
        edit=lambda it: _set(it, LoadPercentage=101),
    ),
    Fault(
        name="cpu-enabled-and-disabled",
        statement="An enabled processor has been disabled by its user.",
        breaks=("DSP1022:processor.status.enabled",),
        edit=lambda it: _set(it, CPUStatus=2),
    ),
    Fault(
        name="cpu-disabled-and-enabled",
        statement="A disabled processor is said to be enabled by its status.",
        breaks=("DSP1022:processor.status.disabled",),
        edit=lambda it: _set(it, EnabledState=3),
    ),
    Fault(
        name="cpu-core-of-none",
        statement="A processor core is part of no processor.",
        breaks=("DSP1022:core.processor",),
        edit=lambda it: _core(it, 1, None),
    ),
    Fault(
        name="cpu-thread-of-none",
        statement="A hardware thread is part of no processor core.",
        breaks=("DSP1022:thread.core",),
        edit=lambda it: _thread(it, 1, None),
    ),
    Fault(
        name="cpu-cores-more-than-told",
        statement="A processor has more cores than its capabilities say.",
        breaks=("DSP1022:processor.cores",),
        edit=_more_cores,
    ),
    Fault(
        name="cpu-threads-more-than-told",
        statement="A processor has more hardware threads than its capabilities say.",
        breaks=("DSP1022:processor.threads",),
        edit=_more_threads,
    ),
)
