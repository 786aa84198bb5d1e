"""Object paths as CIM-XML (DSP0201, clause 5.3.3), each instance name encoded once."""

from __future__ import annotations

from reference_impl.cimxml.text import escape, key_text
from reference_impl.values import ObjectName


def instance_name(name: ObjectName) -> str:
    """Return the INSTANCENAME element."""
    if name.fragment is None:
        keys = "".join(_keybinding(key, value) for key, value in name.keys)
        name.fragment = f'<INSTANCENAME CLASSNAME="{escape(name.classname)}">{keys}</INSTANCENAME>'
    return name.fragment


def _keybinding(name: str, value: object) -> str:
    if isinstance(value, ObjectName):
        content = f"<VALUE.REFERENCE>{local_instance_path(value)}</VALUE.REFERENCE>"
    else:
        valuetype, text = key_text(value)
        content = f'<KEYVALUE VALUETYPE="{valuetype}">{text}</KEYVALUE>'
    return f'<KEYBINDING NAME="{escape(name)}">{content}</KEYBINDING>'


def local_namespace_path(namespace: str) -> str:
    """Return the LOCALNAMESPACEPATH element."""
    steps = "".join(f'<NAMESPACE NAME="{escape(step)}"/>' for step in namespace.split("/"))
    return f"<LOCALNAMESPACEPATH>{steps}</LOCALNAMESPACEPATH>"


def namespace_path(host: str, namespace: str) -> str:
    """Return the NAMESPACEPATH element."""
    local = local_namespace_path(namespace)
    return f"<NAMESPACEPATH><HOST>{escape(host)}</HOST>{local}</NAMESPACEPATH>"


def local_instance_path(name: ObjectName) -> str:
    """Return the LOCALINSTANCEPATH element, as references inside this server are written."""
    local = local_namespace_path(name.namespace)
    return f"<LOCALINSTANCEPATH>{local}{instance_name(name)}</LOCALINSTANCEPATH>"


def class_name(classname: str) -> str:
    """Return the CLASSNAME element."""
    return f'<CLASSNAME NAME="{escape(classname)}"/>'


def reference(name: ObjectName) -> str:
    """Return the VALUE.REFERENCE element for an instance path, or a class path without keys."""
    if name.keys:
        return f"<VALUE.REFERENCE>{local_instance_path(name)}</VALUE.REFERENCE>"
    local = local_namespace_path(name.namespace) + class_name(name.classname)
    return f"<VALUE.REFERENCE><LOCALCLASSPATH>{local}</LOCALCLASSPATH></VALUE.REFERENCE>"
