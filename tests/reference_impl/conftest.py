"""A small hand-made model behind a real server: a host, two systems, their devices and settings."""

import textwrap
from pathlib import Path

import pytest
import pywbem

from reference_impl.operations import MethodCall, MethodResult, Operations, PlainWriter, Settings
from reference_impl.repository import Repository
from reference_impl.schema import Schema
from reference_impl.server import CIMServer

CLASSES = Path(__file__).parents[2] / "profiles" / "classes"
VIRT, INTEROP = "root/virt", "root/interop"


@pytest.fixture(scope="session")
def fact_schema():
    return Schema.load(CLASSES)


@pytest.fixture
def schema():
    """A schema of its own for tests that add vendor classes."""
    schema = Schema.load(CLASSES)
    schema.derive("Ref_ComputerSystem", "CIM_ComputerSystem", {"Flavour": {"type": "string"}})
    schema.derive("Ref_Processor", "CIM_Processor")
    schema.derive("Ref_SystemDevice", "CIM_SystemDevice")
    return schema


def add_system(repository, name, devices=2):
    """Add a system with processors and a setting data object; return its path."""
    system = repository.add(
        VIRT, "Ref_ComputerSystem", Name=name, ElementName=name, EnabledState=2, Flavour="vanilla"
    )
    for number in range(devices):
        processor = repository.add(
            VIRT, "Ref_Processor", SystemCreationClassName="Ref_ComputerSystem", SystemName=name,
            DeviceID=f"{name}/{number}", ElementName=f"CPU {number}", OperationalStatus=[2],
        )
        repository.add(
            VIRT, "Ref_SystemDevice", GroupComponent=system.path, PartComponent=processor.path
        )
    settings = repository.add(
        VIRT, "CIM_VirtualSystemSettingData", InstanceID=f"ref:{name}", ElementName=name
    )
    repository.add(
        VIRT, "CIM_SettingsDefineState", ManagedElement=system.path, SettingData=settings.path
    )
    return system.path


def populate(repository, systems=2):
    host = repository.add(VIRT, "CIM_ComputerSystem", Name="host", ElementName="The host")
    for number in range(systems):
        guest = add_system(repository, f"guest{number + 1}")
        repository.add(VIRT, "CIM_HostedDependency", Antecedent=host.path, Dependent=guest)
    service = repository.add(
        VIRT, "CIM_VirtualSystemManagementService", SystemName="host", Name="vsms",
        SystemCreationClassName="CIM_ComputerSystem",
    )
    repository.add(VIRT, "CIM_HostedService", Antecedent=host.path, Dependent=service.path)
    profile = repository.add(
        INTEROP, "CIM_RegisteredProfile", InstanceID="ref:1057", RegisteredOrganization=2,
        RegisteredName="Virtual System", RegisteredVersion="1.0.0",
    )
    repository.add(
        INTEROP, "CIM_ElementConformsToProfile", ConformantStandard=profile.path,
        ManagedElement=host.path,
    )
    return host.path


@pytest.fixture
def repository(schema):
    repository = Repository(schema, [VIRT, INTEROP])
    populate(repository)
    return repository


@pytest.fixture
def calls():
    """The method calls that reached a handler."""
    return []


@pytest.fixture
def operations(repository, calls):
    def change_state(call: MethodCall) -> MethodResult:
        calls.append(call)
        return MethodResult(0)

    def define_system(call: MethodCall) -> MethodResult:
        calls.append(call)
        return MethodResult(0, {"ResultingSystem": repository.instances(VIRT, "Ref_ComputerSystem")[0].path})

    operations = Operations(repository, repository.schema, Settings(host="ref.example"))
    operations.methods["CIM_EnabledLogicalElement", "RequestStateChange"] = change_state
    operations.methods["CIM_VirtualSystemManagementService", "DefineSystem"] = define_system
    operations.writers["CIM_SettingData"] = PlainWriter(repository)
    return operations


@pytest.fixture
def server(operations):
    with CIMServer(operations) as server:
        yield server


@pytest.fixture
def client(server):
    client = pywbem.WBEMConnection(server.url, default_namespace=VIRT, timeout=30)
    yield client
    client.close()


@pytest.fixture
def guest(client):
    """The path of the first guest, as the server names it."""
    names = client.EnumerateInstanceNames("Ref_ComputerSystem")
    return next(name for name in names if name["Name"] == "guest1")


def request(name, parameters="", namespace="<NAMESPACE NAME='root'/><NAMESPACE NAME='virt'/>"):
    """An operation request document, written by hand."""
    return textwrap.dedent(f"""\
        <?xml version="1.0" encoding="utf-8"?>
        <CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="7" PROTOCOLVERSION="1.0"><SIMPLEREQ>
        <IMETHODCALL NAME="{name}"><LOCALNAMESPACEPATH>{namespace}</LOCALNAMESPACEPATH>
        {parameters}</IMETHODCALL></SIMPLEREQ></MESSAGE></CIM>""").encode()
