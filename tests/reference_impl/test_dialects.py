"""The reference server as Windows shows a hypervisor, driven by clients that are not ours."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from pypsrp.wsman import SelectorSet
from pywbem import CIMError, CIMInstance, Uint16, Uint64

from reference_impl.app import UnknownDialectError, start
from reference_impl.wsman import names
from tests.reference_impl.subscribing import Subscriber, listening
from tests.reference_impl.test_wsman import client as wsman_client
from tests.reference_impl.test_wsman import enumeration, local, property_of, pulled, tag
from tests.reference_impl.windows import DIALECTS, PREVIEW, SERVICE, V1, V2, Client

START, STOP, RESET = 2, 3, 10


@pytest.fixture(scope="module", params=DIALECTS, ids=lambda each: each.name)
def windows(request):
    with start(dialect=request.param.name, systems=3, wsman_port=0) as server:
        client = Client(server, request.param)
        yield client
        client.wbem.close()


@pytest.fixture(scope="module")
def v2():
    with start(dialect="hyperv-v2", systems=2) as server:
        client = Client(server, V2)
        yield client
        client.wbem.close()


@pytest.fixture(scope="module")
def v1():
    with start(dialect="hyperv-v1", systems=2) as server:
        client = Client(server, V1)
        yield client
        client.wbem.close()


@pytest.fixture(scope="module")
def preview():
    with start(dialect="windows-2006", systems=2) as server:
        client = Client(server, PREVIEW)
        yield client
        client.wbem.close()


@pytest.fixture
def system(windows):
    """A virtual system of the test's own."""
    made = windows.define("made for a test")
    yield made
    if windows.query(f"SELECT Name FROM {made.classname} WHERE Name = '{made['Name']}'"):
        windows.destroy(made)


def by_name(name):
    return f"WHERE ElementName = '{name}'"


# -- every dialect ----------------------------------------------------------------------------


def test_unknown_dialect_is_refused_with_the_names_of_all():
    with pytest.raises(UnknownDialectError, match="hyperv-v1, hyperv-v2, windows-2006"):
        start(dialect="hyperv-v3")


def test_everything_in_the_namespace_is_of_a_class_of_the_vendor(windows):
    shown = windows.server.repository
    found = [*shown.instances(windows.manners.namespace, "CIM_ManagedElement")]
    assert {each.classname.partition("_")[0] for each in found} == {"Msvm"}


def test_systems_are_told_from_their_host_by_what_hosts_them(windows):
    dependencies = windows.wbem.EnumerateInstances("Msvm_HostedDependency")
    captions = {
        (
            windows.wbem.GetInstance(each["Antecedent"])["Caption"],
            windows.wbem.GetInstance(each["Dependent"])["Caption"],
        )
        for each in dependencies
    }
    assert captions == {("Hosting Computer System", "Virtual Machine")}


def test_system_is_named_by_a_guid_and_found_by_its_label(windows, system):
    like = "SELECT * FROM {} WHERE ElementName LIKE 'made _or%' AND Name LIKE '%{}'"
    (found,) = windows.query(like.format(windows.manners.system, system["Name"][-4:].lower()))
    assert found["Name"] == system["Name"] == system["Name"].upper()
    assert found["ElementName"] == "made for a test"


def test_settings_are_named_after_their_system(windows, system):
    (settings,) = windows.wbem.Associators(system, ResultClass="Msvm_VirtualSystemSettingData")
    assert settings["InstanceID"] == f"Microsoft:{system['Name']}"
    components = windows.query(
        f"SELECT * FROM CIM_ResourceAllocationSettingData WHERE "
        f"InstanceID LIKE 'Microsoft:{system['Name']}%'"
    )
    assert {each["ResourceType"] for each in components} == {3, 4, 5}


def test_system_passes_through_all_states(windows, system):
    manners = windows.manners
    states = (START, manners.paused, START, manners.saved, START, RESET, STOP)
    reached = [windows.request(system, state) for state in states]
    assert reached == [START, manners.paused, START, manners.saved, START, START, STOP]
    assert windows.wbem.GetInstance(system)["RequestedState"] == 12


