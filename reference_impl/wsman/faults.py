"""What is said when a request is refused: SOAP faults, and which one a CIM error becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reference_impl.cimxml.text import escape
from reference_impl.values import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    INVALID_CLASS,
    INVALID_ENUMERATION_CONTEXT,
    INVALID_NAMESPACE,
    INVALID_PARAMETER,
    INVALID_QUERY,
    METHOD_NOT_AVAILABLE,
    METHOD_NOT_FOUND,
    NO_SUCH_PROPERTY,
    NOT_FOUND,
    NOT_SUPPORTED,
    QUERY_LANGUAGE_NOT_SUPPORTED,
    SERVER_LIMITS_EXCEEDED,
    TYPE_MISMATCH,
    CIMError,
)
from reference_impl.wsman import names

_ERROR = names.CLASS + "CIM_Error"
_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"


@dataclass(frozen=True, slots=True)
class Kind:
    """One fault of the specification: its subcode, who is to blame, and the action of its answer.

    `subcode` "" leaves it out, as SOAP's own faults do; `code` is SOAP's.
    """

    subcode: str
    code: Literal["Sender", "Receiver", "MustUnderstand", "VersionMismatch"] = "Sender"
    action: str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"


_ADDRESSING_ACTION = f"{names.ADDRESSING}/fault"
_ENUMERATION_ACTION = f"{names.ENUMERATION}/fault"
_EVENTING_ACTION = f"{names.EVENTING}/fault"

# DSP0226, clause 14.6.
ACCESS = Kind("wsman:AccessDenied")
ACTION_NOT_SUPPORTED = Kind("wsa:ActionNotSupported", action=_ADDRESSING_ACTION)
EXISTS = Kind("wsman:AlreadyExists")
CANNOT_FILTER = Kind("wsen:CannotProcessFilter", action=_ENUMERATION_ACTION)
UNREACHABLE = Kind("wsa:DestinationUnreachable", action=_ADDRESSING_ACTION)
ENCODING_LIMIT = Kind("wsman:EncodingLimit")
DELIVERY_MODE = Kind("wse:DeliveryModeRequestedUnavailable", action=_EVENTING_ACTION)
DIALECT = Kind("wsen:FilterDialectRequestedUnavailable", action=_ENUMERATION_ACTION)
EVENT_DIALECT = Kind("wse:FilteringRequestedUnavailable", action=_EVENTING_ACTION)
EVENT_SOURCE = Kind("wse:EventSourceUnableToProcess", "Receiver", _EVENTING_ACTION)
EXPIRATION = Kind("wse:InvalidExpirationTime", action=_EVENTING_ACTION)
FILTERING_REQUIRED = Kind("wsman:FilteringRequired")
INTERNAL = Kind("wsman:InternalError", "Receiver")
INVALID_CONTEXT = Kind("wsen:InvalidEnumerationContext", "Receiver", _ENUMERATION_ACTION)
INVALID_HEADER = Kind("wsa:InvalidMessageInformationHeader", action=_ADDRESSING_ACTION)
INVALID_MESSAGE = Kind("wse:InvalidMessage", action=_EVENTING_ACTION)
INVALID_OPTIONS = Kind("wsman:InvalidOptions")
PARAMETER = Kind("wsman:InvalidParameter")
SELECTORS = Kind("wsman:InvalidSelectors")
HEADER_REQUIRED = Kind("wsa:MessageInformationHeaderRequired", action=_ADDRESSING_ACTION)
QUOTA = Kind("wsman:QuotaLimit")
SCHEMA = Kind("wsman:SchemaValidationError")
TIMED_OUT = Kind("wsman:TimedOut", "Receiver")
UNABLE_TO_RENEW = Kind("wse:UnableToRenew", action=_EVENTING_ACTION)
UNSUPPORTED = Kind("wsman:UnsupportedFeature")
NOT_UNDERSTOOD = Kind("", "MustUnderstand", _ADDRESSING_ACTION)
SOAP_VERSION = Kind("", "VersionMismatch", _ADDRESSING_ACTION)

#: DSP0227, clause 17: the fault that a CIM status becomes.
OF_STATUS = {
    ACCESS_DENIED: ACCESS,
    INVALID_NAMESPACE: UNREACHABLE,
    INVALID_PARAMETER: PARAMETER,
    INVALID_CLASS: UNREACHABLE,
    NOT_FOUND: UNREACHABLE,
    NOT_SUPPORTED: ACTION_NOT_SUPPORTED,
    ALREADY_EXISTS: EXISTS,
    NO_SUCH_PROPERTY: SCHEMA,
    TYPE_MISMATCH: SCHEMA,
    QUERY_LANGUAGE_NOT_SUPPORTED: DIALECT,
    INVALID_QUERY: CANNOT_FILTER,
    METHOD_NOT_AVAILABLE: ACTION_NOT_SUPPORTED,
    METHOD_NOT_FOUND: ACTION_NOT_SUPPORTED,
    INVALID_ENUMERATION_CONTEXT: INVALID_CONTEXT,
    SERVER_LIMITS_EXCEEDED: QUOTA,
}


class FaultError(Exception):
    """A request that is answered by a fault.

    `detail` is the last part of the URI of a fault detail, "" for none; `status` is the CIM
    status code that the fault stands for, 0 for none; `not_understood` is a header's name as
    (namespace, local name).
    """

    def __init__(
        self,
        kind: Kind,
        text: str,
        *,
        detail: str = "",
        status: int = 0,
        not_understood: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.detail = detail
        self.status = status
        self.not_understood = not_understood


def fault_of(error: CIMError) -> FaultError:
    """Return the fault that a CIM error becomes; it carries the status in its detail."""
    kind = OF_STATUS.get(error.status, INTERNAL)
    detail = {
        INVALID_CLASS: "InvalidResourceURI",
        INVALID_NAMESPACE: "InvalidResourceURI",
        NOT_SUPPORTED: "OperationNotSupported",
    }.get(error.status, "")
    return FaultError(kind, error.description, detail=detail, status=error.status)


def fault_body(fault: FaultError) -> str:
    """Return the s:Fault element (SOAP 1.2, clause 5.4; DSP0226, clause 14)."""
    subcode = f"<s:Subcode><s:Value>{fault.kind.subcode}</s:Value></s:Subcode>"
    parts = [
        "<s:Fault><s:Code>",
        f"<s:Value>s:{fault.kind.code}</s:Value>",
        subcode if fault.kind.subcode else "",
        "</s:Code>",
        f'<s:Reason><s:Text xml:lang="en">{escape(fault.text)}</s:Text></s:Reason>',
        _detail(fault),
        "</s:Fault>",
    ]
    return "".join(parts)


def _detail(fault: FaultError) -> str:
    parts = []
    if fault.detail:
        parts.append(f"<wsman:FaultDetail>{_DETAIL}{fault.detail}</wsman:FaultDetail>")
    if fault.status:
        parts.append(
            f'<p:CIM_Error xmlns:p="{_ERROR}"><p:CIMStatusCode>{fault.status}</p:CIMStatusCode>'
            f"<p:Message>{escape(fault.text)}</p:Message></p:CIM_Error>"
        )
    return f"<s:Detail>{''.join(parts)}</s:Detail>" if parts else ""
