"""The snapshot: what is asked, what is made of the answers, and the look-ups on it."""

import random
from collections import Counter

import pytest

from conformance.cim import (
    Answer,
    ClassReply,
    Exchange,
    Instance,
    Layout,
    Malformed,
    MethodReply,
    Path,
    PropertySlot,
    Refusal,
    Trouble,
)
from conformance.definitions.load import load_profiles
from conformance.endpoint import Connection
from conformance.endpoint.discovery import Found, preflight
from conformance.endpoint.wbem import WbemEndpoint
from conformance.plan import plan, queries
from conformance.schema.class_files import bundled_classes
from conformance.snapshot import Extent, Finding, Queries, Snapshot, Traversal
from conformance.snapshot.ask import take_snapshot
from conformance.snapshot.file import SnapshotFileError, from_bytes, to_bytes
from conformance.snapshot.sampling import (
    FEW_OF_A_CLASS,
    SOME_OF_A_CLASS,
    belongings,
    dangling,
    probes,
    sample,
)
from reference_impl.app import start
from tests.servers import named, refusal, reply, scripted, serving, silent

FACTS = bundled_classes()
VIRT, INTEROP = "root/virt", "root/interop"
QUERIES = Queries(
    classes=(
        "CIM_ComputerSystem",
        "CIM_ConcreteJob",
        "CIM_LogicalDevice",
        "CIM_Processor",
        "CIM_ResourceAllocationSettingData",
        "CIM_ResourcePool",
        "CIM_Service",
        "CIM_SettingData",
        "CIM_VirtualSystemSettingData",
    ),
    associations=(
        "CIM_ElementSettingData",
        "CIM_HostedDependency",
        "CIM_HostedService",
        "CIM_SettingsDefineState",
        "CIM_SystemDevice",
        "CIM_VirtualSystemSettingDataComponent",
    ),
    crossing=("CIM_ElementConformsToProfile", "CIM_HostedService", "CIM_ReferencedProfile"),
)
OK = Answer(Exchange("EnumerateInstances", "", "ok"))


def taken(url, queries=QUERIES, found=None, **options):
    connection = Connection(url, timeout_seconds=options.pop("timeout_seconds", 20))
    endpoint = WbemEndpoint(connection)
    try:
        return take_snapshot(
            endpoint,
            found or preflight(connection),
            queries,
            classes=FACTS,
            **{"seed": 7, **options},
        )
    finally:
        endpoint.close()


def of_reference(*faults, systems=3, **options):
    with start(systems=systems, faults=faults) as server:
        return taken(server.url, **options)


@pytest.fixture(scope="module")
def snapshot():
    return of_reference()


# -- asking -----------------------------------------------------------------------------------


def test_each_class_is_enumerated_once_and_brings_its_subclasses(snapshot):
    asked = {classname for namespace, classname in snapshot.extents if namespace == VIRT}
    assert "cim_settingdata" in asked
    assert "cim_virtualsystemsettingdata" not in asked
    assert len(snapshot.instances_of("CIM_VirtualSystemSettingData")) == 11


def test_interop_classes_are_asked_in_interop_only(snapshot):
    assert snapshot.extents[INTEROP, "cim_registeredprofile"].instances
    assert (VIRT, "cim_registeredprofile") not in snapshot.extents
    assert (VIRT, "cim_elementconformstoprofile") in snapshot.extents


def test_profile_of_the_interop_namespace_has_its_classes_asked_there():
    catalogue = load_profiles()
    asked = queries(catalogue, plan(catalogue, ("DSP1054",)).checks)

    assert "CIM_IndicationFilter" in asked.interop_classes
    assert "CIM_IndicationFilter" not in asked.classes
    assert "CIM_System" in asked.classes
    assert "CIM_ServiceAffectsElement" in asked.crossing


def test_class_that_fails_is_asked_by_its_subclasses():
    answers = {
        "CIM_SettingData": refusal("EnumerateInstances", 7),
        "CIM_VirtualSystemSettingData": reply(
            "EnumerateInstances", named("CIM_VirtualSystemSettingData", {"InstanceID": "a"})
        ),
    }
    with serving(answering(answers)) as server:
        found = taken(server.url, found=Found(server.url, INTEROP, (VIRT,)))
    assert found.extents[VIRT, "cim_settingdata"].answer.refusal.status == 7
    assert len(found.instances_of("CIM_SettingData")) == 1


def answering(enumerations):
    """Answer enumerations by class, and everything else with CIM_ERR_NOT_SUPPORTED."""

    def respond(received):
        classname = received.body.partition('<CLASSNAME NAME="')[2].partition('"')[0]
        if received.operation == "EnumerateInstances" and classname in enumerations:
            return enumerations[classname]
        return refusal(received.operation, 5 if received.operation[0] == "E" else 7)

    return respond