def test_state_is_a_passing_one_while_a_job_changes_it(windows, system):
    windows.request(system, START)
    wanted = Uint16(windows.manners.paused)
    _, outputs = windows.ask(system, "RequestStateChange", RequestedState=wanted)
    passing = windows.state(system)
    windows.finished(outputs["Job"])
    assert passing in (windows.manners.pausing, windows.manners.paused)


def test_transition_that_is_not_possible_is_refused_by_a_code_of_windows(windows, system):
    code, outputs = windows.ask(
        system, "RequestStateChange", RequestedState=Uint16(windows.manners.paused)
    )
    assert (code, dict(outputs)) == (32775, {})


@pytest.mark.parametrize(("request_", "code"), [(4, 32770), (12, 32773)])
def test_request_that_windows_does_not_know_is_refused(windows, system, request_, code):
    refused = windows.ask(system, "RequestStateChange", RequestedState=Uint16(request_))[0]
    assert refused == code


def test_system_without_settings_is_not_defined(windows):
    method, *_ = windows.manners.define
    assert windows.ask(windows.one(SERVICE), method)[0] == windows.manners.invalid_parameter


def test_processors_are_reserved_in_thousandths_of_a_percent(windows):
    wanted = CIMInstance(
        "Msvm_ProcessorSettingData",
        {"VirtualQuantity": Uint64(2), "Reservation": Uint64(50_000)},
    )
    made = windows.define("with processors", wanted)
    (shown,) = windows.query(
        f"SELECT * FROM Msvm_ProcessorSettingData WHERE InstanceID LIKE 'Microsoft:{made['Name']}%'"
    )
    assert shown["AllocationUnits"] == "percent / 1000"
    assert (shown["VirtualQuantity"], shown["Reservation"], shown["Limit"]) == (2, 50_000, 100_000)
    windows.destroy(made)


def test_snapshot_is_taken_applied_and_dropped(windows, system):
    taken = windows.take_snapshot(system)
    windows.request(system, START)
    windows.request(system, STOP)
    windows.on_snapshot(windows.manners.apply, taken)
    identifier = windows.wbem.GetInstance(taken)["VirtualSystemIdentifier"]
    assert (identifier, windows.state(system)) == (system["Name"], STOP)
    assert taken["InstanceID"] != f"Microsoft:{system['Name']}"
    windows.on_snapshot(windows.manners.drop, taken)
    with pytest.raises(CIMError):
        windows.wbem.GetInstance(taken)


def test_associators_are_found_by_a_query(windows, system):
    path = f"{system.classname}.CreationClassName='{system.classname}',Name=\"{system['Name']}\""
    where = "WHERE ResultClass = Msvm_VirtualSystemSettingData Role = ManagedElement"
    (found,) = windows.query(f"ASSOCIATORS OF {{{path}}} {where}")
    assert found["VirtualSystemIdentifier"] == system["Name"]
    references = windows.query(f"references of {{{path}}} where ResultClass=CIM_HostedDependency")
    assert [each["Dependent"]["Name"] for each in references] == [system["Name"]]


def test_failed_job_tells_what_went_wrong(windows):
    (failed,) = windows.query("SELECT * FROM Msvm_ConcreteJob WHERE JobState = 10")
    code, outputs = windows.ask(failed.path, "GetErrorEx")
    assert (code, failed["ErrorCode"]) == (0, 32768)
    assert [each["Message"] for each in outputs["Errors"]] == [failed["ErrorDescription"]]


def test_intrinsic_events_are_delivered(windows, system):
    query = (
        "SELECT * FROM __InstanceModificationEvent WITHIN 1 WHERE "
        f"TargetInstance ISA '{system.classname}' AND "
        "TargetInstance.EnabledState <> PreviousInstance.EnabledState"
    )
    subscriber = Subscriber(windows.server)
    chosen = {"language": "WQL", "SourceNamespaces": [windows.manners.namespace]}
    with listening() as listener:
        filter_ = subscriber.filter(query, **chosen)
        subscription = subscriber.subscribe(filter_, subscriber.destination(listener.url))
        windows.request(system, START)
        told = listener.next()
        subscriber.connection.DeleteInstance(subscription)
    assert told.classname == "__InstanceModificationEvent"
    assert told["TargetInstance"]["Name"] == system["Name"]
    assert told["PreviousInstance"]["EnabledState"] == STOP
    subscriber.connection.close()


