"""A CIM server over WS-Management, as the engine's Endpoint (DSP0226, DSP0227, DSP0230)."""

from conformance.endpoint.wsman.endpoint import WsmanEndpoint
from conformance.endpoint.wsman.quirks import QUIRKS
from conformance.endpoint.wsman.wire import AUTHENTICATIONS

__all__ = ["AUTHENTICATIONS", "QUIRKS", "WsmanEndpoint"]
