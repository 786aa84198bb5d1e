"""Events that are fetched over WS-Management: heard, judged, and ended again."""

from __future__ import annotations

import pytest

from conformance.endpoint import Connection
from conformance.endpoint.wbem import WbemEndpoint
from conformance.endpoint.wsman.endpoint import WsmanEndpoint
from conformance.options import RunOptions
from conformance.results import Verdict
from conformance.run import Run
from reference_impl.app import start
from reference_impl.hypervisor.states import Request, State
from tests.interruptions import shown
from tests.wsman_relay import pushing_only, relayed, unfetched, without_events

NAMESPACE = "root/virt"
WINDOWS = "root/virtualization/v2"
EVENTS = "DSP1042:use-case.events"
ALL = "SELECT * FROM CIM_InstModification"


def wsman(server):
    return server.wsman_url.replace("http", "wsman", 1)


def judged(url, folder, **more):
    """Return the results of the checks about indications."""
    checks = ("DSP1054:*", "DSP1042:state-indication")
    told = {"deadline_seconds": 2.0, "allow_changes": True, "checks": checks} | more
    run = Run(RunOptions(Connection(url, timeout_seconds=20), folder, **told))
    chosen = [check for check in run.plan.checks if check.kind == "indication"]
    results = {check.id: run.judge(check) for check in chosen}
    assert run.close().left_behind == ()
    return results


@pytest.fixture
def server():
    with start(wsman_port=0) as running:
        yield running


@pytest.fixture
def endpoint(server):
    made = WsmanEndpoint(Connection(wsman(server), timeout_seconds=10))
    yield made
    made.close()


def test_right_server_passes_and_is_left_as_found(tmp_path, server):
    before = shown(server)
    results = judged(wsman(server), tmp_path)
    verdicts = {name: result.verdict for name, result in results.items()}
    clients = {name for name in verdicts if not name.startswith("DSP1054:indication.")}
    heard = {verdicts[name] for name in verdicts.keys() - clients} | {
        verdicts["DSP1042:state-indication"]
    }
    assert heard == {Verdict.PASS}
    assert shown(server) == before


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("indication-of-deletion-missing", "DSP1054:indication.delivered"),
        ("indication-of-state-missing", "DSP1042:state-indication"),
        ("indication-not-asked-for", "DSP1054:indication.selected"),
        ("indication-twice", "DSP1054:indication.once"),
        ("indication-of-another-system", "DSP1054:indication.source"),
        ("indication-numbers-with-gaps", "DSP1054:indication.sequence"),
    ],
)
def test_wrong_events_are_told(tmp_path, fault, check):
    with start(faults=[fault], wsman_port=0) as running:
        result = judged(wsman(running), tmp_path)[check]
    assert result.verdict in (Verdict.FAIL, Verdict.WARN)
    assert result.observations


def test_server_that_takes_no_subscriptions_is_not_blamed(tmp_path, server):
    with relayed(server.wsman_url, without_events) as url:
        results = judged(url, tmp_path)
    assert {result.verdict for result in results.values()} == {Verdict.NOT_APPLICABLE}
    assert "there is no subscription" in results["DSP1054:indication.delivered"].reason


@pytest.mark.parametrize(
    ("fault", "deviating"),
    [("", set()), ("indication-of-deletion-missing", {"DSP1054:indication.delivered"})],
)
def test_server_that_only_pushes_is_listened_to(tmp_path, fault, deviating):
    with start(faults=[fault] if fault else [], wsman_port=0) as running:
        with relayed(running.wsman_url, pushing_only) as url:
            results = judged(url, tmp_path)
        # The relay hides from the client what it was given: subscriptions to fetch from.
        assert not any("/cimconform-" in told for told in shown(running).values())
    loud = (Verdict.FAIL, Verdict.WARN, Verdict.ERROR)
    assert {name for name, one in results.items() if one.verdict in loud} == deviating
    assert results["DSP1042:state-indication"].verdict is Verdict.PASS