# -- over WS-Management -----------------------------------------------------------------------


def wsman_of(windows):
    return wsman_client(windows.server.wsman_url)


def uri_of(windows, classname):
    return f"{names.WINDOWS}{windows.manners.namespace}/{classname}"


def found_over_wsman(windows, query):
    body = enumeration(most=100, dialect=names.WQL_FILTER, content=query)
    return pulled(wsman_of(windows), uri_of(windows, "*"), body, chosen=SelectorSet())


def called_over_wsman(windows, path, method, content):
    uri = uri_of(windows, path.classname)
    body = ET.fromstring(f'<p:{method}_INPUT xmlns:p="{uri}">{content}</p:{method}_INPUT>')
    chosen = SelectorSet()
    for name, value in path.keybindings.items():
        chosen.add_option(name, str(value))
    answer = wsman_of(windows).invoke(f"{uri}/{method}", uri, body, selector_set=chosen)
    return answer.find(f".//{{{uri}}}{method}_OUTPUT")


def job_of(windows, output):
    assert property_of(output, "ReturnValue") == "4096"
    (job,) = [each for each in output if local(each) == "Job"]
    (key,) = [each.text for each in job.iter(tag("wsman", "Selector"))]
    name = windows.one("Msvm_ConcreteJob").copy()
    name["InstanceID"] = key
    return windows.finished(name)


def test_system_is_found_and_started_over_wsman(windows, system):
    query = f"SELECT * FROM {system.classname} {by_name('made for a test')}"
    (found,) = found_over_wsman(windows, query)
    assert property_of(found, "Name") == system["Name"]
    output = called_over_wsman(
        windows, system, "RequestStateChange", "<p:RequestedState>2</p:RequestedState>"
    )
    assert job_of(windows, output)["JobState"] == 7
    assert windows.state(system) == START


def test_system_is_defined_over_wsman_by_an_instance_as_text(windows):
    method, parameter, _ = windows.manners.define
    text = (
        f'<INSTANCE CLASSNAME="{windows.manners.settings}"><PROPERTY NAME="ElementName"'
        ' TYPE="string"><VALUE>by text</VALUE></PROPERTY></INSTANCE>'
    )
    content = f"<p:{parameter}><![CDATA[{text}]]></p:{parameter}>"
    output = called_over_wsman(windows, windows.one(SERVICE), method, content)
    assert job_of(windows, output)["JobState"] == 7
    (made,) = windows.query(f"SELECT * FROM {windows.manners.system} {by_name('by text')}")
    windows.destroy(made.path)


def test_associators_are_found_by_a_query_over_wsman(windows, system):
    path = f'{system.classname}.CreationClassName="{system.classname}",Name="{system["Name"]}"'
    query = f"ASSOCIATORS OF {{{path}}} WHERE AssocClass=Msvm_HostedDependency"
    (host,) = found_over_wsman(windows, query)
    assert property_of(host, "Caption") == "Hosting Computer System"


# -- Hyper-V since Windows Server 2012 --------------------------------------------------------


def test_v2_registers_profiles_in_the_interop_namespace(v2):
    registered = v2.wbem.EnumerateInstances("Msvm_RegisteredProfile", "root/interop")
    known = {each["RegisteredName"] for each in registered}
    assert {"System Virtualization", "Virtual System", "Resource Allocation"} <= known


def test_v2_hosts_pools_by_an_association_of_its_own(v2):
    assert v2.wbem.EnumerateInstances("CIM_HostedResourcePool") == []
    hosted = v2.wbem.EnumerateInstances("Msvm_HostedResourcePool")
    assert len(hosted) == len(v2.wbem.EnumerateInstanceNames("CIM_ResourcePool")) > 0


def test_v2_tells_snapshots_from_systems_by_their_type(v2):
    links = v2.wbem.EnumerateInstances("Msvm_SnapshotOfVirtualSystem")
    types = {v2.wbem.GetInstance(each["Dependent"])["VirtualSystemType"] for each in links}
    assert types == {"Microsoft:Hyper-V:Snapshot:Realized"}


