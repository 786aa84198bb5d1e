"""Namespaces, actions and resource URIs of WS-Management (DSP0226, annex A; DSP0227, clause 5)."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
MANAGEMENT = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

ANONYMOUS = f"{ADDRESSING}/role/anonymous"

GET = f"{TRANSFER}/Get"
PUT = f"{TRANSFER}/Put"
CREATE = f"{TRANSFER}/Create"
DELETE = f"{TRANSFER}/Delete"
ENUMERATE = f"{ENUMERATION}/Enumerate"
PULL = f"{ENUMERATION}/Pull"
RELEASE = f"{ENUMERATION}/Release"
SUBSCRIBE = f"{EVENTING}/Subscribe"
RENEW = f"{EVENTING}/Renew"
GET_STATUS = f"{EVENTING}/GetStatus"
UNSUBSCRIBE = f"{EVENTING}/Unsubscribe"
EVENT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Event"
ACKNOWLEDGE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack"

#: Delivery modes (DSP0226, clause 10.2.9).
PUSH = f"{EVENTING}/DeliveryModes/Push"
PUSH_WITH_ACK = "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"
DELIVERED_BY_PULL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull"

CLASS = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ALL_CLASSES = "http://schemas.dmtf.org/wbem/wscim/1/*"
CLASS_DECLARATION = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
WINDOWS = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
NAMESPACE_SELECTOR = "__cimnamespace"

ASSOCIATION_FILTER = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter"
SELECTOR_FILTER = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"
WQL_FILTER = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
CQL_FILTER = "http://schemas.dmtf.org/wbem/cql/1/dsp0202.pdf"

#: Prefixes that every answer declares.
PREFIXES = {
    "s": SOAP,
    "wsa": ADDRESSING,
    "wxf": TRANSFER,
    "wsen": ENUMERATION,
    "wse": EVENTING,
    "wsman": MANAGEMENT,
    "wsmb": BINDING,
    "cim": COMMON,
    "xsi": XSI,
}
