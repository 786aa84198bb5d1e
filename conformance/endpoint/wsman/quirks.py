"""How the servers of WS-Management differ, where a client has to know it beforehand.

Each row was measured on the named product, or read in its documentation (Windows).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Quirks(msgspec.Struct, frozen=True):
    """What to take into account of one product.

    `windows_uris` names classes with the namespace in the URI, `embedded_text` sends embedded
    instances as the text of CIM-XML in the place of native elements; `largest_envelope` is what
    an answer may have, in bytes. `array_order` tells whether arrays arrive in the order in which
    they were sent, `gets_references` whether Get shows the references of an association rightly,
    `denies_with_401` whether a refused right looks like a refused user, `ends_subscriptions`
    whether nothing is left on the server of a subscription that was ended.
    """

    windows_uris: bool = False
    embedded_text: bool = False
    largest_envelope: int = 4_000_000
    array_order: bool = True
    gets_references: bool = True
    denies_with_401: bool = False
    ends_subscriptions: bool = True


QUIRKS: Mapping[str, Quirks] = {
    "reference": Quirks(),
    "windows": Quirks(windows_uris=True, embedded_text=True, largest_envelope=512_000),
    "openwsman": Quirks(
        embedded_text=True,
        array_order=False,
        gets_references=False,
        denies_with_401=True,
        ends_subscriptions=False,
    ),
    "omi": Quirks(),
}
"""Quirks by product, as `--quirks` names them."""

MARKS = (("microsoft", "windows"), ("openwsman", "openwsman"), ("open management", "omi"))
"""What in ProductVendor of the answer to Identify betrays a product; OMI says so of itself."""


def recognized(vendor: str) -> str:
    """Return the name of the quirks that fit ProductVendor and ProductVersion."""
    folded = vendor.lower()
    if "open management infrastructure" in folded or folded.startswith("omi"):
        return "omi"
    return next((name for mark, name in MARKS if mark in folded), "reference")
