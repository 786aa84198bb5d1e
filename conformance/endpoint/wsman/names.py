"""Namespaces, actions, resource URIs and dialects of WS-Management (DSP0226, DSP0227, DSP0230)."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
MANAGEMENT = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

ANONYMOUS = f"{ADDRESSING}/role/anonymous"

CLASS = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ALL_CLASSES = "http://schemas.dmtf.org/wbem/wscim/1/*"
CLASS_DECLARATION = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
WINDOWS = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
NAMESPACE_SELECTOR = "__cimnamespace"

ASSOCIATION_FILTER = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter"
WQL_FILTER = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
CQL_FILTER = "http://schemas.dmtf.org/wbem/cql/1/dsp0202.pdf"

PULLED_EVENTS = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull"
"""The delivery mode in which a client fetches the events (DSP0226, clause 10.2.9.5)."""
PUSHED_EVENTS = f"{EVENTING}/DeliveryModes/Push"
"""The one in which the server sends each event to a listener (clause 10.2.9.2)."""

PREFIXES = {
    "s": SOAP,
    "wsa": ADDRESSING,
    "wsen": ENUMERATION,
    "wse": EVENTING,
    "wsman": MANAGEMENT,
    "wsmb": BINDING,
    "cim": COMMON,
    "xsi": XSI,
}
"""Prefixes that every request declares."""
