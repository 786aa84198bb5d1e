"""Creating and deleting instances as such, for what has no method that makes it."""

from __future__ import annotations

from conformance.cim import Answer, Instance, Path
from conformance.play.calling import Caller
from conformance.play.guard import ELEMENT_NAME
from conformance.play.outcome import refusal_of
from conformance.transcript import Call, Outcome, as_json

CREATE = "CreateInstance"
MODIFY = "ModifyInstance"
DELETE = "DeleteInstance"


def create(
    caller: Caller, namespace: str, instance: Instance, purpose: str
) -> tuple[Call, Path | None]:
    """Create an instance; return the call and the path that the server tells.

    Raises:
        GuardError: it bears no name of this run, or names what this run did not make.
    """
    answer = caller.guard.create(namespace, instance)
    values = zip(instance.layout.slots, instance.values, strict=True)
    call = Call(
        method=CREATE,
        target=f"{namespace}:{instance.classname}",
        purpose=purpose,
        outcome=outcome_of_request(answer),
        arguments={slot.name: as_json(value) for slot, value in values if value is not None},
        exchanges=(answer.exchange,),
    )
    return call, answer.value if answer.ok and isinstance(answer.value, Path) else None


def rename(caller: Caller, system: Instance, path: Path, name: str) -> Call:
    """Give a system, as it was read, another ElementName; everything else is sent as it was.

    Raises:
        GuardError: it is not one that this run made, or the name is none of this run.
    """
    values = [
        name if slot.name.lower() == ELEMENT_NAME.lower() else value
        for slot, value in zip(system.layout.slots, system.values, strict=True)
    ]
    answer = caller.guard.rename(path, Instance(path, system.layout, values))
    return Call(
        method=MODIFY,
        target=str(path),
        purpose="test",
        outcome=outcome_of_request(answer),
        subject=path.identity,
        arguments={ELEMENT_NAME: name},
        exchanges=(answer.exchange,),
    )


def delete(caller: Caller, path: Path, purpose: str) -> Call:
    """Delete an instance.

    Raises:
        GuardError: it is not one that this run made.
    """
    answer = caller.guard.delete(path)
    return Call(
        method=DELETE,
        target=str(path),
        purpose=purpose,
        outcome=outcome_of_request(answer),
        subject=path.identity,
        exchanges=(answer.exchange,),
    )


def outcome_of_request(answer: Answer) -> Outcome:
    """Return how a request ended that is no method call."""
    if answer.trouble is not None:
        return Outcome("trouble", answer.trouble.kind, text=str(answer.trouble))
    if answer.refusal is not None:
        return refusal_of(answer.refusal)
    return Outcome("accepted", "done", text="done")
