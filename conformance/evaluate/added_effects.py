"""Effects of what was asked for a system on what it has when it is active, and no longer has.

Pure. What was asked for was sent by calls that came before the one that is judged; its resource
type is that of the default of the capabilities that it was modelled on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from conformance.evaluate.allocation_effects import accounted
from conformance.evaluate.effects import Evidence
from conformance.evaluate.judged import Judged
from conformance.evaluate.quantity_effects import QUANTITY, amount, pairs, sent_by, told
from conformance.punit import understood
from conformance.results import Observation
from conformance.transcript import Reading, Seen

REQUESTED, ALLOCATED, DEVICES = "DefinedAllocation", "StateAllocation", "Device"
PROCESSORS, EXTENTS, PORTS = "OwnProcessor", "OwnExtent", "OwnPort"
STATE_LINK, POOL_LINK = "device_state", "device_pool"
INVISIBLE = 4
HARDLY = Fraction(1, 100)
MAC = re.compile("[0-9A-F]{12}")
BLOCKS = "count(fixedsizeblock)"
NO_DEFAULT = Judged(error="the default of the capabilities was not kept")


def asked_before(evidence: Evidence) -> Seen | None:
    """Return the settings that were sent last for the resource type in question."""
    default = told(evidence.call, "default")
    kind = default.get("ResourceType") if default is not None else None
    calls = [call for call in evidence.transcript.calls if call.outcome.accepted]
    found = [each for call in calls for each in sent_by(call) if each.get("ResourceType") == kind]
    return found[-1] if found else None


def _of_kind(evidence: Evidence, reading: Reading, name: str) -> list[Seen]:
    default = told(evidence.call, "default")
    kind = default.get("ResourceType") if default is not None else None
    return [each for each in reading.related.get(name, ()) if each.get("ResourceType") == kind]


def _inactive(evidence: Evidence) -> Judged | None:
    """Return why nothing is said of an active system; None when it is one."""
    system, observed = evidence.after.system, evidence.transcript.setting.observed
    if system is None:
        return Judged(error="the system could not be read after the call")
    wanted = evidence.transcript.setting.states.get("active")
    if system.get(observed) == wanted:
        return None
    return Judged(nothing=f"{observed} is {system.get(observed)}: the system is not active")


def added_allocated(evidence: Evidence) -> Judged:
    """What was added is allocated on activation, with devices from its pool."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive
    wanted = _of_kind(evidence, evidence.call.before or Reading(), REQUESTED)
    found = _of_kind(evidence, evidence.after, ALLOCATED)
    if any(each.get("AutomaticAllocation") is False for each in wanted) or not wanted:
        return Judged(nothing="what was added is not to be allocated on activation")
    if len(found) < len(wanted):
        return evidence.seen(f"{len(wanted)} allocations as requested", str(len(found)))
    observations = [seen for each in found for seen in _without_device(evidence, each)]
    return Judged(len(found), tuple(observations))


def _without_device(evidence: Evidence, allocation: Seen) -> Iterable[Observation]:
    """Yield what is missing of the device of an allocation."""
    if allocation.get("ConsumerVisibility") == INVISIBLE:
        return
    devices = {each.identity: each for each in evidence.after.related.get(DEVICES, ())}
    ends = _other_ends(evidence, STATE_LINK, allocation.identity) & devices.keys()
    if not ends:
        yield Observation(allocation.path, "a device of the system that it stands for", "none")
    for end in sorted(ends):
        if not _other_ends(evidence, POOL_LINK, end):
            path = devices[end].path
            yield Observation(path, "a link to the pool that it was allocated from", "none")


def _other_ends(evidence: Evidence, link: str, identity: str) -> set[str]:
    edges = [set(each.values.values()) for each in evidence.after.links.get(link, ())]
    return {end for ends in edges if identity in ends for end in ends - {identity}}


def processors_as_defined(evidence: Evidence) -> Judged:
    """An active system has as many processors as it was defined with."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive
    asked = asked_before(evidence)
    wanted = asked.get(QUANTITY) if asked is not None else None
    if not isinstance(wanted, int):
        return NO_DEFAULT
    found = [each.get(QUANTITY) for each in _of_kind(evidence, evidence.after, ALLOCATED)]
    total = sum(each for each in found if isinstance(each, int))
    number = len(evidence.after.related.get(PROCESSORS, ()))
    observations = []
    if total != wanted:
        expected = f"{QUANTITY} {wanted} allocated, as asked for"
        observations.append(Observation(evidence.subject, expected, str(total)))
    if number != wanted:
        expected = f"{wanted} processors when active, as asked for"
        observations.append(Observation(evidence.subject, expected, str(number)))
    return Judged(2, tuple(observations))


def extent_as_asked(evidence: Evidence) -> Judged:
    """An active system has a disk of the size that was asked for, or hardly larger."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive
    asked = asked_before(evidence)
    wanted = _bytes(asked) if asked is not None else None
    if wanted is None:
        return Judged(nothing="the size that was asked for is not told in bytes or in blocks")
    sizes = [_size(each) for each in evidence.after.related.get(EXTENTS, ())]
    known = [size for size in sizes if size is not None]
    if not known:
        return Judged(nothing="no disk of the system tells its size")
    if any(0 <= size - wanted <= wanted * HARDLY for size in known):
        return Judged(1)
    return evidence.seen(f"a disk of {wanted} bytes, as asked for", ", ".join(map(str, known)))