def test_failure_is_asked_again_before_it_is_believed():
    answers = {"CIM_ComputerSystem": b"garbage", "CIM_Service": refusal("EnumerateInstances", 5)}
    with serving(answering(answers)) as server:
        found = taken(server.url, found=Found(server.url, INTEROP, (VIRT,)))
    asked = [received.body for received in server.received]
    assert found.extents[VIRT, "cim_computersystem"].answer.trouble.kind == "protocol"
    assert sum('NAME="CIM_ComputerSystem"' in body for body in asked) == 2
    assert sum('NAME="CIM_Service"' in body for body in asked) == 1


def test_server_that_only_times_out_is_given_up():
    with scripted(silent) as url:
        found = Found(url, INTEROP, (VIRT,))
        stuck = taken(url, found=found, timeout_seconds=0.05)
    told = [extent.answer.trouble.description for extent in stuck.extents.values()]
    assert "no complete answer within 0.05 seconds" in told
    assert any(text.startswith("not asked: ") for text in told)


def test_unknown_namespace_is_not_asked_for_subclasses():
    with serving(lambda received: refusal(received.operation, 3)) as server:
        asked = taken(server.url, found=Found(server.url, INTEROP, ("root/nowhere",)))
    assert ("root/nowhere", "cim_settingdata") in asked.extents
    assert ("root/nowhere", "cim_virtualsystemsettingdata") not in asked.extents


def test_dropped_connection_on_one_class_leaves_the_others():
    service = named("CIM_Service", {"Name": "s"})

    def respond(received):
        if "CIM_ComputerSystem" in received.body:
            raise ConnectionResetError
        return answering({"CIM_Service": reply("EnumerateInstances", service)})(received)

    with serving(respond) as server:
        found = taken(server.url, found=Found(server.url, INTEROP, (VIRT,)))
    assert found.extents[VIRT, "cim_computersystem"].answer.trouble.kind == "disconnect"
    assert len(found.instances_of("CIM_Service")) == 1


def test_progress_is_told():
    told = []
    of_reference(progress=lambda text, done, total: told.append((text, done, total)))
    assert {text for text, _, _ in told} >= {"Enumerating classes", "Traversing associations"}
    assert all(0 <= done <= total for _, done, total in told)


# -- associations that cannot be enumerated ---------------------------------------------------


def test_associations_that_enumeration_leaves_out_are_found_by_references(snapshot):
    bent = of_reference("server-associations-not-enumerable")
    assert bent.by_identity.keys() == snapshot.by_identity.keys()


def test_association_class_that_is_not_enumerable_is_a_finding(snapshot):
    bent = of_reference("server-associations-not-enumerable")
    found = {finding.association: finding for finding in bent.findings}
    assert found["CIM_SystemDevice"].enumerated == 0
    assert found["CIM_SystemDevice"].found == len(snapshot.instances_of("CIM_SystemDevice"))
    assert "CIM_ElementConformsToProfile" in found


def test_server_that_enumerates_all_gives_no_finding(snapshot):
    assert snapshot.findings == ()


def test_references_are_asked_once_for_each_object():
    with start(systems=3, faults=["server-associations-not-enumerable"]) as server:
        endpoint = Counting(WbemEndpoint(Connection(server.url)))
        found = preflight(Connection(server.url))
        take_snapshot(endpoint, found, QUERIES, classes=FACTS, seed=1)
        endpoint.close()
    assert endpoint.asked
    assert len(endpoint.asked) == len(set(endpoint.asked))


class Counting:
    """Remembers what References was asked for."""

    def __init__(self, endpoint):
        self._endpoint = endpoint
        self.asked = []

    def __getattr__(self, name):
        return getattr(self._endpoint, name)

    def references(self, path, result_class=None, role=None):
        self.asked.append(path.identity)
        return self._endpoint.references(path, result_class, role)


# -- the sample -------------------------------------------------------------------------------


def test_what_belongs_to_a_system_is_told_from_the_host_part(snapshot):
    owned = belongings(snapshot)
    seen = {snapshot.by_identity[one].classname for reached in owned.values() for one in reached}
    assert len(owned) == 4  # three systems and a switch
    assert {"CIM_Processor", "CIM_VirtualSystemSettingData"} <= seen
    assert "CIM_ResourcePool" not in seen


def test_host_part_and_five_systems_are_sampled():
    large = of_reference(systems=12)
    chosen = {path.identity for path in sample(large, 3).whole}
    owned = belongings(large)
    host = {one.path.identity for one in large.instances_of("CIM_ResourcePool")}
    owners = Counter(identity for reached in owned.values() for identity in reached)
    alone = [{one for one in reached if owners[one] == 1} for reached in owned.values()]
    assert host <= chosen
    assert sum(own <= chosen for own in alone) == 5
    assert sum(not own & chosen for own in alone) == len(alone) - 5


