"""Extrinsic methods: typed parameters in, typed results out."""

import pytest
import pywbem

from reference_impl.operations import MethodResult
from reference_impl.values import FAILED, CIMError, Instance
from tests.reference_impl.messages import message, post
from tests.reference_impl.model import VIRT
from tests.reference_impl.test_operations import refused

SERVICE = "CIM_VirtualSystemManagementService"


@pytest.fixture
def service(client):
    return client.EnumerateInstanceNames(SERVICE)[0]


def test_scalar_parameters_are_typed_by_the_schema(client, guest, calls):
    returned, outputs = client.InvokeMethod(
        "requestStateChange", guest, requestedstate=pywbem.Uint16(3), TimeoutPeriod=None
    )

    assert (returned, dict(outputs)) == (0, {})
    assert calls[0].method == "RequestStateChange"
    assert calls[0].arguments == {"RequestedState": 3}
    assert calls[0].object_name.key("name") == "guest1"


def test_embedded_instances_and_references_reach_the_handler(client, guest, service, calls):
    settings = pywbem.CIMInstance("CIM_VirtualSystemSettingData", {"ElementName": "<new> & \u00fc"})
    resource = pywbem.CIMInstance(
        "CIM_ResourceAllocationSettingData", {"ResourceType": pywbem.Uint16(3)}
    )

    client.InvokeMethod(
        "DefineSystem",
        service,
        SystemSettings=settings,
        ResourceSettings=[resource, resource],
        ReferenceConfiguration=guest,
    )

    given = calls[0].arguments
    assert given["SystemSettings"].values == {"ElementName": "<new> & \u00fc"}
    assert [each.get("ResourceType") for each in given["ResourceSettings"]] == [3, 3]
    assert given["ReferenceConfiguration"].classname == "Ref_ComputerSystem"


def test_references_come_back_as_paths(client, guest, service):
    returned, outputs = client.InvokeMethod("DefineSystem", service)

    assert returned == 0
    assert outputs["ResultingSystem"] == guest


def test_outputs_of_every_kind_come_back(client, operations, service, repository):
    operations.schema.derive(
        "Ref_Service",
        SERVICE,
        methods={
            "Report": {
                "returns": "string",
                "parameters": {
                    "Names": {"type": "string", "array": True, "in": False, "out": True},
                    "Paths": {
                        "type": "reference",
                        "class": "CIM_System",
                        "array": True,
                        "out": True,
                        "in": False,
                    },
                    "Setting": {
                        "type": "string",
                        "embedded_instance": "CIM_SettingData",
                        "out": True,
                        "in": False,
                    },
                    "Nothing": {"type": "uint8", "out": True, "in": False},
                },
            }
        },
    )
    name = repository.add(
        VIRT,
        "Ref_Service",
        SystemName="host",
        Name="r",
        SystemCreationClassName="CIM_ComputerSystem",
    ).path
    operations.methods["Ref_Service", "Report"] = lambda call: MethodResult(
        "done",
        {
            "Names": ["a", "<b>"],
            "Paths": [call.object_name],
            "Setting": Instance("CIM_SettingData", {"InstanceID": "i"}),
            "Nothing": None,
        },
    )

    path = next(n for n in client.EnumerateInstanceNames("Ref_Service") if n["Name"] == "r")
    returned, outputs = client.InvokeMethod("Report", path)

    assert (returned, outputs["Names"], outputs["Nothing"]) == ("done", ["a", "<b>"], None)
    assert outputs["Paths"][0]["Name"] == name.key("Name")
    assert outputs["Setting"]["InstanceID"] == "i"


def test_a_handler_of_the_class_itself_comes_before_an_inherited_one(client, operations, guest):
    operations.methods["ref_computersystem", "requeststatechange"] = lambda _: MethodResult(4096)

    assert client.InvokeMethod("RequestStateChange", guest)[0] == 4096


def test_a_handler_refuses_with_a_cim_error(client, operations, guest):
    def refuse(_call):
        raise CIMError(FAILED, "no & never")

    operations.methods["Ref_ComputerSystem", "RequestStateChange"] = refuse

    with pytest.raises(pywbem.CIMError, match="no & never"):
        client.InvokeMethod("RequestStateChange", guest)


def test_a_bug_in_a_handler_is_an_internal_error(client, operations, guest):
    operations.methods["Ref_ComputerSystem", "RequestStateChange"] = lambda _: 1 / 0

    assert refused("CIM_ERR_FAILED", client.InvokeMethod, "RequestStateChange", guest)


def test_wrong_calls_get_their_status(client, guest, service):
    call = client.InvokeMethod
    gone = pywbem.CIMInstanceName("CIM_ComputerSystem", guest.keybindings)
    wrong_class = pywbem.CIMInstance("CIM_Processor", {"Name": "n"})
    unknown_property = pywbem.CIMInstance("CIM_VirtualSystemSettingData", {"Colour": "red"})

    assert refused("CIM_ERR_METHOD_NOT_FOUND", call, "Explode", guest)
    assert refused("CIM_ERR_METHOD_NOT_AVAILABLE", call, "SetPowerState", guest)
    assert refused("CIM_ERR_NOT_FOUND", call, "RequestStateChange", gone)
    assert refused("CIM_ERR_INVALID_CLASS", call, "RequestStateChange", "CIM_Nothing")
    assert refused("CIM_ERR_INVALID_PARAMETER", call, "RequestStateChange", "CIM_ComputerSystem")
    assert refused("CIM_ERR_INVALID_PARAMETER", call, "RequestStateChange", guest, Colour="red")
    assert refused(
        "CIM_ERR_INVALID_PARAMETER", call, "RequestStateChange", guest, RequestedState="two"
    )
    assert refused(
        "CIM_ERR_INVALID_PARAMETER",
        call,
        "RequestStateChange",
        guest,
        RequestedState=pywbem.Uint32(70_000),
    )
    for settings in (wrong_class, unknown_property, "no XML"):
        assert refused(
            "CIM_ERR_INVALID_PARAMETER", call, "DefineSystem", service, SystemSettings=settings
        )


def test_a_malformed_target_is_refused_by_http(server):
    status, headers, _ = post(
        server, message("<METHODCALL NAME='Start'><LOCALINSTANCEPATH/></METHODCALL>")
    )

    assert (status, headers["CIMError"]) == (400, "request-not-loosely-valid")
