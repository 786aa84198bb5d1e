"""Deviations are believed when a second look shows them, too.

Pure. A server under test is alive: while a snapshot is taken, systems come and go, and what was
read early does not fit what was read late. Such a mismatch is gone, or another one, when the
server is read again; a deviation of the implementation stays. What deviates at every look, and
each time with other values, may be either: it is a warning.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.findings import Findings
from conformance.results import Observation

ENOUGH_LOOKS = 3


def settled(looks: Sequence[Findings]) -> bool:
    """Tell whether another look is needless: the last two agree, or the last shows nothing."""
    last = looks[-1]
    if not last.observations:
        return True
    return len(looks) > 1 and _forms(looks[-2]) >= _forms(last)


def confirmed(looks: Sequence[Findings]) -> Findings:
    """Return the last findings, with only the deviations that a look before them showed.

    What was not confirmed is told in the trace.
    """
    last = looks[-1]
    if len(looks) < 2 or not last.observations:
        return _with_trace(last, sum(len(one.observations) for one in looks[:-1]))
    before = {form for one in looks[:-1] for form in _forms(one)}
    always = _always_deviating(looks) if len(looks) >= ENOUGH_LOOKS else frozenset()
    kept = tuple(
        o if _form(o) in before else msgspec.structs.replace(o, severity="warn")
        for o in last.observations
        if _form(o) in before or o.subject in always
    )
    found = msgspec.structs.replace(last, observations=kept)
    return _with_trace(found, len(last.observations) - len(kept))


def _with_trace(findings: Findings, dropped: int) -> Findings:
    if not dropped:
        return findings
    told = f"{dropped} deviations were gone at the next look: the server was changing meanwhile"
    return msgspec.structs.replace(findings, trace=(*findings.trace, told))


def _always_deviating(looks: Sequence[Findings]) -> frozenset[str]:
    """Return the subjects that deviate at every look."""
    subjects = [frozenset(o.subject for o in one.observations) for one in looks]
    return frozenset.intersection(*subjects)


def _form(observation: Observation) -> tuple[str, str, str]:
    return observation.subject, observation.expected, observation.found


def _forms(findings: Findings) -> frozenset[tuple[str, str, str]]:
    return frozenset(_form(observation) for observation in findings.observations)
