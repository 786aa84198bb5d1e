"""Looking a system of the run's own up by a query, as a client does that knows only its name."""

from __future__ import annotations

from conformance.cim import Path
from conformance.play.outcome import outcome_of_query
from conformance.play.session import Session, halt
from conformance.transcript import Call

QUERY, WQL = "ExecQuery", "WQL"


def look_up(session: Session, system: Path, name: str) -> Path:
    """Return the path of the run's own system as a query by the value of a property finds it.

    Raises:
        Halt: the query was refused, or found something else; the call tells.
    """
    stage = session.stage
    owner, states = stage.machine.key, stage.machine.states
    _, subject = stage.observer.model.catalogue.find_adaptation(owner, states.of)
    value = _value_of(session, system, name)
    query = f"SELECT * FROM {subject.class_} WHERE {name} = {_quoted(value)}"  # noqa: S608  # WQL
    answer = stage.caller.reader.exec_query(system.namespace, WQL, query)
    found = answer.value if answer.ok else []
    paths: list[Path] = [each.path for each in found if each.path is not None]
    session.calls.append(
        Call(
            method=QUERY,
            target=system.namespace,
            purpose="lookup",
            outcome=outcome_of_query(answer),
            subject=system.identity,
            arguments={"QueryLanguage": WQL, "Query": query},
            named={"found": tuple(path.identity for path in paths)},
            exchanges=(answer.exchange,),
        )
    )
    if [path.identity for path in paths] != [system.identity]:
        raise halt(untested=f"{query} did not find the system of the run")
    return paths[0]


def _value_of(session: Session, system: Path, name: str) -> str:
    """Return the value of a property by which a system is looked up; raise Halt for none."""
    answer = session.stage.caller.reader.get_instance(system)
    value = answer.value.get(name) if answer.ok else None
    if not value:
        raise halt(untested=f"the system of the run has no {name} to look it up by")
    return str(value)


def _quoted(text: str) -> str:
    """Return a text as a literal of WQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
