"""Filters, listener destinations and subscriptions of the run's own (DSP1054).

Each is created under a run-unique name through guard and journal, and deleted with the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from conformance.cim import Instance, Layout, Path, PropertySlot
from conformance.hearing import Asked
from conformance.play.guard import Reader
from conformance.play.instances import create
from conformance.play.journal import Deletion
from conformance.play.session import Session, Thing
from conformance.play.unmaking import find_by_keys, gone, has_keys
from conformance.transcript import seen

SERVICE = "CIM_IndicationService"
FILTER = "CIM_IndicationFilter"
DESTINATION = "CIM_ListenerDestinationCIMXML"
SUBSCRIPTION = "CIM_IndicationSubscription"
ORGANIZATION = "cimconform"
TRANSIENT, CIM_XML = 3, 2


class Made(msgspec.Struct, frozen=True):
    """What came of asking for an instance: `name` in the journal, and where it is."""

    asked: Asked
    name: str
    path: Path | None = None


class Ground(msgspec.Struct, frozen=True):
    """What is to be known before anything is created in the Interop namespace.

    `system` are class and name of the system that the indication service belongs to, `creation`
    its FilterCreationEnabled, `sources` the namespaces whose events are meant.
    """

    namespace: str
    system: tuple[str, str]
    creation: bool | None
    sources: tuple[str, ...]
    one_source: bool = False


def read_ground(reader: Reader, interop: str, host: str, sources: tuple[str, ...]) -> Ground:
    """Return what the server says of its indication service; `host` names one that says nothing."""
    answer = reader.enumerate_instances(interop, SERVICE)
    found = answer.value[0] if answer.ok and answer.value else None
    path = found.path if found is not None else None
    system = ("CIM_ComputerSystem", host)
    if path is not None and path.key("SystemName"):
        system = (str(path.key("SystemCreationClassName")), str(path.key("SystemName")))
    creation = found.get("FilterCreationEnabled") if found is not None else None
    reply = reader.get_class(interop, FILTER)
    names = {name.lower() for name in reply.value.properties} if reply.ok else set()
    old = "sourcenamespace" in names and "sourcenamespaces" not in names
    return Ground(
        interop, system, creation if isinstance(creation, bool) else None, sources, one_source=old
    )


class Subscriber:
    """Creates what a subscription needs, in one session."""

    def __init__(self, session: Session, ground: Ground) -> None:
        self._session = session
        self._ground = ground

    def destination(self, url: str) -> Made:
        """Create a listener destination for a URL."""
        name = self._next_name()
        values = {"Destination": url, "PersistenceType": TRANSIENT, "Protocol": CIM_XML}
        return self._make(DESTINATION, name, {**self._keys(DESTINATION, name), **values})

    def filter(self, language: str, query: str, purpose: str = "fixture") -> Made:
        """Create a filter."""
        name = self._next_name()
        values: dict[str, Any] = {"Query": query, "QueryLanguage": language}
        if self._ground.one_source:
            values["SourceNamespace"] = self._ground.sources[0]
        else:
            values["SourceNamespaces"] = list(self._ground.sources)
        return self._make(FILTER, name, {**self._keys(FILTER, name), **values}, purpose=purpose)

    def subscription(self, filter_: Path, handler: Path) -> Made:
        """Subscribe a destination to a filter."""
        name = self._session.stage.maker.next_name()
        keys = (str(filter_.key("Name")), str(handler.key("Name")))
        return self._make(SUBSCRIPTION, name, {"Filter": filter_, "Handler": handler}, keys)

    def _next_name(self) -> str:
        return f"{ORGANIZATION}:{self._session.stage.maker.next_name()}"

    def _keys(self, classname: str, name: str) -> dict[str, Any]:
        classname_of_system, name_of_system = self._ground.system
        return {
            "SystemCreationClassName": classname_of_system,
            "SystemName": name_of_system,
            "CreationClassName": classname,
            "Name": name,
        }

    def _make(
        self,
        classname: str,
        name: str,
        values: dict[str, Any],
        keys: tuple[str, ...] = (),
        purpose: str = "fixture",
    ) -> Made:
        session, stage = self._session, self._session.stage
        deletion = Deletion(self._ground.namespace, classname, keys or (name,))
        session.things[name] = Thing(name, deletion)
        session.order.append(name)
        stage.caller.guard.permit_name(name)
        stage.maker.begin()
        stage.journal.intend(name, deletion)
        call, path = create(
            stage.caller, self._ground.namespace, _instance(classname, values), purpose
        )
        session.calls.append(call)
        if call.outcome.refused:
            del session.things[name]
            stage.journal.gone(name)
            return Made(Asked(call), name)
        path = path or next(iter(find_by_keys(stage.caller.reader, deletion)), None)
        if path is not None:
            stage.caller.guard.adopt(path)
            session.things[name] = Thing(name, deletion, path)
            stage.journal.made(name, path)
        return Made(self._read(Asked(call), path, deletion), name, path)

    def _read(self, asked: Asked, path: Path | None, deletion: Deletion) -> Asked:
        """Return what was asked for as it is read: by its path, else among all of its class."""
        if path is None:
            return asked
        reader = self._session.stage.caller.reader
        answer = reader.get_instance(path)
        if answer.ok:
            return msgspec.structs.replace(asked, read=seen(answer.value))
        all_ = reader.enumerate_instances(deletion.namespace, deletion.classname)
        for one in all_.value if all_.ok else ():
            if one.path is not None and has_keys(one.path, deletion.keys):
                return msgspec.structs.replace(asked, read=seen(one))
        unread = "" if all_.ok or gone(answer) else str(answer.refusal or answer.trouble)
        return msgspec.structs.replace(asked, unread=unread)

    def standing(self, language: str, query: str) -> Path | None:
        """Return a filter of the server's own that has the same query, None when there is none."""
        reader = self._session.stage.caller.reader
        answer = reader.enumerate_instances(self._ground.namespace, FILTER)
        wanted = (_folded(language), _folded(query))
        for one in answer.value if answer.ok else ():
            same = (_folded(one.get("QueryLanguage")), _folded(one.get("Query"))) == wanted
            if (
                same
                and one.path is not None
                and one.get("IndividualSubscriptionSupported")
                in (
                    None,
                    True,
                )
            ):
                self._session.stage.caller.guard.permit_reference(one.path)
                return Path(one.path.namespace, one.path.classname, one.path.keys)
        return None


def _folded(text: object) -> str:
    return "".join(str(text or "").lower().split())


def _instance(classname: str, values: dict[str, Any]) -> Instance:
    slots = tuple(_slot(name, value) for name, value in values.items())
    return Instance(None, Layout(classname, slots), list(values.values()))


def _slot(name: str, value: object) -> PropertySlot:
    if isinstance(value, Path):
        return PropertySlot(name, "reference")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return PropertySlot(name, "string", is_array=True)
    return PropertySlot(name, "uint16" if isinstance(value, int) else "string")
