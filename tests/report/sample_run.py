"""Runs made up for the tests of the reports: a realistic one, and large ones."""

from conformance.cim import Exchange
from conformance.results import (
    Conformance,
    KnownDeviation,
    Observation,
    ProfileSummary,
    Result,
    Run,
    RunFooter,
    RunHeader,
    Verdict,
    Waiver,
)

PROFILES = (
    ProfileSummary("CIM", "CIM class facts", "2.8.0", "DSP0004", 18),
    ProfileSummary(
        "DSP1033",
        "Profile Registration",
        "1.1.0",
        "DSP1033",
        24,
        {
            "DSP1033:registration.scoping": "a client cannot see which algorithm a server uses",
            "DSP1033:software.identity": "no independent implementation shows it yet",
        },
    ),
    ProfileSummary("DSP1052", "Computer System", "1.0.1", "DSP1052", 22),
    ProfileSummary(
        "DSP1057",
        "Virtual System",
        "1.0.0",
        "DSP1057",
        67,
        {"DSP1057:migration": "belongs to DSP1081, which is not defined here yet"},
    ),
)
KNOWN = KnownDeviation("Elsewhere", "Counts from one.", "2.0")
STATEMENTS = {
    "CIM": ("An instance has only properties that its class declares or inherits.", "generic"),
    "DSP1033": ("The version of a registered profile is three numbers with dots.", "values"),
    "DSP1052": ("A computer system has a health state that the schema lists.", "values"),
    "DSP1057": ("Every virtual system has exactly one state configuration.", "link"),
}
NAMES = ("name", "state", "keys", "settings", "capabilities", "label", "allocation", "device")
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?><CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="42"'
    ' PROTOCOLVERSION="1.0"><SIMPLEREQ><IMETHODCALL NAME="EnumerateInstances"><LOCALNAMESPACEPATH>'
    '<NAMESPACE NAME="root"/><NAMESPACE NAME="virt"/></LOCALNAMESPACEPATH><IPARAMVALUE '
    'NAME="ClassName"><CLASSNAME NAME="CIM_ComputerSystem"/></IPARAMVALUE></IMETHODCALL>'
    "</SIMPLEREQ></MESSAGE></CIM>"
)
RESPONSE = (
    '<?xml version="1.0" encoding="utf-8"?><CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="42"'
    ' PROTOCOLVERSION="1.0"><SIMPLERSP><IMETHODRESPONSE NAME="EnumerateInstances"><IRETURNVALUE>'
    '<VALUE.NAMEDINSTANCE><INSTANCENAME CLASSNAME="KVM_ComputerSystem"><KEYBINDING NAME="Name">'
    '<KEYVALUE VALUETYPE="string">web-01</KEYVALUE></KEYBINDING></INSTANCENAME><INSTANCE '
    'CLASSNAME="KVM_ComputerSystem"><PROPERTY NAME="Name" TYPE="string"><VALUE>web-01</VALUE>'
    '</PROPERTY><PROPERTY NAME="HealthState" TYPE="uint16"><VALUE>7</VALUE></PROPERTY></INSTANCE>'
    "</VALUE.NAMEDINSTANCE>... (18,211 bytes left out)"
)
ENUMERATION = Exchange(
    "EnumerateInstances",
    "root/virt:CIM_ComputerSystem",
    "40 instances, 22.3 kB",
    0.043,
    {},
    REQUEST,
    RESPONSE,
)
START_CALL = Exchange(
    "InvokeMethod",
    'root/virt:KVM_ComputerSystem.CreationClassName="KVM_ComputerSystem",Name="cimconform-7f3a"',
    "CIM_ERR_NOT_SUPPORTED (7): state change",
    0.012,
    {"MethodName": "RequestStateChange", "RequestedState": "9"},
    REQUEST,
    RESPONSE,
)


def system(number):
    """Return the path of a virtual system."""
    return (
        'root/virt:KVM_ComputerSystem.CreationClassName="KVM_ComputerSystem",'
        f'Name="web-{number:02}"'
    )


def result(check, verdict=Verdict.PASS, **fields):
    """Return a result with what every result has."""
    profile = check.partition(":")[0]
    statement, kind = STATEMENTS.get(profile, ("A server does what it claims.", "values"))
    told = {
        "profile": profile,
        "level": "mandatory",
        "basis": "schema",
        "kind": kind,
        "statement": statement,
        "document": f"{profile} 1.0.0",
        "examined": 40,
        "seconds": 0.0021,
    }
    return Result(check=check, verdict=verdict, **{**told, **fields})


def seen(count, expected, found, **fields):
    """Return the same deviation at several systems."""
    return tuple(Observation(system(n), expected, found, **fields) for n in range(1, count + 1))


