"""All profile definitions of a run, and look-ups that cross from one to another.

Pure values. A noun of another profile is written `DSP1042:DefineSystem`, or is an adaptation
with `defined_in`. In a dialect the keys stay as they are: it is one catalogue in which the
definitions say what the dialect says.
"""

from __future__ import annotations

import msgspec

from conformance.definitions.dialect import Spoken
from conformance.definitions.profile import Adaptation, Feature, Link, Method, Profile


class Catalogue(msgspec.Struct, frozen=True, eq=False):
    """Profile definitions by key, in the order in which reports show them.

    Two are the same only when they are one: what is derived from a catalogue can be kept by it.

    The look-ups raise KeyError for a name that is not there; the loader has checked all names.
    """

    profiles: dict[str, Profile]
    dialect: Spoken | None = None

    @property
    def judged(self) -> tuple[str, ...]:
        """Return the keys of the profiles that are judged: in a dialect, those that it extends."""
        if self.dialect is None:
            return tuple(self.profiles)
        placed = {*self.dialect.judged, *self.dialect.without}
        return tuple(k for k in self.profiles if k in self.dialect.judged or k not in placed)

    def shown(self, key: str) -> str:
        """Return a profile key as ids and reports show it, such as hyperv-v2/DSP1057."""
        return key if self.dialect is None else f"{self.dialect.key}/{key}"

    def check_id(self, key: str, name: str) -> str:
        """Return the id of a requirement; `name` may name another profile (`DSP1057:pause`)."""
        owner, local = split(key, name)
        return f"{self.shown(owner)}:{local}"

    def find_adaptation(self, key: str, name: str) -> tuple[str, Adaptation]:
        """Return the key of the profile that defines an adaptation, and the adaptation."""
        owner, local = split(key, name)
        adaptation = self.profiles[owner].adaptations[local]
        if adaptation.defined_in:
            return self.find_adaptation(adaptation.defined_in, local)
        return owner, adaptation

    def find_link(self, key: str, name: str) -> tuple[str, Link]:
        """Return the key of the profile that defines a link, and the link."""
        owner, local = split(key, name)
        return owner, self.profiles[owner].links[local]

    def find_feature(self, key: str, name: str) -> tuple[str, Feature]:
        """Return the key of the profile that defines a feature, and the feature."""
        owner, local = split(key, name)
        return owner, self.profiles[owner].features[local]

    def find_method(self, key: str, name: str) -> tuple[str, Method]:
        """Return the key of the profile that defines a method, and the method."""
        owner, local = split(key, name)
        return owner, self.profiles[owner].methods[local]

    def heirs(self, key: str) -> tuple[str, ...]:
        """Return the keys of the judged profiles that extend a profile, directly or not."""
        return tuple(other for other in self.judged if key in self._extended(other))

    def _extended(self, key: str) -> set[str]:
        parents = self.profiles[key].extends
        return {*parents, *(k for parent in parents for k in self._extended(parent))}


def split(key: str, name: str) -> tuple[str, str]:
    """Return the profile key and the local name of a noun, such as `DSP1042:DefineSystem`."""
    owner, colon, local = name.partition(":")
    return (owner, local) if colon else (key, name)


def without_dialect(identity: str) -> str:
    """Return the id of a check as the DMTF profile has it, without the dialect before it."""
    dialect = dialect_of(identity)
    return identity.removeprefix(f"{dialect}/") if dialect else identity


def dialect_of(identity: str) -> str:
    """Return the dialect that the id of a check begins with, "" for none."""
    head, slash, _ = identity.partition("/")
    return head if slash and ":" not in head else ""


def local_name(name: str) -> str:
    """Return a noun's name without its profile key."""
    return name.rpartition(":")[2]
