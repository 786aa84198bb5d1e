"""What a WS-Management client does: pypsrp, and bodies of messages for it to send."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.wsman import NAMESPACES, SelectorSet, WSMan

from reference_impl.wsman import names

CIM = names.CLASS
NAMESPACE = "root/virt"


def client(url, **more):
    split = urlsplit(url)
    chosen = {"username": "u", "password": "p", "auth": "basic", "encryption": "never", **more}
    return WSMan(split.hostname, ssl=False, port=split.port, path="wsman", **chosen)


def selectors(**said):
    chosen = SelectorSet()
    for name, value in {"__cimnamespace": NAMESPACE, **said}.items():
        chosen.add_option(name, value)
    return chosen


def tag(prefix, name):
    return f"{{{NAMESPACES[prefix]}}}{name}"


BINDING = f"{{{names.BINDING}}}"


def enumeration(*, dialect="", content=None, mode="", polymorphism="", most=0):
    """Return the body of an Enumerate."""
    body = ET.Element(tag("wsen", "Enumerate"))
    if most:
        ET.SubElement(body, tag("wsman", "OptimizeEnumeration"))
        ET.SubElement(body, tag("wsman", "MaxElements")).text = str(most)
    if mode:
        ET.SubElement(body, tag("wsman", "EnumerationMode")).text = mode
    if polymorphism:
        ET.SubElement(body, f"{BINDING}PolymorphismMode").text = polymorphism
    if dialect:
        filtered = ET.SubElement(body, tag("wsman", "Filter"), {"Dialect": dialect})
        if isinstance(content, str):
            filtered.text = content
        elif content is not None:
            filtered.append(content)
    return body


def pulled(wsman, uri, body, step=100, chosen=None):
    """Return all items of an enumeration."""
    chosen = chosen or selectors()
    answer = wsman.enumerate(uri, resource=body, selector_set=chosen)
    items = [item for holder in answer.iter(tag("wsman", "Items")) for item in holder]
    ended = answer.find(f".//{tag('wsman', 'EndOfSequence')}") is not None
    context = answer.findtext(f".//{tag('wsen', 'EnumerationContext')}")
    while not ended:
        pull = ET.Element(tag("wsen", "Pull"))
        ET.SubElement(pull, tag("wsen", "EnumerationContext")).text = context
        ET.SubElement(pull, tag("wsen", "MaxElements")).text = str(step)
        answer = wsman.pull(uri, resource=pull, selector_set=chosen)
        items += [item for holder in answer.iter(tag("wsen", "Items")) for item in holder]
        ended = answer.find(f".//{tag('wsen', 'EndOfSequence')}") is not None
        context = answer.findtext(f".//{tag('wsen', 'EnumerationContext')}") or context
    return items


def local(element):
    return element.tag.rpartition("}")[2]


def property_of(item, name):
    return next((each.text for each in item if local(each) == name), None)


def fault_of(wsman, action, *arguments, **more):
    with pytest.raises(WSManFaultError) as caught:
        action(wsman, *arguments, **more)
    return caught.value
