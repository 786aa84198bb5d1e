"""WS-Management in front of the same repository (DSP0226, DSP0227, WS-CIM mapping DSP0230)."""

from reference_impl.wsman.service import CONTENT_TYPE, PATH, WSManagement

__all__ = ["CONTENT_TYPE", "PATH", "WSManagement"]
