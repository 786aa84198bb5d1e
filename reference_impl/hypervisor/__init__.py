"""A simulated hypervisor behind the CIM server: host, virtual systems, resources and jobs.

Written from DSP1033, DSP1042, DSP1052 and DSP1057, from DSP1041 and DSP1043 with the profiles
that specialise them, and with what they need of DSP1103.
"""

from reference_impl.hypervisor.machine import METHODS, Hypervisor, HypervisorSettings
from reference_impl.hypervisor.population import EPOCH, populate

__all__ = ["EPOCH", "METHODS", "Hypervisor", "HypervisorSettings", "populate"]
