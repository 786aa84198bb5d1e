"""Effects of a method call, as scenarios name them.

Pure. One function an effect; each looks at what was read before and after the call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from conformance.evaluate.expectations import nothing_changed
from conformance.evaluate.rules import Judged, differences
from conformance.evaluate.words import show
from conformance.results import Observation
from conformance.transcript import Call, Reading, Seen, Transcript

CREATE = 5
NEXT_ONCE = 3
CONFIGURATION_GROUPS = ("StateSettings", "DefinedSettings", "Configuration")
ALLOCATION_GROUPS = ("DefinedAllocation", "StateAllocation", "Allocation")
AS_REQUESTED = ("ElementName", "VirtualSystemType")


class Evidence(msgspec.Struct, frozen=True):
    """The transcript of a scenario and the call that it is about."""

    transcript: Transcript
    call: Call

    @property
    def subject(self) -> str:
        """Return what observations are about: the system, else the target of the call."""
        return self.transcript.created.path or self.call.target

    @property
    def after(self) -> Reading:
        """Return what was read after the call."""
        return self.call.after or Reading()

    def seen(self, expected: str, found: str, severity: str = "fail") -> Judged:
        """Return one deviation."""
        return Judged(1, (Observation(self.subject, expected, found, severity),))

    def unread(self) -> Judged | None:
        """Return why the system after the call cannot be judged; None when it can."""
        if self.after.system is not None or self.after.gone:
            return None
        if not self.transcript.created.path and self.call.method.startswith("Define"):
            return Judged(nothing="no new system was found")
        return Judged(error=f"the system could not be read: {self.after.missing or 'no answer'}")

    def as_far_as_read(self, judged: Judged) -> Judged:
        """Return what was judged; what deviates where not everything could be read is an error."""
        if not judged.observations or not self.after.problems:
            return judged
        return Judged(error=f"not everything could be read: {self.after.problems[0]}")


def system_created(evidence: Evidence) -> Judged:
    """There is a new system."""
    created = evidence.transcript.created
    if not created.path and not created.compared:
        return Judged(error="the systems before and after the call could not be listed")
    if not created.path:
        return evidence.seen("a new virtual system", "none was found after the call was accepted")
    return _fine()


def state_defined(evidence: Evidence) -> Judged:
    """The new system is in the state "defined"."""
    return evidence.unread() or _state(evidence, "defined", evidence.after.system)


def reaches_active(evidence: Evidence) -> Judged:
    """The system becomes active."""
    return reaches(evidence, "active")


def reaches(evidence: Evidence, state: str) -> Judged:
    """Judge that the system comes into a state after the call."""
    course = evidence.call.course
    wanted = evidence.transcript.setting.states.get(state)
    observed = evidence.transcript.setting.observed
    if not course or (course[-1].state is None and "NOT_FOUND" not in course[-1].text):
        reason = course[-1].text if course else "no answer"
        return Judged(error=f"the state could not be read: {reason}")
    if course[-1].state == wanted:
        return _fine()
    seconds = evidence.transcript.setting.deadline
    states = ", ".join(str(g.state if g.state is not None else g.text) for g in course)
    return evidence.seen(
        f"{observed} {wanted} ({state}) within {seconds:g} s", f"{course[-1].state} after: {states}"
    )


def _state(evidence: Evidence, name: str, system: Seen | None) -> Judged:
    setting = evidence.transcript.setting
    wanted = setting.states.get(name)
    found = system.get(setting.observed) if system is not None else None
    if found == wanted:
        return _fine()
    names = {value: state for state, value in setting.states.items()}
    shown = f"{found} ({names[found]})" if found in names else show(found)
    return evidence.seen(f"{setting.observed} {wanted} ({name})", shown)


def result_resolves(evidence: Evidence) -> Judged:
    """The new system is the output parameter, or what the job has created.

    A job that affects the system without saying that it created it is a warning.
    """
    created, job = evidence.transcript.created, evidence.call.job
    if not created.path:
        return Judged(nothing="no new system was found")
    if created.found_by == "name":
        wanted = "ResultingSystem, or CIM_AffectedJobElement from the job, with the new system"
        return evidence.seen(wanted, f"{_outputs(evidence.call)}; the system was found by name")
    if job is not None and job.affected is not None and created.identity not in job.created:
        if created.found_by == "ResultingSystem" and created.identity not in job.affected:
            return _fine()
        expected = f"ElementEffects of the job on the new system with {CREATE} (Create)"
        return evidence.seen(expected, "without it", "warn")
    return _fine()


def _outputs(call: Call) -> str:
    return f"only {', '.join(call.outputs)}" if call.outputs else "no output parameters"


def hosted(evidence: Evidence) -> Judged:
    """The new system depends on the host of the service that defined it, and on no other."""
    unread = evidence.unread()
    if unread:
        return unread
    hosts = evidence.after.links.get("hosts", ())
    wanted = evidence.transcript.setting.host
    expected = f"one CIM_HostedDependency, with the host {wanted}"
    if len(hosts) != 1:
        return evidence.seen(expected, f"{len(hosts)}: {_paths(hosts)}" if hosts else "none")
    if wanted and hosts[0].get("Name") != wanted:
        return evidence.seen(expected, hosts[0].path)
    return _fine()


def conforms(evidence: Evidence) -> Judged:
    """The new system is said to conform to the registered profile."""
    unread = evidence.unread()
    if unread:
        return unread
    names = {name.lower() for name in evidence.transcript.setting.profiles}
    if not names:
        return Judged(nothing="the profile is not registered")
    found = evidence.after.links.get("profiles", ())
    if any(str(profile.get("RegisteredName")).lower() in names for profile in found):
        return _fine()
    expected = f"CIM_ElementConformsToProfile to {evidence.transcript.setting.profiles[0]}"
    shown = ", ".join(str(profile.get("RegisteredName")) for profile in found)
    return evidence.seen(expected, shown or "none")


def managed(evidence: Evidence) -> Judged:
    """The new system is affected by the service that defined it."""
    unread = evidence.unread()
    if unread:
        return unread
    services = evidence.after.links.get("services", ())
    if any(service.identity == evidence.transcript.setting.service for service in services):
        return _fine()
    expected = "CIM_ServiceAffectsElement from the service that defined the system"
    return evidence.seen(expected, _paths(services) or "none")


def one_state_configuration(evidence: Evidence) -> Judged:
    """The system has exactly one state configuration."""
    unread = evidence.unread()
    if unread:
        return unread
    found = evidence.after.related.get("StateSettings", ())
    if len(found) == 1:
        return _fine()
    expected = "exactly one state configuration over CIM_SettingsDefineState"
    return evidence.seen(expected, f"{len(found)}: {_paths(found)}" if found else "none")


def settings_as_requested(evidence: Evidence) -> Judged:
    """Name and type of the new system are those that were asked for."""
    unread = evidence.unread()
    if unread:
        return unread
    asked = _given(evidence.call, "SystemSettings")
    found = _first_group(evidence.after, CONFIGURATION_GROUPS)
    if not isinstance(asked, dict) or not found:
        nothing = "no settings were sent" if not isinstance(asked, dict) else "no configuration"
        return Judged(nothing=nothing)
    names = [name for name in AS_REQUESTED if asked.get(name) is not None]
    observations = [
        Observation(
            f"{each.path}: {name} {show(asked[name])} was asked for, {show(each.get(name))} found",
            f"{name} as requested",
            "another value",
        )
        for each in found
        for name in names
        if each.get(name) != asked[name]
    ]
    return Judged(len(names), tuple(observations))


def resources_as_requested(evidence: Evidence) -> Judged:
    """The new system has at least as many resources of each type as were asked for."""
    unread = evidence.unread()
    if unread:
        return unread
    asked = _given(evidence.call, "ResourceSettings")
    if not isinstance(asked, list) or not asked:
        return Judged(nothing="no resources were sent")
    wanted = Counter(each.get("ResourceType") for each in asked if isinstance(each, dict))
    groups = [evidence.after.related.get(name, ()) for name in ALLOCATION_GROUPS]
    found = [Counter(each.get("ResourceType") for each in group) for group in groups]
    observations = []
    for kind, number in wanted.items():
        most = max((counted[kind] for counted in found), default=0)
        if most < number:
            expected = f"at least {number} resources of ResourceType {kind}"
            observations.append(Observation(evidence.subject, expected, str(most)))
    return Judged(len(wanted), tuple(observations))


def resources_as_reference(evidence: Evidence) -> Judged:
    """The new system has at least as many resources of each type as the one referred to."""
    unread = evidence.unread()
    if unread:
        return unread
    before = evidence.call.before or Reading()
    name = next((n for n in ALLOCATION_GROUPS if before.related.get(n)), "")
    if not name:
        return Judged(nothing="the configuration referred to has no resources")
    wanted = Counter(each.get("ResourceType") for each in before.related[name])
    found = Counter(each.get("ResourceType") for each in evidence.after.related.get(name, ()))
    observations = tuple(
        Observation(
            evidence.subject,
            f"at least {number} resources of ResourceType {kind}, as in what it refers to",
            str(found[kind]),
        )
        for kind, number in wanted.items()
        if found[kind] < number
    )
    return Judged(len(wanted), observations)


def nothing_created(evidence: Evidence) -> Judged:
    """No system came of a call that was refused.

    A system under another name may be somebody else's: then it is a warning.
    """
    created = evidence.transcript.created
    if created.path:
        return evidence.seen("no new virtual system after the refusal", "one under that name")
    if not created.compared:
        return Judged(nothing="the systems before and after could not be compared")
    if created.others:
        expected = "no new virtual system after the refusal"
        return evidence.seen(expected, f"{len(created.others)} under other names", "warn")
    return _fine()


def system_gone(evidence: Evidence) -> Judged:
    """The destroyed system no longer exists."""
    after = evidence.after
    if after.gone:
        return _fine()
    if after.system is None:
        return Judged(error=f"the system could not be read: {after.missing or 'no answer'}")
    return evidence.seen("CIM_ERR_NOT_FOUND for the destroyed system", "it can still be read")


def scope_gone(evidence: Evidence) -> Judged:
    """Settings, allocations and devices of the destroyed system no longer exist."""
    after = evidence.after
    if not after.gone:
        return Judged(nothing="the system is not gone")
    observations = tuple(
        Observation(path, "gone with its system", "it can still be read") for path in after.remains
    )
    nothing = "" if after.looked_up else "nothing was seen to belong to the system"
    return Judged(after.looked_up, observations, nothing)


def unchanged(evidence: Evidence) -> Judged:
    """A refused call leaves the system and its settings, or all other systems, as they were.

    Another system may have been destroyed by somebody else: then it is a warning.
    """
    created = evidence.transcript.created
    if evidence.call.before is None:
        if not created.compared:
            return Judged(nothing="the systems before and after could not be compared")
        observations = tuple(
            Observation(path, "still there after the refusal", "it is gone", severity="warn")
            for path in created.vanished
        )
        return Judged(1, observations)
    if evidence.call.before.system is None and evidence.call.before.related:
        return nothing_changed(evidence.call)
    if evidence.after.system is None and not evidence.after.gone:
        return Judged(error=f"the system could not be read: {evidence.after.missing}")
    return Judged(1, tuple(differences(evidence.transcript, evidence.call)))


def hosting_kept(evidence: Evidence) -> Judged:
    """The system depends on the same hosts as before the call, however it ended."""
    before = evidence.call.before
    unread = evidence.unread()
    if unread or before is None:
        return unread or Judged(error="nothing was read before the call")
    were = {host.identity for host in before.links.get("hosts", ())}
    hosts = evidence.after.links.get("hosts", ())
    if {host.identity for host in hosts} == were:
        return _fine()
    was = _paths(before.links.get("hosts", ())) or "none"
    return evidence.seen(f"the hosts that it had before: {was}", _paths(hosts) or "none")


def stays(evidence: Evidence) -> Judged:
    """The system is in the state that it was in before the call."""
    before = evidence.call.before
    if before is None or before.system is None:
        return Judged(error="the state before the call was not read")
    observed = evidence.transcript.setting.observed
    was, last = before.system.get(observed), next(reversed(evidence.call.course), None)
    if last is None or last.state is None:
        told = last.text if last is not None else "no answer"
        return Judged(error=f"the state could not be read: {told}")
    if last.state == was:
        return _fine()
    return evidence.seen(f"{observed} still {show(was)} after the call", show(last.state))


def next_mark_spent(evidence: Evidence) -> Judged:
    """No configuration is marked as next for a single use (IsNext 3) after an activation."""
    unread = evidence.unread()
    if unread:
        return unread
    links = evidence.after.links.get("configurations", ())
    observations = tuple(
        Observation(link.path, "IsNext no longer 3 (Is Next For Single Use)", "3")
        for link in links
        if link.get("IsNext") == NEXT_ONCE
    )
    return Judged(len(links), observations, "" if links else "no configuration has marks")


def _fine() -> Judged:
    return Judged(1)


def _given(call: Call, name: str) -> Any:  # a JSON value
    folded = name.lower()
    return next((value for key, value in call.arguments.items() if key.lower() == folded), None)


def _first_group(reading: Reading, names: Iterable[str]) -> tuple[Seen, ...]:
    return next((reading.related[name] for name in names if reading.related.get(name)), ())


def _paths(instances: Iterable[Seen]) -> str:
    return ", ".join(instance.path for instance in instances)


EFFECTS: dict[str, Callable[[Evidence], Judged]] = {
    "system-created": system_created,
    "state-defined": state_defined,
    "hosted": hosted,
    "conforms": conforms,
    "managed": managed,
    "one-state-configuration": one_state_configuration,
    "settings-as-requested": settings_as_requested,
    "resources-as-requested": resources_as_requested,
    "resources-as-reference": resources_as_reference,
    "result-resolves": result_resolves,
    "nothing-created": nothing_created,
    "system-gone": system_gone,
    "scope-gone": scope_gone,
    "unchanged": unchanged,
    "reaches-active": reaches_active,
    "next-mark-spent": next_mark_spent,
    "stays": stays,
    "hosting-kept": hosting_kept,
}
"""Effects by the names that profile definitions use."""

AFTER_REFUSAL = frozenset({"unchanged", "nothing-created", "pools-as-before"})
"""Effects that are judged after a refusal; all others are judged after success."""
