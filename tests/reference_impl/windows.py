"""A client of Windows virtualization on pywbem, for each dialect of the reference server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from pywbem import CIMInstance, CIMInstanceName, Uint16, WBEMConnection

from reference_impl.app import RunningServer

STARTED = 4096
COMPLETED = 7
SERVICE = "Msvm_VirtualSystemManagementService"
SNAPSHOTS = "Msvm_VirtualSystemSnapshotService"


@dataclass(frozen=True)
class Manners:
    """What a dialect calls things: classes, methods with their parameters, and states."""

    name: str
    namespace: str
    system: str
    settings: str
    define: tuple[str, str, str]
    destroy: tuple[str, str]
    take: tuple[str, str, str]
    apply: tuple[str, str, str]
    drop: tuple[str, str, str]
    paused: int
    saved: int
    pausing: int
    invalid_state: int = 32775
    invalid_parameter: int = 32773


V2 = Manners(
    name="hyperv-v2",
    namespace="root/virtualization/v2",
    system="Msvm_ComputerSystem",
    settings="Msvm_VirtualSystemSettingData",
    define=("DefineSystem", "SystemSettings", "ResourceSettings"),
    destroy=("DestroySystem", "AffectedSystem"),
    take=(SNAPSHOTS, "CreateSnapshot", "AffectedSystem"),
    apply=(SNAPSHOTS, "ApplySnapshot", "Snapshot"),
    drop=(SNAPSHOTS, "DestroySnapshot", "AffectedSnapshot"),
    paused=9,
    saved=6,
    pausing=32776,
    invalid_parameter=4,
)
V1 = Manners(
    name="hyperv-v1",
    namespace="root/virtualization",
    system="Msvm_ComputerSystem",
    settings="Msvm_VirtualSystemGlobalSettingData",
    define=("DefineVirtualSystem", "SystemSettingData", "ResourceSettingData"),
    destroy=("DestroyVirtualSystem", "ComputerSystem"),
    take=(SERVICE, "CreateVirtualSystemSnapshot", "SourceSystem"),
    apply=(SERVICE, "ApplyVirtualSystemSnapshotEx", "SnapshotSettingData"),
    drop=(SERVICE, "RemoveVirtualSystemSnapshot", "SnapshotSettingData"),
    paused=32768,
    saved=32769,
    pausing=32776,
)
PREVIEW = Manners(
    name="windows-2006",
    namespace="root/virtualization",
    system="Msvm_VirtualComputerSystem",
    settings="Msvm_VirtualSystemSettingData",
    define=V1.define,
    destroy=V1.destroy,
    take=V1.take,
    apply=(SERVICE, "ApplySnapshot", "SnapshotSettingData"),
    drop=V1.drop,
    paused=32768,
    saved=32769,
    pausing=32776,
)
DIALECTS = (V2, V1, PREVIEW)


class Client:
    """What a manager of Windows systems does, over CIM-XML; jobs are waited for."""

    def __init__(self, server: RunningServer, manners: Manners) -> None:
        self.server = server
        self.manners = manners
        self.wbem = WBEMConnection(server.url, default_namespace=manners.namespace, timeout=30)

    def one(self, classname: str) -> CIMInstanceName:
        """Return the path of the first instance of a class."""
        name: CIMInstanceName = self.wbem.EnumerateInstanceNames(classname)[0]
        return name

    def ask(self, target: CIMInstanceName, method: str, **given: Any) -> tuple[int, Any]:
        """Call a method; return its code and its outputs."""
        code, outputs = self.wbem.InvokeMethod(method, target, **given)
        return int(code), outputs

    def done(self, target: CIMInstanceName, method: str, **given: Any) -> list[CIMInstanceName]:
        """Call a method that starts a job; return what the job affected when it is over."""
        code, outputs = self.ask(target, method, **given)
        assert code == STARTED
        job = self.finished(outputs["Job"])
        assert (job["JobState"], job["ErrorCode"]) == (COMPLETED, 0)
        affected: list[CIMInstanceName] = self.wbem.AssociatorNames(
            job.path, AssocClass="Msvm_AffectedJobElement"
        )
        return affected

    def finished(self, name: CIMInstanceName) -> CIMInstance:
        """Wait for the end of a job."""
        until = time.monotonic() + 20
        while (job := self.wbem.GetInstance(name))["JobState"] < COMPLETED:
            assert time.monotonic() < until
            time.sleep(0.01)
        return job

    def define(self, name: str, *resources: CIMInstance) -> CIMInstanceName:
        """Define a system by its name; return its path."""
        method, settings, wanted = self.manners.define
        given = {
            settings: CIMInstance(self.manners.settings, {"ElementName": name}),
            wanted: list(resources),
        }
        affected = self.done(self.one(SERVICE), method, **given)
        return next(each for each in affected if each.classname == self.manners.system)

    def destroy(self, system: CIMInstanceName) -> None:
        """Destroy a system."""
        method, parameter = self.manners.destroy
        self.done(self.one(SERVICE), method, **{parameter: system})

    def request(self, system: CIMInstanceName, state: int) -> int:
        """Request a state, wait for it, and return the EnabledState that a system has then."""
        self.done(system, "RequestStateChange", RequestedState=Uint16(state))
        return self.state(system)

    def state(self, system: CIMInstanceName) -> int:
        """Return the EnabledState of a system."""
        return int(self.wbem.GetInstance(system)["EnabledState"])

    def take_snapshot(self, system: CIMInstanceName) -> CIMInstanceName:
        """Take a snapshot; return the path of its settings."""
        service, method, parameter = self.manners.take
        affected = self.done(self.one(service), method, **{parameter: system})
        return next(each for each in affected if "Setting" in each.classname)

    def on_snapshot(self, how: tuple[str, str, str], snapshot: CIMInstanceName) -> None:
        """Apply or destroy a snapshot."""
        service, method, parameter = how
        self.done(self.one(service), method, **{parameter: snapshot})

    def query(self, text: str) -> list[CIMInstance]:
        """Return what a WQL query finds."""
        found: list[CIMInstance] = self.wbem.ExecQuery("WQL", text)
        return found
