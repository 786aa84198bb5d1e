"""The outside of a CIM-XML reply: text to XML, and the message around what was returned.

Nothing a hostile server sends is expanded, fetched or followed: no entities, no DTD, no network,
and the limits of libxml2 on depth and size stay on.
"""

from __future__ import annotations

import re

from lxml import etree

from conformance.cim import Refusal

_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "utf-16"}
_DECLARATION = re.compile(r"<\?xml\s[^<>]*\?>")
_DECLARED_ENCODING = re.compile(rb"<\?xml\s[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    strip_cdata=True,
)


class UnreadableError(Exception):
    """A reply that is no valid CIM-XML (DSP0201, DSP0203): where, expected and found."""


def decoded(body: bytes) -> str:
    """Return a reply as text without its XML declaration.

    Raise UnreadableError for an unknown encoding, for bytes that are none of it, and for a
    document that declares entities: CIM-XML has no use for them, attackers have.
    """
    encoding = _encoding(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"expected text in {encoding}, found byte {body[error.start]:#04x} at {error.start}"
        ) from error
    text = text.removeprefix("\ufeff")
    refuse_entities(text)
    declaration = _DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def refuse_entities(text: str) -> None:
    """Raise UnreadableError when a document declares entities, before any parser sees it."""
    position = text.find("<!ENTITY")
    if position >= 0:
        raise UnreadableError(f"expected no entity declarations, found one at {position}")


def _encoding(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARED_ENCODING.match(body.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise UnreadableError(f"expected text in utf-8, found the encoding {encoding!r}")
    return encoding


def parsed(text: str) -> etree._Element:
    """Return the root of an XML document without comments and processing instructions.

    Raise UnreadableError when it is not well-formed or exceeds the limits of the parser.
    """
    refuse_entities(text)
    try:
        return etree.fromstring(text.encode("utf-8"), _PARSER)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        start = " ".join(text[:60].split())
        raise UnreadableError(f"expected XML, found {start!r}...: {error}") from error


def element_of(element: etree._Element, *tags: str) -> etree._Element:
    """Return the element itself; raise UnreadableError when it is none of these."""
    if element.tag not in tags:
        raise UnreadableError(f"expected {' or '.join(tags)}, found {_location(element)}")
    return element


def attribute(element: etree._Element, name: str) -> str:
    """Return a required attribute; raise UnreadableError when it is absent."""
    value = element.get(name)
    if value is None:
        raise UnreadableError(f"expected attribute {name} of {_location(element)}, found none")
    return value


def children(element: etree._Element, *, fewest: int = 0, most: int = -1) -> list[etree._Element]:
    """Return the child elements of an element that holds no text of its own.

    Raise UnreadableError when there is text, or fewer or more children than allowed (`most` -1:
    any number).
    """
    found = list(element)
    if not fewest <= len(found) <= (most if most >= 0 else len(found)):
        tags = ", ".join(str(child.tag) for child in found[:5]) or "nothing"
        raise UnreadableError(
            f"expected {fewest} to {most} elements in {_location(element)}, found {tags}"
        )
    texts = (element.text, *(child.tail for child in found))
    stray = next((text for text in texts if text and not text.isspace()), None)
    if stray is not None:
        raise UnreadableError(
            f"expected elements in {_location(element)}, found text {stray.strip()[:40]!r}"
        )
    return found


def _location(element: etree._Element) -> str:
    names = (f" {element.get(name)}" for name in ("NAME", "CLASSNAME") if element.get(name))
    parent = element.getparent()
    inside = "" if parent is None else f" in {parent.tag}"
    return f"{element.tag}{''.join(names)}{inside}"


def returned(root: etree._Element, operation: str) -> list[etree._Element] | Refusal:
    """Return what an intrinsic operation returned, or the CIM error (DSP0201, clause 5.3.5).

    Raise UnreadableError for anything but a simple response to that operation.
    """
    element = element_of(root, "CIM")
    for tag in ("MESSAGE", "SIMPLERSP", "IMETHODRESPONSE"):
        element = element_of(children(element, fewest=1, most=1)[0], tag)
    if attribute(element, "NAME").lower() != operation.lower():
        name = attribute(element, "NAME")
        raise UnreadableError(f"expected a response to {operation}, found one to {name}")
    content = children(element, most=1)
    if not content:
        return []
    if element_of(content[0], "IRETURNVALUE", "ERROR").tag == "ERROR":
        return _refusal(content[0])
    return children(content[0])


def _refusal(element: etree._Element) -> Refusal:
    code = attribute(element, "CODE")
    if not code.strip().isdecimal() or len(code) > 9:
        raise UnreadableError(f"expected a number as CODE of ERROR, found {code[:40]!r}")
    return Refusal(int(code), element.get("DESCRIPTION", ""))
