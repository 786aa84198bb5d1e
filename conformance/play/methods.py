"""What is known of a method before it is called: parameters, codes, value map, its offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.cim import Argument, Instance
from conformance.definitions.catalogue import Catalogue, local_name
from conformance.definitions.profile import Method
from conformance.evaluate.model import Model
from conformance.play.machine import Machine, owner_of_method
from conformance.play.outcome import STANDARD, Codes
from conformance.play.wire import Wire, wire_of
from conformance.schema import classes
from conformance.schema.value_map import ValueSet

SYSTEM = "CIM_ComputerSystem"
TEXT = "string"
OF_NO_TYPE = "cimconform: of another type"
"""What is sent for a parameter of another type: no number, time, reference or instance."""


class Mistyped(msgspec.Struct, frozen=True):
    """Stands for an argument that is not of the type of its parameter."""


class Known(msgspec.Struct, frozen=True):
    """A method with what the profile and the class facts say about it.

    `owner` is the profile that defines it, `declared` its definition there, `facts` its
    signature in the schema. `synchronous` and `asynchronous` tell how the server offers it, None
    where no capability announces it; `trace` shows it. `wire` is what it is called there, if that
    is something else.
    """

    name: str
    owner: str
    declared: Method | None
    facts: classes.Method | None
    codes: Codes
    synchronous: bool | None = None
    asynchronous: bool | None = None
    trace: tuple[str, ...] = ()
    wire: Wire | None = None

    @property
    def offered(self) -> bool:
        """Tell whether the server offers it, or need not say so."""
        return self.synchronous is None or bool(self.synchronous or self.asynchronous)

    @property
    def values(self) -> ValueSet | None:
        """Return the value map of its return value."""
        return self.facts.allowed() if self.facts is not None else None


def known_method(model: Model, machine: Machine, key: str, method: str) -> Known:
    """Return what is known of a method that a check of the profile `key` calls."""
    catalogue = model.catalogue
    owner = owner_of_method(catalogue, key, method) or machine.key
    local = local_name(method)
    declared = catalogue.profiles[owner].methods.get(local)
    classname = _target_class(catalogue, owner, declared)
    synchronous, asynchronous, trace = _offer(model, owner, local, declared)
    wire = wire_of(local, declared)
    facts = _facts(model, classname, wire.method if wire is not None else local)
    return Known(
        name=local,
        owner=owner,
        declared=declared,
        facts=wire.facts(facts) if wire is not None else facts,
        codes=_codes(catalogue, owner, local, declared),
        synchronous=synchronous,
        asynchronous=asynchronous,
        trace=trace,
        wire=wire,
    )


def _target_class(catalogue: Catalogue, owner: str, declared: Method | None) -> str:
    if declared is None:
        return SYSTEM
    _, adaptation = catalogue.find_adaptation(owner, declared.target)
    return adaptation.class_


def _facts(model: Model, classname: str, method: str) -> classes.Method | None:
    view = model.classes.get(classname)
    return view.method(method) if view is not None else None


def _codes(catalogue: Catalogue, owner: str, method: str, declared: Method | None) -> Codes:
    codes = catalogue.profiles[owner].codes
    target = local_name(declared.target) if declared is not None else ""
    return codes.get(method) or codes.get(target) or STANDARD


def _offer(
    model: Model, owner: str, method: str, declared: Method | None
) -> tuple[bool | None, bool | None, tuple[str, ...]]:
    if declared is None or declared.offered is None:
        return None, None, ()
    offer = declared.offered
    members = list(model.members(owner, offer.in_).values())
    synchronous = any(offer.value in (one.get(offer.sync) or []) for one in members)
    asynchronous = any(offer.value in (one.get(offer.async_) or []) for one in members)
    _, text = model.offers(owner, method, "")
    return synchronous, asynchronous, (text,)


def arguments_of(known: Known, values: Mapping[str, Any]) -> tuple[Argument, ...]:
    """Return the arguments of a call, typed as the schema declares the parameters.

    A parameter that the schema does not know is typed by its value.
    """
    return tuple(_argument(known, name, value) for name, value in values.items())


def _argument(known: Known, name: str, value: Any) -> Argument:  # any CIM value
    parameter = known.facts.parameter(name) if known.facts is not None else None
    if isinstance(value, Mistyped):
        several = parameter is not None and parameter.array
        return Argument(name, TEXT, [OF_NO_TYPE] if several else OF_NO_TYPE, several)
    instances = value if isinstance(value, list | tuple) else [value]
    embedded = "instance" if any(isinstance(each, Instance) for each in instances) else ""
    if parameter is None:
        return Argument(name, _guessed(value), value, isinstance(value, list), embedded)
    return Argument(name, parameter.type, value, parameter.array, embedded)


def why_not_mistyped(known: Known, name: str) -> str:
    """Return why no argument can be of the wrong type for a parameter, "" where one can."""
    parameter = known.facts.parameter(name) if known.facts is not None else None
    if parameter is None:
        return f"{known.name} has no parameter {name} here"
    if parameter.type != TEXT or parameter.embedded_instance or parameter.embedded_object:
        return ""
    return f"{name} of {known.name} can be any text"


def _guessed(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "uint32" if isinstance(value, int) else "string"
