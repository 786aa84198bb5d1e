"""Playing what becomes of a job that is asked for another state while it goes on (DSP1103).

The job is one that defines a system: what it has made by then, or makes all the same, is looked
for under its name and removed.
"""

from __future__ import annotations

from conformance.cim import Path
from conformance.play.making import Definition
from conformance.play.methods import Known
from conformance.play.session import Session, halt

JOBS = "CIM_ConcreteJob"


def play_stop(session: Session, known: Known, requested: int) -> None:
    """Define a system and ask the job that does it for a state before it is done.

    Raises:
        Halt: the server defines systems without jobs.
        NoService, InputError: systems cannot be made here.
        GuardError, JournalError: nothing was sent.
    """
    if known.synchronous and not known.asynchronous:
        session.trace += known.trace
        raise halt(not_applicable=f"{known.name} is offered without a job only")
    maker = session.stage.maker
    _exclude_jobs(session, maker.provision.service())
    name = maker.next_name()
    session.ask(name)
    definition = maker.ask(name, maker.ways(name), "test", requested)
    session.settle(name, definition)
    session.created = definition.created
    session.calls += definition.calls
    if name in session.unsettled:
        _wait_for(session, definition)


def _exclude_jobs(session: Session, service: Path) -> None:
    """Make sure that no job is taken for ours that was there before the call."""
    caller = session.stage.caller
    answer = caller.reader.enumerate_instance_names(service.namespace, JOBS)
    if answer.trouble is not None:
        raise halt(error=f"the jobs that are there cannot be listed: {answer.trouble}")
    if answer.ok:
        caller.guard.exclude(answer.value)


def _wait_for(session: Session, definition: Definition) -> None:
    """Give a job that was stopped, and may be late with that, time to make its system."""
    caller, job = session.stage.caller, definition.calls[-1].job
    for _ in caller.clock.looks(caller.deadlines.settle):
        if session.look_for(definition.name):
            return
    if job is not None and job.end in ("completed", "failed"):
        session.give_up_looking(definition.name)
