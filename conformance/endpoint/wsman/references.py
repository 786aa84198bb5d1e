"""Instance paths as endpoint references, and back (DSP0227, clause 5; DSP0230, clause 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from conformance.cim import Malformed, Path
from conformance.endpoint.envelope import UnreadableError
from conformance.endpoint.literals import READERS
from conformance.endpoint.wsman import names
from conformance.endpoint.wsman.declarations import UNKNOWN, Elements
from conformance.endpoint.wsman.quirks import Quirks

MOST_DEPTH = 8
_REFERENCE = f"{{{names.ADDRESSING}}}EndpointReference"
_PARAMETERS = f"{{{names.ADDRESSING}}}ReferenceParameters"
_URI = f"{{{names.MANAGEMENT}}}ResourceURI"
_SELECTORS = f"{{{names.MANAGEMENT}}}SelectorSet"

KeyTypes = Callable[[str, str], Elements]
"""Returns the properties of a class by folded name, from namespace and class."""


class Uris:
    """The resource URIs of the classes of one server, as it was seen to spell them.

    A class is asked for under the DMTF's URI until the server names another one: vendors have
    their own, which some servers insist on.
    """

    def __init__(self, quirks: Quirks) -> None:
        self._windows = quirks.windows_uris
        self._seen: dict[str, str] = {}

    def of(self, namespace: str, classname: str) -> str:
        """Return the resource URI of a class; "*" is all classes."""
        if self._windows:
            return f"{names.WINDOWS}{namespace}/{classname}"
        if classname == "*":
            return names.ALL_CLASSES
        return self._seen.get(classname.lower(), names.CLASS + classname)

    def selectors(self, namespace: str) -> str:
        """Return the selector that names a namespace, "" where the URI does."""
        return "" if self._windows else _selector(names.NAMESPACE_SELECTOR, escape(namespace))

    def learn(self, uri: str) -> None:
        """Take note of how the server spells the URI of a class."""
        if not uri.startswith((names.CLASS, names.WINDOWS)) and "/" in uri:
            self._seen.setdefault(uri.rpartition("/")[2].lower(), uri)

    def reference(self, path: Path) -> str:
        """Return a path as the content of an endpoint reference."""
        uri = escape(self.of(path.namespace, path.classname))
        return (
            f"<wsa:Address>{names.ANONYMOUS}</wsa:Address><wsa:ReferenceParameters>"
            f"<wsman:ResourceURI>{uri}</wsman:ResourceURI>"
            f"{self.selector_set(path)}</wsa:ReferenceParameters>"
        )

    def selector_set(self, path: Path) -> str:
        """Return the keys of a path as selectors, with its namespace where the URI has none."""
        keys = (_selector(name, self._key(value)) for name, value in path.keys)
        content = f"{''.join(keys)}{self.selectors(path.namespace)}"
        return f"<wsman:SelectorSet>{content}</wsman:SelectorSet>" if content else ""

    def _key(self, value: object) -> str:
        if isinstance(value, Path):
            return f"<wsa:EndpointReference>{self.reference(value)}</wsa:EndpointReference>"
        return escape(text_of(value))


def text_of(value: object) -> str:
    """Return a plain value as text (DSP0230, clause 7)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _selector(name: str, content: str) -> str:
    return f"<wsman:Selector Name={quoteattr(name)}>{content}</wsman:Selector>"


def is_reference(holder: etree._Element) -> bool:
    """Tell whether an element holds an endpoint reference, or what stands in its place."""
    if not len(holder):  # as most are, and there are many
        return False
    return holder.find(_REFERENCE) is not None or holder.find(_PARAMETERS) is not None


def uri_in(holder: etree._Element) -> str:
    """Return the resource URI of an endpoint reference, "" when it has none."""
    return holder.findtext(f"{_PARAMETERS}/{_URI}", "").strip()


def read_reference(
    holder: etree._Element, namespace: str, types: KeyTypes, uris: Uris, depth: int = 0
) -> Path:
    """Return the path in an endpoint reference, or in an element with the content of one.

    `namespace` is meant where the reference names none. Raise UnreadableError when it has no
    resource URI, or is nested without end.
    """
    inner = holder.find(_REFERENCE)
    holder = inner if inner is not None else holder
    uri = uri_in(holder)
    if not uri or depth > MOST_DEPTH:
        raise UnreadableError("expected an endpoint reference with a ResourceURI")
    uris.learn(uri)
    selectors = holder.find(f"{_PARAMETERS}/{_SELECTORS}")
    found = list(_selectors_in(selectors))
    named = [one for name, one in found if name.lower() == names.NAMESPACE_SELECTOR]
    own, classname = _named_by(uri)
    space = (whole(named[0]) if named else "") or own or namespace
    space = space.replace("\\", "/").strip("/")
    declared = types(space, classname)
    keys: list[tuple[str, Any]] = []
    for name, selector in found:
        if name.lower() == names.NAMESPACE_SELECTOR:
            continue
        if is_reference(selector):
            keys.append((name, read_reference(selector, space, types, uris, depth + 1)))
        else:
            known = declared.get(name.lower(), UNKNOWN)
            keys.append((name, _key_value(whole(selector), known.type)))
    return Path(space, classname, keys)


def _named_by(uri: str) -> tuple[str, str]:
    """Return namespace ("" when it has none) and class name of a resource URI."""
    uri = uri.partition("?")[0]
    head, _, classname = uri.rpartition("/")
    if uri.lower().startswith(names.WINDOWS):
        return head[len(names.WINDOWS) :], classname
    return "", classname


def _selectors_in(holder: etree._Element | None) -> Iterator[tuple[str, etree._Element]]:
    for selector in holder if holder is not None else ():
        name = selector.get("Name")
        if name:
            yield name, selector


def whole(element: etree._Element) -> str:
    """Return the text in an element, whatever stands between its parts."""
    if not len(element):
        return element.text or ""
    return "".join(str(text) for text in element.itertext())


def _key_value(text: str, type_: str) -> Any:
    read = READERS.get(type_, str)
    value = read(text)
    return text if isinstance(value, Malformed) else value