def failures():
    """Return failing checks: two of one cause, one alone, one refused."""
    health = {"cause": "KVM_ComputerSystem.HealthState"}
    return [
        result(
            "DSP1052:system.health",
            Verdict.FAIL,
            observations=seen(14, "HealthState: one of 0, 5, 10, 15, 20, 25, 30", "7", **health),
            fingerprint="5d0c2f9a41be",
            exchanges=(ENUMERATION,),
            subjects=(system(1), system(2)),
        ),
        result(
            "CIM:value-map",
            Verdict.FAIL,
            statement="A value of a property with a ValueMap qualifier is one that it lists.",
            observations=seen(14, "HealthState: a value of its ValueMap", "7", **health),
            exchanges=(ENUMERATION,),
            document="DSP0004 2.8.0",
            clause="5.6.3.55",
        ),
        result(
            "DSP1057:state-settings",
            Verdict.FAIL,
            observations=(
                Observation(system(3), "exactly one StateSettings at SettingData", "none"),
                Observation(system(7), "exactly one StateSettings at SettingData", "2"),
            ),
            omitted=3,
            exchanges=(ENUMERATION,),
        ),
        result(
            "DSP1057:pause",
            Verdict.FAIL,
            statement="An active virtual system that can be paused is paused when asked.",
            kind="transition",
            level="conditional",
            basis="reading",
            feature="StateManagement",
            observations=(
                Observation(
                    START_CALL.target,
                    "RequestStateChange(9) completes or starts a job, and EnabledState becomes 9",
                    "CIM_ERR_NOT_SUPPORTED (7): state change; EnabledState is 2",
                ),
            ),
            trace=(
                "feature StateManagement is claimed: RequestedStatesSupported is [2, 3, 9]",
                'read from root/virt:KVM_EnabledLogicalElementCapabilities.InstanceID="KVM:caps"',
            ),
            exchanges=(START_CALL, ENUMERATION),
            seconds=2.4,
        ),
    ]


def others():
    """Return checks of the other verdicts."""
    return [
        result(
            "DSP1033:instance-id.form",
            Verdict.WARN,
            statement="The InstanceID of a registered profile starts with an organization.",
            basis="unconfirmed",
            level="recommended",
            observations=(
                Observation(
                    'root/interop:KVM_RegisteredProfile.InstanceID="sysvirt"',
                    "InstanceID: text matching ^[^:]+:",
                    '"sysvirt"',
                    severity="warn",
                ),
            ),
        ),
        result(
            "DSP1052:element-name.kept",
            Verdict.WAIVED,
            observations=seen(1, "ElementName: the new name", '"web-01"'),
            waiver=Waiver("names are fixed, ticket 4711", "jane@example.com", "2027-06-30"),
            fingerprint="90aa3be1c214",
        ),
        result(
            "DSP1057:snapshot.refused",
            Verdict.ERROR,
            reason="timeout: no answer to CreateSnapshot within 30 s, twice",
            exchanges=(Exchange("InvokeMethod", system(1), "timeout: 30 s", 30.0),),
        ),
        *(
            result(
                f"DSP1057:{name}",
                Verdict.UNTESTED,
                kind="scenario",
                reason="it needs changes to the server, and the run is read-only",
                advice="allow changes with --allow-changes",
            )
            for name in ("define", "destroy", "add-resource")
        ),
        *(
            result(
                f"DSP1057:power.{name}",
                Verdict.NOT_APPLICABLE,
                level="conditional",
                reason="feature PowerManagement is not claimed",
                trace=("no PowerService is linked to a VirtualSystem",),
            )
            for name in ("service", "on", "off", "states")
        ),
    ]


def passes():
    """Return the checks that pass."""
    return [
        result(f"{profile.key}:{NAMES[n % 8]}.{n // 8 + 1}", subjects=(system(1),))
        for profile in PROFILES
        for n in range(profile.checks - 4)
    ]


def header(results, **fields):
    """Return the header of a run of these results."""
    told = {
        "format": "cimconform-results/1",
        "suite_version": "0.1.0",
        "started": "2026-11-22T21:04:09+00:00",
        "endpoint": "https://kvm-host.example.com:5989",
        "namespaces": ("root/virt", "root/interop"),
        "interop": "root/interop",
        "server": "Pegasus 2.14.1",
        "profiles": PROFILES,
        "planned": tuple(result.check for result in results),
        "options": {"allow_changes": False, "exhaustive": False},
        "seed": 20261122,
        "reproduce": "cimconform run https://kvm-host.example.com:5989 --seed 20261122",
    }
    return RunHeader(**{**told, **fields})


FAILED = RunFooter(
    Conformance.NON_CONFORMANT,
    1,
    "2026-11-22T21:04:31+00:00",
    22.4,
    1804,
    problems=("waiver for DSP1057:power.on is stale: the check's verdict is not-applicable",),
)
PASSED = RunFooter(Conformance.CONFORMANT, 0, "2026-11-22T21:04:31+00:00", 22.4, 1804)


def run_of(results, footer=FAILED, **fields):
    """Return a run of these results."""
    return Run(header(results, **fields), tuple(results), footer)


def realistic_run():
    """Return a run of some 130 checks with a few deviations."""
    return run_of([*failures(), *others(), *passes()])


def large_run(count=10_000):
    """Return a run in which thousands of checks fail, each in its own way."""
    return run_of(
        [
            result(
                f"DSP1057:system-{number:05}.state",
                Verdict.FAIL,
                observations=(
                    Observation(system(number), f"state {number % 9}", f"{number % 11}"),
                ),
                exchanges=(ENUMERATION,),
            )
            for number in range(count)
        ]
    )
