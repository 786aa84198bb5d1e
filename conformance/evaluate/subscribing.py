"""Judging what clients create to be told of changes: destinations, filters, subscriptions.

Pure. A refusal that the suite's own settings may deserve proves nothing, but that a server knows
nothing of what the profile demands does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.evaluate import played
from conformance.findings import Findings
from conformance.hearing import Asked, Hearing, Refusable
from conformance.results import Observation
from conformance.transcript import Call

ENABLED = (None, 2, 3)
"""Values of SubscriptionState of a subscription that is served; NULL tells nothing."""

FAILED, INVALID_PARAMETER, NOT_SUPPORTED, UNKNOWN_LANGUAGE, INVALID_QUERY = 1, 4, 7, 14, 15


def _findings(
    calls: Iterable[Call], observations: Iterable[Observation], untested: str = ""
) -> Findings:
    asked = list(calls)
    return Findings(
        examined=0 if untested else len(asked),
        observations=tuple(observations),
        subjects=tuple(dict.fromkeys(call.target for call in asked))[:5],
        exchanges=played.some(exchange for call in asked for exchange in call.exchanges),
        untested=untested,
    )


def _is_judged(asked: Asked) -> bool:
    """Tell whether an instance was made and could be looked for."""
    return asked.accepted and not asked.unread


def _none_made(asked: list[Asked]) -> Findings:
    """Return what follows from it that none of some instances was made."""
    calls = [each.call for each in asked]
    texts = "; ".join(dict.fromkeys(each.unread or each.call.outcome.text for each in asked))
    if calls and all(_is_unknown(call) for call in calls):
        return _findings(calls, [played.deviation(calls[0], "accepted", texts)])
    return _findings(
        calls, (), f"the server refused what the suite asked for, or to show it: {texts}"
    )


def _is_unknown(call: Call) -> bool:
    outcome = call.outcome
    return outcome.refused and outcome.name == "not_supported" and outcome.status != FAILED


def destination_created(hearing: Hearing) -> Findings:
    """A destination that was created is there, and gone after its deletion."""
    made = [each for each in hearing.destinations if _is_judged(each)]
    if not made:
        return _none_made(list(hearing.destinations))
    return _findings((each.call for each in made), _wrong_destinations(made))


def _wrong_destinations(made: Iterable[Asked]) -> Iterator[Observation]:
    for each in made:
        url = each.call.arguments.get("Destination")
        found = each.read.get("Destination") if each.read is not None else "no such instance"
        if found != url:
            expected = "an instance with the Destination that was asked for"
            yield Observation(each.call.target, expected, str(found))
        elif each.gone is False:
            yield Observation(each.call.target, "gone after its deletion", "still there")


def filter_created(hearing: Hearing) -> Findings:
    """A filter for changes of systems can be created in one of the usual query languages."""
    if not hearing.creation:
        return Findings(not_applicable=f"FilterCreationEnabled is {hearing.creation}")
    asked = [each.filter for each in hearing.subscriptions if each.filter is not None]
    made = [each for each in asked if _is_judged(each)]
    if not made:
        return _none_made(asked)
    return _findings((each.call for each in made), _wrong_filters(hearing, made))


def _wrong_filters(hearing: Hearing, made: Iterable[Asked]) -> Iterator[Observation]:
    for each in made:
        if each.read is None or not each.read.get("Query"):
            found = "no such instance" if each.read is None else "one without a Query"
            yield Observation(each.call.target, "the filter that was created", found)
    for kind in dict.fromkeys(each.kind for each in hearing.subscriptions):
        taken = [s for s in hearing.subscriptions if s.kind == kind and s.filter is not None]
        accepted = [s for s in taken if s.filter is not None and s.filter.accepted]
        if accepted and not any(s.common for s in accepted):
            expected = "a query for the class of the schema"
            yield Observation(kind, expected, f"taken only: {accepted[0].query}", "warn")


def query_refused(hearing: Hearing) -> Findings:
    """A query that makes no sense is refused as such."""
    return _refused(hearing.bad_query, (INVALID_QUERY, FAILED, INVALID_PARAMETER))


def language_refused(hearing: Hearing) -> Findings:
    """A query language that does not exist is refused as such."""
    return _refused(hearing.bad_language, (UNKNOWN_LANGUAGE,))


def _refused(asked: Refusable | None, statuses: tuple[int, ...]) -> Findings:
    if asked is None:
        return Findings(not_applicable="clients cannot create filters, or none was accepted")
    if asked.call.outcome.kind == "trouble":
        return Findings(error=f"{asked.call.method}: {asked.call.outcome.text}")
    return _findings([asked.call], _not_refused(asked, statuses))


def _not_refused(asked: Refusable, statuses: tuple[int, ...]) -> Iterator[Observation]:
    outcome, late = asked.call.outcome, asked.subscribed
    expected = f"refused with CIM status {statuses[0]}"
    if outcome.refused:
        if outcome.status not in statuses:
            yield Observation(asked.call.target, expected, outcome.text, "warn")
    elif late is not None and late.outcome.refused:
        found = f"accepted, only a subscription to it is refused: {late.outcome.text}"
        yield Observation(asked.call.target, expected, found, "warn")
    else:
        yield Observation(asked.call.target, expected, "accepted")


def creation_refused(hearing: Hearing) -> Findings:
    """Where clients cannot create filters, creating one is refused."""
    asked = next((each.filter for each in hearing.subscriptions if each.filter), None)
    if asked is None or asked.call.outcome.kind == "trouble":
        return Findings(error="no filter was asked for, or the answer could not be read")
    wrong = [played.deviation(asked.call, "refused", "accepted")] if asked.accepted else []
    return _findings([asked.call], wrong)


def subscription_created(hearing: Hearing) -> Findings:
    """A subscription that was created is there, and served."""
    asked = [s.subscription for s in hearing.subscriptions if s.subscription is not None]
    made = [each for each in asked if _is_judged(each)]
    if not made:
        texts = dict.fromkeys(each.unread or each.call.outcome.text for each in asked)
        reason = "; ".join(texts) or "there is no filter, or no destination"
        return Findings(untested=f"no subscription was accepted, or none could be read: {reason}")
    return _findings((each.call for each in made), _wrong_subscriptions(made))


def _wrong_subscriptions(made: Iterable[Asked]) -> Iterator[Observation]:
    for each in made:
        if each.read is None:
            yield Observation(each.call.target, "the subscription that was created", "none")
        elif each.read.get("SubscriptionState") not in ENABLED:
            found = f"SubscriptionState {each.read.get('SubscriptionState')}"
            yield Observation(each.call.target, "SubscriptionState 2 (Enabled) or NULL", found)


def keeps_ends(hearing: Hearing) -> Findings:
    """A filter or destination in use cannot be deleted."""
    asked = [each for each in hearing.in_use if each.call.outcome.kind != "trouble"]
    if not asked:
        return Findings(untested="there was no subscription whose ends could be deleted")
    return _findings((each.call for each in asked), _let_go(asked))


def _let_go(asked: Iterable[Refusable]) -> Iterator[Observation]:
    for each in asked:
        target = each.call.target.partition(".")[0]
        if not each.call.outcome.accepted:
            continue
        if each.kept:
            found = "deleted, and the subscription is still there"
            yield Observation(target, "refused while a subscription uses it", found)
        else:
            found = "accepted" if each.kept is None else "deleted together with the subscription"
            yield Observation(target, "refused while a subscription uses it", found, "warn")
