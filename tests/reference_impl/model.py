"""A small hand-made model: a host, its guests with devices and settings, a registered profile."""

from pathlib import Path

from reference_impl.schema import Schema

CLASSES = Path(__file__).parents[2] / "profiles" / "classes"
VIRT, INTEROP = "root/virt", "root/interop"


def vendor_schema():
    """The class facts with a few vendor classes."""
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
            VIRT,
            "Ref_Processor",
            SystemCreationClassName="Ref_ComputerSystem",
            SystemName=name,
            DeviceID=f"{name}/{number}",
            ElementName=f"CPU {number}",
            OperationalStatus=[2],
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
        VIRT,
        "CIM_VirtualSystemManagementService",
        SystemName="host",
        Name="vsms",
        SystemCreationClassName="CIM_ComputerSystem",
    )
    repository.add(VIRT, "CIM_HostedService", Antecedent=host.path, Dependent=service.path)
    profile = repository.add(
        INTEROP,
        "CIM_RegisteredProfile",
        InstanceID="ref:1057",
        RegisteredOrganization=2,
        RegisteredName="Virtual System",
        RegisteredVersion="1.0.0",
    )
    repository.add(
        INTEROP,
        "CIM_ElementConformsToProfile",
        ConformantStandard=profile.path,
        ManagedElement=host.path,
    )
    return host.path
