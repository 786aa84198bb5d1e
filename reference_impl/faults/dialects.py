"""How faults show in the dialects of vendors: what else they break there, and which do not fit.

Pure tables for the self-test. Checks are named by the ids of the DMTF profiles, without the key of
the dialect. Where a dialect is asked for, "" means any.
"""

from __future__ import annotations

from collections.abc import Mapping

V1, V2, PREVIEW = "hyperv-v1", "hyperv-v2", "windows-2006"

#: Check to those of a dialect that judge the same thing in another way.
ALIKE: Mapping[str, tuple[str, ...]] = {
    "DSP1057:activate": ("DSP1057:use-case.find-and-activate",),
    "DSP1057:deactivate": ("DSP1057:use-case.find-and-deactivate",),
    "DSP1042:apply-snapshot": ("DSP1042:use-case.apply-snapshot",),
    "DSP1042:state-indication": ("DSP1042:use-case.events",),
}

_OF_ANOTHER_TYPE = (
    "property-undeclared",
    "property-of-another-type",
    "value-of-a-newer-schema",
)
_POOL_OF_ANOTHER_TYPE = ("DSP1041:pool.allocation", "DSP1043:capabilities.pool")

#: Dialect and fault to what it breaks there beside what it names: a check of the dialect's own, or
#: one of the pattern that judges all kinds of resources.
BESIDE: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "cim-reference-dangling"): ("DSP1041:state.configuration",),
    (V1, "cim-reference-dangling"): ("DSP1057:allocation.configuration",),
    (PREVIEW, "cim-reference-dangling"): ("DSP1057:allocation.configuration",),
    ("", "pool-type-unknown"): ("DSP1043:capabilities.pool",),
    (V2, "pool-type-unknown"): ("DSP1041:pool.host",),
    ("", "pool-other-type-untold"): ("DSP1043:capabilities.pool",),
    (V2, "pool-other-type-untold"): ("DSP1041:pool.host",),
    ("", "capabilities-type-with-space"): ("DSP1057:settings.type",),
    ("", "vs-nameless"): ("DSP1057:system.name-guid",),
    ("", "vs-allocation-shared"): ("DSP1041:device.state.system",),
    ("", "state-change-job-unaffecting"): ("DSP1042:define-planned",),
    **{(V1, f"cim-{word}"): _POOL_OF_ANOTHER_TYPE for word in _OF_ANOTHER_TYPE},
    **{
        (PREVIEW, f"cim-{word}"): (*_POOL_OF_ANOTHER_TYPE, "DSP1041:device.state")
        for word in _OF_ANOTHER_TYPE
    },
    # It writes the number of the request that the schema has for a reset.
    (V1, "state-change-reset-keeps-time"): ("DSP1057:requested-state-follows",),
    (PREVIEW, "state-change-reset-keeps-time"): ("DSP1057:requested-state-follows",),
    ("", "cim-required-missing"): ("DSP1057:state-settings.names",),
    (V1, "define-garbage-code"): ("DSP1042:return-in-value-map",),
    (PREVIEW, "define-garbage-code"): ("DSP1042:return-in-value-map",),
    (PREVIEW, "apply-snapshot-does-nothing"): ("DSP1042:use-case.apply-snapshot",),
    (V2, "apply-snapshot-code-undeclared"): ("DSP1042:apply-unknown-snapshot",),
    (V2, "pool-service-not-hosted"): ("DSP1041:vendor-service.host",),
    (V2, "vs-type-not-supported"): ("DSP1057:settings.realized",),
    (PREVIEW, "service-doubled"): ("DSP1042:service.special",),
    (PREVIEW, "service-not-hosted"): ("DSP1042:service.special",),
}

#: Checks that no fault of the hypervisor reaches: a dialect refuses these requests before.
REFUSED_BEFORE = frozenset(
    {
        "DSP1057:refuse-nonsense",
        "DSP1057:refuse-nonsense.code",
        "DSP1057:refuse-nothing",
        "DSP1057:timeout",
        *(
            f"DSP1057:refuse-unlisted{when}[{request}]"
            for when in ("", "-active")
            for request in ("shut-down", "test", "defer")
        ),
        "DSP1042:apply-unknown-snapshot",
    }
)

