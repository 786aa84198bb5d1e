"""Request documents read into their envelope; parameters stay elements until they are typed.

The XML comes from anybody who can reach the port: no DTD, no entities, no network, and the
parser's own limits on depth and text size stay on.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree


class RequestError(Exception):
    """A message that is no CIM operation request: the HTTP status and the CIMError value.

    DSP0200, clause 7.3: such a request is answered by HTTP alone, without a CIM-XML body.
    """

    def __init__(self, http_status: int, cim_error: str, description: str) -> None:
        super().__init__(http_status, cim_error, description)
        self.http_status = http_status
        self.cim_error = cim_error
        self.description = description


@dataclass(frozen=True, slots=True)
class Request:
    """One simple operation request.

    `target` is the LOCALNAMESPACEPATH of an intrinsic call and the LOCALINSTANCEPATH or
    LOCALCLASSPATH of an extrinsic one; `parameters` are (name, PARAMVALUE or IPARAMVALUE).
    """

    message_id: str
    intrinsic: bool
    name: str
    target: etree._Element
    parameters: tuple[tuple[str, etree._Element], ...]


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def parse_xml(document: bytes | str) -> etree._Element:
    """Return the root element of an untrusted document.

    Raises ValueError, with the reason, when it is not well-formed or has a DOCTYPE.
    """
    data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError(f"expected no document type declaration before {root.tag}")
    return root


def read_request(document: bytes) -> Request:
    """Read a request document (DSP0201, clause 5.3.4). Raises RequestError."""
    try:
        root = parse_xml(document)
    except ValueError as error:
        raise RequestError(400, "request-not-well-formed", str(error)) from error
    message = _message(root)
    call = _call(message)
    target, *rest = _children(call)
    wanted = "IPARAMVALUE" if call.tag == "IMETHODCALL" else "PARAMVALUE"
    if any(each.tag != wanted for each in rest):
        raise _not_loosely_valid(f"{call.tag}: expected {wanted} elements after {target.tag}")
    parameters = tuple((_attribute(each, "NAME"), each) for each in rest)
    return Request(
        _attribute(message, "ID"),
        call.tag == "IMETHODCALL",
        _attribute(call, "NAME"),
        target,
        parameters,
    )


def _message(root: etree._Element) -> etree._Element:
    if root.tag != "CIM":
        raise _not_loosely_valid(f"expected the root element CIM, found {root.tag}")
    _check_version(root, "CIMVERSION", "2.", "unsupported-cim-version")
    _check_version(root, "DTDVERSION", "2.", "unsupported-dtd-version")
    message = _only_child(root, "MESSAGE")
    _check_version(message, "PROTOCOLVERSION", "1.", "unsupported-protocol-version")
    return message


def _check_version(element: etree._Element, attribute: str, major: str, refusal: str) -> None:
    version = _attribute(element, attribute)
    if not version.startswith(major):
        raise RequestError(501, refusal, f"{attribute}: expected {major}x, found {version}")


def _call(message: etree._Element) -> etree._Element:
    children = list(message)
    if len(children) == 1 and children[0].tag == "MULTIREQ":
        raise RequestError(501, "multiple-requests-unsupported", "MULTIREQ is not supported")
    simple = _only_child(message, "SIMPLEREQ")
    calls = [each for each in simple if each.tag != "CORRELATOR"]
    if len(calls) != 1 or calls[0].tag not in ("IMETHODCALL", "METHODCALL"):
        found = ", ".join(str(each.tag) for each in calls) or "nothing"
        raise _not_loosely_valid(f"SIMPLEREQ: expected IMETHODCALL or METHODCALL, found {found}")
    return calls[0]


def _children(call: etree._Element) -> list[etree._Element]:
    children = list(call)
    wanted = (
        ("LOCALNAMESPACEPATH",)
        if call.tag == "IMETHODCALL"
        else ("LOCALINSTANCEPATH", "LOCALCLASSPATH")
    )
    if not children or children[0].tag not in wanted:
        raise _not_loosely_valid(f"{call.tag}: expected {' or '.join(wanted)} first")
    if call.tag == "METHODCALL" and len(children[0]) != 2:
        raise _not_loosely_valid(f"{children[0].tag}: expected a namespace and a name")
    return children


def _only_child(element: etree._Element, tag: str) -> etree._Element:
    children = list(element)
    if len(children) != 1 or children[0].tag != tag:
        found = ", ".join(str(each.tag) for each in children) or "nothing"
        raise _not_loosely_valid(f"{element.tag}: expected one {tag}, found {found}")
    return children[0]


def _attribute(element: etree._Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise _not_loosely_valid(f"{element.tag}: the attribute {name} is missing")
    return value


def _not_loosely_valid(description: str) -> RequestError:
    return RequestError(400, "request-not-loosely-valid", description)