def test_v2_switch_is_a_computer_system_that_is_never_enabled(v2):
    (switch,) = v2.wbem.EnumerateInstances("Msvm_VirtualEthernetSwitch")
    assert (switch["EnabledState"], v2.wbem.Associators(switch.path, ResultClass=SERVICE)) == (
        5,
        [],
    )
    assert switch.path in [each.path for each in v2.wbem.EnumerateInstances("CIM_ComputerSystem")]


def test_v2_takes_settings_back_as_it_showed_them(v2):
    system = v2.define("to be renamed")
    (settings,) = v2.wbem.Associators(system, AssocClass="Msvm_SettingsDefineState")
    settings["ElementName"], settings.path = "renamed", None
    v2.done(v2.one(SERVICE), "ModifySystemSettings", SystemSettings=settings)
    assert v2.wbem.GetInstance(system)["ElementName"] == "renamed"
    v2.destroy(system)


def test_v2_summarizes_systems(v2):
    code, outputs = v2.ask(v2.one(SERVICE), "GetSummaryInformation")
    told = {each["ElementName"]: each["EnabledState"] for each in outputs["SummaryInformation"]}
    assert (code, told["vs-00001"], told["vs-00002"]) == (0, START, STOP)


def test_v2_creates_and_deletes_a_pool(v2):
    (parent,) = v2.query(
        "SELECT * FROM Msvm_ResourcePool WHERE ResourceType = 4 AND Primordial = TRUE"
    )
    drawn = CIMInstance(
        "Msvm_MemorySettingData", {"ResourceType": Uint16(4), "Reservation": Uint64(64)}
    )
    named = CIMInstance("Msvm_ResourcePoolSettingData", {"ElementName": "a pool"})
    service = v2.one("Msvm_ResourcePoolConfigurationService")
    given = {"PoolSettings": named, "ParentPools": [parent.path], "AllocationSettings": [drawn]}
    v2.done(service, "CreatePool", **given)
    (pool,) = v2.query(f"SELECT * FROM Msvm_ResourcePool {by_name('a pool')}")
    assert (pool["Capacity"], pool["PoolID"]) == (64, pool["InstanceID"])
    v2.done(service, "DeletePool", Pool=pool.path)
    assert v2.ask(service, "DeletePool", Pool=parent.path)[0] == 32768


def test_v2_drops_a_tree_of_snapshots(v2):
    system = v2.define("with snapshots")
    first, second = v2.take_snapshot(system), v2.take_snapshot(system)
    v2.on_snapshot((V2.drop[0], "DestroySnapshotTree", "SnapshotSettingData"), first)
    left = v2.wbem.AssociatorNames(system, AssocClass="Msvm_SnapshotOfVirtualSystem")
    assert (left, first == second) == ([], False)
    v2.destroy(system)


# -- Hyper-V up to Windows Server 2012 --------------------------------------------------------


@pytest.mark.parametrize("manners", [V1, PREVIEW], ids=lambda each: each.name)
def test_no_profile_is_registered_before_v2(manners):
    with start(dialect=manners.name, systems=1) as server:
        client = Client(server, manners)
        shown = client.wbem.EnumerateInstances("CIM_RegisteredProfile", "root/interop")
        conforming = client.wbem.EnumerateInstances("CIM_ElementConformsToProfile", "root/interop")
        client.wbem.close()
    assert (shown, conforming) == ([], [])


@pytest.mark.parametrize("method", ["DefineSystem", "DestroySystem", "ModifySystemSettings"])
def test_v1_has_no_methods_of_the_later_profile(v1, method):
    with pytest.raises(CIMError) as caught:
        v1.ask(v1.one(SERVICE), method)
    assert caught.value.status_code_name == "CIM_ERR_METHOD_NOT_AVAILABLE"


def test_v1_has_no_capabilities_but_those_of_allocation(v1):
    shown = {each.classname for each in v1.wbem.EnumerateInstanceNames("CIM_Capabilities")}
    assert shown == {"Msvm_AllocationCapabilities"}


def test_v1_global_settings_follow_the_name_of_their_system(v1):
    system = v1.define("first name")
    changed = CIMInstance(V1.settings, {"ElementName": "second name"})
    given = {"ComputerSystem": system, "SystemSettingData": changed}
    v1.done(v1.one(SERVICE), "ModifyVirtualSystem", **given)
    (shown,) = v1.query(f"SELECT * FROM {V1.settings} {by_name('second name')}")
    assert shown["InstanceID"] == f"Microsoft:{system['Name']}\\Global"
    assert (shown["SettingType"], shown["AutomaticStartupAction"]) == (32768, 0)
    v1.destroy(system)


