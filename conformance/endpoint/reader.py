"""Fast reader of CIM-XML replies: instances and paths without a tree in between.

The reply is cut into its objects, each object into its texts and the form around them. A form
that was met before tells by itself which text is which value (see shapes.py); a new one is parsed
by lxml and checked strictly. Comments, CDATA sections and anything else that hinders the cutting
only cost speed: the document is then parsed and written in its plain form first.
"""

from __future__ import annotations

import contextlib
import functools
import re

from lxml import etree

from conformance.cim import Instance, Malformed, Path, Refusal
from conformance.endpoint.envelope import UnreadableError, decoded, element_of, parsed, returned
from conformance.endpoint.shapes import (
    MARK,
    InstanceShape,
    Lesson,
    Memory,
    MisplacedHoleError,
    PathShape,
)

RECORDS = {
    "EnumerateInstances": "VALUE.NAMEDINSTANCE",
    "EnumerateInstanceNames": "INSTANCENAME",
    "Associators": "VALUE.OBJECTWITHPATH",
    "References": "VALUE.OBJECTWITHPATH",
    "AssociatorNames": "OBJECTPATH",
    "ReferenceNames": "OBJECTPATH",
    "GetInstance": "INSTANCE",
}
"""The element that holds one object in the answer to an operation (DSP0201, clause 5.3)."""

NESTING_RECORDS = {"INSTANCENAME"}
"""Elements that may contain themselves, so that their end tag does not end the record."""

MOST_SHAPES = 5_000
MOST_PATHS = 500_000

_TEXTS = re.compile(r">([^<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*)</(?=VALUE>|KEYVALUE>)")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

Shape = InstanceShape | PathShape


class Reader:
    """Reads the answers of one server; remembers the forms and the paths it has met."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def instances(self, body: bytes, operation: str, namespace: str) -> list[Instance] | Refusal:
        """Return the instances in the answer to an operation, or the CIM error it carries.

        Names without a namespace are read as of `namespace`. Raise UnreadableError when the
        answer is no valid CIM-XML or not what that operation returns.
        """
        return self._objects(body, operation, namespace)  # type: ignore[return-value]  # by RECORDS

    def paths(self, body: bytes, operation: str, namespace: str) -> list[Path] | Refusal:
        """Return the instance paths in the answer to an operation, as `instances` does."""
        return self._objects(body, operation, namespace)  # type: ignore[return-value]  # by RECORDS

    def instance(self, body: bytes, path: Path) -> Instance | Refusal:
        """Return the one instance in the answer to GetInstance, as `instances` does."""
        found = self.instances(body, "GetInstance", path.namespace)
        if isinstance(found, Refusal):
            return found
        if len(found) != 1:
            raise UnreadableError(f"expected one INSTANCE, found {len(found)}")
        return Instance(path, found[0].layout, found[0].values)

    def _objects(
        self, body: bytes, operation: str, namespace: str
    ) -> list[Instance | Path] | Refusal:
        if self._memory.paths_kept() > MOST_PATHS:
            self._memory, self._shapes = Memory(), {}
        text = decoded(body)
        tag = RECORDS[operation]
        records = _cut(text, tag, operation)
        if records is not None:
            # What cannot be read here may still be valid XML that was cut in the wrong places.
            with contextlib.suppress(UnreadableError):
                return [self._object(record, tag, namespace) for record in records]
        content = returned(parsed(text), operation)
        if isinstance(content, Refusal):
            return content
        plain = (_plain(element_of(element, tag)) for element in content)
        return [self._object(record, tag, namespace) for record in plain]

    def _object(self, record: str, tag: str, namespace: str) -> Instance | Path:
        """Build the object of a record, which is an element without its end tag."""
        try:
            return self._built(record, tag, namespace)
        except MisplacedHoleError:
            plain = _plain(parsed(f"{record}</{tag}>"))
        try:
            return self._built(plain, tag, namespace)
        except MisplacedHoleError:
            raise UnreadableError(f"expected values in {tag}, found stray texts") from None

    def _built(self, record: str, tag: str, namespace: str) -> Instance | Path:
        parts = _TEXTS.split(record)
        form = (namespace, *parts[::2])
        shape = self._shapes.get(form) or self._learned(form, tag)
        texts = parts[1::2]
        if "&" in record:
            texts = [_expanded(text) if "&" in text else text for text in texts]
        return shape.build(texts)

    def _learned(self, form: tuple[str, ...], tag: str) -> Shape:
        """Parse a new form, a namespace and the pieces between the texts, with numbered texts."""
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        namespace, start, *pieces = form
        marked = [f">{MARK}{number}</{piece}" for number, piece in enumerate(pieces)]
        element = parsed(f"{start}{''.join(marked)}</{tag}>")
        lesson = Lesson(namespace, self._memory, functools.partial(self.embedded, namespace))
        shape = lesson.learn(element_of(element, tag), len(marked))
        self._shapes[form] = shape
        return shape

    def embedded(self, namespace: str, text: str) -> Instance | Malformed | str:
        """Read the text of an embedded object: an instance, or the text itself of a class.

        Return Malformed for what is neither (DSP0201, attribute EmbeddedObject).
        """
        try:
            record = _start(text.strip(), "INSTANCE")
            if record is None:
                root = parsed(text.strip())
                if root.tag == "CLASS":
                    return text
                record = _plain(element_of(root, "INSTANCE"))
            found = self._object(record, "INSTANCE", namespace)
        except (UnreadableError, RecursionError):
            return Malformed(text, "embedded instance")
        return found if isinstance(found, Instance) else Malformed(text, "embedded instance")


def _cut(text: str, tag: str, operation: str) -> list[str] | None:
    """Cut a reply into its records, each without its end tag.

    Return None when it does not look like one record after the other inside IRETURNVALUE.
    """
    start, end = f"<{tag}>", f"</{tag}>"
    first, last = text.find(start), text.rfind(end)
    if tag in NESTING_RECORDS or first < 0 or last < first:
        return None
    records = [
        piece if piece.startswith(start) else piece.lstrip()
        for piece in text[first:last].split(end)
    ]
    if not all(record.startswith(start) for record in records):
        return None
    try:
        content = returned(parsed(f"{text[:first]}<{tag}/>{text[last + len(end) :]}"), operation)
    except UnreadableError:
        return None
    alone = isinstance(content, list) and [element.tag for element in content] == [tag]
    return records if alone else None


def _start(text: str, tag: str) -> str | None:
    """Return an element without its end tag, or None when the text is not just that element."""
    end = f"</{tag}>"
    return text.removesuffix(end) if text.startswith(f"<{tag} ") and text.endswith(end) else None


def _plain(element: etree._Element) -> str:
    """Write an element without CDATA sections and comments, and without its end tag."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    if text.endswith("/>"):
        return f"{text[:-2]}>"
    return text.removesuffix(f"</{element.tag}>")


def _expanded(text: str) -> str:
    """Replace the references of XML in a text (XML 1.0, clause 4.1).

    Raise UnreadableError for any other entity and for what is no XML character.
    """
    expanded, count = _REFERENCE.subn(_character, text)
    if count != text.count("&"):
        raise UnreadableError(f"expected a known entity, found {text[text.index('&') :][:40]!r}")
    return expanded


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    legal = code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    if not legal and not 0x10000 <= code <= 0x10FFFF:
        raise UnreadableError(f"expected an XML character, found {match.group()}")
    return chr(code)