@pytest.mark.long
def test_server_that_only_pushes_and_cannot_reach_the_run_is_not_blamed(tmp_path, server):
    with relayed(server.wsman_url, pushing_only) as url:
        results = judged(url, tmp_path, listener_url="http://127.0.0.1:9")
    told = results["DSP1054:indication.delivered"]
    assert told.verdict is Verdict.UNTESTED
    assert "nothing at all arrived at http://127.0.0.1:9" in told.reason


def test_events_that_nobody_may_fetch_are_not_missing(tmp_path, server):
    with relayed(server.wsman_url, unfetched) as url:
        results = judged(url, tmp_path)
    told = results["DSP1054:indication.delivered"]
    assert told.verdict is Verdict.UNTESTED
    assert "events cannot be fetched" in told.reason


def test_product_that_leaves_something_behind_is_not_subscribed_to(server):
    before = shown(server)
    quirky = WsmanEndpoint(Connection(wsman(server), timeout_seconds=10, quirks="openwsman"))
    answer = quirky.subscribe(NAMESPACE, "WQL", ALL, 60.0)
    quirky.close()
    assert "leaves a filter and a handler behind" in str(answer.refusal)
    assert shown(server) == before


def test_event_is_fetched_as_an_instance(server, endpoint):
    stream = endpoint.subscribe(NAMESPACE, "WQL", ALL, 60.0).value
    assert endpoint.fetch_events(stream, 1.0).value == []
    system = next(one for one in server.hypervisor.systems if one.state is State.ACTIVE)
    server.hypervisor.lifecycle.change(system, Request.QUIESCE, State.PAUSED)
    events = endpoint.fetch_events(stream, 5.0).value
    assert {event.classname for event in events} == {"CIM_InstModification"}
    states = [event.get("SourceInstance").get("EnabledState") for event in events]
    assert State.PAUSED in states
    assert endpoint.renew(stream).ok
    assert endpoint.unsubscribe(stream).ok
    assert not endpoint.fetch_events(stream, 1.0).ok


@pytest.mark.parametrize(
    ("dialect", "faults", "verdict"),
    [
        pytest.param("hyperv-v1", (), Verdict.PASS, marks=pytest.mark.long),
        ("hyperv-v2", (), Verdict.PASS),
        ("hyperv-v2", ("indication-of-state-missing",), Verdict.FAIL),
        pytest.param("windows-2006", (), Verdict.PASS, marks=pytest.mark.long),
    ],
)
def test_events_of_wmi_are_judged_in_the_dialects_of_windows(tmp_path, dialect, faults, verdict):
    with start(faults=faults, wsman_port=0, dialect=dialect) as running:
        result = judged(wsman(running), tmp_path, dialect=dialect, checks=(EVENTS,))
    assert [each.verdict for each in result.values()] == [verdict]


def test_windows_is_asked_for_no_indications_of_the_schema(server):
    windows = WsmanEndpoint(Connection(wsman(server), timeout_seconds=10, quirks="windows"))
    answer = windows.subscribe(NAMESPACE, "WQL", ALL, 60.0)
    windows.close()
    assert "events of WMI only" in str(answer.refusal)


def test_server_with_events_of_wmi_tells_of_them_only():
    with start(wsman_port=0, dialect="hyperv-v2") as running:
        made = WsmanEndpoint(Connection(wsman(running), timeout_seconds=10))
        answer = made.subscribe(WINDOWS, "WQL", ALL, 60.0)
        made.close()
    assert answer.refusal.status == 15


def test_time_that_the_server_grants_is_known(endpoint):
    short = endpoint.subscribe(NAMESPACE, "WQL", ALL, 2.0).value
    assert short.seconds == 2.0
    assert endpoint.unsubscribe(short).ok


def test_nonsense_is_refused_in_both_languages(endpoint):
    for language in ("WQL", "DMTF:CQL"):
        answer = endpoint.subscribe(NAMESPACE, language, "SELEKT nothing FROM nowhere", 60.0)
        assert answer.refusal is not None


def test_cim_xml_has_no_events_to_be_fetched(server):
    other = WbemEndpoint(Connection(server.url))
    answer = other.subscribe(NAMESPACE, "WQL", ALL, 60.0)
    other.close()
    assert answer.refusal.status == 7