def test_v1_applies_a_snapshot_at_once_without_a_job(v1):
    system = v1.define("to go back")
    taken = v1.take_snapshot(system)
    given = {"ComputerSystem": system, "SnapshotSettingData": taken}
    answer = v1.ask(v1.one(SERVICE), "ApplyVirtualSystemSnapshot", **given)
    assert (answer[0], dict(answer[1])) == (0, {})
    applied = v1.wbem.Associators(system, AssocClass="Msvm_LastAppliedSettingData")
    assert [(each["InstanceID"], each["SettingType"]) for each in applied] == [
        (taken["InstanceID"], 5)
    ]
    v1.destroy(system)


# -- the preview of 2006 ----------------------------------------------------------------------


def test_preview_activates_and_deactivates_by_its_service(preview):
    system = preview.define("to be activated")
    service = preview.one(SERVICE)
    preview.done(service, "ActivateVirtualSystem", VM=system)
    active = preview.state(system)
    preview.done(service, "DeActivateVirtualSystem", VM=system)
    assert (active, preview.state(system)) == (START, STOP)
    assert preview.ask(service, "DeActivateVirtualSystem", VM=system)[0] == 32775
    assert preview.ask(service, "ActivateVirtualSystem")[0] == 32773
    preview.destroy(system)


def test_preview_tells_active_settings_from_snapshots(preview):
    system = preview.define("with settings")
    taken = preview.take_snapshot(system)
    links = preview.wbem.References(system, ResultClass="Msvm_ElementSettingData")
    current = {each["SettingData"]["InstanceID"]: each["IsCurrent"] for each in links}
    assert current == {f"Microsoft:{system['Name']}": 1, taken["InstanceID"]: None}
    preview.destroy(system)


def test_preview_links_the_host_to_its_service_twice(preview):
    (link,) = preview.wbem.EnumerateInstances("Msvm_AssociatedVirtualSystemManagementService")
    hosted = preview.wbem.EnumerateInstances("Msvm_HostedService")
    ends = (link["Antecedent"], link["Dependent"])
    assert ends in [(each["Antecedent"], each["Dependent"]) for each in hosted]
    assert link["Dependent"].classname == SERVICE


def test_preview_allocates_devices_from_pools(preview):
    links = preview.wbem.EnumerateInstances("Msvm_AllocatedFromPool")
    devices = {each["Dependent"].classname for each in links}
    assert {"Msvm_Processor", "Msvm_Memory", "Msvm_SyntheticEthernetPort"} <= devices


def planned_system(v2, name):
    settings = CIMInstance(V2.settings, {"ElementName": name})
    (planned,) = v2.done(v2.one(SERVICE), "DefinePlannedSystem", SystemSettings=settings)
    return planned


def test_v2_planned_system_is_no_virtual_system_until_it_is_realized(v2):
    planned = planned_system(v2, "planned")
    shown = v2.query(f"SELECT * FROM Msvm_ComputerSystem {by_name('planned')}")
    (settings,) = v2.wbem.Associators(planned, AssocClass="Msvm_SettingsDefineState")
    assert (shown, settings["VirtualSystemType"]) == ([], "Microsoft:Hyper-V:System:Planned")
    v2.done(v2.one(SERVICE), "ValidatePlannedSystem", PlannedSystem=planned)
    (system,) = v2.done(v2.one(SERVICE), "RealizePlannedSystem", PlannedSystem=planned)
    assert v2.wbem.EnumerateInstanceNames(planned.classname) == []
    assert (system.classname, system["Name"]) == (V2.system, planned["Name"])
    assert v2.request(system, START) == START
    v2.destroy(system)


def test_v2_planned_system_can_be_dropped(v2):
    planned = planned_system(v2, "dropped")
    v2.destroy(planned)
    assert v2.wbem.EnumerateInstanceNames(planned.classname) == []
    refused = v2.ask(v2.one(SERVICE), "RealizePlannedSystem", PlannedSystem=planned)
    assert refused[0] == 32773
