"""WS-Management requests answered from the operations of the CIM server (DSP0226, DSP0227)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from lxml import etree

from reference_impl.cimxml.text import escape
from reference_impl.indications import Indications
from reference_impl.operations import Operations, Reply
from reference_impl.schema import Schema
from reference_impl.values import FAILED, CIMError, Instance, ObjectName
from reference_impl.wsman import names
from reference_impl.wsman.codec import Reader, Writer
from reference_impl.wsman.envelope import Message, answer, read_message
from reference_impl.wsman.eventing import Eventing
from reference_impl.wsman.faults import (
    ACCESS,
    ACTION_NOT_SUPPORTED,
    ENCODING_LIMIT,
    INTERNAL,
    INVALID_HEADER,
    SCHEMA,
    SELECTORS,
    UNREACHABLE,
    FaultError,
    fault_body,
    fault_of,
)
from reference_impl.wsman.pulling import Pulling
from reference_impl.wsman.resources import (
    Resource,
    endpoint_reference,
    object_name,
    read_resource,
)

PATH = "/wsman"
CONTENT_TYPE = "application/soap+xml;charset=UTF-8"

_log = logging.getLogger(__name__)


class WSManagement:
    """Answers WS-Management requests; a route of the HTTP side.

    `default_namespace` is meant by a DMTF resource URI without the selector __cimnamespace.
    `indications` are what clients can subscribe to.
    """

    def __init__(
        self, operations: Operations, default_namespace: str, indications: Indications
    ) -> None:
        self._operations = operations
        self._default = default_namespace
        self._writer = Writer(operations.schema)
        self._actions: dict[str, Callable[[Message], tuple[str, str]]] = {
            names.GET: self._get,
            names.PUT: self._put,
            names.CREATE: self._create,
            names.DELETE: self._delete,
        }
        eventing = Eventing(indications, operations, self._writer, self._resource)
        pulling = Pulling(operations, self._writer, self._resource, eventing.fetched)
        self._actions.update({**eventing.actions, **pulling.actions})

    @property
    def _schema(self) -> Schema:
        return self._operations.schema

    def answer(self, document: bytes, _headers: Mapping[str, str] | None = None) -> Reply:
        """Answer one request; whatever goes wrong is said in a fault."""
        relates_to = ""
        try:
            message = read_message(document)
            relates_to = message.message_id
            if message.action == f"{{{names.IDENTITY}}}Identify":
                return _reply(_identified())
            action, body = self._performed(message)
            content = answer(action, relates_to, body)
            _check_size(message, content)
            return _reply(content)
        except ValueError as error:
            return Reply(str(error).encode("utf-8", "replace"), 400)
        except FaultError as error:
            return _refused(error, relates_to)
        except CIMError as error:
            return _refused(fault_of(error), relates_to)
        except Exception as error:  # noqa: BLE001 - a bug must not take the connection down
            _log.exception("WS-Management")
            return _refused(FaultError(INTERNAL, f"internal error: {error!r}"), relates_to)

    def _performed(self, message: Message) -> tuple[str, str]:
        """Return action and body of the answer to a request."""
        known = self._actions.get(message.action)
        try:
            if known is not None:
                return known(message)
            return self._invoke(message)
        except ValueError as error:
            raise CIMError(FAILED, f"internal error: {error}") from error

    def _resource(self, message: Message) -> Resource:
        if not message.uri:
            raise FaultError(UNREACHABLE, "expected a header wsman:ResourceURI")
        return read_resource(message.uri, message.selectors, self._default)

    def _named(self, message: Message) -> tuple[Resource, ObjectName]:
        """Return the instance that a request is about. Raises InvalidSelectors without keys."""
        resource = self._resource(message)
        name = object_name(self._schema, resource)
        found = self._schema.class_named(name.classname)
        wanted = {each.name for each in found.key_properties} if found is not None else set()
        if {key for key, _ in name.keys} == wanted:
            return resource, name
        if name.keys:
            expected = ", ".join(sorted(wanted))
            raise FaultError(SELECTORS, f"expected the selectors {expected}")
        return resource, self._only(resource, name)

    def _only(self, resource: Resource, name: ObjectName) -> ObjectName:
        """Return the only instance of a class that was named without keys (DSP0227, 5.3)."""
        parameters = {"ClassName": name.classname}
        found = self._operations.read("EnumerateInstances", resource.namespace, parameters)
        if len(found) != 1:
            text = f"expected selectors: there are {len(found)} instances of {name.classname}"
            raise FaultError(SELECTORS, text, detail="InsufficientSelectors")
        return found[0].path  # type: ignore[no-any-return]  # an Instance

    # -- one instance --------------------------------------------------------------------------

    def _get(self, message: Message) -> tuple[str, str]:
        if message.uri.partition("?")[0] == names.CLASS_DECLARATION:
            return f"{names.GET}Response", self._declaration(message)
        resource, name = self._named(message)
        return f"{names.GET}Response", self._writer.instance(self._instance(name), resource)

    def _instance(self, name: ObjectName) -> Instance:
        found = self._operations.read("GetInstance", name.namespace, {"InstanceName": name})
        return found[0]  # type: ignore[no-any-return]  # an Instance

    def _declaration(self, message: Message) -> str:
        """Return the CLASS of CIM-XML that the selectors name (DSP0227, clause 10)."""
        said = {each.name.lower(): each.text for each in message.selectors}
        flags = {name: value.strip().lower() != "false" for name, value in message.options.items()}
        parameters = {
            "ClassName": said.get("classname", ""),
            "LocalOnly": not flags.get("IncludeInheritedElements", False),
            "IncludeQualifiers": flags.get("IncludeQualifiers", False),
            "IncludeClassOrigin": flags.get("IncludeClassOrigin", False),
        }
        namespace = said.get(names.NAMESPACE_SELECTOR, self._default)
        return "".join(self._operations.encoded("GetClass", namespace, parameters))

    def _put(self, message: Message) -> tuple[str, str]:
        resource, name = self._named(message)
        current = self._instance(name)
        given = Reader(self._schema, resource).instance(_content(message), current.classname)
        changed = Instance(given.classname, given.values, current.name)
        parameters = {"ModifiedInstance": changed, "PropertyList": _named_in(message)}
        self._operations.write("ModifyInstance", resource.namespace, parameters)
        return f"{names.PUT}Response", self._writer.instance(self._instance(name), resource)

    def _create(self, message: Message) -> tuple[str, str]:
        resource = self._resource(message)
        if resource.all_classes or resource.selectors:
            raise FaultError(SELECTORS, "expected a class, and no selectors but the namespace")
        given = Reader(self._schema, resource).instance(_content(message), resource.classname)
        parameters = {"NewInstance": given}
        created = self._operations.write("CreateInstance", resource.namespace, parameters)
        if created is None:
            raise CIMError(FAILED, "nothing was created")
        reference = endpoint_reference(created, resource)
        inner = reference.removeprefix("<wsa:EndpointReference>")
        inner = inner.removesuffix("</wsa:EndpointReference>")
        return f"{names.CREATE}Response", f"<wxf:ResourceCreated>{inner}</wxf:ResourceCreated>"

    def _delete(self, message: Message) -> tuple[str, str]:
        resource, name = self._named(message)
        self._operations.write("DeleteInstance", resource.namespace, {"InstanceName": name})
        return f"{names.DELETE}Response", ""

    # -- methods -------------------------------------------------------------------------------

    def _invoke(self, message: Message) -> tuple[str, str]:
        uri, _, method = message.action.rpartition("/")
        if not uri or uri != message.uri.partition("?")[0]:
            text = f"the action {message.action[:200]} is not supported"
            raise FaultError(ACTION_NOT_SUPPORTED, text)
        resource = self._resource(message)
        target = object_name(self._schema, resource)
        given = Reader(self._schema, resource).parameters(_input(message, method))
        declared, result = self._operations.call(target, method, given)
        outputs = result.outputs.items()
        body = self._writer.result(declared, outputs, result.return_value, uri, resource)
        return f"{message.action}Response", body


def _input(message: Message, method: str) -> etree._Element | None:
    body = message.body
    if body is not None and etree.QName(body).localname.lower() != f"{method}_input".lower():
        raise FaultError(SCHEMA, f"expected {method}_INPUT, found {etree.QName(body).localname}")
    return body


def _content(message: Message) -> etree._Element:
    if message.body is None:
        raise FaultError(SCHEMA, "expected an instance in the body")
    return message.body


def _named_in(message: Message) -> list[str]:
    """Return the names of the properties that a message gives, NULL among them."""
    elements = (each for each in _content(message) if isinstance(each.tag, str))
    return list(dict.fromkeys(etree.QName(each).localname for each in elements))


def _check_size(message: Message, content: bytes) -> None:
    if message.maximum_envelope and len(content) > message.maximum_envelope:
        text = f"the answer has {len(content)} bytes, and {message.maximum_envelope} are allowed"
        raise FaultError(ENCODING_LIMIT, text, detail="MaxEnvelopeSizeExceeded")


def _identified() -> bytes:
    """Return the answer to Identify (DSP0226, clause 11)."""
    body = (
        f'<wsmid:IdentifyResponse xmlns:wsmid="{names.IDENTITY}">'
        f"<wsmid:ProtocolVersion>{names.MANAGEMENT}</wsmid:ProtocolVersion>"
        "<wsmid:ProductVendor>cimconform</wsmid:ProductVendor>"
        "<wsmid:ProductVersion>reference server</wsmid:ProductVersion>"
        "</wsmid:IdentifyResponse>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{names.SOAP}">'
        f"<s:Header/><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _reply(content: bytes, status: int = 200) -> Reply:
    return Reply(content, status, content_type=CONTENT_TYPE)


def _refused(fault: FaultError, relates_to: str) -> Reply:
    header = ""
    if fault.not_understood is not None:
        namespace, name = fault.not_understood
        header = f'<s:NotUnderstood qname="n:{name}" xmlns:n="{escape(namespace)}"/>'
    content = answer(fault.kind.action, relates_to, fault_body(fault), header)
    sender = fault.kind in (INVALID_HEADER, ACCESS)
    return _reply(content, 400 if sender else 500)
