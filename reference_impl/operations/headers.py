"""The CIM extension headers of a request, checked leniently (DSP0200, clause 6.3).

Headers that are missing are not missed; headers that contradict the body are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from reference_impl.cimxml.requests import Request, RequestError


def check_before_reading(headers: Mapping[str, str]) -> None:
    """Refuse a message that is no CIM operation request of this protocol; names are folded.

    Raises RequestError.
    """
    operation = headers.get("cimoperation")
    if operation is not None and operation.strip().lower() != "methodcall":
        raise RequestError(400, "unsupported-operation", f"CIMOperation: {operation}")
    version = headers.get("cimprotocolversion")
    if version is not None and not version.strip().startswith("1."):
        raise RequestError(501, "unsupported-protocol-version", f"CIMProtocolVersion: {version}")


def check_against_request(headers: Mapping[str, str], request: Request, namespace: str) -> None:
    """Refuse headers that say something else than the body. Raises RequestError."""
    method = headers.get("cimmethod")
    if method is not None and _unquoted(method).lower() != request.name.lower():
        raise RequestError(
            400, "header-mismatch", f"CIMMethod {method} does not match {request.name}"
        )
    target = headers.get("cimobject")
    if target is None:
        return
    named = _unquoted(target).split(":")[0].strip("/")
    if named.lower() != namespace.lower():
        raise RequestError(400, "header-mismatch", f"CIMObject {target} does not match {namespace}")


@lru_cache(maxsize=1024)
def _unquoted(value: str) -> str:
    return unquote(value.strip())