def _size(extent: Seen) -> int | None:
    size, number = extent.get("BlockSize"), extent.get("NumberOfBlocks")
    return size * number if isinstance(size, int) and isinstance(number, int) else None


def _bytes(settings: Seen) -> int | None:
    """Return a size in bytes: told in a unit of bytes, or in blocks of a size that is told."""
    units = "".join(str(settings.get("VirtualQuantityUnits") or "").split())
    number, block = settings.get(QUANTITY), settings.get("VirtualResourceBlockSize")
    if units == BLOCKS and isinstance(number, int) and isinstance(block, int):
        return number * block
    found, byte = amount(settings, QUANTITY), understood("byte")
    if found is None or byte is None or found[1] != byte.dimension:
        return None
    return int(found[0] / byte.factor)


def access_as_asked(evidence: Evidence) -> Judged:
    """An active system has a disk of the access that was asked for."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive
    asked = asked_before(evidence)
    if asked is None:
        return NO_DEFAULT
    found = [each.get("Access") for each in evidence.after.related.get(EXTENTS, ())]
    told_ = [each for each in found if each not in (None, 0)]
    if not told_:
        return Judged(nothing="no disk of the system tells its access")
    if asked.get("Access") in told_:
        return Judged(1)
    return evidence.seen(f"a disk with Access {asked.get('Access')}, as asked for", str(told_))


def address_generated(evidence: Evidence) -> Judged:
    """An adapter that was asked for without an address has one when the system is active."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive
    told_ = _addresses(evidence.after.related.get(PORTS, ()))
    told_ += _addresses(_of_kind(evidence, evidence.after, ALLOCATED))
    if any(MAC.fullmatch(each) for each in told_):
        return Judged(1)
    return evidence.seen("an adapter with a MAC address", ", ".join(told_) or "none")


def address_as_asked(evidence: Evidence) -> Judged:
    """An adapter has the address that was asked for, where the allocation tells one."""
    asked = asked_before(evidence)
    found = pairs(evidence.call)
    if asked is None or not found:
        return NO_DEFAULT
    own = [each for pair in found if pair.own is not None for each in _addresses([pair.own])]
    return _one_address(evidence, asked, own)


def port_address_as_asked(evidence: Evidence) -> Judged:
    """An adapter of an active system has the address that was asked for."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive
    asked = asked_before(evidence)
    if asked is None:
        return NO_DEFAULT
    return _one_address(evidence, asked, _addresses(evidence.after.related.get(PORTS, ())))


def _one_address(evidence: Evidence, asked: Seen, found: list[str]) -> Judged:
    wanted = _addresses([asked])
    if not found or not wanted:
        return Judged(nothing="no address is told")
    if wanted[0] in found:
        return Judged(1)
    return evidence.seen("an adapter with the address asked for", "only others")


def _addresses(instances: Iterable[Seen]) -> list[str]:
    """Return the addresses that instances tell, as digits in upper case."""
    named = ("Address", "PermanentAddress", "NetworkAddresses")
    values = [each.get(name) for each in instances for name in named]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [re.sub(r"[:.\s-]", "", each).upper() for each in flat if isinstance(each, str) and each]


def not_activated(evidence: Evidence) -> Judged:
    """A system that asks for what does not exist does not become active."""
    inactive = _inactive(evidence)
    if inactive is not None:
        return inactive if inactive.error else Judged(1)
    return evidence.seen("a refusal, or a system that does not become active", "it is active")


def gone_with_it(evidence: Evidence) -> Judged:
    """What stood for a resource that was removed is gone as well."""
    if not evidence.after.looked_up:
        return Judged(nothing="nothing was seen to stand for what was removed")
    observations = tuple(
        Observation(path, "gone with what it stood for", "it can still be read")
        for path in evidence.after.remains
    )
    return Judged(evidence.after.looked_up, observations)


def removal_returned(evidence: Evidence) -> Judged:
    """The pools have reserved less by what was removed, as far as they tell."""
    now = {each.identity for each in evidence.after.related.get(ALLOCATED, ())}
    before = (evidence.call.before or Reading()).related.get(ALLOCATED, ())
    return accounted(evidence, [each for each in before if each.identity not in now], taken=False)


ADDED_EFFECTS: dict[str, Callable[[Evidence], Judged]] = {
    "added-allocated": added_allocated,
    "processors-as-defined": processors_as_defined,
    "extent-as-asked": extent_as_asked,
    "access-as-asked": access_as_asked,
    "removal-returned": removal_returned,
    "address-generated": address_generated,
    "address-as-asked": address_as_asked,
    "port-address-as-asked": port_address_as_asked,
    "not-activated": not_activated,
    "gone-with-it": gone_with_it,
}
"""Effects by the names that profile definitions use."""
