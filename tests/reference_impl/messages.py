"""Requests written by hand, for what a well-behaved client library would not send."""

import http.client
from urllib.parse import urlsplit

LOCAL = '<LOCALNAMESPACEPATH><NAMESPACE NAME="root"/><NAMESPACE NAME="virt"/></LOCALNAMESPACEPATH>'


def message(call, cim="2.0", dtd="2.0", protocol="1.0"):
    """A request document around the content of SIMPLEREQ."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><CIM CIMVERSION="{cim}" DTDVERSION="{dtd}">'
        f'<MESSAGE ID="7" PROTOCOLVERSION="{protocol}"><SIMPLEREQ>{call}</SIMPLEREQ></MESSAGE>'
        "</CIM>"
    ).encode()


def intrinsic(name, parameters="", namespace=LOCAL):
    """A request document for an intrinsic operation."""
    return message(f'<IMETHODCALL NAME="{name}">{namespace}{parameters}</IMETHODCALL>')


def post(server, body, headers=(), method="POST"):
    """Send one request on a connection of its own; return status, headers and body."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.request(method, "/cimom", body, dict(headers))
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()
