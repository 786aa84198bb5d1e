"""The names that may stand in one profile definition, and what is wrong with one that may not.

Pure. Every method takes the trail of a name and yields the problem with it, if there is one.
Nothing is said about names of a profile that could not be read, nor about properties of a class
that is not known: that is told where the class is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from conformance.definitions.catalogue import split
from conformance.definitions.profile import ANY, Adaptation, Link, Profile, Properties
from conformance.definitions.vocabulary import check_words
from conformance.schema.classes import Classes, Property
from conformance.slips import Problem, Trail, did_you_mean, unknown

PROFILE = "profile"
"""The registered profile itself, where an adaptation is asked for."""

REGISTERED = "CIM_RegisteredProfile"
STATUS = "status"
"""The codes that name CIM status codes instead of return values of one method."""

STATUS_OUTCOMES = frozenset({"not_supported", "invalid_parameter", "not_found", "failed"})
"""Outcomes of a call that a CIM error or a failed job gives, whatever the method's codes."""

NUMBERED = re.compile(r"(status|code)-\d+")
"""Outcomes that have no name: a CIM status, a return value."""

SILENT = "a rule that a server can violate"

Problems = Iterator[Problem]


class Scope:
    """Look-ups for one profile definition: its own names, those of the others, the classes."""

    def __init__(
        self,
        key: str,
        profiles: Mapping[str, Profile],
        classes: Classes,
        unread: Collection[str] = (),
    ) -> None:
        self.key = key
        self.profiles = profiles
        self.classes = classes
        self.unread = unread
        self.profile = profiles[key]
        machine = self.profile.states
        self.states = list(machine.are) if machine else []

    # -- nouns -------------------------------------------------------------------------------

    def adaptation(self, trail: Trail, name: str) -> Problems:
        """Check the name of an adaptation, or `profile`."""
        if name != PROFILE:
            yield from self._noun(trail, "an adaptation", "adaptations", name)

    def adaptations(self, trail: Trail, names: Iterable[str]) -> Problems:
        """Check a list of adaptations."""
        for position, name in enumerate(names):
            yield from self.adaptation((*trail, position), name)

    def link(self, trail: Trail, name: str) -> Problems:
        """Check the name of a link."""
        yield from self._noun(trail, "a link", "links", name)

    def feature(self, trail: Trail, name: str) -> Problems:
        """Check the name of a feature."""
        yield from self._noun(trail, "a feature", "features", name)

    def input(self, trail: Trail, name: str) -> Problems:
        """Check the name of an input."""
        yield from self._noun(trail, "an input", "inputs", name)

    def method(self, trail: Trail, name: str) -> Problems:
        """Check the name of a method under test."""
        yield from self._noun(trail, "a method", "methods", name)

    def callable(self, trail: Trail, name: str) -> Problems:
        """Check a method under test, or one by which the states of this profile change."""
        machine = self.profile.states
        if machine is None or name not in {r.method for r in machine.requests.values()}:
            yield from self.method(trail, name)

    def _noun(self, trail: Trail, what: str, section: str, name: str) -> Problems:
        owner, local = split(self.key, name)
        if owner in self.unread:
            return
        if owner not in self.profiles:
            yield unknown(trail, "a profile key before the colon", owner, self.profiles)
        elif local not in getattr(self.profiles[owner], section):
            known = getattr(self.profiles[owner], section)
            problem = unknown(trail, f"{what} of {owner}", local, known)
            yield problem if problem.advice else self._elsewhere(problem, section, local)

    def _elsewhere(self, problem: Problem, section: str, local: str) -> Problem:
        for key, profile in self.profiles.items():
            if local in getattr(profile, section):
                advice = f"did you mean {key}:{local}?"
                return Problem(problem.trail, problem.expected, problem.found, advice)
        return problem

    def known_profile(self, trail: Trail, key: str) -> Problems:
        """Check the key of a profile definition."""
        if key not in self.profiles and key not in self.unread:
            yield unknown(trail, "a profile key", key, self.profiles)

    def word(self, trail: Trail, word: str, known: Iterable[str]) -> Problems:
        """Check a word that is one of a few."""
        if word not in known:
            yield unknown(trail, "a word", word, known)

    # -- states ------------------------------------------------------------------------------

    def state(self, trail: Trail, name: str) -> Problems:
        """Check the name of a state of this profile."""
        if name not in self.states:
            yield unknown(trail, f"a state of {self.key}", name, self.states)

    def request(self, trail: Trail, name: str) -> Problems:
        """Check the name of a request of this profile's state machine."""
        known = self.profile.states.requests if self.profile.states else {}
        if name not in known:
            yield unknown(trail, f"a request of {self.key}", name, known)

    def outcomes(self, trail: Trail, method: str, names: Iterable[str]) -> Problems:
        """Check the names of outcomes of a method: from `codes`, or of CIM status codes."""
        known = self._codes(method)
        if known is None:
            return
        for position, name in enumerate(names):
            if name not in (*known, ANY, *STATUS_OUTCOMES) and not NUMBERED.fullmatch(name):
                yield unknown((*trail, position), f"an outcome of {method}", name, known)

    def _codes(self, method: str) -> list[str] | None:
        owner, local = split(self.key, method)
        if owner not in self.profiles:
            return None
        codes = self.profiles[owner].codes
        return [*codes.get(local, {}), *codes.get(STATUS, {})]

    # -- classes -----------------------------------------------------------------------------

    def class_name(self, trail: Trail, name: str) -> Problems:
        """Check the name of a class."""
        view = self.classes.get(name)
        if view is None or view.name != name:
            advice = did_you_mean(name, self.classes.names)
            yield Problem(trail, "a class of the class facts", repr(name), advice)

    def association(self, trail: Trail, name: str) -> Problems:
        """Check the name of an association class."""
        yield from self.class_name(trail, name)
        view = self.classes.get(name)
        if view is not None and not view.references:
            yield Problem(trail, "an association class", f"{name}, which has no references")

    def role(self, trail: Trail, association: str, name: str) -> Problems:
        """Check a role: the name of a reference of an association class."""
        view = self.classes.get(association)
        if view is not None and view.references and name not in view.references:
            yield unknown(trail, f"a role of {view.name}", name, view.references)

    def property(self, trail: Trail, classname: str, name: str) -> Problems:
        """Check the name of a property of a class."""
        view = self.classes.get(classname)
        if view is not None and name not in view.properties:
            advice = did_you_mean(name, view.properties)
            yield Problem(trail, f"a property of {view.name}", repr(name), advice)

    def properties(self, trail: Trail, classname: str, names: Iterable[str]) -> Problems:
        """Check a list of property names."""
        for position, name in enumerate(names):
            yield from self.property((*trail, position), classname, name)

    def words(self, trail: Trail, classname: str, properties: Properties) -> Problems:
        """Check property names and the words on each of them."""
        for name, words in properties.items():
            yield from self.property((*trail, name), classname, name)
            declared = self.declared(classname, name)
            yield from check_words((*trail, name), words, declared, self.states)

    def class_method(self, trail: Trail, classname: str, name: str) -> Problems:
        """Check the name of a method of a class."""
        view = self.classes.get(classname)
        if view is not None and name not in view.methods:
            yield unknown(trail, f"a method of {view.name}", name, view.methods)

    def parameters(
        self, trail: Trail, classname: str, method: str, names: Iterable[str]
    ) -> Problems:
        """Check the names of parameters of a method of a class."""
        view = self.classes.get(classname)
        declared = view.method(method) if view is not None else None
        if declared is None:
            return
        other = self._called_otherwise(method)
        for name in names:
            if name not in declared.parameters and name not in other:
                yield unknown((*trail, name), f"a parameter of {method}", name, declared.parameters)

    def _called_otherwise(self, method: str) -> set[str]:
        """Return the parameters of a method that a server calls otherwise, or does not have."""
        nouns = [p.methods[method] for p in self.profiles.values() if method in p.methods]
        return {name for noun in nouns for name in (*noun.rename, *noun.drop)}

    # -- look-ups; "" or None when a name is not known ------------------------------------------

    def declared(self, classname: str, name: str) -> Property | None:
        """Return a property in the class facts."""
        view = self.classes.get(classname)
        return view.property(name) if view is not None else None

    def find_adaptation(self, name: str) -> tuple[str, Adaptation | None]:
        """Return the owner of an adaptation and the adaptation, `defined_in` followed."""
        owner, local = split(self.key, name)
        seen: set[str] = set()
        while owner in self.profiles and owner not in seen:
            seen.add(owner)
            found = self.profiles[owner].adaptations.get(local)
            if found is None or not found.defined_in:
                return owner, found
            owner = found.defined_in
        return owner, None

    def class_of(self, name: str) -> str:
        """Return the class of an adaptation."""
        if name == PROFILE:
            return REGISTERED
        _, adaptation = self.find_adaptation(name)
        return adaptation.class_ if adaptation is not None else ""

    def find_link(self, name: str) -> tuple[str, Link | None]:
        """Return the owner of a link and the link."""
        owner, local = split(self.key, name)
        profile = self.profiles.get(owner)
        return owner, profile.links.get(local) if profile is not None else None

    def link_class(self, name: str) -> str:
        """Return the association class of a link."""
        _, link = self.find_link(name)
        return link.class_ if link is not None else ""

    def target_class(self, method: str) -> str:
        """Return the class that a method under test is called on."""
        owner, local = split(self.key, method)
        profile = self.profiles.get(owner)
        found = profile.methods.get(local) if profile is not None else None
        return self.within(owner).class_of(found.target) if found is not None else ""

    def within(self, owner: str) -> Scope:
        """Return the scope of another profile definition."""
        return Scope(owner, self.profiles, self.classes, self.unread)