def test_of_a_class_with_many_objects_on_the_host_some_are_sampled():
    host = of_reference(systems=0)
    chosen = [path.classname for path in sample(host, 3).whole]
    there = Counter(path.classname for path in sample(host, 3, exhaustive=True).whole)
    many = [name for name, count in there.items() if count > FEW_OF_A_CLASS]
    assert many
    assert all(SOME_OF_A_CLASS <= chosen.count(name) < there[name] for name in many)


def test_sample_is_repeated_by_its_seed(snapshot):
    large = of_reference(systems=12)
    assert sample(large, 3) == sample(large, 3)
    assert sample(large, 3) != sample(large, 4)


def test_exhaustive_sample_is_everything(snapshot):
    elements = [i for i in snapshot.by_identity.values() if not i.layout.references]
    assert len(sample(snapshot, 1, exhaustive=True).whole) == len(elements)


def test_host_part_may_be_named(snapshot):
    chosen = sample(snapshot, 1, host=lambda _: [Path("a", "B", [("C", 1)])]).whole
    assert chosen[0] == Path("a", "B", [("C", 1)])


def test_sampled_objects_are_traversed_by_all_operations_and_read(snapshot):
    whole = {path.identity for path in sample(snapshot, 7).whole}
    by_operation = {}
    for traversal in snapshot.traversals:
        by_operation.setdefault(traversal.operation, set()).add(traversal.source.identity)
    for operation in ("Associators", "AssociatorNames", "References", "ReferenceNames"):
        assert by_operation[operation] == whole
    assert whole <= {path.identity for path, _ in snapshot.reads}


def test_probes_cover_each_class_found(snapshot):
    elements = [i for i in snapshot.by_identity.values() if not i.layout.references]
    assert {p.classname for p in probes(snapshot, 1)} == {i.classname for i in elements}


def test_reference_to_nothing_is_read():
    bent = of_reference("cim-reference-dangling")
    answers = {path.identity: answer for path, answer in bent.reads}
    found = [answers[path.identity] for path in dangling(bent, 7)]
    assert [answer.refusal.status for answer in found if not answer.ok] == [6]


# -- look-ups ---------------------------------------------------------------------------------


def instance(classname, name, *ends, namespace=VIRT):
    slots = [PropertySlot("Name", "string"), *(PropertySlot(role, "reference") for role, _ in ends)]
    path = Path(namespace, classname, [("Name", name)])
    return Instance(path, Layout(classname, tuple(slots)), [name, *(end for _, end in ends)])


def made(*extents, classes=(), **more):
    return Snapshot(
        url="http://server:5988",
        interop=INTEROP,
        namespaces=(VIRT,),
        queries=QUERIES,
        facts=FACTS,
        extents=[Extent(namespace, name, found, OK) for namespace, name, found in extents],
        classes={(VIRT, reply.name.lower()): reply for reply in classes},
        **more,
    )


def declared(name, superclass, *methods):
    return ClassReply(name, superclass, {}, methods, {})


GUEST = instance("KVM_ComputerSystem", "guest")
DISK = instance("KVM_Disk", "vda")
LINK = instance(
    "KVM_SystemDevice", "l", ("GroupComponent", GUEST.path), ("PartComponent", DISK.path)
)


def test_vendor_class_derives_as_the_server_says():
    found = made(
        (VIRT, "CIM_LogicalElement", [GUEST]),
        classes=[
            declared("KVM_ComputerSystem", "Virt_ComputerSystem"),
            declared("Virt_ComputerSystem", "CIM_ComputerSystem"),
        ],
    )
    assert found.derives("kvm_computersystem", "CIM_System", VIRT) is True
    assert found.derives("KVM_ComputerSystem", "virt_computersystem", VIRT) is True
    assert found.derives("KVM_ComputerSystem", "CIM_Service", VIRT) is False
    assert found.known_class("KVM_ComputerSystem", VIRT) == "CIM_ComputerSystem"
    assert found.instances_of("CIM_ManagedSystemElement") == [GUEST]


def test_class_the_server_does_not_tell_is_what_it_was_returned_for():
    found = made((VIRT, "CIM_ComputerSystem", [GUEST]), (VIRT, "CIM_ManagedElement", [GUEST]))
    assert found.derives("KVM_ComputerSystem", "CIM_System", VIRT) is None
    assert found.is_a("KVM_ComputerSystem", "CIM_System", VIRT)
    assert not found.is_a("KVM_ComputerSystem", "CIM_Service", VIRT)
    assert found.known_class("KVM_ComputerSystem", VIRT) == "CIM_ComputerSystem"


def test_superclasses_that_run_in_a_circle_end():
    found = made(classes=[declared("A_X", "A_Y"), declared("A_Y", "A_X")])
    assert found.line_of("A_X", VIRT) == ["A_X", "A_Y"]
    assert found.derives("A_X", "CIM_System", VIRT) is None


