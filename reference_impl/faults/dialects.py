"""How faults show in the dialects of vendors: what else they break there, and which do not fit.

Pure tables. Ids are those of the DMTF profiles; a dialect's own have its key before them.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Check to those of a dialect that judge the same thing in another way.
ALIKE: Mapping[str, tuple[str, ...]] = {
    "DSP1057:activate": ("DSP1057:use-case.find-and-activate",),
    "DSP1057:deactivate": ("DSP1057:use-case.find-and-deactivate",),
    "DSP1042:apply-snapshot": ("DSP1042:use-case.apply-snapshot",),
    "DSP1042:state-indication": ("DSP1042:use-case.events",),
    "DSP1052:system.element-name": ("DSP1057:use-case.enumerate",),
}

#: Dialect and fault to the reason why it is not tried there.
UNFIT: Mapping[tuple[str, str], str] = {}
