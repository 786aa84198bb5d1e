"""What an endpoint claims to implement: which profiles, in which versions.

Pure. A check of a profile that is not claimed does not apply, nor does one of a version that is
not. A pattern (DSP1001: an abstract profile) is judged where no registered profile that
specialises it already judges the same instances.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from conformance.evaluate.model import Model
from conformance.findings import Findings
from conformance.plan import Check

VERSION = re.compile(r"\s*(\d+)\.(\d+)")

Version = tuple[int, int]
"""Major and minor number; the update of a version never changes what is asked."""


def version_of(text: str) -> Version | None:
    """Return the M.N of a version, `1.0.0a` included, or None for anything else."""
    found = VERSION.match(text)
    return (int(found[1]), int(found[2])) if found else None


def claimed_versions(model: Model, key: str) -> list[Version]:
    """Return the versions in which a profile is registered, the oldest first."""
    texts = {str(i.get("RegisteredVersion")) for i in model.registrations(key).values()}
    return sorted(found for found in map(version_of, texts) if found is not None)


def unclaimed(check: Check, model: Model, asked: AbstractSet[str] | None) -> Findings | None:
    """Say so when the endpoint does not claim what a check is about.

    `asked` are the profile keys that the user named, which are then judged in any case; `None`
    when none was named.
    """
    if asked is None or not asked & {check.profile, check.group}:
        reason = _unclaimed_profile(check, model) or _specialised(check, model)
        if reason:
            return Findings(not_applicable=reason)
    reason = _other_version(check, model)
    return Findings(not_applicable=reason) if reason else None


def _unclaimed_profile(check: Check, model: Model) -> str:
    profile = model.header(check.profile)
    if not profile.central or model.registrations(check.profile):
        return ""
    if profile.only_registered:
        return f"{profile.name} is not registered"
    if profile.abstract:
        if _registered_heirs(check.profile, model):
            return ""
        return f"neither {profile.name} nor a profile that specialises it is registered"
    if profile.central != "profile" and model.members(check.profile, profile.central):
        return ""
    return f"{profile.name} is not registered and has no central instance"


def _specialised(check: Check, model: Model) -> str:
    """Say so when a pattern has nothing left that is not judged by what specialises it."""
    header = model.header(check.profile)
    heirs = _registered_heirs(check.profile, model) if header.abstract else ()
    if not heirs or not check.requirement.inherited:
        return ""
    own = model.members(check.profile, header.central)
    if own:
        return ""
    others = ", ".join(f"{key} {model.header(key).name}" for key in heirs)
    return f"everything it speaks of is judged by {others}"


def by_chance(key: str, model: Model) -> bool:
    """Tell whether the server shows what a profile speaks of without claiming the profile."""
    return model.header(key).unregistered == "warned" and not model.registrations(key)


def _registered_heirs(key: str, model: Model) -> tuple[str, ...]:
    return tuple(heir for heir in model.catalogue.heirs(key) if model.registrations(heir))


def _other_version(check: Check, model: Model) -> str:
    """Say so when a requirement belongs to versions that the endpoint does not claim.

    A profile that is not registered is judged by the oldest version that its definition states.
    """
    since, until = version_of(check.requirement.since), version_of(check.requirement.until)
    if since is None and until is None:
        return ""
    claimed = claimed_versions(model, check.profile)
    told = "claimed: " + ", ".join(f"{major}.{minor}" for major, minor in claimed)
    if not claimed:
        stated = map(version_of, model.header(check.profile).versions)
        claimed = sorted(found for found in stated if found is not None)[:1]
        told = "no version is claimed"
    if any((since is None or v >= since) and (until is None or v <= until) for v in claimed):
        return ""
    asked = [f"since {check.requirement.since}"] if since else []
    asked += [f"until {check.requirement.until}"] if until else []
    return f"it is asked {' and '.join(asked)}; {told}"
