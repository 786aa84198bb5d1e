"""Making a virtual system by DefineSystem: what is sent, and how the new system is found.

A creation is written to the journal before it is asked for; what comes of it is taken as ours
only after it was seen to be the system that was asked for.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from conformance.cim import Argument, Path
from conformance.evaluate.model import Model
from conformance.journal import FORMAT as JOURNAL_FORMAT
from conformance.journal import Journal, Recipe, RequestData, RunRecord, path_data
from conformance.play.calling import Caller, Reply, Request
from conformance.play.guard import Reader
from conformance.play.inputs import (
    RESOURCE_SETTINGS,
    SYSTEM_SETTINGS,
    Inputs,
    Offers,
    Supplied,
    named,
)
from conformance.play.machine import DEFINED, DISABLE, ENABLE, PAUSED, Machine
from conformance.play.methods import Known, arguments_of, known_method
from conformance.play.unmaking import bears_name, find_by_name
from conformance.profile import Input
from conformance.transcript import Call, Created, Outcome

DEFINE = "DefineSystem"
DESTROY = "DestroySystem"
SERVICE = "CIM_VirtualSystemManagementService"
SYSTEMS = "CIM_ComputerSystem"
RESULT = "ResultingSystem"
SYSTEM_PARAMETER = "SystemSettings"
RESOURCE_PARAMETER = "ResourceSettings"


class NoService(Exception):
    """No system can be made on this server: why, and what the user can do."""

    def __init__(self, reason: str, advice: str = "", trace: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.advice, self.trace = reason, advice, trace


class Wanted(msgspec.Struct, frozen=True):
    """One way to ask for a system: the arguments of DefineSystem, and where they are from."""

    arguments: dict[str, Any]
    source: str
    supplied: bool


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


class Maker:
    """Makes virtual systems under run-unique names."""

    def __init__(
        self,
        caller: Caller,
        model: Model,
        machine: Machine,
        journal: Journal,
        run_name: str,
        supplied: Mapping[str, Any],
    ) -> None:
        self._caller = caller
        self._model = model
        self._machine = machine
        self._journal = journal
        self._run_name = run_name
        self._supplied: Mapping[str, tuple[Supplied, ...]] = supplied
        self._number = 0
        self._with_resources = False
        self.define = known_method(model, machine, machine.key, DEFINE)
        self.destroy = known_method(model, machine, machine.key, DESTROY)

    # -- what is there to make systems with ------------------------------------------------------

    def service(self) -> Path:
        """Return the management service.

        Raises:
            NoService: there is none, or it does not offer what is needed.
        """
        if not self.define.offered:
            raise NoService("the server does not offer DefineSystem", trace=self.define.trace)
        if not self.destroy.offered:
            reason = "the server does not offer DestroySystem: what is made could not be removed"
            raise NoService(reason, trace=self.destroy.trace)
        return self.find_service()

    def find_service(self) -> Path:
        """Return the management service, whatever it offers.

        Raises:
            NoService: there is none.
        """
        target = self.define.declared.target if self.define.declared else ""
        members = self._model.members(self.define.owner, target) if target else {}
        found = list(members.values()) or self._model.snapshot.instances_of(SERVICE)
        paths = [instance.path for instance in found if instance.path is not None]
        if not paths:
            raise NoService(f"there is no instance of {SERVICE}")
        chosen = min(paths, key=lambda path: (not self._fits_inputs(path), path.identity))
        self._caller.guard.permit_service(chosen)
        return chosen

    def _fits_inputs(self, path: Path) -> bool:
        """Tell whether a service has the class prefix of the settings that the user states."""
        stated = [each.class_ for given in self._supplied.values() for each in given]
        prefix = path.classname.partition("_")[0].lower()
        return any(name.partition("_")[0].lower() == prefix for name in stated)

    def inputs(self) -> Inputs:
        """Return the builder of embedded instances for the service; raises NoService."""
        if self._inputs is None:
            self._inputs = Inputs(self._caller.reader, self._model, self.service(), self._supplied)
        return self._inputs

    _inputs: Inputs | None = None

    def next_name(self) -> str:
        """Return the next run-unique name."""
        self._number += 1
        return f"{self._run_name}-{self._number}"

    # -- asking for a system -----------------------------------------------------------------------

    def make(self, name: str, purpose: str = "fixture") -> Definition:
        """Define a system with the least that the server accepts.

        Raises:
            NoService: systems cannot be made here.
            InputError: the user's settings do not fit.
        """
        both = {SYSTEM_PARAMETER: None, RESOURCE_PARAMETER: None}
        only = {SYSTEM_PARAMETER: None}
        order = (both, only) if self._with_resources or self._states_resources() else (only, both)
        wanted = [self.wanted(parameters, name) for parameters in order]
        definition = self.ask(name, wanted, purpose)
        if definition.path is not None and len(definition.calls) == 2:
            self._with_resources = order[1] is both
        return definition

    def _states_resources(self) -> bool:
        found = self._input_name(RESOURCE_SETTINGS)
        return any(self._same(name, found) for name in self._supplied)

    @staticmethod
    def _same(one: str, other: str) -> bool:
        return one.replace("-", " ").lower() == other.replace("-", " ").lower()

    def wanted(self, parameters: Mapping[str, str | None], name: str) -> Wanted:
        """Return the arguments for the given parameters; a value names the profile's input.

        Raises:
            NoService: systems cannot be made here.
            InputError: the user's settings do not fit.
        """
        arguments: dict[str, Any] = {}
        sources, supplied = [], False
        for parameter, chosen in parameters.items():
            is_resource = parameter == RESOURCE_PARAMETER
            default = RESOURCE_SETTINGS if is_resource else SYSTEM_SETTINGS
            title = chosen or self._input_name(default)
            offers = self.offers(title, default)
            arguments[parameter] = self._value(offers, name, several=is_resource)
            sources.append(f"{parameter}: {offers.source}")
            supplied = supplied or offers.supplied
        return Wanted(arguments, "; ".join(sources), supplied)

    def offers(self, title: str, default: str) -> Offers:
        """Return the instances of an input of the profile that defines the method."""
        declared = self._model.catalogue.profiles[self.define.owner].inputs.get(title)
        return self.inputs().offers(title, declared.class_ if declared else default)

    def _value(self, offers: Offers, name: str, *, several: bool) -> Any:
        if several:
            return list(offers.instances)
        return named(self.inputs(), offers.instances[0], name)

    def _input_name(self, classname: str) -> str:
        for name, declared in self._declared_inputs().items():
            if declared.class_ == classname:
                return name
        return "resource-settings" if classname == RESOURCE_SETTINGS else "system-settings"

    def _declared_inputs(self) -> Mapping[str, Input]:
        return self._model.catalogue.profiles[self.define.owner].inputs

    def advice(self) -> str:
        """Return what the user can supply so that a system can be made."""
        asks = [f"{name}: {one.ask}" for name, one in self._declared_inputs().items()]
        lines = " ".join(" ".join(ask.split()) for ask in asks)
        return f"state [[inputs.system-settings]] (class, properties) in cimconform.toml. {lines}"

    def ask(self, name: str, ways: list[Wanted], purpose: str) -> Definition:
        """Ask for a system in one way after another until the server accepts.

        Raises:
            NoService: systems cannot be made here.
            GuardError: the name is not one of this run.
        """
        service = self.service()
        calls: list[Call] = []
        for number, wanted in enumerate(ways):
            arguments = arguments_of(self.define, wanted.arguments)
            definition = self._define(service, name, arguments, purpose, supplied=wanted.supplied)
            refused = definition.outcome.refused and definition.path is None
            if refused and number + 1 < len(ways):
                calls += [msgspec.structs.replace(c, purpose="attempt") for c in definition.calls]
                continue
            return msgspec.structs.replace(definition, calls=(*calls, *definition.calls))
        raise ValueError("no way to ask for a system was given")

    def _define(
        self,
        service: Path,
        name: str,
        arguments: tuple[Argument, ...],
        purpose: str,
        *,
        supplied: bool,
    ) -> Definition:
        self._caller.guard.permit_name(name)
        self._begin()
        before = systems_there(self._caller.reader, service.namespace)
        self._journal.intend(name, self.recipe(service))
        reply = self._caller.call(request_for(self.define, service, arguments, purpose))
        path, created = self._find_new(reply, name, service, before)
        if path is not None:
            self._caller.guard.adopt(path)
            self._journal.made(name, path)
        elif reply.call.outcome.refused:
            self._journal.gone(name)
        if purpose == "test":
            created = self._compared(created, service, before, path)
        subject = path.identity if path is not None else ""
        call = msgspec.structs.replace(reply.call, subject=subject)
        return Definition(name, (call,), created, path, supplied)

    def _compared(
        self, created: Created, service: Path, before: dict[str, Path] | None, path: Path | None
    ) -> Created:
        """Return what was created together with everything else that came or went meanwhile."""
        after = systems_there(self._caller.reader, service.namespace)
        if before is None or after is None:
            return created
        own = {path.identity} if path is not None else set()
        return msgspec.structs.replace(
            created,
            compared=True,
            others=tuple(str(p) for i, p in after.items() if i not in before and i not in own),
            vanished=tuple(str(p) for i, p in before.items() if i not in after),
        )

    def _begin(self) -> None:
        self._journal.begin(
            RunRecord(
                format=JOURNAL_FORMAT,
                run=self._run_name,
                endpoint=self._caller.reader.url,
                started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                namespaces=self._model.snapshot.namespaces,
            )
        )

    # -- finding what was made ---------------------------------------------------------------------

    def _find_new(
        self, reply: Reply, name: str, service: Path, before: dict[str, Path] | None
    ) -> tuple[Path | None, Created]:
        """Return the new system, and how it was found.

        A server that names a system that is not new as its result is not believed.
        """
        for found_by, path in self._candidates(reply, service):
            if self._is_new(path, name, before):
                return path, Created(found_by, str(path), path.identity)
        for path in find_by_name(self._caller.reader, service.namespace, SYSTEMS, name):
            return path, Created("name", str(path), path.identity)
        return None, Created()

    def _candidates(self, reply: Reply, service: Path) -> Iterator[tuple[str, Path]]:
        output = reply.method_reply.output(RESULT) if reply.method_reply is not None else None
        if isinstance(output, Path):
            yield RESULT, located(output, service.namespace)
        for path in reply.affected:
            yield "AffectedJobElement", located(path, service.namespace)

    def _is_new(self, path: Path, name: str, before: dict[str, Path] | None) -> bool:
        """Tell whether a system is the one that was asked for.

        It bears the name; or the server gave it another one, and it was not there before.
        """
        answer = self._caller.reader.get_instance(path)
        if not answer.ok or not self._model.is_a(answer.value, SYSTEMS):
            return False
        if bears_name(self._caller.reader, path, name):
            return True
        return before is not None and path.identity not in before

    # -- removing ----------------------------------------------------------------------------------

    def recipe(self, service: Path) -> Recipe:
        """Return how the systems that this makes are removed again."""
        states = self._machine.states
        values = self._machine.values()
        return Recipe(
            namespace=service.namespace,
            systems=SYSTEMS,
            service=path_data(service),
            destroy=self.destroy.name,
            parameter=_reference_parameter(self.destroy),
            observed=states.observed,
            active=values.get("active", 2),
            defined=values.get(DEFINED, 3),
            paused=values.get(PAUSED, 9),
            stable=tuple(state.value for state in states.are.values() if state.stable),
            enable=self._request_data(ENABLE),
            disable=self._request_data(DISABLE),
        )

    def _request_data(self, name: str) -> RequestData | None:
        request = self._machine.request(name)
        if request is None:
            return None
        known = known_method(self._model, self._machine, self._machine.key, request.method)
        typed = arguments_of(known, request.with_)
        return RequestData(known.name, tuple((a.name, a.type, a.value) for a in typed))


def systems_there(reader: Reader, namespace: str) -> dict[str, Path] | None:
    """Return the paths of all systems by identity; None when they could not be listed."""
    answer = reader.enumerate_instance_names(namespace, SYSTEMS)
    return {path.identity: path for path in answer.value} if answer.ok else None


def request_for(
    known: Known,
    target: Path,
    arguments: tuple[Argument, ...],
    purpose: str,
    subject: Path | None = None,
    observed: str = "EnabledState",
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
    )


def located(path: Path, namespace: str) -> Path:
    """Return a path with a namespace, where the server left it out of a reference."""
    return path if path.namespace else Path(namespace, path.classname, path.keys)


def _reference_parameter(known: Known) -> str:
    parameters = known.facts.parameters if known.facts is not None else {}
    found = (name for name, one in parameters.items() if one.in_ and one.type == "reference")
    return next(found, "AffectedSystem")
