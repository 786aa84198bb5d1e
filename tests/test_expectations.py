"""What must be seen after a call, and that nothing else has changed."""

from __future__ import annotations

import pytest

from conformance.definitions.profile import Basis, Expected, Level, Scenario
from conformance.evaluate.expectations import expected_after, nothing_changed, nothing_else
from conformance.transcript import Call, Outcome, Reading, Seen, Transcript

SAID = {"level": Level.MANDATORY, "basis": Basis.SCHEMA, "statement": "", "call": "M"}
DONE = Outcome("accepted", "done", code=0)


def seen(name, **values):
    return Seen(name, name, "X", {"InstanceID": name, **values})


def read(*allocations, system=None):
    shown = seen("s", **(system or {}))
    return Reading(system=shown, related={"Allocation": allocations})


def judged(was, now, **said):
    """Return the expectations and findings of `after`, and those of the frame."""
    sent = said.pop("sent", {})
    named = said.pop("named", ())
    call = Call(
        "M", "t", "test", DONE, arguments=sent, named={"Result": named}, before=was, after=now
    )
    requirement = Scenario(**said, **SAID)
    told = expected_after(requirement, Transcript("c"), call)
    return told, nothing_else(requirement, call)


def texts(seen_by):
    return [(o.subject, o.expected, o.found) for o in seen_by.observations]


ONE, TWO = seen("a", Quantity=1, Type=3), seen("b", Quantity=1, Type=4)


def test_instance_that_has_appeared_is_expected():
    wanted = Expected(of="Allocation", appear=1, named_by="Result")
    told, frame = judged(read(ONE), read(ONE, TWO), after=(wanted,), named=("b",))

    assert (told.examined, texts(told), texts(frame)) == (2, [], [])


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (Expected(of="Allocation", appear=1), "0"),
        (Expected(of="Allocation", vanish=1), "0"),
        (Expected(of="Allocation", at_least=2), "1"),
        (Expected(of="Allocation", values={"Quantity": {"const": 2}}), "1"),
        (Expected(of="Allocation", values={"Missing": {"const": 2}}), "NULL"),
        (Expected(of="Allocation", where={"Type": {"const": 9}}, values={"Quantity": {}}), "none"),
    ],
)
def test_expectation_that_is_not_met_is_a_deviation(expected, found):
    told, _ = judged(read(ONE), read(ONE), after=(expected,))

    assert [o.found for o in told.observations] == [found]


def test_output_that_does_not_name_what_is_new_is_a_deviation():
    wanted = Expected(of="Allocation", appear=1, named_by="Result")
    told, _ = judged(read(), read(ONE), after=(wanted,))

    assert "Result, or the job, with what is new: a" in told.observations[0].expected


def test_property_is_as_the_settings_sent_asked_for():
    sent = {"ResourceSettings": [{"InstanceID": "a", "Quantity": 2}]}
    wanted = Expected(of="Allocation", as_asked=("Quantity",))
    fine, _ = judged(read(ONE), read(seen("a", Quantity=2)), after=(wanted,), sent=sent)
    wrong, _ = judged(read(ONE), read(ONE), after=(wanted,), sent=sent)

    assert texts(fine) == []
    assert texts(wrong) == [("a", "Quantity 2, as asked for", "1")]


@pytest.mark.parametrize(
    ("stored", "severities"),
    [({"A": 1, "B": 1}, []), ({"A": 1}, ["warn"]), ({}, ["fail", "fail"])],
)
def test_only_when_every_setting_was_ignored_it_fails(stored, severities):
    sent = {"SystemSettings": {"InstanceID": "a", "A": 1, "B": 1}}
    wanted = Expected(of="Allocation", any_as_asked=("A", "B"))
    told, _ = judged(read(seen("a")), read(seen("a", **stored)), after=(wanted,), sent=sent)

    assert [o.severity for o in told.observations] == severities


def test_everything_that_was_not_named_must_stay():
    _, frame = judged(
        read(ONE, TWO, system={"State": 2}),
        read(seen("a", Quantity=2, Type=3), system={"State": 3}),
        changes={},
    )

    assert texts(frame) == [
        ("b", "Allocation as before the call", "it is gone"),
        ("a", "Quantity still 1", "2"),
        ("s", "State still 2", "3"),
    ]


def test_what_may_change_is_no_deviation():
    _, frame = judged(
        read(ONE, system={"State": 2}),
        read(seen("a", Quantity=2, Type=3), system={"State": 3}),
        changes={"Allocation": ("Quantity",), "System": ("State",)},
    )

    assert texts(frame) == []


def test_whole_adaptation_may_come_and_go():
    _, frame = judged(read(ONE), read(TWO), changes={"Allocation": ("*",)})

    assert texts(frame) == []


def test_refused_call_changes_nothing_of_the_host():
    call = Call("M", "t", "test", DONE, before=read(ONE), after=read(ONE, TWO))

    assert texts(nothing_changed(call)) == [("b", "no other Allocation than before", "a new one")]


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, read(ONE)), (read(ONE), None), (read(ONE), Reading(problems=("no answer",)))],
)
def test_what_could_not_be_read_is_no_deviation(before, after):
    told, frame = judged(before, after, changes={})

    assert told.error
    assert frame.error


@pytest.mark.parametrize(
    ("quantity", "expected"), [(1, []), (2, [("a", "Quantity 1, as in Model", "2")])]
)
def test_property_must_be_as_in_another_instance(quantity, expected):
    own = seen("a", Quantity=quantity)
    after = Reading(system=seen("s"), related={"Allocation": (own,), "Model": (ONE,)})
    wanted = Expected(of="Allocation", same=("Quantity", "Missing"), as_in="Model")
    call = Call("M", "t", "test", DONE, before=read(), after=after)
    told = expected_after(Scenario(after=(wanted,), **SAID), Transcript("c"), call)

    assert (told.examined, texts(told)) == (2, expected)
