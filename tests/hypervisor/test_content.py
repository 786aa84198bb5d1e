"""What a populated server shows, against the schema and against itself."""

from __future__ import annotations

from collections import Counter

import pytest

from reference_impl.app import start
from reference_impl.hypervisor.units import convert
from reference_impl.values import ObjectName


@pytest.fixture(params=[False, True], ids=["dual", "single"], scope="module")
def shown(request):
    with start(systems=12, single_configuration=request.param) as server:
        yield server.repository


def everything(repository):
    return [
        each
        for namespace in repository.namespaces
        for root in repository.schema.roots()
        for each in repository.instances(namespace, root)
    ]


def in_map(entries, value):
    for entry in entries:
        low, dots, high = entry.partition("..")
        if dots and low and high and int(low, 0) <= value <= int(high, 0):
            return True
        if not dots and str(value) == entry:
            return True
    return False


def test_required_properties_are_never_null(shown):
    missing = [
        (each.name, prop.name)
        for each in everything(shown)
        for prop in shown.schema.class_named(each.classname).all_properties.values()
        if (prop.required or prop.key) and each.get(prop.name) is None
    ]

    assert missing == []


def test_values_are_in_their_value_maps_and_not_too_long(shown):
    wrong = [
        (each.name, name, value)
        for each in everything(shown)
        for name, given in each.values.items()
        for value in (given if isinstance(given, list) else [given])
        if not possible(shown.schema.class_named(each.classname).property_named(name), value)
    ]

    assert wrong == []


def possible(prop, value):
    if isinstance(value, str):
        return len(value) <= (prop.maxlen or len(value))
    return prop.values == () or in_map(prop.values, value)


def test_references_lead_to_instances_of_the_declared_class(shown):
    lost = [
        (each.name, prop.name)
        for each in everything(shown)
        for prop in shown.schema.class_named(each.classname).reference_properties
        if (target := shown.get(each.get(prop.name))) is None
        or not shown.schema.is_a(target.classname, prop.reference_class)
    ]

    assert lost == []


def test_identifiers_name_an_organization(shown):
    bare = [
        each.name
        for each in everything(shown)
        if "InstanceID" in dict(each.path.keys) and ":" not in each.get("InstanceID")
    ]

    assert bare == []


def test_pools_reserve_what_their_allocations_and_child_pools_reserve(shown):
    for pool in shown.instances("root/virt", "CIM_ResourcePool"):
        holders = shown.associated(pool.path, "CIM_ResourceAllocationFromPool")
        total = sum(
            convert(
                each.get("Reservation"), each.get("AllocationUnits"), pool.get("AllocationUnits")
            )
            for each in holders
            if is_held(shown, each)
        )

        assert pool.get("Reserved") == total <= pool.get("Capacity")


def is_held(shown, settings):
    """Whether settings are those of a device, or of a child pool."""
    return bool(
        shown.associated(settings.path, "CIM_SettingsDefineState")
        or shown.associated(settings.path, "CIM_ElementSettingData", "CIM_ResourcePool")
    )


@pytest.mark.parametrize(
    ("association", "role", "classname"),
    [
        ("CIM_SystemDevice", "PartComponent", "CIM_LogicalDevice"),
        ("CIM_HostedResourcePool", "PartComponent", "CIM_ResourcePool"),
        ("CIM_HostedService", "Dependent", "CIM_Service"),
        ("CIM_ElementCapabilities", "ManagedElement", "CIM_ResourcePool"),
        ("CIM_ElementCapabilities", "Capabilities", "CIM_AllocationCapabilities"),
    ],
)
def test_each_element_has_exactly_one_of_its_owners(shown, association, role, classname):
    elements = [
        each for namespace in shown.namespaces for each in shown.instances(namespace, classname)
    ]
    counts = Counter(len(shown.referring(each.path, association, role)) for each in elements)

    assert set(counts) == {1}


