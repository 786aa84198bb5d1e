"""What systems are made with: the management service, and the settings that are sent to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from conformance.cim import Path
from conformance.definitions.profile import Input
from conformance.evaluate.model import Model
from conformance.play.guard import Reader
from conformance.play.inputs import (
    RESOURCE_SETTINGS,
    SYSTEM_SETTINGS,
    Inputs,
    Offers,
    Supplied,
    named,
)
from conformance.play.methods import Known

SERVICE = "CIM_VirtualSystemManagementService"
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


class Provision:
    """Finds the service, and builds the arguments by which a system is asked for."""

    def __init__(
        self,
        reader: Reader,
        model: Model,
        define: Known,
        destroy: Known,
        supplied: Mapping[str, Sequence[Supplied]],
    ) -> None:
        self._reader = reader
        self._model = model
        self._supplied = supplied
        self._inputs: Inputs | None = None
        self.define = define
        self.destroy = destroy

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
        return min(paths, key=lambda path: (not self._fits_inputs(path), path.identity))

    def _fits_inputs(self, path: Path) -> bool:
        """Tell whether a service has the class prefix of the settings that the user states."""
        stated = [each.class_ for given in self._supplied.values() for each in given]
        prefix = path.classname.partition("_")[0].lower()
        return any(name.partition("_")[0].lower() == prefix for name in stated)

    def inputs(self) -> Inputs:
        """Return the builder of embedded instances for the service; raises NoService."""
        if self._inputs is None:
            self._inputs = Inputs(self._reader, self._model, self.service(), self._supplied)
        return self._inputs

    def states(self, name: str) -> bool:
        """Tell whether the user states an input."""
        return any(self._same(stated, name) for stated in self._supplied)

    def states_resources(self) -> bool:
        """Tell whether the user states resources."""
        found = self._input_name(RESOURCE_SETTINGS)
        return any(self._same(name, found) for name in self._supplied)

    @staticmethod
    def _same(one: str, other: str) -> bool:
        return one.replace("-", " ").lower() == other.replace("-", " ").lower()

    # -- what is sent ----------------------------------------------------------------------------

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
