"""Making a virtual system by DefineSystem: what is sent, and how the new system is found.

A creation is written to the journal before it is asked for; what comes of it is taken as ours
only after it was seen to be the system that was asked for.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from conformance.cim import Argument, Path
from conformance.evaluate.model import Model
from conformance.play.calling import Caller, Request
from conformance.play.finding import SYSTEMS, Finder, systems_there
from conformance.play.inputs import Supplied
from conformance.play.jobs import ENDED
from conformance.play.journal import FORMAT as JOURNAL_FORMAT
from conformance.play.journal import (
    Journal,
    Recipe,
    RequestData,
    RunRecord,
    Undo,
    path_data,
)
from conformance.play.machine import (
    DEFINED,
    DISABLE,
    ENABLE,
    PAUSED,
    Machine,
    owner_of_method,
)
from conformance.play.methods import Known, arguments_of, known_method
from conformance.play.provision import RESOURCE_PARAMETER, SYSTEM_PARAMETER, Provision, Wanted
from conformance.transcript import Call, Created, Outcome

DEFINE = "DefineSystem"
DESTROY = "DestroySystem"
DESTROY_SNAPSHOT = "DestroySnapshot"


class Definition(msgspec.Struct, frozen=True):
    """What came of asking for a system: all calls, the last of them the one that counts.

    `path` is None when there is no new system.
    """

    name: str
    calls: tuple[Call, ...]
    created: Created
    path: Path | None
    supplied: bool

    @property
    def outcome(self) -> Outcome:
        """Return how the last call ended."""
        return self.calls[-1].outcome

    @property
    def asked_to_stop(self) -> bool:
        """Tell whether its job was asked to stop: nobody knows what it still makes then."""
        return asked_to_stop(self.calls[-1])


class Maker:
    """Makes virtual systems under run-unique names."""

    def __init__(
        self,
        caller: Caller,
        model: Model,
        machine: Machine,
        journal: Journal,
        run_name: str,
        supplied: Mapping[str, Sequence[Supplied]],
    ) -> None:
        self._caller = caller
        self._model = model
        self._machine = machine
        self._journal = journal
        self.run_name = run_name
        self._number = 0
        self._begun = False
        self._with_resources = False
        self.define = known_method(model, machine, machine.key, DEFINE)
        self.destroy = known_method(model, machine, machine.key, DESTROY)
        self.provision = Provision(caller.reader, model, self.define, self.destroy, supplied)

    def next_name(self) -> str:
        """Return the next run-unique name."""
        self._number += 1
        return f"{self.run_name}-{self._number}"

    # -- asking for a system -----------------------------------------------------------------------

    def make(self, name: str, purpose: str = "fixture") -> Definition:
        """Define a system with the least that the server accepts.

        Raises:
            NoService: systems cannot be made here.
            InputError: the user's settings do not fit.
        """
        wanted = self.ways(name)
        definition = self.ask(name, wanted, purpose)
        if definition.path is not None and len(definition.calls) == 2:
            self._with_resources = RESOURCE_PARAMETER in wanted[1].arguments
        return definition

    def ways(self, name: str) -> list[Wanted]:
        """Return how a system is asked for, with and without resources; the best known way first.

        Raises:
            NoService, InputError: as for `make`.
        """
        both = {SYSTEM_PARAMETER: None, RESOURCE_PARAMETER: None}
        only = {SYSTEM_PARAMETER: None}
        first = self._with_resources or self.provision.states_resources()
        order = (both, only) if first else (only, both)
        return [self.provision.wanted(parameters, name) for parameters in order]

    def ask(
        self, name: str, ways: list[Wanted], purpose: str, stop: int | None = None
    ) -> Definition:
        """Ask for a system in one way after another until the server accepts.

        `stop` is the state that the job of each call is asked for as long as it goes on.

        Raises:
            NoService: systems cannot be made here.
            GuardError: the name is not one of this run.
        """
        service = self.provision.service()
        calls: list[Call] = []
        for number, wanted in enumerate(ways):
            arguments = arguments_of(self.define, wanted.arguments)
            request = request_for(self.define, service, arguments, purpose, stop=stop)
            definition = self._define(service, name, request, supplied=wanted.supplied)
            refused = definition.outcome.refused and definition.path is None
            refused = refused and not definition.asked_to_stop
            if refused and number + 1 < len(ways):
                calls += [msgspec.structs.replace(c, purpose="attempt") for c in definition.calls]
                continue
            return msgspec.structs.replace(definition, calls=(*calls, *definition.calls))
        raise ValueError("no way to ask for a system was given")

    def _define(self, service: Path, name: str, request: Request, *, supplied: bool) -> Definition:
        self._caller.guard.permit_service(service)
        self._caller.guard.permit_name(name)
        self.begin()
        finder = Finder(self._caller.reader, self._model, service.namespace)
        before = systems_there(self._caller.reader, service.namespace)
        self._journal.intend(name, self.recipe(service))
        reply = self._caller.call(request)
        path, created = finder.find_new(reply, name, before)
        if path is not None:
            self._caller.guard.adopt(path)
            self._journal.made(name, path)
        elif reply.call.outcome.refused and not asked_to_stop(reply.call):
            self._journal.gone(name)
        if request.purpose == "test":
            created = finder.compared(created, before)
        subject = path.identity if path is not None else ""
        call = msgspec.structs.replace(reply.call, subject=subject)
        return Definition(name, (call,), created, path, supplied)

    def begin(self) -> None:
        """Write the run record of the journal, once."""
        if self._begun:
            return
        self._begun = True
        self._journal.begin(
            RunRecord(
                format=JOURNAL_FORMAT,
                run=self.run_name,
                endpoint=self._caller.reader.url,
                started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                namespaces=self._model.snapshot.namespaces,
                there=self._systems_before(),
            )
        )

    def _systems_before(self) -> tuple[str, ...]:
        found = self._model.snapshot.by_identity.items()
        return tuple(i for i, one in found if self._model.is_a(one, SYSTEMS))

    # -- removing ----------------------------------------------------------------------------------

    def recipe(self, service: Path) -> Recipe:
        """Return how the systems that this makes are removed again."""
        states = self._machine.states
        values = self._machine.values()
        return Recipe(
            namespace=service.namespace,
            systems=SYSTEMS,
            service=path_data(service),
            destroy=called(self.destroy),
            parameter=called(self.destroy, reference_parameter(self.destroy)),
            observed=states.observed,
            active=values.get("active", 2),
            defined=values.get(DEFINED, 3),
            paused=values.get(PAUSED, 9),
            stable=tuple(state.value for state in states.are.values() if state.stable),
            enable=self._request_data(ENABLE),
            disable=self._request_data(DISABLE),
            snapshots=self._snapshots(service),
        )

    def _snapshots(self, service: Path) -> Undo | None:
        """Return how a snapshot is removed, where the server has a service for that."""
        owner = owner_of_method(self._model.catalogue, self._machine.key, DESTROY_SNAPSHOT)
        if owner is None:
            return None
        known = known_method(self._model, self._machine, owner, DESTROY_SNAPSHOT)
        target = known.declared.target if known.declared is not None else ""
        paths = [i.path for i in self._model.members(owner, target).values() if i.path is not None]
        if not paths or not known.offered:
            return None
        return Undo(
            namespace=service.namespace,
            classname="CIM_VirtualSystemSettingData",
            service=path_data(min(paths, key=lambda path: path.identity)),
            method=called(known),
            parameter=called(known, reference_parameter(known)),
        )

    def _request_data(self, name: str) -> RequestData | None:
        request = self._machine.request(name)
        if request is None:
            return None
        known = known_method(self._model, self._machine, self._machine.key, request.method)
        typed = arguments_of(known, request.with_)
        parameters = tuple((a.name, a.type, a.value) for a in typed)
        subject = called(known, request.subject) if request.subject else ""
        return RequestData(called(known), parameters, subject)


def request_for(
    known: Known,
    target: Path,
    arguments: tuple[Argument, ...],
    purpose: str,
    subject: Path | None = None,
    observed: str = "EnabledState",
    stop: int | None = None,
) -> Request:
    """Return the request for a call of a known method."""
    return Request(
        method=known.name,
        target=target,
        arguments=arguments,
        purpose=purpose,
        subject=subject,
        observed=observed,
        codes=known.codes,
        values=known.values,
        synchronous=known.synchronous,
        asynchronous=known.asynchronous,
        wire=known.wire,
        stop=stop,
    )


def asked_to_stop(call: Call) -> bool:
    """Tell whether the job of a call was asked for another state before its end."""
    return call.job is not None and any(ask.before not in ENDED for ask in call.job.asks)


def called(known: Known, parameter: str = "") -> str:
    """Return what a method, or one of its parameters, is called on the server."""
    if known.wire is None:
        return parameter or known.name
    return known.wire.rename.get(parameter, parameter) if parameter else known.wire.method


def reference_parameter(known: Known) -> str:
    """Return the parameter by which a method takes what it removes."""
    parameters = known.facts.parameters if known.facts is not None else {}
    found = (name for name, one in parameters.items() if one.in_ and one.type == "reference")
    return next(found, "AffectedSystem")