@pytest.mark.parametrize("association", ["CIM_ElementAllocatedFromPool", "CIM_SettingsDefineState"])
def test_virtual_devices_have_one_pool_and_one_state_and_host_devices_none(shown, association):
    host, *_ = (each.path for each in shown.instances("root/virt", "CIM_ComputerSystem"))
    for device in shown.instances("root/virt", "CIM_LogicalDevice"):
        of_host = device.get("SystemName") == host.key("Name")

        assert len(shown.referring(device.path, association)) == (0 if of_host else 1)


def test_settings_are_of_one_pool_or_say_what_is_possible(shown):
    for settings in shown.instances("root/virt", "CIM_ResourceAllocationSettingData"):
        pools = shown.associated(settings.path, "CIM_ResourceAllocationFromPool")
        capabilities = shown.associated(settings.path, "CIM_SettingsDefineCapabilities")

        assert len(pools) + len(capabilities) == 1
        assert [each.get("PoolID") for each in pools] in ([], [settings.get("PoolID")])


def test_primordial_pools_have_what_their_host_devices_amount_to(shown):
    sizes = {
        3: processor_size,
        4: storage_size,
        31: storage_size,
        10: lambda _: 2**18,
        30: lambda _: 1,
    }
    for pool in shown.instances("root/virt", "CIM_ResourcePool"):
        devices = shown.associated(pool.path, "CIM_ConcreteComponent", role="GroupComponent")
        if devices:
            size = sizes[pool.get("ResourceType")]
            assert pool.get("Primordial")
            assert pool.get("Capacity") == sum(size(each) for each in devices)


def processor_size(device):
    return device.get("MaxClockSpeed")


def storage_size(device):
    return device.get("BlockSize") * device.get("NumberOfBlocks") // 2**20


def test_virtual_systems_have_one_host_one_state_and_one_capabilities(shown):
    for system in shown.instances("root/virt", "CIM_ComputerSystem")[2:]:
        name = system.path

        assert len(shown.associated(name, "CIM_HostedDependency", "CIM_ComputerSystem")) == 1
        assert len(shown.associated(name, "CIM_SettingsDefineState")) == 1
        for offered in ("EnabledLogicalElement", "VirtualSystemSnapshot"):
            capabilities = f"CIM_{offered}Capabilities"
            assert len(shown.associated(name, "CIM_ElementCapabilities", capabilities)) == 1
        for service in ("Management", "Snapshot", "Migration"):
            managing = f"CIM_VirtualSystem{service}Service"
            assert len(shown.associated(name, "CIM_ServiceAffectsElement", managing)) == 1


def test_device_sizes_equal_the_quantities_allocated(shown):
    for device in shown.instances("root/virt", "CIM_StorageExtent"):
        found = shown.associated(device.path, "CIM_SettingsDefineState")
        if not found:
            continue  # the host's own
        settings = found[0]
        block = settings.get("VirtualResourceBlockSize", 2**20)

        assert settings.get("VirtualQuantity") * block == (
            device.get("BlockSize") * device.get("NumberOfBlocks")
        )


def test_content_is_the_same_each_time():
    with start(systems=5) as one, start(systems=5) as other:
        first, second = (
            {each.name: each.values for each in everything(server.repository)}
            for server in (one, other)
        )

    assert first == second


def test_systems_are_shown_in_every_state(shown):
    systems = shown.instances("root/virt", "CIM_ComputerSystem")[2:]

    assert {each.get("EnabledState") for each in systems} == {2, 3, 6, 9}


def test_conformance_is_visible_from_both_namespaces(shown):
    system = shown.instances("root/virt", "CIM_ComputerSystem")[2].path
    profile = ObjectName(
        "root/interop",
        "CIM_RegisteredProfile",
        {"InstanceID": "CIM:DSP1057-VirtualSystem-1.0.0"},
    )

    assert shown.get(profile) in shown.associated(system, "CIM_ElementConformsToProfile")
    assert shown.get(system) in shown.associated(profile, "CIM_ElementConformsToProfile")
