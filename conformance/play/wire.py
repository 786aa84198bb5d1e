"""A vendor's method in the place of one of the schema: other names for the same thing.

Pure. The engine speaks of a method and its parameters as the schema does; only what goes over the
wire bears the vendor's names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from conformance.cim import Argument, MethodReply
from conformance.definitions.profile import Method
from conformance.schema import classes


class Wire(msgspec.Struct, frozen=True):
    """What a method and its parameters are called on the server; see `profile.Method`."""

    method: str
    rename: Mapping[str, str] = {}
    drop: tuple[str, ...] = ()

    def arguments(self, given: Sequence[Argument]) -> tuple[Argument, ...]:
        """Return arguments under the names that the server knows."""
        return tuple(
            msgspec.structs.replace(each, name=self.rename.get(each.name, each.name))
            for each in given
            if each.name not in self.drop
        )

    def reply(self, found: MethodReply) -> MethodReply:
        """Return a reply with its output parameters under the schema's names."""
        back = {there.lower(): here for here, there in self.rename.items()}
        outputs = {back.get(name.lower(), name): each for name, each in found.outputs.items()}
        return msgspec.structs.replace(found, outputs=outputs)

    def facts(self, declared: classes.Method | None) -> classes.Method | None:
        """Return the declaration of the vendor's method, parameters under the schema's names."""
        if declared is None or not self.rename:
            return declared
        back = {there.lower(): here for here, there in self.rename.items()}
        parameters = {back.get(n.lower(), n): one for n, one in declared.parameters.items()}
        return msgspec.structs.replace(declared, parameters=parameters)


def wire_of(name: str, declared: Method | None) -> Wire | None:
    """Return how a method is called on the server; None where that is as in the schema."""
    if declared is None or not (declared.named or declared.rename or declared.drop):
        return None
    return Wire(declared.named or name, declared.rename, declared.drop)
