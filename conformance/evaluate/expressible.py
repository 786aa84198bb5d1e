"""What the protocol of an endpoint cannot express is not applicable there, with the reason."""

from __future__ import annotations

from conformance.definitions.profile import Declares, Generic, Indication
from conformance.endpoint import CLASSES, INDICATIONS, TYPES
from conformance.evaluate.indications import OF_CLIENTS
from conformance.findings import Findings
from conformance.plan import Check
from conformance.snapshot import Snapshot

NEED_OF_RULE = {"property-type": TYPES}
"""What a rule of the CIM schema needs of the protocol."""


def inexpressible(check: Check, snapshot: Snapshot) -> Findings | None:
    """Say why a check cannot be asked over the protocol of a snapshot; None when it can."""
    reason = snapshot.limits.get(_need_of(check), "")
    return Findings(not_applicable=reason) if reason else None


def _need_of(check: Check) -> str:
    match check.requirement:
        case Generic(check=rule):
            return NEED_OF_RULE.get(rule, "")
        case Declares():
            return CLASSES
        case Indication(check=about) if about in OF_CLIENTS:
            return INDICATIONS
        case _:
            return ""
