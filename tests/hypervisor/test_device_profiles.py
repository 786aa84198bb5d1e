"""Devices of the host and of virtual systems, against the profiles for devices (DSP1014 ...)."""

from __future__ import annotations

import pytest

from reference_impl.app import start

CONFORMS = "CIM_ElementConformsToProfile"
STATES = ("EnabledState", "RequestedState", "OperationalStatus", "HealthState", "ElementName")
MANDATORY = {
    "CIM_Processor": "Family CurrentClockSpeed MaxClockSpeed ExternalBusClockSpeed LoadPercentage "
    "CPUStatus OtherFamilyDescription",
    "CIM_Memory": "Volatile Access BlockSize NumberOfBlocks",
    "CIM_EthernetPort": "LinkTechnology PortType PermanentAddress NetworkAddresses Speed MaxSpeed "
    "Capabilities EnabledCapabilities",
    "CIM_LANEndpoint": "NameFormat ProtocolType ProtocolIFType MACAddress",
}
PROFILES = {
    "CPU": "CIM_Processor",
    "System Memory": "CIM_Memory",
    "Ethernet Port": "CIM_EthernetPort",
    "Host LAN Network Port": "CIM_LANEndpoint",
}


@pytest.fixture(scope="module")
def shown():
    with start(systems=4) as server:
        yield server.repository


@pytest.mark.parametrize("classname", MANDATORY)
def test_device_has_all_that_its_profile_asks_for(shown, classname):
    for device in shown.instances("root/virt", classname):
        missing = [
            name for name in (*MANDATORY[classname].split(), *STATES) if device.get(name) is None
        ]

        assert missing == []


@pytest.mark.parametrize(("name", "classname"), PROFILES.items())
def test_every_device_of_host_systems_and_switch_conforms_to_its_profile(shown, name, classname):
    (profile,) = (
        each
        for each in shown.instances("root/interop", "CIM_RegisteredProfile")
        if each.get("RegisteredName") == name
    )
    central = shown.associated(profile.path, CONFORMS, role="ConformantStandard")
    devices = shown.instances("root/virt", classname)

    assert {each.path for each in central} == {each.path for each in devices}
    assert len({each.get("SystemName") for each in devices}) >= 3


def test_profiles_of_devices_are_referenced_by_that_of_computer_systems(shown):
    (system,) = (
        each
        for each in shown.instances("root/interop", "CIM_RegisteredProfile")
        if each.get("RegisteredName") == "Computer System"
    )
    referenced = shown.associated(system.path, "CIM_ReferencedProfile", role="Dependent")

    assert set(PROFILES) <= {each.get("RegisteredName") for each in referenced}


def test_every_port_has_one_endpoint_of_its_system_and_address(shown):
    for port in shown.instances("root/virt", "CIM_EthernetPort"):
        (endpoint,) = shown.associated(port.path, "CIM_DeviceSAPImplementation")
        (host,) = shown.associated(endpoint.path, "CIM_HostedAccessPoint")

        assert host.get("Name") == port.get("SystemName") == endpoint.get("SystemName")
        assert endpoint.get("MACAddress") == port.get("PermanentAddress")


def test_host_processors_tell_what_they_can_do(shown):
    for processor in shown.instances("root/virt", "CIM_Processor"):
        found = shown.associated(processor.path, "CIM_ElementCapabilities")

        assert len(found) == processor.get("DeviceID").startswith("host-")


def test_devices_are_no_longer_central_when_they_are_gone(client):
    for system in client.systems():
        client.call("DestroySystem", AffectedSystem=system.path)
    profiles = client.connection.EnumerateInstances(
        "CIM_RegisteredProfile", namespace="root/interop"
    )

    for profile in profiles:
        if profile["RegisteredName"] in PROFILES:
            _, outputs = client.connection.InvokeMethod("GetCentralInstances", profile.path)
            for device in outputs["CentralInstances"]:
                assert client.connection.GetInstance(device)["ElementName"]
