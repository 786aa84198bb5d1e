"""Pulled enumerations: pieces, contexts, time-outs, filters."""

import time

import pytest
import pywbem

from reference_impl.operations import Operations, Settings
from reference_impl.server import CIMServer
from tests.reference_impl.model import VIRT
from tests.reference_impl.test_operations import refused

CONTEXT = "CIM_ERR_INVALID_ENUMERATION_CONTEXT"


@pytest.fixture
def client(server):
    """A client that never falls back to plain enumeration."""
    with pywbem.WBEMConnection(
        server.url, default_namespace=VIRT, use_pull_operations=True
    ) as client:
        yield client


def opened(client, count=1, **parameters):
    return client.OpenEnumerateInstances("CIM_Processor", MaxObjectCount=count, **parameters)


def test_pulled_instances_are_those_enumerated(client):
    pulled = list(client.IterEnumerateInstances("CIM_ManagedElement", MaxObjectCount=3))

    assert {str(i.path) for i in pulled} == {
        f"//ref.example/{i.path}" for i in client.EnumerateInstances("CIM_ManagedElement")
    }


@pytest.mark.parametrize(
    "iterate",
    [
        "IterAssociatorInstances",
        "IterAssociatorInstancePaths",
        "IterReferenceInstances",
        "IterReferenceInstancePaths",
    ],
)
def test_pulled_associations_are_those_asked_for_at_once(client, guest, iterate):
    plain = {"Associator": client.AssociatorNames, "Reference": client.ReferenceNames}
    pulled = list(getattr(client, iterate)(guest, MaxObjectCount=1))

    paths = [getattr(each, "path", each) for each in pulled]
    assert paths == plain["Associator" if "Associator" in iterate else "Reference"](guest)


def test_pulled_paths_are_those_enumerated(client):
    pulled = client.IterEnumerateInstancePaths("CIM_Processor", MaxObjectCount=2)

    assert len(list(pulled)) == 4


def test_everything_may_come_with_the_opening(client):
    result = opened(client, 100)

    assert (len(result.instances), result.eos) == (4, True)


def test_nothing_comes_with_the_opening_by_default(client):
    result = client.OpenEnumerateInstancePaths("CIM_Processor")

    assert (result.paths, result.eos) == ([], False)


def test_the_last_piece_ends_the_sequence_and_the_context(client):
    result = opened(client)

    assert client.PullInstancesWithPath(result.context, 2).eos is False
    assert client.PullInstancesWithPath(result.context, 1).eos is True
    assert refused(CONTEXT, client.PullInstancesWithPath, result.context, 1)


def test_a_closed_enumeration_is_gone(client):
    result = opened(client)

    client.CloseEnumeration(result.context)

    assert refused(CONTEXT, client.PullInstancesWithPath, result.context, 1)
    assert refused(CONTEXT, client.CloseEnumeration, result.context)


def test_another_pull_operation_does_not_fit(client):
    assert refused(CONTEXT, client.PullInstancePaths, opened(client).context, 1)


def test_another_namespace_does_not_fit(client):
    context, _ = opened(client).context

    assert refused(CONTEXT, client.PullInstancesWithPath, (context, "root/interop"), 1)


def test_an_invented_context_is_refused(client):
    assert refused(CONTEXT, client.PullInstancesWithPath, ("invented", VIRT), 1)


def test_a_time_out_ends_an_enumeration(client):
    result = opened(client, OperationTimeout=1)

    time.sleep(1.2)

    assert refused(CONTEXT, client.PullInstancesWithPath, result.context, 1)


@pytest.mark.parametrize("timeout", [0, 1_000_000])
def test_a_time_out_out_of_range_is_refused(client, timeout):
    assert refused("CIM_ERR_INVALID_OPERATION_TIMEOUT", opened, client, OperationTimeout=timeout)


def test_continuation_on_error_is_not_supported(client):
    assert refused(
        "CIM_ERR_CONTINUATION_ON_ERROR_NOT_SUPPORTED", opened, client, ContinueOnError=True
    )


def test_open_enumerations_are_limited(repository):
    operations = Operations(repository, repository.schema, Settings(maximum_contexts=2))
    with (
        CIMServer(operations) as server,
        pywbem.WBEMConnection(server.url, default_namespace=VIRT) as client,
    ):
        opened(client), opened(client)
        assert refused("CIM_ERR_SERVER_LIMITS_EXCEEDED", opened, client)


def test_a_filter_query_selects_what_is_pulled(client):
    result = opened(client, 100, FilterQueryLanguage="DMTF:FQL", FilterQuery="DeviceID='guest1/0'")

    assert [each["DeviceID"] for each in result.instances] == ["guest1/0"]


def test_a_wrong_filter_query_gets_its_status(client):
    assert refused(
        "CIM_ERR_QUERY_LANGUAGE_NOT_SUPPORTED",
        opened,
        client,
        FilterQueryLanguage="WQL",
        FilterQuery="a=1",
    )
    assert refused(
        "CIM_ERR_INVALID_QUERY", opened, client, FilterQueryLanguage="DMTF:FQL", FilterQuery="="
    )
    assert refused("CIM_ERR_INVALID_PARAMETER", opened, client, FilterQuery="a=1")


def test_query_results_are_pulled_with_their_class(client):
    result = client.OpenQueryInstances(
        "DMTF:CQL",
        "SELECT Name FROM CIM_ComputerSystem",
        ReturnQueryResultClass=True,
        MaxObjectCount=1,
    )

    rest = client.PullInstances(result.context, 10)

    assert [i["Name"] for i in result.instances + rest.instances] == ["host", "guest1", "guest2"]
    assert set(result.query_result_class.properties) == {"Name"}
    assert all(set(i) == {"Name"} for i in rest.instances)


def test_shallow_inheritance_holds_for_pulled_instances(client):
    guest = list(
        client.IterEnumerateInstances("CIM_ComputerSystem", DeepInheritance=False, MaxObjectCount=1)
    )[1]

    assert "Flavour" not in guest
