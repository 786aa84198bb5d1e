"""The profiles on one snapshot: nouns, claimed features, and conditions decided by them.

Pure, and memoised: every answer is computed once for all checks.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from conformance.cim import Instance
from conformance.definitions.catalogue import Catalogue, local_name
from conformance.definitions.profile import (
    Claim,
    Condition,
    Feature,
    Method,
    When,
    names,
)
from conformance.evaluate.nouns import Nouns
from conformance.evaluate.words import show
from conformance.schema.classes import Classes
from conformance.snapshot import Snapshot


class Applicability(msgspec.Struct, frozen=True):
    """Whether a condition holds, for which subjects (None = all), and how it was decided."""

    holds: bool
    subjects: frozenset[str] | None = None
    trace: tuple[str, ...] = ()


class Model(Nouns):
    """Adaptations, links and features of a catalogue, looked up on one snapshot."""

    def __init__(self, catalogue: Catalogue, snapshot: Snapshot, classes: Classes) -> None:
        super().__init__(catalogue, snapshot, classes)
        self._claims: dict[tuple[str, str, str], tuple[bool, str]] = {}

    def offers(self, key: str, method: str, subject: str) -> tuple[bool, str]:
        """Tell whether a method is announced by the capabilities of a subject, and the trace."""
        owner, declared = self.catalogue.find_method(key, method)
        if declared.offered is None:
            return True, f"{local_name(method)} needs no capability"
        offer = declared.offered
        capabilities = self._capabilities(owner, declared, subject)
        traces = []
        for instance in capabilities:
            for array in (offer.sync, offer.async_):
                values = instance.get(array) or []
                traces.append(f"{array} of {instance.path} is {show(instance.get(array))}")
                if offer.value in values:
                    return True, f"{local_name(method)} is offered: {traces[-1]}"
        found = "; ".join(traces) if traces else f"no {offer.in_} was found"
        return False, f"{local_name(method)} ({offer.value}) is not offered: {found}"

    def _capabilities(self, owner: str, method: Method, subject: str) -> list[Instance]:
        """Return the capabilities of a subject: its own, else those that are nobody's.

        So a link that is missing or reversed is a finding of its own check alone. All of them
        when no subject is named.
        """
        offer = method.offered
        if offer is None:
            return []
        members = self.members(owner, offer.in_)
        taken: set[str] = set()
        for holder in self._holders(owner, method) if subject else ():
            related = self.related(owner, offer.in_, owner, holder) or {}
            own = related.get(subject)
            if own:
                return [members[i] for i in members if i in own]
            taken.update(*related.values())
        return [instance for identity, instance in members.items() if identity not in taken]

    def _holders(self, owner: str, method: Method) -> list[str]:
        """Return the adaptations that may have capabilities: those of features, and the target."""
        features = self.catalogue.profiles[owner].features.values()
        return sorted({feature.of for feature in features} | {method.target})

    def claimed(self, key: str, name: str, subject: str) -> tuple[bool, str]:
        """Tell whether an instance claims a feature, with what shows it."""
        owner, feature = self.catalogue.find_feature(key, name)
        slot = (owner, local_name(name), subject)
        if slot not in self._claims:
            self._claims[slot] = self._claim(owner, feature, subject)
        return self._claims[slot]

    def _claim(self, owner: str, feature: Feature, subject: str) -> tuple[bool, str]:
        claim = feature.claimed
        if claim.always or claim.never:
            return bool(claim.always), claim.always or claim.never
        if claim.any_of:
            answers = [self.claimed(owner, other, subject) for other in claim.any_of]
            return any(yes for yes, _ in answers), "; ".join(dict.fromkeys(t for _, t in answers))
        if claim.offered:
            answers = [self.offers(owner, method, subject) for method in claim.offered]
            return any(yes for yes, _ in answers), "; ".join(text for _, text in answers)
        return self._claim_by_instance(owner, feature.of, claim, subject)

    def _claim_by_instance(
        self, owner: str, of: str, claim: Claim, subject: str
    ) -> tuple[bool, str]:
        adaptation = str(claim.any)
        members = self.members(owner, adaptation)
        related = self.related(owner, adaptation, owner, of)
        own = members.keys() if related is None else related.get(subject, set())
        if claim.other_than:
            others = self.related(owner, claim.other_than, owner, of) or {}
            own = set(own) - others.get(subject, set())
        _, definition = self.catalogue.find_adaptation(owner, adaptation)
        for identity in sorted(own):
            if self.satisfies(owner, definition.class_, members[identity], claim.has):
                shown = ", ".join(f"{p} = {show(members[identity].get(p))}" for p in claim.has)
                return True, f"{self.text(identity)} {shown}".rstrip()
        seen = [
            f"{self.text(i)} " + ", ".join(f"{p} = {show(members[i].get(p))}" for p in claim.has)
            for i in sorted(own)
        ]
        return False, "; ".join(seen) or f"{self.text(subject)} has no {adaptation}"

    def applies(self, key: str, when: When, subject: str) -> Applicability:
        """Decide a condition for the instances of the subject adaptation (may be "").

        A feature of that adaptation is decided instance by instance, any other one for the
        endpoint as a whole.
        """
        condition = when if isinstance(when, Condition) else Condition(feature=when)
        trace: list[str] = []
        subjects: frozenset[str] | None = None
        holds = True
        for name, wanted in _features(condition):
            answer = self._feature(key, name, subject, wanted=wanted)
            trace += answer.trace
            holds = holds and answer.holds
            if answer.subjects is not None:
                subjects = answer.subjects if subjects is None else subjects & answer.subjects
        for other in names(condition.registered):
            registered = bool(self.registrations(other))
            name = self.header(other).name
            trace.append(f"{name} is {'' if registered else 'not '}registered")
            holds = holds and registered
        if subjects is not None and not subjects:
            holds = False
        return Applicability(holds, subjects, tuple(trace))

    def _feature(self, key: str, name: str, subject: str, *, wanted: bool) -> Applicability:
        owner, feature = self.catalogue.find_feature(key, name)
        members = self.members(owner, feature.of)
        answers = {identity: self.claimed(key, name, identity) for identity in members}
        chosen = frozenset(i for i, (yes, _) in answers.items() if yes is wanted)
        word = "claimed" if wanted else "not claimed"
        trace = _claims_trace(f"feature {local_name(name)}", word, answers, chosen)
        if subject and self._same(key, subject, owner, feature.of):
            return Applicability(bool(chosen), chosen, trace)
        holds = bool(chosen) if wanted else len(chosen) == len(members)
        return Applicability(holds, None, trace)

    def _same(self, key: str, name: str, other_key: str, other: str) -> bool:
        if "profile" in (local_name(name), local_name(other)):
            return False
        one = (self.catalogue.find_adaptation(key, name)[0], local_name(name))
        return one == (self.catalogue.find_adaptation(other_key, other)[0], local_name(other))


def _features(condition: Condition) -> Iterator[tuple[str, bool]]:
    for name in names(condition.feature):
        yield name, True
    for name in names(condition.not_):
        yield name, False


def _claims_trace(
    title: str, word: str, answers: dict[str, tuple[bool, str]], chosen: frozenset[str]
) -> tuple[str, ...]:
    """Return a few lines that tell how a feature was decided."""
    head = f"{title}: {word} by {len(chosen)} of {len(answers)}"
    some = [text for identity, (_, text) in answers.items() if identity in chosen][:2]
    rest = [text for identity, (_, text) in answers.items() if identity not in chosen][:2]
    return (head, *(f"  {text}" for text in (*some, *rest)))
