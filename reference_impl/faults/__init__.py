"""Named faults: each bends the reference server into one that has one thing wrong.

A fault is a few lines in the module of the document that it offends: its name, one sentence,
the checks that it breaks, and what it changes in the words of `Bend` (behaviour, and all that
is ever shown) or `Edit` (what has been populated).
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.faults import (
    added_devices,
    behaviour,
    changes,
    cim,
    definition,
    dsp1014,
    dsp1022,
    dsp1026,
    dsp1027,
    dsp1033,
    dsp1033_conformance,
    dsp1035,
    dsp1041,
    dsp1041_allocations,
    dsp1041_devices,
    dsp1041_service,
    dsp1042,
    dsp1042_snapshots,
    dsp1043,
    dsp1043_requests,
    dsp1044,
    dsp1045,
    dsp1047,
    dsp1050,
    dsp1052,
    dsp1052_names,
    dsp1054,
    dsp1057,
    dsp1057_settings,
    dsp1059,
    dsp1081,
    dsp1097,
    dsp1103,
    indication_delivery,
    job_changes,
    migration_checks,
    migrations,
    parameters,
    pool_changes,
    power_changes,
    quantities,
    sequences,
    server,
    state_changes,
    windows,
)
from reference_impl.faults.bend import Bend
from reference_impl.faults.edit import Edit
from reference_impl.faults.fault import Fault

#: Every fault by its name.
FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        *added_devices.FAULTS,
        *behaviour.FAULTS,
        *changes.FAULTS,
        *cim.FAULTS,
        *definition.FAULTS,
        *dsp1014.FAULTS,
        *dsp1022.FAULTS,
        *dsp1026.FAULTS,
        *dsp1027.FAULTS,
        *dsp1033.FAULTS,
        *dsp1033_conformance.FAULTS,
        *dsp1035.FAULTS,
        *dsp1041.FAULTS,
        *dsp1041_allocations.FAULTS,
        *dsp1041_devices.FAULTS,
        *dsp1041_service.FAULTS,
        *dsp1042.FAULTS,
        *dsp1042_snapshots.FAULTS,
        *dsp1043.FAULTS,
        *dsp1043_requests.FAULTS,
        *dsp1044.FAULTS,
        *dsp1045.FAULTS,
        *dsp1047.FAULTS,
        *dsp1050.FAULTS,
        *dsp1052.FAULTS,
        *dsp1052_names.FAULTS,
        *dsp1054.FAULTS,
        *dsp1057.FAULTS,
        *dsp1057_settings.FAULTS,
        *dsp1059.FAULTS,
        *dsp1081.FAULTS,
        *dsp1097.FAULTS,
        *dsp1103.FAULTS,
        *indication_delivery.FAULTS,
        *job_changes.FAULTS,
        *migration_checks.FAULTS,
        *migrations.FAULTS,
        *parameters.FAULTS,
        *power_changes.FAULTS,
        *pool_changes.FAULTS,
        *quantities.FAULTS,
        *sequences.FAULTS,
        *server.FAULTS,
        *state_changes.FAULTS,
        *windows.FAULTS,
    )
}

__all__ = ["FAULTS", "Bend", "Edit", "Fault"]