#: Dialect and fault to checks that it does not reach there.
UNREACHED: Mapping[tuple[str, str], frozenset[str]] = {
    ("", "state-change-does-nothing"): frozenset({"DSP1057:requested-state-follows"}),
    ("", "state-change-accepts-nonsense"): frozenset({"DSP1057:requested-state-follows"}),
    ("", "pool-not-given-back"): frozenset({"DSP1041:allocation.activated.reserved"}),
    **{
        (dialect, f"{word}-code-undeclared"): frozenset({"DSP1042:return-in-value-map"})
        for dialect in (V1, PREVIEW)
        for word in ("define", "modify-system", "create-snapshot", "apply-snapshot")
    },
    (PREVIEW, "state-change-job-slow"): frozenset({"DSP1103:job.ends"}),
    # A method that names the system, too, is refused without it before it comes to the rest.
    **{
        (dialect, fault): frozenset({f"DSP1042:{check}.missing"})
        for dialect in (V1, PREVIEW)
        for fault, check in (
            ("missing-modifysystemsettings-systemsettings", "modify-system"),
            ("modify-system-accepts-what-is-not-there", "modify-system"),
            ("missing-applysnapshot-snapshot", "apply-snapshot"),
            ("apply-snapshot-accepts-what-is-not-there", "apply-snapshot"),
            ("apply-snapshot-does-nothing", "apply-snapshot"),
        )
    },
    (PREVIEW, "apply-snapshot-does-nothing"): frozenset(
        {"DSP1042:apply-snapshot", "DSP1042:apply-snapshot.missing"}
    ),
    (V1, "unlisted-addition-works"): frozenset({"DSP1042:capabilities.add-and-remove"}),
    (V1, "unlisted-removal-works"): frozenset({"DSP1042:capabilities.add-and-remove"}),
    (V1, "state-change-refusal-moves-time"): frozenset({"DSP1057:refusal-changes-nothing"}),
}

_BY_NAME = "it picks its objects by classes or identifiers that the dialect does not show"
_ALWAYS = "the dialect always shows the same there"
_UNASKED = "what it changes is of a class that is not asked for in the dialect"
_FAR_AWAY = "the walk of the self-test is too short to come to it in the dialect"
_RIGHT = "what it does is right in the dialect"

#: Dialect and fault to the reason why it is not tried there.
UNFIT: Mapping[tuple[str, str], str] = {
    **{
        ("", name): _BY_NAME
        for name in (
            "define-by-defaults-in-vain",
            "devices-not-released",
            "devices-not-released-of-pattern",
            "pool-reservation-never-falls",
            "server-associators-refused",
            "server-get-instance-finds-nothing",
            "service-method-hidden",
            "snapshot-capabilities-of-no-service",
            "vs-device-enabled-while-defined",
            "vs-device-of-another-system",
            "vs-name-duplicated",
        )
    },
    **{
        (dialect, name): _BY_NAME
        for dialect in (V1, PREVIEW)
        for name in (
            "destroy-snapshot-spills",
            "pool-its-own-parent",
            "pools-named-without-organization",
            "pools-named-without-organization-of-pattern",
            "pools-share-pool-id",
            "pools-share-pool-id-of-pattern",
            "snapshot-is-state",
            "snapshot-not-shown-as-applied",
            "system-key-empty",
            "vs-startup-action-out-of-map",
        )
    },
    **{
        ("", name): _ALWAYS
        for name in (
            "define-another-type",
            "job-completes-with-wrong-status",
            "job-done-at-once",
            "state-change-job-status-failed",
            "state-change-request-not-recorded",
            "system-status-missing",
        )
    },
    **{
        ("", name): _UNASKED
        for name in (
            "endpoint-address-with-separators",
            "endpoint-of-no-system",
            "indication-service-host-lost",
            "indication-service-unhosted",
        )
    },
    **{
        (dialect, f"profile-conformance-not-from-{word}"): _UNASKED
        for dialect in (V1, PREVIEW)
        for word in ("system", "profile", "pool")
    },
    (PREVIEW, "activation-allocates-nothing"): _BY_NAME,
    (PREVIEW, "pool-deletion-leaves-link"): _BY_NAME,
    **{
        ("", name): _FAR_AWAY
        for name in (
            "sequence-available-forgotten",
            "sequence-reset-pauses-another",
            "sequence-second-restore-loses-settings",
            "sequence-second-resume-refused",
            "sequence-snapshot-of-paused",
        )
    },
    (V2, "pools-not-conformant"): _ALWAYS,
    (V2, "pools-not-conformant-of-pattern"): _ALWAYS,
    ("", "activation-adds-state-settings"): "there is one configuration in the dialect",
    ("", "processors-in-pairs"): "no second allocation of processors is asked for in the dialect",
    ("", "vs-state-vendor"): _RIGHT,
}
