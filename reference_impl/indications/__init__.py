"""Indications: what clients subscribe to, and its delivery (DSP1054; DSP0200, clause 5.4)."""

from reference_impl.indications.indications import Indications

__all__ = ["Indications"]
