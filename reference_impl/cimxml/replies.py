"""Reply documents (DSP0201, clause 5.3.5): the envelope around results and errors."""

from __future__ import annotations

from collections.abc import Iterable

from reference_impl.cimxml.text import escape
from reference_impl.values import CIMError

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="{}" PROTOCOLVERSION="1.0"><SIMPLERSP>'
)
_TAIL = "</SIMPLERSP></MESSAGE></CIM>\n"


def _document(message_id: str, element: str, name: str, content: Iterable[str]) -> bytes:
    head = f'{_HEAD.format(escape(message_id))}<{element} NAME="{escape(name)}">'
    return "".join((head, *content, f"</{element}>{_TAIL}")).encode("utf-8", "replace")


def intrinsic_reply(
    message_id: str, name: str, objects: Iterable[str] | None, outputs: str = ""
) -> bytes:
    """Return the reply to an intrinsic method; `objects` None for one that returns nothing."""
    if objects is None:
        return _document(message_id, "IMETHODRESPONSE", name, (outputs,))
    content = ("<IRETURNVALUE>", *objects, "</IRETURNVALUE>", outputs)
    return _document(message_id, "IMETHODRESPONSE", name, content)


def extrinsic_reply(message_id: str, name: str, content: str) -> bytes:
    """Return the reply to an extrinsic method: RETURNVALUE and PARAMVALUE elements."""
    return _document(message_id, "METHODRESPONSE", name, (content,))


def error_reply(message_id: str, name: str, error: CIMError, *, intrinsic: bool) -> bytes:
    """Return the reply that carries an ERROR element."""
    description = f'CODE="{error.status}" DESCRIPTION="{escape(error.description)}"'
    element = "IMETHODRESPONSE" if intrinsic else "METHODRESPONSE"
    return _document(message_id, element, name, (f"<ERROR {description}/>",))


def output(name: str, param_type: str, content: str, attributes: str = "") -> str:
    """Return a PARAMVALUE element; empty `content` is NULL, `attributes` are written as given."""
    start = f'<PARAMVALUE NAME="{escape(name)}" PARAMTYPE="{param_type}"{attributes}>'
    return f"{start}{content}</PARAMVALUE>"
