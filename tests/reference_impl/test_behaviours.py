"""A server bent on purpose: each named behaviour, and intercepts."""

import http.client
import time

import pytest
import pywbem

from reference_impl.operations import BEHAVIOURS
from reference_impl.operations.behaviours import Behaviours
from reference_impl.values import ACCESS_DENIED, CIMError
from tests.reference_impl.messages import intrinsic
from tests.reference_impl.test_operations import refused

SYSTEMS = intrinsic(
    "EnumerateInstances",
    '<IPARAMVALUE NAME="ClassName"><CLASSNAME NAME="CIM_ComputerSystem"/></IPARAMVALUE>',
)


def test_an_unknown_behaviour_is_refused():
    with pytest.raises(KeyError, match="expected one of"):
        Behaviours()["no-such-behaviour"] = True


def test_associations_may_not_be_enumerable_while_references_work(operations, client, guest):
    operations.behaviours["associations-not-enumerable"] = True

    assert client.EnumerateInstances("CIM_SystemDevice") == []
    assert client.EnumerateInstanceNames("CIM_HostedDependency") == []
    assert list(client.IterEnumerateInstances("CIM_SystemDevice", MaxObjectCount=9)) == []
    assert len(client.References(guest)) == 4
    assert len(client.EnumerateInstances("CIM_ComputerSystem")) == 3


def test_only_one_association_may_not_be_enumerable(operations, client):
    operations.behaviours["associations-not-enumerable"] = "CIM_SystemDevice"

    assert client.EnumerateInstances("Ref_SystemDevice") == []
    assert len(client.EnumerateInstances("CIM_HostedDependency")) == 3


@pytest.mark.parametrize(
    ("behaviour", "operation", "left"),
    [
        ("associators-drop", "Associators", 3),
        ("associators-drop", "AssociatorNames", 3),
        ("references-drop", "References", 3),
        ("references-drop", "ReferenceNames", 3),
        ("names-differ", "AssociatorNames", 3),
        ("names-differ", "Associators", 4),
        ("associators-drop", "References", 4),
    ],
)
def test_the_last_result_is_dropped(operations, client, guest, behaviour, operation, left):
    operations.behaviours[behaviour] = True

    assert len(getattr(client, operation)(guest)) == left


def test_names_of_one_operation_may_differ(operations, client, guest):
    operations.behaviours["names-differ"] = {"EnumerateInstanceNames"}

    assert len(client.EnumerateInstanceNames("CIM_ComputerSystem")) == 2
    assert len(client.AssociatorNames(guest)) == 4


def test_get_instance_may_differ_from_enumeration(operations, client, guest):
    operations.behaviours["get-instance-differs"] = {("CIM_ComputerSystem", "EnabledState"): 3}

    assert client.GetInstance(guest)["EnabledState"] == 3
    assert client.EnumerateInstances("Ref_ComputerSystem")[0]["EnabledState"] == 2


def test_names_may_be_in_lower_case(operations, client, guest):
    operations.behaviours["lower-case-names"] = True

    found = client.EnumerateInstances("Ref_ComputerSystem")[0]

    assert (found.classname, found.path.classname) == ("ref_computersystem",) * 2
    assert list(found.path.keybindings) == ["creationclassname", "name"]
    assert client.GetInstance(found.path)["Flavour"] == "vanilla"
    assert "cim_system" in client.EnumerateClassNames(DeepInheritance=True)


def test_pull_operations_may_be_missing(operations, client):
    operations.behaviours["no-pull"] = True

    assert refused("CIM_ERR_NOT_SUPPORTED", client.OpenEnumerateInstances, "CIM_System")
    assert len(list(client.IterEnumerateInstances("CIM_ComputerSystem", MaxObjectCount=1))) == 3


def test_only_pulled_instances_may_be_missing(operations, client):
    operations.behaviours["no-instances-with-path"] = True

    assert refused("CIM_ERR_NOT_SUPPORTED", client.OpenEnumerateInstances, "CIM_System")
    assert client.OpenEnumerateInstancePaths("CIM_ComputerSystem", MaxObjectCount=9).eos


def test_queries_may_be_missing(operations, client):
    operations.behaviours["no-exec-query"] = True

    assert refused("CIM_ERR_NOT_SUPPORTED", client.ExecQuery, "WQL", "SELECT * FROM CIM_System")


def test_one_class_may_be_denied(operations, client):
    denied = CIMError(ACCESS_DENIED, "not you")
    operations.behaviours["errors"] = {("GetClass", "CIM_System"): denied}

    assert refused("CIM_ERR_ACCESS_DENIED", client.GetClass, "CIM_System")
    assert client.GetClass("CIM_ComputerSystem").classname == "CIM_ComputerSystem"


def test_a_method_may_be_denied_for_all_classes(operations, client, guest):
    denied = CIMError(ACCESS_DENIED, "not you")
    operations.behaviours["errors"] = {("RequestStateChange", "*"): denied}

    assert refused("CIM_ERR_ACCESS_DENIED", client.InvokeMethod, "RequestStateChange", guest)


def test_the_connection_may_be_dropped_on_one_class(operations, client):
    operations.behaviours["errors"] = {("GetClass", "CIM_System"): "disconnect"}

    with pytest.raises(pywbem.ConnectionError):
        client.GetClass("CIM_System")
    assert client.GetClass("CIM_ComputerSystem")


def test_an_operation_may_be_slow(operations, client):
    operations.behaviours["slow"] = {"GetClass": 0.3}

    started = time.monotonic()
    client.GetClass("CIM_System")

    assert time.monotonic() - started >= 0.3


def test_a_reply_may_be_garbage(operations, client):
    operations.behaviours["garbage"] = {"GetClass"}

    with pytest.raises(pywbem.ParseError):
        client.GetClass("CIM_System")
    assert client.EnumerateClassNames()


def test_a_reply_may_be_cut_off(operations, client):
    operations.behaviours["truncate"] = {"EnumerateInstances"}

    with pytest.raises(pywbem.Error):
        client.EnumerateInstances("CIM_ComputerSystem")
    assert client.EnumerateInstanceNames("CIM_ComputerSystem")


def test_a_reply_may_never_end(operations, server):
    operations.behaviours["endless"] = {"EnumerateInstances"}
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.request("POST", "/cimom", SYSTEMS)

    reply = connection.getresponse()

    assert len(reply.read(2_000_000)) == 2_000_000
    connection.close()


def test_an_intercept_replaces_the_right_result(operations, client, guest):
    def rename(call):
        if call.kind != "EnumerateInstances" or call.classname != "CIM_ComputerSystem":
            return None
        return [each.copy(ElementName="x") for each in call.compute()]

    operations.intercept.append(rename)

    assert {i["ElementName"] for i in client.EnumerateInstances("CIM_ComputerSystem")} == {"x"}
    assert client.GetInstance(guest)["ElementName"] == "guest1"


def test_an_intercept_reaches_pulled_enumerations_too(operations, client):
    operations.intercept.append(
        lambda call: call.compute()[:1] if call.kind == "EnumerateInstances" else None
    )

    result = client.OpenEnumerateInstances("CIM_ComputerSystem", MaxObjectCount=9)

    assert len(result.instances) == 1


def test_intercepts_are_applied_one_after_the_other(operations, client):
    for _ in range(2):
        operations.intercept.append(lambda call: call.compute()[1:])

    assert len(client.EnumerateInstanceNames("CIM_ComputerSystem")) == 1


def test_every_behaviour_is_explained():
    assert all(BEHAVIOURS.values())
