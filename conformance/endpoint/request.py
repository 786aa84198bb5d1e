"""CIM-XML requests of the intrinsic operations that the fast reader answers (DSP0200, 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import msgspec

from conformance.cim import Path

Parameter = str | bool | Path
"""A class name or role, a flag, or the path of the object that is asked about."""

_CLASS_NAMES = frozenset({"ClassName", "AssocClass", "ResultClass"})


class Request(msgspec.Struct, frozen=True):
    """One intrinsic operation: its DSP0200 name, the namespace, parameters with those unset."""

    operation: str
    namespace: str
    parameters: Mapping[str, Parameter | None]

    @property
    def headers(self) -> dict[str, str]:
        """Return the CIM headers of the HTTP request (DSP0200, clause 6.3)."""
        return {
            "CIMOperation": "MethodCall",
            "CIMMethod": self.operation,
            "CIMObject": quote(self.namespace, safe="/"),
        }

    @property
    def xml(self) -> str:
        """Return the request document."""
        parameters = "".join(
            f"<IPARAMVALUE NAME={quoteattr(name)}>{_value(name, value)}</IPARAMVALUE>"
            for name, value in self.parameters.items()
            if value is not None
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="1001" PROTOCOLVERSION="1.0">'
            f'<SIMPLEREQ><IMETHODCALL NAME="{self.operation}">{_namespace(self.namespace)}'
            f"{parameters}</IMETHODCALL></SIMPLEREQ></MESSAGE></CIM>"
        )


def _value(name: str, value: Parameter) -> str:
    if isinstance(value, bool):
        return f"<VALUE>{_boolean(value)}</VALUE>"
    if isinstance(value, Path):
        return _instance_name(value)
    if name in _CLASS_NAMES:
        return f"<CLASSNAME NAME={quoteattr(value)}/>"
    return f"<VALUE>{escape(value)}</VALUE>"


def _boolean(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _namespace(namespace: str) -> str:
    steps = "".join(f"<NAMESPACE NAME={quoteattr(step)}/>" for step in namespace.split("/"))
    return f"<LOCALNAMESPACEPATH>{steps}</LOCALNAMESPACEPATH>"


def _instance_name(path: Path) -> str:
    bindings = "".join(
        f"<KEYBINDING NAME={quoteattr(name)}>{_key(value)}</KEYBINDING>"
        for name, value in path.keys
    )
    return f"<INSTANCENAME CLASSNAME={quoteattr(path.classname)}>{bindings}</INSTANCENAME>"


def _key(value: str | bool | float | Path) -> str:
    if isinstance(value, Path):
        place = _namespace(value.namespace)
        inner = f"<LOCALINSTANCEPATH>{place}{_instance_name(value)}</LOCALINSTANCEPATH>"
        return f"<VALUE.REFERENCE>{inner}</VALUE.REFERENCE>"
    if isinstance(value, bool):
        return f'<KEYVALUE VALUETYPE="boolean">{_boolean(value)}</KEYVALUE>'
    if isinstance(value, int | float):
        return f'<KEYVALUE VALUETYPE="numeric">{value}</KEYVALUE>'
    return f'<KEYVALUE VALUETYPE="string">{escape(value)}</KEYVALUE>'
