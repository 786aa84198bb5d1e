"""One outcome from the three ways in which servers say no.

Pure. A refusal comes as a return code, as a CIM error, or as a job that fails; profiles name
outcomes (`invalid_state`) by a table of codes for each method, because the numbers differ from
method to method and from vendor to vendor.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.cim import Answer, MethodReply, Refusal
from conformance.schema.value_map import ValueSet
from conformance.transcript import JobTrail, Outcome

DONE = "done"
JOB = "job"
Codes = Mapping[str, int | tuple[int, ...]]
"""Names of the outcomes of a method to its return values."""

STANDARD: Codes = {DONE: 0, JOB: 4096}

NAME_OF_STATUS = {
    1: "not_supported",  # CIM_ERR_FAILED: what some CIMOMs answer for a method they do not know
    4: "invalid_parameter",
    6: "not_found",
    7: "not_supported",
    16: "not_supported",
    17: "not_supported",
}
"""CIM status codes (DSP0200, clause 5.2.3) that mean the same on every method."""


def outcome_of(answer: Answer, codes: Codes, values: ValueSet | None = None) -> Outcome:
    """Return the outcome of a method call before its job, if any, was followed.

    `values` is the value map of the method's return value, for the text.
    """
    if answer.trouble is not None:
        return Outcome("trouble", answer.trouble.kind, text=str(answer.trouble))
    if answer.refusal is not None:
        return refusal_of(answer.refusal)
    reply: MethodReply = answer.value
    return _of_return_value(reply.return_value, codes, values)


def outcome_of_query(answer: Answer) -> Outcome:
    """Return the outcome of a query."""
    if answer.trouble is not None:
        return Outcome("trouble", answer.trouble.kind, text=str(answer.trouble))
    if answer.refusal is not None:
        return refusal_of(answer.refusal)
    return Outcome("accepted", DONE, text=f"{len(answer.value)} instances")


def refusal_of(refusal: Refusal) -> Outcome:
    """Return a CIM error as an outcome."""
    name = NAME_OF_STATUS.get(refusal.status, f"status-{refusal.status}")
    return Outcome("refused", name, status=refusal.status, text=str(refusal))


def _of_return_value(
    value: int | str | bool | None, codes: Codes, values: ValueSet | None
) -> Outcome:
    if not isinstance(value, int) or isinstance(value, bool):
        text = f"return value {value!r}" if value is not None else "no return value"
        return Outcome("refused", "no_return_value", text=text)
    name = name_of(value, codes) or f"code-{value}"
    label = values.label(value) if values is not None else None
    text = f"return value {value} ({label or name})"
    kind = "accepted" if name in (DONE, JOB) else "refused"
    return Outcome(kind, name, code=value, text=text)


def name_of(code: int, codes: Codes) -> str:
    """Return the name of a return value, "" when the profile names it not."""
    named = {**STANDARD, **codes}.items()
    found = (name for name, said in named if code == said or _among(code, said))
    return next(found, "")


def _among(code: int, said: int | tuple[int, ...]) -> bool:
    return not isinstance(said, int) and code in said


def with_job(outcome: Outcome, trail: JobTrail, codes: Codes) -> Outcome:
    """Return the outcome of a call together with the end of its job.

    A job that ends other than completed, or completed with an ErrorCode, is a refusal
    (CIM_Job.ErrorCode: zero when completed without error). A job that vanished or did not end
    in time leaves the call accepted: what became of it shows in the state.
    """
    if outcome.kind != "accepted":
        return outcome
    if trail.end == "unreadable":
        return Outcome("trouble", "job", outcome.code, text=f"job {trail.path}: {trail.problem}")
    last = trail.last
    if trail.end != "failed" or last is None:
        return outcome
    name = name_of(last.error_code, codes) if last.error_code else ""
    said = f": {last.error_description}" if last.error_description else ""
    code = f"ErrorCode {last.error_code}" if last.error_code is not None else "no ErrorCode"
    text = f"its job ended in JobState {last.state}, {code}{said}"
    refused_by = name if name not in ("", DONE, JOB) else "failed"
    return Outcome("refused", refused_by, code=last.error_code, text=text)


def code_known(value: int | None, values: ValueSet | None) -> str:
    """Tell whether a return value is in the value map: "known", "reserved", "unknown" or "".

    A value that only falls under an entry for values that DMTF or the class designer keep for
    later is reserved.
    """
    if value is None or values is None:
        return ""
    label = values.label(value)
    if values.entry(value) is None:
        return "unknown"
    return "reserved" if label is not None and "reserved" in label.lower() else "known"
