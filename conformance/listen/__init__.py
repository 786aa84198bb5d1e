"""Listening to indications: a small HTTP server for CIM-XML export messages (DSP0200)."""

from conformance.listen.address import Place, place_of
from conformance.listen.listener import Delivery, Listener

__all__ = ["Delivery", "Listener", "Place", "place_of"]
