"""A server in front of the reference server that answers WS-Management as other products do.

`bare` declares no classes, and its faults do not tell the CIM status; `bare` is what openwsman in
front of an SFCB does. Each function bends one answer, given the request.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Bending = Callable[[str, int, str], tuple[int, str]]
"""Returns status and text of an answer: from the request, and the right status and text."""

DECLARATION = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
UNREACHABLE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header/><s:Body><s:Fault>
<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>wsa:DestinationUnreachable</s:Value>
</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">No route can be determined</s:Text></s:Reason>
</s:Fault></s:Body></s:Envelope>"""


def bare(request: str, status: int, text: str) -> tuple[int, str]:
    """Declare no class, and leave the CIM status out of faults, which come with HTTP 200."""
    if DECLARATION in request:
        return 200, UNREACHABLE
    if status != 200:
        return 200, re.sub(r"<s:Detail>.*?</s:Detail>", "", text, flags=re.DOTALL)
    return status, text


def without_codes(request: str, status: int, text: str) -> tuple[int, str]:
    """Say of the faults of a method neither the code nor the CIM status."""
    if status == 200 or "DestroySystem" not in request:
        return status, text
    return 200, re.sub(r"<s:(Detail|Code)>.*?</s:\1>", "", text, flags=re.DOTALL)


def without_events(request: str, status: int, text: str) -> tuple[int, str]:
    """Take no subscriptions."""
    if "eventing/Subscribe" in request:
        return 500, UNREACHABLE.replace("wsa:DestinationUnreachable", "wsa:ActionNotSupported")
    return status, text


def pushing_only(request: str, status: int, text: str) -> tuple[int, str]:
    """Let nobody fetch events."""
    if "eventing/Subscribe" in request and "wsman/1/wsman/Pull" in request:
        return 500, UNREACHABLE.replace(
            "wsa:DestinationUnreachable", "wse:DeliveryModeRequestedUnavailable"
        )
    return status, text


def unfetched(request: str, status: int, text: str) -> tuple[int, str]:
    """Take subscriptions, and let nobody fetch their events."""
    if "wsen:MaxTime" in request:
        return 500, UNREACHABLE.replace("wsa:DestinationUnreachable", "wsman:AccessDenied")
    return status, text


@contextlib.contextmanager
def relayed(url: str, bending: Bending) -> Iterator[str]:
    """Yield the wsman:// URL of a server that bends the answers of another one."""
    to = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            inner = http.client.HTTPConnection(to.hostname or "", to.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            inner.request("POST", to.path, request, headers)
            answer = inner.getresponse()
            status, text = bending(request.decode(), answer.status, answer.read().decode())
            inner.close()
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"wsman://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