def test_class_of_its_own_root_derives_from_nothing_else():
    found = made(classes=[declared("A_X", None, "Do", "Undo")])
    assert found.derives("A_X", "CIM_System", VIRT) is False
    assert found.known_class("A_X", VIRT) is None
    assert found.methods_of("a_x", VIRT) == {"do", "undo"}
    assert found.methods_of("A_Y", VIRT) is None


def test_instance_in_two_extents_counts_once():
    found = made((VIRT, "CIM_ComputerSystem", [GUEST]), (VIRT, "CIM_System", [GUEST]))
    assert found.instances_of("CIM_System") == [GUEST]


def test_association_shown_in_two_namespaces_counts_once():
    ends = (("ConformantStandard", GUEST.path), ("ManagedElement", DISK.path))
    both = [
        (space, "CIM_ElementConformsToProfile", [instance("X_ECTP", "e", *ends, namespace=space)])
        for space in (VIRT, INTEROP)
    ]
    found = made(*both)
    assert len(found.instances_of("CIM_ElementConformsToProfile")) == 1
    assert len(found.by_identity) == 2


def test_referring_associations_are_found_by_class_and_role():
    found = made((VIRT, "CIM_SystemDevice", [LINK]), (VIRT, "CIM_ComputerSystem", [GUEST]))
    identity = GUEST.path.identity
    assert found.referring(identity) == [LINK]
    assert found.referring(identity, "CIM_SystemComponent", "groupcomponent") == [LINK]
    assert found.referring(identity, role="PartComponent") == []
    assert found.referring(identity, "CIM_HostedDependency") == []


def test_exchanges_are_found_by_the_path_shown():
    exchange = Exchange("References", "x", "ok")
    found = made(traversals=[Traversal("References", GUEST.path, Answer(exchange))])
    assert found.exchanges_for(str(GUEST.path)) == (exchange,)


# -- saved ------------------------------------------------------------------------------------


def plain(value):
    """Describe a value of a snapshot for comparison."""
    if isinstance(value, Instance):
        return value.path, value.classname, value.layout.slots, plain(value.values)
    if isinstance(value, Answer):
        return value.exchange, plain(value.value), value.refusal, value.trouble
    if isinstance(value, Extent):
        return value.namespace, value.classname, plain(value.instances), plain(value.answer)
    if isinstance(value, Traversal):
        filters = (value.association, value.result_class, value.role, value.result_role)
        return value.operation, value.source, plain(value.answer), filters
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def contents(snapshot):
    names = ("url", "interop", "namespaces", "queries", "seed", "exhaustive", "extents", "classes")
    more = ("class_answers", "traversals", "reads", "findings", "by_identity")
    return {name: plain(getattr(snapshot, name)) for name in (*names, *more)}


@pytest.mark.parametrize(
    "fault", [None, "server-associations-not-enumerable", "server-class-fails"]
)
def test_snapshot_read_back_is_the_one_saved(fault):
    saved = of_reference(*([fault] if fault else []))
    assert contents(from_bytes(to_bytes(saved), FACTS)) == contents(saved)


def test_every_kind_of_value_is_saved():
    inner = Instance(None, Layout("X", (PropertySlot("A", "uint8"),)), [Malformed("x", "uint8")])
    values = [None, True, 2**64 - 1, float("inf"), "ü", GUEST.path, inner, [1, None], [inner]]
    slots = tuple(PropertySlot(f"P{n}", "string") for n in range(len(values)))
    one = Instance(Path(VIRT, "X", [("K", GUEST.path), ("N", 1.5)]), Layout("X", slots), values)
    called = Answer(OK.exchange, MethodReply(0, {"CentralInstances": [GUEST.path], "Job": None}))
    saved = made(
        (VIRT, "X", [one]),
        traversals=[Traversal("GetCentralInstances", GUEST.path, called, role="R")],
        reads=[(GUEST.path, Answer(OK.exchange, refusal=Refusal(6, "gone")))],
        class_answers={(VIRT, "y"): Answer(OK.exchange, trouble=Trouble("timeout", "late"))},
        findings=[Finding(VIRT, "CIM_SystemDevice", 0, 2, "x")],
    )
    assert contents(from_bytes(to_bytes(saved), FACTS)) == contents(saved)


@pytest.mark.parametrize("data", [b"", b"no snapshot", random.Random(1).randbytes(100)])
def test_file_that_is_no_snapshot_is_told(data):
    with pytest.raises(SnapshotFileError, match="expected a snapshot"):
        from_bytes(data, FACTS)


def test_truncated_file_is_told():
    whole = to_bytes(made((VIRT, "CIM_System", [GUEST])))
    with pytest.raises(SnapshotFileError):
        from_bytes(whole[: len(whole) // 2], FACTS)
