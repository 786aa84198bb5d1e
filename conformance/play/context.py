"""What the parameters of a scenario's calls are about."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from conformance.cim import Path
from conformance.evaluate.model import Model
from conformance.play.inputs import Inputs
from conformance.play.session import Session


class Context(msgspec.Struct, frozen=True):
    """What parameters are about: the profile, the system (None: there is none), what was made."""

    session: Session
    key: str
    system: Path | None = None
    made: Mapping[str, Path] = {}

    @property
    def model(self) -> Model:
        """Return the snapshot by adaptations."""
        return self.session.stage.observer.model

    @property
    def inputs(self) -> Inputs:
        """Return the builder of embedded instances."""
        return self.session.stage.maker.provision.inputs()
