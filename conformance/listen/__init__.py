"""Listening to indications: a small HTTP server for messages that carry one (DSP0200, DSP0226)."""

from conformance.listen.address import Place, place_of
from conformance.listen.export import Form
from conformance.listen.inbox import Delivery, Inbox
from conformance.listen.listener import Listener

__all__ = ["Delivery", "Form", "Inbox", "Listener", "Place", "place_of"]
