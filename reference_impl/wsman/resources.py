"""Resource URIs and selectors: how a message names a class, an instance, or all classes.

DMTF form (DSP0227, clause 5): the class in the URI, the CIM namespace as a selector. Windows
form: both in the URI.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from reference_impl.cimxml.text import escape, key_text
from reference_impl.cimxml.typing import scalar_from
from reference_impl.schema import ClassDef, Schema
from reference_impl.values import INVALID_CLASS, CIMError, ObjectName, Value
from reference_impl.wsman import names
from reference_impl.wsman.faults import SELECTORS, UNREACHABLE, FaultError

MAXIMUM_DEPTH = 4
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector as sent: a text, or the element of an endpoint reference."""

    name: str
    text: str = ""
    reference: etree._Element | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """What a message is about: a namespace and a class name, "*" for all classes.

    `windows` tells in which form it was named, which is the form of the answer, too.
    """

    namespace: str
    classname: str
    selectors: tuple[Selector, ...] = ()
    windows: bool = False

    @property
    def all_classes(self) -> bool:
        """Whether no class is named."""
        return self.classname == _ANY

    def uri(self, classname: str) -> str:
        """Return the resource URI of a class, in the form that the client uses."""
        if self.windows:
            return f"{names.WINDOWS}{self.namespace}/{classname}"
        return names.CLASS + classname


def whole_text(element: etree._Element) -> str:
    """Return all text in an element, without the space around it."""
    return "".join(str(text) for text in element.itertext()).strip()


def read_selectors(holder: etree._Element | None) -> tuple[Selector, ...]:
    """Read the children of a SelectorSet. Raises FaultError."""
    found: list[Selector] = []
    for each in holder if holder is not None else ():
        name = each.get("Name", "")
        if not name or name.lower() in {other.name.lower() for other in found}:
            raise FaultError(SELECTORS, "expected selectors with names, each once")
        reference = each.find(f"{{{names.ADDRESSING}}}EndpointReference")
        found.append(Selector(name, whole_text(each), reference))
    return tuple(found)


def read_resource(uri: str, selectors: Iterable[Selector], default: str) -> Resource:
    """Read a resource URI with its selectors; `default` is the namespace when none is named.

    Raises FaultError: DestinationUnreachable for another URI, InvalidSelectors when URI and
    selector name different namespaces.
    """
    uri = uri.partition("?")[0]
    named = [s.text for s in selectors if s.name.lower() == names.NAMESPACE_SELECTOR]
    others = tuple(s for s in selectors if s.name.lower() != names.NAMESPACE_SELECTOR)
    if uri.lower().startswith(names.WINDOWS):
        namespace, _, classname = uri[len(names.WINDOWS) :].rpartition("/")
        if named and named[0].replace("\\", "/").lower() != namespace.lower():
            raise FaultError(SELECTORS, f"{named[0]} is not the namespace {namespace} of the URI")
        return Resource(namespace, classname, others, windows=True)
    namespace = named[0].replace("\\", "/") if named else default
    if uri == names.ALL_CLASSES:
        return Resource(namespace, _ANY, others)
    if uri.startswith(names.CLASS):
        return Resource(namespace, uri[len(names.CLASS) :], others)
    text = f"there is no resource {uri[:200]}"
    raise FaultError(UNREACHABLE, text, detail="InvalidResourceURI")


def object_name(schema: Schema, resource: Resource, depth: int = 0) -> ObjectName:
    """Return the path that class and selectors name; without selectors that of the class.

    Raises CIMError INVALID_CLASS and FaultError InvalidSelectors for selectors that are no keys.
    """
    found = schema.class_named(resource.classname)
    if found is None:
        raise CIMError(INVALID_CLASS, f"there is no class {resource.classname}")
    keys = [_key(schema, found, resource, each, depth) for each in resource.selectors]
    return ObjectName(resource.namespace, found.name, keys)


def _key(
    schema: Schema, found: ClassDef, resource: Resource, selector: Selector, depth: int
) -> tuple[str, Value]:
    prop = found.property_named(selector.name)
    if prop is None or not prop.key:
        text = f"{selector.name} is no key of {found.name}"
        raise FaultError(SELECTORS, text, detail="InvalidSelectors")
    if prop.type == "reference":
        if selector.reference is None or depth >= MAXIMUM_DEPTH:
            raise FaultError(SELECTORS, f"{prop.name}: expected an endpoint reference")
        return prop.name, read_reference(schema, selector.reference, resource.namespace, depth + 1)
    try:
        return prop.name, scalar_from(selector.text, prop.type)
    except ValueError as error:
        raise FaultError(SELECTORS, f"{prop.name}: {error}", detail="TypeMismatch") from error


def read_reference(
    schema: Schema, holder: etree._Element, namespace: str, depth: int = 0
) -> ObjectName:
    """Read an endpoint reference, or what stands in its place in the value of a property.

    Raises CIMError and FaultError as `object_name` does.
    """
    inner = holder.find(f"{{{names.ADDRESSING}}}EndpointReference")
    holder = inner if inner is not None else holder
    parameters = holder.find(f"{{{names.ADDRESSING}}}ReferenceParameters")
    if parameters is None:
        raise FaultError(SELECTORS, "expected an endpoint reference with ReferenceParameters")
    uri = parameters.findtext(f"{{{names.MANAGEMENT}}}ResourceURI", "").strip()
    selectors = read_selectors(parameters.find(f"{{{names.MANAGEMENT}}}SelectorSet"))
    return object_name(schema, read_resource(uri, selectors, namespace), depth)


def reference_parameters(name: ObjectName, resource: Resource) -> str:
    """Return wsa:Address and wsa:ReferenceParameters of an instance path (DSP0227, 5.2)."""
    windows = resource.windows
    uri = Resource(name.namespace, name.classname, windows=windows).uri(name.classname)
    selectors = [_selector(key, value, resource) for key, value in name.keys]
    if not windows:
        selectors.append(_selector(names.NAMESPACE_SELECTOR, name.namespace, resource))
    return (
        f"<wsa:Address>{names.ANONYMOUS}</wsa:Address><wsa:ReferenceParameters>"
        f"<wsman:ResourceURI>{escape(uri)}</wsman:ResourceURI>"
        f"<wsman:SelectorSet>{''.join(selectors)}</wsman:SelectorSet></wsa:ReferenceParameters>"
    )


def endpoint_reference(name: ObjectName, resource: Resource) -> str:
    """Return an instance path as a wsa:EndpointReference element."""
    return f"<wsa:EndpointReference>{reference_parameters(name, resource)}</wsa:EndpointReference>"


def _selector(name: str, value: Value, resource: Resource) -> str:
    if isinstance(value, ObjectName):
        content = endpoint_reference(value, resource)
    elif isinstance(value, bool):
        content = str(value).lower()
    else:
        content = key_text(value)[1]
    return f'<wsman:Selector Name="{escape(name)}">{content}</wsman:Selector>'
