"""The bundled reference server as the default endpoint.

The only module of the engine that knows `reference_impl`; the commands use it to start the
server when no URL is given, to serve it, and to bend it by faults.
"""

from __future__ import annotations

from reference_impl.app import RunningServer, UnfitFaultError, start
from reference_impl.dialects import DIALECTS
from reference_impl.faults import FAULTS, Fault
from reference_impl.faults.dialects import ALIKE, BESIDE, REFUSED_BEFORE, UNFIT, UNREACHED
from reference_impl.faults.survivors import SURVIVORS

__all__ = [
    "ALIKE",
    "BESIDE",
    "DIALECTS",
    "FAULTS",
    "REFUSED_BEFORE",
    "SURVIVORS",
    "UNFIT",
    "UNREACHED",
    "Fault",
    "RunningServer",
    "UnfitFaultError",
    "start",
]
