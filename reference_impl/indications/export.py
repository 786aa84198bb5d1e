"""CIM-XML export messages: an indication on its way to a listener (DSP0200, clause 5.4).

Written here and posted here; who is told, when and how often is decided elsewhere.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from contextlib import closing
from itertools import count
from urllib.parse import urlsplit

from reference_impl.cimxml.requests import parse_xml
from reference_impl.values import ObjectName

#: How long a listener may take to answer.
TIMEOUT_SECONDS = 10.0

_METHOD = "ExportIndication"
_MAXIMUM_REPLY = 65_536
_HEADERS: Mapping[str, str] = {
    "Content-Type": 'application/xml; charset="utf-8"',
    "Accept": "application/xml",
    "CIMExport": "MethodRequest",
    "CIMExportMethod": _METHOD,
    "Connection": "close",
}
_message_ids = count(1)


class DeliveryError(Exception):
    """A listener that could not be reached, or did not accept an indication."""


def export_request(indication: str) -> bytes:
    """Return the export message around an INSTANCE element (DSP0201, clause 5.3.6)."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<CIM CIMVERSION="2.0" DTDVERSION="2.0">'
        f'<MESSAGE ID="{next(_message_ids)}" PROTOCOLVERSION="1.0"><SIMPLEEXPREQ>'
        f'<EXPMETHODCALL NAME="{_METHOD}"><EXPPARAMVALUE NAME="NewIndication">{indication}'
        "</EXPPARAMVALUE></EXPMETHODCALL></SIMPLEEXPREQ></MESSAGE></CIM>\n"
    ).encode("utf-8", "replace")


def model_path(name: ObjectName) -> str:
    """Return the text of SourceInstanceModelPath: namespace, class and keys."""
    return str(name)


def post(url: str, document: bytes) -> None:
    """Send an export message to a listener. Raises DeliveryError unless it was accepted."""
    status, body = exchange(url, document, _HEADERS)
    if status != http.client.OK:
        raise DeliveryError(f"{url}: expected HTTP status 200, found {status}")
    _check_reply(url, body)


def exchange(url: str, document: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Post a message; return the HTTP status and the body of the reply, or its beginning.

    Raises DeliveryError when there is no reply.
    """
    try:
        return _exchanged(url, document, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DeliveryError(f"{url}: {error!r}") from error


def _exchanged(url: str, document: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    with closing(_connection(url)) as connection:
        connection.request("POST", target, document, headers)
        with connection.getresponse() as response:
            return response.status, response.read(_MAXIMUM_REPLY)


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)


def _check_reply(url: str, body: bytes) -> None:
    """Raise DeliveryError unless a listener's reply says that it took the indication."""
    try:
        root = parse_xml(body)
    except ValueError as error:
        raise DeliveryError(f"{url}: the reply is no XML: {error}") from error
    response = root.find("MESSAGE/SIMPLEEXPRSP/EXPMETHODRESPONSE")
    if response is None:
        raise DeliveryError(f"{url}: expected an EXPMETHODRESPONSE, found {root.tag}")
    refusal = response.find("ERROR")
    if refusal is not None:
        raise DeliveryError(
            f"{url}: CIM error {refusal.get('CODE')}: {refusal.get('DESCRIPTION', '')}"
        )
