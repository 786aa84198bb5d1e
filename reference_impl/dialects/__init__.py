"""The hypervisor as a vendor shows it: tables of classes, values and methods, and who reads them.

The same hypervisor stands behind every dialect; nothing of it is repeated here.
"""

from reference_impl.dialects.dialect import Dialect, Scene
from reference_impl.dialects.hyperv_v1 import HYPERV_V1
from reference_impl.dialects.hyperv_v2 import HYPERV_V2
from reference_impl.dialects.methods import serve_dialect
from reference_impl.dialects.presentation import Dressed, add_classes
from reference_impl.dialects.windows_2006 import WINDOWS_2006

DIALECTS = {dialect.name: dialect for dialect in (WINDOWS_2006, HYPERV_V1, HYPERV_V2)}

__all__ = ["DIALECTS", "Dialect", "Dressed", "Scene", "add_classes", "serve_dialect"]
