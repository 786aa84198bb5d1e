"""What can be requested of each pool: CIM_AllocationCapabilities and its settings (DSP1043).

The settings say what is granted: a request that names nothing gets the default settings, and
one that is outside the range, or between two steps of it, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from reference_impl.hypervisor.identity import instance_id
from reference_impl.hypervisor.pool_records import Pool
from reference_impl.hypervisor.profiles import Profiles
from reference_impl.hypervisor.refusal import INVALID_PARAMETER, Refused
from reference_impl.hypervisor.resources import completed
from reference_impl.hypervisor.store import Store, Values
from reference_impl.hypervisor.units import convert
from reference_impl.values import ObjectName, Value

_SHARED = 3

#: Active, defined, paused and suspended: resources of virtual systems come and go in every state.
_ANY_STATE = (2, 3, 11, 12)

#: Sizes that the quantities are counted in; the same in all settings.
_BLOCK_SIZES = ("VirtualResourceBlockSize", "HostResourceBlockSize")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What capability settings mean: a value of ValueRole and one of ValueRange."""

    label: str
    value_role: int
    value_range: int


DEFAULT = Meaning("default", 0, 0)
MINIMUM = Meaning("minimum", 3, 1)
MAXIMUM = Meaning("maximum", 3, 2)
INCREMENT = Meaning("increment", 3, 3)

_INDEPENDENT = 0


def granted(pool: Pool, given: Mapping[str, Value]) -> Values:
    """Return the settings that a request to a pool gets: completed, and within its range.

    Raises `Refused` for anything that cannot be granted.
    """
    kind = pool.kind
    settings = completed(kind, given)
    settings["PoolID"] = pool.pool_id
    units = settings["AllocationUnits"]
    most = floor(convert(_most(pool), kind.units, units))
    if given.get("Reservation") is None:
        settings["Reservation"] = min(settings["Reservation"], most)
    asked = settings["Reservation"]
    if asked > most or convert(asked, units, kind.units).denominator != 1:
        raise Refused(
            INVALID_PARAMETER,
            f"{kind.noun}: Reservation {asked} is none of 0..{most} {units} by steps of "
            f"1 {kind.units}",
        )
    return settings


class AllocationCapabilities:
    """Shows the capabilities of pools, and follows the pools when their capacity changes."""

    def __init__(self, store: Store, profiles: Profiles) -> None:
        self._store = store
        self._profiles = profiles
        self._shown: dict[str, list[ObjectName]] = {}

    def show(self, pool: Pool) -> None:
        """Show what can be requested of a new pool."""
        kind = pool.kind
        states = () if kind.of_switch else _ANY_STATE
        name = self._store.add(
            "CIM_AllocationCapabilities",
            InstanceID=instance_id("pool", pool.pool_id, "capabilities"),
            ElementName=f"What can be allocated of the pool {pool.pool_id}",
            ResourceType=kind.resource_type,
            RequestTypesSupported=kind.request_types,
            SharingMode=_SHARED,
            SupportedAddStates=list(states),
            SupportedRemoveStates=list(states),
        )
        self._store.add("CIM_ElementCapabilities", ManagedElement=pool.name, Capabilities=name)
        self._profiles.conform_capabilities(name)
        self._shown[pool.pool_id] = [name]
        for meaning, values in _settings(pool).items():
            self._shown[pool.pool_id].append(self._define(pool, name, meaning, values))

    def refresh(self, pool: Pool) -> None:
        """Show what can be requested of a pool whose capacity has changed."""
        _, *settings = self._shown[pool.pool_id]
        for name, values in zip(settings, _settings(pool).values(), strict=True):
            self._store.change(name, **values)

    def remove(self, pool: Pool) -> None:
        """Remove the capabilities of a pool with their settings."""
        for name in self._shown.pop(pool.pool_id):
            self._store.remove(name)
            self._profiles.forget(name)

    def _define(
        self, pool: Pool, capabilities: ObjectName, meaning: Meaning, values: Values
    ) -> ObjectName:
        name = self._store.add(
            pool.kind.settings_class,
            InstanceID=instance_id("pool", pool.pool_id, "capabilities", meaning.label),
            **values,
        )
        self._store.add(
            "CIM_SettingsDefineCapabilities",
            GroupComponent=capabilities,
            PartComponent=name,
            PropertyPolicy=_INDEPENDENT,
            ValueRole=meaning.value_role,
            ValueRange=meaning.value_range,
        )
        return name


def _settings(pool: Pool) -> dict[Meaning, Values]:
    """Return the capability settings of a pool by what they mean."""
    kind = pool.kind
    return {
        DEFAULT: {**granted(pool, {}), "ElementName": f"Default {kind.noun}"},
        MINIMUM: _bound(pool, "Least", kind.minimum, 0),
        MAXIMUM: _bound(pool, "Most", kind.maximum, _most(pool)),
        INCREMENT: _bound(pool, "Steps of", kind.increment, 1),
    }


def _bound(pool: Pool, title: str, quantity: int, reservation: int) -> Values:
    kind = pool.kind
    return {
        **{name: kind.fixed[name] for name in _BLOCK_SIZES if name in kind.fixed},
        "ElementName": f"{title} {kind.noun}",
        "ResourceType": kind.resource_type,
        "PoolID": pool.pool_id,
        "AllocationUnits": kind.units,
        "VirtualQuantity": quantity,
        "VirtualQuantityUnits": kind.quantity_units,
        "Reservation": reservation,
    }


def _most(pool: Pool) -> int:
    """Return how much of a pool one request can reserve, in the units of its kind."""
    return floor(convert(pool.capacity, pool.kind.pool_units, pool.kind.units))
