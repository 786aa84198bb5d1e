"""The CIM server without its HTTP side: a request document in, a reply document out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from reference_impl.cimxml.classes import ClassShape
from reference_impl.cimxml.replies import error_reply, extrinsic_reply, intrinsic_reply, output
from reference_impl.cimxml.requests import Request, RequestError, read_request
from reference_impl.cimxml.text import escape
from reference_impl.cimxml.typing import ValueReader, namespace_from
from reference_impl.operations import behaviours, catalogue, headers, methods, writing
from reference_impl.operations.calls import (
    Intercept,
    MethodResult,
    OperationCall,
    Reply,
    Settings,
)
from reference_impl.operations.enumerations import Enumeration, Enumerations
from reference_impl.operations.parameters import read_parameters
from reference_impl.operations.queries import filtered
from reference_impl.operations.rendering import Renderer
from reference_impl.query import Query
from reference_impl.repository import Repository
from reference_impl.schema import MethodDef, Schema
from reference_impl.values import (
    FAILED,
    INVALID_NAMESPACE,
    NOT_SUPPORTED,
    CIMError,
    ObjectName,
)

_log = logging.getLogger(__name__)

Parameters = Mapping[str, Any]


class Operations:
    """Answers CIM-XML requests over a repository.

    `methods`: (class name, method name) to MethodHandler; looked up without regard to case,
    from the class of the target upwards. `writers`: class name to Writer, looked up likewise.
    `behaviours` and `intercept` bend the answers: see `behaviours.BEHAVIOURS` and
    `OperationCall`. Thread-safe as long as these tables are filled before serving.
    """

    def __init__(
        self, repository: Repository, schema: Schema, settings: Settings | None = None
    ) -> None:
        self.repository = repository
        self.schema = schema
        self.settings = settings or Settings()
        self.methods = methods.Handlers()
        self.writers = writing.Writers()
        self.behaviours = behaviours.Behaviours()
        self.intercept: list[Intercept] = []
        self.enumerations = Enumerations(self.settings)
        self._renderer = Renderer(schema, self.settings.host)

    def answer(self, document: bytes, http_headers: Mapping[str, str] | None = None) -> Reply:
        """Answer one request; `http_headers` by their folded names.

        Whatever goes wrong is said in the reply.
        """
        given = http_headers or {}
        try:
            headers.check_before_reading(given)
            request = read_request(document)
            headers.check_against_request(given, request, _namespace_of(request))
        except RequestError as error:
            return _refusal(error)
        try:
            content = self._intrinsic(request) if request.intrinsic else self._extrinsic(request)
        except CIMError as error:
            content = _error(request, error)
        except behaviours.Disconnect:
            return Reply(b"", manner="disconnect")
        except Exception as error:  # noqa: BLE001 - a bug must not take the connection down
            _log.exception("%s failed", request.name)
            content = _error(request, CIMError(FAILED, f"internal error: {error!r}"))
        reply = Reply(content)
        if self.behaviours:
            return behaviours.bent_reply(self.behaviours, request.name, reply)
        return reply

    # -- for other protocols -------------------------------------------------------------------

    def read(self, kind: str, namespace: str, parameters: Parameters) -> list[Any]:
        """Return the objects of a reading operation, by its DSP0200 name and parameters.

        Raises CIMError as the operation does, and behaviours.Disconnect.
        """
        known = self._namespace(namespace)
        if self.behaviours:
            call = OperationCall(kind, kind, known, parameters, list)
            behaviours.refuse(self.behaviours, kind, call.classname)
        return self._objects(kind, kind, known, parameters)

    def encoded(self, kind: str, namespace: str, parameters: Parameters) -> list[str]:
        """Return what `read` gives, as CIM-XML."""
        objects = self.read(kind, namespace, parameters)
        render = catalogue.READ_OPERATIONS[kind].encode(self._renderer, namespace, parameters)
        return render(objects)

    def write(self, name: str, namespace: str, parameters: Parameters) -> ObjectName | None:
        """Create, modify or delete an instance; return the path of one that was created."""
        known = self._namespace(namespace)
        if self.behaviours:
            call = OperationCall(name, name, known, parameters, list)
            behaviours.refuse(self.behaviours, name, call.classname)
        if name == "CreateInstance":
            return writing.create_instance(self.repository, self.writers, known, parameters)
        write = writing.modify_instance if name == "ModifyInstance" else writing.delete_instance
        write(self.repository, self.writers, parameters)
        return None

    def call(
        self, target: ObjectName, name: str, given: Iterable[tuple[str, methods.ReadParameter]]
    ) -> tuple[MethodDef, MethodResult]:
        """Call a method; return its declaration and its result. Raises CIMError to refuse."""
        self._namespace(target.namespace)
        if self.behaviours:
            behaviours.refuse(self.behaviours, name, target.classname)
        found = methods.target_class(self.repository, target)
        call = methods.method_call(found, target, name, given)
        result = methods.handler_of(self.methods, found, call.method)(call)
        return found.all_methods[call.method], result

    def _namespace(self, name: str) -> str:
        found = self.repository.namespace_named(name)
        if found is None:
            raise CIMError(INVALID_NAMESPACE, f"there is no namespace {name}")
        return found

    def _intrinsic(self, request: Request) -> bytes:
        namespace = self._namespace(namespace_from(request.target))
        name = catalogue.SPELLED.get(request.name.lower())
        if name is None:
            raise CIMError(NOT_SUPPORTED, f"the operation {request.name} is not supported")
        reader = ValueReader(self.schema, namespace)
        parameters = read_parameters(request.parameters, catalogue.PARAMETERS[name], reader)
        if self.behaviours:
            call = OperationCall(name, name, namespace, parameters, list)
            behaviours.refuse(self.behaviours, name, call.classname)
        objects, outputs = self._perform(name, namespace, parameters)
        return intrinsic_reply(request.message_id, request.name, objects, outputs)

    def _perform(
        self, name: str, namespace: str, parameters: Parameters
    ) -> tuple[list[str] | None, str]:
        """Return the encoded objects (None: the operation returns nothing) and outputs."""
        operation = catalogue.READ_OPERATIONS.get(name)
        if operation is not None:
            objects = self._objects(name, name, namespace, parameters)
            return operation.encode(self._renderer, namespace, parameters)(objects), ""
        if name in catalogue.OPEN_OPERATIONS:
            return self._open(name, namespace, parameters)
        if name in catalogue.PULL_OPERATIONS:
            return self._pull(name, namespace, parameters)
        if name in catalogue.CLOSE_OPERATION:
            context = parameters["EnumerationContext"]
            self.enumerations.find(context, namespace)
            self.enumerations.close(context)
            return None, ""
        return self._write(name, namespace, parameters), ""

    def _objects(self, name: str, kind: str, namespace: str, parameters: Parameters) -> list[Any]:
        """Return the result of the operation `kind`, asked for as `name`, bent where it is."""
        read = catalogue.READ_OPERATIONS[kind].read
        if not self.intercept and not self.behaviours:
            return read(self.repository, namespace, parameters)
        right = partial(read, self.repository, namespace, parameters)
        for each in self.intercept:
            objects = each(OperationCall(name, kind, namespace, parameters, right))
            if objects is not None:
                right = partial(list, objects)
        call = OperationCall(name, kind, namespace, parameters, right)
        return behaviours.bent_objects(self.behaviours, self.schema, call, right())

    def _write(self, name: str, namespace: str, parameters: Parameters) -> list[str] | None:
        if name == "CreateInstance":
            created = writing.create_instance(self.repository, self.writers, namespace, parameters)
            return self._renderer.instance_name(namespace, parameters)([created])
        write = writing.modify_instance if name == "ModifyInstance" else writing.delete_instance
        write(self.repository, self.writers, parameters)
        return None

    def _open(self, name: str, namespace: str, parameters: Parameters) -> tuple[list[str], str]:
        operation = catalogue.OPEN_OPERATIONS[name]
        timeout = self.enumerations.timeout(parameters)
        asked = {operation.renamed.get(each, each): v for each, v in parameters.items()}
        objects = self._objects(name, operation.kind, namespace, asked)
        result_class = self._result_class(asked) if asked.get("ReturnQueryResultClass") else ""
        enumeration = Enumeration(
            operation.pull,
            namespace,
            filtered(self.repository, objects, asked),
            operation.encode(self._renderer, namespace, asked),
            timeout,
        )
        taken = enumeration.take(parameters.get("MaxObjectCount", 0))
        context = "" if enumeration.exhausted else self.enumerations.open(enumeration)
        outputs = _progress(context, exhausted=enumeration.exhausted) + result_class
        return enumeration.render(taken), outputs

    def _pull(self, name: str, namespace: str, parameters: Parameters) -> tuple[list[str], str]:
        context = parameters["EnumerationContext"]
        enumeration = self.enumerations.find(context, namespace, name)
        with enumeration.lock:
            taken = enumeration.take(parameters["MaxObjectCount"])
            exhausted = enumeration.exhausted
        if exhausted:
            self.enumerations.close(context)
        progress = _progress("" if exhausted else context, exhausted=exhausted)
        return enumeration.render(taken), progress

    def _result_class(self, parameters: Parameters) -> str:
        """Return the output QueryResultClass (DSP0200, clause 5.3.2.24.14)."""
        query = Query(self.schema, parameters["QueryLanguage"], parameters["Query"])
        shape = ClassShape(local_only=False, properties=query.selected)
        content = self._renderer.result_class(query.classname, shape)
        return f'<PARAMVALUE NAME="QueryResultClass">{content}</PARAMVALUE>'

    def _extrinsic(self, request: Request) -> bytes:
        namespace = self._namespace(_namespace_of(request))
        reader = ValueReader(self.schema, namespace)
        target: ObjectName = reader.path(request.target)
        if self.behaviours:
            behaviours.refuse(self.behaviours, request.name, target.classname)
        found = methods.target_class(self.repository, target)
        try:
            given = methods.cim_xml_parameters(request.parameters, reader)
            call = methods.method_call(found, target, request.name, given)
        except CIMError:
            method = found.method_named(request.name)
            code = self.behaviours.get("unreadable-arguments", {}).get(request.name)
            if method is None or code is None:
                raise
            result = MethodResult(code)
        else:
            result = methods.handler_of(self.methods, found, call.method)(call)
            method = found.all_methods[call.method]
        content = methods.result_content(self._renderer.instances, method, result)
        return extrinsic_reply(request.message_id, request.name, content)


def _namespace_of(request: Request) -> str:
    return namespace_from(request.target if request.intrinsic else request.target[0])


def _progress(context: str, *, exhausted: bool) -> str:
    """Return the outputs of open and pull operations: no context at the end of the sequence."""
    end = output("EndOfSequence", "boolean", f"<VALUE>{str(exhausted).upper()}</VALUE>")
    return end + output("EnumerationContext", "string", f"<VALUE>{escape(context)}</VALUE>")


def _error(request: Request, error: CIMError) -> bytes:
    return error_reply(request.message_id, request.name, error, intrinsic=request.intrinsic)


def _refusal(error: RequestError) -> Reply:
    """Return the answer to what is no CIM operation request (DSP0200, clause 7.3)."""
    text = error.description.encode("utf-8", "replace")
    return Reply(text, error.http_status, (("CIMError", error.cim_error),))
