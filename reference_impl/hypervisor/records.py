"""What the hypervisor knows about its systems, whatever the repository shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.hypervisor.object_paths import written
from reference_impl.hypervisor.pool_records import Claim
from reference_impl.hypervisor.resource_kinds import ResourceKind
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Values
from reference_impl.values import ObjectName


@dataclass(slots=True)
class Allocation:
    """One resource of a configuration: a request, or the state of an allocated resource.

    `claim` is what it holds of its pool while `active`, and would hold otherwise. `origin` is
    the request that an allocated resource was copied from. `devices` are shown while it is
    active, and the LAN `endpoints` of those that are ports.
    """

    name: ObjectName
    kind: ResourceKind
    serial: int
    settings: Values
    claim: Claim
    origin: ObjectName | None = None
    active: bool = False
    devices: list[ObjectName] = field(default_factory=list)
    endpoints: list[ObjectName] = field(default_factory=list)

    def wanted(self, origin: ObjectName | None) -> Wanted:
        """Return what is wanted by someone who wants the same again."""
        return Wanted(self.kind, dict(self.settings), origin, written(self.name))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource to be allocated: its kind, prepared settings and the request it comes from.

    `label` is what the Parent of others that are wanted with it says when it means this one.
    """

    kind: ResourceKind
    settings: Values
    origin: ObjectName | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """A virtual system as it was: its state, its settings and its resources.

    `requests` are those of the defined configuration, `held` what the system had allocated, or
    had saved while it was suspended (empty in the single-configuration approach). The `origin`
    of either is a request of the defined configuration.
    """

    state: State
    defined: Values
    requests: tuple[Wanted, ...]
    current: Values
    held: tuple[Wanted, ...]


@dataclass(slots=True)
class Configuration:
    """A virtual system configuration: its CIM_VirtualSystemSettingData and its allocations."""

    name: ObjectName
    label: str
    settings: Values
    allocations: dict[ObjectName, Allocation] = field(default_factory=dict)
    serial: int = 0


@dataclass(slots=True, eq=False)
class Snapshot:
    """A snapshot of a virtual system; `parent` is the one that it was taken after, if any.

    `kind` is its SnapshotType, `configuration` what is shown of what was captured.
    """

    system: VirtualSystem
    kind: int
    captured: Captured
    configuration: Configuration
    parent: Snapshot | None

    @property
    def name(self) -> ObjectName:
        """The path of its settings, which is the path of the snapshot."""
        return self.configuration.name


@dataclass(slots=True)
class VirtualSystem:
    """One virtual system.

    `defined` and `current` are the same configuration in the single-configuration approach
    (DSP1057, clause 7). `saved` is what a suspended system had. `job` is the job that is
    changing the system, if any. `branch` is the snapshot that the system has gone on from.
    """

    name: ObjectName
    uuid: str
    capabilities: ObjectName
    defined: Configuration
    current: Configuration
    state: State = State.DEFINED
    saved: list[Wanted] = field(default_factory=list)
    job: ObjectName | None = None
    snapshots: dict[ObjectName, Snapshot] = field(default_factory=dict)
    branch: Snapshot | None = None

    @property
    def dual(self) -> bool:
        """Whether the state and the defined configuration are different ones."""
        return self.current is not self.defined
